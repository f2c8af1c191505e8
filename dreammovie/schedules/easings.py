"""How a value goes over into the next: how much of the next one counts, and when."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dreammovie.errors import pointed

Easing = Callable[[float], float]
"""Takes the part of the way that is over, from 0 to below 1; gives the share of the next value."""

EASINGS: Mapping[str, Easing] = {
    "linear": lambda x: x,
    "smooth": lambda x: x * x * (3 - 2 * x),
    "in": lambda x: x * x,
    "out": lambda x: x * (2 - x),
    "hold": lambda x: 0.0,
}
"""By name. There is also `cubic(a,b,c,d)`, see `Cubic`."""

_EASING = re.compile(
    rf"(?:(?<=[\s)])|^)(?P<name>{'|'.join(EASINGS)}|cubic\s*\((?P<points>[^()]*)\))\s*$"
)
_MOST = 100.0  # how far below or above a cubic may go


@dataclass(frozen=True)
class Cubic:
    """The curve from (0,0) to (1,1) with the control points (a,b) and (c,d).

    It is the `cubic-bezier` of CSS: a to d are at home between 0 and 1; with b or d beyond, it
    swings past its ends.
    """

    a: float
    b: float
    c: float
    d: float

    def __call__(self, x: float) -> float:
        """The height of the curve above x, both from 0 to 1."""
        low, high = 0.0, 1.0  # as a and c are within 0 and 1, it goes to the right all the way
        for _ in range(53):
            middle = (low + high) / 2
            if _bezier(self.a, self.c, middle) < x:
                low = middle
            else:
                high = middle
        return _bezier(self.b, self.d, (low + high) / 2)


def _bezier(first: float, second: float, u: float) -> float:
    return 3 * (1 - u) ** 2 * u * first + 3 * (1 - u) * u**2 * second + u**3


def split_easing(text: str, start: int, end: int) -> tuple[int, Easing | None]:
    """Where a value ends that begins at `start`, and the easing written after it, if one is.

    Raises:
        DreamError: the easing is a cubic with other than four numbers in bounds.
    """
    match = _EASING.search(text, start, end)
    if not match:
        return end, None
    if match["points"] is None:
        return match.start(), EASINGS[match["name"]]
    try:
        a, b, c, d = map(float, match["points"].split(","))
    except ValueError:
        a = b = c = d = float("nan")
    if not (0 <= a <= 1 and 0 <= c <= 1 and abs(b) <= _MOST and abs(d) <= _MOST):
        says = "Expected is cubic(a,b,c,d), with numbers, and a and c from 0 to 1"
        raise pointed(says, text, match.start())
    return match.start(), Cubic(a, b, c, d)
