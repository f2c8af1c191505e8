"""Keys: what holds at which time, in a text such as `0:1.05, 4s:1.3 smooth, 300:1.0`.

What stands after a key may be a formula, as `numbers` reads it, or any other text whose brackets
match; this file does not ask.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from dreammovie.errors import pointed
from dreammovie.schedules.easings import EASINGS, Easing, split_easing
from dreammovie.schedules.functions import ENDS, no_such_name
from dreammovie.schedules.sounds import Sound

_LONGEST = 20_000  # characters
_DEEPEST = 50  # brackets within one another
_LATEST = 10**10  # frames

_KEY = re.compile(r"\s*(?P<number>[0-9]+(?:\.[0-9]*)?|\.[0-9]+)\s*(?P<unit>[A-Za-z]*)\s*:")
_WORD = re.compile(r"\s*(?P<word>[A-Za-z_][A-Za-z_0-9]*)")


@dataclass(frozen=True)
class Key:
    """One point of a schedule.

    Attributes:
        time: As it is written: a frame, seconds with `s`, or beats with `b`.
        frame: Number of the frame; between two of them, where the seconds or beats say so.
        value: What holds there, as it is written.
        place: Index of the value's first character in the whole text.
        easing: How the value before it goes over into this one.
    """

    time: str
    frame: float
    value: str
    place: int
    easing: Easing


@dataclass(frozen=True)
class Between:
    """Where a frame is among the keys.

    Attributes:
        before, after: Its neighbours; the same key twice where one alone counts: at its own
            frame, before the first and after the last.
        share: How much of `after` counts, 0 to 1, or somewhat beyond where a cubic swings; the
            rest is `before`.
    """

    before: Key
    after: Key
    share: float


@dataclass(frozen=True)
class Keys:
    """All keys of a schedule, earliest first; at least one."""

    keys: tuple[Key, ...]

    def __iter__(self) -> Iterator[Key]:
        return iter(self.keys)

    def between(self, frame: int) -> Between:
        """The keys before and after a frame, and how much each of them counts."""
        after = bisect_right(self._frames, frame)
        first, second = self.keys[max(after - 1, 0)], self.keys[min(after, len(self.keys) - 1)]
        if frame <= first.frame or first is second:  # exactly it, whatever the easing
            return Between(first, first, 0.0)
        way = (frame - first.frame) / (second.frame - first.frame)
        return Between(first, second, second.easing(way))

    @cached_property
    def _frames(self) -> list[float]:
        return [key.frame for key in self.keys]


def has_keys(text: str) -> bool:
    """Whether a text begins with a key, such as `0:` or `4s:`."""
    return _KEY.match(text) is not None


def parse_keys(text: str, fps: float, sound: Sound | None = None, *, lists: bool = False) -> Keys:
    """Reads a text with keys; one without any holds from the first frame on.

    Args:
        text: Such as `0:1.05, 4s:1.3 smooth`. The keys may stand in any order.
        fps: Frames per second, which tell at which frame a second is.
        sound: Tells at which frame a beat is; None: there is none.
        lists: Whether values may have commas of their own, outside brackets: what does not begin
            with a key then belongs to the value before it.

    Raises:
        DreamError: it is no schedule; the sentence points at the place.
    """
    if len(text) > _LONGEST:
        raise pointed(f"A schedule has at most {_LONGEST:,} characters", text, _LONGEST)
    keys: list[Key] = []
    for start, end in _pieces(text, lists):
        key = _key(text, start, end, fps, sound)
        if same := next((each for each in keys if each.frame == key.frame), None):
            says = f"{same.time} and {key.time} are the same frame; keep one of these keys"
            raise pointed(says, text, _first_letter(text, start, end))
        keys.append(key)
    return Keys(tuple(sorted(keys, key=lambda key: key.frame)))


def _pieces(text: str, lists: bool) -> Iterator[tuple[int, int]]:
    """From where to where each key and its value reach."""
    commas = list(_commas(text))
    begins = [0, *(comma + 1 for comma in commas)]
    ends = [*commas, len(text)]
    if len(begins) > 1 and not text[begins[-1] :].strip():  # a comma after the last is no harm
        begins.pop()
        ends.pop()
    if lists:
        first = [n for n, begin in enumerate(begins) if n == 0 or _KEY.match(text, begin)]
        begins, ends = [begins[n] for n in first], [ends[n - 1] for n in [*first[1:], len(ends)]]
    yield from zip(begins, ends, strict=True)


def _commas(text: str) -> Iterator[int]:
    """Where the commas are that stand in no brackets."""
    open_brackets: list[int] = []
    for place, letter in enumerate(text):
        if letter == "(":
            open_brackets.append(place)
            if len(open_brackets) > _DEEPEST:
                raise pointed(f"At most {_DEEPEST} brackets may be open", text, place)
        elif letter == ")":
            if not open_brackets:
                raise pointed("This bracket was never opened", text, place)
            open_brackets.pop()
        elif letter == "," and not open_brackets:
            yield place
    if open_brackets:
        raise pointed("This bracket is never closed", text, open_brackets[-1])


def _key(text: str, start: int, end: int, fps: float, sound: Sound | None) -> Key:
    """The key and its value in a part of the text."""
    match = _KEY.match(text, start, end)
    if not match and start == 0 and end == len(text) and ":" not in text:
        time, frame, begin = "0", 0.0, 0
    elif not match:
        raise _no_key(text, start, end)
    else:
        time = match["number"] + match["unit"]
        frame, begin = _frame(text, match, fps, sound), match.end()
    finish, easing = split_easing(text, begin, end)
    value = text[begin:finish].strip()
    if not value:
        raise pointed("Here, a value is missing", text, finish)
    place = _first_letter(text, begin, finish)
    return Key(time, frame, value, place, easing or EASINGS["linear"])


def _frame(text: str, match: re.Match[str], fps: float, sound: Sound | None) -> float:
    """The number of the frame that a key means."""
    place = match.start("number")
    if match["unit"] not in ("", "s", "b"):
        says = (
            f"{match['unit']} is no unit of time; expected is a frame (120), seconds (4s) or beats "
            "of a sound (8b)"
        )
        raise pointed(says, text, match.start("unit"))
    number = float(match["number"])
    if match["unit"] == "b":
        if sound is None:
            says = "Beats are those of a sound, and there is none. Give one, with --sound FILE"
            raise pointed(says, text, place)
        return round(sound.frame_of(number, fps), 6)
    if not match["unit"] and number % 1:
        says = "A frame's number is whole; expected is 12, or 12.5s in seconds"
        raise pointed(says, text, place)
    frame = number * fps if match["unit"] else number
    if frame > _LATEST:
        raise pointed(f"A movie has at most {_LATEST:,} frames", text, place)
    return round(frame, 6)  # 0.1 s of 30 frames each are 3 frames


def _no_key(text: str, start: int, end: int) -> Exception:
    """What is wrong where a key should be."""
    place = _first_letter(text, start, end)
    word = _WORD.match(text, start, end)
    if word and word["word"] in ENDS:
        return pointed(no_such_name(word["word"]), text, place)
    says = "Here, a key is missing: a frame (120:) or seconds (4s:), and then the value"
    return pointed(says, text, place)


def _first_letter(text: str, start: int, end: int) -> int:
    """Where a part of a text begins, spaces left aside."""
    return end - len(text[start:end].lstrip())
