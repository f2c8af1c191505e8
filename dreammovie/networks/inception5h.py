"""Inception5h: a frozen GraphDef of 2015, read as data and never executed as a program.

The file is a list of nodes. Each node that lies below a wanted layer is looked up in a
short table of known operations and built from TensorFlow's own; anything else is an
error that names it. See Szegedy et al. 2014, arXiv:1409.4842, for the network.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dreammovie.device import tf
from dreammovie.errors import DreamError
from dreammovie.networks import Layer, Network

_MAX_FILE = 512 * 2**20  # bytes
_MEAN = 117.0  # of the training pictures, taken off every pixel value
_MAX_ELEMENTS = 2**27  # of all constants; the official file has 14 million
_INPUT = "input"


@dataclass(frozen=True)
class _Node:
    """One operation: its name, kind, the names of its inputs, its attributes as protobuf."""

    name: str
    op: str
    inputs: tuple[str, ...]
    attributes: Any


Operation = Callable[..., tf.Tensor]


def _attribute(node: _Node, name: str, kind: str, low: float, high: float) -> Any:
    """A number that the node must state itself: a missing one would read as 0."""
    value = getattr(node.attributes[name], kind) if name in node.attributes else None
    if value is None or not low <= value <= high:
        raise DreamError(f"node {node.name} has {name} {value}, expected {low:g} to {high:g}")
    return value


def _square(node: _Node, name: str) -> int:
    """The one number in [1, n, n, 1]."""
    values = list(node.attributes[name].list.i)
    if len(values) != 4 or values != [1, values[1], values[1], 1] or not 1 <= values[1] <= 64:
        raise DreamError(f"node {node.name} has {name} {values}, expected [1, n, n, 1]")
    return values[1]


def _check_format(node: _Node, padded: bool = True) -> None:
    if padded and node.attributes["padding"].s != b"SAME":
        raise DreamError(f"node {node.name} is not SAME-padded")
    if node.attributes["data_format"].s not in (b"", b"NHWC"):
        raise DreamError(f"node {node.name} is not NHWC")
    if set(node.attributes["dilations"].list.i) - {1}:
        raise DreamError(f"node {node.name} is dilated")


def _conv(node: _Node) -> Operation:
    _check_format(node)
    strides = _square(node, "strides")
    return lambda x, kernel: tf.nn.conv2d(x, kernel, strides, "SAME")


def _bias_add(node: _Node) -> Operation:
    _check_format(node, padded=False)
    return tf.nn.bias_add


def _max_pool(node: _Node) -> Operation:
    _check_format(node)
    side, strides = _square(node, "ksize"), _square(node, "strides")
    return lambda x: tf.nn.max_pool2d(x, side, strides, "SAME")


def _lrn(node: _Node) -> Operation:
    radius = _attribute(node, "depth_radius", "i", 0, 64)
    bias = _attribute(node, "bias", "f", 1e-6, 1e6)
    alpha = _attribute(node, "alpha", "f", 0, 1e3)
    beta = _attribute(node, "beta", "f", 0, 8)
    return lambda x: tf.nn.local_response_normalization(x, radius, bias, alpha, beta)


OPERATIONS: dict[str, Callable[[_Node], Operation]] = {
    "Conv2D": _conv,
    "BiasAdd": _bias_add,
    "Relu": lambda node: tf.nn.relu,
    "MaxPool": _max_pool,
    "LRN": _lrn,
    "Concat": lambda node: lambda axis, *xs: tf.concat(xs, 3),
}
"""What a node may do. From input to mixed5b the official file uses just these six."""


def load(path: Path, name: str) -> Network:
    """Reads a frozen GraphDef in Inception5h's layout.

    Args:
        path: The `.pb` file.
        name: The network's name, for messages.

    Raises:
        DreamError: `path` is no such file; the message says in what it differs.
        OSError: `path` cannot be read.
    """
    try:
        nodes = _read_nodes(path)
        order, blocked = _below(nodes, [n for n in nodes if nodes[n].op != "Const"])
        constants = _constants([nodes[n] for n in order if nodes[n].op == "Const"])
        layers = _layers(nodes, order, constants)
        operations = {n: OPERATIONS[nodes[n].op](nodes[n]) for n in layers}
        if not any(layer.main for layer in layers.values()):
            why = next(iter(blocked.values()), "there is nothing above its input")
            raise DreamError(f"no layer can be computed: {why}")
    except DreamError as error:
        raise DreamError(
            f"{path} does not hold {name}'s weights: {error}. "
            "Expected is a frozen GraphDef such as tensorflow_inception_graph.pb."
        ) from None

    def activations(images: tf.Tensor, wanted: Sequence[str]) -> dict[str, tf.Tensor]:
        values = {_INPUT: images - _MEAN}
        for node in (nodes[n] for n in _below(nodes, wanted)[0]):
            if node.name in constants:
                values[node.name] = tf.constant(constants[node.name])
            elif node.name != _INPUT:
                try:
                    values[node.name] = operations[node.name](*(values[i] for i in node.inputs))
                except (ValueError, TypeError, tf.errors.InvalidArgumentError) as error:
                    raise DreamError(f"{path}: node {node.name} does not fit: {error}") from None
        return {n: values[n] for n in wanted}

    return Network(name, layers, activations, blocked)


def _read_nodes(path: Path) -> dict[str, _Node]:
    """All nodes of a GraphDef file by name."""
    from google.protobuf.message import DecodeError

    if path.stat().st_size > _MAX_FILE:
        raise DreamError(f"it is larger than {_MAX_FILE // 2**20} MiB")
    graph = tf.compat.v1.GraphDef()
    try:
        graph.ParseFromString(path.read_bytes())
    except DecodeError:
        raise DreamError("it is no GraphDef") from None
    nodes: dict[str, _Node] = {}
    for node in graph.node:
        if node.name in nodes:
            raise DreamError(f"two nodes are named {node.name}")
        # "^name" is an order without data; ":0" the first output, the only one used here.
        inputs = [i.removesuffix(":0") for i in node.input if not i.startswith("^")]
        nodes[node.name] = _Node(node.name, node.op, tuple(inputs), node.attr)
    if nodes.get(_INPUT, _Node("", "", (), None)).op != "Placeholder":
        raise DreamError(f"it has no placeholder named {_INPUT!r}")
    return nodes


def _below(nodes: dict[str, _Node], wanted: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """What the wanted nodes need.

    Returns:
        Names of the nodes to compute, the wanted ones included, inputs first; and the
        nodes that need an unknown operation, with a sentence that names it.
    """
    order: list[str] = []
    blocked: dict[str, str] = {}
    done: set[str] = set()
    for start in wanted:
        stack, waiting = [start], set()
        while stack:
            name = stack[-1]
            if name in done:
                stack.pop()
                continue
            if name not in nodes:
                raise DreamError(f"a node's input {name} is missing")
            node = nodes[name]
            missing = [i for i in node.inputs if i not in done]
            if missing:
                if name in waiting:
                    raise DreamError(f"node {name} depends on itself")
                waiting.add(name)
                stack += missing
                continue
            done.add(name)
            reasons = [blocked[i] for i in node.inputs if i in blocked]
            if name != _INPUT and node.op not in ("Const", *OPERATIONS):
                reasons = [f"node {name} is an unknown operation, {node.op!r}"]
            if reasons:
                blocked[name] = reasons[0]
            else:
                order.append(name)
    return order, blocked


def _constants(nodes: Sequence[_Node]) -> dict[str, np.ndarray]:
    """The values of Const nodes: float32 weights, or the int32 axis of a Concat."""
    total = 0.0
    for node in nodes:
        tensor = node.attributes["value"].tensor
        if tensor.dtype not in (tf.float32, tf.int32):
            raise DreamError(f"constant {node.name} is neither float32 nor int32")
        shape = [d.size for d in tensor.tensor_shape.dim]
        # A few bytes can ask for any size: one value may stand for all of it.
        total += np.prod(shape, dtype=np.float64)
        if min(shape, default=1) < 1 or total > _MAX_ELEMENTS:
            raise DreamError(f"constant {node.name} has the size {shape}, too much to hold")
    try:
        return {node.name: tf.make_ndarray(node.attributes["value"].tensor) for node in nodes}
    except (TypeError, ValueError) as error:
        raise DreamError(f"a constant cannot be read ({error})") from None


def _layers(
    nodes: dict[str, _Node], order: list[str], constants: dict[str, np.ndarray]
) -> dict[str, Layer]:
    """Every layer with its depth and channels, found by walking the graph once."""
    found = {_INPUT: Layer(0, 3, False)}
    for node in (nodes[n] for n in order if n not in constants and n != _INPUT):
        kinds = ["constant" if i in constants else "image" for i in node.inputs]
        expected = {
            "Conv2D": ["image", "constant"],
            "BiasAdd": ["image", "constant"],
            "Concat": ["constant", *["image"] * max(1, len(kinds) - 1)],
        }
        if kinds != expected.get(node.op, ["image"]):
            raise DreamError(f"node {node.name} has not the inputs of a {node.op}")
        images = [found[i] for i in node.inputs if i in found]
        channels = sum(image.channels for image in images)
        if node.op == "Conv2D":
            kernel = constants[node.inputs[1]]
            if kernel.ndim != 4 or kernel.shape[2] != channels:
                raise DreamError(f"node {node.name} has no kernel for {channels} channels")
            channels = kernel.shape[3]
        elif node.op == "BiasAdd" and constants[node.inputs[1]].shape != (channels,):
            raise DreamError(f"node {node.name} has no bias for {channels} channels")
        elif node.op == "Concat" and constants[node.inputs[0]].tolist() != 3:
            raise DreamError(f"node {node.name} does not join channels")
        main = "_" not in node.name and "/" not in node.name
        found[node.name] = Layer(max(i.depth for i in images) + 1, channels, main)
    del found[_INPUT]
    return found
