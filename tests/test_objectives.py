import re
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dreammovie.device import tf
from dreammovie.dreaming.dream import ascent_for, dream_steps
from dreammovie.dreaming.objectives import Moment, channel, features_of, guide, layer
from dreammovie.dreaming.stages import PictureSettings
from dreammovie.dreaming.wishes import parse, still
from dreammovie.errors import DreamError
from tests.conftest import make_picture


def test_objectives_add_and_multiply():
    both = 0.5 * layer("a") + channel("b", 1) - 2 * layer("a")
    assert both.layers == ("a", "b")
    seen = {"a": tf.fill((1, 2, 2, 3), 2.0), "b": tf.constant([[[[5.0, 7.0]]]])}
    assert float(both.score(seen)[0]) == (0.5 - 2) * 4 + 7
    assert both.description == "0.5 * (a) + b:1 - 1 * (2 * (a))"


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
        ("mixed4c:13*1,mixed3a:-0.25", "1 * (mixed4c:13) - 0.25 * (mixed3a)"),
        ("0%", "conv2d0"),
        ("100%", "mixed4c"),
        ("100%:5", "mixed4c:5"),
        ("99.5%:5*2,0%", "2 * (mixed4c:5) + conv2d0"),
        ("mixed4c - 0.5*mixed3a", "mixed4c - 0.5 * (mixed3a)"),
        ("mixed4c:13 + 0.3*60%", "mixed4c:13 + 0.3 * (mixed3a)"),
        ("-mixed4c", "-1 * (mixed4c)"),
        ("mixed4c*-1.7", "-1.7 * (mixed4c)"),
        ("2*(mixed3a + mixed4c:13)*0.5", "1 * (mixed3a + mixed4c:13)"),
        ("walk( mixed4c , every=2s )", "walk(mixed4c)"),
        ("mixed3a + strongest(100%, 10)", "mixed3a + strongest(mixed4c, 10)"),
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
    ("text", "column", "says"),
    [
        ("mixed4c:", 8, "expected is a number"),
        ("mixed4c:-1", 8, "expected is a channel, a whole number"),
        ("mixed4c:-1*2", 8, "expected is a channel"),
        ("mixed4c:x", 8, "No channel of mixed4c in inception5h has a word, such as 'x'"),
        ("mixed4c:1:2", 9, "a channel of it such as mixed4c:13"),
        ("mixed4c:1.5*2", 8, "expected is a channel"),
        ("mixed4c*0", 0, "a weight of 0 leaves nothing"),
        ("mixed4c,", 8, "or a sum such as mixed4c - 0.5*mixed3a"),
        ("mixed4c:24", 8, "channels 0 to 23; 24"),
        ("mixed3a + mixed4d", 10, "Did you mean mixed4c"),
        ("110%", 0, "from 0% to 100%"),
        ("x%", 1, "expected is a layer"),
        ("", 0, "expected is a layer"),
        ("mixed4c mixed3a", 8, "expected is a layer"),
        ("0.5mixed4c", 0, "expected is a layer"),
        ("2 mixed4c", 2, "expected is * between a weight and a layer"),
        ("(mixed4c", 8, "this bracket is not closed"),
        ("mixed4c)", 7, "expected is a layer"),
        ("(" * 40 + "mixed4c", 30, "more than 30 brackets"),
        ("wlk(mixed4c)", 0, "wlk is none of walk(...), strongest(...) and class(...)"),
        ("walk()", 5, "expected is a layer first"),
        ("walk(mixed4c, evry=2s)", 14, "expected is every=2s, fade=0.5s or seed=1"),
        ("walk(mixed4c, every=0s)", 20, "expected is a time from 0.001 on"),
        (f"walk(mixed4c, every=0.{'0' * 309}1s)", 20, "expected is a time from 0.001 on"),
        (f"mixed4c:{'9' * 400}", 8, "this number is too large"),
        ("strongest(mixed4c)", 17, "expected is strongest(LAYER, HOW MANY)"),
        ("strongest(mixed4c, 25)", 19, "mixed4c has 1 to 24 channels"),
        ("mixed4c; import os", 7, "expected is a layer"),
        ("mixed4c:2s", 8, "expected is a number"),
    ],
)
def test_what_is_no_objective_is_a_sentence_with_a_caret(small, text, column, says):
    with pytest.raises(DreamError, match=re.escape(says)) as error:
        parse(text, small)
    first, shown, caret = str(error.value).split("\n")
    assert first.startswith("--layer: ")
    assert (shown[4:].removesuffix("…"), caret.index("^") - 4) == (text[:72], column)


@settings(max_examples=200)
@given(st.text("mixed34ac:13*0.5%+-,() walkstrong=se", max_size=40))
def test_any_text_is_an_objective_or_a_sentence(small, text):
    with suppress(DreamError):
        parse(text, small)


def chosen(objective, frame, fps=10.0, **looks):
    """The channels that an objective wants at a frame, and how much."""
    found = objective.weights(Moment(frame, fps, **looks))
    return {index: weight for (_, index), weight in found.items() if weight}


def test_a_walk_goes_from_channel_to_channel(small):
    walk = parse("walk(mixed4c, every=2s, fade=0.5s, seed=1)", small)
    (first,) = chosen(walk, 0)
    assert chosen(walk, 0) == chosen(walk, 14) == {first: 1.0}
    half = chosen(walk, 18)  # in the middle of fading, which lasts from 1.5 s to 2 s
    assert half[first] == pytest.approx(0.4)
    assert sum(half.values()) == pytest.approx(1)
    way = [max(chosen(walk, frame), key=chosen(walk, frame).get) for frame in range(0, 400, 20)]
    assert len(set(way)) > 8
    again = parse("walk(mixed4c, every=20, fade=5, seed=1)", small)  # in frames
    assert chosen(again, 18) == pytest.approx(half)
    other = parse("walk(mixed4c, every=2s, seed=2)", small)
    assert [next(iter(chosen(other, frame))) for frame in range(0, 400, 20)] != way
    assert len(chosen(parse("walk(mixed4c, every=1s, fade=0s)", small), 9.99)) == 1


@pytest.mark.parametrize("every", ["0.1s", "3"])
def test_a_walk_s_cuts_are_on_time(small, every):
    walk = parse(f"walk(mixed4c, every={every}, fade=0)", small)
    seen = [chosen(walk, frame, 30.0) for frame in range(90)]
    assert all(seen[number] == seen[number // 3 * 3] for number in range(90))
    assert len({*map(str, seen)}) > 8


def test_the_strongest_channels_are_those_that_the_picture_excites(small, picture):
    strongest = parse("strongest(mixed4c, 3)", small)
    ascent = ascent_for(small, PictureSettings(layer="strongest(mixed4c, 3)"))
    found = np.flatnonzero(ascent.weights(picture))
    means = np.mean(
        small.activations(tf.constant(picture[None]), ["mixed4c"])["mixed4c"], (0, 1, 2)
    )
    assert set(found) == set(np.argsort(-means)[:3])
    assert ascent.weights(picture)[found] == pytest.approx(1 / 3)
    given = chosen(strongest, 7, strengths=lambda name: np.arange(24.0))
    assert given == {23: 1 / 3, 22: 1 / 3, 21: 1 / 3}


def test_weights_change_without_compiling_anew(small, traced, picture):
    """And they change the dream."""
    chosen_settings = PictureSettings(layer="walk(mixed4c, every=1s, fade=0s)", octaves=1, steps=2)
    ascent = ascent_for(small, chosen_settings)
    dreams, counts = [], {}
    for frame in (0, 5, 40, 80):
        weights = ascent.weights(picture, frame, 10.0)
        rng = np.random.default_rng(0)
        *_, last = dream_steps(picture, ascent, chosen_settings, rng, weights)
        dreams.append(last.image)
        counts = counts or dict(traced)
    assert dict(traced) == counts
    assert (dreams[0] == dreams[1]).all()
    assert all(np.abs(dreams[0] - dreamt).mean() > 0.1 for dreamt in dreams[2:])


@pytest.mark.parametrize("count", [3, 1024, 2500])
def test_guide_finds_the_best_match_everywhere(count):
    """Against all dot products at once; the features may be more than are compared at once."""
    rng = np.random.default_rng(0)
    features = rng.normal(0, 1, (count, 7)).astype(np.float32)
    seen = tf.constant(rng.normal(0, 1, (2, 4, 5, 7)), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(seen)
        score = guide("a", lambda moment: features, features.shape).score({"a": seen})
    gradient = tape.gradient(score, seen).numpy() * 20  # of a mean over 4 x 5 places
    products = np.einsum("bhwc,nc->bhwn", seen, features)
    assert np.allclose(score, products.max(3).mean((1, 2)), rtol=1e-5)
    assert np.allclose(gradient, features[products.argmax(3)], rtol=1e-5)


def test_guided_by_a_picture(small):
    picture = make_picture(90, 70)
    objective = parse("mixed3a,mixed4c:0.5", small, still(picture))
    assert objective.description == "mixed3a like the guide + 0.5 * (mixed4c like the guide)"
    assert features_of(picture, "mixed4c", small).shape == (6 * 5, 24)
    with pytest.raises(DreamError, match="Leave :13 away"):
        parse("mixed4c:13", small, still(picture))


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
