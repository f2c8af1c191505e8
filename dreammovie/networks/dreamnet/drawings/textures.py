"""Textures that several patterns share: cells, tiles, fibres, light on a relief, stars."""

from __future__ import annotations

import cv2
import numpy as np

from dreammovie.networks.dreamnet.drawings.canvas import Canvas, Layer, hsv


def cells(canvas: Canvas, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Voronoi cells of `count` random points.

    Returns:
        Distance to the border of the cell (0 at borders), distance to the cell's point,
        both float32 (side, side); and the cell's number, int (side, side).
    """
    points = canvas.rng.uniform(-1.2, 1.2, (count, 2)).astype(np.float32)
    nearest = np.full(canvas.x.shape, np.inf, np.float32)
    second, which = nearest.copy(), np.zeros(canvas.x.shape, np.intp)
    for number, (x, y) in enumerate(points):
        distance = (canvas.x - x) ** 2 + (canvas.y - y) ** 2
        nearer = distance < nearest
        np.copyto(second, np.where(nearer, nearest, np.minimum(second, distance)))
        np.copyto(nearest, distance, where=nearer)
        np.copyto(which, number, where=nearer)
    nearest, second = np.sqrt(nearest), np.sqrt(second)
    return (second - nearest) / 2, nearest, which


def tiles(
    u: np.ndarray, v: np.ndarray, roundness: float = 2.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Overlapping tiles whose tips point along v; one unit wide, a row each unit.

    Args:
        u, v: Coordinates, same shape.
        roundness: Of the tips: 1 pointed, 2 round, more is blunt.

    Returns:
        Four arrays of that shape: across the tile -0.5..0.5; along it, 0 at its root and 1 at
        its tip; distance to the nearest visible rim, negative on the lower side, where the
        shadow falls; and a number 0..63 that tells the tile from its neighbours.
    """
    row = np.floor(v)
    below = v - row
    over, under = u + 0.5 * ((row - 1) % 2), u + 0.5 * (row % 2)
    tip = (1 - np.abs(2 * (over % 1) - 1) ** roundness).clip(0) ** (1 / roundness)
    upper = below < tip
    column = np.where(upper, over, under)
    number = (np.floor(column) * 29 + (row - upper) * 13) % 64
    return column % 1 - 0.5, (below + upper) / 2, tip - below, number.astype(int)


def rim_shade(rim: np.ndarray, depth: float, fade: float) -> np.ndarray:
    """Factor of light on `tiles`: the shadow that each throws on those below it.

    Args:
        rim: Distance to the nearest visible rim, see `tiles`.
        depth: How dark the shadow is at the rim, 0..1.
        fade: How fast it fades below the rim.

    Returns:
        1 - depth .. 1, of the shape of `rim`.
    """
    return 1 - depth * np.exp(np.minimum(rim, 0) * fade) * (rim < 0)


def rays(
    canvas: Canvas, radius: np.ndarray, angle: np.ndarray, count: int, rings: float
) -> np.ndarray:
    """Fibres that run outwards, such as those of an iris or of hair around a face.

    Args:
        canvas: Where.
        radius: Distance from where they come from.
        angle: Direction from there, radians, same shape.
        count: Fibres around.
        rings: How often a fibre changes within a radius of 1.

    Returns:
        Noise float32 of the same shape, 0..1.
    """
    grid = canvas.rng.random((32, count), np.float32)
    around = np.asarray((angle / (2 * np.pi) + 0.5) * count, np.float32)
    outward = np.asarray(radius * rings, np.float32)
    return cv2.remap(grid, around, outward, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)


def relief(height: np.ndarray, strength: float, towards: float) -> np.ndarray:
    """Light on a relief.

    Args:
        height: float32 (side, side), 0..1.
        strength: How steep it is.
        towards: Where the lamp is, radians, clockwise from the right.

    Returns:
        float32 (side, side), about -1..1.
    """
    scale = strength * height.shape[0] / 16
    slope_x = cv2.Sobel(height, -1, 1, 0, ksize=3) * (scale / 8)
    slope_y = cv2.Sobel(height, -1, 0, 1, ksize=3) * (scale / 8)
    toward = -(slope_x * np.float32(np.cos(towards)) + slope_y * np.float32(np.sin(towards)))
    return (toward * 4 + 0.5) / np.sqrt(1 + 16 * (slope_x**2 + slope_y**2))


def sprinkle(canvas: Canvas, count: int, size: float) -> None:
    """Paints `count` small stars of many colours, of a radius about `size`."""
    rng = canvas.rng
    layer = Layer(canvas)
    for x, y in rng.uniform(-1, 1, (count, 2)):
        ink = hsv(rng.uniform(), rng.uniform(0, 0.4), rng.uniform(0.7, 1))
        layer.dot((x, y), size * rng.uniform(0.3, 1.3), ink)
    layer.lay()
