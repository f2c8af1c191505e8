"""What is set about a movie, and what holds at each of its frames."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from dreammovie.dreaming.dream import DreamSettings
from dreammovie.movies.folder import start_image
from dreammovie.movies.motion import MotionSettings
from dreammovie.networks.network import Network
from dreammovie.pictures.image import load_image
from dreammovie.pictures.sizes import SizeSettings, natural_shape, parse_size
from dreammovie.settings import setting

_DEFAULT_SIDE = 1280


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


def at(settings: MovieSettings, number: int) -> MovieSettings:
    """The plain values that hold at a frame, out of what a person wrote.

    Every frame asks; nothing behind this knows that a value could be another one elsewhere.

    Args:
        settings: Of the movie.
        number: Of the frame, from 1 on.
    """
    return settings


def definite(settings: MovieSettings, network: Network, folder: Path) -> MovieSettings:
    """The settings with nothing left open: network, layer, precision, size have values."""
    return replace(
        settings,
        network=network.name,
        layer=settings.layer or network.favourite,
        precision=network.precision,
        size=working_size(settings.size, folder),
    )


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
