"""What the program says when something is wrong: to a person, in a sentence or two."""

from collections.abc import Iterable
from difflib import get_close_matches


class DreamError(ValueError):
    """A mistake that a person can mend.

    Its text says what was given, what was expected and what to do. The command
    line prints it without a traceback and exits with status 2.
    """


def unknown(kind: str, given: str, known: Iterable[str]) -> DreamError:
    """The error for a name that is in no table: lists the real ones, suggests the nearest.

    Args:
        kind: What was asked for, such as "network" or "layer".
        given: The name as the person wrote it.
        known: The names that exist, in the order to list them.
    """
    known = list(known)
    nearest = get_close_matches(given, known, n=1, cutoff=0.5)
    hint = f" Did you mean {nearest[0]}?" if nearest else ""
    return DreamError(f"There is no {kind} {given!r}.{hint} Choose one of: {', '.join(known)}.")
