"""One picture and its dream, after every step, at the size it has in the end."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dreammovie import __version__
from dreammovie.dream import DreamSettings, Step, dream_steps, prepare
from dreammovie.image import Image, Palette, fit, match_palette
from dreammovie.movie import natural_shape, parse_size
from dreammovie.octaves import carry_up, octave_shapes, take_apart
from dreammovie.settings import other_default, setting

if TYPE_CHECKING:
    from dreammovie.gradient import Ascent
    from dreammovie.networks import Network

_LONGEST = 640


@dataclass(frozen=True)
class PictureSettings(DreamSettings):
    """How one picture is dreamt: as strongly as a movie's after some frames."""

    step_size: float = other_default(DreamSettings, "step_size", 2.0)
    octaves: int = other_default(DreamSettings, "octaves", 4)
    octave_scale: float = other_default(DreamSettings, "octave_scale", 1.4)
    size: str | None = setting(
        None, "size in pixels, such as 1280x720 (default: the picture's own)", metavar="WxH"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.size is not None:
            parse_size(self.size)


@dataclass(frozen=True)
class EvolutionSettings(PictureSettings):
    """How the film of one picture's dream is made."""

    size: str | None = setting(
        None,
        "size of the dream in pixels, such as 1280x720 "
        f"(default: the picture's own, the longer side at most {_LONGEST})",
        metavar="WxH",
    )
    fps: float = setting(12.0, "steps shown per second", low=0.1, high=50.0)


@dataclass(frozen=True)
class Stage:
    """The picture after one of its steps.

    Attributes:
        number: Steps done, from 1 on. It falls back to 1 where the device ran out of memory
            and the dream begins anew with smaller tiles.
        count: Steps in all.
        step: The step just done.
    """

    number: int
    count: int
    step: Step
    _pyramid: Sequence[Image]
    _palette: Palette
    _softness: float

    @property
    def image(self) -> Image:
        """float32 (H, W, 3), 0..255: at the final size, with the start's mean and contrast."""
        step = self.step
        share = (step.step + 1) / step.steps
        image = carry_up(step.image, self._pyramid, step.octave, share, self._softness)
        return match_palette(image, self._palette)


@dataclass(frozen=True)
class SheetSettings(PictureSettings):
    """How a sheet of all layers is dreamt."""

    size: str = setting("256x256", "size of each layer's picture in pixels", metavar="WxH")


_GRAIN = 5  # of the noise, grey levels: enough to begin with, too little to be seen in the end

VIVID = Palette((120.0, 120.0, 120.0), (50.0, 50.0, 50.0))
"""For dreams out of noise, which has no colours of its own to keep."""


def noise(size: str, seed: int) -> Image:
    """Grey noise for a layer to dream from; float32 (H, W, 3)."""
    height, width = parse_size(size, even=False)
    rng = np.random.default_rng(seed)
    return rng.normal(VIVID.means, _GRAIN, (height, width, 3)).astype(np.float32)


def start_picture(photo: Image, path: Path, settings: PictureSettings) -> Image:
    """The picture at the size in which it is dreamt; what does not fit is cropped.

    Args:
        photo: float32 (H, W, 3).
        path: Where it is from, for the sentence about its size.

    Raises:
        DreamError: no network sees anything in so few pixels, or they are too many.
    """
    film = isinstance(settings, EvolutionSettings)
    if settings.size is not None:
        return fit(photo, parse_size(settings.size, even=film))
    return fit(photo, natural_shape(photo.shape[:2], path, _LONGEST if film else None, even=film))


def made_with(
    ascent: Ascent, settings: DreamSettings, *, start: str, weights: str, guide: str | None = None
) -> str:
    """How a picture was dreamt, for its file's description; JSON.

    Args:
        ascent: From `dream.prepare`, of the same settings.
        settings: The settings.
        start, weights, guide: Digests of the picture, of what the network was loaded from,
            and of the guide.
    """
    network = ascent.network
    definite = {
        "network": network.name,
        "layer": settings.layer or network.favourite,
        "precision": network.precision,
    }
    return json.dumps(
        {
            "settings": asdict(settings) | definite,
            "start": start,
            "guide": guide,
            "weights": weights,
            "dreammovie": __version__,
        }
    )


def evolution(
    image: Image, ascent: Ascent, settings: DreamSettings, palette: Palette | None = None
) -> Iterator[Stage]:
    """Dreams a picture and yields it after every step.

    Args:
        image: float32 (H, W, 3), RGB, 0..255; not changed.
        ascent: From `dream.prepare`, of the same settings.
        settings: How many steps and octaves, and how large.
        palette: The mean and contrast of all stages; None: the image's own.
    """
    palette = palette or Palette.of(image)
    shapes = octave_shapes(image.shape[:2], settings.octaves, settings.octave_scale)
    pyramid = take_apart(image, shapes)
    for step in dream_steps(image, ascent, settings, np.random.default_rng(settings.seed)):
        yield Stage(
            step.octave * step.steps + step.step + 1,
            step.octaves * step.steps,
            step,
            pyramid,
            palette,
            settings.softness,
        )


def layer_dreams(
    network: Network, settings: SheetSettings
) -> Iterator[tuple[str, Iterator[Stage]]]:
    """What each main layer dreams of out of noise, for a sheet of them.

    Yields:
        The layer's name, and the stages of its dream, to be used before the next is asked for.
    """
    start = noise(settings.size, settings.seed)
    for name in network.main_layers:
        ascent = prepare(network, replace(settings, layer=name))
        yield name, evolution(start, ascent, settings, VIVID)
        del ascent
        gc.collect()  # what was compiled for a layer holds on to itself, 100 MB and more
