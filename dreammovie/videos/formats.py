"""The kinds of video files that are written, and how each is encoded: data, and no work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import av
import av.codec

from dreammovie.errors import DreamError, unknown


@dataclass(frozen=True)
class Codec:
    """How the frames of a video are encoded.

    Attributes:
        encoder: PyAV's name of the encoder.
        pixels: PyAV's name of what it is given.
        options: Of the encoder.
        crf: Default of the constant rate factor; None where the encoder has none.
        crfs: The factors that it may have, best first.
        tag: The four letters by which players know it; empty: the container's own.
    """

    encoder: str
    pixels: str
    options: Mapping[str, str]
    crf: int | None = None
    crfs: range = range(0)
    tag: str = ""


CODECS = {
    "h264": Codec(
        encoder="libx264",
        pixels="yuv420p",
        options={"preset": "medium", "profile": "high"},
        crf=18,
        crfs=range(1, 52),  # 0 is lossless, which players of High profile do not know
    ),
    "h265": Codec(
        encoder="libx265",
        pixels="yuv420p",
        options={"preset": "medium", "profile": "main", "x265-params": "log-level=error"},
        crf=20,
        crfs=range(52),
        tag="hvc1",  # what Apple's players ask for
    ),
    "av1": Codec(
        encoder="libsvtav1",
        pixels="yuv420p",
        options={"preset": "8"},
        crf=28,
        crfs=range(1, 64),
    ),
    "vp9": Codec(
        encoder="libvpx-vp9",
        pixels="yuv420p",
        options={"b": "0", "row-mt": "1", "deadline": "good", "cpu-used": "3"},
        crf=30,
        crfs=range(64),
    ),
    "prores": Codec(
        encoder="prores_ks",
        pixels="yuv422p10le",
        options={"profile": "hq", "vendor": "apl0"},  # some programs take Apple's alone
    ),
    "gif": Codec(encoder="gif", pixels="pal8", options={}),
}
"""By the name that a person gives it."""


@dataclass(frozen=True)
class Format:
    """A kind of video file.

    Attributes:
        codecs: Names in `CODECS` of those that it is written with, the first unless somebody says
            otherwise.
        options: Of the container.
    """

    codecs: tuple[str, ...]
    options: Mapping[str, str]


FORMATS = {
    "mp4": Format(("h264", "h265", "av1"), {"movflags": "+faststart"}),
    "webm": Format(("vp9", "av1"), {}),
    "mov": Format(("prores",), {"movflags": "+faststart"}),
    "gif": Format(("gif",), {"loop": "0"}),
}
"""By the ending of the file."""


def codec_for(format: str, name: str | None = None) -> Codec:
    """The codec of a kind of file.

    Args:
        format: Name in `FORMATS`.
        name: Name in `CODECS`; None for the format's own.

    Raises:
        DreamError: the format is not written with it, or nothing here can encode it.
    """
    known = FORMATS[format].codecs
    name = name or known[0]
    if name not in known:
        raise unknown("codec", name, known, f" of {format} files")
    codec = CODECS[name]
    if codec.encoder not in av.codec.codecs_available:
        others = [each for each in CODECS if CODECS[each].encoder in av.codec.codecs_available]
        raise DreamError(
            f"The PyAV that is installed here cannot encode {name}. Choose one of: "
            f"{', '.join(others)}."
        )
    return codec
