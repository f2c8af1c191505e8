"""A loaded network: layers by name, and a function from images to their activations."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from dreammovie.errors import DreamError, unknown
from dreammovie.networks.classes import Classes
from dreammovie.networks.table import BUILT_IN, FIRST_CHOICE, check_needs, source_of

if TYPE_CHECKING:
    import tensorflow as tf

_CAFFE = re.compile(r"inception_?(\d[a-e])([/_.].*)?", re.IGNORECASE)
"""Blocks of Inception as Caffe names them, and the many dreams that were made with it."""


@dataclass(frozen=True)
class Layer:
    """A place in a network where a dream can look.

    Attributes:
        depth: Number of operations between the image and it.
        channels: Number of features, the last axis of its activations.
        main: Whether it is one of the layers the field speaks of, not one inside a block.
        receptive_field: Longer side of what one place of it sees of the image, pixels;
            None where that is the whole image.
    """

    depth: int
    channels: int
    main: bool
    receptive_field: int | None = None


@dataclass(frozen=True)
class Network:
    """A loaded network.

    Attributes:
        name: Its name in `NETWORKS`.
        layers: All layers by name, in order of depth.
        activations: Takes images float32 (B, H, W, 3), RGB, 0..255, and layer names,
            and gives {name: float32 (B, h, w, C)}. Preprocessing happens inside, and
            only what lies below the named layers is built and run.
        blocked: Layers that the file has but this program cannot compute, and why.
        precision: The numbers it computes with inside, "float32" or "bfloat16".
        tile: Longest side of the tiles it sees, pixels; None is any.
        classes: What its classifier tells apart; None: its weights are without one.
        words: Of a layer by its name: words for channels of it, and the channels' numbers.
    """

    name: str
    layers: Mapping[str, Layer]
    activations: Callable[[tf.Tensor, Sequence[str]], dict[str, tf.Tensor]]
    blocked: Mapping[str, str] = field(default_factory=dict)
    precision: str = "float32"
    tile: int | None = None
    classes: Classes | None = None
    words: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @property
    def favourite(self) -> str:
        """What to dream of where a person names no layer, as one would write it."""
        return " + ".join(self.favourite_layers)

    @property
    def favourite_layers(self) -> list[str]:
        """The layers that `favourite` is the sum of."""
        return [self.find(place) for place in source_of(self.name).favourite.split(" + ")]

    @property
    def main_layers(self) -> list[str]:
        """Names of the layers the field speaks of, in order of depth."""
        return [name for name, layer in self.layers.items() if layer.main]

    def depth(self, layer: str) -> float:
        """How deep a layer lies, as a share of the deepest main layer's depth."""
        return self.layers[layer].depth / max(self.layers[name].depth for name in self.main_layers)

    def find(self, place: str) -> str:
        """The name of a layer that is written as itself, or as a depth in percent.

        Args:
            place: A name, or such as "60%": the main layer nearest to that part of the
                deepest one's depth. So the same words serve for every network.

        Raises:
            DreamError: no such depth; `check` is for names.
        """
        if not place.endswith("%"):
            return place
        try:
            wanted = float(place[:-1]) / 100
        except ValueError:
            wanted = -1.0
        if not 0 <= wanted <= 1:
            raise DreamError(f"There is no depth {place!r}; expected is one from 0% to 100%.")
        return min(self.main_layers, key=lambda name: abs(self.depth(name) - wanted))

    def classified(self) -> Classes:
        """The classes that its classifier tells apart.

        Raises:
            DreamError: its weights are without one; the message says what to do.
        """
        if self.classes is None:
            source = source_of(self.name)
            whole = source.file.replace("_notop", "")
            instead = f" Keras has a file with it, {whole}: give that with --weights, or take"
            raise DreamError(
                f"{self.name} is loaded without its classifier, which alone knows names."
                f"{' Take' if source.head is None else instead} --network {FIRST_CHOICE} or "
                f"{BUILT_IN}, whose weights have one."
            )
        return self.classes

    def channel(self, layer: str, word: str) -> int:
        """The channel of a layer that a word stands for.

        Raises:
            DreamError: there is no such word; the message lists those there are.
        """
        words = self.words.get(layer, {})
        if word.lower() not in words:
            if words:
                raise unknown("word", word, words, f" for a channel of {layer} in {self.name}")
            elsewhere = [f"{name}:{next(iter(each))}" for name, each in self.words.items()]
            raise DreamError(
                f"No channel of {layer} in {self.name} has a word, such as {word!r}. Write a "
                f"number, as in {layer}:13{', or ' if elsewhere else ''}{', '.join(elsewhere)}."
            )
        return words[word.lower()]

    def check(self, layer: str, channel: int | None) -> None:
        """Raises DreamError where this network has no such layer or channel."""
        if layer in self.blocked:
            raise DreamError(
                f"Layer {layer} of {self.name} cannot be computed: {self.blocked[layer]}."
            )
        if layer not in self.layers:
            meant = _CAFFE.sub(r"mixed\1", layer)
            raise unknown("layer", layer, self.main_layers, f" in {self.name}", meant)
        channels = self.layers[layer].channels
        if channel is not None and channel >= channels:
            raise DreamError(
                f"Layer {layer} of {self.name} has channels 0 to {channels - 1}; "
                f"{channel} was asked for."
            )


def load_network(name: str, weights: Path, precision: str = "float32") -> Network:
    """Loads a network from a file of weights (see `networks.weights`).

    Args:
        name: In `NETWORKS`.
        weights: The file.
        precision: Numbers to compute with, "float32" or "bfloat16".

    Raises:
        DreamError: no such network, what it needs is not installed, or the file does not
            hold its weights.
        OSError: the file cannot be read.
    """
    check_needs(name)
    loader = import_module(source_of(name).loader)
    return taking_pictures(loader.load(weights, name, precision))


def taking_pictures(network: Network) -> Network:
    """A loader's network that takes images as they are: its row says what becomes of them."""
    source = source_of(network.name)

    def activations(images: tf.Tensor, wanted: Sequence[str]) -> dict[str, tf.Tensor]:
        height, width = (side or source.min_side for side in images.shape[1:3])
        if min(height, width) < source.min_side:
            raise DreamError(
                f"{network.name} needs pictures of at least {source.min_side}x{source.min_side} "
                f"pixels; {width}x{height} is too small. Choose a larger size."
            )
        return network.activations(source.pixels.of(images), wanted)

    return replace(network, activations=activations)
