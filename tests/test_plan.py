"""The plan of a movie: a picture of what varies."""

import shutil
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from dreammovie.commands import cli
from dreammovie.errors import DreamError
from dreammovie.movies.history import Entry, write_history
from dreammovie.movies.notes import note_of
from dreammovie.movies.plan import draw_plan, scripts_of
from dreammovie.movies.schedule import Script, direct
from dreammovie.pictures.image import load_image, save_image
from dreammovie.studio import schedules


def plan(frames=200, width=800, **given):
    return draw_plan([(1, direct(Script(), given))], frames, width)


def coloured(picture):
    """Where there is a colour, and not just grey."""
    return np.ptp(picture, 2) > 90


def heights(picture, columns=10):
    """How high the curve is in some columns, from the left to the right, 0 to 1."""
    rows, places = np.nonzero(coloured(picture))
    shares = np.linspace(places.min() + 8, places.max() - 8, columns).round()
    tops = np.array([rows[places == place].min() for place in shares])
    return (rows.max() - tops) / np.ptp(rows)


def test_each_value_that_varies_has_a_strip():
    one = plan(zoom="0:1, 200:2", softness=0.5)
    two = plan(zoom="0:1, 200:2", steps="0:9, 200:20")
    three = plan(zoom="0:1, 200:2", steps="0:9, 200:20", softness="0.3+0")
    assert one.shape[1] == two.shape[1] == three.shape[1] == 800
    assert two.shape[0] - one.shape[0] == three.shape[0] - two.shape[0] > 60


def test_the_curve_is_the_values():
    rising = heights(plan(zoom="0:1, 200:2"))
    assert rising == pytest.approx(np.linspace(0.05, 0.95, 10), abs=0.1)
    assert heights(plan(zoom="0:2, 200:1")) == pytest.approx(rising[::-1], abs=0.1)
    held = heights(plan(zoom="0:1, 100:2 hold"))
    assert held[:5].max() < 0.2
    assert held[5:].min() > 0.8


def test_keys_are_marked():
    """A key on a straight line changes nothing but its mark, and the text."""
    without, marked = (plan(zoom=text) for text in ("0:1, 200:2", "0:1, 100:1.5, 200:2"))
    changed = np.argwhere(np.abs(without - marked).max(2) > 8)
    below = changed[changed[:, 0] > np.nonzero(coloured(without))[0].min()]
    assert len(below) > 40
    assert np.ptp(below[:, 1]) < 40
    assert below[:, 1].mean() == pytest.approx(np.nonzero(coloured(without))[1].mean(), abs=10)


def test_frames_that_are_there_have_the_settings_that_made_them(dreams):
    made = Script().written
    write_history(dreams, [
        Entry(1, made | {"zoom": 1.0}, "", {"file": None, "sha256": ""}, {}),
        Entry(51, made | {"zoom": "0:1, 100:2"}, "", {"file": None, "sha256": ""}, {}),
    ])  # fmt: skip
    shutil.copy(dreams / "img_0.jpg", dreams / "img_100.jpg")
    scripts = scripts_of(dreams, {"zoom": 3.0})
    assert [begin for begin, _ in scripts] == [1, 51, 101]
    curve = heights(draw_plan(scripts, 200, 800), 9)
    assert curve == pytest.approx([0, 0, 0.3, 0.4, 1, 1, 1, 1, 1], abs=0.15)
    shutil.copy(dreams / "img_0.jpg", dreams / "img_30.jpg")
    assert [begin for begin, _ in scripts_of(dreams, {}, after=30)] == [1, 31]


def test_what_is_no_number_has_no_strip():
    """Whatever layer, guide or palette the frames before had."""
    varying, words = {"zoom": "0:1, 200:2"}, {"layer": "mixed4c", "guide": "a.jpg", "palette": "b"}
    scripts = [(1, direct(Script(), varying)), (50, direct(Script(), varying | words))]
    assert draw_plan(scripts, 200, 800).shape == plan(**varying).shape


@pytest.mark.parametrize(
    ("frames", "text"),
    [
        *product([1, 2, 7], ["0:1,\n5:2", "1.5+0", "1.5+0" + " " * 900]),
        (10**9, "0:1,\n5:2"),
    ],
)
def test_movies_of_every_length_have_a_plan(frames, text):
    assert plan(frames, zoom=text).shape == plan(zoom="0:1, 200:2").shape


def test_no_frame_of_a_song_s_length_is_passed_over():
    with pytest.raises(DreamError, match="At frame 10, this divides by zero"):
        plan(7000, rotate="1/(t-10)")
    drawn = coloured(plan(6900, zoom="1 + (t%500 == 0)"))[60].astype(int)
    assert np.count_nonzero(np.diff(drawn) > 0) == 13


def test_nothing_to_draw_is_a_sentence():
    with pytest.raises(DreamError, match="Nothing varies from frame 1 to 200"):
        plan()


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--frames", "0"], "--frames was 0;"),
        (["--frames", "-5"], "--frames was -5;"),
        (["--frames", "99999999999999"], "--frames was 99999999999999;"),
        (["--after", "-5"], "no img_-5 "),
        (["--after", "7"], "no img_7 "),
        (["--after", "0", "--frames", "0"], "--frames was 0;"),
        (["--mask", "nothere.png"], "--mask: There is no file"),
        (["--guide", "0:dreams/one/img_0.jpg, 3s:nothere.png"], "--guide: There is no file"),
        (["--palette", "nothere.png"], "--palette: There is no file"),
    ],
)
def test_what_frames_refuses_has_no_plan(dreams, capfd, flags, says):
    assert cli.main(["plan", "one", "--zoom", "0:1, 9:2", *flags]) == 2
    assert says in capfd.readouterr().err
    assert not (dreams / "plan.png").exists()


def test_the_page_goes_on_without_a_plan(dreams, monkeypatch):
    """Where a picture that dream.json names is gone: the dream will say so."""
    monkeypatch.setattr(schedules.st, "image", pytest.fail)
    schedules.show_plan(dreams, {"zoom": "0:1, 9:2", "palette": "nothere.png"}, 9)


@pytest.mark.parametrize(
    "output", ["img_0.jpg", "IMG_5.png", "mask.png", "palette.png", "a.png", "b.png", "made.png"]
)
def test_a_plan_is_not_written_over_what_is_read_nor_among_the_frames(dreams, picture, output):
    made = Entry(1, Script().written, "", {"file": None, "sha256": ""}, {})
    save_image(picture, dreams / "made.png", note_of([made]))
    for name in ("mask", "palette", "a", "b"):
        save_image(picture, dreams / f"{name}.png")
    before = {path: path.read_bytes() for path in dreams.iterdir()}
    wish = ["--palette", "dreams/one/palette.png", "--from", "dreams/one/made.png"]
    wish += ["--guide", "0:dreams/one/a.png, 9:dreams/one/b.png", "--zoom", "0:1, 9:2"]
    assert cli.main(["plan", "one", *wish, "-o", f"dreams/one/{output}"]) == 2
    assert {path: path.read_bytes() for path in dreams.iterdir()} == before
    assert cli.main(["plan", "one", *wish, "-o", "img_5.png"]) == 0  # in no dream's folder


def test_the_command_draws_and_touches_nothing_else(dreams, capfd):
    given = ["--zoom", "0:1.05, 4s:1.3 smooth", "--frames", "120"]
    assert cli.main(["plan", "one", *given]) == 0
    assert capfd.readouterr().out.splitlines() == ["dreams/one", "dreams/one/plan.png"]
    assert {path.name for path in dreams.iterdir()} == {"img_0.jpg", "plan.png"}
    assert cli.main(["plan", *given, "-o", "a.jpg"]) == 0
    assert load_image(Path("a.jpg")).shape == load_image(dreams / "plan.png").shape
    assert cli.main(["plan", *given, "-o", "a.txt"]) == 2
    assert cli.main(["plan", "one", "--zoom", "0:1, 4s:sine(t)"]) == 2
    assert "Did you mean sin?\n    0:1, 4s:sine(t)\n            ^\n" in capfd.readouterr().err
