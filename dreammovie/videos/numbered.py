"""A video's frames as a folder of numbered pictures, for other programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from dreammovie.errors import DreamError
from dreammovie.pictures.image import Image, save_image

_DIGITS = 5


def check_folder(folder: Path) -> None:
    """Checks that numbered pictures can go there, before they are made.

    Raises:
        DreamError: something is there already, or there is nowhere to make it.
    """
    if not folder.parent.is_dir():
        raise DreamError(f"There is no folder {folder.parent} for {folder}. Make it first.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DreamError(
            f"{folder} is there, and is no empty folder; what is in it would be mixed with other "
            "pictures. Give a new folder, or empty this one."
        )


def numbering(folder: Path, frames: Sequence[Image], note: str | None = None) -> Iterator[int]:
    """Writes frames as img_00001.png, img_00002.png, ... while it is iterated; all of them or none.

    Args:
        folder: An empty one, or one that is made; see `check_folder`.
        frames: float32 (H, W, 3), read one by one.
        note: As for `save_image`.

    Yields:
        The number of frames done so far.

    Raises:
        DreamError: as `check_folder`.
        OSError: one cannot be written, or a frame cannot be read.
    """
    check_folder(folder)
    is_new = not folder.exists()
    folder.mkdir(exist_ok=True)
    digits = max(_DIGITS, len(str(len(frames))))
    done = 0
    try:
        for number, frame in enumerate(frames, 1):
            save_image(frame, folder / f"img_{number:0{digits}}.png", note)
            done = number
            yield number
    finally:
        if done < len(frames):
            for number in range(1, done + 1):
                (folder / f"img_{number:0{digits}}.png").unlink(missing_ok=True)
            if is_new:
                folder.rmdir()
