"""Formulas: numbers that depend on the time, such as `1.1 + 0.05*sin(t/30)`.

Python's own parser reads them, and nothing of Python ever runs them: their words are checked
against a short list before, and the tree is evaluated here, piece by piece, in floats.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from dreammovie.errors import DreamError, pointed
from dreammovie.schedules.easings import EASINGS
from dreammovie.schedules.functions import FUNCTIONS, NAMES, Moment, no_such_name

_LONGEST = 1000  # characters
_DEEPEST = 100  # brackets and signs within one another
_EXPONENT = 100  # the largest

_TOKEN = re.compile(
    r"(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)|(?P<word>[A-Za-z_][A-Za-z_0-9]*)"
    r"|(?P<sign>\*\*|<=|>=|==|!=|[-+*/%()<>,])"
)
_JOINTS = ("and", "or", "not")
_INSTEAD = {
    "^": "**", "&": "and", "|": "or", "!": "not", "=": "==", "[": "(", "]": ")", "{": "(",
    "}": ")", "\N{MINUS SIGN}": "-", "\N{EN DASH}": "-", "\N{MULTIPLICATION SIGN}": "*",
    "?": "where(condition, a, b)",
}  # fmt: skip
_SIGNS: Mapping[type[ast.AST], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.Pow: math.pow,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    place: int


class Expression:
    """A formula, read once; conditions count as 1 and 0.

    Args:
        text: Where it stands in; errors show all of it.
        start, end: From which character on, and before which one, it is the formula.

    Raises:
        DreamError: it is none.
    """

    def __init__(self, text: str, start: int = 0, end: int | None = None) -> None:
        self._text, self._start = text, start
        end = len(text) if end is None else end
        if end - start > _LONGEST:
            raise self._error(f"A formula has at most {_LONGEST:,} characters", start + _LONGEST)
        self._check(self._tokens(end), end)
        # In brackets, as spaces before it mean something to Python.
        source = "(" + re.sub(r"\s", " ", text[start:end]) + ")"
        try:
            self._tree = ast.parse(source, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            column = getattr(error, "offset", None) or 2
            place = min(max(start + column - 2, start), end)
            raise self._error("This is not understood; expected is a formula", place) from None
        self._check_tree()

    def value(self, now: Moment) -> float:
        """The number that it is at a moment, finite.

        Raises:
            DreamError: there is none, as where it divides by zero.
        """
        return self._value(self._tree, now)

    def _tokens(self, end: int) -> list[_Token]:
        """Its numbers, words and signs."""
        tokens: list[_Token] = []
        place = self._start
        while place < end:
            if self._text[place].isspace():
                place += 1
                continue
            match = _TOKEN.match(self._text, place, end)
            if not match:
                sign = self._text[place]
                instead = _INSTEAD.get(sign)
                hint = f"Write {instead} in its place" if instead else "Expected is a formula"
                raise self._error(f"{sign!r} means nothing in a formula. {hint}", place)
            tokens.append(_Token(str(match.lastgroup), match[0], place))
            place = match.end()
        return tokens

    def _check(self, tokens: list[_Token], end: int) -> None:
        """Checks that words are known, and that values and what joins them take turns."""
        calls: list[tuple[_Token, bool]] = []  # open brackets, and whether they are a function's
        before, wanted = _Token("start", "", self._start), True  # a value, not what joins two
        for token, after in pairwise([*tokens, _Token("end", "", end)]):
            word, is_name = token.text, token.kind == "word" and token.text not in _JOINTS
            is_call = before.kind == "word" and before.text in FUNCTIONS
            if word == ")" and not calls:
                raise self._error("This bracket was never opened", token.place)
            if word == ")" and (not wanted or (before.text == "(" and calls[-1][1])):
                calls.pop()
                wanted = False
            elif not wanted:
                self._check_joint(before, token, after, bool(calls) and calls[-1][1])
                wanted = True
            elif word == "(":
                calls.append((token, is_call))
            elif is_name:
                self._check_name(word, token.place, after.text == "(")
                wanted = after.text == "("
            elif token.kind == "number":
                if not math.isfinite(float(word)):
                    raise self._error("This number is too large", token.place)
                wanted = False
            elif word == "not" and before.text not in ("", "(", ",", *_JOINTS):
                raise self._error("Put brackets around it: (not ...)", token.place)
            elif word not in ("+", "-", "not"):
                raise self._error(f"Before {word}, a value is missing", token.place)
            before = token
        if calls and not wanted:
            raise self._error("This bracket is never closed", calls[-1][0].place)
        if wanted:
            raise self._error("Here, a value is missing", end)

    def _check_name(self, word: str, place: int, is_call: bool) -> None:
        """Checks a word that stands for a value."""
        if word not in NAMES and word not in FUNCTIONS:
            raise self._error(no_such_name(word), place)
        if is_call and word in NAMES:
            raise self._error(f"{word} is a number and takes no brackets", place)
        if not is_call and word in FUNCTIONS:
            written = f"{word}({FUNCTIONS[word].arguments})"
            raise self._error(f"{word} is a function; expected is {written}", place)

    def _check_joint(self, before: _Token, token: _Token, after: _Token, in_call: bool) -> None:
        """Checks what stands between two values."""
        word, place = token.text, token.place
        if token.kind == "sign" and word not in ("(", ","):
            return
        if word == "," and in_call:
            return
        if word in ("and", "or") and before.place + len(before.text) < place:
            return
        if word == ",":
            says = "A comma stands between the arguments of a function, and between keys"
        elif token.kind == "word" and after.kind == "end":
            says = no_such_name(word, *EASINGS)
            if word in EASINGS:
                says = "One easing is enough, and this is a second one"
            if word in (*NAMES, *FUNCTIONS):
                says = f"Before {word}, a sign is missing, such as *"
        else:
            says = f"Before {word}, a sign is missing, such as *"
        raise self._error(says, place)

    def _check_tree(self) -> None:
        """Checks how deep it is, and how many arguments functions are given."""
        nodes: list[tuple[ast.expr, int]] = [(self._tree, 1)]
        while nodes:
            node, depth = nodes.pop()
            if depth > _DEEPEST:
                says = f"A formula has at most {_DEEPEST} signs and brackets within one another"
                raise self._error(says, self._place(node))
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func)
                function = FUNCTIONS[name]
                if len(node.args) not in function.counts:
                    says = f"{name} was given {len(node.args)} values; expected is"
                    says += f" {name}({function.arguments})"
                    raise self._error(says, self._place(node))
                nodes += [(each, depth + 1) for each in node.args]
            else:
                children = ast.iter_child_nodes(node)
                nodes += [(each, depth + 1) for each in children if isinstance(each, ast.expr)]

    def _value(self, node: ast.expr, now: Moment) -> float:
        """What a part of the tree is at a moment."""
        try:
            value = float(self._compute(node, now))
        except DreamError:
            raise
        except ZeroDivisionError:
            raise self._error_at(now, "this divides by zero", node) from None
        except OverflowError:
            raise self._error_at(now, "this is too large", node) from None
        except ValueError:
            raise self._error_at(now, "this has no value", node) from None
        if not math.isfinite(value):
            raise self._error_at(now, "this is too large", node)
        return value

    def _compute(self, node: ast.expr, now: Moment) -> float:
        match node:
            case ast.Constant(value=int() | float() as number):
                return number
            case ast.Name(id=name):
                return NAMES[name](now)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return not self._value(operand, now)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -self._value(operand, now)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self._value(operand, now)
            case ast.BoolOp(op=ast.And(), values=parts):
                return all(self._value(part, now) for part in parts)
            case ast.BoolOp(op=ast.Or(), values=parts):
                return any(self._value(part, now) for part in parts)
            case ast.BinOp(left=left, op=sign, right=right):
                a, b = self._value(left, now), self._value(right, now)
                if isinstance(sign, ast.Pow) and abs(b) > _EXPONENT:
                    says = f"the exponent is {b:g}; expected is at most {_EXPONENT}"
                    raise self._error_at(now, says, node)
                return _SIGNS[type(sign)](a, b)
            case ast.Compare(left=left, ops=signs, comparators=others):
                pairs = pairwise(self._value(part, now) for part in (left, *others))
                return all(_SIGNS[type(s)](a, b) for s, (a, b) in zip(signs, pairs, strict=True))
            case ast.Call(func=ast.Name(id="where"), args=[condition, yes, no]):
                return self._value(yes if self._value(condition, now) else no, now)
            case ast.Call(func=ast.Name(id=name), args=parts):
                values = [self._value(part, now) for part in parts]
                return FUNCTIONS[name].compute(now.frame, *values)
        raise self._error("This is not understood; expected is a formula", self._place(node))

    def _place(self, node: ast.expr) -> int:
        """Where in the text a part of the tree is."""
        where = node.right if isinstance(node, ast.BinOp) else node
        return self._start + where.col_offset - 1  # there was a bracket before it

    def _error_at(self, now: Moment, says: str, node: ast.expr) -> DreamError:
        return self._error(f"At frame {now.frame}, {says}", self._place(node))

    def _error(self, says: str, place: int) -> DreamError:
        return pointed(says, self._text, place)
