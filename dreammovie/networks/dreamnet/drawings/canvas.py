"""What the patterns are drawn with: a square canvas, noise, and colours that go together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from types import ModuleType

import cv2
import numpy as np

Colour = Sequence[float] | np.ndarray
"""RGB, 0..255."""

Point = tuple[float, float]

Points = Sequence[Point] | Sequence[np.ndarray] | np.ndarray
"""Points of an outline or a path; as an array (N, 2)."""

Window = tuple[slice, slice]
"""A part of the canvas' arrays."""

_SHIFT = 4  # OpenCV's fixed-point coordinates: 4 bits behind the point


class Canvas:
    """A square picture in the making.

    Coordinates are (x, y) with the picture's middle at (0, 0), its edges at -1 and 1, and
    y downwards; lengths are in the same unit. What nothing was drawn on stays
    transparent, and a background shows there later.

    Attributes:
        rng: The source of every choice.
        x, y: float32 (side, side), each pixel's coordinates.
        colour: float32 (side, side, 3), RGB, 0..255.
        cover: float32 (side, side), 0 where nothing was drawn, 1 where something was.
    """

    def __init__(self, side: int, rng: np.random.Generator) -> None:
        self.side = side
        self.rng = rng
        axis = (np.arange(side, dtype=np.float32) + 0.5) * (2 / side) - 1
        self.x, self.y = np.meshgrid(axis, axis)
        self.colour: np.ndarray = np.zeros((side, side, 3), np.float32)
        self.cover: np.ndarray = np.zeros((side, side), np.float32)

    def paint(self, colour: Colour, share: np.ndarray | float = 1.0, *, add: bool = True) -> None:
        """Lays a colour over the picture.

        Args:
            colour: One RGB, or float32 (side, side, 3).
            share: How much of it, 0..1; one number or float32 (side, side).
            add: Whether it covers what was transparent; else it only tints what is there.
        """
        share = np.broadcast_to(np.asarray(share, np.float32), self.cover.shape).clip(0, 1)
        self.colour += (np.asarray(colour, np.float32) - self.colour) * share[..., None]
        if add:
            self.cover = np.maximum(self.cover, share)

    def paint_part(
        self, window: Window, colour: Colour, share: np.ndarray, *, add: bool = True
    ) -> None:
        """`paint` for something small: `colour` and `share` are those of the window only."""
        share = share.clip(0, 1)
        self.colour[window] += (colour - self.colour[window]) * share[..., None]
        if add:
            self.cover[window] = np.maximum(self.cover[window], share)

    def window(self, centre: Point, reach: float) -> Window:
        """The part of the canvas within `reach` of a point, along x and y."""
        left, top = (max(0, int((c - reach + 1) * self.side / 2)) for c in centre)
        right, bottom = (max(0, int((c + reach + 1) * self.side / 2) + 1) for c in centre)
        return np.s_[top:bottom, left:right]

    def mask(self) -> np.ndarray:
        """An empty stencil for `cv2`, uint8 (side, side)."""
        return np.zeros((self.side, self.side), np.uint8)

    def polygon(self, points: Points, colour: Colour) -> None:
        """Fills a polygon; `points` is (N, 2), `colour` as in `paint`."""
        fixed = _fixed(points, self.side)
        stencil = self.mask()
        cv2.fillPoly(stencil, [fixed], 255, cv2.LINE_AA, _SHIFT)
        self._stamp(stencil, fixed, colour)

    def line(
        self,
        points: Points,
        colour: Colour,
        width: float,
        *,
        closed: bool = False,
    ) -> None:
        """Draws a line through `points` (N, 2), `width` thick."""
        fixed = _fixed(points, self.side)
        stencil = self.mask()
        thick = max(1, round(width * self.side / 2))
        cv2.polylines(stencil, [fixed], closed, 255, thick, cv2.LINE_AA, _SHIFT)
        self._stamp(stencil, fixed, colour, thick)

    def ellipse(
        self,
        centre: Point,
        radii: Point | float,
        colour: Colour,
        *,
        angle: float = 0.0,
        soft: float = 0.0,
    ) -> None:
        """Fills an ellipse.

        Args:
            centre: Its middle.
            radii: Along its two axes; one number for a circle.
            colour: RGB.
            angle: Of its first axis, radians, clockwise.
            soft: Share of the radius over which the rim fades, 0..1.
        """
        a, b = (radii, radii) if isinstance(radii, int | float) else radii
        self.paint(colour, self.inside(centre, (a, b), angle=angle, soft=soft))

    def inside(
        self, centre: Point, radii: Point, *, angle: float = 0.0, soft: float = 0.0
    ) -> np.ndarray:
        """float32 (side, side): 1 inside an ellipse, 0 outside, see `ellipse`."""
        u, v = self.turned(centre, angle)
        distance = np.hypot(u / max(radii[0], 1e-4), v / max(radii[1], 1e-4))
        rim = max(soft, 2.5 / self.side / max(min(radii), 1e-3))
        return ((1 - distance) / rim + 0.5 * (soft == 0)).clip(0, 1)

    def stencil(self, outlines: Iterable[np.ndarray]) -> np.ndarray:
        """float32 (side, side): 1 inside any of the outlines, each (N, 2); 0 outside."""
        stencil = self.mask()
        for outline in outlines:
            cv2.fillPoly(stencil, [_fixed(outline, self.side)], 255, cv2.LINE_AA, _SHIFT)
        return stencil.astype(np.float32) / 255

    def turned(self, centre: Point = (0, 0), angle: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
        """Coordinates about `centre`, along axes that are turned by `angle` radians."""
        dx, dy = self.x - centre[0], self.y - centre[1]
        cosine, sine = np.float32(np.cos(angle)), np.float32(np.sin(angle))
        return dx * cosine + dy * sine, dy * cosine - dx * sine

    def polar(self, centre: Point = (0, 0)) -> tuple[np.ndarray, np.ndarray]:
        """Distance from `centre`, and angle in radians -pi..pi, clockwise from the right."""
        dx, dy = self.x - centre[0], self.y - centre[1]
        return np.hypot(dx, dy), np.arctan2(dy, dx)

    def edge(self, signed: np.ndarray) -> np.ndarray:
        """1 where `signed` (in the canvas' unit of length) is positive, smooth over a pixel."""
        return (signed * (self.side / 2.5) + 0.5).clip(0, 1)

    def noise(self, cells: float = 4, octaves: int = 4, *, stretch: float = 1.0) -> np.ndarray:
        """Fractal noise float32 (side, side), about 0..1 around 0.5.

        Args:
            cells: Blots across the canvas at the coarsest scale.
            octaves: Number of scales, each half as large and half as strong as the one before.
            stretch: How much longer the blots are along x than along y.
        """
        total: np.ndarray = np.zeros((self.side, self.side), np.float32)
        strength = 1.0
        for octave in range(octaves):
            down = max(2, round(cells * 2**octave)) + 3
            across = max(2, round(cells * 2**octave / stretch)) + 3
            if octave and down > 2 * self.side:
                break
            grid = self.rng.random((down, across), np.float32) - 0.5
            total += strength * cv2.resize(
                grid, (self.side, self.side), interpolation=cv2.INTER_CUBIC
            )
            strength /= 2
        return (total * 0.9 + 0.5).clip(0, 1)

    def warped(self, values: np.ndarray, dx: np.ndarray, dy: np.ndarray) -> np.ndarray:
        """`values` (side, side[, C]) looked up (dx, dy) away from each pixel; mirrored edges."""
        scale = self.side / 2
        return cv2.remap(
            values,
            (self.x + 1 + dx) * scale - 0.5,
            (self.y + 1 + dy) * scale - 0.5,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REFLECT_101,
        )

    def _stamp(
        self, stencil: np.ndarray, fixed: np.ndarray, colour: Colour, thick: int = 0
    ) -> None:
        """Lays `colour` where the stencil says, looking only near the points it was made of."""
        low = np.maximum((fixed.min(axis=(0, 1)) >> _SHIFT) - thick - 2, 0)
        high = np.maximum((fixed.max(axis=(0, 1)) >> _SHIFT) + thick + 3, 0)
        part = np.s_[low[1] : high[1], low[0] : high[0]]
        above = np.asarray(colour, np.float32)
        above = above[part] if above.ndim == 3 else above
        self.paint_part(part, above, stencil[part].astype(np.float32) / 255)


class Layer:
    """Hundreds of small strokes, drawn on one sheet and laid over the canvas at once.

    The canvas itself blends every stroke on its own, which is slower.
    """

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas
        side = canvas.side
        self._sheet = np.zeros((side, side, 4), np.uint8)  # colour x cover, cover

    def polygon(self, points: Points, colour: Colour) -> None:
        """Fills a polygon; `points` is (N, 2), `colour` RGB."""
        fixed = _fixed(points, self.canvas.side)
        cv2.fillPoly(self._sheet, [fixed], self._ink(colour), cv2.LINE_AA, _SHIFT)

    def line(self, points: Points, colour: Colour, width: float) -> None:
        """Draws a line through `points` (N, 2), `width` thick."""
        side = self.canvas.side
        fixed, ink = _fixed(points, side), self._ink(colour)
        thick = max(1, round(width * side / 2))
        cv2.polylines(self._sheet, [fixed], False, ink, thick, cv2.LINE_AA, _SHIFT)

    def dot(self, centre: Point | np.ndarray, radius: float, colour: Colour) -> None:
        """Fills a circle about `centre`, (2,)."""
        side = self.canvas.side
        x, y = (int(c) for c in _fixed(np.asarray(centre), side)[0, 0])
        size = max(8, round(radius * (side / 2 * 2**_SHIFT)))
        cv2.circle(self._sheet, (x, y), size, self._ink(colour), -1, cv2.LINE_AA, _SHIFT)

    def lay(self) -> np.ndarray:
        """Lays the sheet over the canvas; returns where it covers, float32 (side, side)."""
        sheet = self._sheet.astype(np.float32)
        cover = sheet[..., 3] / 255
        self.canvas.colour *= 1 - cover[..., None]
        self.canvas.colour += sheet[..., :3]
        self.canvas.cover = np.maximum(self.canvas.cover, cover)
        return cover

    @staticmethod
    def _ink(colour: Colour) -> tuple[float, ...]:
        return (*(min(max(float(c), 0), 255) for c in colour), 255.0)


def ramp(t: np.ndarray, *colours: Colour) -> np.ndarray:
    """Colours (..., 3) along evenly spaced stops; t is 0..1."""
    places = np.linspace(0, 1, len(colours))
    stops = np.asarray(colours, np.float32)
    return np.stack([np.interp(t, places, stops[:, c]) for c in range(3)], -1).astype(np.float32)


def hsv(hue: float, saturation: float, value: float) -> np.ndarray:
    """RGB 0..255 of a hue (turns, any number), a saturation and a value (0..1)."""
    channels = (np.array([5.0, 3.0, 1.0]) + hue * 6) % 6
    fall = np.minimum(channels, 4 - channels).clip(0, 1)
    value, saturation = min(max(value, 0), 1), min(max(saturation, 0), 1)
    return (255 * value * (1 - saturation * fall)).astype(np.float32)


def hue_near(rng: np.random.Generator, *usual: float) -> float:
    """A hue (turns) close to one of those by which a thing is known, now and then another."""
    return rng.uniform(0, 1) if rng.random() < 0.1 else rng.choice(usual) + rng.normal(0, 0.025)


def tint(rng: np.random.Generator, colour: Colour, spread: float = 0.15) -> np.ndarray:
    """A neighbour of a colour: each channel and the whole vary by about `spread`."""
    factor = rng.normal(1, spread) * rng.normal(1, spread / 2, 3)
    return (np.asarray(colour, np.float32) * factor).clip(0, 255).astype(np.float32)


def _fixed(points: Points, side: int) -> np.ndarray:
    """Points on a canvas of `side` pixels as OpenCV's fixed-point integers (N, 1, 2)."""
    pixels = (np.asarray(points, np.float64) + 1) * (side / 2) - 0.5
    return np.rint(pixels.clip(-4096, 4096) * 2**_SHIFT).astype(np.int32).reshape(-1, 1, 2)


Drawing = Callable[[Canvas], None]

_PATTERNS: dict[str, dict[str, Drawing]] = {}  # by module, in the order of their definition


def pattern(draw: Drawing) -> Drawing:
    """Marks what DreamNet learns to tell apart from all else that is so marked."""
    _PATTERNS.setdefault(draw.__module__, {})[draw.__name__] = draw
    return draw


def patterns_of(room: ModuleType) -> dict[str, Drawing]:
    """The patterns of a module by name, in the order in which they stand there."""
    return _PATTERNS[room.__name__]
