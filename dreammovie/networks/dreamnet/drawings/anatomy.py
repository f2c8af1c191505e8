"""What the animals have in common: irises between lids, skin, fur, plumage."""

from __future__ import annotations

import numpy as np

from dreammovie.networks.dreamnet.drawings.canvas import Canvas, Colour, Point, hsv, ramp, tint
from dreammovie.networks.dreamnet.drawings.textures import rays, rim_shade, tiles


def paint_iris(
    canvas: Canvas,
    u: np.ndarray,
    v: np.ndarray,
    size: float,
    hue: float,
    *,
    pupil: float = 0.42,
    slit: float = 1.0,
    within: np.ndarray | float = 1.0,
) -> None:
    """Paints an iris with its pupil and catchlights.

    Args:
        canvas: Where.
        u, v: Coordinates about its middle; where they repeat there are several.
        size: Its radius.
        hue: Of the iris.
        pupil: Height of the pupil as a share of the iris.
        slit: Width of the pupil as a share of its height.
        within: Where the lids let it be seen.
    """
    rng = canvas.rng
    u, v = u / size, v / size
    radius, angle = np.hypot(u, v), np.arctan2(v, u)
    fibres = rays(canvas, radius, angle, int(rng.integers(50, 90)), 3)
    saturation = rng.uniform(0.55, 1)
    inner = hsv(hue + rng.normal(0, 0.07), saturation, rng.uniform(0.8, 1))
    outer = hsv(hue, saturation, rng.uniform(0.6, 0.9))
    blend = radius * 1.05 + 0.2 * (fibres - 0.5)
    colour = ramp(blend, inner * 0.5, inner, inner, outer, outer * 0.75, outer * 0.1)
    # Light that enters above gathers on the side opposite: the glow of a living eye.
    light = (0.5 + 0.9 * fibres) * (0.95 + 0.5 * v - 0.25 * (v < 0) * v**2)
    inside = canvas.edge(size * (1 - radius)) * within
    canvas.paint(colour * light[..., None], inside)
    hole = pupil * (1 - np.hypot(u / max(slit, 0.05), v) / pupil) * max(slit, 0.3)
    canvas.paint((8, 6, 10), canvas.edge(size * hole) * inside)
    spark = canvas.edge(size * (rng.uniform(0.2, 0.32) - np.hypot(u + 0.3, v + 0.36)))
    glint = canvas.edge(size * (0.13 - np.hypot(u - 0.32, v - 0.38))) * 0.7
    canvas.paint((255, 255, 255), np.maximum(spark, glint) * inside)


def lid_opening(
    u: np.ndarray, v: np.ndarray, width: float, top: float, bottom: float
) -> np.ndarray:
    """The almond between two lids.

    Args:
        u, v: Coordinates about its middle.
        width: Of its right half, as of its left.
        top: Height of its upper half.
        bottom: Height of its lower half.

    Returns:
        Signed distance to the lids, roughly, of the shape of `u`; positive inside.
    """
    arch = 1 - (u / width) ** 2
    return np.minimum(v + top * arch, bottom * arch - v)


def paint_eyes(
    canvas: Canvas,
    place: Point,
    size: float,
    hue: float,
    *,
    pupil: float = 0.55,
    slit: float = 1.0,
    lids: tuple[float, float, float] = (1.2, 1.05, 0.95),
    tilt: float = 0.0,
    white: Colour | None = None,
    dark: Colour = (12, 8, 8),
) -> None:
    """Paints a face's two eyes.

    Args:
        canvas: Where.
        place: Middle of the right one.
        size: Radius of the iris.
        hue: Of the iris.
        pupil, slit: See `paint_iris`.
        lids: Width, top and bottom of the opening, in radii of the iris.
        tilt: How far their outer corners rise.
        white: Of the eyeball; none for an iris that fills the opening.
        dark: The rims of the lids.
    """
    side = np.sign(canvas.x)
    u, v = canvas.x - side * place[0], canvas.y - place[1]
    v = v + tilt * u * side
    opening = lid_opening(u, v, *(size * lid for lid in lids))
    canvas.paint(dark, canvas.edge(opening + 0.035), add=False)
    inside = canvas.edge(opening)
    canvas.paint(hsv(hue, 0.9, 0.6) if white is None else white, inside)
    paint_iris(canvas, u, v, size, hue, pupil=pupil, slit=slit, within=inside)
    canvas.paint(dark, np.exp(-opening.clip(0) / 0.05) * inside * (v < 0) * 0.7)


def plumage(canvas: Canvas, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Light on small overlapping feathers or scales.

    Args:
        canvas: Where.
        u, v: float32 (side, side), see `tiles`.

    Returns:
        float32 (side, side), about 0.2..1.3.
    """
    across, along, rim, _ = tiles(u, v)
    light = 0.45 + 0.8 * along - 0.8 * across**2 + 0.4 * (canvas.noise(10, 2) - 0.5)
    return light * rim_shade(rim, 0.7, 4)


def skin_colour(canvas: Canvas) -> np.ndarray:
    """A colour of human skin."""
    dark = canvas.rng.random()
    colour = ramp(np.array(dark), (255, 222, 196), (226, 172, 130), (160, 104, 70), (88, 54, 40))
    return tint(canvas.rng, colour, 0.05)


def fur_colour(rng: np.random.Generator) -> np.ndarray:
    """A colour of fur."""
    hue = rng.normal(0.075, 0.025)
    return hsv(hue, rng.uniform(0.05, 0.8), rng.uniform(0.35, 0.95))
