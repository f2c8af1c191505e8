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
_MAX_ELEMENTS = 2**26  # of one constant; the largest in the official file has 2**20
_MEAN = 117.0  # of the training pictures, taken off every pixel value
_INPUT = "input"


@dataclass(frozen=True)
class _Node:
    """One operation: its name, kind, the names of its inputs, its attributes as protobuf."""

    name: str
    op: str
    inputs: tuple[str, ...]
    attributes: Any


def _same_padded(node: _Node) -> None:
    if node.attributes["padding"].s != b"SAME":
        raise DreamError(f"node {node.name} is not SAME-padded")
    if node.attributes["data_format"].s not in (b"", b"NHWC"):
        raise DreamError(f"node {node.name} is not NHWC")


def _square(node: _Node, attribute: str) -> int:
    """The one number in [1, n, n, 1]."""
    values = list(node.attributes[attribute].list.i)
    if len(values) != 4 or values[0] != 1 or values[3] != 1 or values[1] != values[2]:
        raise DreamError(f"node {node.name} has {attribute} {values}, expected [1, n, n, 1]")
    if not 1 <= values[1] <= 64:
        raise DreamError(f"node {node.name} has {attribute} {values}, expected n from 1 to 64")
    return values[1]


def _conv(node: _Node, x: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    _same_padded(node)
    return tf.nn.conv2d(x, kernel, _square(node, "strides"), "SAME")


def _max_pool(node: _Node, x: tf.Tensor) -> tf.Tensor:
    _same_padded(node)
    return tf.nn.max_pool2d(x, _square(node, "ksize"), _square(node, "strides"), "SAME")


def _lrn(node: _Node, x: tf.Tensor) -> tf.Tensor:
    attributes = node.attributes
    return tf.nn.local_response_normalization(
        x,
        depth_radius=attributes["depth_radius"].i,
        bias=attributes["bias"].f,
        alpha=attributes["alpha"].f,
        beta=attributes["beta"].f,
    )


OPERATIONS: dict[str, Callable[..., tf.Tensor]] = {
    "Conv2D": _conv,
    "BiasAdd": lambda node, x, bias: tf.nn.bias_add(x, bias),
    "Relu": lambda node, x: tf.nn.relu(x),
    "MaxPool": _max_pool,
    "LRN": _lrn,
    "Concat": lambda node, axis, *xs: tf.concat(xs, axis),
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
        order = _below(nodes, [n for n in nodes if nodes[n].op in OPERATIONS], skip_unknown=True)
        constants = {n: _constant(nodes[n]) for n in order if nodes[n].op == "Const"}
        layers = _layers(nodes, order, constants)
        if not layers:
            raise DreamError("no layer can be computed from its input")
    except DreamError as error:
        raise DreamError(
            f"{path} does not hold {name}'s weights: {error}. "
            "Expected is a frozen GraphDef such as tensorflow_inception_graph.pb."
        ) from None

    def activations(images: tf.Tensor, wanted: Sequence[str]) -> dict[str, tf.Tensor]:
        values = {_INPUT: images - _MEAN}
        for node in (nodes[n] for n in _below(nodes, wanted)):
            if node.op == "Const":
                values[node.name] = tf.constant(constants[node.name])
            elif node.op != "Placeholder":
                inputs = [values[i] for i in node.inputs]
                try:
                    values[node.name] = OPERATIONS[node.op](node, *inputs)
                except (ValueError, TypeError, tf.errors.InvalidArgumentError) as error:
                    raise DreamError(f"{path}: node {node.name} does not fit: {error}") from None
        return {n: values[n] for n in wanted}

    return Network(name, layers, activations)


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


def _below(nodes: dict[str, _Node], wanted: Sequence[str], skip_unknown: bool = False) -> list[str]:
    """Names of the nodes that the wanted ones need, themselves included, inputs first.

    Args:
        skip_unknown: Leave out wanted nodes that need an unknown operation, instead
            of raising an error: the classifier above the last layer has some.
    """
    order: dict[str, bool] = {}  # name -> can be computed; in order of completion
    for start in wanted:
        stack, open_nodes = [start], set()
        while stack:
            name = stack[-1]
            if name in order:
                stack.pop()
                continue
            if name not in nodes:
                raise DreamError(f"a node's input {name} is missing")
            node = nodes[name]
            missing = [i for i in node.inputs if i not in order]
            if missing:
                if name in open_nodes:
                    raise DreamError(f"node {name} depends on itself")
                open_nodes.add(name)
                stack += missing
                continue
            known = node.op in OPERATIONS or node.op == "Const" or name == _INPUT
            if not known and not skip_unknown:
                raise DreamError(f"node {name} is an unknown operation, {node.op!r}")
            order[name] = known and all(order[i] for i in node.inputs)
    return [name for name, can in order.items() if can]


def _constant(node: _Node) -> np.ndarray:
    """The values of a Const node: float32 weights, or the axis of a Concat."""
    tensor = node.attributes["value"].tensor
    shape = [d.size for d in tensor.tensor_shape.dim]
    if min(shape, default=1) < 1 or np.prod(shape, dtype=np.float64) > _MAX_ELEMENTS:
        raise DreamError(f"constant {node.name} has the size {shape}")
    try:
        value = tf.make_ndarray(tensor)
    except (TypeError, ValueError) as error:
        raise DreamError(f"constant {node.name} cannot be read ({error})") from None
    if value.dtype not in (np.float32, np.int32):
        raise DreamError(f"constant {node.name} is {value.dtype}, expected float32 or int32")
    return value


def _layers(
    nodes: dict[str, _Node], order: list[str], constants: dict[str, np.ndarray]
) -> dict[str, Layer]:
    """Every layer with its depth and channels, found by walking the graph once."""
    found = {_INPUT: Layer(0, 3, False)}
    for node in (nodes[n] for n in order if n not in constants and n != _INPUT):
        inputs = [found[i] for i in node.inputs if i in found]
        if not inputs:
            raise DreamError(f"node {node.name} has no image among its inputs")
        channels = sum(i.channels for i in inputs)
        if node.op == "Conv2D":
            kernel = constants.get(node.inputs[-1])
            if kernel is None or kernel.ndim != 4 or kernel.shape[2] != channels:
                raise DreamError(f"node {node.name} has no kernel for {channels} channels")
            channels = kernel.shape[3]
        main = "_" not in node.name and "/" not in node.name
        found[node.name] = Layer(max(i.depth for i in inputs) + 1, channels, main)
    del found[_INPUT]
    return found
