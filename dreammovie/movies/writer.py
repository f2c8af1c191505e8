"""Frames that are written while the next one is being dreamt."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

from dreammovie.files import write_whole


class Writer:
    """Writes one frame at a time in a thread of its own.

    It is for a `with` block, whose end waits for the frame in hand, and raises OSError where that
    could not be written.

    Args:
        newest: The file that the first frame is made from.
    """

    def __init__(self, newest: Path) -> None:
        self.begin_from(newest)
        self._disk = ThreadPoolExecutor(1, "disk")
        self._writing: Future[Path] | None = None

    def __enter__(self) -> Writer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._disk.shutdown()
        if kind is None or kind is GeneratorExit:  # nothing worse is on its way
            self.written(wait=True)

    def begin_from(self, newest: Path) -> None:
        """Takes a file that somebody else wrote for the newest one."""
        self._newest = newest, _mark(newest)

    def is_replaced(self) -> bool:
        """Whether somebody has changed the newest file, or taken it away, since it was written."""
        path, mark = self._newest
        return _mark(path) != mark

    def write(self, encoded: bytes, path: Path) -> None:
        """Begins to write a file, whole or not at all; `written` tells when it is there."""
        assert self._writing is None, "the frame before it was not asked for"
        self._writing = self._disk.submit(self._write, encoded, path)

    def written(self, wait: bool = False) -> Path | None:
        """The file that was begun, once, as soon as it is safely written; None until then.

        Args:
            wait: Whether to wait for it.

        Raises:
            OSError: it could not be written.
        """
        if self._writing is None or not (wait or self._writing.done()):
            return None
        path, self._writing = self._writing.result(), None
        return path

    def _write(self, encoded: bytes, path: Path) -> Path:
        write_whole(encoded, path)
        self.begin_from(path)
        return path


def _mark(path: Path) -> tuple[int, int, int] | None:
    """Which file lies at a path, and when it was changed; None: there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
