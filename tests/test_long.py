"""What only a long movie with a trained network shows: python3 -m pytest -m slow"""

import shutil
import time
from pathlib import Path

import numpy as np
import pytest

from dreammovie.commands import cli
from dreammovie.device import tf
from dreammovie.dreaming.dream import ascent_for
from dreammovie.dreaming.objectives import layer
from dreammovie.dreaming.octaves import octave_shapes
from dreammovie.movies.movie import dream_movie
from dreammovie.movies.schedule import MovieSettings, Script
from dreammovie.networks.network import load_network
from dreammovie.networks.weights import Weights
from dreammovie.pictures.image import fit, load_image
from dreammovie.pictures.palette import Palette

pytestmark = [pytest.mark.slow, pytest.mark.weights]
DEMO = Path(__file__).parents[1] / "dreams/demo/img_0.jpg"


@pytest.fixture
def movie(dreams, trained):
    """Dreams the demo's picture; returns the dream's folder."""
    shutil.copy(DEMO, dreams / "img_0.jpg")

    def movie(*flags):
        assert cli.frames(["one", "--weights", str(trained), *map(str, flags)]) == 0
        return dreams

    return movie


def test_colour_and_contrast_stay_over_a_hundred_frames(movie):
    folder = movie("--zoom", 1, "--size", "320x240", "--frames", 100)
    start = Palette.of(fit(load_image(folder / "img_0.jpg"), (240, 320)))
    for number in range(1, 101):
        now = Palette.of(load_image(folder / f"img_{number}.jpg"))
        assert np.abs(np.subtract(now.means, start.means)).max() < 4
        assert np.allclose(now.deviations, start.deviations, rtol=0.1)


def test_score_rises_over_the_first_ten_frames(movie, trained):
    folder = movie("--size", "320x180", "--frames", 10)
    network, objective = load_network("inception5h", trained), layer("mixed4c")
    scores = []
    for number in range(1, 11):
        image = tf.constant(load_image(folder / f"img_{number}.jpg")[None])
        scores.append(float(objective.score(network.activations(image, objective.layers))[0]))
    print([round(score) for score in scores])
    assert scores == sorted(scores)


def resident():
    """Bytes of memory that this process holds."""
    return 4096 * int(Path("/proc/self/statm").read_text().split()[1])


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="only Linux tells of memory so")
def test_five_hundred_frames_trace_nothing_and_need_no_more_memory(dreams, dreamnet, traced):
    settings = MovieSettings(size="160x96", steps=3, layer="mixed4c")
    shutil.copy(DEMO, dreams / "img_0.jpg")
    ascent = ascent_for(dreamnet, settings)
    weights = Weights(Path("w"), "ab", True)
    held, times = [], []
    for progress in dream_movie(dreams, 500, ascent, Script(settings), weights):
        if progress.saved:
            held.append(resident())
            times.append(time.monotonic())
    octaves = len(octave_shapes((96, 160), settings.octaves, settings.octave_scale))
    assert traced == {"gradient": octaves, "smooth_at_three_widths": 3 * octaves}
    seconds = np.diff(times)
    print(f"{(held[-1] - held[50]) / 2**20:.1f} MiB more after 500 frames than after 50")
    print(f"seconds a frame: {np.median(seconds[:100]):.3f}, then {np.median(seconds[-100:]):.3f}")
    assert held[-1] - held[50] < 32 * 2**20
