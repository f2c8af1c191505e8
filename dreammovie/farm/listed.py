"""A list of dreams with their settings: CSV with a header, or JSON lines; a row a dream."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from dreammovie.errors import DreamError
from dreammovie.farm.orders import Order, asked
from dreammovie.files import open_file
from dreammovie.movies.dreams import choose_dream

_DREAM, _FRAMES = "dream", "frames"
_MOST = 16 * 2**20  # bytes
_SHOWN = 20  # mistakes


def listed(path: Path, order: Order) -> list[Order]:
    """The orders in a list.

    Args:
        path: Of the file. Its columns are `dream`, `frames`, and names as `asked` takes them; what
            is empty is not asked for.
        order: What is asked for all of them, where a row says nothing else.

    Raises:
        DreamError: there is no row, or something is wrong with some: a sentence for each.
        OSError: it cannot be read.
    """
    orders: list[Order] = []
    rows: dict[Path, int] = {}
    mistakes: list[str] = []
    for number, row in _rows(path):
        try:
            if isinstance(row, DreamError):
                raise row
            one = _order_of(row, order)
            before = rows.setdefault(one.folder.resolve(), number)
            if before != number:
                raise DreamError(f"{row[_DREAM]} is in row {before} already.")
            orders.append(one)
        except (DreamError, OSError) as error:
            mistakes.append(f"Row {number}: {error}")
    if not (orders or mistakes):
        raise DreamError(f"{path} has no row with a dream. {_EXPECTED}")
    if mistakes:
        more = len(mistakes) - _SHOWN
        shown = mistakes[:_SHOWN] + ([f"And {more} more."] if more > 0 else [])
        raise DreamError("\n".join([f"{path} cannot be followed; nothing was made.", *shown]))
    return orders


_EXPECTED = (
    f"Expected is CSV whose first row names columns, {_DREAM} and settings, or lines of JSON such "
    f'as {{"{_DREAM}": "forest", "zoom": 1.2}}.'
)


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any] | DreamError]]:
    """Each row's number, counted as a person does, and what it says, or what is wrong with it."""
    with open_file(path) as file:
        content = file.read(_MOST + 1)
    if len(content) > _MOST:
        raise DreamError(f"{path} is larger than {_MOST // 2**20} MiB, too large for a list.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DreamError(f"{path} is no text in UTF-8. {_EXPECTED}") from None
    yield from _of_json(text) if text.lstrip()[:1] == "{" else _of_csv(text, path)


def _of_json(text: str) -> Iterator[tuple[int, dict[str, Any] | DreamError]]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield number, DreamError(f"It is no JSON ({error}).")
            continue
        if isinstance(row, dict):
            yield number, {name: value for name, value in row.items() if value is not None}
        else:
            yield number, DreamError(f"It is no object. {_EXPECTED}")


def _of_csv(text: str, path: Path) -> Iterator[tuple[int, dict[str, Any] | DreamError]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, skipinitialspace=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        if twice := [name for name in header if name and header.count(name) > 1]:
            raise DreamError(f"{path} has two columns {twice[0]!r}. Take one out.")
        if _DREAM not in header:
            raise DreamError(f"{path} has no column {_DREAM!r}. {_EXPECTED}")
        for cells in reader:
            number = reader.line_num
            row = {
                name: cell.strip()
                for name, cell in zip(header, cells, strict=False)
                if cell.strip()
            }
            if len(cells) > len(header):
                yield (
                    number,
                    DreamError(
                        f"It has {len(cells)} cells, more than the {len(header)} of the first row. "
                        "A value with commas stands in quotes."
                    ),
                )
            elif row:
                yield number, row
    except csv.Error as error:
        yield reader.line_num, DreamError(f"It is no CSV ({error}).")


def _order_of(row: dict[str, Any], order: Order) -> Order:
    wishes = dict(row)
    dream, frames = wishes.pop(_DREAM, None), wishes.pop(_FRAMES, order.frames)
    if not isinstance(dream, str):
        raise DreamError(f"It names no {_DREAM}.")
    if isinstance(frames, str) and re.fullmatch("[0-9]{1,9}", frames):
        frames = int(frames)
    if frames is not None and not (type(frames) is int and frames > 0):
        raise DreamError(f"{_FRAMES} was {frames!r}; expected is a number from 1 on.")
    return asked(replace(order.of(choose_dream(dream).absolute()), frames=frames), wishes)
