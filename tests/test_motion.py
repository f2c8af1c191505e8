import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreammovie.movies.motion import MotionSettings, move, zoom_per_frame


def test_rates_compose_by_power():
    assert zoom_per_frame(1.5, 30) ** 30 == pytest.approx(1.5)
    assert zoom_per_frame(1.5, 60) ** 2 == pytest.approx(zoom_per_frame(1.5, 30))


def zoomed(image, zoom):
    """An image after one frame with a zoom of so much."""
    return move(image, MotionSettings(zoom=zoom, fps=1))


def smooth_picture(shape, zoom=1.0):
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float64)
    y, x = (y - (shape[0] - 1) / 2) / zoom, (x - (shape[1] - 1) / 2) / zoom
    waves = np.stack([np.sin(x / 6), np.cos(y / 7), np.sin((x + y) / 9)], -1)
    return (128 + 100 * waves).astype(np.float32)


@given(st.floats(0.8, 1.3), st.integers(64, 90), st.integers(64, 90))
def test_zoom_is_subpixel_about_the_centre_and_equal_on_both_axes(zoom, height, width):
    moved = zoomed(smooth_picture((height, width)), zoom)
    expected = smooth_picture((height, width), zoom)
    edge = 14  # a zoom below 1 mirrors what lies outside
    assert np.abs(moved - expected)[edge:-edge, edge:-edge].max() < 0.3


def test_hundred_zooms_in_and_out_lose_little():
    image = smooth_picture((80, 120))
    moved = image
    for _ in range(50):
        moved = zoomed(zoomed(moved, 1.01), 1 / 1.01)
    assert np.abs(moved - image)[12:-12, 12:-12].max() < 1


def test_no_zoom_changes_nothing(picture):
    assert zoomed(picture, 1.0) is picture
