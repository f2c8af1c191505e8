"""Weights that Keras wrote, read as data: arrays, and the names they lie under.

Three kinds of files hold them: `.weights.h5`, where a path leads to each layer's arrays;
`.keras`, a ZIP archive with such a file inside; and the older `.h5`, a list of layers in
order. Nothing else in them is looked at: no model is built from a description in a file,
and nothing in it is executed.
"""

from __future__ import annotations

import io
import lzma
import math
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count, takewhile
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from dreammovie.device import tf
from dreammovie.errors import DreamError

keras = tf.keras

_LIST = "layer_names"  # an attribute of older files
_MEMBER = "model.weights.h5"  # of a `.keras` archive
_MAX_GROWTH = 2**29  # bytes by which a `.keras` archive may grow; weights are hard to pack
_MAX_LIST = 2**24  # bytes of an attribute, such as a list of names
_MAX_CHUNK = 2**28  # bytes of an array that can only be unpacked together


def fill(model: Any, path: Path, name: str) -> None:
    """Fills a Keras model's weights from a file.

    Args:
        model: A functional `keras.Model`; all of its layers are filled.
        path: A `.weights.h5`, `.keras` or older `.h5` file of the same architecture.
        name: The network's name, for messages.

    Raises:
        DreamError: it is no such file, or does not fit; the message names the layer.
        OSError: it cannot be read.
    """
    with opened(path, name) as file:
        group = _listed(file)
        if group is not None:
            _fill_in_order(model, group)
        else:
            fill_by_path(leaves(model), file)


def dense_above(model: Any, path: Path, name: str) -> list[int]:
    """How wide the dense layers are that a file has beyond those of a model: its classifier.

    Args:
        model: Has no dense layers itself.
        path, name: As for `fill`.

    Raises:
        DreamError, OSError: as `fill`.
    """
    with opened(path, name) as file:
        group = _listed(file)
        if group is None:
            paths = (f"layers/dense{number}/vars/0" for number in ("", "_1", "_2"))
            kernels = [file.get(path) for path in paths]
        else:
            above = _stored(group)[len([layer for layer in model.layers if layer.weights]) :]
            kernels = [_group(group, layer).get(values[0]) for layer, values in above]
        return [width for kernel in kernels for width in getattr(kernel, "shape", ())[-1:]]


def _listed(file: Any) -> Any:
    """Where an older `.h5` file has its list of layers; None: it is a newer one."""
    if _LIST in file.attrs or "model_weights" in file:
        return group_at(file, "model_weights") or file
    return None


@contextmanager
def computing_in(precision: str) -> Iterator[None]:
    """Models built in this block compute in "float32" or "bfloat16"; weights stay float32."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32" if precision == "float32" else f"mixed_{precision}")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


_DAMAGED = (
    OSError,
    LookupError,
    ValueError,
    RuntimeError,
    TypeError,
    OverflowError,
    EOFError,
    MemoryError,
    zlib.error,
    lzma.LZMAError,
)
"""What h5py and zipfile raise of files that are not whole."""


@contextmanager
def opened(path: Path, name: str) -> Iterator[Any]:
    """The open HDF5 file at `path`, or inside the archive at `path`.

    What is wrong with it, or with what the block finds in it, becomes a DreamError.
    """
    with open(path, "rb") as given:
        try:
            content: Any = given
            if zipfile.is_zipfile(given):
                with zipfile.ZipFile(given) as archive:
                    if archive.getinfo(_MEMBER).file_size > path.stat().st_size + _MAX_GROWTH:
                        raise DreamError(f"its {_MEMBER} is far larger than it")
                    content = io.BytesIO(archive.read(_MEMBER))
            with h5py.File(content, "r") as file:
                yield file
        except DreamError as error:
            why = str(error)
        except _DAMAGED as error:
            why = f"it cannot be read ({error})"
        except zipfile.BadZipFile as error:
            why = f"the archive is damaged ({error})"
        else:
            return
    raise DreamError(
        f"{path} does not hold {name}'s weights: {why}. Expected is a file that Keras wrote for "
        "this network: .weights.h5, .keras or .h5."
    )


def leaves(model: Any, above: str = "") -> dict[str, Any]:
    """All layers of a model by their paths in a `.weights.h5` file, nested ones opened."""
    found: dict[str, Any] = {}
    counts: dict[str, int] = {}
    for layer in model.layers:
        kind = snake_case(type(layer).__name__)
        number = counts[kind] = counts.get(kind, -1) + 1
        path = f"{above}layers/{kind}_{number}" if number else f"{above}layers/{kind}"
        if isinstance(layer, keras.Model):
            found |= leaves(layer, f"{path}/")
        else:
            found[path] = layer
    return found


def snake_case(name: str) -> str:
    """A class' name as Keras writes it: MaxPooling2D is max_pooling2d."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def own_variables(layer: Any) -> dict[str, Any]:
    """A layer's variables by the names Keras stores them under: "0", "1", ..."""
    store: dict[str, Any] = {}
    layer.save_own_variables(store)
    return store


def fill_by_path(layers: Mapping[str, Any], file: Any) -> None:
    """Fills layers from `path/vars/0`, `path/vars/1`, ... of a `.weights.h5` file."""
    for path, layer in layers.items():
        expected = own_variables(layer)
        if not expected:
            continue
        name = f"{layer.name} ({path})"
        stored = group_at(file, f"{path}/vars")
        if stored is None or len(stored) != len(expected):
            raise DreamError(
                f"layer {name} has {len(stored or ())} in the place of {len(expected)} arrays"
            )
        arrays = {
            key: array(stored.get(key), name, variable.shape) for key, variable in expected.items()
        }
        layer.load_own_variables(arrays)


def _fill_in_order(model: Any, group: Any) -> None:
    """Fills a model from an older `.h5` file, whose layers have other names but one order.

    What comes after the model's last layer is a classifier, and not needed.
    """
    layers = [layer for layer in model.layers if layer.weights]
    stored = _stored(group)
    for layer, (name, values) in zip(layers, stored, strict=False):
        variables = layer.trainable_weights + layer.non_trainable_weights
        if len(values) != len(variables):
            raise DreamError(
                f"layer {layer.name} ({name}) has {len(values)} in the place of "
                f"{len(variables)} arrays"
            )
        for variable, value in zip(variables, values, strict=True):
            stored_value = array(
                _group(group, name).get(value), f"{layer.name} ({name})", variable.shape
            )
            variable.assign(stored_value)
        if hasattr(layer, "finalize_state"):
            layer.finalize_state()
    if len(layers) > len(stored):
        raise DreamError(f"layer {layers[len(stored)].name} is missing")


def _stored(group: Any) -> list[tuple[str, list[str]]]:
    """The layers of an older `.h5` file that have weights, and the names of these, in order."""
    named = ((name, _names(_group(group, name), "weight_names")) for name in _names(group, _LIST))
    return [(name, values) for name, values in named if values]


def _names(group: Any, attribute: str) -> list[str]:
    """A list of names; a long one is cut into attribute0, attribute1, ..."""
    chunks = (f"{attribute}{number}" for number in count())
    parts = (
        [attribute]
        if attribute in group.attrs
        else list(takewhile(lambda part: part in group.attrs, chunks))
    )
    names: list[str] = []
    for part in parts:
        stored = group.attrs.get_id(part)
        count_of_names = stored.get_space().get_simple_extent_npoints()
        if count_of_names * stored.get_type().get_size() > _MAX_LIST:
            raise DreamError(f"its list {part} is far too long")
        names += [n.decode() if isinstance(n, bytes) else str(n) for n in group.attrs[part]]
    return names


def group_at(parent: Any, path: str) -> Any:
    """The group at a path of an open file; None where there is none.

    Raises:
        DreamError: something else lies there.
    """
    found = parent.get(path)
    if found is not None and not isinstance(found, h5py.Group):
        raise DreamError(f"{path} is no group")
    return found


def _group(parent: Any, path: str) -> Any:
    """As `group_at`, where there must be one."""
    found = group_at(parent, path)
    if found is None:
        raise DreamError(f"{path} is missing")
    return found


def array(stored: Any, layer: str, shape: tuple[int, ...]) -> np.ndarray:
    """The values of an HDF5 dataset; its shape is checked before anything is read.

    Args:
        stored: What lies where the dataset is expected.
        layer: The layer it is for, as messages name it.
        shape: It must have.

    Raises:
        DreamError: it is no dataset of numbers in this file, or has another shape.
    """
    if not isinstance(stored, h5py.Dataset) or stored.dtype.kind not in "fiu":
        raise DreamError(f"an array of layer {layer} is missing")
    # A dataset may name another file, whose content would become the weights. (A link to
    # another file leads nowhere, since this one was opened without its name.)
    if stored.external or stored.is_virtual:
        raise DreamError(f"an array of layer {layer} lies in another file")
    if stored.shape != tuple(shape):
        raise DreamError(f"layer {layer} has an array {stored.shape}, expected is {tuple(shape)}")
    if math.prod(stored.chunks or ()) * stored.dtype.itemsize > _MAX_CHUNK:
        raise DreamError(f"an array of layer {layer} lies in pieces too large to be unpacked")
    return stored[()]
