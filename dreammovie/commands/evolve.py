"""`dreammovie evolve`: films of one picture's dream, network beside network."""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

from dreammovie.commands.choices import (
    changed_flags,
    choose_weights,
    free_path,
    given_settings,
    lists,
    photo_path,
    weights_given,
)
from dreammovie.dream import change, prepare
from dreammovie.errors import DreamError
from dreammovie.evolution import EvolutionSettings, evolution, start_picture
from dreammovie.film import Film, write_films
from dreammovie.image import load_image
from dreammovie.networks import load_network
from dreammovie.progress import watch_films, watch_stages
from dreammovie.sheet import Label


def run(arguments: argparse.Namespace) -> None:
    """Does what the flags of `flags.evolve_parser` ask for."""
    given = given_settings(arguments, EvolutionSettings)
    settings = change(EvolutionSettings(), given, arguments.recipe)
    asked = list(dict.fromkeys(arguments.networks or [None]))
    if lists(arguments, asked):
        return
    path = photo_path(arguments)
    start = start_picture(load_image(path), path, settings)
    height, width = start.shape[:2]
    folder = arguments.output or free_path(path.with_name(f"{path.stem}_evolution"))
    if folder.exists() and not folder.is_dir():
        raise DreamError(f"-o {folder} is a file; expected is a folder, which is made if need be.")

    # All of them before the first step, so that nonsense costs nobody an hour.
    files = weights_given(arguments.weights, asked)
    ascents = []
    for name, weights in (choose_weights(name, files) for name in asked):
        ascents.append(prepare(load_network(name, weights.path, settings.precision), settings))
    folder.mkdir(parents=True, exist_ok=True)
    films = []
    with TemporaryDirectory(prefix="dreammovie_") as temporary:
        for ascent in ascents:
            name, what = ascent.network.name, ascent.objective.description
            print(f"{name} dreams of {what}, {width}x{height}{changed_flags(settings)}", flush=True)
            steps = Path(temporary) / name
            steps.mkdir()
            film = Film(steps, start, Label(name, what), settings.fps)
            for stage in watch_stages(evolution(start, ascent, settings), name):
                film.add(stage.image, stage.number)
            films.append(film)
            watch_films(write_films([film], folder / name))
        if len(films) > 1:
            watch_films(write_films(films, folder / "together"))
