"""Operations of networks that TensorFlow's own are slow at, or whose gradients are.

They give the same numbers; they are here because a movie is hours of little else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
        margins, turned, turned_margins = _turned(kernel)
    elif stride == 2 and kernel.shape[2] <= 4:
        turned, turned_margins = _blocks_kernel(kernel, (height, width))
    else:
        return forward(images)

    @tf.custom_gradient
    def layer(images: tf.Tensor) -> tuple[tf.Tensor, Callable]:
        if stride == 1 and winograd.is_quick(images, kernel):
            seen = winograd.convolve([images], kernel, margins, bias=bias)
        else:
            seen = forward(images)

        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            if winograd.is_quick(upstream, turned):
                found = winograd.convolve([upstream, seen], turned, turned_margins, images=_alive)
            else:
                alive = _alive(upstream, seen)
                found = tf.nn.conv2d(alive, tf.cast(turned, alive.dtype), 1, turned_margins)
            return found if stride == 1 else _pixels(found)[:, :height, :width]

        return seen, gradient

    return layer(images)


def convs2d_relu(
    images: tf.Tensor, kernels: Sequence[Any], biases: Sequence[Any]
) -> list[tf.Tensor]:
    """`conv2d_relu` of stride 1 by several kernels of one size, done as a single convolution.

    Forth, that is hardly quicker. Back, it makes one gradient of the images, in the place of one
    for each kernel and their sum: as 1x1 kernels multiply little, these take longer to be written
    and read than to be computed.

    Args:
        images, kernels, biases: As for `conv2d_relu`; where its quick ways do not apply, the
            kernels convolve one by one.

    Returns:
        What each kernel and bias give.
    """
    if None in images.shape[1:3] or not all(isinstance(k, np.ndarray) for k in kernels):
        return [conv2d_relu(images, *each, 1) for each in zip(kernels, biases, strict=True)]
    seen = conv2d_relu(images, np.concatenate(kernels, 3), np.concatenate(biases), 1)
    return tf.split(seen, [len(bias) for bias in biases], 3)


def conv2d_relu_normalized(
    images: tf.Tensor, kernel: Any, bias: Any, stride: int, normalization: LocalResponse
) -> tf.Tensor:
    """`normalization` of `conv2d_relu`, in float32 with fewer passes over the memory.

    The convolution makes the zeros beside the channels that the normalization pads them with,
    and the gradient passes both before anything else reads it.
    """
    if not (stride == 1 and isinstance(kernel, np.ndarray) and winograd.is_quick(images, kernel)):
        return normalization(conv2d_relu(images, kernel, bias, stride))
    margins, turned, turned_margins = _turned(kernel)
    beside = 2 * (normalization.radius,)
    padded_kernel = np.pad(kernel, [(0, 0), (0, 0), (0, 0), beside])
    padded_bias = np.pad(bias, beside)

    def alive(upstream: tf.Tensor, padded: tf.Tensor, shares: tf.Tensor) -> tf.Tensor:
        before = normalization.gradient(upstream, padded, shares)
        return _alive(before, normalization.own(padded))

    @tf.custom_gradient
    def layer(images: tf.Tensor) -> tuple[tf.Tensor, Callable]:
        padded = winograd.convolve([images], padded_kernel, margins, bias=padded_bias)

        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            made_of = [upstream, padded, fused(normalization.shares)(upstream, padded)]
            return winograd.convolve(made_of, turned, turned_margins, images=alive)

        return fused(normalization.forward)(padded), gradient

    return layer(images)


def _turned(kernel: np.ndarray) -> tuple[winograd.Margins, np.ndarray, winograd.Margins]:
    """The padding of a convolution of stride 1, and the kernel and padding of its gradient."""
    sides = [((side - 1) // 2, side // 2) for side in kernel.shape[:2]]
    margins = [[0, 0], *([before, after] for before, after in sides), [0, 0]]
    return margins, kernel[::-1, ::-1].transpose(0, 1, 3, 2), [pair[::-1] for pair in margins]


def _alive(upstream: tf.Tensor, seen: tf.Tensor) -> tf.Tensor:
    """The gradient before a relu that let `seen` through."""
    return tf.raw_ops.ReluGrad(gradients=upstream, features=seen)


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
    before = [max((math.ceil(n / 2) - 1) * 2 + side - n, 0) // 2 for n in size]
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


@dataclass(frozen=True)
class LocalResponse:
    """Divides x by (bias + alpha * squares) ** beta, for the squares of the channels about each.

    The squares of 2 * radius + 1 channels are summed, `radius` on either side.

    It is computed in float32 whatever the dtype of x: a sum of squares needs its range
    (Krizhevsky et al. 2012). One pass over the activations pads them, and each further one
    reads sums of neighbours from what is padded: a sum that must ask at every channel whether
    there is a neighbour takes three times as long. So does one that makes float32 of what it
    has cut out, and not before.

    Attributes:
        radius: Channels on either side that count.
        bias, alpha, beta: As above.
    """

    radius: int
    bias: float
    alpha: float
    beta: float

    def __call__(self, x: tf.Tensor) -> tf.Tensor:
        """Takes and gives (B, H, W, C); of any size, TensorFlow's own way, which is slower."""
        if None in x.shape[1:3]:
            return tf.nn.local_response_normalization(
                x, self.radius, self.bias, self.alpha, self.beta
            )

        @tf.custom_gradient
        def normalization(x: tf.Tensor) -> tuple[tf.Tensor, Callable]:
            padded = self._pad(x)

            def gradient(upstream: tf.Tensor) -> tf.Tensor:
                shares = fused(self.shares)(upstream, padded)
                return fused(self.gradient)(upstream, padded, shares)

            return fused(self.forward)(padded), gradient

        return normalization(x)

    def forward(self, padded: tf.Tensor) -> tf.Tensor:
        """The channels (B, H, W, C) of x, which has `radius` zeros on either side of them."""
        wide = _wide(padded)
        return tf.cast(self._weakened(self.own(wide), self._strength(wide)), padded.dtype)

    def shares(self, upstream: tf.Tensor, padded: tf.Tensor) -> tf.Tensor:
        """The part of every channel in the gradient of its neighbours, float32, padded."""
        upstream, padded = _wide(upstream), _wide(padded)
        strength = self._strength(padded)
        return self._pad(self._weakened(upstream * self.own(padded), strength) / strength)

    def gradient(self, upstream: tf.Tensor, padded: tf.Tensor, shares: tf.Tensor) -> tf.Tensor:
        """The gradient (B, H, W, C) with respect to x."""
        wide = _wide(padded)
        own = self._weakened(_wide(upstream), self._strength(wide))
        through_others = 2 * self.beta * self.own(wide) * self._neighbours(shares)
        return tf.cast(own - through_others, padded.dtype)

    def own(self, padded: tf.Tensor) -> tf.Tensor:
        """The channels without the zeros on either side."""
        return padded[..., self.radius : padded.shape[3] - self.radius]

    def _pad(self, x: tf.Tensor) -> tf.Tensor:
        return tf.pad(x, [[0, 0], [0, 0], [0, 0], [self.radius, self.radius]])

    def _strength(self, padded: tf.Tensor) -> tf.Tensor:
        return self.bias + self._neighbours(padded**2)

    def _neighbours(self, padded: tf.Tensor) -> tf.Tensor:
        """The sum over the channels about each, times alpha."""
        channels = padded.shape[3] - 2 * self.radius
        windows = [padded[..., i : i + channels] for i in range(2 * self.radius + 1)]
        return self.alpha * tf.add_n(windows)

    def _weakened(self, values: tf.Tensor, strength: tf.Tensor) -> tf.Tensor:
        """Divided by strength ** beta; for the usual exponents by roots, in a tenth of the time."""
        if self.beta == 0.5:
            return values / tf.sqrt(strength)
        if self.beta == 0.75:
            root = tf.sqrt(strength)
            return values / (root * tf.sqrt(root))
        return values / strength**self.beta


def _wide(values: tf.Tensor) -> tf.Tensor:
    return tf.cast(values, tf.float32)


def strength_normalization(x: tf.Tensor, faint: float) -> tf.Tensor:
    """Divides x by sqrt(faint + mean of squares of all channels of a place).

    x: (B, H, W, C) of any float dtype.

    Like `LocalResponse`, it is fused, and computed in float32.
    """

    @fused
    def forward(x: tf.Tensor) -> tf.Tensor:
        wide = _wide(x)
        strength = faint + tf.reduce_mean(wide**2, axis=3, keepdims=True)
        return tf.cast(wide * tf.math.rsqrt(strength), x.dtype)

    @fused
    def backward(x: tf.Tensor, upstream: tf.Tensor) -> tf.Tensor:
        # Two means of the same numbers take XLA longer than two products with this.
        shares = tf.fill((x.shape[3], 1), 1 / x.shape[3])
        wide, upstream = _wide(x), _wide(upstream)
        scale = tf.math.rsqrt(faint + tf.tensordot(wide**2, shares, 1))
        along = scale**3 * tf.tensordot(wide * upstream, shares, 1)
        return tf.cast(scale * upstream - along * wide, x.dtype)

    @tf.custom_gradient
    def normalization(x: tf.Tensor) -> tuple[tf.Tensor, Callable]:
        return forward(x), lambda upstream: backward(x, upstream)

    return normalization(x)
