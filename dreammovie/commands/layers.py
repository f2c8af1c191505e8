"""`dreammovie layers`: lists a network's layers, or shows what each of them dreams of."""

from __future__ import annotations

import argparse
import gc
from dataclasses import replace

from dreammovie.commands.choices import (
    changed_flags,
    check_output,
    choose_network,
    depth,
    given_settings,
    list_layers,
    list_networks,
)
from dreammovie.dream import change, prepare
from dreammovie.evolution import VIVID, SheetSettings, evolution, noise
from dreammovie.image import check_ending, save_image
from dreammovie.progress import watch_stages
from dreammovie.sheet import Label, Sheet


def run(arguments: argparse.Namespace) -> None:
    """Does what the flags of `flags.layers_parser` ask for."""
    given = given_settings(arguments, SheetSettings)
    settings = change(SheetSettings(), given, arguments.recipe)
    if arguments.list_networks:
        return list_networks()
    if arguments.sheet is not None:
        check_ending(arguments.sheet, (1, 1))
        check_output(arguments.sheet)
    network, _ = choose_network(settings, arguments)
    if arguments.sheet is None:
        return list_layers(network)

    start = noise(settings.size, settings.seed)
    labels = [
        Label(name, f"{depth(network, name):.0%}, {network.layers[name].channels} channels")
        for name in network.main_layers
    ]
    sheet = Sheet(start.shape[:2], labels)
    check_ending(arguments.sheet, sheet.shape)
    size = f"{start.shape[1]}x{start.shape[0]}"
    print(f"{network.name} dreams of each layer, {size}{changed_flags(settings)}", flush=True)
    dreams = []
    for name in network.main_layers:
        ascent = prepare(network, replace(settings, layer=name))
        for stage in watch_stages(evolution(start, ascent, settings, VIVID), name):
            last = stage
        dreams.append(last.image)
        del ascent, stage, last
        gc.collect()  # what was compiled for a layer holds on to itself, 100 MB and more
    save_image(sheet.filled(dreams), arguments.sheet)
    print(arguments.sheet)
