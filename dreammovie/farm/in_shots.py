"""A clip's dream in hand whose scenes are dreamt side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from dreammovie.errors import DreamError
from dreammovie.farm.orders import Order, script_for
from dreammovie.farm.shots import begun, gather, prepared
from dreammovie.farm.standing import InHand, Standing, State
from dreammovie.movies.folder import start_clip
from dreammovie.movies.scenes import scenes


def side_by_side(dream: InHand, room: int, sync: bool) -> InHand | InShots:
    """A dream as it is best handed out: a clip's in shots, where it has scenes and there is room.

    Args:
        dream: That waits.
        room: How many can be dreamt at once.
        sync: As for `InHand`.
    """
    if room < 2 or dream.task is None or not start_clip(dream.folder):
        return dream
    done, last = dream.task.done, dream.task.last
    script = script_for(dream.order, done)
    anew = list(scenes(dream.folder, script, done + 2, last))
    firsts = {*_evenly(anew, done + 1, last, room), *begun(dream.folder, anew)}
    return InShots(dream, [done + 1, *sorted(firsts)], sync) if firsts else dream


class InShots:
    """A clip's dream in several shots; to who hands it out, it is like an `InHand`.

    Args:
        dream: All of it.
        firsts: The numbers of the frames with which the shots begin, ascending. The first shot is
            dreamt in the dream's own folder, and the others begin when it has written down there
            with what it is made.
        sync: As for `InHand`.
    """

    def __init__(self, dream: InHand, firsts: Sequence[int], sync: bool) -> None:
        self.folder = dream.folder
        self._dream, self._firsts, self._sync = dream, firsts, sync
        self._parts: list[InHand] = []
        self._ended: tuple[State, str] | None = None

    def more(self) -> list[InHand]:
        """What can be handed out now, and could not before; at the end, shots are put together."""
        try:
            return [] if self._ended else self._more()
        except (DreamError, OSError) as error:
            self._stop("failed", str(error))
            return []

    def _more(self) -> list[InHand]:
        first = self._firsts[0]
        before = len(self._parts)
        if any(part.state == "stopped" for part in self._parts):
            self._stop("stopped")  # what there is of the shots goes over the next time
        elif not before:
            self._parts.append(
                InHand(replace(self._dream.order, frames=self._firsts[1] - 1), self._sync)
            )
        elif before == 1 and self._parts[0].look() >= first:
            assert self._dream.task
            ends = [*self._firsts[1:], self._dream.task.last + 1]
            for begin, end in pairwise(ends):
                shot = prepared(self.folder, begin)
                self._parts.append(InHand(Order(shot, end - 1, first=begin), self._sync))
        elif all(part.standing.ended for part in self._parts):
            gather(self.folder)
            self._ended = self._end()
        return [part for part in self._parts[before:] if part.state == "waiting"]

    def _stop(self, state: State, words: str = "") -> None:
        for part in self._parts:
            if not part.standing.ended:
                part.end("stopped")
        self._ended = state, words

    def _end(self) -> tuple[State, str]:
        for state in ("failed", "stopped"):
            for part in self._parts:
                if part.state == state:
                    return state, part.standing.words
        return "done", " ".join(part.standing.words for part in self._parts if part.standing.words)

    @property
    def standing(self) -> Standing:
        """How it stands with all of it now."""
        whole = self._dream.standing
        parts = [part.standing for part in self._parts]
        state, words = self._ended or ("waiting", "")
        if not self._ended and any(part.state != "waiting" for part in parts):
            state = "dreaming"
        paces = [part.pace for part in parts if part.pace and not part.ended]
        made = sum(part.done - first + 1 for part, first in zip(parts, self._firsts, strict=False))
        return replace(
            whole,
            state=state,
            done=whole.done + made,
            machine=", ".join(dict.fromkeys(part.machine for part in parts if part.machine)),
            pace=1 / sum(1 / pace for pace in paces) if paces else None,
            words=words,
            told=parts[0].told if parts else (),
        )


def _evenly(anew: Sequence[int], first: int, last: int, room: int) -> set[int]:
    """Where shots begin, after the first: at most so many, nearly as long as one another."""
    even = [first + (last + 1 - first) * number / room for number in range(1, room)]
    return {min(anew, key=lambda number: abs(number - each)) for each in even if anew}
