"""A clip, the video that somebody brings, frame by frame as it is meant to be seen. No TensorFlow.

Frames are decoded when they are asked for: a clip of an hour needs no more memory than one of a
second. Each has the same bytes whichever frames were asked for before it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from types import TracebackType

import av
import av.filter
import numpy as np

from dreammovie.errors import DreamError
from dreammovie.pictures.image import Image
from dreammovie.videos.clip_colours import image_of, peak_of, side_data
from dreammovie.videos.clip_file import check_pixels, opened
from dreammovie.videos.packets import frames_from, read_packets

_KEPT = 4  # decoded frames; to one that is interlaced belong its neighbours
_FPS = Fraction(25)  # of a clip of one frame that does not say


def open_clip(path: Path | str) -> Clip:
    """Opens a video: MP4, MOV, M4V, MKV, WebM, AVI or GIF, told by its content.

    Its packets are read through once; of its frames, only the first is decoded.

    Raises:
        DreamError: there is no video in it that can be decoded safely.
        OSError: `path` cannot be read at all.
    """
    return Clip(Path(path))


class Clip:
    """A video that is read; `with` closes it.

    A frame that is broken is shown as the one before it, as players do. One thread at a time.

    Attributes:
        path: Of the file.
        frames: Number of frames that are shown.
        times: When each of them is shown, seconds, rising; the first at 0.
        start: When the first is shown by the file's own clock, which its sound goes by; seconds.
        rate: Frames per second, on average.
        shape: (height, width) of a frame, upright and in square pixels.
        missing: Seconds that the file promises and its end lacks; 0 where it is cut off, and does
            not say how long it was; None where it is whole.
        has_sound: Whether there is sound beside the video.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._packets = read_packets(path)
        self._decoding = frames_from(path, self._packets, 0)
        first, frame = self._first()
        with opened(path) as (container, video):
            self.has_sound = bool(container.streams.audio)
            aspect = video.sample_aspect_ratio or Fraction(1)
        self._shape = _square(frame.height, frame.width, aspect)
        check_pixels(path, self._shape)
        self._turn = _turn(frame)
        self._peak = peak_of(frame)
        self.shape = self._shape[::-1] if self._turn[0] else self._shape

        stamps = self._packets.stamps[first:]
        self._numbers = self._packets.shown[first:]
        self._ranks = {number: rank for rank, number in enumerate(self._numbers)}
        self.frames = len(stamps)
        self.start = stamps[0] * self._packets.tick
        self.times, self.rate = _times(stamps, self._packets.tick, self._packets.rates)
        self.missing = self._packets.missing
        # What was decoded last, by rank, which counts the frames from 0.
        self._window: deque[tuple[int, av.VideoFrame]] = deque([(0, frame)], _KEPT)
        self._ended = False

    def __enter__(self) -> Clip:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file; it is opened again where another frame is asked for."""
        self._decoding.close()
        self._window.clear()

    def frame(self, number: int) -> Image:
        """A frame as it is seen: upright, in square pixels, sRGB, over white.

        It is quick where the numbers rise one by one; else, it is decoded from the key frame
        before it.

        Args:
            number: From 1 to `frames`.

        Returns:
            float32 (H, W, 3), RGB, 0..255, of `shape`.

        Raises:
            IndexError: there is no such frame.
            DreamError, OSError: the file is no longer what it was.
        """
        if not 1 <= number <= self.frames:
            raise IndexError(f"{self.path} has frames 1 to {self.frames}, not {number}.")
        rank = number - 1
        frame = self._decoded(rank)
        if frame.interlaced_frame:
            before = self._decoded(rank - 1) if rank else None
            after = self._decoded(rank + 1) if number < self.frames else None
            frame = _deinterlaced(before, frame, after)
        image = image_of(frame, self._shape, self._peak)
        transposed, upside_down, mirrored = self._turn
        if transposed:
            image = image.swapaxes(0, 1)
        return np.ascontiguousarray(image[:: -1 if upside_down else 1, :: -1 if mirrored else 1])

    def _first(self) -> tuple[int, av.VideoFrame]:
        """The first frame that can be decoded, and where it is among those to be shown."""
        ranks = {number: rank for rank, number in enumerate(self._packets.shown)}
        for number, frame in self._decoding:
            if number in ranks:
                return ranks[number], frame
        raise DreamError(
            f"No frame of {self.path} can be decoded; it is broken, or encrypted. Save it again, "
            "or put another one there."
        )

    def _decoded(self, rank: int) -> av.VideoFrame:
        """The frame of a rank as it is stored, or where that is broken, the one before it."""
        if (frame := self._known(rank)) is not None:
            return frame
        key = self._packets.key(self._numbers[rank])
        # Going on is quicker, unless it is backwards, or a key frame is nearer.
        at = self._window[-1][0] if self._window else -1
        if at < 0 or self._ended or not self._ranks.get(key, -1) <= at < rank:
            self._begin(key)
        while not self._reach(rank):
            if not key:
                raise DreamError(f"{self.path} is no longer what it was. Put it back.")
            # Nothing up to there could be decoded from this one.
            key = self._packets.key(key - 1)
            self._begin(key)
        frame = self._known(rank)
        assert frame is not None
        return frame

    def _begin(self, key: int) -> None:
        self.close()
        self._decoding = frames_from(self.path, self._packets, key)
        self._ended = False

    def _reach(self, rank: int) -> bool:
        """Decodes until a frame is known; says whether it is."""
        for number, frame in self._decoding:
            at = self._ranks.get(number, -1)
            if at > (self._window[-1][0] if self._window else -1):
                self._window.append((at, frame))
                if at >= rank:
                    break
        else:
            self._ended = True
        return self._known(rank) is not None

    def _known(self, rank: int) -> av.VideoFrame | None:
        """The frame of a rank, if it is among the last that were decoded."""
        if not self._window:
            return None
        end = self.frames if self._ended else self._window[-1][0] + 1
        for (at, frame), (after, _) in pairwise([*self._window, (end, None)]):
            if at <= rank < after:
                return frame
        return None


def _square(height: int, width: int, aspect: Fraction) -> tuple[int, int]:
    """(height, width) in square pixels for some of which the width is `aspect` heights."""
    if aspect >= 1:
        return height, round(width * aspect)
    return round(height / aspect), width


def _turn(frame: av.VideoFrame) -> tuple[bool, bool, bool]:
    """Whether to swap its sides, to turn it upside down and to mirror it then, to see it upright.

    Source: libavutil/display.h; what is askew is turned to the nearest.
    """
    if not (matrix := side_data(frame, "DISPLAYMATRIX")):
        return False, False, False
    xx, xy, _, yx, yy, *_ = matrix
    if abs(xy) + abs(yx) > abs(xx) + abs(yy):
        return True, xy < 0, yx < 0
    return False, yy < 0, xx < 0


def _times(
    stamps: Sequence[int], tick: Fraction, rates: Sequence[Fraction]
) -> tuple[tuple[Fraction, ...], Fraction]:
    """Seconds from the first of some stamps on, and their average rate.

    Where all are what one of the rates says, rounded to ticks, they are what it says.
    """
    seconds = [(stamp - stamps[0]) * tick for stamp in stamps]
    for rate in rates:
        if all(abs(time - rank / rate) <= tick for rank, time in enumerate(seconds)):
            return tuple(rank / rate for rank in range(len(stamps))), rate
    if len(stamps) == 1:
        return (Fraction(0),), _FPS
    return tuple(seconds), ((len(stamps) - 1) / seconds[-1]).limit_denominator(1001)


def _deinterlaced(
    before: av.VideoFrame | None, frame: av.VideoFrame, after: av.VideoFrame | None
) -> av.VideoFrame:
    """All lines of a frame at the time of its first field, from its neighbours and itself.

    Only these three are looked at, so it does not matter which were seen before.
    """
    shown = [near for near in (before, frame, after) if near is not None]
    graph = av.filter.Graph()
    graph.threads = 1
    source = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1)
    )
    nodes = graph.add("bwdif", "mode=send_frame:deint=all"), graph.add("buffersink")
    graph.link_nodes(source, *nodes).configure()
    for time, near in enumerate(shown):
        near.pts = time
        graph.vpush(near)
    graph.vpush(None)
    for _ in range(shown.index(frame)):
        graph.vpull()
    return graph.vpull()
