"""The benchmark measures what it says; how fast that is, is no test's business."""

import json
import shutil
import time

import numpy as np
import pytest

from dreammovie.commands import cli
from dreammovie.commands.bench import film, turns
from dreammovie.commands.bench import measure as benchmark
from dreammovie.commands.bench.lineage import Lineage
from dreammovie.commands.bench.measure import (
    Subject,
    forward_work,
    measure_movie,
    measure_video,
)
from dreammovie.commands.bench.report import lines
from dreammovie.commands.bench.turns import Turn, Watch, in_turns
from dreammovie.dreaming.gradient import Ascent
from dreammovie.dreaming.objectives import layer
from dreammovie.networks.weights import given_weights
from tests.conftest import make_picture


def result_of(measuring):
    """What is measured in the end; the turns before it are counted without a gap."""
    turns = []
    while True:
        try:
            turns.append(next(measuring))
        except StopIteration as stop:
            assert [turn.done for turn in turns] == list(range(1, turns[-1].count + 1))
            return stop.value


def test_work_is_counted_by_hand(small):
    # conv2d0: 7x7x3 to 8 at half the size; conv2d1: 8 to 8; conv2d2: 3x3x8 to 12, at a quarter.
    expected = 2 * (32 * 48 * 7 * 7 * 3 * 8 + 16 * 24 * 8 * 8 + 16 * 24 * 3 * 3 * 8 * 12)
    assert forward_work(Ascent(small, layer("conv2d2")), (64, 96)) == expected


def test_the_old_loop_dreams(small):
    """It is no straw man: its frames raise the same score."""
    picture, lineage = make_picture(120, 160), Lineage(small, ["mixed3a"])
    dreamt = lineage.frame(picture, np.random.default_rng(0), steps=4)
    objective = layer("mixed3a")
    before, after = (
        float(objective.score(small.activations(each[None], ["mixed3a"]))[0])
        for each in (picture, dreamt)
    )
    assert after > 1.05 * before


def test_its_tiles_cover_everything(small):
    gradient = Lineage(small, ["mixed3a"]).tiled_gradient(
        make_picture(450, 510), np.random.default_rng(3)
    )
    assert (np.abs(gradient).sum(-1) > 0).mean() > 0.99


def test_share_inside_the_step(small_weights):
    subject = Subject("inception5h", given_weights(small_weights), "96x72", 2)
    result = result_of(measure_movie(subject, "float32"))
    assert 0 < result["fraction_in_step"] < 1
    assert result["seconds_a_frame"] > 0


def test_a_video_is_made_beside_ffmpeg(small_weights, monkeypatch):
    monkeypatch.setattr(film, "_FRAMES", 3)
    subject = Subject("inception5h", given_weights(small_weights), "96x72", 1)
    result = result_of(measure_video(subject))
    assert result["ours"] > 0
    assert ("of_ffmpeg" in result) == (shutil.which("ffmpeg") is not None)
    assert next(lines("video", result)).startswith("video of frames: ")


def test_runs_take_turns_and_the_first_does_not_count():
    ran = []
    runs = {name: lambda name=name: ran.append(name) for name in "ab"}
    seconds = result_of(in_turns(runs, 2))
    assert "".join(ran) == "ababab"
    assert set(seconds) == {"a", "b"}


@pytest.fixture
def others(monkeypatch):
    """What others take of the cores, seconds; None where the system does not say."""
    taken = [0.0]
    monkeypatch.setattr(turns, "_taken_by_others", lambda cores: taken[0])
    monkeypatch.setattr(turns, "_cores", lambda: frozenset({"cpu0"}))
    return taken


@pytest.mark.parametrize(
    ("seconds", "taken", "busy"),
    [
        ((1.0, 1.1, 1.0), 0.0, False),
        ((1.0, 1.5, 1.0), 0.0, True),
        ((1.0, 1.0, 1.0), 1000.0, True),
        ((1.0, 1.0, 1.0), None, False),
        ((1.0, 1.5, 1.0), None, True),
    ],
)
def test_of_a_busy_machine_it_is_said(others, seconds, taken, busy):
    watch = Watch()
    watch.note("gradient", Turn("float32", 1, 4, None))
    for each in seconds:
        watch.note("gradient", Turn("float32", 2, 4, each))
        watch.note(
            "gradient", Turn("bfloat16", 2, 4, 7 * each)
        )  # it is compared with none but its own
    others[0] = taken
    found = watch.result()
    assert found["busy"] == busy
    words = "".join(lines("busy", found))
    assert ("not to be trusted" in words) == busy
    assert ("others took 100%" in words) == (taken == 1000.0)


def test_what_a_process_does_itself_is_not_others_business():
    watch = Watch()
    end = time.process_time() + 0.3
    while time.process_time() < end:
        pass
    others = watch.result()["others"]
    assert others is None or 0 <= others <= 1


def test_the_quick_one_says_how_far_it_is(small_weights, monkeypatch, capfd):
    monkeypatch.setattr(benchmark, "_PRODUCT", 64)
    monkeypatch.setattr(benchmark, "_quiet", lambda command, folder: None)  # what starts is slow
    monkeypatch.setattr("dreammovie.commands.bench._LINE_EVERY", 0.0)
    assert cli.main(["bench", "--quick", "--weights", str(small_weights), "--size", "96x72"]) == 0
    said = capfd.readouterr()
    for words in ("product's rate", "1 octave of 2 steps", "auto is", "first step"):
        assert words in said.out
    for words in ("measuring: gradient", "gradient: 12 of 12 runs", "measuring: start"):
        assert words in said.err


@pytest.mark.slow  # what it measures is measured one by one above
def test_the_command(small_weights, monkeypatch, capfd):
    monkeypatch.setattr(benchmark, "_PRODUCT", 64)
    monkeypatch.setattr(benchmark, "_SIZES", ("96x72",))
    tiny = ["bench", "--weights", str(small_weights), "--size", "96x72", "--repeats", "1"]
    assert cli.main([*tiny, "--json"]) == 0
    results = json.loads(capfd.readouterr().out)
    assert list(results) == [
        "machine",
        "gradient",
        "frame",
        "movie",
        "scaling",
        "start",
        "video",
        "busy",
    ]
    assert results["frame"]["float32"]["times_as_fast"] == pytest.approx(
        results["frame"]["lineage"]["seconds"] / results["frame"]["float32"]["seconds"]
    )
    assert results["start"]["help"] < results["start"]["first_step"]
    for part, result in results.items():
        assert all(lines(part, result))


def test_nonsense_is_a_sentence(capfd):
    assert cli.main(["bench", "--repeats", "0"]) == 2
    assert "--repeats was 0" in capfd.readouterr().err
