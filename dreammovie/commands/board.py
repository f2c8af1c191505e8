"""How it stands with many dreams: a table that lives, lines now and then, or JSON for programs."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from dreammovie.commands.lines import tell
from dreammovie.farm.standing import Standing
from dreammovie.movies.dreams import spoken

_LINE_EVERY = 5.0  # seconds between lines where the output is no terminal
_LACK_AFTER, _LACK_EVERY = 10.0, 60.0  # seconds in which nobody dreams, until that is explained
_SHOWN_NAME = 40  # letters


class Board:
    """Shows how it stands, whenever it is told.

    Args:
        names: The dreams', in the order of their standings.
        as_json: Whether other programs read it: an object for every change.
    """

    def __init__(self, folders: Sequence[Path], as_json: bool) -> None:
        self._names = [spoken(folder) for folder in folders]
        self._json = as_json
        self._lively = not as_json and sys.stderr.isatty()
        self._drawn = 0  # lines on the terminal
        self._before: list[Standing] | None = None
        self._began = time.monotonic()
        self._said = -_LINE_EVERY
        self._first = 0
        self._lack_from: float | None = None

    def show(self, standings: Sequence[Standing], lack: str = "") -> None:
        """Shows what is new.

        Args:
            standings: In the order of the names.
            lack: What all that wait are waiting for, a sentence; empty: nothing special.
        """
        self._explain(lack)
        if self._before is None:
            self._first = sum(each.done for each in standings)
        before: Sequence[Standing | None] = self._before or [None] * len(standings)
        new = [
            (name, now)
            for name, now, then in zip(self._names, standings, before, strict=True)
            if then is None or (now.state, now.done) != (then.state, then.done)
        ]
        if self._json:
            for name, each in new:
                tell("standing", **_as_values(name, each))
        elif self._lively:
            self._draw(standings)
        elif new and (time.monotonic() > self._said + _LINE_EVERY or _ends(new)):
            for name, each in new:
                print("  ".join(_row(name, each)), file=sys.stderr)
            print(self._all_in_all(standings), file=sys.stderr, flush=True)
            self._said = time.monotonic()
        else:
            return  # what is new now is new the next time, too
        self._before = list(standings)

    def _explain(self, lack: str) -> None:
        """Says now and then what is waited for, once it has lasted a while."""
        now = time.monotonic()
        if not lack:
            self._lack_from = None
        elif self._lack_from is None:
            self._lack_from = now + _LACK_AFTER
        elif now >= self._lack_from:
            self._lack_from = now + _LACK_EVERY
            print(lack, file=sys.stderr, flush=True)
            self._drawn = 0  # the table goes on below

    def _draw(self, standings: Sequence[Standing]) -> None:
        wide, high = shutil.get_terminal_size()
        rows = [_row(*each) for each in zip(self._names, standings, strict=True)]
        # Where not all have room, those that are at work are shown, then those that wait.
        order = ("dreaming", "waiting", "failed", "stopped", "done")
        shown = sorted(range(len(rows)), key=lambda n: order.index(standings[n].state))
        shown = sorted(shown[: max(1, high - 3)])
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join(part.ljust(width) for part, width in zip(rows[n], widths, strict=True))
            for n in shown
        ]
        if len(shown) < len(rows):
            lines.append(f"and {len(rows) - len(shown)} more")
        lines.append(self._all_in_all(standings))
        up = f"\x1b[{self._drawn}F" if self._drawn else ""
        text = "\n".join(line.rstrip()[: wide - 1] for line in lines)
        print(f"{up}\x1b[J{text}", file=sys.stderr, flush=True)
        self._drawn = len(lines)

    def _all_in_all(self, standings: Sequence[Standing]) -> str:
        done = sum(each.done for each in standings)
        left = sum(each.last - each.done for each in standings if not each.ended)
        ended = sum(each.ended for each in standings)
        taken = time.monotonic() - self._began
        words = f"{ended} of {len(standings)} dreams, {done} of {done + left} frames"
        if left and (made := done - self._first):
            words += f", {tqdm.format_interval(left * taken / made)} left"
        return words


def _ends(new: Sequence[tuple[str, Standing]]) -> bool:
    return any(each.ended for _, each in new)


def _row(name: str, each: Standing) -> tuple[str, ...]:
    left = f"{tqdm.format_interval(each.left)} left" if each.left is not None else ""
    pace = f"{each.pace:.2f} s a frame" if each.pace is not None else ""
    name = name if len(name) <= _SHOWN_NAME else f"...{name[3 - _SHOWN_NAME :]}"
    return name, each.state, f"{each.done} of {each.last}", pace, left, each.machine


def _as_values(name: str, each: Standing) -> dict[str, object]:
    return {
        "dream": name,
        "folder": str(each.folder),
        "state": each.state,
        "frames": each.done,
        "of": each.last,
        "machine": each.machine,
        "seconds_a_frame": each.pace,
        "seconds_left": each.left,
        "words": each.words,
    }
