"""What a formula may be made of: numbers, known words and signs, and how they take turns.

It is checked word by word, so that what is wrong is said at its place and in words that fit; of
Python's own grammar, nothing passes that is not named here.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from itertools import pairwise

from dreammovie.errors import DreamError, pointed
from dreammovie.schedules.easings import EASINGS
from dreammovie.schedules.functions import FUNCTIONS, NAMES, no_such_name

_LONGEST = 1000  # characters

_TOKEN = re.compile(
    r"(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<argument>[A-Za-z_][A-Za-z_0-9]*\s*=(?!=))|(?P<word>[A-Za-z_][A-Za-z_0-9]*)"
    r"|(?P<sign>\*\*|<=|>=|==|!=|[-+*/%()<>,])"
)
_JOINTS = ("and", "or", "not")
_INSTEAD = {
    "^": "**", "&": "and", "|": "or", "!": "not", "=": "==", "[": "(", "]": ")", "{": "(",
    "}": ")", "\N{MINUS SIGN}": "-", "\N{EN DASH}": "-", "\N{MULTIPLICATION SIGN}": "*",
    "?": "where(condition, a, b)",
}  # fmt: skip


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    place: int


def check_formula(text: str, start: int, end: int) -> None:
    """Checks that a part of a text is a formula.

    Args:
        text: Errors show all of it.
        start, end: From which character on, and before which one, it is the formula.

    Raises:
        DreamError: it is none.
    """
    if end - start > _LONGEST:
        raise pointed(f"A formula has at most {_LONGEST:,} characters", text, start + _LONGEST)
    _Check(text, end).turns(_tokens(text, start, end))


def _tokens(text: str, start: int, end: int) -> list[_Token]:
    """Its numbers, words and signs."""
    tokens: list[_Token] = []
    place = start
    while place < end:
        if text[place].isspace():
            place += 1
            continue
        match = _TOKEN.match(text, place, end)
        if not match:
            raise _meaningless(text, place)
        tokens.append(_Token(str(match.lastgroup), match[0], place))
        place = match.end()
    return tokens


def _meaningless(text: str, place: int) -> DreamError:
    """The error for a sign that is none of a formula's."""
    sign = text[place]
    instead = _INSTEAD.get(sign)
    hint = f"Write {instead} in its place" if instead else "Expected is a formula"
    return pointed(f"{sign!r} means nothing in a formula. {hint}", text, place)


class _Check:
    """Points at what is wrong in a text whose formula ends before a character."""

    def __init__(self, text: str, end: int) -> None:
        self._text, self._end = text, end

    def turns(self, tokens: list[_Token]) -> None:
        """Checks that words are known, and that values and what joins them take turns."""
        calls: list[tuple[_Token, str]] = []  # open brackets, and the function whose they are
        before, wanted = _Token("start", "", 0), True  # a value, not what joins two
        for token, after in pairwise([*tokens, _Token("end", "", self._end)]):
            word, is_name = token.text, token.kind == "word" and token.text not in _JOINTS
            if word == ")" and not calls:
                raise self._error("This bracket was never opened", token.place)
            if token.kind == "argument":
                self._argument(token, calls[-1][1] if calls and before.text in ("(", ",") else "")
            elif word == ")" and (not wanted or (before.text == "(" and calls[-1][1])):
                calls.pop()
                wanted = False
            elif not wanted:
                self._joint(before, token, after, bool(calls and calls[-1][1]))
                wanted = True
            elif word == "(":
                calls.append((token, before.text if before.text in FUNCTIONS else ""))
            elif is_name:
                self._name(word, token.place, after.text == "(")
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
            raise self._error("Here, a value is missing", self._end)

    def _name(self, word: str, place: int, is_call: bool) -> None:
        """Checks a word that stands for a value."""
        if word not in NAMES and word not in FUNCTIONS:
            raise self._error(no_such_name(word), place)
        if is_call and word in NAMES:
            raise self._error(f"{word} is a number and takes no brackets", place)
        if not is_call and word in FUNCTIONS and 0 not in FUNCTIONS[word].counts:
            written = f"{word}({FUNCTIONS[word].arguments})"
            raise self._error(f"{word} is a function; expected is {written}", place)

    def _argument(self, token: _Token, function: str) -> None:
        """Checks a name and a = before a value, first in the brackets of a function or of none."""
        name = token.text[:-1].rstrip()
        if not function or name in NAMES:
            raise _meaningless(self._text, token.place + len(token.text) - 1)
        if name not in FUNCTIONS[function].named:
            says = f"Of {function}, no argument is given as {name}=; expected is"
            says += f" {function}({FUNCTIONS[function].arguments})"
            raise self._error(says, token.place)

    def _joint(self, before: _Token, token: _Token, after: _Token, in_call: bool) -> None:
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
        elif word in (*EASINGS, "cubic") and before.place + len(before.text) == place:
            says = f"Before {word}, a space is missing"
        elif token.kind == "word" and after.kind == "end":
            says = no_such_name(word, *EASINGS)
            if word in EASINGS:
                says = "One easing is enough, and this is a second one"
            if word in (*NAMES, *FUNCTIONS):
                says = f"Before {word}, a sign is missing, such as *"
        else:
            says = f"Before {word}, a sign is missing, such as *"
        raise self._error(says, place)

    def _error(self, says: str, place: int) -> DreamError:
        return pointed(says, self._text, place)
