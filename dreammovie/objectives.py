"""What a dream climbs towards: a score that rises as the network sees more of something.

Objectives add and multiply, as in `0.3 * layer("mixed3b") + channel("mixed4c", 13)`
(the idea is lucid's, Olah et al., distill.pub/2017/feature-visualization).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dreammovie.device import tf
from dreammovie.errors import DreamError
from dreammovie.networks import Network


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


def parse(text: str, network: Network) -> Objective:
    """The objective that a person writes as "mixed4c", or "mixed4c:13" for one channel.

    Raises:
        DreamError: the network has no such layer or channel.
    """
    name, colon, index = text.partition(":")
    if not colon:
        network.check(name, None)
        return layer(name)
    if not index.isdecimal():
        raise DreamError(
            f"--layer was {text!r}; expected is a layer, or a layer, a colon and a channel's "
            "number, such as mixed4c:13."
        )
    network.check(name, int(index))
    return channel(name, int(index))
