"""The dream folder: its start image, its frames, and how they are numbered.

    dreams/forest/
        img_0.jpg       the start image, with any ending of a picture, or a clip; never written
        img_1.jpg ...   the frames, or img_1.png; those that a person put there may be img_0001.PNG
        dream.json      with which settings each of them was made: `history`
        dream.lock      held while a run is at work: `lock`
        dream.owner     whose run that is, for other machines: `lock`
        dream.run       until which frame it goes on: `lock`

The folder is the state: whoever finds it can go on.
"""

import os
import re
import shlex
import shutil
from collections.abc import Collection, Sequence
from itertools import pairwise
from pathlib import Path

from dreammovie.errors import DreamError
from dreammovie.files import open_file, whole
from dreammovie.pictures.image import SUFFIXES, Image, fit, load_image, pictures_in

KINDS_MADE = "jpg", "png"
"""What a frame's file is, where the program makes it; the first where nobody says otherwise."""

# As a disk that does not tell capitals apart sees them: nothing of a person's is written over.
_FRAME = re.compile(r"img_0*([0-9]{1,10})(\.[a-z0-9]+)", re.IGNORECASE)


def _numbered(folder: Path) -> dict[int, list[Path]]:
    """What is named as a picture of each number, the start image's 0 among them."""
    found: dict[int, list[Path]] = {}
    for name in sorted(os.listdir(folder)):
        if (number := _number_of(name)) is not None:
            found.setdefault(number, []).append(folder / name)
    return found


def _number_of(name: str) -> int | None:
    """The number of what is named as a frame, or as the start image; None: it is not."""
    from dreammovie.videos.clip_file import SUFFIXES as CLIPS

    match = _FRAME.fullmatch(name)
    if match and match[2].lower() in (SUFFIXES if int(match[1]) else SUFFIXES + CLIPS):
        return int(match[1])
    return None


def start_images(folder: Path) -> list[Path]:
    """The files that are named as a start image is; one, if all is well."""
    return [path for path in _numbered(folder).get(0, []) if path.is_file()]


def start_image(folder: Path) -> Path:
    """The path of img_0.

    Raises:
        DreamError: there is none, or more than one.
    """
    starts = start_images(folder)
    if odd := not starts and _numbered(folder).get(0):
        raise DreamError(
            f"{odd[0]} is named as what the dream starts from, and is no file. Move it away."
        )
    if not starts:
        from dreammovie.videos.clip_file import SUFFIXES as CLIPS

        raise DreamError(
            f"{folder} has no img_0. Put the picture that the dream starts from there, named "
            f"img_0.jpg, or a video, img_0.mp4; other endings are {', '.join(SUFFIXES[1:])}, and "
            f"{', '.join(CLIPS[1:-1])}.{foreign_frames(folder)}"
        )
    if len(starts) > 1:
        raise DreamError(
            f"{folder} has more than one img_0: {', '.join(path.name for path in starts)}. "
            "Keep one."
        )
    return starts[0]


def start_clip(folder: Path) -> Path | None:
    """The path of img_0 where it is a clip; of one in a GIF, that is one with several pictures.

    Raises:
        DreamError: there is no img_0, or more than one, or it is a broken GIF.
    """
    path = start_image(folder)
    return path if is_clip(path) else None


def is_clip(path: Path) -> bool:
    """Whether a file is named as a clip is; of a GIF, whether it has several pictures.

    Raises:
        DreamError: it is a broken GIF.
        OSError: it is a GIF that cannot be read.
    """
    from dreammovie.videos.clip_file import SUFFIXES as CLIPS

    ending = path.suffix.lower()
    if ending not in SUFFIXES:
        return True
    if ending not in CLIPS:
        return False
    with open_file(path) as file:
        return pictures_in(file) > 1


def load_start(path: Path, number: int = 1) -> Image:
    """A start image, or any other picture, float32 (H, W, 3); of a clip, the frame of a number.

    Raises:
        DreamError: it cannot be read as what its ending says.
        OSError: it cannot be read at all.
    """
    from dreammovie.videos.decode import open_clip

    if not is_clip(path):
        return load_image(path)
    with open_clip(path) as clip:
        return clip.frame(min(number, clip.frames))


def foreign_frames(folder: Path) -> str:
    """The end of a sentence about pictures of other names in a folder; empty if it has none."""
    pictures = [path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES]
    others = sorted(
        path.name
        for path in pictures
        if not _FRAME.fullmatch(path.name) and re.search(r"\d", path.stem) and path.is_file()
    )
    if len(others) < 2:
        return ""
    return (
        f" It has pictures of other names, such as {others[0]}. To have them as frames: "
        f"python3 -m dreammovie bring {as_argument(folder)} FILE ..."
    )


def as_argument(folder: Path) -> str:
    """A folder's path as a command takes it: a lone word would be a dream's name, a dash a flag."""
    text = str(folder)
    if (os.sep not in text and not text.startswith(".")) or text.startswith("-"):
        text = os.path.join(os.curdir, text)
    return shlex.quote(text)


def frames_in(folder: Path) -> dict[int, Path]:
    """The frames that exist, by number and in that order, without the start image.

    Raises:
        DreamError: two files have one number, or something that is no file has one.
    """
    found = _numbered(folder)
    for number, paths in found.items():
        for path in paths:
            if number and not path.is_file():
                raise DreamError(f"{path} is named as a frame, and is no file. Move it away.")
        if number and len(paths) > 1:
            raise DreamError(
                f"In {folder}, {' and '.join(path.name for path in paths)} are both frame "
                f"{number}. Keep one."
            )
    return {number: found[number][0] for number in sorted(found) if number}


def check_no_frame(output: Path) -> None:
    """Checks that no dream has a file of that name as its img_0 or as a frame.

    Raises:
        DreamError: one has.
    """
    real = output.resolve()
    folder = real.parent
    if _number_of(real.name) is not None and folder.is_dir() and start_images(folder):
        raise DreamError(
            f"{output} would be taken for a frame of the dream in {folder}. Give another name."
        )


def frame_path(folder: Path, number: int) -> Path:
    """The path of a frame, or of the one to be made; frame 0 is the start image."""
    return frames_in(folder).get(number, _made(folder, number)) if number else start_image(folder)


def is_made(folder: Path, number: int) -> bool:
    """Whether there is a frame that is named as the program does; without reading the folder."""
    return any(_made(folder, number, kind).exists() for kind in KINDS_MADE)


def path_to_make(folder: Path, number: int, kind: str) -> Path:
    """Where the program writes a frame.

    Args:
        folder: The dream's.
        number: The frame's.
        kind: Of the file, one of `KINDS_MADE`.

    Raises:
        DreamError: there is another one; nothing is to be written over.
    """
    own = _made(folder, number, kind)
    other = frames_in(folder).get(number, own)
    if other != own:
        raise DreamError(
            f"{other} came while frame {number} was dreamt, which is not written beside it. "
            "Keep it, and run again to go on from there; or take it away."
        )
    return own


def _made(folder: Path, number: int, kind: str = KINDS_MADE[0]) -> Path:
    return folder / f"img_{number}.{kind}"


def frame_numbers(folder: Path) -> list[int]:
    """The numbers of the frames that exist, in numeric order, without the start image."""
    return list(frames_in(folder))


def video_path(folder: Path, ending: str = "mp4") -> Path:
    """Where a dream's video is, if nobody says otherwise: with the folder's name, in it."""
    name = folder.name if folder.name not in ("", "..") else folder.resolve().name
    return folder / f"{name}.{ending}"


def bring(folder: Path, files: Sequence[Path]) -> list[Path]:
    """Copies pictures of other names into a dream, as its next frames by their numbers' order.

    Args:
        folder: The dream's; where it has no img_0, the first of them becomes that.
        files: Pictures; the last number in the name of each says where it belongs.

    Returns:
        The new frames' paths, in order.

    Raises:
        DreamError: one has no number or no picture's ending, two have the same number, or one
            cannot be read as a picture; nothing was copied.
        OSError: one cannot be copied; those before it are there.
    """
    numbers: dict[int, Path] = {}
    for path in files:
        digits = re.findall(r"\d{1,255}", path.stem)  # no file's name is longer
        if not digits or path.suffix.lower() not in SUFFIXES:
            raise DreamError(f"{path} is no picture with a number in its name.")
        other = numbers.setdefault(int(digits[-1]), path)
        if other is not path:
            raise DreamError(f"{other} and {path} have the same number. Bring one of them.")
        load_image(path)
    begin = max(frames_in(folder), default=0) + 1 if start_images(folder) else 0
    new = []
    for number, (_, path) in enumerate(sorted(numbers.items()), begin):
        new.append(folder / f"img_{number}{path.suffix.lower()}")
        with whole(new[-1]) as part:
            shutil.copyfile(path, part)
    return new


def gap(numbers: Sequence[int], first: int, last: int) -> str | None:
    """What is missing between two frames, both included, in words; None if all are there.

    Args:
        numbers: Of the frames that exist, ascending.
    """
    there = [first - 1, *(n for n in numbers if first <= n <= last), last + 1]
    for before, after in pairwise(there):
        if after == before + 2:
            return f"img_{before + 1} is missing"
        if after > before + 2:
            return f"img_{before + 1} to img_{after - 1} are missing"
    return None


def last_frame(
    folder: Path, after: int | None = None, own: Collection[str] = KINDS_MADE[:1]
) -> tuple[int, list[Path]]:
    """Where a dream stands.

    Args:
        folder: The dream's.
        after: Look only at the frames up to this one.
        own: The kinds of files that the program has made there.

    Returns:
        The number of the last frame that can be read (0: only the start image), and
        the broken files after it, which a crash of the machine may leave.

    Raises:
        DreamError: a frame in the middle is missing, or img_0 is missing or broken.
    """
    if not start_clip(folder):
        load_image(start_image(folder))
    frames = frames_in(folder)
    if after is not None:
        if after and after not in frames:
            raise DreamError(f"{folder} has no img_{after} to go on from.")
        frames = {number: path for number, path in frames.items() if number <= after}
    numbers = list(frames)
    # The first of them may be gone, to save room; each is made from the one before it alone.
    if numbers and (missing := gap(numbers, numbers[0], numbers[-1])):
        until = next(n for n, after in pairwise(numbers) if after != n + 1)
        raise DreamError(
            f"In {folder}, {missing}. Put back what is, or go on from before the gap with "
            f"--after {until}"
        )
    broken: list[Path] = []
    while numbers:
        path = frames[numbers[-1]]
        try:
            load_image(path)
            return numbers[-1], broken
        except DreamError:
            number = numbers.pop()
            is_own = path in [_made(folder, number, kind) for kind in own]
            if not is_own or (not numbers and number > 1):
                raise  # it is a person's, or what it would be made from is gone
            broken.insert(0, path)
    return 0, broken


def set_aside(folder: Path, after: int) -> Path | None:
    """Moves the frames after number `after` into a new folder inside the dream's.

    The highest goes first, so that an interruption leaves no gap.

    Returns:
        That folder; None if there was nothing to move.
    """
    later = [path for number, path in frames_in(folder).items() if number > after]
    if not later:
        return None
    taken = {path.name for path in folder.iterdir()}
    count = next(n for n in range(1, len(taken) + 2) if f"aside_{n}" not in taken)
    aside = folder / f"aside_{count}"
    aside.mkdir()
    history = folder / "dream.json"
    if history.exists():
        shutil.copy(history, aside)
    for path in reversed(later):
        path.rename(aside / path.name)
    return aside


class Frames(Sequence[Image]):
    """Frames of a dream in a given order, each read from its file when it is asked for.

    All have one size, that of the first numbered frame; others, as the start image
    often is, are fitted to it. The size is even, as video wants it.

    Args:
        folder: The dream's.
        numbers: Which frames, in this order; at least one. None: all, from the start image on,
            without the clip where that is one.

    Attributes:
        shape: (height, width) of all of them.

    Raises:
        DreamError: the frame that gives the size cannot be read.
    """

    def __init__(self, folder: Path | str, numbers: Sequence[int] | None = None) -> None:
        folder = Path(folder)
        self._paths = {}
        if (numbers is None and not start_clip(folder)) or (numbers and 0 in numbers):
            self._paths[0] = start_image(folder)
        self._paths |= frames_in(folder)
        self._numbers = list(self._paths) if numbers is None else numbers
        first = load_image(self._paths[min(filter(None, self._numbers), default=0)])
        self.shape = (first.shape[0] // 2 * 2, first.shape[1] // 2 * 2)
        if not all(self.shape):
            raise DreamError(f"A frame of {folder} has a side of one pixel, too few for a video.")

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, index: int) -> Image:  # type: ignore[override]
        number = self._numbers[index]
        try:
            image = load_image(self._paths[number])
        except DreamError as error:
            anew = f" Or dream it anew, with --after {number - 1}." if number else ""
            raise DreamError(f"{error}{anew}") from None
        return fit(image, self.shape)
