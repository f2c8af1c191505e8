"""A GIF's comment, which the encoder of GIFs cannot write."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dreammovie.files import whole

_HEAD = 13  # bytes of a GIF before its colours
_BLOCK = 255  # bytes of a comment that stand together at most


@contextmanager
def commented(path: Path, text: str | None) -> Iterator[None]:
    """At the end of the block, puts a text into the GIF that was made in it, if there is one.

    Args:
        path: Of the GIF.
        text: ASCII.

    Raises:
        OSError: the disk is full.
    """
    yield
    if not text:
        return
    with whole(path) as part, path.open("rb") as made, part.open("wb") as noted:
        head = made.read(_HEAD)
        colours = 3 * 2 ** (head[10] % 8 + 1) if head[10] & 128 else 0
        noted.write(head + made.read(colours) + _comment(text.encode("ascii")))
        shutil.copyfileobj(made, noted)


def _comment(text: bytes) -> bytes:
    blocks = (text[place : place + _BLOCK] for place in range(0, len(text), _BLOCK))
    return b"!\xfe" + b"".join(bytes([len(block)]) + block for block in blocks) + b"\0"
