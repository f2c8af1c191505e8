"""GoogLeNet up to mixed4c in float64, wired by hand: what the loader is held against.

It shares nothing with the loader but the names of the weights.
"""

import numpy as np

from dreammovie.device import tf


def read_weights(path):
    """{name: float64 array} of every constant in a GraphDef."""
    graph = tf.compat.v1.GraphDef()
    graph.ParseFromString(path.read_bytes())
    return {
        node.name: tf.make_ndarray(node.attr["value"].tensor).astype(np.float64)
        for node in graph.node
        if node.op == "Const"
    }


def mixed4c(images, weights):
    """Activations of mixed4c, float64 (B, h, w, C), of float64 (B, H, W, 3), 0..255."""

    def conv(x, name, stride=1):
        x = tf.nn.conv2d(x, weights[f"{name}_w"], stride, "SAME") + weights[f"{name}_b"]
        return tf.maximum(x, 0)

    def pool(x, stride=2):
        return tf.nn.max_pool2d(x, 3, stride, "SAME")

    def norm(x):
        squares = tf.pad(x**2, [[0, 0], [0, 0], [0, 0], [2, 2]])
        channels = x.shape[3]
        neighbours = sum(squares[..., i : i + channels] for i in range(5))
        return x / (1 + 2e-5 * neighbours) ** 0.75

    def mixed(x, name):
        return tf.concat(
            [
                conv(x, f"{name}_1x1"),
                conv(conv(x, f"{name}_3x3_bottleneck"), f"{name}_3x3"),
                conv(conv(x, f"{name}_5x5_bottleneck"), f"{name}_5x5"),
                conv(pool(x, 1), f"{name}_pool_reduce"),
            ],
            3,
        )

    x = norm(pool(conv(images - 117, "conv2d0", 2)))
    x = pool(norm(conv(conv(x, "conv2d1"), "conv2d2")))
    x = pool(mixed(mixed(x, "mixed3a"), "mixed3b"))
    return mixed(mixed(mixed(x, "mixed4a"), "mixed4b"), "mixed4c")
