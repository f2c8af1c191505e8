"""Vision Transformers, built by keras-hub; their tokens lie in a grid, like any activations.

A network of any size can be given: its sizes are read off the shapes of its weights. For
the network, see Dosovitskiy et al. 2020, arXiv:2010.11929.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from dreammovie.device import tf
from dreammovie.errors import DreamError
from dreammovie.networks.hdf5 import Stored
from dreammovie.networks.keras_weights import computing_in, fill_by_path, opened
from dreammovie.networks.network import Layer, Network

_PATCHING = "layers/vi_t_patching_and_embedding"
_ENCODER = "layers/vi_t_encoder"
_BLOCKS = f"{_ENCODER}/encoder_layers"
_MAX_PATCH = 32  # pixels, the least side of an image: it is mirrored up to a patch
_MAX_BLOCKS = 128
_MAX_SIDE = 2**14  # of any array; the huge networks have 5120
_MAX_ELEMENTS = 2**30  # of all arrays; the huge networks have 0.6e9


def load(path: Path, name: str, precision: str) -> Network:
    """Builds a Vision Transformer and fills it from a file that keras-hub wrote.

    Args:
        path: A `.weights.h5` file, such as a preset folder has, or a `.keras` file, of a
            `keras_hub.models.ViTBackbone`.
        name: The network's name, for messages.
        precision: "float32" or "bfloat16", the numbers to compute with.

    Raises:
        DreamError: `path` does not hold the weights of such a network; the message names
            the layer.
        OSError: `path` cannot be read.
    """
    from keras_hub.models import ViTBackbone

    with opened(path, name) as stored:
        with computing_in(precision):
            backbone = ViTBackbone(**_sizes(stored))
        fill_by_path(_parts(backbone), stored)
    return replace(as_network(backbone, name), precision=precision)


def _sizes(stored: Stored) -> dict[str, Any]:
    """The arguments of a ViTBackbone, read off the shapes that are stored."""
    arrays = stored.arrays

    def shape(path: str, dimensions: int) -> tuple[int, ...]:
        array = arrays.get(f"{path}/vars/0")
        found = array.shape if array else ()
        if len(found) != dimensions or max(found) > _MAX_SIDE or min(found) < 1:
            raise DreamError(f"{path} has the shape {found}, expected are {dimensions} sides")
        return found

    patch, _, _, hidden = shape(f"{_PATCHING}/patch_embedding", 4)
    if patch > _MAX_PATCH:
        raise DreamError(f"its patches have {patch} pixels, more than {_MAX_PATCH}")
    positions, _ = shape(f"{_PATCHING}/position_embedding", 2)
    with_class = f"{_PATCHING}/vars/0" in arrays
    grid = math.isqrt(positions - with_class)
    if grid < 1 or grid**2 != positions - with_class:
        raise DreamError(f"its {positions} positions are no square")
    blocks = stored.count(_BLOCKS)
    _, mlp = shape(f"{_BLOCKS}/vi_t_encoder_block/mlp/dense_1", 2)
    _, heads, _ = shape(f"{_BLOCKS}/vi_t_encoder_block/mha/query_dense", 3)
    # Kernels of queries, keys, values and output, and of the two dense layers.
    elements = blocks * (4 * hidden**2 + 2 * hidden * mlp) + hidden * (positions + 3 * patch**2)
    if not 1 <= blocks <= _MAX_BLOCKS or hidden % heads or elements > _MAX_ELEMENTS:
        raise DreamError(
            f"{blocks} blocks of {hidden} channels with {heads} heads are no Vision Transformer "
            "that can be held"
        )
    return {
        "image_shape": (grid * patch, grid * patch, 3),
        "patch_size": patch,
        "num_layers": blocks,
        "num_heads": heads,
        "hidden_dim": hidden,
        "mlp_dim": mlp,
        "use_class_token": with_class,
        "use_patch_bias": f"{_PATCHING}/patch_embedding/vars/1" in arrays,
        "use_mha_bias": f"{_BLOCKS}/vi_t_encoder_block/mha/query_dense/vars/1" in arrays,
        "use_mlp_bias": f"{_BLOCKS}/vi_t_encoder_block/mlp/dense_1/vars/1" in arrays,
    }


def _parts(backbone: Any) -> dict[str, Any]:
    """All layers with weights by their paths in a `.weights.h5` file."""
    patching, encoder = backbone.layers[1:]
    parts = {
        _PATCHING: patching,
        f"{_PATCHING}/patch_embedding": patching.patch_embedding,
        f"{_PATCHING}/position_embedding": patching.position_embedding,
        f"{_ENCODER}/layer_norm": encoder.layer_norm,
    }
    for number, block in enumerate(encoder.encoder_layers):
        path = f"{_BLOCKS}/vi_t_encoder_block" + (f"_{number}" if number else "")
        parts |= {
            f"{path}/layer_norm_1": block.layer_norm_1,
            f"{path}/layer_norm_2": block.layer_norm_2,
            f"{path}/mlp/dense_1": block.mlp.dense_1,
            f"{path}/mlp/dense_2": block.mlp.dense_2,
        }
        for dense in ("query_dense", "key_dense", "value_dense", "output_dense"):
            parts[f"{path}/mha/{dense}"] = getattr(block.mha, dense)
    return parts


def as_network(backbone: Any, name: str) -> Network:
    """The network that a `ViTBackbone` is; its input has the values of the row's `pixels`.

    Its main layers are the features inside each block's MLP, which people can name (Ghiasi
    et al. 2022, arXiv:2212.06727); inside a block are what its attention adds and what
    comes out of it.
    """
    patching, encoder = backbone.layers[1:]

    def activations(images: tf.Tensor, wanted: Sequence[str]) -> dict[str, tf.Tensor]:
        grid, tokens = _embed(images, patching)
        seen: dict[str, tf.Tensor] = {}
        for layer, values in _walk(tokens, encoder):
            if layer in wanted:
                values = values[:, int(patching.use_class_token) :]
                seen[layer] = tf.reshape(values, (-1, *grid, values.shape[2]))
            if len(seen) == len(set(wanted)):
                break
        return {layer: seen[layer] for layer in wanted}

    layers: dict[str, Layer] = {}
    for number in range(1, encoder.num_layers + 1):
        depth = 1 + 3 * number
        layers[f"block{number}_attention"] = Layer(depth - 2, encoder.hidden_dim, False)
        layers[f"block{number}_mlp"] = Layer(depth - 1, encoder.mlp_dim, True)
        layers[f"block{number}"] = Layer(depth, encoder.hidden_dim, False)
    # Attention compares every token with every other: beyond its native size, a tile's
    # memory grows with the fourth power of its side.
    return Network(name, layers, activations, tile=max(patching.image_size))


def _embed(images: tf.Tensor, patching: Any) -> tuple[tuple[int, int], tf.Tensor]:
    """The grid's (height, width), and its tokens, float32 (B, N, C), behind a class token.

    Images whose sides are no multiples of a patch are mirrored at their ends until they are;
    position embeddings are interpolated for images of another size than the native one.
    """
    height, width = images.shape[1:3]
    patch = patching.patch_size[0]
    margin = [[0, 0], [0, -height % patch], [0, -width % patch], [0, 0]]
    tokens = patching.patch_embedding(tf.pad(images, margin, "SYMMETRIC"))
    tokens = tf.cast(tokens, tf.float32)  # what the blocks add up stays exact
    grid = tokens.shape[1], tokens.shape[2]
    native = math.isqrt(patching.num_patches)
    first, places = tf.split(
        patching.position_embedding.embeddings, [int(patching.use_class_token), -1]
    )
    places = tf.reshape(places, (1, native, native, -1))
    if grid != (native, native):
        places = tf.image.resize(places, grid, "bicubic")
    tokens = tf.reshape(tokens + places, (-1, grid[0] * grid[1], tokens.shape[3]))
    if patching.use_class_token:
        leading = tf.repeat(patching.class_token + first, tf.shape(tokens)[0], 0)
        tokens = tf.concat([leading, tokens], 1)
    return grid, tokens


def _walk(tokens: tf.Tensor, encoder: Any) -> Iterator[tuple[str, tf.Tensor]]:
    """Every layer's name and its values, float32 (B, tokens, C), one after the other."""
    for number, block in enumerate(encoder.encoder_layers, 1):
        normal = block.layer_norm_1(tokens)
        attention = tf.cast(block.mha(normal, normal, training=False), tf.float32)
        yield f"block{number}_attention", attention
        tokens = tokens + attention
        hidden = block.mlp.dense_1(block.layer_norm_2(tokens))
        yield f"block{number}_mlp", tf.cast(hidden, tf.float32)
        tokens = tokens + tf.cast(block.mlp.dense_2(hidden), tf.float32)
        yield f"block{number}", tokens
