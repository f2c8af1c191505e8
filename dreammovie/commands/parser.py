"""From settings classes to flags, from flags to values, and what is said of a wrong one."""

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn

from dreammovie.errors import DreamError
from dreammovie.settings import flag, kind_of


class Parser(argparse.ArgumentParser):
    """A parser that says what is wrong without repeating all flags."""

    def error(self, message: str) -> NoReturn:
        """Prints the message in one line, and exits with status 2."""
        self.exit(2, f"{self.prog.split()[-1]}: {message}. All flags: {self.prog} --help\n")

    def parse_known_args(self, args: Sequence[str] | None = None, namespace: Any = None) -> Any:  # type: ignore[override]
        """As argparse does; a flag's value may begin with a minus, as `-10*sin(time)` does."""
        words = sys.argv[1:] if args is None else args
        return super().parse_known_args(self._joined(words), namespace)

    def _joined(self, words: Sequence[str]) -> list[str]:
        """The words; values that argparse would take for flags are joined to their flags by =."""
        joined: list[str] = []
        for number, word in enumerate(words):
            if word == "--":
                return [*joined, *words[number:]]
            known = self._option_string_actions
            is_flag = not re.match("-[^-]", word) or word.partition("=")[0] in known
            if joined and joined[-1] in known and known[joined[-1]].nargs is None and not is_flag:
                joined[-1] += f"={word}"
            else:
                joined.append(word)
        return joined


def new_parser(
    prog: str, description: str, of: Callable[[argparse.ArgumentParser], None] | None = None
) -> argparse.ArgumentParser:
    """What all commands have in common, and what they are given to work on."""
    parser = Parser(prog, description=description, allow_abbrev=False)
    parser.set_defaults(for_programs=False)
    if of:
        of(parser)
    parser.add_argument(
        "--debug", action="store_true", help="show where in the program an error arose"
    )
    return parser


def add_json(parser: argparse.ArgumentParser) -> None:
    """The flag that has a command speak to other programs."""
    parser.add_argument(
        "--json",
        dest="for_programs",
        action="store_true",
        help="print what happens as JSON objects, one a line, for other programs; words go to "
        "stderr",
    )


def number(text: str) -> float:
    """A float, also of a fraction such as 30000/1001."""
    try:
        return float(Fraction(text)) if "/" in text else float(text)
    except (ZeroDivisionError, OverflowError):
        raise ValueError from None


def _or_text(kind: Callable[[str], Any]) -> Callable[[str], Any]:
    """A reader of values that leaves a text as it is where it is none: a schedule, perhaps."""

    def read(text: str) -> Any:
        try:
            return kind(text)
        except ValueError:
            return text

    return read


def add_flags(
    parser: argparse.ArgumentParser,
    settings_class: type,
    leave_out: tuple[str, ...] = (),
    *,
    schedules: bool = False,
) -> None:
    """Adds a flag for every field but some. One that is not given leaves no trace behind.

    Args:
        schedules: Whether a text may stand in the place of a number.
    """
    for each in fields(settings_class):
        if each.name in leave_out:
            continue
        kind = kind_of(settings_class, each.name)
        text = each.metadata["help"].replace("%", "%%")
        if kind is bool:
            _add_switch(parser, each.name, each.default is True, text)
            continue
        if each.default is not None:
            text += f" (default: {each.default})"
        read: Callable[[str], Any] = number if kind is float else kind
        parser.add_argument(
            flag(each.name),
            type=_or_text(read) if schedules else read,
            default=argparse.SUPPRESS,
            metavar=each.metadata["metavar"] or {int: "N", float: "X", str: "TEXT"}[kind],
            help=text,
        )


def _add_switch(parser: argparse.ArgumentParser, name: str, default: bool, help: str) -> None:
    """Adds the flag that a setting of yes or no has: what is on by itself is turned off by it.

    Going on, a dream has what was turned off once; so that can be turned on again.
    """
    off, on = flag(f"no_{name}"), flag(name)
    turns = {off: False, on: True} if default else {on: True}
    for written, value in turns.items():
        parser.add_argument(
            written,
            dest=name,
            action="store_const",
            const=value,
            default=argparse.SUPPRESS,
            help=help if value != default else argparse.SUPPRESS,
        )


def given_settings(arguments: argparse.Namespace, settings_class: type) -> dict[str, Any]:
    """The settings that were given as flags."""
    names = {each.name for each in fields(settings_class)}
    return {name: value for name, value in vars(arguments).items() if name in names}


def picture_given(arguments: argparse.Namespace) -> Path:
    """The picture that a command dreams.

    Raises:
        DreamError: none was named.
    """
    if arguments.photo is None:
        raise DreamError(f"Which picture? Name a file: {arguments.prog} PICTURE")
    return Path(arguments.photo)
