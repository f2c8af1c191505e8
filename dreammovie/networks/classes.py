"""What a network's classifier tells apart, by name.

`imagenet.txt` has the thousand classes of ImageNet's challenge of 2012, one a line, in the order
of their numbers in WordNet, which Keras and Caffe keep to. Before each name stands its number in
the challenge's own kit, by which Google's first Inception goes.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from dreammovie.errors import DreamError, unknown

_IMAGENET = Path(__file__).with_name("imagenet.txt")
_OF_INCEPTION = 1008  # one of nothing, the thousand in the kit's order, and seven without a meaning
_SUGGESTED = 8  # names at most


@dataclass(frozen=True)
class Classes:
    """The classes of a network.

    Attributes:
        layer: Name of the layer with a channel for each of them.
        names: Of the channels, in their order; "" for one that stands for nothing. None at all
            where nobody knows what they stand for.
    """

    layer: str
    names: tuple[str, ...]

    def find(self, name: str) -> int:
        """The channel of a class.

        Args:
            name: In capitals or without; or the channel's number itself, from 0 on.

        Raises:
            DreamError: there is no such name, or there are two.
        """
        if name.isdecimal() and name.isascii() and len(name) < 10:
            return int(name)
        if not any(self.names):
            raise DreamError(
                "Nobody knows the names of this classifier's classes. "
                f"Write a number, as in class(13), for channel 13 of {self.layer}."
            )
        wanted = " ".join(name.replace("_", " ").split())
        same = [number for number, each in enumerate(self.names) if each == wanted]
        wanted = wanted.lower()
        same = same or [number for number, each in enumerate(self.names) if each.lower() == wanted]
        if len(same) > 1:
            numbers = " or ".join(f"class({number})" for number in same)
            raise DreamError(f"There are {len(same)} classes {name!r}. Write {numbers}.")
        return same[0] if same else self._missing(name, wanted)

    def _missing(self, name: str, wanted: str) -> int:
        """Raises the error for a name that there is not."""
        known = list(dict.fromkeys(each.lower() for each in self.names if each))
        near = [each for each in known if wanted in each.split()]
        near = near or get_close_matches(wanted, known, _SUGGESTED)
        among = f"among {sum(map(bool, self.names)):,}"
        if near:
            raise unknown("class", name, near[:_SUGGESTED], f" {among}")
        examples = ", ".join(known[:: len(known) // 4])
        raise DreamError(f"There is no class {name!r} {among}, such as {examples}.")


def names_in(path: Path) -> tuple[str, ...]:
    """Names of classes, one a line."""
    return tuple(path.read_text("utf-8").splitlines())


def of_imagenet(count: int) -> tuple[str, ...]:
    """The names of a classifier's channels, as many as it has; none where they are not known."""
    numbered = [line.split(" ", 1) for line in names_in(_IMAGENET)]
    if count == len(numbered):
        return tuple(name for _, name in numbered)
    if count == _OF_INCEPTION:
        by_number = {int(number): name for number, name in numbered}
        return tuple(by_number.get(number, "") for number in range(count))
    return ()
