"""The camera's movie: what a dream's frames would be if nothing was dreamt."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from dreammovie.movies.clip import Seen
from dreammovie.movies.folder import load_start, start_clip, start_image
from dreammovie.movies.motion import move
from dreammovie.movies.schedule import MovieSettings, Script, at, direct
from dreammovie.movies.start import working_size
from dreammovie.pictures.image import Image, fit
from dreammovie.pictures.sizes import parse_size
from dreammovie.videos.decode import open_clip


class Rehearsal(Sequence[Image]):
    """The start image, moved on and on as the frames of a movie are before they are dreamt.

    A clip's begin with img_1, as its dream does: they are what the camera sees of the clip.

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
        self._shape = parse_size(size)
        self._start = fit(load_start(start_image(folder)), self._shape)
        self._number, self._image = 0, self._start
        self._first, self._seen = 0, None
        if path := start_clip(folder):
            self._first, self._seen = 1, Seen(open_clip(path).frame, self._shape, self._motion_at)
        self._frames = frames

    def __len__(self) -> int:
        return self._frames + 1 - self._first

    def _motion_at(self, number: int) -> tuple[MovieSettings, int]:
        now = at(self._script, number)
        return now, now.seed

    def __getitem__(self, index: int) -> Image:  # type: ignore[override]
        number = index + self._first
        if number < self._number:
            self._number, self._image = 0, self._start
        while self._number < number:
            self._number += 1
            if self._seen:
                self._image = self._seen.at(self._number, self._number)
            else:
                now, seed = self._motion_at(self._number)
                self._image = np.clip(move(self._image, now, self._number, seed), 0, 255)
        height, width = (side // 2 * 2 for side in self._image.shape[:2])
        return self._image[:height, :width]
