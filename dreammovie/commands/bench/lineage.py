"""What dreammovie's speed is measured by: the loop that it descends from, and a plain product.

The loop is written from the facts of the tutorial lineage (Hvass' tutorial 14 and the
frame-sequence scripts after it): a session, NumPy tiles of 400 pixels one after the other,
SciPy's blurs, the octaves by recursion. It keeps that lineage's way of computing and nothing of
its mistakes in the movie.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from scipy.ndimage import gaussian_filter

from dreammovie.device import tf
from dreammovie.networks.network import Network
from dreammovie.pictures.image import Image, resize

_TILE = 400  # wanted side, pixels


def _session(graph: tf.Graph) -> tf.compat.v1.Session:
    """A session as TensorFlow makes it for those who ask for nothing: with all cores."""
    # Left out, the settings would be those of `device.py`.
    return tf.compat.v1.Session(graph=graph, config=tf.compat.v1.ConfigProto())


def matrix_product(side: int) -> Callable[[], object]:
    """Multiplies a square float32 matrix of so many rows with itself, whenever it is called."""
    with tf.Graph().as_default() as graph:
        matrix = tf.compat.v1.Variable(tf.random.normal((side, side), seed=0))
        corner = tf.matmul(matrix, matrix)[0, 0]
    session = _session(graph)
    session.run(matrix.initializer)
    return lambda: session.run(corner)


class Lineage:
    """A frame in the tutorial's way, with layers' mean squares as the objective.

    Args:
        network: Of Inception5h's kind; computed by TensorFlow's own operations.
        layers: Names.
    """

    def __init__(self, network: Network, layers: Sequence[str]) -> None:
        # Images of any size are computed by TensorFlow's own operations; see `operations`.
        with tf.Graph().as_default() as graph:
            self.images = tf.compat.v1.placeholder(tf.float32, (None, None, None, 3))
            seen = network.activations(self.images, layers)
            score = tf.add_n([tf.reduce_mean(tf.square(seen[layer])) for layer in layers])
            self.gradient = tf.gradients(score, self.images)[0]
            self.session = _session(graph)

    def tiled_gradient(self, image: Image, rng: np.random.Generator) -> np.ndarray:
        """The gradient tile by tile, each divided by its own deviation; (H, W, 3)."""
        gradient = np.zeros_like(image)
        sides = [math.ceil(n / max(1, round(n / _TILE))) for n in image.shape[:2]]
        firsts = [int(rng.integers(-3 * side // 4, -side // 4 + 1)) for side in sides]
        for top in range(firsts[0], image.shape[0], sides[0]):
            for left in range(firsts[1], image.shape[1], sides[1]):
                rows = slice(max(top, 0), top + sides[0])
                columns = slice(max(left, 0), left + sides[1])
                tile = image[rows, columns][None]
                found = self.session.run(self.gradient, {self.images: tile})[0]
                gradient[rows, columns] = found / (np.std(found) + 1e-8)
        return gradient

    def climb(self, image: Image, steps: int, step_size: float, rng: np.random.Generator) -> Image:
        """Gradient ascent at one size."""
        image = image.copy()
        for step in range(steps):
            gradient = self.tiled_gradient(image, rng)
            sigma = 4 * step / steps + 0.5
            blurred = sum(gaussian_filter(gradient, sigma * width) for width in (1.0, 2.0, 0.5))
            image += blurred * (step_size / (np.std(blurred) + 1e-8))
        return image

    def frame(
        self, image: Image, rng: np.random.Generator, steps: int = 15, octaves: int = 2
    ) -> Image:
        """A frame at the movie's settings: each octave half as large as the next."""
        if octaves > 1:
            height, width = image.shape[:2]
            small = resize(gaussian_filter(image, (0.5, 0.5, 0)), (height // 2, width // 2))
            dreamt = resize(self.frame(small, rng, steps, octaves - 1), (height, width))
            image = 0.2 * image + 0.8 * dreamt
        return self.climb(image, steps, 1.0, rng)
