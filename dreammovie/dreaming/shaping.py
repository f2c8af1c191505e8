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
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from dreammovie.dreaming.octaves import MOST_OCTAVES

if TYPE_CHECKING:
    import tensorflow as tf

Direction = Callable[[Any, float], tuple[Any, Any]]
"""(gradient float32 (H, W, 3), sigma) -> direction float32 (H, W, 3), and its strength.

The strength, float32 (), is what the direction is to be divided by.
"""

# Dreams of one size share what is compiled for it, whatever they dream of: a sheet of layers is
# ready in two thirds of the time. It is kept for all octaves of an image.
_shared = lru_cache(MOST_OCTAVES)

_TINY = 1e-12  # added to a strength, so that no gradient is no step
_APART = 64  # pixels between opposite edges, which a spectrum takes for neighbours

# The square root of the covariance of ImageNet's colours, as Lucid has it (param/color.py): what
# of red, green and blue is in each of three axes that know nothing of one another.
_COLOURS = np.array([[0.26, 0.09, 0.02], [0.27, 0.0, -0.05], [0.27, -0.09, 0.03]])


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


def _natural(shape: tuple[int, int]) -> Direction:
    """As broad and as little coloured as photographs are (Olah et al. 2017).

    Noise becomes noise with the colours of ImageNet, and with the spectrum of photographs, 1/f.
    It is gradient ascent all the same, in a space in which colours are not correlated and all
    frequencies are equally strong, since both matrices are symmetric with no value below zero.
    """
    from scipy.fft import next_fast_len

    from dreammovie.device import compiled, tf

    variances, axes = np.linalg.eigh(_COLOURS @ _COLOURS.T)
    colours = tf.constant(axes * np.sqrt(variances) @ axes.T, tf.float32)
    sides = [next_fast_len(side + _APART, real=True) for side in shape]
    before = [(longer - side) // 2 for longer, side in zip(sides, shape, strict=True)]
    margin = [[b, longer - side - b] for b, longer, side in zip(before, sides, shape, strict=True)]
    frequencies = np.hypot(np.fft.fftfreq(sides[0])[:, None], np.fft.rfftfreq(sides[1]))
    spectrum = tf.constant(1 / np.maximum(frequencies, 1 / max(shape)), tf.complex64)

    @compiled
    def shaped(gradient: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        planes = tf.transpose(tf.tensordot(gradient, colours, 1), (2, 0, 1))
        planes = tf.pad(planes, [[0, 0], *margin], "SYMMETRIC")
        planes = tf.signal.irfft2d(tf.signal.rfft2d(planes) * spectrum, sides)
        planes = tf.slice(planes, [0, *before], [3, *shape])
        return tf.transpose(planes, (1, 2, 0)), tf.sqrt(tf.reduce_mean(planes**2)) + _TINY

    return lambda gradient, sigma: shaped(gradient)


SHAPINGS = {
    "smooth": Shaping(_shared(_smooth)),
    "plain": Shaping(_shared(_plain), clips=True),
    "laplacian": Shaping(_shared(_laplacian)),
    "natural": Shaping(_shared(_natural)),
}
"""By the name that a person writes."""
