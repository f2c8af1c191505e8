from pathlib import Path

import numpy as np

from dreammovie.pictures.demo import draw_demo
from dreammovie.pictures.image import load_image

SHIPPED = Path(__file__).parents[1] / "dreams/demo/img_0.jpg"


def test_the_shipped_start_is_the_drawn_one():
    drawn = draw_demo()
    assert np.abs(load_image(SHIPPED) - drawn).mean() < 5  # JPEG's part of it is about 3
    assert not np.array_equal(drawn, draw_demo(seed=8))
    assert SHIPPED.stat().st_size < 300_000
