"""The networks of `keras.applications`, layer by layer, classifier and all if they have one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from dreammovie.device import tf
from dreammovie.networks.classes import Classes, of_imagenet
from dreammovie.networks.keras_weights import computing_in, dense_above, fill, opened, snake_case
from dreammovie.networks.network import Layer, Network
from dreammovie.networks.table import source_of

keras = tf.keras
_KerasLayer: Any = keras.layers.Layer

Reach = tuple[float, float]
"""Height and width, pixels; infinite where something looks at the whole image."""

_CLASSES = 1000
_LOGITS = "predictions"  # as Keras names the layer
_WINDOW = 7  # places to which VGG's classifier listens, along each side

_EVERYTHING: Reach = (float("inf"), float("inf"))


def load(path: Path, name: str, precision: str) -> Network:
    """Builds a network and fills it from a file.

    Args:
        path: A `.weights.h5`, `.keras` or older `.h5` file.
        name: The network's name in `NETWORKS`.
        precision: "float32" or "bfloat16", the numbers to compute with.

    Raises:
        DreamError: `path` does not hold its weights; the message names the layer.
        OSError: `path` cannot be read.
    """
    with opened(path, name) as stored:
        with computing_in(precision):
            model = build(name)
            head = source_of(name).head
            if head is not None and dense_above(model, stored) == [*head, _CLASSES]:
                model = with_classifier(model, head)
        fill(model, stored)
    return replace(as_network(model, name), precision=precision)


def build(name: str) -> Any:
    """The `keras.Model` of a network, for images of any size, with random weights."""
    function = getattr(keras.applications, source_of(name).builder)
    return function(include_top=False, weights=None, input_shape=(None, None, 3))


def with_classifier(model: Any, head: Sequence[int]) -> Any:
    """The same `keras.Model` with its classifier above, which is asked at every place.

    In Keras, it is asked about the mean of all places, or about a picture of one size.

    Args:
        model: Without a classifier.
        head: Widths of the layers between it and the classes; if there are any, they begin with
            what is within a window.
    """
    x = Window(_WINDOW)(model.output) if head else model.output
    for number, width in enumerate(head, 1):
        x = keras.layers.Dense(width, "relu", name=f"fc{number}")(x)
    return keras.Model(model.input, keras.layers.Dense(_CLASSES, name=_LOGITS)(x))


class Window(_KerasLayer):
    """All that is within a square window around each place, (B, h, w, side * side * C)."""

    def __init__(self, side: int) -> None:
        super().__init__()
        self.kernel_size = (side, side)

    def call(self, x: tf.Tensor) -> tf.Tensor:
        sizes, ones = [1, *self.kernel_size, 1], [1, 1, 1, 1]
        return tf.image.extract_patches(x, sizes, ones, ones, "SAME")

    def compute_output_shape(self, shape: tuple[Any, ...]) -> tuple[Any, ...]:
        return (*shape[:3], shape[3] * self.kernel_size[0] * self.kernel_size[1])


def as_network(model: Any, name: str) -> Network:
    """The network that a functional `keras.Model` is; its input is the row's `pixels`."""
    operations = _named(model)
    outputs = {layer: operation.output for layer, operation in operations.items()}

    @cache
    def cut(wanted: tuple[str, ...]) -> Any:
        return keras.Model(model.input, {layer: outputs[layer] for layer in wanted})

    def activations(images: tf.Tensor, wanted: Sequence[str]) -> dict[str, tf.Tensor]:
        seen = cut(tuple(wanted))(images, training=False)
        return {layer: tf.cast(values, tf.float32) for layer, values in seen.items()}

    classes = Classes(_LOGITS, of_imagenet(_CLASSES)) if _LOGITS in operations else None
    layers = _layers(operations, source_of(name).main)
    return Network(name, layers, activations, classes=classes)


def _named(model: Any) -> dict[str, Any]:
    """The operations of a model by name, each after its inputs.

    Keras numbers what its authors left unnamed through a whole session: conv2d_7 may be
    conv2d_101 the next time. Here the numbers always begin anew, as in a fresh session.
    """
    unnamed: dict[str, list[tuple[int, Any]]] = {}
    for operation in model.operations:
        kind = snake_case(type(operation).__name__)
        if match := re.fullmatch(rf"{kind}(?:_(\d+))?", operation.name):
            unnamed.setdefault(kind, []).append((int(match[1] or 0), operation))
    names = {}
    for kind, numbered in unnamed.items():
        for number, (_, operation) in enumerate(sorted(numbered, key=lambda pair: pair[0])):
            names[id(operation)] = f"{kind}_{number}" if number else kind
    return {names.get(id(each), each.name): each for each in model.operations}


def _layers(operations: dict[str, Any], main: str) -> dict[str, Layer]:
    """What is known of every operation that gives an image, in order of depth."""
    layers: dict[str, Layer] = {}
    # By each operation's output: its depth, its receptive field and its stride.
    seen: dict[int, tuple[int, Reach, Reach]] = {}
    for name, operation in operations.items():
        if isinstance(operation, keras.layers.InputLayer):
            seen[id(operation.output)] = 0, (1, 1), (1, 1)
            continue
        below = [seen[id(tensor)] for tensor in tf.nest.flatten(operation.input)]
        depth = 1 + max(each for each, _, _ in below)
        reach = (max(each[0] for _, each, _ in below), max(each[1] for _, each, _ in below))
        stride = max(each for _, _, each in below)
        reach, stride = _widened(operation, reach, stride)
        seen[id(operation.output)] = depth, reach, stride
        shape = operation.output.shape
        if len(shape) == 4 and shape[1] is None:
            wide = max(reach)
            layers[name] = Layer(
                depth,
                shape[3],
                re.fullmatch(main, name) is not None,
                None if wide == float("inf") else int(wide),
            )
    return dict(sorted(layers.items(), key=lambda item: item[1].depth))


def _widened(operation: Any, reach: Reach, stride: Reach) -> tuple[Reach, Reach]:
    """Receptive field and stride after an operation, from those before it."""
    if isinstance(operation, keras.Sequential):
        for each in operation.layers:
            reach, stride = _widened(each, reach, stride)
        return reach, stride
    if isinstance(operation, keras.layers.GlobalAveragePooling2D):
        return _EVERYTHING, stride
    side = getattr(operation, "kernel_size", getattr(operation, "pool_size", (1, 1)))
    step = getattr(operation, "strides", (1, 1))
    spread = getattr(operation, "dilation_rate", (1, 1))
    wider = [r + (n - 1) * d * s for r, n, d, s in zip(reach, side, spread, stride, strict=True)]
    coarser = [s * n for s, n in zip(stride, step, strict=True)]
    return (wider[0], wider[1]), (coarser[0], coarser[1])
