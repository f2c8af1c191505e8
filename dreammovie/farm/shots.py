"""Scenes of one clip's dream in folders of their own, and put together as if by one run.

    bird/.shots/40/     a dream's folder, too, whose frames begin with img_40, where a scene does

Their frames go over into the dream's own folder in their order alone, so that this one is whole at
every moment, and another run may go on in it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from dreammovie.files import whole, write_whole
from dreammovie.movies.folder import frames_in, last_frame, start_image
from dreammovie.movies.history import entry_for, kinds_made, read_history, write_history
from dreammovie.movies.lock import lock
from dreammovie.movies.named import copy_of, found

_SHOTS = ".shots"


def gather(folder: Path) -> None:
    """Brings the frames that are next in order out of a clip's shots into the dream's folder.

    Raises:
        DreamError: somebody dreams in the folder, or it has a gap.
        OSError: a frame cannot be moved; those before it are there.
    """
    shots = folder / _SHOTS
    if not shots.is_dir():
        return
    with lock(folder):
        done = _newest(folder)
        for first in sorted(int(path.name) for path in shots.iterdir() if path.name.isdecimal()):
            with lock(shots / str(first)):
                done = _moved(shots / str(first), folder, done)
            if not frames_in(shots / str(first)):
                shutil.rmtree(shots / str(first))
        with suppress(OSError):  # one has frames still
            shots.rmdir()


def begun(folder: Path, firsts: Iterable[int]) -> list[int]:
    """The numbers of those shots that are there already."""
    return [first for first in firsts if (folder / _SHOTS / str(first)).is_dir()]


def prepared(folder: Path, first: int) -> Path:
    """The folder of a shot that is to be dreamt with what holds in its dream's folder now."""
    shot, entry = folder / _SHOTS / str(first), entry_for(read_history(folder), first)
    assert entry
    if shot.exists() and entry_for(read_history(shot), first) != entry:
        shutil.rmtree(shot)  # what is there was dreamt with other settings
    shot.mkdir(parents=True, exist_ok=True)
    start = start_image(folder)
    files = {shot / start.name: start}
    files |= {copy_of(shot, name): found(folder, name) for name in entry.files}
    for copy, file in files.items():
        if not copy.exists():
            _link(file, copy)
    if not (shot / "dream.json").exists():
        write_whole((folder / "dream.json").read_bytes(), shot / "dream.json")
    return shot


def _newest(folder: Path) -> int:
    """Number of the newest frame that can be read."""
    return last_frame(folder, own=kinds_made(read_history(folder)))[0]


def _link(file: Path, copy: Path) -> None:
    """The same file by another name, or a copy where a disk has one name for each."""
    try:
        os.link(file, copy)
    except OSError:
        with whole(copy) as part:
            shutil.copyfile(file, part)


def _moved(shot: Path, folder: Path, done: int) -> int:
    """Moves the frames that are next in order, and forgets those that are there already.

    Returns:
        The number of the newest frame in the dream's folder.
    """
    last = _newest(shot)
    for number, path in frames_in(shot).items():
        if number <= done:
            path.unlink()
        elif number == done + 1 and number <= last:
            _note(shot, folder, number)
            path.replace(folder / path.name)
            done = number
    return done


def _note(shot: Path, folder: Path, number: int) -> None:
    """Has dream.json tell with what a frame of a shot was made, if that is new there."""
    history = read_history(folder)
    theirs, ours = entry_for(read_history(shot), number), entry_for(history, number)
    assert theirs
    if ours is None or replace(theirs, from_frame=ours.from_frame) != ours:
        kept = [entry for entry in history if entry.from_frame < number]
        write_history(folder, [*kept, replace(theirs, from_frame=number)])
