"""The ends of a video: how it begins and stops, or goes round without an end, and its title."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from dreammovie.errors import DreamError
from dreammovie.pictures.crossfade import crossfaded
from dreammovie.pictures.image import Image
from dreammovie.pictures.title import titled
from dreammovie.settings import Settings, flag, setting
from dreammovie.videos.cut import FramesOnDemand, VideoSettings

_TITLE = 4.0  # seconds that a title stands
_TITLE_FADES = 0.6  # of them, in which it comes, and in which it goes
_LONGEST = 3600.0  # seconds


@dataclass(frozen=True)
class EndSettings(Settings):
    """How a video begins and stops."""

    loop: float = setting(
        0.0,
        "seconds in which the end fades into the beginning while both move on: played again and "
        "again, the video has neither",
        low=0.0,
        high=_LONGEST,
        metavar="SECONDS",
    )
    hold: float = setting(
        0.0,
        "seconds that the last frame stands still",
        low=0.0,
        high=_LONGEST,
        metavar="SECONDS",
    )
    fade_in: float = setting(
        0.0, "seconds in which it comes out of black", low=0.0, high=_LONGEST, metavar="SECONDS"
    )
    fade_out: float = setting(
        0.0, "seconds in which it goes into black", low=0.0, high=_LONGEST, metavar="SECONDS"
    )
    title: bool = setting(False, "write the dream's name and settings over the first seconds")

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("hold", "fade_in", "fade_out"):
            if self.loop and getattr(self, name):
                raise DreamError(
                    f"A --loop has no ends, and {flag(name)} needs one. Leave one of them out."
                )

    def held(self, rate: Fraction) -> int:
        """How many frames the last one stands still."""
        return round(self.hold * rate)

    def fading(self, rate: Fraction) -> int:
        """How many frames fade into the beginning, and so are no more than that."""
        return max(1, round(self.loop * rate)) if self.loop else 0


@dataclass(frozen=True)
class Title:
    """What is written over the first seconds.

    Attributes:
        name: In large letters.
        detail: In small ones.
    """

    name: str
    detail: str = ""


def check_ends(ends: EndSettings, settings: VideoSettings) -> None:
    """Checks that a video can have both.

    Raises:
        DreamError: it cannot.
    """
    if ends.loop and settings.boomerang:
        raise DreamError("A --boomerang ends where it begins already. Leave out --loop, or that.")


def with_ends(
    frames: Sequence[Image],
    rate: Fraction,
    ends: EndSettings,
    times: Sequence[Fraction] | None = None,
    title: Title | None = None,
) -> tuple[Sequence[Image], Sequence[Fraction] | None]:
    """Gives a movie its ends.

    Args:
        frames: The movie's, in the order in which they are shown; at least one. Each is asked for
            once where those that come out are asked for one after the other.
        rate: Frames per second.
        ends: What is wanted.
        times: When each frame is shown, seconds, rising, the first at 0; None: evenly, as it must
            be for a loop.
        title: What is written over the first seconds, if anything.

    Returns:
        The frames, made when they are asked for, and their times, None as before.

    Raises:
        DreamError: the movie is too short for them.
    """
    if ends.loop:
        frames = _looped(frames, rate, ends)
    if more := ends.held(rate):
        if times is not None:
            times = [*times, *(times[-1] + n / rate for n in range(1, more + 1))]
        frames = _held(frames, more)
    if not (title or ends.fade_in or ends.fade_out):
        return frames, times

    def moment(index: int) -> float:
        return float(times[index] if times else index / rate)

    last = moment(len(frames) - 1)
    length = last + float(1 / rate)
    if ends.fade_in + ends.fade_out > length:
        raise DreamError(
            f"Together, --fade-in and --fade-out take {ends.fade_in + ends.fade_out:g} seconds, "
            f"and the video has {length:.3g}. Choose less."
        )
    stands = min(_TITLE, last)
    fades = min(_TITLE_FADES, stands / 3)
    if fades <= 1 / rate:  # no frame would lie between its beginning and its end
        fades = 0.0

    def frame(index: int) -> Image:
        image, now = frames[index], moment(index)
        if now < ends.fade_in:
            image = image * (now / ends.fade_in)
        if title and (now < stands or not index):
            opacity = min(1.0, min(now, stands - now) / fades) if fades else 1.0
            image = titled(image, title.name, title.detail, opacity)
        if last - now < ends.fade_out:
            image = image * ((last - now) / ends.fade_out)
        return image

    return FramesOnDemand(len(frames), frame), times


def _looped(frames: Sequence[Image], rate: Fraction, ends: EndSettings) -> Sequence[Image]:
    """The movie from the seconds of its loop on, whose end fades into what was before.

    So the frame after the last is the first, as it was in the movie.
    """
    count, fading, seconds = len(frames), ends.fading(rate), ends.loop
    if 2 * fading > count:
        raise DreamError(
            f"A --loop of {seconds:g} needs {2 * seconds:g} seconds of a movie, and there are "
            f"{float(count / rate):.3g}. Dream more frames, or choose at most "
            f"{math.floor(100 * (count // 2) / rate) / 100:g}."
        )

    def frame(index: int) -> Image:
        begun = index + 2 * fading - count  # frames since the fade did
        image = frames[index + fading]
        if begun < 0:
            return image
        return crossfaded(image, frames[begun], (begun + 1) / (fading + 1))

    return FramesOnDemand(count - fading, frame)


def _held(frames: Sequence[Image], more: int) -> Sequence[Image]:
    """The frames, and the last one some more times, which is kept meanwhile."""
    last = len(frames) - 1
    kept = lru_cache(maxsize=1)(frames.__getitem__)
    return FramesOnDemand(len(frames) + more, lambda index: kept(min(index, last)))
