"""Values over time: what a person writes, and what holds at a frame."""

import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dreammovie.commands import cli
from dreammovie.dreaming.objectives import Moment
from dreammovie.errors import DreamError
from dreammovie.movies.expressions import FUNCTIONS, NAMES
from dreammovie.movies.history import read_history
from dreammovie.movies.keys import EASINGS
from dreammovie.movies.run import Dreaming, go_on
from dreammovie.movies.schedule import MovieSettings, Script, at, objective_of
from dreammovie.pictures.image import load_image
from dreammovie.settings import flag
from tests.test_readme import README


def values(text, frames, fps=30.0, name="rotate"):
    """What a setting is at some frames."""
    script = Script.of({name: text, "fps": fps})
    return [getattr(at(script, frame), name) for frame in frames]


def value(text, frame=1, fps=30.0):
    return values(text, [frame], fps)[0]


def test_between_keys_values_are_blended_and_outside_they_hold():
    assert values("10:1, 20:3", [1, 10, 15, 20, 99]) == [1, 1, 2, 3, 3]
    assert values("0:1, 4s:2, 300:0", [0, 60, 120, 210, 300]) == [1, 1.5, 2, 1, 0]
    assert values("0:1, 4s:2", [20, 40], fps=10) == [1.5, 2]
    assert values("300:0, 4s:2, 0:1", [60, 210]) == [1.5, 1]  # in any order
    assert values("7", [1, 100]) == [7, 7]
    assert values("2s: 5", [1, 100]) == [5, 5]
    assert values(".5s:1, 1.5s:2", [30]) == [1.5]


def test_a_deforum_schedule_means_the_same():
    text = "0:(1.0025+0.002*sin(1.25*3.14*t/30)), 120:(1.3)"

    def there(t):
        return 1.0025 + 0.002 * math.sin(1.25 * 3.14 * t / 30)

    assert values(text, [1, 60, 120, 500], name="zoom") == pytest.approx(
        [
            there(1) * 119 / 120 + 1.3 / 120,
            (there(60) + 1.3) / 2,
            1.3,
            1.3,
        ]
    )
    assert value("0:(where(t<10,1,2)), 20: (3)", 5) == pytest.approx(1.5)


def test_easings_are_those_written_after_the_later_key():
    def half(easing):
        return values(f"0:0, 100:1 {easing}", [25, 50, 99, 100])

    assert half("") == half("linear") == [0.25, 0.5, 0.99, 1]
    assert half("smooth")[:2] == [0.15625, 0.5]
    assert half("in")[:2] == [0.0625, 0.25]
    assert half("out")[:2] == [0.4375, 0.75]
    assert half("hold") == [0, 0, 0, 1]
    assert half("cubic(0.3,0.3,0.6,0.6)") == pytest.approx([0.25, 0.5, 0.99, 1])
    # CSS's `ease`, by its published definition, at a quarter of the time.
    assert half("cubic(0.25,0.1,0.25,1)")[0] == pytest.approx(0.4085, abs=1e-4)
    assert values("0:0, 100:(1) smooth, 200:0 hold", [50, 150]) == [0.5, 1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3 - 4 / 8", 6.5), ("2 ** 3 ** 2 % 100", 12), ("-(2) ** 2", -4), ("+3", 3),
        ("t", 45), ("time", 1.5), ("fps", 30), ("pi", math.pi), ("e", math.e),
        ("sin(pi/2) + cos(0) + tan(0)", 2), ("exp(1) - e + log(e)", 1), ("sqrt(9) + abs(-2)", 5),
        ("floor(1.7) + ceil(1.2)", 3), ("min(3, 1, 2) + max(3, 1, 2)", 4), ("clip(7, 0, 5)", 5),
        ("where(t > 40, 1, 2)", 1), ("where(t < 40 or t == 45, 1, 2)", 1),
        ("where(not t >= 40 and 1, 1, 2)", 2), ("1 < 2 < 3", 1), ("1 != 1", 0), ("3 <= 2", 0),
        ("tri(90)", 1), ("saw(60)", 0.75), ("square(60)", 0), ("square(60, 0.8)", 1),
        ("pulse(45)", 1), ("pulse(44)", 0), ("pulse(44, 2)", 1), ("1.5e1", 15), (".5", 0.5),
    ],
)  # fmt: skip
def test_formulas(text, expected):
    assert value(text, 45) == pytest.approx(expected)


def test_noise_is_smooth_wanders_and_is_the_same_everywhere():
    script = Script.of({"rotate": "noise(t/10, 3)"})
    wander = np.array([at(script, n).rotate for n in range(3000)])
    assert wander.min() < -0.8
    assert wander.max() > 0.8
    assert np.abs(wander).max() <= 1
    assert np.abs(np.diff(wander)).max() < 0.4
    assert abs(wander.mean()) < 0.1
    assert value("noise(t/10, 4)", 7) != value("noise(t/10, 3)", 7)
    assert value("noise(t/10)", 7) == value("noise(t/10, 0)", 7)
    drawn = [value(f"rand({seed})") for seed in range(200)]
    assert 0 <= min(drawn) < 0.1 < 0.9 < max(drawn) < 1
    assert values("rand(5)", [1, 99])[0] == values("rand(5)", [1, 99])[1]
    # Numbers that a movie was made with stay what they were.
    assert value("rand(1)") == pytest.approx(RAND, abs=1e-15)
    assert value("noise(2.5, 1)") == pytest.approx(NOISE, abs=1e-15)


RAND, NOISE = 0.7946671284308283, 0.006556550532337058


@pytest.mark.parametrize(
    ("text", "column", "says"),
    [
        ("0:1, x:2", 5, "a key such as 120: or 4s: before a value"),
        ("0:1, 2", 5, "a key such as 120:"),
        ("0:1, max_f:2", 5, "The end of a movie is no name, since --frames can grow"),
        ("max_f", 0, "The end of a movie is no name"),
        ("0:1, 5:", 7, "expected is a number, or a formula such as"),
        ("", 0, "expected is a number, or a formula"),
        ("0:sn(t)", 2, "sn is no function. Did you mean sin?"),
        ("0:1, 9:2*tme", 9, "tme is no name. Did you mean time?"),
        ("0:sin", 2, "sin is a function: sin(x)"),
        ("0:where(t<10,1)", 2, "where was given 2 values; it is where(condition, a, b)"),
        ("sin()", 0, "sin was given 0 values; it is sin(x)"),
        ("max(t)", 0, "max was given 1 value; it is max(a, b, ...)"),
        ("0:(1, 5:2", 2, "this bracket is not closed"),
        ("0:1), 5:2", 3, "this bracket closes none"),
        ("0:1, 5:2 smoth", 9, "smoth is no easing. Did you mean smooth?"),
        ("0:1, 5:2 cubic(1,2)", 9, "expected is cubic(a,b,c,d)"),
        ("0:1, 5:2 cubic(2,0,0,0)", 9, "a and c from 0 to 1"),
        ("0:1, 5:1 +* 2", 10, "'*' does not fit here"),
        ("0:1, 0s:2", 8, "there is a key at this moment already"),
        ("0:t.real", 2, "this has no meaning in a formula"),
        ("0:t[0]", 3, "'[' has no meaning in a formula"),
        ("0:'a'", 2, "has no meaning in a formula"),
        ("0:森", 2, "has no meaning in a formula"),
        ("0:(t,1)", 2, "this has no meaning in a formula of numbers"),
        ("0:1j", 2, "expected is a number"),
        ("0:True", 2, "expected is a number"),
        ("0:__import__(1)", 2, "__import__ is no function"),
        ("0:(sin)(1)(2)", 2, "this has no meaning"),
        ("0:max(*t)", 6, "this has no meaning"),
        ("0:max(a=1)", 2, "this has no meaning"),
        ("0:1e999", 2, "this number is too large"),
        ("0:" + "9" * 400, 2, "this number is too large"),
        ("0:" + "(" * 300 + "1" + ")" * 300, 62, "more than 60 brackets"),
        ("0:" + "-" * 300 + "1", 63, "more than 60 signs"),
        ("0:" + "1+" * 600 + "1", 1002, "at most 1000 characters"),
        ("99999999999:1", 0, "a key is at most at"),
    ],
)
def test_an_error_points_at_what_is_wrong(text, column, says):
    with pytest.raises(DreamError, match=re.escape(says)) as error:
        Script.of({"zoom": text})
    first, shown, caret = str(error.value).split("\n")
    assert first.startswith("--zoom is not understood: ")
    assert shown[2:] in text
    assert max(0, column - 60) + caret.index("^") - 2 == column


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1 / (t - 7)", "has no value at frame 7"),
        ("sqrt(5 - t)", "has no value at frame 6"),
        ("exp(t * 200)", "At frame 1: --rotate was 7.2"),
        ("(0 - t) ** 0.5", "has no value at frame 1"),
        ("log(0)", "has no value at frame 1"),
        ("t % 0", "has no value at frame 1"),
        ("saw(3 - t)", "has no value at frame 3"),
        ("0:1, 30:0", "At frame 30: --zoom was 0"),
        ("0:1, 8:200", "At frame 4: --zoom was 100.5; expected is a number from 0.01 to 100"),
    ],
)
def test_a_value_that_is_none_is_found_before_the_first_step(dreams, text, says):
    name = "zoom" if "zoom" in says else "rotate"
    with pytest.raises(DreamError, match=re.escape(says)):
        list(go_on(dreams, 40, {name: text, "network": "dreamnet"}))
    assert {path.name for path in dreams.iterdir()} <= {"img_0.jpg", "dream.lock"}


def test_what_cannot_vary_says_why(dreams, capfd):
    for name in ("octaves", "tile", "octave_scale", "fps", "seed"):
        with pytest.raises(DreamError, match=f"{flag(name)} was .* one number for all"):
            Script.of({name: "0:2, 9:3"})
    assert cli.frames(["one", "--octaves", "0:2, 9:3"]) == 2
    assert "since every size is compiled for itself" in capfd.readouterr().err


def test_whole_numbers_are_rounded():
    assert values("0:1, 10:2", [4, 6], name="steps") == [1, 2]


@settings(max_examples=300)
@given(st.text("0123456789.,:()+-*/%<>=! tsinmaxwherefpk_\n'", max_size=60))
def test_any_text_is_a_schedule_or_a_sentence(text):
    anything(text)


def anything(text):
    try:
        script = Script.of({"rotate": text})
        for frame in (1, 7, 1000):
            assert math.isfinite(at(script, frame).rotate)
    except DreamError:
        pass


@pytest.mark.slow
def test_a_million_texts():
    """Words of the language in any order, and what is left of schedules after some accidents."""
    rng = np.random.default_rng(0)
    words = [
        *FUNCTIONS, *NAMES, *EASINGS, *"0123456789.,:()+-*/%<>=![]{}\"'#;\\\n\t\x00é ", "s:", "**",
        "0:", ", 30:", "cubic(", "and", "or", "not", "if", "else", "lambda", "e9", "__class__",
        "9" * 50, "((((", "----",
    ]  # fmt: skip
    good = "0:(1.0025+0.002*sin(1.25*3.14*t/30)), 4s:where(t<9,1,2) smooth, 99:(1) cubic(.1,0,1,1)"
    for _ in range(500_000):
        anything("".join(rng.choice(words, rng.integers(1, 12))))
        cut = list(good)
        for _ in range(rng.integers(1, 5)):
            place = rng.integers(len(cut))
            cut[place : place + rng.integers(0, 3)] = rng.choice(words)
        anything("".join(cut))


SMALL = {"network": "inception5h", "layer": "mixed3a", "octaves": 1, "precision": "float32"}


def test_a_resumed_dream_follows_its_schedules(dreams, small_weights, tmp_path):
    wish = SMALL | {"zoom": "0:1.1, 6:1.6 smooth", "steps": "0:1, 3:2 hold", "rotate": "9*sin(t)"}

    def dream(folder, frames, wish):
        return list(go_on(folder, frames, wish, weights=[str(small_weights)]))

    def beginning(name):
        folder = dreams.with_name(name)
        folder.mkdir()
        (folder / "img_0.jpg").write_bytes((dreams / "img_0.jpg").read_bytes())
        return folder

    other, plain = beginning("two"), beginning("three")
    dream(dreams, 4, wish)
    dream(other, 2, wish)
    events = dream(other, 4, {})  # what was written goes on
    for name in (f"img_{number}.jpg" for number in range(1, 5)):
        assert (dreams / name).read_bytes() == (other / name).read_bytes()
    (dreaming,) = (event for event in events if isinstance(event, Dreaming))
    assert dreaming.script.written()["zoom"] == wish["zoom"]
    assert [entry.settings["zoom"] for entry in read_history(other)] == [wish["zoom"]]
    dream(plain, 1, SMALL | {"steps": 1})  # without them it is another dream
    one, two = (load_image(each / "img_1.jpg") for each in (plain, dreams))
    assert np.abs(one - two).mean() > 1


def test_layers_travel(small):
    """Weights are blended along the easing; a list has commas of its own."""
    text = "0:mixed3a, 10s:mixed4c smooth, 20s:mixed4c:13*0.7,mixed3a:2"
    objective = objective_of(Script(MovieSettings(layer=text, fps=10.0)), small)
    assert objective.layers == ("mixed3a", "mixed4c")

    def found(frame):
        weights = objective.weights(Moment(frame, 10.0))
        return sorted((f"{term.place(index)}", round(w, 3)) for (term, index), w in weights.items())

    assert found(0) == [("mixed3a", 1.0)]
    assert found(25) == [("mixed3a", 0.844), ("mixed4c", 0.156)]
    assert found(100) == [("mixed4c", 1.0)]
    assert found(150) == [("mixed3a", 1.0), ("mixed4c", 0.5), ("mixed4c:13", 0.35)]
    assert found(999) == [("mixed3a", 2.0), ("mixed4c:13", 0.7)]
    plain = objective_of(Script(MovieSettings(layer="mixed4c:13")), small)
    assert plain.description == "mixed4c:13"
    with pytest.raises(DreamError, match="Did you mean mixed4c"):
        objective_of(Script(MovieSettings(layer="0:mixed4c, 3s:mixd4c")), small)
    with pytest.raises(DreamError, match="a key at this moment already"):
        objective_of(Script(MovieSettings(layer="0:mixed4c, 0s:mixed3a")), small)


def test_a_resumed_dream_knows_how_far_its_layers_have_travelled(dreams, small_weights):
    """One that walks, and looks at its picture, too; and nothing stays as it was without them."""
    wish = SMALL | {"steps": 1, "fps": 2.0}
    wish["layer"] = "0:mixed3a, 3:walk(mixed4c, every=1s) + strongest(mixed3a, 2)"
    folders = [dreams, *(dreams.with_name(name) for name in ("two", "three"))]
    for folder in folders[1:]:
        folder.mkdir()
        (folder / "img_0.jpg").write_bytes((dreams / "img_0.jpg").read_bytes())
    runs = [(folders[0], 4, wish), (folders[1], 2, wish), (folders[1], 4, {})]
    for folder, frames, asked in [*runs, (folders[2], 4, wish | {"layer": "mixed3a"})]:
        list(go_on(folder, frames, asked, weights=[str(small_weights)]))
    one, again, other = (
        [(folder / f"img_{n}.jpg").read_bytes() for n in range(1, 5)] for folder in folders
    )
    assert one == again
    assert one[3] != other[3]


def test_a_number_takes_the_place_of_a_schedule():
    script = Script.of({"zoom": "0:1, 9:2", "rotate": "t"}).changed({"zoom": 1.2})
    assert set(script.schedules) == {"rotate"}
    assert at(script, 5).zoom == 1.2


def test_the_command_takes_schedules(dreams, small_weights, capfd):
    given = ["one", "--frames", "2", "--weights", str(small_weights), "--layer", "mixed3a"]
    given += ["--octaves", "1", "--steps", "1", "--zoom", "0:1.05, 4s:1.3 smooth"]
    assert cli.frames(given) == 0
    assert "--zoom '0:1.05, 4s:1.3 smooth'" in capfd.readouterr().out
    assert cli.frames(["one", "--frames", "3", "--zoom", "0:1.05, 4s:1.3 smoot"]) == 2
    error = capfd.readouterr().err
    assert "Did you mean smooth?" in error
    assert "\n                 ^" in error


def test_a_recipe_takes_the_place_of_schedules_of_what_it_sets():
    script = Script.of({"step_size": "0:1, 9:2", "zoom": "0:1, 9:2"}).changed({}, "lapnorm")
    assert set(script.schedules) == {"zoom"}
    assert script.settings.step_size == 1.0


def test_a_script_without_schedules_is_its_settings():
    plain = MovieSettings(zoom=1.3)
    assert at(Script(plain), 7) is plain


def test_seconds_follow_the_frame_rate():
    script = Script.of({"rotate": "0:0, 2s:1"}).changed({"fps": 10.0})
    assert at(script, 10).rotate == 0.5


def test_the_readme_knows_every_name():
    text = README.read_text()
    for name in [*NAMES, *FUNCTIONS, *EASINGS]:
        assert re.search(rf"`[^`]*\b{name}\b[^`]*`", text), name
