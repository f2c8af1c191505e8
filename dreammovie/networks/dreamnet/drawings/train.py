"""Trains DreamNet: python3 -m dreammovie.networks.dreamnet.drawings.train --work FOLDER

Draws its own pictures first, then learns to tell the patterns in them apart. Three things
serve the dreams more than the accuracy. Classifiers at three depths give every layer
something to say (Szegedy et al. 2014, arXiv:1409.4842). Every batch is learnt twice, the
second time with each picture pushed towards a mistake, after which a network's gradients
look like the things it knows (Goodfellow et al. 2014, arXiv:1412.6572; Engstrom et al.
2019, arXiv:1906.00945). And in the end all channels are made equally strong.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import keras
import numpy as np

from dreammovie.device import tf
from dreammovie.files import sha256, whole
from dreammovie.networks import dreamnet
from dreammovie.networks.dreamnet.drawings import patterns

_DRAWN, _SEEN = 112, 96  # pixels: of a drawing, and of the crop of it that is learnt from
_ROUND = 20  # drawings of every pattern in one file
_BATCH = 64
_RATE = 2e-3  # learning rate at its highest
_DECAY = 2e-3  # of weights
_WARM_UP = 200  # steps
_PUSH = 255.0  # length of the push towards a mistake over all pixels, grey levels
_PUSH_FULL = 0.5  # share of the training after which it has grown to its full length
_COUNT = dict(zip(dreamnet.HEADS, (0.3, 0.5, 1.0), strict=True))  # of each head in the loss
_DEEPEST = list(dreamnet.HEADS)[-1]
_SILENT = 1e-4  # share of the loudest channel's square below which a channel stays quiet
_SMOOTHING = 0.1  # of labels


def draw_pictures(folder: Path, each: int, seed: int) -> None:
    """Draws `each` pictures of every pattern into `folder`, those that are not there yet."""
    rounds = range(math.ceil(each / _ROUND))
    missing = [number for number in rounds if not _pictures(folder, number).exists()]
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as workers:
        jobs = [workers.submit(_draw_round, folder, number, seed) for number in missing]
        for done, job in enumerate(jobs, 1):
            job.result()
            print(f"drawn {done} of {len(jobs)} files", flush=True)


def _pictures(folder: Path, number: int) -> Path:
    return folder / f"pictures_{number}.npy"


def _draw_round(folder: Path, number: int, seed: int) -> None:
    pictures, _ = patterns.draw_many(_DRAWN, _ROUND, seed, number * _ROUND)
    with whole(_pictures(folder, number)) as part, open(part, "wb") as file:
        np.save(file, pictures)


class Learner:
    """The network in training: its weights, its classifiers, its optimiser.

    Args:
        steps: Of the optimiser in the whole training, two for each batch.
        seed: Of the first weights.
    """

    def __init__(self, steps: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.weights = {}
        for name, shape in dreamnet.weight_shapes(len(patterns.PATTERNS)).items():
            # He et al. 2015, arXiv:1502.01852; the heads begin undecided.
            spread = 0.01 if name.endswith("_head") else (2 / max(1, math.prod(shape[:-1]))) ** 0.5
            start = np.zeros(shape) if name.endswith("_bias") else rng.normal(0, spread, shape)
            self.weights[name] = tf.Variable(start, dtype=tf.float32, name=name)
        self.variables = list(self.weights.values())
        schedule = keras.optimizers.schedules.CosineDecay(
            0.0, steps, warmup_target=_RATE, warmup_steps=_WARM_UP
        )
        self.optimizer = keras.optimizers.AdamW(
            schedule, weight_decay=_DECAY, clipnorm=5.0, use_ema=True, ema_momentum=0.998
        )
        self.optimizer.build(self.variables)
        self.steps = steps

    def loss(self, pictures: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The loss, and the share of pictures that the deepest classifier gets right."""
        goal = tf.one_hot(labels, len(patterns.PATTERNS)) * (1 - _SMOOTHING)
        goal += _SMOOTHING / len(patterns.PATTERNS)
        logits = dreamnet.classify(pictures, self.weights)
        losses = [
            count * tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(goal, logits[head]))
            for head, count in _COUNT.items()
        ]
        right = tf.equal(tf.argmax(logits[_DEEPEST], 1, tf.int32), labels)
        return tf.add_n(losses), tf.reduce_mean(tf.cast(right, tf.float32))

    @tf.function(autograph=False, reduce_retracing=True)
    def step(self, pictures: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Learns from uint8 pictures as they are, and again from the same, pushed.

        Returns:
            Loss and share of right answers, before it learnt.
        """
        pictures = tf.cast(pictures, tf.float32)
        share = tf.cast(self.optimizer.iterations, tf.float32) / self.steps
        loss, right, towards = self._learn(pictures, labels)
        length = tf.sqrt(tf.reduce_sum(towards**2, (1, 2, 3), keepdims=True))
        push = _PUSH * tf.minimum(1.0, share / _PUSH_FULL) / tf.maximum(length, 1e-12)
        self._learn(pictures + push * towards, labels)
        return loss, right

    def _learn(
        self, pictures: tf.Tensor, labels: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """One step of the optimiser; loss, right answers, and where pictures would worsen it."""
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch([pictures, *self.variables])
            loss, right = self.loss(pictures, labels)
        towards, *gradients = tape.gradient(loss, [pictures, *self.variables])
        self.optimizer.apply(gradients, self.variables)
        return loss, right, towards

    def state(self) -> list[tf.Variable]:
        """All that a training that goes on must know."""
        return [*self.variables, *(v.value for v in self.optimizer.variables)]

    def save(self, path: Path) -> None:
        """Saves the training's state."""
        with whole(path) as part, open(part, "wb") as file:
            np.savez(file, **{f"v{i}": v.numpy() for i, v in enumerate(self.state())})

    def restore(self, path: Path) -> None:
        """Goes on from a state that `save` wrote."""
        with np.load(path, allow_pickle=False) as stored:
            for i, variable in enumerate(self.state()):
                variable.assign(stored[f"v{i}"])

    def write_weights(self, path: Path, pictures: np.ndarray) -> None:
        """Writes the averaged weights as the package ships them: float16, in an NPZ file.

        Args:
            path: Of the file.
            pictures: uint8 (N, side, side, 3), for `equalised`.
        """
        trained = [v.numpy() for v in self.variables]
        self.optimizer.finalize_variable_values(self.variables)
        averaged = {name: v.numpy() for name, v in self.weights.items()}
        for variable, value in zip(self.variables, trained, strict=True):
            variable.assign(value)
        equal = equalised(averaged, pictures)
        with whole(path) as part, open(part, "wb") as file:
            arrays: dict[str, Any] = {n: value.astype(np.float16) for n, value in equal.items()}
            np.savez_compressed(file, **arrays)


def equalised(weights: dict[str, np.ndarray], pictures: np.ndarray) -> dict[str, np.ndarray]:
    """The same network with channels that are equally strong.

    A layer's score is the sum of its channels' squares: without this, a few loud ones
    would dream alone. A convolution's channel can be made weaker if all that listens to
    it listens more; ReLU and max pooling do not mind.

    Args:
        weights: Of the names and shapes in `dreamnet.weight_shapes`.
        pictures: uint8 (N, side, side, 3); over these, every channel's mean square is 1.
    """
    equal = dict(weights)
    seen = dreamnet.build(tf.constant(pictures, tf.float32), weights)

    def conv(name: str, below: np.ndarray) -> np.ndarray:
        """Evens out one convolution; takes and gives the strengths of channels."""
        squares = tf.reduce_mean(seen[name] ** 2, (0, 1, 2)).numpy()
        strength = np.sqrt(np.maximum(squares, _SILENT * squares.max()))
        equal[f"{name}_kernel"] = weights[f"{name}_kernel"] * below[:, None] / strength
        equal[f"{name}_bias"] = weights[f"{name}_bias"] / strength
        return strength

    below = np.ones(weights["mixed3a_1x1_kernel"].shape[2], np.float32)
    for name in dreamnet.MIXED:
        branches = [
            conv(f"{name}_1x1", below),
            conv(f"{name}_3x3", conv(f"{name}_3x3_bottleneck", below)),
            conv(f"{name}_5x5", conv(f"{name}_5x5_bottleneck", below)),
            conv(f"{name}_pool_reduce", below),
        ]
        below = np.concatenate(branches)
        if name in dreamnet.HEADS:
            equal[f"{name}_head"] = weights[f"{name}_head"] * below[:, None]
    return equal


def batches(folder: Path, each: int, rng: np.random.Generator) -> Iterator[tuple]:
    """All drawings once, in random order: crops, mirrored or not, uint8, and labels."""
    files = [np.load(_pictures(folder, i), mmap_mode="r") for i in range(math.ceil(each / _ROUND))]
    classes = len(patterns.PATTERNS)
    places = np.stack(
        np.meshgrid(np.arange(len(files)), np.arange(_ROUND * classes), indexing="ij"), -1
    ).reshape(-1, 2)
    rng.shuffle(places)
    for start in range(0, len(places) - _BATCH + 1, _BATCH):
        some = places[start : start + _BATCH]
        pictures = np.empty((_BATCH, _SEEN, _SEEN, 3), np.uint8)
        for i, (file, place) in enumerate(some):
            y, x = rng.integers(0, _DRAWN - _SEEN + 1, 2)
            crop = files[file][place, y : y + _SEEN, x : x + _SEEN]
            pictures[i] = crop[:, ::-1] if rng.random() < 0.5 else crop
        yield pictures, (some[:, 1] % classes).astype(np.int32)


def accuracy(weights: Path, each: int, seed: int) -> np.ndarray:
    """Share of fresh drawings that a weights file gets right, float64 (classes,)."""
    arrays = dreamnet.read_weights(weights)
    pictures, labels = patterns.draw_many(_DRAWN, each, seed)
    margin = (_DRAWN - _SEEN) // 2
    pictures = pictures[:, margin:-margin, margin:-margin]
    guesses = [
        np.argmax(dreamnet.classify(part, arrays)[_DEEPEST], 1)
        for part in np.array_split(pictures.astype(np.float32), math.ceil(len(pictures) / 256))
    ]
    right = np.concatenate(guesses) == labels
    return right.reshape(each, -1).mean(0)


def train(folder: Path, each: int, epochs: int, seed: int, resume: bool) -> Path:
    """Trains, and returns the file with the weights; goes on where it stopped if asked to."""
    folder.mkdir(parents=True, exist_ok=True)
    draw_pictures(folder, each, seed)
    per_epoch = math.ceil(each / _ROUND) * _ROUND * len(patterns.PATTERNS) // _BATCH
    learner = Learner(2 * per_epoch * epochs, seed)
    state, weights = folder / "state.npz", folder / "weights.npz"
    if resume and state.exists():
        learner.restore(state)
    for epoch in range(int(learner.optimizer.iterations) // (2 * per_epoch), epochs):
        began = time.monotonic()
        seen = []
        for pictures, labels in batches(folder, each, np.random.default_rng([seed, epoch])):
            seen.append(learner.step(tf.constant(pictures), tf.constant(labels)))
            if len(seen) % 100 == 0:
                loss, right = np.mean([[float(v) for v in each] for each in seen[-100:]], 0)
                print(
                    f"epoch {epoch} step {len(seen)}: loss {loss:.3f}, right {right:.3f}",
                    flush=True,
                )
        learner.save(state)
        learner.write_weights(weights, np.load(_pictures(folder, 0), mmap_mode="r")[:512])
        fresh = accuracy(weights, 4, seed + 1).mean()
        print(
            f"epoch {epoch + 1} of {epochs}: {time.monotonic() - began:.0f} s, "
            f"right on fresh drawings {fresh:.3f}",
            flush=True,
        )
    return weights


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Train DreamNet from scratch.")
    parser.add_argument("--work", type=Path, required=True, help="folder for drawings and weights")
    parser.add_argument("--each", type=int, default=800, help="drawings of every pattern")
    parser.add_argument("--epochs", type=int, default=14, help="how often each is looked at")
    parser.add_argument("--seed", type=int, default=0, help="of drawings and first weights")
    parser.add_argument("--resume", action="store_true", help="go on where a training stopped")
    given = parser.parse_args()
    weights = train(given.work, given.each, given.epochs, given.seed, given.resume)
    right = accuracy(weights, 40, given.seed + 2)
    for name, share in zip(patterns.PATTERNS, right, strict=True):
        print(f"{name:16} {share:.3f}")
    print(f"all {right.mean():.4f}; {weights} {weights.stat().st_size} bytes, {sha256(weights)}")


if __name__ == "__main__":
    main()
