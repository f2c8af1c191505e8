"""Who dreams in a folder, and how to stop them: its lock, its owner, and its announcement.

dream.lock      held while a run is at work, by the system, which lets go of it at the run's end
dream.owner     whose run that is; it beats like a heart, so that other machines see it, too
dream.run       until which frame it goes on; without this file, it stops

All three are gone at the run's end. What a killed run leaves holds up nobody, and goes with the
next one.

Some network disks do not tell other machines of a lock. There the owner's file counts: while it
beats, the dream is taken; when it has been still for a minute, whoever comes takes it over.
"""

from __future__ import annotations

import errno
import json
import os
import platform
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

from filelock import FileLock, Timeout, lock_descriptor

from dreammovie.errors import DreamError
from dreammovie.files import open_file, remove_parts, whole

_LOCK, _OWNER, _RUN = "dream.lock", "dream.owner", "dream.run"

HOLDING = _LOCK, _OWNER
"""The names of the files that are in a dream's folder while somebody is at work there."""

PROBES = 0.5
"""Seconds to wait for a lock, at least; `current_run` may hold it for a moment."""

STALE = 60.0
"""Seconds after which an owner on another machine counts as gone, if nothing beats."""

_MOST = 1000  # bytes of an owner and of a run
_BEAT = 10.0  # seconds
_SETTLES = 1.0  # seconds in which two that take over at once see who was the last


@dataclass(frozen=True)
class Owner:
    """Whose run it is.

    Attributes:
        host: The machine's name.
        pid: The process on it.
        beaten: When its file was last touched, seconds by the disk's clock.
    """

    host: str
    pid: int
    beaten: float


@dataclass(frozen=True)
class Held:
    """A folder that is held.

    Attributes:
        files: What is in the folder for that.
        lost: Set if another machine takes the folder over after all, as when this one slept.
    """

    files: tuple[Path, ...]
    lost: Event


@contextmanager
def lock(folder: Path, patience: float = PROBES) -> Iterator[Held]:
    """Holds the folder, so that no second run writes frames between ours.

    The system lets go of it when the process ends, however it ends. A run on another machine that
    died is waited for until its heart has been still long enough, if there is the patience.

    Args:
        folder: The dream's.
        patience: Seconds to wait for another run to end.

    Yields:
        How it is held.

    Raises:
        DreamError: another run holds it.
        OSError: the folder cannot be written.
    """
    until = time.monotonic() + patience
    held = FileLock(folder / _LOCK)
    try:
        held.acquire(timeout=patience)
        while not _is_held(folder / _LOCK):  # whoever had it before has just removed the file
            held.release()
            held.acquire(timeout=max(0.0, until - time.monotonic()))
    except Timeout:
        raise _taken(folder) from None
    try:
        with _owned(folder, until) as lost:
            remove_parts(folder, "img_", "dream.json", _OWNER, _RUN)
            yield Held(tuple(folder / name for name in HOLDING), lost)
    finally:
        held.release()


@contextmanager
def _owned(folder: Path, until: float) -> Iterator[Event]:
    """Writes whose the folder is, and touches that file from time to time; as `lock`."""
    path = folder / _OWNER
    taken_over = _is_foreign(owner(folder))
    while (other := owner(folder)) and _is_foreign(other):
        (folder / _LOCK).touch()
        if (folder / _LOCK).stat().st_mtime > other.beaten + STALE:  # the same disk's clock
            break
        if time.monotonic() > until:
            raise _taken(folder)
        time.sleep(PROBES)
    whose = {"host": platform.node(), "pid": os.getpid(), "run": secrets.token_hex(8)}
    mine = json.dumps(whose).encode()
    with whole(path) as part:
        part.write_bytes(mine)
        ours = part.stat()
    if taken_over:
        time.sleep(_SETTLES)
        if _read(path) != mine:
            raise _taken(folder)
    ended, lost = Event(), Event()

    def beat() -> None:
        while not ended.wait(_BEAT):
            with suppress(OSError):  # a disk that is away for a while
                if _read(path) not in (mine, None):
                    return lost.set()
                os.utime(path)
        return None

    heart = Thread(target=beat, name="heart", daemon=True)
    heart.start()
    # Whoever does not own the folder removes no lock of it, which may be one that is not seen here.
    with _removed_after(path, ours, _LOCK):
        try:
            yield lost
        finally:
            ended.set()
            heart.join()


def owner(folder: Path) -> Owner | None:
    """Who holds a folder, or died while holding it; None if nobody does, or it cannot be read."""
    path = folder / _OWNER
    try:
        with open_file(path) as file:  # to open it has a network disk ask how it is now
            whose = json.loads(file.read(_MOST))
            return Owner(str(whose["host"]), int(whose["pid"]), os.fstat(file.fileno()).st_mtime)
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None


def _is_foreign(other: Owner | None) -> bool:
    """Whether a folder's owner is on another machine, whose locks may not be seen from here."""
    return other is not None and other.host != platform.node()


def _read(path: Path) -> bytes | None:
    try:
        with open_file(path) as file:
            return file.read(_MOST)
    except (OSError, DreamError):
        return None


def _taken(folder: Path) -> DreamError:
    other = owner(folder)
    where = f" on {other.host}" if other and _is_foreign(other) else ""
    return DreamError(
        f"Another run is dreaming in {folder}{where}. Wait for it or stop it, or choose another "
        "dream."
    )


@contextmanager
def announced(folder: Path, frames: int) -> Iterator[None]:
    """Says in the folder until which frame a run goes on, while it holds the lock.

    `stop` takes that away, and the run watches for it with `is_wanted`.
    """
    path = folder / _RUN
    with whole(path) as part:
        part.write_text(json.dumps({"frames": frames}), "utf-8")
        ours = part.stat()
    with _removed_after(path, ours):
        yield


@contextmanager
def _removed_after(path: Path, ours: os.stat_result, *beside: str) -> Iterator[None]:
    """Removes a file at the end of the block, unless somebody has put another there meanwhile.

    Args:
        path: The file's.
        ours: It, as it is now.
        beside: Names of files that lie beside it, and then go with it.
    """
    # A folder that is renamed meanwhile is still the one that was opened.
    opened = os.open(path.parent, os.O_RDONLY) if os.unlink in os.supports_dir_fd else None
    names = [each if opened is None else each.name for each in (path, *map(path.with_name, beside))]
    try:
        yield
    finally:
        with suppress(FileNotFoundError):
            if os.path.samestat(os.stat(names[0], dir_fd=opened), ours):
                for name in names:
                    with suppress(PermissionError):  # on Windows, whoever holds a file removes it
                        os.unlink(name, dir_fd=opened)
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
    held = folder / _LOCK
    try:
        since = held.stat().st_mtime
    except OSError:
        return None
    if not (_is_held(held) or _beats_elsewhere(folder)):
        return None
    path = folder / _RUN
    try:
        began = path.stat().st_mtime
        with open_file(path) as file:
            frames = json.loads(file.read(_MOST))["frames"]
        return Run(frames if type(frames) is int else None, began)
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return Run(None, since)


def _beats_elsewhere(folder: Path) -> bool:
    """Whether a run on another machine is alive, as far as this one's clock can tell."""
    other = owner(folder)
    return other is not None and _is_foreign(other) and time.time() < other.beaten + STALE


def _is_held(lock_file: Path) -> bool:
    """Whether somebody holds the lock that lies there; asking takes it for a moment.

    Where that cannot be taken, as in a folder that cannot be written, nobody dreams.
    """
    try:
        probe = os.open(lock_file, os.O_RDWR)  # it makes no such file
    except OSError:
        return False
    try:
        return not lock_descriptor(probe, blocking=False)
    except OSError as error:
        return error.errno == errno.ENOSYS  # a disk without locks: the file itself is the sign
    finally:
        os.close(probe)
