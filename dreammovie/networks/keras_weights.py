"""Weights that Keras wrote, read as data: arrays, and the names they lie under.

Three kinds of files hold them: `.weights.h5`, where a path leads to each layer's arrays;
`.keras`, a ZIP archive with such a file inside; and the older `.h5`, a list of layers in
order. Nothing else in them is looked at: no model is built from a description in a file,
and nothing in it is executed.
"""

from __future__ import annotations

import os
import re
import shutil
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from dreammovie.device import tf
from dreammovie.errors import DreamError
from dreammovie.networks.hdf5 import LISTS, Stored

keras = tf.keras

_LAYERS, _VALUES = LISTS  # of older files: their layers, and the arrays of each
_WHOLE = "model_weights"  # where older files of whole models have these lists
_MEMBER = "model.weights.h5"  # of a `.keras` archive
_MAX_GROWTH = 2**29  # bytes by which a `.keras` archive may grow; weights are hard to pack


@contextmanager
def opened(path: Path, name: str) -> Iterator[Stored]:
    """What lies in the HDF5 file at `path`, or in the one inside the archive at `path`.

    Args:
        path: A `.weights.h5`, `.keras` or older `.h5` file.
        name: The network's name, for messages.

    Raises:
        DreamError: it is no such file, or the block raises one.
        OSError: it cannot be read.
    """
    try:
        with open(path, "rb") as given, TemporaryFile() as aside:
            if zipfile.is_zipfile(given):
                _unpack(given, aside)
            yield Stored(aside if aside.tell() else given)
    except DreamError as error:
        raise DreamError(
            f"{path} does not hold {name}'s weights: {error}. Expected is a file that Keras wrote "
            "for this network: .weights.h5, .keras or .h5."
        ) from None


def _unpack(given: IO[bytes], aside: IO[bytes]) -> None:
    """Copies the weights out of a `.keras` archive.

    Raises:
        DreamError: there are none that can be had.
    """
    try:
        with zipfile.ZipFile(given) as archive:
            member = archive.getinfo(_MEMBER)
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise DreamError(f"its {_MEMBER} is packed as Keras packs none")
            if member.file_size > given.seek(0, os.SEEK_END) + _MAX_GROWTH:
                raise DreamError(f"its {_MEMBER} is far larger than it")
            with archive.open(member) as packed:
                shutil.copyfileobj(packed, aside)
    except DreamError:
        raise
    except Exception as error:  # of a damaged archive, zipfile raises some ten kinds
        raise DreamError(f"the archive is damaged ({error})") from None


def fill(model: Any, stored: Stored) -> None:
    """Fills a Keras model's weights.

    Args:
        model: A functional `keras.Model`; all of its layers are filled.
        stored: Weights of the same architecture.

    Raises:
        DreamError: they do not fit; the message names the layer.
    """
    if (older := _listed(stored)) is not None:
        _fill_in_order(model, stored, older)
    else:
        fill_by_path(leaves(model), stored)


def dense_above(model: Any, stored: Stored) -> list[int]:
    """How wide the dense layers are that are stored beyond those of a model: its classifier.

    Args:
        model: Has no dense layers itself.
        stored: Its weights, and perhaps more.

    Raises:
        DreamError: as `fill`.
    """
    if (older := _listed(stored)) is not None:
        above = older[len([layer for layer in model.layers if layer.weights]) :]
        kernels = [paths[0] for _, paths in above]
    else:
        kernels = [f"layers/dense{number}/vars/0" for number in ("", "_1", "_2")]
    found = [stored.arrays[path] for path in kernels if path in stored.arrays]
    return [width for kernel in found for width in kernel.shape[-1:]]


@contextmanager
def computing_in(precision: str) -> Iterator[None]:
    """Models built in this block compute in "float32" or "bfloat16"; weights stay float32."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32" if precision == "float32" else f"mixed_{precision}")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


_Listed = tuple[str, list[str]]
"""A layer's name in an older `.h5` file, and the paths of its arrays."""


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


def fill_by_path(layers: Mapping[str, Any], stored: Stored) -> None:
    """Fills layers from `path/vars/0`, `path/vars/1`, ... of a `.weights.h5` file."""
    for path, layer in layers.items():
        expected = own_variables(layer)
        if not expected:
            continue
        name = f"{layer.name} ({path})"
        there = stored.count(f"{path}/vars")
        if there != len(expected):
            raise DreamError(f"layer {name} has {there} in the place of {len(expected)} arrays")
        layer.load_own_variables(
            {
                key: stored.read(f"{path}/vars/{key}", name, variable.shape)
                for key, variable in expected.items()
            }
        )


def _fill_in_order(model: Any, stored: Stored, older: Sequence[_Listed]) -> None:
    """Fills a model from an older `.h5` file, whose layers have other names but one order.

    What comes after the model's last layer is a classifier, and not needed.
    """
    layers = [layer for layer in model.layers if layer.weights]
    for layer, (name, paths) in zip(layers, older, strict=False):
        variables = layer.trainable_weights + layer.non_trainable_weights
        if len(paths) != len(variables):
            raise DreamError(
                f"layer {layer.name} ({name}) has {len(paths)} in the place of "
                f"{len(variables)} arrays"
            )
        for variable, path in zip(variables, paths, strict=True):
            variable.assign(stored.read(path, f"{layer.name} ({name})", variable.shape))
        if hasattr(layer, "finalize_state"):
            layer.finalize_state()
    if len(layers) > len(older):
        raise DreamError(f"layer {layers[len(older)].name} is missing")


def _listed(stored: Stored) -> list[_Listed] | None:
    """The layers of an older `.h5` file that have weights, in order; None: it is a newer one."""
    if _WHOLE in stored.arrays:
        raise DreamError(f"{_WHOLE} is no group")
    above = _WHOLE if _WHOLE in stored.groups else ""
    if not above and _LAYERS not in stored.groups[above]:
        return None
    older = []
    for name in stored.groups[above].get(_LAYERS, ()):
        path = f"{above}/{name}" if above else name
        if path not in stored.groups:
            raise DreamError(f"{path} is missing")
        if values := stored.groups[path].get(_VALUES):
            older.append((name, [f"{path}/{value}" for value in values]))
    return older
