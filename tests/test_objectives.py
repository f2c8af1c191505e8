import numpy as np
import pytest

from dreammovie.device import tf
from dreammovie.dreaming.objectives import Objective, features_of, guide, parse
from dreammovie.errors import DreamError
from tests.conftest import make_picture


def test_objectives_add_and_multiply():
    two = Objective(("a",), lambda seen: seen["a"] * 2.0, "two")
    three = Objective(("b", "a"), lambda seen: seen["b"] * 3.0, "three")
    both = 0.5 * two + three
    assert both.layers == ("a", "b")
    assert both.score({"a": 10.0, "b": 1.0}) == 13.0
    assert both.description == "0.5 * (two) + three"


@pytest.mark.parametrize(
    ("text", "description"),
    [
        ("mixed3a", "mixed3a"),
        ("mixed4c:13", "mixed4c:13"),
        ("mixed4c:0.5", "0.5 * (mixed4c)"),
        ("mixed4c*2", "2 * (mixed4c)"),
        ("mixed3a:1,mixed4c:0.5", "1 * (mixed3a) + 0.5 * (mixed4c)"),
        ("mixed3a, mixed4c:2", "mixed3a + 2 * (mixed4c)"),
        ("mixed4c:13*0.5", "0.5 * (mixed4c:13)"),
        ("mixed4c:13*1,mixed3a:-0.25", "1 * (mixed4c:13) + -0.25 * (mixed3a)"),
        ("0%", "conv2d0"),
        ("100%", "mixed4c"),
        ("100%:5", "mixed4c:5"),
        ("99.5%:5*2,0%", "2 * (mixed4c:5) + conv2d0"),
    ],
)
def test_parsed_objectives(small, text, description):
    assert parse(text, small).description == description


def test_a_parsed_list_is_the_weighted_sum(small):
    seen = small.activations(tf.constant(make_picture(96, 96)[None]), ["mixed3a", "mixed4c"])
    score = parse("mixed3a:2,mixed4c:13*0.5", small).score(seen)
    expected = 2 * np.mean(seen["mixed3a"] ** 2) + 0.5 * np.mean(seen["mixed4c"][..., 13])
    assert float(score[0]) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("mixed4c:", "a channel of it such as mixed4c:13"),
        ("mixed4c:-1", "a channel of it"),
        ("mixed4c:-1*2", "a channel of it"),
        ("mixed4c:x", "a channel of it"),
        ("mixed4c:1:2", "a channel of it"),
        ("mixed4c:1.5*2", "a channel of it"),
        ("mixed4c*0", "a list with weights"),
        ("mixed4c,", "a list with weights"),
        ("mixed4c:24", "channels 0 to 23; 24"),
        ("mixed4d", "Did you mean mixed4c"),
        ("110%", "from 0% to 100%"),
        ("x%", "from 0% to 100%"),
        ("-5%", "from 0% to 100%"),
    ],
)
def test_what_is_no_objective_is_a_sentence(small, text, says):
    with pytest.raises(DreamError, match=says):
        parse(text, small)


@pytest.mark.parametrize("count", [3, 1024, 2500])
def test_guide_finds_the_best_match_everywhere(count):
    """Against all dot products at once; the features may be more than are compared at once."""
    rng = np.random.default_rng(0)
    features = rng.normal(0, 1, (count, 7)).astype(np.float32)
    seen = tf.constant(rng.normal(0, 1, (2, 4, 5, 7)), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(seen)
        score = guide("a", features).score({"a": seen})
    gradient = tape.gradient(score, seen).numpy() * 20  # of a mean over 4 x 5 places
    products = np.einsum("bhwc,nc->bhwn", seen, features)
    assert np.allclose(score, products.max(3).mean((1, 2)), rtol=1e-5)
    assert np.allclose(gradient, features[products.argmax(3)], rtol=1e-5)


def test_guided_by_a_picture(small):
    picture = make_picture(90, 70)
    objective = parse("mixed3a,mixed4c:0.5", small, picture)
    assert objective.description == "mixed3a like the guide + 0.5 * (mixed4c like the guide)"
    assert features_of(picture, "mixed4c", small).shape == (6 * 5, 24)
    with pytest.raises(DreamError, match="Leave :13 away"):
        parse("mixed4c:13", small, picture)


@pytest.mark.parametrize("shape", [(3, 4000), (900, 2), (1, 1), (40, 40), (64, 63)])
def test_a_guide_has_any_shape(small, shape):
    """One that is too small for the network is dreamt of as if it lay beside its mirror image."""
    image = make_picture(*shape)
    tiles = image
    while tiles.shape[0] < 64:
        tiles = np.concatenate([tiles, tiles[::-1]])
    while tiles.shape[1] < 64:
        tiles = np.concatenate([tiles, tiles[:, ::-1]], 1)
    height, width = (max(64, side) for side in shape)
    wanted = features_of(tiles[:height, :width], "mixed4c", small)
    assert np.array_equal(features_of(image, "mixed4c", small), wanted)
