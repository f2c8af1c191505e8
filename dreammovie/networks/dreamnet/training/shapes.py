"""How wide a student is made beside its teacher."""

from __future__ import annotations

from dreammovie.networks import dreamnet
from dreammovie.networks.network import Network

LOW = ("conv2d2", "mixed3a", "mixed3b")
"""Layers of large pictures, where a student is narrow: what the teacher has there is read from
its channels by a matrix that is learnt along and not shipped."""

HIGH = ("mixed4a", "mixed4b", "mixed4c", "mixed4d")
"""Layers with the teacher's channels, one by one."""

_EVEN = 16  # channels that a processor takes at once


def student_channels(teacher: Network) -> dict[str, int]:
    """How many channels each of the student's convolutions has.

    Raises:
        DreamError: the teacher has not the layers to learn from.
    """
    for name in (*dreamnet.convolutions(), *LOW, *HIGH):
        teacher.check(name, None)
    return {name: _share(name, teacher.layers[name].channels) for name in dreamnet.convolutions()}


def _share(name: str, channels: int) -> int:
    """How many the student has of so many channels of a convolution."""
    low = name.startswith(LOW)
    if name.startswith("conv2d") or (low and name.endswith("bottleneck")):
        return _part(channels, 1, 2)
    if low:
        return _part(channels, 2, 3)
    return _part(channels, 2, 3, least=True) if name.endswith("bottleneck") else channels


def _part(channels: int, share: int, of: int, least: bool = False) -> int:
    """About share / of the channels, as a processor likes it; `least`: never more than that."""
    part = channels * share / of
    even = _EVEN * (int(part / _EVEN) if least else round(part / _EVEN))
    return even or max(2, int(part) // 2 * 2)
