"""Which numbers a network counts with sooner on this machine: measured once, and kept.

A processor's flags do not tell. Some know bfloat16 and take twice as long with it, as float32 has
ways with fewer multiplications (`networks.winograd`); on others it is the other way round.
"""

from __future__ import annotations

import json
import logging
import math
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np

from dreammovie.files import cache_folder, whole
from dreammovie.networks.network import Network

log = logging.getLogger(__name__)

PRECISIONS = ("float32", "bfloat16")
"""Numbers that a network can count with."""

_KEPT = "precision.json"  # in the cache
_MOST_KEPT = 2**20  # bytes
_SIDES = (360, 640)  # of the picture whose convolutions are taken
_HEAVIEST = 2  # kinds of convolutions that are measured: one takes a second to be compiled
_REPEATS = 4
_PATIENCE = 0.25  # seconds for all repeats of one kind

Seconds = Mapping[str, float]
"""By precision: how long a network's heaviest work takes."""


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


def measure(network: Network) -> Seconds:
    """How long the network's heaviest convolutions or products take with either kind of numbers.

    They are taken out of the network as it sees a picture, and computed by themselves on
    random numbers, in turns.

    Args:
        network: In bfloat16, in which each of its convolutions is a single operation.
    """
    from dreammovie.device import compiling

    seconds = dict.fromkeys(PRECISIONS, 0.0)
    with compiling():  # what is being compiled aside would be measured, too
        heaviest = _heaviest(network)
    for product, count in heaviest:
        runs = {each: product.runner(each, network.quick) for each in PRECISIONS}
        with compiling():
            for run in runs.values():
                run()
        times = dict.fromkeys(PRECISIONS, math.inf)
        spent = repeats = 0.0
        while not repeats or (repeats < _REPEATS and spent < _PATIENCE):
            for precision, run in runs.items():
                began = time.perf_counter()
                run()
                took = time.perf_counter() - began
                times[precision] = min(times[precision], took)
                spent += took
            repeats += 1
        for precision in PRECISIONS:
            seconds[precision] += count * times[precision]
    return seconds


@dataclass(frozen=True)
class _Product:
    """A convolution or a product of matrices, without its numbers.

    Attributes:
        kind: TensorFlow's name of the operation.
        shapes: Of its two inputs.
        attributes: How it is done: strides, padding, an equation; by TensorFlow's names.
        work: Multiplications.
    """

    kind: str
    shapes: tuple[tuple[int, ...], tuple[int, ...]]
    attributes: tuple[tuple[str, Any], ...]
    work: float

    @classmethod
    def of(cls, operation: Any) -> _Product:
        """What an operation of a graph, whose type is in `_KINDS`, computes."""
        attributes = {
            each.name: operation.get_attr(each.name)
            for each in operation.op_def.attr
            if each.type != "type"
        }
        one, other = (tuple(each.shape) for each in operation.inputs)
        places = operation.outputs[0].shape.num_elements()
        if operation.type == "Conv2D":
            work = float(places * math.prod(other[:3]))
        else:  # (m, k) with (k, n) gives (m, n)
            work = math.sqrt(math.prod(one) * math.prod(other) * places)
        attributes.pop("N", None)  # it is how many inputs there are
        lists = {name: tuple(v) if isinstance(v, list) else v for name, v in attributes.items()}
        return cls(operation.type, (one, other), tuple(lists.items()), work)

    def runner(self, precision: str, quick: bool) -> Callable[[], Any]:
        """A function that computes it once, and waits for the result.

        Args:
            quick: Whether convolutions are those of `networks.operations`.
        """
        from dreammovie.device import compiled, tf
        from dreammovie.networks.operations import conv2d_relu

        rng = np.random.default_rng(0)
        one, other = (rng.standard_normal(shape, np.float32) for shape in self.shapes)
        how = dict(self.attributes)

        def compute(one: tf.Tensor) -> tf.Tensor:
            if self.kind == "Conv2D" and quick:
                bias = np.zeros(other.shape[3], np.float32)
                return conv2d_relu(one, other, bias, how["strides"][1])
            second = tf.cast(other, precision)
            if self.kind == "Conv2D":
                return tf.raw_ops.Conv2D(input=one, filter=second, **how)
            if self.kind == "MatMul":
                return tf.raw_ops.MatMul(a=one, b=second, **how)
            if self.kind == "BatchMatMulV2":
                return tf.raw_ops.BatchMatMulV2(x=one, y=second, **how)
            return tf.raw_ops.Einsum(inputs=[one, second], **how)

        function, values = compiled(compute), tf.cast(one, precision)
        return lambda: tf.reshape(function(values), (-1,))[0].numpy()


_KINDS = ("Conv2D", "MatMul", "BatchMatMulV2", "Einsum")


def _heaviest(network: Network) -> list[tuple[_Product, int]]:
    """What most of the network's work is made of, and how often each is in it."""
    from dreammovie.device import compiled, tf

    sides = (network.tile, network.tile) if network.tile else _SIDES
    look = compiled(network.activations).get_concrete_function(
        tf.TensorSpec((1, *sides, 3)), network.favourite_layers
    )
    found = Counter(
        _Product.of(each) for each in look.graph.get_operations() if each.type in _KINDS
    )
    return sorted(found.items(), key=lambda item: -item[0].work * item[1])[:_HEAVIEST]
