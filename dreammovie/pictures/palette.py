"""A picture's palette: the mean and the contrast of its colours, which a movie keeps."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dreammovie.errors import DreamError
from dreammovie.pictures.image import Image, resize, strips

_GRAINS = (1, 4, 16)  # sizes of what noise is made of, pixels
_LOOK = 3  # every third pixel of every third row tells what a picture's noise looks like


@dataclass(frozen=True)
class Palette:
    """The mean and the contrast of a picture, colour by colour.

    Attributes:
        means: Of red, green and blue, grey levels.
        deviations: Standard deviations of red, green and blue, grey levels.
    """

    means: tuple[float, ...]
    deviations: tuple[float, ...]

    @classmethod
    def of(cls, image: Image) -> Palette:
        """The palette of float32 (H, W, 3)."""
        means, deviations = [], []
        for colour in range(3):
            values = image[..., colour].astype(np.float64)
            means.append(values.mean())
            deviations.append(values.std())
        return cls(tuple(means), tuple(deviations))

    def towards(self, other: Palette, share: float) -> Palette:
        """The palette that has so much of another one, 0 to 1."""

        def between(own: tuple[float, ...], its: tuple[float, ...]) -> tuple[float, ...]:
            return tuple(a + share * (b - a) for a, b in zip(own, its, strict=True))

        return Palette(between(self.means, other.means), between(self.deviations, other.deviations))


def noise(image: Image, rng: np.random.Generator) -> Image:
    """Noise in the colours of a picture: fine grain over soft clouds, out of which dreams grow.

    Args:
        image: float32 (H, W, 3), not changed; each grain has the colour of some place of it.
        rng: Says which.

    Returns:
        float32 (H, W, 3), 0..255, with the picture's mean and deviation before it is clipped.
    """
    every = image[::_LOOK, ::_LOOK].reshape(-1, 3)
    mean = every.mean(0)
    grains = np.zeros_like(image)
    for grain in _GRAINS:
        coarse = [math.ceil(side / grain) for side in image.shape[:2]]
        chosen = every[rng.integers(len(every), size=coarse)]
        grains += resize(chosen - mean, image.shape[:2])
    deviation = np.maximum(grains[::_LOOK, ::_LOOK].std((0, 1)), 1e-3)
    return np.clip(grains * (every.std(0) / deviation) + mean, 0, 255)


def match_palette(image: Image, palette: Palette, out: Image | None = None) -> Image:
    """Gives `image` the mean and the deviation of `palette`, colour by colour.

    The values are stretched, shifted and clipped to 0..255, by amounts chosen such that
    the clipped picture has the palette. A palette with hardly any contrast is no target
    for a dream: up to 20 grey levels of deviation an image keeps its own.

    Args:
        image: float32 (H, W, 3), values may leave 0..255; not changed, if it is not `out`.
        palette: What it is given.
        out: float32 (H, W, 3), where the result goes; None: into a new image.

    Raises:
        DreamError: the image holds values that are no numbers.
    """
    if not all(np.isfinite(image[rows]).all() for rows in strips(image.shape)):
        raise DreamError(
            "The dream ran out of the range of numbers. Choose a smaller --step-size or fewer "
            "--steps."
        )
    matched = np.empty_like(image) if out is None else out
    for colour, (mean, deviation) in enumerate(zip(palette.means, palette.deviations, strict=True)):
        # A histogram in eighths of a grey level is all that the search needs.
        counts = np.zeros(2**16)
        for rows in strips(image.shape):
            eighths = np.clip(np.rint(image[rows, :, colour] * 8), -32768, 32767).astype(np.int32)
            counts += np.bincount((eighths + 32768).ravel(), minlength=len(counts))
        values = (np.arange(len(counts)) - 32768) / 8
        values, counts = values[counts > 0], counts[counts > 0]
        centre, spread = _mean_and_deviation(values, counts)
        wanted = max(deviation, min(spread, 20.0))
        gain, shift = (wanted / spread if spread > 0 else 1.0), mean
        for _ in range(20):
            clipped = np.clip((values - centre) * gain + shift, 0, 255)
            now, spread = _mean_and_deviation(clipped, counts)
            gain *= wanted / spread if spread > 0 else 1.0
            shift += mean - now
        for rows in strips(image.shape):
            stretched = (image[rows, :, colour] - centre) * gain + shift
            matched[rows, :, colour] = np.clip(stretched, 0, 255)
    return matched


def _mean_and_deviation(values: np.ndarray, counts: np.ndarray) -> tuple[float, float]:
    mean = float(np.average(values, weights=counts))
    return mean, float(np.sqrt(np.average((values - mean) ** 2, weights=counts)))
