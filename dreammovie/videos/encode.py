"""Videos that play everywhere: H.264 in MP4, VP9 in WebM, and GIF. No TensorFlow here.

PyAV brings the encoders along, so nothing else must be installed. Frames are streamed:
a million of them need no more memory than ten.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import av.filter
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, Interpolation

from dreammovie.errors import DreamError, unknown
from dreammovie.files import whole
from dreammovie.pictures.image import Image, to_uint8
from dreammovie.videos.gif_comment import commented
from dreammovie.videos.soundtrack import Soundtrack, muxing

_FINE = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INP
_PALETTE_FRAMES = 64  # looked at to choose a GIF's colours
_GIF_CLOCK = 100  # a GIF's times are hundredths of a second
_FINEST = 90_000  # ticks of a second, as in broadcasting
_GIF_FPS = 50  # browsers slow down anything faster
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


def write_video(
    path: Path | str, frames: Sequence[Image], fps: float | Fraction, crf: int | None = None
) -> None:
    """Writes a video of frames, whole or not at all; `encoding` says what is how.

    Args:
        path: Of the video, with an ending in `FORMATS`; written over if it exists.
        frames, fps, crf: As for `encoding`.

    Raises:
        DreamError: the path does not end as a video does, or as `encoding`.
        OSError: as `encoding`.
    """
    path = Path(path)
    format = path.suffix.lower().removeprefix(".")
    if format not in FORMATS:
        raise unknown("video format", format, FORMATS)
    for _ in encoding(path, frames, Fraction(fps).limit_denominator(1001), format, crf):
        pass


def encoding(
    path: Path,
    frames: Sequence[Image],
    fps: Fraction,
    format: str,
    crf: int | None = None,
    times: Sequence[Fraction] | None = None,
    sound: Soundtrack | None = None,
    note: str | None = None,
) -> Iterator[int]:
    """Encodes frames while it is iterated; the file appears only when it is complete.

    MP4 and WebM are yuv420p, limited range, converted and tagged as bt709.

    Args:
        path: Of the video; written over if it exists.
        frames: float32 (H, W, 3), all of one size, even except for GIF; read one by one.
        fps: Frames per second.
        format: Name in `FORMATS`.
        crf: Constant rate factor; None for the format's default.
        times: When each frame is shown, seconds, rising, the first at 0; None: evenly.
        sound: What is heard meanwhile; not in a GIF.
        note: What the file says of itself, ASCII; in its metadata, as a comment.

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
            commented(part, note if format == "gif" else None),
            av.open(str(part), "w", format=format, container_options=facts.container) as container,
        ):
            if note:
                container.metadata["comment"] = note
            yield from _encode(container, frames, fps, format, crf, times, sound)
    except av.error.FFmpegError as error:
        if isinstance(error, OSError):
            raise
        raise DreamError(f"{path} could not be encoded: {error}") from None


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
    while True:
        frames = frames_of(width)
        yield from encoding(path, frames, fps, "gif", times=times, note=note)
        excess = path.stat().st_size / most
        if excess <= 1 or width <= _GIF_LEAST:
            return
        width = max(_GIF_LEAST, int(width * 0.97 / math.sqrt(excess)))


def _encode(
    container: av.container.OutputContainer,
    frames: Sequence[Image],
    fps: Fraction,
    format: str,
    crf: int | None,
    times: Sequence[Fraction] | None,
    sound: Soundtrack | None,
) -> Iterator[int]:
    facts = FORMATS[format]
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
        clock = _clock(times) if times else 1 / fps
        context.color_range = ColorRange.MPEG
        context.colorspace = Colorspace.ITU709
        context.color_primaries = ColorPrimaries.BT709
        context.color_trc = ColorTrc.BT709
        convert = _to_yuv
    context.time_base = clock
    with muxing(sound, container, format) if sound else nullcontext() as sound_until:
        for number in range(len(frames)):
            frame = av.VideoFrame.from_ndarray(to_uint8(frames[number]), format="rgb24")
            frame.time_base = clock
            moment = times[number] if times else number / fps
            frame.pts = round(moment / clock)
            container.mux(stream.encode(convert(frame)))
            if sound_until:
                sound_until(moment)
            yield number + 1
        container.mux(stream.encode(None))
        if sound_until:
            sound_until(math.inf)


def _clock(times: Sequence[Fraction]) -> Fraction:
    """Ticks, seconds, in which all times are whole numbers, or nearly."""
    ticks = 1
    for time in times:
        ticks = math.lcm(ticks, time.denominator)
        if ticks > _FINEST:
            return Fraction(1, _FINEST)
    return Fraction(1, ticks)


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
    every = math.ceil(len(frames) / _PALETTE_FRAMES)
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
