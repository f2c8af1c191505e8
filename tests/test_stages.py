from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from dreammovie.dreaming.dream import DreamSettings, ascent_for, dream
from dreammovie.dreaming.layers import VIVID, SheetSettings, noise
from dreammovie.dreaming.octaves import carry_up, octave_shapes, put_together, take_apart
from dreammovie.dreaming.stages import (
    EvolutionSettings,
    PictureSettings,
    dream_stages,
    start_picture,
)
from dreammovie.errors import DreamError
from dreammovie.pictures.palette import Palette, match_palette
from tests.conftest import make_picture

FEW = PictureSettings(steps=3, octaves=3, octave_scale=1.4, layer="mixed3a")


@pytest.fixture(scope="module")
def start():
    return make_picture(130, 141)


@pytest.fixture(scope="module")
def stages(dreamnet, start):
    """The number and the image of every stage."""
    every = dream_stages(start, ascent_for(dreamnet, FEW), FEW)
    return [(stage.number, stage.count, stage.image) for stage in every]


def test_every_step_is_seen_at_the_final_size(stages, start):
    assert [(number, count) for number, count, _ in stages] == [(n, 9) for n in range(1, 10)]
    for _, _, image in stages:
        assert image.shape == start.shape
        assert image.min() >= 0
        assert image.max() <= 255


def test_the_last_stage_is_the_dream(stages, dreamnet, start):
    whole = dream(start, ascent_for(dreamnet, FEW), FEW, np.random.default_rng(FEW.seed))
    assert np.array_equal(stages[-1][2], match_palette(whole, Palette.of(start)))


def test_brightness_and_contrast_stay(stages, start):
    for _, _, image in stages:
        assert np.allclose(Palette.of(image).means, Palette.of(start).means, atol=0.5)
        assert np.allclose(Palette.of(image).deviations, Palette.of(start).deviations, rtol=0.02)


@pytest.mark.parametrize("softness", [0.0, 0.3, 1.0])
def test_the_film_does_not_jump_between_octaves(dreamnet, start, softness):
    """Also not from the picture to the first step, where detail could give way at once."""
    settings = replace(FEW, softness=softness, steps=6)
    images = [start]
    images += [
        stage.image for stage in dream_stages(start, ascent_for(dreamnet, settings), settings)
    ]
    moves = [np.abs(a - b).mean() for a, b in zip(images[1:], images[:-1], strict=True)]
    between = [moves[0], moves[6], moves[12]]
    assert max(between) < 1.5 * np.median(moves)


@pytest.mark.parametrize("softness", [0.0, 0.3, 1.0])
def test_an_octave_ends_where_the_next_begins(start, softness):
    pyramid = take_apart(start, octave_shapes(start.shape[:2], 3, 1.4))
    dreamt = pyramid[0] + np.random.default_rng(0).normal(0, 20, pyramid[0].shape)
    dreamt = dreamt.astype(np.float32)
    end = carry_up(dreamt, pyramid, 0, share=1.0, softness=softness)
    begun = put_together(pyramid[1], pyramid[0], dreamt, softness)
    begin = carry_up(begun, pyramid, 1, share=0.0, softness=softness)
    assert np.array_equal(end, begin)
    assert np.array_equal(carry_up(pyramid[0], pyramid, 0, share=0.0, softness=softness), start)


def test_out_of_memory_begins_anew(dreamnet, start, monkeypatch):
    from dreammovie.dreaming.gradient import Ascent, OutOfMemoryError

    ascent, calls = ascent_for(dreamnet, FEW), []

    def hungry(self, *arguments):
        calls.append(self)
        if len(calls) == 5:
            raise OutOfMemoryError
        return step(self, *arguments)

    step = Ascent.step
    monkeypatch.setattr(Ascent, "step", hungry)
    numbers = [stage.number for stage in dream_stages(start, ascent, FEW)]
    assert numbers == [1, 2, 3, 4, *range(1, 10)]


def test_sizes_to_start_from():
    photo = make_picture(901, 1203)
    path = Path("photo.jpg")
    assert start_picture(photo, path, PictureSettings()).shape == (901, 1203, 3)
    assert start_picture(photo, path, PictureSettings(size="321x99")).shape == (99, 321, 3)
    assert start_picture(photo, path, EvolutionSettings()).shape == (478, 640, 3)
    assert start_picture(photo, path, EvolutionSettings(size="321x99")).shape == (98, 320, 3)
    assert start_picture(photo.swapaxes(0, 1), path, EvolutionSettings()).shape == (640, 478, 3)
    for settings in (PictureSettings(), EvolutionSettings()):
        with pytest.raises(DreamError, match=r"photo\.jpg has 90x40 pixels.*Choose a size"):
            start_picture(photo[:40, :90], path, settings)


def test_noise_is_grey_and_repeats_itself():
    image = noise("97x64", 3)
    assert image.shape == (64, 97, 3)
    assert image.dtype == np.float32
    assert np.allclose(image.mean((0, 1)), VIVID.means, atol=1)
    assert np.array_equal(image, noise("97x64", 3))
    assert not np.array_equal(image, noise("97x64", 4))


@pytest.mark.parametrize("settings_class", [PictureSettings, EvolutionSettings, SheetSettings])
def test_other_defaults_are_explained_alike(settings_class):
    helps = {field.name: field.metadata for field in fields(settings_class)}
    for field in fields(DreamSettings):
        assert helps[field.name] == field.metadata
    with pytest.raises(DreamError, match="--steps was 0"):
        settings_class(steps=0)
    with pytest.raises(DreamError, match="--size was 'wide'"):
        settings_class(size="wide")
