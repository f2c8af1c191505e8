"""`dreammovie bench`: how fast this machine dreams."""

from __future__ import annotations

import argparse
import json

from dreammovie.benchmark import Subject, lines, measure
from dreammovie.commands.choices import choose_weights, weights_given
from dreammovie.errors import DreamError
from dreammovie.movie import parse_size


def run(arguments: argparse.Namespace) -> None:
    """Does what the flags of `flags.bench_parser` ask for."""
    parse_size(arguments.size)
    if arguments.repeats < 1:
        raise DreamError(f"--repeats was {arguments.repeats}; expected is a number from 1 on.")
    files = weights_given(arguments.weights, [arguments.network])
    name, weights = choose_weights(arguments.network, files)
    results = {}
    for part, result in measure(Subject(name, weights, arguments.size, arguments.repeats)):
        results[part] = result
        if not arguments.json:
            print(*lines(part, result), "", sep="\n", flush=True)
    if arguments.json:
        print(json.dumps(results, indent=2))
