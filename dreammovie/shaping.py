"""How a raw gradient becomes a direction worth taking: the look of a recipe.

A raw gradient is strong where the picture is busy, weak in its skies, and full of
noise that the network likes and people do not. Each shaping takes the gradient of a
whole image, float32 (H, W, 3), and gives a direction of the same shape, of about one grey
level, so that a step size means grey levels.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dreammovie.device import tf

Shaping = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
"""(gradient float32 (H, W, 3), sigma float32 ()) -> direction float32 (H, W, 3)."""

_REACH = 100.0  # of the local normalisation, pixels: about one creature of a dream
_FLOOR = 0.05  # share of the whole image's energy that a flat place is taken to have
_COLOUR_RADIUS = 27  # covers three deviations of the widest smoothing
_TINY = 1e-12


def smooth(shape: tuple[int, int]) -> Shaping:
    """Even over the picture, smoothed at three widths: the frame-sequence movies' look.

    The evenness comes from dividing by the local strength of the gradient, a smooth
    field; the scripts of that lineage divided each tile by its own deviation, which
    shows the tiles. The smoothing is theirs: Gaussians of half, once and twice sigma
    are summed, and they run across the colours too, which keeps the picture's palette.
    """
    spread_rows, spread_columns = (_spreading(side) for side in shape)

    def direction(gradient: tf.Tensor, sigma: tf.Tensor) -> tf.Tensor:
        gradient /= tf.reduce_mean(tf.abs(gradient)) + _TINY
        energy = tf.reduce_mean(gradient**2, axis=2)
        local = _spread(spread_rows, energy)
        local = tf.transpose(_spread(spread_columns, tf.transpose(local)))
        even = gradient / tf.sqrt(local + _FLOOR * tf.reduce_mean(energy) + _TINY)[..., None]
        blurred = _blur(even, sigma)
        return blurred / (tf.math.reduce_std(blurred) + _TINY)

    return direction


def plain(shape: tuple[int, int]) -> Shaping:
    """Divided by its mean absolute value, nothing more (Mordvintsev et al. 2015)."""
    return lambda gradient, sigma: gradient / (tf.reduce_mean(tf.abs(gradient)) + _TINY)


def laplacian(shape: tuple[int, int], levels: int = 4) -> Shaping:
    """Every band of a Laplacian pyramid made equally strong (TensorFlow's notebook, 2016).

    It lifts the low frequencies, which a raw gradient hardly has. The bands add up to about
    twice a grey level.
    """
    row = np.array([1, 4, 6, 4, 1], np.float32)
    kernel = np.outer(row, row)[..., None, None] / 256 * np.eye(3, dtype=np.float32)
    sizes = [shape]
    for _ in range(levels):
        height, width = sizes[-1]
        sizes.append((-(-height // 2), -(-width // 2)))

    def direction(gradient: tf.Tensor, sigma: tf.Tensor) -> tf.Tensor:
        bands = []
        low = gradient[None]
        for size in sizes[:-1]:
            finer, low = low, tf.nn.conv2d(low, kernel, 2, "SAME")
            bands.append(finer - tf.nn.conv2d_transpose(low, kernel * 4, (1, *size, 3), 2))
        merged = _unit(low)
        for band, size in zip(bands[::-1], sizes[-2::-1], strict=True):
            merged = tf.nn.conv2d_transpose(merged, kernel * 4, (1, *size, 3), 2) + _unit(band)
        return merged[0]

    return direction


SHAPINGS: dict[str, Callable[[tuple[int, int]], Shaping]] = {
    "smooth": smooth,
    "plain": plain,
    "laplacian": laplacian,
}
"""Name to a function that prepares a shaping for one (height, width)."""


def _unit(band: tf.Tensor) -> tf.Tensor:
    """The band divided by its root mean square."""
    return band / tf.maximum(tf.sqrt(tf.reduce_mean(band**2)), 1e-10)


def _spreading(length: int) -> tuple[np.ndarray, np.ndarray]:
    """Two matrices that together blur an axis by `_REACH`, by way of a few wide cells.

    Returns:
        down: float32 (cells, length), a Gaussian mean about each cell's centre.
        up: float32 (length, cells), linear interpolation between those centres.
    """
    cells = max(2, round(4 * length / _REACH))
    centres = np.linspace(0, length - 1, cells)
    places = np.arange(length)
    down = np.exp(-0.5 * ((places - centres[:, None]) / _REACH) ** 2)
    down /= down.sum(axis=1, keepdims=True)
    spacing = centres[1] - centres[0]
    up = np.maximum(0, 1 - np.abs(places[:, None] - centres) / spacing)
    return down.astype(np.float32), up.astype(np.float32)


def _spread(matrices: tuple[np.ndarray, np.ndarray], field: tf.Tensor) -> tf.Tensor:
    """Blurs the first axis of a float32 (length, n) field."""
    down, up = matrices
    return tf.matmul(up, tf.matmul(down, field))


def _reflections() -> np.ndarray:
    """float32 (3, offsets, 3): the colour met at an offset from a colour, mirrored at the ends."""
    offsets = np.arange(-_COLOUR_RADIUS, _COLOUR_RADIUS + 1)
    met = np.mod(np.arange(3)[:, None] + offsets, 6)
    return np.eye(3, dtype=np.float32)[np.where(met < 3, met, 5 - met)]


def _gaussians(sigmas: tf.Tensor, radius: tf.Tensor) -> tf.Tensor:
    """float32 (2 * radius + 1, n): n Gaussians, each with the sum 1."""
    offsets = tf.range(-radius, radius + 1, dtype=tf.float32)
    taps = tf.exp(-0.5 * (offsets[:, None] / sigmas) ** 2)
    return taps / tf.reduce_sum(taps, axis=0)


def _blur(image: tf.Tensor, sigma: tf.Tensor) -> tf.Tensor:
    """The sum of three Gaussian blurs of (H, W, 3): sigma / 2, sigma and 2 sigma.

    Two convolutions do it: the first blurs down the columns and across the colours into
    nine channels, three for each width; the second along the rows, and sums.
    """
    sigmas = sigma * tf.constant([0.5, 1.0, 2.0])
    radius = tf.cast(tf.math.ceil(3 * sigmas[-1]), tf.int32)
    taps = _gaussians(sigmas, radius)
    colours = tf.einsum("iod,os->sid", _reflections(), _gaussians(sigmas, _COLOUR_RADIUS))
    down = tf.einsum("ks,sid->kisd", taps, colours)
    along = tf.einsum("ks,dc->ksdc", taps, tf.eye(3))
    down = tf.reshape(down, (-1, 1, 3, 9))
    along = tf.reshape(along, (1, -1, 9, 3))
    edge = [radius, radius]
    padded = tf.pad(image[None], [[0, 0], edge, edge, [0, 0]], "REFLECT")
    blurred = tf.nn.conv2d(tf.nn.conv2d(padded, down, 1, "VALID"), along, 1, "VALID")
    return tf.ensure_shape(blurred[0], image.shape)
