"""Convolutions with less than half the multiplications, by Winograd's minimal filtering.

To make `m` rows of a convolution with `r` rows of taps, each of the `m` is the sum of `r` products.
By way of polynomials, `m + r - 1` products are enough, of sums of rows of the image with sums of
rows of the taps. For 3 rows of taps that is 8 products for 6 rows, in the place of 18; the sums
cost little. See Lavin and Gray 2015, arXiv:1509.09308; here it is done along the rows alone, since
the products then are convolutions along the columns, which processors' libraries are best at.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

from dreammovie.device import fused, gpus, tf

_POINTS = (0, 1, -1, 2, -2, 0.5, -0.5)  # where the polynomials meet; infinity is the eighth
_PRODUCTS = len(_POINTS) + 1
_LEAST = 5e8  # operations of the direct way; below, making the fused functions is not worth it

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
    taps_count, _, channels, depth = kernel.shape
    step = _PRODUCTS + 1 - taps_count  # rows of the result that are made at once
    blocks = math.ceil(height / step)
    of_taps = np.einsum("pr,rkcd->pkcd", _values(taps_count), kernel).astype(np.float32)
    of_products = _values(step).T.astype(np.float32)[..., None, None]
    # What the rows of a block, and of the block after it, weigh in each sum.
    of_image = np.zeros((_PRODUCTS, 2 * step), np.float32)
    of_image[:, :_PRODUCTS] = np.linalg.inv(_values(_PRODUCTS)).T.round(9)

    @fused
    def framed(*made_of: tf.Tensor) -> tf.Tensor:
        above = margins[1][0]
        below = (blocks + 1) * step - height - above
        return tf.pad(images(*made_of), [[0, 0], [above, below], [0, 0], [0, 0]])

    @fused
    def sums(framed: tf.Tensor, weights: tf.Tensor) -> list[tf.Tensor]:
        """All in one pass, since they share nothing: XLA makes what is shared before the rest.

        So each weighs all rows before it takes some, by numbers that XLA cannot compare.
        """
        rows = tf.reshape(framed, (-1, blocks + 1, step, width, channels))
        found = []
        both = map(tf.unstack, tf.unstack(weights))
        for share, own, after in zip(of_image, *both, strict=True):
            met = tf.unstack((rows * own)[:, :-1], axis=2)
            met += tf.unstack((rows * after)[:, 1:], axis=2)
            found.append(tf.add_n([met[row] for row in np.flatnonzero(share)]))
        return found

    @fused
    def result(products: list[tf.Tensor]) -> tf.Tensor:
        parts = [
            of_products[:, product] * rows[:, :, None] for product, rows in enumerate(products)
        ]
        made = tf.reshape(tf.add_n(parts), (-1, blocks * step, width, depth))[:, :height]
        return made if bias is None else tf.nn.relu(made + bias)

    weights = of_image.reshape(_PRODUCTS, 2, step, 1, 1).swapaxes(0, 1)
    seen = sums(framed(*made_of), weights)
    along = [[0, 0], [0, 0], margins[2], [0, 0]]
    pairs = zip(seen, of_taps, strict=True)
    return result([tf.nn.conv2d(rows, taps[None], 1, along) for rows, taps in pairs])


def _values(degree: int) -> np.ndarray:
    """float64 (products, degree): powers of each point; at infinity the highest counts alone."""
    powers = np.vander(_POINTS, degree, increasing=True)
    return np.vstack([powers, np.eye(degree)[-1]])
