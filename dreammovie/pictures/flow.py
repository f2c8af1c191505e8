"""How the pixels of a picture move to the next one: optical flow, and what is carried along it."""

from __future__ import annotations

import numpy as np

from dreammovie.pictures.image import Image, to_uint8

_AGREES = 0.01, 0.2  # a share of the squared lengths, and squared pixels; Sundaram et al. 2010
_HELD = 16.0  # grey levels; what looks more different than this is something else
_LOST = 0.1  # of the picture is found again at most, where a scene ends
_COLOURS = 0.3  # of the picture has colours that were not there, where a scene ends
_BINS = 6  # of every colour


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
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
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

    ys, xs = np.mgrid[: image.shape[0], : image.shape[1]].astype(np.float32)
    places = xs + way[..., 0], ys + way[..., 1]
    moved = cv2.remap(image, *places, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return moved.reshape(*image.shape)  # one channel alone has lost its axis


def trust(before: Image, after: Image, back: np.ndarray, forth: np.ndarray) -> np.ndarray:
    """How far a flow is to be believed: not where something comes out from behind, nor at borders.

    There, the flows to and fro disagree, or what is found looks different.

    Args:
        before, after: float32 (H, W, 3), 0..255.
        back, forth: `flow(before, after)` and `flow(after, before)`.

    Returns:
        float32 (H, W, 1), 0 to 1.
    """
    height, width = back.shape[:2]
    there = carried(forth, back)
    squares = (back**2).sum(2) + (there**2).sum(2)
    share, least = _AGREES
    apart = ((back + there) ** 2).sum(2) / (share * squares + least)
    looks = np.abs(carried(before, back) - after).mean(2) / _HELD
    ys, xs = np.mgrid[:height, :width]
    x, y = xs + back[..., 0], ys + back[..., 1]
    inside = (x > -0.5) & (y > -0.5) & (x < width - 0.5) & (y < height - 0.5)
    return (inside * np.exp(-apart - looks**4)).astype(np.float32)[..., None]


def is_cut(before: Image, after: Image, trusted: np.ndarray) -> bool:
    """Whether another scene begins: nearly nothing is found again, and the colours are others.

    Args:
        before, after: float32 (H, W, 3), 0..255.
        trusted: From `trust`.
    """
    return bool(trusted.mean() < _LOST) and _other_colours(before, after) > _COLOURS


def _other_colours(before: Image, after: Image) -> float:
    """How much of a picture has colours that the other one has not, 0 to 1."""
    edges = [np.linspace(0, 256, _BINS + 1)] * 3
    one, other = (np.histogramdd(image.reshape(-1, 3), edges)[0] for image in (before, after))
    return float(np.abs(one - other).sum() / 2 / one.sum())
