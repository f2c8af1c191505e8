"""What a network's layers dream of out of noise, one by one."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from dreammovie.dreaming.dream import ascent_for
from dreammovie.dreaming.stages import PictureSettings, Stage, dream_stages
from dreammovie.networks.network import Network
from dreammovie.pictures.image import Image
from dreammovie.pictures.palette import Palette
from dreammovie.pictures.sheet import Label
from dreammovie.pictures.sizes import parse_size
from dreammovie.settings import setting

_GRAIN = 5  # of the noise, grey levels: enough to begin with, too little to be seen in the end

VIVID = Palette((120.0, 120.0, 120.0), (50.0, 50.0, 50.0))
"""For dreams out of noise, which has no colours of its own to keep."""


@dataclass(frozen=True)
class SheetSettings(PictureSettings):
    """How a sheet of all layers is dreamt."""

    OPEN = False

    size: str = setting("256x256", "size of each layer's picture in pixels", metavar="WxH")


def noise(size: str, seed: int) -> Image:
    """Grey noise for a layer to dream from; float32 (H, W, 3)."""
    height, width = parse_size(size, even=False)
    rng = np.random.default_rng(seed)
    return rng.normal(VIVID.means, _GRAIN, (height, width, 3)).astype(np.float32)


def layer_dreams(
    network: Network, settings: SheetSettings
) -> Iterator[tuple[str, Iterator[Stage]]]:
    """What each main layer dreams of out of noise, for a sheet of them.

    Yields:
        The layer's name, and the stages of its dream, to be used before the next is asked for.
    """
    start = noise(settings.size, settings.seed)
    for name in network.main_layers:
        ascent = ascent_for(network, replace(settings, layer=name))
        yield name, dream_stages(start, ascent, settings, VIVID)
        del ascent
        gc.collect()  # what was compiled for a layer holds on to itself, 100 MB and more


def layer_label(network: Network, name: str) -> Label:
    """A layer's name, how deep it lies, and how many channels it has."""
    return Label(name, f"{network.depth(name):.0%}, {network.layers[name].channels} channels")
