"""The 256 colours of a GIF, chosen once for all its frames."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction

import av
import av.filter

from dreammovie.pictures.image import Image, to_uint8

GIF_CLOCK = Fraction(1, 100)
"""Seconds: a GIF's times are hundredths of one."""

Converter = Callable[[Image, int], av.VideoFrame]
"""Gives a frame, float32 (H, W, 3), the pixels that an encoder is given, and its tick."""

_LOOKED_AT = 64  # frames, to choose the colours


def to_palette(frames: Sequence[Image]) -> Converter:
    """A function that reduces frames to 256 colours, chosen once for the whole video."""
    every = math.ceil(len(frames) / _LOOKED_AT)
    height, width = frames[0].shape[:2]
    rgb = {"width": width, "height": height, "format": av.VideoFormat("rgb24")}

    choosing = av.filter.Graph()
    source = choosing.add_buffer(**rgb, time_base=GIF_CLOCK)
    choosing.link_nodes(source, choosing.add("palettegen"), choosing.add("buffersink")).configure()
    for number in range(0, len(frames), every):
        choosing.vpush(_at(frames[number], number))
    choosing.vpush(None)
    palette = choosing.vpull()

    using = av.filter.Graph()
    source = using.add_buffer(**rgb, time_base=GIF_CLOCK, name="frames")
    colours = using.add_buffer(
        width=palette.width,
        height=palette.height,
        format=palette.format,
        time_base=GIF_CLOCK,
        name="palette",
    )
    dither = using.add("paletteuse", "dither=sierra2_4a:diff_mode=rectangle")
    source.link_to(dither, 0, 0)
    colours.link_to(dither, 0, 1)
    dither.link_to(using.add("buffersink"))
    using.configure()
    palette.pts, palette.time_base = 0, GIF_CLOCK
    using.vpush(palette, at=1)
    using.vpush(None, at=1)

    def convert(image: Image, tick: int) -> av.VideoFrame:
        # Through the graph, not its nodes: they do not keep it alive.
        using.vpush(_at(image, tick), at=0)
        return using.vpull()

    return convert


def _at(image: Image, tick: int) -> av.VideoFrame:
    frame = av.VideoFrame.from_ndarray(to_uint8(image), format="rgb24")
    frame.pts, frame.time_base = tick, GIF_CLOCK
    return frame
