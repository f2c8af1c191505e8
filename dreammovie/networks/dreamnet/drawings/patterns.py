"""Labelled pictures to learn from: every pattern, anywhere, in any light, before anything.

A pattern is drawn by its own function; what happens to it afterwards is the same for all:
it is turned, moved and seen from the side, in front of some background, in company, lit,
blurred and grainy. The same seed draws the same pictures.
"""

from __future__ import annotations

import cv2
import numpy as np

from dreammovie.networks.dreamnet.drawings import (
    animals,
    buildings,
    coats,
    eyes,
    faces,
    flowers,
    formations,
    ornaments,
    sea_and_sky,
    woods,
)
from dreammovie.networks.dreamnet.drawings.canvas import Canvas, hsv, patterns_of, ramp
from dreammovie.networks.dreamnet.drawings.shapes import blob

_ROOMS = (
    eyes,
    faces,
    animals,
    coats,
    flowers,
    woods,
    sea_and_sky,
    formations,
    buildings,
    ornaments,
)

PATTERNS = {name: draw for room in _ROOMS for name, draw in patterns_of(room).items()}
"""Everything that DreamNet learns to tell apart, by name."""


def draw(pattern: str, side: int, rng: np.random.Generator) -> np.ndarray:
    """One training picture.

    Args:
        pattern: Name in `PATTERNS`.
        side: Of the square picture, pixels.
        rng: The source of every choice.

    Returns:
        uint8 (side, side, 3), RGB.
    """
    figure = _figure(pattern, side, rng)
    picture = _background(side, rng)
    if rng.random() < 0.2:  # somebody else, small, behind
        other = _figure(str(rng.choice(list(PATTERNS))), side, rng)
        if _is_whole(other):
            _cut_out(other)
        picture = _place(picture, other, rng, rng.uniform(0.2, 0.4), spread=0.8)
    if _is_whole(figure):
        if rng.random() < 0.25:
            _cut_out(figure)
        return _photograph(_place(picture, figure, rng, rng.uniform(0.8, 1.6)), rng)
    if rng.random() < 0.2:  # a crowd of the same
        for _ in range(int(rng.integers(2, 5))):
            picture = _place(picture, figure, rng, rng.uniform(0.3, 0.5), spread=0.7)
    size = np.exp(rng.uniform(np.log(0.55), np.log(1.4)))
    return _photograph(_place(picture, figure, rng, size, spread=0.25), rng)


def draw_many(side: int, each: int, seed: int, first: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """`each` pictures of every pattern, and their labels.

    Args:
        side: Of the square pictures, pixels.
        each: How many of every pattern.
        seed: Other seeds draw other pictures.
        first: Number of the first of them, to go on where another call stopped.

    Returns:
        uint8 (N, side, side, 3), RGB, and int32 (N,), places in `PATTERNS`; round by round.
    """
    names = list(PATTERNS)
    pictures = np.empty((each, len(names), side, side, 3), np.uint8)
    for number in range(each):
        for label, name in enumerate(names):
            rng = np.random.default_rng([seed, first + number, label])
            pictures[number, label] = draw(name, side, rng)
    labels = np.tile(np.arange(len(names), dtype=np.int32), each)
    return pictures.reshape(-1, side, side, 3), labels


def _figure(pattern: str, side: int, rng: np.random.Generator) -> Canvas:
    canvas = Canvas(side, rng)
    PATTERNS[pattern](canvas)
    return canvas


def _is_whole(figure: Canvas) -> bool:
    """Whether a figure has no outline, as a coat or a wall."""
    return bool(figure.cover.min() > 0.99)


def _cut_out(figure: Canvas) -> None:
    """Gives a figure without outline one, as a coat has the shape of its animal."""
    outline = blob(figure.rng, roughness=0.2) * figure.rng.uniform(0.65, 0.95)
    stencil = Canvas(figure.side, figure.rng)
    stencil.polygon(outline, (0, 0, 0))
    figure.cover = stencil.cover


def _background(side: int, rng: np.random.Generator) -> np.ndarray:
    """Something behind: a wash of colours, more or less cloudy; float32 (side, side, 3)."""
    canvas = Canvas(side, rng)
    hue, near = rng.uniform(0, 1), rng.uniform(0.02, 0.4)
    colours = [
        hsv(hue + rng.normal(0, near), rng.uniform(0, 0.7), rng.uniform(0.1, 1)) for _ in range(3)
    ]
    along, _ = canvas.turned(angle=rng.uniform(0, 7))
    wash = 0.5 + 0.5 * along * rng.uniform(0, 1)
    cloud = canvas.noise(rng.uniform(2, 8), int(rng.integers(1, 6)), stretch=rng.uniform(1, 3))
    return ramp((wash + (cloud - 0.5) * rng.uniform(0, 1.6)).clip(0, 1), *colours)


def _place(
    below: np.ndarray,
    figure: Canvas,
    rng: np.random.Generator,
    size: float,
    spread: float = 0.0,
) -> np.ndarray:
    """A figure seen from some side, laid over a picture.

    Args:
        below: float32 (side, side, 3).
        figure: What is laid over it.
        size: Factor of its size.
        spread: How far from the middle it may be, in units of the canvas.
    """
    side = figure.side
    whole = _is_whole(figure)
    turn = rng.normal(0, 0.25) if not whole or rng.random() < 0.5 else rng.uniform(0, 2 * np.pi)
    mirror = rng.choice([-1, 1])
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float32)
    cosine, sine = np.cos(turn) * size, np.sin(turn) * size
    seen = corners * (mirror, 1) @ np.array([[cosine, sine], [-sine, cosine]])
    seen = seen + rng.normal(0, 0.12 * size, (4, 2)) + rng.uniform(-spread, spread, 2)
    warp = cv2.getPerspectiveTransform(
        (corners + 1) * np.float32(side / 2), ((seen + 1) * side / 2).astype(np.float32)
    )
    border = cv2.BORDER_REFLECT_101 if whole else cv2.BORDER_CONSTANT
    kind = cv2.INTER_AREA if size < 0.5 else cv2.INTER_LINEAR
    colour = cv2.warpPerspective(
        figure.colour, warp, (side, side), flags=kind, borderMode=cv2.BORDER_REFLECT_101
    )
    cover = cv2.warpPerspective(figure.cover, warp, (side, side), flags=kind, borderMode=border)
    if not whole and rng.random() < 0.4:  # its shadow
        depth, blur = rng.uniform(0.2, 0.6), rng.uniform(1, 5)
        shadow = cv2.GaussianBlur(np.roll(cover, int(size * side * 0.04) + 1, (0, 1)), (0, 0), blur)
        below = below * (1 - depth * shadow)[..., None]
    return below + (colour - below) * cover[..., None]


def _photograph(scene: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The scene as a camera sees it: its light, lens and sensor; uint8."""
    side = scene.shape[0]
    here, there = rng.normal(1, 0.2, 2)
    light = np.linspace(here, there, side, dtype=np.float32)
    scene = scene * (light[:, None, None] if rng.random() < 0.5 else light[None, :, None])
    scene = scene * rng.normal(1, 0.08, 3)
    contrast, brightness = rng.uniform(0.6, 1.15), rng.normal(0, 14)
    scene = (scene - 128) * contrast + 128 + brightness
    if rng.random() < 0.02:
        scene = np.broadcast_to(scene.mean(-1, keepdims=True), scene.shape)
    if rng.random() < 0.35:
        scene = cv2.GaussianBlur(np.ascontiguousarray(scene), (0, 0), rng.uniform(0.4, 1.4))
    if rng.random() < 0.5:
        scene = scene + rng.standard_normal(scene.shape, np.float32) * rng.uniform(1, 10)
    return np.rint(scene.clip(0, 255)).astype(np.uint8)
