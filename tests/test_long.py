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
from dreammovie.movies.schedule import MovieSettings, Script, objective_of
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


@pytest.fixture
def dreamt(dreams, dreamnet):
    """Dreams the demo's picture, small and with few steps, anew; gives a function of a number."""
    shutil.copy(DEMO, dreams / "img_0.jpg")

    def dreamt(frames, **wish):
        settings = MovieSettings(size="160x96", steps=3, **{"layer": "mixed4c"} | wish)
        script, weights = Script(settings), Weights(Path("w"), "ab", True)
        for path in [*dreams.glob("img_[1-9]*.jpg"), *dreams.glob("dream.json")]:
            path.unlink()
        objective = objective_of(script, dreamnet, dreams)
        ascent = ascent_for(dreamnet, settings, objective=objective)
        for _ in dream_movie(dreams, frames, ascent, script, weights):
            pass
        return lambda number: load_image(dreams / f"img_{number}.jpg")

    return dreamt


def sharpness(image):
    """The energy of a picture's gradient at 2 to 4 pixels a wave."""
    grey = image.mean(2) - image.mean()
    window = np.outer(*map(np.hanning, grey.shape))  # else the edges would be the sharpest
    frequencies = np.hypot(*np.meshgrid(*map(np.fft.fftfreq, grey.shape), indexing="ij"))
    energy = (frequencies * np.abs(np.fft.fft2(grey * window))) ** 2
    return energy[(frequencies >= 1 / 4) & (frequencies <= 1 / 2)].sum()


@pytest.mark.parametrize("motion", [{"zoom": 1.1}, {"zoom": 1.0, "rotate": 12.0}])
def test_a_thousand_frames_are_as_sharp_as_twenty(dreamt, motion):
    """A thousand warps blur nothing away that the dream would not bring back."""
    frame = dreamt(1000, **motion)
    early, late = (
        np.mean([sharpness(frame(number)) for number in range(last - 19, last + 1)])
        for last in (30, 1000)
    )
    print(f"{motion}: {late / early:.2f} of the sharpness at frame 20")
    assert late == pytest.approx(early, rel=0.2)


def test_grain_and_walks_keep_a_dream_alive_that_stands_still(dreamt):
    ways = {"still": {}, "grain": {"grain": 0.03}, "walk": {"layer": "walk(mixed4c)"}}
    changes = {}
    for name, wish in ways.items():
        frame = dreamt(300, zoom=1.0, **wish)
        changes[name] = np.abs(frame(300) - frame(270)).mean()
    print({name: round(float(change), 1) for name, change in changes.items()})
    assert changes["grain"] > 1.25 * changes["still"]
    assert changes["walk"] > 1.5 * changes["still"]


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
