"""`dreammovie bench`: how fast this machine dreams."""

from __future__ import annotations

import argparse
import json

from dreammovie.commands.bench.measure import Subject, lines, measurements
from dreammovie.commands.progress import wake
from dreammovie.errors import DreamError
from dreammovie.networks.weights import files_of
from dreammovie.pictures.sizes import parse_size


def run(arguments: argparse.Namespace) -> None:
    """Does what the flags of `flags.bench_parser` ask for."""
    parse_size(arguments.size)
    if arguments.repeats < 1:
        raise DreamError(f"--repeats was {arguments.repeats}; expected is a number from 1 on.")
    files = files_of(arguments.weights, [arguments.network])
    awake = wake(arguments.network, given=files.get(arguments.network))
    subject = Subject(awake.network.name, awake.weights, arguments.size, arguments.repeats)
    results = {}
    for part, result in measurements(subject):
        results[part] = result
        if not arguments.json:
            print(*lines(part, result), "", sep="\n", flush=True)
    if arguments.json:
        print(json.dumps(results, indent=2))
