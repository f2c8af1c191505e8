"""`dreammovie bring`: copies pictures of other names into a dream, as its frames."""

from __future__ import annotations

import argparse

from dreammovie.errors import DreamError
from dreammovie.movies.folder import DREAMS, bring


def run(arguments: argparse.Namespace) -> None:
    """Does what the flags of `flags.bring_parser` ask for."""
    named = DREAMS / arguments.dream
    folder = named if named.is_dir() else arguments.dream
    if not folder.is_dir():
        raise DreamError(f"There is no folder {folder}. Make it first, or name another.")
    new = bring(folder, arguments.files)
    print(f"{folder} has {len(new)} more pictures, from {new[0].name} to {new[-1].name}.")
