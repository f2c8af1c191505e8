"""`dreammovie layers`: lists a network's layers, or shows what each of them dreams of."""

from __future__ import annotations

import argparse

from dreammovie.commands.choices import (
    changed_flags,
    check_output,
    choose_network,
    given_settings,
    list_layers,
    list_networks,
)
from dreammovie.dream import change
from dreammovie.evolution import SheetSettings, layer_dreams
from dreammovie.image import check_ending, save_image
from dreammovie.movie import parse_size
from dreammovie.progress import watch_stages
from dreammovie.sheet import Sheet, layer_label


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

    labels = [layer_label(network, name) for name in network.main_layers]
    height, width = parse_size(settings.size, even=False)
    sheet = Sheet((height, width), labels)
    check_ending(arguments.sheet, sheet.shape)
    size = f"{width}x{height}"
    print(f"{network.name} dreams of each layer, {size}{changed_flags(settings)}", flush=True)
    dreams = []
    for name, stages in layer_dreams(network, settings):
        for stage in watch_stages(stages, name):
            last = stage
        dreams.append(last.image)
        del stages, stage, last
    save_image(sheet.filled(dreams), arguments.sheet)
    print(arguments.sheet)
