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

    Every frame is what a decoder gives that began at the last key frame before it. It goes on
    from frame to frame, but begins anew at the next key frame: what it makes of something broken
    depends on all that it has seen, and no frame may depend on which were asked for before.

    Attributes:
        stamps: When each frame is shown, rising; ticks.
    """

    def __init__(self, path: Path, packets: Packets) -> None:
        self._path = path
        self._packets = packets
        self._useless: set[int] = set()  # keys at which no decoder can begin
        self._window: deque[tuple[int, av.VideoFrame]] = deque(maxlen=_KEPT)  # by rank
        self._decoding = frames_from(path, packets, 0)
        skipped = self._undecodable()
        self.stamps = packets.stamps[skipped:]
        self._numbers = packets.shown[skipped:]
        self._ranks = {number: rank for rank, number in enumerate(self._numbers)}
        self._begin(0)

    def close(self) -> None:
        """Closes the file; it is opened again when it is needed."""
        self._begin(0)
        self._window.clear()

    def __getitem__(self, rank: int) -> av.VideoFrame:
        """The frame of a rank, or where that is broken, the one before it, as players show it."""
        for at, frame in self._window:
            if at == rank:
                return frame
        key = self._key_of(rank)
        if key != self._key or rank <= self._at:
            self._begin(key)
        while (reached := self._reach(rank)) is None:
            if key == 0:
                raise DreamError(f"{self._path} is no longer what it was. Put it back.")
            self._useless.add(key)
            key = self._key_of(rank)
            self._begin(key)
        return reached

    def _undecodable(self) -> int:
        """How many frames at the beginning cannot be decoded."""
        ranks = {number: rank for rank, number in enumerate(self._packets.shown)}
        for number, _ in self._decoding:
            if number in ranks:
                return ranks[number]
        raise DreamError(
            f"No frame of {self._path} can be decoded; it is broken, or encrypted. Save it again, "
            "or put another one there."
        )

    def _key_of(self, rank: int) -> int:
        """The packet at which the decoder begins that gives the frame of a rank."""
        key = self._packets.key(self._numbers[rank])
        while key in self._useless:
            key = self._packets.key(key - 1)
        return key

    def _begin(self, key: int) -> None:
        self._decoding.close()
        self._decoding = frames_from(self._path, self._packets, key)
        self._key = key
        # What is shown before its key frame may lack what it is made of.
        self._at = (self._ranks.get(key, 0) if key else 0) - 1  # the last rank that it gave
        self._last: av.VideoFrame | None = None  # the frame of that
        self._ahead: tuple[int, av.VideoFrame] | None = None  # what it gave too early

    def _reach(self, rank: int) -> av.VideoFrame | None:
        """Decodes the frame of a rank, or the last before it; None: not even the key frame is."""
        while given := self._ahead or next(self._decoding, None):
            self._ahead = None
            number, frame = given
            at = self._ranks.get(number, -1)
            if at <= self._at:
                continue
            is_key = at == self._at + 1 and frame.key_frame and not frame.is_corrupt
            if self._last is None and self._key and not is_key:
                return None
            if at > rank:
                self._ahead = given
                break
            self._at, self._last = at, frame
            if self._key_of(at) == self._key:
                self._window.append((at, frame))
            if at == rank:
                break
        return self._last
