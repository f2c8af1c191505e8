"""What only a long movie with a trained network shows: python3 -m pytest -m slow"""

import shutil
from pathlib import Path

import numpy as np
import pytest

from dreammovie import cli
from dreammovie.device import tf
from dreammovie.image import Palette, fit, load_image
from dreammovie.networks import load_network
from dreammovie.objectives import layer

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
