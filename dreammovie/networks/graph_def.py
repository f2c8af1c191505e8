"""Frozen GraphDefs, the files of TensorFlow's first years, read as lists of nodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dreammovie.device import tf
from dreammovie.errors import DreamError

# The official file has 54 MB in 400 nodes, the deepest on top of 80 others.
_MAX_FILE = 2**27  # bytes
_MAX_PARTS = 100_000  # nodes, inputs, attributes and what is in them; the official one has 8,000
_MAX_NODE = 2**13  # bytes of a node without numbers

INPUT = "input"
"""The node that takes pictures."""


@dataclass(frozen=True)
class Node:
    """One operation: its name, kind, the names of its inputs, its attributes as protobuf."""

    name: str
    op: str
    inputs: tuple[str, ...]
    attributes: Any


def read_nodes(path: Path) -> dict[str, Node]:
    """All nodes of a GraphDef file by name."""
    from google.protobuf.message import DecodeError

    if path.stat().st_size > _MAX_FILE:
        raise DreamError(f"it is larger than {_MAX_FILE // 2**20} MiB")
    content = path.read_bytes()
    _count_parts(memoryview(content))
    graph = tf.compat.v1.GraphDef()
    try:
        graph.ParseFromString(content)
    except DecodeError:
        raise DreamError("it is no GraphDef") from None
    nodes: dict[str, Node] = {}
    for node in graph.node:
        if node.name in nodes:
            raise DreamError(f"two nodes are named {node.name}")
        if node.op != "Const" and node.ByteSize() > _MAX_NODE:
            raise DreamError(f"node {node.name} has {node.ByteSize():,} bytes, too many to mean it")
        # "^name" is an order without data; ":0" the first output, the only one used here.
        inputs = [i.removesuffix(":0") for i in node.input if not i.startswith("^")]
        nodes[node.name] = Node(node.name, node.op, tuple(inputs), node.attr)
    if nodes.get(INPUT, Node("", "", (), None)).op != "Placeholder":
        raise DreamError(f"it has no placeholder named {INPUT!r}")
    return nodes


def everywhere(nodes: dict[str, Node]) -> dict[str, Node]:
    """Has a classifier look at every place of a picture, not at the mean of them all.

    So it takes pictures of any size. The mean of what it says is what it says of the mean.
    """
    found = dict(nodes)
    for name, node in nodes.items():
        for _ in range(2):  # a mean, and what makes a list of it
            below = nodes.get(node.inputs[0]) if node.op == "MatMul" and node.inputs else None
            if below and below.op in ("AvgPool", "Mean", "Reshape") and below.inputs:
                node = found[name] = replace(node, inputs=(below.inputs[0], *node.inputs[1:]))
    return found


_INSIDE = ({1}, {5}, {2}, {1, 8})
"""Numbers of the parts of a GraphDef that have parts: nodes; their attributes; the values of these;
lists and arrays."""


def _count_parts(content: memoryview, level: int = 0, before: int = 0) -> int:
    """How many parts a GraphDef has, and `before`, counted before they take up memory.

    A part is a number with its kind, its length, and so many bytes; numbers have seven bits a byte.

    Raises:
        DreamError: they are too many, or this is no GraphDef.
    """
    place, count = 0, before

    def number() -> int:
        nonlocal place
        value = shift = 0
        while place < len(content) and shift < 64:
            byte = content[place]
            place += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value
        raise DreamError("it is no GraphDef")

    while place < len(content):
        count += 1
        if count > _MAX_PARTS:
            raise DreamError(f"it has more than {_MAX_PARTS:,} parts")
        field, kind = divmod(number(), 8)
        length = {1: 8, 2: None, 5: 4}.get(kind, 0)
        if kind == 0:
            number()
        elif length is None:
            length = number()
            if level < len(_INSIDE) and field in _INSIDE[level]:
                count = _count_parts(content[place : place + length], level + 1, count)
        place += length or 0
    return count


def inputs_first(nodes: dict[str, Node], wanted: Sequence[str]) -> list[Node]:
    """The wanted nodes and all that they need, each after its inputs."""
    order: dict[str, Node] = {}
    for start in wanted:
        stack, waiting = [start], set()
        while stack:
            name = stack[-1]
            if name in order:
                stack.pop()
                continue
            missing = [i for i in nodes[name].inputs if i in nodes and i not in order]
            if not missing:
                order[name] = nodes[name]
            elif name in waiting:
                raise DreamError(f"node {name} depends on itself")
            else:
                waiting.add(name)
                stack += missing
    return list(order.values())
