"""Outlines, and what is drawn of them: bodies, strokes, circles.

An outline is a closed line (N, 2), a path an open one; coordinates are those of the canvas.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
import numpy as np

from dreammovie.networks.dreamnet.drawings.canvas import Canvas, Colour, Point, Points

_MIRROR = np.array([-1, 1])


def outline_of(xs: Sequence[float], ys: Sequence[float]) -> np.ndarray:
    """The outline (N, 2) of its points' coordinates."""
    return np.stack([xs, ys], -1)


def even_outline(xs: Sequence[float], ys: Sequence[float]) -> np.ndarray:
    """A symmetric outline (2N, 2) of the N points of its right half, top to bottom or back."""
    half = outline_of(xs, ys)
    return np.concatenate([half, half[::-1] * _MIRROR])


def blob(rng: np.random.Generator, points: int = 24, roughness: float = 0.1) -> np.ndarray:
    """A closed, smooth, irregular outline about (0, 0) of radius about 1; (points, 2)."""
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
    radius = np.ones(points)
    for wave in range(2, 6):
        radius += roughness * rng.normal() / wave * 2 * np.cos(wave * angle + rng.uniform(0, 7))
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], -1)


def smoothed(outline: Points, rounds: int = 3) -> np.ndarray:
    """An outline (N, 2) with its corners rounded, by cutting them `rounds` times.

    Returns:
        (N * 2**rounds, 2).
    """
    smooth = np.asarray(outline, np.float64)
    for _ in range(rounds):
        after = np.roll(smooth, -1, 0)
        pairs = np.stack([0.75 * smooth + 0.25 * after, 0.25 * smooth + 0.75 * after], 1)
        smooth = pairs.reshape(-1, 2)
    return smooth


def both_sides(*outlines: np.ndarray) -> list[np.ndarray]:
    """Each outline or path and, after it, its mirror image."""
    return [side for outline in outlines for side in (outline, outline * _MIRROR)]


def curve(start: Point, middle: Point, end: Point, count: int = 9) -> np.ndarray:
    """A path along a Bezier curve that `middle` pulls aside; (count, 2)."""
    t = np.linspace(0, 1, count)[:, None]
    a, b, c = np.array(start), np.array(middle), np.array(end)
    return (1 - t) ** 2 * a + 2 * t * (1 - t) * b + t**2 * c


def tapered(path: np.ndarray, width: float, tip: float = 0.0) -> np.ndarray:
    """The outline (2N, 2) of a stroke along a path (N, 2).

    Args:
        path: Its middle line.
        width: How thick it is where it starts.
        tip: How thick it is where it ends.
    """
    along = np.gradient(path, axis=0)
    aside = np.stack([-along[:, 1], along[:, 0]], -1) / (np.hypot(*along.T)[:, None] + 1e-9)
    half = np.linspace(width, tip, len(path))[:, None] / 2
    return np.concatenate([path + aside * half, (path - aside * half)[::-1]])


def rounded(canvas: Canvas, outline: Points, rounds: int = 3) -> np.ndarray:
    """The stencil, float32 (side, side), of an outline with its corners rounded."""
    return canvas.stencil([smoothed(outline, rounds)])


def rounded_twins(canvas: Canvas, outline: Points, rounds: int = 3) -> np.ndarray:
    """`rounded`, of an outline and its mirror image together."""
    return canvas.stencil(both_sides(smoothed(outline, rounds)))


def circles(canvas: Canvas, places: Iterable[np.ndarray], radii: Iterable[float]) -> np.ndarray:
    """The stencil of many small circles.

    Args:
        canvas: Where.
        places: Their middles, (2,) each.
        radii: Their radii, one for each.

    Returns:
        float32 (side, side).
    """
    stencil = canvas.mask()
    scale = canvas.side / 2 * 16  # OpenCV counts 16ths of a pixel when told 4 bits
    for place, radius in zip(places, radii, strict=True):
        x, y = (int(c) for c in np.rint((place + 1) * scale - 8))
        cv2.circle(stencil, (x, y), int(scale * radius), 255, -1, cv2.LINE_AA, 4)
    return stencil.astype(np.float32) / 255


def paint_strokes(
    canvas: Canvas, paths: Iterable[np.ndarray], colour: Colour, width: float, tip: float = 0.0
) -> None:
    """Paints strokes along paths, each `width` thick at its start and `tip` at its end."""
    canvas.paint(colour, canvas.stencil(tapered(path, width, tip) for path in paths))


def paint_solid(
    canvas: Canvas, stencil: np.ndarray, colour: Colour, depth: float = 0.09, outline: float = 0.2
) -> None:
    """Paints a body, lit from the upper left.

    Args:
        canvas: Where.
        stencil: float32 (side, side), 1 where the body is.
        colour: RGB, or float32 (side, side, 3).
        depth: Over how much of its rim the body is rounded.
        outline: Brightness of the line around it, a share of the colour; 1 for no line.
    """
    colour = np.asarray(colour, np.float32)
    height = cv2.GaussianBlur(stencil, (0, 0), depth * canvas.side / 2)
    slope = cv2.Sobel(height, -1, 1, 0) * 0.5 + cv2.Sobel(height, -1, 0, 1) * 0.85
    light = 0.7 + 0.35 * height + slope * (depth * canvas.side * 0.09)
    if outline < 1:
        canvas.paint(colour * outline, cv2.dilate(stencil, np.ones((3, 3), np.uint8)))
    gloss = 255 * 0.5 * (light - 1.15).clip(0)
    canvas.paint(colour * light[..., None] + gloss[..., None], stencil)
