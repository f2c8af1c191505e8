"""`--from`: the settings that another dream was made with, taken for this one."""

from __future__ import annotations

import argparse
import shlex
from dataclasses import fields
from typing import Any

from dreammovie.commands.parser import given_settings
from dreammovie.errors import DreamError
from dreammovie.movies.notes import read_notes
from dreammovie.movies.schedule import MovieSettings
from dreammovie.settings import flag


def movie_given(arguments: argparse.Namespace) -> dict[str, Any]:
    """The settings of a movie that a person gives, by flags or with `--from`; a flag counts more.

    Files that the other dream named are left out, and that is said.

    Raises:
        DreamError: a recipe or a preset is given, too, or the file says nothing of settings.
        OSError: the file cannot be read.
    """
    given = given_settings(arguments, MovieSettings)
    path = arguments.taken_from
    if path is None:
        return given
    for name in ("preset", "recipe"):
        if getattr(arguments, name) is not None:
            raise DreamError(f"--from brings all settings along, and so does --{name}. Choose one.")
    *earlier, note = read_notes(path)
    files = {each.name for each in fields(MovieSettings) if each.metadata["file"]}
    taken = {name: value for name, value in note.settings.items() if name not in files}
    if given.get("network", taken["network"]) != taken["network"]:
        del taken["layer"]  # another network has other layers
    if earlier:
        print(
            f"{path} was not dreamt with the same settings from first to last; the last ones "
            f"count. All of them: dreammovie settings {shlex.quote(str(path))}",
            flush=True,
        )
    for name, names in note.files.items():
        if name not in given:
            print(
                f"It was dreamt with {flag(name)} {', '.join(names)}, which is left out; to have "
                f"it, too, name the file: {flag(name)} FILE",
                flush=True,
            )
    return taken | given
