"""How the program is entered: whoever stops it at once reads a line, and no traceback."""

from __future__ import annotations

import sys
from importlib import import_module


def enter(name: str) -> int:
    """Calls a function of `commands.cli`, whose file and all that it needs are read here first.

    Returns:
        The exit status; 130 where it was stopped by Ctrl-C.
    """
    try:
        return int(getattr(import_module("dreammovie.commands.cli"), name)())
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130


def main() -> int:
    """The `dreammovie` command."""
    return enter("main")
