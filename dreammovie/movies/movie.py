"""The dream movie: dream the picture, move a little closer, dream again."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dreammovie.dreaming.dream import Step, dream_steps
from dreammovie.movies.folder import (
    frame_path,
    last_frame,
    load_start,
    path_to_make,
    start_image,
)
from dreammovie.movies.history import camera, kinds_made, read_history, record
from dreammovie.movies.look import coloured, grained, palette_over_time
from dreammovie.movies.mask import Mask
from dreammovie.movies.moments import moments_of
from dreammovie.movies.named import NONE, found, pictures_of
from dreammovie.movies.notes import note_of
from dreammovie.movies.origin import Beginning, FromBefore
from dreammovie.movies.schedule import MovieSettings, Script, at, direct
from dreammovie.movies.start import pace_of
from dreammovie.movies.writer import Writer
from dreammovie.networks.weights import Weights
from dreammovie.pictures.image import Image, decode, encode, fit, load_image, strips
from dreammovie.pictures.palette import Palette
from dreammovie.pictures.sizes import parse_size

if TYPE_CHECKING:
    from dreammovie.dreaming.gradient import Ascent

Origin = Callable[[Image, int, MovieSettings], Beginning]
"""Gives what a frame is made from.

It takes the frame before, float32 (h, w, 3), which for frame 1 is the start image, the frame's own
number, and the settings at it.
"""

_NONE = np.zeros((0, 0, 3), np.float32)  # in the place of an image, which at 8K has 0.4 GB
_AGAIN = 4  # beside the seed and a number: which random numbers are meant


def frame_steps(
    begun: Beginning, number: int, ascent: Ascent, settings: MovieSettings
) -> Iterator[Step]:
    """The steps that make the movie's frame `number`, the last of which `finished` takes.

    Args:
        begun: What it is made from.
        number: Of the frame to make, from 1 on.
        ascent: From `ascent_for`, of the same settings.
        settings: As they hold at the frame.
    """
    image = begun.image
    for dreams, again in enumerate((*begun.again, None)):
        image = grained(image, settings.grain, number, settings.seed)
        weights = ascent.weights(image, number, settings.fps)
        which = [_AGAIN, dreams] if dreams else []
        rng = np.random.default_rng([settings.seed, number, *which])
        for step in dream_steps(image, ascent, settings, rng, weights):
            yield step
        if again:
            image = again(coloured(step.image, begun.palette, settings.hold_colour))


def finished(
    dreamt: Image, begun: Beginning, settings: MovieSettings, mask: np.ndarray | None = None
) -> Image:
    """A frame with its colours, dreamt no more than it shall be where; float32 (H, W, 3).

    It takes the place of what was dreamt, as there may be no room for both.
    """
    image = coloured(dreamt, begun.palette, settings.hold_colour, out=dreamt)
    for share in (begun.share, mask):
        if share is not None:
            for rows in strips(image.shape):
                own = begun.image[rows]
                image[rows] = own + share[rows] * (image[rows] - own)
    return image


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
    folder: Path,
    frames: int,
    ascent: Ascent,
    script: Script,
    weights: Weights,
    origin: Origin | None = None,
    first: int = 1,
) -> Generator[Progress, None, None]:
    """Goes on with the dream in `folder` until frame number `frames` exists.

    Each frame is made from the file of the one before it, from its own number, and from
    the start image's palette, which all frames keep, if nobody says otherwise: over a thousand of
    them, the smallest bias in colour or contrast would add up. So a movie that was killed and
    taken up again has the same frames as one that ran through. Where somebody has replaced the
    frame before meanwhile, it is made from the new one.

    Args:
        folder: The dream's; the caller holds its lock.
        frames: Number of the last frame to make.
        ascent: From `ascent_for`, of the same settings.
        script: With a definite size.
        weights: What the ascent's network was loaded from; noted in dream.json.
        origin: What each frame is made from; None: from the one before, with img_0's palette.
        first: Number of the frame to begin with where there is none yet; from 2 on, one for which
            the origin does not look at the frame before.

    Raises:
        DreamError: the folder has a gap, no readable start image, or a frame that somebody put
            there meanwhile.
        OSError: a frame cannot be written; those before it are whole.
    """
    assert script.settings.size is not None
    done, broken = last_frame(folder, own=kinds_made(read_history(folder)))
    done = max(done, first - 1)
    shape = parse_size(script.settings.size)
    if origin is None:
        palette = Palette.of(fit(load_image(start_image(folder)), shape))
        origin = FromBefore(palette, shape, camera(folder, script, done + 1))
    if done < frames:
        for path in broken:  # what takes its place may be of another kind
            path.unlink()
        note = note_of([record(folder, done + 1, script, weights)])
    mask = _mask_of(folder, script, done + 1)
    settings = script.settings
    palette_at = palette_over_time(
        settings.palette,
        settings.fps,
        script.sound,
        lambda name: load_image(found(folder, name)),
    )
    path, pace = frame_path(folder, done if done >= first else 0), pace_of(folder, script)
    with Writer(path) as writer:
        frame = load_start(path)
        for number in range(done + 1, frames + 1):
            moment = pace.frame(number)
            now = at(script, moment)
            while True:
                begun = origin(frame, moment, now)
                if palette_at:
                    begun = replace(begun, palette=palette_at(moment))
                frame = begun.image  # lets go of the one before: an image of 8K has 0.4 GB
                for step in frame_steps(begun, moment, ascent, now):
                    yield Progress(number, step, writer.written())
                if saved := writer.written(wait=True):
                    yield Progress(number, step, saved)
                # Another img_0 counts from the next run on, which says so and notes its digest.
                if number == first or not writer.is_replaced():
                    break
                path = frame_path(folder, number - 1)
                writer.begin_from(path)
                frame = load_start(path)
            if ascent.tile != script.settings.tile:  # the network wants it so, or memory ran out
                script = direct(script, {"tile": ascent.tile})
                note = note_of([record(folder, number, script, weights)])
            share = mask.at(moment, now) if mask else None
            frame = _NONE
            if share is None and begun.share is None:  # else it counts beside the dream
                begun = replace(begun, image=_NONE)
            path = path_to_make(folder, number, settings.frames_as)
            encoded = encode(finished(step.image, begun, now, share), path.suffix, note)
            writer.write(encoded, path)
            frame = decode(encoded)
        if saved := writer.written(wait=True):
            yield Progress(frames, step, saved)


def _mask_of(folder: Path, script: Script, first: int) -> Mask | None:
    """Where the movie dreams; None: everywhere."""
    settings = script.settings
    if settings.mask in (None, NONE):
        return None
    assert settings.size is not None
    assert settings.mask is not None
    shape, path = parse_size(settings.size), found(folder, settings.mask)
    pictures = pictures_of(path, settings.fps, moments_of(folder))
    return Mask(pictures, shape, camera(folder, script, first))
