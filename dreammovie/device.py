"""TensorFlow, imported quietly and set up once, for every file that computes on a device.

Importing this file takes seconds: only the files that dream do it.
"""

import ctypes
import gc
import logging
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import numpy as np

from dreammovie.machine import PROCESSOR, SIDE_BY_SIDE, THREADS, processor, threads

log = logging.getLogger(__name__)

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# On the CPU, what several results are made of is read once for all of them.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_extra_options=xla_cpu_use_multi_output_fusion")
# The threads that are set below are this program's; the benchmark's session has its own.
os.environ.setdefault("TF_OVERRIDE_GLOBAL_THREADPOOL", "1")
_LEGACY = "TF_USE_LEGACY_KERAS"
_M_MMAP_THRESHOLD = -3  # of <malloc.h>
_LARGE = 2**22  # bytes of a block that goes back to the system when it is free
_LARGE_FOR_COMPILERS = 2**16


@contextmanager
def _quietly() -> Iterator[None]:
    """Turns stderr aside, and shows what was written there if the block fails.

    TensorFlow's greetings come from C++ before any log level counts, so it is the file
    descriptor that is turned.
    """
    with tempfile.TemporaryFile() as aside:
        sys.stderr.flush()
        stderr = os.dup(2)
        os.dup2(aside.fileno(), 2)
        try:
            yield
        except Exception:
            aside.seek(0)
            os.write(stderr, aside.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)


def _give_back_from(size: int) -> None:
    """Has blocks of so many bytes go back to the system when they are free, where glibc does it."""
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, size)


@contextmanager
def compiling() -> Iterator[None]:
    """To be held while TensorFlow compiles, which else leaves a heap of holes, 0.3 GB large.

    Only then: what NumPy needs for a frame comes out of that heap two times as quickly. At the end
    nothing is being compiled aside any more, which the end of the program would wait for.

    Meanwhile Python does not look for garbage, which takes a tenth of the time: all that is made
    is a graph that stays.
    """
    _give_back_from(_LARGE_FOR_COMPILERS)
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()
        for each in _begun:
            each.cancel()  # where it was needed before it was begun, it was compiled there
        wait(_begun)
        _begun.clear()
        _give_back_from(_LARGE)


@contextmanager
def _without_keras() -> Iterator[None]:
    """Keeps TensorFlow from importing Keras, which takes a second, before anybody asks for it.

    It would, lest models that were saved with optimizers could not be read. Told to take the
    old Keras, it finds none and does without. `tf.keras` is the new one all the same: which
    it is, is asked when it is used.
    """
    wish = os.environ.get(_LEGACY)
    os.environ[_LEGACY] = "1"
    try:
        yield
    finally:
        del os.environ[_LEGACY]
        if wish is not None:
            os.environ[_LEGACY] = wish


with _quietly(), _without_keras():
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")

tf.__path__ = list(filter(None, tf.__path__))  # None: where the old Keras would be

# It warns of every new size and network that a step is compiled for; that is meant.
tf.get_logger().setLevel("ERROR")

for gpu in gpus:
    # TensorFlow would take all of the memory at once, and other programs' share with it.
    tf.config.experimental.set_memory_growth(gpu, True)

AT_ONCE = 1 if gpus else SIDE_BY_SIDE
"""How many tiles, or strips of an image, are computed side by side."""

if not gpus:
    # glibc would keep blocks of up to 32 MB for later, in a heap full of holes: half a gigabyte
    # at 7680x4320.
    _give_back_from(_LARGE)
    # Whoever has computed with TensorFlow before, as in a notebook, keeps what it began with.
    with suppress(RuntimeError):
        tf.config.threading.set_inter_op_parallelism_threads(AT_ONCE)
        tf.config.threading.set_intra_op_parallelism_threads(threads())

devices = [device.name for device in tf.config.list_logical_devices("GPU")] or ["/CPU:0"]
"""What shares the tiles of an image: all GPUs of the machine, else its processor."""

# A killed and resumed movie must equal an unbroken one, byte for byte.
tf.config.experimental.enable_op_determinism()


compiled = partial(tf.function, autograph=False)
"""Makes a function of tensors a graph of operations, once for each shape."""


def fused(function: Callable) -> Callable:
    """Makes a function of several operations one pass over the memory, by XLA.

    On a CPU, as a part of a graph, it is compiled while the rest of the graph is being made.
    """
    one_pass = compiled(function, jit_compile=True)
    times_traced = one_pass.experimental_get_tracing_count

    def call(*arguments: Any) -> Any:
        before = times_traced()
        made = one_pass(*arguments)
        if times_traced() > before and tf.inside_function() and not gpus:
            traced = one_pass.get_concrete_function(*arguments)
            with suppress(RuntimeError):  # the program is about to end
                _begun.append(_compiler.submit(_compile_early, function.__name__, traced))
        return made

    return call


_compiler = ThreadPoolExecutor(1, "compiler")
_begun: list[Future] = []  # what that thread has to do, or has done


def _compile_early(name: str, traced: Any) -> None:
    """Calls a traced function from a graph, since XLA compiles it where it is first called so.

    It is called on whatever lies in the memory.
    """
    arguments = traced.inputs[: len(traced.inputs) - len(traced.captured_inputs)]

    @compiled
    def graph() -> Any:
        return traced(*[tf.raw_ops.Empty(shape=each.shape, dtype=each.dtype) for each in arguments])

    graph()
    log.debug("%s is compiled early", name)


def on_device(image: np.ndarray) -> tf.Tensor:
    """An image as a tensor."""
    # Without an operation after it, a second copy would stay until the next one ends.
    return tf.identity(tf.constant(image))


def in_parts(
    count: int,
    shapes: Sequence[tuple[int, ...]],
    part: Callable[[tf.Tensor], tuple[tf.Tensor, Sequence[tf.Tensor]]],
) -> list[tf.Tensor]:
    """Makes large tensors part by part, `AT_ONCE` side by side, each written where it belongs.

    A `tf.TensorArray` would hold everything twice in the end, and its parts would lie scattered
    among whatever is needed meanwhile.

    Args:
        count: How many parts there are; a single one is all rows in their order.
        shapes: Of the tensors.
        part: Gives, for int32 () number, int32 (n,) rows, and float32 (n, ...) for each tensor.

    Returns:
        The tensors, float32.
    """

    def body(number: tf.Tensor, *wholes: tf.Tensor) -> tuple[tf.Tensor, ...]:
        rows, values = part(number)
        written = (
            tf.raw_ops.InplaceUpdate(x=whole, i=rows, v=value)
            for whole, value in zip(wholes, values, strict=True)
        )
        return number + 1, *written

    if count == 1:
        return list(part(tf.constant(0))[1])
    wholes = [tf.raw_ops.Empty(shape=shape, dtype=tf.float32) for shape in shapes]
    _, *wholes = tf.while_loop(
        lambda number, *_: number < count,
        body,
        (tf.constant(0), *wholes),
        parallel_iterations=AT_ONCE,
    )
    return wholes


def computing() -> dict[str, str]:
    """What computes, as dream.json notes it: the kind of processor or cards, and the threads."""
    if gpus:
        details = map(tf.config.experimental.get_device_details, gpus)
        names = dict.fromkeys(each.get("device_name", "a GPU") for each in details)
        return {PROCESSOR: " and ".join(names)}
    # 0: whoever began to compute before us left it to TensorFlow.
    shared = tf.config.threading.get_intra_op_parallelism_threads() or os.cpu_count() or 1
    return {PROCESSOR: processor(), THREADS: str(shared)}
