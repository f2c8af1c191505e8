"""How it stands with each dream that a farm has in hand; its folder tells."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from dreammovie.errors import DreamError
from dreammovie.farm.orders import Order, Task, task_for
from dreammovie.farm.shots import gather
from dreammovie.movies.folder import is_made
from dreammovie.movies.lock import current_run, owner

_IN_VAIN = 12  # what deaths in a row without a new frame count, after which it is no accident
_OF_A_PROCESS, _OF_A_MACHINE = 4, 1  # machines come and go; a dream is rarely the reason

State = Literal["waiting", "dreaming", "done", "stopped", "failed"]


@dataclass(frozen=True)
class Standing:
    """How it stands with a dream.

    Attributes:
        folder: The dream's.
        state: What becomes of it.
        done: Number of its newest frame.
        last: Number of the last one to make.
        machine: Where it is dreamt, or was; empty before that.
        pace: Seconds a frame; None before two of them.
        words: What went wrong, be it that it is done all the same; empty if nothing did.
        told: As in `work.Outcome`.
    """

    folder: Path
    state: State
    done: int
    last: int
    machine: str
    pace: float | None
    words: str
    told: tuple[Any, ...]

    @property
    def ended(self) -> bool:
        """Whether nothing more happens to it."""
        return self.state not in ("waiting", "dreaming")

    @property
    def left(self) -> float | None:
        """Seconds until its end; None where that cannot be known yet."""
        return None if self.ended or self.pace is None else self.pace * (self.last - self.done)


class InHand:
    """A dream that a farm has in hand.

    What is wrong with it is met here, before TensorFlow or Ray are waited for.

    Args:
        order: What is to be dreamt.
        sync: As for `task_for`.

    Attributes:
        order: As given.
        task: What is handed out; None: it cannot be.
        state: As in `Standing`.
        machine: Likewise.
        attempt: How many times its machine or its process died.
        held: What holds the folder here, for a machine that does not see it.
    """

    def __init__(self, order: Order, sync: bool = False) -> None:
        self.folder, self.order = order.folder, order
        self.task: Task | None = None
        self.state: State = "waiting"
        self.machine = ""
        self._fresh = True
        self.attempt = 0
        self.held: ExitStack | None = None
        self._words, self._told = "", ()
        self._done = self._last = self._in_vain = 0
        self._first: tuple[float, int] | None = None  # a moment, and the newest frame then
        self._pace: float | None = None
        try:
            gather(self.folder)  # what is left of a farm that was stopped
            task = self.task = task_for(order, sync)
        except (DreamError, OSError) as error:
            self.end("failed", str(error))
            return
        self._done, self._last = task.done, task.last
        if task.done >= task.last:
            self.end("done")
        elif current_run(order.folder):
            self.end(
                "failed",
                f"Another run is dreaming in {order.folder}. Wait for it or stop it.",
            )

    def more(self) -> list[InHand]:
        """What can be handed out now, and could not before: itself, once."""
        fresh, self._fresh = self._fresh, False
        return [self] if fresh and self.state == "waiting" else []

    def look(self) -> int:
        """Sees in the folder what is new, however many frames there are; the newest's number."""
        before = self._done
        while self._done < self._last and is_made(self.folder, self._done + 1):
            self._done += 1
        if self.held is None and (whose := owner(self.folder)):
            self.machine, self.state = whose.host, "dreaming"
        if self._done > before:
            self._in_vain = 0
            now = time.monotonic()
            if self._first:
                self._pace = (now - self._first[0]) / (self._done - self._first[1])
            else:
                self._first = now, self._done
        return self._done

    def end(self, state: State, words: str = "", told: tuple[Any, ...] = ()) -> None:
        """Notes that nothing more happens to it."""
        self.state, self._words, self._told = state, words or self._words, told
        self.let_go()

    def let_go(self) -> None:
        """Gives the folder back, if it is held here."""
        if self.held:
            self.held.close()
            self.held = None

    def died(self, why: str, by_itself: bool = True, said: str = "") -> None:
        """Notes that its process or machine is gone; it waits for another, if that makes sense.

        Args:
            why: What is known of it.
            by_itself: Whether the process died, and the machine did not.
            said: What is to be said of it, even if the dream is done in the end.
        """
        self.let_go()
        self._words = self._words or said
        self.attempt += 1
        self._in_vain += _OF_A_PROCESS if by_itself else _OF_A_MACHINE
        self.state, self._first, self._pace = "waiting", None, None
        if self._in_vain >= _IN_VAIN:
            self.end("failed", f"It ended again and again, without a new frame: {why}")

    @property
    def standing(self) -> Standing:
        """How it stands with it now."""
        return Standing(
            self.folder,
            self.state,
            self._done,
            self._last,
            self.machine,
            self._pace,
            self._words,
            self._told,
        )
