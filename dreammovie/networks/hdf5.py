"""HDF5 files that Keras wrote, read without trusting them.

The library that reads such files follows whatever addresses they name: of a damaged one it may go
round in circles, ask for all memory, or fall. So a process of its own looks the file through, one
that is ended when it takes too long or too much, and says where everything lies; the numbers
themselves are then read from those places as plain bytes.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from itertools import count, takewhile
from typing import IO, Any

import numpy as np

from dreammovie.errors import DreamError

LISTS = ("layer_names", "weight_names")
"""Attributes with lists of names, which older files have."""

_MAX_LIST = 2**24  # bytes of a list of names
_MAX_FOUND = 2**26  # bytes of what is said of a file
_MAX_MEMORY = 3 * 2**29  # bytes that looking a file through may take
_MAX_WORK = 4  # seconds of a processor, likewise; a good file takes a fifth of one
_PATIENCE = 120  # seconds, however slow the disk

Names = dict[str, list[str]]


@dataclass(frozen=True)
class Array:
    """What is known of an array before it is read.

    Attributes:
        shape: Its own.
        dtype: Of its numbers, in NumPy's letters; empty: they are none that can be read.
        offset: Where its bytes begin in the file.
        why: Why they cannot be read from there; empty: they can.
    """

    shape: tuple[int, ...]
    dtype: str
    offset: int
    why: str = ""


class Stored:
    """What an HDF5 file holds.

    Args:
        file: The open file.

    Attributes:
        arrays: By path, such as `layers/dense/vars/0`.
        groups: By path, what else there is: the lists of names in its attributes. The path of the
            outermost is empty.

    Raises:
        DreamError: it is no such file, or damaged; the text says what.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        found = _looked_through(file)
        self.arrays = {path: Array(tuple(shape), *rest) for path, (shape, *rest) in found["arrays"]}
        self.groups: dict[str, Names] = dict(found["groups"])
        self._inside = Counter(path.rpartition("/")[0] for path in (*self.arrays, *self.groups))

    def count(self, group: str) -> int:
        """How many arrays and groups lie directly in a group; 0 where there is none."""
        return self._inside[group]

    def read(self, path: str, layer: str, shape: tuple[int, ...]) -> np.ndarray:
        """The values of an array.

        Args:
            path: Where it is expected.
            layer: The layer it is for, as messages name it.
            shape: It must have.

        Raises:
            DreamError: there are no numbers, or they have another shape.
        """
        array = self.arrays.get(path)
        if array is None or not array.dtype:
            raise DreamError(f"an array of layer {layer} is missing")
        if array.shape != tuple(shape):
            raise DreamError(
                f"layer {layer} has an array {array.shape}, expected is {tuple(shape)}"
            )
        if array.why:
            raise DreamError(f"an array of layer {layer} lies {array.why}")
        dtype = np.dtype(array.dtype)
        self._file.seek(array.offset)
        content = self._file.read(dtype.itemsize * math.prod(shape))
        if len(content) < dtype.itemsize * math.prod(shape):
            raise DreamError(f"an array of layer {layer} is cut off")
        return np.frombuffer(content, dtype).reshape(shape)


def _looked_through(file: IO[bytes]) -> dict[str, Any]:
    """What `_found` finds in a file, by a process that cannot hurt this one."""
    file.seek(0)
    here = os.pathsep.join(path or os.getcwd() for path in sys.path)
    try:
        ended = subprocess.run(
            [sys.executable, "-P", "-m", __name__, str(_MAX_WORK)],
            stdin=file,
            capture_output=True,
            env={**os.environ, "PYTHONPATH": here, "OPENBLAS_NUM_THREADS": "1"},
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise DreamError(f"it cannot be read within {_PATIENCE} seconds") from None
    if ended.returncode:
        raise DreamError("it is damaged: to read it takes without end, or all memory")
    found = json.loads(ended.stdout)
    if isinstance(found, str):
        raise DreamError(f"it cannot be read ({found})")
    return dict(found)


def main(work: int = _MAX_WORK) -> None:
    """Says in JSON what the file on stdin holds, or why it cannot be read.

    Args:
        work: Seconds of a processor after which the system ends this process.
    """
    import h5py

    _limit(work)
    try:
        with h5py.File(sys.stdin.buffer, "r") as file:
            said = json.dumps(_found(file))
        if len(said) > _MAX_FOUND:
            raise DreamError("there is too much in it")
    except Exception as error:  # whatever the library says of a damaged file
        said = json.dumps(str(error))
    print(said)


def _limit(work: int) -> None:
    """Has the system end this process where it takes too long or too much."""
    with suppress(ImportError, ValueError, OSError):  # where the system can
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (work, work))
        resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY, _MAX_MEMORY))


def _found(file: Any) -> dict[str, Any]:
    """Where everything in an open file lies, by path: the fields of `Array`, and lists of names."""
    import h5py

    arrays: dict[str, Any] = {}
    groups = {"": _lists(file)}

    def note(path: str, found: Any) -> None:
        if isinstance(found, h5py.Dataset):
            arrays[path] = _array(found)
        elif isinstance(found, h5py.Group):
            groups[path] = _lists(found)

    file.visititems(note)
    return {"arrays": list(arrays.items()), "groups": list(groups.items())}


def _array(found: Any) -> tuple[tuple[int, ...], str, int, str]:
    """The fields of an `Array`."""
    import h5py

    dtype, offset, why = found.dtype, None, ""
    plain = dtype.kind in "fiu" and found.id.get_type() == h5py.h5t.py_create(dtype)
    # A dataset may name another file, whose content would become the weights. (A link to
    # another file is not followed.)
    if found.external or found.is_virtual:
        why = "in another file"
    elif found.chunks:
        why = "in pieces, not in one as Keras writes it"
    else:
        offset = found.id.get_offset()
        why = "nowhere" if offset is None else ""
    return found.shape or (), dtype.str if plain else "", offset or 0, why


def _lists(group: Any) -> Names:
    """The lists of names of a group; a long one is cut into attribute0, attribute1, ..."""
    lists = {}
    for attribute in LISTS:
        chunks = (f"{attribute}{number}" for number in count())
        parts = takewhile(lambda part: part in group.attrs, chunks)
        found = [attribute] if attribute in group.attrs else list(parts)
        if found:
            lists[attribute] = [name for part in found for name in _names(group.attrs, part)]
    return lists


def _names(attributes: Any, part: str) -> list[str]:
    import h5py

    stored = attributes.get_id(part)
    kind, length = stored.get_type(), stored.get_space().get_simple_extent_npoints()
    if not length:
        return []  # of whatever kind
    if not isinstance(kind, h5py.h5t.TypeStringID):
        raise DreamError(f"its list {part} is none of names")
    if length * kind.get_size() > _MAX_LIST:
        raise DreamError(f"its list {part} is far too long")
    return [n.decode() if isinstance(n, bytes) else str(n) for n in np.ravel(attributes[part])]


if __name__ == "__main__":
    main(int(sys.argv[1]))
