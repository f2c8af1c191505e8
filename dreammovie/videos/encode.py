"""Videos that play everywhere, and those that studios hand on. No TensorFlow here.

PyAV brings the encoders along, so nothing else must be installed. Frames are streamed:
a million of them need no more memory than ten.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, Interpolation

from dreammovie.errors import DreamError, unknown
from dreammovie.files import whole
from dreammovie.pictures.image import Image, to_uint8, to_uint16
from dreammovie.videos.ahead import ahead
from dreammovie.videos.formats import FORMATS, Codec, check_limits, codec_of
from dreammovie.videos.gif_colours import GIF_CLOCK, Converter, to_palette
from dreammovie.videos.gif_comment import commented
from dreammovie.videos.priority import kept_priority
from dreammovie.videos.soundtrack import Soundtrack, muxing

_FINE = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INP
_FINEST = 90_000  # ticks of a second, as in broadcasting
_GIF_FPS = 50  # browsers slow down anything faster


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
    codec: Codec | None = None,
) -> Iterator[int]:
    """Encodes frames while it is iterated; the file appears only when it is complete.

    All but GIFs have limited range and are converted and tagged as bt709. Frames are read and
    converted in another thread, while those before them are encoded.

    Args:
        path: Of the video; written over if it exists.
        frames: float32 (H, W, 3), all of one size, even except for GIF; read one by one.
        fps: Frames per second.
        format: Name in `FORMATS`.
        crf: Constant rate factor; None for the codec's default.
        times: When each frame is shown, seconds, rising, the first at 0; None: evenly.
        sound: What is heard meanwhile; not in a GIF.
        note: What the file says of itself, ASCII; in its metadata, as a comment.
        codec: From `formats.codec_of`; None for the format's own.

    Yields:
        The number of frames done so far.

    Raises:
        DreamError: no frames, a GIF faster than browsers play it, or what the codec cannot encode.
        OSError: `path` cannot be written, or a frame cannot be read.
    """
    if not len(frames):
        raise DreamError("There are no frames to make a video of.")
    if format == "gif" and fps > _GIF_FPS:
        raise DreamError(
            f"A GIF plays at most {_GIF_FPS} frames per second, not {fps}. Choose --fps {_GIF_FPS}."
        )
    codec = (codec or codec_of(format)).for_frames(len(frames))
    options = dict(FORMATS[format].options)
    try:
        with (
            whole(path.resolve()) as part,
            commented(part, note if format == "gif" else None),
            av.open(str(part), "w", format=format, container_options=options) as container,
        ):
            if note:
                container.metadata["comment"] = note
            heard = muxing(sound, container, FORMATS[format]) if sound else nullcontext()
            yield from _encode(container, codec, frames, fps, crf, times, heard)
    except av.error.FFmpegError as error:
        if isinstance(error, OSError):
            raise
        raise DreamError(f"{path} could not be encoded: {error}") from None


def _encode(
    container: av.container.OutputContainer,
    codec: Codec,
    frames: Sequence[Image],
    fps: Fraction,
    crf: int | None,
    times: Sequence[Fraction] | None,
    heard: AbstractContextManager[Callable[[Fraction | float], None] | None],
) -> Iterator[int]:
    height, width = frames[0].shape[:2]
    check_limits(codec, width, height, fps)
    crf = codec.crf if crf is None else crf
    options = dict(codec.options) if crf is None else {**codec.options, "crf": str(crf)}
    stream = cast(av.VideoStream, container.add_stream(codec.encoder, rate=fps, options=options))
    stream.height, stream.width = height, width
    stream.pix_fmt = codec.pixels
    context = stream.codec_context
    context.thread_type = "AUTO"  # whole frames side by side, rather than slices of one
    if codec.tag:
        context.codec_tag = codec.tag
    if codec.encoder == "gif":
        clock, converted = GIF_CLOCK, to_palette(frames)
    else:
        clock = _clock(times) if times else 1 / fps
        context.color_range = ColorRange.MPEG
        context.colorspace = Colorspace.ITU709
        context.color_primaries = ColorPrimaries.BT709
        context.color_trc = ColorTrc.BT709
        converted = _to_yuv(codec.pixels, clock)
    context.time_base = clock
    with kept_priority():
        context.open()

    tick = -1  # of the frame before

    def ready(number: int) -> tuple[Fraction, av.VideoFrame]:
        nonlocal tick
        moment = times[number] if times else number / fps
        tick = max(round(moment / clock), tick + 1)  # two may be closer than the clock tells
        return moment, converted(frames[number], tick)

    with heard as heard_until, closing(ahead(ready, len(frames))) as all_ready:
        for number, (moment, frame) in enumerate(all_ready):
            container.mux(stream.encode(frame))
            if heard_until:
                heard_until(moment)
            yield number + 1
        container.mux(stream.encode(None))
        if heard_until:
            heard_until(math.inf)


def _clock(times: Sequence[Fraction]) -> Fraction:
    """Ticks, seconds, in which all times are whole numbers, or nearly."""
    ticks = 1
    for time in times:
        ticks = math.lcm(ticks, time.denominator)
        if ticks > _FINEST:
            return Fraction(1, _FINEST)
    return Fraction(1, ticks)


def _to_yuv(pixels: str, clock: Fraction) -> Converter:
    """A function that gives frames the pixels that an encoder is given.

    Args:
        pixels: PyAV's name of them.
        clock: Seconds a tick.
    """

    def convert(image: Image, tick: int) -> av.VideoFrame:
        if "10" in pixels:  # what is blended or faded lies between the steps of 8 bits
            frame = av.VideoFrame.from_ndarray(to_uint16(image), format="rgb48le")
        else:
            frame = av.VideoFrame.from_ndarray(to_uint8(image), format="rgb24")
        frame.time_base, frame.pts = clock, tick
        return frame.reformat(
            format=pixels,
            interpolation=_FINE,
            dst_colorspace=Colorspace.ITU709,
            src_color_range=ColorRange.JPEG,
            dst_color_range=ColorRange.MPEG,
            dst_color_primaries=ColorPrimaries.BT709,
            dst_color_trc=ColorTrc.BT709,
        )

    return convert
