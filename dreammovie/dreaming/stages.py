"""One picture and its dream, after every step, at the size it has in the end."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from dreammovie import __version__
from dreammovie.dreaming.dream import DreamSettings, Step, ascent_for, dream_steps
from dreammovie.dreaming.octaves import carry_up, octave_shapes, take_apart
from dreammovie.networks.weights import Ready, ready
from dreammovie.pictures.image import Image, fit
from dreammovie.pictures.palette import Palette, match_palette
from dreammovie.pictures.sizes import SIZES, SizeSettings, natural_shape, parse_size
from dreammovie.settings import other_default, setting

if TYPE_CHECKING:
    from dreammovie.dreaming.gradient import Ascent

_LONGEST = 640


@dataclass(frozen=True)
class PictureSettings(SizeSettings, DreamSettings):
    """How one picture is dreamt: as strongly as a movie's after some frames."""

    ONE: ClassVar[bool] = True

    step_size: float = other_default(DreamSettings, "step_size", 2.0)
    octaves: int = other_default(DreamSettings, "octaves", 4)
    octave_scale: float = other_default(DreamSettings, "octave_scale", 1.4)


@dataclass(frozen=True)
class EvolutionSettings(PictureSettings):
    """How the film of one picture's dream is made."""

    size: str | None = setting(
        None,
        f"size of the dream in pixels, {SIZES} "
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
    _pyramid: Sequence[Image] = field(repr=False)
    _palette: Palette = field(repr=False)
    _softness: float = field(repr=False)

    @property
    def image(self) -> Image:
        """float32 (H, W, 3), 0..255: at the final size, with the start's mean and contrast."""
        step = self.step
        share = (step.step + 1) / step.steps
        image = carry_up(step.image, self._pyramid, step.octave, share, self._softness)
        return match_palette(image, self._palette)


def start_picture(photo: Image, name: Path | str, settings: PictureSettings) -> Image:
    """The picture at the size in which it is dreamt; what does not fit is cropped.

    Args:
        photo: float32 (H, W, 3).
        name: What to call it in the sentence about its size.

    Raises:
        DreamError: no network sees anything in so few pixels, or they are too many.
    """
    film = isinstance(settings, EvolutionSettings)
    if settings.size is not None:
        return fit(photo, parse_size(settings.size, even=film, of=photo.shape[:2]))
    return fit(photo, natural_shape(photo.shape[:2], name, _LONGEST if film else None, even=film))


def made_with(
    ascent: Ascent,
    settings: DreamSettings,
    *,
    start: str,
    weights: str,
    guide: Mapping[str, str] | None = None,
) -> str:
    """How a picture was dreamt, for its file's description; JSON.

    Args:
        ascent: From `ascent_for`, of the same settings.
        settings: The settings.
        start, weights: Digests of the picture, and of what the network was loaded from.
        guide: Name of the guide, without its folder, to its digest.
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


def dream_stages(
    image: Image, ascent: Ascent, settings: DreamSettings, palette: Palette | None = None
) -> Iterator[Stage]:
    """Dreams a picture and yields it after every step.

    Args:
        image: float32 (H, W, 3), RGB, 0..255; not changed.
        ascent: From `ascent_for`, of the same settings.
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


def dream_picture(picture: Image, settings: PictureSettings | None = None) -> Image:
    """Dreams a picture, from loading the network to the last step.

    Args:
        picture: float32 (H, W, 3), RGB, 0..255; not changed.
        settings: How; None: as nobody says otherwise.

    Returns:
        float32 (h, w, 3), 0..255, in the settings' size.

    Raises:
        DreamError: the network's weights cannot be had, it has no such layer, or the picture is
            too small.
    """
    settings = settings or PictureSettings()
    start = start_picture(picture, "The picture", settings)
    *_, awake = ready(settings.network, settings.precision)
    assert isinstance(awake, Ready)
    *_, last = dream_stages(start, ascent_for(awake.network, settings), settings)
    return last.image
