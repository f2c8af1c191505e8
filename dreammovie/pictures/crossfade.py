"""From one picture to another, without the fog that lies over a plain cross-fade."""

from __future__ import annotations

import numpy as np

from dreammovie.pictures.image import Image, resize

_OWN = 0.5  # of the whole time takes the fade of a single place
_PLACES = 12  # across a picture, each with a moment of its own
_MOST = 2.0  # times that contrast is raised


def crossfaded(one: Image, other: Image, share: float) -> Image:
    """A picture on its way into another.

    The mean of two pictures has half of the energy of what differs in them: it looks blurred. So
    every place fades in its own moment, those first where the other picture has more to show than
    the one; and what contrast is still lost in the middle is given back.

    Args:
        one, other: float32 (H, W, 3), of one size.
        share: How much of the time is over: 0 gives the one, 1 the other.

    Returns:
        float32 (H, W, 3), whose means and deviations lie between those of the two, colour by
        colour; it may leave 0..255.
    """
    height, width = one.shape[:2]
    side = max(1, round(width / _PLACES))
    places = (-(-height // side), -(-width // side))
    ahead = np.log1p(_detail(other, places)) - np.log1p(_detail(one, places))
    late = np.clip(resize((1 - np.tanh(ahead)) / 2, (height, width)), 0, 1)
    over = np.clip((share - (1 - _OWN) * late) / _OWN, 0, 1)[..., None]
    over *= over * (3 - 2 * over)
    mixed = one + over * (other - one)
    mean = mixed.mean((0, 1))
    between = (1 - share) * one.std((0, 1)) + share * other.std((0, 1))
    gain = np.clip(between / np.maximum(mixed.std((0, 1)), 1e-3), 1, _MOST)
    return np.asarray(mean + (mixed - mean) * gain, np.float32)


def _detail(image: Image, places: tuple[int, int]) -> np.ndarray:
    """How far the light of pixels differs within each of (rows, columns) places; grey levels."""
    light = image.mean(2)
    variance = resize(light * light, places) - resize(light, places) ** 2
    return np.sqrt(np.maximum(variance, 0))
