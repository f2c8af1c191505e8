"""Patterns of animals' eyes, near and large."""

from __future__ import annotations

import numpy as np

from dreammovie.networks.dreamnet.drawings.anatomy import (
    fur_colour,
    lid_opening,
    paint_iris,
    plumage,
    skin_colour,
)
from dreammovie.networks.dreamnet.drawings.canvas import (
    Canvas,
    Colour,
    hsv,
    hue_near,
    pattern,
    ramp,
)
from dreammovie.networks.dreamnet.drawings.shapes import curve, paint_strokes
from dreammovie.networks.dreamnet.drawings.textures import rays


@pattern
def mammal_eye(canvas: Canvas) -> None:
    """A mammal's eye: round pupil, lids, lashes, skin or fur around."""
    rng = canvas.rng
    width, top, bottom = rng.uniform(0.58, 0.72), rng.uniform(0.3, 0.46), rng.uniform(0.22, 0.34)
    furry = rng.random() < 0.45
    skin = fur_colour(rng) if furry else skin_colour(canvas)
    u, v = canvas.x, canvas.y + canvas.x * rng.uniform(-0.15, 0.15)
    radius, angle = canvas.polar()
    texture = rays(canvas, radius, angle, 90, 5) if furry else canvas.noise(9)
    opening = lid_opening(u, v, width, top, bottom)
    shade = (0.45 + 0.9 * texture) if furry else (0.8 + 0.3 * texture)
    fold = np.exp(-(((opening + rng.uniform(0.1, 0.16)) / 0.03) ** 2)) * (v < 0)
    shade = shade - 0.5 * fold + 0.25 * np.exp(-(((v + top + 0.1) / 0.12) ** 2)) * (v < 0)
    _socket(canvas, texture, skin * (shade - 0.25 * radius)[..., None])
    inside = canvas.edge(opening)
    if not furry and rng.random() < 0.4:
        canvas.paint(hsv(rng.random(), 0.7, 0.6), np.exp(opening * 9) * (v < 0) * 0.7, add=False)
    white = np.array((246, 238, 234)) * (0.75 + 0.3 * canvas.edge(opening - 0.12))[..., None]
    canvas.paint(white, inside)
    veins = np.exp(-(((canvas.noise(6, 2) - 0.5) / 0.025) ** 2)) * np.abs(u)
    canvas.paint((215, 110, 100), veins * inside * 0.7)
    canvas.paint((222, 130, 125), canvas.edge(0.07 - np.hypot(u + width - 0.07, v)) * inside)
    size = (top + bottom) / 2 * (rng.uniform(1.0, 1.35) if furry else rng.uniform(0.85, 1.02))
    hue = rng.choice([0.08, 0.1, 0.15, 0.3, 0.45, 0.56, 0.6]) + rng.normal(0, 0.02)
    middle = (bottom - top) / 2
    paint_iris(canvas, u, v - middle, size, hue, pupil=rng.uniform(0.28, 0.55), within=inside)
    _lid_shade(canvas, opening, skin * 0.15, 0.035)
    lashes = _lashes(rng, width, top, bottom, (canvas.y - v)[0, -1])
    paint_strokes(canvas, lashes, skin * 0.08, 0.035)


def _lashes(
    rng: np.random.Generator, width: float, top: float, bottom: float, tilt: float
) -> list[np.ndarray]:
    """Paths along the lashes of both lids, see `lid_opening`; `tilt` lowers the right corner."""
    paths, length = [], rng.uniform(0.12, 0.3)
    for t in np.linspace(-0.92, 0.95, int(rng.integers(12, 22))):
        for lid, long in ((-top, length), (bottom, length * 0.45)):
            x, y = width * t, lid * (1 - t * t)
            foot = (x, y + tilt * x)
            way = np.sign(lid) * long * rng.uniform(0.75, 1.1)
            bend = (x + 0.25 * t * long, foot[1] + way * 0.35)
            paths.append(curve(foot, bend, (x + 1.1 * t * long, foot[1] + way), 6))
    return paths


@pattern
def cat_eye(canvas: Canvas) -> None:
    """A cat's eye: a slit pupil in a glowing iris."""
    rng = canvas.rng
    width, height = rng.uniform(0.55, 0.7), rng.uniform(0.42, 0.58)
    u, v = canvas.x, canvas.y + canvas.x * rng.uniform(0, 0.25)
    opening = lid_opening(u, v, width, height, height * rng.uniform(0.8, 1))
    radius, angle = canvas.polar()
    hair = rays(canvas, radius, angle, 100, 5)
    coat = fur_colour(rng)
    stripes = np.sin(angle * rng.integers(5, 9) + 3 * radius) * 4 * rng.integers(2)
    base = ramp(stripes * 0.3 * radius + 0.2, coat, coat * 0.25) * (0.4 + hair)[..., None]
    _socket(canvas, hair, base)
    canvas.paint((250, 240, 225), np.exp(-(((opening + 0.17) / 0.05) ** 2)) * hair, add=False)
    canvas.paint(coat * 0.1, canvas.edge(opening + rng.uniform(0.04, 0.09)))
    inside = canvas.edge(opening)
    hue = rng.choice([0.1, 0.14, 0.2, 0.3, 0.42, 0.55]) + rng.normal(0, 0.02)
    glow = ramp(radius * 1.3, hsv(hue + 0.08, 0.8, 1), hsv(hue, 0.9, 0.95), hsv(hue - 0.05, 1, 0.4))
    canvas.paint(glow, inside)
    slit = rng.uniform(0.1, 0.3)
    paint_iris(canvas, u, v, 0.62, hue, pupil=rng.uniform(0.65, 0.85), slit=slit, within=inside)
    canvas.paint(coat * 0.08, np.exp(-(opening.clip(0) / 0.07)) * inside * (v < 0) * 0.8)


@pattern
def bird_eye(canvas: Canvas) -> None:
    """A bird's eye: bright rings, bare or feathered skin around."""
    rng = canvas.rng
    size = rng.uniform(0.3, 0.44)
    radius, angle = canvas.polar()
    hue, count = hue_near(rng, 0.08, 0.15, 0.6), int(rng.integers(18, 30))
    bent = radius + 0.12 * (canvas.noise(4, 2) - 0.5)
    light = plumage(canvas, angle / (2 * np.pi) * count, bent * rng.uniform(8, 12))
    light *= 0.75 + 0.6 * rays(canvas, radius, angle, 100, 8)
    base = hsv(hue, rng.uniform(0.1, 0.9), rng.uniform(0.45, 1))
    tips = hsv(hue + rng.normal(0, 0.15), rng.uniform(0.3, 0.9), rng.uniform(0.4, 1))
    spread = (radius - size) * 2 + 0.5 * (canvas.noise(3, 2) - 0.5)
    _socket(canvas, light, ramp(spread, base, tips, tips) * light[..., None])
    bare = hsv(rng.choice([0.0, 0.05, 0.12, 0.55, 0.6]), rng.uniform(0.1, 0.95), 0.95)
    ring = size * rng.uniform(1.15, 1.45)
    beads = np.cos(angle * rng.integers(14, 30)) * np.sin((radius - size) * 40)
    canvas.paint(bare * 0.2, canvas.edge(ring + 0.04 - radius))
    canvas.paint(
        bare * (0.75 + 0.25 * beads - 0.2 * canvas.y)[..., None], canvas.edge(ring - radius)
    )
    canvas.paint((10, 8, 8), canvas.edge(size + 0.05 - radius))
    iris = rng.choice([0.0, 0.05, 0.1, 0.14, 0.55, 0.3])
    paint_iris(canvas, canvas.x, canvas.y, size, iris, pupil=rng.uniform(0.42, 0.65))


@pattern
def reptile_eye(canvas: Canvas) -> None:
    """A reptile's eye in its scales; a slit or a ragged pupil."""
    rng = canvas.rng
    width, height = rng.uniform(0.46, 0.58), rng.uniform(0.36, 0.5)
    angle = canvas.polar()[1]
    opening = lid_opening(canvas.x, canvas.y, width, height, height * rng.uniform(0.75, 1))
    hue = rng.choice([0.05, 0.1, 0.2, 0.33, 0.45, 0.58]) + rng.normal(0, 0.03)
    rows, count = rng.uniform(5, 8), int(rng.integers(9, 15))
    # Scales lie in rings around the eye, like bricks around a well.
    ring = (np.hypot(canvas.x / 1.15, canvas.y) + 0.1 * (canvas.noise(5, 1) - 0.5)) * rows
    turn = angle / (2 * np.pi) * count + 0.5 * (np.floor(ring) % 2)
    border = 0.55 - (np.abs(ring % 1 - 0.5) ** 2.6 + np.abs(turn % 1 - 0.5) ** 2.6) ** (1 / 2.6)
    number = (np.floor(ring) * 7 + np.floor(turn) % count * 5).astype(int) % 64
    shade = rng.uniform(0.6, 1.2, 64).astype(np.float32)[number]
    skin = hsv(hue, rng.uniform(0.4, 0.9), rng.uniform(0.5, 0.85))
    other = hsv(hue + rng.normal(0, 0.15), rng.uniform(0.4, 0.9), rng.uniform(0.3, 0.9))
    bump = (border * 5).clip(0, 1) * (0.55 + border) + 0.25 * (0.5 - ring % 1) * (canvas.y + 0.3)
    base = ramp(shade - 0.4 + 0.4 * (canvas.noise(3) - 0.5), other, skin, skin)
    _socket(canvas, shade, base * (shade * (0.12 + bump))[..., None])
    gleam = np.exp(-((ring % 1 - 0.6) ** 2 + (turn % 1 - 0.4) ** 2) / 0.02)
    canvas.paint((255, 255, 235), gleam * rng.uniform(0.1, 0.5), add=False)
    canvas.paint(skin * 0.12, canvas.edge(opening + 0.09))
    canvas.paint(skin * 0.8, np.exp(-(((opening + 0.05) / 0.015) ** 2)))
    inside = canvas.edge(opening)
    iris = rng.choice([0.0, 0.06, 0.12, 0.16, 0.28, 0.4]) + rng.normal(0, 0.02)
    canvas.paint(hsv(iris, 0.9, 0.8), inside)
    ragged = 0.025 * np.cos(canvas.y * rng.uniform(25, 40)) * (rng.random() < 0.4)
    u, slit = canvas.x + ragged * np.tanh(canvas.x * 30), rng.uniform(0.09, 0.22)
    paint_iris(
        canvas, u, canvas.y, 0.53, iris, pupil=rng.uniform(0.65, 0.85), slit=slit, within=inside
    )
    canvas.paint(skin * 0.08, np.exp(-(opening.clip(0) / 0.06)) * inside * 0.7)


def _socket(canvas: Canvas, texture: np.ndarray, colour: np.ndarray) -> None:
    """Paints a ragged disc of skin, fur or feathers, for an eye to lie in."""
    edge = canvas.rng.uniform(0.78, 0.95)
    reach = np.hypot(canvas.x, canvas.y * canvas.rng.uniform(1.0, 1.2))
    canvas.paint(colour, (edge - reach + 0.16 * (texture - 0.5)) * 12)


def _lid_shade(canvas: Canvas, opening: np.ndarray, dark: Colour, width: float = 0.05) -> None:
    """Darkens the margin of lids and the shadow that the upper one throws."""
    canvas.paint(dark, np.exp(-((opening / width) ** 2)) * 0.95, add=False)
    canvas.paint(dark, (np.exp(-np.abs(opening) / 0.09) * 0.45), add=False)
