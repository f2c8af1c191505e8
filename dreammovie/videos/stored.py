"""The frames of a clip as they are stored, in any order, and always the same."""

from __future__ import annotations

from collections import deque
from pathlib import Path

import av

from dreammovie.errors import DreamError
from dreammovie.videos.packets import Packets, frames_from

_KEPT = 4  # decoded frames; to one that is interlaced belong its neighbours


class StoredFrames:
    """Decodes the frames of a clip when they are asked for, by rank, which counts from 0.

    Where it can it goes on from the last one; else it begins at the key frame before.

    What decoders make of what is broken depends on all that they have seen. So where something
    is, frames are those of a decoder that began at their own key frame, or if that is broken
    itself, at the one before.

    Attributes:
        stamps: When each frame is shown, rising; ticks.
    """

    def __init__(self, path: Path, packets: Packets) -> None:
        self._path = path
        self._packets = packets
        self._useless: set[int] = set()  # key frames that are broken
        self._decoding = frames_from(path, packets, 0)
        self._begin(0)
        skipped, frame = self._first()
        self.stamps = packets.stamps[skipped:]
        self._numbers = packets.shown[skipped:]
        self._ranks = {number: rank for rank, number in enumerate(self._numbers)}
        self._window.append((0, frame))

    def close(self) -> None:
        """Closes the file; it is opened again when it is needed."""
        self._decoding.close()
        self._window.clear()

    def __getitem__(self, rank: int) -> av.VideoFrame:
        """The frame of a rank, or where that is broken, the one before it, as players show it."""
        key = self._key_of(rank)
        if self._known(rank) is None and not self._can_go_on(rank, key):
            self._begin(key)
        while (frame := self._known(rank)) is None:
            if self._reach(rank, key):
                continue
            if self._key == key:
                if key == 0:
                    raise DreamError(f"{self._path} is no longer what it was. Put it back.")
                self._useless.add(key)
                key = self._key_of(rank)
            self._begin(key)
        return frame

    def _first(self) -> tuple[int, av.VideoFrame]:
        """How many frames at the beginning cannot be decoded, and the first that can."""
        ranks = {number: rank for rank, number in enumerate(self._packets.shown)}
        for number, frame in self._decoding:
            if frame is not None and number in ranks:
                return ranks[number], frame
        raise DreamError(
            f"No frame of {self._path} can be decoded; it is broken, or encrypted. Save it again, "
            "or put another one there."
        )

    def _key_of(self, rank: int) -> int:
        """The packet at which a decoder is to begin, to come to the frame of a rank."""
        key = self._packets.key(self._numbers[rank])
        while key in self._useless:
            key = self._packets.key(key - 1)
        return key

    def _begin(self, key: int) -> None:
        self._decoding.close()
        self._key = key  # at which the decoder began
        self._decoding = frames_from(self._path, self._packets, key)
        self._broken = False  # something that it has met
        self._end: int | None = None  # the rank up to which it has nothing more to give
        # What it gave last, by rank.
        self._window: deque[tuple[int, av.VideoFrame]] = deque(maxlen=_KEPT)

    def _can_go_on(self, rank: int, key: int) -> bool:
        """Whether the decoder will come to a rank, and beginning anew would be no better."""
        if not self._window or self._end is not None or rank < self._window[-1][0]:
            return False
        if self._key == key:
            return True
        return not self._broken and self._ranks.get(key, -1) <= self._window[-1][0]

    def _reach(self, rank: int, key: int) -> bool:
        """Decodes until a frame is known; says whether it can be, beginning where that was.

        Args:
            rank: Of the frame.
            key: Where to begin if something is broken.
        """
        # What is shown before the key frame at which a decoder began may lack what it is made of.
        begun = self._ranks.get(self._key, 0) if self._key else 0
        last = self._window[-1][0] if self._window else begun - 1
        for number, frame in self._decoding:
            at = self._ranks.get(number, -1)
            if frame is not None and at <= last:
                continue
            if frame is None or frame.is_corrupt or at > last + 1:
                self._broken = True
                if self._key != key or (self._key and not self._window):
                    return False
            if frame is None:
                continue
            if at > rank:
                self._give_up(rank, at)
                return bool(self._window)
            self._window.append((at, frame))
            last = at
            if at == rank:
                return True
        self._give_up(rank, len(self._numbers))
        return bool(self._window) and self._key == key

    def _give_up(self, rank: int, end: int) -> None:
        """Notes that there is nothing from a rank up to an end, or to where the next key begins."""
        key = self._key_of(rank)
        while rank < end and self._key_of(rank) == key:
            rank += 1
        self._end = rank

    def _known(self, rank: int) -> av.VideoFrame | None:
        """The frame of a rank, if it is among the last that were decoded, or held by the last."""
        for at, frame in self._window:
            if at == rank:
                return frame
        if self._window and self._end is not None:
            at, frame = self._window[-1]
            return frame if at < rank < self._end else None
        return None
