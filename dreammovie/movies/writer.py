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
    """

    def __init__(self) -> None:
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

    def write(self, encoded: bytes, path: Path) -> None:
        """Begins to write a file, whole or not at all; `written` tells when it is there."""
        assert self._writing is None, "the frame before it was not asked for"
        self._writing = self._disk.submit(write_whole, encoded, path)

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
