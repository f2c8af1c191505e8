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

from dataclasses import dataclass

import numpy as np

TILE = 1296
"""Longest side of tiles if nobody says otherwise, pixels: a 1280x720 frame and its margin."""

LEAST_TILE = 128
"""Longest side that tiles must at least be allowed, pixels."""

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
        return Axis(1, length + _JITTER, _JITTER)
    count = max(2, -(-(length + _APART) // tile))
    side = -(-(length + _APART) // count)
    return Axis(count, side, count * side - length)
