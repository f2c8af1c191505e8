"""Formulas: numbers that depend on the time, such as `1.1 + 0.05*sin(t/30)`.

Python's own parser reads them, and nothing of Python ever runs them: `grammar` has let pass no
word that is not in a short list, and the tree is evaluated here, piece by piece, in floats.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping
from itertools import pairwise

from dreammovie.errors import DreamError, pointed
from dreammovie.schedules.functions import FUNCTIONS, HEARD, NAMES, Moment
from dreammovie.schedules.grammar import check_formula

_DEEPEST = 100  # brackets and signs within one another
_EXPONENT = 100  # the largest

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


class Expression:
    """A formula, read once; conditions count as 1 and 0.

    Args:
        text: Where it stands in; errors show all of it.
        start, end: From which character on, and before which one, it is the formula.
        heard: Whether the movie has a sound, of which it may speak.

    Raises:
        DreamError: it is none.
    """

    def __init__(
        self, text: str, start: int = 0, end: int | None = None, heard: bool = False
    ) -> None:
        self._text, self._start, self._heard = text, start, heard
        end = len(text) if end is None else end
        check_formula(text, start, end)
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

    def _check_tree(self) -> None:
        """Checks how deep it is, what functions are given, and whether there is a sound."""
        nodes: list[tuple[ast.expr, int]] = [(self._tree, 1)]
        while nodes:
            node, depth = nodes.pop()
            if depth > _DEEPEST:
                says = f"A formula has at most {_DEEPEST} signs and brackets within one another"
                raise self._error(says, self._place(node))
            self._check_heard(node.func if isinstance(node, ast.Call) else node)
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func)
                function = FUNCTIONS[name]
                given = [*node.args, *(each.value for each in node.keywords)]
                if len(node.args) not in function.counts:
                    says = f"{name} was given {len(node.args)} values; expected is"
                    says += f" {name}({function.arguments})"
                    raise self._error(says, self._place(node))
                taken = function.names[: len(node.args)]
                for each in node.keywords:
                    if each.arg in taken:
                        says = f"{name} was given {each.arg} twice; give it once"
                        raise self._error(says, self._place(each.value))
                    taken.append(str(each.arg))
                odd = [each for each in given if not isinstance(each, ast.Constant)]
                if function.plain and odd:
                    says = f"{name} takes plain numbers from 0 on, and no formula"
                    raise self._error(says, self._place(odd[0]))
                nodes += [(each, depth + 1) for each in given]
            else:
                children = ast.iter_child_nodes(node)
                nodes += [(each, depth + 1) for each in children if isinstance(each, ast.expr)]

    def _check_heard(self, name: ast.expr) -> None:
        """Checks that there is a sound, if a name stands for something in it."""
        if not self._heard and isinstance(name, ast.Name) and name.id in HEARD:
            says = f"{name.id} listens to a sound, and there is none. Give one, with --sound FILE"
            raise self._error(says, self._place(name))

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
            case ast.Name(id=name) if name in NAMES:
                return NAMES[name](now)
            case ast.Name(id=name):  # a function that needs no brackets
                return FUNCTIONS[name].compute(now)
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
            case ast.Call(func=ast.Name(id=name), args=parts, keywords=others):
                values = [self._value(part, now) for part in parts]
                named = {str(each.arg): self._value(each.value, now) for each in others}
                return FUNCTIONS[name].compute(now, *values, **named)
        raise self._error("This is not understood; expected is a formula", self._place(node))

    def _place(self, node: ast.expr) -> int:
        """Where in the text a part of the tree is."""
        where = node.right if isinstance(node, ast.BinOp) else node
        return self._start + where.col_offset - 1  # there was a bracket before it

    def _error_at(self, now: Moment, says: str, node: ast.expr) -> DreamError:
        return self._error(f"At frame {now.frame}, {says}", self._place(node))

    def _error(self, says: str, place: int) -> DreamError:
        return pointed(says, self._text, place)
