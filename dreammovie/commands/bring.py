"""`dreammovie bring`: copies pictures of other names into a dream, as its frames."""

from __future__ import annotations

import argparse

from dreammovie.movies.dreams import choose_dream
from dreammovie.movies.folder import bring
from dreammovie.movies.lock import lock


def run(arguments: argparse.Namespace) -> None:
    """Does what the flags of `flags.bring_parser` ask for."""
    folder = choose_dream(arguments.dream)
    with lock(folder):
        new = bring(folder, arguments.files)
    print(f"{folder} has {len(new)} more pictures, from {new[0].name} to {new[-1].name}.")
