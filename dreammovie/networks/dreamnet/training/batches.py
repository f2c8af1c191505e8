"""Batches of pictures out of the files in a folder, in any light and colour."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from dreammovie.networks.dreamnet.training.pictures import SIDE, files, noise

_SHARES = {"dreams": 0.55, "drawings": 0.27, "noise": 0.18}
_OWN = 0.15  # share of the student's own dreams, once there are any, taken from the others
_MIXED = 0.25  # how often a picture is laid over another, as in a dream that has just begun
_CLOSER = 0.35  # how often a picture is enlarged


class Batches:
    """Gives batches; what is in the folder by then is what they are made of.

    Args:
        folder: Of the pictures.
        seed: Of every choice, together with the batch's number.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder = folder
        self._seed = seed
        self._opened: dict[Path, np.ndarray] = {}

    def batch(self, number: int, count: int, side: int) -> np.ndarray:
        """float32 (count, side, side, 3), 0..255."""
        rng = np.random.default_rng([self._seed, number])
        sources = {kind: files(self._folder, kind) for kind in ("dreams", "drawings", "own")}
        shares = np.array([*_SHARES.values()]) * (1 - _OWN if sources["own"] else 1)
        kinds = [*_SHARES, "own"]

        def one() -> np.ndarray:
            kind = str(rng.choice(kinds, p=[*shares, 1 - shares.sum()]))
            if kind == "noise":
                return noise(1, rng)[0]
            path = sources[kind][int(rng.integers(len(sources[kind])))]
            if path not in self._opened:
                self._opened[path] = np.load(path, mmap_mode="r")
            pictures = self._opened[path]
            return pictures[int(rng.integers(len(pictures)))]

        made = np.empty((count, side, side, 3), np.float32)
        for row in made:
            row[...] = _crop(one(), side, rng)
            if rng.random() < _MIXED:
                share = rng.uniform(0.2, 0.8)
                row[...] = share * row + (1 - share) * _crop(one(), side, rng)
            row[...] = _lit(row, rng)
        return made


def _crop(picture: np.ndarray, side: int, rng: np.random.Generator) -> np.ndarray:
    """A square of a picture, mirrored or not, now and then enlarged."""
    seen = int(rng.integers(min(SIDE // 2, side), side + 1)) if rng.random() < _CLOSER else side
    top, left = rng.integers(0, SIDE - seen + 1, 2)
    square = picture[top : top + seen, left : left + seen, :]
    square = square[:, ::-1] if rng.random() < 0.5 else square
    if seen == side:
        return square.astype(np.float32)
    return cv2.resize(square.astype(np.float32), (side, side), interpolation=cv2.INTER_CUBIC)


def _lit(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A picture in another light: contrast, colourfulness, the colours' balance, brightness."""
    mean = picture.mean((0, 1))
    grey = np.full((3, 3), 1 / 3)
    colourful = rng.uniform(0.3, 1.3) if rng.random() < 0.6 else 1.0
    matrix = grey + colourful * (np.eye(3) - grey)
    if rng.random() < 0.15:  # other colours altogether
        matrix = matrix[:, rng.permutation(3)]
    matrix *= np.exp(rng.uniform(-0.7, 0.25) if rng.random() < 0.7 else 0.0)
    around = mean + rng.normal(0, 12) + rng.normal(0, 8, 3)
    lit = (picture - mean) @ matrix.astype(np.float32) + around
    return np.clip(lit, 0, 255).astype(np.float32)
