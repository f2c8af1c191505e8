"""What the plants have in common: leaves, limbs that fork, twigs, thorns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from dreammovie.networks.dreamnet.drawings.canvas import Canvas, Colour, Layer, Point, ramp, tint

GOLDEN_ANGLE = 2.39996
"""Between one seed, leaf or petal and the next, radians."""

Limb = tuple[np.ndarray, float]
"""Its points (N, 2) and its width."""


def bulge(t: np.ndarray, widest: float, power: float) -> np.ndarray:
    """How wide a petal or a blade is along its length.

    Args:
        t: Along it, 0..1.
        widest: Above 1 it is widest nearer its tip, below 1 nearer its foot.
        power: Less is more blunt.

    Returns:
        Share of its greatest width, 0..1, of the shape of `t`.
    """
    return np.sin(np.pi * t**widest).clip(0, 1) ** power


def paint_leaf(
    canvas: Canvas,
    foot: Point,
    tip: Point,
    half_width: float,
    colour: Colour,
    *,
    serration: float | None = None,
    widest: float | None = None,
    edge: Colour | None = None,
) -> None:
    """Paints a leaf of one blade with veins; what is not told is drawn by lot.

    Args:
        canvas: Where.
        foot: Where it begins.
        tip: Where it ends.
        half_width: Half of its greatest width.
        colour: RGB.
        serration: How deep its edge is cut, 0..1.
        widest: See `bulge`.
        edge: RGB towards its edge.
    """
    rng = canvas.rng
    colour = np.asarray(colour, np.float32)
    length = float(np.hypot(tip[0] - foot[0], tip[1] - foot[1]))
    u, v = canvas.turned(foot, float(np.arctan2(tip[1] - foot[1], tip[0] - foot[0])))
    t = (u / length).clip(0, 1)
    v = v - rng.normal(0, 0.08) * length * np.sin(np.pi * t)
    serration = float(rng.choice([0.0, 0.12, 0.25])) if serration is None else serration
    widest = rng.uniform(0.6, 1.1) if widest is None else widest
    edge = tint(rng, colour, 0.25) if edge is None else edge
    pairs = rng.integers(5, 10)
    saw = 1 - serration * ((-t * pairs * 1.5) % 1)
    half = half_width * bulge(t, widest, rng.uniform(0.75, 1.1)) * saw
    room = half - np.abs(v) - 0.012
    aside = np.abs(v) / half_width
    phase = t * pairs - aside * rng.uniform(0.8, 2)
    rib = np.exp(-(((phase % 1 - 0.5) / 0.1) ** 2)) * (1 - 0.5 * aside)
    rib = np.maximum(rib, np.exp(-((v / (0.012 + 0.02 * (1 - t))) ** 2)))
    quilt = 1 + 0.22 * np.sin(phase * 2 * np.pi + 0.8) - 0.15 * np.sign(v)
    quilt *= 0.8 + 0.4 * canvas.noise(12, 2)
    body = ramp(aside * 0.7 + 0.6 * (canvas.noise(4, 2) - 0.5), colour, colour * 0.9, edge)
    body *= (quilt * (0.35 + 0.65 * (room * 18).clip(0, 1)))[..., None]
    share = canvas.edge(room)
    canvas.paint(body, share)
    canvas.paint(colour * 0.6 + rng.uniform(60, 110), rib * share * 0.75, add=False)


def grow_limbs(
    rng: np.random.Generator,
    angle: float,
    length: float,
    width: float,
    forks: int,
    spread: float,
    *,
    taper: float = 0.68,
    foot: Sequence[float] | np.ndarray = (0, 0.9),
) -> Iterator[Limb]:
    """A limb and all that forks from it.

    Args:
        rng: The source of every choice.
        angle: Where it leads, radians, clockwise from the right.
        length: Of the limb; those that fork from it are shorter.
        width: Of the limb.
        forks: How often it forks.
        spread: By how much each fork turns aside, radians.
        taper: Width of a fork as a share of its limb's.
        foot: Where it begins.

    Yields:
        Limbs of 4 points, each after the one it grows from.
    """
    angles = angle + rng.normal(0, 0.14, 3).cumsum()
    steps = np.stack([np.cos(angles), np.sin(angles)], -1) * (length / 3)
    points = np.concatenate([np.zeros((1, 2)), steps.cumsum(0)]) + foot
    yield points, width
    for side in (-1, 1, 0)[: 3 if rng.uniform() < 0.2 else 2] if forks else ():
        turned = angles[-1] + side * spread * rng.uniform(0.6, 1.4)
        far, thin, last = length * rng.uniform(0.65, 0.85), width * taper, points[-1]
        yield from grow_limbs(rng, turned, far, thin, forks - 1, spread, taper=taper, foot=last)


def fitted(limbs: list[Limb]) -> list[Limb]:
    """The limbs moved and stretched to fill the canvas, the thick ones first."""
    every = np.concatenate([points for points, _ in limbs])
    low, high = every.min(0), every.max(0)
    scale = 1.75 / (high - low).max()
    limbs = [((points - (low + high) / 2) * scale, width) for points, width in limbs]
    return sorted(limbs, key=lambda limb: -limb[1])


def paint_twig(layer: Layer, points: np.ndarray, width: float, bark: np.ndarray) -> None:
    """A round piece of wood, lit from the left."""
    layer.line(points, bark * 0.35, width)
    if width < 0.03:
        return
    layer.line(points, bark * 0.85, width * 0.7)
    layer.line(points - (width * 0.14, 0), bark * 0.9 + 40, width * 0.25)


def paint_spines(canvas: Canvas, count: int, colour: Colour) -> None:
    """Small bundles of thorns wherever the canvas is covered."""
    rng = canvas.rng
    rows, columns = np.nonzero(canvas.cover > 0.5)
    layer = Layer(canvas)
    for i in rng.integers(0, len(rows), count):
        place = np.array([canvas.x[0, columns[i]], canvas.y[rows[i], 0]])
        for angle in rng.uniform(0, 6.3, 3):
            thorn = np.array([(0, 0), (np.cos(angle), np.sin(angle))]) * 0.05
            layer.line(place + thorn, colour, 0)
    layer.lay()
