"""Encoders that leave the machine to others, and the terminal, too."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_THREADS = Path("/proc/self/task")
os.environ.setdefault("SVT_LOG", "1")  # of SVT-AV1, errors alone: it would tell what it is made of


@contextmanager
def kept_priority() -> Iterator[None]:
    """At the end of the block, no thread of this process has a priority that it had not before.

    Where root encodes, SVT-AV1 gives the thread that begins, and all of its own, the highest there
    is in real time: until the video is made, nothing else on the machine would run, and all that
    this process starts later would inherit it.
    """
    before = _in_real_time()
    try:
        yield
    finally:
        for thread in _in_real_time() - before:
            with suppress(OSError):  # it has ended
                os.sched_setscheduler(thread, os.SCHED_OTHER, os.sched_param(0))


def _in_real_time() -> set[int]:
    """The threads before which others wait; none where the system does not say."""
    found = set()
    if _THREADS.is_dir():
        for thread in map(int, os.listdir(_THREADS)):
            with suppress(OSError):
                if os.sched_getscheduler(thread) in (os.SCHED_FIFO, os.SCHED_RR):
                    found.add(thread)
    return found
