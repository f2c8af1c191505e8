"""What a person writes for `--layer`: layers, channels, depths, and sums of them.

    wish     = ["-"] product {("+" | "-" | ",") product}
    product  = [number "*"] part ["*" number]
    part     = place [":" channel] | "walk(...)" | "strongest(...)" | "class(...)" | "(" wish ")"
    place    = the name of a layer, or a depth such as 60%
    channel  = number | a word, where the network has one for that channel

In a list with commas, or with a decimal point, the number after a colon is a weight, as in
`mixed3:1,mixed5:0.5`; there a channel with a weight is written `mixed4c:13*0.5`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from dreammovie.dreaming.objectives import (
    Moment,
    Objective,
    channel,
    features_of,
    guide,
    layer,
    of_channels,
)
from dreammovie.errors import DreamError, pointed
from dreammovie.networks.network import Network
from dreammovie.pictures.image import Image, resize
from dreammovie.pictures.sizes import within

_GUIDE_SIDE = 512  # a guide is looked at in this size at most, pixels
_LONGEST, _DEEPEST = 10_000, 30  # characters of a wish, and brackets inside one another
_SHORTEST = 0.001  # seconds or frames of a walk for a channel, so that they can be counted
_TOKEN = re.compile(
    r"\s*(?:(?P<place>[0-9]+(?:\.[0-9]+)?%|[A-Za-z_][\w/.]*)"
    r"|(?P<number>[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?P<unit>s?)(?![\w.%])|(?P<sign>[-+*:,()=]))"
)
_NAME = re.compile(r"\s*(?P<name>[^\s,()][^,()]*)")
_EXPECTED = (
    "expected is a layer such as mixed4c, a channel of it such as mixed4c:13, a depth such as 60%, "
    "or a sum such as mixed4c - 0.5*mixed3a."
)


class _Wrong(Exception):  # noqa: N818 - it becomes a DreamError where the text is known
    """What is wrong at a place of the text."""

    def __init__(self, place: int, says: str) -> None:
        super().__init__(says)
        self.place = place
        self.says = says


class _Token(NamedTuple):
    """A piece of a text: what kind it is, itself, and where it begins."""

    kind: str
    text: str
    column: int
    seconds: bool = False


Guide = Callable[[Moment], Image]
"""Gives the picture whose features are dreamt of at a moment, always of one size."""


def still(picture: Image) -> Guide:
    """A guide that is the same at every moment."""
    return lambda moment: picture


def parse(text: str, network: Network, guided_by: Guide | None = None) -> Objective:
    """The objective that a person writes, as the top of this file says.

    Args:
        text: As above.
        network: Whose layers they are.
        guided_by: The guide of every layer; None is no guide.

    Raises:
        DreamError: it is written in no such way, or the network has no such layer or channel.
    """
    try:
        return _Reader(text, network, guided_by).read()
    except _Wrong as wrong:
        says = f"--layer: {wrong.says.removesuffix('.')}"
        raise pointed(says, text, wrong.place) from None


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    place = 0
    if len(text) > _LONGEST:
        raise _Wrong(_LONGEST, f"a wish has at most {_LONGEST:,} characters.")
    while text[place:].strip():
        named = [token.text for token in tokens[-2:]] == ["class", "("]
        match = _NAME.match(text, place) if named else None
        match = match or _TOKEN.match(text, place)
        if match is None:
            begin = place + len(text[place:]) - len(text[place:].lstrip())
            raise _Wrong(begin, _EXPECTED)
        kind = str(match.lastgroup if match.lastgroup != "unit" else "number")
        seconds = bool(match.groupdict().get("unit"))
        tokens.append(_Token(kind, match[kind], match.start(kind), seconds))
        if kind == "number" and math.isinf(float(match[kind])):
            raise _Wrong(match.start(kind), "this number is too large.")
        place = match.end()
    return [*tokens, _Token("end", "", len(text))]


class _Reader:
    """Reads a wish from left to right."""

    def __init__(self, text: str, network: Network, guided_by: Guide | None) -> None:
        self._network, self._guided_by = network, guided_by
        self._tokens = _tokens(text)
        self._place = self._depth = 0
        self._listed = any(
            token.text == "," and not self._inside(number)
            for number, token in enumerate(self._tokens)
        )

    def _inside(self, number: int) -> bool:
        """Whether a token is inside of brackets."""
        before = [token.text for token in self._tokens[:number]]
        return before.count("(") > before.count(")")

    @property
    def _now(self) -> _Token:
        return self._tokens[self._place]

    def _take(self, *texts: str) -> _Token | None:
        """The next token, if it is one of these signs; it is read then."""
        token = self._now
        if token.kind != "sign" or token.text not in texts:
            return None
        self._place += 1
        return token

    def _need(self, sign: str, words: str) -> None:
        if not self._take(sign):
            raise _Wrong(self._now.column, words)

    def read(self) -> Objective:
        """The whole wish."""
        total = self._sum()
        if self._now.kind != "end":
            raise _Wrong(self._now.column, _EXPECTED)
        return total

    def _sum(self) -> Objective:
        total = self._product(-1.0 if self._take("-") else None)
        while token := self._take("+", "-", ","):
            if token.text == "," and self._take("-"):
                total += self._product(-1.0)
            else:
                total += self._product(-1.0 if token.text == "-" else None)
        return total

    def _product(self, sign: float | None) -> Objective:
        """A part with its weight; `sign` is -1 where it is taken away."""
        column, factors = self._now.column, [] if sign is None else [sign]
        if self._now.kind == "number":
            factors.append(self._number())
            self._need("*", "expected is * between a weight and a layer.")
        part, weight = self._part()
        factors += [] if weight is None else [weight]
        if self._take("*"):
            minus = -1.0 if self._take("-") else 1.0
            factors.append(minus * self._number())
        if not all(factors):
            raise _Wrong(column, "a weight of 0 leaves nothing of it.")
        return math.prod(factors) * part if factors else part

    def _number(self) -> float:
        token = self._now
        if token.kind != "number" or token.seconds:
            raise _Wrong(token.column, "expected is a number.")
        self._place += 1
        return float(token.text)

    def _part(self) -> tuple[Objective, float | None]:
        """A part, and the weight that is written after its colon."""
        token = self._now
        if self._take("("):
            self._depth += 1
            if self._depth > _DEEPEST:
                raise _Wrong(token.column, f"more than {_DEEPEST} brackets are in one another.")
            total = self._sum()
            self._need(")", "this bracket is not closed." if self._now.kind == "end" else _EXPECTED)
            self._depth -= 1
            return total, None
        if token.kind != "place":
            raise _Wrong(token.column, _EXPECTED)
        self._place += 1
        if self._now.text == "(":
            return self._called(token), None
        name = self._found(token)
        index = weight = None
        colon = self._take(":")
        if colon and self._now.kind == "place":
            index = self._named(self._now, name)
            self._place += 1
        elif colon:
            begin = self._now
            minus = -1.0 if self._take("-") else 1.0
            number = self._now
            value = minus * self._number()
            is_weight = self._now.text != "*" and (self._listed or "." in number.text)
            if is_weight:
                weight = value
            elif minus < 0 or "." in number.text:
                raise _Wrong(begin.column, "expected is a channel, a whole number from 0 on.")
            else:
                index = int(value)
                self._checked(number, name, index)
        return self._objective(token, name, index), weight

    def _found(self, token: _Token) -> str:
        """The name of the layer that is meant."""
        try:
            name = self._network.find(token.text)
        except DreamError as error:
            raise _Wrong(token.column, str(error)) from None
        self._checked(token, name, None)
        return name

    def _named(self, token: _Token, name: str) -> int:
        """The channel of a layer that is meant by a word."""
        try:
            return self._network.channel(name, token.text)
        except DreamError as error:
            raise _Wrong(token.column, str(error)) from None

    def _checked(self, token: _Token, name: str, index: int | None) -> None:
        try:
            self._network.check(name, index)
        except DreamError as error:
            raise _Wrong(token.column, str(error)) from None

    def _objective(self, token: _Token, name: str, index: int | None) -> Objective:
        if self._guided_by is None:
            return layer(name) if index is None else channel(name, index)
        if index is not None:
            raise _Wrong(token.column, f"--guide is for whole layers. Leave :{index} away.")
        features_at = _Features(self._guided_by, name, self._network)
        return guide(name, features_at, features_at(Moment()).shape)

    def _called(self, token: _Token) -> Objective:
        """walk(...), strongest(...) or class(...)."""
        if token.text not in ("walk", "strongest", "class"):
            says = f"{token.text} is none of walk(...), strongest(...) and class(...)."
            raise _Wrong(token.column, says)
        if self._guided_by is not None:
            raise _Wrong(token.column, f"--guide is for whole layers, not for {token.text}.")
        self._need("(", _EXPECTED)
        if token.text == "class":
            return self._class(token)
        place = self._now
        if place.kind != "place":
            raise _Wrong(place.column, "expected is a layer first.")
        self._place += 1
        name = self._found(place)
        channels = self._network.layers[name].channels
        if token.text == "strongest":
            self._need(",", "expected is strongest(LAYER, HOW MANY).")
            count = self._now
            many = self._number()
            self._need(")", "this bracket is not closed.")
            if not (many.is_integer() and 1 <= many <= channels):
                raise _Wrong(count.column, f"{name} has 1 to {channels} channels.")
            return strongest(name, int(many))
        values: dict[str, _Token] = {}
        while self._take(","):
            key = self._now
            if key.text not in ("every", "fade", "seed") or key.text in values:
                raise _Wrong(key.column, "expected is every=2s, fade=0.5s or seed=1, each once.")
            self._place += 1
            self._need("=", f"expected is = after {key.text}.")
            values[key.text] = self._now
            if self._now.kind != "number":
                raise _Wrong(self._now.column, "expected is a number.")
            self._place += 1
        self._need(")", "this bracket is not closed.")
        return walk(name, channels, _Pace.of(values))

    def _class(self, called: _Token) -> Objective:
        """What stands in the brackets of class(...)."""
        name = self._now
        if name.kind != "name":
            raise _Wrong(name.column, "expected is the name of a class, such as class(peacock).")
        self._place += 1
        try:
            classes = self._network.classified()
        except DreamError as error:
            raise _Wrong(called.column, str(error)) from None
        if self._now.text == ",":
            raise _Wrong(
                self._now.column, "expected is one name; a sum has more: class(A) + class(B)."
            )
        self._need(")", "this bracket is not closed.")
        try:
            number = classes.find(name.text.strip())
        except DreamError as error:
            raise _Wrong(name.column, str(error)) from None
        self._checked(name, classes.layer, number)
        description = f"class({name.text.strip()})"
        return of_channels(classes.layer, lambda moment: {number: 1.0}, description)


@dataclass(frozen=True)
class _Features:
    """Gives the features of a guide at a layer; those of the same picture are found once."""

    guide: Guide
    layer: str
    network: Network = field(compare=False)
    last: list[tuple[Image, np.ndarray]] = field(default_factory=list, compare=False)

    def __call__(self, moment: Moment) -> np.ndarray:
        picture = self.guide(moment)
        if not self.last or self.last[0][0] is not picture:
            small = resize(picture, within(picture.shape, _GUIDE_SIDE))
            self.last[:] = [(picture, features_of(small, self.layer, self.network))]
        return self.last[0][1]


class _Pace(NamedTuple):
    """How a walk goes: seconds or frames for a channel, for its fading, and the seed."""

    every: float
    every_in_frames: bool
    fade: float
    fade_in_frames: bool
    seed: int

    @classmethod
    def of(cls, values: Mapping[str, _Token]) -> _Pace:
        every, fade, seed = (values.get(name) for name in ("every", "fade", "seed"))
        found = cls(
            float(every.text) if every else 2.0,
            every is not None and not every.seconds,
            float(fade.text) if fade else 0.5,
            fade is not None and not fade.seconds,
            int(float(seed.text)) if seed else 0,
        )
        if found.every < _SHORTEST:
            assert every is not None
            raise _Wrong(every.column, f"expected is a time from {_SHORTEST} on.")
        return found

    def place(self, moment: Moment) -> tuple[int, float]:
        """How many channels have gone by, and how far the next has come, 0 to 1."""
        every = self.every * (1 if self.every_in_frames else moment.fps)
        fade = min(every, self.fade * (1 if self.fade_in_frames else moment.fps))
        number = (moment.frame + 1e-6) // every  # 0.1 seconds of 30 frames are a bit more than 3
        share = (moment.frame - (number + 1) * every + fade) / fade if fade else 0.0
        return int(number), max(0.0, share)


def walk(name: str, channels: int, pace: _Pace) -> Objective:
    """One random channel of a layer after another.

    Args:
        channels: How many the layer has.
        pace: How long each lasts, and how the next comes.
    """

    def chosen(number: int) -> int:
        return int(np.random.default_rng([pace.seed, number]).integers(channels))

    def weights(moment: Moment) -> dict[int, float]:
        number, share = pace.place(moment)
        found = {chosen(number): 1 - share}
        following = chosen(number + 1)
        found[following] = found.get(following, 0.0) + share
        return found

    return of_channels(name, weights, f"walk({name})")


def strongest(name: str, count: int) -> Objective:
    """The channels of a layer that the picture excites most, before it is dreamt."""

    def weights(moment: Moment) -> dict[int, float]:
        order = np.argsort(-moment.strengths(name), kind="stable")
        return {int(index): 1 / count for index in order[:count]}

    return of_channels(name, weights, f"strongest({name}, {count})")
