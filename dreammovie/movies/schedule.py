"""What is set about a movie, and what holds at each of its frames."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dreammovie.dreaming.dream import RECIPE_NAMES, DreamSettings, change
from dreammovie.errors import DreamError, Wrong, pointed
from dreammovie.movies.folder import start_image
from dreammovie.movies.keys import Schedule, between, has_keys, in_order, split_keys
from dreammovie.movies.motion import MotionSettings
from dreammovie.networks.network import Network
from dreammovie.pictures.image import load_image
from dreammovie.pictures.sizes import SizeSettings, natural_shape, parse_size
from dreammovie.settings import flag, kind_of, setting

if TYPE_CHECKING:
    from dreammovie.dreaming.objectives import Objective

_DEFAULT_SIDE = 1280
_MOST_CHECKED = 20_000  # frames, before the first one is dreamt: a second


@dataclass(frozen=True)
class MovieSettings(MotionSettings, SizeSettings, DreamSettings):
    """How a movie is dreamt: every frame, and what happens between frames."""

    NAMED = ("original",)

    size: str | None = setting(
        None,
        f"working size in pixels, such as 1280x720, or {NAMED[0]} "
        f"(default: img_0's own, the longer side at most {_DEFAULT_SIDE})",
        metavar="WxH",
        fixed="every size is compiled for itself",
    )


_FIELDS = {each.name: each for each in fields(MovieSettings)}


@dataclass(frozen=True)
class Script:
    """What a person wrote of a movie: plain values, and schedules of those that vary.

    Attributes:
        settings: The plain values; a setting with a schedule has its default here.
        schedules: By the name of the setting.
    """

    settings: MovieSettings = MovieSettings()
    schedules: Mapping[str, Schedule] = field(default_factory=dict)

    @classmethod
    def of(cls, written: Mapping[str, Any]) -> Script:
        """The script of values and texts by name, as dream.json has them.

        Raises:
            DreamError: a value is out of bounds, or a text is no schedule.
        """
        return cls().changed(written)

    def changed(self, given: Mapping[str, Any], recipe: str | None = None) -> Script:
        """The script with some values or schedules changed.

        Args:
            given: Name to value, or to a schedule's text.
            recipe: Name in `RECIPES`, which brings all of its own; or None.

        Raises:
            DreamError: as for `of`, or there is no such recipe.
        """
        plain = {name: value for name, value in given.items() if not _is_schedule(name, value)}
        settings = change(self.settings, plain, recipe)
        texts = {name: schedule.text for name, schedule in self.schedules.items()}
        kept = set(texts) - set(plain) - (RECIPE_NAMES if recipe else set())
        texts = {name: texts[name] for name in texts if name in kept}
        texts |= {name: value for name, value in given.items() if name not in plain}
        schedules = {name: _schedule(name, text, settings.fps) for name, text in texts.items()}
        defaults = {name: getattr(MovieSettings, name) for name in texts}
        return Script(replace(settings, **defaults), schedules)

    def written(self) -> dict[str, Any]:
        """Name to value, or to a schedule's text."""
        texts = {name: schedule.text for name, schedule in self.schedules.items()}
        return asdict(self.settings) | texts

    def check(self, first: int, last: int) -> None:
        """Raises DreamError where a frame from `first` to `last` has a value that makes no sense.

        Of more than some ten thousand frames the later ones are met in their turn.
        """
        if self.schedules:
            for number in range(first, min(last, first + _MOST_CHECKED) + 1):
                at(self, number)


def may_vary(name: str) -> bool:
    """Whether a setting can be given as a schedule."""
    return not _FIELDS[name].metadata["fixed"] and kind_of(MovieSettings, name) in (int, float)


def _is_schedule(name: str, value: Any) -> bool:
    """Whether what was given for a setting is a schedule's text, and may be one."""
    if name not in _FIELDS or not isinstance(value, str):
        return False
    if kind_of(MovieSettings, name) not in (int, float):
        return False
    if fixed := _FIELDS[name].metadata["fixed"]:
        raise DreamError(
            f"{flag(name)} was {value!r}; it is one number for all frames, since {fixed}."
        )
    return True


def _schedule(name: str, text: str, fps: float) -> Schedule:
    try:
        return Schedule(text, fps)
    except Wrong as wrong:
        raise pointed(flag(name), text, wrong) from None


def at(script: Script, number: int) -> MovieSettings:
    """The plain values that hold at a frame, out of what a person wrote.

    Every frame asks; nothing behind this knows that a value could be another one elsewhere.

    Args:
        script: Of the movie.
        number: Of the frame, from 1 on.

    Raises:
        DreamError: a schedule has no value there, or one that is out of bounds.
    """
    values: dict[str, Any] = {}
    for name, schedule in script.schedules.items():
        value = schedule(number)
        if not math.isfinite(value):
            raise DreamError(
                f"{flag(name)} {schedule.text!r} has no value at frame {number}: it divides by "
                "zero there, or leaves the range of numbers."
            )
        values[name] = round(value) if kind_of(MovieSettings, name) is int else value
    if not values:
        return script.settings
    try:
        return replace(script.settings, **values)
    except DreamError as error:
        raise DreamError(f"At frame {number}: {error}") from None


def objective_of(script: Script, network: Network) -> Objective:
    """What a movie climbs towards, one layer or sum of layers after another.

    Raises:
        DreamError: the layers are written in no way that there is, or the network has no such one.
    """
    from dreammovie.dreaming.objectives import over_time
    from dreammovie.dreaming.wishes import parse

    text = script.settings.layer or network.favourite
    if not has_keys(text):
        return parse(text, network)
    try:
        keys = in_order(split_keys(text, lists=True), script.settings.fps)
    except Wrong as wrong:
        raise pointed("--layer", text, wrong) from None
    wishes = [parse(key.value.strip(), network) for key in keys]
    return over_time(wishes, lambda moment: between(keys, moment.frame, moment.fps), text)


def definite(script: Script, network: Network, folder: Path) -> Script:
    """The script with nothing left open: network, layer, precision, size have values."""
    settings = replace(
        script.settings,
        network=network.name,
        layer=script.settings.layer or network.favourite,
        precision=network.precision,
        size=working_size(script.settings.size, folder),
    )
    return replace(script, settings=settings)


def working_size(size: str | None, folder: Path) -> str:
    """The size as WxH that a movie in `folder` is dreamt in.

    Args:
        size: As a person gave it: WxH, "original", or None for the default.

    Raises:
        DreamError: the start image, or what is left of it, is too small.
    """
    if size is not None and size not in MovieSettings.NAMED:
        height, width = parse_size(size)
    else:
        path = start_image(folder)
        longest = None if size else _DEFAULT_SIDE
        height, width = natural_shape(load_image(path).shape[:2], path, longest)
    return f"{width}x{height}"
