"""Operations of networks that TensorFlow's own are slow at, or whose gradients are.

They give the same numbers; they are here because a movie is hours of little else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from dreammovie.device import fused, tf
from dreammovie.networks import winograd


def conv2d_relu(images: tf.Tensor, kernel: Any, bias: Any, stride: int) -> tf.Tensor:
    """relu(convolution + bias), SAME-padded, quick to compute and to differentiate by the images.

    The gradient of a stride-2 convolution to a picture's three channels is usually found by
    a general routine that wastes most of a processor's width. Here it is an ordinary
    convolution at half the size, with the four pixels of each 2x2 block as channels. That of
    stride 1 is one, too, with the kernel turned: its weights are laid out once, not each time.

    Args:
        images: (B, H, W, C) of static H, W, or of any size where the quick ways do not apply.
        kernel: (k, k, C, D); cast to the dtype of `images`. One that is no NumPy array, because
            it is being trained, has TensorFlow's own gradients.
        bias: (D,); cast likewise.
        stride: Along both axes.

    Returns:
        (B, ceil(H / stride), ceil(W / stride), D).
    """

    def forward(images: tf.Tensor) -> tf.Tensor:
        seen = tf.nn.conv2d(images, tf.cast(kernel, images.dtype), stride, "SAME")
        return tf.nn.relu(tf.nn.bias_add(seen, tf.cast(bias, images.dtype)))

    height, width = images.shape[1:3]
    if not (isinstance(kernel, np.ndarray) and height and width):
        return forward(images)
    if stride == 1:
        turned = kernel[::-1, ::-1].transpose(0, 1, 3, 2)
        sides = [((side - 1) // 2, side // 2) for side in kernel.shape[:2]]
        margins = [[0, 0], *([before, after] for before, after in sides), [0, 0]]
        turned_margins = [pair[::-1] for pair in margins]
    elif stride == 2 and kernel.shape[2] <= 4:
        turned, turned_margins = _blocks_kernel(kernel, (height, width))
    else:
        return forward(images)

    @tf.custom_gradient
    def layer(images: tf.Tensor) -> tuple[tf.Tensor, Callable]:
        if stride == 1 and winograd.is_quick(images, kernel):
            seen = winograd.convolve(images, kernel, margins, bias=bias)
        else:
            seen = forward(images)

        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            if winograd.is_quick(upstream, turned):
                found = winograd.convolve(upstream, turned, turned_margins, alive=seen)
            else:
                upstream = tf.raw_ops.ReluGrad(gradients=upstream, features=seen)
                found = tf.nn.conv2d(upstream, tf.cast(turned, upstream.dtype), 1, turned_margins)
            return found if stride == 1 else _pixels(found)[:, :height, :width]

        return seen, gradient

    return layer(images)


def _pixels(blocks: tf.Tensor) -> tf.Tensor:
    """Images (B, 2 h, 2 w, C) of their 2x2 blocks (B, h, w, 4 C); depth_to_space uses one core."""
    _, height, width, depth = blocks.shape
    rows = tf.reshape(blocks, (-1, height, width, 2, depth // 2))
    return tf.reshape(tf.transpose(rows, (0, 1, 3, 2, 4)), (-1, 2 * height, 2 * width, depth // 4))


def _blocks_kernel(
    kernel: np.ndarray, size: tuple[int, int]
) -> tuple[np.ndarray, winograd.Margins]:
    """The kernel that takes a gradient back to 2x2 blocks of pixels, and its padding.

    Pixel 2 i + a of an axis was met by tap t of place o where 2 i + a = 2 o + t - before;
    with i - o = d, this is t = 2 d + a + before.
    """
    side, _, channels, depth = kernel.shape
    before = [max((-(-n // 2) - 1) * 2 + side - n, 0) // 2 for n in size]
    low = [-((margin + 1) // 2) for margin in before]  # the smallest d that meets a tap
    high = [(side - 1 - margin) // 2 for margin in before]
    rows, columns = (top - bottom + 1 for top, bottom in zip(high, low, strict=True))
    blocks = np.zeros((rows, columns, depth, 2, 2, channels), np.float32)
    for y, x, a, b in np.ndindex(rows, columns, 2, 2):
        down = 2 * (high[0] - y) + a + before[0]
        across = 2 * (high[1] - x) + b + before[1]
        if 0 <= down < side and 0 <= across < side:
            blocks[y, x, :, a, b] = kernel[down, across].T
    margins = [[0, 0], [high[0], -low[0]], [high[1], -low[1]], [0, 0]]
    return blocks.reshape(rows, columns, depth, 4 * channels), margins


def local_response_normalization(
    x: tf.Tensor, radius: int, bias: float, alpha: float, beta: float
) -> tf.Tensor:
    """Divides x by (bias + alpha * squares) ** beta, for the squares of the channels about each.

    The squares of 2 * radius + 1 channels are summed, `radius` on either side.

    It is computed in float32 whatever the dtype of `x`: a sum of squares needs its range
    (Krizhevsky et al. 2012). One pass over the activations pads them, and each further one
    reads sums of neighbours from what is padded: a sum that must ask at every channel whether
    there is a neighbour takes three times as long.
    """
    channels = x.shape[3]

    def pad(values: tf.Tensor) -> tf.Tensor:
        return tf.pad(values, [[0, 0], [0, 0], [0, 0], [radius, radius]])

    def own(padded: tf.Tensor) -> tf.Tensor:
        return padded[..., radius : radius + channels]

    def neighbours(padded: tf.Tensor) -> tf.Tensor:
        """The sum over the channels about each, times alpha."""
        windows = [padded[..., i : i + channels] for i in range(2 * radius + 1)]
        return alpha * tf.add_n(windows)

    def weakened(values: tf.Tensor, strength: tf.Tensor) -> tf.Tensor:
        """Divided by strength ** beta; for the usual exponents by roots, in a tenth of the time."""
        if beta == 0.5:
            return values / tf.sqrt(strength)
        if beta == 0.75:
            root = tf.sqrt(strength)
            return values / (root * tf.sqrt(root))
        return values / strength**beta

    @fused
    def forward(padded: tf.Tensor) -> tf.Tensor:
        wide = tf.cast(padded, tf.float32)
        return tf.cast(weakened(own(wide), bias + neighbours(wide**2)), x.dtype)

    @fused
    def along(padded: tf.Tensor, upstream: tf.Tensor) -> tf.Tensor:
        """The share of every channel in the gradient of its neighbours, padded."""
        wide, upstream = tf.cast(padded, tf.float32), tf.cast(upstream, tf.float32)
        strength = bias + neighbours(wide**2)
        return pad(weakened(upstream * own(wide), strength) / strength)

    @fused
    def backward(padded: tf.Tensor, upstream: tf.Tensor, shares: tf.Tensor) -> tf.Tensor:
        wide, upstream = tf.cast(padded, tf.float32), tf.cast(upstream, tf.float32)
        scaled = weakened(upstream, bias + neighbours(wide**2))
        return tf.cast(scaled - 2 * beta * own(wide) * neighbours(shares), x.dtype)

    @tf.custom_gradient
    def normalization(x: tf.Tensor) -> tuple[tf.Tensor, Callable]:
        padded = pad(x)

        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            return backward(padded, upstream, along(padded, upstream))

        return forward(padded), gradient

    return normalization(x)


def strength_normalization(x: tf.Tensor, faint: float) -> tf.Tensor:
    """Divides x by sqrt(faint + mean of squares of all channels of a place).

    x: (B, H, W, C) of any float dtype.

    Like `local_response_normalization`, it is fused, and computed in float32.
    """

    @fused
    def forward(x: tf.Tensor) -> tf.Tensor:
        wide = tf.cast(x, tf.float32)
        strength = faint + tf.reduce_mean(wide**2, axis=3, keepdims=True)
        return tf.cast(wide * tf.math.rsqrt(strength), x.dtype)

    @fused
    def backward(x: tf.Tensor, upstream: tf.Tensor) -> tf.Tensor:
        wide, upstream = tf.cast(x, tf.float32), tf.cast(upstream, tf.float32)
        scale = tf.math.rsqrt(faint + tf.reduce_mean(wide**2, axis=3, keepdims=True))
        along = tf.reduce_mean(wide * upstream, axis=3, keepdims=True)
        return tf.cast(scale * (upstream - wide * scale**2 * along), x.dtype)

    @tf.custom_gradient
    def normalization(x: tf.Tensor) -> tuple[tf.Tensor, Callable]:
        return forward(x), lambda upstream: backward(x, upstream)

    return normalization(x)
