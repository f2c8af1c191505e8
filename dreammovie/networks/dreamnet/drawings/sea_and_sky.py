"""Patterns of the sea and the sky: shells, water, clouds, fire, stars."""

from __future__ import annotations

import cv2
import numpy as np

from dreammovie.networks.dreamnet.drawings.canvas import (
    Canvas,
    Layer,
    hsv,
    hue_near,
    pattern,
    ramp,
    tint,
)
from dreammovie.networks.dreamnet.drawings.textures import relief, sprinkle


@pattern
def nautilus(canvas: Canvas) -> None:
    """A nautilus shell cut open: chambers along a logarithmic spiral."""
    rng = canvas.rng
    growth, handed = rng.uniform(0.14, 0.21), rng.choice([-1, 1])
    middle = (-0.22, 0.17 * handed)
    radius, angle = canvas.polar(middle)
    angle = (angle * handed + rng.normal(0, 0.15)) % (2 * np.pi)
    outer = 1.1 * np.exp(growth * (angle - 2 * np.pi))
    turns = np.log(outer / (radius + 1e-4)) / (2 * np.pi * growth)
    whorl = np.floor(turns)
    across = turns - whorl  # 0 at a whorl's outer wall, 1 at its inner one
    along = angle - 2 * np.pi * whorl
    chambers = rng.uniform(14, 24) / (2 * np.pi)
    phase = (along + rng.uniform(0.5, 1.1) * np.sin(np.pi * across)) * chambers
    living = (along > 2 * np.pi - rng.uniform(0.6, 1.4)) & (whorl == 0)
    thick = rng.uniform(0.06, 0.1)
    wall = np.minimum(across, 1 - across) / thick
    septum = np.where(living, 9, np.abs(phase % 1 - 0.5) / thick / 1.5)
    hue = hue_near(rng, 0.04, 0.08)
    deep, rich = hsv(hue, 0.9, rng.uniform(0.15, 0.4)), hsv(hue, rng.uniform(0.5, 0.9), 0.9)
    pearl = hsv(hue + rng.normal(0, 0.2), rng.uniform(0.05, 0.3), 1)
    depth = np.where(living, 0.6 * across + 0.3, (phase + 0.5) % 1)
    room = ramp(depth, deep, rich, pearl) * (0.6 + 0.6 * np.sin(np.pi * across))[..., None]
    shell = canvas.edge(outer - radius) * (radius > 0.015)
    canvas.paint(room, shell)
    rim = np.exp(-(np.minimum(wall, septum) ** 2))
    canvas.paint(deep * 0.3, np.exp(-(np.minimum(wall, septum) ** 2) / 4) * shell * 0.8, add=False)
    canvas.paint(pearl * (0.8 + 0.3 * canvas.noise(8, 2))[..., None], rim * shell, add=False)


@pattern
def scallop(canvas: Canvas) -> None:
    """A ribbed fan shell."""
    rng = canvas.rng
    radius, angle = canvas.polar((0, 0.78))
    angle = (angle + np.pi) % (2 * np.pi) - np.pi / 2
    spread, ribs = rng.uniform(0.95, 1.25), int(rng.integers(9, 22))
    t = (angle / spread).clip(-1.2, 1.2)
    rib = np.cos(t * ribs * np.pi)
    reach = 1.62 * np.sqrt((1 - 0.42 * t**2).clip(0.05, 1)) + 0.025 * rib
    room = np.minimum(reach - radius, (spread - np.abs(angle)) * radius)
    hue = hue_near(rng, 0.02, 0.92)
    inks = [
        hsv(hue + rng.normal(0, 0.05), rng.uniform(0.05, 0.9), rng.uniform(0.55, 1))
        for _ in range(7)
    ]
    rings = radius / reach + 0.012 * rib + 0.05 * (canvas.noise(3, 2) - 0.5)
    light = (0.72 + 0.3 * rib - 0.2 * np.sin(t * ribs * np.pi)) * (1.05 - 0.35 * t)
    light *= 0.9 + 0.12 * np.sin(rings * rng.uniform(40, 90))
    light *= 0.35 + 0.65 * (room * 14).clip(0, 1)
    ear = rng.uniform(0.3, 0.42)
    ears = [(-ear, 0.88), (-ear * 0.9, 0.6), (ear * 0.9, 0.6), (ear, 0.88)]
    canvas.polygon(ears, inks[0] * 0.35)
    canvas.polygon(np.array(ears) * (0.9, 1), inks[0] * 0.75)
    for x in np.linspace(-ear, ear, 9) * 0.8:
        canvas.line([(x * 0.8, 0.64), (x, 0.86)], inks[1] * 0.4, 0.01)
    canvas.paint(ramp(rings.clip(0, 1), *inks) * light[..., None], canvas.edge(room - 0.01))
    shine = (
        np.exp(-(((t + 0.3) / 0.35) ** 2) - ((radius - 1.0) / 0.3) ** 2) * (rib * 0.5 + 0.5) ** 3
    )
    canvas.paint((255, 250, 240), shine * 0.6 * canvas.edge(room), add=False)


@pattern
def waves(canvas: Canvas) -> None:
    """Rows of curling sea waves with foam."""
    rng = canvas.rng
    hue = hue_near(rng, 0.5, 0.58)
    deep = hsv(hue + 0.03, rng.uniform(0.7, 1), rng.uniform(0.2, 0.4))
    light = hsv(hue - 0.03, rng.uniform(0.4, 0.9), rng.uniform(0.75, 1))
    sky = hsv(rng.uniform(0.05, 0.7), rng.uniform(0.1, 0.6), rng.uniform(0.7, 1))
    foam = hsv(hue, rng.uniform(0, 0.12), 1)
    canvas.paint(ramp(canvas.y * 0.6 + 0.6, sky, sky * 0.5 + 120))
    layer = Layer(canvas)
    rows, lean, stripes = int(rng.integers(3, 6)), rng.uniform(1.1, 1.9), int(rng.integers(4, 8))
    for row in range(rows):
        near = (row + 1) / rows
        tall, length = 0.22 + 0.28 * near, rng.uniform(0.7, 0.95) * (0.45 + 0.6 * near)
        t = np.linspace(-5, 5, 260) * np.pi / length / 1.4 + rng.uniform(0, 7)
        swell = 0.8 + 0.2 * np.sin(t * 0.31 + rng.uniform(0, 7))
        crest = (0.5 + 0.5 * np.cos(t)) ** 2.2 * swell
        # Past the top the crest leans over so far that it hangs ahead of its own foot.
        ahead = lean * crest**2.5 * tall
        x = (t - t.mean()) * length / np.pi / 1.4 + ahead
        y = -0.45 + 1.35 * (row + 0.3) / rows - crest * tall + 0.3 * tall * crest**8
        for band in range(stripes):
            sink = band / stripes
            ink = ramp(np.array(sink if band % 2 else sink * 0.6), light, deep, deep * 0.6)
            drop = (x - ahead * sink * 0.8, y + tall * sink * (0.3 + 0.9 * crest))
            body = np.stack(drop, -1)
            layer.polygon(np.concatenate([body, [(5, 3), (-5, 3)]]), ink * (0.7 + 0.3 * near))
            if band == 0:
                layer.line(body, deep * 0.5, 0.05)
                layer.line(body - (0, 0.012), foam, 0.035)
        high = np.nonzero((crest > 0.35) & (np.abs(x) < 1.1))[0]
        for i in rng.choice(high, 45) if len(high) else []:
            size = rng.uniform(0.008, 0.04) * (0.5 + near * 0.6)
            place = (x[i] + rng.normal(0, 0.03), y[i] + rng.normal(0, 0.03))
            layer.dot(place, size, foam * rng.uniform(0.8, 1))
    layer.lay()


@pattern
def clouds(canvas: Canvas) -> None:
    """Billowing clouds in the sky."""
    rng = canvas.rng
    dusk = rng.uniform() < 0.4
    hue = rng.uniform(-0.1, 0.12) if dusk else rng.uniform(0.5, 0.64)
    high = hsv(rng.uniform(0.55, 0.75), rng.uniform(0.5, 0.95), rng.uniform(0.3, 0.9))
    canvas.paint(ramp(canvas.y / 2 + 0.5, high, hsv(hue, rng.uniform(0.3, 0.7), 1)))
    lit = hsv(rng.uniform(0.02, 0.14), rng.uniform(0, 0.3 if dusk else 0.08), 1)
    shade = hsv(rng.uniform(0.55, 0.85), rng.uniform(0.15, 0.5), rng.uniform(0.35, 0.75))
    lamp = rng.uniform(-2.4, -0.7)
    for row in range(int(rng.integers(2, 4))):
        height = np.full_like(canvas.x, -1)
        base = rng.uniform(-0.4, 0.0) + row * 0.5
        for i in range(16):
            size = rng.uniform(0.1, 0.36)
            x, y = rng.uniform(-1.1, 1.1), base + rng.uniform(-0.3, 0.35) * (1 - i / 30)
            bulge = size**2 - (canvas.x - x) ** 2 - (canvas.y - y) ** 2
            height = np.maximum(height, bulge / size)
        billow = np.abs(canvas.noise(6, 4) - 0.5)
        solid = height + 0.04 - billow * 0.25
        soft = cv2.GaussianBlur(np.sqrt(solid.clip(0, 1)), (0, 0), canvas.side / 50)
        light = relief(soft - 0.25 * billow, 0.5, lamp)
        light = (light * 0.45 + 0.45 - (canvas.y - base) * 0.55).clip(0, 1)
        canvas.paint(ramp(light, shade * 0.8, shade, lit * 0.92, lit), solid * 9)


@pattern
def flames(canvas: Canvas) -> None:
    """Tongues of fire."""
    rng = canvas.rng
    hue = hue_near(rng, 0.01, 0.04)
    dark, red = hsv(hue - 0.03, 1, rng.uniform(0.02, 0.12)), hsv(hue, 1, rng.uniform(0.6, 0.9))
    amber, gold = hsv(hue + 0.06, 0.95, 1), hsv(hue + 0.13, rng.uniform(0.5, 0.8), 1)
    heat = 0.25 * canvas.noise(3) + 0.15 * canvas.y - 0.1
    up = (1 - canvas.y) / 2
    wobble = 0.12 * (canvas.noise(6, 2) - 0.5)
    for _ in range(int(rng.integers(9, 16))):
        x, tall, wide = rng.uniform(-1.1, 1.1), rng.uniform(0.4, 1), rng.uniform(0.12, 0.3)
        rise = (up / tall).clip(0, 1)
        sway = np.sin(rise * rng.uniform(3, 6) + rng.uniform(0, 7)) * rise
        axis = x + rng.uniform(0.08, 0.22) * sway + wobble
        half = wide * (1 - rise) ** 0.7 * (0.55 + 0.8 * np.sin(np.pi * rise**0.6))
        inside = 1 - np.abs(canvas.x - axis) / (half + 1e-3)
        heat = np.maximum(heat, inside.clip(-1, 1) * (1.08 - 0.55 * rise))
    bands = heat + 0.05 * np.sin(heat * rng.uniform(18, 30)) + 0.12 * (canvas.noise(10, 2) - 0.5)
    canvas.paint(ramp(bands.clip(0, 1), dark, red * 0.6, red, amber, amber, gold, (255, 250, 215)))
    layer = Layer(canvas)
    for x, y in rng.uniform(-1, 1, (int(rng.integers(5, 30)), 2)):
        layer.dot((x, y), rng.uniform(0.006, 0.02), gold)
    layer.lay()


@pattern
def stars(canvas: Canvas) -> None:
    """A starry night: glows and crosses, and a sky that may swirl."""
    rng = canvas.rng
    hue = rng.uniform(0.52, 0.85)
    dark, rich = hsv(hue, 0.9, rng.uniform(0.08, 0.3)), hsv(hue - 0.06, 0.8, rng.uniform(0.5, 0.9))
    pale = hsv(hue + rng.normal(0, 0.15), rng.uniform(0.2, 0.6), 1)
    swirls = rng.uniform() < 0.6
    if swirls:
        flow = canvas.y * rng.uniform(0.6, 1.4) + 0.25 * canvas.noise(3, 2)
        for _ in range(int(rng.integers(2, 6))):
            x, y, size = rng.uniform(-0.9, 0.9), rng.uniform(-0.9, 0.9), rng.uniform(0.15, 0.4)
            radius, angle = canvas.polar((x, y))
            pull = np.exp(-((radius / size) ** 2))
            flow += (radius / size * 1.4 + angle / np.pi * 0.25 - flow) * pull.clip(0, 1)
        streak = 0.5 + 0.5 * np.sin(flow * rng.uniform(22, 36))
        blend = 0.65 * streak * (0.4 + canvas.noise(12, 2)) + 0.3 * (canvas.noise(3, 2) - 0.3)
        canvas.paint(ramp(blend.clip(0, 1), dark, rich * 0.8, rich, pale))
    else:
        cloud = canvas.noise(2.5, 5) * 1.5 - 0.45
        canvas.paint(ramp(cloud.clip(0, 1), dark * 0.5, dark, rich * 0.7, pale))
    sprinkle(canvas, int(rng.integers(10, 90)), 0.014)
    golden = hsv(rng.uniform(0.1, 0.16), rng.uniform(0.1, 0.6), 1)
    for _ in range(int(rng.integers(3, 8))):
        x, y, size = rng.uniform(-0.85, 0.85), rng.uniform(-0.85, 0.85), rng.uniform(0.15, 0.4)
        dx, dy = np.abs(canvas.x - x), np.abs(canvas.y - y)
        radius = np.hypot(dx, dy)
        glow = np.exp(-radius / size * 3) + (0.3 * np.cos(radius / size * 12) if swirls else 0)
        canvas.paint(golden if swirls else pale, glow * (radius < size * 1.6) * 0.8)
        cross = np.maximum(np.exp(-dx * 70 - dy / size * 1.7), np.exp(-dy * 70 - dx / size * 1.7))
        canvas.paint((255, 255, 248), cross * 1.4 + (0.28 * size - radius) * 25)


@pattern
def lightning(canvas: Canvas) -> None:
    """Forked bolts in a dark sky."""
    rng = canvas.rng
    hue = hue_near(rng, 0.6, 0.75)
    dark, glow = hsv(hue, 0.8, rng.uniform(0.05, 0.2)), hsv(hue, rng.uniform(0.5, 0.9), 1)
    cloud = (canvas.noise(3, 5, stretch=2) * 1.5 - 0.3 - 0.3 * canvas.y).clip(0, 1)
    bolts = canvas.mask()
    for _ in range(int(rng.integers(1, 4))):
        start = np.array([rng.uniform(-0.8, 0.8), -1.1])
        _bolt(canvas, bolts, start, np.array([rng.uniform(-0.7, 0.7), 1.1]), 3)
    core = bolts.astype(np.float32) / 255
    halo = cv2.GaussianBlur(core, (0, 0), canvas.side / 60)
    wide = cv2.GaussianBlur(core, (0, 0), canvas.side / 14)
    canvas.paint(ramp(cloud, dark * 0.5, dark, glow * 0.45) * (0.5 + 7 * wide)[..., None])
    canvas.paint(glow, halo * 2.2 + wide)
    canvas.paint((255, 255, 255), core * 1.6 + halo * 0.6)


@pattern
def ripples(canvas: Canvas) -> None:
    """Rings on water that interfere."""
    rng = canvas.rng
    height = 0.5 * (canvas.noise(5, 3) - 0.5)
    for _ in range(int(rng.integers(1, 5))):
        radius, _ = canvas.polar((rng.uniform(-0.8, 0.8), rng.uniform(-0.8, 0.8)))
        pitch, reach = rng.uniform(18, 42), rng.uniform(0.5, 1.6)
        height += np.sin(radius * pitch) * np.exp(-radius / reach) * 14 / pitch
    hue = hue_near(rng, 0.5, 0.6)
    light = relief(height, 0.35, rng.uniform(0, 7)) * 0.5 + 0.38
    deep, pale = hsv(hue + 0.04, 0.95, rng.uniform(0.08, 0.3)), hsv(hue - 0.08, 0.3, 1)
    mid = hsv(hue, rng.uniform(0.6, 0.9), rng.uniform(0.5, 0.8))
    light = (light + 0.2 * (canvas.noise(2, 2) - 0.5)).clip(0, 1)
    canvas.paint(ramp(light, deep, deep, mid, mid, pale, (255, 255, 255)))


def _bolt(
    canvas: Canvas, stencil: np.ndarray, start: np.ndarray, end: np.ndarray, thick: int
) -> None:
    """Draws a bolt, by displaced midpoints, and its forks."""
    rng = canvas.rng
    points = np.stack([start, end])
    for _ in range(3 + thick):
        middle = (points[1:] + points[:-1]) / 2
        steps = np.hypot(*(points[1:] - points[:-1]).T)[:, None]
        middle += rng.normal(0, 0.16, middle.shape) * steps
        points = np.insert(points, np.arange(1, len(points)), middle, axis=0)
    pixels = np.rint((points + 1) * canvas.side * 8 - 8).astype(np.int32).reshape(-1, 1, 2)
    width = max(1, round(thick * canvas.side / 224))
    cv2.polylines(stencil, [pixels], False, 120 + 45 * thick, width, cv2.LINE_AA, 4)
    if thick > 1:
        for i in rng.integers(2, len(points) - 2, int(rng.integers(2, 5))):
            lean = np.array([rng.normal(0, 0.5), rng.uniform(0.2, 0.7)])
            _bolt(canvas, stencil, points[i], points[i] + lean * thick / 2.5, thick - 1)


@pattern
def spiral_galaxy(canvas: Canvas) -> None:
    """A galaxy: spiral arms of stars and dust around a glowing core."""
    rng = canvas.rng
    radius, angle = canvas.polar()
    arms, tight = int(rng.integers(2, 5)), rng.uniform(2.2, 5) * rng.choice([-1, 1])
    hue = rng.uniform(0.5, 0.9)
    phase = arms * angle + tight * arms / 2 * np.log(radius + 0.06) + rng.uniform(0, 7)
    phase += 2.2 * (canvas.noise(4) - 0.5)
    arm = np.exp(2.2 * (np.cos(phase) - 1))
    dust = np.exp(6 * (np.cos(phase + 1.0) - 1)) * canvas.noise(8)
    disc = np.exp(-((radius / rng.uniform(0.5, 0.75)) ** 2))
    gas = arm * disc * (0.35 + 1.3 * canvas.noise(9)) + 0.25 * disc
    night = hsv(hue, 0.9, rng.uniform(0.03, 0.12))
    blue = hsv(hue, rng.uniform(0.5, 0.9), 0.9)
    violet = hsv(hue + rng.normal(0.12, 0.06), 0.75, 0.6)
    canvas.paint(ramp(gas.clip(0, 1), night, violet * 0.7, blue, blue * 0.4 + 150))
    canvas.paint(tint(rng, (60, 22, 12)), dust * disc * 1.1 * (radius > 0.12))
    sprinkle(canvas, int(rng.integers(40, 90)), 0.011)
    pink = (arm * disc * (canvas.noise(16, 2) - 0.62)).clip(0, 1) * 6
    canvas.paint(hsv(rng.uniform(0.88, 1.0), 0.6, 1), pink)
    core = hsv(rng.uniform(0.08, 0.15), rng.uniform(0.15, 0.5), 1)
    canvas.paint(core, np.exp(-radius / rng.uniform(0.1, 0.18)) * 1.3)
    canvas.paint((255, 255, 250), np.exp(-((radius / 0.08) ** 2)))
