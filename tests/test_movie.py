from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dreammovie.dreaming.dream import ascent_for
from dreammovie.errors import DreamError
from dreammovie.movies.history import entry_for, read_history, script_of
from dreammovie.movies.movie import dream_movie
from dreammovie.movies.schedule import MovieSettings, Script, direct
from dreammovie.movies.start import working_size
from dreammovie.networks.weights import Weights
from dreammovie.pictures.image import load_image, save_image
from dreammovie.pictures.palette import Palette
from dreammovie.pictures.sizes import left_out, parse_size

QUICK = Script(MovieSettings(steps=2, layer="mixed3a", size="96x72"))
WEIGHTS = Weights(Path("small.pb"), "ab", local=True)


@pytest.fixture
def run(dreamnet):
    """Goes on with a dream; returns the numbers of the frames it made."""

    def run(folder, frames, script=QUICK):
        ascent = ascent_for(dreamnet, script.settings)
        movie = dream_movie(folder, frames, ascent, script, WEIGHTS)
        return [int(progress.saved.stem[4:]) for progress in movie if progress.saved]

    return run


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.glob("img_*.jpg")}


def copied(folder, name):
    other = folder.parent / name
    other.mkdir()
    (other / "img_0.jpg").write_bytes((folder / "img_0.jpg").read_bytes())
    return other


def test_resumed_equals_unbroken(dreams, run):
    assert run(dreams, 6) == [1, 2, 3, 4, 5, 6]
    other = copied(dreams, "two")
    assert run(other, 2) == [1, 2]
    assert run(other, 2) == []
    assert run(other, 6) == [3, 4, 5, 6]
    assert contents(other) == contents(dreams)


def test_chance_in_the_camera_is_the_same_after_a_stop(dreams, small):
    """Shaking, and the noise that comes in from outside, know of a frame's number and the seed."""
    shaken = {"zoom": 0.5, "shake": 0.05, "edges": "dream", "fps": 5.0, "steps": 1, "octaves": 1}
    script = direct(QUICK, shaken)
    ascent = ascent_for(small, script.settings)

    def frames(name, *goals, **other):
        folder = copied(dreams, name)
        for goal in goals:
            for _ in dream_movie(folder, goal, ascent, direct(script, other), WEIGHTS):
                pass
        return contents(folder)

    unbroken = frames("unbroken", 3)
    assert frames("stopped", 1, 2, 3) == unbroken
    for name, value in {"shake": 0.0, "edges": "mirror", "seed": 1}.items():
        assert frames(f"other_{name}", 1, **{name: value})["img_1.jpg"] != unbroken["img_1.jpg"]


def test_a_run_dropped_within_a_frame_leaves_whole_files(dreams, run, dreamnet):
    movie = dream_movie(dreams, 9, ascent_for(dreamnet, QUICK.settings), QUICK, WEIGHTS)
    while next(movie).frame < 3:
        pass
    movie.close()
    names = {path.name for path in dreams.iterdir()}
    assert names == {"img_0.jpg", "img_1.jpg", "img_2.jpg", "dream.json"}
    other = copied(dreams, "two")
    run(dreams, 4)
    run(other, 4)
    assert contents(other) == contents(dreams)


def test_broken_last_frame_is_made_anew(dreams, run):
    run(dreams, 3)
    before = contents(dreams)
    (dreams / "img_3.jpg").write_bytes(before["img_3.jpg"][:500])
    assert run(dreams, 3) == [3]
    assert contents(dreams) == before


def test_settings_are_noted_before_the_first_frame(dreams, dreamnet):
    changed = direct(QUICK, {"step_size": 3.0})
    movie = dream_movie(dreams, 9, ascent_for(dreamnet, changed.settings), changed, WEIGHTS)
    next(movie)
    movie.close()
    assert [script_of(entry) for entry in read_history(dreams)] == [changed]


def test_smaller_tiles_are_noted(dreams, dreamnet):
    """After running out of memory, a resumed run begins with the tiles that fit."""
    script = direct(QUICK, {"tile": 512})
    ascent = ascent_for(dreamnet, script.settings)
    movie = dream_movie(dreams, 3, ascent, script, WEIGHTS)
    for progress in movie:
        if progress.frame == 2:
            ascent.tile = 256
    assert [(e.from_frame, e.settings["tile"]) for e in read_history(dreams)] == [
        (1, 512),
        (2, 256),
    ]


def test_history_tells_who_made_what(dreams, run):
    run(dreams, 2)
    run(dreams, 4)
    changed = direct(QUICK, {"step_size": 2.0})
    run(dreams, 6, changed)
    entries = read_history(dreams)
    assert [entry.from_frame for entry in entries] == [1, 5]
    assert script_of(entry_for(entries, 4)) == QUICK
    assert script_of(entry_for(entries, 5)) == changed
    assert entries[0].weights == {"file": "small.pb", "sha256": "ab"}
    assert {"dreammovie", "tensorflow", "numpy"} <= entries[0].versions.keys()


def test_frames_made_anew_take_their_history_with_them(dreams, run):
    run(dreams, 4)
    for number in (3, 4):
        (dreams / f"img_{number}.jpg").unlink()
    run(dreams, 4, direct(QUICK, {"seed": 1}))
    run(dreams, 5)
    (dreams / "img_5.jpg").unlink()
    run(dreams, 5, direct(QUICK, {"seed": 1}))
    entries = read_history(dreams)
    assert [(e.from_frame, e.settings["seed"]) for e in entries] == [(1, 0), (3, 1)]


@pytest.mark.parametrize("changes", [{"seed": 1}, {"zoom": 3.0}, {"size": "72x96"}, {"fps": 2.0}])
def test_every_setting_changes_the_frames(dreams, run, changes):
    other = copied(dreams, "two")
    run(dreams, 1)
    run(other, 1, direct(QUICK, changes))
    assert contents(dreams)["img_1.jpg"] != contents(other)["img_1.jpg"]


def test_colour_and_contrast_stay(dreams, run):
    run(dreams, 40, direct(QUICK, {"zoom": 1.0, "step_size": 3.0}))
    start, end = (Palette.of(load_image(dreams / f"img_{n}.jpg")) for n in (0, 40))
    assert np.allclose(end.means, start.means, atol=1)
    assert np.allclose(end.deviations, start.deviations, rtol=0.03)


def test_the_centre_does_not_drift(dreams, run):
    """A mark in the middle stays there, and a step of no size leaves only the zoom."""
    y, x = np.mgrid[:72, :96]
    distance = np.hypot(y - 35.5, x - 47.5)
    mark = 255 * np.exp(-((distance / 6) ** 2))
    save_image(np.repeat(mark[..., None], 3, 2).astype(np.float32), dreams / "img_0.jpg")
    run(dreams, 30, direct(QUICK, {"step_size": 0.0, "softness": 0.0, "zoom": 2.0, "steps": 1}))
    last = load_image(dreams / "img_30.jpg").mean(2)
    weight = np.maximum(last - last.max() / 4, 0)
    centre = [(weight * axis).sum() / weight.sum() for axis in (y, x)]
    assert centre == pytest.approx([35.5, 47.5], abs=0.25)
    spreads = [np.sqrt((weight * (axis - c) ** 2).sum() / weight.sum())
               for axis, c in zip((y, x), centre, strict=True)]  # fmt: skip
    assert spreads[0] == pytest.approx(spreads[1], rel=0.03)


@pytest.mark.parametrize(
    ("size", "made"), [("640x", "640x360"), ("x721", "1280x720"), ("641x", "640x360")]
)
def test_a_side_that_is_not_written_follows_from_the_picture(dreams, size, made):
    save_image(np.zeros((1080, 1920, 3), np.float32), dreams / "img_0.jpg")
    MovieSettings(size=size)
    assert working_size(size, dreams) == made


def test_what_a_size_crops_is_told():
    assert left_out((1080, 1920), (640, 640)) == "44% of the width"
    assert left_out((1080, 1920), (360, 1280)) == "50% of the height"
    assert left_out((1080, 1920), (360, 640)) is None
    assert left_out((901, 2561), (450, 1280)) is None  # less than a pixel


def test_sizes(dreams, picture):
    assert parse_size("641x361") == (360, 640)
    assert working_size(None, dreams) == "96x72"
    assert working_size("original", dreams) == "96x72"
    assert working_size("640x360", dreams) == "640x360"
    save_image(np.zeros((901, 2561, 3), np.float32), dreams / "img_0.jpg")
    assert working_size(None, dreams) == "1280x450"
    assert working_size("original", dreams) == "2560x900"
    for size in (
        "640",
        "63x",
        "x17000",
        "x",
        "-4x9",
        "640*360",
        "huge",
        "0x0",
        "63x400",
        "99999x99999",
    ):
        with pytest.raises(DreamError, match="--size"):
            MovieSettings(size=size)
    with pytest.raises(DreamError, match="which makes 640x40 of a picture of 960x60; each side"):
        parse_size("640x", of=(60, 960))
    save_image(picture[:40], dreams / "img_0.jpg")
    with pytest.raises(DreamError, match=r"img_0\.jpg has 96x40 pixels.*Choose a size"):
        working_size(None, dreams)


def test_settings_from_a_newer_file(dreams, run):
    run(dreams, 1)
    entry = read_history(dreams)[0]
    with pytest.raises(DreamError, match=r"does not know: glow"):
        script_of(replace(entry, settings=entry.settings | {"glow": 3}))
    with pytest.raises(DreamError, match=r"dream\.json.*--steps: There is no many"):
        script_of(replace(entry, settings=entry.settings | {"steps": "many"}))
