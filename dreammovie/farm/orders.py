"""What is asked of a farm, dream by dream; checked here, before anything is handed out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dreammovie.movies.folder import last_frame
from dreammovie.movies.history import entry_for, kinds_made, read_history, script_of
from dreammovie.movies.mask import mask_in
from dreammovie.movies.named import found, renamed
from dreammovie.movies.schedule import Script, direct, files_in, look_ahead, placed
from dreammovie.movies.start import first_script, last_of, pace_of
from dreammovie.settings import Settings, setting


@dataclass(frozen=True)
class FarmSettings(Settings):
    """Where dreams are handed out, and what each of them gets there."""

    address: str | None = setting(
        None,
        "a Ray cluster: auto for this machine's, HOST:PORT, or ray://HOST:PORT (default: a Ray of "
        "its own on this machine, for as long as it takes)",
        metavar="WHERE",
    )
    cores_per_dream: float | None = setting(
        None,
        "processor cores that each dream has, fractions too (default: all of a machine's, shared "
        "among its cards)",
        low=0.01,
        high=1024,
    )
    gpus_per_dream: float | None = setting(
        None,
        "cards that each dream has, fractions too (default: 1 where there are any)",
        low=0,
        high=64,
    )
    sync: bool = setting(
        False, "for machines that do not see the dreams' folders: files go there, frames come back"
    )


@dataclass(frozen=True)
class Order:
    """A dream that is to be gone on with; the arguments are `go_on`'s.

    Attributes:
        folder: Of the dream, as a whole path.
    """

    folder: Path
    frames: int | None = None
    given: Mapping[str, Any] = field(default_factory=dict)
    recipe: str | None = None
    preset: str | None = None
    weights: tuple[str, ...] = ()


@dataclass(frozen=True)
class Task:
    """An order that can be followed.

    Attributes:
        order: Its files have names that hold wherever the dream is made.
        done: Number of the newest frame.
        last: Number of the last frame to make.
        files: What the dream needs beside its newest frame, as its settings name it.
    """

    order: Order
    done: int
    last: int
    files: tuple[str, ...]


def task_for(order: Order, sync: bool = False) -> Task:
    """Checks an order, without waiting for TensorFlow.

    Args:
        order: Its files are named as seen from here.
        sync: Whether the dream is to be made in another folder, with copies of its files.

    Raises:
        DreamError: something about the folder or the settings is wrong.
        OSError: something cannot be read.
    """
    folder = order.folder
    history = read_history(folder)
    done, _ = last_frame(folder, own=kinds_made(history))
    before = entry_for(history, done + 1)
    script = script_of(before) if before else first_script(folder)
    script = placed(direct(script, order.given, order.recipe, order.preset), order.given, folder)
    last, pace = last_of(folder, order.frames, script.settings.every), pace_of(folder, script)
    if done < last:
        look_ahead(script, pace.frame(done) + 1, pace.frame(last))
    order = replace(
        order,
        given={**order.given, **_names(order, script, sync)},
        weights=tuple(_whole_path(text) for text in order.weights),
    )
    files = {name for names in files_in(script).values() for name in names}
    if script.settings.mask is None and (mask := mask_in(folder)):
        files.add(mask)
    return Task(order, done, last, tuple(sorted(files)))


def _names(order: Order, script: Script, sync: bool) -> dict[str, Any]:
    """The files that are given, by names that a machine with another folder understands, too."""

    def whole(file: str) -> str:
        return str(found(order.folder, file).absolute())

    fps, sound = script.settings.fps, script.sound
    names = {}
    for name in files_in(script).keys() & order.given.keys():
        text = getattr(script.settings, name)
        if not sync:
            text = whole(text) if name == "sound" else renamed(text, fps, sound, whole)
        names[name] = text
    return names


def _whole_path(text: str) -> str:
    """FILE or NAME=FILE, with a path that holds in every folder."""
    name, equals, file = text.rpartition("=")
    return f"{name}{equals}{Path(file).expanduser().absolute()}"
