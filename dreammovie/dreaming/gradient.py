"""Everything the device does: one compiled gradient ascent step for a whole image in tiles.

A step rolls the image to a random origin, cuts it into equal tiles, lets the network
see them batch by batch, puts the tiles' gradients back together, shapes the gradient
over the whole image, and adds it. The image stays on the device between steps.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from dreammovie.device import AT_ONCE, compiled, compiling, devices, fused, gpus, in_parts, tf
from dreammovie.dreaming.objectives import Moment, Objective, Terms, no_strengths
from dreammovie.dreaming.octaves import MOST_OCTAVES
from dreammovie.dreaming.shaping import SHAPINGS
from dreammovie.dreaming.tiles import LEAST_TILE, TILE, Axis, tile_axes
from dreammovie.errors import DreamError
from dreammovie.networks import winograd
from dreammovie.networks.network import Network
from dreammovie.pictures.image import Image, resize
from dreammovie.pictures.sizes import MIN_SIDE, within

log = logging.getLogger(__name__)

_BATCH_PIXELS = (2**24 if gpus else 2**20) // AT_ONCE  # of a batch; 1 GB a million

_WORTH = 2e7  # pixels of all steps, from which on what takes long to compile has paid

_LOOK = 512  # longer side of what is looked at before it is dreamt, pixels
_SIZES = MOST_OCTAVES  # whose compiled steps are kept: all octaves of an image, whatever its size

Cutter = Callable[[Any], tf.Tensor]
"""Cuts out the tile of a number, float32 (h, w, 3)."""


class OutOfMemoryError(Exception):
    """A step did not fit into the device's memory; the ascent has made its tiles smaller."""


class Ascent:
    """Gradient ascent on an objective, compiled once for each image size.

    Memory depends on the tile, and on a few copies of the image.

    Args:
        network, objective: What sees, and what is to be seen: its terms are compiled, and any
            other objective of the same terms is climbed with as well.
        shaping: Name in `SHAPINGS`.
        tile: Longest side of a tile, pixels; the network may want it shorter.
        steps: How many are made at each size; None: very many, as for a movie. For a few of them,
            what compiles soonest is compiled, and not what runs quickest.
    """

    def __init__(
        self,
        network: Network,
        objective: Objective,
        *,
        shaping: str = "smooth",
        tile: int = TILE,
        steps: int | None = None,
    ) -> None:
        self.network = network
        self.objective = objective
        self.terms = Terms(objective.terms, lambda name: network.layers[name].channels)
        self.shaping = SHAPINGS[shaping]
        self.tile = min(tile, max(LEAST_TILE, network.tile or tile))
        self.batch = max(1, _BATCH_PIXELS // self.tile**2)
        self._steps = math.inf if steps is None else steps
        self._compiled: dict[tuple[int, ...], Callable] = {}
        self._looks: dict[tuple[str, tuple[int, ...]], Callable] = {}

    def weights(self, image: Image | None = None, frame: int = 0, fps: float = 1.0) -> np.ndarray:
        """How much each answer to the terms counts at a moment.

        Args:
            image: float32 (H, W, 3), the picture that is about to be dreamt, for an objective that
                looks at it first.
            frame: Number of the frame; 0 is a picture that is no frame of a movie.
            fps: Frames per second.

        Returns:
            float32 (terms.size,).
        """
        strengths = no_strengths if image is None else partial(self._strengths, image)
        moment = Moment(frame, fps, strengths)
        return self.terms.vector(self.objective.weights(moment), moment)

    def _strengths(self, image: Image, name: str) -> np.ndarray:
        """The mean of every channel of a layer that sees an image, float32 (C,)."""
        small = resize(image, within(image.shape, _LOOK, MIN_SIDE))
        asked = (name, small.shape)
        new = asked not in self._looks
        if new:
            self._looks[asked] = compiled(
                lambda seen: tf.reduce_mean(
                    self.network.activations(seen[None], [name])[name], [0, 1, 2]
                )
            )
        with compiling() if new else nullcontext():
            return self._looks[asked](tf.constant(small)).numpy()

    def step(
        self,
        image: tf.Tensor,
        rng: np.random.Generator,
        sigma: float,
        step_size: float,
        weights: np.ndarray | None = None,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """One step upwards.

        Args:
            image: float32 (H, W, 3), RGB, 0..255.
            rng: Chooses where the tiles lie.
            sigma: Width of the gradient's smoothing, pixels; used by "smooth" alone.
            step_size: Grey levels that the step moves a pixel.
            weights: From `weights`; None: those of a picture.

        Returns:
            The new image, and the score before the step, float32 ().

        Raises:
            OutOfMemoryError: it did not fit; tiles are smaller now, and the image must begin anew.
            DreamError: the device's memory does not even hold the smallest tiles.
        """
        shape = tuple(image.shape)
        placement = place(shape, self.tile, rng)
        weights = self.weights() if weights is None else weights
        new = shape not in self._compiled
        if new:
            if len(self._compiled) >= _SIZES:
                del self._compiled[next(iter(self._compiled))]
            self._compiled[shape] = self._compile(shape, sigma)
        try:
            with compiling() if new else nullcontext():
                return self._compiled[shape](image, placement, weights, sigma, step_size)
        except tf.errors.ResourceExhaustedError:
            self._make_smaller(shape)
            raise OutOfMemoryError from None

    def _make_smaller(self, shape: tuple[int, ...]) -> None:
        """Halves the batch, then the tile, after an image of `shape` did not fit."""
        rows, columns = tile_axes(shape[:2], self.tile)
        self.batch = min(self.batch, rows.count * columns.count)
        longest = max(rows.tile, columns.tile)  # an image may be smaller than the tile allowed
        if self.batch > 1:
            self.batch //= 2
            log.warning("Out of memory: going on with batches of %d tiles.", self.batch)
        elif longest > LEAST_TILE:
            self.tile = max(LEAST_TILE, longest // 2)
            log.warning("Out of memory: going on with --tile %d.", self.tile)
        else:
            raise DreamError(
                f"Out of memory even with tiles of {LEAST_TILE} pixels. Choose a smaller --size."
            )
        self._compiled.clear()

    def _compile(self, shape: tuple[int, ...], sigma: float) -> Callable:
        """The step for images of one shape (H, W, 3), whose first smoothing is of width `sigma`."""
        signature = [
            tf.TensorSpec(shape, tf.float32),
            tf.TensorSpec((2, 2), tf.int32),
            tf.TensorSpec((self.terms.size,), tf.float32),
        ]
        gradient_of = compiled(self.gradient, input_signature=signature)
        shape_gradient = self.shaping.direction_for((shape[0], shape[1]))
        # Both are traced before either runs, which first takes one core a second or two: time
        # enough for another one to compile what is `fused` in them.
        gradient_of.get_concrete_function()
        compiled(shape_gradient).get_concrete_function(signature[0], sigma)

        def step(
            image: tf.Tensor,
            placement: np.ndarray,
            weights: np.ndarray,
            sigma: float,
            step_size: float,
        ) -> tuple[tf.Tensor, tf.Tensor]:
            gradient, score = gradient_of(image, placement, weights)
            direction, strength = shape_gradient(gradient, sigma)
            del gradient  # the memory for it serves what is stepped
            stepped = _moved(image, direction, step_size / strength)
            if self.shaping.clips:
                stepped = tf.clip_by_value(stepped, 0, 255)
            return stepped, score

        return step

    def gradient(
        self, image: tf.Tensor, placement: tf.Tensor, weights: tf.Tensor | None = None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Gradient of the score with respect to the image, tile by tile.

        Args:
            image: float32 (H, W, 3) of static shape, RGB, 0..255.
            placement: int32 (2, 2), from `place`.
            weights: float32 (terms.size,); None: those of a picture.

        Returns:
            The gradient, float32 (H, W, 3), not normalised; and the score, float32 (),
            the mean over the tiles.
        """
        height, width = image.shape[:2]
        weights = tf.constant(self.weights()) if weights is None else weights
        rows, columns = tile_axes((height, width), self.tile)
        count = rows.count * columns.count
        ys, xs = (
            _places(axis, side, placement[0, i], placement[1, i])
            for i, (axis, side) in enumerate(((rows, height), (columns, width)))
        )

        def cut(number: int | tf.Tensor) -> tf.Tensor:
            """One tile (h, w, 3), cut out when its turn comes: together they are a large image."""
            row, column = number // columns.count, number % columns.count
            return _cut(
                image,
                tf.slice(ys.seen, [row * rows.tile], [rows.tile]),
                tf.slice(xs.seen, [column * columns.tile], [columns.tile]),
            )

        few = self._steps * height * width < _WORTH
        with winograd.seldom() if few else nullcontext():
            tiles, scores = self._shared(cut, (rows.tile, columns.tile, 3), count, weights)
        strips = max(rows.count, AT_ONCE)
        length = math.ceil(height / strips)

        def strip(number: tf.Tensor) -> tuple[tf.Tensor, tuple[tf.Tensor]]:
            """Some rows of the image's gradient; each runs through all tiles of a row of tiles."""
            lines = tf.minimum(number * length, height - length) + tf.range(length)
            kept = tf.gather(ys.kept, lines)
            begin = kept // rows.tile * (columns.count * rows.tile) + kept % rows.tile
            parts = begin[:, None] + tf.range(columns.count) * rows.tile
            return lines, (_untiled(tiles, parts, xs.kept),)

        with tf.control_dependencies([tiles]):  # so long, the memory for it serves the network
            (gradient,) = in_parts(strips, [(height, width, 3)], strip)
        return gradient, tf.reduce_mean(scores)

    def _shared(
        self, cut: Cutter, shape: tuple[int, ...], count: int, weights: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Gradients (T, h, w, 3) and scores (T,) of `count` tiles, shared among all devices."""
        gradients, scores = [], []
        for name, share in zip(
            devices, np.array_split(np.arange(count), len(devices)), strict=True
        ):
            if len(share):
                with tf.device(name):
                    some = self._batches(cut, shape, int(share[0]), len(share), weights)
                gradients.append(some[0])
                scores.append(some[1])
        if len(gradients) == 1:
            return gradients[0], scores[0]
        return tf.concat(gradients, 0), tf.concat(scores, 0)

    def _batches(
        self, cut: Cutter, shape: tuple[int, ...], first: int, count: int, weights: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Gradients and scores of `count` tiles on one device, `AT_ONCE` batches at a time."""
        last = first + count
        if count <= self.batch:
            tiles = tf.stack([cut(number) for number in range(first, last)])
            return self._one_batch(tiles, weights)
        batches = math.ceil(count / self.batch)
        size = math.ceil(count / batches)

        def batch(number: tf.Tensor) -> tuple[tf.Tensor, tuple[tf.Tensor, tf.Tensor]]:
            begin = first + number * size
            if size == 1:
                numbers = begin[None]
                tiles = cut(begin)[None]
            else:
                numbers = tf.range(begin, tf.minimum(begin + size, last))
                one = tf.TensorSpec(shape, tf.float32)
                tiles = tf.map_fn(cut, numbers, fn_output_signature=one)
            return numbers - first, self._one_batch(tiles, weights)

        gradients, scores = in_parts(batches, [(count, *shape), (count,)], batch)
        return gradients, scores

    def _one_batch(self, tiles: tf.Tensor, weights: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Gradients (b, h, w, 3) and scores (b,) of tiles (b, h, w, 3)."""
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(tiles)
            seen = self.network.activations(tiles, self.terms.layers)
            scores = self.terms.score(seen, weights)
        return tape.gradient(scores, tiles), scores


@fused
def _moved(image: tf.Tensor, direction: tf.Tensor, distance: tf.Tensor) -> tf.Tensor:
    """The image moved in a direction, in one pass."""
    return image + distance * direction


@fused
def _cut(image: tf.Tensor, rows: tf.Tensor, columns: tf.Tensor) -> tf.Tensor:
    """The pixels (h, w, 3) where rows (h,) and columns (w,) of an image meet."""
    return tf.gather(tf.gather(image, rows), columns, axis=1)


@fused
def _untiled(tiles: tf.Tensor, rows: tf.Tensor, columns: tf.Tensor) -> tf.Tensor:
    """Rows (n, W, 3) of an image that lies in tiles (T, h, w, 3).

    Args:
        tiles: What all the tiles hold.
        rows: Each as rows of tiles side by side, int32 (n, tiles), counted through all of them.
        columns: int32 (W,), where the columns lie in such a row.
    """
    sheet = tf.gather(tf.reshape(tiles, (-1, tiles.shape[2] * 3)), rows)
    return tf.gather(tf.reshape(sheet, (rows.shape[0], -1, 3)), columns, axis=1)


class _Places(NamedTuple):
    """Where things lie along one side of an image, int32.

    Attributes:
        seen: (count * tile,), the pixel of the image that lies at each place of the tiles.
        kept: (length,), the place among the tiles at which each pixel of the image lies.
    """

    seen: tf.Tensor
    kept: tf.Tensor


def _places(axis: Axis, length: int, before: tf.Tensor, shift: tf.Tensor) -> _Places:
    """Where the pixels of a side lie, from its row of `place`; the margin is a mirror."""
    around = axis.count * axis.tile
    seen = tf.abs((tf.range(around) + shift) % around - before)
    kept = (tf.range(length) + before - shift) % around
    return _Places(tf.where(seen < length, seen, 2 * (length - 1) - seen), kept)


def place(shape: Sequence[int], tile: int, rng: np.random.Generator) -> np.ndarray:
    """A random place for the tiles of an image.

    Returns:
        int32 (2, 2): `before` and `shift` of `Axis.random_origin`, each as (y, x).
    """
    origins = [axis.random_origin(rng) for axis in tile_axes(shape[:2], tile)]
    return np.array(origins, np.int32).T
