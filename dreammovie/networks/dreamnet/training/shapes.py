"""How wide a student is made beside its teacher."""

from __future__ import annotations

from dreammovie.networks.network import Network

LOW = ("conv2d2", "mixed3a", "mixed3b")
"""Layers of large pictures, where a student is narrow: what the teacher has there is read from
its channels by a matrix that is learnt along and not shipped."""

HIGH = ("mixed4a", "mixed4b", "mixed4c", "mixed4d")
"""Layers with the teacher's channels, one by one."""

_EVEN = 16  # channels that a processor takes at once


def kernel_shapes(teacher: Network) -> dict[str, tuple[int, int, int, int]]:
    """Shape (height, width, channels below, channels) of every kernel of the student."""
    channels = {name: layer.channels for name, layer in teacher.layers.items()}
    narrow = {name: _part(channels[name], 1, 2) for name in ("conv2d0", "conv2d1", "conv2d2")}
    shapes = {
        "conv2d0": (5, 5, 3, narrow["conv2d0"]),
        "conv2d1": (1, 1, narrow["conv2d0"], narrow["conv2d1"]),
        "conv2d2": (3, 3, narrow["conv2d1"], narrow["conv2d2"]),
    }
    below = narrow["conv2d2"]
    for name in (*LOW[1:], *HIGH):
        low = name in LOW
        ends = [channels[f"{name}_{end}"] for end in ("1x1", "3x3", "5x5", "pool_reduce")]
        one, three, five, pool = (_part(end, 2, 3) if low else end for end in ends)
        inner = [channels[f"{name}_{side}_bottleneck"] for side in ("3x3", "5x5")]
        inner3, inner5 = (_part(n, 1, 2) if low else _part(n, 2, 3, least=True) for n in inner)
        shapes |= {
            f"{name}_1x1": (1, 1, below, one),
            f"{name}_3x3_bottleneck": (1, 1, below, inner3),
            f"{name}_3x3": (3, 3, inner3, three),
            f"{name}_5x5_bottleneck": (1, 1, below, inner5),
            f"{name}_5x5": (5, 5, inner5, five),
            f"{name}_pool_reduce": (1, 1, below, pool),
        }
        below = one + three + five + pool
    return shapes


def _part(channels: int, share: int, of: int, least: bool = False) -> int:
    """About share / of the channels, as a processor likes it; `least`: never more than that."""
    part = channels * share / of
    even = _EVEN * (int(part / _EVEN) if least else round(part / _EVEN))
    return even or max(2, int(part) // 2 * 2)
