"""Patterns of what animals wear: feathers, scales, fur and hide; each fills the canvas."""

from __future__ import annotations

import numpy as np

from dreammovie.networks.dreamnet.drawings.canvas import Canvas, hsv, hue_near, pattern, ramp, tint
from dreammovie.networks.dreamnet.drawings.textures import rim_shade, tiles


def _strands(
    canvas: Canvas, angle: np.ndarray | float, count: float = 45, length: float = 0.13
) -> np.ndarray:
    """Hairs float32 (side, side), about 0..1, combed along `angle`: noise smeared that way."""
    seed = canvas.noise(count, 2)
    dx, dy = np.cos(angle) * length, np.sin(angle) * length
    steps = np.linspace(-1, 1, 12, dtype=np.float32)
    total = np.sum([canvas.warped(seed, dx * step, dy * step) for step in steps], 0)
    return ((total - total.mean()) / (total.std() * 4) + 0.5).clip(0, 1)


def _patches(
    canvas: Canvas, u: np.ndarray, v: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Voronoi cells about one point in each unit square: more even than `canvas.cells`.

    Returns:
        Distance to the cell's point, distance to its border, and its number 0..255.
    """
    jitter = canvas.rng.uniform(0.08, 0.92, (2, 256)).astype(np.float32)
    column, row = np.floor(u).astype(int), np.floor(v).astype(int)
    first = np.full(u.shape, 9, np.float32)
    second, number = first, np.zeros(u.shape, int)
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            which = (row + down) % 16 * 16 + (column + right) % 16
            dx, dy = jitter[0][which] + (column + right) - u, jitter[1][which] + (row + down) - v
            distance = np.hypot(dx, dy)
            second = np.minimum(second, np.maximum(first, distance))
            number = np.where(distance < first, which, number)
            first = np.minimum(first, distance)
    return first, (second - first) / 2, number


def _bent(canvas: Canvas, amount: float, angle: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """The canvas' coordinates, turned and gently bent, as on a living body."""
    u, v = canvas.turned(angle=angle)
    return u + amount * (canvas.noise(2, 1) - 0.5), v + amount * (canvas.noise(2, 1) - 0.5)


@pattern
def feathers(canvas: Canvas) -> None:
    """Overlapping plumage: shafts, barbs, bands."""
    rng = canvas.rng
    rows = rng.uniform(1.6, 4)
    u, v = _bent(canvas, 0.14)
    across, along, rim, number = tiles(
        u * rows * rng.uniform(0.8, 1.3) + 0.3, v * rows, rng.uniform(1.5, 2.4)
    )
    hue = hue_near(rng, 0.38, 0.08, 0.95)
    shades = rng.normal(0, 1, 64).astype(np.float32)[number]
    barb = np.sin(60 * (along - 0.55 * np.abs(across) * rng.uniform(0.8, 1.6)) + 4 * shades)
    split = canvas.noise(14, 2) - 0.5
    deep = hsv(hue + rng.normal(0, 0.08), rng.uniform(0.5, 0.95), rng.uniform(0.15, 0.35))
    middle = hsv(hue, rng.uniform(0.3, 0.95), rng.uniform(0.5, 0.85))
    tip = hsv(hue + rng.normal(0, 0.12), rng.uniform(0.1, 0.9), rng.uniform(0.75, 1))
    t = along + 0.12 * split + 0.06 * shades
    colour = ramp((t - 0.25) * 1.5, deep, middle, tip)
    style = rng.integers(4)
    reach = np.hypot(across * 1.6, along - 0.72)
    if style == 0:
        bars = np.sin((along - 0.5 * np.abs(across)) * rng.uniform(18, 32) + shades) * 4 + 0.5
        colour += (deep * 0.6 - colour) * (bars.clip(0, 1) * 0.85)[..., None]
    elif style == 1:
        spot = ramp(reach * 4, deep * 0.3, hsv(hue + 0.45, 0.9, 0.9), tip, deep)
        colour += (spot - colour) * ((0.25 - reach) * 25).clip(0, 1)[..., None]
    elif style == 2:
        lace = np.exp(-((rim.clip(0) / 0.13) ** 2)) * (rim > 0)
        colour += ((tip if rng.random() < 0.4 else deep * 0.4) - colour) * lace[..., None]
    light = 0.95 + 0.22 * barb + 0.35 * split + 0.1 * shades - 0.5 * np.abs(across)
    light *= rim_shade(rim, 0.75, 5)
    canvas.paint(colour * light[..., None])
    shaft = np.exp(-((across / 0.028) ** 2)) * ((1 - along) * 4).clip(0, 1)
    canvas.paint(tint(rng, (240, 225, 190)), shaft * 0.8)
    canvas.paint((255, 250, 235), np.exp(-(((rim - 0.05) / 0.03) ** 2)) * 0.35)


@pattern
def peacock(canvas: Canvas) -> None:
    """Peacock-feather eyes with their barbs."""
    rng = canvas.rng
    rows = rng.uniform(1.0, 2.6)
    u, v = _bent(canvas, 0.1)
    across, along, rim, number = tiles(
        u * rows + rng.random(), v * rows * rng.uniform(0.9, 1.2) + rng.random(), 1.8
    )
    shift = rng.normal(0, 0.03) + (rng.random() if rng.random() < 0.2 else 0)
    shades = rng.normal(0, 0.02, 64).astype(np.float32)[number]
    dx, dy = across * 1.9, (along - 0.66) * 1.9
    reach, turn = np.hypot(dx, dy), np.arctan2(dx, dy + 0.9)
    barb = np.sin(turn * rng.uniform(50, 90) + 3 * (canvas.noise(5, 2) - 0.5) + 90 * shades)
    loose = reach + (0.035 * barb * (reach > 0.5)) + shades
    heart = np.hypot(dx, dy + 0.07 - 0.12 * np.exp(-((dx / 0.1) ** 2)))
    green = hsv(0.36 + shift, 0.8, 0.45)
    rings = ramp(
        loose,
        *[hsv(0.47 + shift, 0.95, 0.75), hsv(0.5 + shift, 0.95, 0.9)],
        *[hsv(0.07 + shift, 0.85, 0.5), hsv(0.1 + shift, 0.9, 0.75), hsv(0.2 + shift, 0.8, 0.6)],
        *[hsv(0.3 + shift, 0.9, 0.75), green, hsv(0.4 + shift, 0.9, 0.2), green * 0.3],
    )
    light = 0.85 + 0.3 * barb * (reach / 0.35).clip(0.15, 1) + 0.25 * (canvas.noise(12, 2) - 0.5)
    light *= rim_shade(rim, 0.8, 4)
    canvas.paint(rings * light[..., None])
    blue = ramp(heart * 5, hsv(0.72 + shift, 0.95, 0.25), hsv(0.63 + shift, 1, 0.75))
    canvas.paint(blue * (0.9 + 0.15 * barb)[..., None], (0.19 - heart) * 25)
    canvas.paint((255, 235, 170), np.exp(-(((reach - 0.42) / 0.02) ** 2)) * 0.6)
    canvas.paint((210, 255, 255), np.exp(-(((reach - 0.24) / 0.02) ** 2)) * 0.45)
    shaft = np.exp(-((across / 0.012) ** 2)) * (along < 0.5)
    canvas.paint((235, 215, 160), shaft * 0.7)


@pattern
def scales(canvas: Canvas) -> None:
    """Scales of a fish or a dragon, overlapping and iridescent."""
    rng = canvas.rng
    rows = rng.uniform(2.5, 6)
    u, v = _bent(canvas, 0.16)
    across, along, rim, number = tiles(
        u * rows * rng.uniform(0.7, 1.3), v * rows, rng.choice([1.2, 1.6, 2.0, 2.0, 2.6])
    )
    shades = rng.normal(0, 1, 64).astype(np.float32)[number]
    hue, spread = hue_near(rng, 0.45, 0.58, 0.75), rng.uniform(0.05, 0.35)
    saturation = rng.uniform(0.35, 0.95)
    wave = canvas.noise(1.6, 2) + 0.06 * shades + 0.25 * (along - 0.5)
    stops = [hsv(hue + spread * k, saturation, 0.55 + 0.4 * (k % 2)) for k in range(4)]
    colour = ramp(wave, *stops)
    growth = np.hypot(across, along - 0.3)
    light = 0.35 + 1.1 * along.clip(0.1, 1) ** 1.5 + 0.06 * shades - 0.9 * across**2
    light += rng.uniform(0, 0.14) * np.sin(growth * rng.uniform(50, 80))
    light += rng.uniform(0, 0.25) * (np.exp(-((across / 0.05) ** 2)) - 0.2)
    light *= rim_shade(rim, 0.85, 4.5)
    canvas.paint(colour * light[..., None])
    lip = np.exp(-(((rim - 0.05) / 0.05) ** 2))
    if rng.random() < 0.35:
        canvas.paint(stops[0] * 0.15, lip * 0.9)
    else:
        canvas.paint(255 - 0.3 * (255 - stops[3]), lip * rng.uniform(0.3, 0.8))
    gleam = np.exp(-((across + 0.13) ** 2 + (along - 0.68) ** 2 * 2) / 0.012)
    canvas.paint((255, 255, 250), gleam * rng.uniform(0.2, 0.8) * (canvas.noise(2, 1) + 0.2))


def _coat_colours(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Shadow, middle and light of a natural fur; now and then of a dreamt one."""
    hue = hue_near(rng, 0.075)
    saturation, value = rng.uniform(0.1, 0.85), rng.uniform(0.4, 0.9)
    shadow = hsv(hue - 0.03, saturation, value * 0.25)
    return shadow, hsv(hue, saturation, value), hsv(hue + 0.03, saturation * 0.45, value + 0.3)


@pattern
def fur(canvas: Canvas) -> None:
    """Long fur in flowing locks."""
    rng = canvas.rng
    angle = rng.uniform(0, 7) + rng.uniform(1.5, 6) * (canvas.noise(2, 1) - 0.5)
    hair = _strands(canvas, angle, rng.uniform(30, 55), rng.uniform(0.1, 0.17))
    lock = _strands(canvas, angle, rng.uniform(8, 16), 0.2)
    shadow, middle, light = _coat_colours(rng)
    shade = 0.55 + 0.65 * (hair - 0.5) + 0.5 * (lock - 0.5)
    colour = ramp(shade, shadow * 0.6, shadow, middle, light, light)
    if rng.random() < 0.4:
        other = tint(rng, _coat_colours(rng)[1])
        patch = ((canvas.noise(2, 2) + 0.3 * hair - 0.68) * 8).clip(0, 1)[..., None]
        colour += (other * (0.3 + 1.4 * shade[..., None]) - colour) * patch
    canvas.paint(colour)
    canvas.paint((255, 248, 235), ((hair - 0.72) * 3).clip(0, 1) * (lock * 1.2).clip(0, 0.7))


def _dressed(canvas: Canvas, hair: np.ndarray, base: np.ndarray) -> None:
    """Paints short fur of the colours `base` (side, side, 3)."""
    canvas.paint(base * (0.62 + 0.7 * hair)[..., None])


@pattern
def tiger(canvas: Canvas) -> None:
    """A tiger's stripes on its fur."""
    rng = canvas.rng
    u, v = _bent(canvas, 0.45)
    hair = _strands(canvas, 1.57 + 2 * (canvas.noise(1.5, 2) - 0.5), 45, 0.1)
    hue = rng.normal(0.07, 0.012)
    pale = rng.random() < 0.03
    orange = hsv(hue, 0.08 if pale else rng.uniform(0.75, 0.95), rng.uniform(0.8, 1))
    cream = hsv(0.11, 0.15, 1)
    belly = (np.abs(u + rng.uniform(-0.4, 0.4)) - rng.uniform(0.35, 1.0)) * 2
    belly = belly + 1.2 * (canvas.noise(2, 2) - 0.5)
    _dressed(canvas, hair, ramp(belly, orange, cream))
    # A stripe runs along u, tapers to nothing where the slow noise is low, and forks.
    phase = v * rng.uniform(8, 15) + 2.5 * (canvas.noise(3, 2) - 0.5) + rng.normal(0, 1) * u**2 * 2
    phase += 1.57 * np.sign(u) * (rng.random() < 0.6)
    body = canvas.noise(rng.uniform(3.5, 5), 2, stretch=1.3)
    stripe = np.sin(phase) - 0.7 + 1.7 * (body - 0.2) + 0.5 * (hair - 0.5)
    stripe -= 1.5 * np.exp(-((u / 0.06) ** 2)) * (rng.random() < 0.6)
    canvas.paint(orange * 0.5, (stripe + 0.25) * 2)
    canvas.paint(np.array((22, 14, 12)) * (0.5 + hair[..., None]), stripe * 4)
    split = np.where(np.sin(phase) > 0.9, body - 0.62, -1)
    canvas.paint(orange, split * 12 * rng.uniform(0, 1))


@pattern
def zebra(canvas: Canvas) -> None:
    """A zebra's forking stripes."""
    rng = canvas.rng
    u, v = _bent(canvas, 0.35)
    phase = v * rng.uniform(9, 22) + 1.5 * (canvas.noise(1.6, 2) - 0.5) + rng.normal(0, 1.5) * u**2
    for _ in range(int(rng.integers(1, 6))):
        # One more stripe on one side of this point than on the other: a fork.
        phase += rng.choice([-1, 1]) * canvas.polar(tuple(rng.uniform(-0.9, 0.9, 2)))[1]
    hair = _strands(canvas, 1.57 + 2 * (canvas.noise(1.5, 2) - 0.5), 50, 0.07)
    share = rng.uniform(-0.25, 0.25) + 0.6 * (canvas.noise(2, 1) - 0.5) + 0.3 * (hair - 0.5)
    stripe = np.sin(phase) + share
    white = tint(rng, (242, 234, 220), 0.04)
    dark = tint(rng, (30, 22, 22) if rng.random() < 0.7 else (80, 45, 25), 0.1)
    _dressed(canvas, 0.4 + 0.4 * hair, white * (0.75 + 0.45 * canvas.noise(2))[..., None])
    shadow = np.exp(-((np.sin(phase) + 1) / 0.12)) * rng.uniform(0, 0.6)
    canvas.paint(tint(rng, (170, 130, 95)), shadow)
    canvas.paint(dark * (0.4 + 1.3 * hair * canvas.noise(3, 2))[..., None], stripe * 4 + 0.5)


@pattern
def leopard(canvas: Canvas) -> None:
    """A leopard's or jaguar's rosettes."""
    rng = canvas.rng
    count = rng.uniform(1.6, 3.6)
    u, v = _bent(canvas, 0.3)
    near, border, number = _patches(canvas, u * count * rng.uniform(0.8, 1.1) + 20, v * count + 20)
    place = near / (near + 2 * border) + 0.5 * (canvas.noise(7, 2) - 0.5)
    hair = _strands(canvas, 1 + 3 * (canvas.noise(1.5, 2) - 0.5), 45, 0.08)
    gold = hsv(rng.normal(0.095, 0.015), rng.uniform(0.35, 0.8), rng.uniform(0.75, 0.98))
    if rng.random() < 0.15:
        gold = hsv(0.1, rng.uniform(0.03, 0.12), 0.88)
    cream = 255 - 0.35 * (255 - gold)
    _dressed(canvas, hair, ramp(canvas.noise(1.5, 2) * 1.4 - 0.2, gold, gold, cream))
    ring = rng.uniform(0.4, 0.55)
    canvas.paint(gold * (0.45 + 0.35 * hair)[..., None], (ring - place) * 8 * 0.9)
    width = rng.uniform(0.12, 0.2) + 0.5 * (canvas.noise(8, 1) - 0.5) + 0.08 * (hair - 0.5)
    dark = tint(rng, (32, 20, 14))
    canvas.paint(dark * (0.5 + hair)[..., None], (width - np.abs(place - ring)) * 16)
    dots = (number % 3 == 0) * (rng.random() < 0.5)
    canvas.paint(dark, ((0.2 - place) * 12).clip(0, 1) * dots)


@pattern
def snake_skin(canvas: Canvas) -> None:
    """A snake's diamonds on small scales."""
    rng = canvas.rng
    u, v = _bent(canvas, 0.15)
    fine, stretch = rng.uniform(5, 9), rng.uniform(1.0, 1.5)
    p, q = (u * stretch + v) * fine, (u * stretch - v) * fine
    row, column = np.floor(p), np.floor(q)
    inner = np.minimum(0.5 - np.abs(p - row - 0.5), 0.5 - np.abs(q - column - 0.5)) * 2
    # The pattern's place is the scale's own middle, so that each scale has one colour.
    cell_u, cell_v = (row + column + 1) / (2 * fine * stretch), (row - column) / (2 * fine)
    wide, high = rng.uniform(0.4, 1.0), rng.uniform(0.4, 0.9)
    saw_u = np.abs((cell_u / wide + rng.random()) % 1 - 0.5) * 2
    saw_v = np.abs((cell_v / high + rng.random()) % 1 - 0.5) * 2
    level = saw_u + saw_v if rng.random() < 0.7 else np.hypot(saw_u, saw_v) * 1.3
    number = ((row * 13 + column * 29) % 64).astype(int)
    level = level / 2 + rng.normal(0, 0.03, 64).astype(np.float32)[number]
    hue = hue_near(rng, 0.1, 0.22)
    ground = hsv(hue, rng.uniform(0.3, 0.8), rng.uniform(0.6, 0.9))
    core = hsv(hue + rng.normal(0, 0.1), rng.uniform(0.4, 0.95), rng.uniform(0.4, 0.8))
    pale = hsv(hue + 0.03, 0.25, 1)
    stops = (core * 0.5, core, core, core * 0.15, pale, ground, ground, ground * 0.75)
    colour = ramp((level * 1.1 - 0.05).clip(0, 1), *stops)
    lit = (p - row) + (column - q + 1) - 1
    light = 0.35 + 0.85 * inner.clip(0, 0.75) + 0.2 * lit + 0.25 * (canvas.noise(8) - 0.5)
    keel = np.exp(-(((p - row - q + column) / 0.12) ** 2)) * rng.uniform(0, 0.35)
    canvas.paint(colour * (light + keel)[..., None])
    canvas.paint(core * 0.06, (0.16 - inner) * 6)
    shine = np.exp(-((p - row - 0.62) ** 2 + (q - column - 0.4) ** 2) / 0.02)
    canvas.paint((255, 255, 245), shine * rng.uniform(0.15, 0.6) * canvas.noise(2, 2))


@pattern
def giraffe(canvas: Canvas) -> None:
    """A giraffe's patches."""
    rng = canvas.rng
    count = rng.uniform(1.3, 3.2)
    u, v = _bent(canvas, 0.3)
    rough = rng.uniform(0.1, 0.45) / count
    u, v = u + rough * (canvas.noise(6, 2) - 0.5), v + rough * (canvas.noise(6, 2) - 0.5)
    near, border, number = _patches(canvas, u * count + 20, v * count * 0.85 + 20)
    hair = _strands(canvas, 1.57 + 2 * (canvas.noise(1.5, 2) - 0.5), 55, 0.06)
    cream = hsv(rng.normal(0.11, 0.015), rng.uniform(0.12, 0.4), rng.uniform(0.88, 1))
    brown = hsv(rng.normal(0.06, 0.015), rng.uniform(0.6, 0.9), rng.uniform(0.4, 0.7))
    _dressed(canvas, 0.35 + 0.4 * hair, np.broadcast_to(cream, (*near.shape, 3)))
    shade = rng.normal(1, 0.12, 256).astype(np.float32)[number]
    patch = ramp(near * 1.3 + 0.3 * (canvas.noise(5) - 0.5), brown * 0.55, brown, brown * 1.25)
    gap = rng.uniform(0.035, 0.1)
    patch *= (shade * (0.6 + 0.8 * hair))[..., None]
    inside = border - gap + 0.04 * (hair - 0.5)
    canvas.paint(patch, inside * canvas.side / count / 3)
    canvas.paint(brown * 0.3, np.exp(-((inside / 0.025) ** 2)) * rng.uniform(0.1, 0.5))
