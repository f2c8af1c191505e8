"""What all commands choose in the same way: the settings, the dream, who dreams and with what."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from dreammovie.dream import DreamSettings
from dreammovie.errors import DreamError
from dreammovie.frames import DREAMS, Entry, choose_dream
from dreammovie.networks import (
    FIRST_CHOICE,
    NETWORKS,
    SECOND_CHOICE,
    Network,
    load_network,
    source_of,
)
from dreammovie.networks.weights import Weights, check_weights, given_weights, weights_file
from dreammovie.progress import watch_fetch
from dreammovie.settings import flag


def given_settings(arguments: argparse.Namespace, settings_class: type) -> dict[str, Any]:
    """The settings that were given as flags."""
    names = {each.name for each in fields(settings_class)}
    return {name: value for name, value in vars(arguments).items() if name in names}


def choose_folder(arguments: argparse.Namespace) -> Path:
    """The dream's folder; the first line printed says which and how to choose another."""
    folder = choose_dream(arguments.dream)
    if arguments.dream is None:
        print(
            f"{folder}: its img_0 is the newest. Another dream: {arguments.prog} NAME", flush=True
        )
    else:
        print(folder, flush=True)
    return folder


def dream_name(folder: Path) -> str:
    """How a person writes the dream on the command line."""
    return shlex.quote(folder.name if folder.parent == DREAMS else str(folder))


def weights_given(texts: Sequence[str], networks: Sequence[str | None]) -> dict[str, Path]:
    """The files after `--weights`, by network.

    Args:
        texts: Each a file, or the name of a network, `=` and a file.
        networks: Those that dream; None stands for the first choice.

    Raises:
        DreamError: a file is for nobody, or for nobody knows whom.
    """
    dreaming = [name or FIRST_CHOICE for name in networks]
    for name in dreaming:
        source_of(name)
    files: dict[str, Path] = {}
    for text in texts:
        name, equals, file = text.partition("=")
        if not equals or (name not in NETWORKS and Path(text).exists()):
            if len(dreaming) > 1:
                raise DreamError(
                    f"--weights {text} does not say for which of {len(dreaming)} networks it is. "
                    f"Write its name, too: --weights {dreaming[0]}={text}"
                )
            name, file = dreaming[0], text
        source_of(name)
        if name not in dreaming:
            raise DreamError(
                f"--weights {text} is for {name}, which was not asked to dream. "
                f"Add --network {name}."
            )
        files[name] = Path(file)
    return files


def choose_weights(
    network: str | None, files: Mapping[str, Path], before: Entry | None = None
) -> tuple[str, Weights]:
    """Who dreams, and with which weights: those given, those of the frames before, or its own.

    Args:
        network: Who was asked for; None: nobody by name.
        files: From `weights_given`.
        before: What dream.json says of the frames before.

    Raises:
        DreamError: there is no such file, or the network's own cannot be had.
    """
    name = network or FIRST_CHOICE
    source = source_of(name)
    if name in files:
        return name, given_weights(files[name])
    if before and before.settings.get("network") == name and before.file:
        path = Path(before.file)
        if not path.exists() or given_weights(path).sha256 != before.sha256:
            raise DreamError(
                f"This dream was made with the weights in {path}, which are "
                f"{'not the same any more' if path.exists() else 'not there any more'}. "
                "Say which to go on with: --weights FILE."
            )
        return name, Weights(path, before.sha256, local=True)
    if source.url is not None and not weights_file(name).exists():
        try:
            watch_fetch(name, patience=20.0 if network else 5.0)
        except DreamError as error:
            if network:
                raise
            print(f"{error} Meanwhile {SECOND_CHOICE} dreams, which ships with dreammovie.")
            return choose_weights(SECOND_CHOICE, {})
    return name, check_weights(name)


def choose_network(
    settings: DreamSettings, arguments: argparse.Namespace
) -> tuple[Network, Weights]:
    """The one network that dreams, loaded, and what it was loaded from.

    Raises:
        DreamError: its weights cannot be had, or the file is not theirs.
    """
    files = weights_given(arguments.weights, [settings.network])
    name, weights = choose_weights(settings.network, files)
    return load_network(name, weights.path, settings.precision), weights


def photo_path(arguments: argparse.Namespace) -> Path:
    """The picture that a command dreams.

    Raises:
        DreamError: none was named.
    """
    if arguments.photo is None:
        raise DreamError(f"Which picture? Name a file: {arguments.prog} PICTURE")
    return Path(arguments.photo)


def free_path(path: Path) -> Path:
    """The path, or if that is taken, the first free one of those with _2, _3, ... at the end."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_stem(f"{path.stem}_{number}")
    return free


def check_output(output: Path, *read: Path | None) -> None:
    """Checks that a file can be written there, before anything is dreamt.

    Args:
        read: Files that the dream is made from.

    Raises:
        DreamError: its folder is missing, it is no file, or one that is read.
    """
    if not output.parent.is_dir():
        raise DreamError(f"There is no folder {output.parent} for {output}. Make it first.")
    if output.exists() and not output.is_file():
        raise DreamError(f"{output} exists and is no file. Give a file's path.")
    if any(path and output.exists() and output.samefile(path) for path in read):
        raise DreamError(
            f"{output} is a picture that this dream is made from; it is not written over. "
            "Give another path."
        )


def changed_flags(settings: DreamSettings) -> str:
    """Every setting that is not at its default, as flags; what a summary names itself left out."""
    return "".join(
        f", {flag(each.name)} {getattr(settings, each.name)}"
        for each in fields(settings)
        if each.name not in ("network", "layer", "precision", "size")
        and getattr(settings, each.name) != each.default
    )


def lists(arguments: argparse.Namespace, networks: Sequence[str | None]) -> bool:
    """Prints the lists that the flags ask for, and says whether they ask for one."""
    if arguments.list_networks:
        list_networks()
    elif arguments.list_layers:
        files = weights_given(arguments.weights, networks)
        for name, weights in (choose_weights(network, files) for network in networks):
            print(name)
            list_layers(load_network(name, weights.path))
    return bool(arguments.list_networks or arguments.list_layers)


def list_networks() -> None:
    """Prints the networks, and where their weights are or come from."""
    width = max(map(len, NETWORKS))
    for name, source in NETWORKS.items():
        path = weights_file(name)
        print(f"{name:{width}} {source.description}")
        print(f"{'':{width}} {f'in {path}' if path.exists() else f'fetched from {source.url}'}")


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
