"""What comes in through a browser: bounded, decoded safely, never taken for a path."""

from __future__ import annotations

import re
import shutil
from pathlib import Path, PurePath
from typing import BinaryIO
from unicodedata import category

from dreammovie.errors import DreamError
from dreammovie.files import whole
from dreammovie.pictures.image import Image, read_image, resize
from dreammovie.pictures.sizes import MIN_SIDE, within
from dreammovie.videos.song import open_song

SONGS = ".mp3", ".wav", ".flac", ".m4a", ".aac", ".ogg", ".opus"
"""Endings of the sounds that are taken."""

_HARMLESS = re.compile(r"[\w .()-]")  # and accents and signs, which are marks on letters
_MOST_PIXELS = 40_000_000
_LONGEST = 4096  # pixels; what is longer is made smaller, for many may visit at once


def read_upload(file: BinaryIO, name: str) -> Image:
    """The uploaded picture, float32 (H, W, 3), RGB, 0..255, its longer side at most 4096, unless
    the shorter one then had too few.

    Args:
        file: What was uploaded.
        name: What its sender calls it; used in sentences alone.

    Raises:
        DreamError: it is no picture of one of `KINDS`, or has too many pixels, or too few.
    """
    image = read_image(file, safe_name(name), _MOST_PIXELS)
    height, width = within(image.shape, _LONGEST, MIN_SIDE)
    if min(height, width) < MIN_SIDE:
        raise DreamError(
            f"{safe_name(name)} has {image.shape[1]}x{image.shape[0]} pixels, in which a network "
            f"sees nothing. Choose one with {MIN_SIDE} on its shorter side."
        )
    return resize(image, (height, width))


def keep_song(file: BinaryIO, name: str, folder: Path) -> Path:
    """Keeps an uploaded song in a dream's folder, once it was listened to.

    Args:
        file: What was uploaded.
        name: What its sender calls it; nothing but its ending is used.
        folder: The dream's.

    Returns:
        Where it is now.

    Raises:
        DreamError: there is no sound in it that can be decoded safely.
        OSError: it cannot be written.
    """
    ending = PurePath(name).suffix.lower()
    if ending not in SONGS:
        raise DreamError(f"A song ends in {', '.join(SONGS)}; this one ends in {ending!r}.")
    path = folder / f"sound{ending}"
    with whole(path) as part:
        with part.open("wb") as copy:
            shutil.copyfileobj(file, copy)
        open_song(part)
    return path


def safe_name(name: str) -> str:
    """A file's name without folders, and with nothing in it that a page or a disk could obey."""
    last = PurePath(name.replace("\\", "/")).name
    harmless = (c if _HARMLESS.match(c) or category(c).startswith("M") else "_" for c in last)
    return "".join(harmless).strip(". ")[-60:] or "the picture"
