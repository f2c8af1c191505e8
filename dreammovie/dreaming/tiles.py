"""Tile geometry: pure integers, no TensorFlow.

An image is cut into equal tiles that lie side by side, like a calendar sheet. Equal
tiles stack into one batch and need one compiled function. There is no overlap: the
whole sheet is shifted to a new random origin at every step, so no edge stays
anywhere long enough to be seen, and every pixel is in exactly one tile, every time.

A sheet that is shifted comes in again on the other side. There the network would see
the dogs at the bottom growing legs in the sky, so the image first gets a margin, a
mirrored strip that keeps its opposite edges apart. Along a side that a single tile
covers, nothing comes in again: the image only jitters inside that margin.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

TILE = 1296
"""Longest side of tiles if nobody says otherwise, pixels."""

MOST_PIXELS = 2**19
"""Of a tile no longer than `TILE`: half of a 1280x720 frame and its margin."""

LEAST_TILE = 128
"""Longest side that tiles must at least be allowed, pixels."""

_SMALL = 2**17  # pixels of a tile that is better not halved, for what is seen in it
_JITTER = 16  # pixels: every phase of a network whose layers have strides up to 16
_APART = 64  # pixels between opposite edges that share a tile


@dataclass(frozen=True)
class Axis:
    """Tiles along one side of an image.

    Attributes:
        count: Number of tiles.
        tile: Length of each, pixels.
        margin: Mirrored pixels that fill `count * tile` beside the image.
    """

    count: int
    tile: int
    margin: int

    def random_origin(self, rng: np.random.Generator) -> tuple[int, int]:
        """Where the image and the tiles lie in a step.

        Returns:
            before: Pixels of the margin that come before the image; the rest come after.
            shift: Pixels by which the tiles are shifted, coming in again at the start.
        """
        if self.count == 1:
            return int(rng.integers(self.margin + 1)), 0
        return self.margin // 2, int(rng.integers(self.count * self.tile))


def tile_axis(length: int, tile: int) -> Axis:
    """The fewest equal tiles, none longer than `tile`, that cover a side and its margin.

    Args:
        length: Of the image's side, pixels.
        tile: The longest a tile may be, pixels.
    """
    if length + _JITTER <= tile:
        return _axis(length, 1)
    return _axis(length, max(2, math.ceil((length + _APART) / tile)))


def tile_axes(shape: Sequence[int], tile: int) -> tuple[Axis, Axis]:
    """The tiles of an image: those of least area in all, and of these the fewest.

    A tile as long as allowed both ways would need more memory than a long one that is narrow,
    and be no quicker. So none is larger than `MOST_PIXELS`, nor than half of the image, since
    two are computed side by side; unless it is allowed to be longer than `TILE`, or is small.

    Args:
        shape: (height, width) of the image, pixels.
        tile: The longest a tile may be, pixels.

    Returns:
        Along the height, and along the width.
    """
    half = math.prod(side + _APART for side in shape) / 2
    most = min(MOST_PIXELS, max(half, _SMALL)) * max(1.0, tile / TILE) ** 2
    fewest = [tile_axis(side, tile).count for side in shape]
    choices = []
    for count in range(fewest[0], shape[0]):
        rows, columns = _axis(shape[0], count), tile_axis(shape[1], tile)
        while rows.tile * columns.tile > most:
            columns = _axis(shape[1], columns.count + 1)
        choices.append((rows, columns))
        if columns.count == fewest[1]:
            break
    return min(choices, key=lambda axes: math.prod(axis.count * axis.tile for axis in axes))


def _axis(length: int, count: int) -> Axis:
    """`count` tiles that cover a side and its margin."""
    side = math.ceil((length + (_JITTER if count == 1 else _APART)) / count)
    return Axis(count, side, count * side - length)
