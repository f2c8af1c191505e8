"""Videos that play everywhere: H.264 in MP4, VP9 in WebM, and GIF. No TensorFlow here.

PyAV brings the encoders along, so nothing else must be installed. Frames are streamed:
a million of them need no more memory than ten.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import av.filter
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, Interpolation

from dreammovie.errors import DreamError, unknown
from dreammovie.files import whole
from dreammovie.image import Image, to_uint8
from dreammovie.settings import check, setting

_FINE = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INP
_PALETTE_FRAMES = 64  # looked at to choose a GIF's colours
_GIF_CLOCK = 100  # a GIF's times are hundredths of a second
_GIF_FPS = 50  # browsers slow down anything faster
_GIF_BYTES = 8_000_000  # what people can send and pages will show
_GIF_LEAST = 64  # no GIF is made narrower than this to get there, pixels


@dataclass(frozen=True)
class Format:
    """A kind of video file.

    Attributes:
        codec: PyAV's name of the encoder.
        crf: Default of the constant rate factor; None where the encoder has none.
        crfs: The factors that it may have, best first.
        options: Options of the encoder.
        container: Options of the container.
    """

    codec: str
    crf: int | None
    crfs: range
    options: dict[str, str]
    container: dict[str, str]


FORMATS = {
    "mp4": Format(
        codec="libx264",
        crf=18,
        crfs=range(1, 52),  # 0 is lossless, which players of High profile do not know
        options={"preset": "medium", "profile": "high"},
        container={"movflags": "+faststart"},
    ),
    "webm": Format(
        codec="libvpx-vp9",
        crf=30,
        crfs=range(64),
        options={"b": "0", "row-mt": "1", "deadline": "good", "cpu-used": "3"},
        container={},
    ),
    "gif": Format(codec="gif", crf=None, crfs=range(0), options={}, container={"loop": "0"}),
}
"""By the ending of the file."""


@dataclass(frozen=True)
class VideoSettings:
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
    first: int = setting(0, "number of the first frame", low=0, metavar="A")
    last: int | None = setting(
        None, "number of the last frame (default: the newest)", low=0, metavar="B"
    )
    reverse: bool = setting(False, "play backwards")
    boomerang: bool = setting(False, "play there and back again")

    def __post_init__(self) -> None:
        check(self)
        if self.format is not None and self.format not in FORMATS:
            raise unknown("video format", self.format, FORMATS)
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


def write_video(
    path: Path, frames: Sequence[Image], fps: Fraction, format: str, crf: int | None = None
) -> Iterator[int]:
    """Encodes frames; the file appears only when it is complete.

    MP4 and WebM are yuv420p, limited range, converted and tagged as bt709.

    Args:
        path: Of the video; written over if it exists.
        frames: float32 (H, W, 3), all of one size, even except for GIF; read one by one.
        fps: Frames per second.
        format: Name in `FORMATS`.
        crf: Constant rate factor; None for the format's default.

    Yields:
        The number of frames done so far.

    Raises:
        DreamError: no frames, or a GIF faster than browsers play it.
        OSError: `path` cannot be written, or a frame cannot be read.
    """
    if not len(frames):
        raise DreamError("There are no frames to make a video of.")
    if format == "gif" and fps > _GIF_FPS:
        raise DreamError(
            f"A GIF plays at most {_GIF_FPS} frames per second, not {fps}. Choose --fps {_GIF_FPS}."
        )
    facts = FORMATS[format]
    try:
        with (
            whole(path.resolve()) as part,
            av.open(str(part), "w", format=format, container_options=facts.container) as container,
        ):
            yield from _encode(container, frames, fps, facts, crf)
    except av.error.FFmpegError as error:
        if isinstance(error, OSError):
            raise
        raise DreamError(f"{path} could not be encoded: {error}") from None


class Shown(Sequence[Image]):
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


def write_gif(
    path: Path, frames_of: Callable[[int], Sequence[Image]], fps: Fraction, width: int
) -> Iterator[int]:
    """Encodes a GIF of at most 8 MB: as wide as asked for, or smaller where it must be.

    Args:
        path: Of the GIF; written over if it exists.
        frames_of: Gives the frames for a width in pixels, as `write_video` wants them.
        fps: Frames per second.
        width: The widest it may be, pixels.

    Yields:
        The number of frames done so far, from 1 on again where it became too large.
    """
    while True:
        frames = frames_of(width)
        yield from write_video(path, frames, fps, "gif")
        excess = path.stat().st_size / _GIF_BYTES
        if excess <= 1 or width <= _GIF_LEAST:
            return
        width = max(_GIF_LEAST, int(width * 0.97 / math.sqrt(excess)))


def _encode(
    container: av.container.OutputContainer,
    frames: Sequence[Image],
    fps: Fraction,
    facts: Format,
    crf: int | None,
) -> Iterator[int]:
    crf = facts.crf if crf is None else crf
    options = facts.options if crf is None else {**facts.options, "crf": str(crf)}
    stream = cast(av.VideoStream, container.add_stream(facts.codec, rate=fps, options=options))
    stream.height, stream.width = frames[0].shape[:2]
    context = stream.codec_context
    if facts.codec == "gif":
        stream.pix_fmt = "pal8"
        clock = Fraction(1, _GIF_CLOCK)
        convert = _to_palette(frames)
    else:
        stream.pix_fmt = "yuv420p"
        clock = 1 / fps
        context.color_range = ColorRange.MPEG
        context.colorspace = Colorspace.ITU709
        context.color_primaries = ColorPrimaries.BT709
        context.color_trc = ColorTrc.BT709
        convert = _to_yuv
    context.time_base = clock
    for number in range(len(frames)):
        frame = av.VideoFrame.from_ndarray(to_uint8(frames[number]), format="rgb24")
        frame.time_base = clock
        frame.pts = round(number / fps / clock)
        container.mux(stream.encode(convert(frame)))
        yield number + 1
    container.mux(stream.encode(None))


def _to_yuv(frame: av.VideoFrame) -> av.VideoFrame:
    return frame.reformat(
        format="yuv420p",
        interpolation=_FINE,
        dst_colorspace=Colorspace.ITU709,
        src_color_range=ColorRange.JPEG,
        dst_color_range=ColorRange.MPEG,
        dst_color_primaries=ColorPrimaries.BT709,
        dst_color_trc=ColorTrc.BT709,
    )


def _to_palette(frames: Sequence[Image]) -> Callable[[av.VideoFrame], av.VideoFrame]:
    """A function that reduces frames to 256 colours, chosen once for the whole video."""
    every = -(-len(frames) // _PALETTE_FRAMES)
    height, width = frames[0].shape[:2]
    rgb = {"width": width, "height": height, "format": av.VideoFormat("rgb24")}
    clock = Fraction(1, _GIF_CLOCK)

    choosing = av.filter.Graph()
    source = choosing.add_buffer(**rgb, time_base=clock)
    choosing.link_nodes(source, choosing.add("palettegen"), choosing.add("buffersink")).configure()
    for number in range(0, len(frames), every):
        frame = av.VideoFrame.from_ndarray(to_uint8(frames[number]), format="rgb24")
        frame.pts, frame.time_base = number, clock
        choosing.vpush(frame)
    choosing.vpush(None)
    palette = choosing.vpull()

    using = av.filter.Graph()
    source = using.add_buffer(**rgb, time_base=clock, name="frames")
    colours = using.add_buffer(
        width=palette.width,
        height=palette.height,
        format=palette.format,
        time_base=clock,
        name="palette",
    )
    dither = using.add("paletteuse", "dither=sierra2_4a:diff_mode=rectangle")
    source.link_to(dither, 0, 0)
    colours.link_to(dither, 0, 1)
    dither.link_to(using.add("buffersink"))
    using.configure()
    palette.pts, palette.time_base = 0, clock
    using.vpush(palette, at=1)
    using.vpush(None, at=1)

    def convert(frame: av.VideoFrame) -> av.VideoFrame:
        # Through the graph, not its nodes: they do not keep it alive.
        using.vpush(frame, at=0)
        return using.vpull()

    return convert
