"""Files that are whole or absent, whenever the program or the machine stops."""

import hashlib
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from io import BufferedReader
from pathlib import Path
from tempfile import mkdtemp
from typing import IO

from dreammovie.errors import DreamError

try:
    import fcntl
except ImportError:  # on Windows, where nobody can remove a file that is open
    fcntl = None  # type: ignore[assignment]

HOLDS = fcntl is not None
"""Whether this system tells who holds a file."""

_PART = ".part"
_LEFT = re.compile(r"\.[0-9a-f]{8}\.part\Z")  # the end of a temporary name
_SHOWN = 24  # letters of a file's name in its temporary one; a name as long as can be has no room


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Gives a temporary path beside `path` to write to; at the end it becomes `path`.

    What was written reaches the disk before it takes its name. If the block fails, the
    temporary file is removed and an older `path` stays as it was. A kill leaves the
    temporary file behind; `remove_parts` is for that, and sees which are at work.

    Raises:
        OSError: naming `path`, where the temporary file was meant.
    """
    part = _part(path)
    try:
        with _begun(part) as held:
            yield part
            os.fsync(held.fileno())
            before_it_moves(held)
            os.replace(part, path)
        _sync_folder(path.parent)
    except OSError as error:
        if error.filename not in (None, str(part), str(part.resolve())):
            raise
        raise OSError(error.errno, error.strerror, str(path)) from None
    finally:
        with suppress(OSError):  # what went wrong before counts
            part.unlink(missing_ok=True)


def cache_folder() -> Path:
    """Where a person's programs keep what they can make or fetch again; it may not exist yet."""
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(base) if base else Path.home() / ".cache") / "dreammovie"


def _part(path: Path) -> Path:
    """A new temporary name beside a path, short however long its own is."""
    return path.with_name(f".{path.name[:_SHOWN]}.{secrets.token_hex(4)}{_PART}")


def write_whole(content: bytes, path: Path) -> Path:
    """Writes a file, whole or not at all, and returns its path."""
    with whole(path) as part:
        part.write_bytes(content)
    return path


def keep(results: Mapping[Path, bytes]) -> None:
    """Writes what took long to make: where it belongs, or else into the temporary folder.

    Raises:
        DreamError: something could not be written; it says why, and where that is now.
    """
    failed: dict[Path, OSError] = {}
    for path, content in results.items():
        try:
            write_whole(content, path)
        except OSError as error:
            failed[path] = error
    if not failed:
        return
    why = "; ".join(f"{path}: {error.strerror}" for path, error in failed.items())
    try:
        folder = Path(mkdtemp(prefix="dreammovie_"))
        kept = [write_whole(results[path], folder / path.name) for path in failed]
    except OSError as error:
        raise DreamError(
            f"{why}. It could not be kept in the temporary folder, either "
            f"({error.strerror}). Make room, and dream it again."
        ) from None
    raise DreamError(f"{why}. What was dreamt is kept: {', '.join(map(str, kept))}")


def open_file(path: Path) -> BufferedReader:
    """Opens a file to be read; a pipe or a device could be waited for without end.

    Raises:
        DreamError: it is there, and no file.
        OSError: it cannot be read.
    """
    if path.exists() and not path.is_file():
        raise DreamError(f"{path} is no file. Give a file, or move it away.")
    return open(path, "rb")


def sha256(path: Path) -> str:
    """The digest of a file, hexadecimal.

    Raises:
        DreamError, OSError: as `open_file`.
    """
    with open_file(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def remove_parts(folder: Path, *names: str) -> None:
    """Removes what killed writers left behind of files whose names begin with one of these.

    What somebody else is just writing stays.
    """
    begins = tuple(f".{name[:_SHOWN]}" for name in names)
    for part in folder.iterdir():
        if part.name.startswith(begins) and is_part(part) and part.is_file():
            with suppress(OSError), open(part, "rb") as left:  # else it is held, or gone
                hold(left)
                before_it_moves(left)
                part.unlink()


def is_part(path: Path) -> bool:
    """Whether a path is named as what is yet to become a whole file."""
    return _LEFT.search(path.name) is not None


@contextmanager
def _begun(part: Path) -> Iterator[IO[bytes]]:
    """A new file, held; whoever removes parts may take it before that, so it is made anew."""
    while True:
        with open(part, "xb") as file:
            with suppress(OSError):  # of a disk that does not know who holds what
                hold(file, wait=True)
            if part.exists():
                yield file
                return


def hold(file: IO[bytes] | int, wait: bool = False) -> None:
    """Holds an open file or folder, until it is closed or the process ends.

    Raises:
        OSError: somebody else holds it, or this disk cannot tell.
    """
    if fcntl:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))


def before_it_moves(file: IO[bytes]) -> None:
    """Closes a file where an open one has to stay where it is."""
    if not fcntl:
        file.close()


def _sync_folder(folder: Path) -> None:
    """Makes a new name in a folder last through a power cut, where the system can."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def check_output(output: Path, *read: Path | None) -> None:
    """Checks that a file can be written there, before anything is dreamt.

    Args:
        output: Named by a person; what is there will be written over.
        read: Files that the dream is made from.

    Raises:
        DreamError: its folder is missing, it is no file, or one that is read.
        OSError: nothing can be written there.

    What a killed writer of it left behind is removed.
    """
    if not output.parent.is_dir():
        raise DreamError(f"There is no folder {output.parent} for {output}. Make it first.")
    if output.exists() and not output.is_file():
        raise DreamError(f"{output} exists and is no file. Give a file's path.")
    if output.exists() and any(path and path.exists() and output.samefile(path) for path in read):
        raise DreamError(
            f"{output} is a file that this dream is made from; it is not written over. "
            "Give another path."
        )
    tried = _part(output)
    try:
        remove_parts(output.resolve().parent, output.resolve().name)
        tried.touch(exist_ok=False)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(output)) from None
    tried.unlink()
