"""What a person wrote about a movie, and what holds at each frame of it."""

from dataclasses import fields, replace

import pytest

from dreammovie.dreaming.dream import ascent_for
from dreammovie.errors import DreamError
from dreammovie.movies.history import read_history, script_of
from dreammovie.movies.movie import dream_movie
from dreammovie.movies.run import go_on
from dreammovie.movies.schedule import MovieSettings, Script, at, direct, look_ahead
from dreammovie.networks.weights import Weights
from dreammovie.settings import flag, kind_of

ZOOM = "0:1.05, 4s:1.3 smooth"


def test_a_frame_has_plain_values():
    script = direct(Script(), {"zoom": ZOOM, "steps": "0:10, 10:20", "softness": 0.5})
    assert at(script, 120) == MovieSettings(zoom=1.3, steps=20, softness=0.5)
    assert at(script, 60).zoom == pytest.approx(1.175)
    assert at(replace(script, settings=MovieSettings(fps=10)), 40).zoom == 1.3
    assert at(Script(), 7) == MovieSettings()


def test_what_is_counted_is_rounded():
    script = direct(Script(), {"steps": "0:1, 8:3"})
    assert [at(script, n).steps for n in range(9)] == [1, 1, 2, 2, 2, 2, 3, 3, 3]
    assert type(at(script, 3).steps) is int


def test_only_numbers_may_vary():
    """Of yes and no, nothing is between; who adds such a setting says why it is fixed.

    Layers have a language of their own, and so have the names of files.
    """
    varying = [each.name for each in fields(MovieSettings) if not each.metadata["fixed"]]
    for texts in ("layer", "guide", "palette"):
        varying.remove(texts)
    assert {kind_of(MovieSettings, name) for name in varying} <= {int, float}
    assert {"zoom", "steps", "step_size", "softness"} <= {*varying}


@pytest.mark.parametrize(
    "each", [each for each in fields(MovieSettings) if each.metadata["fixed"]], ids=lambda e: e.name
)
def test_what_cannot_vary_says_why(each):
    with pytest.raises(DreamError, match=each.metadata["fixed"]) as caught:
        direct(Script(), {each.name: "0:2, 4s:3"})
    assert flag(each.name) in str(caught.value)


def test_what_is_given_takes_the_place_of_what_was():
    script = direct(Script(), {"zoom": ZOOM, "steps": "0:10, 10:20"})
    assert direct(script, {"zoom": 1.5}).written == Script().written | {
        "zoom": 1.5,
        "steps": "0:10, 10:20",
    }
    assert direct(script, {"zoom": "1.5"}).schedules == {"steps": "0:10, 10:20"}
    assert direct(script, {}, "google2015").schedules == {"zoom": ZOOM}
    assert at(direct(script, {}, "google2015"), 5).steps == 10
    assert at(direct(script, {"steps": "t"}, "google2015"), 7).steps == 7
    assert direct(direct(Script(), {"zoom": 3.0}), {"zoom": ZOOM}) == direct(
        Script(), {"zoom": ZOOM}
    )
    assert direct(Script(), script.written) == script


def test_a_setting_that_is_none_has_a_near_one():
    with pytest.raises(DreamError, match=r"no setting 'zom'.* Did you mean zoom"):
        direct(Script(), {"zom": 1.1})


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (
            {"zoom": "0:1.1, 4s:(150) hold, 400:2"},
            "At frame 120, --zoom was 150; expected is a number from 0.01 to 100.0:\n"
            "    0:1.1, 4s:(150) hold, 400:2\n"
            "              ^",
        ),
        (
            {"steps": "0:9, 10:1e300 hold"},
            "At frame 10, --steps was 1e+300; expected is a whole number from 1 to 10,000:\n"
            "    0:9, 10:1e300 hold\n"
            "            ^",
        ),
        (
            {"softness": "0.5 + t/100"},
            "At frame 51, --softness was 1.01; expected is a number from 0.0 to 1.0:\n"
            "    0.5 + t/100\n"
            "    ^",
        ),
        (
            {"step_size": "0:1, 30:1/(50-t)"},
            "--step-size: At frame 50, this divides by zero:\n"
            "    0:1, 30:1/(50-t)\n"
            "               ^",
        ),
        (
            {"fps": 1, "zoom": "0:2, 10:8"},
            "At frame 4: --zoom 4.4 a second at --fps 1 is more than a factor of 4 from frame to "
            "frame. Choose less zoom or more frames.",
        ),
    ],
)
def test_the_first_frame_of_a_value_that_cannot_be_is_named(given, says):
    with pytest.raises(DreamError) as caught:
        look_ahead(direct(Script(), given), 1, 300)
    assert str(caught.value) == says


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.glob("img_*.jpg")}


def test_a_wrong_value_is_met_before_the_first_step(dreams):
    with pytest.raises(DreamError, match="At frame 90, --zoom was 0"):
        next(go_on(dreams, 99, {"network": "dreamnet", "zoom": "0:1, 90:0 hold"}))
    assert {path.name for path in dreams.iterdir()} == {"img_0.jpg"}
    (dreams / "img_1.jpg").write_bytes((dreams / "img_0.jpg").read_bytes())
    with pytest.raises(DreamError, match="At frame 9, --zoom was"):
        next(go_on(dreams, 9, {"network": "dreamnet", "zoom": "0:1, 9:0 hold"}))


def test_a_schedule_of_each_setting_changes_frames_and_resumes_to_the_byte(dreams, dreamnet):
    """Frames are those that the plain values make one by one, also after a stop."""
    texts = {
        "zoom": "0:1.5, 3:3",
        "steps": "0:1, 2:3",
        "step_size": "1 + t",
        "softness": "0:0.2, 0.1s:0.9 in",
    }
    plain = MovieSettings(layer="mixed3a", size="96x72", octave_scale=1.1, metadata=False)
    plain = Script(plain)  # whose files do not say with which settings they were made
    script = direct(plain, texts)
    ascent = ascent_for(dreamnet, plain.settings)

    def run(name, frames, script):
        folder = dreams.parent / name
        folder.mkdir(exist_ok=True)
        (folder / "img_0.jpg").write_bytes((dreams / "img_0.jpg").read_bytes())
        for _ in dream_movie(folder, frames, ascent, script, Weights(folder, "ab", local=True)):
            pass
        return folder

    unbroken = contents(run("unbroken", 3, script))
    history = read_history(run("resumed", 1, script))
    assert history[0].settings | texts == history[0].settings
    assert contents(run("resumed", 3, script_of(history[0]))) == unbroken
    for number in (1, 2, 3):
        stepwise = run("stepwise", number, Script(at(script, number)))
    assert contents(stepwise) == unbroken
    for name in texts:
        without = direct(script, {name: getattr(at(script, 1), name)})
        frames = contents(run(f"without_{name}", 2, without))
        assert frames["img_1.jpg"] == unbroken["img_1.jpg"]
        assert frames["img_2.jpg"] != unbroken["img_2.jpg"]
