"""A schedule: values at some moments of a movie, and how one becomes the next.

`0:1.05, 4s:1.3 smooth, 300:1.0` has three keys, at the start, after four seconds, and at frame 300.
Between two keys, the values of both are blended; before the first and after the last one, theirs
hold. A text without a key is a single value, from the start on.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from dreammovie.errors import Wrong
from dreammovie.movies.expressions import Expression, Values, nearest, parse_expression

_LONGEST = 100_000  # characters
_LATEST = 1e9  # of a key, frames or seconds
_WHEN = re.compile(r"\s*(?P<number>[0-9]{1,12}(?:\.[0-9]{0,12})?|\.[0-9]{1,12})(?P<unit>s?)\s*:")
_LABEL = re.compile(r"\s*(?P<when>[^:()\s][^:()]{0,20}?)\s*:")
_EASED = re.compile(r"(?P<value>.*[\s)])(?P<easing>[a-z]+)(?P<how>\([^()]*\))?\s*", re.DOTALL)

Ease = Callable[[float], float]
"""How far the blend is, when so much of the time between two keys has gone by; 0 to 1 both."""

EASINGS: dict[str, tuple[Ease, str]] = {
    "linear": (lambda x: x, "evenly; what happens where nothing is written"),
    "smooth": (lambda x: x * x * (3 - 2 * x), "slowly, then faster, then slowly"),
    "in": (lambda x: x * x, "slowly at first"),
    "out": (lambda x: x * (2 - x), "slowly in the end"),
    "hold": (lambda x: 0.0, "not before this key, then at once"),
}
"""By name, with what each does."""

_CUBIC = "cubic"


def _cubic(x1: float, y1: float, x2: float, y2: float) -> Ease:
    """The curve from (0, 0) to (1, 1) with two handles, as in CSS's cubic-bezier."""

    def along(one: float, other: float, share: float) -> float:
        rest = 1 - share
        return 3 * rest * rest * share * one + 3 * rest * share * share * other + share**3

    def ease(x: float) -> float:
        low, high = 0.0, 1.0
        for _ in range(50):
            middle = (low + high) / 2
            if along(x1, x2, middle) < x:
                low = middle
            else:
                high = middle
        return along(y1, y2, high)

    return ease


class RawKey(NamedTuple):
    """A key whose value is still a text.

    Attributes:
        when: The moment, in `unit`.
        unit: "" for frames, "s" for seconds.
        value: The text of the value.
        column: Where that begins in the whole text.
        ease: How the value before becomes this one.
    """

    when: float
    unit: str
    value: str
    column: int
    ease: Ease

    def frame(self, fps: float) -> float:
        """The moment, as a frame's number."""
        return self.when * fps if self.unit else self.when


def has_keys(text: str) -> bool:
    """Whether a text begins with a key."""
    return _WHEN.match(text) is not None


def split_keys(text: str, lists: bool = False) -> list[RawKey]:
    """The keys in a schedule's text; what their values mean is another matter.

    Args:
        lists: Whether a value may have commas of its own: what has no key belongs to the value
            before it.

    Raises:
        Wrong: a bracket has no other, a moment or an easing is none.
    """
    if len(text) > _LONGEST:
        raise Wrong(_LONGEST, f"a schedule has at most {_LONGEST:,} characters.")
    pieces = _pieces(text)
    if len(pieces) == 1 and ":" not in text:
        return [_key(0.0, "", *pieces[0])]
    if lists:
        starts = [n for n, (_, piece) in enumerate(pieces) if n == 0 or has_keys(piece)]
        ends = [pieces[n][0] - 1 for n in starts[1:]] + [len(text)]
        columns = [pieces[n][0] for n in starts]
        pieces = [(begin, text[begin:end]) for begin, end in zip(columns, ends, strict=True)]
    keys = []
    for column, piece in pieces:
        match = _WHEN.match(piece)
        if match is None:
            begin = column + len(piece) - len(piece.lstrip())
            label = _LABEL.match(piece)
            word = label["when"] if label else ""
            hint = nearest(word, {}) if word == "max_f" else ""
            raise Wrong(begin, f"expected is a key such as 120: or 4s: before a value.{hint}")
        when = float(match["number"])
        if when > _LATEST:
            raise Wrong(column, f"a key is at most at {_LATEST:,.0f}.")
        keys.append(_key(when, match["unit"], column + match.end(), piece[match.end() :]))
    return keys


def _pieces(text: str) -> list[tuple[int, str]]:
    """The parts between commas outside of brackets, each with its column."""
    pieces, opened, begin = [], [], 0
    for place, character in enumerate(text):
        if character == "(":
            opened.append(place)
        elif character == ")":
            if not opened:
                raise Wrong(place, "this bracket closes none.")
            opened.pop()
        elif character == "," and not opened:
            pieces.append((begin, text[begin:place]))
            begin = place + 1
    if opened:
        raise Wrong(opened[-1], "this bracket is not closed.")
    return [*pieces, (begin, text[begin:])]


def _key(when: float, unit: str, column: int, text: str) -> RawKey:
    """A key whose text may end in an easing."""
    match = _EASED.fullmatch(text)
    ease = EASINGS["linear"][0]
    if match and match["easing"] == _CUBIC:
        ease = _handles(match["how"], column + match.start("easing"))
    elif match and match["easing"] in EASINGS and match["how"] is None:
        ease = EASINGS[match["easing"]][0]
    elif match and match["how"] is None and _ends_a_value(match["value"]):
        known = {**EASINGS, _CUBIC: None}
        word = match["easing"]
        raise Wrong(column + match.start("easing"), f"{word} is no easing.{nearest(word, known)}")
    else:
        match = None
    return RawKey(when, unit, match["value"] if match else text, column, ease)


def _ends_a_value(text: str) -> bool:
    """Whether a text is whole as it is, so that a word after it can only be an easing."""
    last = text.rstrip()[-1:]
    return last.isdigit() or last in (")", "%")


def _handles(text: str | None, column: int) -> Ease:
    """The easing that cubic(a, b, c, d) is."""
    try:
        a, b, c, d = (float(each) for each in (text or "").strip("()").split(","))
        if 0 <= a <= 1 and 0 <= c <= 1 and max(abs(b), abs(d)) <= 10:
            return _cubic(a, b, c, d)
    except ValueError:
        pass
    raise Wrong(column, "expected is cubic(a,b,c,d): two handles, a and c from 0 to 1.")


class Between(NamedTuple):
    """Where a frame is between keys: the indices of two, and how much the second one counts."""

    before: int
    after: int
    share: float


def between(keys: list[RawKey], frame: float, fps: float) -> Between:
    """The keys around a frame. They are in order."""
    frames = [key.frame(fps) for key in keys]
    if frame <= frames[0]:
        return Between(0, 0, 0.0)
    for number, (one, other) in enumerate(pairwise(frames)):
        if frame < other:
            return Between(number, number + 1, keys[number + 1].ease((frame - one) / (other - one)))
    return Between(len(keys) - 1, len(keys) - 1, 0.0)


def in_order(keys: list[RawKey], fps: float) -> list[RawKey]:
    """The keys by their moments.

    Raises:
        Wrong: two are at the same one.
    """
    ordered = sorted(keys, key=lambda key: key.frame(fps))
    for one, other in pairwise(ordered):
        if one.frame(fps) == other.frame(fps):
            raise Wrong(other.column, "there is a key at this moment already.")
    return ordered


@dataclass(frozen=True)
class Schedule:
    """Numbers over time.

    Attributes:
        text: As a person wrote it.
        fps: Of the movie; seconds become frames by it.

    Raises:
        Wrong: it is none.
    """

    text: str
    fps: float
    keys: list[RawKey] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "keys", in_order(split_keys(self.text), self.fps))
        assert len(self._values) == len(self.keys)

    @cached_property
    def _values(self) -> list[Expression]:
        return [parse_expression(key.value, key.column) for key in self.keys]

    def __call__(self, frame: int) -> float:
        """The value at a frame; not a number where it has none."""
        values: Values = {
            "t": float(frame),
            "time": frame / self.fps,
            "fps": self.fps,
            "pi": math.pi,
            "e": math.e,
        }
        before, after, share = between(self.keys, frame, self.fps)
        try:
            value = self._values[before](values)
            if share:
                value = (1 - share) * value + share * self._values[after](values)
        except (ArithmeticError, ValueError):
            return math.nan
        return value
