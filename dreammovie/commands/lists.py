"""Lists to choose from: the networks, and the layers of one."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from dreammovie.commands.progress import wake
from dreammovie.movies.presets import PRESETS
from dreammovie.networks.network import Network
from dreammovie.networks.table import NETWORKS
from dreammovie.networks.weights import files_of, weights_file


def lists(arguments: argparse.Namespace, networks: Sequence[str | None]) -> bool:
    """Prints the lists that the flags ask for, and says whether they ask for one."""
    if arguments.list_networks:
        list_networks()
    elif arguments.list_layers:
        files = files_of(arguments.weights, networks)
        for name in networks:
            network = wake(name, given=files.get(name)).network
            print(network.name)
            list_layers(network)
    return bool(arguments.list_networks or arguments.list_layers)


def list_networks() -> None:
    """Prints the networks, and how much is fetched of each that is not here."""
    width = max(map(len, NETWORKS))
    print(f"{'network':{width}} {'download':>9}")
    for name, source in NETWORKS.items():
        download = "here" if weights_file(name).exists() else f"{source.megabytes:,} MB"
        print(f"{name:{width}} {download:>9}  {source.description}")


def list_presets() -> None:
    """Prints the presets, and what is seen in each."""
    width = max(map(len, PRESETS))
    for name, preset in PRESETS.items():
        print(f"{name:{width}}  {preset.description}")


def list_layers(network: Network) -> None:
    """Prints the main layers: their depth, their channels, and the side of what a place sees."""
    print(f"{'layer':24} {'depth':>6} {'channels':>9} {'receptive field':>16}")
    for name in network.main_layers:
        layer = network.layers[name]
        sees = f"{layer.receptive_field:,} pixels" if layer.receptive_field else "everything"
        print(f"{name:24} {network.depth(name):6.0%} {layer.channels:9} {sees:>16}")
    inner = [name for name in network.layers if name not in network.main_layers]
    if inner:
        print(f"and {len(inner)} inside these, such as {', '.join(inner[-3:])}")
    if network.words:
        print("channels by their words:")
    for name, words in network.words.items():
        print(f"  {name}: {', '.join(words)}")
