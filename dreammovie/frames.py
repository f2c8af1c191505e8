"""The dream folder: its frames, its history, and the lock of the one who dreams in it.

    dreams/forest/
        img_0.jpg       the start image, .jpg, .jpeg, .png or .webp; never written
        img_1.jpg ...   the frames
        dream.json      with which settings each of them was made
        dream.lock      held while a run is at work
        dream.run       until which frame it goes on; without this file, it stops

The folder is the state: whoever finds it can go on.
"""

import json
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from dreammovie.errors import DreamError, unknown
from dreammovie.files import remove_parts, whole
from dreammovie.image import SUFFIXES, Image, fit, load_image, save_image

DREAMS = Path("dreams")
"""Where the dreams are, seen from where the program is started."""

_NAME = re.compile(r"[^\W_]([\w -]{0,58}[^\W_])?")
_FRAME = re.compile(r"img_([1-9][0-9]{0,9})\.jpg")
_FORMAT = 1
_RUN = "dream.run"
_MAX_RUN = 1000  # bytes
_PROBES = 0.5  # seconds; `current_run` may hold the lock for a moment
_MAX_HISTORY = 16 * 2**20  # bytes


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


@contextmanager
def lock(folder: Path) -> Iterator[None]:
    """Holds the folder, so that no second run writes frames between ours.

    The system lets go of it when the process ends, however it ends.

    Raises:
        DreamError: another run holds it.
        OSError: the folder cannot be written.
    """
    held = FileLock(folder / "dream.lock", timeout=_PROBES)
    try:
        held.acquire()
    except Timeout:
        raise DreamError(
            f"Another run is dreaming in {folder}. Wait for it or stop it, or choose another dream."
        ) from None
    try:
        for name in ("img_*.jpg", "dream.json"):
            remove_parts(folder, name)
        yield
    finally:
        held.release()


@contextmanager
def announced(folder: Path, frames: int) -> Iterator[None]:
    """Says in the folder until which frame a run goes on, while it holds the lock.

    `stop` takes that away, and the run watches for it with `is_wanted`.
    """
    path = folder / _RUN
    with whole(path) as part:
        part.write_text(json.dumps({"frames": frames}), "utf-8")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def is_wanted(folder: Path) -> bool:
    """Whether nobody has asked the run in a folder to stop."""
    return (folder / _RUN).exists()


def stop(folder: Path) -> None:
    """Asks the run in a folder to stop; it does so after the step in hand."""
    (folder / _RUN).unlink(missing_ok=True)


@dataclass(frozen=True)
class Run:
    """A run that is dreaming in a folder.

    Attributes:
        frames: Number of the frame until which it goes on; None: it is just starting, or
            stopping.
        began: When it started, seconds as in `time.time`.
    """

    frames: int | None
    began: float


def current_run(folder: Path) -> Run | None:
    """The run that is dreaming in a folder, whoever started it; None if nobody is."""
    held = folder / "dream.lock"
    if not held.exists() or not _is_held(held):
        return None
    path = folder / _RUN
    try:
        began = path.stat().st_mtime
        with open(path, "rb") as file:
            frames = json.loads(file.read(_MAX_RUN))["frames"]
        return Run(frames if type(frames) is int else None, began)
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return Run(None, held.stat().st_mtime)


def _is_held(lock_file: Path) -> bool:
    """Whether some run holds a lock; asking takes it for a moment."""
    probe = FileLock(lock_file, timeout=0)
    try:
        probe.acquire()
    except (Timeout, OSError):
        return True
    probe.release()
    return False


@dataclass(frozen=True)
class Entry:
    """With what the frames from `from_frame` on were made.

    Attributes:
        from_frame: Number of the first of them.
        settings: Name to value.
        start: Digest of the start image, whose palette all frames keep.
        weights: The weights' "file" (None: fetched) and "sha256".
        versions: Program to version.
    """

    from_frame: int
    settings: dict[str, Any]
    start: str
    weights: dict[str, str | None]
    versions: dict[str, str]

    def __post_init__(self) -> None:
        ok = (
            type(self.from_frame) is int
            and self.from_frame >= 1
            and isinstance(self.settings, dict)
            and isinstance(self.start, str)
            and isinstance(self.weights, dict)
            and isinstance(self.weights.get("sha256"), str)
            and isinstance(self.weights.get("file", 0), str | None)
            and isinstance(self.versions, dict)
        )
        if not ok:
            raise TypeError(f"the entry from_frame {self.from_frame!r} is incomplete")

    @property
    def file(self) -> str | None:
        """Path of the weights that a person gave; None where they were fetched."""
        return self.weights["file"]

    @property
    def sha256(self) -> str:
        """Digest of the weights, hexadecimal."""
        return str(self.weights["sha256"])


def read_history(folder: Path) -> list[Entry]:
    """The entries of dream.json, first frame first; none where there is no such file.

    Raises:
        DreamError: it is broken, or was written by a newer version.
        OSError: it cannot be read.
    """
    path = folder / "dream.json"
    if not path.exists():
        return []
    mend = "Mend it, or rename it: the dream then goes on with the settings that you give."
    try:
        if path.stat().st_size > _MAX_HISTORY:
            raise ValueError(f"it is larger than {_MAX_HISTORY // 2**20} MiB")
        content = json.loads(path.read_text("utf-8-sig"))
        version = content["format"]
        if isinstance(version, int) and version > _FORMAT:
            raise DreamError(
                f"{path} was written by a newer dreammovie (format {version}; this one reads "
                f"{_FORMAT}). Update dreammovie."
            )
        entries = [Entry(**entry) for entry in content["history"]]
        numbers = [entry.from_frame for entry in entries]
        if numbers != sorted(set(numbers)):
            raise ValueError("its entries are not in order")
    except DreamError:
        raise
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise DreamError(f"{path} is broken ({type(error).__name__}: {error}). {mend}") from None
    return entries


def write_history(folder: Path, entries: Sequence[Entry]) -> None:
    """Writes dream.json, whole or not at all.

    Raises:
        OSError: the disk is full or the folder cannot be written.
    """
    content = {"format": _FORMAT, "history": [asdict(entry) for entry in entries]}
    with whole(folder / "dream.json") as part:
        part.write_text(json.dumps(content, indent=2) + "\n", "utf-8")


class Frames(Sequence[Image]):
    """Frames of a dream in a given order, each read from its file when it is asked for.

    All have one size, that of the first numbered frame; others, as the start image
    often is, are fitted to it. The size is even, as video wants it.

    Args:
        folder: The dream's.
        numbers: Which frames, in this order; at least one.

    Attributes:
        shape: (height, width) of all of them.

    Raises:
        DreamError: the frame that gives the size cannot be read.
    """

    def __init__(self, folder: Path, numbers: Sequence[int]) -> None:
        self._folder = folder
        self._numbers = numbers
        first = load_image(frame_path(folder, min((n for n in numbers if n), default=0)))
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
