"""Patterns of what people make by hand: wheels, glass, cloth, ornament."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from dreammovie.networks.dreamnet.drawings.canvas import Canvas, hsv, hue_near, pattern, ramp
from dreammovie.networks.dreamnet.drawings.textures import cells


@pattern
def gear(canvas: Canvas) -> None:
    """A toothed wheel with spokes."""
    rng = canvas.rng
    teeth, depth = int(rng.integers(8, 22)), rng.uniform(0.1, 0.2)
    radius, angle = canvas.polar()
    turn = rng.uniform(0, 7)
    tooth = np.tanh(np.sin(teeth * (angle + turn)) * 3) * depth / 2
    body = canvas.edge(0.82 + tooth - radius)
    metal = hsv(rng.uniform(0.05, 0.65), rng.uniform(0, 0.6), rng.uniform(0.5, 0.95))
    light = 0.7 + 0.35 * np.cos(angle * 2 + turn) + 0.25 * (canvas.noise(6) - 0.5)
    canvas.paint(metal * light[..., None], body)
    rim = np.exp(-(((radius - 0.66) / 0.025) ** 2)) + np.exp(-(((radius - 0.25) / 0.025) ** 2))
    canvas.paint(metal * 0.25, rim * 0.8 * body)
    spokes = int(rng.integers(3, 7))
    beside = radius * np.sin(np.abs((angle + turn) * spokes / 2 % np.pi)) / spokes * 2 - 0.07
    hole = np.minimum(np.minimum(0.58 - radius, radius - 0.3), beside)
    canvas.paint(ramp(canvas.noise(3), metal * 0.1, metal * 0.3), canvas.edge(hole))
    canvas.ellipse((0, 0), 0.09, metal * 0.15)


@pattern
def wheel(canvas: Canvas) -> None:
    """A wooden or wire wheel: rim, hub, many thin spokes."""
    rng = canvas.rng
    radius, angle = canvas.polar()
    spokes, turn = int(rng.integers(8, 25)), rng.uniform(0, 7)
    rim, thick = 0.85, rng.uniform(0.05, 0.12)
    wood = hsv(hue_near(rng, 0.03, 0.09), rng.uniform(0.3, 0.8), rng.uniform(0.4, 0.9))
    twist = rng.uniform(0, 0.6) * (rng.random() < 0.4)
    ray = np.abs(((angle + turn + twist * radius) * spokes / (2 * np.pi)) % 1 - 0.5)
    spoke = rng.uniform(0.012, 0.035) - ray * 2 * np.pi * radius / spokes
    inside = canvas.edge(np.minimum(spoke, rim - radius))
    canvas.paint(wood * (0.6 + 0.8 * ray)[..., None], inside)
    tyre = np.abs(radius - rim) / thick
    canvas.paint(
        ramp(1 - tyre.clip(0, 1), wood * 0.25, wood * 1.25), canvas.edge((1 - tyre) * thick)
    )
    canvas.paint(ramp(radius / 0.2, wood * 1.3, wood * 0.3), canvas.edge(0.17 - radius))
    canvas.ellipse((0, 0), 0.06, wood * 0.15)


@pattern
def clock(canvas: Canvas) -> None:
    """A clock face with marks and hands."""
    rng = canvas.rng
    radius, angle = canvas.polar()
    face = hsv(rng.uniform(0, 1), rng.uniform(0, 0.3), rng.uniform(0.75, 1))
    case = hsv(hue_near(rng, 0.1, 0.6), rng.uniform(0.2, 0.8), rng.uniform(0.3, 0.8))
    ink = hsv(rng.uniform(0, 1), 0.6, 0.15)
    light = 0.8 + 0.3 * np.cos(angle - 4)
    canvas.paint(case * light[..., None], canvas.edge(0.95 - radius))
    canvas.paint(case * 0.35, canvas.edge(0.81 - radius))
    canvas.paint(face * (1.02 - 0.2 * radius)[..., None], canvas.edge(0.78 - radius))
    for mark in range(60):
        turn = mark * np.pi / 30
        long = 0.16 if mark % 15 == 0 else 0.11 if mark % 5 == 0 else 0.04
        if mark % 5 and rng.random() < 0.4:
            continue
        ray = np.array([np.sin(turn), -np.cos(turn)])
        canvas.line([ray * 0.72, ray * (0.72 - long)], ink, 0.045 if mark % 5 == 0 else 0.015)
    for length, width in ((rng.uniform(0.35, 0.45), 0.07), (rng.uniform(0.55, 0.65), 0.045)):
        turn = rng.uniform(0, 2 * np.pi)
        ray, side = np.array([np.sin(turn), -np.cos(turn)]), np.array([np.cos(turn), np.sin(turn)])
        canvas.polygon([-0.12 * ray, side * width, length * ray, -side * width], ink)
    canvas.ellipse((0, 0), 0.06, case)


@pattern
def stained_glass(canvas: Canvas) -> None:
    """Glowing pieces of coloured glass between strips of lead."""
    rng = canvas.rng
    border, _, number = cells(canvas, int(rng.integers(12, 50)))
    hue, spread = hue_near(rng, 0.0, 0.6), rng.uniform(0.15, 0.5)
    palette = np.array(
        [
            hsv(hue + rng.uniform(-spread, spread), rng.uniform(0.5, 1), rng.uniform(0.5, 1))
            for _ in range(64)
        ]
    )
    radius, angle = canvas.polar((rng.normal(0, 0.1), rng.normal(0, 0.1)))
    if rng.random() < 0.5:  # a rose window: sectors and rings
        petals, rings = int(rng.integers(5, 13)), rng.uniform(2, 4)
        ring = np.floor(radius * rings)
        sector = (angle / (2 * np.pi) + 0.5) * petals + 0.5 * (ring % 2)
        beside = (0.5 - np.abs(sector % 1 - 0.5)) * 2 * np.pi * radius / petals
        border = np.minimum(beside, (0.5 - np.abs(radius * rings % 1 - 0.5)) / rings)
        number = (ring * 3 + (np.floor(sector) % petals) * (1 + petals % 2)).astype(int)
    glow = 0.65 + 0.6 * np.minimum(border * 6, 0.6) + 0.35 * (canvas.noise(7) - 0.5)
    canvas.paint(palette[number % 64] * glow[..., None])
    lead = rng.uniform(0.02, 0.04)
    canvas.paint((22, 20, 24), canvas.edge(lead - border))
    canvas.paint((120, 116, 118), np.exp(-((border / lead * 2.5) ** 2)) * 0.5)


@pattern
def mandala(canvas: Canvas) -> None:
    """Rings of petals, dots and points, the same in every direction."""
    rng = canvas.rng
    radius, angle = canvas.polar()
    fold = int(rng.choice([6, 8, 10, 12, 16]))
    hue = hue_near(rng, 0.85, 0.0)
    canvas.paint(hsv(hue, 0.8, rng.uniform(0.15, 0.5)), canvas.edge(0.97 - radius))
    edges = np.linspace(0.96, 0.12, int(rng.integers(4, 7)))
    for ring, (outer, inner) in enumerate(pairwise(edges)):
        middle, deep = (outer + inner) / 2, outer - inner
        wave = np.abs(((angle + ring * np.pi / fold) * fold / (2 * np.pi)) % 1 - 0.5) * 2
        ground = hsv(hue + rng.uniform(-0.2, 0.2), rng.uniform(0.4, 1), rng.uniform(0.3, 1))
        figure = hsv(hue + 0.5 + rng.uniform(-0.25, 0.25), rng.uniform(0.4, 1), rng.uniform(0.6, 1))
        band = canvas.edge(np.minimum(outer - radius, radius - inner))
        canvas.paint(ground, band)
        kind = rng.integers(4)
        if kind == 0:  # petals
            shape = deep * np.sqrt((1 - wave**2).clip(0, 1)) - (radius - inner)
        elif kind == 1:  # points
            shape = deep * (1 - wave) - (radius - inner)
        elif kind == 2:  # dots
            arc = wave * np.pi * middle / fold
            shape = deep * 0.36 - np.hypot(arc, radius - middle)
        else:  # lace
            shape = 0.25 * deep - np.abs(radius - middle - 0.3 * deep * np.cos(wave * np.pi * 2))
        canvas.paint(figure, canvas.edge(shape) * band)
        canvas.paint(figure * 0.35, canvas.edge(deep * 0.06 - np.abs(shape)) * band)
        canvas.paint(ground * 0.3, canvas.edge(0.015 - np.abs(radius - outer)))
    canvas.ellipse((0, 0), float(edges[-1]), hsv(hue + 0.1, 0.8, 1))
    canvas.ellipse((0, 0), float(edges[-1]) * 0.5, hsv(hue + 0.6, 0.8, 0.7))


def _strand(across: np.ndarray, along: np.ndarray, colour: np.ndarray) -> np.ndarray:
    """The colour of a round strand; `across` is -1..1 over its width."""
    round_light = np.sqrt((1 - across**2).clip(0.02, 1))
    fibre = 0.85 + 0.15 * np.sin(along * 24 + across * 4)
    return colour * (round_light * fibre * 1.15)[..., None]


@pattern
def knot(canvas: Canvas) -> None:
    """A closed cord that crosses over and under itself."""
    rng = canvas.rng
    p, q = [(2, 3), (3, 4), (2, 5), (3, 5), (3, 2), (4, 3)][rng.integers(6)]
    thick = rng.uniform(0.11, 0.17) * (3 / max(p, q)) ** 0.5
    t = np.linspace(0, 2 * np.pi, 240, endpoint=False)
    ring = 0.56 + 0.26 * np.cos(q * t)
    path = np.stack([ring * np.cos(p * t), ring * np.sin(p * t)], -1)
    height = np.sin(q * t)
    cord = hsv(hue_near(rng, 0.12, 0.4), rng.uniform(0.2, 0.85), rng.uniform(0.6, 1))
    second = hsv(hue_near(rng, 0.0, 0.55), rng.uniform(0.2, 0.85), rng.uniform(0.6, 1))
    # Short pieces from the lowest to the highest: each covers what lies below it.
    pieces = 40
    starts = np.arange(0, 240, 240 // pieces)
    for start in sorted(starts, key=lambda s: height[s]):
        piece = path[np.arange(start - 1, start + 240 // pieces + 2) % 240]
        colour = cord if (start // 6) % 2 else second
        canvas.line(piece, cord * 0.15, thick * 1.3)
        for share, light in ((1.0, 0.6), (0.6, 0.95), (0.2, 1.25)):
            canvas.line(piece, colour * light, thick * share)


@pattern
def weave(canvas: Canvas) -> None:
    """Strips over and under one another, as in a basket."""
    rng = canvas.rng
    count = rng.uniform(4, 9)
    u, v = canvas.turned(angle=rng.choice([0, np.pi / 4]) + rng.normal(0, 0.05))
    u, v = u * count / 2 + 50, v * count / 2 + 50
    warp = hsv(hue_near(rng, 0.07, 0.12), rng.uniform(0.2, 0.7), rng.uniform(0.6, 1))
    weft = warp
    if rng.random() >= 0.4:
        weft = hsv(hue_near(rng, 0.0, 0.1), rng.uniform(0.2, 0.7), rng.uniform(0.5, 1))
    fill = rng.uniform(0.75, 0.95)
    a, b = (u % 1 - 0.5) * 2 / fill, (v % 1 - 0.5) * 2 / fill
    over = (np.floor(u) + np.floor(v)) % 2 == 0
    bend_a, bend_b = np.cos(b * np.pi / 2 * fill), np.cos(a * np.pi / 2 * fill)
    light_a = 0.55 + 0.5 * np.where(over, bend_a, -bend_a * 0.2)
    light_b = 0.55 + 0.5 * np.where(over, -bend_b * 0.2, bend_b)
    up = _strand(a, v, warp) * light_a[..., None]
    flat = _strand(b, u, weft) * light_b[..., None]
    canvas.paint(warp * 0.12)
    in_a, in_b = np.abs(a) < 1, np.abs(b) < 1
    canvas.paint(up, in_a * 1.0)
    canvas.paint(flat, (in_b & (~over | ~in_a)) * 1.0)


@pattern
def balloon(canvas: Canvas) -> None:
    """A hot-air balloon in stripes, with its basket."""
    rng = canvas.rng
    hue = hue_near(rng, 0.0, 0.13, 0.6)
    colours = [
        hsv(hue + shift, rng.uniform(0.6, 1), rng.uniform(0.7, 1)) for shift in (0, 0.15, 0.5)
    ]
    y = (canvas.y + 0.25) / 0.68
    width = 0.68 * np.sqrt((1 - y**2).clip(0, 1)) * (1 - 0.3 * (canvas.y + 0.25).clip(0, 1))
    across = (canvas.x / np.maximum(width, 0.02)).clip(-1, 1)
    gores = int(rng.integers(5, 10))
    meridian = np.arcsin(across) / np.pi * gores + 20
    number = np.floor(meridian).astype(int) % len(colours)
    if rng.random() < 0.4:
        number = (number + np.floor(canvas.y * 5).astype(int)) % len(colours)
    light = 0.55 + 0.5 * np.sqrt((1 - (across + 0.3) ** 2 / 1.8).clip(0, 1))
    light *= 0.8 + 0.25 * np.sin((meridian % 1) * np.pi)
    canvas.paint(
        np.array(colours)[number] * light[..., None], canvas.edge(width - np.abs(canvas.x))
    )
    for x in (-0.12, 0.12):
        canvas.line([(x * 2, 0.3), (x, 0.72)], (60, 40, 30), 0.018)
    canvas.polygon([(-0.15, 0.7), (0.15, 0.7), (0.12, 0.93), (-0.12, 0.93)], (150, 100, 50))
    for y0 in (0.75, 0.82, 0.89):
        canvas.line([(-0.13, y0), (0.13, y0)], (80, 50, 25), 0.02)


@pattern
def lantern(canvas: Canvas) -> None:
    """A glowing paper lantern with ribs and a tassel."""
    rng = canvas.rng
    hue = rng.choice([0.0, 0.02, 0.08, 0.13, 0.85, 0.55]) + rng.normal(0, 0.02)
    half, tall = rng.uniform(0.45, 0.72), rng.uniform(0.45, 0.65)
    y = (canvas.y + 0.08) / tall
    width = half * np.sqrt((1 - np.abs(y) ** rng.uniform(1.8, 3)).clip(0, 1))
    inside = canvas.edge(width - np.abs(canvas.x))
    glow = np.exp(-(canvas.x**2 + (canvas.y + 0.05) ** 2) * 3)
    canvas.paint(
        ramp(glow, hsv(hue, 1, 0.45), hsv(hue + 0.02, 0.9, 0.95), hsv(hue + 0.1, 0.35, 1)), inside
    )
    ribs = np.abs(y * rng.uniform(4, 8) % 1 - 0.5)
    canvas.paint(hsv(hue, 1, 0.3), (0.2 - ribs).clip(0, 1) * 4 * inside)
    gold = (230, 180, 70)
    for end in (-1, 1):
        canvas.line([(-0.2, -0.08 + end * tall), (0.2, -0.08 + end * tall)], gold, 0.1)
    canvas.line([(0, -0.97), (0, -0.08 - tall)], gold, 0.03)
    for x in np.linspace(-0.09, 0.09, 7):
        canvas.line([(x * 0.5, -0.02 + tall), (x, 0.97)], hsv(hue, 0.9, 0.8), 0.02)
