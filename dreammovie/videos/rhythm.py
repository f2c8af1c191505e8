"""Attacks, beats and bars of a song, heard by librosa.

Source: Ellis: *Beat Tracking by Dynamic Programming*, 2007.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from dreammovie.claims import alone_with
from dreammovie.errors import DreamError, installing
from dreammovie.videos.levels import PER_SECOND

_PIECE = 600 * PER_SECOND  # looks in which the tempo is one
BEATS = 4
"""In a bar."""

_LATE = 0.35  # looks by which what is struck comes after the steepest rise, measured with clicks
_NEAR = 3  # looks
_WEAK = 0.1  # beside other beats: a beat before the first sound, or after the last


@contextmanager
def _librosa() -> Iterator[Any]:
    """The library, while nobody else on this machine listens by it.

    Its loops are compiled when they are first needed, and kept beside it. Where two processes do
    that at once, what one of them compiles gets the name of what the other one does, and who
    takes the one for the other falls, then and at every later time.

    Raises:
        DreamError: it is not there.
    """
    found = find_spec("librosa")
    if found is None or found.origin is None:
        raise DreamError(
            "Beats and onsets are heard by librosa, which is not there. Install it: "
            f"{installing('sound')}."
        )
    with alone_with(Path(found.origin).parent):
        with warnings.catch_warnings():  # of what its own libraries think of one another
            warnings.simplefilter("ignore")
            import librosa
            import librosa.beat
            import librosa.feature
            import librosa.onset
        yield librosa


def onsets_in(attacks: np.ndarray) -> np.ndarray:
    """When something is struck.

    Args:
        attacks: (looks,), how hard; from `levels.analysed`.

    Returns:
        float32 (N,), looks, rising.

    Raises:
        DreamError: librosa is not there.
    """
    with _librosa() as librosa:
        if not attacks.any():
            return np.zeros(0, np.float32)
        found = librosa.onset.onset_detect(
            onset_envelope=attacks, sr=PER_SECOND, hop_length=1, units="frames", post_max=_NEAR
        )
    return np.asarray(found + _LATE, np.float32)


def beats_in(attacks: np.ndarray) -> np.ndarray:
    """When the beats are; as `onsets_in`."""
    how = {"sr": PER_SECOND, "hop_length": 1}
    with _librosa() as librosa:
        if len(attacks) < 2 or not attacks.any():  # from beat to beat, time has to pass
            return np.zeros(0, np.float32)
        tempo = np.concatenate([
            np.full(len(piece), librosa.feature.tempo(onset_envelope=piece, **how)[0])
            for piece in np.array_split(attacks, -(-len(attacks) // _PIECE))
        ])  # fmt: skip
        _, found = librosa.beat.beat_track(
            onset_envelope=attacks, bpm=tempo, units="frames", trim=False, **how
        )
    return np.asarray(_from_first_to_last(attacks, found) + _LATE, np.float32)


def _from_first_to_last(attacks: np.ndarray, beats: np.ndarray) -> np.ndarray:
    """The beats where there is something to be heard; the search misses, or invents, some ends."""
    if len(beats) < 2:
        return beats
    step = round(float(np.median(np.diff(beats))))
    before = np.arange(beats[0] - step, -1, -step)[::-1]
    after = np.arange(beats[-1] + step, len(attacks), step)
    beats = np.concatenate([before, beats, after])
    struck = _struck(attacks, beats)
    (heard,) = np.nonzero(struck > _WEAK * np.median(struck[struck > 0]))
    return beats[heard[0] : heard[-1] + 1]


def first_of_bars(attacks: np.ndarray, beats: np.ndarray) -> int:
    """Which of the first beats begins a bar: the one whose followers are struck hardest.

    Args:
        attacks: (looks,), how hard something is struck.
        beats: (N,), looks.

    Returns:
        0 to 3.
    """
    struck = _struck(attacks, beats)
    means = [np.mean(struck[first::BEATS]) for first in range(min(BEATS, len(struck)))]
    return int(np.argmax(means)) if means else 0


def _struck(attacks: np.ndarray, looks: np.ndarray) -> np.ndarray:
    """How hard something is struck near some looks, (N,)."""
    near = (attacks[max(int(look) - _NEAR, 0) : int(look) + _NEAR + 1] for look in looks)
    return np.array([each.max(initial=0) for each in near])
