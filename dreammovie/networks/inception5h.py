"""Inception5h: a frozen GraphDef of 2015, read as data and never executed as a program.

The file is a list of nodes. Each node that lies below a wanted layer is looked up in a
short table of known operations and built from TensorFlow's own; anything else blocks the
layers above it, with a sentence that names it. For the network, see Szegedy et al. 2014,
arXiv:1409.4842.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np

from dreammovie.device import tf
from dreammovie.errors import DreamError
from dreammovie.networks import operations
from dreammovie.networks.classes import Classes, of_imagenet
from dreammovie.networks.graph_def import INPUT, Node, everywhere, inputs_first, read_nodes
from dreammovie.networks.network import Layer, Network

_MAX_DEPTH = 1000
_MAX_CHANNELS = 2**14  # of a layer
_MAX_WORK = 2**22  # multiplications for each pixel of a picture; the official network has 30,000
_MAX_FILLED = 2**20  # elements of constants that are not in the file: one stands for many
_LOGITS = "softmax2_pre_activation"


Operation = Callable[..., tf.Tensor]


def _number(node: Node, name: str, kind: str, default: float, most: float) -> Any:
    """An attribute from 0 to `most`; one that is left out has TensorFlow's default."""
    value = getattr(node.attributes[name], kind) if name in node.attributes else default
    if not 0 <= value <= most:
        raise DreamError(f"node {node.name} has {name} {value}, expected 0 to {most:g}")
    return value


def _square(node: Node, name: str) -> int:
    """The one number in [1, n, n, 1]."""
    values = list(node.attributes[name].list.i)
    if len(values) != 4 or values != [1, values[1], values[1], 1] or not 1 <= values[1] <= 64:
        raise DreamError(f"node {node.name} has {name} {values}, expected [1, n, n, 1]")
    return values[1]


def _check_format(node: Node, padded: bool = True) -> None:
    if padded and node.attributes["padding"].s != b"SAME":
        raise DreamError(f"node {node.name} is not SAME-padded")
    if node.attributes["data_format"].s not in (b"", b"NHWC"):
        raise DreamError(f"node {node.name} is not NHWC")
    if set(node.attributes["dilations"].list.i) - {1}:
        raise DreamError(f"node {node.name} is dilated")


def _conv(node: Node) -> Operation:
    _check_format(node)
    strides = _square(node, "strides")
    return lambda x, kernel: tf.nn.conv2d(x, tf.cast(kernel, x.dtype), strides, "SAME")


def _bias_add(node: Node) -> Operation:
    _check_format(node, padded=False)
    return lambda x, bias: tf.nn.bias_add(x, tf.cast(bias, x.dtype))


def _max_pool(node: Node) -> Operation:
    _check_format(node)
    side, strides = _square(node, "ksize"), _square(node, "strides")
    return lambda x: tf.nn.max_pool2d(x, side, strides, "SAME")


def _lrn(node: Node) -> Operation:
    radius = _number(node, "depth_radius", "i", default=5, most=64)
    bias = _number(node, "bias", "f", default=1, most=1e6)
    alpha = _number(node, "alpha", "f", default=1, most=1e6)
    beta = _number(node, "beta", "f", default=0.5, most=8)
    return operations.LocalResponse(radius, bias, alpha, beta)


def _mat_mul(node: Node) -> Operation:
    if node.attributes["transpose_a"].b or node.attributes["transpose_b"].b:
        raise DreamError(f"node {node.name} is transposed")
    return lambda x, matrix: tf.nn.conv2d(x, tf.cast(matrix[None, None], x.dtype), 1, "SAME")


OPERATIONS: dict[str, Callable[[Node], Operation]] = {
    "Conv2D": _conv,
    "BiasAdd": _bias_add,
    "Relu": lambda node: tf.nn.relu,
    "MaxPool": _max_pool,
    "LRN": _lrn,
    "Concat": lambda node: lambda axis, *xs: tf.concat(xs, 3),
    "MatMul": _mat_mul,
}
"""What a node may do. From input to mixed5b the official file uses just the first six."""


def load(path: Path, name: str, precision: str) -> Network:
    """Reads a frozen GraphDef in Inception5h's layout.

    Args:
        path: The `.pb` file.
        name: The network's name, for messages.
        precision: "float32" or "bfloat16", the numbers to compute with.

    Raises:
        DreamError: `path` is no such file; the message says in what it differs.
        OSError: `path` cannot be read.
    """
    try:
        nodes = everywhere(read_nodes(path))
        parts = _Parts()
        for node in inputs_first(nodes, list(nodes)):
            parts.add(node)
        if not any(layer.main for layer in parts.layers.values()):
            why = next(iter(parts.blocked.values()), "there is nothing above its input")
            raise DreamError(f"no layer can be computed: {why}")
    except DreamError as error:
        raise DreamError(
            f"{path} does not hold {name}'s weights: {error}. "
            "Expected is a frozen GraphDef such as tensorflow_inception_graph.pb."
        ) from None

    def activations(images: tf.Tensor, wanted: Sequence[str]) -> dict[str, tf.Tensor]:
        values: dict[str, Any] = {INPUT: tf.cast(images, precision)}
        joined, made = _joined(nodes, parts, wanted)
        for node in inputs_first(joined, wanted):
            if node.name in parts.constants:
                values[node.name] = parts.constants[node.name]
            elif node.name != INPUT:
                inputs = [values[i] for i in node.inputs]
                try:
                    values[node.name] = made[node.name](*inputs)
                except (ValueError, TypeError, tf.errors.InvalidArgumentError) as error:
                    raise DreamError(f"{path}: node {node.name} does not fit: {error}") from None
        return {n: tf.cast(values[n], tf.float32) for n in wanted}

    logits = parts.layers.get(_LOGITS)
    classes = Classes(_LOGITS, of_imagenet(logits.channels)) if logits else None
    return Network(name, parts.layers, activations, parts.blocked, precision, classes=classes)


def _joined(
    nodes: dict[str, Node], parts: _Parts, wanted: Sequence[str]
) -> tuple[dict[str, Node], dict[str, Operation]]:
    """Has one node do the work of those below it that nobody wants, where that is quicker.

    These are relu(convolution + bias), the normalization of that, and several such of 1x1 that
    see the same.

    Args:
        nodes: By name.
        parts: What is known of them.
        wanted: Names of nodes that must keep their own values.

    Returns:
        The nodes, and what they do.
    """
    nodes, made = dict(nodes), dict(parts.operations)

    def below(node: Node, operation: str) -> Node | None:
        """A node's first input, if it is of such an operation and unwanted."""
        found = nodes[node.inputs[0]]
        return found if found.op == operation and found.name not in wanted else None

    strides: dict[str, int] = {}  # of the convolutions that are joined
    for name, operation in list(made.items()):
        node = nodes[name]
        if node.op == "Relu" and (bias_add := below(node, "BiasAdd")):
            if conv := below(bias_add, "Conv2D"):
                strides[name] = _square(conv, "strides")
                nodes[name] = replace(node, inputs=(*conv.inputs, bias_add.inputs[1]))
                made[name] = partial(operations.conv2d_relu, stride=strides[name])
        elif isinstance(operation, operations.LocalResponse):
            relu = below(node, "Relu")
            if relu and relu.name in strides:
                nodes[name] = replace(node, inputs=relu.inputs)
                made[name] = partial(
                    operations.conv2d_relu_normalized,
                    stride=strides[relu.name],
                    normalization=operation,
                )
    alike: dict[str, list[Node]] = {}  # by what they see
    for node in inputs_first(nodes, wanted):
        if strides.get(node.name) == 1 and parts.constants[node.inputs[1]].shape[:2] == (1, 1):
            alike.setdefault(node.inputs[0], []).append(node)
    for images, convs in alike.items():
        if len(convs) > 1:
            together = " and ".join(conv.name for conv in convs)
            weights = [conv.inputs[i] for i in (1, 2) for conv in convs]
            nodes[together] = Node(together, "", (images, *weights), None)
            made[together] = _convs
            for number, conv in enumerate(convs):
                nodes[conv.name] = replace(conv, inputs=(together,))
                made[conv.name] = itemgetter(number)
    return nodes, made


def _convs(images: tf.Tensor, *weights: np.ndarray) -> list[tf.Tensor]:
    """`operations.convs2d_relu` by all kernels, then as many biases."""
    count = len(weights) // 2
    return operations.convs2d_relu(images, weights[:count], weights[count:])


class _Parts:
    """What the nodes of a file turn out to be; they are added inputs first.

    Attributes:
        constants: The values of Const nodes: float32 weights, or the int32 axis of a Concat.
        operations: What the other nodes do.
        layers: What comes out of them.
        blocked: Nodes that this program cannot compute, and why.
    """

    def __init__(self) -> None:
        self.constants: dict[str, np.ndarray] = {}
        self.operations: dict[str, Operation] = {}
        self.layers: dict[str, Layer] = {}
        self.blocked: dict[str, str] = {}
        self._strides = {INPUT: 1}  # pixels between neighbouring places
        self._filled = 0.0  # elements of constants beyond what the file holds
        self._work = 0.0  # multiplications for each pixel, of all layers

    def add(self, node: Node) -> None:
        try:
            if node.op == "Const":
                self.constants[node.name] = self._constant(node)
            elif node.name != INPUT:
                self._check_inputs(node)
                operation = OPERATIONS[node.op](node)
                self.layers[node.name] = self._layer(node)
                self.operations[node.name] = operation
        except DreamError as error:
            self.blocked[node.name] = str(error)

    def _constant(self, node: Node) -> np.ndarray:
        tensor = node.attributes["value"].tensor
        if tensor.dtype not in (tf.float32, tf.int32):
            raise DreamError(f"constant {node.name} is neither float32 nor int32")
        shape = [d.size for d in tensor.tensor_shape.dim]
        # A few bytes can ask for any size: one value may stand for all of it.
        filled = max(0.0, np.prod(shape, dtype=np.float64) - tensor.ByteSize() / 4)
        if min(shape, default=1) < 1 or len(shape) > 4 or self._filled + filled > _MAX_FILLED:
            raise DreamError(f"constant {node.name} has the size {shape}, too much to hold")
        self._filled += filled
        try:
            return tf.make_ndarray(tensor)
        except (TypeError, ValueError) as error:
            raise DreamError(f"constant {node.name} cannot be read ({error})") from None

    def _check_inputs(self, node: Node) -> None:
        for name in node.inputs:
            if name in self.blocked:
                raise DreamError(self.blocked[name])
            if name != INPUT and name not in self.constants and name not in self.layers:
                raise DreamError(f"node {node.name} needs {name}, which is missing")
        if node.op not in OPERATIONS:
            raise DreamError(f"node {node.name} is an unknown operation, {node.op!r}")
        kinds = ["constant" if name in self.constants else "image" for name in node.inputs]
        expected = {
            "Conv2D": ["image", "constant"],
            "BiasAdd": ["image", "constant"],
            "MatMul": ["image", "constant"],
            "Concat": ["constant", *["image"] * max(1, len(kinds) - 1)],
        }
        if kinds != expected.get(node.op, ["image"]):
            raise DreamError(f"node {node.name} has not the inputs of a {node.op}")

    def _layer(self, node: Node) -> Layer:
        picture = Layer(depth=0, channels=3, main=False, receptive_field=1)
        images = [i for i in node.inputs if i not in self.constants]
        below = [self.layers.get(i, picture) for i in images]
        channels = sum(layer.channels for layer in below)
        constant = next(
            (self.constants[i] for i in node.inputs if i in self.constants), np.empty(0)
        )
        if node.op == "Conv2D":
            if constant.ndim != 4 or constant.shape[2] != channels:
                raise DreamError(f"node {node.name} has no kernel for {channels} channels")
            channels = constant.shape[3]
        elif node.op == "MatMul":
            if constant.ndim != 2 or constant.shape[0] != channels:
                raise DreamError(f"node {node.name} has no matrix for {channels} channels")
            channels = constant.shape[1]
        elif node.op == "BiasAdd" and constant.shape != (channels,):
            raise DreamError(f"node {node.name} has no bias for {channels} channels")
        elif node.op == "Concat" and (constant.size != 1 or constant.item() != 3):
            raise DreamError(f"node {node.name} does not join channels")
        main = not {"_", "/"} & set(node.name) and node.op != "MatMul"
        # All paths to a node have the same stride, or their images would not fit together.
        stride = self._strides[images[0]]
        reach = max(layer.receptive_field or 1 for layer in below)
        if node.op in ("Conv2D", "MaxPool"):
            side = max(constant.shape[:2]) if node.op == "Conv2D" else _square(node, "ksize")
            reach += (side - 1) * stride
            stride *= _square(node, "strides")
        depth = max(layer.depth for layer in below) + 1
        if depth > _MAX_DEPTH or channels > _MAX_CHANNELS:
            raise DreamError(
                f"node {node.name} has {channels:,} channels on top of {depth - 1:,} other nodes; "
                f"expected are at most {_MAX_CHANNELS:,} and {_MAX_DEPTH:,}"
            )
        work = constant.size if node.op in ("Conv2D", "MatMul") else channels
        self._work += work / stride**2
        if self._work > _MAX_WORK:
            raise DreamError(f"node {node.name} and those before it are too much to compute")
        self._strides[node.name] = stride
        return Layer(depth, channels, main, reach)
