from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreammovie.dreaming.dream import (
    RECIPES,
    DreamSettings,
    ascent_for,
    change,
    dream,
    dream_steps,
)
from dreammovie.dreaming.octaves import octave_shapes
from dreammovie.dreaming.shaping import SHAPINGS
from dreammovie.errors import DreamError

FEW = DreamSettings(steps=3, octaves=2, octave_scale=1.4, layer="mixed3a")


def test_every_step_is_seen(dreamnet):
    image = np.full((130, 140, 3), 128, np.float32)
    steps = list(dream_steps(image, ascent_for(dreamnet, FEW), FEW, np.random.default_rng(0)))
    assert [(s.octave, s.step) for s in steps] == [(o, s) for o in range(2) for s in range(3)]
    shapes = octave_shapes((130, 140), 2, 1.4)
    assert [s.image.shape[:2] for s in steps] == [shape for shape in shapes for _ in range(3)]
    assert all(np.isfinite(s.image).all() and np.isfinite(s.score) for s in steps)


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_recipe_raises_the_score_and_repeats_itself(dreamnet, recipe, picture):
    settings = change(DreamSettings(), {"steps": 3, "layer": "mixed3a"}, recipe)
    ascent = ascent_for(dreamnet, settings)
    first = list(dream_steps(picture, ascent, settings, np.random.default_rng(5)))
    scores = [step.score for step in first if step.octave == first[-1].octave]
    assert scores[-1] > scores[0]
    again = dream(picture, ascent, settings, np.random.default_rng(5))
    assert np.array_equal(first[-1].image, again)
    other = dream(picture, ascent, settings, np.random.default_rng(6))
    assert not np.array_equal(first[-1].image, other)


@pytest.fixture(scope="module")
def few(dreamnet):
    """Dreams a picture with `FEW` changed; the ascent is compiled anew only where it has to be."""
    image = np.random.default_rng(0).uniform(60, 200, (140, 150, 3)).astype(np.float32)
    plain = ascent_for(dreamnet, FEW)

    def dreamt(changes):
        settings = change(FEW, changes)
        same = {"steps", "step_size", "octaves", "octave_scale", "softness"} >= changes.keys()
        ascent = plain if same else ascent_for(dreamnet, settings)
        return dream(image, ascent, settings, np.random.default_rng(0))

    return dreamt, dreamt({})


@pytest.mark.parametrize(
    "changes",
    [
        {"steps": 5},
        {"step_size": 3.0},
        {"octaves": 1},
        {"octave_scale": 1.2},
        {"softness": 1.0},
        {"shaping": "plain"},
        {"tile": 128},
        {"layer": "mixed4c"},
        {"layer": "mixed3a:2"},
    ],
    ids=str,
)
def test_every_setting_does_something(few, changes):
    dreamt, plain = few
    assert np.abs(dreamt(changes) - plain).max() > 0.5


def test_a_recipe_brings_its_own_and_what_is_given_wins():
    mine = change(DreamSettings(steps=99, seed=7), {"octaves": 2}, "google2015")
    assert (mine.steps, mine.step_size, mine.shaping) == (10, 1.5, "plain")
    assert (mine.octaves, mine.seed) == (2, 7)
    assert change(mine, {}) == mine
    assert change(mine, {}, "classic") == DreamSettings(seed=7)
    with pytest.raises(DreamError, match="Did you mean classic"):
        change(mine, {}, "clasic")


def test_recipes_name_real_settings():
    names = {field.name for field in fields(DreamSettings)}
    for recipe in RECIPES.values():
        assert recipe.keys() <= names


def test_names_are_the_same_everywhere():
    helps = {field.name: field.metadata["help"] for field in fields(DreamSettings)}
    assert all(name in helps["shaping"] for name in SHAPINGS)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"steps": 0}, "--steps was 0; expected is a whole number from 1 to 10,000"),
        ({"steps": 2.5}, "--steps"),
        ({"steps": True}, "--steps"),
        ({"step_size": float("nan")}, "--step-size"),
        ({"step_size": -1.0}, "--step-size"),
        ({"octaves": 10**9}, "--octaves"),
        ({"octave_scale": 1.0}, "--octave-scale"),
        ({"softness": 1.5}, "--softness"),
        ({"tile": 5}, "--tile"),
        ({"seed": -1}, "--seed"),
        ({"layer": 3}, "--layer"),
        ({"shaping": "smoth"}, "Did you mean smooth"),
    ],
)
def test_nonsense_is_a_sentence(given, says):
    with pytest.raises(DreamError, match=says):
        change(DreamSettings(), given)


@given(st.integers(1, 10_000), st.floats(0, 1000), st.integers(1, 32))
def test_sense_is_accepted(steps, step_size, octaves):
    DreamSettings(steps=steps, step_size=step_size, octaves=octaves)
