"""The line in which dreams wait for the machine, which all visitors share."""

from __future__ import annotations

import heapq
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import mean
from threading import Condition

_TYPICAL = 30.0  # seconds a dream is thought to take before one is done
_REMEMBERED = 8  # dreams whose time is


@dataclass(eq=False)
class Ticket:
    """A dream's place in the line.

    Attributes:
        share: How much of its work is done, 0 to 1.
        began: When its turn came, seconds by a monotonic clock; None: it waits.
    """

    share: float = 0.0
    began: float | None = None


@dataclass
class Line:
    """Who came first has the first turn; whoever leaves, or fails, makes room.

    Args:
        at_once: How many have their turn together.
    """

    at_once: int
    _waiting: list[Ticket] = field(default_factory=list)
    _working: list[Ticket] = field(default_factory=list)
    _took: deque[float] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    _changed: Condition = field(default_factory=Condition)

    @contextmanager
    def place(self, ticket: Ticket) -> Iterator[None]:
        """A place in the line, until the end of the block: in it, `wait` until its turn comes."""
        with self._changed:
            self._waiting.append(ticket)
        try:
            yield
        finally:
            with self._changed:
                if ticket in self._working:
                    self._working.remove(ticket)
                    assert ticket.began is not None
                    if ticket.share:
                        self._took.append((time.monotonic() - ticket.began) / ticket.share)
                else:
                    self._waiting.remove(ticket)
                self._changed.notify_all()

    def wait(self, ticket: Ticket, seconds: float) -> bool:
        """Waits so long at most; says whether its turn has come."""
        with self._changed:
            if not self._is_next(ticket):
                self._changed.wait(seconds)
            if not self._is_next(ticket):
                return False
            self._waiting.remove(ticket)
            self._working.append(ticket)
            ticket.began = time.monotonic()
            self._changed.notify_all()
            return True

    def before(self, ticket: Ticket) -> tuple[int, float]:
        """How many wait before it, and in how many seconds its turn comes, about; 0: it has it."""
        with self._changed:
            if ticket not in self._waiting:
                return 0, 0.0
            before = self._waiting.index(ticket)
            typical = mean(self._took) if self._took else _TYPICAL
            frees = [self._left(each, typical) for each in self._working]
            frees += [0.0] * (self.at_once - len(frees))
        heapq.heapify(frees)
        for _ in range(before):
            heapq.heappush(frees, heapq.heappop(frees) + typical)
        return before, frees[0]

    def _is_next(self, ticket: Ticket) -> bool:
        room = self.at_once - len(self._working)
        return ticket in self._waiting[:room]

    def _left(self, ticket: Ticket, typical: float) -> float:
        assert ticket.began is not None
        took = time.monotonic() - ticket.began
        return max(0.0, took / ticket.share - took if ticket.share else typical - took)
