"""The dream folder: its start image, its frames, and how they are numbered.

    dreams/forest/
        img_0.jpg       the start image, .jpg, .jpeg, .png or .webp; never written
        img_1.jpg ...   the frames
        dream.json      with which settings each of them was made: `history`
        dream.lock      held while a run is at work: `lock`
        dream.run       until which frame it goes on: `lock`

The folder is the state: whoever finds it can go on.
"""

import re
import shutil
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from dreammovie.errors import DreamError, unknown
from dreammovie.pictures.image import SUFFIXES, Image, fit, load_image, save_image

DREAMS = Path("dreams")
"""Where the dreams are, seen from where the program is started."""

_NAME = re.compile(r"[^\W_]([\w -]{0,58}[^\W_])?")
_FRAME = re.compile(r"img_([1-9][0-9]{0,9})\.jpg")


def choose_dream(name: str | None) -> Path:
    """The folder of a dream.

    Args:
        name: A name under `dreams/`, or a path to any folder. None: the dream whose
            start image was put there last.

    Raises:
        DreamError: there is no such folder, or no dream at all.
    """
    if name is not None:
        for folder in (DREAMS / name, Path(name)):
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
    return max(known_dreams, key=lambda folder: max(map(_put_there, _starts(folder))))


def all_dreams() -> list[Path]:
    """The folders under `dreams/` that have a start image, by name."""
    if not DREAMS.is_dir():
        return []
    return sorted(folder for folder in DREAMS.iterdir() if folder.is_dir() and _starts(folder))


def new_dream(name: str, picture: Image) -> Path:
    """Makes the folder of a new dream, with its start image.

    Args:
        name: Of the folder under `dreams/`: letters, digits, spaces, and - _ in between.
        picture: float32 (H, W, 3); saved as img_0.png, without loss.

    Raises:
        DreamError: no such name is possible, or it is taken.
        OSError: the disk is full or the folder cannot be written.
    """
    if not _NAME.fullmatch(name):
        raise DreamError(
            f"A dream cannot be named {name!r}; expected are at most 60 letters, digits, spaces, "
            "- or _, and a letter or digit at both ends."
        )
    folder = DREAMS / name
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        raise DreamError(f"There is a dream named {name} already. Choose another name.") from None
    try:
        save_image(picture, folder / "img_0.png")
    except BaseException:
        folder.rmdir()
        raise
    return folder


def _put_there(path: Path) -> float:
    # A copied file may keep the old date of its contents; the second date is the copy's.
    status = path.stat()
    return max(status.st_mtime, status.st_ctime)


def _starts(folder: Path) -> list[Path]:
    return [
        path
        for path in sorted(folder.iterdir())
        if path.stem == "img_0" and path.suffix.lower() in SUFFIXES and path.is_file()
    ]


def start_image(folder: Path) -> Path:
    """The path of img_0.

    Raises:
        DreamError: there is none, or more than one.
    """
    starts = _starts(folder)
    if not starts:
        raise DreamError(
            f"{folder} has no img_0. Put the picture that the dream starts from there, named "
            f"{' or '.join('img_0' + suffix for suffix in SUFFIXES)}."
        )
    if len(starts) > 1:
        raise DreamError(
            f"{folder} has more than one img_0: {', '.join(path.name for path in starts)}. "
            "Keep one."
        )
    return starts[0]


def frame_path(folder: Path, number: int) -> Path:
    """The path of a frame, whether it exists or not; frame 0 is the start image."""
    return folder / f"img_{number}.jpg" if number else start_image(folder)


def frame_numbers(folder: Path) -> list[int]:
    """The numbers of the frames that exist, in numeric order, without the start image."""
    matches = (_FRAME.fullmatch(path.name) for path in folder.iterdir())
    return sorted(int(match[1]) for match in matches if match)


def gap(numbers: Sequence[int], first: int, last: int) -> str | None:
    """What is missing between two frames, both included, in words; None if all are there.

    Args:
        numbers: Of the frames that exist, ascending.
    """
    there = [first - 1, *(n for n in numbers if first <= n <= last), last + 1]
    for before, after in pairwise(there):
        if after == before + 2:
            return f"img_{before + 1}.jpg is missing"
        if after > before + 2:
            return f"img_{before + 1}.jpg to img_{after - 1}.jpg are missing"
    return None


def last_frame(folder: Path, after: int | None = None) -> tuple[int, list[Path]]:
    """Where a dream stands.

    Args:
        folder: The dream's.
        after: Look only at the frames up to this one.

    Returns:
        The number of the last frame that can be read (0: only the start image), and
        the broken files after it, which a crash of the machine may leave.

    Raises:
        DreamError: a frame in the middle is missing, or img_0 is missing or broken.
    """
    numbers = [0, *frame_numbers(folder)]
    if after is not None:
        if after not in numbers:
            raise DreamError(f"{folder} has no img_{after}.jpg to go on from.")
        numbers = numbers[: numbers.index(after) + 1]
    if missing := gap(numbers, 0, numbers[-1]):
        until = next(n for n, number in enumerate(numbers) if n != number) - 1
        raise DreamError(
            f"In {folder}, {missing}. Put back what is, or go on from before the gap with "
            f"--after {until}"
        )
    broken: list[Path] = []
    while True:
        path = frame_path(folder, numbers[-1])
        try:
            load_image(path)
            return numbers[-1], broken
        except DreamError:
            if numbers[-1] == 0:
                raise
            broken.insert(0, path)
            numbers.pop()


def set_aside(folder: Path, after: int) -> Path | None:
    """Moves the frames after number `after` into a new folder inside the dream's.

    The highest goes first, so that an interruption leaves no gap.

    Returns:
        That folder; None if there was nothing to move.
    """
    later = [number for number in frame_numbers(folder) if number > after]
    if not later:
        return None
    taken = {path.name for path in folder.iterdir()}
    count = next(n for n in range(1, len(taken) + 2) if f"aside_{n}" not in taken)
    aside = folder / f"aside_{count}"
    aside.mkdir()
    history = folder / "dream.json"
    if history.exists():
        shutil.copy(history, aside)
    for number in reversed(later):
        path = folder / f"img_{number}.jpg"
        path.rename(aside / path.name)
    return aside


class Frames(Sequence[Image]):
    """Frames of a dream in a given order, each read from its file when it is asked for.

    All have one size, that of the first numbered frame; others, as the start image
    often is, are fitted to it. The size is even, as video wants it.

    Args:
        folder: The dream's.
        numbers: Which frames, in this order; at least one. None: all, from the start image on.

    Attributes:
        shape: (height, width) of all of them.

    Raises:
        DreamError: the frame that gives the size cannot be read.
    """

    def __init__(self, folder: Path | str, numbers: Sequence[int] | None = None) -> None:
        self._folder = folder = Path(folder)
        self._numbers = [0, *frame_numbers(folder)] if numbers is None else numbers
        first = load_image(frame_path(folder, min(filter(None, self._numbers), default=0)))
        self.shape = (first.shape[0] // 2 * 2, first.shape[1] // 2 * 2)
        if not all(self.shape):
            raise DreamError(f"A frame of {folder} has a side of one pixel, too few for a video.")

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, index: int) -> Image:  # type: ignore[override]
        number = self._numbers[index]
        try:
            image = load_image(frame_path(self._folder, number))
        except DreamError as error:
            anew = f" Or dream it anew, with --after {number - 1}." if number else ""
            raise DreamError(f"{error}{anew}") from None
        return fit(image, self.shape)
