"""Patterns of faces and heads: dogs, cats, birds, owls, people."""

from __future__ import annotations

import numpy as np

from dreammovie.networks.dreamnet.drawings.anatomy import (
    fur_colour,
    paint_eyes,
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
    tint,
)
from dreammovie.networks.dreamnet.drawings.shapes import (
    both_sides,
    curve,
    even_outline,
    outline_of,
    paint_solid,
    paint_strokes,
    rounded,
    rounded_twins,
    smoothed,
)
from dreammovie.networks.dreamnet.drawings.textures import rays


@pattern
def dog_face(canvas: Canvas) -> None:
    """A dog's face: ears, snout, wet nose, tongue."""
    rng = canvas.rng
    coat = fur_colour(rng)
    other = rng.choice([fur_colour(rng), np.array((250, 242, 230)), fur_colour(rng) * 0.3])
    nose_y, wide = rng.uniform(0.15, 0.28), rng.uniform(0.48, 0.6)
    mouth_y = nose_y + 0.27
    radius, angle = canvas.polar((0, nose_y - 0.15))
    hair = rays(canvas, radius, angle + 0.3 * (canvas.noise(3, 1) - 0.5), 110, 7)
    light = (0.55 + 0.75 * hair)[..., None]
    hanging = rng.random() < 0.75
    if hanging:
        drop = rng.uniform(0.1, 0.6)
        ear = outline_of(
            [0.2, 0.62, 0.92, 0.82, 0.6, 0.5],
            [-0.62, -0.72, -0.3 + drop / 3, drop, drop - 0.05, -0.2],
        )
    else:
        ear = np.array([(0.1, -0.5), (0.45, -1.0), (0.62, -0.95), (0.66, -0.1)])
    face = rounded(canvas, even_outline([0.3, wide, wide, 0.36], [-0.78, -0.45, 0.2, 0.72]))
    ears = rounded_twins(canvas, ear)
    ear_coat = (other if rng.random() < 0.5 else coat * 0.6) * light
    if not hanging:
        paint_solid(canvas, ears, ear_coat)
        inner = rounded_twins(canvas, ear * 0.72 + (0.12, -0.16))
        canvas.paint(coat * 0.4 + (110, 60, 60), inner * 0.8)
    mark = np.abs(canvas.x) - 0.12 - 0.3 * np.abs(canvas.y + 0.1) * rng.random()
    patch = np.maximum(
        canvas.edge(-mark * rng.integers(2)), canvas.inside((0, 0.42), (0.42, 0.36), soft=0.2)
    )
    fur = (coat + (other - coat) * patch[..., None]) * light
    if rng.random() < 0.4:
        spot = canvas.inside((0.27 * rng.choice([-1, 1]), -0.2), (0.24, 0.27), soft=0.2)
        fur = fur + (fur_colour(rng) * 0.5 * light - fur) * spot[..., None]
    paint_solid(canvas, face, fur, 0.16)
    if hanging:
        paint_solid(canvas, ears, ear_coat, 0.12)
    if rng.random() < 0.65:
        tongue = [(-0.13, mouth_y), (0.13, mouth_y), (0.16, 0.78), (0, 0.95), (-0.16, 0.78)]
        paint_solid(canvas, rounded(canvas, tongue), (235, 95, 115), 0.08)
        canvas.line([(0, mouth_y), (0, 0.8)], (150, 40, 65), 0.02)
    right, left = (canvas.inside((x, mouth_y - 0.12), (0.2, 0.18)) for x in (0.15, -0.15))
    muzzle = (other * 0.5 + fur * 0.5).clip(0, 255)
    paint_solid(canvas, (right + left).clip(0, 1), muzzle, 0.12, 0.45)
    canvas.line([(0, nose_y), (0, mouth_y - 0.04)], (20, 10, 10), 0.03)
    hue = rng.choice([0.07, 0.08, 0.1, 0.57])
    place, size = (rng.uniform(0.23, 0.3), rng.uniform(-0.24, -0.14)), rng.uniform(0.1, 0.14)
    paint_eyes(canvas, place, size, hue, tilt=rng.uniform(-0.2, 0.2))
    _nose(canvas, nose_y, rng.uniform(0.13, 0.19), tint(rng, (45, 35, 38)))


@pattern
def cat_face(canvas: Canvas) -> None:
    """A cat's face: pointed ears, slit eyes, whiskers."""
    rng = canvas.rng
    coat, white = fur_colour(rng), np.array((252, 246, 238))
    radius, angle = canvas.polar((0, 0.1))
    hair = rays(canvas, radius, angle, 120, 8)
    light = (0.6 + 0.7 * hair)[..., None]
    tall, wide = rng.uniform(0.85, 0.96), rng.uniform(0.62, 0.76)
    ear = np.array([(0.08, -0.45), (0.5, -tall), (0.6, -tall), (0.72, -0.1), (0.4, -0.2)])
    paint_solid(canvas, rounded_twins(canvas, ear, 2), coat * light)
    inner = rounded_twins(canvas, ear * 0.72 + (0.13, -0.13), 2)
    canvas.paint(np.array((240, 165, 160)) * light, inner)
    fur = coat * light
    if rng.random() < 0.7:
        stripes = np.sin(angle * rng.integers(14, 22) + 4 * (canvas.noise(4, 1) - 0.5))
        cheeks = np.abs(np.sin(angle)) < 0.35
        stripes = np.where(cheeks, np.sin(canvas.y * 26) * 0.3, stripes * (radius - 0.3))
        fur = fur * (1 - 0.75 * (stripes * 9).clip(0, 1) * (radius > 0.35))[..., None]
    muzzle = canvas.inside((0, 0.5), (0.42, 0.34), soft=0.4)
    blaze = canvas.edge(0.1 - np.abs(canvas.x)) * rng.integers(2)
    pale = np.maximum(muzzle, blaze)
    fur = fur + (white * light - fur) * pale[..., None] * (rng.random() < 0.75)
    face = outline_of(
        [-0.35, 0.35, wide, wide + 0.12, 0.35, -0.35, -wide - 0.12, -wide],
        [-0.6, -0.6, -0.2, 0.3, 0.74, 0.74, 0.3, -0.2],
    )
    paint_solid(canvas, rounded(canvas, face), fur, 0.14)
    hue = rng.choice([0.12, 0.16, 0.22, 0.3, 0.4, 0.56]) + rng.normal(0, 0.02)
    size = rng.uniform(0.19, 0.25)
    paint_eyes(
        canvas,
        (rng.uniform(0.3, 0.36), -0.1),
        size,
        hue,
        pupil=0.8,
        slit=rng.uniform(0.15, 0.6),
        tilt=rng.uniform(0.1, 0.35),
        lids=(1.15, rng.uniform(0.7, 1), 0.85),
    )
    lips = np.maximum(*(canvas.inside((x, 0.43), (0.19, 0.15)) for x in (-0.14, 0.14)))
    paint_solid(canvas, lips, white * 0.6 + coat * 0.4, 0.1, 0.5)
    mouth = curve((0, 0.4), (0.03, 0.6), (0.26, 0.56))
    paint_strokes(canvas, both_sides(mouth), (40, 20, 20), 0.04, 0.02)
    _nose(canvas, 0.3, rng.uniform(0.08, 0.12), rng.choice([(235, 130, 135), (70, 45, 45)]))
    whiskers = []
    for k in range(int(rng.integers(3, 5))):
        end = (0.95, rng.uniform(0.2, 0.35) + 0.12 * k)
        whiskers.append(curve((0.15, 0.42 + 0.04 * k), (0.5, 0.3 + 0.07 * k), end))
    paint_strokes(canvas, both_sides(*whiskers), (255, 255, 255), 0.03)


@pattern
def bird_head(canvas: Canvas) -> None:
    """A bird's head from the side: beak, eye, plumage."""
    rng = canvas.rng
    hue = hue_near(rng, 0.0, 0.33, 0.58)
    feather = [
        hsv(hue + rng.normal(0, 0.2), rng.uniform(0.1, 1), rng.uniform(0.3, 1)) for _ in range(4)
    ]
    radius, angle = canvas.polar((0.4, -0.15))
    light = plumage(canvas, angle / (2 * np.pi) * rng.uniform(24, 36), radius * rng.uniform(7, 11))
    light *= 0.75 + 0.55 * rays(canvas, radius, angle, 140, 10)
    place = canvas.y + 0.35 * canvas.x * rng.normal() + 0.12 * (canvas.noise(5, 2) - 0.5)
    colour = ramp((place + 0.7) / 1.5 * 9 % 9 / 9, *np.repeat(feather[:3], 3, 0))
    cheek = canvas.inside((0.05, -0.2), (rng.uniform(0.2, 0.4), rng.uniform(0.15, 0.3)), soft=0.3)
    colour += (feather[3] - colour) * cheek[..., None]
    if rng.random() < 0.4:
        crest = [
            curve(
                (-0.1 - 0.08 * k, -0.6 + 0.03 * k),
                (-0.3 - 0.1 * k, -0.95 + 0.1 * k),
                (-0.55 - 0.08 * k, -0.92 + 0.13 * k),
            )
            for k in range(5)
        ]
        paint_strokes(canvas, crest, feather[int(rng.integers(4))], 0.12)
    head = outline_of(
        [0.3, 0.1, -0.35, -0.66, -0.7, -0.85, 0.3, 0.22, 0.34, 0.36],
        [-0.4, -0.72, -0.74, -0.4, 0.2, 0.92, 0.92, 0.4, 0.1, -0.15],
    )
    paint_solid(canvas, rounded(canvas, head), colour * light[..., None], 0.16)
    _beak(canvas)
    size = rng.uniform(0.12, 0.17)
    u, v = canvas.x + 0.02, canvas.y + 0.28
    canvas.paint(tint(rng, hsv(rng.random(), 0.6, 0.9)), canvas.edge(size * 1.35 - np.hypot(u, v)))
    canvas.paint((8, 6, 6), canvas.edge(size * 1.12 - np.hypot(u, v)))
    hue = rng.choice([0.0, 0.05, 0.1, 0.14, 0.55])
    paint_iris(canvas, u, v, size, hue, pupil=rng.uniform(0.45, 0.7))


def _beak(canvas: Canvas) -> None:
    """Paints the beak of `bird_head`: short, hooked, long and thin, or a parrot's."""
    rng = canvas.rng
    kinds = [(0.35, 0.2, 0.0), (0.45, 0.3, 0.3), (0.6, 0.14, 0.0), (0.62, 0.34, 0.2)]
    long, deep, hook = kinds[rng.integers(4)]
    tip = (0.32 + long, -0.1 + hook)
    horn = hsv(rng.choice([0.0, 0.06, 0.1, 0.13, 0.6]), rng.uniform(0.2, 1), rng.uniform(0.3, 1))
    tone = ramp((canvas.x - 0.3) / long + 0.3 * (canvas.y + 0.2), horn, horn, horn * 0.3)
    lower = [(0.22, -0.08), (0.26, 0.0 + deep * 0.4), (0.3 + long * 0.7, -0.02 + hook * 0.4)]
    upper = [
        (0.2, -0.08),
        (0.22, -0.15 - deep * 0.7),
        (0.3 + long * 0.5, -0.15 - deep * 0.6),
        (0.3 + long, -0.12 + hook * 0.3),
        tip,
        tip,
        (0.28 + long * 0.7, -0.05 + hook * 0.2),
    ]
    paint_solid(canvas, rounded(canvas, lower, 2), tone * 0.7, 0.06)
    paint_solid(canvas, rounded(canvas, upper, 2), tone, 0.08)
    canvas.ellipse((0.36, -0.17), (0.035, 0.018), horn * 0.1)


@pattern
def owl_face(canvas: Canvas) -> None:
    """An owl's face: two huge eyes in their discs."""
    rng = canvas.rng
    coat, pale = fur_colour(rng), tint(rng, (240, 225, 200), 0.06)
    apart, size = rng.uniform(0.3, 0.37), rng.uniform(0.17, 0.25)
    light = plumage(canvas, canvas.x * 5, canvas.y * rng.uniform(5, 7))
    spots = ramp(canvas.noise(8, 2) * 2 - 0.5, coat * 0.5, coat, pale)
    masks = [smoothed(even_outline([0.4, 0.8, 0.85, 0.7], [-0.72, -0.45, 0.4, 0.95]))]
    if rng.random() < 0.65:
        masks += both_sides(smoothed([(0.25, -0.6), (0.62, -0.98), (0.78, -0.95), (0.8, -0.3)], 2))
    paint_solid(canvas, canvas.stencil(masks), spots * light[..., None], 0.14)
    side = np.sign(canvas.x)
    u, v = canvas.x - side * apart, canvas.y + 0.15
    radius, angle = np.hypot(u, v), np.arctan2(v, u)
    barbs = rays(canvas, radius, angle, 90, 4)
    edge = rng.uniform(0.42, 0.5)
    rings = 0.5 + 0.5 * np.sin(radius * rng.uniform(30, 60)) * rng.integers(2)
    disc = ramp(radius / edge, coat * 0.4, pale, coat, pale, coat * 0.15)
    disc = disc * ((0.45 + 0.8 * barbs) * (0.75 + 0.3 * rings))[..., None]
    canvas.paint(disc, canvas.edge(edge + 0.05 * (barbs - 0.5) - radius))
    canvas.paint((10, 6, 6), canvas.edge(size + 0.04 - radius))
    hue = rng.choice([0.05, 0.09, 0.12, 0.14]) + rng.normal(0, 0.01)
    paint_iris(canvas, u, v, size, hue, pupil=rng.uniform(0.4, 0.65))
    outline = [(0, 0.05), (0.1, -0.3), (0.62, -0.66), (0.3, -0.56), (0, -0.4)]
    mask = rounded_twins(canvas, outline, 2) * 0.9
    canvas.paint(pale * (0.4 + barbs[..., None]), mask)
    outline = [(-0.09, -0.02), (0.09, -0.02), (0.08, 0.16), (0, 0.3), (-0.08, 0.16)]
    mask = rounded(canvas, outline)
    paint_solid(canvas, mask, hsv(0.11, rng.uniform(0.1, 0.8), 0.75), 0.07)


@pattern
def human_face(canvas: Canvas) -> None:
    """A human face with its hair."""
    rng = canvas.rng
    skin = skin_colour(canvas)
    hair = hsv(rng.normal(0.07, 0.02), rng.uniform(0.2, 0.85), rng.uniform(0.08, 0.85))
    if rng.random() < 0.12:
        hair = hsv(rng.random(), 0.8, 0.85)
    wide, chin, low = rng.uniform(0.44, 0.54), rng.uniform(0.66, 0.8), rng.uniform(-0.1, 0.95)
    wave = 0.04 * np.sin(canvas.y * rng.uniform(6, 18))
    strand = rays(canvas, np.abs(canvas.y), canvas.x * 3 + wave * 8 + canvas.x * canvas.y, 60, 2)
    locks = hair * (0.35 + 1.0 * strand)[..., None]
    behind = even_outline([0.35, 0.72, 0.76, 0.3], [-0.92, -0.5, low, low])
    paint_solid(canvas, rounded(canvas, behind), locks)
    neck = np.array([(-0.22, 0.4), (0.22, 0.4), (0.27, 0.96), (-0.27, 0.96)])
    paint_solid(canvas, canvas.stencil([neck]), skin * 0.75, 0.1, 0.4)
    glow = np.maximum(*(canvas.inside((x, 0.2), (0.17, 0.14), soft=1.0) for x in (-0.3, 0.3)))
    face = even_outline([0.3, wide, wide, 0.34, 0.12], [-0.72, -0.4, 0.1, chin - 0.2, chin])
    flesh = skin + glow[..., None] * (20, -18, -12)
    paint_solid(canvas, rounded(canvas, face), flesh, 0.2, 0.35)
    _human_eyes(canvas, skin, hair)
    shade = curve((0.05, -0.15), (0.1, 0.12), (0.12, 0.2))
    paint_strokes(canvas, [shade], skin * 0.72, 0.03, 0.05)
    nostril = curve((0.02, 0.25), (0.08, 0.26), (0.12, 0.19))
    paint_strokes(canvas, both_sides(nostril), skin * 0.4, 0.04)
    canvas.ellipse((-0.02, 0.15), (0.04, 0.06), skin * 0.4 + 150, soft=1.0)
    _lips(canvas)
    part = rng.uniform(-0.3, 0.3)
    for side, drop in ((-1, rng.uniform(-0.1, 0.2)), (1, rng.uniform(-0.1, 0.2))):
        fringe = outline_of(
            [part, side * 0.5, side * 0.68, side * 0.56, side * 0.44, part],
            [-0.93, -0.85, -0.4, drop, -0.3, -0.62],
        )
        paint_solid(canvas, rounded(canvas, fringe), locks, 0.1, 0.3)


def _human_eyes(canvas: Canvas, skin: np.ndarray, hair: np.ndarray) -> None:
    """Paints eyes and brows."""
    rng = canvas.rng
    iris = rng.choice([0.07, 0.09, 0.3, 0.55, 0.6])
    x, y = rng.uniform(0.2, 0.25), rng.uniform(-0.14, -0.06)
    paint_eyes(
        canvas,
        (x, y),
        0.085,
        iris,
        pupil=0.45,
        lids=(1.75, rng.uniform(0.7, 1.0), 0.75),
        tilt=rng.uniform(-0.08, 0.2),
        white=(246, 242, 238),
        dark=skin * 0.2,
    )
    rise = rng.uniform(0.14, 0.2)
    brow = curve((x - 0.12, y - rise), (x + 0.04, y - rise - 0.09), (x + 0.18, y - rise + 0.02))
    paint_strokes(canvas, both_sides(brow), hair * 0.5, rng.uniform(0.05, 0.09), 0.02)


def _lips(canvas: Canvas) -> None:
    """Paints a mouth."""
    rng = canvas.rng
    red = hsv(rng.normal(0.98, 0.02), 0.65, rng.uniform(0.55, 0.9))
    half, full = rng.uniform(0.14, 0.2), rng.uniform(0.06, 0.1)
    lips = outline_of(
        [-half, -0.04, 0, 0.04, half, 0.06, -0.06],
        [0.42, 0.43 - full, 0.44 - full, 0.43 - full, 0.42, 0.43 + full, 0.43 + full],
    )
    paint_solid(canvas, rounded(canvas, lips, 2), red, 0.06, 0.4)
    between = curve((0, 0.43), (0.1, 0.44), (half, 0.41))
    paint_strokes(canvas, both_sides(between), red * 0.25, 0.03)


def _nose(canvas: Canvas, y: float, width: float, colour: Colour) -> None:
    """Paints a dog's or cat's nose with nostrils and a shine."""
    outline = [(-width, y - width * 0.6), (width, y - width * 0.6), (0, y + width * 1.2)]
    paint_solid(canvas, rounded(canvas, outline), colour, 0.06)
    nostril = [(width * 0.25, y), (width * 0.75, y - width * 0.3), (width * 0.6, y + 0.02)]
    canvas.paint((5, 3, 4), rounded_twins(canvas, nostril))
    shine = (-width * 0.2, y - width * 0.4)
    canvas.ellipse(shine, (width * 0.4, width * 0.13), (255, 255, 255), soft=0.8)
