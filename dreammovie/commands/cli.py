"""The doors of the program: which command, and what goes wrong, said in sentences.

A command's room is entered only when its flags are understood, so that help does not wait.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Callable
from importlib import import_module

from tqdm.contrib.logging import logging_redirect_tqdm

from dreammovie.commands.flags import PARSERS, Parser
from dreammovie.errors import DreamError


def frames(argv: list[str] | None = None, prog: str = "python3 dream_frames.py") -> int:
    """`dream_frames.py`: goes on with a dream, frame by frame. Returns the exit status."""
    return _run("frames", argv, prog)


def video(argv: list[str] | None = None, prog: str = "python3 dream_video.py") -> int:
    """`dream_video.py`: makes a video of a dream's frames. Returns the exit status."""
    return _run("video", argv, prog)


def main(argv: list[str] | None = None) -> int:
    """The `dreammovie` command. Returns the exit status."""
    _show_all_letters()
    parser = Parser(
        "dreammovie",
        description="DeepDream movies.",
        epilog="Each command has its own help: dreammovie COMMAND --help",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", metavar="COMMAND", choices=PARSERS, help=", ".join(PARSERS))
    given = sys.argv[1:] if argv is None else argv
    command = parser.parse_args(given[:1]).command
    return _run(command, given[1:], f"dreammovie {command}")


def _run(command: str, argv: list[str] | None, prog: str) -> int:
    """Parses, works, and turns what goes wrong into a sentence and an exit status."""
    _show_all_letters()
    parser = PARSERS[command](prog)
    arguments = parser.parse_args(argv)
    arguments.prog = parser.prog
    work: Callable[[argparse.Namespace], None]
    try:
        work = import_module(f"dreammovie.commands.{command}").run
        with logging_redirect_tqdm():
            work(arguments)
        return 0
    except KeyboardInterrupt as stop:
        print("\nStopped.", *stop.args, file=sys.stderr)
        return 130
    except (DreamError, OSError) as error:
        if arguments.debug:
            raise
        print(f"{parser.prog.split()[-1]}: {_sentence(error)}", file=sys.stderr)
        return 2
    except Exception as error:
        if arguments.debug:
            raise
        print(
            f"{parser.prog.split()[-1]}: a mistake in dreammovie itself "
            f"({type(error).__name__}: {error}). Frames already saved are whole. "
            "Run again with --debug to see where, and report it.",
            file=sys.stderr,
        )
        return 1


def _show_all_letters() -> None:
    """Has letters that a terminal or a log cannot show written as numbers; no work ends there."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror}. Nothing is lost: mend that, and run again."
    return str(error)
