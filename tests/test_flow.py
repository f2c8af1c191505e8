"""How pixels move from one picture to the next, held against clips whose flow is known."""

import numpy as np
import pytest
from scipy import ndimage

from dreammovie.pictures.flow import carried, flow, is_cut, trust
from tests.conftest import make_picture
from tests.drawn_clip import DrawnClip


def found(before, after):
    """The flow from one to the other, and how far it is trusted."""
    back = flow(before, after)
    return back, trust(before, after, back, flow(after, before))


@pytest.fixture(scope="module")
def clip():
    return DrawnClip(180, 240)


@pytest.mark.parametrize(("number", "frames"), [(1, 1), (7, 1), (12, 1), (5, 3), (9, 3)])
def test_flow_is_found_where_it_is_to_be_seen(clip, number, frames):
    is_found(clip, number, frames)


def test_flow_is_found_in_large_pictures():
    is_found(DrawnClip(720, 960), 5, 1)


def is_found(clip, number, frames):
    before, after = clip.frame(number - frames), clip.frame(number)
    true, seen = clip.way(number, frames)
    back, trusted = found(before, after)
    error = np.hypot(*np.moveaxis(back - true, 2, 0))
    assert np.median(error[seen]) < 0.15
    inner = ndimage.binary_erosion(seen, iterations=3)
    assert trusted[inner].mean() > 0.9
    moved = np.abs(carried(before, back) - after).mean(2)
    assert moved[inner].mean() < 0.3 * np.abs(before - after).mean(2)[inner].mean()
    # What a rim of a pixel shows is next to what it showed.
    hidden = ndimage.binary_erosion(~seen, iterations=1)
    assert trusted[hidden].mean() < 0.25


def test_what_is_carried_may_be_a_difference_and_keeps_its_strength(clip):
    way, _ = clip.way(3)
    flat = np.full((180, 240, 3), -40, np.float32)
    np.testing.assert_allclose(carried(flat, way), flat, atol=1e-3)
    grey = clip.frame(2)[..., :1]
    np.testing.assert_array_equal(carried(grey, 0 * way), grey)
    shifted = carried(clip.frame(2), np.full((180, 240, 2), 2, np.float32))
    np.testing.assert_allclose(shifted[:-2, :-2], clip.frame(2)[2:, 2:], atol=1e-3)


def test_a_part_of_a_pixel_to_and_fro_changes_little(clip):
    soft = ndimage.gaussian_filter(clip.frame(2), (1, 1, 0))
    way = np.full((180, 240, 2), (0.3, -0.6), np.float32)
    error = np.abs(carried(carried(soft, way), -way) - soft)[4:-4, 4:-4]
    assert error.mean() < 0.5


def test_scenes_end_where_all_is_other(clip):
    pictures = [clip.frame(0), clip.frame(1), make_picture(180, 240), 255 - clip.frame(0)]
    cuts = [is_cut(a, b, found(a, b)[1]) for a in pictures for b in pictures]
    assert cuts == [a != b and {a, b} != {0, 1} for a in range(4) for b in range(4)]
    night = [0.15 * picture for picture in pictures[1:3]]
    assert is_cut(*night, found(*night)[1])


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(lambda image: 0.7 * image, id="fade"),
        pytest.param(lambda image: image + 60, id="flash"),
        pytest.param(lambda image: np.roll(image, (9, 45), (0, 1)), id="fast pan"),
        pytest.param(lambda image: ndimage.zoom(image, (1.2, 1.2, 1))[:180, :240], id="zoom"),
        pytest.param(lambda image: image[:, ::-1].copy(), id="all lost, but of the same colours"),
    ],
)
def test_no_scene_ends_in_a(clip, event):
    image = clip.frame(0)
    after = np.clip(event(image), 0, 255)
    assert not is_cut(image, after, found(image, after)[1])


def test_another_light_is_no_reason_to_let_go(clip):
    before, after = clip.frame(4), clip.frame(5)
    steady, darker = (found(before, light * after)[1].mean() for light in (1, 0.9))
    assert darker > 0.95 * steady


def test_the_same_flow_however_many_threads_look(clip):
    import cv2

    threads = cv2.getNumThreads()
    try:
        ways = []
        for count in (1, 2, 4):
            cv2.setNumThreads(count)
            ways.append(found(clip.frame(4), clip.frame(5)))
    finally:
        cv2.setNumThreads(threads)
    for back, trusted in ways[1:]:
        assert (back == ways[0][0]).all()
        assert (trusted == ways[0][1]).all()
