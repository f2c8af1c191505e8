"""Curves in strips below one another, over one axis of time."""

from __future__ import annotations

import colorsys
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw

from dreammovie.pictures.image import Image
from dreammovie.pictures.lettering import BRIGHT, DIM, GROUND, font, write

_PANEL = (27, 27, 31)
_LINE = (52, 52, 58)
_FINER = 3  # times finer than the picture are the curves drawn
_STRIP = 0.1  # height of a curve, in widths of the picture
_MARK = 0.35  # a key's mark, in letters


@dataclass(frozen=True)
class Mark:
    """A point of a curve that is shown.

    Attributes:
        frame, value: Where it is.
        time: What is written below it.
    """

    frame: float
    value: float
    time: str


@dataclass(frozen=True)
class Curve:
    """A value over the frames.

    Attributes:
        name, detail: What is written above it; the detail in a dimmer colour.
        frames, values: Its points, from the first to the last; at least one.
        marks: Points of it that are marked.
        whole: Whether there is nothing between two values.
        lines: Frames at which a line goes from the top to the bottom.
        mirrored: Whether it swings about its middle as far as its values say, as a sound does.
    """

    name: str
    detail: str
    frames: Sequence[float]
    values: Sequence[float]
    marks: Sequence[Mark] = ()
    whole: bool = False
    lines: Sequence[float] = ()
    mirrored: bool = False


def draw_curves(curves: Sequence[Curve], last: int, fps: float, width: int = 1600) -> Image:
    """Draws curves over one axis of frames and seconds, which begins at frame 0.

    Args:
        curves: From top to bottom; at least one.
        last: Number of the last frame.
        fps: Frames per second.
        width: Of the picture, pixels.

    Returns:
        float32 (H, W, 3).
    """
    letters = max(13, round(width / 80))
    left, right = 5 * letters, width - 2 * letters
    tall, title, below = round(_STRIP * width), 2 * letters, round(1.6 * letters)
    strip = title + tall + below
    height = letters + len(curves) * strip + 3 * letters
    fine = Pillow.new("RGB", (width * _FINER, height * _FINER), GROUND)
    pen = ImageDraw.Draw(fine)
    boxes = [
        _Box(left, letters + n * strip + title, right, tall, last, curve, letters)
        for n, curve in enumerate(curves)
    ]
    ticks = _ticks(last / fps)
    for number, box in enumerate(boxes):
        box.draw(pen, _colour(number), [second * fps for second in ticks])
    picture = fine.resize((width, height), Pillow.Resampling.BOX)
    pen = ImageDraw.Draw(picture)
    for box in boxes:
        box.write(pen)
    base = height - 1.9 * letters
    for second in ticks:
        x = boxes[0].x(second * fps)
        pen.text((x, base), f"{second:g} s", BRIGHT, font(letters), anchor="ms")
        frame = f"{round(second * fps):,}"
        pen.text((x, base + 1.1 * letters), frame, DIM, font(round(0.8 * letters)), anchor="ms")
    return np.asarray(picture, np.float32)


def _colour(number: int) -> tuple[int, int, int]:
    """The colour of a curve: each differs from those beside it, none from the others in light."""
    red, green, blue = colorsys.hls_to_rgb((0.09 + number * 0.381966) % 1, 0.68, 0.62)
    return round(255 * red), round(255 * green), round(255 * blue)


def _mixed(colour: tuple[int, int, int], part: float) -> tuple[int, int, int]:
    """A colour on a panel, as if it could be seen through."""
    red, green, blue = (round(p + (c - p) * part) for c, p in zip(colour, _PANEL, strict=True))
    return red, green, blue


def _ticks(seconds: float) -> list[float]:
    """Round times from 0 on, some ten of them."""
    rough = seconds / 10
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(n * unit for n in (1, 2, 5, 10) if n * unit >= rough)
    return [n * step for n in range(int(seconds / step + 1e-6) + 1)]


class _Box:
    """Where a curve is drawn, pixels."""

    def __init__(
        self, left: int, top: int, right: int, tall: int, last: int, curve: Curve, letters: int
    ) -> None:
        self.left, self.top, self.right, self.bottom = left, top, right, top + tall
        self.last, self.curve, self.letters = last, curve, letters
        self.low, self.high = min(curve.values), max(curve.values)
        if curve.mirrored:
            self.low = -self.high

    def x(self, frame: float) -> float:
        return self.left + (self.right - self.left) * min(frame / self.last, 1)

    def y(self, value: float) -> float:
        room = 0.9 * self.letters
        part = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return self.bottom - room - part * (self.bottom - self.top - 2 * room)

    def draw(
        self, pen: ImageDraw.ImageDraw, colour: tuple[int, int, int], ticks: Sequence[float]
    ) -> None:
        """Draws all but the words, on a picture that is `_FINER`."""

        def fine(*points: tuple[float, float]) -> list[tuple[float, float]]:
            return [(x * _FINER, y * _FINER) for x, y in points]

        corners = fine((self.left, self.top), (self.right, self.bottom))
        pen.rounded_rectangle(corners, 6 * _FINER, _PANEL)
        for tick in ticks:
            pen.line(fine((self.x(tick), self.top), (self.x(tick), self.bottom)), _LINE, _FINER)
        for frame in self.curve.lines:
            x = self.x(frame)
            pen.line(fine((x, self.top), (x, self.bottom)), _mixed(colour, 0.35), _FINER)
        if self.curve.mirrored:
            points = list(zip(self.curve.frames, self.curve.values, strict=True))
            above = [(self.x(frame), self.y(value)) for frame, value in points]
            below = [(self.x(frame), self.y(-value)) for frame, value in reversed(points)]
            pen.polygon(fine(*above, *below), colour)
            return
        line = [(self.x(self.curve.frames[0]), self.y(self.curve.values[0]))]
        for frame, value in zip(self.curve.frames, self.curve.values, strict=True):
            if self.curve.whole:  # a stair
                line.append((self.x(frame), line[-1][1]))
            line.append((self.x(frame), self.y(value)))
        ground = self.bottom - 1
        area = [(line[0][0], ground), *line, (line[-1][0], ground)]
        pen.polygon(fine(*area), _mixed(colour, 0.16))
        for mark in self.curve.marks:
            x = self.x(mark.frame)
            pen.line(fine((x, self.top), (x, self.bottom)), _mixed(colour, 0.45), _FINER)
        pen.line(fine(*line), colour, 2 * _FINER, "curve")
        radius = _MARK * self.letters
        for mark in self.curve.marks:
            x, y = self.x(mark.frame), self.y(mark.value)
            circle = fine((x - radius, y - radius), (x + radius, y + radius))
            pen.ellipse(circle, _PANEL, colour, 2 * _FINER)

    def write(self, pen: ImageDraw.ImageDraw) -> None:
        """Writes the name, the bounds, and the times of the marks, as far as there is room."""
        letters, curve = self.letters, self.curve
        place = self.left, self.top - 0.6 * letters
        write(pen, place, curve.name, curve.detail, self.right - self.left, letters)
        small = font(round(0.8 * letters))
        for value in {self.low, self.high}:
            at = self.left - 0.6 * letters, self.y(value)
            pen.text(at, f"{value:.4g}", DIM, small, anchor="rm")
        free = 0.0
        for mark in sorted(curve.marks, key=lambda mark: mark.frame):
            half = small.getlength(mark.time) / 2
            if (x := self.x(mark.frame)) - half > free:
                pen.text((x, self.bottom + letters), mark.time, DIM, small, anchor="ms")
                free = x + half + 0.5 * letters
