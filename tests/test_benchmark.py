"""The benchmark measures what it says; how fast that is, is no test's business."""

import json
import shutil

import numpy as np
import pytest

from dreammovie.commands import cli
from dreammovie.commands.bench import film
from dreammovie.commands.bench import measure as benchmark
from dreammovie.commands.bench.lineage import Lineage
from dreammovie.commands.bench.measure import (
    Subject,
    forward_work,
    lines,
    measure_movie,
    measure_video,
)
from dreammovie.dreaming.gradient import Ascent
from dreammovie.dreaming.objectives import layer
from dreammovie.networks.weights import given_weights
from tests.conftest import make_picture


def test_work_is_counted_by_hand(small):
    # conv2d0: 7x7x3 to 8 at half the size; conv2d1: 8 to 8; conv2d2: 3x3x8 to 12, at a quarter.
    expected = 2 * (32 * 48 * 7 * 7 * 3 * 8 + 16 * 24 * 8 * 8 + 16 * 24 * 3 * 3 * 8 * 12)
    assert forward_work(Ascent(small, layer("conv2d2")), (64, 96)) == expected


def test_the_old_loop_dreams(small):
    """It is no straw man: its frames raise the same score."""
    picture, lineage = make_picture(120, 160), Lineage(small, "mixed3a")
    dreamt = lineage.frame(picture, np.random.default_rng(0), steps=4)
    objective = layer("mixed3a")
    before, after = (
        float(objective.score(small.activations(each[None], ["mixed3a"]))[0])
        for each in (picture, dreamt)
    )
    assert after > 1.05 * before


def test_its_tiles_cover_everything(small):
    gradient = Lineage(small, "mixed3a").tiled_gradient(
        make_picture(450, 510), np.random.default_rng(3)
    )
    assert (np.abs(gradient).sum(-1) > 0).mean() > 0.99


def test_share_inside_the_step(small_weights):
    subject = Subject("inception5h", given_weights(small_weights), "96x72", 2)
    result = measure_movie(subject, "float32")
    assert 0 < result["fraction_in_step"] < 1
    assert result["seconds_a_frame"] > 0


def test_a_video_is_made_beside_ffmpeg(small_weights, monkeypatch):
    monkeypatch.setattr(film, "_FRAMES", 3)
    result = measure_video(Subject("inception5h", given_weights(small_weights), "96x72", 1))
    assert result["ours"] > 0
    assert ("of_ffmpeg" in result) == (shutil.which("ffmpeg") is not None)
    assert next(lines("video", result)).startswith("video of frames: ")


@pytest.mark.slow  # what it measures is measured one by one above
def test_the_command(small_weights, monkeypatch, capfd):
    monkeypatch.setattr(benchmark, "_PRODUCT", 64)
    monkeypatch.setattr(benchmark, "_SIZES", ("96x72",))
    tiny = ["bench", "--weights", str(small_weights), "--size", "96x72", "--repeats", "1"]
    assert cli.main([*tiny, "--json"]) == 0
    results = json.loads(capfd.readouterr().out)
    assert list(results) == ["machine", "gradient", "frame", "movie", "scaling", "start", "video"]
    assert results["frame"]["float32"]["times_as_fast"] == pytest.approx(
        results["frame"]["lineage"]["seconds"] / results["frame"]["float32"]["seconds"]
    )
    assert results["start"]["help"] < results["start"]["first_step"]
    for part, result in results.items():
        assert all(benchmark.lines(part, result))


def test_nonsense_is_a_sentence(capfd):
    assert cli.main(["bench", "--repeats", "0"]) == 2
    assert "--repeats was 0" in capfd.readouterr().err
