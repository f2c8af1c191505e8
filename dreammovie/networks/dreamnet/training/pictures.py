"""Pictures to learn from: a teacher's dreams and drawings, made into a folder.

Photographs are few, and a network of photographs makes its own pictures: what it dreams is
full of all that it knows. The same seed and teacher make the same files, each from its number
and the files before it.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from dreammovie.device import compiled, tf
from dreammovie.files import whole
from dreammovie.networks import dreamnet
from dreammovie.networks.dreamnet.drawings import patterns
from dreammovie.networks.network import Network, load_network

SIDE = 128
"""Of all pictures, pixels."""

STUDENT = "student.npz"
"""The file in the folder that has the student's weights, for it to dream, too."""

PRECISION = "bfloat16"
"""What is computed with."""

_GROUP = 24  # pictures that dream of one layer together
_GROUPS, _OWN_GROUPS = 4, 1  # of a file of the teacher's dreams, and of the student's
_LAYERS = ("mixed3b", "mixed4a", "mixed4b", "mixed4c", "mixed4d", "mixed4e", "mixed5a")
_OCTAVES = ((SIDE // 2, (10,)), (SIDE, (6, 10)))  # side in pixels; steps, in parts
_ROLL = 8  # pixels, at most, that a picture is moved by before each step
_NICE = 5  # about a quarter of a core that the learner shares
_DRAWN = 60  # files of drawings; they are enough

Activations = Callable[[tf.Tensor, Sequence[str]], Mapping[str, tf.Tensor]]
Step = Callable[..., tf.Tensor]


def ascent(activations: Activations, layer: str) -> Step:
    """A step of many pictures towards channels of a layer.

    Returns:
        A function of images, float32 (B, H, W, 3), 0..255; the share of each channel in each
        picture's wish, float32 (B, C); the step's size, float32 (B,), grey levels; and what
        the pictures are rolled by, int32 (2,). It gives the next images.
    """

    @compiled
    def step(images: tf.Tensor, wish: tf.Tensor, size: tf.Tensor, roll: tf.Tensor) -> tf.Tensor:
        rolled = tf.ensure_shape(tf.roll(images, roll, (1, 2)), images.shape)
        with tf.GradientTape() as tape:
            tape.watch(rolled)
            seen = activations(rolled, [layer])[layer]
            score = tf.reduce_sum(tf.reduce_mean(seen**2, (1, 2)) * wish)
        gradient = softened(tape.gradient(score, rolled))
        strength = tf.math.reduce_std(gradient, (1, 2, 3), keepdims=True)
        moved = rolled + size[:, None, None, None] * gradient / (strength + 1e-12)
        return tf.clip_by_value(tf.roll(moved, -roll, (1, 2)), 0, 255)

    return step


def softened(gradient: tf.Tensor) -> tf.Tensor:
    """A gradient (B, H, W, 3) with its means over 3 and over 7 pixels added."""
    means = [tf.nn.avg_pool2d(gradient, side, 1, "SAME") for side in (3, 7)]
    return tf.add_n([gradient, *means])


class Dreamer:
    """Has a network dream many small pictures.

    Args:
        activations: Of the network, as `Network.activations`.
        channels: How many each of the layers has that it dreams of, by turns.
    """

    def __init__(self, activations: Activations, channels: Mapping[str, int]) -> None:
        self._channels = channels
        self._steps = {layer: ascent(activations, layer) for layer in channels}

    def dream(self, starts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Dreams of one layer, of all its channels or, more often, of one to three of them.

        Args:
            starts: uint8 (B, H, W, 3), RGB.
            rng: The source of every choice.

        Returns:
            uint8 (2 B, SIDE, SIDE, 3): dreams that have begun, and the same, finished.
        """
        layer = str(rng.choice(list(self._channels)))
        channels = self._channels[layer]
        wish = np.zeros((len(starts), channels), np.float32)
        for row in wish:
            few = rng.choice(channels, int(rng.integers(1, 4)), replace=False)
            row[slice(None) if rng.random() < 0.4 else few] = 1
        size = rng.uniform(2.5, 6.5, len(starts)).astype(np.float32)
        images = starts.astype(np.float32)
        states = []
        for side, parts in _OCTAVES:
            now = tf.constant(np.stack([resized(each, side) for each in images]))
            for steps in parts:
                for _ in range(steps):
                    roll = rng.integers(-_ROLL, _ROLL + 1, 2).astype(np.int32)
                    now = self._steps[layer](now, *map(tf.constant, (wish, size, roll)))
                images = now.numpy()
                states.append(images)
        return np.concatenate(states[-2:]).round().astype(np.uint8)


def resized(image: np.ndarray, side: int) -> np.ndarray:
    """A square image, of another side in pixels."""
    way = cv2.INTER_AREA if len(image) > side else cv2.INTER_CUBIC
    return cv2.resize(image, (side, side), interpolation=way)


def noise(count: int, rng: np.random.Generator, side: int = SIDE) -> np.ndarray:
    """Coloured clouds, whose waves are as strong as they are long: uint8 (count, side, side, 3)."""
    waves = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side))
    waves[0, 0] = 1
    fall = waves[..., None] ** -rng.uniform(0.6, 1.6, (count, 1, 1, 1))
    white = np.fft.rfft2(rng.standard_normal((count, side, side, 3)), axes=(1, 2))
    clouds = np.fft.irfft2(white * fall, (side, side), (1, 2))
    clouds /= clouds.std((1, 2, 3), keepdims=True)
    clouds = clouds @ (np.eye(3) + rng.uniform(0, 1) * (np.ones((3, 3)) - np.eye(3)))
    light, contrast = rng.uniform(70, 185, (count, 1, 1, 3)), rng.uniform(10, 50, (count, 1, 1, 1))
    return np.clip(light + contrast * clouds, 0, 255).astype(np.uint8)


def middles(pictures: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Squares out of pictures, a third to three quarters as wide, enlarged to `SIDE`."""
    return np.stack(
        [_middle(each, int(rng.integers(SIDE // 3, 3 * SIDE // 4)), rng) for each in pictures]
    )


def _middle(picture: np.ndarray, side: int, rng: np.random.Generator) -> np.ndarray:
    top, left = rng.integers(0, len(picture) - side + 1, 2)
    square = picture[top : top + side, left : left + side]
    return resized(square, SIDE)


def files(folder: Path, kind: str) -> list[Path]:
    """The finished files of a kind in their order: "dreams", "drawings", or the student's "own"."""
    return sorted((folder / "pictures").glob(f"{kind}-*.npy"))


def make(teacher: Network, folder: Path, seed: int) -> None:
    """Makes file after file until the process that began this one ends.

    Each is uint8 (N, SIDE, SIDE, 3), RGB; those that are there are not made again. As soon as
    there is a student, it dreams, too.
    """
    parent = os.getppid()
    pictures = folder / "pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    teachers = Dreamer(
        teacher.activations, {layer: teacher.layers[layer].channels for layer in _LAYERS}
    )
    students: _Student | None = None
    number = 0
    while os.getppid() == parent:
        if number < _DRAWN:
            _once(pictures / f"drawings-{number:05}.npy", drawn, number, seed)
        begun = _once(
            pictures / f"dreams-{number:05}.npy", _dreams, teachers, folder, number, seed, _GROUPS
        )
        if begun and (folder / STUDENT).exists():
            students = students or _Student(folder / STUDENT)
            students.read()
            own = pictures / f"own-{number:05}.npy"
            _once(own, _dreams, students.dreamer, folder, number, seed, _OWN_GROUPS)
        number += 1


class _Student:
    """The student, as far as it has learnt.

    Args:
        path: Of its weights; they are read again for each file of dreams.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with np.load(path, allow_pickle=False) as stored:
            self._weights = {name: tf.Variable(stored[name]) for name in stored.files}
        seen = dreamnet.build(tf.zeros((1, 32, 32, 3)), self._weights)
        layers = [layer for layer in _LAYERS if layer in seen]
        self.dreamer = Dreamer(self._activations, {each: seen[each].shape[3] for each in layers})

    def read(self) -> None:
        with np.load(self._path, allow_pickle=False) as stored:
            for name, variable in self._weights.items():
                variable.assign(stored[name])

    def _activations(self, images: tf.Tensor, layers: Sequence[str]) -> dict[str, tf.Tensor]:
        seen = dreamnet.build(images, self._weights, PRECISION)
        return {layer: tf.cast(seen[layer], tf.float32) for layer in layers}


def drawn(number: int, seed: int) -> np.ndarray:
    """One drawing of every pattern."""
    return patterns.draw_many(SIDE, 1, seed, number)[0]


def all_drawings(folder: Path, seed: int) -> np.ndarray:
    """All drawings, made if they are not there: uint8 (N, SIDE, SIDE, 3), all patterns by turns."""
    (folder / "pictures").mkdir(parents=True, exist_ok=True)
    for number in range(_DRAWN):
        _once(folder / "pictures" / f"drawings-{number:05}.npy", drawn, number, seed)
    return np.concatenate([np.load(path) for path in files(folder, "drawings")])


def _dreams(dreamer: Dreamer, folder: Path, number: int, seed: int, groups: int) -> np.ndarray:
    """Dreams from noise, from drawings, and from enlarged parts of earlier dreams."""
    rng = np.random.default_rng([seed, number, groups])
    drawings = np.load(files(folder, "drawings")[number % _DRAWN])
    made: list[np.ndarray] = []
    for _ in range(groups):
        starts = noise(_GROUP, rng)
        kinds = rng.choice(3, _GROUP, p=(0.35, 0.3, 0.35))
        earlier = drawings
        if number:
            earlier = np.load(files(folder, "dreams")[int(rng.integers(number))])
        for kind, source in enumerate((drawings, earlier), 1):
            chosen = source[rng.integers(len(source), size=_GROUP)]
            chosen = middles(chosen, rng) if kind == 2 else chosen
            starts[kinds == kind] = chosen[kinds == kind]
        made.append(dreamer.dream(starts, rng))
    return np.concatenate(made)


def _once(path: Path, pictures: Callable[..., np.ndarray], *arguments: Any) -> bool:
    """Writes a file, whole or not at all, unless it is there; whether it was not."""
    if path.exists():
        return False
    made = pictures(*arguments)
    with whole(path) as part, open(part, "wb") as file:
        np.save(file, made)
    return True


def main() -> None:
    """The command that makes pictures until it is stopped."""
    parser = argparse.ArgumentParser(description="Make pictures for DreamNet to learn from.")
    parser.add_argument("--teacher", type=Path, required=True, help="Inception5h's .pb file")
    parser.add_argument("--work", type=Path, required=True, help="folder they are made in")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    if hasattr(os, "nice"):
        os.nice(_NICE)
    make(load_network("inception5h", given.teacher, PRECISION), given.work, given.seed)


if __name__ == "__main__":
    main()
