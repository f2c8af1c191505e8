"""The student: what it has to learn from a picture, and how it is made to.

At every place it is to give what its teacher gives there. Each channel is counted by its own
strength, and each picture's errors by how much there is to see in it, or loud dreams would drown
all else. Since a dream sees nothing of a network but gradients, these are learnt, too (Czarnecki
et al. 2017, arXiv:1706.04859).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from dreammovie.device import tf
from dreammovie.errors import DreamError
from dreammovie.files import whole
from dreammovie.networks import dreamnet
from dreammovie.networks.dreamnet.training.muon import Muon
from dreammovie.networks.dreamnet.training.pictures import PRECISION, softened
from dreammovie.networks.dreamnet.training.shapes import HIGH, LOW, student_channels
from dreammovie.networks.network import Network

LAYERS = (*LOW, *HIGH)
"""What is compared."""

DREAMT = LAYERS[2:]
"""Layers whose gradients are learnt."""

_COUNT = dict(zip(LAYERS, (0.5, 0.5, 1.0, 1.0, 1.0, 1.5, 1.0), strict=True))  # in the loss
_GRADIENT = 1.0  # what one gradient's error counts
_LEAST = 0.02  # share of the mean picture's strength that a picture is taken to have
_SILENT = 0.03  # share of a layer's mean strength below which a channel is not made stronger
_QUIET = 0.25  # strength of the first kernels, for the normalisations to begin in their middle


class Student:
    """A network in training.

    Args:
        teacher: Whose channels it is to have.
        strengths: Of the teacher's channels, float32 (C,) for each of `LAYERS`, as `strengths_of`.
        rate: The highest rate of learning.
        seed: Of the first weights.
    """

    def __init__(
        self, teacher: Network, strengths: Mapping[str, np.ndarray], rate: float, seed: int
    ) -> None:
        self.strengths = {name: np.asarray(strengths[name], np.float32) for name in LAYERS}
        self._teacher = teacher
        rng = np.random.default_rng(seed)
        self.weights: dict[str, Any] = {}
        shapes = dreamnet.weight_shapes(student_channels(teacher), 1)
        for name in dreamnet.convolutions():
            shape = shapes[f"{name}_kernel"]
            spread = (2 / math.prod(shape[:3])) ** 0.5  # He et al. 2015, arXiv:1502.01852
            spread *= _QUIET if name.startswith("conv2d") else 1
            self.weights[f"{name}_kernel"] = _variable(rng.normal(0, spread, shape))
            self.weights[f"{name}_bias"] = _variable(np.zeros(shape[3]))
        self.readers = {}
        for name in LOW:
            below = self.channels(name)
            start = rng.normal(0, below**-0.5, (below, len(self.strengths[name])))
            self.readers[name] = _variable(start)
        self.optimizer = Muon([*self.weights.values(), *self.readers.values()], rate)
        self.learnt = tf.Variable(0, dtype=tf.int64)  # batches

    def channels(self, name: str) -> int:
        """How many channels a layer has."""
        parts = (
            [name]
            if f"{name}_kernel" in self.weights
            else [f"{name}_{end}" for end in ("1x1", "3x3", "5x5", "pool_reduce")]
        )
        return sum(self.weights[f"{part}_kernel"].shape[3] for part in parts)

    def see(self, pictures: tf.Tensor, layers: tuple[str, ...] = LAYERS) -> dict[str, tf.Tensor]:
        """What it gives for pictures, float32 (B, H, W, 3), as `target` has it."""
        found = dreamnet.build(pictures, self.weights | self._heads(), PRECISION)
        seen = {}
        for name in layers:
            seen[name] = found[name]
            if name in LOW:
                reader = tf.cast(self.readers[name], PRECISION)[None, None]
                seen[name] = tf.nn.relu(tf.nn.conv2d(found[name], reader, 1, "SAME"))
            seen[name] = tf.cast(seen[name], tf.float32)
        return seen

    def _heads(self) -> dict[str, np.ndarray]:
        """Classifiers that know nothing, as a network has to have some."""
        shapes = {name: (self.channels(name), 1) for name in dreamnet.HEADS}
        return {f"{name}_head": np.zeros(shape, np.float32) for name, shape in shapes.items()}

    def arrays(self) -> dict[str, np.ndarray]:
        """Its weights as they are, without the readers; the heads know nothing."""
        return {name: each.numpy() for name, each in self.weights.items()} | self._heads()

    def write_weights(self, path: Path) -> None:
        """Writes `arrays` to an NPZ file."""
        arrays: dict[str, Any] = self.arrays()
        with whole(path) as part, open(part, "wb") as file:
            np.savez(file, **arrays)

    def take(self, weights: Mapping[str, np.ndarray], pictures: tf.Tensor) -> None:
        """Goes on from weights of a student of the same teacher, as it learnt them.

        Its readers were not kept. They begin with what fits some pictures best: beside channels
        that have learnt, random ones soon read nothing at all, and then learn no more.

        Args:
            weights: By name.
            pictures: float32 (B, H, W, 3).

        Raises:
            DreamError: the weights are of another width.
        """
        for name, variable in self.weights.items():
            if variable.shape != weights[name].shape:
                raise DreamError(
                    f"{name} is {weights[name].shape}, but {tuple(variable.shape)} in a student "
                    "of this teacher."
                )
            variable.assign(weights[name])
        found, target = dreamnet.build(pictures, weights), self.target(pictures, LOW)
        for name, reader in self.readers.items():
            channels, wanted = (
                tf.reshape(each[name], (-1, each[name].shape[3])) for each in (found, target)
            )
            reader.assign(np.linalg.lstsq(channels, wanted, rcond=None)[0])

    def target(self, pictures: tf.Tensor, layers: tuple[str, ...] = LAYERS) -> dict[str, tf.Tensor]:
        """What the teacher gives, each channel divided by its strength."""
        seen = self._teacher.activations(pictures, layers)
        return {name: seen[name] / self.strengths[name] for name in layers}

    @tf.function(autograph=False)
    def step(self, pictures: tf.Tensor, share: tf.Tensor) -> tf.Tensor:
        """Learns from pictures, float32 (B, H, W, 3).

        Args:
            share: Of the highest rate, float32 ().

        Returns:
            The error at each of `LAYERS`, float32 (7,), before it learnt.
        """
        targets = self.target(pictures)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(self.optimizer.variables)
            errors = self._errors(self.see(pictures), targets)
            loss = tf.add_n([_COUNT[n] * e for n, e in zip(LAYERS, errors, strict=True)])
        self._apply(tape, loss, share)
        return tf.stack(errors)

    @tf.function(autograph=False)
    def step_with_gradient(
        self, pictures: tf.Tensor, share: tf.Tensor, layer: str, wish: tf.Tensor
    ) -> tf.Tensor:
        """As `step`; learns, too, what changes of the pictures a layer wishes for.

        Args:
            layer: One of `DREAMT`.
            wish: What the square of each of its channels counts in each picture, (B, C).

        Returns:
            The errors, and the mean cosine of both gradients, float32 (8,).
        """
        with tf.GradientTape(watch_accessed_variables=False) as towards:
            towards.watch(pictures)
            targets = self.target(pictures)
            score = _score(targets[layer], wish)
        goal = softened(towards.gradient(score, pictures))
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(self.optimizer.variables)
            with tf.GradientTape(watch_accessed_variables=False) as towards:
                towards.watch(pictures)
                seen = self.see(pictures)
                score = _score(seen[layer], wish)
            gradient = softened(towards.gradient(score, pictures))
            errors = self._errors(seen, targets)
            alike = tf.reduce_mean(cosine(gradient, goal))
            loss = tf.add_n([_COUNT[n] * e for n, e in zip(LAYERS, errors, strict=True)])
            loss += _GRADIENT * (1 - alike)
        self._apply(tape, loss, share)
        return tf.stack([*errors, alike])

    def _errors(
        self, seen: Mapping[str, tf.Tensor], targets: Mapping[str, tf.Tensor]
    ) -> list[tf.Tensor]:
        errors = []
        for name in LAYERS:
            wrong = tf.reduce_mean((seen[name] - targets[name]) ** 2, (1, 2, 3))
            there = tf.reduce_mean(targets[name] ** 2, (1, 2, 3))
            errors.append(tf.reduce_mean(wrong / (there + _LEAST)))
        return errors

    def _apply(self, tape: tf.GradientTape, loss: tf.Tensor, share: tf.Tensor) -> None:
        self.optimizer.apply(tape.gradient(loss, self.optimizer.variables), share)
        self.learnt.assign_add(1)

    def _state(self) -> dict[str, tf.Variable]:
        readers = {f"{name}_reader": reader for name, reader in self.readers.items()}
        trained = self.weights | readers
        moments = self.optimizer.moments(list(trained))
        return trained | moments | {"learnt": self.learnt}

    def save(self, path: Path) -> None:
        """Saves all that a training that goes on must know."""
        arrays: dict[str, Any] = {name: each.numpy() for name, each in self._state().items()}
        arrays |= {f"{name}_strengths": each for name, each in self.strengths.items()}
        with whole(path) as part, open(part, "wb") as file:
            np.savez(file, **arrays)

    def restore(self, path: Path) -> None:
        """Takes what `save` wrote; the strengths must be the same."""
        with np.load(path, allow_pickle=False) as stored:
            for name, variable in self._state().items():
                variable.assign(stored[name])


def stored_strengths(path: Path) -> dict[str, np.ndarray]:
    """The strengths in a file that `Student.save` wrote."""
    with np.load(path, allow_pickle=False) as stored:
        return {name: stored[f"{name}_strengths"] for name in LAYERS}


def strengths_of(teacher: Network, pictures: np.ndarray) -> dict[str, np.ndarray]:
    """Root of the mean square of each channel over pictures, uint8 (N, H, W, 3)."""
    squares: dict[str, list] = {name: [] for name in LAYERS}
    for part in np.array_split(pictures, math.ceil(len(pictures) / 24)):
        for name, seen in teacher.activations(tf.constant(part, tf.float32), LAYERS).items():
            squares[name].append(tf.reduce_mean(seen**2, (0, 1, 2)).numpy())
    strengths = {name: np.sqrt(np.mean(each, 0)) for name, each in squares.items()}
    return {name: np.maximum(each, _SILENT * each.mean()) for name, each in strengths.items()}


def cosine(one: tf.Tensor, other: tf.Tensor) -> tf.Tensor:
    """Of the angle between gradients (B, H, W, 3): (B,)."""
    flat = [tf.reshape(each, (each.shape[0], -1)) for each in (one, other)]
    long = [each / (tf.norm(each, axis=1, keepdims=True) + 1e-20) for each in flat]
    return tf.reduce_sum(long[0] * long[1], 1)


def _score(seen: tf.Tensor, wish: tf.Tensor) -> tf.Tensor:
    # Summed, not averaged: bfloat16 has the range, and a cosine does not mind the size.
    return tf.reduce_sum(tf.reduce_sum(seen**2, (1, 2)) * wish)


def _variable(start: np.ndarray) -> tf.Variable:
    return tf.Variable(start, dtype=tf.float32)
