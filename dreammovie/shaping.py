"""How a raw gradient becomes a direction worth taking: the look of a recipe.

A raw gradient is strong where the picture is busy, weak in its skies, and full of
noise that the network likes and people do not. Each shaping takes the gradient of a
whole image, float32 (H, W, 3), and gives a direction of the same shape, of about one grey
level, so that a step size means grey levels.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from dreammovie.device import fused, in_parts, tf

Cut = Callable[[Any, Any], tf.Tensor]
"""Gives the pixels, float32 (n, m, 3), where rows int32 (n,) and columns int32 (m,) meet."""

Shaping = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
"""(gradient float32 (H, W, 3), sigma float32 ()) -> direction float32 (H, W, 3)."""

_REACH = 100.0  # of the local normalisation, pixels: about one creature of a dream
_FLOOR = 0.05  # share of the whole image's energy that a flat place is taken to have
_COLOUR_RADIUS = 27  # covers three deviations of the widest smoothing
_WIDE = 2.5  # pixels; a wider blur is done on a smaller image
_HALVINGS = 2  # that make it smaller, at most
_RADIUS = 8  # of the taps of a blur, pixels: more than three times as wide
_BEYOND = (43, 21, 10)  # pixels met beyond a strip and its halves: 10 = 8 + 2, 21 = 2 * 10 + 1
_PACK = 8  # pixels of a row that are one place with 24 channels, as processors like it
_SPARE = 28  # pixels met beyond that, so that a row of the quarter ends with a whole place
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
    (down, up), (across, back) = (_spreading(side) for side in shape)

    @fused
    def strength_of(gradient: tf.Tensor) -> tf.Tensor:
        return tf.reduce_mean(tf.abs(gradient), axis=2)

    @fused
    def energy_of(gradient: tf.Tensor, strength: tf.Tensor) -> tf.Tensor:
        return tf.reduce_mean((gradient / strength) ** 2, axis=2)

    @fused
    def evened(
        gradient: tf.Tensor, rows: Any, columns: Any, strength: tf.Tensor, energy: tf.Tensor
    ) -> tf.Tensor:
        cut = tf.gather(tf.gather(gradient, rows), columns, axis=1)
        return cut / strength / tf.sqrt(energy + _TINY)[..., None]

    def direction(gradient: tf.Tensor, sigma: tf.Tensor) -> tf.Tensor:
        strength = tf.reduce_mean(strength_of(gradient)) + _TINY
        energy = energy_of(gradient, strength)
        floor = _FLOOR * tf.reduce_mean(energy)
        cells = tf.matmul(down, tf.matmul(energy, across, transpose_b=True))
        cells = tf.matmul(up, cells)

        def even(rows: tf.Tensor, columns: tf.Tensor) -> tf.Tensor:
            local = tf.matmul(tf.gather(cells, rows), tf.gather(back, columns), transpose_b=True)
            return evened(gradient, rows, columns, strength, local + floor)

        with tf.control_dependencies([cells]):  # so long, the memory for it serves the network
            blurred = smooth_at_three_widths(even, shape, sigma)
        return blurred / (tf.sqrt(tf.reduce_mean(energy_of(blurred, tf.ones(())))) + _TINY)

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


def smooth_at_three_widths(cut: Cut, shape: tuple[int, int], sigma: tf.Tensor) -> tf.Tensor:
    """The sum of three Gaussian blurs of an image: sigma / 2, sigma and 2 sigma.

    They run over rows and columns and across the colours. A wide one is done on a smaller image,
    where it is narrow: a quarter or a sixteenth of the pixels, and as much less of the kernel.
    Even of white noise it differs by less than 1 %.

    A large image is blurred in strips, one after the other, for what is needed meanwhile.

    Args:
        cut: Gives parts of the image.
        shape: Its (height, width).
        sigma: float32 (), pixels, up to 4.5.

    Returns:
        float32 (height, width, 3).
    """
    height, width = shape
    count = -(-height * width // _STRIP)
    length = -(-height // (count << _HALVINGS)) << _HALVINGS  # of a strip
    columns = -(-width >> _HALVINGS) << _HALVINGS
    across = _mirrored(tf.range(-_BEYOND[0], columns + _BEYOND[0] + _SPARE), width)

    def strip(number: tf.Tensor) -> tuple[tf.Tensor, tuple[tf.Tensor]]:
        """Which rows the strip of a number has, and their blurs."""
        first = number * length
        down = _mirrored(first + tf.range(-_BEYOND[0], length + _BEYOND[0]), height)
        levels = [cut(down, across)[None]]
        for _ in range(_HALVINGS):
            levels.append(tf.nn.conv2d(levels[-1], _HALVING, 2, "VALID"))
        levels = [_packed(*level, (length, columns)) for level in enumerate(levels)]
        blurs = []
        for times in (2, 1, 0.5):
            blurs.append(_blur(levels, sigma * times, (length, columns)))
            levels.pop()  # a blur half as wide has no use for the smallest of them
        return first + tf.range(length), (tf.add_n(blurs)[:, :width],)

    return in_parts(count, [(count * length, width, 3)], strip)[0][:height]


def _mirrored(places: Any, length: int) -> Any:
    """The places of an axis that are met beyond its ends, where the image is mirrored."""
    places = places % (2 * length)
    return tf.where(places < length, places, 2 * length - 1 - places)


def _blur(levels: list[tf.Tensor], sigma: tf.Tensor, size: tuple[int, int]) -> tf.Tensor:
    """A Gaussian blur of a strip of `size` (rows, columns), float32 (rows, columns, 3).

    Args:
        levels: The strip, the half and the quarter of it, `_packed`.
        sigma: Pixels of the whole image.
        size: Multiples of 4.
    """
    halvings = tf.math.log(sigma / _WIDE) / np.log(2.0) + 1
    level = tf.cast(tf.clip_by_value(halvings, 0.0, len(levels) - 1.0), tf.int32)
    branches = [
        partial(_blur_shrunk, strip, sigma, level, size) for level, strip in enumerate(levels)
    ]
    return tf.ensure_shape(tf.switch_case(level, branches), (*size, 3))


def _packed(halvings: int, strip: tf.Tensor, size: tuple[int, int]) -> tf.Tensor:
    """What a blur meets of a strip that was halved some times, `_PACK` pixels in each place."""
    # Around it, a blur needs its radius, and each doubling a place.
    begin = _BEYOND[halvings] - _RADIUS - halvings
    rows, columns = ((side >> halvings) + 2 * (_RADIUS + halvings) for side in size)
    columns += -columns % _PACK
    seen = strip[:, begin : begin + rows, begin : begin + columns]
    return tf.reshape(seen, (1, rows, -1, 3 * _PACK))


def _blur_shrunk(
    packed: tf.Tensor, sigma: tf.Tensor, halvings: int, size: tuple[int, int]
) -> tf.Tensor:
    """A Gaussian blur of a strip by way of one that was halved some times, and `_packed`."""
    # Halving and doubling blur, too: by a variance of 0.75 squares of a pixel each.
    done = sum(1.5 * 4**level for level in range(halvings))
    taps = _gaussian(tf.sqrt((sigma**2 - done) / 4**halvings), _RADIUS)
    colours = tf.einsum("iod,o->id", _reflections(), _gaussian(sigma, _COLOUR_RADIUS))
    down = tf.tile(taps[:, None, None, None], (1, 1, 3 * _PACK, 1))
    along = tf.einsum("tkpq,t,io->kpiqo", _PLACES, taps, colours)
    along = tf.reshape(along, (1, _PLACES.shape[1], 3 * _PACK, 3 * _PACK))
    seen = tf.nn.depthwise_conv2d(packed, down, (1, 1, 1, 1), "VALID")
    seen = tf.nn.conv2d(seen, along, 1, "VALID")
    seen = tf.reshape(seen, (1, seen.shape[1], -1, 3))
    for level in reversed(range(halvings)):
        doubled = (1, 2 * seen.shape[1], 2 * seen.shape[2], 3)
        seen = tf.nn.conv2d_transpose(seen, 4 * _HALVING, doubled, 2, "SAME")
        # Of the `level + 1` places beyond its edges, now twice as many, `level` shall remain.
        rows, columns = ((side >> level) + 2 * level for side in size)
        begin = level + 2
        seen = seen[:, begin : begin + rows, begin : begin + columns]
    return seen[0, :, : size[1]]
