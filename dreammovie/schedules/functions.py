"""What a formula may name: the time, numbers, functions, waves, chance, and what is heard."""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from dreammovie.schedules.sounds import BANDS, Sound


@dataclass(frozen=True)
class Moment:
    """When a formula is asked for its value.

    Attributes:
        frame: Number of the frame.
        fps: Frames per second of the movie.
        sound: What is heard meanwhile; None: nothing, and no formula asks for it.
    """

    frame: int
    fps: float
    sound: Sound | None = None

    @property
    def heard(self) -> Sound:
        """The sound, where there is one."""
        assert self.sound is not None
        return self.sound


NAMES: Mapping[str, Callable[[Moment], float]] = {
    "t": lambda now: float(now.frame),
    "time": lambda now: now.frame / now.fps,
    "fps": lambda now: now.fps,
    "pi": lambda now: math.pi,
    "e": lambda now: math.e,
    "onset": lambda now: now.heard.onset(now.frame, now.fps),
    "beat": lambda now: now.heard.beat(now.frame, now.fps),
    "bar": lambda now: now.heard.bar(now.frame, now.fps),
    "beats": lambda now: now.heard.beats(now.frame, now.fps),
}
"""By name, the numbers that need no brackets."""


@dataclass(frozen=True)
class Function:
    """A function of formulas.

    Attributes:
        arguments: As they are shown to people; what may be left out has its default after `=`, and
            may be given by name. Dots stand for as many as one likes. Where all may be left out, so
            may the brackets.
        compute: Takes the moment and the arguments. It raises a ValueError where there is no
            value.
        plain: Whether the arguments are plain numbers, not formulas.
    """

    arguments: str
    compute: Callable[..., float]
    plain: bool = False

    @property
    def counts(self) -> range:
        """How many arguments it takes."""
        if self.names[-1] == "...":
            return range(len(self.names) - 1, 100)
        return range(len(self.names) - len(self.named), len(self.names) + 1)

    @property
    def names(self) -> list[str]:
        """Of all arguments, in order."""
        return [each.partition("=")[0] for each in self.arguments.split(", ")]

    @property
    def named(self) -> list[str]:
        """The names of those that may be given by name."""
        return re.findall(r"(\w+)=", self.arguments)


def _since(now: Moment, period: float, shift: float) -> float:
    """Frames since a period began; one begins at frame `shift`."""
    if period <= 0:
        raise ValueError("a period is a number of frames above 0")
    return (now.frame - shift) % period


def _share(now: Moment, period: float, shift: float) -> float:
    """How much of a period is over, 0 to 1."""
    return _since(now, period, shift) / period


def _pulse(now: Moment, period: float, width: float, shift: float = 0) -> float:
    """1 for the first `width` frames of each period, 0 for the others."""
    return float(_since(now, period, shift) < width)


def _triangle(now: Moment, period: float, shift: float = 0) -> float:
    """As a sine, with straight flanks: 0, up to 1, down to -1, back to 0."""
    return 1 - abs(4 * ((_share(now, period, shift) + 0.25) % 1) - 2)


def _saw(now: Moment, period: float, shift: float = 0) -> float:
    """Rises from -1 to 1 and falls back at once."""
    return 2 * _share(now, period, shift) - 1


def _square(now: Moment, period: float, shift: float = 0) -> float:
    """1 for the first half of each period, -1 for the second."""
    return 1.0 if _share(now, period, shift) < 0.5 else -1.0


def _chance(seed: float, place: int = 0) -> float:
    """A number from 0 to 1 that looks like chance, the same on every machine and for ever.

    The bits of both are mixed as in Steele, Lea, Flood: *Fast Splittable Pseudorandom Number
    Generators*, 2014 (SplitMix64).
    """
    every = 2**64 - 1
    mixed = struct.unpack("<Q", struct.pack("<d", seed + 0.0))[0]
    for added in (0, place):
        mixed = (mixed + added + 0x9E3779B97F4A7C15) & every
        mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9 & every
        mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB & every
        mixed ^= mixed >> 31
    return (mixed >> 11) / 2**53


def _noise(now: Moment, x: float, seed: float) -> float:
    """A line without corners that wanders about within -1 and 1, by about 1 when x grows by 1.

    A cubic B-spline over random numbers at the whole x: its slope has no jump, and it never
    stands still at them.
    """
    first = math.floor(x)
    u = x - first
    weights = (
        (1 - u) ** 3 / 6,
        (3 * u**3 - 6 * u**2 + 4) / 6,
        (-3 * u**3 + 3 * u**2 + 3 * u + 1) / 6,
        u**3 / 6,
    )
    near = (2 * _chance(seed, first + n) - 1 for n in range(-1, 3))
    return sum(weight * value for weight, value in zip(weights, near, strict=True))


_ATTACK, _RELEASE = 20.0, 200.0  # milliseconds: quick as a drum, and slow enough to be seen


def _level(
    now: Moment, low: float, high: float, attack: float = _ATTACK, release: float = _RELEASE
) -> float:
    """How loud the sound is between two rates in hertz, 0 to 1."""
    return now.heard.level(now.frame, now.fps, low, high, attack, release)


def _named(low: float, high: float) -> Function:
    """The level of a band that has a name."""
    arguments = f"attack={_ATTACK:g}, release={_RELEASE:g}"
    return Function(
        arguments, lambda now, *some, **named: _level(now, low, high, *some, **named), plain=True
    )


FUNCTIONS: Mapping[str, Function] = {
    "sin": Function("x", lambda now, x: math.sin(x)),
    "cos": Function("x", lambda now, x: math.cos(x)),
    "tan": Function("x", lambda now, x: math.tan(x)),
    "exp": Function("x", lambda now, x: math.exp(x)),
    "log": Function("x", lambda now, x: math.log(x)),
    "sqrt": Function("x", lambda now, x: math.sqrt(x)),
    "abs": Function("x", lambda now, x: abs(x)),
    "floor": Function("x", lambda now, x: float(math.floor(x))),
    "ceil": Function("x", lambda now, x: float(math.ceil(x))),
    "min": Function("a, b, ...", lambda now, *x: min(x)),
    "max": Function("a, b, ...", lambda now, *x: max(x)),
    "clip": Function("x, low, high", lambda now, x, low, high: min(max(x, low), high)),
    "where": Function("condition, a, b", lambda now, condition, a, b: a if condition else b),
    "noise": Function("x, seed", _noise),
    "rand": Function("seed", lambda now, seed: _chance(seed)),
    "pulse": Function("period, width, shift=0", _pulse),
    "tri": Function("period, shift=0", _triangle),
    "saw": Function("period, shift=0", _saw),
    "square": Function("period, shift=0", _square),
    "level": Function(f"low, high, attack={_ATTACK:g}, release={_RELEASE:g}", _level, plain=True),
    **{name: _named(*band) for name, band in BANDS.items()},
}
"""By name. Angles are in radians; a period, a width and a shift are numbers of frames.

Levels of the sound take hertz and milliseconds."""

HEARD = ("onset", "beat", "bar", "beats", "level", *BANDS)
"""The names among all these that stand for something in the movie's sound."""

ENDS = ("max_f", "max_frames", "frames", "end", "last")
"""What people call the end of the movie."""


def no_such_name(word: str, *others: str) -> str:
    """What to say of a word that is none of the language's.

    Args:
        others: Words that are possible in its place, too.
    """
    if word in ENDS:
        return (
            f"The end of the movie has no name ({word}), since --frames can grow. Write the "
            "number of a frame"
        )
    known = (*NAMES, *FUNCTIONS, "and", "or", "not", *others)
    nearest = get_close_matches(word.lower(), known, n=1, cutoff=0.6)
    if nearest:
        return f"There is no {word} here. Did you mean {nearest[0]}?"
    return f"There is no {word} here; expected is a number or one of: {', '.join(known)}"
