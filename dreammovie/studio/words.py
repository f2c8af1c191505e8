"""Words that come from elsewhere, as the pages can say them: what pages print is Markdown."""

from __future__ import annotations

import re

from dreammovie.errors import DreamError

_SIGNS = re.compile(r"([\\`*_{}\[\]()<>#+!|~$:])")


def plain(text: str) -> str:
    """A text, such as a picture's name, whose signs are no signs of Markdown's."""
    return _SIGNS.sub(r"\\\1", text)


def spoken(error: Exception) -> str:
    """An error's sentence as a page says it: without the command line's dashes.

    A text in which it points at a place has letters of one width.
    """
    text = str(error)
    if isinstance(error, DreamError):
        text = error.text
    elif isinstance(error, OSError) and error.strerror:
        text = error.strerror
    sentence, line, place = text.partition("\n")
    sentence = re.sub(r"(?<!')--([a-z][a-z-]*)", lambda match: match[1].replace("-", " "), sentence)
    sentence = plain(sentence)
    return f"{sentence}\n`````text\n{place}\n`````" if line else sentence
