"""`dreammovie image`: dreams one picture."""

from __future__ import annotations

import argparse
from pathlib import Path

from dreammovie.commands.flags import changed_flags, given_settings, picture_given
from dreammovie.commands.lists import lists
from dreammovie.commands.progress import wake, watch_stages
from dreammovie.dreaming.dream import ascent_for, change
from dreammovie.dreaming.stages import PictureSettings, dream_stages, made_with, start_picture
from dreammovie.files import check_output, free_path, sha256
from dreammovie.networks.weights import files_of
from dreammovie.pictures.image import Image, check_ending, load_image, resize, save_image
from dreammovie.pictures.sheet import Label, Sheet
from dreammovie.pictures.sizes import within

_GUIDE_SIDE = 512  # a guide is looked at in this size at most, pixels


def run(arguments: argparse.Namespace) -> None:
    """Does what the flags of `flags.image_parser` ask for."""
    given = given_settings(arguments, PictureSettings)
    settings = change(PictureSettings(), given, arguments.recipe)
    if lists(arguments, [settings.network]):
        return
    path = picture_given(arguments)
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

    files = files_of(arguments.weights, [settings.network])
    awake = wake(settings.network, settings.precision, files.get(settings.network))
    network = awake.network
    ascent = ascent_for(network, settings, guide)
    what = ascent.objective.description
    print(f"{network.name} dreams of {what}, {width}x{height}{changed_flags(settings)}", flush=True)
    for stage in watch_stages(dream_stages(start, ascent, settings), path.name):
        last = stage
    dreamt = last.image
    note = made_with(
        ascent,
        settings,
        start=sha256(path),
        weights=awake.weights.sha256,
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
    return resize(picture, within(picture.shape, _GUIDE_SIDE))
