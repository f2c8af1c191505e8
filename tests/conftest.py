"""A small network in Inception5h's layout, and the trained one where it is at hand."""

import os
import sys
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import settings

# A busy machine is no failure: no test asserts a time.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

CLASSES = 30  # of the small network

MODELS = Path(os.environ.get("DREAMMOVIE_MODELS", Path(__file__).parents[2] / "shared/models"))


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory):
    """A cache of the tests' own: what they measure of random networks is nobody's business."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def trained():
    """The path of trained weights in Inception5h's layout."""
    path = MODELS / "bvlc_googlenet_5h.pb"
    if not path.exists():
        pytest.skip(f"no trained weights at {path}; say where with DREAMMOVIE_MODELS")
    return path


@pytest.fixture(scope="session")
def trained_v3():
    """The path of InceptionV3's trained weights, without its classifier."""
    path = MODELS / "inception_v3_notop.weights.h5"
    if not path.exists():
        pytest.skip(f"no trained weights at {path}; say where with DREAMMOVIE_MODELS")
    return path


@pytest.fixture
def traced(monkeypatch):
    """Counts by name how often the parts of a step are traced, which is when Python runs them."""
    from dreammovie.dreaming import smoothing
    from dreammovie.dreaming.gradient import Ascent
    from dreammovie.dreaming.shaping import SHAPINGS

    for shaping in SHAPINGS.values():
        shaping.direction_for.cache_clear()  # of what other tests have traced
    counted = Counter()

    def count(owner, name):
        function = getattr(owner, name)

        def counting(*arguments):
            counted[name] += 1
            return function(*arguments)

        monkeypatch.setattr(owner, name, counting)

    count(Ascent, "gradient")
    count(smoothing, "smooth_at_three_widths")
    return counted


def hungry(network, most):
    """A network for whose tiles there is no memory if they are longer than so many pixels.

    It is a function of a list, to which the batch and the longest side of all tiles are added.
    """
    from dreammovie.device import tf

    def noting(tried):
        def look(shape):
            tried.append((int(shape[0]), int(max(shape[1:3]))))
            if max(shape[1:3]) > most:
                raise MemoryError  # as TensorFlow, it becomes a ResourceExhaustedError
            return np.float32(0)

        def activations(images, wanted):
            nothing = tf.ensure_shape(tf.numpy_function(look, [tf.shape(images)], tf.float32), ())
            return network.activations(images + tf.stop_gradient(nothing), wanted)

        return replace(network, activations=activations)

    return noting


@pytest.fixture
def odd_network(monkeypatch):
    """Enters a network into the table by the name "odd", and gives that: (load) -> "odd".

    Args:
        load: Takes the path of the weights, the name, and the precision.
    """
    from dreammovie.networks import table

    def enter(load, **facts):
        monkeypatch.setitem(sys.modules, "odd", SimpleNamespace(load=load))
        row = replace(table.NETWORKS["inception5h"], loader="odd", **facts)
        monkeypatch.setitem(table.NETWORKS, "odd", row)
        return "odd"

    return enter


def write_graph(path, *, odd_op=None, classifier="mean", whole=False):
    """Writes a frozen GraphDef in Inception5h's layout: few channels, random weights.

    odd_op: Name of an operation nobody knows, put below mixed3a.
    classifier: What is below it: a "mean" of all places, or a "pool" made into a list, as in the
        official file.
    whole: Whether all mixed layers up to mixed5a are there, not just two.
    """
    from dreammovie.device import tf

    rng = np.random.default_rng(0)
    raw = tf.raw_ops
    with tf.Graph().as_default() as graph:

        def conv(x, name, side, channels, stride=1):
            fan = side * side * x.shape[-1]
            kernel = rng.normal(0, (2 / fan) ** 0.5, (side, side, x.shape[-1], channels))
            kernel = tf.constant(kernel, tf.float32, name=f"{name}_w")
            x = raw.Conv2D(
                input=x,
                filter=kernel,
                strides=[1, stride, stride, 1],
                padding="SAME",
                name=f"{name}_pre_relu/conv",
            )
            bias = tf.constant(rng.normal(0, 0.1, channels), tf.float32, name=f"{name}_b")
            return tf.nn.relu(raw.BiasAdd(value=x, bias=bias, name=f"{name}_pre_relu"), name=name)

        def pool(x, name, stride=2):
            sides, strides = [1, 3, 3, 1], [1, stride, stride, 1]
            return raw.MaxPool(input=x, ksize=sides, strides=strides, padding="SAME", name=name)

        def norm(x, name):
            return raw.LRN(input=x, depth_radius=2, bias=1.0, alpha=2e-5, beta=0.75, name=name)

        def mixed(x, name, channels):
            branches = [
                conv(x, f"{name}_1x1", 1, channels),
                conv(conv(x, f"{name}_3x3_bottleneck", 1, 4), f"{name}_3x3", 3, channels),
                conv(conv(x, f"{name}_5x5_bottleneck", 1, 4), f"{name}_5x5", 5, channels),
                conv(pool(x, f"{name}_pool", 1), f"{name}_pool_reduce", 1, channels),
            ]
            axis = tf.constant(3, name=f"{name}/axis")
            return raw.Concat(concat_dim=axis, values=branches, name=name)

        x = tf.compat.v1.placeholder(tf.float32, [None, None, None, 3], name="input")
        x = norm(pool(conv(x, "conv2d0", 7, 8, 2), "maxpool0"), "localresponsenorm0")
        x = conv(conv(x, "conv2d1", 1, 8), "conv2d2", 3, 12)
        x = pool(norm(x, "localresponsenorm1"), "maxpool1")
        if odd_op:
            x = raw.Tanh(x=x, name="odd")
        x = mixed(x, "mixed3a", 4)
        x = mixed(x, "mixed3b", 5) if whole else x
        x = pool(x, "maxpool4")
        for letter in "abcde" if whole else "c":
            x = mixed(x, f"mixed4{letter}", 6)
        x = mixed(pool(x, "maxpool10"), "mixed5a", 6) if whole else x
        if classifier == "mean":
            x = tf.reduce_mean(x, [1, 2], name="avgpool0")
        else:
            ones, sides = [1, 1, 1, 1], [1, 7, 7, 1]
            x = raw.AvgPool(value=x, ksize=sides, strides=ones, padding="VALID", name="avgpool0")
            x = tf.reshape(x, [-1, 24], name="avgpool0/reshape")
        matrix = tf.constant(rng.normal(0, 1, (24, CLASSES)), tf.float32, name="softmax2_w")
        bias = tf.constant(rng.normal(0, 1, CLASSES), tf.float32, name="softmax2_b")
        x = raw.MatMul(a=x, b=matrix, name="softmax2_pre_activation/matmul")
        x = raw.BiasAdd(value=x, bias=bias, name="softmax2_pre_activation")
        raw.Softmax(logits=x, name="softmax2")
    definition = graph.as_graph_def()
    for node in definition.node:
        if node.name == "odd":
            node.op = odd_op
    path.write_bytes(definition.SerializeToString())
    return path


@pytest.fixture(scope="session")
def small_weights(tmp_path_factory):
    """The path of the small network's weights."""
    return write_graph(tmp_path_factory.mktemp("weights") / "small.pb")


@pytest.fixture(scope="session")
def small(small_weights):
    """The small network."""
    from dreammovie.networks.network import load_network

    return load_network("inception5h", small_weights)


@pytest.fixture(scope="session")
def dreamnet():
    """The network that ships with the program: what tests dream with."""
    from dreammovie.networks.network import load_network
    from dreammovie.networks.weights import weights_file

    return load_network("dreamnet", weights_file("dreamnet"))


@pytest.fixture
def picture():
    """float32 (72, 96, 3) with edges, colours and noise."""
    return make_picture(72, 96)


def make_picture(height, width):
    rng = np.random.default_rng(1)
    y, x = np.mgrid[:height, :width]
    waves = np.stack([np.sin(x / 5 + y / 9), np.cos(y / 4), np.sin((x - y) / 7)], -1)
    return (120 + 60 * waves + rng.normal(0, 8, (height, width, 3))).clip(0, 255).astype(np.float32)


@pytest.fixture
def full_disk():
    """A context manager in which no file can grow beyond a number of bytes."""
    resource = pytest.importorskip("resource")

    @contextmanager
    def full_disk(size):
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    return full_disk


@pytest.fixture
def dreams(tmp_path, monkeypatch, picture):
    """A working folder with `dreams/one/img_0.jpg`; returns `dreams/one`."""
    from dreammovie.pictures.image import save_image

    monkeypatch.chdir(tmp_path)
    folder = Path("dreams/one")
    folder.mkdir(parents=True)
    save_image(picture, folder / "img_0.jpg")
    return folder
