"""A clip, the video that somebody brings, frame by frame as it is meant to be seen. No TensorFlow.

Frames are decoded when they are asked for: a clip of an hour needs no more memory than one of a
second. Each has the same bytes whichever frames were asked for before it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
import av.filter
import numpy as np

from dreammovie.pictures.image import Image
from dreammovie.videos.clip_colours import image_of, peak_of, side_data
from dreammovie.videos.clip_file import check_pixels
from dreammovie.videos.packets import read_packets
from dreammovie.videos.stored import StoredFrames

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

    A frame that is broken is shown as the one before it, as players do. For one thread at a time.

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
        packets = read_packets(path)
        self._stored = StoredFrames(path, packets)
        first = self._stored[0]
        self._shape = _square(first.height, first.width, packets.aspect)
        check_pixels(path, self._shape)
        self._turn = _turn(first)
        self._peak = peak_of(first)
        stamps = self._stored.stamps

        self.path = path
        self.frames = len(stamps)
        self.times, self.rate = _times(stamps, packets.tick, packets.rates)
        self.start = stamps[0] * packets.tick
        self.shape = self._shape[::-1] if self._turn[0] else self._shape
        self.missing = packets.missing
        self.has_sound = packets.has_sound

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
        """Closes the file; it is opened again when another frame is asked for."""
        self._stored.close()

    def shown_at(self, moment: float) -> int:
        """The number of the frame that is to be seen at a moment, seconds; at the end, the last."""
        # 1 / 30 of a second is not quite that in a float, and would be the frame before.
        return max(1, bisect_right(self.times, moment + 1e-6))

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
        frame = self._stored[number - 1]
        if frame.interlaced_frame:
            before = self._stored[number - 2] if number > 1 else None
            after = self._stored[number] if number < self.frames else None
            frame = _deinterlaced(before, frame, after)
        image = image_of(frame, self._shape, self._peak)
        transposed, upside_down, mirrored = self._turn
        if transposed:
            image = image.swapaxes(0, 1)
        return np.ascontiguousarray(image[:: -1 if upside_down else 1, :: -1 if mirrored else 1])


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
    ticks = [stamp - stamps[0] for stamp in stamps]
    for rate in rates:
        each, of = (1 / rate / tick).as_integer_ratio()  # ticks of a frame; whole numbers are quick
        if all(abs(time * of - rank * each) <= of for rank, time in enumerate(ticks)):
            return tuple(rank / rate for rank in range(len(stamps))), rate
    if len(stamps) == 1:
        return (Fraction(0),), _FPS
    mean = (len(stamps) - 1) / (ticks[-1] * tick)
    return tuple(time * tick for time in ticks), mean.limit_denominator(1001)


def _deinterlaced(
    before: av.VideoFrame | None, frame: av.VideoFrame, after: av.VideoFrame | None
) -> av.VideoFrame:
    """All lines of a frame at the time of its first field, from its neighbours and itself.

    Only these three are looked at, so it does not matter which were seen before.
    """
    near = [one for one in (before, frame, after) if one is not None]
    graph = av.filter.Graph()
    graph.threads = 1
    source = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1)
    )
    nodes = graph.add("bwdif", "mode=send_frame:deint=all"), graph.add("buffersink")
    graph.link_nodes(source, *nodes).configure()
    for time, one in enumerate(near):
        one.pts = time
        graph.vpush(one)
    graph.vpush(None)
    if before is not None:
        graph.vpull()
    return graph.vpull()
