"""A clip whose flow is known exactly: patterned discs move and turn before a moving ground."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import ndimage


@dataclass(frozen=True)
class Layer:
    """A pattern that moves and turns; a disc of it, or all of it.

    Attributes:
        start, speed: Place of its middle in the first frame, and its way in each, (x, y), pixels.
        spin: Radians that it turns in a frame.
        radius: Of the disc, pixels; infinite for the ground.
        colours: Two of them, between which its pattern goes.
        seed: Of the pattern.
    """

    start: tuple[float, float]
    speed: tuple[float, float]
    spin: float
    radius: float
    colours: tuple[tuple[int, int, int], tuple[int, int, int]]
    seed: int

    def own_places(self, places: np.ndarray, number: int) -> np.ndarray:
        """Places (2, ...) of a frame, as x and y in the pattern."""
        middle = np.add(self.start, np.multiply(self.speed, number))
        return _turn(-self.spin * number) @ (places - middle[:, None])

    def places(self, own: np.ndarray, number: int) -> np.ndarray:
        """And back."""
        middle = np.add(self.start, np.multiply(self.speed, number))
        return _turn(self.spin * number) @ own + middle[:, None]

    def covers(self, places: np.ndarray, number: int) -> np.ndarray:
        return np.hypot(*self.own_places(places, number)) < self.radius

    @cached_property
    def pattern(self) -> np.ndarray:
        rng = np.random.default_rng(self.seed)
        return sum(
            size * ndimage.gaussian_filter(rng.normal(size=(256, 256)), size, mode="wrap")
            for size in (1.5, 4.0, 10.0)
        )

    def seen(self, places: np.ndarray, number: int) -> np.ndarray:
        own = self.own_places(places, number)[::-1]
        light = ndimage.map_coordinates(self.pattern, own, order=3, mode="grid-wrap")
        share = np.clip(0.5 + light, 0, 1)[:, None]
        dark, bright = np.array(self.colours, float)
        return dark + share * (bright - dark)


LAYERS = (
    Layer((0, 0), (1.3, -0.4), 0.0, np.inf, ((24, 40, 80), (120, 150, 170)), 1),
    Layer((40, 60), (2.1, 0.3), 0.03, 26, ((120, 40, 30), (250, 190, 90)), 2),
    Layer((120, 30), (-1.6, 0.9), -0.05, 20, ((20, 70, 40), (190, 230, 120)), 3),
    Layer((90, 80), (0.2, -0.8), 0.08, 15, ((90, 30, 100), (240, 190, 230)), 4),
)


class DrawnClip:
    """The clip; frames are numbered from 0 on.

    Args:
        height, width: Of a frame, pixels; 160x112 shows all layers.
        scale: How much larger everything is, and moves.
    """

    def __init__(self, height: int = 112, width: int = 160, scale: float = 1.0) -> None:
        self.shape, self.scale = (height, width), scale
        self._places = np.mgrid[:height, :width][::-1].reshape(2, -1) / scale

    def _front(self, places: np.ndarray, number: int) -> np.ndarray:
        """Which layer is seen where."""
        front = np.zeros(places.shape[1], int)
        for index, layer in enumerate(LAYERS):
            front[layer.covers(places, number)] = index
        return front

    def frame(self, number: int) -> np.ndarray:
        """float32 (H, W, 3), 0..255."""
        front = self._front(self._places, number)
        image = np.empty((front.size, 3))
        for index, layer in enumerate(LAYERS):
            here = front == index
            image[here] = layer.seen(self._places[:, here], number)
        return image.reshape(*self.shape, 3).astype(np.float32)

    def way(self, number: int, frames: int = 1) -> tuple[np.ndarray, np.ndarray]:
        """The true flow from so many frames before, (H, W, 2), and what was in sight, (H, W)."""
        front = self._front(self._places, number)
        was = np.empty_like(self._places)
        for index, layer in enumerate(LAYERS):
            here = front == index
            own = layer.own_places(self._places[:, here], number)
            was[:, here] = layer.places(own, number - frames)
        height, width = self.shape
        inside = (was >= 0).all(0) & (was <= self._places.max(1, keepdims=True)).all(0)
        seen = inside & (self._front(was, number - frames) == front)
        way = self.scale * (was - self._places).T.reshape(height, width, 2).astype(np.float32)
        return way, seen.reshape(height, width)


def _turn(angle: float) -> np.ndarray:
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
