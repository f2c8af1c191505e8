"""Patterns of flowers, leaves and ferns."""

from __future__ import annotations

import numpy as np

from dreammovie.networks.dreamnet.drawings.botany import GOLDEN_ANGLE, bulge, paint_leaf
from dreammovie.networks.dreamnet.drawings.canvas import (
    Canvas,
    Colour,
    Layer,
    hsv,
    hue_near,
    pattern,
    ramp,
)


@pattern
def daisy(canvas: Canvas) -> None:
    """A flower with ray petals around a disc."""
    rng = canvas.rng
    hue = hue_near(rng, 0.6, 0.8, 0.92)
    pale = rng.uniform() < 0.4
    tip = hsv(hue, rng.uniform(0, 0.15) if pale else rng.uniform(0.5, 0.95), rng.uniform(0.85, 1))
    base = hsv(hue + rng.normal(0, 0.12), rng.uniform(0.3, 1), rng.uniform(0.5, 1))
    count, width = int(rng.integers(8, 24)), rng.uniform(0.8, 1.3)
    length = rng.uniform(0.8, 0.95)
    for row in range(2):
        _petals(canvas, count, length - 0.1 * row, width, base * (0.8 + 0.1 * row), tip)
    yellow = hsv(rng.normal(0.12, 0.02), rng.uniform(0.8, 1), rng.uniform(0.85, 1))
    dark = hsv(rng.normal(0.06, 0.03), 0.9, rng.uniform(0.2, 0.6))
    _seed_head(canvas, rng.uniform(0.17, 0.34), int(rng.integers(40, 90)), dark, yellow)


@pattern
def rose(canvas: Canvas) -> None:
    """A rose: petals that spiral out of the middle."""
    rng = canvas.rng
    hue = hue_near(rng, 0.0, 0.92, 0.97)
    strong = rng.uniform(0.35, 0.95)
    deep = hsv(hue - 0.03, min(1, strong + 0.25), rng.uniform(0.25, 0.5))
    body = hsv(hue, strong, rng.uniform(0.75, 0.95))
    rim = hsv(hue + rng.normal(0.02, 0.04), strong * rng.uniform(0.2, 0.7), 1)
    green = hsv(rng.uniform(0.25, 0.38), 0.7, rng.uniform(0.3, 0.6))
    for angle in rng.uniform(0, 7) + np.arange(int(rng.integers(0, 5))) * rng.uniform(1.2, 2):
        paint_leaf(canvas, (0, 0), (0.97 * np.cos(angle), 0.97 * np.sin(angle)), 0.3, green)
    count, turn = int(rng.integers(15, 23)), rng.uniform(0, 7)
    step = rng.choice([GOLDEN_ANGLE, rng.uniform(1.1, 1.4)])
    for i in range(count):
        left = 1 - i / count  # 1 for the outermost petal
        angle = turn + i * step
        far, size = 0.36 * left**1.2, 0.07 + 0.43 * left
        centre = (float(far * np.cos(angle)), float(far * np.sin(angle)))
        window = canvas.window(centre, size * 1.35)
        dx, dy = canvas.x[window] - centre[0], canvas.y[window] - centre[1]
        outward = dx * np.float32(np.cos(angle)) + dy * np.float32(np.sin(angle))
        across = dy * np.float32(np.cos(angle)) - dx * np.float32(np.sin(angle))
        wave = rng.normal(0, 0.05) * np.sin(across * 5 / size + rng.uniform(0, 7))
        depth = 1 - np.hypot(outward / size + wave, across / (size * 1.15))
        canvas.paint_part(window, deep * 0.45, (depth + 0.16) / 0.2 * 0.75, add=False)
        fold = 1 + 0.12 * np.sin(across * rng.uniform(8, 14) / size)
        colour = ramp(depth / rng.uniform(0.5, 0.7), rim, body, body * 0.85, deep, deep * 0.7)
        canvas.paint_part(window, colour * fold[..., None], depth * size * canvas.side / 2.5)
    t = np.linspace(0.5, 11, 40)
    spiral = np.stack([np.cos(t + turn), np.sin(t + turn)], -1) * (0.009 * t)[:, None]
    canvas.line(spiral, deep * 0.5, 0.02)
    canvas.line(spiral * 1.15, rim, 0.01)


@pattern
def sunflower(canvas: Canvas) -> None:
    """A sunflower: seeds in Fibonacci order, petals around them."""
    rng = canvas.rng
    hue = rng.choice([rng.normal(0.13, 0.015), rng.uniform(0.0, 0.16)], p=[0.7, 0.3])
    tip = hsv(hue, rng.uniform(0.8, 1), rng.uniform(0.9, 1))
    base = hsv(hue - rng.uniform(0.02, 0.08), 1, rng.uniform(0.5, 0.9))
    head, count = rng.uniform(0.42, 0.62), int(rng.integers(16, 30))
    for row in range(2):
        _petals(canvas, count, 0.95 - 0.07 * row, rng.uniform(0.8, 1.2), base, tip, head * 0.6)
    light = hsv(rng.uniform(0.06, 0.13), rng.uniform(0.6, 1), rng.uniform(0.6, 1))
    dark = hsv(rng.uniform(0.02, 0.09), rng.uniform(0.6, 1), rng.uniform(0.12, 0.3))
    _seed_head(canvas, head, int(rng.integers(100, 160)), dark, light)


@pattern
def leaf(canvas: Canvas) -> None:
    """A leaf with veins: simple, or of several lobes."""
    rng = canvas.rng
    hue = rng.choice([rng.uniform(0.2, 0.4), rng.uniform(-0.05, 0.16)])
    colour = hsv(hue, rng.uniform(0.6, 0.95), rng.uniform(0.5, 0.95))
    if rng.uniform() < 0.5:
        canvas.line([(0, 0.4), (rng.normal(0, 0.08), 0.95)], colour * 0.5, 0.05)
        paint_leaf(canvas, (0, 0.88), (0, -0.93), rng.uniform(0.25, 0.62), colour)
        return
    lobes, fan = int(rng.choice([3, 5, 5, 7])), rng.uniform(1.7, 2.3)
    canvas.line([(0, 0.3), (rng.normal(0, 0.1), 0.95)], colour * 0.5, 0.05)
    serration, widest = rng.uniform(0, 0.35), rng.uniform(0.9, 1.3)
    edge = hsv(hue + rng.normal(0, 0.08), 0.9, rng.uniform(0.4, 1))
    width = rng.uniform(2.2, 3.4) / (lobes + 1)
    for angle in sorted(np.linspace(-fan, fan, lobes), key=abs, reverse=True):
        far = 1.18 - 0.28 * abs(angle) / fan * rng.uniform(0.9, 1.6)
        tip, half = (far * np.sin(angle) * 0.95, 0.3 - far * np.cos(angle)), width * far * 0.5
        paint_leaf(
            canvas, (0, 0.3), tip, half, colour, serration=serration, widest=widest, edge=edge
        )


@pattern
def fern(canvas: Canvas) -> None:
    """A fern frond: leaflets upon leaflets along a stem that curls."""
    rng = canvas.rng
    hue = rng.choice([rng.uniform(0.2, 0.42), rng.uniform(0.06, 0.5)], p=[0.8, 0.2])
    dark, light = hsv(hue, 0.9, rng.uniform(0.2, 0.4)), hsv(hue - 0.05, 0.7, rng.uniform(0.7, 1))
    pairs, bend = int(rng.integers(12, 18)), rng.normal(0, 0.45)
    t = np.linspace(0, 1, pairs)
    heading = -np.pi / 2 + bend * (t - 0.4) + rng.uniform(0, 3.5) * np.sign(bend) * t**5
    steps = np.stack([np.cos(heading), np.sin(heading)], -1) * (1.85 / pairs)
    stem = np.cumsum(steps, 0) - steps.sum(0) / 2
    reach = rng.uniform(0.45, 0.75) * np.sin(np.pi * (0.12 + 0.86 * t) ** rng.uniform(0.6, 1.0))
    slant, droop, lacy = rng.uniform(0.9, 1.35), rng.normal(0, 0.4), int(rng.integers(5, 10))
    layer = Layer(canvas)
    s = np.linspace(0, 1, lacy + 1)[:, None]
    for place, way, length, where in zip(stem, heading, reach, t, strict=True):
        for side in (-1, 1):
            colour = ramp(np.array(where * 0.6 + 0.2 * (side > 0)), dark, light)
            angle = way + side * (slant + droop * s)
            rib = place + length * s * np.concatenate([np.cos(angle), np.sin(angle)], -1)
            _leaflets(layer, rib, 1 / pairs, colour)
            layer.line(rib, light * 1.1, 0.01)
    layer.line(stem, dark * 0.6, 0.045)
    layer.line(stem, light, 0.018)
    layer.lay()


def _leaflets(layer: Layer, rib: np.ndarray, width: float, colour: np.ndarray) -> None:
    """Leaflets along a rib (N, 2), each shorter than the one before."""
    count = len(rib) - 1
    for k in range(count):
        along = rib[k + 1] - rib[k]
        normal = np.array([-along[1], along[0]]) / (np.hypot(*along) + 1e-6)
        middle, aside = rib[k] + along * 1.7, normal * ((1 - k / count) ** 0.6 * width)
        blade = [rib[k], middle + aside, rib[k + 1], middle - aside]
        layer.polygon(blade, colour * (0.8 + 0.3 * (k % 2)))


def _petals(
    canvas: Canvas,
    count: int,
    length: float,
    width: float,
    base: Colour,
    tip: Colour,
    inner: float = 0.0,
) -> None:
    """A ring of `count` petals; `width` is a share of the room each one has."""
    rng = canvas.rng
    radius, angle = canvas.polar()
    sector = (angle + rng.uniform(0, 7)) * (count / (2 * np.pi))
    number = np.floor(sector).astype(int) % count
    aside = (sector % 1 - 0.5) * (2 * np.pi / count)
    reach = (length * rng.normal(1, 0.03, count)).astype(np.float32)[number]
    along = ((radius - inner) / (reach - inner)).clip(0, 1)
    half = width * length * 2.2 / count * bulge(along, rng.uniform(1.0, 1.6), 0.6)
    across = radius * np.sin(aside)
    room = np.minimum(
        half - np.abs(across) - 0.012, radius * (np.pi / count - np.abs(aside)) * 0.98
    )
    vein = 1 - 0.22 * np.cos(across / (half + 0.01) * np.pi * rng.integers(2, 5)) ** 4
    shade = vein * (0.3 + 0.7 * (room * 40).clip(0, 1)) * (0.85 + 0.3 * along)
    shade *= (1 + 0.25 * np.sin(sector * 2 * np.pi)) * rng.uniform(0.8, 1.1, count)[number]
    canvas.paint(ramp(along, base, base, tip, tip) * shade[..., None], canvas.edge(room))


def _seed_head(canvas: Canvas, radius: float, count: int, dark: Colour, light: Colour) -> None:
    """A dome of seeds in Fibonacci order."""
    rng = canvas.rng
    canvas.ellipse((0, 0), radius * 1.12, np.asarray(dark) * 0.4)
    i = np.arange(count)[::-1] + 0.5
    t = np.sqrt(i / count)
    places = (
        radius * t[:, None] * np.stack([np.cos(i * GOLDEN_ANGLE), np.sin(i * GOLDEN_ANGLE)], -1)
    )
    size = radius * 1.65 / np.sqrt(count)
    middle, ring = rng.uniform(0, 1, 2)
    blend = np.interp(t, [0, 0.4, 0.7, 1], [middle, ring, rng.uniform(0, 0.4), 1])
    inks = ramp(blend, dark, light) * (1 - 0.35 * places.sum(-1, keepdims=True) / radius)
    layer = Layer(canvas)
    for place, ink in zip(places, inks, strict=True):
        layer.dot(place, size, ink * 0.3)
        layer.dot(place - size * 0.12, size * 0.72, ink)
        layer.dot(place - size * 0.3, size * 0.25, ink * 0.6 + 100)
    layer.lay()
