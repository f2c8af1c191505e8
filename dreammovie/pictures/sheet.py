"""Pictures beside each other on a dark ground, each over its label: comparisons, sheets, videos."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw

from dreammovie.pictures.image import Image, resize
from dreammovie.pictures.lettering import GROUND, write

_MARGIN = 1 / 64  # of a picture's width
_LETTERS = 1 / 26  # of a picture's width
_SMALLEST, _LARGEST = 13, 48  # letters, pixels
_IN_A_ROW = 4


@dataclass(frozen=True)
class Label:
    """What stands under a picture: its name, and in a dimmer colour what else is to be said."""

    name: str
    detail: str = ""


class Sheet:
    """A table of equal pictures; drawn once, filled as often as a video has frames.

    Args:
        shape: (height, width) of a picture.
        labels: One for each picture.
        columns: How many pictures stand side by side; None: all up to four, else as many
            as fill a table that is a little wider than high.
        widest: Most pixels that the whole may be wide; the pictures shrink to fit.

    Attributes:
        cell: (height, width) that a picture has on the sheet.
        shape: (height, width) of the sheet, both even, as video wants it.
    """

    def __init__(
        self,
        shape: tuple[int, int],
        labels: Sequence[Label],
        columns: int | None = None,
        widest: int | None = None,
    ) -> None:
        count = len(labels)
        columns = min(columns or _columns(count), count)
        height, width = shape
        if widest is not None:
            fits = int(widest / (columns + (columns + 1) * _MARGIN)) - 1
            width = min(width, fits)
            height = max(1, round(shape[0] * width / shape[1]))
        self.cell = (height, width)
        margin = max(2, round(_MARGIN * width))
        letters = min(max(round(_LETTERS * width), _SMALLEST), _LARGEST)
        strip = 2 * letters
        down, across = height + strip, width + margin
        rows = math.ceil(count / columns)
        tall, wide = margin + rows * down, margin + columns * across
        self.shape = (tall + tall % 2, wide + wide % 2)
        self._corners = [
            (margin + n // columns * down, margin + n % columns * across) for n in range(count)
        ]
        ground = Pillow.new("RGB", self.shape[::-1], GROUND)
        pen = ImageDraw.Draw(ground)
        for (top, left), label in zip(self._corners, labels, strict=True):
            # Capitals are about 0.7 of a letter's size; so they stand in the strip's middle.
            base = top + height + 1.35 * letters
            write(pen, (left, base), label.name, label.detail, width, letters)
        self._ground = np.asarray(ground, np.float32)

    def filled(self, pictures: Iterable[Image]) -> Image:
        """The sheet with its pictures, float32 (H, W, 3); as many as there are labels."""
        sheet = self._ground.copy()
        height, width = self.cell
        for (top, left), picture in zip(self._corners, pictures, strict=True):
            sheet[top : top + height, left : left + width] = resize(picture, self.cell)
        return sheet


def _columns(count: int) -> int:
    """How many of some pictures stand side by side: up to four all, then more than rows."""
    if count <= _IN_A_ROW:
        return count
    square = math.ceil(math.sqrt(count))
    return min(range(square, square + 2), key=lambda columns: (-count % columns, columns))
