"""What a dream starts from, and what follows from it where a person says nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from dreammovie.errors import DreamError
from dreammovie.files import check_output
from dreammovie.movies.folder import check_no_frame, start_clip, start_image
from dreammovie.movies.mask import mask_in
from dreammovie.movies.named import found
from dreammovie.movies.schedule import DEFAULT_SIDE, MovieSettings, Script, direct, files_in
from dreammovie.networks.network import Network
from dreammovie.pictures.image import load_image
from dreammovie.pictures.sizes import natural_shape, parse_size

FRAMES = 300
"""Of a movie where nobody says how many there shall be, and it is no clip's."""

OF_CLIPS = {"zoom": 1.0, "steps": 4}
"""What a clip's dream has where nobody says otherwise: it adds up from frame to frame."""

_MOST_FRAMES = 10**10
_RATES = 0.1, 1000.0  # frames per second that a movie may have


def first_script(folder: Path) -> Script:
    """What holds for a dream about which nobody has said anything: of a picture, or of a clip.

    Raises:
        DreamError: there is no img_0, or it is no clip that can be read.
    """
    if not (clip := _clip_in(folder)):
        return Script()
    return direct(Script(), OF_CLIPS | {"fps": min(max(clip.rate, _RATES[0]), _RATES[1])})


@dataclass(frozen=True)
class Pace:
    """Which frames of its movie a dream's files are.

    Attributes:
        every: Each how manieth of them is dreamt.
        first: Which one img_1 is.
    """

    every: int
    first: int

    def frame(self, number: int) -> int:
        """The movie's frame that a file of a number is; no less than 0."""
        return max(self.first + (number - 1) * self.every, 0)

    def number(self, frame: int) -> int:
        """The number of the file that is a frame of the movie, or the first one after it."""
        return -((self.first - frame) // self.every) + 1


def pace_of(folder: Path, script: Script) -> Pace:
    """The pace of a dream: a clip's begins with the clip's first frame, a picture's after img_0."""
    every = script.settings.every
    return Pace(every, 1 if start_clip(folder) else every)


def last_of(folder: Path, frames: int | None, every: int, after: int | None = None) -> int:
    """The number of a dream's last file, of those that are asked for; None: all of a clip.

    Args:
        folder: The dream's.
        frames: How many a person asks for.
        every: As in `MotionSettings`.
        after: Number of the frame after which a person asks to go on.

    Raises:
        DreamError: as `first_script`, or there can be no such frames.
    """
    for name, value, least in (("frames", frames, 1), ("after", after, 0)):
        if value is not None and not least <= value < _MOST_FRAMES:
            raise DreamError(f"--{name} was {value}; expected is a number from {least} on.")
    last = FRAMES if frames is None else frames
    if clip := _clip_in(folder):
        most = -(-clip.frames // every)
        last = most if frames is None else min(frames, most)
    if after is not None and after >= last:
        raise DreamError(
            f"--after {after} leaves no frame to make until --frames {last}; choose more frames "
            f"than {after}."
        )
    return last


def files_read(folder: Path, script: Script) -> set[str]:
    """The files that a dream is made from beside img_0, as dream.json names them.

    Raises:
        DreamError: as `files_in`.
    """
    files = {name for names in files_in(script).values() for name in names}
    if script.settings.mask is None and (mask := mask_in(folder)):
        files.add(mask)
    return files


def check_beside(
    output: Path, folder: Path, scripts: Iterable[Script], taken_from: Path | None = None
) -> None:
    """Checks that something about a dream can be written to a file that is none it is made from.

    Args:
        output: Named by a person.
        folder: The dream's.
        scripts: What is written for its frames.
        taken_from: The file whose settings are taken, if any are.

    Raises:
        DreamError, OSError: as `check_output`; or a dream would take the file for a frame.
    """
    files = {name for script in scripts for name in files_read(folder, script)}
    read = [start_image(folder), *(found(folder, name) for name in files)]
    check_output(output, *read, taken_from)
    check_no_frame(output)


class _ClipFacts(NamedTuple):
    """How many frames a clip has, how many a second, and of which (height, width)."""

    frames: int
    rate: float
    shape: tuple[int, int]


def _clip_in(folder: Path) -> _ClipFacts | None:
    """What kind of clip a dream begins with; None: it is a picture's."""
    if not (path := start_clip(folder)):
        return None
    status = path.stat()
    return _facts_of(path.resolve(), status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=64)  # all packets of a clip are read to tell
def _facts_of(path: Path, changed: int, size: int) -> _ClipFacts:
    from dreammovie.videos.decode import open_clip  # which `--help` need not wait for

    with open_clip(path) as clip:
        return _ClipFacts(clip.frames, float(clip.rate), clip.shape)


def definite(script: Script, network: Network, folder: Path) -> Script:
    """The script with nothing left open: network, layer, precision, size, mask have values."""
    settings = script.settings
    definite = replace(
        settings,
        network=network.name,
        layer=settings.layer or network.favourite,
        precision=network.precision,
        size=working_size(settings.size, folder),
        mask=settings.mask or mask_in(folder),
    )
    return replace(script, settings=definite)


def working_size(size: str | None, folder: Path) -> str:
    """The size as WxH that a movie in `folder` is dreamt in.

    Args:
        size: As a person gave it: WxH, Wx, xH, "original", or None for the default.

    Raises:
        DreamError: the start image, or what is left of it, is too small.
    """
    path = start_image(folder)
    clip = _clip_in(folder)
    shape = clip.shape if clip else load_image(path).shape[:2]
    if size is not None and size not in MovieSettings.NAMED:
        height, width = parse_size(size, of=shape)
    else:
        height, width = natural_shape(shape, path, None if size else DEFAULT_SIDE)
    return f"{width}x{height}"
