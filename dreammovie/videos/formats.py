"""The kinds of video files that are written, and how each is encoded: data, and no work."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

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
        endless: Options that take the place of others where the end goes on with the beginning,
            and must not look worse.
        finer: By how much the default factor is less there.
        brief: Options that take the place of others in a video of one frame or two.
        least: Pixels that each side of a frame must have.
        most: Pixels that its width and its height may have.
        fastest: Frames per second that it may have.
    """

    encoder: str
    pixels: str
    options: Mapping[str, str] = field(default_factory=dict)
    crf: int | None = None
    crfs: range = range(0)
    tag: str = ""
    endless: Mapping[str, str] = field(default_factory=dict)
    finer: int = 0
    brief: Mapping[str, str] = field(default_factory=dict)
    least: int = 2
    most: tuple[float, float] = (math.inf, math.inf)
    fastest: float = math.inf

    def for_a_loop(self) -> Codec:
        """The codec of a video that is played again and again."""
        crf = None if self.crf is None else self.crf - self.finer
        return replace(self, options={**self.options, **self.endless}, crf=crf)

    def for_frames(self, count: int) -> Codec:
        """The codec of a video of so many frames."""
        return replace(self, options={**self.options, **self.brief}) if count < 3 else self


def check_limits(codec: Codec, width: int, height: int, fps: Fraction) -> None:
    """Checks that a codec can encode frames of a size at a rate.

    Raises:
        DreamError: it cannot.
    """
    name = next(name for name, each in CODECS.items() if each.encoder == codec.encoder)
    wide, high = codec.most
    for beyond, takes, choose in (
        (min(width, height) < codec.least, f"sides of {codec.least} pixels or more", "--size"),
        (width > wide or height > high, f"frames of at most {wide}x{high} pixels", "--size"),
        (fps > codec.fastest, f"at most {codec.fastest} frames per second", "--fps"),
    ):
        if beyond:
            raise DreamError(
                f"{name} takes {takes}, and the video has {width}x{height} pixels at "
                f"{float(fps):g} frames per second. Choose another {choose}, or another --codec."
            )


CODECS = {
    "h264": Codec(
        encoder="libx264",
        pixels="yuv420p",
        options={"preset": "medium", "profile": "high"},
        crf=18,
        crfs=range(1, 52),  # 0 is lossless, which players of High profile do not know
        endless={"mbtree": "0"},  # which spares frames that no later one is made from: the last
        finer=2,  # and so it has as many bytes
    ),
    "h265": Codec(
        encoder="libx265",
        pixels="yuv420p",
        options={"preset": "medium", "profile": "main", "x265-params": "log-level=error"},
        crf=20,
        crfs=range(52),
        tag="hvc1",  # what Apple's players ask for
        # x265 tells the times of so few from memory that it never wrote, if it may reorder them.
        brief={"x265-params": "log-level=error:bframes=0"},
        least=16,
    ),
    "av1": Codec(
        encoder="libsvtav1",
        pixels="yuv420p",
        options={"preset": "8"},
        crf=28,
        crfs=range(1, 64),
        least=64,  # with thinner frames it may never end
        most=(16_384, 8704),
        fastest=240,
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
    "gif": Codec(encoder="gif", pixels="pal8"),
}
"""By the name that a person gives it."""


@dataclass(frozen=True)
class Format:
    """A kind of video file.

    Attributes:
        codecs: Names in `CODECS` of those that it is written with, the first of them unless
            somebody says otherwise.
        options: Of the container.
        sounds: Codecs of sound that are copied into it as they are, in PyAV's words.
        sound: With what other sound is encoded, in PyAV's words; empty: it has none.
        sound_bits: Bits a second of that; None: all that it takes.
    """

    codecs: tuple[str, ...]
    options: Mapping[str, str] = field(default_factory=dict)
    sounds: tuple[str, ...] = ()
    sound: str = ""
    sound_bits: int | None = None


FORMATS = {
    "mp4": Format(
        codecs=("h264", "h265", "av1"),
        options={"movflags": "+faststart"},
        sounds=("aac", "mp3", "ac3", "eac3", "alac", "opus"),
        sound="aac",
        sound_bits=192_000,
    ),
    "webm": Format(
        codecs=("vp9", "av1"),
        sounds=("opus", "vorbis"),
        sound="libopus",
        sound_bits=128_000,
    ),
    "mov": Format(
        codecs=("prores",),
        options={"movflags": "+faststart"},
        sounds=("aac", "mp3", "ac3", "eac3", "alac", "pcm_s16le", "pcm_s24le"),
        sound="pcm_s24le",
    ),
    "gif": Format(codecs=("gif",), options={"loop": "0"}),
}
"""By the ending of the file."""


def codec_of(format: str, name: str | None = None) -> Codec:
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
        if name not in CODECS:
            raise unknown("codec", name, [each for each in CODECS if each != "gif"])
        others = [each for each in FORMATS if name in FORMATS[each].codecs]
        raise DreamError(
            f"{name} does not go into a file of the format {format}. Choose --codec "
            f"{' or '.join(known)}, or --format {' or '.join(others)}."
        )
    codec = CODECS[name]
    if codec.encoder not in av.codec.codecs_available:
        raise DreamError(
            f"The PyAV that is installed here cannot encode {name}. Install its wheel anew "
            "(pip install --force-reinstall av), or choose another --codec."
        )
    return codec
