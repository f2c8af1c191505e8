"""How loud a song's bands are over time, and where something in it is struck."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import numpy as np

from dreammovie.videos.sound import RATE

PER_SECOND = 100
"""Looks at a song in a second; look k is at second k / PER_SECOND."""

_HOP = RATE // PER_SECOND  # samples from look to look
_WINDOW = 1024  # samples that are looked at at once, 43 milliseconds
_AT_ONCE = 2000  # looks

_STRUCK = np.geomspace(40.0, 11_000.0, 41)  # ends of the bands in which attacks are looked for
_FAINT = 1e-3  # beside a full tone: what is weaker strikes nobody
_LAG = 2  # looks between which an attack rises

_QUIET, _LOUD = 10, 98  # percentiles that become 0 and 1
_LEAST = 0.01  # of the whole song's loud places: a band with less is empty, and does not become 1

Band = tuple[float, float]
"""From where to where it reaches, hertz."""


def analysed(samples: Iterable[np.ndarray], bands: Sequence[Band]) -> list[np.ndarray]:
    """What can be said of a song in one pass, look by look.

    Args:
        samples: float32 (N,) each, one after the other.
        bands: Whose levels are asked for.

    Returns:
        float32 (looks,), each: the loudest sample around every look; how hard something is struck
        there, from 0 on; and for each band its effective value.
    """
    names = np.stack([_share_of(*band) for band in bands], 1)
    struck = np.stack([_share_of(*band) for band in pairwise(_STRUCK)], 1)
    parts: list[tuple[np.ndarray, ...]] = []
    before = np.zeros((_LAG, struck.shape[1]), np.float32)
    for looks in _looks(samples):
        power = _power(looks)
        loud = np.concatenate([before, np.log1p(np.sqrt(power @ struck) / _FAINT)])
        rise = np.maximum(loud[_LAG:] - loud[:-_LAG], 0).mean(1)
        before = loud[-_LAG:]
        middle = (_WINDOW - _HOP) // 2
        peak = np.abs(looks[:, middle : middle + _HOP]).max(1)
        parts.append((peak, rise, *np.sqrt(power @ names).T))
    return [np.concatenate(part).astype(np.float32) for part in zip(*parts, strict=True)]


def _looks(samples: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """Windows of a song around each look, some (looks, _WINDOW) at a time."""
    half = _WINDOW // 2
    rest, fresh = np.zeros(half, np.float32), 0
    pieces: list[np.ndarray] = []

    def windows(count: int) -> np.ndarray:
        return np.lib.stride_tricks.sliding_window_view(rest, _WINDOW)[: count * _HOP : _HOP]

    for piece in samples:
        pieces.append(piece)
        fresh += len(piece)
        if fresh >= _AT_ONCE * _HOP:
            rest, pieces, fresh = np.concatenate([rest, *pieces]), [], 0
            count = (len(rest) - _WINDOW) // _HOP + 1
            yield windows(count)
            rest = rest[count * _HOP :]
    rest = np.concatenate([rest, *pieces])
    count = max(1, -(-(len(rest) - half) // _HOP))  # the last one is still within the song
    rest = np.pad(rest, (0, count * _HOP + _WINDOW))
    yield windows(count)


def _power(looks: np.ndarray) -> np.ndarray:
    """The power at every rate, float32 (looks, bins), so that all of a look add up to its mean."""
    from scipy import fft, signal  # which `--help` need not wait for

    window = signal.get_window("hann", _WINDOW).astype(np.float32)
    spectrum = fft.rfft(looks * window, axis=1)
    power = spectrum.real**2 + spectrum.imag**2
    return power * np.float32(2 / (_WINDOW * (window**2).sum()))


def _share_of(low: float, high: float) -> np.ndarray:
    """How much of every rate that a look tells apart is within a band, float32 (bins,), 0 to 1."""
    width = RATE / _WINDOW
    middle = np.arange(_WINDOW // 2 + 1) * width
    inside = np.minimum(high, middle + width / 2) - np.maximum(low, middle - width / 2)
    return np.clip(inside / width, 0, 1).astype(np.float32)


def normal(level: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """A band's level from 0, as in the song's own quiet places, to 1, as in its loud ones.

    Args:
        level: (looks,).
        whole: (looks,), that of all bands together.

    Returns:
        float64 (looks,); all 0 where it never changes.
    """
    quiet, loud = _ends(level)
    least = _LEAST * _ends(whole)[1]
    return np.clip((level.astype(float) - quiet) / max(loud - quiet, least, 1e-9), 0, 1)


def _ends(level: np.ndarray) -> tuple[float, float]:
    """What is quiet and what is loud; of a few strokes in silence, the hardest is."""
    quiet, loud = (float(each) for each in np.percentile(level, [_QUIET, _LOUD]))
    return quiet, loud if loud > quiet else float(level.max())


def followed(level: np.ndarray, attack: float, release: float) -> np.ndarray:
    """A level that rises and falls no faster than it shall.

    Args:
        level: (looks,).
        attack, release: Milliseconds after which it has risen, or fallen, by 63 in 100 of the way.

    Returns:
        float64 (looks,).
    """
    rising, falling = (
        1.0 if time <= 0 else -np.expm1(-1000 / PER_SECOND / time) for time in (attack, release)
    )
    now, out = 0.0, []
    for value in level.tolist():
        now += (value - now) * (rising if value > now else falling)
        out.append(now)
    return np.array(out)
