"""Patterns of what took its shape slowly: stone, wood, wax, mountains, a galaxy."""

from __future__ import annotations

import cv2
import numpy as np

from dreammovie.networks.dreamnet.drawings.canvas import Canvas, Layer, hsv, hue_near, pattern, ramp
from dreammovie.networks.dreamnet.drawings.textures import cells, relief


@pattern
def marble(canvas: Canvas) -> None:
    """Veined, folded marble."""
    rng = canvas.rng
    hue = hue_near(rng, 0.0, 0.1, 0.4)
    base = hsv(hue, rng.uniform(0.1, 0.95), rng.uniform(0.1, 0.6))
    other = hsv(hue + rng.normal(0, 0.12), rng.uniform(0.05, 0.7), rng.uniform(0.8, 1))
    vein = hsv(rng.uniform(0.08, 0.14), 0.7, 0.9) if rng.uniform() < 0.5 else other * 0.4 + 150
    fold = rng.uniform(0.3, 1.0)
    dx, dy = canvas.noise(2) - 0.5, canvas.noise(2) - 0.5
    body = canvas.warped(canvas.noise(2.5, 5), dx * fold * 2, dy * fold * 2)
    canvas.paint(ramp((body * 2.2 - 0.6).clip(0, 1), base * 0.6, base, base, other * 0.8, other))
    for scale, width in ((2, 0.02), (3.5, 0.012), (6, 0.008)):
        field = canvas.warped(canvas.noise(scale, 3), dx * fold, dy * fold) - 0.5
        ridge = np.exp(-np.abs(field) / width) + 0.35 * np.exp(-np.abs(field) / width / 5)
        strength = (canvas.noise(3, 2) * 2.2 - 0.5).clip(0, 1)
        canvas.paint(vein * rng.uniform(0.6, 1), ridge * strength)


@pattern
def wood(canvas: Canvas) -> None:
    """Wood: grain that flows around knots."""
    rng = canvas.rng
    hue, strong = rng.uniform(0.02, 0.11), rng.uniform(0.35, 0.85)
    dark = hsv(hue - 0.01, min(1, strong + 0.15), rng.uniform(0.2, 0.4))
    light = hsv(hue + 0.02, strong, rng.uniform(0.65, 0.95))
    field = canvas.y + 0.35 * canvas.noise(2, 3, stretch=3)
    knots = np.zeros_like(field)
    for _ in range(int(rng.integers(0, 4))):
        x, y, size = rng.uniform(-0.8, 0.8), rng.uniform(-0.8, 0.8), rng.uniform(0.1, 0.24)
        far = np.hypot((canvas.x - x) / 1.6, canvas.y - y) / size
        here = np.exp(-((far / 1.5) ** 2))
        field += here * size * 3.0 * rng.choice([-1, 1])
        knots = np.maximum(knots, np.exp(-((far / 0.75) ** 4)))
    rings = field * rng.uniform(5, 13)
    saw = rings % 1
    grain = saw**2 * (1 - saw**12) * 1.4
    fibre = canvas.noise(40, 2, stretch=14)
    tone = 0.55 * grain + 0.5 * (fibre - 0.4) + 0.6 * knots
    colour = ramp(tone.clip(0, 1), light, light * 0.85, dark, dark * 0.5)
    canvas.paint(colour * (0.85 + 0.3 * canvas.noise(2, 2))[..., None])


@pattern
def cracked_earth(canvas: Canvas) -> None:
    """Dry ground, cracked into plates."""
    rng = canvas.rng
    border, _, number = cells(canvas, int(rng.integers(25, 80)))
    bend = rng.uniform(0.03, 0.1)
    dx, dy = bend * (canvas.noise(6) - 0.5), bend * (canvas.noise(6) - 0.5)
    border = canvas.warped(border, dx, dy)
    hue, strong = hue_near(rng, 0.05, 0.09), 0.6
    base = hsv(hue, rng.uniform(0.2, strong), rng.uniform(0.5, 0.9))
    crack = border - rng.uniform(0.008, 0.025)
    plate = np.minimum(crack.clip(0, 1) * rng.uniform(5, 10), 0.6) + 0.25 * canvas.noise(12)
    fine = np.exp(-np.abs(canvas.noise(5, 3) - 0.5) / 0.012) * (border > 0.04)
    shade = 0.55 + 0.45 * relief(plate, 1.2, rng.uniform(0, 7))
    tone = rng.uniform(0.8, 1.15, int(number.max()) + 1)[number] * shade * (1 - 0.5 * fine)
    canvas.paint(hsv(hue, 0.8, rng.uniform(0.03, 0.15)))
    if rng.uniform() < 0.15:
        canvas.paint(ramp(canvas.noise(3), (255, 60, 0), (255, 220, 60)))
        tone *= 0.4
    canvas.paint(base * tone[..., None] * 1.25, canvas.edge(crack))


@pattern
def crystals(canvas: Canvas) -> None:
    """A cluster of faceted shards."""
    rng = canvas.rng
    hue, strong = hue_near(rng, 0.5, 0.78), rng.uniform(0.4, 0.95)
    round_about = rng.uniform() < 0.35
    count = int(rng.integers(9, 18))
    fan = np.pi if round_about else rng.uniform(0.8, 1.2)
    leans = np.linspace(-fan, fan, count, endpoint=not round_about) + rng.normal(0, 0.08, count)
    foot = np.array([0, 0]) if round_about else np.array([0, 0.85])
    layer = Layer(canvas)
    for lean in leans[np.argsort(-np.abs(leans) + rng.normal(0, 0.4, count))]:
        way = np.array([np.sin(lean), -np.cos(lean)])
        aside = np.array([-way[1], way[0]]) * rng.uniform(0.07, 0.19)
        far = (0.95 if round_about else 1.72 - 0.75 * abs(lean) / fan) * rng.uniform(0.7, 1)
        shoulder = foot + way * far * rng.uniform(0.68, 0.86)
        start, tip = foot + way * 0.02, foot + way * far
        split = rng.uniform(-0.45, 0.35)
        tone = hsv(hue + rng.normal(0, 0.03), strong, rng.uniform(0.75, 1))
        edge = [start - aside * 0.6, shoulder - aside, tip, shoulder + aside, start + aside * 0.6]
        ridge, low = shoulder + aside * split - way * 0.04, start + aside * split * 0.6
        dark_left = 0.5 + 0.5 * (aside[0] > 0)
        pieces = (
            ([edge[0], edge[1], ridge, low], 0.95 * dark_left),
            ([low, ridge, edge[3], edge[4]], 0.95 * (1.5 - dark_left)),
            ([edge[1], tip, ridge], 1.25 * dark_left),
            ([ridge, tip, edge[3]], 1.25 * (1.5 - dark_left)),
        )
        for points, light in pieces:
            layer.polygon(points, tone * light * 0.9 + 70 * (light > 1))
            inner = np.mean(points, 0) + (np.array(points) - np.mean(points, 0)) * (0.45, 0.75)
            layer.polygon(inner, tone * light * 0.75 + 25)
        layer.line([*edge, edge[0]], tone * 0.2, 0.02)
        layer.line([low, ridge, tip], tone * 0.3 + 170, 0.015)
        layer.line([edge[1], ridge, edge[3]], tone * 0.4 + 140, 0.015)
    share = layer.lay()
    deep = np.hypot(canvas.x - foot[0], canvas.y - foot[1]) / (1.0 if round_about else 1.7)
    glow = (0.55 + 0.85 * deep) * (0.8 + 0.4 * canvas.noise(9, 3))
    canvas.paint(canvas.colour * glow[..., None], share, add=False)


@pattern
def honeycomb(canvas: Canvas) -> None:
    """Hexagonal wax cells with shining honey."""
    rng = canvas.rng
    pitch = rng.uniform(0.24, 0.48)
    bend = 0.1 * pitch
    x = (canvas.x + bend * (canvas.noise(4, 2) - 0.5)) / pitch + rng.uniform(0, 9)
    y = (canvas.y + bend * (canvas.noise(4, 2) - 0.5)) / pitch + rng.uniform(0, 9)
    tall = np.sqrt(3)
    # Two rectangular lattices of centres, half a step apart; the nearer centre is the cell's.
    ax, ay = x - np.round(x), y - np.round(y / tall) * tall
    bx, by = x - np.floor(x) - 0.5, y - (np.floor(y / tall) + 0.5) * tall
    first = ax**2 + ay**2 < bx**2 + by**2
    dx, dy = np.where(first, ax, bx), np.where(first, ay, by)
    number = np.rint((x - dx) * 2 * 7 + (y - dy) / tall * 2 * 31).astype(int) % 64
    wall = 0.5 - np.maximum(np.abs(dx), np.abs(dx) / 2 + np.abs(dy) * tall / 2)
    thick = rng.uniform(0.05, 0.1)
    hue = hue_near(rng, 0.1)
    wax, honey = hsv(hue + 0.02, rng.uniform(0.4, 0.7), 1), hsv(hue, 1, rng.uniform(0.75, 1))
    dark = hsv(hue - 0.04, 1, rng.uniform(0.15, 0.4))
    full = rng.uniform(0, 1, 64)[number]
    pool = (0.5 - wall / 0.5) * 0.6 + 0.35 * (dx + dy) + 0.6 * full + 0.1
    canvas.paint(ramp(pool.clip(0, 1), dark * 0.7, dark, honey * 0.8, honey, wax))
    shine = np.exp(-((dx + 0.15) ** 2 + (dy + 0.2) ** 2) * 160)
    shine += 0.4 * np.exp(-((np.hypot(dx, dy) - 0.3) ** 2) * 900) * (dx + dy > 0.15)
    canvas.paint((255, 252, 225), shine * (full > 0.35))
    bevel = 0.75 + 0.35 * np.sign(dx + dy * 0.7) * (wall / thick).clip(0, 1)
    canvas.paint(dark * 0.4, ((thick * 1.7 - wall) * 14).clip(0, 0.9))
    canvas.paint(wax * bevel[..., None], (thick - wall) * pitch * canvas.side / 2.5)


@pattern
def pebbles(canvas: Canvas) -> None:
    """Rounded stones, close together."""
    rng = canvas.rng
    border, _, number = cells(canvas, int(rng.integers(20, 70)))
    bend = 0.05
    noise = canvas.noise(4, 2) - 0.5
    border = canvas.warped(border, bend * noise, -bend * noise)
    border = cv2.GaussianBlur(border, (0, 0), canvas.side / 34)
    count, room = int(number.max()) + 1, border - np.quantile(border, rng.uniform(0.18, 0.3))
    height = np.sqrt((room.clip(0, 0.2) * rng.uniform(4, 7)).clip(0, 1)) + 0.04 * canvas.noise(14)
    height = cv2.GaussianBlur(height, (0, 0), canvas.side / 45)
    turn = rng.uniform(-2.6, -0.5)
    light = 0.5 + 0.5 * relief(height, 0.7, turn)
    hue, gay = hue_near(rng, 0.08, 0.6), rng.uniform(0.05, 0.6)
    inks = np.stack(
        [
            hsv(hue + rng.normal(0, 0.15), gay * rng.uniform(0.3, 1.3), rng.uniform(0.35, 1))
            for _ in range(count)
        ]
    )
    bands = np.sin((canvas.x * 9 + canvas.noise(2, 2) * 9) + number * 2.4)
    marks = 1 + 0.25 * (bands > 0.7) * (number % 3 == 0) + 0.5 * (canvas.noise(30, 2) - 0.5)
    canvas.paint(inks.mean(0) * 0.12)
    canvas.paint(inks[number] * (marks * light * 1.2)[..., None], canvas.edge(room))
    canvas.paint((255, 255, 255), (light - 0.88).clip(0, 1) * 2.5 * canvas.edge(room))


@pattern
def mountains(canvas: Canvas) -> None:
    """Snowy peaks, range behind range."""
    rng = canvas.rng
    hue = rng.uniform(0.5, 0.75)
    haze = hsv(rng.choice([rng.uniform(-0.1, 0.13), hue]), rng.uniform(0.1, 0.6), 1)
    canvas.paint(ramp(canvas.y * 0.8 + 0.7, hsv(hue, rng.uniform(0.4, 0.9), 0.8), haze))
    if rng.uniform() < 0.5:
        sun = (rng.uniform(-0.7, 0.7), rng.uniform(-0.85, -0.5))
        canvas.ellipse(sun, 0.4, haze * 0.4 + 150, soft=1)
        canvas.ellipse(sun, rng.uniform(0.08, 0.16), (255, 250, 225))
    rock = hsv(rng.choice([hue, rng.uniform()]), rng.uniform(0.3, 0.7), rng.uniform(0.2, 0.45))
    snow = hsv(hue, rng.uniform(0, 0.12), 1)
    ranges = int(rng.integers(2, 5))
    for row in range(ranges):
        near = (row + 1) / ranges
        ridge = np.full(canvas.side, 9.0, np.float32)
        axis, side = canvas.x[0], np.zeros_like(canvas.x)
        jag = canvas.noise(9, 4)
        for x in rng.uniform(-1.1, 1.1, int(rng.integers(2, 6))):
            steep, top = rng.uniform(0.8, 1.6), -0.75 + 0.75 * near + rng.uniform(-0.1, 0.35)
            flank = top + np.abs(axis - x) * steep
            crest = x + 0.25 * (jag - 0.5) + 0.05 * np.sin(canvas.y * 12 + x * 9)
            side = np.where(flank < ridge, np.sign(canvas.x - crest), side)
            ridge = np.minimum(ridge, flank)
        depth = canvas.y - (ridge + 0.35 * (jag[canvas.side // 2] - 0.5))
        gully = canvas.noise(10, 4, stretch=0.5)
        light = 0.75 - 0.3 * side + 0.6 * (gully - 0.5)
        line = rng.uniform(0.15, 0.5) * (1.1 - 0.3 * near)
        white = (
            (line - depth + 0.4 * (gully - 0.5) + 0.08 * np.sin(canvas.x * 40 + jag * 12)) * 16
        ).clip(0, 1)
        blend = ramp(white, rock, snow) * light[..., None]
        blend += (haze * 0.8 - blend) * (0.6 * (1 - near) + 0.25 * depth.clip(0, 1)[..., None])
        canvas.paint(blend, canvas.edge(depth))


@pattern
def agate(canvas: Canvas) -> None:
    """Concentric wavy bands around a crystal heart."""
    rng = canvas.rng
    x, y = rng.uniform(-0.4, 0.4, 2)
    u, v = canvas.turned((x, y), rng.uniform(0, 3))
    far = np.hypot(u, v * rng.uniform(1, 1.8))
    wave = rng.uniform(0.3, 0.8)
    far = far + wave * (canvas.noise(3, 2) - 0.5) + 0.04 * (canvas.noise(12, 2) - 0.5)
    far = (far / 1.5).clip(0, 1)
    hue, spread = hue_near(rng, 0.03, 0.55, 0.8), rng.uniform(0.03, 0.15)
    stops = int(rng.integers(24, 56))
    inks = [
        hsv(hue + rng.normal(0, spread), rng.uniform(0.1, 0.95), rng.uniform(0.25, 1))
        for _ in range(stops)
    ]
    fine = 0.9 + 0.14 * np.sin(far * stops * rng.uniform(6, 12))
    canvas.paint(ramp(far, *inks) * fine[..., None])
    heart = rng.uniform(0.06, 0.2)
    if rng.uniform() < 0.75:
        sparkle = np.abs(canvas.noise(22, 2) - 0.5) * 4 + 0.5 * canvas.noise(5, 2)
        druse = ramp(sparkle.clip(0, 1), hsv(hue, 0.8, 0.2), hsv(hue, 0.5, 0.8), (255, 255, 255))
        canvas.paint(druse, (heart - far) * 60)
        canvas.paint((255, 250, 240), np.exp(-(((far - heart) / 0.012) ** 2)))
