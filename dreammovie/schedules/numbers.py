"""A number over time: keys whose values are formulas."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

from dreammovie.errors import DreamError, pointed
from dreammovie.schedules.expressions import Expression
from dreammovie.schedules.functions import Moment
from dreammovie.schedules.keys import Key, parse_keys
from dreammovie.schedules.sounds import Sound


class Schedule:
    """A number over time, as a person wrote it.

    Args:
        text: Such as `0:1.05, 4s:1.3 smooth`.
        fps: Frames per second of the movie.
        sound: That of the movie; None: it has none, and no formula may ask for it.

    Raises:
        DreamError: it is no schedule; the sentence points at the place.
    """

    def __init__(self, text: str, fps: float, sound: Sound | None = None) -> None:
        self.text, self._fps, self._sound = text, fps, sound
        self._keys = parse_keys(text, fps, sound)
        heard = sound is not None
        self._values = {
            key.frame: Expression(text, key.place, key.place + len(key.value), heard)
            for key in self._keys
        }

    @property
    def keys(self) -> Sequence[Key]:
        """Its keys, earliest first."""
        return self._keys.keys

    def at(self, frame: int) -> float:
        """The number that holds at a frame: both neighbours' values there, blended.

        Raises:
            DreamError: there is none, as where a formula divides by zero.
        """
        there, now = self._keys.between(frame), Moment(frame, self._fps, self._sound)
        first = self._values[there.before.frame].value(now)
        if there.share == 0:
            return first
        value = first + (self._values[there.after.frame].value(now) - first) * there.share
        if not math.isfinite(value):
            raise self.error(f"At frame {frame}, this is too large", frame)
        return value

    def error(self, says: str, frame: int) -> DreamError:
        """The error for its value at a frame; points at the key that counts most there."""
        there = self._keys.between(frame)
        nearest = there.after if there.share > 0.5 else there.before
        return pointed(says, self.text, nearest.place)


@lru_cache(maxsize=256)
def schedule(text: str, fps: float, sound: Sound | None = None) -> Schedule:
    """A `Schedule`, read once."""
    return Schedule(text, fps, sound)
