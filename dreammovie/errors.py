"""What the program says when something is wrong: to a person, in a sentence or two."""

from collections.abc import Iterable
from difflib import get_close_matches

_SHOWN = 72  # characters of a text around a place
_MOST_LISTED = 100  # names that an error lists all of
_FEW_LISTED = 12  # names that it lists of more


class DreamError(ValueError):
    """A mistake that a person can mend.

    Its text says what was given, what was expected and what to do. The command
    line prints it without a traceback and exits with status 2.

    Args:
        text: That.
        by_flag: What can be done besides, in a command alone; a sentence.

    Attributes:
        text: What is true everywhere.
    """

    def __init__(self, text: str, by_flag: str = "") -> None:
        super().__init__(f"{text} {by_flag}" if by_flag else text)
        self.text = text


def unknown(
    kind: str, given: str, known: Iterable[str], where: str = "", meant: str | None = None
) -> DreamError:
    """The error for a name that is in no table: lists the real ones, suggests the nearest.

    Of more than one can read, it lists a few that are spelled alike.

    Args:
        kind: What was asked for, such as "network" or "layer".
        given: The name as the person wrote it.
        known: The names that exist, in the order to list them.
        where: Where it was looked for, such as " in inception5h".
        meant: What that name may stand for, in the words of the known ones; None: itself.
    """
    by_lower = {name.lower(): name for name in known}
    wanted = (meant or given).lower()
    nearest = get_close_matches(wanted, by_lower, n=1, cutoff=0.6)
    hint = f" Did you mean {by_lower[nearest[0]]}?" if nearest else ""
    many = len(by_lower) > _MOST_LISTED
    listed = get_close_matches(wanted, by_lower, n=_FEW_LISTED, cutoff=0) if many else by_lower
    choices = ", ".join(name for lower, name in by_lower.items() if lower in listed)
    among = f"one of {len(by_lower)}, such as" if many else "one of"
    return DreamError(f"There is no {kind} {given!r}{where}.{hint} Choose {among}: {choices}.")


def installing(extra: str) -> str:
    """How a person installs what an extra of pyproject.toml brings, as part of a sentence.

    From dreammovie's own folder: in a package index, its name might be somebody else's.
    """
    return f'pip install ".[{extra}]", in the folder that dreammovie came in'


def pointed(says: str, text: str, place: int) -> DreamError:
    """The error for one place in a text: what is wrong, the text, and a mark under the place.

    Args:
        says: What is wrong there, what was expected, what to do; without a colon at its end.
        text: As the person wrote it; of a long one, what is around the place is shown.
        place: Index of the character; the text's length: something is missing at its end.
    """
    shown = "".join(" " if c.isspace() else c if c.isprintable() else "\ufffd" for c in text)
    first = max(0, min(place - _SHOWN // 2, len(text) + 1 - _SHOWN))
    before = "…" if first else ""
    after = "…" if first + _SHOWN < len(text) else ""
    shown = before + shown[first : first + _SHOWN] + after
    colon = "" if says.endswith("?") else ":"
    return DreamError(f"{says}{colon}\n    {shown}\n    {' ' * (len(before) + place - first)}^")
