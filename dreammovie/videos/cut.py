"""The cut: which frames a video shows, in which order, how fast, and in which kind of file."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from dreammovie.errors import DreamError, unknown
from dreammovie.pictures.image import Image, fit
from dreammovie.pictures.sizes import SIZES, SizeSettings
from dreammovie.settings import METADATA, setting
from dreammovie.videos.formats import CODECS, FORMATS, codec_of
from dreammovie.videos.gif import GIF_BYTES

_SWITCH = ("on", "off")
_CRFS = ", ".join(f"{each.crf} for {name}" for name, each in CODECS.items() if each.crf)
_CODECS = "; ".join(
    f"{name}: {', '.join(each.codecs)}" for name, each in FORMATS.items() if len(each.codecs) > 1
)


@dataclass(frozen=True)
class VideoSettings(SizeSettings):
    """How frames become a video."""

    fps: str | None = setting(
        None,
        "frames per second, also as a fraction such as 30000/1001 (default: the dream's)",
        metavar="F",
    )
    quality: int | None = setting(
        None,
        f"constant rate factor, less is better (default: {_CRFS})",
        low=0,
        high=63,
        metavar="CRF",
    )
    format: str | None = setting(
        None,
        "mp4, webm, gif, or mov for editing (default: the output's ending, else mp4)",
        metavar="NAME",
    )
    codec: str | None = setting(
        None,
        f"how it is encoded; {_CODECS} (default: the first of them)",
        metavar="NAME",
    )
    size: str | None = setting(
        None, f"size of the video, {SIZES} (default: that of the frames)", metavar="WxH"
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
        if self.codec is not None and self.codec not in CODECS:
            raise unknown("codec", self.codec, CODECS)
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
        DreamError: they do not, or the format has no such codec or quality.
    """
    ending = output.suffix.lower().removeprefix(".") if output else None
    having = [name for name, each in FORMATS.items() if settings.codec in each.codecs]
    format = settings.format or ending or [*having, "mp4"][0]
    if format not in FORMATS:
        raise unknown("video format", format, FORMATS)
    if ending and ending != format:
        raise DreamError(f"--output {output} does not end in .{format}, as --format {format} asks.")
    codec, name = codec_of(format, settings.codec), settings.codec or format
    if settings.quality is not None and settings.quality not in codec.crfs:
        best_to_worst = f"{codec.crfs.start} to {codec.crfs.stop - 1}"
        what = f"takes --quality {best_to_worst}" if codec.crfs else "has no --quality"
        raise DreamError(f"{name} {what}; {settings.quality} was given.")
    if settings.max_bytes is not None and format != "gif":
        raise DreamError(f"--max-bytes is for GIFs, and this is {format}. Choose --size.")
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
    return sized(frames, (height, width))


def sized(frames: Sequence[Image], shape: tuple[int, int]) -> Sequence[Image]:
    """Frames in another (height, width), each made when it is asked for; the excess is cropped."""
    if shape == frames[0].shape[:2]:
        return frames
    return FramesOnDemand(len(frames), lambda number: fit(frames[number], shape))


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
