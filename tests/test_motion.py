"""The camera: exact, sub-pixel, and as fast at every frame rate."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from dreammovie.errors import DreamError
from dreammovie.movies.motion import MotionSettings, move, step_of, way_between, zoom_per_frame
from dreammovie.pictures.palette import Palette
from tests.conftest import make_picture

STILL = {"zoom": 1.0, "fps": 1}


def test_rates_compose_by_power():
    def share(fps):
        return zoom_per_frame(MotionSettings(zoom=1.5, fps=fps))

    assert share(30) ** 30 == pytest.approx(1.5)
    assert share(60) ** 2 == pytest.approx(share(30))


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


@given(st.floats(0.7, 1.4), st.integers(8, 70), st.integers(8, 70))
def test_a_mere_zoom_has_the_bytes_it_always_had(zoom, height, width):
    image = make_picture(height, width)
    centre = (np.array([height, width]) - 1) / 2
    for colour, moved in enumerate(np.moveaxis(zoomed(image, zoom), 2, 0)):
        expected = ndimage.affine_transform(
            image[..., colour], [1 / zoom, 1 / zoom], centre - centre / zoom, order=3, mode="mirror"
        )
        assert moved.tobytes() == expected.tobytes()


def test_hundred_zooms_in_and_out_lose_little():
    image = smooth_picture((80, 120))
    moved = image
    for _ in range(50):
        moved = zoomed(zoomed(moved, 1.01), 1 / 1.01)
    assert np.abs(moved - image)[12:-12, 12:-12].max() < 1


def test_no_motion_changes_nothing(picture):
    assert zoomed(picture, 1.0) is picture


def dot(shape, x, y, wide=3.0):
    """A soft dot at (x, y) pixels, float32 (H, W, 3)."""
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    bump = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * wide**2))
    return np.repeat((200 * bump).astype(np.float32)[..., None], 3, 2)


def found(image):
    """Where a dot is: (x, y) pixels."""
    weight = np.clip(image[..., 0] - 20, 0, None)
    rows, columns = np.mgrid[: image.shape[0], : image.shape[1]]
    return np.array([(weight * columns).sum(), (weight * rows).sum()]) / weight.sum()


def test_a_full_turn_comes_back():
    motion = MotionSettings(zoom=1.0, rotate=36.0, fps=30)  # 360 degrees in 300 frames
    image = dot((97, 120), 80, 60)
    for number in range(1, 301):
        image = move(image, motion, number)
        if number == 75:  # a quarter, counter-clockwise
            assert found(image) == pytest.approx((59.5 + 12, 48 - 20.5), abs=0.05)
    assert found(image) == pytest.approx((80, 60), abs=0.1)


@given(st.floats(-0.1, 0.1), st.floats(-0.1, 0.1))
def test_pan_is_in_widths_and_both_ways_alike(x, y):
    moved = move(dot((100, 160), 80, 50), MotionSettings(**STILL, pan_x=x, pan_y=y))
    assert found(moved) == pytest.approx((80 + 160 * x, 50 + 160 * y), abs=0.02)


def test_rates_of_a_frame_are_those_of_other_programs():
    """Zoom, angle in degrees counter-clockwise, translation in pixels, about the centre."""
    given_there = {"zoom": 1.02, "rotate": 3.0, "pan_x": 5.0, "pan_y": -2.0}
    moved = move(dot((101, 161), 100, 40), MotionSettings(**given_there, rates="frame"))
    about_centre = np.vstack([cv2.getRotationMatrix2D((80, 50), 3.0, 1.02), [0, 0, 1]])
    translated = np.array([[1, 0, 5.0], [0, 1, -2.0], [0, 0, 1]])
    assert found(moved) == pytest.approx((about_centre @ translated @ (100, 40, 1))[:2], abs=0.02)


def test_the_centre_stays():
    motion = MotionSettings(zoom=1.3, rotate=20, tilt=8, turn=5, centre_x=0.25, centre_y=0.7, fps=1)
    x, y = 0.25 * 160 - 0.5, 0.7 * 100 - 0.5
    assert found(move(dot((100, 160), x, y, 2.0), motion)) == pytest.approx((x, y), abs=0.2)
    place = np.array([0.25 - 0.5, (0.7 - 0.5) * 100 / 160, 1])
    now = step_of(motion, (100, 160)) @ place
    assert now[:2] / now[2] == pytest.approx(place[:2])


@given(st.floats(-30, 30), st.floats(-30, 30), st.floats(-90, 90))
@settings(max_examples=20)
def test_straight_lines_stay_straight_and_what_leans_back_is_smaller(tilt, turn, rotate):
    step = step_of(MotionSettings(**STILL, tilt=tilt, turn=turn, rotate=rotate), (90, 160))
    line = np.array([[x, 0.3 * x - 0.1, 1.0] for x in (-0.5, -0.1, 0.2, 0.5)]).T
    now = step @ line
    assert np.linalg.matrix_rank(now, tol=1e-9) == 2  # on one line again
    assert (now[2] > 0).all()  # nothing goes behind the camera


def test_the_top_and_the_right_lean_back():
    def sides(**leaning):
        """How long the picture's top, bottom, left and right are now."""
        step = step_of(MotionSettings(**STILL, **leaning), (100, 100))
        ends = {(x, y): step @ (x, y, 1) for x in (-0.5, 0.5) for y in (-0.5, 0.5)}
        x, y = ({k: v[axis] / v[2] for k, v in ends.items()} for axis in (0, 1))
        return (
            x[0.5, -0.5] - x[-0.5, -0.5], x[0.5, 0.5] - x[-0.5, 0.5],
            y[-0.5, 0.5] - y[-0.5, -0.5], y[0.5, 0.5] - y[0.5, -0.5],
        )  # fmt: skip

    top, bottom, left, right = sides(tilt=10)
    assert top < 1 < bottom
    assert left == pytest.approx(right)
    top, bottom, left, right = sides(turn=10)
    assert right < 1 < left
    assert top == pytest.approx(bottom)


def test_a_line_is_straight_in_the_picture():
    image = np.zeros((120, 160, 3), np.float32)
    image[:, 70:74] = 200
    moved = move(image, MotionSettings(**STILL, turn=12, tilt=9, rotate=15))
    rows = np.arange(25, 95)
    strength = moved[rows, :, 0]
    columns = (strength * np.arange(160)).sum(1) / strength.sum(1)
    off = columns - np.polyval(np.polyfit(rows, columns, 1), rows)
    assert np.abs(off).max() < 0.1


def test_edges_are_what_they_say():
    image = make_picture(40, 60)
    out = {"pan_x": 0.2, **STILL}  # 12 pixels to the right
    moved = {
        each: move(image, MotionSettings(**out, edges=each)) for each in ("mirror", "wrap", "edge")
    }
    for each in moved.values():
        np.testing.assert_allclose(each[:, 12:], image[:, :-12], atol=0.01)
    np.testing.assert_allclose(moved["mirror"][:, :12], image[:, 12:0:-1], atol=0.01)
    np.testing.assert_allclose(moved["wrap"][:, :12], image[:, -12:], atol=0.01)
    np.testing.assert_allclose(moved["edge"][:, :12], np.repeat(image[:, :1], 12, 1), atol=0.01)


def test_dreaming_edges_begin_as_noise_in_the_picture_s_colours():
    image = np.full((200, 240, 3), (180, 90, 40), np.float32) + make_picture(200, 240) / 4
    motion = MotionSettings(zoom=0.5, fps=1, edges="dream")
    moved = move(image, motion, 3, seed=1)
    outside = np.concatenate([moved[:48].reshape(-1, 3), moved[-48:].reshape(-1, 3)])
    palette = Palette.of(image)
    assert outside.mean(0) == pytest.approx(palette.means, abs=6)
    assert outside.std(0) == pytest.approx(palette.deviations, rel=0.3)
    mirrored = move(image, MotionSettings(zoom=0.5, fps=1))
    np.testing.assert_allclose(moved[52:148, 62:178], mirrored[52:148, 62:178], atol=0.01)
    assert (move(image, motion, 3, seed=1) == moved).all()
    assert (move(image, motion, 4, seed=1) != moved).any()
    assert (move(image, motion, 3, seed=2) != moved).any()
    inwards = {"zoom": 1.5, "fps": 1}
    closer = (move(image, MotionSettings(**inwards, edges=each)) for each in ("dream", "mirror"))
    assert (next(closer) == next(closer)).all()


def test_a_shaking_camera_is_smooth_comes_back_and_is_another_with_another_seed():
    motion = MotionSettings(zoom=1.0, shake=0.02, shake_rate=3)

    def way(seed):
        steps = [step_of(motion, (90, 160), n, seed)[:2, 2] for n in range(1, 600)]
        return np.cumsum(steps, 0)

    one, again, other = way(1), way(1), way(2)
    assert (one == again).all()
    assert np.abs(one - other).max() > 0.01
    assert np.abs(one).max() <= 0.04 + 1e-9  # from one end to the other
    assert np.ptp(one, 0).min() > 0.02
    assert np.abs(np.diff(one, 2, axis=0)).max() < 0.005  # no jerk
    faster = MotionSettings(zoom=1.0, shake=0.02, shake_rate=9)
    jumps = [np.abs(step_of(each, (90, 160), 7, 1)[:2, 2]).max() for each in (faster, motion)]
    assert jumps[0] != jumps[1]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"zoom": 50.0, "fps": 2}, "--zoom 50 a second at --fps 2 is more than a factor of 4"),
        ({"zoom": 5.0, "rates": "frame"}, "--zoom 5 a frame"),
        ({"tilt": 100.0, "fps": 1}, "--tilt 100 a second at --fps 1 is more than 45 degrees"),
        ({"edges": "miror"}, "mirror"),
        ({"rates": "minute"}, "second"),
        ({"centre_x": 1.5}, "--centre-x was 1.5; expected is a number from 0"),
    ],
)
def test_what_no_camera_does_is_a_sentence(wrong, says):
    with pytest.raises(DreamError, match=says):
        MotionSettings(**wrong)


EVERYTHING = {
    "zoom": 1.4, "rotate": 40.0, "pan_x": 0.1, "pan_y": -0.05, "tilt": 12.0, "turn": -9.0,
    "centre_x": 0.4, "centre_y": 0.6, "shake": 0.02, "fps": 12.0,
}  # fmt: skip


def varying(number):
    """A motion that is another one at every frame."""
    return MotionSettings(**EVERYTHING | {"zoom": 1.2 + 0.1 * number, "rotate": 10.0 * number})


def filmed(number):
    """That, and the seed of its shaking."""
    return varying(number), 2


@given(st.lists(st.floats(0, 6), min_size=3, max_size=3))
@settings(max_examples=30)
def test_ways_compose_at_every_moment_of_a_movie(moments):
    def way(first, last):
        return way_between(filmed, first, last, (90, 160))

    a, b, c = moments
    np.testing.assert_allclose(way(b, c) @ way(a, b), way(a, c), atol=1e-9)


def test_between_two_frames_the_camera_is_on_its_way():
    motion = MotionSettings(zoom=1.5, rotate=30, centre_x=0.2, fps=5)
    half = way_between(lambda number: (motion, 0), 3, 3.5, (90, 160))
    np.testing.assert_allclose(half @ half, step_of(motion, (90, 160)), atol=1e-12)
    for number in (1, 2):
        step = step_of(varying(number), (90, 160), number, 2)
        whole = way_between(filmed, number - 1, number, (90, 160))
        np.testing.assert_array_equal(whole, step)
    places = [way_between(filmed, 0, at, (90, 160))[:2, 2] for at in np.linspace(0, 3, 301)]
    steps = np.linalg.norm(np.diff(places, axis=0), axis=1)
    assert 0 < steps.max() < 0.002  # of a width in a hundredth of a frame: nothing jumps


def test_a_dot_goes_the_way_that_is_told():
    shape, start = (120, 160), np.array([84.0, 62.0])
    image = dot(shape, *start, 2.0)
    for number in (1, 2, 3):
        image = move(image, varying(number), number, 2)
    from_centre = (start - (79.5, 59.5)) / 160
    x, y, depth = way_between(filmed, 0, 3, shape) @ (*from_centre, 1)
    told = np.array([x, y]) / depth * 160 + (79.5, 59.5)
    assert np.abs(told - start).max() > 3
    assert found(image) == pytest.approx(told, abs=0.1)


@pytest.mark.parametrize("tilt", [45.0, -45.0])
def test_nothing_behind_the_camera_is_seen(tilt):
    """Beyond the horizon of a tall picture that leans far is what is far away, not its near end."""
    image = np.full((400, 100, 3), 200, np.float32)
    near = slice(300, None) if tilt > 0 else slice(100)
    image[near] = 20
    moved = move(image, MotionSettings(**STILL, tilt=tilt, edges="edge"))
    far = moved[:50] if tilt > 0 else moved[-50:]
    np.testing.assert_allclose(far, 200, atol=1)


@pytest.mark.parametrize(
    ("edges", "from_where"),
    [
        ("mirror", lambda at, side: (side - 1) - np.abs((side - 1) - at % (2 * side - 2))),
        ("wrap", lambda at, side: at % side),
        ("edge", lambda at, side: np.clip(at, 0, side - 1)),
    ],
)
def test_moving_out_shows_the_same_edges(edges, from_where):
    image = make_picture(41, 61)
    moved = move(image, MotionSettings(zoom=0.5, fps=1, edges=edges))
    rows, columns = (from_where(2 * np.arange(s) - (s - 1) // 2, s) for s in (41, 61))
    np.testing.assert_allclose(moved, image[rows[:, None], columns], atol=0.01)


@pytest.mark.parametrize("edges", ["mirror", "wrap", "edge", "dream"])
def test_means_do_not_drift(edges):
    """Neither a flat picture's, in any motion, nor that of one whose other side comes in."""
    flat = np.full((48, 64, 3), (90, 140, 200), np.float32)
    image = start = make_picture(48, 64)
    for number in range(1, 101):
        flat = move(flat, MotionSettings(**EVERYTHING, edges=edges), number)
        pan = {"pan_x": 0.13, "pan_y": 0.07, "shake": 0.01}
        image = move(image, MotionSettings(zoom=1.0, **pan, edges="wrap"), number)
    np.testing.assert_allclose(flat, np.broadcast_to((90, 140, 200), flat.shape), atol=0.02)
    np.testing.assert_allclose(image.mean((0, 1)), start.mean((0, 1)), atol=0.05)
