"""One dream in many variations: a folder for each, which begins with a copy of its img_0."""

from __future__ import annotations

import filecmp
import hashlib
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from pathlib import Path

from dreammovie.errors import DreamError
from dreammovie.farm.orders import Order, asked, check_new
from dreammovie.files import whole
from dreammovie.movies.folder import start_image, start_images
from dreammovie.movies.mask import mask_in
from dreammovie.pictures.sheet import Label

_LONGEST = 60  # characters of a name, a digest included
_DIGEST = 8  # hexadecimal digits
_ODD = re.compile(r"[^\w.,=+-]+|[. ]+$")  # what some disk or terminal has trouble with
_OPENS, _CLOSES = "([{", ")]}"
_OUT_OF_STEP = "fps", "every"
_MOST_COLUMNS = 8  # in which each row is one value of what varies more slowly


@dataclass(frozen=True)
class Axis:
    """What varies.

    Attributes:
        name: Of a setting, or preset, or recipe.
        values: As a person wrote them, each once.
    """

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Varied:
    """A dream, and its variations.

    Attributes:
        folder: Of the dream that they are of, and in which they lie.
        orders: For each.
        labels: What is to be said of each.
        name: Of all of them together, such as "layer=mixed3b,mixed4c".
        columns: How many stand side by side in a table of them; None: any number.
    """

    folder: Path
    orders: tuple[Order, ...]
    labels: tuple[Label, ...]
    name: str
    columns: int | None


def axis_of(text: str) -> Axis:
    """What varies, read from `NAME=A,B,C`.

    Where a value has commas itself, as a schedule does, `|` stands between values; commas within
    brackets part nothing.

    Raises:
        DreamError: it is not written so, or may not vary.
    """
    name, equals, values = text.partition("=")
    name = name.strip().removeprefix("--").replace("-", "_")
    parts = [part.strip() for part in (values.split("|") if "|" in values else _parted(values))]
    if not (name and equals and all(parts)):
        raise DreamError(
            f"--vary was {text!r}; expected is a setting and its values, such as "
            "layer=mixed3b,mixed4c. A | stands between values that have commas themselves."
        )
    if name in _OUT_OF_STEP:
        raise DreamError(
            f"--vary {name}: dreams side by side play in step. Dream them one by one, with --list."
        )
    return Axis(name, tuple(dict.fromkeys(parts)))


def count(axes: Sequence[Axis]) -> int:
    """How many variations there are."""
    return prod(len(axis.values) for axis in axes)


def varied(order: Order, axes: Sequence[Axis]) -> Varied:
    """All variations of a dream; nothing is made yet.

    Args:
        order: For the dream of which they are; each begins with its img_0, and with what is asked
            there.
        axes: What varies, what does so most slowly first.

    Raises:
        DreamError: something varies twice, or a setting or a value is not possible.
        OSError: something cannot be read.
    """
    names = [axis.name for axis in axes]
    if twice := [name for name in names if names.count(name) > 1]:
        raise DreamError(f"--vary {twice[0]} is given twice. Give all its values at once.")
    orders, labels = {}, []
    for values in product(*(axis.values for axis in axes)):
        one = asked(order, dict(zip(names, values, strict=True)))
        check_new(one)
        told = [f"{name} {value}" for name, value in zip(names, values, strict=True)]
        folder = order.folder / _name(names, values)
        _check_start(order.folder, folder)
        orders[folder] = one.of(folder)
        labels.append(Label(told[0], ", ".join(told[1:])))
    columns = len(axes[-1].values) if 1 < len(axes[-1].values) <= _MOST_COLUMNS else None
    return Varied(
        order.folder,
        tuple(orders.values()),
        tuple(labels),
        _name(names, [",".join(axis.values) for axis in axes]),
        columns if len(axes) > 1 else None,
    )


def begin(one: Varied) -> None:
    """Makes the folders that are not there yet.

    Raises:
        OSError: the disk is full, or cannot be written.
    """
    files = [start_image(one.folder)]
    if mask := mask_in(one.folder):
        files.append(one.folder / mask)
    for order in one.orders:
        order.folder.mkdir(exist_ok=True)
        for file in files:
            copy = order.folder / file.name
            if not copy.exists():
                with whole(copy) as part:
                    shutil.copyfile(file, part)


def _parted(text: str) -> list[str]:
    """A text at its commas, but for those within brackets."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in _OPENS) - (letter in _CLOSES)
        if letter == "," and depth <= 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def _name(names: Sequence[str], values: Sequence[str]) -> str:
    """A name for a folder or a file, safe and short; different values never have the same."""
    text = ",".join(f"{name}={value}" for name, value in zip(names, values, strict=True))
    safe = _ODD.sub("_", text)
    # Some disks do not tell capitals apart.
    if safe == text == text.lower() and len(text) <= _LONGEST:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()[:_DIGEST]
    return f"{safe[: _LONGEST - _DIGEST - 1]}_{digest}"


def _check_start(base: Path, folder: Path) -> None:
    """Checks that a variation that is there already is of the same img_0."""
    if not folder.is_dir():
        return
    there = start_images(folder)
    if there and not filecmp.cmp(there[0], start_image(base), shallow=False):
        raise DreamError(
            f"{folder} began with another img_0 than {base} has now. Move it away, and it is "
            "dreamt anew."
        )
