"""The doors of the program: which command, and what goes wrong, said in sentences.

A command's room is entered only when its flags are understood, so that help does not wait.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Callable
from contextlib import nullcontext
from importlib import import_module
from types import ModuleType

from tqdm.contrib.logging import logging_redirect_tqdm

from dreammovie.commands.flags import PARSERS, add_list_networks
from dreammovie.commands.parser import Parser
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
    wish = parser.add_mutually_exclusive_group(required=True)
    wish.add_argument(
        "command", nargs="?", metavar="COMMAND", choices=PARSERS, help=", ".join(PARSERS)
    )
    add_list_networks(wish)
    given = sys.argv[1:] if argv is None else argv
    chosen = parser.parse_args(given[:1])
    if chosen.list_networks:
        return _guarded(lambda: _room("lists").list_networks(), parser.prog)
    return _run(chosen.command, given[1:], f"dreammovie {chosen.command}")


def _run(command: str, argv: list[str] | None, prog: str) -> int:
    """Parses, and works."""
    _show_all_letters()
    parser = PARSERS[command](prog)
    arguments = parser.parse_args(argv)
    arguments.prog = parser.prog

    def work() -> None:
        with _room("lines").for_programs() if arguments.for_programs else nullcontext():
            _room(command).run(arguments)

    return _guarded(work, parser.prog, arguments.debug)


def _room(command: str) -> ModuleType:
    return import_module(f"dreammovie.commands.{command}")


def _guarded(work: Callable[[], None], prog: str, debug: bool = False) -> int:
    """Works, and turns what goes wrong into a sentence and an exit status."""
    try:
        with logging_redirect_tqdm():
            work()
        return 0
    except KeyboardInterrupt as stop:
        print("\nStopped.", *stop.args, file=sys.stderr)
        return 130
    except (DreamError, OSError) as error:
        if debug:
            raise
        print(f"{prog.split()[-1]}: {_sentence(error)}", file=sys.stderr)
        return 2
    except Exception as error:
        if debug:
            raise
        print(
            f"{prog.split()[-1]}: a mistake in dreammovie itself "
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
