"""`dream_frames.py`: goes on with a dream, frame by frame."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from dreammovie.commands.choices import (
    changed_flags,
    choose_folder,
    choose_weights,
    dream_name,
    given_settings,
    list_layers,
    list_networks,
    weights_given,
)
from dreammovie.dream import change, prepare
from dreammovie.errors import DreamError
from dreammovie.files import sha256
from dreammovie.frames import (
    announced,
    choose_dream,
    is_wanted,
    last_frame,
    lock,
    read_history,
    set_aside,
    start_image,
)
from dreammovie.movie import (
    MovieSettings,
    Progress,
    definite,
    dream_movie,
    entry_for,
    settings_of,
)
from dreammovie.networks import load_network
from dreammovie.progress import watch


def run(arguments: argparse.Namespace) -> None:
    """Does what the flags of `flags.frames_parser` ask for."""
    given = given_settings(arguments, MovieSettings)
    if arguments.list_networks:
        return list_networks()
    if arguments.list_layers:
        return _list_layers(arguments, given)
    for name, least in (("frames", 1), ("after", 0)):
        value = getattr(arguments, name)
        if value is not None and not least <= value < 10**10:
            raise DreamError(f"--{name} was {value}; expected is a number from {least} on.")
    if arguments.after is not None and arguments.after >= arguments.frames:
        raise DreamError(
            f"--after {arguments.after} leaves no frame to make; choose more than "
            f"--frames {arguments.frames}."
        )
    # So that nonsense is met before anything is touched.
    change(MovieSettings(), given, arguments.recipe)
    folder = choose_folder(arguments)
    start_image(folder)
    with lock(folder), announced(folder, arguments.frames):
        _go_on(folder, arguments, given)


def _go_on(folder: Path, arguments: argparse.Namespace, given: dict[str, Any]) -> None:
    """Dreams the frames that are missing in `folder`, whose lock is held."""
    done, broken = last_frame(folder, arguments.after)
    if done >= arguments.frames:
        print(
            f"{folder} has its {done} frames already; nothing was done. More: --frames {done * 2}"
        )
    else:
        for path in broken:
            print(f"{path} cannot be read, probably since a crash; it is dreamt anew.")
        history = read_history(folder)
        before = entry_for(history, done + 1)
        settings = settings_of(before) if before else MovieSettings()
        if given.get("network", settings.network) != settings.network:
            settings = replace(settings, layer=None)  # another network has other layers
        settings = change(settings, given, arguments.recipe)
        files = weights_given(arguments.weights, [settings.network])
        name, weights = choose_weights(settings.network, files, before)
        network = load_network(name, weights.path, settings.precision)
        settings = definite(settings, network, folder)
        ascent = prepare(network, settings)
        if arguments.after is not None and (aside := set_aside(folder, arguments.after)):
            print(f"The frames after img_{arguments.after} are now in {aside}.")
        if before and before.start != sha256(start_image(folder)):
            print("img_0 is another picture now, and its palette counts. All anew: --after 0")
        later = [entry.from_frame for entry in history if entry.from_frame > done + 1]
        if later and arguments.after is None:
            print(f"What dream.json says of frame {later[0]} and those after it is replaced.")
        what = f"{settings.network} dreams of {settings.layer}, {settings.size}"
        made = f"img_{done + 1}.jpg to img_{arguments.frames}.jpg"
        print(f"{made}: {what}{changed_flags(settings)}", flush=True)
        movie = dream_movie(folder, arguments.frames, ascent, settings, weights)
        try:
            watch(_until_unwanted(movie, folder), done, arguments.frames)
        except KeyboardInterrupt:
            again = f"{arguments.prog} {dream_name(folder)} --frames {arguments.frames}"
            raise KeyboardInterrupt(f"Go on with: {again}") from None
        print(f"{folder} has its {arguments.frames} frames.")
    print(f"The video: {arguments.prog.replace('frames', 'video')} {dream_name(folder)}")


def _until_unwanted(movie: Iterator[Progress], folder: Path) -> Iterator[Progress]:
    """The movie, stopped as by Ctrl-C as soon as somebody asks for it in the folder."""
    for progress in movie:
        if not is_wanted(folder):
            raise KeyboardInterrupt
        yield progress


def _list_layers(arguments: argparse.Namespace, given: dict[str, Any]) -> None:
    """Lists the layers of the network that the flags ask for, or else the named dream's."""
    before = None
    if arguments.dream is not None:
        before = entry_for(read_history(choose_dream(arguments.dream)), sys.maxsize)
    settings = change(settings_of(before) if before else MovieSettings(), given)
    files = weights_given(arguments.weights, [settings.network])
    name, weights = choose_weights(settings.network, files, before)
    list_layers(load_network(name, weights.path))
