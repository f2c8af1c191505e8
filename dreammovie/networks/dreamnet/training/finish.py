"""What a student needs before it dreams: channels of the right strength, and classifiers.

A layer's score is the sum of its channels' squares, so that a channel's strength says how much of
the dream is its own. A convolution's channel can be made stronger if all that listens to it
listens less; ReLU and max pooling do not mind.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from dreammovie.device import tf
from dreammovie.files import whole
from dreammovie.networks import dreamnet
from dreammovie.networks.dreamnet.drawings import patterns
from dreammovie.networks.dreamnet.training.shapes import HIGH

_SILENT = 1e-4  # share of the loudest channel's square below which a channel stays quiet
_EPOCHS, _BATCH, _RATE, _DECAY = 60, 256, 3e-3, 1e-4  # of the classifiers' training
_TOGETHER = 72  # pictures seen at once
_HELD_BACK = 8  # of so many drawings of a pattern one is not learnt from, to be asked afterwards

Weights = Mapping[str, np.ndarray]


def finished(
    weights: Weights, strengths: Weights, drawings: np.ndarray
) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """The weights that dream.

    Args:
        weights: A student's, as it learnt; of any heads.
        strengths: Of the teacher's channels, float32 (C,), of each of `HIGH`.
        drawings: uint8 (N, H, W, 3), all patterns by turns.

    Returns:
        The weights, with classifiers of the patterns; and what share of the drawings that were
        held back each classifier names, by its layer's name.
    """
    balanced = scaled(weights, _wanted(weights, strengths, drawings))
    count = len(patterns.PATTERNS)
    labels = np.arange(len(drawings)) % count
    asked = np.arange(len(drawings)) // count % _HELD_BACK == _HELD_BACK - 1
    right = {}
    for name, features in _means(balanced, drawings, list(dreamnet.HEADS)).items():
        head = classifier(features[~asked], labels[~asked], count)
        balanced[f"{name}_head"] = head
        right[name] = float((np.argmax(features[asked] @ head, 1) == labels[asked]).mean())
    return balanced, right


def _wanted(weights: Weights, strengths: Weights, pictures: np.ndarray) -> dict[str, np.ndarray]:
    """What each channel of a mixed layer is to be multiplied by.

    Where the student has the teacher's channels, they get the teacher's strengths, which make the
    teacher's dreams what they are. Where it has its own, all become equally strong.
    """
    low = [name for name in dreamnet.MIXED if name not in HIGH]
    squares = _means(weights, pictures[:: max(1, len(pictures) // 288)], low, squared=True)
    wanted = {}
    for name, each in squares.items():
        square = each.mean(0)
        # The silent ones are no stronger for it, or each training would multiply them again.
        heard = np.where(square > _SILENT * square.max(), square, square.max())
        wanted[name] = 1 / np.sqrt(heard)
    return wanted | _loudness(strengths)


def unfinished(weights: Weights, strengths: Weights) -> dict[str, np.ndarray]:
    """The weights as a student had learnt them from which `finished` made these."""
    factors = {name: np.ones(sum(_ends(weights, name))) for name in dreamnet.MIXED}
    return scaled(weights, factors | {n: 1 / share for n, share in _loudness(strengths).items()})


def _loudness(strengths: Weights) -> dict[str, np.ndarray]:
    """What the channels of each of `HIGH` are multiplied by when a student has learnt."""
    return {name: strengths[name] / strengths[name].mean() for name in HIGH}


def scaled(weights: Weights, factors: Weights) -> dict[str, np.ndarray]:
    """The same network with stronger and weaker channels.

    Args:
        weights: Of the names and shapes that `dreamnet.weight_shapes` tells.
        factors: Above 0, (C,), of each of `dreamnet.MIXED`.
    """
    made = dict(weights)
    below = np.ones(weights["mixed3a_1x1_kernel"].shape[2])
    for name in dreamnet.MIXED:
        parts = np.split(factors[name], np.cumsum(_ends(weights, name))[:-1])
        for part in ("1x1", "3x3_bottleneck", "5x5_bottleneck", "pool_reduce"):
            made[f"{name}_{part}_kernel"] = weights[f"{name}_{part}_kernel"] / below[:, None]
        for end, factor in zip(dreamnet.ENDS, parts, strict=True):
            made[f"{name}_{end}_kernel"] = made[f"{name}_{end}_kernel"] * factor
            made[f"{name}_{end}_bias"] = weights[f"{name}_{end}_bias"] * factor
        below = factors[name]
        if name in dreamnet.HEADS:
            made[f"{name}_head"] = weights[f"{name}_head"] / below[:, None]
    return {name: np.asarray(each, np.float32) for name, each in made.items()}


def _ends(weights: Weights, name: str) -> list[int]:
    """How many channels each branch of a mixed layer gives."""
    return [len(weights[f"{name}_{end}_bias"]) for end in dreamnet.ENDS]


def _means(
    weights: Weights, pictures: np.ndarray, layers: list[str], squared: bool = False
) -> dict[str, np.ndarray]:
    """Mean of every channel, or of its square, over every picture: float32 (N, C) by layer."""

    @tf.function(autograph=False, reduce_retracing=True)
    def means(some: tf.Tensor) -> list[tf.Tensor]:
        seen = dreamnet.build(tf.cast(some, tf.float32), weights)
        return [tf.reduce_mean(seen[n] ** 2 if squared else seen[n], (1, 2)) for n in layers]

    parts = np.array_split(pictures, math.ceil(len(pictures) / _TOGETHER))
    found = zip(*(means(tf.constant(part)) for part in parts), strict=True)
    return {name: np.concatenate(each) for name, each in zip(layers, found, strict=True)}


def classifier(features: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """The matrix that tells classes by features, float32 (C, classes), by softmax regression."""
    strength = features.std(0) + 1e-3 * features.std()
    given = tf.constant(features / strength)
    matrix = tf.Variable(tf.zeros((features.shape[1], classes)))
    steps = _EPOCHS * math.ceil(len(features) / _BATCH)
    rate = keras.optimizers.schedules.CosineDecay(_RATE, steps)
    optimizer = keras.optimizers.Adam(rate)
    rng = np.random.default_rng(0)

    @tf.function(autograph=False, reduce_retracing=True)
    def step(rows: tf.Tensor, right: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            logits = tf.gather(given, rows) @ matrix
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(right, logits)
            loss = tf.reduce_mean(losses) + _DECAY * tf.reduce_sum(matrix**2)
        optimizer.apply(tape.gradient(loss, [matrix]), [matrix])

    optimizer.build([matrix])
    for _ in range(_EPOCHS):
        order = rng.permutation(len(features))
        for rows in np.array_split(order, math.ceil(len(order) / _BATCH)):
            step(tf.constant(rows), tf.constant(labels[rows]))
    return matrix.numpy() / strength[:, None]


def write(weights: Weights, path: Path) -> None:
    """Writes weights as the package ships them: 16-bit numbers in an NPZ file."""
    arrays: dict[str, Any] = {name: each.astype(np.float16) for name, each in weights.items()}
    with whole(path) as part, open(part, "wb") as file:
        np.savez_compressed(file, **arrays)
