"""How a raw gradient becomes a direction worth taking: the look of a recipe.

A raw gradient is strong where the picture is busy, weak in its skies, and full of
noise that the network likes and people do not. Each shaping takes the gradient of a
whole image, float32 (H, W, 3), and gives a direction of the same shape, of about one grey
level, so that a step size means grey levels.

TensorFlow is imported when a direction is asked for: the names are for help texts, too.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import tensorflow as tf

Direction = Callable[[Any, float], tuple[Any, Any]]
"""(gradient float32 (H, W, 3), sigma) -> direction float32 (H, W, 3), and its strength.

The strength, float32 (), is what the direction is to be divided by.
"""

_TINY = 1e-12  # added to a strength, so that no gradient is no step


@dataclass(frozen=True)
class Shaping:
    """One way to shape gradients.

    Attributes:
        direction_for: Gives the direction of gradients of one (height, width).
        clips: Whether what is stepped is clipped to 0..255 after every step, as in the
            notebook of 2015, and not once, when it is saved.
    """

    direction_for: Callable[[tuple[int, int]], Direction]
    clips: bool = False


def _smooth(shape: tuple[int, int]) -> Direction:
    """Even over the picture, and blurred a little: the frame-sequence movies' look."""
    from dreammovie.dreaming.smoothing import smooth

    return smooth(shape)


def _plain(shape: tuple[int, int]) -> Direction:
    """Divided by its mean absolute value, nothing more (Mordvintsev et al. 2015)."""
    from dreammovie.device import compiled, tf

    @compiled
    def shaped(gradient: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return gradient, tf.reduce_mean(tf.abs(gradient)) + _TINY

    return lambda gradient, sigma: shaped(gradient)


def _laplacian(shape: tuple[int, int], levels: int = 4) -> Direction:
    """Every band of a Laplacian pyramid made equally strong (TensorFlow's notebook, 2016).

    It lifts the low frequencies, which a raw gradient hardly has. The bands add up to about
    twice a grey level.
    """
    from dreammovie.device import compiled, tf

    def unit(band: tf.Tensor) -> tf.Tensor:
        """The band divided by its root mean square."""
        return band / tf.maximum(tf.sqrt(tf.reduce_mean(band**2)), 1e-10)

    row = np.array([1, 4, 6, 4, 1], np.float32)
    kernel = np.outer(row, row)[..., None, None] / 256 * np.eye(3, dtype=np.float32)
    sizes = [shape]
    for _ in range(levels):
        height, width = sizes[-1]
        sizes.append((math.ceil(height / 2), math.ceil(width / 2)))

    @compiled
    def shaped(gradient: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        bands = []
        low = gradient[None]
        for size in sizes[:-1]:
            finer, low = low, tf.nn.conv2d(low, kernel, 2, "SAME")
            bands.append(finer - tf.nn.conv2d_transpose(low, kernel * 4, (1, *size, 3), 2))
        merged = unit(low)
        for band, size in zip(bands[::-1], sizes[-2::-1], strict=True):
            merged = tf.nn.conv2d_transpose(merged, kernel * 4, (1, *size, 3), 2) + unit(band)
        return merged[0], tf.ones(())

    return lambda gradient, sigma: shaped(gradient)


SHAPINGS = {
    "smooth": Shaping(_smooth),
    "plain": Shaping(_plain, clips=True),
    "laplacian": Shaping(_laplacian),
}
"""By the name that a person writes."""
