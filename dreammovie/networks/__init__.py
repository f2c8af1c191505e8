"""The table of networks, and the one way to load them.

A network is data: a row of facts, and a function from images to activations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dreammovie.errors import DreamError, unknown

if TYPE_CHECKING:
    import tensorflow as tf


@dataclass(frozen=True)
class Source:
    """What is known of a network before loading it.

    Attributes:
        description: One line for `--list-networks`.
        loader: Module of this package whose `load(path, name, precision)` reads the weights.
        favourite: The layer to dream with where a person names none.
        file: Name of the weights file: in the cache, or beside the loader if it ships.
        sha256: Digest of that file.
        url: Where an archive with that file is published; None where the file ships
            with the package.
        archive_sha256: Digest of the archive.
    """

    description: str
    loader: str
    favourite: str
    file: str
    sha256: str
    url: str | None = None
    archive_sha256: str | None = None


@dataclass(frozen=True)
class Layer:
    """A place in a network where a dream can look.

    Attributes:
        depth: Number of operations between the image and it.
        channels: Number of features, the last axis of its activations.
        main: Whether it is one of the layers the field speaks of, not one inside a block.
    """

    depth: int
    channels: int
    main: bool


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
    """

    name: str
    layers: Mapping[str, Layer]
    activations: Callable[[tf.Tensor, Sequence[str]], dict[str, tf.Tensor]]
    blocked: Mapping[str, str] = field(default_factory=dict)
    precision: str = "float32"

    @property
    def favourite(self) -> str:
        """The layer to dream with where a person names none."""
        return source_of(self.name).favourite

    @property
    def main_layers(self) -> list[str]:
        """Names of the layers the field speaks of, in order of depth."""
        return [name for name, layer in self.layers.items() if layer.main]

    def check(self, layer: str, channel: int | None) -> None:
        """Raises DreamError where this network has no such layer or channel."""
        if layer in self.blocked:
            raise DreamError(
                f"Layer {layer} of {self.name} cannot be computed: {self.blocked[layer]}."
            )
        if layer not in self.layers:
            raise unknown("layer", layer, self.main_layers, f" in {self.name}")
        channels = self.layers[layer].channels
        if channel is not None and channel >= channels:
            raise DreamError(
                f"Layer {layer} of {self.name} has channels 0 to {channels - 1}; "
                f"{channel} was asked for."
            )


NETWORKS = {
    "inception5h": Source(
        description="Google's Inception of 2015, the network of the first deep dreams",
        loader="dreammovie.networks.inception5h",
        favourite="mixed4c",
        file="tensorflow_inception_graph.pb",
        sha256="a39b08b826c9d5a5532ff424c03a3a11a202967544e389aca4b06c2bd8aef63f",
        url="https://storage.googleapis.com/download.tensorflow.org/models/inception5h.zip",
        archive_sha256="d13569f6a98159de37e92e9c8ec4dae8f674fbf475f69fe6199b514f756d4364",
    ),
    "dreamnet": Source(
        description="our own, small and quick: it ships with dreammovie and needs no download",
        loader="dreammovie.networks.dreamnet",
        favourite="mixed4c",
        file="weights.npz",
        sha256="",
    ),
}

FIRST_CHOICE, SECOND_CHOICE = "inception5h", "dreamnet"
"""Who dreams where a person names nobody; the second where the first cannot be had."""


def source_of(name: str) -> Source:
    """The row of a network in `NETWORKS`.

    Raises:
        DreamError: there is none; the message lists those there are.
    """
    if name not in NETWORKS:
        raise unknown("network", name, NETWORKS)
    return NETWORKS[name]


def load_network(name: str, weights: Path, precision: str = "float32") -> Network:
    """Loads a network from a file of weights.

    Args:
        name: In `NETWORKS`.
        weights: The file.
        precision: Numbers to compute with: "float32", "bfloat16" or "auto", see
            `device.precision`.

    Raises:
        DreamError: no such network, or the file does not hold its weights.
        OSError: the file cannot be read.
    """
    from importlib import import_module

    from dreammovie import device

    numbers = device.precision(precision)
    network = import_module(source_of(name).loader).load(weights, name, numbers)
    return replace(network, precision=numbers)
