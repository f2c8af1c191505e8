"""`dreammovie layers`: lists a network's layers, or shows what each of them dreams of."""

from __future__ import annotations

import argparse

from dreammovie.commands.lines import tell
from dreammovie.commands.lists import list_layers, list_networks
from dreammovie.commands.parser import given_settings
from dreammovie.commands.progress import changed_flags, wake, watch_stages
from dreammovie.dreaming.dream import change
from dreammovie.dreaming.layers import SheetSettings, layer_dreams, layer_label
from dreammovie.files import check_output, keep
from dreammovie.networks.weights import files_of
from dreammovie.pictures.image import check_ending, encode
from dreammovie.pictures.sheet import Sheet
from dreammovie.pictures.sizes import parse_size


def run(arguments: argparse.Namespace) -> None:
    """Does what the flags of `flags.layers_parser` ask for."""
    given = given_settings(arguments, SheetSettings)
    settings = change(SheetSettings(), given, arguments.recipe)
    if arguments.list_networks:
        return list_networks()
    if arguments.sheet is not None:
        check_ending(arguments.sheet, (1, 1))
        check_output(arguments.sheet)
    files = files_of(arguments.weights, [settings.network])
    network = wake(settings.network, settings.precision, files.get(settings.network)).network
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
    keep({arguments.sheet: encode(sheet.filled(dreams), arguments.sheet.suffix)})
    print(arguments.sheet)
    tell("saved", path=arguments.sheet)
