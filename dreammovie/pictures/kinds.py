"""The kinds of files that pictures are read from, and what is said of others."""

from __future__ import annotations

import re
from importlib.util import find_spec

from dreammovie.errors import DreamError, installing

KINDS = "JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF"
"""What is read, in words."""

HEAD = 64
"""Bytes of a file's beginning that tell its kind."""

_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")  # in Pillow's words
_HEIC = re.compile(rb".{4}ftyp.*he(ic|ix|im|is|vc|vx|vm|vs)", re.DOTALL)
_AVIF = re.compile(rb".{4}ftyp.*avi[fs]", re.DOTALL)
_VIDEO = re.compile(
    rb".{4}(ftyp|moov|mdat|wide)|\x1aE\xdf\xa3|RIFF.{4}AVI |\0\0\x01[\xb3\xba]", re.DOTALL
)  # MP4 and QuickTime; WebM and Matroska; AVI; MPEG


def is_video(head: bytes) -> bool:
    """Whether a file is a video, by the first `HEAD` bytes of it; an animation is a picture."""
    return bool(_VIDEO.match(head)) and not _AVIF.match(head)


def formats_of(head: bytes, name: str) -> tuple[str, ...]:
    """The formats that a file may have, in Pillow's words.

    Args:
        head: The first `HEAD` bytes of it.
        name: What to call it in a sentence.

    Raises:
        DreamError: it is a video, or a HEIC picture where nothing is installed that opens it.
    """
    if _HEIC.match(head):
        if find_spec("pillow_heif") is None:
            raise DreamError(
                f"{name} is a HEIC picture, which needs pillow-heif: {installing('heic')}. Or save "
                "it as JPEG."
            )
        import pillow_heif

        pillow_heif.register_heif_opener()
        return ("HEIF",)
    if is_video(head):
        raise DreamError(
            f"{name} is a video, and no picture. Save one of its pictures as PNG or JPEG, as most "
            "players can, and give that."
        )
    return _FORMATS
