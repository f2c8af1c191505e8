"""What is asked of a farm, dream by dream; checked here, before anything is handed out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from dreammovie.errors import DreamError, unknown
from dreammovie.movies.folder import last_frame
from dreammovie.movies.history import entry_for, kinds_made, read_history, script_of
from dreammovie.movies.named import found, renamed
from dreammovie.movies.schedule import (
    MovieSettings,
    Script,
    direct,
    files_in,
    look_ahead,
    placed,
)
from dreammovie.movies.start import files_read, first_script, last_of, pace_of
from dreammovie.settings import Settings, kind_of, setting

_KINDS = {each.name: kind_of(MovieSettings, each.name) for each in fields(MovieSettings)}
_SWITCH = {"yes": True, "no": False}


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
        first: Of a scene of a clip that is dreamt apart.
    """

    folder: Path
    frames: int | None = None
    given: Mapping[str, Any] = field(default_factory=dict)
    recipe: str | None = None
    preset: str | None = None
    weights: tuple[str, ...] = ()
    first: int = 1

    def of(self, folder: Path) -> Order:
        """The same for another dream."""
        return replace(self, folder=folder)


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
    own = kinds_made(read_history(folder))
    done = max(last_frame(folder, own=own)[0], order.first - 1)
    script, last = _seen_through(order, _script_so_far(folder, done), done)
    order = replace(
        order,
        given={**order.given, **_names(order, script, sync)},
        weights=tuple(_whole_path(text) for text in order.weights),
    )
    return Task(order, done, last, tuple(sorted(files_read(folder, script))))


def check_new(order: Order) -> None:
    """Checks an order as if its folder had nothing but img_0.

    Raises:
        DreamError, OSError: as `task_for`.
    """
    _seen_through(order, None, 0)


def asked(order: Order, wishes: Mapping[str, Any]) -> Order:
    """An order with more that is asked, by name: settings, preset and recipe.

    Args:
        order: Of which nothing is lost but what is asked for otherwise.
        wishes: A text in the place of a number is read as such, or is a schedule.

    Raises:
        DreamError: there is no such setting, recipe or preset, or a value is not possible.
    """
    given, beside = dict(order.given), {"preset": order.preset, "recipe": order.recipe}
    for written, value in wishes.items():
        name = written.strip().removeprefix("--").replace("-", "_")
        if not isinstance(value, str if name in beside else str | float | int):
            raise DreamError(f"{name} was {value!r}; expected is a text or a number.")
        if name in beside:
            beside[name] = value
        elif name not in _KINDS:
            raise unknown("setting", written, [*_KINDS, *beside])
        else:
            given[name] = _yes_or_no(value) if _KINDS[name] is bool else value
    order = replace(order, given=given, preset=beside["preset"], recipe=beside["recipe"])
    direct(Script(), order.given, order.recipe, order.preset)
    return order


def _yes_or_no(value: Any) -> Any:
    return _SWITCH.get(value.strip().lower(), value) if isinstance(value, str) else value


def script_for(order: Order, done: int) -> Script:
    """What holds for an order's dream after frame `done`.

    Raises:
        DreamError, OSError: as `task_for`.
    """
    return _seen_through(order, _script_so_far(order.folder, done), done)[0]


def _script_so_far(folder: Path, done: int) -> Script | None:
    before = entry_for(read_history(folder), done + 1)
    return script_of(before) if before else None


def _seen_through(order: Order, begin: Script | None, done: int) -> tuple[Script, int]:
    """What holds for an order's dream, checked until its end; and the number of that last frame.

    Args:
        order: What is asked.
        begin: What held so far; None: nothing did.
        done: Number of the newest frame.
    """
    folder, begin = order.folder, begin or first_script(order.folder)
    script = placed(direct(begin, order.given, order.recipe, order.preset), order.given, folder)
    last, pace = last_of(folder, order.frames, script.settings.every), pace_of(folder, script)
    if done < last:
        look_ahead(script, pace.frame(done) + 1, pace.frame(last))
    return script, last


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
