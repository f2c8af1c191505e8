"""Numbers that a person writes as a formula, such as `1.05 + 0.1 * sin(t / 30)`.

The text is read by Python's own parser and computed here, node by node, from a short list of what
there is: nothing is executed, and nothing else has a name. All numbers are floats.
"""

from __future__ import annotations

import ast
import math
import operator
import struct
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from dreammovie.errors import Wrong

_LONGEST = 1000  # characters
_DEEPEST = 60  # brackets, signs and operators inside one another

NAMES = {
    "t": "the frame's number",
    "time": "seconds since the start",
    "fps": "frames per second",
    "pi": "3.14159...",
    "e": "2.71828...",
}
"""What may stand for a number, and what it is."""

Values = Mapping[str, float]
"""The values of names at one frame."""


def nearest(word: str, known: Mapping[str, object]) -> str:
    """The end of a sentence: the known word that is nearest, or all of them."""
    if word == "max_f":
        return " The end of a movie is no name, since --frames can grow: write the frame's number."
    close = get_close_matches(word.lower(), known, 1)
    return f" Did you mean {close[0]}?" if close else f" There are {', '.join(known)}."


def _lattice(place: float, seed: float) -> float:
    """A number from 0 to 1, as good as random, the same on every machine."""
    bits = struct.unpack("<QQ", struct.pack("<dd", place + 0.0, seed + 0.0))
    mixed = 0
    for each in bits:  # Steele, Lea, Flood 2014: SplitMix64
        mixed = (mixed ^ each) + 0x9E3779B97F4A7C15 & 2**64 - 1
        mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9 & 2**64 - 1
        mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB & 2**64 - 1
        mixed ^= mixed >> 31
    return (mixed >> 11) / 2**53


def _noise(x: float, seed: float) -> float:
    before = math.floor(x)
    share = x - before
    share = share**3 * (10 - share * (15 - 6 * share))
    one, other = _lattice(before, seed), _lattice(before + 1.0, seed)
    return 2 * (one + share * (other - one)) - 1


def _share(t: float, period: float) -> float:
    """How much of its period has gone by."""
    if not period > 0:
        raise ValueError
    return t % period / period


@dataclass(frozen=True)
class Function:
    """What a formula can call.

    Attributes:
        usage: How it is written; the least and the most values that it takes follow from it.
        help: What it gives.
        compute: Takes t and the values, and gives a number.
    """

    usage: str
    help: str
    compute: Callable[..., float]

    def takes(self, count: int) -> bool:
        """Whether it can be given so many values."""
        if "..." in self.usage:
            return count >= 2
        given = self.usage.count(",") + 1
        return given - self.usage.count("=") <= count <= given


def _plain(function: Callable[..., float]) -> Callable[..., float]:
    """A function that does not look at t."""
    return lambda t, *values: float(function(*values))


FUNCTIONS = {
    **{
        function.__name__: Function(
            f"{function.__name__}(x)", "as in mathematics, angles in radians", _plain(function)
        )
        for function in (
            math.sin, math.cos, math.tan, math.exp, math.log, math.sqrt, abs, math.floor, math.ceil
        )
    },
    "min": Function("min(a, b, ...)", "the least", _plain(min)),
    "max": Function("max(a, b, ...)", "the greatest", _plain(max)),
    "clip": Function(
        "clip(x, low, high)", "x, but not below low or above high",
        _plain(lambda x, low, high: min(max(x, low), high)),
    ),
    "where": Function(
        "where(condition, a, b)", "a where the condition holds, else b",
        _plain(lambda condition, a, b: a if condition else b),
    ),
    "noise": Function(
        "noise(x, seed=0)", "a smooth wandering between -1 and 1, as x goes on",
        _plain(lambda x, seed=0.0: _noise(x, seed)),
    ),
    "rand": Function(
        "rand(seed)", "one number from 0 to 1", _plain(lambda seed: _lattice(0.5, seed))
    ),
    "pulse": Function(
        "pulse(period, width=1)", "1 in the first frames of every period, else 0; both in frames",
        lambda t, period, width=1.0: float(_share(t, period) * period < width),
    ),
    "square": Function(
        "square(period, part=0.5)", "1 in the first part of every period of so many frames, else 0",
        lambda t, period, part=0.5: float(_share(t, period) < part),
    ),
    "saw": Function(
        "saw(period)", "rises from 0 to 1 in every period of so many frames", _share
    ),
    "tri": Function(
        "tri(period)", "rises from 0 to 1 and falls again in every period of so many frames",
        lambda t, period: 1 - abs(2 * _share(t, period) - 1),
    ),
}  # fmt: skip
"""By name."""

_BINARY: dict[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.Pow: math.pow,
}
_COMPARED: dict[type, Callable[[float, float], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_UNARY: dict[type, Callable[[float], float]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Not: lambda value: float(not value),
}

Expression = Callable[[Values], float]
"""A formula that was understood: gives its value for those of the names.

It raises ArithmeticError or ValueError where it has none, such as 1 / 0.
"""


def parse_expression(text: str, column: int = 0) -> Expression:
    """Reads a formula.

    Args:
        text: The formula alone.
        column: Where it begins in the text that a person wrote.

    Raises:
        Wrong: it is none.
    """
    begin = column + len(text) - len(text.lstrip())
    text = text.strip()
    if not text:
        raise Wrong(begin, "expected is a number, or a formula such as 1.05 + 0.1*sin(t/30).")
    if len(text) > _LONGEST:
        raise Wrong(begin + _LONGEST, f"a formula has at most {_LONGEST} characters.")
    opened = 0
    for place, character in enumerate(text):
        opened += (character == "(") - (character == ")")
        if opened > _DEEPEST:
            raise Wrong(begin + place, f"more than {_DEEPEST} brackets are in one another.")
        if not (character.isascii() and (character.isalnum() or character in " _+-*/%().,<>=!")):
            raise Wrong(begin + place, f"{character!r} has no meaning in a formula.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what Python finds odd
            tree = ast.parse(text, mode="eval").body
    except SyntaxError as error:
        place = min(max(0, (error.offset or 1) - 1), len(text))
        word = text[place:].split()[0] if text[place:].split() else "the end"
        raise Wrong(begin + place, f"{word!r} does not fit here.") from None
    except (ValueError, RecursionError, MemoryError, OverflowError):
        raise Wrong(begin, "it is too deep, or has a number that is too long.") from None
    return _Reader(begin).read(tree, 0)


class _Reader:
    """Makes functions of the nodes of a formula.

    Args:
        begin: Column of the formula.
    """

    def __init__(self, begin: int) -> None:
        self._begin = begin

    def _wrong(self, node: ast.expr, words: str) -> Wrong:
        return Wrong(self._begin + node.col_offset, words)

    def read(self, node: ast.expr, depth: int) -> Expression:
        """The function that a node is."""
        if depth > _DEEPEST:
            raise self._wrong(node, f"more than {_DEEPEST} signs are in one another.")
        if isinstance(node, ast.Constant):
            return self._constant(node)
        if isinstance(node, ast.Name):
            return self._name(node)
        parts = [self.read(child, depth + 1) for child in self._operands(node)]
        if isinstance(node, ast.Call):
            return self._call(node, parts)
        if isinstance(node, ast.BinOp):
            binary, (left, right) = _BINARY[type(node.op)], parts
            return lambda values: binary(left(values), right(values))
        if isinstance(node, ast.UnaryOp):
            unary, (only,) = _UNARY[type(node.op)], parts
            return lambda values: unary(only(values))
        if isinstance(node, ast.BoolOp):
            every = all if isinstance(node.op, ast.And) else any
            return lambda values: float(every(part(values) for part in parts))
        assert isinstance(node, ast.Compare)
        comparisons = [_COMPARED[type(each)] for each in node.ops]

        def compare(values: Values) -> float:
            found = [part(values) for part in parts]
            pairs = zip(comparisons, found, found[1:], strict=False)
            return float(all(holds(one, other) for holds, one, other in pairs))

        return compare

    def _operands(self, node: ast.expr) -> list[ast.expr]:
        """What a node computes with; it is of a kind that has a meaning here."""
        if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
            return [node.left, node.right]
        if isinstance(node, ast.UnaryOp) and type(node.op) in _UNARY:
            return [node.operand]
        if isinstance(node, ast.BoolOp):
            return node.values
        if isinstance(node, ast.Compare) and all(type(each) in _COMPARED for each in node.ops):
            return [node.left, *node.comparators]
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
            return node.args
        raise self._wrong(node, "this has no meaning in a formula of numbers.")

    def _constant(self, node: ast.Constant) -> Expression:
        if type(node.value) not in (int, float):
            raise self._wrong(node, "expected is a number.")
        try:
            value = float(node.value)  # type: ignore[arg-type]
        except OverflowError:
            value = math.inf
        if not math.isfinite(value):
            raise self._wrong(node, "this number is too large.")
        return lambda values: value

    def _name(self, node: ast.Name) -> Expression:
        name = node.id
        if name in FUNCTIONS:
            raise self._wrong(node, f"{name} is a function: {FUNCTIONS[name].usage}.")
        if name not in NAMES:
            raise self._wrong(node, f"{name} is no name.{nearest(name, NAMES)}")
        return lambda values: values[name]

    def _call(self, node: ast.Call, parts: list[Expression]) -> Expression:
        assert isinstance(node.func, ast.Name)
        name = node.func.id
        if name not in FUNCTIONS:
            raise self._wrong(node.func, f"{name} is no function.{nearest(name, FUNCTIONS)}")
        function = FUNCTIONS[name]
        if not function.takes(len(parts)):
            count = f"{len(parts)} value{'' if len(parts) == 1 else 's'}"
            raise self._wrong(node, f"{name} was given {count}; it is {function.usage}.")
        return lambda values: function.compute(values["t"], *(part(values) for part in parts))
