"""How large a picture is dreamt: what a person writes, what it has by nature, the least side."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from dreammovie.errors import DreamError
from dreammovie.settings import Settings, setting

MIN_SIDE = 64
"""The least height and width in which a network sees anything, pixels."""

MAX_SIDE = 16384
"""The greatest height and width that is dreamt, pixels."""


def parse_size(text: str, even: bool = True, named: Sequence[str] = ()) -> tuple[int, int]:
    """(height, width) of a size written as "WxH".

    Args:
        even: Whether both are made even, as video wants them.
        named: What a person could have written in its place, for the sentence.

    Raises:
        DreamError: it is not written so, or no network sees anything in it.
    """
    match = re.fullmatch(r"([0-9]{1,9})x([0-9]{1,9})", text)
    if not match:
        choices = ", or ".join(["a width and a height such as 1280x720", *named])
        raise DreamError(f"--size was {text!r}; expected is {choices}.")
    width, height = (int(side) // 2 * 2 if even else int(side) for side in match.groups())
    if min(width, height) < MIN_SIDE or max(width, height) > MAX_SIDE:
        raise DreamError(
            f"--size was {text!r}; each side must have {MIN_SIDE} to {MAX_SIDE:,} pixels."
        )
    return height, width


def within(shape: Sequence[int], longest: float, least: float = 1) -> tuple[int, int]:
    """(height, width) of a picture whose longer side has at most so many pixels.

    Args:
        shape: The picture's own (height, width); what follows does not count.
        longest: Pixels; a picture that is smaller keeps its size.
        least: What its shorter side keeps, if it has that; then the longer one may be longer.
    """
    height, width = shape[:2]
    scale = min(1.0, max(longest / max(height, width), least / min(height, width)))
    return max(1, round(height * scale)), max(1, round(width * scale))


def natural_shape(
    shape: Sequence[int], name: Path | str, longest: int | None = None, even: bool = True
) -> tuple[int, int]:
    """(height, width) in which a picture is dreamt where nobody names a size.

    Args:
        shape: (height, width) of the picture.
        name: What to call it in the sentence about it.
        longest: The longer side at most, unless the shorter one needs more to be dreamt;
            pixels; None: as long as it is.
        even: Whether both are made even, as video wants them.

    Raises:
        DreamError: the picture is too small or too large.
    """
    height, width = within(shape, longest or max(shape), MIN_SIDE)
    if even:
        height, width = height // 2 * 2, width // 2 * 2
    if min(height, width) < MIN_SIDE or max(height, width) > MAX_SIDE:
        raise DreamError(
            f"{name} has {shape[1]}x{shape[0]} pixels; each side of a dream must have {MIN_SIDE} "
            f"to {MAX_SIDE:,}. Choose a size that has, such as --size 640x360; what does not fit "
            "is cropped."
        )
    return height, width


@dataclass(frozen=True)
class SizeSettings(Settings):
    """In which size something is dreamt."""

    NAMED: ClassVar[tuple[str, ...]] = ()
    """What stands for a size without being one."""

    size: str | None = setting(
        None,
        "size in pixels, such as 1280x720 (default: the picture's own)",
        metavar="WxH",
        fixed="every size is compiled for itself",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.size is not None and self.size not in self.NAMED:
            parse_size(self.size, named=self.NAMED)
