"""What a long movie looks like: whether its colours stay, and how much grain keeps it alive."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dreammovie.movies.named import NONE, names_in
from dreammovie.pictures.image import Image
from dreammovie.pictures.palette import Palette, match_palette, noise
from dreammovie.schedules.keys import parse_keys
from dreammovie.schedules.sounds import Sound
from dreammovie.settings import Settings, setting

_GRAIN = 3  # beside the seed and a number: which random numbers are meant


@dataclass(frozen=True)
class LookSettings(Settings):
    """How frames look beside img_0."""

    hold_colour: float = setting(
        1.0,
        "how much every frame keeps the colours of img_0: 1 all of them; 0 lets them wander",
        low=0.0,
        high=1.0,
    )
    palette: str | None = setting(
        None,
        f"picture whose colours are kept in the place of img_0's; {NONE} for img_0's again",
        file=True,
    )
    grain: float = setting(
        0.0,
        "how much of a picture gives way to noise in its colours before it is dreamt, 0 to 1; a "
        "little (0.03) keeps a dream changing that stands still",
        low=0.0,
        high=1.0,
    )


def palette_over_time(
    text: str | None, fps: float, sound: Sound | None, picture: Callable[[str], Image]
) -> Callable[[int], Palette] | None:
    """The palette that is to be kept at each frame, if a person names any.

    Args:
        text: Of `LookSettings.palette`: a name, or names with keys; between two keys, palettes
            are blended.
        fps: Frames per second.
        sound: That of the movie, if it has one.
        picture: Gives the picture of a name, float32 (H, W, 3); it is asked for each once.

    Returns:
        A function of a frame's number; None where no picture is named.

    Raises:
        DreamError: the keys cannot be read.
    """
    if text in (None, NONE):
        return None
    assert text is not None
    palettes = {name: Palette.of(picture(name)) for name in names_in(text, fps, sound)}
    if text in palettes:
        return lambda number: palettes[text]
    keys = parse_keys(text, fps, sound, lists=True)

    def palette_at(number: int) -> Palette:
        now = keys.between(number)
        return palettes[now.before.value].towards(palettes[now.after.value], now.share)

    return palette_at


def coloured(image: Image, palette: Palette, hold: float, out: Image | None = None) -> Image:
    """A dreamt frame with its colours.

    Args:
        image: float32 (H, W, 3); values may leave 0..255.
        palette: The movie's.
        hold: How much of it the frame has; what is left is its own.
        out: As for `match_palette`.

    Returns:
        float32 (H, W, 3), 0..255.
    """
    if hold < 1:
        palette = Palette.of(np.clip(image, 0, 255)).towards(palette, hold)
    return match_palette(image, palette, out)


def grained(image: Image, grain: float, number: int, seed: int) -> Image:
    """What frame `number` is dreamt from, with so much noise in its place.

    Args:
        image: float32 (H, W, 3), not changed.
        grain: 0 to 1.
    """
    if not grain:
        return image
    rng = np.random.default_rng([seed, number, _GRAIN])
    return image + np.float32(grain) * (noise(image, rng) - image)
