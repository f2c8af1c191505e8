"""How the program is entered and left: whoever stops it at once reads a line, and no traceback."""

from __future__ import annotations

import atexit
import os
import sys
from importlib import import_module
from typing import NoReturn


def enter(name: str) -> NoReturn:
    """Calls a function of `commands.cli`, whose file and all that it needs are read here first.

    The process ends with the status that it returns; 130 where it was stopped by Ctrl-C.
    """
    try:
        status = int(getattr(import_module("dreammovie.commands.cli"), name)())
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        status = 130
    _leave(status)


def main() -> NoReturn:
    """The `dreammovie` command."""
    enter("main")


def _leave(status: int) -> NoReturn:
    """Ends the process, when all is written and cleaned up.

    Python would wait for whatever a thread is at, and take everything apart, which takes almost a
    second of TensorFlow.
    """
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:  # nobody reads any more, or the disk is full
        status = status or 1
    os._exit(status)
