"""When each frame of a dream is shown in its movie."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

from dreammovie.movies.folder import start_clip


class Moments:
    """When the frames of a dream are shown.

    Args:
        times: Of frames 1, 2, ..., seconds, from 0 on; None: frame n at n / fps.
    """

    def __init__(self, times: Sequence[Fraction] | None = None) -> None:
        self._times = [float(time) for time in times] if times else None

    def shown(self, frame: int, fps: float) -> float:
        """The second at which a frame begins to be shown."""
        if self._times is None:
            return frame / fps
        beyond = max(frame - len(self._times), 0)
        return self._times[min(max(frame, 1), len(self._times)) - 1] + beyond / fps

    def frame_at(self, second: float, fps: float) -> int:
        """The frame that is being shown at a second."""
        if self._times is None:
            return int(second * fps + 1e-6)
        if second > self._times[-1]:
            return len(self._times) + int((second - self._times[-1]) * fps + 1e-6)
        return bisect_right(self._times, second + 1e-6)


_EVEN = Moments()


def moments_of(folder: Path) -> Moments:
    """When the frames of a dream are shown; a clip's, as the clip's own.

    Args:
        folder: The dream's.

    Raises:
        DreamError, OSError: its clip cannot be read.
    """
    if not (path := start_clip(folder)):
        return _EVEN
    status = path.stat()
    return _of_clip(path.resolve(), status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=8)
def _of_clip(path: Path, changed: int, size: int) -> Moments:
    from dreammovie.videos.decode import open_clip  # which needs time that others need not wait

    with open_clip(path) as clip:
        return Moments(clip.times)
