"""`dreammovie image`: dreams one picture."""

from __future__ import annotations

import argparse
from pathlib import Path

from dreammovie.commands.choices import (
    changed_flags,
    check_output,
    choose_network,
    free_path,
    given_settings,
    lists,
    photo_path,
)
from dreammovie.dream import change, prepare
from dreammovie.evolution import PictureSettings, evolution, made_with, start_picture
from dreammovie.files import sha256
from dreammovie.image import Image, check_ending, load_image, resize, save_image
from dreammovie.progress import watch_stages
from dreammovie.sheet import Label, Sheet

_GUIDE_SIDE = 512  # a guide is looked at in this size at most, pixels


def run(arguments: argparse.Namespace) -> None:
    """Does what the flags of `flags.image_parser` ask for."""
    given = given_settings(arguments, PictureSettings)
    settings = change(PictureSettings(), given, arguments.recipe)
    if lists(arguments, [settings.network]):
        return
    path = photo_path(arguments)
    start = start_picture(load_image(path), path, settings)
    height, width = start.shape[:2]
    output = arguments.output or free_path(path.with_name(f"{path.stem}_dream.png"))
    check_ending(output, (height, width))
    check_output(output, path, arguments.guide)
    beside = None
    if arguments.compare:
        beside = output.with_stem(f"{output.stem}_compare")
        check_ending(beside, Sheet((height, width), [Label("")] * 2).shape)
        check_output(beside, path, arguments.guide)
    guide = _guide(arguments.guide) if arguments.guide else None

    network, weights = choose_network(settings, arguments)
    ascent = prepare(network, settings, guide)
    what = ascent.objective.description
    print(f"{network.name} dreams of {what}, {width}x{height}{changed_flags(settings)}", flush=True)
    for stage in watch_stages(evolution(start, ascent, settings), path.name):
        last = stage
    dreamt = last.image
    note = made_with(
        ascent,
        settings,
        start=sha256(path),
        weights=weights.sha256,
        guide=sha256(arguments.guide) if arguments.guide else None,
    )
    save_image(dreamt, output, note)
    print(output)
    if beside:
        sheet = Sheet((height, width), [Label(path.stem), Label(network.name, what)])
        save_image(sheet.filled([start, dreamt]), beside, note)
        print(beside)


def _guide(path: Path) -> Image:
    """The picture that guides a dream, no larger than it needs to be."""
    picture = load_image(path)
    scale = min(1.0, _GUIDE_SIDE / max(picture.shape))
    return resize(picture, (round(picture.shape[0] * scale), round(picture.shape[1] * scale)))
