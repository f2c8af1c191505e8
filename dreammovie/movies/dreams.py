"""The dreams there are: chosen by a name or a path, listed, begun, and spoken of."""

import os
import re
import shlex
import shutil
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePath
from typing import BinaryIO

from dreammovie.errors import DreamError, unknown
from dreammovie.files import is_part, whole
from dreammovie.movies.folder import as_argument, start_images
from dreammovie.movies.lock import HOLDING, lock
from dreammovie.pictures.image import Image, save_image
from dreammovie.videos.clip_file import SUFFIXES as CLIPS
from dreammovie.videos.decode import open_clip

DREAMS = Path("dreams")
"""Where the dreams are, seen from where the program is started."""

PICTURES = DREAMS / "pictures"
"""Where pictures are kept that no movie is made of."""

_NAME = re.compile(r"[^\W_]([\w -]*[^\W_])?")
_LONGEST = 60  # characters: of four bytes each, a disk takes the video's name, too
_OF_WINDOWS = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9¹²³]", re.IGNORECASE)


def choose_dream(name: str | None) -> Path:
    """The folder of a dream.

    Args:
        name: A name under `dreams/`, or a path to any folder; what has a separator or begins
            with a dot is a path. None: the dream whose start image was put there last.

    Raises:
        DreamError: there is no such folder, or no dream at all.
    """
    if name is not None:
        for folder in ([] if _is_path(name) else [DREAMS / name]) + [Path(name)]:
            if folder.is_dir():
                return folder
        known = [folder.name for folder in all_dreams()]
        if known:
            raise unknown("dream", name, known)
    known_dreams = all_dreams()
    if not known_dreams:
        raise DreamError(
            f"There is no dream in {DREAMS.resolve()}. Make a folder there, such as "
            f"{DREAMS / 'forest'}, and put a picture named img_0.jpg into it."
        )
    return max(known_dreams, key=lambda folder: max(map(_put_there, start_images(folder))))


def all_dreams() -> list[Path]:
    """The folders under `dreams/` that have a start image, by name."""
    if not DREAMS.is_dir():
        return []
    return sorted(folder for folder in DREAMS.iterdir() if folder.is_dir() and start_images(folder))


def new_dream(name: str, picture: Image) -> Path:
    """Makes the folder of a new dream, with its start image.

    Args:
        name: Of the folder under `dreams/`: letters and digits of any script, with their
            accents and signs, and spaces, - and _ in between.
        picture: float32 (H, W, 3); saved as img_0.png, without loss.

    Raises:
        DreamError: no such name is possible, or it is taken.
        OSError: the disk is full or the folder cannot be written.
    """
    with _new_folder(name) as folder:
        save_image(picture, folder / "img_0.png")
    return folder


def new_clip_dream(name: str, file: BinaryIO, called: str) -> Path:
    """Makes the folder of a new dream of a clip.

    Args:
        name: As for `new_dream`.
        file: The clip's bytes, which are copied and never trusted.
        called: What its sender calls it; nothing but its ending is used.

    Raises:
        DreamError: as `new_dream`, or it is no clip that can be dreamt.
        OSError: as `new_dream`.
    """
    ending = PurePath(called).suffix.lower()
    if ending not in CLIPS:
        raise DreamError(f"A video ends in {', '.join(CLIPS)}; this one ends in {ending!r}.")
    with _new_folder(name) as folder:
        path = folder / f"img_0{ending}"
        with whole(path) as part, part.open("wb") as copy:
            shutil.copyfileobj(file, copy)
        try:
            with open_clip(path) as clip:
                clip.frame(1)
        except BaseException as error:
            path.unlink()
            if isinstance(error, DreamError):  # its sender knows no img_0
                raise DreamError(str(error).replace(str(path), PurePath(called).name)) from None
            raise
    return folder


@contextmanager
def _new_folder(name: str) -> Iterator[Path]:
    """The folder of a new dream, which is gone again if it stays empty."""
    if not _is_name(name):
        raise DreamError(
            f"A dream cannot be named {name!r}; expected are at most {_LONGEST} letters, digits, "
            "spaces, - or _, and a letter or digit at both ends."
        )
    if _OF_WINDOWS.fullmatch(name):
        raise DreamError(
            f"A dream cannot be named {name!r}: Windows keeps that name for itself. Choose another."
        )
    if name.casefold() == PICTURES.name:
        raise DreamError(
            f"A dream cannot be named {name!r}: pictures that are kept lie there. Choose another."
        )
    folder = DREAMS / name
    taken = DreamError(f"There is a dream named {name} already. Choose another name.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise taken from None
    # A kill in here leaves a folder that is nobody's dream, and whose name is free.
    if any(map(_is_somebodys, folder.iterdir())):
        raise taken
    with lock(folder) as held:
        if any(map(_is_somebodys, folder.iterdir())):
            raise taken
        try:
            yield folder
        except BaseException:
            with suppress(OSError):  # somebody puts something there meanwhile
                for path in held.files:
                    path.unlink(missing_ok=True)
                folder.rmdir()
            raise


def _is_somebodys(path: Path) -> bool:
    return path.name not in HOLDING and not is_part(path)


def _is_name(name: str) -> bool:
    # A mark, such as an accent or a vowel's sign, belongs to the letter before it.
    letters = "".join(each for each in name if not unicodedata.category(each).startswith("M"))
    return bool(len(name) <= _LONGEST and name[:1] == letters[:1] and _NAME.fullmatch(letters))


def _put_there(path: Path) -> float:
    # A copied file may keep the old date of its contents; the second date is the copy's. A
    # date to come is no date at all.
    status, now = path.stat(), time.time()
    return max(date if date <= now else 0.0 for date in (status.st_mtime, status.st_ctime))


def spoken(folder: Path) -> str:
    """A dream as a person writes it in a command, so that `choose_dream` gives its folder."""
    if folder.parent.absolute() != DREAMS.absolute() or folder.name.startswith(("-", ".")):
        return as_argument(folder)
    return shlex.quote(folder.name)


def _is_path(name: str) -> bool:
    return name.startswith(".") or any(each and each in name for each in (os.sep, os.altsep))
