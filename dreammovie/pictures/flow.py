"""How the pixels of a picture move to the next one: optical flow, and what is carried along it.

No number of threads changes anything in it: a movie that goes on elsewhere has the same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from dreammovie.pictures.image import Image, to_uint8

_AGREES = 0.01, 0.5  # a share of the squared lengths, and squared pixels; Sundaram et al. 2010
_HELD = 10.0  # grey levels; what looks more different than this is something else
_NOISE = 3  # pixels; what differs in less is the camera's noise, or an edge between two pixels
_LIGHT = 8  # parts of a side; what differs in more than one is the light, or the exposure
_LOST = 0.1  # of the picture is found again at most, where a scene ends
_COLOURS = 0.2  # of the picture has colours that were not there, where a scene ends
_BINS = 6  # of every colour
_MOMENTS = 64  # at most, at which is looked while a shutter is open
_LARGE = 720  # pixels of the shorter side; from here on, every other pixel says as much


def flow(before: Image, after: Image) -> np.ndarray:
    """Where each pixel of a picture was in the one before it.

    Kroeger et al., Fast Optical Flow using Dense Inverse Search, 2016.

    Args:
        before, after: float32 (H, W, 3), 0..255.

    Returns:
        float32 (H, W, 2): a pixel of `after` at (x, y) was at (x, y) plus this in `before`.
    """
    import cv2  # half a second that `--help` need not wait for

    grey = [cv2.cvtColor(to_uint8(image), cv2.COLOR_RGB2GRAY) for image in (after, before)]
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    # The first halving is as exact as the slower preset.
    search.setFinestScale(2 if _is_large(grey[0]) else 1)
    return search.calc(grey[0], grey[1], np.zeros((*grey[0].shape, 2), np.float32))


def carried(image: np.ndarray, way: np.ndarray) -> np.ndarray:
    """A picture, or what is to be added to one, moved along a flow; cubic.

    Args:
        image: float32 (H, W, C), of the picture before.
        way: As from `flow`.

    Returns:
        float32 (H, W, C); what comes from outside has the outermost pixel's values.
    """
    import cv2

    moved = cv2.remap(image, *_places(way), cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return moved.reshape(*image.shape)  # one channel alone has lost its axis


def smeared(image: Image, way_at: Callable[[float], np.ndarray]) -> Image:
    """What a picture is to a shutter that is open while it moves: its mean, pixel by pixel.

    Args:
        image: float32 (H, W, 3).
        way_at: Gives how it has moved at a time, as from `flow`; the shutter opens at -0.5, and
            closes at 0.5.

    Returns:
        float32 (H, W, 3), 0..255.
    """
    farthest = sum(np.sqrt(_squares(way_at(end)).max()) for end in (-0.5, 0.5))
    count = min(math.ceil(farthest), _MOMENTS)
    if count < 2:  # less than a pixel
        return image
    total = np.zeros_like(image)
    for number in range(count):
        total += carried(image, way_at((number + 0.5) / count - 0.5))
    return np.clip(total / np.float32(count), 0, 255)


def trust(before: Image, after: Image, back: np.ndarray, forth: np.ndarray) -> np.ndarray:
    """How far a flow is to be believed: not where something comes out from behind, nor at borders.

    There, the flows to and fro disagree, or what is found looks different, by more than noise and
    another light make of it.

    Args:
        before, after: float32 (H, W, 3), 0..255.
        back, forth: `flow(before, after)` and `flow(after, before)`.

    Returns:
        float32 (H, W, 1), 0 to 1.
    """
    import cv2

    if _is_large(after):
        size = tuple(side // 2 for side in after.shape[1::-1])

        def half(image: np.ndarray) -> np.ndarray:
            return cv2.resize(image, size, interpolation=cv2.INTER_AREA)

        trusted = _trust(half(before), half(after), half(back) / 2, half(forth) / 2)
        return cv2.resize(trusted, after.shape[1::-1])[..., None]
    return _trust(before, after, back, forth)[..., None]


def _trust(before: Image, after: Image, back: np.ndarray, forth: np.ndarray) -> np.ndarray:
    """As `trust`, (H, W)."""
    import cv2

    there = carried(forth, back)
    share, least = _AGREES
    apart = _squares(back + there) / (share * (_squares(back) + _squares(there)) + least)

    height, width = back.shape[:2]
    other = carried(before, back) - after
    light = cv2.blur(other, (width // _LIGHT + 1, height // _LIGHT + 1))
    looks = _squares(cv2.blur(other, (_NOISE, _NOISE)) - light) / (3 * _HELD**2)

    all_of_it = np.ones((height, width), np.float32)
    inside = cv2.remap(all_of_it, *_places(back), cv2.INTER_LINEAR)
    return inside * np.exp(-apart - looks**2)


def softened(share: np.ndarray, reach: int) -> np.ndarray:
    """The mean of so many pixels around each, of (H, W, 1)."""
    import cv2

    return cv2.blur(share, (reach, reach))[..., None]


def is_cut(before: Image, after: Image, trusted: np.ndarray) -> bool:
    """Whether another scene begins: nearly nothing is found again, and the colours are others.

    Args:
        before, after: float32 (H, W, 3), 0..255.
        trusted: From `trust`.
    """
    return bool(trusted.mean() < _LOST) and _other_colours(before, after) > _COLOURS


def _is_large(image: np.ndarray) -> bool:
    return min(image.shape[:2]) >= _LARGE


def _places(way: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where a flow points to: x and y, float32 (H, W) each."""
    height, width = way.shape[:2]
    xs, ys = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    return way[..., 0] + xs, way[..., 1] + ys[:, None]


def _squares(vectors: np.ndarray) -> np.ndarray:
    """Squared lengths, (H, W), of (H, W, C)."""
    import cv2

    return cv2.transform(vectors * vectors, np.ones((1, vectors.shape[2]), np.float32))


def _other_colours(before: Image, after: Image) -> float:
    """How much of a picture has colours that the other one has not, 0 to 1."""
    brightest = max(before.max(), after.max())  # there are scenes at night
    edges = [np.linspace(0, brightest, _BINS + 1)] * 3
    one, other = (np.histogramdd(image.reshape(-1, 3), edges)[0] for image in (before, after))
    return float(np.abs(one - other).sum() / 2 / one.sum())
