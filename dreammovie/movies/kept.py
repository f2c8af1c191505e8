"""What was dreamt and is kept: pictures, and movies, each to be looked at again or taken away."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from dreammovie.claims import claimed
from dreammovie.files import is_part, write_whole
from dreammovie.movies.dreams import PICTURES, all_dreams
from dreammovie.movies.folder import frames_in, start_image
from dreammovie.movies.lock import lock
from dreammovie.pictures.image import SAVED


@dataclass(frozen=True)
class Kept:
    """Something that was dreamt.

    Attributes:
        kind: A picture, whose path is a file, or a movie, whose path is a dream's folder.
        path: Of it.
        shown: The file that shows it: itself, or the newest frame.
        changed: When that was made, seconds since 1970.
    """

    kind: Literal["picture", "movie"]
    path: Path
    shown: Path
    changed: float


def keep_picture(content: bytes, name: str) -> Path:
    """Keeps a picture, under a name that nothing else has.

    Args:
        content: Of a JPEG.
        name: What it may be called, without an ending; no path.

    Raises:
        OSError: the disk is full or the folder cannot be written.
    """
    PICTURES.mkdir(parents=True, exist_ok=True)
    with claimed(PICTURES / Path(name).name, ".jpg") as (path,):
        return write_whole(content, path)


def all_kept() -> list[Kept]:
    """All that was dreamt, newest first."""
    found: list[Kept] = []
    for folder in all_dreams():
        with suppress(OSError):  # it is being taken away
            frames = frames_in(folder)
            shown = frames[max(frames)] if frames else start_image(folder)
            found.append(Kept("movie", folder, shown, shown.stat().st_mtime))
    for path in PICTURES.iterdir() if PICTURES.is_dir() else ():
        if path.suffix.lower() in SAVED and path.is_file() and not is_part(path):
            with suppress(OSError):
                status = path.stat()
                if status.st_size:  # else it is just being written
                    found.append(Kept("picture", path, path, status.st_mtime))
    return sorted(found, key=lambda each: each.changed, reverse=True)


def take_away(kept: Kept) -> None:
    """Deletes a picture, or a movie with all that is in its folder.

    Raises:
        DreamError: somebody is at work there.
        OSError: it cannot be deleted.
    """
    if kept.kind == "picture":
        kept.path.unlink(missing_ok=True)
        return
    with lock(kept.path):
        shutil.rmtree(kept.path)
