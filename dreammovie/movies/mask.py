"""Where a movie dreams: a mask, white where it does and black where the picture stays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dreammovie.errors import unknown
from dreammovie.movies.motion import MotionAt, Way
from dreammovie.movies.named import NONE
from dreammovie.pictures.image import Image, fit
from dreammovie.pictures.warp import warped
from dreammovie.settings import Settings, setting

_FILE = "mask.png"
_WAYS = ("still", "camera")


@dataclass(frozen=True)
class MaskSettings(Settings):
    """Where is dreamt."""

    mask: str | None = setting(
        None,
        "picture, or video, that says where to dream: white dreams, black stays as it comes; "
        f"{NONE} for everywhere (default: {_FILE} in the dream's folder, where there is one)",
        fixed="it is one picture",
        file=True,
    )
    mask_edge: float = setting(
        0.01,
        "how soft its edges are made, in widths of the picture",
        low=0.0,
        high=1.0,
        metavar="WIDTHS",
    )
    mask_motion: str = setting(
        "still",
        "whether the mask stands still, or moves with the camera: still, camera",
        metavar="NAME",
        fixed="it is a word",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.mask_motion not in _WAYS:
            raise unknown("mask motion", self.mask_motion, _WAYS)


def mask_in(folder: Path) -> str | None:
    """The name of the mask that lies in a dream's folder; None where there is none."""
    return _FILE if (folder / _FILE).is_file() else None


class Mask:
    """Where each frame of a movie is dreamt.

    Args:
        picture_at: Gives the mask at a frame, float32 (h, w, 3) of any size; white dreams. Where it
            is the same as before, it is the same object.
        shape: (height, width) of the movie.
        motion_at: Says how the camera moves.
    """

    def __init__(
        self,
        picture_at: Callable[[int], Image],
        shape: tuple[int, int],
        motion_at: MotionAt,
    ) -> None:
        self._picture_at, self._shape = picture_at, shape
        self._way = Way(motion_at, shape)
        self._last: tuple[Image, float, np.ndarray] | None = None

    def at(self, number: int, settings: MaskSettings) -> np.ndarray:
        """How much of the dream counts where.

        Args:
            number: Of the frame; quick if it is the one after the last that was asked for.
            settings: As they hold at it.

        Returns:
            float32 (H, W, 1), from 0, where the picture stays, to 1.
        """
        picture, edge = self._picture_at(number), settings.mask_edge
        if not self._last or self._last[0] is not picture or self._last[1] != edge:
            grey = fit(picture, self._shape).mean(2, keepdims=True) / np.float32(255)
            self._last = picture, edge, _softened(grey, edge)
        share = self._last[2]
        if settings.mask_motion == "camera":
            share = np.clip(warped(share, self._way.to(number)), 0, 1)
        return share


def _softened(mask: np.ndarray, edge: float) -> np.ndarray:
    """A mask (H, W, 1) with edges about so many of its widths wide."""
    from scipy import ndimage

    sigma = edge * mask.shape[1] / 2
    return ndimage.gaussian_filter(mask, (sigma, sigma, 0)) if sigma else mask
