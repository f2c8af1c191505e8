"""Words on a dark ground: the colours, the letters, and how a line of them is written."""

from __future__ import annotations

from functools import cache
from unicodedata import normalize

from PIL import ImageDraw, ImageFont

GROUND = (18, 18, 20)
BRIGHT = (238, 238, 240)
DIM = (150, 150, 156)

# Fonts that many machines have: for letters that Pillow's own has not, which are most.
_COMMON = (
    "DejaVuSans.ttf",
    "NotoSans-Regular.ttf",
    "LiberationSans-Regular.ttf",
    "arial.ttf",
    "NotoSansCJK-Regular.ttc",
    "wqy-microhei.ttc",
    "msgothic.ttc",
    "msyh.ttc",
    "malgun.ttf",
    "Arial Unicode.ttf",
)
_NO_LETTER = "\uffff"  # drawn as what a font has in the place of letters that it lacks


@cache
def font(letters: int) -> ImageFont.FreeTypeFont:
    """Pillow's own font; `letters` is its size in pixels."""
    font = ImageFont.load_default(letters)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font


@cache
def _common_font(name: str, letters: int) -> ImageFont.FreeTypeFont | None:
    """One of the machine's fonts, where it has it."""
    try:
        return ImageFont.truetype(name, letters)
    except OSError:
        return None


def lettered(text: str, letters: int) -> tuple[str, ImageFont.FreeTypeFont]:
    """A text as it can be written, and the font that can.

    Pillow's own font has the letters of English. For others a font of the machine's is taken; what
    that has not, either, loses its accents, or becomes a question mark.

    Args:
        letters: Size of the letters, pixels.
    """
    text = "".join(letter if letter.isprintable() else "?" for letter in text)  # names may be odd
    own = font(letters)
    if not (missing := _missing(text, own)):
        return text, own
    fonts = [own, *filter(None, (_common_font(name, letters) for name in _COMMON))]
    best = min(fonts, key=lambda each: len(_missing(text, each)))
    missing = _missing(text, best)
    return "".join(_plain(letter, best) if letter in missing else letter for letter in text), best


def _missing(text: str, font: ImageFont.FreeTypeFont) -> set[str]:
    """The letters of a text that a font has not."""
    nothing = bytes(font.getmask(_NO_LETTER))
    return {each for each in text if not each.isspace() and bytes(font.getmask(each)) == nothing}


def _plain(letter: str, font: ImageFont.FreeTypeFont) -> str:
    """The letter without its accents, or a question mark where a font has not even that."""
    plain = normalize("NFKD", letter)[0]
    return plain if plain != letter and not _missing(plain, font) else "?"


def lines_of(text: str, width: float, letters: int, most: int) -> list[str]:
    """A text in lines of at most `width` pixels, broken between words; the last is shortened.

    Args:
        letters: Size of the letters, pixels.
        most: How many lines there may be.
    """
    text, font = lettered(text, letters)
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and (len(lines) == most or font.getlength(longer) <= width):
            lines[-1] = longer
        else:
            lines.append(word)
    return [line for each in lines if (line := _shortened(each, font, width))]


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
    name, font = lettered(name, letters)
    name = _shortened(name, font, width)
    pen.text(place, name, BRIGHT, font, anchor="ls")
    taken = font.getlength(name) + 0.6 * letters
    detail, font = lettered(detail, letters)
    if detail := _shortened(detail, font, width - taken):
        pen.text((place[0] + taken, place[1]), detail, DIM, font, anchor="ls")


def _shortened(text: str, font: ImageFont.FreeTypeFont, width: float) -> str:
    """The text, or as much of its beginning as `width` pixels hold; little of it is nothing."""
    if font.getlength(text) <= width:
        return text
    while len(text) > 3 and font.getlength(text + "…") > width:
        text = text[:-1].rstrip()
    return text + "…" if font.getlength(text + "…") <= width else ""
