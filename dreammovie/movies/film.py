"""Films of dreams growing: every step kept in a folder, then an MP4 and a GIF of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from dreammovie.movies.folder import Frames
from dreammovie.pictures.image import Image, save_image
from dreammovie.pictures.sheet import Label, Sheet
from dreammovie.videos.cut import FramesOnDemand, parse_fps, scaled
from dreammovie.videos.encode import encoding
from dreammovie.videos.gif import encoding_gif

ENDINGS = ".mp4", ".gif"
"""Of the files that films become."""

_FIRST, _LAST = 1.0, 2.0  # how long the picture and its dream stand still, seconds
_GIF_STEPS = 90  # shown in a GIF at most
_GIF_WIDTH = 480  # pixels
_WIDTHS_TOGETHER = 1920, 960  # of the MP4 and of the GIF, pixels


class Film:
    """The steps of one dream, in the order in which they are shown.

    Args:
        folder: An empty one; the steps go there, the picture as img_0.jpg.
        start: The picture, float32 (H, W, 3).
        label: Of the dream, for films side by side.
        fps: Steps per second.

    Attributes:
        steps: How many there are so far.
    """

    def __init__(self, folder: Path, start: Image, label: Label, fps: float) -> None:
        self.folder = folder
        self.label = label
        self.fps = parse_fps(str(fps))
        self.steps = 0
        save_image(start, self.path(0))

    def path(self, step: int) -> Path:
        """The file of the picture after a step; step 0 is the start."""
        return self.folder / f"img_{step}.jpg"

    def add(self, image: Image, step: int) -> None:
        """Keeps the picture after a step; they come in order, and may begin anew from 1."""
        save_image(image, self.path(step))
        self.steps = step

    def frames(self, most: int | None = None) -> Frames:
        """All steps, or evenly at most some of them; the first and the last stand still."""
        every = math.ceil(self.steps / most) if most else 1
        numbers = [*range(0, self.steps, every), self.steps]
        first, last = (round(seconds * self.fps) for seconds in (_FIRST, _LAST))
        return Frames(self.folder, [0] * first + numbers + [self.steps] * last)


def encoding_films(films: Sequence[Film], mp4: Path, gif: Path) -> Iterator[tuple[Path, int, int]]:
    """Encodes an MP4 and a GIF of one film, or of several side by side over their labels.

    Args:
        films: Of pictures of one size, equally many steps and the same pace.
        mp4, gif: The files.

    Yields:
        The file being written, the frames done so far, and the frames in all.
    """
    fps = films[0].fps
    together = len(films) > 1

    def frames_of(width: int, most: int | None = None) -> Sequence[Image]:
        each = [film.frames(most) for film in films]
        if together:
            sheet = Sheet(each[0].shape, [film.label for film in films], widest=width)
            return FramesOnDemand(len(each[0]), lambda n: sheet.filled(some[n] for some in each))
        return scaled(each[0], width, even=False)

    own = films[0].frames().shape[1]
    wide, narrow = _WIDTHS_TOGETHER if together else (own, min(own, _GIF_WIDTH))
    frames = frames_of(wide)
    for done in encoding(mp4, frames, fps, "mp4"):
        yield mp4, done, len(frames)
    count = len(frames_of(narrow, _GIF_STEPS))
    for done in encoding_gif(gif, lambda width: frames_of(width, _GIF_STEPS), fps, narrow):
        yield gif, done, count
