"""Patterns of what else grows, in the woods, the desert and the sea: trees, fruit, coral."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np

from dreammovie.networks.dreamnet.drawings.botany import (
    GOLDEN_ANGLE,
    Limb,
    fitted,
    grow_limbs,
    paint_leaf,
    paint_spines,
    paint_twig,
)
from dreammovie.networks.dreamnet.drawings.canvas import (
    Canvas,
    Layer,
    Point,
    hsv,
    hue_near,
    pattern,
    ramp,
)
from dreammovie.networks.dreamnet.drawings.shapes import blob


@pattern
def tree(canvas: Canvas) -> None:
    """A tree: trunk, limbs and a crown of leaves."""
    rng = canvas.rng
    bark = hsv(rng.uniform(0.03, 0.1), rng.uniform(0.2, 0.6), rng.uniform(0.25, 0.6))
    hue = rng.choice([rng.uniform(0.2, 0.4), rng.uniform(-0.1, 0.16)], p=[0.7, 0.3])
    kind = rng.choice(["round", "cone", "clumps"])
    layer = Layer(canvas)
    thick, forks = rng.uniform(0.12, 0.2), 0 if kind == "cone" else 3
    for points, width in grow_limbs(rng, -np.pi / 2, 0.5, thick, forks, 0.4, foot=(0, 0.93)):
        paint_twig(layer, points, width, bark)
    x, y, light = _crown(rng, kind)
    light = (light + rng.normal(0, 0.15, len(light))).clip(0, 1)
    strong = rng.uniform(0.6, 0.95)
    inks = ramp(
        light, hsv(hue + 0.06, strong, 0.15), hsv(hue, strong, 0.6), hsv(hue - 0.05, 0.6, 1)
    )
    size = rng.uniform(0.035, 0.07)
    for i in np.argsort(light):
        layer.dot((x[i], y[i]), size * (1.35 - 0.7 * light[i]), inks[i])
    layer.lay()


def _crown(rng: np.random.Generator, kind: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The leaves of a tree.

    Args:
        rng: The source of every choice.
        kind: "round", "cone" or "clumps".

    Returns:
        Their x, their y, and the light on each, about 0..1; (N,) each.
    """
    count = int(rng.integers(300, 420))
    across, height = rng.uniform(-1, 1, count), np.sqrt(rng.uniform(0, 1, count))
    if kind == "cone":
        tiers, wide = rng.integers(4, 8), rng.uniform(0.5, 0.75)
        x = across * wide * height * (0.65 + 0.35 * (height * tiers % 1))
        y = -0.93 + 1.5 * height + 0.1 * np.abs(x)
        return x, y, 0.75 - 0.6 * (height * tiers % 1) - 0.3 * across
    clumps = int(rng.integers(5, 9)) if kind == "clumps" else 1
    spread = rng.uniform(0.4, 0.55) if clumps > 1 else 0.0
    turn = np.arange(clumps) * GOLDEN_ANGLE
    away = spread * np.sqrt(np.arange(clumps) / clumps)
    which, angle = rng.integers(0, clumps, count), rng.uniform(0, 2 * np.pi, count)
    radius = 0.62 - 0.55 * spread
    x = (away * np.cos(turn))[which] * 1.25 + height * np.cos(angle) * radius * 1.15
    y = (away * np.sin(turn))[which] - 0.3 + height * np.sin(angle) * radius
    return x, y, 0.5 - height * np.sin(angle + 0.6) * 0.5


@pattern
def branches(canvas: Canvas) -> None:
    """Bare branches that fork again and again."""
    rng = canvas.rng
    bark = hsv(hue_near(rng, 0.04, 0.09), rng.uniform(0.1, 0.7), rng.uniform(0.25, 0.8))
    stems, spread = int(rng.choice([1, 1, 2, 3])), rng.uniform(0.28, 0.5)
    limbs: list[Limb] = []
    for lean in (np.arange(stems) - (stems - 1) / 2) * 0.4 + rng.normal(0, 0.1, stems):
        thick = rng.uniform(0.09, 0.17) / stems**0.5
        limbs += grow_limbs(rng, lean - np.pi / 2, 0.5, thick, 6 if stems == 1 else 4, spread)
    limbs = fitted(limbs)
    layer = Layer(canvas)
    for points, width in limbs:
        paint_twig(layer, points, width, bark)
    if rng.uniform() < 0.1:
        bloom = hsv(rng.choice([rng.uniform(0.9, 1), rng.uniform()]), rng.uniform(0.2, 0.9), 1)
        for points, width in limbs:
            if width < 0.05:
                layer.dot(points[-1], 0.035, bloom * rng.uniform(0.6, 0.9))
                layer.dot(points[-1] - 0.01, 0.018, bloom)
    layer.lay()


@pattern
def mushroom(canvas: Canvas) -> None:
    """Mushrooms: a spotted cap with gills on a stem."""
    rng = canvas.rng
    hue = hue_near(rng, 0.0, 0.02, 0.08)
    cap = hsv(hue, rng.uniform(0.55, 0.95), rng.uniform(0.6, 0.95))
    from_below = rng.uniform() < 0.5
    for side in rng.permutation([-1, 1])[: rng.integers(0, 3)]:
        _toadstool(canvas, side * rng.uniform(0.5, 0.62), rng.uniform(0.35, 0.5), cap, from_below)
    _toadstool(canvas, rng.normal(0, 0.04), rng.uniform(0.9, 1), cap, from_below)


@pattern
def coral(canvas: Canvas) -> None:
    """Coral: a brain-like maze or branching fingers."""
    rng = canvas.rng
    hue = hue_near(rng, 0.0, 0.05, 0.92)
    deep = hsv(hue + rng.normal(0.03, 0.05), rng.uniform(0.7, 1), rng.uniform(0.2, 0.45))
    body = hsv(hue, rng.uniform(0.6, 0.9), rng.uniform(0.8, 1))
    pale = hsv(hue + rng.normal(0, 0.06), rng.uniform(0.1, 0.4), 1)
    if rng.uniform() < 0.5:
        _brain_coral(canvas, deep, body, pale)
    else:
        _finger_coral(canvas, deep, body, pale)


def _brain_coral(canvas: Canvas, deep: np.ndarray, body: np.ndarray, pale: np.ndarray) -> None:
    rng = canvas.rng
    height = _maze(canvas, rng.uniform(0.035, 0.065))
    canvas.polygon(blob(rng, 40, 0.12) * 0.88, deep)
    ball = np.sqrt((1 - 0.9 * (canvas.x**2 + canvas.y**2)).clip(0.05, 1))
    lit = 0.8 + 1.2 * (height - np.roll(height, (1, 1), (0, 1)))
    shade = ball * lit * (0.6 + 0.5 * ball - 0.25 * (canvas.x + canvas.y))
    inks = ramp(height, deep * 0.6, deep, body * 0.8, body, body * 0.65 + pale * 0.35)
    canvas.paint(inks * (0.35 + 0.8 * shade)[..., None], canvas.cover.copy(), add=False)


def _finger_coral(canvas: Canvas, deep: np.ndarray, body: np.ndarray, pale: np.ndarray) -> None:
    rng = canvas.rng
    layer, thick, spread = Layer(canvas), rng.uniform(0.12, 0.2), rng.uniform(0.4, 0.65)
    limbs: list[Limb] = []
    for way in np.linspace(-0.75, 0.75, int(rng.integers(2, 5))) + rng.normal(0, 0.1):
        limbs += grow_limbs(rng, way - np.pi / 2, 0.55, thick, 3, spread, taper=0.88)
    limbs = fitted(limbs)
    for shift, share, ink in ((0.0, 1.25, deep * 0.6), (0.0, 0.95, body), (0.18, 0.4, pale * 0.95)):
        for points, width in limbs:
            moved = points - shift * width
            layer.line(moved, ink, width * share)
            layer.dot(moved[-1], width * share * 0.55, ink)
    for points, width in limbs:
        for place in np.linspace(points[0], points[-1], 4) + rng.normal(0, width / 5, (4, 2)):
            layer.dot(place, 0.016, pale if rng.uniform() < 0.6 else deep)
    layer.lay()


@pattern
def cactus(canvas: Canvas) -> None:
    """A cactus: a column with arms, a barrel, or flat pads."""
    rng = canvas.rng
    green = hsv(rng.uniform(0.22, 0.46), rng.uniform(0.4, 0.85), rng.uniform(0.5, 0.85))
    bloom = hsv(rng.choice([rng.uniform(0.85, 1.17), rng.uniform(0.7, 1)]), 0.85, 1)
    kind = rng.choice(["column", "barrel", "pads"])
    paint_body = {"column": _column_cactus, "barrel": _barrel_cactus, "pads": _pad_cactus}[kind]
    tops = paint_body(canvas, green)
    paint_spines(canvas, int(rng.integers(60, 130)), hsv(0.13, rng.uniform(0, 0.4), 1))
    layer = Layer(canvas)
    for x, y in tops if rng.uniform() < 0.6 else []:
        for angle in np.arange(6) * 1.05:
            petal = (x + 0.055 * np.cos(angle), y + 0.055 * np.sin(angle))
            layer.dot(petal, 0.045, bloom * (0.8 + 0.2 * np.cos(angle)))
        layer.dot((x, y), 0.035, (255, 225, 90))
    layer.lay()


def _column_cactus(canvas: Canvas, green: np.ndarray) -> list[Point]:
    """Paints a column with one or two arms; returns where flowers may grow."""
    rng = canvas.rng
    tops: list[Point] = []
    thick, ribs = rng.uniform(0.15, 0.22), int(rng.integers(5, 9))
    for side in rng.permutation([-1, 1])[: rng.integers(1, 3)]:
        out, low, top = rng.uniform(0.5, 0.62) * side, rng.uniform(0, 0.4), rng.uniform(-0.65, 0)
        bend = [(0.0, low), (out * 0.75, low), (out, low - 0.15), (out, top - 0.1)]
        _tube(canvas, bend, thick * 0.72, ribs - 2, green)
        tops.append((out, top - 0.1 - thick * 0.6))
    _tube(canvas, [(0, 1.2), (0, -0.9 + thick)], thick, ribs, green)
    return [*tops, (0, -0.9)]


def _barrel_cactus(canvas: Canvas, green: np.ndarray) -> list[Point]:
    """Paints a ribbed ball; returns where flowers may grow."""
    rng = canvas.rng
    width, height = rng.uniform(0.6, 0.85), rng.uniform(0.65, 0.85)
    share = canvas.x / width / np.sqrt((1 - (canvas.y / height) ** 2).clip(0.01, 1))
    longitude = np.arcsin(share.clip(-1, 1))
    rib = np.cos(longitude * rng.integers(9, 16))
    light = (0.75 + 0.3 * rib) * (0.5 + 0.6 * np.cos(longitude + 0.5)) * (0.85 - 0.25 * canvas.y)
    canvas.paint(green * light[..., None], canvas.inside((0, 0), (width, height)))
    return [(x, -height + 0.1 * abs(x) + 0.03) for x in np.linspace(-0.22, 0.22, 4)]


def _pad_cactus(canvas: Canvas, green: np.ndarray) -> list[Point]:
    """Paints flat pads that grow on one another; returns where flowers may grow."""
    rng = canvas.rng
    tops: list[Point] = []
    pads = [((0.0, 0.5), 0.42, 0.0)]
    for lean in np.linspace(-0.75, 0.75, int(rng.integers(2, 4))) + rng.normal(0, 0.12):
        first = (0.58 * np.sin(lean), 0.4 - 0.55 * np.cos(lean))
        pads.append((first, rng.uniform(0.26, 0.33), lean))
        on = lean + rng.normal(0, 0.5)
        second = (first[0] + 0.4 * np.sin(on), first[1] - 0.4 * np.cos(on))
        pads.append((second, rng.uniform(0.18, 0.25), on))
        tops.append((second[0] + 0.22 * np.sin(on), second[1] - 0.22 * np.cos(on)))
    for centre, size, lean in pads[::-1]:
        canvas.ellipse(centre, (size * 0.78, size * 1.04), green * 0.3, angle=lean)
        inner = canvas.inside(centre, (size * 0.72, size * 0.98), angle=lean, soft=0.6)
        canvas.paint(ramp(inner, green * 0.5, green, green * 1.25), inner * 1.6)
    return tops


@pattern
def pine_cone(canvas: Canvas) -> None:
    """A pine cone of overlapping scales."""
    rng = canvas.rng
    hue, strong = rng.uniform(0.03, 0.1), rng.uniform(0.35, 0.75)
    rows, columns = int(rng.integers(8, 13)), int(rng.integers(5, 8))
    width, point = rng.uniform(0.5, 0.68), rng.uniform(0.9, 1.4)
    flare = rng.uniform(0.9, 1.3)
    rich = hsv(hue, strong, rng.uniform(0.55, 0.85))
    layer = Layer(canvas)
    for row in range(rows + 1):
        t = (row + 0.7) / (rows + 0.7)
        half = width * np.sin(np.pi * (0.01 + 0.89 * t) ** point) ** 0.75
        y = -0.85 + 1.62 * t
        slots = (np.arange(columns) + 0.5 * (row % 2) + 0.25) / columns * 2 - 1
        for slot in sorted(slots[np.abs(slots) <= 1], key=abs, reverse=True):
            lon = slot * np.pi / 2
            centre = np.array([half * np.sin(lon), y])
            across, up = half * (0.35 + 1.5 * np.cos(lon)) / columns * flare, 1.9 / rows
            lean = np.array([np.sin(lon) * 0.12, 0])
            right = np.array([across, 0.03 * np.sin(lon)])
            tip, foot = centre - np.array([0, up * 0.62]) + lean, centre + np.array([0, up * 0.5])
            light = (0.8 - 0.35 * np.sin(lon)) * rng.uniform(0.85, 1.15)
            outline = np.array(
                [
                    foot,
                    centre + right,
                    centre + right * 0.8 + (tip - centre) * 0.7,
                    tip,
                    centre - right * 0.8 + (tip - centre) * 0.7,
                    centre - right,
                ]
            )
            layer.polygon(tip + (outline - tip) * 1.18, rich * 0.15)
            layer.polygon(outline, rich * light * 0.75)
            layer.polygon(tip + (outline - tip) * (0.75, 0.5), rich * light * 1.15)
            layer.line(outline[2:5], rich * light * 0.6 + 90, 0.02)
            layer.dot(tip + (centre - tip) * 0.4, 0.028, rich * light * 0.4)
    layer.lay()


@pattern
def grapes(canvas: Canvas) -> None:
    """A bunch of shiny grapes with a leaf."""
    rng = canvas.rng
    hue = rng.choice([rng.uniform(0.7, 0.85), rng.uniform(0.17, 0.27), rng.uniform(0.9, 1)])
    strong, bright = rng.uniform(0.55, 0.9), rng.uniform(0.55, 0.95)
    green = hsv(rng.uniform(0.22, 0.36), 0.75, rng.uniform(0.4, 0.75))
    canvas.line([(0, -0.3), (0.03, -0.75), (rng.normal(0.1, 0.1), -0.97)], green * 0.6, 0.06)
    for side in rng.permutation([-1, 1])[: rng.integers(1, 3)]:
        tip = (side * rng.uniform(0.7, 0.9), rng.uniform(-0.85, -0.55))
        paint_leaf(canvas, (0, -0.72), tip, rng.uniform(0.25, 0.35), green, serration=0.3)
    rows, taper = int(rng.integers(6, 9)), rng.uniform(0.7, 1.1)
    size = 0.78 / rows * rng.uniform(1.1, 1.3)
    places = []
    for row in range(rows):
        here = max(1, round((rows - row) * taper * 0.85))
        for slot in np.arange(here) - (here - 1) / 2:
            place = np.array([slot * size * 1.5, -0.5 + 1.28 * row / (rows - 1)])
            places.append(place + rng.normal(0, size / 5, 2))
    for i in rng.permutation(len(places)):
        skin = hsv(hue + rng.normal(0, 0.02), strong, bright * rng.uniform(0.75, 1.05))
        _berry(canvas, places[i], size * rng.uniform(0.9, 1.1), skin)


def _toadstool(canvas: Canvas, x: float, size: float, cap: np.ndarray, from_below: bool) -> None:
    """One mushroom, its foot at the bottom; `size` 1 fills the canvas."""
    rng = canvas.rng
    foot, wide, tall = 0.92, size * rng.uniform(0.6, 0.88), size * rng.uniform(0.5, 0.9)
    brim = foot - size * rng.uniform(0.85, 1.0)
    lip = wide * rng.uniform(0.16, 0.3)
    v = ((canvas.y - brim) / (foot - brim)).clip(0, 1)
    half = size * rng.uniform(0.12, 0.2) * (1 + rng.uniform(0, 0.7) * v**3)
    u = (canvas.x - x) / half
    pale = hsv(rng.uniform(0.05, 0.15), rng.uniform(0.05, 0.4), rng.uniform(0.8, 1))
    streak = 0.85 + 0.3 * canvas.noise(14, 2, stretch=0.2)
    stem = ramp((u + 1) / 2, pale * 0.6, pale, pale * 0.9, pale * 0.4) * streak[..., None]
    stem *= (0.65 + 0.35 * v)[..., None]
    upright = canvas.edge((1 - np.abs(u)) * half)
    canvas.paint(stem, upright * canvas.edge(foot - canvas.y) * canvas.edge(canvas.y - brim))
    dx, dy = (canvas.x - x) / wide, canvas.y - brim
    gills = canvas.inside((x, brim), (wide, lip))
    if not from_below:
        dy = np.where(dy > 0, dy * tall / lip, dy)
    depth = 1 - np.hypot(dx, dy / tall)
    light = (0.45 + 0.75 * np.sqrt(depth.clip(0, 1))) * (1 - 0.35 * dx)
    light *= 0.9 + 0.2 * canvas.noise()
    dome = canvas.edge(depth * tall) * (canvas.edge(-dy) if from_below else 1)
    if from_below:
        angle = np.arctan2(dy / lip, dx)
        fan = 0.65 + 0.35 * np.sin(angle * rng.integers(24, 36))
        canvas.paint(pale * (fan * (0.35 + 0.6 * np.hypot(dx, dy / lip)))[..., None], gills)
        hub = canvas.inside((x, brim + lip * 0.2), (size * 0.14, lip * 0.5))
        canvas.paint(pale * 0.8, hub)
        dome *= 1 - gills
    canvas.paint(cap * 0.3, dome)
    canvas.paint(cap * light[..., None], dome * (depth * 14).clip(0, 1))
    place, radii = (x - wide * 0.35, brim - tall * 0.62), (wide * 0.22, tall * 0.1)
    shine = canvas.inside(place, radii, angle=-0.6, soft=1)
    canvas.paint((255, 255, 255), 0.75 * shine * dome, add=False)
    _cap_spots(canvas, np.array([x, brim]), np.array([wide, tall]), size, cap, pale)


def _cap_spots(
    canvas: Canvas,
    centre: np.ndarray,
    radii: np.ndarray,
    size: float,
    cap: np.ndarray,
    pale: np.ndarray,
) -> None:
    """Paints the spots on a mushroom's cap, which lies about `centre` within `radii`."""
    rng = canvas.rng
    layer = Layer(canvas)
    circle = np.linspace(0, 2 * np.pi, 12)
    count = int(rng.integers(6, 24)) if rng.uniform() < 0.85 else 0
    for i in range(count):
        far, angle = np.sqrt((i + 0.5) / count) * 0.95, i * GOLDEN_ANGLE
        low = np.array([np.cos(angle) * far, -0.45 - 0.45 * np.sin(angle) * far])
        spot = np.stack([np.cos(circle) * (1.1 - far**2 * 0.6), np.sin(circle) * 0.8], -1)
        spot = rng.uniform(0.05, 0.11) * size * spot
        if np.hypot(*low) < 0.92:
            place = centre + low * radii
            layer.polygon(place + spot + 0.012, cap * 0.4)
            layer.polygon(place + spot, pale * 0.4 + 150)
    layer.lay()


def _maze(canvas: Canvas, scale: float) -> np.ndarray:
    """A labyrinth of ridges and valleys, 0..1, grown from noise as Turing's patterns are."""
    sigma = scale * canvas.side / 2
    height = canvas.rng.normal(0, 1, (canvas.side, canvas.side)).astype(np.float32)
    for _ in range(7):
        wide = cv2.GaussianBlur(height, (0, 0), sigma * 1.6)
        height = np.tanh(6 * (cv2.GaussianBlur(height, (0, 0), sigma) - wide) / (wide.std() + 0.02))
    return height / 2 + 0.5


def _tube(
    canvas: Canvas, points: Sequence[Point], thick: float, ribs: int, colour: np.ndarray
) -> None:
    """A ribbed round column along a bent line."""
    nearest = np.full_like(canvas.x, 9)
    side = np.zeros_like(canvas.x)
    for a, b in pairwise(points):
        length = float(np.hypot(b[0] - a[0], b[1] - a[1]))
        u, v = canvas.turned(a, float(np.arctan2(b[1] - a[1], b[0] - a[0])))
        distance = np.hypot(u - u.clip(0, length), v)
        side = np.where(distance < nearest, v, side)
        nearest = np.minimum(nearest, distance)
    lon = np.arcsin((side / thick).clip(-1, 1))
    light = (0.7 + 0.3 * np.cos(lon * ribs)) * (0.55 + 0.55 * np.cos(lon + 0.5))
    room = thick - nearest
    light *= 0.3 + 0.7 * (room * 20).clip(0, 1)
    canvas.paint(colour * light[..., None] * 1.15, canvas.edge(room))


def _berry(canvas: Canvas, centre: np.ndarray, size: float, skin: np.ndarray) -> None:
    """A shiny ball."""
    window = canvas.window((centre[0], centre[1]), size * 1.2)
    dx, dy = (canvas.x[window] - centre[0]) / size, (canvas.y[window] - centre[1]) / size
    far = np.hypot(dx, dy)
    canvas.paint_part(window, skin * 0.15, (1.12 - far) * 8)
    light = np.sqrt((1 - far**2).clip(0, 1)) * 0.6 - 0.3 * (dx + dy) + 0.3
    glow = (far**3 * (dx + dy)).clip(0, 1) * 0.5
    colour = ramp(light + glow, skin * 0.25, skin * 0.8, skin, skin * 0.7 + 70)
    canvas.paint_part(window, colour, (1 - far) * size * canvas.side / 2.5)
    shine = np.exp(-((dx + 0.35) ** 2 + (dy + 0.38) ** 2) * 22)
    canvas.paint_part(window, (255, 255, 255), shine * 0.95, add=False)
