"""DreamNet: a small network in the Inception family that ships with the project.

It was trained by `drawings/train.py` on pictures that `drawings/patterns.py` draws. The
layers are named as in Inception5h. Its weights are 16-bit numbers in `weights.npz`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from dreammovie.device import tf
from dreammovie.errors import DreamError
from dreammovie.networks import operations
from dreammovie.networks.classes import Classes, names_in
from dreammovie.networks.network import Layer, Network
from dreammovie.networks.npz import read_npz


class Mixed(NamedTuple):
    """Channels of the parts of a mixed layer (Szegedy et al. 2014, arXiv:1409.4842)."""

    one: int
    three_bottleneck: int
    three: int
    five_bottleneck: int
    five: int
    pool_reduce: int

    @property
    def channels(self) -> int:
        return self.one + self.three + self.five + self.pool_reduce


MIXED = {
    "mixed3a": Mixed(24, 32, 48, 8, 16, 16),
    "mixed3b": Mixed(48, 48, 80, 12, 32, 32),
    "mixed4a": Mixed(80, 64, 128, 16, 40, 40),
    "mixed4b": Mixed(80, 64, 128, 16, 40, 40),
    "mixed4c": Mixed(96, 72, 144, 16, 40, 40),
    "mixed4d": Mixed(96, 72, 144, 16, 40, 40),
}

_MAX_CLASSES = 10_000  # ours has 72
_FAINT = 0.05  # mean square of activations too weak to be made stronger

HEADS = {"mixed3b": "softmax0", "mixed4b": "softmax1", "mixed4d": "softmax2"}
"""Layers that a classifier sits on, and the layers of its evidence at every place."""


def kernel_shapes() -> dict[str, tuple[int, int, int, int]]:
    """Shape (height, width, channels below, channels) of every convolution's kernel."""
    shapes = {"conv2d0": (5, 5, 3, 32), "conv2d1": (1, 1, 32, 32), "conv2d2": (3, 3, 32, 64)}
    below = 64
    for name, part in MIXED.items():
        shapes |= {
            f"{name}_1x1": (1, 1, below, part.one),
            f"{name}_3x3_bottleneck": (1, 1, below, part.three_bottleneck),
            f"{name}_3x3": (3, 3, part.three_bottleneck, part.three),
            f"{name}_5x5_bottleneck": (1, 1, below, part.five_bottleneck),
            f"{name}_5x5": (5, 5, part.five_bottleneck, part.five),
            f"{name}_pool_reduce": (1, 1, below, part.pool_reduce),
        }
        below = part.channels
    return shapes


def weight_shapes(classes: int) -> dict[str, tuple[int, ...]]:
    """Names and shapes of all weights: kernels, biases, and the heads' matrices."""
    return (
        {f"{name}_kernel": shape for name, shape in kernel_shapes().items()}
        | {f"{name}_bias": shape[3:] for name, shape in kernel_shapes().items()}
        | {f"{name}_head": (MIXED[name].channels, classes) for name in HEADS}
    )


def build(
    images: tf.Tensor, weights: Mapping[str, Any], precision: str = "float32"
) -> dict[str, tf.Tensor]:
    """All activations of the network.

    Args:
        images: float32 (B, H, W, 3), RGB, 0..255.
        weights: float32 tensors or arrays of the names and shapes in `weight_shapes`.
        precision: "float32" or "bfloat16", the numbers to compute with.

    Returns:
        {layer: (B, h, w, C)}, in order of depth. What nobody uses costs nothing
        in a compiled function.
    """
    seen: dict[str, tf.Tensor] = {}

    def conv(below: tf.Tensor, name: str, stride: int = 1) -> tf.Tensor:
        kernel, bias = weights[f"{name}_kernel"], weights[f"{name}_bias"]
        seen[name] = operations.conv2d_relu(below, kernel, bias, stride)
        return seen[name]

    def pool(below: tf.Tensor, name: str, stride: int = 2) -> tf.Tensor:
        seen[name] = tf.nn.max_pool2d(below, 3, stride, "SAME")
        return seen[name]

    def norm(below: tf.Tensor, name: str) -> tf.Tensor:
        # By all channels of a place together: strong light says no more than weak light,
        # so that a dream has to draw things, not to turn up the contrast.
        seen[name] = operations.strength_normalization(below, _FAINT)
        return seen[name]

    x = tf.cast((images - 117) / 64, precision)
    x = norm(pool(conv(x, "conv2d0", 2), "maxpool0"), "localresponsenorm0")
    x = norm(conv(conv(x, "conv2d1"), "conv2d2"), "localresponsenorm1")
    x = pool(x, "maxpool1")
    for name in MIXED:
        if name == "mixed4a":
            x = pool(x, "maxpool4")
        branches = [
            conv(x, f"{name}_1x1"),
            conv(conv(x, f"{name}_3x3_bottleneck"), f"{name}_3x3"),
            conv(conv(x, f"{name}_5x5_bottleneck"), f"{name}_5x5"),
            conv(pool(x, f"{name}_pool", 1), f"{name}_pool_reduce"),
        ]
        x = seen[name] = tf.concat(branches, 3)
        if name in HEADS:
            head = tf.cast(weights[f"{name}_head"], precision)
            evidence = tf.nn.conv2d(x, head[None, None], 1, "SAME")
            # A pattern counts as far as it is believed to be there, not just thought of.
            seen[HEADS[name]] = tf.nn.relu(evidence) * tf.nn.softmax(evidence)
    return seen


def classify(
    images: tf.Tensor, weights: Mapping[str, Any], precision: str = "float32"
) -> dict[str, tf.Tensor]:
    """What each head takes images for.

    Args:
        images, weights, precision: As for `build`.

    Returns:
        {head's layer: logits of its softmax, float32 (B, patterns)}.
    """
    seen = build(images, weights, precision)
    means = {name: tf.reduce_mean(tf.cast(seen[name], tf.float32), (1, 2)) for name in HEADS}
    return {name: mean @ weights[f"{name}_head"] for name, mean in means.items()}


def read_weights(path: Path) -> dict[str, np.ndarray]:
    """The weights in a file that `train.py` wrote, as float32.

    Raises:
        DreamError: it is no such file; the message says in what it differs.
        OSError: it cannot be read.
    """
    try:
        arrays = read_npz(path)
        head = arrays.get(f"{list(HEADS)[-1]}_head", np.empty(()))
        classes = head.shape[-1] if head.ndim == 2 else 0
        if not 1 <= classes <= _MAX_CLASSES:
            raise DreamError(f"its heads have {classes} classes, expected 1 to {_MAX_CLASSES:,}")
        expected = weight_shapes(classes)
        for name in sorted(set(arrays) ^ set(expected)):
            raise DreamError(f"{name} is {'too much' if name in arrays else 'missing'}")
        for name, array in arrays.items():
            if array.shape != expected[name]:
                raise DreamError(f"{name} is {array.shape}, expected is {expected[name]}")
    except DreamError as error:
        raise DreamError(f"{path} does not hold dreamnet's weights: {error}.") from None
    return {name: arrays[name].astype(np.float32) for name in expected}


def load(path: Path, name: str, precision: str) -> Network:
    """Reads the network's weights from an NPZ file.

    Args:
        path: The file.
        name: The network's name.
        precision: "float32" or "bfloat16", the numbers to compute with.

    Raises:
        DreamError: `path` does not hold the weights of this network.
        OSError: `path` cannot be read.
    """
    weights = read_weights(path)

    def activations(images: tf.Tensor, wanted: Sequence[str]) -> dict[str, tf.Tensor]:
        seen = build(images, weights, precision)
        return {layer: tf.cast(seen[layer], tf.float32) for layer in wanted}

    count = weights["mixed4d_head"].shape[1]
    names = names_in(Path(__file__).with_name("patterns.txt"))
    # Of the three classifiers, the lowest draws the most of what it is asked for.
    classes = Classes(HEADS["mixed3b"], names if len(names) == count else ())
    return Network(
        name, _layers(count), activations, precision=precision, quick=True, classes=classes
    )


def _layers(classes: int) -> dict[str, Layer]:
    """All layers that `build` gives, in order of depth, for that many patterns."""
    channels = {name: shape[3] for name, shape in kernel_shapes().items()}
    channels |= {name: part.channels for name, part in MIXED.items()}
    layers: dict[str, Layer] = {}
    depth, below, field, stride = 0, 3, 1, 1
    order = ["conv2d0", "maxpool0", "localresponsenorm0", "conv2d1", "conv2d2"]
    order += ["localresponsenorm1", "maxpool1", *MIXED]
    order.insert(order.index("mixed4a"), "maxpool4")

    def add(name: str, depth: int, channels: int, side: int, main: bool = False) -> None:
        layers[name] = Layer(depth, channels, main, field + (side - 1) * stride)

    for name in order:
        if name in MIXED:
            add(f"{name}_pool", depth + 1, below, 3)
            for part in ("1x1", "3x3_bottleneck", "5x5_bottleneck"):
                add(f"{name}_{part}", depth + 1, channels[f"{name}_{part}"], 1)
            for part, side in (("3x3", 3), ("5x5", 5), ("pool_reduce", 3)):
                add(f"{name}_{part}", depth + 2, channels[f"{name}_{part}"], side)
            depth += 2
        widest = 5 if name in MIXED else 3 if name.startswith("maxpool") else 1
        side = kernel_shapes().get(name, (widest,))[0]
        depth += 1
        below = channels.get(name, below)
        add(name, depth, below, side, main=True)
        field += (side - 1) * stride
        if name in HEADS:
            add(HEADS[name], depth + 1, classes, 1, main=True)
        stride *= 2 if name == "conv2d0" or name.startswith("maxpool") else 1
    return layers
