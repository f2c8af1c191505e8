"""What a long movie looks like: whether its colours stay, and how much grain keeps it alive."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dreammovie.pictures.image import Image
from dreammovie.pictures.palette import Palette, match_palette, noise
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
    grain: float = setting(
        0.0,
        "how much of a picture gives way to noise in its colours before it is dreamt, 0 to 1; a "
        "little (0.03) keeps a dream changing that stands still",
        low=0.0,
        high=1.0,
    )


def coloured(image: Image, palette: Palette, hold: float) -> Image:
    """A dreamt frame with its colours.

    Args:
        image: float32 (H, W, 3); values may leave 0..255.
        palette: The movie's.
        hold: How much of it the frame has; what is left is its own.

    Returns:
        float32 (H, W, 3), 0..255.
    """
    if hold < 1:
        palette = Palette.of(np.clip(image, 0, 255)).towards(palette, hold)
    return match_palette(image, palette)


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
