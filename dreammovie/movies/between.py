"""In-betweens: what is seen between the frames of a dream, at any moment of its movie.

Both neighbours are moved to the moment, and blended. In a picture's dream they move along the
camera's path, which is known exactly; in a clip's dream along the flow of the clip.
"""

from __future__ import annotations

import math
import sys
from bisect import bisect_right
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import numpy as np

from dreammovie.movies.clip import Seen
from dreammovie.movies.history import camera, read_history, script_of
from dreammovie.movies.motion import MotionAt, MotionSettings, way_between
from dreammovie.movies.start import Pace, pace_of
from dreammovie.pictures.blend import blended
from dreammovie.pictures.flow import carried, flow, is_cut, smeared, softened, trust
from dreammovie.pictures.image import Image
from dreammovie.pictures.warp import flow_of, inside, warped

_STILL = MotionSettings(zoom=1.0)
_EDGE = 9  # pixels
_LITTLE = 1e-3  # of a picture counts where neither is to be believed


class Course(Protocol):
    """How what is seen moves between the frames of a movie."""

    def between(self, before: Image, after: Image, first: int, last: int, share: float) -> Image:
        """What is seen between two frames.

        Args:
            before, after: float32 (H, W, 3).
            first, last: Their numbers in the movie.
            share: How far it is from one to the other, above 0 and below 1.

        Returns:
            float32 (H, W, 3), 0..255.
        """

    def smeared(self, image: Image, first: int, last: int, share: float, span: float) -> Image:
        """What a shutter sees that is open around a moment.

        Args:
            image: What is seen at the moment itself, float32 (H, W, 3).
            first, last, share: As for `between`; or a frame itself, 0 or 1.
            span: How long it is open, as a part of the way from one frame to the other.

        Returns:
            float32 (H, W, 3), 0..255.
        """


class Between(Sequence[Image]):
    """A movie's frames, and what is seen between them; made when it is asked for.

    It is quick where one is asked for after the other, in either direction.

    Args:
        frames: In the order in which they are played.
        numbers: Of them in the movie.
        places: Where what is shown lies among them: 2.25 is a quarter from frames[2] to the next.
            The next after the last is the first.
        course: How they move.
        spans: How long the shutter is open at each of the places; none: it sees a moment.
    """

    def __init__(
        self,
        frames: Sequence[Image],
        numbers: Sequence[int],
        places: Sequence[Fraction],
        course: Course,
        spans: Sequence[float] = (),
    ) -> None:
        self._frames, self._numbers, self._places, self._course = frames, numbers, places, course
        self._spans = spans
        self._kept: dict[int, Image] = {}

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, index: int) -> Image:  # type: ignore[override]
        place = self._places[index]
        before = place.numerator // place.denominator
        share = float(place - before)
        span = self._spans[index] if self._spans else 0
        if not share and (not span or len(self._frames) == 1):
            return self._frame(before)
        if not share and before == len(self._frames) - 1:
            before, share = before - 1, 1.0
        after = (before + 1) % len(self._frames)
        interval = self._numbers[before], self._numbers[after], share
        if share in (0, 1):
            image = self._frame(after if share else before)
        else:
            image = self._course.between(self._frame(before), self._frame(after), *interval)
        return self._course.smeared(image, *interval, span) if span else image

    def _frame(self, index: int) -> Image:
        if index not in self._kept:
            last = list(self._kept.items())[-1:]
            self._kept = dict([*last, (index, self._frames[index])])
        return self._kept[index]


def camera_so_far(folder: Path) -> MotionAt:
    """How a dream's camera moved; at frames of which dream.json does not speak, it stood still."""
    history = read_history(folder)
    if not history:
        return lambda frame: (_STILL, 0)
    script = script_of(history[-1])
    pace, known = pace_of(folder, script), camera(folder, script, sys.maxsize)

    def motion_at(frame: int) -> tuple[MotionSettings, int]:
        return known(frame) if pace.number(frame) >= history[0].from_frame else (_STILL, 0)

    return motion_at


def evenly(count: int, step: Fraction, in_a_circle: bool = False) -> list[Fraction]:
    """Places among `count` frames, so many of them apart, for `Between`.

    Args:
        in_a_circle: Whether there is something between the last and the first.
    """
    end = Fraction(count if in_a_circle else count - 1)
    return [number * step for number in range(int(end / step) + 1) if number * step < count]


def at_times(times: Sequence[Fraction], end: Fraction, fps: Fraction) -> list[Fraction]:
    """Places, for `Between`, of what is shown so many times a second.

    Args:
        times: When each frame is shown, seconds, rising; the first at 0.
        end: When the last one is over.
        fps: Pictures per second.
    """
    places = []
    for number in range(math.ceil(end * fps)):
        before = bisect_right(times, number / fps) - 1
        place = Fraction(before)
        if before + 1 < len(times):
            begins, ends = times[before : before + 2]
            place += (number / fps - begins) / (ends - begins)
        places.append(place)
    return places


class OfCamera:
    """The course of a picture's dream: that of its camera.

    Args:
        motion_at: How it moves at each frame.
    """

    def __init__(self, motion_at: MotionAt) -> None:
        self._motion_at = motion_at
        self._threads = ThreadPoolExecutor(2, "warp")

    def between(self, before: Image, after: Image, first: int, last: int, share: float) -> Image:
        """As `Course` says."""
        shape = before.shape[:2]
        now = first + share * (last - first)
        ways = [way_between(self._motion_at, number, now, shape) for number in (first, last)]
        edges = self._motion_at(max(first, last))[0].edges
        one, other = self._threads.map(warped, (before, after), ways, (edges, edges))
        return _both(one, other, share, *(inside(way, shape) for way in ways))

    def smeared(self, image: Image, first: int, last: int, share: float, span: float) -> Image:
        """As `Course` says."""
        shape = image.shape[:2]
        now, long = first + share * (last - first), span * abs(last - first)

        def way_at(time: float) -> np.ndarray:
            then = max(now + time * long, 0)
            return flow_of(way_between(self._motion_at, now, then, shape), shape)

        return smeared(image, way_at)


class Filled(Sequence[Image]):
    """All frames of a clip's dream of which each Kth alone was dreamt.

    Between these, there are the clip's own, with the dream of the one before and the one after,
    which is carried there as from a dreamt frame to the next: along the camera's way and the flow.

    Args:
        frames: Those that were dreamt, the first of them with a number.
        first: That number.
        pace: The dream's.
        numbers: What is shown: frames of the clip, in the order in which they are played.
        seen, ends: The clip as the camera sees it: two readers of it, as the places at which they
            read are apart.
        motion_at: Says how the camera moves.
    """

    def __init__(
        self,
        frames: Sequence[Image],
        first: int,
        pace: Pace,
        numbers: Sequence[int],
        seen: Seen,
        ends: Seen,
        motion_at: MotionAt,
    ) -> None:
        self._frames, self._first, self._pace, self._numbers = frames, first, pace, numbers
        self._seen, self._ends, self._motion_at = seen, ends, motion_at
        self._kept: dict[int, Image] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, index: int) -> Image:  # type: ignore[override]
        number = self._numbers[index]
        after = self._pace.number(number)
        if self._pace.frame(after) == number:
            return self._dreamt(after)
        source = self._seen.at(number, number)
        dream, trusted = self._carried(after - 1, number, source)
        if after - self._first < len(self._frames):
            share = (number - self._pace.frame(after - 1)) / self._pace.every
            other, other_trusted = self._carried(after, number, source)
            parts = [(1 - share) * (trusted + _LITTLE), share * (other_trusted + _LITTLE)]
            dream = blended(dream, other, parts[1] / (parts[0] + parts[1]))
            trusted = np.maximum(trusted, other_trusted)
        return np.clip(source + trusted * dream, 0, 255)

    def _dreamt(self, file: int) -> Image:
        if file not in self._kept:
            last = list(self._kept.items())[-1:]
            self._kept = dict([*last, (file, self._frames[file - self._first])])
        return self._kept[file]

    def _carried(self, file: int, number: int, source: Image) -> tuple[np.ndarray, np.ndarray]:
        """The dream of a file, carried to a frame of the clip, and how far to be believed."""
        own = self._pace.frame(file)
        dream = self._dreamt(file) - self._ends.at(own, own)
        before = self._ends.at(own, number)
        back = flow(before, source)
        way = way_between(self._motion_at, own, number, source.shape[:2])
        if (way != np.eye(3)).any():
            dream = warped(dream, way, self._motion_at(number)[0].edges)
        return carried(dream, back), trust(before, source, back, flow(source, before))


class OfFlow:
    """The course of a clip's dream: that of what moves in the clip. Over a cut, nothing does.

    Args:
        source: Gives the clip's frame of a number, as the camera sees it, float32 (H, W, 3).
    """

    def __init__(self, source: Callable[[int], Image]) -> None:
        self._source = source
        self._known: tuple[int, int] | None = None

    def between(self, before: Image, after: Image, first: int, last: int, share: float) -> Image:
        """As `Course` says; what holds over a cut is the frame before it."""
        self._follow(first, last)
        if self._cut:
            return before
        back, forth = self._ways_from(share)
        one, other = carried(before, back), carried(after, forth)
        hidden, new = carried(self._stays, back), carried(self._was, forth)
        return _both(one, other, share, new, hidden)

    def smeared(self, image: Image, first: int, last: int, share: float, span: float) -> Image:
        """As `Course` says; nothing moves over a cut."""
        self._follow(first, last)
        if self._cut:
            return image
        speed = share * self._back - (1 - share) * self._forth
        return smeared(image, lambda time: time * span * speed)

    def _follow(self, first: int, last: int) -> None:
        """Finds how the clip moves from one frame to another, unless that is known."""
        if self._known == (first, last):
            return
        before, after = self._source(first), self._source(last)
        self._back, self._forth = flow(before, after), flow(after, before)
        was = trust(before, after, self._back, self._forth)
        self._cut = is_cut(before, after, was)
        # How far each pixel of one is seen in the other, too; softly, as its edge is a guess.
        both_ways = was, trust(after, before, self._forth, self._back)
        self._was, self._stays = (softened(each, _EDGE) for each in both_ways)
        self._known = first, last

    def _ways_from(self, share: float) -> tuple[np.ndarray, np.ndarray]:
        """Where a pixel at a moment was, and where it will be, as from `flow`.

        First guessed from what moves at its place, and then from what moves where that leads:
        Jiang et al., Super SloMo, 2018, (4), and once more.
        """
        rest = 1 - share
        back = share * (share * self._back - rest * self._forth)
        forth = rest * (rest * self._forth - share * self._back)
        return share * carried(self._back, forth), rest * carried(self._forth, back)


def _both(
    one: Image,
    other: Image,
    share: float,
    one_counts: np.ndarray | None,
    other_counts: np.ndarray | None,
) -> Image:
    """Two pictures of a moment, blended, each where it is to be believed.

    Args:
        one, other: float32 (H, W, 3).
        share: How much the other one is to be seen.
        one_counts, other_counts: float32 (H, W, 1), 0 to 1; None: everywhere.
    """
    first, second = (
        part * (_LITTLE + (1.0 if counts is None else counts))
        for part, counts in ((1 - share, one_counts), (share, other_counts))
    )
    return np.clip(blended(one, other, second / (first + second)), 0, 255)
