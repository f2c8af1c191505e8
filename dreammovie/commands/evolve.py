"""`dreammovie evolve`: films of one picture's dream, network beside network."""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

from dreammovie.commands.flags import changed_flags, given_settings, picture_given
from dreammovie.commands.lists import lists
from dreammovie.commands.progress import wake, watch_films, watch_stages
from dreammovie.dreaming.dream import ascent_for, change
from dreammovie.dreaming.stages import EvolutionSettings, dream_stages, start_picture
from dreammovie.errors import DreamError
from dreammovie.files import free_path
from dreammovie.movies.film import Film, encoding_films
from dreammovie.networks.weights import files_of
from dreammovie.pictures.image import load_image
from dreammovie.pictures.sheet import Label


def run(arguments: argparse.Namespace) -> None:
    """Does what the flags of `flags.evolve_parser` ask for."""
    given = given_settings(arguments, EvolutionSettings)
    settings = change(EvolutionSettings(), given, arguments.recipe)
    asked = list(dict.fromkeys(arguments.networks or [None]))
    if lists(arguments, asked):
        return
    path = picture_given(arguments)
    start = start_picture(load_image(path), path, settings)
    height, width = start.shape[:2]
    folder = arguments.output or free_path(path.with_name(f"{path.stem}_evolution"))
    if folder.exists() and not folder.is_dir():
        raise DreamError(f"-o {folder} is a file; expected is a folder, which is made if need be.")

    # All of them before the first step, so that nonsense costs nobody an hour.
    files = files_of(arguments.weights, asked)
    ascents = []
    for who in asked:
        awake = wake(who, settings.precision, files.get(who))
        ascents.append(ascent_for(awake.network, settings))
    folder.mkdir(parents=True, exist_ok=True)
    films = []
    with TemporaryDirectory(prefix="dreammovie_") as temporary:
        for ascent in ascents:
            name, what = ascent.network.name, ascent.objective.description
            print(f"{name} dreams of {what}, {width}x{height}{changed_flags(settings)}", flush=True)
            steps = Path(temporary) / name
            steps.mkdir()
            film = Film(steps, start, Label(name, what), settings.fps)
            for stage in watch_stages(dream_stages(start, ascent, settings), name):
                film.add(stage.image, stage.number)
            films.append(film)
            watch_films(encoding_films([film], folder / name))
        if len(films) > 1:
            watch_films(encoding_films(films, folder / "together"))
