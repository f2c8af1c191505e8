"""A song: what can be heard in it over time, computed once and kept in the user's cache."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from dreammovie.errors import DreamError
from dreammovie.files import cache_folder, sha256, whole
from dreammovie.schedules.sounds import BANDS
from dreammovie.videos.levels import PER_SECOND, Band, analysed, followed, normal
from dreammovie.videos.rhythm import BEATS, beats_in, first_of_bars, onsets_in
from dreammovie.videos.sound import samples_of

log = logging.getLogger(__name__)

_KEPT = "sound"  # folder in the cache
_EDITION = 1  # of what is kept: another one when it is computed in another way
_MOST_KEPT = 2**24  # bytes of one file
_DIGEST = 32  # bytes before what is kept, that it is whole


def open_song(path: Path) -> Song:
    """A song, listened to; at once where that was done before.

    Args:
        path: Of any file with sound that PyAV reads.

    Raises:
        DreamError: there is no sound in it that can be decoded safely.
        OSError: `path` cannot be read at all.
    """
    try:
        status = path.stat()
        facts = (path.resolve(), status.st_mtime_ns, status.st_size)
    except FileNotFoundError:
        raise DreamError(f"There is no file {path}. Give a sound, or put it back.") from None
    return _open_song(*facts)


@lru_cache(maxsize=8)
def _open_song(path: Path, changed: int, size: int) -> Song:
    return Song(path)


class Song:
    """What is heard at which second of a song.

    Args:
        path: Of its file.

    Raises:
        DreamError, OSError: as `open_song`; also where librosa is asked for and is not there.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._digest = path, sha256(path)
        self._known: dict[str, np.ndarray] = {}
        self._levels: dict[tuple[Band, float, float], np.ndarray] = {}
        self._heard("peaks")  # what cannot be decoded is met now

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.peaks) / PER_SECOND

    @property
    def peaks(self) -> np.ndarray:
        """The loudest sample around every 1 / PER_SECOND of a second, from 0 on; float32 (N,)."""
        return self._heard("peaks")

    def level(self, moment: float, band: Band, attack: float, release: float) -> float:
        """How loud a band is at a moment, between the song's own quiet and loud places.

        Args:
            moment: Seconds; before the beginning and after the end it is silent.
            band: From where to where it reaches, hertz.
            attack, release: How slowly it rises and falls, milliseconds.

        Returns:
            0 to 1.
        """
        key = band, attack, release
        if key not in self._levels:
            level, whole = self._heard(_named(band), band), self._heard(_named(BANDS["volume"]))
            self._levels[key] = followed(normal(level, whole), attack, release)
        look, levels = moment * PER_SECOND, self._levels[key]
        if not 0 <= look < len(levels):
            return 0.0
        before, after = levels[int(look)], levels[min(int(look) + 1, len(levels) - 1)]
        return float(before + (after - before) * (look % 1))

    @cached_property
    def onsets(self) -> np.ndarray:
        """When something is struck: seconds, rising; float64 (N,)."""
        return self._found("onsets", onsets_in)

    @cached_property
    def beats(self) -> np.ndarray:
        """When the beats are: seconds, rising; float64 (N,)."""
        return self._found("beats", beats_in)

    @cached_property
    def bars(self) -> np.ndarray:
        """When the first beat of each bar is: seconds, rising; float64 (N,)."""
        first = first_of_bars(self._heard("attacks"), self.beats * PER_SECOND)
        return self.beats[first::BEATS]

    def _found(self, name: str, find: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """Moments that are found among the attacks."""
        if name not in self._known and (kept := self._read(name)) is not None:
            self._known[name] = kept
        if name not in self._known:
            self._known[name] = find(self._heard("attacks"))
            self._keep(name)
        return self._known[name].astype(float) / PER_SECOND

    def _heard(self, name: str, *bands: Band) -> np.ndarray:
        """What is known of every look, or has to be listened for, with some bands."""
        if name not in self._known and (kept := self._read(name)) is not None:
            self._known[name] = kept
        if name not in self._known:
            every = list(dict.fromkeys([*BANDS.values(), *bands]))
            names = ["peaks", "attacks", *map(_named, every)]
            results = analysed(samples_of(self._path), every)
            self._known |= dict(zip(names, results, strict=True))
            for each in names:
                self._keep(each)
        return self._known[name]

    def _file(self, name: str) -> Path:
        return cache_folder() / _KEPT / f"{self._digest}_{name}_{_EDITION}"

    def _read(self, name: str) -> np.ndarray | None:
        """What was kept under a name; None: nothing, or nothing that is whole."""
        try:
            with open(self._file(name), "rb") as file:
                content = file.read(_MOST_KEPT)
            digest, numbers = content[:_DIGEST], content[_DIGEST:]
            if hashlib.sha256(numbers).digest() == digest:
                return np.frombuffer(numbers, "<f4")
        except (OSError, ValueError):
            pass
        return None

    def _keep(self, name: str) -> None:
        """Keeps what is known under a name for the next time, where the cache can be written."""
        path, numbers = self._file(name), self._known[name].astype("<f4").tobytes()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with whole(path) as part:
                part.write_bytes(hashlib.sha256(numbers).digest() + numbers)
        except OSError as error:
            log.warning("%s cannot be kept, and is computed again next time: %s", path, error)


def _named(band: Band) -> str:
    """A band's name among what is kept."""
    return f"level_{band[0]:g}_{band[1]:g}"
