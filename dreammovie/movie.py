"""The dream movie: dream the picture, move a little closer, dream again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, fields, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dreammovie import __version__
from dreammovie.dream import DreamSettings, Step, dream_steps
from dreammovie.errors import DreamError
from dreammovie.files import sha256
from dreammovie.frames import (
    Entry,
    frame_path,
    last_frame,
    read_history,
    start_image,
    write_history,
)
from dreammovie.image import (
    Image,
    Palette,
    decode,
    encode,
    fit,
    load_image,
    match_palette,
    save_encoded,
)
from dreammovie.motion import move, zoom_per_frame
from dreammovie.networks import Network
from dreammovie.networks.weights import Weights
from dreammovie.octaves import MIN_SIDE
from dreammovie.settings import setting

if TYPE_CHECKING:
    from dreammovie.gradient import Ascent

_DEFAULT_SIDE = 1280
_MAX_SIDE = 16384
_PACKAGES = ("tensorflow", "numpy", "scipy", "opencv-python-headless", "pillow")


@dataclass(frozen=True)
class MovieSettings(DreamSettings):
    """How a movie is dreamt: every frame, and what happens between frames."""

    size: str | None = setting(
        None,
        "working size in pixels, such as 1280x720, or original "
        f"(default: img_0's own, the longer side at most {_DEFAULT_SIDE})",
        metavar="WxH",
    )
    zoom: float = setting(
        1.1, "factor by which a second moves in", low=0.01, high=100.0, metavar="FACTOR"
    )
    fps: float = setting(30.0, "frames per second of the movie", low=0.1, high=1000.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.size not in (None, "original"):
            parse_size(self.size)
        zoom_per_frame(self.zoom, self.fps)


def parse_size(text: str, even: bool = True) -> tuple[int, int]:
    """(height, width) of a size written as "WxH".

    Args:
        even: Whether both are made even, as video wants them.

    Raises:
        DreamError: it is not written so, or no network sees anything in it.
    """
    match = re.fullmatch(r"([0-9]{1,9})x([0-9]{1,9})", text)
    if not match:
        raise DreamError(
            f"--size was {text!r}; expected is a width and a height such as 1280x720, or original."
        )
    width, height = (int(side) // 2 * 2 if even else int(side) for side in match.groups())
    if min(width, height) < MIN_SIDE or max(width, height) > _MAX_SIDE:
        raise DreamError(
            f"--size was {text!r}; each side must have {MIN_SIDE} to {_MAX_SIDE:,} pixels."
        )
    return height, width


def working_size(size: str | None, folder: Path) -> str:
    """The size as WxH that a movie in `folder` is dreamt in.

    Args:
        size: As a person gave it: WxH, "original", or None for the default.

    Raises:
        DreamError: the start image, or what is left of it, is too small.
    """
    if size not in (None, "original"):
        height, width = parse_size(size)
        return f"{width}x{height}"
    path = start_image(folder)
    longest = None if size else _DEFAULT_SIDE
    height, width = natural_shape(load_image(path).shape[:2], path, longest)
    return f"{width}x{height}"


def natural_shape(
    shape: Sequence[int], path: Path, longest: int | None = None, even: bool = True
) -> tuple[int, int]:
    """(height, width) in which a picture is dreamt where nobody names a size.

    Args:
        shape: (height, width) of the picture.
        path: Where it is from, for the sentence about it.
        longest: The longer side at most; pixels; None: as long as it is.
        even: Whether both are made even, as video wants them.

    Raises:
        DreamError: the picture, or what is left of it, is too small, or it is too large.
    """
    scale = min(1.0, longest / max(shape)) if longest else 1.0
    height, width = (round(side * scale) for side in shape)
    if even:
        height, width = height // 2 * 2, width // 2 * 2
    if min(height, width) < MIN_SIDE or max(height, width) > _MAX_SIDE:
        raise DreamError(
            f"{path} has {shape[1]}x{shape[0]} pixels, which makes a dream of "
            f"{width}x{height}; each side must have {MIN_SIDE} to {_MAX_SIDE:,}. Choose a size "
            "that has, such as --size 640x360; what does not fit is cropped."
        )
    return height, width


def definite(settings: MovieSettings, network: Network, folder: Path) -> MovieSettings:
    """The settings with nothing left open: network, layer, precision, size have values."""
    return replace(
        settings,
        network=network.name,
        layer=settings.layer or network.favourite,
        precision=network.precision,
        size=working_size(settings.size, folder),
    )


def entry_for(history: Sequence[Entry], number: int) -> Entry | None:
    """The entry in force at a frame; None where there is no history.

    Raises:
        DreamError: the history begins later.
    """
    before = [entry for entry in history if entry.from_frame <= number]
    if history and not before:
        raise DreamError(
            f"dream.json begins at from_frame {history[0].from_frame} and says nothing of frame "
            f"{number}. Mend it, or rename it: the dream then goes on with the settings you give."
        )
    return before[-1] if before else None


def settings_of(entry: Entry) -> MovieSettings:
    """The settings in an entry of dream.json.

    Raises:
        DreamError: it has a setting that does not exist, or a value that makes no sense.
    """
    unknown = entry.settings.keys() - {field.name for field in fields(MovieSettings)}
    if unknown:
        raise DreamError(
            f"dream.json has settings for frame {entry.from_frame} that this version does not "
            f"know: {', '.join(sorted(unknown))}. Update dreammovie, or take them out of the file."
        )
    try:
        return MovieSettings(**entry.settings)
    except DreamError as error:
        raise DreamError(f"In dream.json, for frame {entry.from_frame}: {error}") from None


def _record(folder: Path, number: int, settings: MovieSettings, weights: Weights) -> None:
    """Notes in dream.json with what the frames from `number` on are made, if that is new."""
    now = Entry(
        number,
        asdict(settings),
        sha256(start_image(folder)),
        {"file": str(weights.path) if weights.local else None, "sha256": weights.sha256},
        {"dreammovie": __version__} | {package: _version(package) for package in _PACKAGES},
    )
    history = read_history(folder)
    kept = [entry for entry in history if entry.from_frame < number]
    if not kept or replace(now, from_frame=kept[-1].from_frame) != kept[-1]:
        kept.append(now)
    if kept != history:
        write_history(folder, kept)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # another build of it, under another name
        return "unknown"


def frame_steps(
    image: Image, number: int, ascent: Ascent, settings: MovieSettings
) -> Iterator[Step]:
    """The steps that make frame `number` out of the one before it.

    Args:
        image: The frame before, float32 (H, W, 3); fitted to the settings' size.
        number: Of the frame, from 1 on.
        settings: With a definite size.
    """
    assert settings.size is not None
    image = fit(image, parse_size(settings.size))
    image = move(image, zoom_per_frame(settings.zoom, settings.fps))
    yield from dream_steps(image, ascent, settings, np.random.default_rng([settings.seed, number]))


@dataclass(frozen=True)
class Progress:
    """Where a movie stands.

    Attributes:
        frame: Number of the frame that is being made.
        step: The step just done.
        saved: Path of a frame that is safely written since the last look, or None. It may
            be the one before: a frame is written while the next is being dreamt.
    """

    frame: int
    step: Step
    saved: Path | None = None


def dream_movie(
    folder: Path, frames: int, ascent: Ascent, settings: MovieSettings, weights: Weights
) -> Iterator[Progress]:
    """Goes on with the dream in `folder` until frame number `frames` exists.

    Each frame is made from the file of the one before it, from its own number, and from
    the start image's palette, which all frames keep: over a thousand of them, the
    smallest bias in colour or contrast would add up. So a movie that was killed and
    taken up again has the same frames as one that ran through.

    Args:
        folder: The dream's; the caller holds its lock.
        frames: Number of the last frame to make.
        ascent: From `dream.prepare`, of the same settings.
        settings: With a definite size.
        weights: What the ascent's network was loaded from; noted in dream.json.

    Raises:
        DreamError: the folder has a gap, or no readable start image.
        OSError: a frame cannot be written; those before it are whole.
    """
    assert settings.size is not None
    done, _ = last_frame(folder)
    shape = parse_size(settings.size)
    palette = Palette.of(fit(load_image(start_image(folder)), shape))
    if done < frames:
        _record(folder, done + 1, settings, weights)
    steps = frame_steps(load_image(frame_path(folder, done)), done + 1, ascent, settings)
    writing: Future[Path] | None = None
    with ThreadPoolExecutor(1) as disk:
        for number in range(done + 1, frames + 1):
            for step in steps:
                saved = writing.result() if writing and writing.done() else None
                writing = None if saved else writing
                yield Progress(number, step, saved)
            if writing:
                yield Progress(number, step, writing.result())
            if ascent.tile != settings.tile:  # the device ran out of memory
                settings = replace(settings, tile=ascent.tile)
                _record(folder, number, settings, weights)
            encoded = encode(match_palette(step.image, palette))
            writing = disk.submit(save_encoded, encoded, frame_path(folder, number))
            steps = frame_steps(decode(encoded), number + 1, ascent, settings)
        if writing:
            yield Progress(frames, step, writing.result())
