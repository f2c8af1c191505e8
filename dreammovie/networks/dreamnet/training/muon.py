"""Muon, an optimiser whose steps turn all directions of a kernel by the same amount.

A kernel is taken for a matrix, and the step is the matrix with orthogonal rows or columns that is
nearest to the running mean of the gradients (Jordan et al. 2024,
https://kellerjordan.github.io/posts/muon).
Small students learn twice as much in the same time as by Adam, which has the vectors here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from dreammovie.device import tf

_MOMENTUM = 0.95
_NEWTON_SCHULZ = ((3.4445, -4.7750, 2.0315),) * 5  # all that is between 0 and 1 comes near 1
_BETAS = (0.9, 0.99)  # Kingma and Ba 2014, arXiv:1412.6980
_ADAMS_SHARE = 0.2  # of the rate, for the vectors


class Muon:
    """The optimiser of some variables.

    Args:
        variables: Kernels (..., below, channels), and vectors.
        rate: The highest rate.
    """

    def __init__(self, variables: Sequence[tf.Variable], rate: float) -> None:
        self.variables = list(variables)
        self._rate = rate
        self._means = [tf.Variable(tf.zeros_like(each)) for each in self.variables]
        self._squares = [
            tf.Variable(tf.zeros_like(each) if each.shape.rank == 1 else tf.zeros(()))
            for each in self.variables
        ]
        self._steps = tf.Variable(0.0)

    def moments(self, names: Sequence[str]) -> dict[str, tf.Variable]:
        """What it remembers, by names for each of the variables."""
        means = {f"{name}_mean": each for name, each in zip(names, self._means, strict=True)}
        squares = {f"{name}_square": each for name, each in zip(names, self._squares, strict=True)}
        return means | squares | {"steps": self._steps}

    def apply(self, gradients: Sequence[tf.Tensor], share: tf.Tensor) -> None:
        """Changes the variables by one step, with a share of the highest rate."""
        rate = share * self._rate
        steps = self._steps.assign_add(1)
        for variable, gradient, mean, square in zip(
            self.variables, gradients, self._means, self._squares, strict=True
        ):
            if variable.shape.rank == 1:
                first = mean.assign(_BETAS[0] * mean + (1 - _BETAS[0]) * gradient)
                second = square.assign(_BETAS[1] * square + (1 - _BETAS[1]) * gradient**2)
                first, second = first / (1 - _BETAS[0] ** steps), second / (1 - _BETAS[1] ** steps)
                variable.assign_sub(_ADAMS_SHARE * rate * first / (tf.sqrt(second) + 1e-8))
            else:
                first = mean.assign(_MOMENTUM * mean + gradient)
                variable.assign_sub(rate * _turned(gradient + _MOMENTUM * first))


def _turned(step: tf.Tensor) -> tf.Tensor:
    """The orthogonal matrix next to a kernel, as a kernel; stronger where channels get more."""
    shape = step.shape
    matrix = tf.reshape(step, (-1, shape[-1]))
    below, channels = matrix.shape
    if tall := below > channels:
        matrix = tf.transpose(matrix)
    matrix = tf.cast(matrix / (tf.norm(matrix) + 1e-20), tf.bfloat16)
    for a, b, c in _NEWTON_SCHULZ:
        square = tf.matmul(matrix, matrix, transpose_b=True)
        matrix = a * matrix + tf.matmul(b * square + c * tf.matmul(square, square), matrix)
    matrix = tf.cast(matrix, tf.float32)
    matrix = tf.transpose(matrix) if tall else matrix
    return tf.reshape(matrix, shape) * math.sqrt(max(1.0, channels / below))
