"""What a frame of a clip's dream is made from: the clip's own frame, and the dream before.

What is carried from frame to frame is the dream, not the picture: the difference between the frame
before and its source, along the optical flow. So a still wall keeps its creature, a turning head
wears it, and what comes out from behind begins anew.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from dreammovie.errors import unknown
from dreammovie.movies.motion import MotionAt, Way, way_between
from dreammovie.movies.origin import Beginning
from dreammovie.pictures.flow import carried, flow, is_cut, trust
from dreammovie.pictures.image import Image, fit
from dreammovie.pictures.palette import Palette
from dreammovie.pictures.warp import warped
from dreammovie.settings import Settings, setting

_MOVES = 0.002  # widths of the picture in a frame: clearly in motion
_SWITCH = ("on", "off")


@dataclass(frozen=True)
class ClipSettings(Settings):
    """How a clip is dreamt."""

    persistence: float = setting(
        0.9,
        "in a clip's dream: how much of the dream goes on from frame to frame, 0 to 1",
        low=0.0,
        high=1.0,
    )
    scene_dreams: int = setting(
        6,
        "in a clip's dream: how many times the first frame of a scene is dreamt over, so that no "
        "scene begins naked",
        low=1,
        high=1000,
    )
    flow: str = setting(
        "on",
        "in a clip's dream: whether the dream is carried along with what moves (on), or every "
        "frame is dreamt by itself (off)",
        metavar="on|off",
        fixed="it is a word",
    )
    cuts: str = setting(
        "on",
        "in a clip's dream: whether it begins anew where a scene ends (on), or never (off)",
        metavar="on|off",
        fixed="it is a word",
    )
    dream_of_motion: float = setting(
        0.0,
        "in a clip's dream: up to 1, how much less still things dream; down to -1, how much less "
        "moving ones do",
        low=-1.0,
        high=1.0,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("flow", "cuts"):
            if getattr(self, name) not in _SWITCH:
                raise unknown(name, getattr(self, name), _SWITCH)


class Seen:
    """A clip's frames as the camera sees them.

    Args:
        source: Gives the clip's frame of a number, from 1 on, float32 (h, w, 3); it is quick
            where one is asked for after the other.
        shape: (height, width) of the movie.
        motion_at: Says how the camera moves.
    """

    def __init__(
        self, source: Callable[[int], Image], shape: tuple[int, int], motion_at: MotionAt
    ) -> None:
        self._source, self._shape, self._motion_at = source, shape, motion_at
        self._way = Way(motion_at, shape)
        self._kept: dict[int, Image] = {}

    def at(self, number: int, camera: int) -> Image:
        """A frame of the clip, seen from where the camera is at another, or the same."""
        if number not in self._kept:
            last = list(self._kept.items())[-1:]
            self._kept = dict([*last, (number, fit(self._source(number), self._shape))])
        image, way = self._kept[number], self._way.to(camera)
        if (way == np.eye(3)).all():
            return image
        return np.clip(warped(image, way, self._motion_at(camera)[0].edges), 0, 255)


@dataclass(frozen=True)
class _Ahead:
    """What is known of a frame before its dream is: what the clip shows, and how that moves.

    Attributes:
        source: The clip's frame, float32 (H, W, 3), as the camera sees it.
        palette: Of that.
        own: The frame that was dreamt before it, as the camera saw it then.
        back: The flow between them, as the camera sees them now.
        trusted: How far it is to be believed.
        is_cut: Whether another scene begins.
    """

    source: Image
    palette: Palette
    own: Image
    back: np.ndarray
    trusted: np.ndarray
    is_cut: bool


class Carried:
    """The origin in a clip's dream.

    While a frame is dreamt, a thread of its own looks at the clip where the next one will be;
    `with` ends it, before the clip is closed.

    Args:
        source, shape, motion_at: As of `Seen`; the camera sees clip and dream alike.
        every: Each how manieth frame of the clip is dreamt. So much of a dream goes on from one of
            these to the next as the settings say, whatever lies between: it grows as strong.
        first: Number of the first frame, which begins a scene: there is no dream before it.
    """

    def __init__(
        self,
        source: Callable[[int], Image],
        shape: tuple[int, int],
        motion_at: MotionAt,
        every: int = 1,
        first: int = 1,
    ) -> None:
        self._seen, self._shape, self._motion_at = Seen(source, shape, motion_at), shape, motion_at
        self._every, self._first = every, first
        self._thread = ThreadPoolExecutor(1, "clip")
        self._next: tuple[int, Future[_Ahead]] | None = None

    def __enter__(self) -> Carried:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown(cancel_futures=True)

    def __call__(self, frame: Image, number: int, settings: ClipSettings) -> Beginning:
        """What frame `number` is made from, as `Origin` says."""
        if number == self._first or settings.flow == "off":
            return _scene(self._thread.submit(self._seen.at, number, number).result(), settings)
        known = self._known(number)
        if settings.cuts == "on" and known.is_cut:
            return _scene(known.source, settings)
        way = way_between(self._motion_at, number - self._every, number, self._shape)
        dream = fit(frame, self._shape) - known.own
        if (way != np.eye(3)).any():
            dream = warped(dream, way, self._motion_at(number)[0].edges)
        dream = settings.persistence * known.trusted * carried(dream, known.back)
        share = _moving(known.back / self._every, settings.dream_of_motion)
        return Beginning(known.source + dream, known.palette, share)

    def _known(self, number: int) -> _Ahead:
        """What is known of a frame; looking at the next one begins."""
        looking = self._next
        if looking is None or looking[0] != number:
            looking = number, self._thread.submit(self._look, number)
        known = looking[1].result()
        after = number + self._every
        self._next = after, self._thread.submit(self._look, after)
        return known

    def _look(self, number: int) -> _Ahead:
        last = number - self._every
        own = self._seen.at(last, last)
        before, source = self._seen.at(last, number), self._seen.at(number, number)
        back = flow(before, source)
        trusted = trust(before, source, back, flow(source, before))
        cut = is_cut(before, source, trusted)
        return _Ahead(source, Palette.of(source), own, back, trusted, cut)

    def begins_anew(self, number: int, settings: ClipSettings) -> bool:
        """Whether nothing of the dream before goes on in frame `number`; none is needed to say."""
        return settings.flow == "off" or (settings.cuts == "on" and self._look(number).is_cut)


def _scene(source: Image, settings: ClipSettings) -> Beginning:
    """What a scene begins with: as if its first frame had been there for a while."""

    def again(dreamt: Image) -> Image:
        return source + np.float32(settings.persistence) * (dreamt - source)

    return Beginning(source, Palette.of(source), again=(again,) * (settings.scene_dreams - 1))


def _moving(way: np.ndarray, more: float) -> np.ndarray | None:
    """How much is dreamt where, (H, W, 1), given a flow and whether what moves dreams more."""
    if not more:
        return None
    speed = np.hypot(way[..., 0], way[..., 1])[..., None] / (_MOVES * way.shape[1])
    moves = 1 - np.exp(-speed)
    return (1 - more * (1 - moves) if more > 0 else 1 + more * moves).astype(np.float32)
