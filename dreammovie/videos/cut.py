"""The cut: which frames a video shows, in which order, how fast, and in which kind of file."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from dreammovie.errors import DreamError, unknown
from dreammovie.pictures.image import Image, resize
from dreammovie.settings import METADATA, Settings, setting
from dreammovie.videos.encode import FORMATS, GIF_BYTES

_SWITCH = ("on", "off")


@dataclass(frozen=True)
class VideoSettings(Settings):
    """How frames become a video."""

    fps: str | None = setting(
        None,
        "frames per second, also as a fraction such as 30000/1001 (default: the dream's)",
        metavar="F",
    )
    quality: int | None = setting(
        None,
        "constant rate factor, less is better "
        f"(default: {FORMATS['mp4'].crf} for mp4, {FORMATS['webm'].crf} for webm)",
        low=0,
        high=63,
        metavar="CRF",
    )
    format: str | None = setting(
        None, "mp4, webm or gif (default: the output's ending, else mp4)", metavar="NAME"
    )
    width: int | None = setting(
        None,
        "width of the video in pixels; the height follows (default: that of the frames)",
        low=2,
        high=16_384,
        metavar="PIXELS",
    )
    max_bytes: int | None = setting(
        None,
        f"bytes that a GIF may have; it is made smaller until it has (default: {GIF_BYTES:,})",
        low=10_000,
        high=10**12,
        metavar="BYTES",
    )
    first: int | None = setting(
        None, "number of the first frame (default: the first that is there)", low=0, metavar="A"
    )
    last: int | None = setting(
        None, "number of the last frame (default: the newest)", low=0, metavar="B"
    )
    between: str = setting(
        "on",
        "what is shown where no frame was dreamt, with --every or a higher --fps: in-betweens "
        "(on), or the frame before once more (off)",
        metavar="on|off",
    )
    smooth_motion: float = setting(
        0.0,
        "how much of a frame's time the shutter is open, 0 to 1: what moves is blurred along its "
        "way; 0.5 is a film camera's",
        low=0.0,
        high=1.0,
    )
    audio: str | None = setting(
        None,
        "sound under the video; none for none (default: what the dream was dreamt to, or the "
        "clip's own)",
        file=True,
    )
    compare: bool = setting(False, "of a clip's dream: show the clip on its left")
    reverse: bool = setting(False, "play backwards")
    boomerang: bool = setting(False, "play there and back again")
    metadata: bool = setting(True, METADATA)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.format is not None and self.format not in FORMATS:
            raise unknown("video format", self.format, FORMATS)
        if self.between not in _SWITCH:
            raise unknown("between", self.between, _SWITCH)
        if self.fps is not None:
            parse_fps(self.fps)


def parse_fps(text: str) -> Fraction:
    """Frames per second from "30", "29.97" or "30000/1001".

    Raises:
        DreamError: it is no number from 1/100 to 1000.
    """
    try:
        fps = Fraction(text) if re.fullmatch(r"[0-9./]{1,20}", text) else Fraction(0)
    except (ValueError, ZeroDivisionError):
        fps = Fraction(0)
    if not Fraction(1, 100) <= fps <= 1000:
        raise DreamError(
            f"--fps was {text!r}; expected is a number from 0.01 to 1000, or a fraction such as "
            "30000/1001."
        )
    return fps.limit_denominator(1001)


def output_format(output: Path | None, settings: VideoSettings) -> str:
    """The name in `FORMATS` that the settings and the output's ending agree on.

    Raises:
        DreamError: they do not, or the format has no such quality.
    """
    ending = output.suffix.lower().removeprefix(".") if output else None
    format = settings.format or ending or "mp4"
    if format not in FORMATS:
        raise unknown("video format", format, FORMATS)
    if ending and ending != format:
        raise DreamError(f"--output {output} does not end in .{format}, as --format {format} asks.")
    facts = FORMATS[format]
    if settings.quality is not None and settings.quality not in facts.crfs:
        best_to_worst = f"{facts.crfs.start} to {facts.crfs.stop - 1}"
        what = f"takes --quality {best_to_worst}" if facts.crfs else "has no --quality"
        raise DreamError(f"{format} {what}; {settings.quality} was given.")
    if settings.max_bytes is not None and format != "gif":
        raise DreamError(f"--max-bytes is for GIFs, and this is {format}. Choose --width.")
    return format


def playing_order(numbers: Sequence[int], settings: VideoSettings) -> list[int]:
    """The frames' numbers in the order in which they are shown.

    Args:
        numbers: Of the frames from first to last, ascending.
    """
    order = list(numbers)
    if settings.reverse:
        order.reverse()
    if settings.boomerang:
        # Neither end is shown twice in a row, also when the video loops.
        order += order[-2:0:-1]
    return order


def scaled(frames: Sequence[Image], width: int, even: bool = True) -> Sequence[Image]:
    """Frames in another width, each resized when it is asked for.

    Args:
        even: Whether both sides are made even, as video wants them.
    """
    own = frames[0].shape
    step = 2 if even else 1
    height, width = (
        max(step, round(side / step) * step) for side in (own[0] * width / own[1], width)
    )
    if (height, width) == own[:2]:
        return frames
    return FramesOnDemand(len(frames), lambda n: resize(frames[n], (height, width)))


class FramesOnDemand(Sequence[Image]):
    """Frames that are made when they are asked for.

    Args:
        count: How many there are.
        frame: Gives the frame of an index.
    """

    def __init__(self, count: int, frame: Callable[[int], Image]) -> None:
        self._indices = range(count)
        self._frame = frame

    def __len__(self) -> int:
        return len(self._indices)

    def __getitem__(self, index: int) -> Image:  # type: ignore[override]
        return self._frame(self._indices[index])
