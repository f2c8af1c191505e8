"""How a raw gradient becomes a direction worth taking: the look of a recipe.

A raw gradient is strong where the picture is busy, weak in its skies, and full of
noise that the network likes and people do not. Each shaping takes the gradient of a
whole image, float32 (H, W, 3), and gives a direction of the same shape, of about one grey
level, so that a step size means grey levels.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from dreammovie.device import tf

Shaping = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
"""(gradient float32 (H, W, 3), sigma float32 ()) -> direction float32 (H, W, 3)."""

_REACH = 100.0  # of the local normalisation, pixels: about one creature of a dream
_FLOOR = 0.05  # share of the whole image's energy that a flat place is taken to have
_COLOUR_RADIUS = 27  # covers three deviations of the widest smoothing
_WIDE = 2.5  # pixels; a wider blur is done on a smaller image
_RADIUS = 8  # of the taps of a blur, pixels: more than three times as wide
_PACK = 8  # pixels of a row that are one place with 24 channels, as processors like it
_PLACES = np.array(
    [
        [np.eye(_PACK, k=tap - _PACK * place).T for place in range(3)]
        for tap in range(2 * _RADIUS + 1)
    ],
    np.float32,
)
"""float32 (taps, places, 8, 8): which pixel of a place meets which of the result by a tap."""

_HALVING = np.outer([1, 3, 3, 1], [1, 3, 3, 1])[..., None, None] / 64 * np.eye(3)
_HALVING = _HALVING.astype(np.float32)
_TINY = 1e-12
_STRIP = 2**21  # pixels that are blurred at once, for what is needed meanwhile


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
        energy = tf.add_n([gradient[..., colour] ** 2 for colour in range(3)]) / 3
        local = _spread(spread_rows, energy)
        local = tf.transpose(_spread(spread_columns, tf.transpose(local)))
        even = gradient / tf.sqrt(local + _FLOOR * tf.reduce_mean(energy) + _TINY)[..., None]
        blurred = smooth_at_three_widths(even, sigma)
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


def _gaussian(sigma: tf.Tensor, radius: int) -> tf.Tensor:
    """float32 (2 * radius + 1,) with the sum 1; nothing beyond three deviations."""
    offsets = np.arange(-radius, radius + 1, dtype=np.float32)
    taps = tf.exp(-0.5 * (offsets / sigma) ** 2)
    taps = tf.where(np.abs(offsets) <= tf.math.ceil(3 * sigma), taps, 0)
    return taps / tf.reduce_sum(taps)


def smooth_at_three_widths(image: tf.Tensor, sigma: tf.Tensor) -> tf.Tensor:
    """The sum of three Gaussian blurs of (H, W, 3): sigma / 2, sigma and 2 sigma."""
    total = _blur(image, sigma * 2)
    for width in (1.0, 0.5):
        # One after the other, that which needs most memory first, while nothing else is kept.
        with tf.control_dependencies([total]):
            total += _blur(image, sigma * width)
    return total


def _blur(image: tf.Tensor, sigma: tf.Tensor) -> tf.Tensor:
    """A Gaussian blur of (H, W, 3), over rows and columns and across the colours.

    A wide one is done on a smaller image, where it is narrow: a quarter or a sixteenth of the
    pixels, and as much less of the kernel. Even of white noise it differs by less than 4 %.
    """
    halvings = tf.math.log(sigma / _WIDE) / np.log(2.0) + 1
    level = tf.cast(tf.clip_by_value(halvings, 0.0, 2.0), tf.int32)
    branches = [partial(_blur_shrunk, image, sigma, times) for times in (0, 1, 2)]
    return tf.ensure_shape(tf.switch_case(level, branches), image.shape)


def _blur_shrunk(image: tf.Tensor, sigma: tf.Tensor, halvings: int) -> tf.Tensor:
    """A Gaussian blur by way of an image that is halved some times."""
    seen, sizes = image[None], []
    for _ in range(halvings):
        sizes.append(seen.shape[1:3])
        odd = [[0, 0], [1, 1 + seen.shape[1] % 2], [1, 1 + seen.shape[2] % 2], [0, 0]]
        seen = tf.nn.conv2d(tf.pad(seen, odd, "SYMMETRIC"), _HALVING, 2, "VALID")
    # Halving and doubling blur, too: by a variance of 0.75 squares of a pixel each.
    done = sum(1.5 * 4**level for level in range(halvings))
    taps = _gaussian(tf.sqrt((sigma**2 - done) / 4**halvings), _RADIUS)
    colours = tf.einsum("iod,o->id", _reflections(), _gaussian(sigma, _COLOUR_RADIUS))
    down = tf.tile(taps[:, None, None, None], (1, 1, 3 * _PACK, 1))
    along = tf.einsum("tkpq,t,io->kpiqo", _PLACES, taps, colours)
    along = tf.reshape(along, (1, len(_PLACES[0]), 3 * _PACK, 3 * _PACK))
    height, width = seen.shape[1:3]
    padding = [[0, 0], [_RADIUS, _RADIUS], [_RADIUS, _RADIUS], [0, 0]]
    strips: list[tf.Tensor] = []
    for rows in np.array_split(np.arange(height), -(-height * width // _STRIP)):
        above = int(rows[0]) - _RADIUS  # what the strip is made from
        below = int(rows[-1]) + 1 + _RADIUS
        padding[1] = [max(0, -above), max(0, below - height)]
        with tf.control_dependencies(strips[-1:]):  # one after the other, for their memory
            strip = tf.pad(seen[:, max(0, above) : below], padding, "REFLECT")
        if width % _PACK:
            strip = tf.pad(strip, [[0, 0], [0, 0], [0, -width % _PACK], [0, 0]])
        packed = tf.reshape(strip, (1, below - above, -1, 3 * _PACK))
        packed = tf.nn.depthwise_conv2d(packed, down, (1, 1, 1, 1), "VALID")
        packed = tf.nn.conv2d(packed, along, 1, "VALID")
        strips.append(tf.reshape(packed, (1, len(rows), -1, 3))[:, :, :width])
    seen = tf.concat(strips, 1) if strips[1:] else strips[0]
    for height, width in reversed(sizes):
        seen = tf.pad(seen, [[0, 0], [1, 1], [1, 1], [0, 0]], "SYMMETRIC")
        doubled = (1, 2 * seen.shape[1], 2 * seen.shape[2], 3)
        seen = tf.nn.conv2d_transpose(seen, 4 * _HALVING, doubled, 2, "SAME")
        seen = seen[:, 2 : 2 + height, 2 : 2 + width]
    return seen[0]
