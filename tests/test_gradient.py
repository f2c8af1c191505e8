import logging
import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dreammovie import device
from dreammovie.device import compiled, fused, tf
from dreammovie.dreaming.dream import DreamSettings, ascent_for, dream
from dreammovie.dreaming.gradient import Ascent, place
from dreammovie.dreaming.objectives import channel, layer
from dreammovie.dreaming.shaping import SHAPINGS
from dreammovie.dreaming.smoothing import on_axes, smooth_at_three_widths, three_blurs
from dreammovie.dreaming.stages import PictureSettings
from dreammovie.dreaming.tiles import tile_axis
from dreammovie.errors import DreamError
from dreammovie.movies.schedule import MovieSettings
from dreammovie.networks import winograd
from dreammovie.networks.network import Layer, Network, load_network
from tests import reference
from tests.conftest import hungry, make_picture

# A network that sees single pixels: its gradient is known at every one of them.
PIXELS = Network("pixels", {"pixels": Layer(1, 3, True)}, lambda x, _: {"pixels": x})


@settings(max_examples=25)
@given(
    st.integers(64, 400),
    st.integers(64, 400),
    st.integers(128, 300),
    st.integers(1, 2),
    st.integers(0, 2**32),
)
def test_every_pixel_is_covered_once(height, width, tile, batch, seed):
    """For a network of single pixels, tiles must not show at all."""
    image = make_picture(height, width)
    ascent = Ascent(PIXELS, layer("pixels"), tile=tile)
    ascent.batch = batch
    placement = place(image.shape, tile, np.random.default_rng(seed))
    gradient, score = ascent.gradient(tf.constant(image), tf.constant(placement))
    pixels_of_a_tile = 3 * np.prod([tile_axis(side, tile).tile for side in (height, width)])
    assert np.allclose(gradient, 2 * image / pixels_of_a_tile, rtol=1e-5)
    assert float(score) == pytest.approx((image**2).mean(), rel=0.2)  # the margin counts too


def test_tiles_are_what_the_network_sees(dreamnet):
    """The tiled gradient equals tiles cut, differentiated and pasted one by one."""
    image, tile = make_picture(150, 260), 128
    objective = layer("mixed4c")
    placement = place(image.shape, tile, np.random.default_rng(3))
    ascent = Ascent(dreamnet, objective, tile=tile)
    ascent.batch = 4
    gradient, score = ascent.gradient(tf.constant(image), tf.constant(placement))

    rows, columns = tile_axis(150, tile), tile_axis(260, tile)
    (top, left), (down, right) = placement
    sheet = np.pad(
        image,
        ((top, rows.margin - top), (left, columns.margin - left), (0, 0)),
        mode="reflect",
    )
    pasted = np.full_like(sheet, np.nan)
    scores = []
    for row in range(rows.count):
        for column in range(columns.count):
            ys = (np.arange(rows.tile) + row * rows.tile + down) % sheet.shape[0]
            xs = (np.arange(columns.tile) + column * columns.tile + right) % sheet.shape[1]
            cut = tf.constant(sheet[np.ix_(ys, xs)][None])
            with tf.GradientTape() as tape:
                tape.watch(cut)
                value = objective.score(dreamnet.activations(cut, objective.layers))
            pasted[np.ix_(ys, xs)] = tape.gradient(value, cut)[0]
            scores.append(float(value[0]))
    expected = pasted[top : top + 150, left : left + 260]
    error = np.linalg.norm(gradient - expected) / np.linalg.norm(expected)
    assert error < 1e-4
    assert float(score) == pytest.approx(np.mean(scores), rel=1e-5)


@pytest.mark.weights
@pytest.mark.parametrize("quick", [True, False])
@pytest.mark.parametrize("photographic", [True, False])
def test_gradient_and_score_against_float64(trained, photographic, quick, monkeypatch):
    """By quick convolutions and by TensorFlow's, which small images have.

    It is the median of seven pictures, since a third of them have a pool with two values so near
    to one another that rounding decides which is the larger: that alone is 1e-3 or more.
    """
    monkeypatch.setattr(winograd, "_LEAST", 1e8 if quick else np.inf)
    network, weights = load_network("inception5h", trained), reference.read_weights(trained)
    objective = layer("mixed4c")

    def gradient_by(activations):
        def gradient(tile):
            with tf.GradientTape() as tape:
                tape.watch(tile)
                score = objective.score(activations(tile))[0]
            return tape.gradient(score, tile), score

        return tf.function(gradient, autograph=False)

    ours = gradient_by(lambda tile: network.activations(tile, objective.layers))
    true = gradient_by(lambda tile: {"mixed4c": reference.mixed4c(tile, weights)})
    pictures, errors = make_picture(288, 288), []
    for seed in range(7):
        image = np.random.default_rng(seed).uniform(0, 255, (1, 224, 224, 3))
        if photographic:
            image = pictures[None, 8 * seed :][:, :224, 8 * seed :][:, :, :224]
        gradient, score = ours(tf.constant(image, tf.float32))
        true_gradient, true_score = true(tf.constant(image, tf.float64))
        errors.append(
            np.linalg.norm(gradient - true_gradient.numpy()) / np.linalg.norm(true_gradient)
        )
        assert abs(float(score) / float(true_score) - 1) < 1e-6
    print(f"median {np.median(errors):.1e} of {errors}")
    assert np.median(errors) < 1e-3


def test_for_a_few_steps_of_a_picture_nothing_quick_is_compiled(small, monkeypatch):
    """For more steps, and for a movie, the quick way pays; both give the same."""
    image = tf.constant(make_picture(96, 128))
    placement = tf.constant(place(image.shape, 128, np.random.default_rng(0)))
    calls, convolve = [], winograd.convolve
    monkeypatch.setattr(winograd, "_LEAST", 0)
    monkeypatch.setattr(winograd, "convolve", lambda *a, **k: calls.append(1) or convolve(*a, **k))
    found = []
    for asked in (PictureSettings(steps=20), PictureSettings(steps=10_000), MovieSettings()):
        calls.clear()
        gradient, _ = ascent_for(small, asked).gradient(image, placement)
        found.append((bool(calls), gradient))
    assert [quick for quick, _ in found] == [False, True, True]
    (_, few), (_, many), _ = found
    assert np.linalg.norm(few - many) < 1e-3 * np.linalg.norm(many)


def scores_of_steps(ascent):
    """Scores before and after each of three steps, the tiles always at the same place."""
    image = make_picture(96, 128)
    scores = []
    for step in range(4):
        image, score = ascent.step(image, np.random.default_rng(0), 0.5 + step / 4, 2.0)
        scores.append(float(score))
    return scores


@pytest.mark.parametrize("shaping", SHAPINGS)
@pytest.mark.parametrize(
    "objective",
    [
        layer("mixed3a"),
        layer("mixed4c"),
        channel("mixed4c", 76),
        0.3 * layer("conv2d2") + channel("mixed4c", 13),
    ],
    ids=lambda objective: objective.description,
)
def test_score_rises_in_three_steps(dreamnet, objective, shaping):
    scores = scores_of_steps(Ascent(dreamnet, objective, shaping=shaping))
    assert scores == sorted(scores)
    assert scores[3] > 1.01 * scores[0]


@pytest.mark.weights
def test_score_of_the_trained_network_rises(trained):
    ascent = Ascent(load_network("inception5h", trained), layer("mixed4c"))
    scores = scores_of_steps(ascent)
    assert scores == sorted(scores)
    assert scores[3] > 1.5 * scores[0]


@pytest.mark.parametrize("shaping", SHAPINGS)
def test_a_step_moves_by_its_size(dreamnet, shaping):
    """step_size is in grey levels, whatever the network's own scale."""
    image = tf.constant(make_picture(100, 140).clip(60, 195))
    stepped, _ = Ascent(dreamnet, layer("mixed4c"), shaping=shaping).step(
        image, np.random.default_rng(0), 1.0, 2.0
    )
    moved = (stepped - image).numpy()
    if shaping in ("smooth", "natural"):
        assert np.sqrt((moved**2).mean()) == pytest.approx(2, rel=0.01)
    elif shaping == "plain":
        assert np.abs(moved).mean() == pytest.approx(2, rel=0.01)
    else:  # five bands, each of about one grey level
        assert 2 < moved.std() < 2 * 5


def shaped(name, gradient, sigma=1.0):
    """The direction that a step goes by, NumPy (H, W, 3)."""
    shaping = SHAPINGS[name].direction_for(gradient.shape[:2])
    direction, strength = shaping(tf.constant(gradient), sigma)
    return (direction / strength).numpy()


def test_smooth_direction_is_even_over_the_picture():
    """A gradient a hundred times stronger on one side is taken about equally on both."""
    rng = np.random.default_rng(0)
    gradient = rng.normal(0, 1, (300, 800, 3)).astype(np.float32)
    gradient[:, 400:] *= 100
    direction = shaped("smooth", gradient, sigma=2.0)
    weak, strong = direction[:, :150].std(), direction[:, -150:].std()
    assert 1 < strong / weak < 25
    assert np.isfinite(direction).all()


@pytest.mark.parametrize("shaping", SHAPINGS)
def test_no_gradient_is_no_step(shaping):
    assert np.abs(shaped(shaping, np.zeros((64, 64, 3), np.float32))).max() == 0


@pytest.mark.parametrize("shaping", SHAPINGS)
@pytest.mark.parametrize("scale", [1e-8, 1e8])
def test_a_direction_knows_no_scale(shaping, scale):
    gradient = np.random.default_rng(0).normal(0, 1, (64, 80, 3)).astype(np.float32)
    expected = shaped(shaping, gradient)
    got = shaped(shaping, gradient * np.float32(scale))
    np.testing.assert_allclose(got, expected, rtol=1e-3, atol=1e-4)


def test_a_gradient_that_is_the_same_everywhere_is_a_common_step():
    """Its deviation is nothing; divided by that, a step would leave all grey levels behind."""
    direction = shaped("smooth", np.full((64, 80, 3), 1e-3, np.float32))
    np.testing.assert_allclose(direction, 1, rtol=1e-3)


def test_natural_gives_noise_the_colours_and_the_spectrum_of_photographs():
    """Energy an octave is even; red, green and blue vary together, as ImageNet's do."""
    noise = np.random.default_rng(0).normal(0, 1, (240, 320, 3)).astype(np.float32)
    direction = shaped("natural", noise)
    assert (shaped("natural", noise) == direction).all()
    correlation = np.corrcoef(direction.reshape(-1, 3).T)[np.triu_indices(3, 1)]
    np.testing.assert_allclose(correlation, [0.91, 0.79, 0.91], atol=0.05)
    height, width = direction.shape[:2]
    frequencies = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width))
    energy = (np.abs(np.fft.fft2(direction, axes=(0, 1))) ** 2).sum(2)
    octaves = [energy[(f < frequencies) & (frequencies <= 2 * f)].sum() for f in (1 / 32, 1 / 8)]
    assert octaves[0] == pytest.approx(octaves[1], rel=0.15)


def test_natural_does_not_reach_over_to_the_opposite_edge():
    gradient = np.zeros((90, 120, 3), np.float32)
    gradient[-1] = 1.0
    rows = np.abs(shaped("natural", gradient)).mean((1, 2))
    assert rows[0] < 0.2 * rows[-1]
    assert rows[0] < 1.1 * rows[20]


def cut_from(image):
    """What `smooth_at_three_widths` takes for an image."""
    return lambda rows: on_axes(tf.gather(image, rows))


def test_smoothing_is_the_sum_of_three_gaussians():
    """Against SciPy's filter, which blurs the three axes of an array alike."""
    from scipy.ndimage import gaussian_filter

    image = np.random.default_rng(0).normal(0, 1, (90, 120, 3)).astype(np.float32)
    for sigma in (0.5, 2.0, 4.2):
        expected = sum(gaussian_filter(image, sigma * f, mode="reflect") for f in (0.5, 1, 2))
        got = smooth_at_three_widths(cut_from(image), (90, 120), three_blurs(sigma))
        # White noise is the worst case for wide blurs, which are done on smaller images.
        assert (got - expected).numpy().std() < 0.01 * expected.std()


def line_strength(difference):
    """How far the strongest straight line across the whole picture stands out of it."""
    grey = difference.mean(2)
    lines = [np.abs(grey.mean(axis))[8:-8].max() for axis in (0, 1)]
    return max(lines) / grey.std()


@pytest.mark.weights
def test_no_seams(trained):
    """On a flat picture, tiles at random places leave no line; at a fixed place they do."""
    network = load_network("inception5h", trained)
    noise = np.random.default_rng(0).normal(0, 2, (288, 352, 3))
    flat = (128 + noise).astype(np.float32)
    ascent = Ascent(network, layer("mixed4c"), tile=144)
    strengths = []
    for fixed in (False, True):
        rng, image = np.random.default_rng(1), tf.constant(flat)
        for _ in range(30):
            image, _ = ascent.step(image, np.random.default_rng(1) if fixed else rng, 1.0, 1.0)
        strengths.append(line_strength(image.numpy() - flat))
    print("line strength: random {:.2f}, fixed {:.2f}".format(*strengths))
    assert strengths[0] < 0.6  # untiled, it is 0.4
    assert strengths[1] > 0.75


def test_nothing_is_traced_twice(dreamnet, traced):
    """A second frame traces nothing that the first one has traced, for no octave and no step."""
    settings = DreamSettings(steps=8, octave_scale=1.5)
    ascent = Ascent(dreamnet, layer("mixed3a"))
    for seed in range(2):
        dream(make_picture(160, 200), ascent, settings, np.random.default_rng(seed))
        # Narrow blurs, wider and wide ones are done in three ways, in each of two octaves.
        assert traced == {"gradient": 2, "smooth_at_three_widths": 6}


def test_steps_of_many_sizes_are_not_kept_for_ever(traced, monkeypatch):
    """A size that was long not seen is compiled again; those of one image never are."""
    monkeypatch.setattr("dreammovie.dreaming.gradient._SIZES", 2)
    ascent = Ascent(PIXELS, layer("pixels"), shaping="plain")

    def times_compiled(*sides):
        before = traced["gradient"]
        for side in sides:
            ascent.step(tf.zeros((64, side, 3)), np.random.default_rng(0), 1.0, 1.0)
        return traced["gradient"] - before

    assert times_compiled(64, 70, 64, 70, 64) == 2
    assert times_compiled(76, 64) == 2


@pytest.mark.skipif(bool(device.gpus), reason="it is done on CPUs alone")
def test_what_is_fused_is_compiled_early(caplog):
    """If it failed, nobody would notice but by the clock: it would be compiled where it is used."""

    @fused
    def sums(images, weight, others):
        return [images + weight * other for other in others if other is not None]

    @compiled
    def graph(images):
        return sums(images, 2, [images, images[:1], None])

    with caplog.at_level(logging.DEBUG, "dreammovie.device"), device.compiling():
        graph.get_concrete_function(tf.TensorSpec((4, 3), tf.float32))
        assert [total.numpy().tolist() for total in graph(tf.ones((4, 3)))] == 2 * [4 * [[3] * 3]]
        # What was not begun when it was needed is left out, so give it the time.
        end = time.monotonic() + 60
        while "compiled early" not in caplog.text and time.monotonic() < end:
            time.sleep(0.01)
    assert "sums is compiled early" in caplog.text


def test_out_of_memory_halves_the_batch_then_the_tile(dreamnet, caplog):
    network, tried = hungry(dreamnet, 130), []
    ascent = Ascent(network(tried), layer("mixed3a"), tile=150)
    settings, picture = DreamSettings(steps=1, octaves=1), make_picture(200, 200)
    with caplog.at_level(logging.WARNING):
        image = dream(picture, ascent, settings, np.random.default_rng(0))
    # Batches of tiles: four tiles of 132 pixels, in the end nine of 88.
    assert list(dict.fromkeys(tried)) == [(4, 132), (2, 132), (1, 132), (1, 88)]
    small_from_the_start = Ascent(dreamnet, layer("mixed3a"), tile=128)
    expected = dream(picture, small_from_the_start, settings, np.random.default_rng(0))
    assert np.allclose(image, expected, atol=0.01)
    assert "batches of 2 tiles" in caplog.text
    assert "--tile 128" in caplog.text


def test_no_memory_at_all_is_a_sentence(dreamnet):
    ascent = Ascent(hungry(dreamnet, 0)([]), layer("mixed3a"))
    with pytest.raises(DreamError, match="smaller --size"):
        dream(make_picture(64, 64), ascent, DreamSettings(), np.random.default_rng(0))


@pytest.mark.weights
def test_bfloat16_looks_the_same_way(trained):
    """Its gradient's direction, and the score it reaches, are nearly those of float32."""
    image = make_picture(192, 256)
    gradients, scores = [], []
    for precision in ("float32", "bfloat16"):
        ascent = Ascent(load_network("inception5h", trained, precision), layer("mixed4c"))
        placement = place(image.shape, ascent.tile, np.random.default_rng(0))
        gradient, score = ascent.gradient(tf.constant(image), tf.constant(placement))
        gradients.append(gradient.numpy().ravel())
        scores.append(float(score))
    one, other = gradients
    cosine = one @ other / np.linalg.norm(one) / np.linalg.norm(other)
    print(f"cosine {cosine:.4f}, score {scores[1] / scores[0] - 1:.1e}")
    assert cosine > 0.97
    assert scores[1] == pytest.approx(scores[0], rel=5e-3)


def test_all_devices_share_the_tiles():
    """Two devices, here halves of the processor, give what one gives."""
    code = """
import numpy as np, tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
from dreammovie.dreaming import gradient
from dreammovie.dreaming.objectives import layer
from dreammovie.networks.network import Network
used = set()
def activations(images, wanted):
    used.add(images.device)
    return {"pixels": tf.sin(images)}
ascent = gradient.Ascent(Network("pixels", {}, activations), layer("pixels"), tile=128)
image = tf.constant(np.random.default_rng(0).uniform(0, 255, (300, 500, 3)), tf.float32)
placement = gradient.place(image.shape, 128, np.random.default_rng(0))
one = ascent.gradient(image, placement)
gradient.devices = ["/CPU:0", "/CPU:1"]
two = ascent.gradient(image, placement)
assert any("CPU:1" in name for name in used), used
np.testing.assert_allclose(one[0], two[0], rtol=1e-6)
np.testing.assert_allclose(one[1], two[1], rtol=1e-6)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("sigma", [0.5, 2.0, 4.0])
def test_blurs_in_strips_are_those_of_the_whole(monkeypatch, sigma):
    cut = cut_from(make_picture(97, 131))
    whole = smooth_at_three_widths(cut, (97, 131), three_blurs(sigma))
    monkeypatch.setattr("dreammovie.dreaming.smoothing._STRIP", 4000)
    strips = smooth_at_three_widths(cut, (97, 131), three_blurs(sigma))
    np.testing.assert_allclose(strips, whole, rtol=1e-4)


def test_it_comes_late_to_a_notebook_that_computes_already():
    program = "import tensorflow as tf; tf.constant(1) + 1; import dreammovie.dreaming.gradient"
    subprocess.run([sys.executable, "-c", program], check=True)
