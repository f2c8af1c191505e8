"""The sound that a movie is dreamt to: what of it is heard in which frame.

A frame is shown from its own moment on until the next one's. What is loud is heard in the middle of
that; a beat, in the frame that is being shown when it sounds. In the finished movie, whose sound
begins with the movie, a flash that is driven by `beat` and the beat itself are thus one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from dreammovie.errors import DreamError
from dreammovie.movies.moments import Moments, moments_of
from dreammovie.movies.named import NONE, found
from dreammovie.schedules.sounds import HIGHEST
from dreammovie.settings import Settings, setting
from dreammovie.videos.levels import PER_SECOND
from dreammovie.videos.song import Song, open_song

_FALL = 0.3  # seconds in which an onset is over
_SLOWEST = 60_000.0  # milliseconds of an attack or a release


@dataclass(frozen=True)
class SoundSettings(Settings):
    """What is heard meanwhile."""

    sound: str | None = setting(
        None,
        "song, or any file with sound, to which is dreamt: schedules then know volume, bass, beat "
        f"and more, and the video has it; {NONE} for no more",
        fixed="a movie has one sound",
        file=True,
        newer=True,
    )


def sound_of(folder: Path, settings: SoundSettings) -> Heard | None:
    """What is heard in the frames of a dream; None: nothing.

    Args:
        folder: The dream's.
        settings: Its sound is named as dream.json does.

    Raises:
        DreamError: there is no such file, or no sound in it.
        OSError: it cannot be read.
    """
    if settings.sound in (None, NONE):
        return None
    assert settings.sound is not None
    return _heard(open_song(found(folder, settings.sound)), moments_of(folder))


@lru_cache(maxsize=8)  # so that schedules are read once
def _heard(song: Song, moments: Moments) -> Heard:
    return Heard(song, moments)


class Heard:
    """A song, frame by frame; a `Sound` for schedules.

    Args:
        song: What sounds.
        moments: When frames are shown; None: evenly.
    """

    def __init__(self, song: Song, moments: Moments | None = None) -> None:
        self.song = song
        self._moments = moments or Moments()
        self._frames: dict[tuple[str, float], list[int]] = {}

    def level(
        self, frame: int, fps: float, low: float, high: float, attack: float, release: float
    ) -> float:
        """As `Sound.level`."""
        if not 0 <= low < high <= HIGHEST:
            raise DreamError(
                f"level({low:g}, {high:g}) is no band of a sound; expected is from where to where "
                f"it reaches, in hertz, from 0 to {HIGHEST:,.0f}."
            )
        if not max(attack, release) <= _SLOWEST:
            raise DreamError(
                f"An attack or a release was {max(attack, release):g}; expected are at most "
                f"{_SLOWEST:,.0f} milliseconds."
            )
        middle = (self._moments.shown(frame, fps) + self._moments.shown(frame + 1, fps)) / 2
        return self.song.level(middle, (low, high), attack, release)

    def peak(self, frame: int, fps: float) -> float:
        """How far it swings in a frame, 0 to 1; for those who draw it."""
        begin, end = (self._moments.shown(number, fps) for number in (frame, frame + 1))
        looks = self.song.peaks[int(begin * PER_SECOND) : int(end * PER_SECOND) + 1]
        return float(looks.max(initial=0.0))

    def beat_frames(self, fps: float) -> Sequence[int]:
        """The frames in which a beat sounds."""
        return self._frames_of("beats", fps)[:-1]

    def onset(self, frame: int, fps: float) -> float:
        """As `Sound.onset`; it is over after 0.3 seconds."""
        frames = self._frames_of("onsets", fps)
        last = bisect_right(frames, frame) - 1
        if last < 0:
            return 0.0
        since = self._moments.shown(frame, fps) - self._moments.shown(frames[last], fps)
        return max(0.0, 1 - since / _FALL)

    def beat(self, frame: int, fps: float) -> float:
        """As `Sound.beat`."""
        return _left(self._frames_of("beats", fps), frame)

    def bar(self, frame: int, fps: float) -> float:
        """As `Sound.bar`."""
        return _left(self._frames_of("bars", fps), frame)

    def beats(self, frame: int, fps: float) -> float:
        """As `Sound.beats`; 0 before the first, and where the last is over, they stand still."""
        frames = self._frames_of("beats", fps)
        passed = bisect_right(frames, frame) - 1
        if passed < 0:
            return 0.0
        if passed >= len(frames) - 1:
            return float(max(len(frames) - 1, 0))
        before, after = frames[passed : passed + 2]
        return passed + (frame - before) / (after - before)

    def frame_of(self, beat: float, fps: float) -> float:
        """As `Sound.frame_of`."""
        frames = self._frames_of("beats", fps)
        count = len(frames) - 1
        if beat > count:
            what = f"has {count} beats" if count > 0 else "has no beats that can be heard"
            raise DreamError(f"The key {beat:g}b is beyond the sound, which {what}.")
        before = int(beat)
        after = min(before + 1, count)
        return frames[before] + (frames[after] - frames[before]) * (beat - before)

    def _frames_of(self, name: str, fps: float) -> list[int]:
        """In which frames something sounds; of beats and bars, also when the last is over."""
        if (name, fps) not in self._frames:
            seconds = getattr(self.song, name).tolist()
            if name != "onsets" and seconds:
                steps = [after - before for before, after in pairwise(seconds)]
                over = seconds[-1] + (steps[-1] if steps else 1.0)
                seconds.append(max(seconds[-1], min(over, self.song.seconds)))
            self._frames[name, fps] = [self._moments.frame_at(second, fps) for second in seconds]
        return self._frames[name, fps]


def _left(frames: Sequence[int], frame: int) -> float:
    """1 in each of some frames, and falling evenly towards 0 until the next; 0 from the last on."""
    passed = bisect_right(frames, frame) - 1
    if not 0 <= passed < len(frames) - 1:
        return 0.0
    before, after = frames[passed : passed + 2]
    return 1 - (frame - before) / (after - before)
