"""What a farm's process does, on whichever machine: it goes on with one dream."""

from __future__ import annotations

import errno
import os
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from dreammovie.claims import scratch
from dreammovie.errors import DreamError
from dreammovie.farm.orders import Order
from dreammovie.files import write_whole
from dreammovie.machine import CORES
from dreammovie.movies.lock import STALE
from dreammovie.movies.named import copy_of

_OF_A_DISK = errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO
_PATIENCE = 2 * STALE  # seconds; whoever had the dream before may just have died


@dataclass(frozen=True)
class Outcome:
    """How a dream ended.

    Attributes:
        state: What it is now.
        words: What went wrong, a sentence.
        told: What happened on the way and is worth to be said; values of `run.Event`.
        disk: Whether a disk of the machine's own failed, and not the dream.
    """

    state: Literal["done", "stopped", "failed"]
    words: str = ""
    told: tuple[Any, ...] = ()
    disk: bool = False


@dataclass(frozen=True)
class Luggage:
    """What a dream needs where its folder is not seen.

    Attributes:
        files: Of the folder, by their names there.
        copies: Other files, by the names that dream.json has for them.
    """

    files: dict[str, bytes]
    copies: dict[str, bytes]


@dataclass(frozen=True)
class Letter:
    """What comes back from there.

    Attributes:
        dream: Its number, among those that the driver has in hand.
        attempt: Number that the driver gave to this try of the dream.
        host: The machine.
        frame: Name of a new frame; empty: the dream begins.
        content: Of that frame.
        history: Content of dream.json.
    """

    dream: int
    attempt: int
    host: str
    frame: str = ""
    content: bytes = b""
    history: bytes = b""


class Post:
    """Where letters wait until they are fetched; an actor beside whoever hands out the dreams."""

    def __init__(self) -> None:
        self._letters: list[Letter] = []

    def send(self, letter: Letter) -> None:
        """Takes a letter."""
        self._letters.append(letter)

    def fetch(self) -> list[Letter]:
        """Gives all letters away."""
        letters, self._letters = self._letters, []
        return letters


def dream(
    order: Order,
    cores: int,
    luggage: Luggage | None = None,
    send: Callable[..., None] | None = None,
) -> Outcome:
    """Goes on with a dream until its last frame.

    Args:
        order: From `task_for`.
        cores: How many threads TensorFlow gets.
        luggage: What the dream needs, where its folder is not seen.
        send: Takes the fields of a `Letter` after its host; with luggage only.
    """
    os.environ[CORES] = str(cores)  # before TensorFlow is imported
    folder, elsewhere = order.folder, order.folder
    try:
        if luggage is None or send is None:
            return _gone_on(order)
        with _unpacked(luggage) as elsewhere:
            send()
            os.chdir(elsewhere)  # what the luggage names is seen from here
            outcome = _gone_on(replace(order, folder=elsewhere), send)
            return replace(outcome, told=_at_home(outcome.told, folder, elsewhere, luggage))
    except OSError as error:
        where = f"{error.filename or folder}: {error.strerror or error} (on {platform.node()})."
        # What goes wrong before all is unpacked is the disk's, even if it has other words for it.
        disk = luggage is not None and (elsewhere == folder or error.errno in _OF_A_DISK)
        return Outcome("failed", where.replace(str(elsewhere), str(folder)), disk=disk)
    except DreamError as error:
        return Outcome("failed", str(error).replace(str(elsewhere), str(folder)))


def _gone_on(order: Order, send: Callable[..., None] | None = None) -> Outcome:
    # Only here, as this is what TensorFlow is imported for.
    from dreammovie.movies.movie import Progress
    from dreammovie.movies.run import (
        Broken,
        FellBack,
        FileChanged,
        HistoryReplaced,
        MachineChanged,
        NetworkChanged,
        StartChanged,
        Stopped,
        go_on,
    )

    worth_telling = (
        *(Broken, FellBack, FileChanged, HistoryReplaced),
        *(MachineChanged, NetworkChanged, StartChanged),
    )
    told, event = [], None
    for event in go_on(
        order.folder,
        order.frames,
        order.given,
        recipe=order.recipe,
        preset=order.preset,
        weights=order.weights,
        patience=_PATIENCE,
        first=order.first,
    ):
        if isinstance(event, worth_telling):
            told.append(event)
        if send and isinstance(event, Progress) and event.saved:
            history = (order.folder / "dream.json").read_bytes()
            send(event.saved.name, event.saved.read_bytes(), history)
    return Outcome("stopped" if isinstance(event, Stopped) else "done", told=tuple(told))


def _at_home(
    told: tuple[Any, ...], home: Path, elsewhere: Path, luggage: Luggage
) -> tuple[Any, ...]:
    """What happened elsewhere, told of the files that a person knows."""
    copies = {copy_of(elsewhere, name): Path(name) for name in luggage.copies}

    def known(path: Path) -> Path:
        return copies.get(path) or home / path.relative_to(elsewhere)

    return tuple(
        replace(event, path=known(event.path)) if hasattr(event, "path") else event
        for event in told
    )


@contextmanager
def _unpacked(luggage: Luggage) -> Iterator[Path]:
    """A folder with what is in the luggage, which is gone at the end."""
    with scratch() as place:
        folder = place.resolve()
        for name, content in luggage.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(content, path)
        for name, content in luggage.copies.items():
            write_whole(content, copy_of(folder, name))
        try:
            yield folder
        finally:
            os.chdir(folder.parent)
