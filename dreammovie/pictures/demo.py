"""Draws `dreams/demo/img_0.jpg`, a valley at dusk: python3 -m dreammovie.pictures.demo [FILE]

Clouds, ridges, water and flowers give a network something to see everywhere, at every
scale, and the picture belongs to the project.
"""

import sys
from pathlib import Path

import cv2
import numpy as np

from dreammovie.pictures.image import Image, save_image

_SHAPE = (540, 960)
_HORIZON = 0.52  # share of the height


def draw_demo(seed: int = 7) -> Image:
    """The picture, float32 (540, 960, 3), RGB, 0..255; other seeds give other valleys."""
    rng = np.random.default_rng(seed)
    height, width = _SHAPE
    y, x = np.mgrid[:height, :width].astype(np.float32)
    y, x = y / height, x / width
    horizon = int(_HORIZON * height)

    land = _sky(y, x, rng)
    for ridge in range(6):
        land = _ridge(land, y, x, ridge / 5, rng)
    picture = _water(land, horizon, rng)
    picture = _meadow(picture, y, x, rng)
    return np.clip(picture, 0, 255).astype(np.float32)


def _noise(rng: np.random.Generator, cells: tuple[int, int], octaves: int = 6) -> np.ndarray:
    """Fractal noise float32 _SHAPE, about 0..1; `cells` down and across at the coarsest."""
    total: np.ndarray = np.zeros(_SHAPE, np.float32)
    for octave in range(octaves):
        grid = rng.random([n * 2**octave + 3 for n in cells], np.float32) - 0.5
        total += cv2.resize(grid, _SHAPE[::-1], interpolation=cv2.INTER_CUBIC) / 1.8**octave
    return np.clip(total * 0.9 + 0.5, 0, 1)


def _gradient(t: np.ndarray, *stops: tuple[float, tuple[int, int, int]]) -> np.ndarray:
    """Colours along `stops` of (place, RGB)."""
    places = [place for place, _ in stops]
    return np.stack(
        [np.interp(t, places, [colour[c] for _, colour in stops]) for c in range(3)], -1
    ).astype(np.float32)


def _mix(below: np.ndarray, above: np.ndarray, share: np.ndarray) -> np.ndarray:
    return below + (above - below) * share[..., None]


def _sky(y: np.ndarray, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    sky = _gradient(
        y / _HORIZON,
        (0.0, (24, 34, 92)),
        (0.4, (92, 70, 150)),
        (0.7, (232, 120, 104)),
        (1.0, (255, 214, 140)),
    )
    distance = np.hypot((x - 0.62) * 1.78, y - 0.36)
    sky = _mix(sky, np.full_like(sky, (255, 240, 190)), np.exp(-((distance / 0.2) ** 2)) * 0.8)
    sky = _mix(sky, np.full_like(sky, (255, 252, 236)), np.clip((0.052 - distance) * 400, 0, 1))
    # Clouds are noise looked up through noise, which curls them.
    curl = cv2.remap(
        _noise(rng, (5, 3)),
        (x + 0.3 * (_noise(rng, (3, 3)) - 0.5)) * _SHAPE[1],
        (y + 0.3 * (_noise(rng, (3, 3)) - 0.5)) * _SHAPE[0],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT,
    )
    light = _gradient(curl, (0.4, (70, 52, 110)), (0.65, (250, 150, 120)), (0.9, (255, 236, 200)))
    return _mix(sky, light, np.clip((curl - 0.45) * 3, 0, 0.85))


def _ridge(
    land: np.ndarray, y: np.ndarray, x: np.ndarray, near: float, rng: np.random.Generator
) -> np.ndarray:
    """One chain of hills; `near` is 0 far away, where it is hazy, and 1 at the water."""
    profile = _noise(rng, (1, int(3 + 4 * near)), 8)[0]
    trees = np.abs(rng.normal(size=_SHAPE[1])).astype(np.float32) * 0.012 * near
    top = _HORIZON - (1 - near) * 0.14 - (profile - 0.25) * (0.22 - 0.1 * near) - trees
    texture = _noise(rng, (24, 40), 4)
    colour = _gradient(
        np.full(_SHAPE, near), (0.0, (196, 130, 150)), (0.5, (84, 84, 112)), (1.0, (22, 54, 44))
    )
    lit = colour * (0.55 + 0.9 * texture)[..., None] + 26 * (1 - near)
    return _mix(land, lit, np.clip((y - top) * _SHAPE[0], 0, 1))


def _water(land: np.ndarray, horizon: int, rng: np.random.Generator) -> np.ndarray:
    """The land above its own mirror image, rippled more towards the viewer."""
    picture = land.copy()
    depth = np.arange(_SHAPE[0] - horizon, dtype=np.float32)[:, None]
    ripples = (_noise(rng, (60, 5), 3)[horizon:] - 0.5) * (2 + depth * 0.35)
    columns = np.arange(_SHAPE[1], dtype=np.float32)[None]
    mirrored = cv2.remap(
        land,
        columns + ripples * 0.5,
        np.clip(horizon - 1 - depth * 1.05 + ripples, 0, horizon - 1),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT,
    )
    picture[horizon:] = mirrored * (0.82, 0.86, 0.95) + (0, 4, 10)
    return picture


def _meadow(
    picture: np.ndarray, y: np.ndarray, x: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """A bank of grass with flowers, nearest to the viewer."""
    shore = 0.86 - 0.16 * (2 * x - 1) ** 2 + 0.05 * (_noise(rng, (1, 6))[0] - 0.5)
    blades = _noise(rng, (14, 160), 3)
    grass = _gradient(blades, (0.2, (14, 34, 18)), (0.6, (58, 96, 36)), (1.0, (168, 170, 70)))
    picture = _mix(picture, grass, np.clip((y - shore) * 60, 0, 1))
    colours = ((236, 72, 88), (250, 196, 60), (240, 236, 250), (150, 96, 220), (250, 130, 170))
    for _ in range(420):
        column = int(rng.integers(_SHAPE[1]))
        top = int(shore[0, column] * _SHAPE[0]) + 6
        row = top + int((_SHAPE[0] - top) * rng.random() ** 0.8)
        size = 1.5 + 7 * (row - top + 8) / 110 * rng.uniform(0.5, 1)
        colour = np.array(colours[rng.integers(len(colours))]) * rng.uniform(0.7, 1)
        for petal in np.linspace(0, 2 * np.pi, 6)[:-1] + rng.random():
            place = (column + size * 0.6 * np.cos(petal), row + size * 0.45 * np.sin(petal))
            _dot(picture, place, size * 0.45, colour)
        _dot(picture, (column, row), size * 0.3, np.array((250, 220, 90)))
    return picture


def _dot(
    picture: np.ndarray, place: tuple[float, float], radius: float, colour: np.ndarray
) -> None:
    centre = tuple(round(value * 16) for value in place)
    cv2.circle(
        picture, centre, max(8, round(radius * 16)), colour.tolist(), -1, cv2.LINE_AA, shift=4
    )


if __name__ == "__main__":
    path = Path(sys.argv[1] if len(sys.argv) > 1 else "dreams/demo/img_0.jpg")
    save_image(draw_demo(), path)
    print(path)
