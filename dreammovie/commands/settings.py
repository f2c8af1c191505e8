"""`dreammovie settings`: prints how a picture or a video was dreamt, as flags."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection
from dataclasses import fields
from typing import Any

from dreammovie.dreaming.stages import PictureSettings
from dreammovie.movies.notes import Note, read_notes
from dreammovie.movies.schedule import MovieSettings
from dreammovie.movies.start import OF_CLIPS
from dreammovie.settings import as_flag


def run(arguments: argparse.Namespace) -> None:
    """Does what the flags of `flags.settings_parser` ask for."""
    notes = read_notes(arguments.file)
    for note in notes:
        if len(notes) > 1:
            print(f"# from img_{note.from_frame} on")
        print(_flags(note))
    if names := {name for note in notes for files in note.files.values() for name in files}:
        files = ", ".join(sorted(names))
        print(f"These files belong to it: {files}", file=sys.stderr)


def _flags(note: Note) -> str:
    """The settings of a note as a person pastes them: those that come from saying nothing not."""
    settings_class: Any = MovieSettings if note.from_frame else PictureSettings
    always: Collection[str] = OF_CLIPS if note.from_frame else ()  # saying nothing means two things
    flags = [
        as_flag(each.name, note.settings[each.name])
        for each in fields(settings_class)
        if note.settings[each.name] != each.default or each.name in always
    ]
    if not note.from_frame:  # a picture's guide is none of its settings
        flags += [as_flag(name, file) for name, files in note.files.items() for file in files]
    return " ".join(flags)
