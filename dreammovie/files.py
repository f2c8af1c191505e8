"""Files that are whole or absent, whenever the program or the machine stops."""

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dreammovie.errors import DreamError

_PART = ".part"


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Gives a temporary path beside `path` to write to; at the end it becomes `path`.

    What was written reaches the disk before it takes its name. If the block fails, the
    temporary file is removed and an older `path` stays as it was. A kill leaves the
    temporary file behind; `remove_parts` is for that.

    Raises:
        OSError: naming `path`, where the temporary file was meant.
    """
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}{_PART}")
    try:
        yield part
        with open(part, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(part, path)
        _sync_folder(path.parent)
    except OSError as error:
        if error.filename not in (None, str(part), str(part.resolve())):
            raise
        raise OSError(error.errno, error.strerror, str(path)) from None
    finally:
        part.unlink(missing_ok=True)


def cache_folder() -> Path:
    """Where a person's programs keep what they can make or fetch again; it may not exist yet."""
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(base) if base else Path.home() / ".cache") / "dreammovie"


def sha256(path: Path) -> str:
    """The digest of a file, hexadecimal.

    Raises:
        OSError: it cannot be read.
    """
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def remove_parts(folder: Path, name: str) -> None:
    """Removes what killed writers of `folder / name` left behind; `name` may be a pattern."""
    for part in folder.glob(f".{name}.*{_PART}"):
        part.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Makes a new name in a folder last through a power cut, where the system can."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def free_path(path: Path) -> Path:
    """The path, or if that is taken, the first free one of those with _2, _3, ... at the end."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_stem(f"{path.stem}_{number}")
    return free


def check_output(output: Path, *read: Path | None) -> None:
    """Checks that a file can be written there, before anything is dreamt.

    Args:
        read: Files that the dream is made from.

    Raises:
        DreamError: its folder is missing, it is no file, or one that is read.
    """
    if not output.parent.is_dir():
        raise DreamError(f"There is no folder {output.parent} for {output}. Make it first.")
    if output.exists() and not output.is_file():
        raise DreamError(f"{output} exists and is no file. Give a file's path.")
    if any(path and output.exists() and output.samefile(path) for path in read):
        raise DreamError(
            f"{output} is a picture that this dream is made from; it is not written over. "
            "Give another path."
        )
