"""DreamNet: a small network in the Inception family that ships with the project.

It learnt by `training/train.py` to give what GoogLeNet gives, of GoogLeNet's own dreams and of
pictures that `drawings/patterns.py` draws. The layers are named as in Inception5h. Its weights
are 16-bit numbers in `weights.npz`, and some of its channels have words in `words.txt`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dreammovie.device import tf
from dreammovie.errors import DreamError
from dreammovie.files import sha256
from dreammovie.networks import operations
from dreammovie.networks.classes import Classes, names_in
from dreammovie.networks.network import Layer, Network
from dreammovie.networks.npz import read_npz
from dreammovie.networks.table import source_of

MIXED = ("mixed3a", "mixed3b", "mixed4a", "mixed4b", "mixed4c", "mixed4d")
"""Layers of four branches side by side (Szegedy et al. 2014, arXiv:1409.4842)."""

ENDS = ("1x1", "3x3", "5x5", "pool_reduce")
"""Names of those branches' last convolutions, in the order of their channels."""

HEADS = {"mixed3b": "softmax0", "mixed4b": "softmax1", "mixed4d": "softmax2"}
"""Layers that a classifier sits on, and the layers of its evidence at every place."""

_MAX_CLASSES = 10_000  # ours has 72
_MAX_CHANNELS = 2**12  # of a convolution
_FAINT = 0.05  # mean square of activations too weak to be made stronger

_FIRST = {"conv2d0": 5, "conv2d1": 1, "conv2d2": 3}  # convolutions, and their sides
_PARTS = {
    "1x1": 1,
    "3x3_bottleneck": 1,
    "3x3": 3,
    "5x5_bottleneck": 1,
    "5x5": 5,
    "pool_reduce": 1,
}  # of a mixed layer, likewise

Shapes = dict[str, tuple[int, ...]]


def weight_shapes(channels: Mapping[str, int], classes: int) -> Shapes:
    """Names and shapes of all weights: kernels, biases, and the heads' matrices.

    Args:
        channels: Of every convolution.
        classes: That each head tells apart.
    """
    kernels: Shapes = {}
    heads: Shapes = {}
    below = 3
    for name, side in _FIRST.items():
        kernels[name] = (side, side, below, channels[name])
        below = channels[name]
    for name in MIXED:
        for part, side in _PARTS.items():
            inner = channels.get(f"{name}_{part}_bottleneck", below)
            kernels[f"{name}_{part}"] = (side, side, inner, channels[f"{name}_{part}"])
        below = sum(channels[f"{name}_{end}"] for end in ENDS)
        if name in HEADS:
            heads[f"{name}_head"] = (below, classes)
    biases = {f"{name}_bias": shape[3:] for name, shape in kernels.items()}
    return {f"{name}_kernel": shape for name, shape in kernels.items()} | biases | heads


def convolutions() -> list[str]:
    """Names of all convolutions, in order of depth."""
    return [*_FIRST, *(f"{name}_{part}" for name in MIXED for part in _PARTS)]


def build(
    images: tf.Tensor, weights: Mapping[str, Any], precision: str = "float32"
) -> dict[str, tf.Tensor]:
    """All activations of the network.

    Args:
        images: float32 (B, H, W, 3), RGB, 0..255.
        weights: float32 tensors or arrays of the names and shapes in `weight_shapes`.
        precision: "float32" or "bfloat16", the numbers to compute with.

    Returns:
        {layer: (B, h, w, C)}, in order of depth. What nobody uses costs nothing in a compiled
        function, but for a convolution that is one with others.
    """
    seen: dict[str, tf.Tensor] = {}

    def conv(below: tf.Tensor, name: str, stride: int = 1) -> tf.Tensor:
        kernel, bias = weights[f"{name}_kernel"], weights[f"{name}_bias"]
        seen[name] = operations.conv2d_relu(below, kernel, bias, stride)
        return seen[name]

    def convs(below: tf.Tensor, names: Sequence[str]) -> None:
        kernels = [weights[f"{name}_kernel"] for name in names]
        biases = [weights[f"{name}_bias"] for name in names]
        seen.update(zip(names, operations.convs2d_relu(below, kernels, biases), strict=True))

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
        convs(x, [f"{name}_{part}" for part in ("1x1", "3x3_bottleneck", "5x5_bottleneck")])
        branches = [
            seen[f"{name}_1x1"],
            conv(seen[f"{name}_3x3_bottleneck"], f"{name}_3x3"),
            conv(seen[f"{name}_5x5_bottleneck"], f"{name}_5x5"),
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
        expected = weight_shapes(_channels(arrays), classes)
        for name in sorted(set(arrays) ^ set(expected)):
            raise DreamError(f"{name} is {'too much' if name in arrays else 'missing'}")
        for name, shape in expected.items():
            if arrays[name].shape != shape:
                raise DreamError(f"{name} is {arrays[name].shape}, expected is {shape}")
    except DreamError as error:
        raise DreamError(f"{path} does not hold dreamnet's weights: {error}.") from None
    return {name: arrays[name].astype(np.float32) for name in expected}


def _channels(weights: Mapping[str, np.ndarray]) -> dict[str, int]:
    """How many channels every convolution has, by its bias.

    Raises:
        DreamError: a bias is missing, or none.
    """
    channels = {}
    for name in convolutions():
        bias = weights.get(f"{name}_bias")
        if bias is None:
            raise DreamError(f"{name}_bias is missing")
        if bias.ndim != 1 or not 1 <= len(bias) <= _MAX_CHANNELS:
            raise DreamError(f"{name}_bias is {bias.shape}, expected is (1 to {_MAX_CHANNELS:,},)")
        channels[name] = len(bias)
    return channels


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
    ours = sha256(path) == source_of(name).sha256  # other channels have other words, or none
    words = _words(Path(__file__).with_name("words.txt")) if ours else {}
    return Network(
        name,
        _layers(weights),
        activations,
        precision=precision,
        classes=classes,
        words=words,
    )


def _words(path: Path) -> dict[str, dict[str, int]]:
    """Words for channels by layer, from lines such as "mixed4c 13 eyes"."""
    words: dict[str, dict[str, int]] = {}
    for line in path.read_text("utf-8").splitlines():
        layer, channel, word = line.split()
        words.setdefault(layer, {})[word] = int(channel)
    return words


def _layers(weights: Mapping[str, np.ndarray]) -> dict[str, Layer]:
    """All layers that `build` gives, in order of depth."""
    channels = _channels(weights)
    channels |= {name: sum(channels[f"{name}_{end}"] for end in ENDS) for name in MIXED}
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
        side = _FIRST.get(name, widest)
        depth += 1
        below = channels.get(name, below)
        add(name, depth, below, side, main=True)
        field += (side - 1) * stride
        if name in HEADS:
            classes = weights[f"{name}_head"].shape[1]
            add(HEADS[name], depth + 1, classes, 1, main=True)
        stride *= 2 if name == "conv2d0" or name.startswith("maxpool") else 1
    return layers
