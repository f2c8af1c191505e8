"""A title: words that lie over the moving picture, readable on whatever is there."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFilter

from dreammovie.pictures.image import Image
from dreammovie.pictures.lettering import BRIGHT, lettered, lines_of

_NAME, _DETAIL = 1 / 16, 1 / 38  # letters, in widths of the picture
_SMALLEST = 11  # letters, pixels
_MARGIN = 1 / 20  # in widths of the picture
_LINES = 3  # of the detail at most
_SHADE = 0.75  # of the light that is taken away behind the letters


def titled(image: Image, name: str, detail: str, opacity: float) -> Image:
    """The picture with a title at its lower left; nothing of it where opacity is 0.

    Args:
        image: float32 (H, W, 3); not changed.
        name: In large letters, shortened to one line.
        detail: In small ones below it, up to three lines.
        opacity: How much the title covers, 0 to 1.
    """
    if not opacity:
        return image
    letters, shade = _drawn(image.shape[:2], name, detail)
    dark = image * (1 - opacity * _SHADE * shade)
    return dark + opacity * letters * (np.array(BRIGHT, np.float32) - dark)


@lru_cache(maxsize=1)  # one video has one title
def _drawn(shape: tuple[int, int], name: str, detail: str) -> tuple[np.ndarray, np.ndarray]:
    """The letters and the shade around them, each float32 (H, W, 1), 0 to 1."""
    height, width = shape
    large, small = (max(_SMALLEST, round(part * width)) for part in (_NAME, _DETAIL))
    margin = round(_MARGIN * width)
    mask = Pillow.new("L", (width, height))
    pen = ImageDraw.Draw(mask)
    base = height - margin
    for line in reversed(lines_of(detail, width - 2 * margin, small, _LINES)):
        text, font = lettered(line, small)
        pen.text((margin, base), text, 255, font, anchor="ls")
        base -= round(1.4 * small)
    for line in lines_of(name, width - 2 * margin, large, 1):
        text, font = lettered(line, large)
        pen.text((margin, base - round(0.3 * small)), text, 255, font, anchor="ls")
    soft = mask.filter(ImageFilter.MaxFilter(3)).filter(ImageFilter.GaussianBlur(small / 3))
    letters, shade = (np.asarray(each, np.float32)[..., None] / 255 for each in (mask, soft))
    return letters, np.minimum(1, 2 * shade)
