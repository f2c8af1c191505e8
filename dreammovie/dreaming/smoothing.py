"""The shaping "smooth": a gradient made even over the picture, and blurred at three widths."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from dreammovie.device import AT_ONCE, compiled, fused, in_parts, tf

Cut = Callable[[tf.Tensor], tf.Tensor]
"""Gives rows of an image, for their numbers int32 (n,), as `AXES`: float32 (3, n, W)."""


_REACH = 100.0  # of the local normalisation, pixels: about one creature of a dream
_FLOOR = 0.05  # share of the whole image's energy that a flat place is taken to have
_TINY = 1e-12  # added to the strength, so that no gradient is no step
_LEAST_ENERGY = 1e-30  # where nothing is anywhere; a gradient's square is far above it

AXES = np.array([[1, 1, 1], [1, 0, -1], [1, -2, 1]], np.float32)
AXES /= np.linalg.norm(AXES, axis=1, keepdims=True)
"""float32 (axis, colour): light, red against blue, and green against both, all of length 1.

A blur across the colours, mirrored at red and at blue, only weakens each: the second more than
the first, the third more than the second. A wide one leaves nothing but light.
"""

_WIDE = 2.5  # pixels; a wider blur is done on a smaller image
_HALVINGS = 2  # that make it smaller, at most; each leaves one axis of the colours less
_RADIUS = 8  # of the taps of a blur, pixels: more than three times as wide
_COLOUR_RADIUS = 27  # covers three deviations of the widest
_BEYOND = (39, 19, 9)  # pixels met beyond a strip and its halves: 9 = 8 + 1, 19 = 2 * 9 + 1
_STRIP = 2**22  # pixels that are blurred at once, for what is needed meanwhile
_SMALL = 2**17  # pixels of an image that is better blurred whole, for what strips share


def smooth(shape: tuple[int, int]) -> Callable[[tf.Tensor, float], tuple[tf.Tensor, tf.Tensor]]:
    """Even over the picture, smoothed at three widths: the frame-sequence movies' look.

    The evenness comes from dividing by the local strength of the gradient, a smooth
    field; the scripts of that lineage divided each tile by its own deviation, which
    shows the tiles. The smoothing is theirs: Gaussians of half, once and twice sigma
    are summed, and they run across the colours too, which keeps the picture's palette.
    """
    # As tensors they are held once; every function would hold arrays some times over.
    (down, up), (across, back) = (map(tf.constant, _spreading(side)) for side in shape)

    @fused
    def energy_of(gradient: tf.Tensor) -> tf.Tensor:
        return tf.reduce_mean(gradient**2, axis=2)

    @fused
    def evened(gradient: tf.Tensor, rows: tf.Tensor, energy: tf.Tensor) -> tf.Tensor:
        return on_axes(tf.gather(gradient, rows) * tf.math.rsqrt(energy)[..., None])

    @compiled
    def shaped(gradient: tf.Tensor, blurs: Blurs) -> tuple[tf.Tensor, tf.Tensor]:
        energy = energy_of(gradient)
        floor = _FLOOR * tf.reduce_mean(energy) + _LEAST_ENERGY
        cells = tf.matmul(down, tf.matmul(energy, across, transpose_b=True))
        cells = tf.matmul(up, cells)

        def even(rows: tf.Tensor) -> tf.Tensor:
            local = tf.matmul(tf.gather(cells, rows), back, transpose_b=True)
            return evened(gradient, rows, local + floor)

        blurred = smooth_at_three_widths(even, shape, blurs)
        return blurred, tf.sqrt(tf.reduce_mean(energy_of(blurred))) + _TINY

    return lambda gradient, sigma: shaped(gradient, three_blurs(sigma))


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


class Blurs(NamedTuple):
    """Three Gaussian blurs, over rows and columns and across the colours, the widest first.

    Attributes:
        taps: Of each where it is done, float32 (3, 17).
        left: What each leaves of `AXES`, float32 (3, 3).
        halvings: How often the image is halved for the widest; for the next, once less.
    """

    taps: Any
    left: Any
    halvings: int


def three_blurs(sigma: float) -> Blurs:
    """Blurs of twice sigma, sigma, and half of it.

    A wide one is done on a smaller image, where it is narrow: a quarter or a sixteenth of the
    pixels, and as much less of the kernel. Even of white noise it differs by less than 1 %.

    Args:
        sigma: Pixels, up to 4.5.
    """
    widths = sigma * np.array([2, 1, 0.5])
    halvings = int(np.clip(np.log2(widths[0] / _WIDE) + 1, 0, _HALVINGS))
    shrunk = 4.0 ** np.maximum(halvings - np.arange(3), 0)  # how many pixels to one
    # Halving and doubling blur, too: each by a variance of 0.75 squares of a pixel.
    taps = _gaussians(np.sqrt((widths**2 - (shrunk - 1) / 2) / shrunk), _RADIUS)
    offsets = np.arange(-_COLOUR_RADIUS, _COLOUR_RADIUS + 1)
    left = _gaussians(widths, _COLOUR_RADIUS) @ np.cos(np.pi / 3 * np.outer(offsets, range(3)))
    return Blurs(taps.astype(np.float32), left.astype(np.float32), halvings)


def _gaussians(widths: np.ndarray, radius: int) -> np.ndarray:
    """(n, 2 * radius + 1), each with the sum 1; nothing beyond three deviations."""
    offsets = np.arange(-radius, radius + 1)
    taps = np.exp(-0.5 * (offsets / widths[:, None]) ** 2)
    taps[np.abs(offsets) > np.ceil(3 * widths[:, None])] = 0
    return taps / taps.sum(axis=1, keepdims=True)


def on_axes(image: tf.Tensor) -> tf.Tensor:
    """The colours of an image, float32 (H, W, 3), along `AXES`: float32 (3, H, W)."""
    colours = tf.unstack(tf.transpose(image, (2, 0, 1)))
    return tf.add_n([AXES[:, number, None, None] * colours[number] for number in range(3)])


def smooth_at_three_widths(cut: Cut, shape: tuple[int, int], blurs: Blurs) -> tf.Tensor:
    """The sum of three blurs of an image.

    A large image is blurred in strips, for what is needed meanwhile.

    Args:
        cut: Gives parts of the image.
        shape: Its (height, width).
        blurs: From `three_blurs`.

    Returns:
        float32 (height, width, 3).
    """
    height, width = shape
    count = math.ceil(AT_ONCE * height * width / _STRIP)
    if height * width >= _SMALL:
        count = max(count, AT_ONCE)
    length = math.ceil(height / (count << _HALVINGS)) << _HALVINGS  # of a strip
    more = -width % (1 << _HALVINGS)

    def strip(number: tf.Tensor) -> tuple[tf.Tensor, tuple[tf.Tensor]]:
        """Which rows the strip of a number has, and their blurs."""
        first = number * length
        rows = first + tf.range(-_BEYOND[0], length + _BEYOND[0])
        planes = _with_sides(cut(_mirrored(rows, height)), more)
        return first + tf.range(length), (_blurred(planes, blurs)[:, :width],)

    return in_parts(count, [(count * length, width, 3)], strip)[0][:height]


def _mirrored(places: tf.Tensor, length: int) -> tf.Tensor:
    """The places of an axis that are met beyond its ends, where the image is mirrored."""
    places = places % (2 * length)
    return tf.where(places < length, places, 2 * length - 1 - places)


@fused
def _with_sides(planes: tf.Tensor, more: int) -> tf.Tensor:
    """Planes (n, h, w) with the columns met beyond their sides, and some more at the end."""

    def after(planes: tf.Tensor, count: int) -> tf.Tensor:
        turned, width = planes[..., ::-1], planes.shape[2]
        if count <= width:
            return turned[..., :count]
        return tf.concat([turned, after(turned, count - width)], axis=2)

    before = after(planes[..., ::-1], _BEYOND[0])[..., ::-1]
    return tf.concat([before, planes, after(planes, _BEYOND[0] + more)], axis=2)


def _blurred(planes: tf.Tensor, blurs: Blurs) -> tf.Tensor:
    """The sum of the blurs of a strip.

    Args:
        planes: The strip and `_BEYOND` it along `AXES`, float32 (3, rows + 78, columns + 78);
            rows and columns are multiples of 4.
        blurs: From `three_blurs`.

    Returns:
        float32 (rows, columns, 3).
    """
    levels = [planes]
    for _ in range(blurs.halvings):
        levels.append(_halved(levels[-1]))
    smaller = None
    for level in range(blurs.halvings, -1, -1):
        spare = _BEYOND[level] - _RADIUS - min(level, 1)  # doubling needs one pixel more
        total = None
        for blur in range(3):
            if level == max(0, blurs.halvings - blur):
                left = blurs.left[blur, : levels[level].shape[0], None]
                seen = _down(levels[level], left * blurs.taps[blur], spare)
                total = _along(seen, blurs.taps[blur], total)
        if level:
            smaller = _repeated(total if smaller is None else _joined(total, smaller))
    return _colours(total, smaller)


@fused
def _down(planes: tf.Tensor, taps: tf.Tensor, spare: int) -> tf.Tensor:
    """Planes (n, h, w) blurred along their columns by taps (n, 17), without their spare sides."""
    _, height, width = planes.shape
    planes = planes[:, spare : height - spare, spare : width - spare]
    rows = planes.shape[1] - 2 * _RADIUS
    met = [planes[:, tap : tap + rows] for tap in range(2 * _RADIUS + 1)]
    weights = tf.unstack(taps[..., None, None], axis=1)
    return tf.add_n([a * b for a, b in zip(met, weights, strict=True)])


@fused
def _along(planes: tf.Tensor, taps: tf.Tensor, others: tf.Tensor | None) -> tf.Tensor:
    """Planes (n, h, w) blurred along their rows by taps (17,), and others added."""
    columns = planes.shape[2] - 2 * _RADIUS
    met = [planes[..., tap : tap + columns] for tap in range(2 * _RADIUS + 1)]
    blurred = tf.add_n([a * b for a, b in zip(met, tf.unstack(taps), strict=True)])
    return blurred if others is None else others + blurred


@fused
def _halved(planes: tf.Tensor) -> tf.Tensor:
    """All planes but the last, half as large: four pixels of each side weigh 1, 3, 3, 1."""
    planes = planes[:-1]
    rows, columns = (2 * (side // 2 - 1) for side in planes.shape[1:])
    met = [planes[:, tap : tap + rows : 2] for tap in range(4)]
    planes = met[0] + 3 * (met[1] + met[2]) + met[3]
    met = [planes[..., tap : tap + columns : 2] for tap in range(4)]
    return (met[0] + 3 * (met[1] + met[2]) + met[3]) / 64


@fused
def _repeated(planes: tf.Tensor) -> tf.Tensor:
    """Planes (n, h, w) with each pixel as a square of four; `_doubled` makes them smooth."""
    number, height, width = planes.shape
    squares = tf.broadcast_to(planes[:, :, None, :, None], (number, height, 2, width, 2))
    return tf.reshape(squares, (number, 2 * height, 2 * width))


def _doubled(repeated: tf.Tensor, size: tf.TensorShape) -> tf.Tensor:
    """The middle of planes `_repeated`, of a size (rows, columns): 1, 3, 3, 1 once more."""
    spare = (repeated.shape[1] - size[0]) // 2 - 1
    planes = repeated[:, spare : spare + size[0] + 2, spare : spare + size[1] + 2]
    planes = planes[:, :-2] + 2 * planes[:, 1:-1] + planes[:, 2:]
    return (planes[..., :-2] + 2 * planes[..., 1:-1] + planes[..., 2:]) / 16


@fused
def _joined(planes: tf.Tensor, repeated: tf.Tensor) -> tf.Tensor:
    """Planes, and the doubled ones added to all but the last."""
    return tf.concat([planes[:-1] + _doubled(repeated, planes.shape[1:]), planes[-1:]], axis=0)


@fused
def _colours(planes: tf.Tensor, repeated: tf.Tensor | None) -> tf.Tensor:
    """Planes along `AXES`, and the doubled ones if any, as colours: float32 (h, w, 3)."""
    planes = tf.unstack(planes)
    if repeated is not None:
        for axis, doubled in enumerate(tf.unstack(_doubled(repeated, planes[0].shape))):
            planes[axis] += doubled
    return tf.add_n([plane[..., None] * axis for plane, axis in zip(planes, AXES, strict=True)])
