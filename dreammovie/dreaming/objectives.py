"""What a dream climbs towards: a score that rises as the network sees more of something.

Objectives add and multiply, as in `0.3 * layer("mixed3b") + channel("mixed4c", 13)`
(the idea is lucid's, Olah et al., distill.pub/2017/feature-visualization). An objective is a sum
of terms with weights. The terms are compiled into a step; the weights are not, so they may be
others at every frame.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from dreammovie.device import tf
from dreammovie.networks.network import Network
from dreammovie.networks.table import source_of
from dreammovie.pictures.image import Image
from dreammovie.pictures.sizes import MIN_SIDE

_CHUNK = 1024  # of a guide's features, compared with all places at once

Seen = Mapping[str, tf.Tensor]
"""Activations float32 (B, h, w, C) by the name of their layer."""


@dataclass(frozen=True)
class Term:
    """Something to be asked about a layer. Equal terms are asked once, and their weights added.

    Attributes:
        layer: The layer's name.
    """

    layer: str

    def width(self, channels: Callable[[str], int]) -> int:
        """How many answers there are, each with a weight, in a layer of so many channels."""
        return 1

    @property
    def size(self) -> int:
        """How many numbers it is given at every moment, beside the weights of its answers."""
        return 0

    def given(self, moment: Moment) -> np.ndarray:
        """Those numbers, float32 (size,)."""
        return np.empty(0, np.float32)

    def answers(self, seen: Seen, given: tf.Tensor) -> tf.Tensor:
        """float32 (B, width), from what is seen and what it is given."""
        raise NotImplementedError

    def place(self, index: int) -> str:
        """How a person would write one of the answers."""
        return self.layer


@dataclass(frozen=True)
class Whole(Term):
    """Mean square of a whole layer."""

    def answers(self, seen: Seen, given: tf.Tensor) -> tf.Tensor:
        return tf.reduce_mean(seen[self.layer] ** 2, [1, 2, 3])[:, None]


@dataclass(frozen=True)
class Channels(Term):
    """Mean of every channel of a layer: which of them count is a matter of weights."""

    def width(self, channels: Callable[[str], int]) -> int:
        return channels(self.layer)

    def answers(self, seen: Seen, given: tf.Tensor) -> tf.Tensor:
        return tf.reduce_mean(seen[self.layer], [1, 2])

    def place(self, index: int) -> str:
        return f"{self.layer}:{index}"


@dataclass(frozen=True)
class Likeness(Term):
    """Mean dot product with the best-matching feature of a guide, see `guide`.

    Attributes:
        features_at: Gives the guide's features at a moment, float32 (N, C).
        shape: (N, C) of them.
    """

    features_at: Callable[[Moment], np.ndarray]
    shape: tuple[int, int]

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    def given(self, moment: Moment) -> np.ndarray:
        return self.features_at(moment).reshape(-1)

    def answers(self, seen: Seen, given: tf.Tensor) -> tf.Tensor:
        here, features = seen[self.layer], tf.reshape(given, self.shape)
        ends = np.linspace(0, self.shape[0], math.ceil(self.shape[0] / _CHUNK) + 1).astype(int)
        chunks = [features[start:end] for start, end in pairwise(ends)]
        places = tf.reshape(here, (-1, self.shape[1]))
        best = tf.fill(tf.shape(places)[:1], -np.inf)
        matches = tf.zeros_like(places)
        for chunk in chunks:
            products = tf.matmul(tf.stop_gradient(places), chunk, transpose_b=True)
            highest = tf.reduce_max(products, 1)
            found = tf.gather(chunk, tf.argmax(products, 1))
            matches = tf.where((highest > best)[:, None], found, matches)
            best = tf.maximum(best, highest)
        products = here * tf.reshape(matches, tf.shape(here))
        return tf.reduce_mean(tf.reduce_sum(products, 3), [1, 2])[:, None]

    def place(self, index: int) -> str:
        return f"{self.layer} like the guide"


Weights = Mapping[tuple[Term, int], float]
"""How much each answer of each term counts; what is not named counts nothing."""


class Terms:
    """The terms that a step is compiled for, and where their weights lie in one vector.

    Args:
        terms: Without repetition.
        channels: Gives the number of channels of a layer.

    Attributes:
        layers: Names of the layers that are looked at.
        size: Length of the vector.
    """

    def __init__(self, terms: Iterable[Term], channels: Callable[[str], int]) -> None:
        self._first: dict[Term, int] = {}
        self._answers = 0
        for term in terms:
            self._first[term] = self._answers
            self._answers += term.width(channels)
        self.size = self._answers + sum(term.size for term in self._first)
        self.layers = tuple(dict.fromkeys(term.layer for term in self._first))

    def vector(self, weights: Weights, moment: Moment) -> np.ndarray:
        """Weights as the step takes them, and what the terms are given; float32 (size,)."""
        counts = np.zeros(self._answers, np.float32)
        for (term, index), weight in weights.items():
            counts[self._first[term] + index] = weight
        return np.concatenate([counts, *(term.given(moment) for term in self._first)])

    def score(self, seen: Seen, vector: tf.Tensor) -> tf.Tensor:
        """The weighted sum of all answers, float32 (B,)."""
        answers, begin = [], self._answers
        for term in self._first:
            answers.append(term.answers(seen, vector[begin : begin + term.size]))
            begin += term.size
        return tf.reduce_sum(tf.concat(answers, 1) * vector[: self._answers], 1)


def no_strengths(name: str) -> np.ndarray:
    """Where an objective cannot look at a picture before it is dreamt."""
    raise AssertionError("nobody has looked at a picture")


@dataclass(frozen=True)
class Moment:
    """When an objective is asked for its weights.

    Attributes:
        frame: Number of the frame that is made; 0 is a picture that is no frame of a movie.
        fps: Frames per second.
        strengths: Gives the mean of every channel of a layer, float32 (C,), for the picture that
            is about to be dreamt.
    """

    frame: int = 0
    fps: float = 1.0
    strengths: Callable[[str], np.ndarray] = field(default=no_strengths, repr=False, compare=False)


@dataclass(frozen=True)
class Objective:
    """A score to be raised.

    Attributes:
        terms: What is looked at, whenever.
        weights: Gives the weights of a moment; all are of these terms.
        description: How a person would write it.
    """

    terms: tuple[Term, ...]
    weights: Callable[[Moment], Weights]
    description: str

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the layers it looks at."""
        return tuple(dict.fromkeys(term.layer for term in self.terms))

    def score(self, seen: Seen, moment: Moment = Moment()) -> tf.Tensor:
        """Its value, float32 (B,)."""
        terms = Terms(self.terms, lambda name: seen[name].shape[3])
        return terms.score(seen, terms.vector(self.weights(moment), moment))

    def __add__(self, other: Objective) -> Objective:
        def weights(moment: Moment) -> Weights:
            total = dict(self.weights(moment))
            for answer, weight in other.weights(moment).items():
                total[answer] = total.get(answer, 0.0) + weight
            return total

        terms = tuple(dict.fromkeys(self.terms + other.terms))
        if other.description.startswith("-"):
            return Objective(terms, weights, f"{self.description} - {other.description[1:]}")
        return Objective(terms, weights, f"{self.description} + {other.description}")

    def __sub__(self, other: Objective) -> Objective:
        return self + -1 * other

    def __mul__(self, factor: float) -> Objective:
        def weights(moment: Moment) -> Weights:
            return {answer: factor * weight for answer, weight in self.weights(moment).items()}

        return Objective(self.terms, weights, f"{factor:g} * ({self.description})")

    __rmul__ = __mul__


def one(term: Term, index: int = 0) -> Objective:
    """One answer of one term, always."""
    return Objective((term,), lambda moment: {(term, index): 1.0}, term.place(index))


def layer(name: str) -> Objective:
    """Mean square of a whole layer: more of whatever is already there.

    Mordvintsev et al. 2015 set the gradient to the activations, the same up to scale.
    """
    return one(Whole(name))


def channel(name: str, index: int) -> Objective:
    """Mean activation of one channel: more of one thing (Olah et al. 2017)."""
    return one(Channels(name), index)


def guide(
    name: str, features_at: Callable[[Moment], np.ndarray], shape: tuple[int, int]
) -> Objective:
    """Dot product with the best-matching feature of a guide: more of what is there.

    At every position of the layer, the guide's feature with the largest dot product
    becomes the gradient (Mordvintsev et al., DeepDream notebook, 2015). The score is the
    mean of these dot products; which feature matches is held constant in its gradient.

    Args:
        name: Of the layer.
        features_at: Gives the guide's activations there at a moment, as from `features_of`.
        shape: (N, C) of them.
    """
    return one(Likeness(name, features_at, shape))


def features_of(image: Image, name: str, network: Network) -> np.ndarray:
    """A network's features of an image, float32 (N, C), one for each position of a layer.

    Args:
        image: float32 (H, W, 3), RGB, 0..255; the network sees it as one tile. One that is
            too small for it is mirrored until it is not.
    """
    least = max(MIN_SIDE, source_of(network.name).min_side)
    more = [(0, max(0, least - side)) for side in image.shape[:2]]
    image = np.pad(image, (*more, (0, 0)), "symmetric")
    seen = network.activations(tf.constant(image[None]), [name])[name].numpy()
    return seen.reshape(-1, seen.shape[3])


def of_channels(
    name: str, weights: Callable[[Moment], Mapping[int, float]], description: str
) -> Objective:
    """Some channels of a layer, which may be others at every moment.

    Args:
        weights: Gives channels and how much each counts.
    """
    term = Channels(name)

    def at(moment: Moment) -> Weights:
        return {(term, index): weight for index, weight in weights(moment).items()}

    return Objective((term,), at, description)


def over_time(
    objectives: Sequence[Objective],
    between: Callable[[Moment], tuple[int, int, float]],
    description: str,
) -> Objective:
    """One objective after another, blended from each to the next.

    Args:
        between: Gives the numbers of two, and how much the second one counts, 0 to 1.
    """

    def weights(moment: Moment) -> Weights:
        before, after, share = between(moment)
        if not share:
            return objectives[before].weights(moment)
        both = (1 - share) * objectives[before] + share * objectives[after]
        return both.weights(moment)

    terms = tuple(dict.fromkeys(term for each in objectives for term in each.terms))
    return Objective(terms, weights, description)
