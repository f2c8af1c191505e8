"""Arrays in an NPZ file, read as data by a grammar of this program's own.

NumPy's reader takes a header for a piece of Python and believes whatever size it names. Files come
from anywhere; of all that NumPy can write, this reads arrays of plain 16-bit numbers.
"""

from __future__ import annotations

import math
import re
import zipfile
from pathlib import Path

import numpy as np

from dreammovie.errors import DreamError

_MAX_BYTES = 2**24  # of a file, and of all that is in it
_MAGIC = b"\x93NUMPY\x01\x00"
_HEADER = re.compile(
    rb"\{'descr': '<f2', 'fortran_order': False, 'shape': \(((?:\d{1,9}, ?)*\d{0,9})\), \} *\n"
)


def read_npz(path: Path) -> dict[str, np.ndarray]:
    """All arrays in a file by name.

    Returns:
        float16 arrays.

    Raises:
        DreamError: it is no such file, is damaged, or holds anything else; the text says what.
        OSError: it cannot be read.
    """
    with open(path, "rb") as file:
        if path.stat().st_size > _MAX_BYTES:
            raise DreamError(f"it is larger than {_MAX_BYTES // 2**20} MiB")
        try:
            with zipfile.ZipFile(file) as archive:
                members = archive.infolist()
                if sum(member.file_size for member in members) > _MAX_BYTES:
                    raise DreamError(f"it holds more than {_MAX_BYTES // 2**20} MiB")
                stored = {member.filename: archive.read(member) for member in members}
        except DreamError:
            raise
        except Exception as error:  # of a damaged archive, zipfile raises some ten kinds
            raise DreamError(f"it is no whole NPZ file ({error})") from None
    return {name.removesuffix(".npy"): _array(name, content) for name, content in stored.items()}


def _array(name: str, content: bytes) -> np.ndarray:
    """The array of one member."""
    begin = len(_MAGIC) + 2
    end = begin + int.from_bytes(content[len(_MAGIC) : begin], "little")
    header = _HEADER.fullmatch(content[begin:end])
    if not content.startswith(_MAGIC) or header is None:
        raise DreamError(f"{name} is no array of 16-bit numbers")
    shape = tuple(int(side) for side in header[1].split(b",") if side.strip())
    if len(content) - end != 2 * math.prod(shape):
        raise DreamError(f"{name} has {len(content) - end:,} bytes, too few or many for {shape}")
    return np.frombuffer(content, "<f2", offset=end).reshape(shape)
