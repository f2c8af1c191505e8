"""`dreammovie evolve`: films of one picture's dream, network beside network."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import mkdtemp

from dreammovie.claims import claimed, claimed_folder, scratch
from dreammovie.commands.lists import lists
from dreammovie.commands.parser import given_settings, picture_given
from dreammovie.commands.progress import (
    changed_flags,
    tell_crop,
    tell_pictures,
    wake,
    watch_films,
    watch_stages,
)
from dreammovie.dreaming.dream import ascent_for, change
from dreammovie.dreaming.stages import EvolutionSettings, dream_stages, start_picture
from dreammovie.errors import DreamError
from dreammovie.movies.film import ENDINGS, Film, encoding_films
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
    photo = load_image(path)
    start = start_picture(photo, path, settings)
    tell_pictures(path)
    tell_crop(path, photo.shape, start.shape)
    height, width = start.shape[:2]
    folder = arguments.output or path.with_name(f"{path.stem}_evolution")
    if arguments.output and folder.exists() and not folder.is_dir():
        raise DreamError(f"-o {folder} is a file; expected is a folder, which is made if need be.")

    # All of them before the first step, so that nonsense costs nobody an hour.
    files = files_of(arguments.weights, asked)
    ascents = []
    for who in asked:
        awake = wake(who, settings.precision, files.get(who))
        ascents.append(ascent_for(awake.network, settings))
    films: list[Film] = []
    with ExitStack() as stack:
        if arguments.output:
            folder.mkdir(parents=True, exist_ok=True)
        else:
            folder = stack.enter_context(claimed_folder(folder))
        names = [ascent.network.name for ascent in ascents]
        names += ["together"] * (len(names) > 1)
        videos = [stack.enter_context(claimed(folder / name, *ENDINGS)) for name in names]
        temporary = stack.enter_context(scratch())
        stack.enter_context(_kept(films, arguments.prog.replace("evolve", "video")))
        for ascent, name, video in zip(ascents, names, videos, strict=False):
            what = ascent.objective.description
            print(f"{name} dreams of {what}, {width}x{height}{changed_flags(settings)}", flush=True)
            steps = temporary / name
            steps.mkdir()
            film = Film(steps, start, Label(name, what), settings.fps)
            films.append(film)
            for stage in watch_stages(dream_stages(start, ascent, settings), name):
                film.add(stage.image, stage.number)
            watch_films(encoding_films([film], *video))
        if len(films) > 1:
            watch_films(encoding_films(films, *videos[-1]))


@contextmanager
def _kept(films: Sequence[Film], prog: str) -> Iterator[None]:
    """Keeps the steps of films where these cannot be written.

    Args:
        films: As far as they are.
        prog: The command that makes videos.

    Raises:
        DreamError: that is so; it says why, and where the steps are now.
    """
    try:
        yield
    except (DreamError, OSError) as error:
        if not films:
            raise
        kept = Path(mkdtemp(prefix="dreammovie_"))
        for film in films:
            film.folder.rename(kept / film.folder.name)
        why = f"{error.filename}: {error.strerror}." if isinstance(error, OSError) else error
        raise DreamError(
            f"{why} The steps so far are kept. A video of them: {prog} --fps {films[0].fps} "
            f"{' or '.join(str(kept / film.folder.name) for film in films)}"
        ) from None
