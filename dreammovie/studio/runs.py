"""Movies in the making: each in a process of its own, which no page and no server holds up."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from threading import Lock
from typing import IO, Any, Literal, NamedTuple

from dreammovie.errors import DreamError
from dreammovie.movies.folder import frames_in, start_image, video_path
from dreammovie.movies.lock import Run, current_run
from dreammovie.settings import flag

_TAIL = 2000  # bytes at the end of what a process said that may hold what went wrong
_STOPPED = 130  # exit status of a run that was asked to stop
_SPOKEN = (1, 2)  # exit statuses of a run that says at its end what went wrong
_NAME = re.compile(r"^(?:frames|video): ", re.MULTILINE)  # the command's, before that
_WAKES = 6.0  # seconds in which half of a process' beginning is over, as a bar shows it
_RECENT = 10  # frames over which the pace is taken

Doing = Literal["nothing", "starting", "dreaming", "stopping", "filming"]
"""What goes on in a dream's folder; "starting" until a run that was begun here reaches it."""


@dataclass(frozen=True)
class State:
    """How it stands with a dream's frames.

    Attributes:
        newest: Number of the newest frame; 0: only the start image.
        run: The run that is dreaming them, if there is one.
        doing: What goes on in the folder.
        error: What the last process that was started here died of, a sentence.
        pace: Seconds a frame, of the run's newest ones; None before its first.
        settled: Whether that is not of its first alone, before which it got ready.
        share: How much is done of what is going on, 0 to 1.
    """

    newest: int
    run: Run | None
    doing: Doing
    error: str | None
    pace: float | None
    settled: bool
    share: float

    @property
    def busy(self) -> bool:
        """Whether anybody is at work in the folder."""
        return self.doing != "nothing"

    @property
    def left(self) -> float | None:
        """Seconds until the run is done; None where that cannot be known yet."""
        if self.run is None or self.run.frames is None or self.pace is None:
            return None
        return max(0, self.run.frames - self.newest) * self.pace


class _Begun(NamedTuple):
    """A process that was started here, what it does until its end, since when, what it says."""

    process: subprocess.Popen
    doing: Doing
    since: float
    said: IO[bytes]


_begun: dict[Path, _Begun] = {}
_changing = Lock()  # of `_begun`, which all visitors share
_reading = Lock()  # of what was said: a file has one place at which it is read


def start_frames(folder: Path, frames: int, settings: Mapping[str, Any]) -> None:
    """Starts a run that goes on with a dream until frame number `frames`.

    Args:
        settings: Those that change with the next frame, by name.

    Raises:
        DreamError: somebody is at work there.
        OSError: the process cannot be started.
    """
    _start(folder, "starting", ["frames", f"--frames={frames}", *_flags(settings)])


def start_video(folder: Path, settings: Mapping[str, Any]) -> None:
    """Starts to make the dream's video, `video_path`; raises as `start_frames`.

    Args:
        settings: Of the video, by name.
    """
    _start(folder, "filming", ["video", f"--output={video_path(folder)}", *_flags(settings)])


def _flags(settings: Mapping[str, Any]) -> list[str]:
    return [
        flag(name) if value is True else f"{flag(name)}={value}" for name, value in settings.items()
    ]


def _start(folder: Path, doing: Doing, command: list[str]) -> None:
    with _changing:
        if state(folder).busy:
            raise DreamError(f"Somebody is at work in {folder} already. Wait, or stop it first.")
        said = TemporaryFile()  # noqa: SIM115 -- it is read as long as the dream's state is asked for
        process = subprocess.Popen(
            [sys.executable, "-m", "dreammovie", *command, "--", str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONIOENCODING": "utf-8:backslashreplace"},  # as it is read
            start_new_session=True,  # Ctrl-C in the server's terminal is not for it
        )
        if before := _begun.get(folder.resolve()):
            with _reading:
                before.said.close()
        _begun[folder.resolve()] = _Begun(process, doing, time.monotonic(), said)


def forget(folder: Path) -> None:
    """Forgets what was started in a folder that is gone, and what went wrong there."""
    with _changing:
        if before := _begun.pop(folder.resolve(), None):
            with _reading:
                before.said.close()


def state(folder: Path) -> State:
    """How it stands with a dream."""
    run = current_run(folder)
    begun = _begun.get(folder.resolve())
    status = begun.process.poll() if begun else None
    doing: Doing = "nothing"
    if run:
        doing = "stopping" if run.frames is None else "dreaming"
    elif begun and status is None:
        doing = begun.doing
    frames = frames_in(folder)
    newest = max(frames, default=0)
    times = _times(list(frames.values()), run) if run else []
    return State(
        newest=newest,
        run=run,
        doing=doing,
        error=_last_words(begun) if begun and status not in (None, 0, _STOPPED) else None,
        pace=_pace(times, run) if run and times else None,
        settled=len(times) > 1,
        share=_share(newest, run, begun),
    )


def _share(newest: int, run: Run | None, begun: _Begun | None) -> float:
    """How much is done: of the frames; or before, of the time that waking usually takes."""
    if run and run.frames:
        return min(1.0, newest / run.frames)
    waited = time.monotonic() - begun.since if begun and not run else 0.0
    return 1 - 2 ** (-waited / _WAKES)


def _last_words(begun: _Begun) -> str | None:
    """What went wrong: what a process said last, if it was able to say so."""
    status = begun.process.returncode
    with _reading:
        if begun.said.closed:  # another one has begun meanwhile
            return None
        length = begun.said.seek(0, os.SEEK_END)
        begun.said.seek(max(0, length - _TAIL))
        said = begun.said.read().decode("utf-8", "replace").rstrip()
    if said and status in _SPOKEN:
        return _NAME.split(said)[-1]
    return f"The run ended with status {status}."


def _times(frames: Sequence[Path], run: Run) -> list[float]:
    """When the newest frames of a run were written, newest first, while no clock was set back."""
    times: list[float] = []
    for path in reversed(frames[-_RECENT:]):
        try:
            written = path.stat().st_mtime
        except OSError:
            break
        if written < run.began or (times and written > times[-1]):
            break
        times.append(written)
    return times


def _pace(times: Sequence[float], run: Run) -> float:
    """Seconds between frames that were written then, newest first; of one, since the beginning."""
    if len(times) == 1:
        return max(0.0, times[0] - run.began)
    return (times[0] - times[-1]) / (len(times) - 1)


def newest_picture(folder: Path) -> Path:
    """The newest frame's file, or the start image's.

    Raises:
        DreamError: there is neither.
    """
    frames = frames_in(folder)
    return frames[max(frames)] if frames else start_image(folder)
