"""Convolutions with less than half the multiplications, by Winograd's minimal filtering.

To make `m` rows of a convolution with `r` rows of taps, each of the `m` is the sum of `r` products.
By way of polynomials, `m + r - 1` products are enough, of sums of rows of the image with sums of
rows of the taps. For 3 rows of taps that is 8 products for 6 rows, in the place of 18; the sums
cost little. See Lavin and Gray 2015, arXiv:1509.09308.

Each of the products is a convolution along the columns. For 3 by 3 taps and many channels it is
made in the same way, 6 products for 4 columns: two ninths of the multiplications are left. For few
channels the sums would cost more than they save, and the processors' libraries are best at such
convolutions.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import numpy as np

from dreammovie.device import fused, gpus, tf

_POINTS = (0, 1, -1, 2, -2, 0.5, -0.5)  # where the polynomials meet; infinity is the eighth
# Along the columns, too, these would round three times as coarsely; fewer add a quarter to it.
_POINTS_OF_COLUMNS = (0, 0.625, -0.625, 1.5, -1.5)
_LEAST = 5e8  # operations of the direct way; below, making the fused functions is not worth it
_MANY = 64  # channels, of the images and of the result, from which on columns are worth it, too

_seldom = ContextVar("_seldom", default=False)

Margins = list[list[int]]
"""Zeros before and after an image, [[0, 0], [above, below], [left, right], [0, 0]]."""


@contextmanager
def seldom() -> Iterator[None]:
    """What is traced meanwhile runs too seldom to make up for the fused functions of `convolve`."""
    token = _seldom.set(True)
    try:
        yield
    finally:
        _seldom.reset(token)


def is_quick(images: tf.Tensor, kernel: np.ndarray) -> bool:
    """Whether `convolve` is the quick way to convolve images (B, H, W, C) on this machine."""
    height, width = images.shape[1:3]
    if gpus or _seldom.get() or images.dtype != tf.float32 or not (height and width):
        return False
    return 3 <= len(kernel) <= 5 and 2 * height * width * kernel.size >= _LEAST


def convolve(
    made_of: Sequence[tf.Tensor],
    kernel: np.ndarray,
    margins: Margins,
    *,
    images: Callable[..., tf.Tensor] = tf.identity,
    bias: np.ndarray | None = None,
) -> tf.Tensor:
    """A convolution of stride 1 that leaves images as large as they are.

    Args:
        made_of: What the images are made of; the first is (B, H, W, any) of static H, W.
        kernel: float32 (r, k, C, D), 3 <= r <= 5.
        margins: What is missing of H and W; together r - 1 and k - 1.
        images: Makes the images, float32 (B, H, W, C), in the pass that gives them their margins.
        bias: float32 (D,); if given, the result is relu(convolution + bias).

    Returns:
        float32 (B, H, W, D), as precise as a sum of that many float32 numbers.
    """
    height, width = made_of[0].shape[1:3]
    channels, depth = kernel.shape[2:]
    rows = _Axis(height, kernel.shape[0], _POINTS)
    columns = _Axis(width, kernel.shape[1], _POINTS_OF_COLUMNS)
    both = kernel.shape[:2] == (3, 3) and min(channels, depth) >= _MANY
    beside = columns.margins(margins[2]) if both else [0, 0]

    @fused
    def framed(*made_of: tf.Tensor) -> tf.Tensor:
        return tf.pad(images(*made_of), [[0, 0], rows.margins(margins[1]), beside, [0, 0]])

    @fused
    def sums(framed: tf.Tensor, weights: tf.Tensor) -> list[tf.Tensor]:
        """All in one pass, since they share nothing: XLA makes what is shared before the rest.

        So each weighs all rows before it takes some, by numbers that XLA cannot compare.
        """
        blocks = tf.reshape(framed, (-1, rows.blocks + 1, rows.step, framed.shape[2], channels))
        found = []
        weighed = map(tf.unstack, tf.unstack(weights))
        for share, own, after in zip(rows.of_image, *weighed, strict=True):
            met = tf.unstack((blocks * own)[:, :-1], axis=2)
            met += tf.unstack((blocks * after)[:, 1:], axis=2)
            found.append(tf.add_n([met[row] for row in np.flatnonzero(share)]))
        return found

    @fused
    def result(products: list[tf.Tensor]) -> tf.Tensor:
        weights = rows.of_products.T[..., None, None]
        parts = [own * each[:, :, None] for own, each in zip(weights, products, strict=True)]
        shape = (-1, rows.blocks * rows.step, products[0].shape[2], depth)
        made = tf.reshape(tf.add_n(parts), shape)[:, :height, :width]
        return made if bias is None else tf.nn.relu(made + bias)

    weights = rows.of_image.reshape(-1, 2, rows.step, 1, 1).swapaxes(0, 1)
    seen = sums(framed(*made_of), weights)
    of_taps = np.einsum("pr,rkcd->pkcd", rows.of_taps, kernel)
    if both:
        return result(_along_columns(columns, seen, of_taps))
    along = [[0, 0], [0, 0], margins[2], [0, 0]]
    pairs = zip(seen, of_taps.astype(np.float32), strict=True)
    return result([tf.nn.conv2d(each, taps[None], 1, along) for each, taps in pairs])


def _along_columns(
    columns: _Axis, seen: Sequence[tf.Tensor], of_taps: np.ndarray
) -> list[tf.Tensor]:
    """Convolutions along the columns, whose products are those of matrices.

    Args:
        columns: They.
        seen: float32 (B, h, w, C), with margins.
        of_taps: For each of these, float64 (k, C, D).

    Returns:
        float32 (B, h, w, D) for each, some columns more than are wanted.
    """
    channels, depth = of_taps.shape[2:]
    of_taps = np.einsum("qk,pkcd->pqcd", columns.of_taps, of_taps).astype(np.float32)
    with tf.init_scope():  # a graph would copy them again and again while it is made
        matrices = tf.unstack(tf.constant(of_taps))

    @fused
    def sums(seen: tf.Tensor) -> tf.Tensor:
        blocks = tf.reshape(seen, (-1, columns.blocks + 1, columns.step, channels))
        met = tf.unstack(blocks[:, :-1], axis=2) + tf.unstack(blocks[:, 1:], axis=2)
        weights = columns.of_image.T[: columns.products, :, None, None, None]
        parts = [own * each for own, each in zip(weights, met, strict=False)]
        return tf.reshape(tf.add_n(parts), (columns.products, -1, channels))

    @fused
    def result(products: tf.Tensor) -> tf.Tensor:
        weights = columns.of_products.T[..., None]
        parts = [
            own * each[:, None] for own, each in zip(weights, tf.unstack(products), strict=True)
        ]
        height = seen[0].shape[1]
        return tf.reshape(tf.add_n(parts), (-1, height, columns.blocks * columns.step, depth))

    return [result(tf.matmul(sums(each), taps)) for each, taps in zip(seen, matrices, strict=True)]


@dataclass(frozen=True)
class _Axis:
    """An axis of images, and of what is made of them block by block.

    Attributes:
        length: Places along it.
        taps: Of the kernel along it.
        points: Where the polynomials meet.
    """

    length: int
    taps: int
    points: tuple[float, ...]

    @property
    def products(self) -> int:
        """Products for a block, one of them at infinity."""
        return len(self.points) + 1

    @property
    def step(self) -> int:
        """Places of a block, which are made at once."""
        return self.products + 1 - self.taps

    @property
    def blocks(self) -> int:
        return math.ceil(self.length / self.step)

    def margins(self, missing: list[int]) -> list[int]:
        """Zeros before and after the images, so that there is a block after each that is made."""
        before = missing[0]
        return [before, (self.blocks + 1) * self.step - self.length - before]

    @property
    def of_taps(self) -> np.ndarray:
        """What each tap weighs in each product, float64 (products, taps)."""
        return self._values(self.taps)

    @property
    def of_image(self) -> np.ndarray:
        """What the places of a block, and of the one after it, weigh, float32 (products, ...)."""
        weights = np.zeros((self.products, 2 * self.step), np.float32)
        weights[:, : self.products] = np.linalg.inv(self._values(self.products)).T.round(9)
        return weights

    @property
    def of_products(self) -> np.ndarray:
        """What each product weighs at each place of a block, float32 (step, products)."""
        return self._values(self.step).T.astype(np.float32)

    def _values(self, degree: int) -> np.ndarray:
        """float64 (products, degree): powers of points; at infinity the highest counts alone."""
        powers = np.vander(self.points, degree, increasing=True)
        return np.vstack([powers, np.eye(degree)[-1]])
