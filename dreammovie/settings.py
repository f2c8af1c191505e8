"""What a setting is: a dataclass field that knows its help and its bounds.

Flags, help texts and the README's table are made from the fields, so that a default,
a limit or an explanation is written in one place.
"""

import math
import shlex
from dataclasses import Field, dataclass, field, fields
from functools import cache
from typing import Any, get_type_hints

from dreammovie.errors import DreamError

METADATA = "leave out of the files how they were made"
"""What `--no-metadata` does, wherever there is that."""


def setting(
    default: Any,
    help: str,
    *,
    low: float | None = None,
    high: float | None = None,
    metavar: str | None = None,
    fixed: str = "",
    file: bool = False,
    newer: bool = False,
) -> Any:
    """A dataclass field for people.

    Args:
        default: Its value where a person says nothing.
        help: What it does, with its unit; a phrase that follows the flag's name.
        low, high: The smallest and the largest value that make sense.
        metavar: What stands for the value in help texts.
        fixed: Why it cannot change from frame to frame of a movie; empty: it may.
        file: Whether it names a file, or several in a schedule.
        newer: Whether it came after the first dreams, whose dream.json it shall not change: there
            it is noted only where it is not the default.
    """
    facts = {
        "help": help,
        "low": low,
        "high": high,
        "metavar": "FILE" if file else metavar,
        "fixed": fixed,
        "file": file,
        "newer": newer,
    }
    return field(default=default, metadata=facts)


def other_default(settings_class: type, name: str, default: Any) -> Any:
    """The field of another settings class, with another default where the work is another."""
    metadata = {each.name: each.metadata for each in fields(settings_class)}
    return field(default=default, metadata=metadata[name])


@cache  # every frame of a movie is checked
def kind_of(settings_class: type, name: str) -> type:
    """int, float, str or bool: the type of a setting's values (None, where allowed, left aside)."""
    hint = _hints(settings_class)[name]
    kinds = [kind for kind in getattr(hint, "__args__", (hint,)) if kind is not type(None)]
    return kinds[0]


_hints = cache(get_type_hints)


def flag(name: str) -> str:
    """How a setting is written on the command line: `--step-size` for step_size."""
    return "--" + name.replace("_", "-")


def as_flag(name: str, value: Any) -> str:
    """A setting with its value as it is pasted into a command line, which takes it for no other."""
    if isinstance(value, bool):
        return flag(name) if value else flag(f"no_{name}")
    text = shlex.quote(str(value))
    return f"{flag(name)}={text}" if str(value).startswith("-") else f"{flag(name)} {text}"


@dataclass(frozen=True)
class Settings:
    """What all settings are: frozen, and checked when they are made.

    Raises:
        DreamError: naming the setting, what was given and what is possible.
    """

    def __post_init__(self) -> None:
        settings_class: Any = type(self)
        for each in fields(self):
            check_value(each, kind_of(settings_class, each.name), getattr(self, each.name))


def check_value(each: Field, kind: type, value: Any) -> None:
    """Checks a value of a setting.

    Args:
        each: The setting's field.
        kind: As `kind_of` says.
        value: What a person gave.

    Raises:
        DreamError: naming the setting, what was given and what is possible.
    """
    if value is None and each.default is None:
        return
    whole = isinstance(value, int) and not isinstance(value, bool)
    fits = {
        int: whole,
        float: whole or (isinstance(value, float) and math.isfinite(value)),
        str: isinstance(value, str) and "\0" not in value,  # which no file can be named
        bool: isinstance(value, bool),
    }[kind]
    low, high = each.metadata["low"], each.metadata["high"]
    fits = fits and (low is None or value >= low) and (high is None or value <= high)
    if not fits:
        word = {
            int: "a whole number",
            float: "a number",
            str: "a text without nulls",
            bool: "yes or no",
        }[kind]
        bounds = "" if low is None else f" from {low:,}" + (f" to {high:,}" if high else "")
        given = f"{value:.6g}" if isinstance(value, float) else repr(value)
        raise DreamError(f"{flag(each.name)} was {given}; expected is {word}{bounds}.")
