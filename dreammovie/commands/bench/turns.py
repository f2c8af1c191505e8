"""Runs are timed in turns, and it is watched whether the machine had time for them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

_MOST_TAKEN = 0.1  # share of the cores' time that others may take
_MOST_SPREAD = 0.3  # how much longer the slowest of some repeats may take than their median


@dataclass(frozen=True)
class Turn:
    """Something has been run.

    Attributes:
        run: Its name.
        done, count: How many runs of how many are done.
        seconds: How long it took; None: it was the first one, which compiles.
    """

    run: str
    done: int
    count: int
    seconds: float | None


def in_turns(
    runs: Mapping[str, Callable[[], Any]], repeats: int
) -> Generator[Turn, None, dict[str, float]]:
    """Median seconds of each run, after one to warm up; they take turns.

    Yields:
        Every run, when it is done.
    """
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    done, count = 0, len(runs) * (repeats + 1)
    for repeat in range(repeats + 1):
        for name, run in runs.items():
            began = time.perf_counter()
            run()
            took = time.perf_counter() - began
            done += 1
            if repeat:
                seconds[name].append(took)
            yield Turn(name, done, count, took if repeat else None)
    return {name: median(values) for name, values in seconds.items()}


class Watch:
    """Sees what else the machine does meanwhile, as far as that can be seen."""

    def __init__(self) -> None:
        self._seconds: dict[tuple[str, str], list[float]] = {}
        self._began, self._cores = time.monotonic(), _cores()
        self._taken = _taken_by_others(self._cores)

    def note(self, part: str, turn: Turn) -> None:
        """Takes down how long a run of a part took."""
        if turn.seconds is not None:
            self._seconds.setdefault((part, turn.run), []).append(turn.seconds)

    def result(self) -> dict[str, Any]:
        """What was seen so far.

        Returns:
            `spread`: how much longer the slowest of some repeats took than their median, at
            most. `others`: the share of the cores' time that other programs took, or None where
            the system does not say. `busy`: whether either is so much that the times say little.
        """
        spreads = [max(each) / median(each) - 1 for each in self._seconds.values()]
        spread, others, now = max(spreads, default=0.0), None, _taken_by_others(self._cores)
        if now is not None and self._taken is not None:
            passed = (time.monotonic() - self._began) * len(self._cores)
            others = min(max((now - self._taken) / passed, 0.0), 1.0)
        busy = spread > _MOST_SPREAD or (others or 0.0) > _MOST_TAKEN
        return {"busy": busy, "others": others, "spread": spread}


def _cores() -> frozenset[str]:
    """The cores that this process may use, as Linux names them; none on other systems."""
    try:
        return frozenset(f"cpu{number}" for number in os.sched_getaffinity(0))
    except AttributeError:
        return frozenset()


def _taken_by_others(cores: frozenset[str]) -> float | None:
    """Seconds that these cores worked, except for this process and those that it began."""
    with suppress(OSError, ValueError):
        lines = map(str.split, Path("/proc/stat").read_text().splitlines())
        # user, nice, system, idle, waiting, two kinds of interrupts, and what a host took away
        rows = [[int(each) for each in line[1:9]] for line in lines if line and line[0] in cores]
        if rows:
            worked = sum(sum(row) - row[3] - row[4] for row in rows)
            return worked / os.sysconf("SC_CLK_TCK") - sum(os.times()[:4])
    return None
