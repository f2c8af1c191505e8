"""`dreammovie bench`: how fast this machine dreams."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from typing import Any

from dreammovie.commands.bench.measure import Subject, measurements
from dreammovie.commands.bench.report import lines
from dreammovie.commands.bench.turns import Turn
from dreammovie.commands.progress import Bar, wake
from dreammovie.errors import DreamError
from dreammovie.networks.weights import files_of
from dreammovie.pictures.sizes import parse_size

_REPEATS, _FEW_REPEATS = 5, 3
_LINE_EVERY = 5.0  # seconds between lines where the output is no terminal


def run(arguments: argparse.Namespace) -> None:
    """Does what the flags of `flags.bench_parser` ask for."""
    parse_size(arguments.size)
    repeats = arguments.repeats
    if repeats is None:
        repeats = _FEW_REPEATS if arguments.quick else _REPEATS
    if repeats < 1:
        raise DreamError(f"--repeats was {repeats}; expected is a number from 1 on.")
    files = files_of(arguments.weights, [arguments.network])
    awake = wake(arguments.network, given=files.get(arguments.network))
    subject = Subject(awake.network.name, awake.weights, arguments.size, repeats)
    results = {}
    for part, result in _watch(measurements(subject, arguments.quick)):
        results[part] = result
        if not arguments.json and (said := list(lines(part, result))):
            print(*said, "", sep="\n", flush=True)
    if arguments.json:
        print(json.dumps(results, indent=2))


def _watch(events: Iterator[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    """Shows how far each part is, and passes on its results."""
    bar, said = None, 0.0
    try:
        for part, event in events:
            if event is None:
                print(f"measuring: {part}", file=sys.stderr, flush=True)
                bar = Bar(desc=part, unit="run", leave=False, dynamic_ncols=True, disable=None)
                said = time.monotonic()
            elif not isinstance(event, Turn):
                if bar is not None:
                    bar.close()
                yield part, event
            elif bar is not None:
                bar.total = event.count
                bar.set_postfix_str(event.run, refresh=False)
                bar.update(event.done - bar.n)
                if bar.disable and time.monotonic() > said + _LINE_EVERY:
                    said = time.monotonic()
                    words = f"{part}: {event.done} of {event.count} runs"
                    print(words, file=sys.stderr, flush=True)
    finally:
        if bar is not None:
            bar.close()
