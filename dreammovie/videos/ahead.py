"""Work that is done in another thread, a little before it is asked for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_AHEAD = 2  # things that are made before they are asked for

Made = TypeVar("Made")


def ahead(make: Callable[[int], Made], count: int) -> Generator[Made]:
    """What a function makes of 0, 1, 2, ...; called in that order, by one thread of its own.

    Args:
        make: The function.
        count: How often it is called.

    Yields:
        What it gives.

    Raises:
        Exception: what it raises, where that would have been next.
    """
    with ThreadPoolExecutor(1, "ahead") as thread:
        due = deque(thread.submit(make, number) for number in range(min(_AHEAD, count)))
        try:
            for number in range(_AHEAD, count + _AHEAD):
                made = due.popleft().result()
                if number < count:
                    due.append(thread.submit(make, number))
                yield made
        finally:
            thread.shutdown(cancel_futures=True)
