"""Dreaming one image: octaves, steps, and the settings they follow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np

from dreammovie.dreaming.octaves import MOST_OCTAVES, octave_shapes, put_together, take_apart
from dreammovie.dreaming.shaping import SHAPINGS
from dreammovie.dreaming.tiles import LEAST_TILE, TILE
from dreammovie.errors import unknown
from dreammovie.networks.precision import PRECISIONS
from dreammovie.networks.table import BUILT_IN, FIRST_CHOICE
from dreammovie.pictures.image import Image
from dreammovie.pictures.sizes import MAX_SIDE
from dreammovie.settings import Settings, setting

if TYPE_CHECKING:
    from dreammovie.dreaming.gradient import Ascent
    from dreammovie.dreaming.objectives import Objective
    from dreammovie.networks.network import Network


@dataclass(frozen=True)
class DreamSettings(Settings):
    """How an image is dreamt. The defaults are the recipe `classic`."""

    ONE: ClassVar[bool] = False
    """Whether it is one image, and not many as in a movie."""

    network: str | None = setting(
        None,
        f"who dreams; see --list-networks (default: {FIRST_CHOICE}, or {BUILT_IN} where "
        "its weights cannot be had)",
        metavar="NAME",
        fixed="every network is compiled for itself",
    )
    layer: str | None = setting(
        None,
        "what the dream is made of: a layer (mixed4c), one of its channels (mixed4c:13, or "
        "its word, mixed4c:eyes, where the network has words), a depth (60%), or a sum "
        "(mixed4c - 0.5*mixed3a); see --list-layers (default: the network's favourite)",
        metavar="LAYERS",
    )
    steps: int = setting(15, "gradient ascent steps in every octave", low=1, high=10_000)
    step_size: float = setting(
        1.0, "grey levels (of 255) that a step moves a pixel", low=0.0, high=1000.0
    )
    octaves: int = setting(
        2,
        "number of scales, the coarsest dreamt first",
        low=1,
        high=MOST_OCTAVES,
        fixed="every size is compiled for itself",
    )
    octave_scale: float = setting(
        2.0,
        "size ratio between neighbouring octaves, above 1",
        low=1.01,
        high=16.0,
        fixed="every size is compiled for itself",
    )
    softness: float = setting(
        0.3,
        "how much of the picture's own fine detail gives way to the dream's, 0 to 1",
        low=0.0,
        high=1.0,
    )
    shaping: str = setting(
        "smooth",
        f"how the gradient is evened out: {', '.join(SHAPINGS)}",
        metavar="NAME",
        fixed="every shaping is compiled for itself",
    )
    tile: int = setting(
        TILE,
        "longest side of the tiles that the network sees, pixels; more than the default needs "
        "more memory",
        low=LEAST_TILE,
        high=MAX_SIDE,
        fixed="every size is compiled for itself",
    )
    precision: str = setting(
        "auto",
        "numbers that the network counts with: float32, bfloat16 (half the time on some machines, "
        "twice on others, and nearly the same dream), or auto for the quicker on this one, which "
        "is measured once",
        metavar="NAME",
        fixed="every precision is compiled for itself",
    )
    seed: int = setting(
        0,
        "start of the random numbers",
        low=0,
        high=2**63 - 1,
        fixed="chance differs from frame to frame as it is",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.shaping not in SHAPINGS:
            raise unknown("shaping", self.shaping, SHAPINGS)
        if self.precision not in ("auto", *PRECISIONS):
            raise unknown("precision", self.precision, ("auto", *PRECISIONS))


CLASSIC = "classic"
"""The recipe whose settings are the defaults."""

RECIPES: Mapping[str, Mapping[str, Any]] = {
    # The lineage of the frame-sequence movie (Hvass' tutorial 14 and the scripts after it).
    CLASSIC: {},
    # Mordvintsev, Olah, Tyka: the DeepDream notebook, 2015.
    "google2015": {
        "steps": 10,
        "step_size": 1.5,
        "octaves": 4,
        "octave_scale": 1.4,
        "softness": 0.0,
        "shaping": "plain",
    },
    # Mordvintsev: TensorFlow's DeepDream notebook, 2016.
    "lapnorm": {
        "steps": 10,
        "step_size": 1.0,
        "octaves": 4,
        "octave_scale": 1.4,
        "softness": 0.0,
        "shaping": "laplacian",
    },
}
"""Named sets of settings, as differences from the defaults."""

IN_RECIPES = frozenset(name for recipe in RECIPES.values() for name in recipe)
"""The settings that every recipe has a value for, its own or the default."""

Some = TypeVar("Some", bound=DreamSettings)


def change(settings: Some, given: Mapping[str, Any], recipe: str | None = None) -> Some:
    """The settings with some changed. A recipe brings all of its own; what else is given wins.

    Args:
        settings: Where to start from.
        given: Name to value.
        recipe: Name in `RECIPES`, or None to start from the settings as they are.

    Raises:
        DreamError: a value is out of bounds, or there is no such recipe.
    """
    if recipe is not None:
        if recipe not in RECIPES:
            raise unknown("recipe", recipe, RECIPES)
        defaults = {f.name: f.default for f in fields(settings) if f.name in IN_RECIPES}
        settings = replace(settings, **{**defaults, **RECIPES[recipe]})
    return replace(settings, **given)


@dataclass(frozen=True)
class Step:
    """One ascent step, as progress bars, pages and evolution videos see it.

    Attributes:
        octave, octaves: Which octave, 0 the coarsest, and how many there are.
        step, steps: Which step in it, and how many there are.
    """

    octave: int
    octaves: int
    step: int
    steps: int
    _image: Any = field(repr=False)
    _score: Any = field(repr=False)

    # What is on the device stays there until somebody looks.

    @property
    def image(self) -> Image:
        """The image after the step, at this octave's size, not yet clipped."""
        return self._image.numpy()

    @property
    def score(self) -> float:
        """The objective's value before the step."""
        return float(self._score)


def ascent_for(
    network: Network,
    settings: DreamSettings,
    guide: Image | None = None,
    objective: Objective | None = None,
) -> Ascent:
    """The ascent that `settings` ask for; compiles nothing yet, and serves for many images.

    Args:
        guide: float32 (H, W, 3), a picture whose features are dreamt of; None: what is
            there grows.
        objective: What is climbed; None: what the settings' layer says.

    Raises:
        DreamError: the network has no such layer or channel.
    """
    from dreammovie.dreaming.gradient import Ascent
    from dreammovie.dreaming.wishes import parse, still

    if objective is None:
        guided_by = None if guide is None else still(guide)
        objective = parse(settings.layer or network.favourite, network, guided_by)
    steps = settings.steps if settings.ONE else None
    return Ascent(network, objective, shaping=settings.shaping, tile=settings.tile, steps=steps)


def dream_steps(
    image: Image,
    ascent: Ascent,
    settings: DreamSettings,
    rng: np.random.Generator,
    weights: np.ndarray | None = None,
) -> Iterator[Step]:
    """Dreams an image, coarsest octave first, yielding every step.

    Args:
        image: float32 (H, W, 3), RGB, 0..255; not changed.
        ascent: From `ascent_for`, of the same settings.
        settings: How many steps and octaves, and how large.
        rng: Places the tiles; the same numbers give the same dream.
        weights: From `ascent.weights`, of a moment of a movie; None: those of this picture.

    Yields:
        Every step. Where the device runs out of memory, the image begins anew with smaller
        tiles, so that no image is made of both.
    """
    from dreammovie.dreaming.gradient import OutOfMemoryError

    weights = ascent.weights(image) if weights is None else weights
    beginning = rng.bit_generator.state
    while True:
        try:
            yield from _climb(image, ascent, settings, rng, weights)
            return
        except OutOfMemoryError:
            rng.bit_generator.state = beginning


def _climb(
    image: Image,
    ascent: Ascent,
    settings: DreamSettings,
    rng: np.random.Generator,
    weights: np.ndarray,
) -> Iterator[Step]:
    """All steps of all octaves."""
    from dreammovie.device import on_device

    shapes = octave_shapes(image.shape[:2], settings.octaves, settings.octave_scale)
    pyramid = take_apart(image, shapes)
    current = on_device(pyramid[0])
    for octave in range(len(shapes)):
        if octave:
            # What is carried up is not needed any more: at 8K, three images of 0.1 GB each.
            coarse = pyramid.pop(0)
            start = put_together(pyramid[0], coarse, current.numpy(), settings.softness)
            current = on_device(start)
            del coarse, start
        for step in range(settings.steps):
            # The lineage's smoothing: from fine to coarse within every octave, pixels.
            sigma = 4 * step / settings.steps + 0.5
            current, score = ascent.step(current, rng, sigma, settings.step_size, weights)
            yield Step(octave, len(shapes), step, settings.steps, current, score)


def dream(image: Image, ascent: Ascent, settings: DreamSettings, rng: np.random.Generator) -> Image:
    """The image of the last of `dream_steps`; float32 (H, W, 3), not yet clipped."""
    *_, last = dream_steps(image, ascent, settings, rng)
    return last.image
