"""Judges DreamNet by its teacher, on photographs that it has not learnt from.

    python3 -m tests.benchmarks.dreamnet --teacher FILE --work FOLDER --photos FILE [FILE ...] \
        --keep FOLDER

The folder is that of `dreammovie.networks.dreamnet.training.train`. Three tables: how much of what
the teacher sees the student does not, layer by layer; how far their gradients point the same way,
smoothed as a dream smooths them; and what the teacher says to the student's dreams, beside its own
and those of older weights.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from dreammovie.device import compiled, tf
from dreammovie.dreaming.dream import DreamSettings, ascent_for, dream
from dreammovie.dreaming.shaping import SHAPINGS
from dreammovie.networks.dreamnet.training.learner import LAYERS, Student, stored_strengths
from dreammovie.networks.network import Network, load_network
from dreammovie.networks.weights import weights_file
from dreammovie.pictures.image import Image, load_image, resize, save_image
from dreammovie.pictures.palette import Palette, match_palette

WIDTH = 480  # of the photographs, pixels
CROP = 224  # side of a crop, pixels
SIGMA = 1.0  # of the smoothing, pixels
FRAMES = 10
JUDGED = "mixed4c"
OLD_FAVOURITE = "softmax0"  # of the first DreamNet, which learnt from labels alone


def narrowed(photo: Image) -> Image:
    """A photograph of the width at which all are judged."""
    height = round(photo.shape[0] * WIDTH / photo.shape[1])
    return resize(photo, (height, WIDTH))


def crops(photo: Image) -> list[Image]:
    """The four corners of a photograph."""
    return [
        photo[rows, columns]
        for rows in (slice(CROP), slice(-CROP, None))
        for columns in (slice(CROP), slice(-CROP, None))
    ]


def unexplained(student: Student, pictures: np.ndarray) -> dict[str, float]:
    """Share of the variance of the teacher's channels that the student does not give.

    Each channel is divided by its strength, and counted against its own mean.

    Args:
        pictures: float32 (B, H, W, 3).
    """
    images = tf.constant(pictures)
    target, seen = student.target(images), student.see(images)
    return {
        name: float(
            tf.reduce_sum(tf.reduce_mean((seen[name] - target[name]) ** 2, (0, 1, 2)))
            / tf.reduce_sum(tf.math.reduce_variance(target[name], (0, 1, 2)))
        )
        for name in LAYERS
    }


def gradient(network: Network, layer: str, photo: Image) -> np.ndarray:
    """Of a layer's score to a photograph, as a dream has it: float32 (H, W, 3)."""

    @compiled
    def towards(image: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(image)
            score = tf.reduce_mean(network.activations(image[None], [layer])[layer] ** 2)
        return tape.gradient(score, image)

    direction = SHAPINGS["smooth"].direction_for(photo.shape[:2])
    return direction(towards(tf.constant(photo)), SIGMA)[0].numpy()


def alike(one: np.ndarray, other: np.ndarray) -> float:
    """The cosine between two gradients."""
    return float((one * other).sum() / np.linalg.norm(one) / np.linalg.norm(other))


def dreamt(network: Network, layer: str, photo: Image) -> Image:
    """The last frame of a movie whose camera stands still; all settings as they come."""
    settings = DreamSettings(layer=layer)
    ascent = ascent_for(network, settings)
    palette, image = Palette.of(photo), photo
    for frame in range(FRAMES):
        image = dream(image, ascent, settings, np.random.default_rng([settings.seed, frame]))
        image = match_palette(image, palette)
    return image


def score(teacher: Network, image: Image) -> float:
    """What the teacher says to a picture."""
    seen = teacher.activations(tf.constant(image[None], tf.float32), [JUDGED])[JUDGED]
    return float(tf.reduce_mean(seen**2))


def main() -> None:
    parser = argparse.ArgumentParser(description="Judge DreamNet on photographs.")
    parser.add_argument("--teacher", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True, help="the training's folder")
    parser.add_argument("--photos", type=Path, nargs="+", required=True)
    parser.add_argument(
        "--beside", type=Path, default=weights_file("dreamnet"), help="older weights"
    )
    parser.add_argument("--layers", nargs="*", default=["mixed4b", "mixed4c", "mixed4b + mixed4c"])
    parser.add_argument(
        "--keep", type=Path, required=True, help="folder of the dreams that are made"
    )
    given = parser.parse_args()
    photos = {path.stem: narrowed(load_image(path)) for path in given.photos}

    given.keep.mkdir(parents=True, exist_ok=True)
    state = given.work / "state.npz"
    teacher = load_network("inception5h", given.teacher)
    student = Student(teacher, stored_strengths(state), 0.0, 0)
    student.restore(state)
    print(f"after {int(student.learnt.numpy()):,} batches, unexplained of the teacher's channels:")
    pictures = np.stack([crop for photo in photos.values() for crop in crops(photo)])
    for name, share in unexplained(student, pictures).items():
        print(f"{name:10} {share:.3f}")

    networks = {
        "student": load_network("dreamnet", given.work / "weights.npz"),
        "beside": load_network("dreamnet", given.beside),
    }
    for layer in ("mixed4a", JUDGED):
        cosines = [
            alike(gradient(teacher, layer, photo), gradient(networks["student"], layer, photo))
            for photo in photos.values()
        ]
        print(f"cosine of gradients at {layer}: {np.mean(cosines):.3f}", np.round(cosines, 3))

    dreamers = [("teacher", teacher, JUDGED), ("beside", networks["beside"], OLD_FAVOURITE)]
    dreamers += [("student", networks["student"], layer) for layer in given.layers]
    print(
        f"{JUDGED} of the teacher after {FRAMES} frames, and its rise as a share of the teacher's:"
    )
    for stem, photo in photos.items():
        before = score(teacher, photo)
        best = None
        for who, network, layer in dreamers:
            path = given.keep / f"{stem}_{who}_{layer}.png"
            if not path.exists():  # those of the others need not be dreamt again
                save_image(dreamt(network, layer, photo), path)
            rise = score(teacher, load_image(path)) - before
            best = rise if best is None else best
            print(f"{stem:14} {who} {layer:9} {before + rise:7.0f} {rise / best:6.1%}", flush=True)


if __name__ == "__main__":
    main()
