"""What a person sees while it goes on: a bar on a terminal, else a line now and then."""

import sys
import time
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from tqdm import tqdm

from dreammovie.evolution import Stage
from dreammovie.movie import Progress
from dreammovie.networks import source_of
from dreammovie.networks.weights import fetch

_LINE_EVERY = 5.0  # seconds between lines where the output is no terminal
_REFRESH_EVERY = 0.1  # seconds between looks of the bar


def watch(movie: Iterator[Progress], done: int, frames: int) -> None:
    """Shows a movie's progress: a bar on a terminal, else a line now and then."""
    if not sys.stderr.isatty():
        return _watch_lines(movie, done, frames)
    shown = 0.0
    with tqdm(
        total=frames,
        initial=done,
        unit="frame",
        dynamic_ncols=True,
        bar_format="{percentage:3.0f}%|{bar}| {n}/{total} frames, {rate_inv_fmt}, "
        "{remaining} left{postfix}",
    ) as bar:
        for progress in movie:
            step = progress.step
            bar.set_postfix_str(
                f"octave {step.octave + 1}/{step.octaves} step {step.step + 1:2}/{step.steps}",
                refresh=False,
            )
            if progress.saved:
                bar.update()
            elif time.monotonic() > shown + _REFRESH_EVERY:
                bar.refresh()
                shown = time.monotonic()


def _watch_lines(movie: Iterator[Progress], done: int, frames: int) -> None:
    began = said = time.monotonic()
    made = 0
    for progress in movie:
        now = time.monotonic()
        made += progress.saved is not None
        if progress.saved and (now > said + _LINE_EVERY or done + made == frames):
            pace = (now - began) / made
            left = tqdm.format_interval(pace * (frames - done - made))
            print(
                f"{progress.saved.name} of {frames}, {pace:.2f} s a frame, {left} left",
                file=sys.stderr,
                flush=True,
            )
            said = now


def watch_fetch(network: str, patience: float) -> None:
    """Fetches the weights of a network; see `fetch`."""
    print(f"fetching {network} from {source_of(network).url}", file=sys.stderr, flush=True)
    with tqdm(unit="B", unit_scale=True, leave=False, delay=0.5, disable=None) as bar:
        for done, total in fetch(network, patience):
            bar.total = total or None
            bar.update(done - bar.n)


def watch_stages(stages: Iterator[Stage], name: str) -> Iterator[Stage]:
    """Passes on the stages of a dream, and shows how far it is."""
    said = time.monotonic()
    with tqdm(unit="step", desc=name, dynamic_ncols=True, disable=None) as bar:
        for stage in stages:
            bar.total = stage.count
            bar.update(stage.number - bar.n)
            if bar.disable and time.monotonic() > said + _LINE_EVERY:
                said = time.monotonic()
                print(f"{name}: step {stage.number} of {stage.count}", file=sys.stderr, flush=True)
            yield stage


def watch_films(encoding: Iterator[tuple[Path, int, int]]) -> None:
    """Encodes films, and prints the path of each."""
    for path, counts in groupby(encoding, itemgetter(0)):
        with tqdm(unit="frame", disable=None) as bar:
            for _, done, count in counts:
                bar.total = count
                bar.update(done - bar.n)
        print(path, flush=True)


def watch_video(encoding: Iterator[int], frames: int) -> None:
    """Encodes all frames of a video."""
    with tqdm(total=frames, unit="frame", disable=None) as bar:
        for done in encoding:
            bar.update(done - bar.n)
