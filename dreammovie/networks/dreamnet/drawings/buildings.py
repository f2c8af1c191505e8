"""Patterns of what people build: walls, roofs, arches, towers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dreammovie.networks.dreamnet.drawings.canvas import (
    Canvas,
    Point,
    hsv,
    hue_near,
    pattern,
    ramp,
    tint,
)


@pattern
def bricks(canvas: Canvas) -> None:
    """A wall of bricks in running bond."""
    rng = canvas.rng
    rows = rng.uniform(4, 9)
    length = rng.uniform(1.8, 3.0)
    u, v = canvas.turned(angle=rng.normal(0, 0.15))
    v = v * rows / 2
    u = u * rows / 2 / length + (np.floor(v) % 2) * 0.5
    gap = rng.uniform(0.08, 0.16)
    inside_v, inside_u = np.abs(v % 1 - 0.5), np.abs(u % 1 - 0.5)
    brick = np.minimum((0.5 - inside_v) - gap / 2, (0.5 - inside_u) * length - gap / 2)
    number = (np.floor(u) * 13 + np.floor(v) * 7).astype(int)
    shade = rng.uniform(0.65, 1.2, 64).astype(np.float32)[number % 64]
    base = tint(rng, hsv(rng.normal(0.03, 0.02), rng.uniform(0.35, 0.75), rng.uniform(0.5, 0.85)))
    colour = base * (shade * (0.75 + 0.5 * canvas.noise(10)))[..., None]
    canvas.paint(tint(rng, (190, 182, 170)) * rng.uniform(0.5, 1))
    canvas.paint(colour, brick * canvas.side / rows / 1.2 + 0.5)


@pattern
def roof_tiles(canvas: Canvas) -> None:
    """Rows of rounded roof tiles, each casting a shadow on the next."""
    rng = canvas.rng
    rows = rng.uniform(4, 8)
    u, v = canvas.turned(angle=rng.normal(0, 0.1))
    v = v * rows / 2 + 50
    u = u * rows / 2 / rng.uniform(0.7, 1.1) + (np.floor(v) % 2) * 0.5
    across, down = u % 1 - 0.5, v % 1
    curve = np.cos(across * np.pi) ** 2 * rng.uniform(0.3, 0.6)
    place = (down + 1 - curve * 0.7) % 1
    light = 0.35 + 0.75 * place**0.7
    light *= 0.75 + 0.35 * np.cos((across + 0.12) * np.pi * 1.6)
    number = (np.floor(u) * 17 + np.floor(v - (down < curve * 0.7)) * 5).astype(int)
    shade = rng.uniform(0.75, 1.2, 64).astype(np.float32)[number % 64]
    clay = [hsv(0.03, 0.75, 0.85), hsv(0.55, 0.35, 0.6), hsv(0.4, 0.5, 0.6), hsv(0.1, 0.6, 0.9)]
    base = tint(rng, clay[rng.integers(4)])
    canvas.paint(base * (light * shade * (0.85 + 0.3 * canvas.noise(12)))[..., None])


def _lit(canvas: Canvas, base: np.ndarray) -> np.ndarray:
    """A stone or plaster colour, lit from one side, with weather on it."""
    side = canvas.rng.choice([-1, 1])
    light = 0.85 + 0.22 * side * canvas.x + 0.35 * (canvas.noise(9, 2) - 0.5)
    return base * light[..., None]


def _stone(canvas: Canvas) -> np.ndarray:
    """The colour of a building."""
    rng = canvas.rng
    return hsv(rng.normal(0.1, 0.06), rng.uniform(0.05, 0.45), rng.uniform(0.55, 0.95))


def _arch(canvas: Canvas, x: float, top: float, bottom: float, half: float) -> np.ndarray:
    """Signed distance, positive inside, of an opening with a round top."""
    below = np.minimum(half - np.abs(canvas.x - x), canvas.y - top - half)
    radius = half - np.hypot(canvas.x - x, canvas.y - top - half)
    return np.minimum(np.maximum(below, radius), bottom - canvas.y)


@pattern
def arches(canvas: Canvas) -> None:
    """An arcade: storeys of round arches on pillars, dark behind."""
    rng = canvas.rng
    stone = _stone(canvas)
    joints = np.minimum(np.abs((canvas.y * 8) % 1 - 0.5), np.abs((canvas.x * 5) % 1 - 0.5))
    wall = _lit(canvas, stone) * (0.85 + 0.15 * np.clip(joints * 8, 0, 1))[..., None]
    canvas.paint(wall)
    storeys, count = int(rng.integers(1, 4)), int(rng.integers(2, 5))
    height = 2 / storeys
    dark = hsv(rng.uniform(0, 1), rng.uniform(0.2, 0.7), rng.uniform(0.05, 0.25))
    glow = hsv(rng.uniform(0.05, 0.15), 0.7, rng.uniform(0.2, 0.9))
    for storey in range(storeys):
        top = -1 + storey * height + height * 0.16
        bottom = -1 + (storey + 1) * height - height * 0.06
        width = 2 / count
        half = min(width * rng.uniform(0.36, 0.42), (bottom - top) * 0.48)
        for i in range(count):
            inside = _arch(canvas, -1 + (i + 0.5) * width, top, bottom, half)
            canvas.paint(stone * 1.15, canvas.edge(inside + half * 0.22))
            canvas.paint(stone * 0.45, canvas.edge(inside + half * 0.07))
            depth = ((canvas.y - top) / (bottom - top)).clip(0, 1)
            canvas.paint(ramp(depth, dark, dark * 0.7, glow * 0.6), canvas.edge(inside))
        canvas.line([(-1.2, bottom + 0.03), (1.2, bottom + 0.03)], stone * 1.2, 0.04)
        canvas.line([(-1.2, bottom + 0.06), (1.2, bottom + 0.06)], stone * 0.5, 0.02)


def _windows(
    canvas: Canvas, left: float, right: float, top: float, bottom: float, columns: int, rows: int
) -> None:
    """A grid of framed windows, some of them lit."""
    rng = canvas.rng
    wide, high = (right - left) / columns, (bottom - top) / rows
    lit = hsv(rng.uniform(0.08, 0.15), rng.uniform(0.4, 0.8), 1)
    dark = hsv(rng.uniform(0.5, 0.7), 0.4, rng.uniform(0.15, 0.35))
    frame = rng.uniform(0.7, 1) * np.array([240, 235, 225])
    for row in range(rows):
        for column in range(columns):
            x, y = left + (column + 0.5) * wide, top + (row + 0.5) * high
            half, tall = wide * 0.27, high * 0.33
            box = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * (half, tall) + (x, y)
            canvas.polygon((box - (x, y)) * 1.25 + (x, y), frame)
            canvas.polygon(box, lit if rng.random() < 0.4 else dark)
            canvas.line([(x, y - tall), (x, y + tall)], frame, 0.015)


def _wall(canvas: Canvas, points: Sequence[Point] | np.ndarray, colour: np.ndarray) -> None:
    """A polygon of lit stone with a dark outline."""
    canvas.polygon(points, _lit(canvas, colour))
    canvas.line(points, colour * 0.3, 0.02, closed=True)


@pattern
def tower(canvas: Canvas) -> None:
    """A tower with windows and a pointed or domed roof."""
    rng = canvas.rng
    stone = _stone(canvas)
    roof = hsv(hue_near(rng, 0.0, 0.6), rng.uniform(0.3, 0.8), rng.uniform(0.4, 0.8))
    half, top = rng.uniform(0.24, 0.42), rng.uniform(-0.45, -0.2)
    foot = half * rng.uniform(1.0, 1.25)
    _wall(canvas, [(-half, top), (half, top), (foot, 0.98), (-foot, 0.98)], stone)
    columns, rows = int(rng.integers(1, 4)), int(rng.integers(3, 6))
    _windows(canvas, -half * 0.9, half * 0.9, top + 0.08, 0.85, columns, rows)
    eaves, peak = half * rng.uniform(1.1, 1.35), -rng.uniform(0.8, 0.98)
    if rng.random() < 0.5:
        _wall(canvas, [(-eaves, top), (0, peak), (eaves, top)], roof)
        canvas.line([(0, peak), (eaves * 0.3, top)], roof * 0.6, 0.02)
    else:
        _dome(canvas, half, top, peak, roof)
    canvas.line([(-eaves, top), (eaves, top)], stone * 1.2, 0.05)


def _dome(canvas: Canvas, half: float, foot: float, peak: float, roof: np.ndarray) -> None:
    """An onion dome with ribs and a spire, `half` to either side."""
    t = np.linspace(0, np.pi, 24)
    bulge = 1 + canvas.rng.uniform(0, 0.35) * np.sin(2 * np.abs(t - np.pi / 2)) ** 2
    height = np.sin(t) ** 1.3 * (foot - peak) * 0.85
    _wall(canvas, np.stack([-np.cos(t) * half * bulge, foot - height], -1), roof)
    top = foot + 0.8 * (peak - foot)
    for x in (-0.5, 0, 0.5):
        canvas.line([(x * half, foot), (x * half * 0.3, top)], roof * 1.3, 0.02)
    canvas.line([(0, top), (0, -0.98)], roof * 0.4, 0.025)


@pattern
def pagoda(canvas: Canvas) -> None:
    """A pagoda: storeys under upswept roofs."""
    rng = canvas.rng
    hue = rng.choice([0.0, 0.03, 0.45, 0.6, 0.1])
    roof = hsv(hue, rng.uniform(0.4, 0.85), rng.uniform(0.35, 0.75))
    wall = hsv(rng.choice([0.0, 0.08, 0.12]), rng.uniform(0.2, 0.8), rng.uniform(0.55, 0.95))
    storeys = int(rng.integers(3, 6))
    height, width, curl = 1.7 / storeys, rng.uniform(0.6, 0.85), rng.uniform(0.25, 0.5)
    canvas.line([(0, -0.98), (0, -0.7)], (220, 180, 80), 0.04)
    for storey in range(storeys):
        y = -0.72 + storey * height
        half = width * (0.45 + 0.55 * (storey + 1) / storeys)
        body, low = half * 0.55, y + height
        _wall(canvas, [(-body, y + 0.1), (body, y + 0.1), (body, low), (-body, low)], wall)
        _windows(canvas, -body, body, y + height * 0.5, y + height * 0.95, 3, 1)
        _upswept_roof(canvas, half, y, height, curl, roof)


def _upswept_roof(
    canvas: Canvas, half: float, y: float, height: float, curl: float, colour: np.ndarray
) -> None:
    """The roof of one storey of a pagoda, `half` to either side, from `y` down."""
    t = np.linspace(-1, 1, 25)
    lower = np.stack([t * half, y + height * (0.52 - curl * np.abs(t) ** 3)], -1)
    upper = y + height * 0.42 * np.abs(t) ** 0.6 - height * curl * np.abs(t) ** 3
    _wall(canvas, np.concatenate([lower, np.stack([t * half, upper], -1)[::-1]]), colour)
    for stripe in np.linspace(-0.8, 0.8, 9):
        ridge = [(stripe * half * 0.4, y + height * 0.1), (stripe * half, y + height * 0.4)]
        canvas.line(ridge, colour * 0.55, 0.015)
    canvas.line(lower, (230, 190, 90), 0.025)


@pattern
def castle(canvas: Canvas) -> None:
    """A castle: battlements, two round towers with cones, a gate."""
    rng = canvas.rng
    stone = _stone(canvas)
    roof = hsv(hue_near(rng, 0.6, 0.66), rng.uniform(0.4, 0.85), rng.uniform(0.4, 0.8))
    top = rng.uniform(-0.1, 0.15)
    _battlement(canvas, -0.75, 0.75, top, stone)
    canvas.paint(stone * 0.2, canvas.edge(_arch(canvas, 0, 0.3, 0.95, 0.22)))
    for x in (-0.11, 0, 0.11):
        canvas.line([(x, 0.4), (x, 0.95)], stone * 0.45, 0.02)
    towers = [(-0.72, 0.2), (0.72, 0.2)] + [(0.0, 0.17)] * (rng.random() < 0.7)
    for x, half in towers:
        high = rng.uniform(-0.5, -0.25) if x else rng.uniform(-0.65, -0.5)
        low = 0.95 if x else top
        _battlement(canvas, x - half, x + half, high, stone * rng.uniform(0.9, 1.1), low)
        _windows(canvas, x - half * 0.6, x + half * 0.6, high + 0.1, min(low, high + 0.7), 1, 2)
        _wall(canvas, [(x - half * 1.15, high), (x, high - 0.42), (x + half * 1.15, high)], roof)


def _battlement(
    canvas: Canvas, left: float, right: float, top: float, stone: np.ndarray, bottom: float = 0.95
) -> None:
    """A wall with merlons along its top."""
    count = max(2, round((right - left) / 0.17))
    points = [(left, bottom)]
    for i, x in enumerate(np.linspace(left, right, 2 * count)):
        high = top - 0.08 * (1 - i % 2)
        points += [(x, top - 0.08 * (i % 2) if i else high), (x, high)]
    _wall(canvas, [*points, (right, bottom)], stone)


@pattern
def house(canvas: Canvas) -> None:
    """A half-timbered house with a gable, windows and a door."""
    rng = canvas.rng
    plaster = hsv(hue_near(rng, 0.1, 0.14), rng.uniform(0.05, 0.5), rng.uniform(0.75, 1))
    beam = hsv(rng.uniform(0, 0.1), 0.5, rng.uniform(0.15, 0.4))
    roof = hsv(rng.choice([0.02, 0.05, 0.6]), rng.uniform(0.3, 0.8), rng.uniform(0.3, 0.75))
    half, eaves, peak = rng.uniform(0.55, 0.75), rng.uniform(-0.25, 0.0), -rng.uniform(0.8, 0.97)
    gable = [(-half, eaves), (0, peak + 0.1), (half, eaves)]
    _wall(canvas, [*gable, (half, 0.95), (-half, 0.95)], plaster)
    for y in (eaves, (eaves + 0.95) / 2):
        canvas.line([(-half, y), (half, y)], beam, 0.05)
    for x in np.linspace(-half, half, 5):
        canvas.line([(x, eaves), (x, 0.95)], beam, 0.045)
    for x in (-half, half / 2):
        left, right = (0.95, eaves) if rng.random() < 0.5 else (eaves, 0.95)
        canvas.line([(x, left), (x + half / 2, right)], beam, 0.035)
    columns = int(rng.integers(2, 4))
    _windows(canvas, -half * 0.8, half * 0.8, eaves + 0.06, eaves + 0.46, columns, 1)
    _windows(canvas, -half * 0.35, half * 0.35, eaves - 0.36, eaves - 0.04, 2, 1)
    canvas.paint(beam * 0.8, canvas.edge(_arch(canvas, 0, 0.45, 0.95, 0.16)))
    low = eaves + 0.14
    for over in (-half * 1.18, half * 1.18):
        _wall(canvas, [(0, peak), (over, low), (over, low + 0.14), (0, peak + 0.2)], roof)


@pattern
def bridge(canvas: Canvas) -> None:
    """A suspension bridge, or one of stone arches, over water."""
    rng = canvas.rng
    water = hsv(rng.uniform(0.45, 0.62), rng.uniform(0.3, 0.7), rng.uniform(0.4, 0.8))
    waves = canvas.noise(9, 3, stretch=6)
    canvas.paint(water * (0.6 + 0.8 * waves)[..., None], canvas.edge(canvas.y - 0.5))
    if rng.random() < 0.5:
        _suspension_bridge(canvas)
    else:
        _stone_bridge(canvas, water, waves)


def _suspension_bridge(canvas: Canvas) -> None:
    rng = canvas.rng
    hue = rng.choice([0.02, 0.05, 0.55, 0.1])
    iron = hsv(hue, rng.uniform(0.3, 0.85), rng.uniform(0.5, 0.9))
    deck, pylon = rng.uniform(0.2, 0.35), rng.uniform(0.4, 0.6)
    top = -rng.uniform(0.55, 0.9)
    x = np.linspace(-1.2, 1.2, 61)
    reach = np.where(np.abs(x) < pylon, x / pylon, (np.abs(x) - pylon - 0.75) / 0.75)
    sag = deck - 0.05 + (top - deck + 0.05) * reach**2
    canvas.line(np.stack([x, sag], -1), iron, 0.045)
    for i in range(1, 60, 3):
        canvas.line([(x[i], sag[i]), (x[i], deck)], iron * 0.8, 0.015)
    for middle in (-pylon, pylon):
        for leg in (middle - 0.06, middle + 0.06):
            canvas.line([(leg, top - 0.05), (leg, 0.62)], iron * 0.85, 0.055)
        for y in np.linspace(top, deck, 5):
            canvas.line([(middle - 0.08, y), (middle + 0.08, y)], iron * 0.7, 0.04)
    canvas.line([(-1.2, deck), (1.2, deck)], iron * 0.7, 0.08)


def _stone_bridge(canvas: Canvas, water: np.ndarray, waves: np.ndarray) -> None:
    rng = canvas.rng
    stone = _stone(canvas)
    count, top = int(rng.integers(2, 5)), rng.uniform(-0.2, 0.0)
    joints = 0.85 + 0.3 * canvas.noise(14, 2, stretch=2)
    wall = canvas.edge(np.minimum(canvas.y - top + 0.15 * (1 - canvas.x**2), 0.6 - canvas.y))
    canvas.paint(stone * joints[..., None], wall)
    width = 2.2 / count
    for i in range(count):
        opening = _arch(canvas, -1.1 + (i + 0.5) * width, top + 0.12, 0.7, width * 0.41)
        canvas.paint(stone * 0.5, canvas.edge(opening + 0.05))
        canvas.paint(ramp(waves, stone * 0.12, water * 0.7), canvas.edge(opening))
    canvas.line([(-1.2, top), (1.2, top)], stone * 1.2, 0.05)


@pattern
def skyscrapers(canvas: Canvas) -> None:
    """A skyline of lit windows at night."""
    rng = canvas.rng
    hue = hue_near(rng, 0.55, 0.65)
    canvas.paint(ramp((canvas.y + 1) / 2, hsv(hue, 0.8, 0.2), hsv(hue + 0.1, 0.7, 0.8)))
    for depth in range(3):
        x = -1.1
        while x < 1.1:
            wide, top = rng.uniform(0.2, 0.5), rng.uniform(-0.85, 0.3) + depth * 0.2
            facade = hsv(hue + rng.normal(0, 0.06), 0.5, 0.45 - 0.13 * depth)
            canvas.polygon([(x, top), (x + wide, top), (x + wide, 1.1), (x, 1.1)], facade)
            pitch = rng.uniform(0.07, 0.12)
            u, v = (canvas.x - x) / pitch, (canvas.y - top) / pitch
            frame = np.minimum(0.3 - np.abs(u % 1 - 0.5), 0.3 - np.abs(v % 1 - 0.5))
            number = (np.floor(u) * 7 + np.floor(v) * 11).astype(int) % 64
            lit = rng.random(64)[number]
            inside = (canvas.x > x + 0.02) & (canvas.x < x + wide - 0.02) & (canvas.y > top + 0.03)
            window = canvas.edge(frame * pitch) * inside * (lit < 0.65)
            canvas.paint(ramp(lit, hsv(0.13, 0.7, 1), hsv(hue + 0.5, 0.3, 0.9)), window)
            x += wide
