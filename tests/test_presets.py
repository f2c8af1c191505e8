"""Movies that have a name: each may be dreamt by everybody, for long, and is in the gallery."""

import re
from dataclasses import fields
from itertools import pairwise
from pathlib import Path

import pytest

from dreammovie.commands import cli
from dreammovie.errors import DreamError
from dreammovie.movies.history import read_history
from dreammovie.movies.presets import PRESETS
from dreammovie.movies.run import go_on
from dreammovie.movies.schedule import (
    NOT_IN_PRESETS,
    MovieSettings,
    Script,
    at,
    direct,
    look_ahead,
    objective_of,
)
from dreammovie.networks import keras_applications, vit
from dreammovie.networks.network import taking_pictures
from dreammovie.networks.table import NETWORKS
from dreammovie.pictures.image import load_image
from tests.test_keras_weights import KERAS, small_backbone

README = Path(__file__).parents[1] / "README.md"
EVERY = pytest.mark.parametrize("preset", PRESETS)


@EVERY
@pytest.mark.parametrize("fps", [10.0, pytest.param(30.0, marks=pytest.mark.slow)])
def test_a_preset_holds_for_ten_minutes(preset, fps):
    script = direct(Script(), {"fps": fps}, preset=preset)
    look_ahead(script, 1, round(600 * fps))


def test_everything_goes_on_without_end():
    """Nothing comes to an end: what varies in the first minutes does so after an hour."""
    for preset in PRESETS:
        script = direct(Script(), {}, preset=preset)
        hour = [at(script, 108_000 + number) for number in range(0, 900, 7)]
        for name in script.schedules:
            assert len({getattr(settings, name) for settings in hour}) > 1, (preset, name)


def test_no_preset_says_who_dreams_or_in_which_size():
    for preset in PRESETS.values():
        assert not preset.settings.keys() & {*NOT_IN_PRESETS}


def test_layers_are_in_the_smallest_networks(small, dreamnet):
    mobile = keras_applications.as_network(keras_applications.build("mobilenet_v3"), "mobilenet_v3")
    for network in (small, dreamnet, mobile):
        for preset in PRESETS:
            objective_of(direct(Script(), {}, preset=preset), network, Path())


@pytest.mark.slow
@pytest.mark.parametrize("name", [*KERAS, "vit"])
def test_layers_are_in_every_network(name):
    assert {*KERAS, "vit", "dreamnet", "inception5h"} == {*NETWORKS}
    if name == "vit":
        network = vit.as_network(small_backbone(hidden_dim=32), name)
    else:
        network = keras_applications.as_network(keras_applications.build(name), name)
    for preset in PRESETS:
        objective_of(direct(Script(), {}, preset=preset), taking_pictures(network), Path())


def test_what_is_given_wins_and_a_recipe_does(small):
    """Whatever the network was before: the layers of presets are in all of them."""
    tunnel = PRESETS["tunnel"].settings
    script = direct(Script(), {"zoom": 1.5, "network": "dreamnet"}, "google2015", "tunnel")
    assert script.settings.zoom == 1.5
    assert script.settings.octaves == 4
    assert script.settings.layer == tunnel["layer"]
    assert script.schedules["rotate"] == tunnel["rotate"]


def test_another_preset_leaves_nothing_of_the_one_before():
    given = {"seed": 7, "size": "96x72", "network": "dreamnet", "shake": 0.01, "fps": 10.0}
    for preset in PRESETS:
        script = direct(direct(Script(), given), {}, preset=preset)
        kept = {name: value for name, value in given.items() if name != "shake"}
        for other in PRESETS:
            expected = direct(direct(Script(), kept), {}, preset=other)
            assert direct(script, {}, preset=other) == expected


def test_a_name_that_is_none_has_a_near_one(dreams):
    with pytest.raises(DreamError, match=r"no preset 'tunel'.* Did you mean tunnel\?"):
        next(go_on(dreams, 1, preset="tunel"))
    assert [path.name for path in dreams.iterdir()] == ["img_0.jpg"]


def test_a_movie_changes_its_preset_on_the_way(dreams, capfd):
    """dream.json keeps plain settings, which a dream goes on with; flags count beside them."""
    quick = ["--network", "dreamnet", "--steps", "1", "--octaves", "1", "--layer", "20%"]
    assert cli.frames(["one", "--preset", "breath", *quick, "--frames", "2"]) == 0
    assert cli.frames(["one", "--frames", "3"]) == 0
    assert cli.frames(["one", "--preset", "tunnel", *quick, "--frames", "4", "--zoom", "1.3"]) == 0
    first, second = read_history(dreams)
    assert (first.from_frame, second.from_frame) == (1, 4)
    names = {each.name for each in fields(MovieSettings) if not each.metadata["newer"]}
    assert first.settings.keys() == second.settings.keys() == names
    assert first.settings["edges"] == PRESETS["breath"].settings["edges"]
    assert second.settings["edges"] == "mirror"
    assert second.settings["zoom"] == 1.3
    assert second.settings["rotate"] == PRESETS["tunnel"].settings["rotate"]
    frames = [load_image(dreams / f"img_{number}.jpg") for number in range(5)]
    assert all((one != two).any() for one, two in pairwise(frames))
    capfd.readouterr()


def test_a_camera_is_seen_and_a_plan_drawn_of_a_preset(dreams, capfd):
    assert cli.main(["motion", "one", "--preset", "tunnel", "--frames", "2"]) == 0
    assert cli.main(["plan", "one", "--preset", "tunnel", "--frames", "90"]) == 0
    assert (dreams / "motion.mp4").exists()
    assert (dreams / "plan.png").exists()
    assert cli.main(["motion", "one", "--preset", "tunel", "--frames", "2"]) == 2
    assert "Did you mean tunnel?" in capfd.readouterr().err


def test_presets_are_listed(dreams, capfd):
    assert cli.frames(["--list-presets"]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [*PRESETS]
    for line, preset in zip(lines, PRESETS.values(), strict=True):
        assert line.endswith(preset.description)
        assert len(line) <= 100


def test_the_gallery_shows_every_preset():
    shown = re.findall(
        r"\*\*`(\w+)`\*\*.*\n+!\[.*\]\((dreams/gallery/presets/.*)\)", README.read_text()
    )
    assert [name for name, _ in shown] == [*PRESETS]
    for name, strip in shown:
        assert strip == f"dreams/gallery/presets/{name}.jpg"
        assert load_image(README.parent / strip).shape[1] == 1440
