"""What every network must do, whoever it is.

Most have random weights here; InceptionV3 has trained ones where they are at hand.
"""

from functools import cache

import numpy as np
import pytest

from dreammovie.device import tf
from dreammovie.dreaming.gradient import Ascent, place
from dreammovie.dreaming.objectives import channel, layer
from dreammovie.dreaming.wishes import parse, still
from dreammovie.errors import DreamError
from dreammovie.networks.network import load_network, taking_pictures
from dreammovie.networks.table import NETWORKS, source_of
from dreammovie.networks.weights import weights_file
from tests.conftest import MODELS, make_picture

QUICK = ["inception5h", "dreamnet", "inception_v3", "vgg19", "vit"]


@pytest.fixture(
    params=[n if n in QUICK else pytest.param(n, marks=pytest.mark.slow) for n in NETWORKS]
)
def network(request, small):
    return small if request.param == "inception5h" else made(request.param)


@cache
def made(name):
    if name == "dreamnet":
        return load_network(name, weights_file(name))
    trained = MODELS / "inception_v3_notop.weights.h5"
    if name == "inception_v3" and trained.exists():
        return load_network(name, trained)
    tf.keras.utils.set_random_seed(1)
    if name == "vit":
        return taking_pictures(small_vit())
    from dreammovie.networks import keras_applications

    return taking_pictures(keras_applications.as_network(keras_applications.build(name), name))


def small_vit():
    from keras_hub.models import ViTBackbone

    from dreammovie.networks import vit

    backbone = ViTBackbone(
        image_shape=(64, 64, 3), patch_size=16, num_layers=3, num_heads=2, hidden_dim=16, mlp_dim=64
    )
    return vit.as_network(backbone, "vit")


def middle(network):
    return network.find("40%")


def strongest(network, name):
    """The channel of a layer that answers most to the picture."""
    seen = network.activations(make_picture(97, 83)[None], [name])[name]
    return int(np.argmax(np.mean(seen, (0, 1, 2))))


OBJECTIVES = {
    "layer": lambda network, name: layer(name),
    "channel": lambda network, name: channel(name, strongest(network, name)),
    "sum": lambda network, name: (
        0.5 * layer(network.main_layers[0]) + channel(name, strongest(network, name))
    ),
    "guide": lambda network, name: parse(name, network, still(make_picture(90, 101)[:, ::-1])),
}


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_score_rises_in_three_steps(network, objective):
    name = middle(network)
    ascent = Ascent(network, OBJECTIVES[objective](network, name), shaping="plain")
    image, scores = make_picture(97, 83), []
    for _ in range(4):
        image, score = ascent.step(image, np.random.default_rng(0), 1.0, 0.5)
        scores.append(float(score))
    assert image.shape == (97, 83, 3)
    assert np.isfinite(image).all()
    assert scores == sorted(set(scores))


def test_batch_equals_one_by_one(network):
    name = middle(network)
    images = np.stack([make_picture(80, 96), make_picture(80, 96)[::-1], np.zeros((80, 96, 3))])
    images = tf.constant(images, tf.float32)
    together = network.activations(images, [name])[name]
    for number in range(3):
        alone = network.activations(images[number : number + 1], [name])[name]
        error = np.abs(alone[0] - together[number]).max()
        assert error < 1e-4 * np.abs(together).max()


@pytest.mark.parametrize("shape", [(97, 131), (80, 77)])
def test_table_of_layers_tells_the_real_shapes(network, shape):
    wanted = list(network.layers)
    seen = network.activations(tf.constant(make_picture(*shape)[None]), wanted)
    assert list(seen) == wanted
    for name in wanted:
        batch, height, width, channels = seen[name].shape
        assert (batch, channels) == (1, network.layers[name].channels)
        assert 1 <= height <= shape[0] + 6
        assert 1 <= width <= shape[1] + 6
    depths = [network.layers[name].depth for name in network.main_layers]
    assert depths == sorted(depths)
    assert network.main_layers
    assert network.find("100%") == network.main_layers[-1]


def test_favourite_exists(network):
    if network.name != "inception5h":  # the small one here has few of its layers
        assert set(network.favourite_layers) <= set(network.main_layers)


def test_large_pictures_are_seen_in_tiles(network):
    """One by one, the gradient is that of all tiles at once."""
    ascent = Ascent(network, layer(middle(network)), tile=128)
    image = tf.constant(make_picture(150, 100))
    placement = tf.constant(place(image.shape, ascent.tile, np.random.default_rng(0)))
    expected, score = ascent.gradient(image, placement)
    ascent.batch = 1
    gradient, again = tf.function(ascent.gradient, autograph=False)(image, placement)
    assert float(again) == pytest.approx(float(score), rel=1e-4)
    assert np.linalg.norm(gradient - expected) < 1e-3 * np.linalg.norm(expected)


def test_gradient_against_finite_differences(network):
    name = network.find("20%")
    objective = channel(name, strongest(network, name))

    def score(image):
        return objective.score(network.activations(image, [name]))[0]

    image = tf.constant(make_picture(80, 77)[None])
    with tf.GradientTape() as tape:
        tape.watch(image)
        value = score(image)
    gradient = tape.gradient(value, image)
    length = tf.norm(gradient)
    direction = gradient / length
    # Far above rounding, and yet short enough for a straight line.
    step = tf.minimum(0.01 * value / length, 5.0)
    measured = (score(image + step * direction) - score(image - step * direction)) / (2 * step)
    assert float(measured) == pytest.approx(float(length), rel=0.02)


def test_receptive_field_is_what_a_place_sees(network):
    """Gradients of single places of a layer reach as far as its table says, and no further."""
    fields = {name: network.layers[name].receptive_field for name in network.main_layers}
    within = {name: field for name, field in fields.items() if field and field < 90}
    name = max(within, key=within.__getitem__) if within else network.main_layers[0]
    images = tf.constant(np.random.default_rng(0).uniform(0, 255, (4, 192, 192, 3)), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(images)
        seen = network.activations(images, [name])[name]
        middle = seen.shape[1] // 2
        score = tf.reduce_sum(seen[:, middle, middle] ** 2)
    touched = np.abs(tape.gradient(score, images)).max((0, 3)) > 0
    extents = [np.ptp(np.flatnonzero(touched.any(axis))) + 1 for axis in (0, 1)]
    if within:
        assert 0.8 * within[name] < max(extents) <= within[name]
    else:
        assert extents == [192, 192]


def test_a_picture_that_is_too_small_is_a_sentence(network):
    side = source_of(network.name).min_side
    name = network.main_layers[0]
    network.activations(tf.constant(make_picture(side, side + 1)[None]), network.main_layers)
    with pytest.raises(DreamError, match=f"at least {side}x{side} pixels; {side}x{side - 1} is"):
        network.activations(tf.constant(make_picture(side - 1, side)[None]), [name])
