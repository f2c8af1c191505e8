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

from dreammovie.device import fused, tf

Shaping = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
"""(gradient float32 (H, W, 3), sigma float32 ()) -> direction float32 (H, W, 3)."""

_REACH = 100.0  # of the local normalisation, pixels: about one creature of a dream
_FLOOR = 0.05  # share of the whole image's energy that a flat place is taken to have
_COLOUR_RADIUS = 27  # covers three deviations of the widest smoothing
_WIDE = 2.5  # pixels; a wider blur is done on a smaller image
_HALVINGS = 2  # that make it smaller, at most
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
_STRIP = 2**22  # pixels that are blurred at once, for what is needed meanwhile


def smooth(shape: tuple[int, int]) -> Shaping:
    """Even over the picture, smoothed at three widths: the frame-sequence movies' look.

    The evenness comes from dividing by the local strength of the gradient, a smooth
    field; the scripts of that lineage divided each tile by its own deviation, which
    shows the tiles. The smoothing is theirs: Gaussians of half, once and twice sigma
    are summed, and they run across the colours too, which keeps the picture's palette.
    """
    spread_rows, spread_columns = (_spreading(side) for side in shape)

    @fused
    def energy_of(gradient: tf.Tensor) -> tf.Tensor:
        return tf.reduce_mean(gradient**2, axis=2)

    @fused
    def evened(gradient: tf.Tensor, energy: tf.Tensor) -> tf.Tensor:
        return gradient / tf.sqrt(energy + _TINY)[..., None]

    def direction(gradient: tf.Tensor, sigma: tf.Tensor) -> tf.Tensor:
        gradient /= tf.reduce_mean(tf.abs(gradient)) + _TINY
        energy = energy_of(gradient)
        local = _spread(spread_rows, energy)
        local = tf.transpose(_spread(spread_columns, tf.transpose(local)))
        even = evened(gradient, local + _FLOOR * tf.reduce_mean(energy))
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
    """The sum of three Gaussian blurs of (H, W, 3): sigma / 2, sigma and 2 sigma.

    They run over rows and columns and across the colours. A wide one is done on a smaller image,
    where it is narrow: a quarter or a sixteenth of the pixels, and as much less of the kernel.
    Even of white noise it differs by less than 4 %.
    """
    height, width, _ = image.shape
    seen, levels = image[None], []
    for level in range(_HALVINGS + 1):
        if level:
            seen = _halved(seen)
        if min(seen.shape[1:3]) > _RADIUS + level:
            levels.append(_framed(seen, level))
    strips: list[tf.Tensor] = []
    step = max(1, _STRIP // width >> _HALVINGS) << _HALVINGS
    for first in range(0, height, step):
        last = min(first + step, height)
        with tf.control_dependencies(strips[-1:]):  # one after the other, for their memory
            blurred = [_blur(levels, sigma * times, (first, last, width)) for times in (2, 1, 0.5)]
            strips.append(tf.add_n(blurred))
    return tf.concat(strips, 0) if strips[1:] else strips[0]


def _halved(image: tf.Tensor) -> tf.Tensor:
    """(1, h, w, 3) at half the size, rounded up."""
    odd = [[0, 0], *([1, 1 + side % 2] for side in image.shape[1:3]), [0, 0]]
    return tf.nn.conv2d(tf.pad(image, odd, "SYMMETRIC"), _HALVING, 2, "VALID")


def _framed(image: tf.Tensor, level: int) -> tf.Tensor:
    """(1, h, w, 3) with all that a blur and `level` doublings need to see beyond its edges."""
    beyond = [_RADIUS + level] * 2
    image = tf.pad(image, [[0, 0], beyond, beyond, [0, 0]], "REFLECT")
    missing = -(image.shape[2] - 2 * _RADIUS) % _PACK
    return tf.pad(image, [[0, 0], [0, 0], [0, missing], [0, 0]]) if missing else image


def _blur(levels: list[tf.Tensor], sigma: tf.Tensor, place: tuple[int, int, int]) -> tf.Tensor:
    """Rows `first` to before `last` of a Gaussian blur, (last - first, width, 3).

    Args:
        levels: The image, the half and the quarter of it, framed.
        sigma: Pixels of the whole image.
        place: first, last, and the image's width.
    """
    halvings = tf.math.log(sigma / _WIDE) / np.log(2.0) + 1
    level = tf.cast(tf.clip_by_value(halvings, 0.0, len(levels) - 1.0), tf.int32)
    branches = [
        partial(_blur_shrunk, image, sigma, level, place) for level, image in enumerate(levels)
    ]
    first, last, width = place
    return tf.ensure_shape(tf.switch_case(level, branches), (last - first, width, 3))


def _blur_shrunk(
    image: tf.Tensor, sigma: tf.Tensor, halvings: int, place: tuple[int, int, int]
) -> tf.Tensor:
    """Rows of a Gaussian blur by way of an image that was halved some times, and framed."""
    # Halving and doubling blur, too: by a variance of 0.75 squares of a pixel each.
    done = sum(1.5 * 4**level for level in range(halvings))
    taps = _gaussian(tf.sqrt((sigma**2 - done) / 4**halvings), _RADIUS)
    colours = tf.einsum("iod,o->id", _reflections(), _gaussian(sigma, _COLOUR_RADIUS))
    down = tf.tile(taps[:, None, None, None], (1, 1, 3 * _PACK, 1))
    along = tf.einsum("tkpq,t,io->kpiqo", _PLACES, taps, colours)
    along = tf.reshape(along, (1, _PLACES.shape[1], 3 * _PACK, 3 * _PACK))
    first, last, width = place
    rows, columns = (last - first - 1 >> halvings) + 1, (width - 1 >> halvings) + 1
    top = first >> halvings
    seen = image[:, top : top + rows + 2 * (halvings + _RADIUS)]
    seen = tf.reshape(seen, (1, seen.shape[1], -1, 3 * _PACK))
    seen = tf.nn.depthwise_conv2d(seen, down, (1, 1, 1, 1), "VALID")
    seen = tf.nn.conv2d(seen, along, 1, "VALID")
    seen = tf.reshape(seen, (1, seen.shape[1], -1, 3))
    for level in reversed(range(halvings)):
        doubled = (1, 2 * seen.shape[1], 2 * seen.shape[2], 3)
        seen = tf.nn.conv2d_transpose(seen, 4 * _HALVING, doubled, 2, "SAME")
        # Of the `level + 1` places beyond its edges, now twice as many, `level` shall remain.
        rows, columns = (last - first - 1 >> level) + 1, (width - 1 >> level) + 1
        begin = level + 2
        seen = seen[:, begin : begin + rows + 2 * level, begin : begin + columns + 2 * level]
    return seen[0, :rows, :columns]
