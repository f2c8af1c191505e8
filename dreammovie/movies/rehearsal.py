"""The camera's movie: what a dream's frames would be if nothing was dreamt."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from dreammovie.movies.folder import start_image
from dreammovie.movies.origin import moved
from dreammovie.movies.schedule import Script, at, direct, working_size
from dreammovie.pictures.image import Image, fit, load_image
from dreammovie.pictures.sizes import parse_size


class Rehearsal(Sequence[Image]):
    """The start image, moved on and on as the frames of a movie are before they are dreamt.

    Each is made from the one before it: they are quick to read in their order, and from the start
    on otherwise. Their sides are even, as video wants them.

    Args:
        folder: The dream's.
        frames: Number of the last one.
        script: How the camera moves, and in which size.

    Raises:
        DreamError: there is no readable start image, or it is too small.
    """

    def __init__(self, folder: Path, frames: int, script: Script) -> None:
        size = working_size(script.settings.size, folder)
        self._script = direct(script, {"size": size})
        self._start = fit(load_image(start_image(folder)), parse_size(size))
        self._number, self._image = 0, self._start
        self._frames = frames

    def __len__(self) -> int:
        return self._frames + 1

    def __getitem__(self, index: int) -> Image:  # type: ignore[override]
        if index < self._number:
            self._number, self._image = 0, self._start
        while self._number < index:
            self._number += 1
            now = at(self._script, self._number)
            self._image = np.clip(moved(self._image, self._number, now), 0, 255)
        height, width = (side // 2 * 2 for side in self._image.shape[:2])
        return self._image[:height, :width]
