"""Where a movie dreams: a mask, white where it does and black where the picture stays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dreammovie.errors import unknown
from dreammovie.movies.motion import MotionSettings, step_of, warped
from dreammovie.movies.named import NONE
from dreammovie.pictures.image import Image
from dreammovie.settings import Settings, setting

_FILE = "mask.png"
_WAYS = ("still", "camera")


@dataclass(frozen=True)
class MaskSettings(Settings):
    """Where is dreamt."""

    mask: str | None = setting(
        None,
        "picture that says where to dream: white dreams, black stays as the camera brings it; "
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
        picture: float32 (H, W, 3), of the movie's size; white dreams.
        motion_at: Gives how the camera moves at a frame, and the seed of its shaking.
    """

    def __init__(
        self, picture: Image, motion_at: Callable[[int], tuple[MotionSettings, int]]
    ) -> None:
        self._grey = picture.mean(2, keepdims=True) / np.float32(255)
        self._motion_at = motion_at
        self._number, self._way = 0, np.eye(3)

    def kept(self, before: Image, dreamt: Image, number: int, settings: MaskSettings) -> Image:
        """The dream where the mask is white, and what it was made from where it is black.

        Args:
            before: float32 (H, W, 3), what the camera brings.
            dreamt: float32 (H, W, 3), likewise dreamt.
            number: Of the frame; quick if it is the one after the last that was asked for.
            settings: As they hold at it.

        Returns:
            float32 (H, W, 3).
        """
        share = _softened(self._grey, settings.mask_edge)
        if settings.mask_motion == "camera":
            share = np.clip(warped(share, self._way_to(number)), 0, 1)
        return before + share * (dreamt - before)

    def _way_to(self, number: int) -> np.ndarray:
        """Where the picture has gone from the start to a frame."""
        if number < self._number:
            self._number, self._way = 0, np.eye(3)
        while self._number < number:
            self._number += 1
            motion, seed = self._motion_at(self._number)
            self._way = step_of(motion, self._grey.shape[:2], self._number, seed) @ self._way
        return self._way


def _softened(mask: np.ndarray, edge: float) -> np.ndarray:
    """A mask (H, W, 1) with edges about so many of its widths wide."""
    from scipy import ndimage

    sigma = edge * mask.shape[1] / 2
    return ndimage.gaussian_filter(mask, (sigma, sigma, 0)) if sigma else mask
