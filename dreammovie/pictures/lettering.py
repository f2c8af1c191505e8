"""Words on a dark ground: the colours, the letters, and how a line of them is written."""

from __future__ import annotations

from functools import cache

from PIL import ImageDraw, ImageFont

GROUND = (18, 18, 20)
BRIGHT = (238, 238, 240)
DIM = (150, 150, 156)


@cache
def font(letters: int) -> ImageFont.FreeTypeFont:
    """Pillow's own font; `letters` is its size in pixels."""
    font = ImageFont.load_default(letters)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font


def write(
    pen: ImageDraw.ImageDraw,
    place: tuple[float, float],
    name: str,
    detail: str,
    width: float,
    letters: int,
) -> None:
    """Writes a name, and in a dimmer colour what else is to be said, shortened to fit.

    Args:
        place: (x, y) of the left end of the base line, pixels.
        width: Pixels that both may take.
        letters: Size of the letters, pixels.
    """
    name = _shortened(name, font(letters), width)
    pen.text(place, name, BRIGHT, font(letters), anchor="ls")
    taken = font(letters).getlength(name) + 0.6 * letters
    if detail := _shortened(detail, font(letters), width - taken):
        pen.text((place[0] + taken, place[1]), detail, DIM, font(letters), anchor="ls")


def _shortened(text: str, font: ImageFont.FreeTypeFont, width: float) -> str:
    """The text, or as much of its beginning as `width` pixels hold; little of it is nothing."""
    text = "".join(letter if letter.isprintable() else "?" for letter in text)  # names may be odd
    if font.getlength(text) <= width:
        return text
    while len(text) > 3 and font.getlength(text + "…") > width:
        text = text[:-1].rstrip()
    return text + "…" if font.getlength(text + "…") <= width else ""
