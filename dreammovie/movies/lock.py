"""Who dreams in a folder, and how to stop them: its lock, and its announcement.

dream.lock      held while a run is at work
dream.run       until which frame it goes on; without this file, it stops
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from dreammovie.errors import DreamError
from dreammovie.files import open_file, remove_parts, whole

LOCK = "dream.lock"
"""Held while somebody is at work in a dream's folder."""

_RUN = "dream.run"
_MAX_RUN = 1000  # bytes
_PROBES = 0.5  # seconds; `current_run` may hold the lock for a moment


@contextmanager
def lock(folder: Path) -> Iterator[Path]:
    """Holds the folder, so that no second run writes frames between ours.

    The system lets go of it when the process ends, however it ends.

    Yields:
        The lock's file.

    Raises:
        DreamError: another run holds it.
        OSError: the folder cannot be written.
    """
    held = FileLock(folder / LOCK, timeout=_PROBES)
    try:
        held.acquire()
    except Timeout:
        raise DreamError(
            f"Another run is dreaming in {folder}. Wait for it or stop it, or choose another dream."
        ) from None
    try:
        remove_parts(folder, "img_", "dream.json", _RUN)
        yield folder / LOCK
    finally:
        held.release()


@contextmanager
def announced(folder: Path, frames: int) -> Iterator[None]:
    """Says in the folder until which frame a run goes on, while it holds the lock.

    `stop` takes that away, and the run watches for it with `is_wanted`.
    """
    path = folder / _RUN
    with whole(path) as part:
        part.write_text(json.dumps({"frames": frames}), "utf-8")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def is_wanted(folder: Path) -> bool:
    """Whether nobody has asked the run in a folder to stop."""
    return (folder / _RUN).exists()


def stop(folder: Path) -> None:
    """Asks the run in a folder to stop; it does so after the step in hand."""
    (folder / _RUN).unlink(missing_ok=True)


@dataclass(frozen=True)
class Run:
    """A run that is dreaming in a folder.

    Attributes:
        frames: Number of the frame until which it goes on; None: it is just starting, or
            stopping.
        began: When it started, seconds as in `time.time`.
    """

    frames: int | None
    began: float


def current_run(folder: Path) -> Run | None:
    """The run that is dreaming in a folder, whoever started it; None if nobody is."""
    held = folder / LOCK
    if not held.exists() or not _is_held(held):
        return None
    path = folder / _RUN
    try:
        began = path.stat().st_mtime
        with open_file(path) as file:
            frames = json.loads(file.read(_MAX_RUN))["frames"]
        return Run(frames if type(frames) is int else None, began)
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return Run(None, held.stat().st_mtime)


def _is_held(lock_file: Path) -> bool:
    """Whether some run holds a lock; asking takes it for a moment.

    Where that cannot be taken, as in a folder that cannot be written, nobody dreams.
    """
    probe = FileLock(lock_file, timeout=0)
    try:
        probe.acquire()
    except Timeout:
        return True
    except OSError:
        return False
    probe.release()
    return False
