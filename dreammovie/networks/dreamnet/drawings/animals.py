"""Patterns of whole animals, and of the web that one of them spins."""

from __future__ import annotations

import cv2
import numpy as np

from dreammovie.networks.dreamnet.drawings.anatomy import paint_eyes, paint_iris, plumage
from dreammovie.networks.dreamnet.drawings.canvas import (
    Canvas,
    Colour,
    hsv,
    hue_near,
    pattern,
    ramp,
    tint,
)
from dreammovie.networks.dreamnet.drawings.shapes import (
    both_sides,
    circles,
    curve,
    even_outline,
    outline_of,
    paint_solid,
    paint_strokes,
    rounded,
    rounded_twins,
    smoothed,
    tapered,
)


@pattern
def fish(canvas: Canvas) -> None:
    """A fish from the side."""
    rng = canvas.rng
    hue, high = hue_near(rng, 0.55, 0.07, 0.0), rng.uniform(0.28, 0.55)
    along = np.linspace(0, 1, 24)
    profile = high * np.sin(np.pi * along ** rng.uniform(0.6, 0.85)) ** 0.75 + 0.07 * along
    top = np.stack([-0.88 + 1.35 * along, -profile], -1)
    body = canvas.stencil([np.concatenate([top, (top * (1, -1))[::-1]])])
    back, flank = hsv(hue, 0.9, rng.uniform(0.3, 0.8)), hsv(hue + rng.normal(0, 0.15), 0.85, 0.95)
    belly = hsv(hue + 0.1, 0.25, 1)
    band = hsv(hue + rng.uniform(0.2, 0.8), 0.8, rng.uniform(0.1, 1))
    fin_hue = hsv(hue + rng.normal(0, 0.15), 0.9, 0.9)
    fork, tall = rng.uniform(0.05, 0.35), rng.uniform(0.3, 0.55)
    tail = outline_of(
        [0.38, 0.8, 0.96, 0.93 - fork, 0.96, 0.8, 0.38], [-0.08, -tall, -tall, 0, tall, tall, 0.08]
    )
    crest = rng.uniform(0.15, 0.4)
    dorsal = outline_of(
        [-0.45, -0.2, 0.25, 0.42, 0],
        [-high * 0.7, -high - crest, -high - crest * 0.7, -high * 0.3, -high * 0.5],
    )
    anal = [(0, high * 0.6), (0.15, high + crest * 0.8), (0.38, high + crest * 0.3), (0.4, 0.1)]
    fins = canvas.stencil([smoothed(fin, 2) for fin in (tail, dorsal, anal)])
    radius, angle = canvas.polar((-0.1, 0))
    ribs = 0.65 + 0.5 * np.sin(angle * 70) + 0.3 * (radius - 0.5)
    paint_solid(canvas, fins, ramp(radius, band, fin_hue, fin_hue, band) * ribs[..., None], 0.06)
    count = rng.uniform(6, 9)
    light = plumage(canvas, canvas.y * count, canvas.x * count)
    light = np.where(np.hypot(canvas.x + 0.95, canvas.y) < 0.48, 0.85, light)
    colour = ramp(canvas.y / high / 2 + 0.5, back, back, flank, flank, belly)
    style, warp = rng.integers(4), canvas.noise(4, 2) - 0.5
    if style < 3:
        wave = [
            np.sin((canvas.x + 0.3 * canvas.y**2) * rng.uniform(7, 14) + warp * 3),
            np.sin(canvas.y * rng.uniform(14, 26) + warp * 2),
            canvas.noise(8, 1) * 5 - 3,
        ][style]
        colour += (band - colour) * (wave * 3 - 0.5).clip(0, 1)[..., None]
    paint_solid(canvas, body, colour * light[..., None], 0.16)
    paths = [curve((-0.5, -high * 0.75), (-0.34, 0), (-0.52, high * 0.7), 12)]
    paint_strokes(canvas, paths, back * 0.25, 0.05, 0.02)
    paint_strokes(canvas, [curve((-0.88, 0.06), (-0.8, 0.12), (-0.72, 0.1))], back * 0.15, 0.05)
    side_fin = [(-0.36, 0.08), (-0.05, 0.0), (0.0, 0.25), (-0.25, 0.25)]
    ribs = 0.7 + 0.5 * np.sin(canvas.polar((-0.4, 0.08))[1] * 24)
    paint_solid(canvas, rounded(canvas, side_fin), fin_hue * ribs[..., None], 0.06)
    size = rng.uniform(0.09, 0.13)
    u, v = canvas.x + 0.64, canvas.y + 0.1
    canvas.paint((250, 245, 225), canvas.edge(size * 1.3 - np.hypot(u, v)))
    paint_iris(canvas, u, v, size * 1.1, rng.random(), pupil=0.62)


@pattern
def butterfly(canvas: Canvas) -> None:
    """A butterfly with its wings spread, eyespots on them."""
    rng = canvas.rng
    hue, dark = hue_near(rng, 0.07, 0.57, 0.14), tint(rng, (28, 18, 20))
    cloud = canvas.noise(5, 3)
    cloud = np.where(canvas.x < 0, cloud, cloud[:, ::-1])
    hind = outline_of(
        [0.02, 0.5, 0.86, 0.8, 0.5, 0.28, 0.04], [0.0, -0.02, 0.2, 0.6, 0.92, 0.75, 0.35]
    )
    fore = outline_of(
        [0.02, 0.3, 0.82, 0.99, 0.85, 0.6, 0.1], [-0.05, -0.7, -0.98, -0.7, -0.2, 0.12, 0.12]
    )
    _wings(canvas, hind, 0.05, hue, dark, cloud)
    near = _wings(canvas, fore, -0.05, hue, dark, cloud)
    feelers = curve((0.03, -0.35), (0.06, -0.7), (0.24, -0.9))
    paint_strokes(canvas, both_sides(feelers), dark, 0.03, 0.05)
    torso = np.maximum(
        canvas.inside((0, 0.12), (0.06, 0.42)), canvas.inside((0, -0.3), (0.07, 0.1))
    )
    segments = 0.8 + 0.4 * np.sin(canvas.y * 45)
    paint_solid(canvas, torso, (dark + 40 * near / 255) * segments[..., None] * 1.6, 0.04)


def _wings(
    canvas: Canvas, outline: np.ndarray, root: float, hue: float, dark: Colour, cloud: np.ndarray
) -> np.ndarray:
    """Paints a pair of wings, both the same.

    Args:
        canvas: Where.
        outline: Of the right one, about (7, 2).
        root: Where it begins, along y.
        hue: Of the animal.
        dark: RGB of its rims and veins.
        cloud: Noise 0..1 for what is irregular, symmetric.

    Returns:
        RGB near the body.
    """
    rng = canvas.rng
    dark = np.asarray(dark)
    x, y = np.abs(canvas.x), canvas.y
    outline = outline + rng.normal(0, 0.03, outline.shape) * (outline[:, :1] > 0.1)
    mask = rounded_twins(canvas, outline)
    depth = cv2.distanceTransform((mask > 0.5).astype(np.uint8), cv2.DIST_L2, 3) * 2 / canvas.side
    radius, angle = np.hypot(x, y - root), np.arctan2(y - root, x)
    near = hsv(hue + rng.normal(0, 0.12), rng.uniform(0.6, 1), rng.uniform(0.5, 1))
    far = hsv(hue + rng.normal(0, 0.12), rng.uniform(0.6, 1), rng.uniform(0.7, 1))
    colour = ramp(radius * 1.1 + 0.5 * (cloud - 0.5), near * 0.4, near, far, far)
    if rng.random() < 0.4:
        bars = np.sin(radius * rng.uniform(14, 26) + 5 * (cloud - 0.5)) * 3 - 1
        colour += (dark - colour) * bars.clip(0, 0.9)[..., None]
    veins = np.abs(np.sin(angle * rng.integers(7, 11))) * radius
    colour *= (1 - 0.85 * np.exp(-veins / 0.035) * (radius > 0.2))[..., None]
    band = rng.uniform(0.06, 0.16)
    rim = ((band + 0.08 * (cloud - 0.5) - depth) * 40).clip(0, 1)
    colour += (dark - colour) * rim[..., None]
    beads = np.hypot((depth - band / 2) / band * 3, np.sin(angle * rng.integers(12, 18)) * 1.3)
    pearls = hsv(rng.random(), rng.choice([0.05, 0.7]), 1)
    colour += (pearls - colour) * ((1 - beads) * 3).clip(0, 1)[..., None]
    middle = outline[2:5].mean(0) * rng.uniform(0.62, 0.8)
    reach = np.hypot(x - middle[0], y - middle[1]) / rng.uniform(0.13, 0.24)
    inner, outer = hsv(hue + 0.5, 0.9, 0.9), hsv(hue + rng.uniform(0.3, 0.7), 0.8, 1)
    eyespot = ramp(reach, (255, 255, 255), dark * 0.3, inner, dark, outer, dark)
    colour += (eyespot - colour) * ((1 - reach) * 8).clip(0, 1)[..., None] * (rng.random() < 0.8)
    paint_solid(canvas, mask, colour, 0.06)
    return near


@pattern
def snail(canvas: Canvas) -> None:
    """A snail: its spiral shell on its body."""
    rng = canvas.rng
    flesh = hsv(rng.normal(0.09, 0.03), rng.uniform(0.2, 0.6), rng.uniform(0.5, 0.9))
    foot = outline_of(
        [-0.95, -0.5, 0.3, 0.45, 0.62, 0.86, 0.88, 0.78],
        [0.8, 0.45, 0.5, 0.1, -0.12, 0.0, 0.3, 0.8],
    )
    for x, end in ((0.66, (0.62, -0.6)), (0.8, (0.95, -0.55))):
        paint_strokes(canvas, [curve((x, 0.0), (x, -0.3), end)], flesh * 0.8, 0.09, 0.05)
        canvas.ellipse(end, 0.06, flesh * 0.25)
        canvas.ellipse((end[0] - 0.02, end[1] - 0.02), 0.02, (255, 255, 255))
    bumps = 0.6 + 0.8 * canvas.noise(14, 2)
    paint_solid(canvas, rounded(canvas, foot), flesh * bumps[..., None], 0.12)
    paint_strokes(canvas, [curve((0.76, 0.3), (0.8, 0.36), (0.88, 0.3))], flesh * 0.3, 0.03)
    centre, size = (-0.15, -0.05), rng.uniform(0.62, 0.7)
    radius, angle = canvas.polar(centre)
    growth = rng.uniform(1.5, 2.1)
    whorl = np.log(radius.clip(0.02) / size) / np.log(growth) - angle / (2 * np.pi) - 0.25
    turn, place = np.floor(whorl), whorl % 1
    outer = size * growth ** (angle % (2 * np.pi) / (2 * np.pi) * 0.2 - 0.12)
    hue = hue_near(rng, 0.05, 0.08, 0.11)
    light, dark = hsv(hue, rng.uniform(0.3, 0.8), 0.95), hsv(hue - 0.04, 0.85, 0.4)
    bands = ramp(place * rng.choice([1, 2, 3]) % 1, dark, light, light, tint(rng, light), dark)
    ribs = np.sin((angle + turn * 2 * np.pi) * rng.integers(9, 24)) * rng.uniform(0.05, 0.3)
    roundness = np.sin(np.pi * place) ** 0.6 * (0.85 - 0.3 * np.sin(angle + 0.8)) + 0.1
    shell = bands * (roundness * (1 + ribs) + 0.25 * (canvas.noise(8) - 0.5))[..., None]
    paint_solid(canvas, canvas.edge(outer - radius), shell, 0.16)
    canvas.ellipse((-0.38, -0.36), (0.12, 0.05), (255, 255, 250), angle=-0.8, soft=1.0)


@pattern
def octopus(canvas: Canvas) -> None:
    """An octopus: a great head, and curling arms with suckers."""
    rng = canvas.rng
    hue = rng.choice([0.0, 0.03, 0.07, 0.55, 0.8]) + rng.normal(0, 0.03)
    skin, other = hsv(hue, 0.8, 0.85), hsv(hue + rng.normal(0, 0.1), 0.75, 0.55)
    colour = ramp(canvas.noise(7) * 2 - 0.5, other, skin, skin, hsv(hue + 0.04, 0.5, 1))
    pale = hsv(hue + 0.03, 0.25, 1)
    for shade in (0.65, 1.0):  # arms behind, arms before
        arms = [_arm(rng, -1 if k % 2 else 1, 0.5 * (k // 2)) for k in range(4)]
        outlines = [tapered(path, 0.24, 0.03) for path, _, _ in arms]
        paint_solid(canvas, canvas.stencil(outlines), colour * shade, 0.07)
        places = np.concatenate([places for _, places, _ in arms])
        suckers = circles(canvas, places, np.concatenate([radii for _, _, radii in arms]))
        canvas.paint(skin * 0.35, cv2.dilate(suckers, np.ones((3, 3), np.uint8)) * 0.6, add=False)
        canvas.paint(pale * shade, suckers)
    wide, tall = rng.uniform(0.42, 0.56), rng.uniform(0.82, 0.94)
    head = even_outline([wide * 0.6, wide * 1.1, wide * 0.6, 0.34], [-tall, -0.5, 0.05, 0.35])
    paint_solid(canvas, rounded(canvas, head), colour, 0.16)
    paint_eyes(
        canvas,
        (rng.uniform(0.18, 0.26), 0.0),
        rng.uniform(0.11, 0.15),
        rng.choice([0.12, 0.3]),
        pupil=0.7,
        slit=rng.choice([1.0, 2.0]),
        lids=(1.15, 0.9, 0.9),
        dark=other * 0.25,
    )


def _arm(
    rng: np.random.Generator, side: int, droop: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """An octopus' arm that curls.

    Args:
        rng: The source of every choice.
        side: 1 for one on the right, -1 on the left.
        droop: How much further down it sets out, radians.

    Returns:
        Its path (26, 2); its suckers' middles (11, 2) and radii (11,).
    """
    start = rng.uniform(0.25, 1.0) + droop
    curl = rng.uniform(2.5, 4.5) * rng.choice([-1, 1])
    t = np.linspace(0, 1, 26)
    way = start + curl * t**2
    steps = np.stack([side * np.cos(way), np.sin(way)], -1) * (1.25 - 0.75 * t)[:, None]
    path = np.array((side * 0.14, 0.15)) + np.cumsum(steps, 0) * 0.042
    path = path.clip(-0.93, 0.93)
    some, lean = np.s_[2:24:2], np.sign(curl) * side
    normal = np.stack([-steps[some, 1], steps[some, 0]], -1)
    aside = normal * lean * 0.055 * (1 - t[some])[:, None]
    return path, path[some] + aside, 0.045 * (1 - 0.7 * t[some])


@pattern
def jellyfish(canvas: Canvas) -> None:
    """A jellyfish: a glowing bell, frills and trailing threads."""
    rng = canvas.rng
    hue = hue_near(rng, 0.5, 0.6, 0.88)
    glow, deep = hsv(hue, rng.uniform(0.3, 0.7), 1), hsv(hue + rng.normal(0, 0.12), 0.9, 0.6)
    wide, tall, rim = rng.uniform(0.55, 0.8), rng.uniform(0.6, 0.8), rng.uniform(-0.25, -0.1)
    _trail(canvas, wide, rim, glow, deep)
    turn = np.linspace(np.pi, 2 * np.pi, 30)
    dome = np.stack([wide * np.cos(turn), rim + tall * np.sin(turn)], -1)
    lobes = int(rng.integers(5, 10))
    hem = np.linspace(1, -1, 40)
    edge = np.stack([wide * hem, rim + 0.1 * np.abs(np.sin(hem * lobes * np.pi / 2))], -1)
    bell = canvas.stencil([np.concatenate([dome, edge])])
    u, v = canvas.x / wide, (canvas.y - rim) / tall
    meridian = (u / np.sqrt((1 - v.clip(-1, 0) ** 2).clip(0.05))).clip(-1, 1)
    ribs = np.cos(np.arcsin(meridian) * lobes * 2)
    colour = ramp(np.hypot(u, v), deep, deep, glow * 0.7, glow, 255 - 0.4 * (255 - glow))
    light = 0.8 + 0.3 * ribs + 0.25 * (canvas.noise(5) - 0.5)
    paint_solid(canvas, bell, colour * light[..., None], 0.12, 0.4)
    spots = rng.integers(3)
    if spots:
        canvas.paint(hsv(hue + 0.4 * spots, 0.6, 1), (ribs * np.sin(v * 16) - 0.55) * 5 * bell)
    for x in (-0.2, 0.2, 0.0):
        core = np.abs(np.hypot((u - x) / 0.2, (v + 0.4) / 0.16) - 0.8)
        canvas.paint(hsv(hue + 0.1, 0.6, 1), np.exp(-((core / 0.2) ** 2)) * bell * 0.6)
    shine = (-wide * 0.4, rim - tall * 0.62)
    canvas.ellipse(shine, (0.16, 0.05), (255, 255, 255), angle=-0.6, soft=1)


def _trail(canvas: Canvas, wide: float, rim: float, glow: np.ndarray, deep: np.ndarray) -> None:
    """Paints the threads and frills that hang from a jellyfish's rim, `wide` to either side."""
    rng = canvas.rng
    y = np.linspace(0, 1, 20)
    threads = []
    for x in np.linspace(-0.9, 0.9, int(rng.integers(8, 18))) * wide:
        sway = rng.uniform(0.02, 0.09) * np.sin(y * rng.uniform(6, 14) + rng.uniform(0, 6)) * y
        threads.append(np.stack([x * (1 - 0.3 * y) + sway, rim + y * rng.uniform(0.8, 1.15)], -1))
    paint_strokes(canvas, threads, deep * 0.8, 0.05, 0.015)
    paint_strokes(canvas, threads, glow, 0.022, 0.01)
    for _ in range(int(rng.integers(3, 6))):
        x, wave = rng.uniform(-0.35, 0.35) * wide, rng.uniform(0, 6)
        frill = np.stack([x + 0.07 * np.sin(y * 13 + wave), rim + y * rng.uniform(0.6, 1)], -1)
        mask = canvas.stencil([tapered(frill, rng.uniform(0.14, 0.24), 0.04)])
        ruffle = 0.75 + 0.5 * np.sin(canvas.y * 40 + np.sin(canvas.x * 30) * 3 + wave)
        paint_solid(canvas, mask, ramp(canvas.y, glow, deep) * ruffle[..., None], 0.05, 0.5)


@pattern
def beetle(canvas: Canvas) -> None:
    """A shiny beetle from above."""
    rng = canvas.rng
    hue, spread = hue_near(rng, 0.35, 0.5, 0.8), rng.uniform(-0.3, 0.3)
    wide, long = rng.uniform(0.36, 0.52), rng.uniform(0.55, 0.62)
    legs = _beetle_legs(rng, wide)
    black = hsv(hue, 0.4, 0.14)
    paint_solid(canvas, canvas.stencil(both_sides(*legs)), black * 2, 0.04)
    x, y = np.abs(canvas.x), canvas.y
    sheen = canvas.y * 0.35 + 0.6 * np.hypot(canvas.x + 0.15, canvas.y + 0.2)
    metal = ramp(sheen, *(hsv(hue + spread * k, 0.9, 0.95 - 0.22 * k) for k in range(4)))
    head = canvas.inside((0, -0.72), (0.2, 0.15))
    paint_solid(canvas, head, metal * 0.5, 0.08)
    canvas.paint((255, 250, 230), canvas.edge(0.045 - np.hypot(x - 0.15, y + 0.76)))
    canvas.paint((10, 8, 8), canvas.edge(0.03 - np.hypot(x - 0.15, y + 0.76)))
    shield = rounded(canvas, even_outline([0.18, wide, wide * 0.8], [-0.72, -0.38, -0.26]))
    paint_solid(canvas, shield, metal * rng.choice([0.35, 0.9]), 0.1)
    style = rng.integers(3)
    if style == 0:
        metal *= (0.8 + 0.3 * np.sin(x * rng.uniform(40, 60)))[..., None]
        metal *= (1 - 0.4 * (np.sin(y * 50) > 0.4) * (np.sin(x * 50) > 0.3))[..., None]
    elif style == 1:
        for _ in range(int(rng.integers(2, 5))):
            spot = np.hypot(x - rng.uniform(0.1, wide * 0.8), y - rng.uniform(-0.1, 0.65))
            metal += (black - metal) * canvas.edge(rng.uniform(0.07, 0.13) - spot)[..., None]
    else:
        bars = (np.sin(y * rng.uniform(9, 16) + np.sin(x * 14)) * 5).clip(0, 1)
        metal += (black - metal) * bars[..., None] * rng.integers(2)
    paint_solid(canvas, canvas.inside((0, 0.26), (wide, long)), metal, 0.2)
    canvas.paint(black, canvas.edge(0.012 - x) * (y > -0.3) * (y < 0.26 + long))
    gloss = np.exp(-((((canvas.x + wide * 0.45) / 0.05) ** 2) + ((y - 0.05) / 0.22) ** 2))
    canvas.paint((255, 255, 255), gloss * 0.9)
    canvas.ellipse((wide * 0.5, 0.1), (0.03, 0.14), 255 - 0.3 * (255 - metal), soft=1.0)


def _beetle_legs(rng: np.random.Generator, wide: float) -> list[np.ndarray]:
    """Outlines of the right legs and the right horn of a beetle `wide` to either side."""
    outlines = []
    for y, knee, foot in ((-0.25, -0.5, -0.75), (0.1, 0.1, 0.25), (0.4, 0.6, 0.9)):
        jitter = rng.normal(0, 0.04, 2)
        bend = (wide + 0.25, knee + jitter[0])
        thigh = curve((wide * 0.7, y), (wide + 0.1, knee), bend, 5)
        shin = curve(bend, (0.85, (knee + foot) / 2), (0.92, foot + jitter[1]), 5)
        outlines += [tapered(thigh, 0.09, 0.06), tapered(shin, 0.06)]
    horn = curve((0.1, -0.75), (0.2, -0.95), (rng.uniform(0.3, 0.6), -0.92))
    return [*outlines, tapered(horn, rng.choice([0.03, 0.1]), 0.03)]


@pattern
def spider_web(canvas: Canvas) -> None:
    """A spider's web, sometimes with dew or its spider."""
    rng = canvas.rng
    spokes, rings = int(rng.integers(9, 17)), int(rng.integers(6, 11))
    angles = np.linspace(0, 2 * np.pi, spokes, endpoint=False) + rng.normal(0, 0.08, spokes)
    reach = rng.uniform(0.82, 0.97, spokes)
    hub = rng.normal(0, 0.06, 2)
    ends = np.stack([np.cos(angles), np.sin(angles)], -1) * reach[:, None]
    threads = [np.array([hub, end]) for end in ends]
    places, radii = [], []
    for end, after in zip(ends, np.roll(ends, -1, 0), strict=True):
        for ring in np.linspace(0.12, 0.95, rings) ** rng.uniform(0.95, 1.05):
            a = hub + (end - hub) * ring
            b = hub + (after - hub) * (ring + 0.5 / rings / spokes)
            thread = curve(tuple(a), tuple((a + b) / 2 * 0.9 + hub * 0.1), tuple(b), 5)
            threads.append(thread)
            places += [thread[1], thread[3]]
            radii += [rng.uniform(0.08, 0.22) / 8 for _ in range(2)]
    silk = hsv(hue_near(rng, 0.5, 0.6), rng.uniform(0, 0.3), 1)
    web = canvas.stencil([tapered(thread, 0.014, 0.014) for thread in threads])
    canvas.paint(silk * 0.15, cv2.GaussianBlur(web, (0, 0), canvas.side / 110) * 1.6)
    canvas.paint(silk * (0.7 + 0.5 * canvas.noise(4, 2))[..., None], web * 1.5)
    if rng.random() < 0.6:
        canvas.paint((255, 255, 255), circles(canvas, places, radii))
    if rng.random() < 0.45:
        _spider(canvas)


def _spider(canvas: Canvas) -> None:
    """Paints a spider in the middle."""
    rng = canvas.rng
    body, size = hsv(hue_near(rng, 0.0, 0.1), rng.uniform(0.2, 0.9), 0.5), rng.uniform(0.7, 1.1)
    legs = [
        curve((0, 0), (0.25, y * 1.3), (0.3 + 0.1 * abs(y), y * 2)) * size
        for y in (-0.22, -0.09, 0.06, 0.2)
    ]
    outlines = [tapered(leg, 0.05, 0.02) for leg in legs]
    paint_solid(canvas, canvas.stencil(both_sides(*outlines)), body * 0.5, 0.03)
    for y, wide, long in ((-0.12, 0.09, 0.09), (0.08, 0.14, 0.18)):
        part = canvas.inside((0, y * size), (wide * size, long * size))
        paint_solid(canvas, part, body * (0.6 + 0.8 * canvas.noise(14, 1))[..., None], 0.07)
