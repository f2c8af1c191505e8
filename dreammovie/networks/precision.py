"""Which numbers a network counts with sooner on this machine: measured once, and kept.

A processor's flags do not tell. Some know bfloat16 and take twice as long with it, as float32 has
ways with fewer multiplications (`networks.winograd`); on others it is the other way round.
"""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version

import numpy as np

from dreammovie.files import cache_folder, whole
from dreammovie.networks.network import Network

log = logging.getLogger(__name__)

PRECISIONS = ("float32", "bfloat16")
"""Numbers that a network can count with."""

_KEPT = "quicker_precision.json"  # in the cache
_MOST_KEPT = 2**20  # bytes
_SIDES = (320, 384)  # a little less than the tiles of a 640x360 frame
_LEAST_SIDE = 128  # of tiles that may still be halved, where memory is short
_REPEATS = 4
_PATIENCE = 0.25  # seconds after which nothing is repeated

Seconds = Mapping[str, float]
"""By precision: how long a network takes for the same work."""


def quicker(seconds: Seconds) -> str:
    """The precision that takes less time."""
    return min(PRECISIONS, key=lambda precision: seconds[precision])


def kept(network: str, digest: str) -> Seconds | None:
    """What was measured here before; None: nothing, or on what was another machine then.

    Args:
        network: Name in `NETWORKS`.
        digest: SHA-256 of its weights, hexadecimal.
    """
    path = cache_folder() / _KEPT
    try:
        if path.stat().st_size > _MOST_KEPT:
            return None
        found = json.loads(path.read_bytes())[_key(network, digest)]
        seconds = {precision: float(found[precision]) for precision in PRECISIONS}
    except (OSError, ValueError, TypeError, LookupError, RecursionError):
        return None  # it is measured anew, and written over
    return seconds if all(map(math.isfinite, seconds.values())) else None


def keep(network: str, digest: str, seconds: Seconds) -> None:
    """Keeps what was measured for the next time, where the cache can be written."""
    path = cache_folder() / _KEPT
    try:
        before = json.loads(path.read_bytes())
        assert isinstance(before, dict)
    except (OSError, ValueError, AssertionError, RecursionError):
        before = {}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole(path) as part:
            everything = before | {_key(network, digest): dict(seconds)}
            part.write_text(json.dumps(everything, indent=1), encoding="utf-8")
    except OSError as error:
        log.warning("%s cannot be kept, and is measured again next time: %s", path, error)


def _key(network: str, digest: str) -> str:
    """Whatever may change which one is quicker."""
    from dreammovie.device import computing

    where = ", threads: ".join(computing().values())
    return f"{network} {digest[:12]} on {where}, TensorFlow {version('tensorflow')}"


def measure(networks: Sequence[Network]) -> Seconds:
    """How long a network takes to look at tiles with either kind of numbers.

    Tiles are seen as a dream sees them, side by side: by itself, one would have cores that else
    belong to its neighbour, and in float32 make more of them. A dream's gradient is the way back,
    of the same convolutions, and takes twice as long to be compiled.

    Args:
        networks: The same one in each of `PRECISIONS`.
    """
    from dreammovie.device import tf

    side = networks[0].tile
    height, width = (side, side) if side else _SIDES
    while True:
        try:
            return _measured(networks, (height, width))
        except tf.errors.ResourceExhaustedError:  # a dream has smaller tiles then, too
            if min(height, width) < _LEAST_SIDE:
                raise
            height, width = height // 2, width // 2


def _measured(networks: Sequence[Network], sides: tuple[int, int]) -> Seconds:
    """`measure`, on tiles of the given (height, width)."""
    from dreammovie.device import AT_ONCE, compiling

    runs = {network.precision: _look(network, sides) for network in networks}
    times = dict.fromkeys(PRECISIONS, math.inf)
    with ThreadPoolExecutor(AT_ONCE) as threads:
        with compiling():  # at its end nothing is being compiled aside, which would count, too
            for run in runs.values():
                run()
        spent = repeats = 0.0
        while repeats < _REPEATS and spent < _PATIENCE:
            for precision, run in runs.items():
                began = time.perf_counter()
                for seen in [threads.submit(run) for _ in range(AT_ONCE)]:
                    seen.result()
                took = time.perf_counter() - began
                times[precision] = min(times[precision], took)
                spent += took
            repeats += 1
    return times


def _look(network: Network, sides: tuple[int, int]) -> Callable[[], None]:
    """A function that looks at a tile and waits until it is seen; its first call compiles."""
    from dreammovie.device import compiled, on_device, tf

    noise = np.random.default_rng(0).uniform(0, 255, (1, *sides, 3))
    tile = on_device(noise.astype(np.float32))

    @compiled
    def look() -> list[tf.Tensor]:
        seen = network.activations(tile, network.favourite_layers)
        return [tf.reduce_mean(each) for each in seen.values()]

    def run() -> None:
        for each in look():
            each.numpy()

    return run
