"""What a frame is made from. In a picture's dream: the frame before, as the camera sees it now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dreammovie.movies.motion import move
from dreammovie.movies.schedule import MovieSettings
from dreammovie.pictures.image import Image, fit
from dreammovie.pictures.palette import Palette
from dreammovie.pictures.sizes import parse_size


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


Origin = Callable[[Image, int, MovieSettings], Beginning]
"""Takes the frame before, float32 (h, w, 3), a frame's number, and the settings at it.

Of frame 1, what stands before it is the start image.
"""


def moved(frame: Image, number: int, settings: MovieSettings) -> Image:
    """The frame before, as the camera sees it one frame later."""
    assert settings.size is not None
    return move(fit(frame, parse_size(settings.size)), settings, number, settings.seed)


def from_before(palette: Palette) -> Origin:
    """The origin in a picture's dream: the frame before, moved, with one palette for all."""

    def begin(frame: Image, number: int, settings: MovieSettings) -> Beginning:
        return Beginning(moved(frame, number, settings), palette)

    return begin
