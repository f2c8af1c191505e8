"""What a dream climbs towards: a score that rises as the network sees more of something.

Objectives add and multiply, as in `0.3 * layer("mixed3b") + channel("mixed4c", 13)`
(the idea is lucid's, Olah et al., distill.pub/2017/feature-visualization).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from dreammovie.device import tf
from dreammovie.errors import DreamError
from dreammovie.networks.network import Network
from dreammovie.networks.table import source_of
from dreammovie.pictures.image import Image
from dreammovie.pictures.sizes import MIN_SIDE

_CHUNK = 1024  # of a guide's features, compared with all places at once


@dataclass(frozen=True)
class Objective:
    """A score to be raised.

    Attributes:
        layers: Names of the layers it looks at.
        score: Takes {layer: activations float32 (B, h, w, C)} and gives float32 (B,).
        description: How a person would write it.
    """

    layers: tuple[str, ...]
    score: Callable[[Mapping[str, tf.Tensor]], tf.Tensor]
    description: str

    def __add__(self, other: Objective) -> Objective:
        return Objective(
            self.layers + tuple(name for name in other.layers if name not in self.layers),
            lambda activations: self.score(activations) + other.score(activations),
            f"{self.description} + {other.description}",
        )

    def __mul__(self, weight: float) -> Objective:
        return Objective(
            self.layers,
            lambda activations: weight * self.score(activations),
            f"{weight:g} * ({self.description})",
        )

    __rmul__ = __mul__


def layer(name: str) -> Objective:
    """Mean square of a whole layer: more of whatever is already there.

    Mordvintsev et al. 2015 set the gradient to the activations, the same up to scale.
    """
    return Objective((name,), lambda seen: tf.reduce_mean(seen[name] ** 2, [1, 2, 3]), name)


def channel(name: str, index: int) -> Objective:
    """Mean activation of one channel: more of one thing (Olah et al. 2017)."""
    return Objective(
        (name,), lambda seen: tf.reduce_mean(seen[name][..., index], [1, 2]), f"{name}:{index}"
    )


def guide(name: str, features: np.ndarray) -> Objective:
    """Dot product with the best-matching feature of a guide image: more of what is there.

    At every position of the layer, the guide's feature with the largest dot product
    becomes the gradient (Mordvintsev et al., DeepDream notebook, 2015). The score is the
    mean of these dot products; which feature matches is held constant in its gradient.

    Args:
        name: Of the layer.
        features: float32 (N, C), the guide's activations there, as from `features_of`.
    """
    chunks = np.array_split(features, math.ceil(len(features) / _CHUNK))

    def score(seen: Mapping[str, tf.Tensor]) -> tf.Tensor:
        places = tf.reshape(seen[name], (-1, features.shape[1]))
        best = tf.fill(tf.shape(places)[:1], -np.inf)
        matches = tf.zeros_like(places)
        for chunk in chunks:
            products = tf.matmul(tf.stop_gradient(places), chunk, transpose_b=True)
            highest = tf.reduce_max(products, 1)
            found = tf.gather(chunk, tf.argmax(products, 1))
            matches = tf.where((highest > best)[:, None], found, matches)
            best = tf.maximum(best, highest)
        products = seen[name] * tf.reshape(matches, tf.shape(seen[name]))
        return tf.reduce_mean(tf.reduce_sum(products, 3), [1, 2])

    return Objective((name,), score, f"{name} like the guide")


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


def parse(text: str, network: Network, guided_by: Image | None = None) -> Objective:
    """The objective that a person writes.

    Alone: a layer ("mixed4c"), a depth in percent of the deepest main layer's ("60%"), or
    one channel of either ("mixed4c:13"). Several: a list of layers and weights
    ("mixed3:1,mixed5:0.5"). A star always comes before a weight, so that a channel can have
    one ("mixed4c:13*0.5"); without it, the number after a colon is a weight in a list, or
    with a decimal point, and else a channel.

    Args:
        text: As above.
        network: Whose layers they are.
        guided_by: float32 (H, W, 3), the guide image of every layer; None is no guide.

    Raises:
        DreamError: it is written in no such way, or the network has no such layer or channel.
    """
    parts = text.split(",")
    objectives = [_part(part.strip(), len(parts) > 1, network, guided_by) for part in parts]
    total = objectives[0]
    for objective in objectives[1:]:
        total += objective
    return total


_PART = re.compile(
    r"(?P<place>[^:*]+)(:(?P<number>[0-9]+|-?[0-9]*\.?[0-9]+))?(\*(?P<weight>-?[0-9]*\.?[0-9]+))?"
)


def _part(text: str, listed: bool, network: Network, guided_by: Image | None) -> Objective:
    """One part of what `parse` reads; `listed` where there are others."""
    match = _PART.fullmatch(text)
    place, number, weight = match.group("place", "number", "weight") if match else ("", "", "")
    if weight is None and number is not None and (listed or "." in number):
        number, weight = None, number
    if not place or not (number is None or number.isdecimal()) or (weight and not float(weight)):
        raise DreamError(
            f"--layer was {text!r}; expected is a layer such as mixed4c, a channel of it such as "
            "mixed4c:13, a depth such as 60%, or a list with weights such as mixed3:1,mixed5:0.5, "
            "where a channel is written mixed4c:13*0.5."
        )
    name, index = network.find(place), None if number is None else int(number)
    network.check(name, index)
    if index is not None and guided_by is not None:
        raise DreamError(
            f"--guide is for whole layers, and --layer was {text!r}. Leave :{index} away."
        )
    if guided_by is not None:
        objective = guide(name, features_of(guided_by, name, network))
    else:
        objective = layer(name) if index is None else channel(name, index)
    return objective if weight is None else float(weight) * objective
