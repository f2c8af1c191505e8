"""Files that a movie's settings name: a guide, a sound. How they are written down, and found again.

A person names them as seen from where the command is given. dream.json names them as seen from the
dream's folder, if they lie in it, so that the folder can be taken elsewhere; others by their whole
path.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from dreammovie.movies.folder import is_clip
from dreammovie.movies.moments import Moments
from dreammovie.pictures.image import Image, load_image
from dreammovie.schedules.keys import has_keys, parse_keys
from dreammovie.schedules.sounds import Sound

NONE = "none"
"""What a person writes where a setting shall name no file any more."""


def names_in(text: str, fps: float, sound: Sound | None) -> list[str]:
    """The names in a setting's text, with keys or without; each once.

    Raises:
        DreamError: its keys cannot be read.
    """
    if not has_keys(text):
        return [text]
    return list(dict.fromkeys(key.value for key in parse_keys(text, fps, sound, lists=True)))


def renamed(text: str, fps: float, sound: Sound | None, new: Callable[[str], str]) -> str:
    """The text with other names in it.

    Raises:
        DreamError: its keys cannot be read.
    """
    if not has_keys(text):
        return new(text)
    keys = parse_keys(text, fps, sound, lists=True)
    for key in sorted(
        keys, key=lambda key: key.place, reverse=True
    ):  # from the last to the first, so that places before it stay
        text = text[: key.place] + new(key.value) + text[key.place + len(key.value) :]
    return text


def seen_from(folder: Path, name: str) -> str:
    """A file that a person names, as dream.json writes it."""
    path = Path(name).expanduser().absolute()
    home = folder.absolute()
    return path.relative_to(home).as_posix() if path.is_relative_to(home) else str(path)


def found(folder: Path, name: str) -> Path:
    """The file that dream.json means, or its copy where the dream was taken to another machine."""
    copy = copy_of(folder, name)
    return copy if copy.exists() else folder / name


def copy_of(folder: Path, name: str) -> Path:
    """Where a copy of a file from outside of the folder lies, if the folder was taken away."""
    return folder / f".copy_{hashlib.sha256(name.encode()).hexdigest()[:32]}{Path(name).suffix}"


def pictures_of(path: Path, fps: float, moments: Moments) -> Callable[[int], Image]:
    """Gives a picture for every frame, or what a clip shows at its moment.

    Args:
        path: Of the picture or clip.
        fps: Of the movie whose frames they are.
        moments: When those are shown.

    Returns:
        A function of a frame's number, whose images are float32 (H, W, 3) of one size; where
        nothing new is to be seen, it gives the same object.

    Raises:
        DreamError, OSError: it cannot be read.
    """
    from dreammovie.videos.decode import open_clip  # which needs time that others need not wait

    if not is_clip(path):
        picture = load_image(path)
        return lambda number: picture
    clip = open_clip(path)
    shown = lru_cache(maxsize=1)(clip.frame)
    return lambda number: shown(clip.shown_at(moments.shown(number, fps)))
