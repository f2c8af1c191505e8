"""What the program says when something is wrong: to a person, in a sentence or two."""

from collections.abc import Iterable
from difflib import get_close_matches

_SHOWN = 60  # characters of a text on either side of what is wrong with it


class DreamError(ValueError):
    """A mistake that a person can mend.

    Its text says what was given, what was expected and what to do. The command
    line prints it without a traceback and exits with status 2.
    """


def unknown(
    kind: str, given: str, known: Iterable[str], where: str = "", meant: str | None = None
) -> DreamError:
    """The error for a name that is in no table: lists the real ones, suggests the nearest.

    Args:
        kind: What was asked for, such as "network" or "layer".
        given: The name as the person wrote it.
        known: The names that exist, in the order to list them.
        where: Where it was looked for, such as " in inception5h".
        meant: What that name may stand for, in the words of the known ones; None: itself.
    """
    by_lower = {name.lower(): name for name in known}
    nearest = get_close_matches((meant or given).lower(), by_lower, n=1, cutoff=0.6)
    hint = f" Did you mean {by_lower[nearest[0]]}?" if nearest else ""
    choices = ", ".join(by_lower.values())
    return DreamError(f"There is no {kind} {given!r}{where}.{hint} Choose one of: {choices}.")


class Wrong(Exception):  # noqa: N818 - it becomes a DreamError where the text is known
    """Something in a text is not as expected.

    Attributes:
        column: Where, from 0 on.
        words: What was expected; a sentence.
    """

    def __init__(self, column: int, words: str) -> None:
        super().__init__(words)
        self.column = column
        self.words = words


def pointed(what: str, text: str, wrong: Wrong) -> DreamError:
    """The error that shows a text, and a caret under what is wrong with it.

    Args:
        what: What the text is for, such as "--zoom".
        text: As it was given, in one line.
    """
    begin = max(0, wrong.column - _SHOWN)
    shown = text[begin : wrong.column + _SHOWN]
    caret = " " * (wrong.column - begin) + "^"
    return DreamError(f"{what} is not understood: {wrong.words}\n  {shown}\n  {caret}")
