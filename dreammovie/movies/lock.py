"""Who dreams in a folder, and how to stop them: its lock, and its announcement.

dream.lock      held while a run is at work
dream.run       until which frame it goes on; without this file, it stops
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
    # A folder that is renamed meanwhile is still the one that was opened.
    opened = os.open(folder, os.O_RDONLY) if os.unlink in os.supports_dir_fd else None
    try:
        yield
    finally:
        with suppress(FileNotFoundError):
            os.unlink(path if opened is None else _RUN, dir_fd=opened)
        if opened is not None:
            os.close(opened)


@contextmanager
def staying(folder: Path) -> Iterator[None]:
    """Ends in a sentence where a folder is renamed or removed in this block.

    Raises:
        DreamError: it is; what else goes wrong then comes of that.
    """
    before = folder.stat()
    try:
        yield
    except (OSError, DreamError):
        if _is_there(folder, before):
            raise
    else:
        if _is_there(folder, before):
            return
    raise DreamError(
        f"{folder} was renamed or removed while its run was at work. Its frames are where it is "
        "now: go on there, by its new name."
    )


def _is_there(folder: Path, before: os.stat_result) -> bool:
    try:
        return os.path.samestat(folder.stat(), before)
    except OSError:
        return False


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
