"""In-betweens: what a video shows between the frames of a dream."""

from collections import Counter
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from dreammovie.commands import cli
from dreammovie.movies.between import Between, OfCamera, OfFlow, at_times, evenly
from dreammovie.movies.history import Entry, write_history
from dreammovie.movies.motion import MotionSettings, way_between
from dreammovie.movies.schedule import Script
from dreammovie.pictures.blend import blended
from dreammovie.pictures.image import save_image
from dreammovie.videos.decode import open_clip
from dreammovie.videos.encode import write_video
from tests.conftest import make_picture
from tests.drawn_clip import DrawnClip
from tests.drawn_way import drawn

SHAPE = (108, 192)


def camera(**motion):
    settings = MotionSettings(**{"zoom": 1.0, "fps": 10.0} | motion)
    return lambda number: (settings, 0)


def seen(motion_at, moment):
    return drawn(way_between(motion_at, 0, moment, SHAPE), SHAPE)


class Counted(list):
    """Frames that count how often each is asked for."""

    def __init__(self, frames):
        super().__init__(frames)
        self.asked = Counter()

    def __getitem__(self, index):
        self.asked[index] += 1
        return super().__getitem__(index)


@pytest.mark.parametrize(
    "motion",
    [
        {"zoom": 1.4},
        {"zoom": 0.8},
        {"rotate": 15.0},
        {"pan_x": 0.13, "pan_y": -0.05},
        {"zoom": 1.2, "rotate": -8.0, "tilt": 6.0, "turn": 4.0, "shake": 0.01},
    ],
    ids=" ".join,
)
def test_the_camera_goes_on_evenly_and_without_a_beat(motion):
    """Between exact pictures of what it sees, it sees nearly what it would."""
    motion_at = camera(**motion)
    frames = Counted([seen(motion_at, number) for number in range(4)])
    for parts in (2, 4):
        frames.asked.clear()
        places = evenly(4, Fraction(1, parts))
        shown = list(Between(frames, range(4), places, OfCamera(motion_at)))
        assert len(shown) == 3 * parts + 1
        assert set(frames.asked.values()) == {1}
        for place, image in zip(places, shown, strict=True):
            away = np.abs(image - seen(motion_at, float(place))).mean()
            assert away == 0 if place.denominator == 1 else away < 1
        changes = [((after - now) ** 2).mean() for now, after in pairwise(shown)]
        beat = np.reshape(changes, (3, parts)).mean(0)  # by the place between two frames
        assert beat.max() < 1.1 * beat.min()
    faded = (frames[1] + frames[2]) / 2
    assert np.abs(faded - seen(motion_at, 1.5)).mean() > 3 * away


def test_details_do_not_fade_between_two_dreams():
    one, other = np.random.default_rng(0).normal(128, 20, (2, 64, 96, 3)).astype(np.float32)
    for share in (0.25, 0.5, np.full((64, 96, 1), 0.5, np.float32)):
        middle = blended(one, other, share)
        assert middle.dtype == np.float32
        assert np.std(middle) == pytest.approx(20, rel=0.05)
    assert np.std((one + other) / 2) < 15
    assert np.abs(blended(one, one, 0.3) - one).max() < 0.1


def test_places_go_to_the_last_frame_and_round_again():
    half = Fraction(1, 2)
    assert evenly(3, half) == [0, half, 1, 3 * half, 2]
    assert evenly(3, half, in_a_circle=True) == [0, half, 1, 3 * half, 2, 5 * half]
    assert evenly(1, half) == [0]
    assert evenly(3, Fraction(4, 5)) == [0, Fraction(4, 5), Fraction(8, 5)]
    times = [Fraction(0), Fraction(1, 10), Fraction(3, 10)]
    shown = at_times(times, Fraction(4, 10), Fraction(20))
    assert shown == [0, half, 1, 5 * half / 2, 3 * half, 7 * half / 2, 2, 2]


def test_a_clip_s_dream_moves_with_the_clip():
    """And no flow is found twice, nor any frame asked for more often than needed."""
    clip = DrawnClip(112, 160)
    source, frames = (Counted([clip.frame(number) for number in range(4)]) for _ in range(2))
    course = OfFlow(source.__getitem__)
    for direction in (1, -1):
        places = evenly(4, Fraction(1, 3))[::direction]
        source.asked.clear()
        frames.asked.clear()
        for place, image in zip(places, Between(frames, range(4), places, course), strict=True):
            away = np.abs(image - clip.frame(float(place))).mean()
            assert away < 2
            faded = frames_faded(clip, place)
            assert (
                place.denominator == 1
                or away < 0.7 * np.abs(faded - clip.frame(float(place))).mean()
            )
        assert set(frames.asked.values()) == {1}
        assert max(source.asked.values()) <= 2


@pytest.mark.parametrize("span", [0.5, 1.0])
def test_an_open_shutter_sees_what_moves_meanwhile(span):
    """Along the camera's way, and along a clip's flow; at the frames and between them."""
    motion_at = camera(zoom=1.5, rotate=30.0, pan_x=0.1)
    clip = DrawnClip(112, 160, 2.0)
    for view, course in (
        (lambda moment: seen(motion_at, moment), OfCamera(motion_at)),
        (lambda moment: clip.frame(2 * moment), OfFlow(lambda number: clip.frame(2 * number))),
    ):
        frames = [view(number) for number in range(4)]
        places = [Fraction(1), Fraction(3, 2)]
        shown = Between(frames, range(4), places, course, [span] * 2)
        sharp = Between(frames, range(4), places, course)
        for place, image, moment in zip(places, shown, sharp, strict=True):
            times = float(place) + span * ((np.arange(12) + 0.5) / 12 - 0.5)
            expected = np.mean([view(time) for time in times], 0)
            assert np.abs(image - expected).mean() < 0.7 * np.abs(moment - expected).mean()
        last = Between(frames, range(4), [Fraction(3)], course, [span])[0]
        assert np.abs(last - frames[3]).mean() > 0.3


def frames_faded(clip, place):
    before, share = int(place), float(place % 1)
    return (1 - share) * clip.frame(before) + share * clip.frame(before + 1)


def test_nothing_is_seen_between_two_scenes():
    scenes = [make_picture(72, 96), DrawnClip(72, 96).frame(0)]
    shown = Between(scenes, [1, 2], evenly(2, Fraction(1, 3)), OfFlow(lambda n: scenes[n - 1]))
    assert [np.abs(image - scenes[0]).max() == 0 for image in shown] == [True, True, True, False]


@pytest.fixture
def moved(dreams):
    """A dream whose frames are exact pictures of what its camera sees, at ten a second."""
    motion = {"zoom": 1.0, "rotate": 20.0, "fps": 10.0}
    for number in range(5):
        save_image(seen(camera(**motion), number), dreams / f"img_{number}.jpg")
    made = Entry(1, Script().written | motion, "", {"file": None, "sha256": ""}, {})
    write_history(dreams, [made])
    return dreams


def video_of(folder, *wish):
    """The pictures in the video of a dream, and how many there are a second."""
    assert cli.video(["one", *wish]) == 0
    with open_clip(folder / "one.mp4") as video:
        return [video.frame(number + 1) for number in range(video.frames)], video.rate


def apart(one, other):
    return np.abs(one - other).mean()


def test_a_higher_rate_fills_in_at_the_same_pace(moved, capfd):
    views = [seen(camera(rotate=20.0), moment / 2) for moment in range(9)]

    def moments(wish):
        shown, rate = video_of(moved, "--fps", "20", *wish.split())
        assert rate == 20
        return [int(np.argmin([apart(image, view) for view in views])) for image in shown]

    assert moments("") == [0, 1, 2, 3, 4, 5, 6, 7, 8]
    assert moments("--reverse --last 3") == [6, 5, 4, 3, 2, 1, 0]
    assert moments("--boomerang --last 2") == [0, 1, 2, 3, 4, 3, 2, 1]
    assert moments("--between off --last 3") == [0, 0, 2, 2, 4, 4, 6]
    blurred, sharp = video_of(moved, "--smooth-motion", "1")[0], video_of(moved)[0]
    assert len(blurred) == len(sharp) == 5
    assert min(apart(one, two) for one, two in zip(blurred, sharp, strict=True)) > 0.3
    for rate in (10, 5):  # which are no higher
        assert [len(video_of(moved, "--fps", f"{rate}")[0]), video_of(moved)[1]] == [5, 10]
    assert cli.video(["one", "--between", "of"]) == 2
    assert "There is no between 'of'. Did you mean" in capfd.readouterr().err


def test_frames_of_which_nothing_is_known(moved, capfd):
    """Without a dream.json they are as fast as one says; those before it are taken as still."""
    known = Entry(4, Script().written | {"fps": 10.0}, "", {"file": None, "sha256": ""}, {})
    write_history(moved, [known])
    assert len(video_of(moved, "--fps", "20")[0]) == 9
    assert "before img_4 is not known" in capfd.readouterr().out
    (moved / "dream.json").unlink()
    assert len(video_of(moved, "--fps", "60")[0]) == 5
    assert cli.video(["one", "--smooth-motion", "0.5"]) == 2
    assert "no dream.json" in capfd.readouterr().err


def test_a_clip_s_dream_is_filled_in_at_its_own_times(tmp_path):
    """Which may be uneven."""
    clip = DrawnClip(72, 96)
    folder = tmp_path / "one"
    folder.mkdir()
    write_video(folder / "img_0.mp4", [clip.frame(number) for number in range(6)], 25, 1)
    for number in range(6):
        save_image(clip.frame(number), folder / f"img_{number + 1}.jpg")
    assert cli.video([str(folder), "--smooth-motion", "0.5"]) == 0
    with open_clip(folder / "one.mp4") as video:
        assert (video.frames, video.rate) == (6, 25)
    assert cli.video([str(folder), "--fps", "100", "--compare"]) == 0
    with open_clip(folder / "one.mp4") as video:
        assert (video.frames, video.rate, video.shape) == (24, 100, (72, 192))
        for number in (1, 2, 3, 10):
            left, right = np.split(video.frame(number + 1), 2, 1)
            assert apart(left, clip.frame(number // 4)) < 4
            assert apart(right, clip.frame(number / 4)) < 4
