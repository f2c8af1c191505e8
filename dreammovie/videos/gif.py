"""GIFs of a bounded size."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

from dreammovie.files import whole
from dreammovie.pictures.image import Image
from dreammovie.videos.encode import encoding

_LEAST = 64  # no GIF is made narrower than this to get smaller, pixels

GIF_BYTES = 8_000_000
"""What people can send and pages will show."""


def encoding_gif(
    path: Path,
    frames_of: Callable[[int], Sequence[Image]],
    fps: Fraction,
    width: int,
    most: int = GIF_BYTES,
    times: Sequence[Fraction] | None = None,
    note: str | None = None,
) -> Iterator[int]:
    """Encodes a GIF of a bounded size: as wide as asked for, or smaller where it must be.

    The file appears only when it is as small as that.

    Args:
        path: Of the GIF; written over if it exists.
        frames_of: Gives the frames for a width in pixels, as `encoding` wants them.
        fps: Frames per second.
        width: The widest it may be, pixels.
        most: Bytes that it may have, unless even the least width has more.
        times, note: As for `encoding`.

    Yields:
        The number of frames done so far, from 1 on again where it became too large.
    """
    with whole(path.resolve()) as part:
        while True:
            frames = frames_of(width)
            yield from encoding(part, frames, fps, "gif", times=times, note=note)
            excess = part.stat().st_size / most
            if excess <= 1 or width <= _LEAST:
                return
            width = max(_LEAST, int(width * 0.97 / math.sqrt(excess)))
