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


SIZES = "such as 1280x720, or 1280x or x720, where the other side follows from the picture"
"""How a person writes a size, in words."""

_NOTICED = 0.01  # of a side; a crop that rounding makes is less


def parse_size(text: str, even: bool = True, of: Sequence[int] | None = None) -> tuple[int, int]:
    """(height, width) of a size written as "WxH", or as "Wx" or "xH".

    Args:
        even: Whether both are made even, as video wants them.
        of: The picture's (height, width), from which a side follows that is not written; what
            follows does not count. None: there is no picture, and both must be written.

    Raises:
        DreamError: it is not written so, or no network sees anything in it.
    """
    unit, own = 2 if even else 1, of or (1, 1)
    written = [(side or 0) // unit * unit for side in _written(text, open=of is not None)]
    scale = max(written[0] / own[0], written[1] / own[1])
    height, width = (
        side or round(whole * scale / unit) * unit
        for side, whole in zip(written, own, strict=False)
    )
    if not all(MIN_SIDE <= side <= MAX_SIDE for side in (height, width)):
        raise DreamError(
            f"--size was {text!r}, which makes {width}x{height} of a picture of {own[1]}x{own[0]}; "
            f"each side must have {MIN_SIDE} to {MAX_SIDE:,} pixels."
        )
    return height, width


def _written(text: str, open: bool, named: Sequence[str] = ()) -> tuple[int | None, int | None]:
    """The height and the width that a person wrote; None for the one that follows.

    Args:
        open: Whether one may follow from the picture's.
        named: What could be written in the place of a size, for the sentence.

    Raises:
        DreamError: it is not written so, or has too many or too few pixels.
    """
    match = re.fullmatch(r"([0-9]{1,9})?x([0-9]{1,9})?", text)
    if not match or not any(match.groups()) or not (open or all(match.groups())):
        how = SIZES if open else "such as 1280x720"
        choices = ", or ".join([f"a width and a height {how}", *named])
        raise DreamError(f"--size was {text!r}; expected is {choices}.")
    width, height = (int(side) if side else None for side in match.groups())
    if not all(side is None or MIN_SIDE <= side <= MAX_SIDE for side in (height, width)):
        raise DreamError(
            f"--size was {text!r}; each side must have {MIN_SIDE} to {MAX_SIDE:,} pixels."
        )
    return height, width


def left_out(shape: Sequence[int], size: Sequence[int]) -> str | None:
    """How much of a picture is cropped to make it fit a size; None: nothing to speak of.

    Args:
        shape: The picture's (height, width); what follows does not count.
        size: Likewise, of the dream.
    """
    scale = max(size[0] / shape[0], size[1] / shape[1])
    height, width = (1 - size[side] / (shape[side] * scale) for side in (0, 1))
    if max(height, width) < _NOTICED:
        return None
    return f"{height:.0%} of the height" if height > width else f"{width:.0%} of the width"


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

    OPEN: ClassVar[bool] = True
    """Whether one side may be left open, to follow from the picture's."""

    size: str | None = setting(
        None,
        f"size in pixels, {SIZES} (default: the picture's own)",
        metavar="WxH",
        fixed="every size is compiled for itself",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.size is not None and self.size not in self.NAMED:
            _written(self.size, self.OPEN, self.NAMED)
