"""What a frame is made from. In a picture's dream: the frame before, as the camera sees it now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dreammovie.movies.motion import MotionAt, MotionSettings, moved, way_between
from dreammovie.pictures.image import Image, fit
from dreammovie.pictures.palette import Palette


@dataclass(frozen=True)
class Beginning:
    """What a frame is made from.

    Attributes:
        image: What is dreamt, float32 (H, W, 3) of the movie's size.
        palette: That of the colours to keep.
        share: float32 (H, W, 1), how much of the dream counts where, 0 to 1; None: all of it.
        again: Gives what is dreamt after the first dream of this frame, and so on: images, each
            made from the dream before it. Empty: one dream is all.
    """

    image: Image
    palette: Palette
    share: np.ndarray | None = None
    again: tuple[Callable[[Image], Image], ...] = ()


class FromBefore:
    """The origin in a picture's dream: the frame before, moved, with one palette for all.

    Args:
        palette: The movie's.
        shape: (height, width) of it.
        motion_at: Says how the camera moves.
    """

    def __init__(self, palette: Palette, shape: tuple[int, int], motion_at: MotionAt) -> None:
        self._palette, self._shape, self._motion_at = palette, shape, motion_at

    def __call__(self, frame: Image, number: int, settings: MotionSettings) -> Beginning:
        """What frame `number` is made from, given the one before it, float32 (h, w, 3)."""
        way = way_between(self._motion_at, number - settings.every, number, self._shape)
        _, seed = self._motion_at(number)
        image = moved(fit(frame, self._shape), way, settings.edges, number, seed)
        return Beginning(image, self._palette)
