"""The frame that is just being dreamt, as a picture, while somebody looks on.

dream.watched   touched by who looks on
dream.live.jpg  the frame as it is, as long as that was touched a moment ago
"""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

from dreammovie.dreaming.dream import Step
from dreammovie.files import write_whole
from dreammovie.pictures.image import encode, resize
from dreammovie.pictures.sizes import within

_WATCHED, _LIVE = "dream.watched", "dream.live.jpg"
_EVERY = 0.7  # seconds between pictures
_LOOKS = 5.0  # seconds for which a look counts
_LONGEST = 1280  # pixels of the longer side


def look_on(folder: Path) -> Path | None:
    """Says that somebody looks on; the picture's file, where there is one already.

    Args:
        folder: The dream's, in which a run is at work.
    """
    with suppress(OSError):  # a folder that can only be read
        (folder / _WATCHED).touch()
    path = folder / _LIVE
    return path if path.exists() else None


def look_away(folder: Path) -> None:
    """Removes what is there for who looks on, after a run."""
    for name in (_WATCHED, _LIVE):
        with suppress(OSError):
            (folder / name).unlink(missing_ok=True)


class Live:
    """Shows frames to who looks on; for a `with` block, after which nothing of it is left.

    Args:
        folder: The dream's.
        shape: (height, width) of its frames.
    """

    def __init__(self, folder: Path, shape: tuple[int, int]) -> None:
        self._folder, self._shape = folder, within(shape, _LONGEST)
        self._last = time.monotonic()

    def __enter__(self) -> Live:
        return self

    def __exit__(self, *_: object) -> None:
        look_away(self._folder)

    def show(self, step: Step) -> None:
        """Shows the frame after a step, now and then, if there is anybody to see it."""
        now = time.monotonic()
        if now < self._last + _EVERY:
            return
        self._last = now
        with suppress(OSError):  # nobody looks on, or the disk is full; the dream goes on
            if time.time() < (self._folder / _WATCHED).stat().st_mtime + _LOOKS:
                write_whole(encode(resize(step.image, self._shape)), self._folder / _LIVE)
