"""`dreammovie image`: dreams one picture."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from dreammovie.claims import claimed
from dreammovie.commands.lines import tell
from dreammovie.commands.lists import lists
from dreammovie.commands.parser import given_settings, picture_given
from dreammovie.commands.progress import changed_flags, tell_crop, tell_pictures, wake, watch_stages
from dreammovie.dreaming.dream import ascent_for, change
from dreammovie.dreaming.stages import PictureSettings, dream_stages, made_with, start_picture
from dreammovie.files import check_output, keep, sha256
from dreammovie.networks.weights import files_of
from dreammovie.pictures.image import (
    check_ending,
    encode,
    fit,
    load_alpha,
    load_image,
)
from dreammovie.pictures.sheet import Label, Sheet


def run(arguments: argparse.Namespace) -> None:
    """Does what the flags of `flags.image_parser` ask for."""
    given = given_settings(arguments, PictureSettings)
    settings = change(PictureSettings(), given, arguments.recipe)
    if lists(arguments, [settings.network]):
        return
    path = picture_given(arguments)
    photo = load_image(path)
    start = start_picture(photo, path, settings)
    tell_pictures(path)
    tell_crop(path, photo.shape, start.shape)
    height, width = start.shape[:2]
    output = arguments.output or path.with_name(f"{path.stem}_dream.png")
    alpha = _alpha(path, (height, width)) if arguments.keep_alpha else None
    check_ending(output, (height, width), transparent=alpha is not None)
    if arguments.output:
        check_output(output, path, arguments.guide)
    if arguments.compare:
        beside = output.with_stem(f"{output.stem}_compare")
        check_ending(beside, Sheet((height, width), [Label("")] * 2).shape)
    guide = guided = None
    if arguments.guide:
        guide, guided = load_image(arguments.guide), {arguments.guide.name: sha256(arguments.guide)}

    files = files_of(arguments.weights, [settings.network])
    awake = wake(settings.network, settings.precision, files.get(settings.network))
    network = awake.network
    ascent = ascent_for(network, settings, guide)
    what = ascent.objective.description
    note = None
    if arguments.metadata:
        note = made_with(
            ascent,
            settings,
            start=sha256(path),
            weights=awake.weights.sha256,
            guide=guided,
        )
    named = [arguments.output] if arguments.output else []
    made_up = [] if named else [output.suffix]
    if arguments.compare:
        made_up.append(f"_compare{output.suffix}")
    with claimed(output.with_suffix(""), *made_up) as free:
        output, *comparison = named + free
        print(
            f"{network.name} dreams of {what}, {width}x{height}{changed_flags(settings)}",
            flush=True,
        )
        for stage in watch_stages(dream_stages(start, ascent, settings), path.name):
            last = stage
        results = {output: encode(last.image, output.suffix, note, alpha)}
        if comparison:
            sheet = Sheet((height, width), [Label(path.stem), Label(network.name, what)])
            both = sheet.filled([start, last.image])
            results[comparison[0]] = encode(both, output.suffix, note)
        keep(results)
    print(*results, sep="\n")
    for path in results:
        tell("saved", path=path)


def _alpha(path: Path, shape: tuple[int, int]) -> np.ndarray | None:
    """How opaque the picture is, in the dream's size; None, said in words: all of it is."""
    alpha = load_alpha(path)
    if alpha is None:
        print(f"Nothing of {path} is transparent, nor will be anything of its dream.")
        return None
    return np.clip(fit(alpha, shape), 0, 255)  # enlarged, it swings
