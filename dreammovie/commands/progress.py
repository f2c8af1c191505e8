"""What a person sees while it goes on: a bar on a terminal, else a line now and then."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeVar

from tqdm import tqdm

from dreammovie.commands.lines import tell, told
from dreammovie.dreaming.dream import DreamSettings
from dreammovie.dreaming.stages import Stage
from dreammovie.files import open_file
from dreammovie.movies.movie import Progress
from dreammovie.movies.run import Dreaming, Event
from dreammovie.networks.table import BUILT_IN, source_of
from dreammovie.networks.weights import FellBack, Fetching, Measured, Ready, ready
from dreammovie.pictures.image import pictures_in
from dreammovie.pictures.sizes import left_out
from dreammovie.settings import as_flag

_LINE_EVERY = 5.0  # seconds between lines where the output is no terminal
_REFRESH_EVERY = 0.1  # seconds between looks of the bar

Some = TypeVar("Some")


def watch_movie(events: Iterator[Event]) -> Iterator[Event]:
    """Shows the progress of frames, and passes on what else happens."""
    shown: _Bar | _Lines | None = None
    try:
        for event in events:
            if shown and isinstance(event, Progress):
                shown.show(event)
                continue
            if shown:
                shown.close()
                shown = None
            yield event
            if isinstance(event, Dreaming):  # not before this was said in words
                shown = (_Bar if sys.stderr.isatty() else _Lines)(event)
    finally:
        if shown:
            shown.close()


class Bar(tqdm):
    """A bar whose pace is that of the monotonic clock: the one on the wall may be set back."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._time = time.monotonic
        self.start_t = self.last_print_t = time.monotonic()


class _Bar:
    """Frames on a terminal."""

    def __init__(self, begun: Dreaming) -> None:
        self._drawn = 0.0
        self._bar = Bar(
            total=begun.last,
            initial=begun.first - 1,
            unit="frame",
            dynamic_ncols=True,
            bar_format="{percentage:3.0f}%|{bar}| {n}/{total} frames, {rate_inv_fmt}, "
            "{remaining} left{postfix}",
        )

    def show(self, progress: Progress) -> None:
        step = progress.step
        self._bar.set_postfix_str(
            f"octave {step.octave + 1}/{step.octaves} step {step.step + 1:2}/{step.steps}",
            refresh=False,
        )
        if progress.saved:
            self._bar.update()
        elif time.monotonic() > self._drawn + _REFRESH_EVERY:
            self._bar.refresh()
            self._drawn = time.monotonic()

    def close(self) -> None:
        self._bar.close()


class _Lines:
    """Frames where the output is no terminal."""

    def __init__(self, begun: Dreaming) -> None:
        self._frames = begun.last
        self._left = begun.last - begun.first + 1
        self._made = 0
        self._began = self._said = time.monotonic()

    def show(self, progress: Progress) -> None:
        if progress.saved is None:
            return
        now = time.monotonic()
        self._made += 1
        self._left -= 1
        if now > self._said + _LINE_EVERY or not self._left:
            pace = (now - self._began) / self._made
            left = tqdm.format_interval(pace * self._left)
            print(
                f"{progress.saved.name} of {self._frames}, {pace:.2f} s a frame, {left} left",
                file=sys.stderr,
                flush=True,
            )
            self._said = now

    def close(self) -> None:
        """There is nothing to close."""


def watch_fetching(events: Iterator[Some]) -> Iterator[Some]:
    """Shows downloads and measurements, and passes on what else happens."""
    bar: tqdm | None = None
    try:
        for event in events:
            if not isinstance(event, Fetching):
                if bar is not None:
                    bar.close()
                    bar = None
                if isinstance(event, Measured):
                    print(measured(event), file=sys.stderr, flush=True)
                else:
                    yield event
                continue
            if bar is None:
                url = source_of(event.network).url
                print(f"fetching {event.network} from {url}", file=sys.stderr, flush=True)
                bar = Bar(unit="B", unit_scale=True, leave=False, delay=0.5, disable=None)
            bar.total = event.total or None
            bar.update(event.done - bar.n)
    finally:
        if bar is not None:
            bar.close()


def wake(name: str | None, precision: str = "float32", given: Path | None = None) -> Ready:
    """Has a network ready, and says what happens meanwhile; as `weights.ready`."""
    for event in watch_fetching(told(ready(name, precision, given))):
        if isinstance(event, FellBack):
            print(fallen_back(event), flush=True)
    assert isinstance(event, Ready)
    return event


def fallen_back(event: FellBack) -> str:
    """Why another network dreams than was hoped for, and which."""
    return f"{event.why} Meanwhile {BUILT_IN} dreams, which ships with dreammovie."


def measured(event: Measured) -> str:
    """Which numbers are the quicker here, and by how much."""
    found, other = sorted(event.seconds, key=lambda each: event.seconds[each])
    times = event.seconds[other] / event.seconds[found]
    return (
        f"{event.network} counts in {found} on this machine, {times:.2f} times as fast as in "
        f"{other}; measured once, and kept."
    )


def watch_stages(stages: Iterator[Stage], name: str) -> Iterator[Stage]:
    """Passes on the stages of a dream, and shows how far it is."""
    said = time.monotonic()
    with Bar(unit="step", desc=name, dynamic_ncols=True, disable=None) as bar:
        for stage in told(stages):
            bar.total = stage.count
            bar.update(stage.number - bar.n)
            if bar.disable and time.monotonic() > said + _LINE_EVERY:
                said = time.monotonic()
                print(f"{name}: step {stage.number} of {stage.count}", file=sys.stderr, flush=True)
            yield stage


def watch_films(encoding: Iterator[tuple[Path, int, int]]) -> None:
    """Encodes films, and prints the path of each."""
    for path, counts in groupby(encoding, itemgetter(0)):
        with Bar(unit="frame", disable=None) as bar:
            for _, done, count in counts:
                bar.total = count
                bar.update(done - bar.n)
                tell("encoding", done=done, count=count)
        print(path, flush=True)
        tell("saved", path=path)


def watch_video(encoding: Iterator[int], frames: int) -> None:
    """Encodes all frames of a video."""
    with Bar(total=frames, unit="frame", disable=None) as bar:
        for done in encoding:
            bar.update(done - bar.n)
            tell("encoding", done=done, count=frames)


def tell_pictures(path: Path) -> None:
    """Says of a file with several pictures that the first is taken; nothing of another."""
    with open_file(path) as file:
        count = pictures_in(file)
    if count > 1:
        print(f"{path} holds {count} pictures; the first is taken.", flush=True)


def tell_crop(what: Path | str, shape: Sequence[int], size: Sequence[int]) -> None:
    """Says how much of a picture is cropped, given its (height, width) and the dream's."""
    if part := left_out(shape, size):
        print(
            f"In {size[1]}x{size[0]}, {part} of {what} is cropped, half at each side.", flush=True
        )


def changed_flags(settings: DreamSettings, schedules: Mapping[str, str] | None = None) -> str:
    """Every setting that is not at its default, as flags; what a summary names itself left out.

    Args:
        settings: The values.
        schedules: By the names of settings, those that count in the place of values.
    """
    changed = {
        each.name: getattr(settings, each.name)
        for each in fields(settings)
        if each.name not in ("network", "layer", "precision", "size")
        and getattr(settings, each.name) != each.default
    }
    changed |= schedules or {}
    return "".join(f", {as_flag(name, value)}" for name, value in changed.items())


def tell_folder(folder: Path, named: bool, prog: str) -> None:
    """Says which dream a command works on, and how to choose another if nobody named it."""
    why = "" if named else f": its img_0 is the newest. Another dream: {prog} NAME"
    print(f"{folder}{why}", flush=True)
