"""Operations of our own give TensorFlow's numbers, and its gradients."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dreammovie.device import tf
from dreammovie.networks import winograd
from dreammovie.networks.operations import (
    LocalResponse,
    conv2d_relu,
    conv2d_relu_normalized,
    convs2d_relu,
    strength_normalization,
)


def value_and_gradient(function, x):
    """What comes out, and the gradient of a score that no symmetry makes easy."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = tf.cast(function(x), tf.float32)
        weights = np.random.default_rng(9).normal(size=value.shape).astype(np.float32)
        score = tf.reduce_sum(weights * tf.sin(value))
    return value.numpy(), tf.cast(tape.gradient(score, x), tf.float32).numpy()


def assert_same(ours, theirs, x, tolerance=1e-5):
    for mine, true in zip(value_and_gradient(ours, x), value_and_gradient(theirs, x), strict=True):
        assert np.linalg.norm(mine - true) <= tolerance * np.linalg.norm(true)


def plain(kernel, bias, stride):
    """relu(convolution + bias) by TensorFlow's own operations."""
    return lambda x: tf.nn.relu(tf.nn.conv2d(x, kernel, stride, "SAME") + bias)


@given(
    height=st.integers(1, 20),
    width=st.integers(1, 20),
    side=st.integers(1, 8),
    channels=st.integers(1, 5),
    stride=st.integers(1, 3),
    quick=st.booleans(),
)
@settings(max_examples=60)
def test_convolution(height, width, side, channels, stride, quick):
    rng = np.random.default_rng(0)
    x = tf.constant(rng.normal(size=(2, height, width, channels)), tf.float32)
    kernel = rng.normal(size=(side, side, channels, 4)).astype(np.float32)
    bias = rng.normal(size=4).astype(np.float32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(winograd, "_LEAST", 0 if quick else np.inf)
        patch.setattr(winograd, "_MANY", 0)
        assert_same(lambda x: conv2d_relu(x, kernel, bias, stride), plain(kernel, bias, stride), x)


@pytest.mark.parametrize("used", [(0, 1, 2), (1,)])
@pytest.mark.parametrize("size", [(5, 6), (None, 6)])
def test_convolutions_of_the_same_images(size, used):
    """All of them as one give what each gives alone, even where the others are not used."""
    rng = np.random.default_rng(0)
    x = tf.constant(rng.normal(size=(2, 5, 6, 7)), tf.float32)
    kernels = [rng.normal(size=(1, 1, 7, count)).astype(np.float32) for count in (4, 1, 9)]
    biases = [rng.normal(size=kernel.shape[3]).astype(np.float32) for kernel in kernels]

    @tf.function(input_signature=[tf.TensorSpec((2, *size, 7))], autograph=False)
    def ours(x):
        seen = convs2d_relu(x, kernels, biases)
        return tf.concat([seen[number] for number in used], 3)

    def theirs(x):
        return tf.concat([plain(kernels[number], biases[number], 1)(x) for number in used], 3)

    assert_same(ours, theirs, x)


@given(
    size=st.tuples(st.integers(1, 20), st.integers(1, 20)),
    side=st.integers(3, 5),
    radius=st.integers(1, 5),
    stride=st.integers(1, 2),
    quick=st.booleans(),
)
@settings(max_examples=20)
def test_normalized_convolution(size, side, radius, stride, quick):
    rng = np.random.default_rng(0)
    x = tf.constant(rng.normal(size=(2, *size, 3)), tf.float32)
    kernel = rng.normal(size=(side, side, 3, 7)).astype(np.float32)
    bias = rng.normal(size=7).astype(np.float32)
    true = plain(kernel, bias, stride)
    arguments = (radius, 1.5, 0.1, 0.75)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(winograd, "_LEAST", 0 if quick else np.inf)
        patch.setattr(winograd, "_MANY", 0)
        assert_same(
            lambda x: conv2d_relu_normalized(x, kernel, bias, stride, LocalResponse(*arguments)),
            lambda x: tf.nn.local_response_normalization(true(x), *arguments),
            x,
        )


@pytest.mark.parametrize("channels", [(64, 96), (96, 64), (32, 96)])
def test_sums_of_many_channels_are_precise(channels):
    """By both axes, or by one, against float64; the bias lets all through the relu."""
    rng = np.random.default_rng(0)
    x = tf.constant(rng.normal(size=(1, 31, 26, channels[0])))
    kernel = rng.normal(0, 0.02, (3, 3, *channels))
    bias = np.full(channels[1], 5.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(winograd, "_LEAST", 0)
        ours = value_and_gradient(
            lambda x: conv2d_relu(x, kernel.astype(np.float32), bias.astype(np.float32), 1),
            tf.cast(x, tf.float32),
        )
    for mine, true in zip(ours, value_and_gradient(plain(kernel, bias, 1), x), strict=True):
        assert np.linalg.norm(mine - true) <= 5e-6 * np.linalg.norm(true)


def test_large_convolutions_are_the_quick_ones():
    """And only those of float32: bfloat16 has not the digits for it."""
    kernel = np.zeros((3, 3, 64, 192), np.float32)
    for shape, kind, quick in (
        ((1, 180, 320, 64), tf.float32, True),
        ((1, 20, 30, 64), tf.float32, False),
        ((1, 180, 320, 64), tf.bfloat16, False),
        ((1, None, 320, 64), tf.float32, False),
    ):
        images = tf.keras.Input(shape[1:], 1, dtype=kind)
        assert winograd.is_quick(images, kernel) == quick


def test_a_kernel_in_training_gets_its_gradient():
    kernel = tf.Variable(np.ones((3, 3, 3, 2), np.float32))
    with tf.GradientTape() as tape:
        score = tf.reduce_sum(conv2d_relu(tf.ones((1, 8, 8, 3)), kernel, tf.zeros(2), 2))
    assert float(tf.reduce_sum(tape.gradient(score, kernel))) > 0


@pytest.mark.parametrize("beta", [0.5, 0.75, 0.6])
@pytest.mark.parametrize("radius", [2, 5, 40])
def test_local_response_normalization(radius, beta):
    x = tf.constant(np.random.default_rng(0).normal(0, 50, (2, 5, 6, 17)), tf.float32)
    arguments = (radius, 1.5, 1e-3, beta)
    assert_same(
        LocalResponse(*arguments),
        lambda x: tf.nn.local_response_normalization(x, *arguments),
        x,
    )


def test_strength_normalization():
    x = tf.constant(np.random.default_rng(0).normal(size=(2, 5, 6, 17)), tf.float32)
    assert_same(
        lambda x: strength_normalization(x, 0.1),
        lambda x: x / tf.sqrt(0.1 + tf.reduce_mean(x**2, 3, keepdims=True)),
        x,
    )


@pytest.mark.parametrize(
    "function",
    [
        LocalResponse(2, 1.0, 1e-2, 0.75),
        lambda x: strength_normalization(x, 0.1),
        lambda x: conv2d_relu(x, np.full((5, 5, 3, 4), 0.1, np.float32), np.ones(4), 2),
    ],
)
def test_bfloat16_stays_near_float32(function):
    x = tf.constant(np.random.default_rng(0).normal(0, 5, (1, 16, 17, 3)), tf.float32)
    half = tf.cast(x, tf.bfloat16)
    assert function(half).dtype == tf.bfloat16
    value, _ = value_and_gradient(function, tf.cast(half, tf.float32))
    near, gradient = value_and_gradient(function, half)
    assert np.linalg.norm(near - value) < 0.01 * np.linalg.norm(value)
    assert np.isfinite(gradient).all()
