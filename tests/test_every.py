"""Dreams of each Kth frame, and the video that fills in the others."""

import json
from fractions import Fraction

import numpy as np
import pytest

from dreammovie.commands import cli
from dreammovie.errors import DreamError
from dreammovie.movies.between import Filled
from dreammovie.movies.clip import Seen
from dreammovie.movies.motion import MotionSettings, step_of
from dreammovie.movies.plan import frames_of, scripts_of
from dreammovie.movies.run import Complete, go_on
from dreammovie.movies.start import Pace
from dreammovie.pictures.image import load_image
from dreammovie.pictures.warp import warped
from dreammovie.videos.decode import open_clip
from dreammovie.videos.encode import write_video
from tests.drawn_clip import DrawnClip

QUICK = {"network": "inception5h", "layer": "mixed3a", "octaves": 1, "steps": 1}
HARDLY = QUICK | {"step_size": 0.0, "softness": 0.0, "fps": 10.0}


@pytest.fixture
def dream(small_weights):
    def dream(folder, *goals, **given):
        for frames in goals:
            for _ in go_on(folder, frames, given, weights=[str(small_weights)]):
                pass
        return [load_image(folder / f"img_{n + 1}.jpg") for n in range(goals[-1])]

    return dream


def video_of(folder, *wish):
    assert cli.video([str(folder), "-o", "a.mp4", "--quality", "1", *wish]) == 0
    with open_clip("a.mp4") as video:
        return [video.frame(n + 1) for n in range(video.frames)], video


def apart(one, other):
    return np.abs((one - other).mean(-1)).mean()  # videos have few colours


def test_each_third_frame_of_a_picture_s_dream(dreams, dream, capfd):
    """The camera and what varies go on by three frames, in one resampling."""
    wish = HARDLY | {"zoom": 1.0, "rotate": "0:0, 3:0, 4:60 hold", "every": 3}
    frames = dream(dreams, 1, 2, **wish)
    start = load_image(dreams / "img_0.jpg")
    turned = step_of(MotionSettings(zoom=1.0, rotate=60.0 * 3, fps=10.0), start.shape[:2])
    for frame, expected in zip(frames, (start, warped(start, turned)), strict=True):
        both = [image[20:-20, 20:-20].ravel() for image in (frame, expected)]
        assert np.corrcoef(both)[0, 1] > 0.98
    noted = json.loads((dreams / "dream.json").read_text())["history"]
    assert [entry["settings"]["every"] for entry in noted] == [3]

    with pytest.raises(DreamError, match=r"--every 2 cannot begin in the middle .*--after 0"):
        dream(dreams, 3, every=2)
    assert len(dream(dreams, 3)) == 3
    scripts = scripts_of(dreams, {})
    assert ([begin for begin, _ in scripts], frames_of(dreams, scripts, 9)) == ([1, 10], 27)

    shown, video = video_of(dreams)
    assert (len(shown), video.rate) == (10, 10)
    assert apart(shown[3], frames[0]) < 4
    third = warped(frames[0], step_of(MotionSettings(zoom=1.0, rotate=60.0, fps=10.0), (72, 96)))
    assert apart(shown[4], third) < apart(shown[4], frames[0]) / 2
    held, _ = video_of(dreams, "--between", "off")
    assert len(held) == 10
    assert apart(held[5], held[3]) < 2 < apart(held[6], held[3])
    assert cli.main(["motion", str(dreams), "--frames", "2"]) == 0
    assert "7 frames, 96x72, 10 frames per second" in capfd.readouterr().out


def test_a_dream_goes_on_with_the_same_bytes(dreams, dream):
    """And one of each frame has a dream.json, in which nothing is said of it."""
    moving = QUICK | {"rotate": 40.0, "shake": 0.03, "edges": "dream", "zoom": 0.7, "every": 2}
    whole = dream(dreams, 3, **moving)
    other = dreams.with_name("two")
    other.mkdir()
    (other / "img_0.jpg").write_bytes((dreams / "img_0.jpg").read_bytes())
    again = dream(other, 1, **moving) and dream(other, 2, 3)
    assert all((one == two).all() for one, two in zip(whole, again, strict=True))
    list(go_on(other, 1, {"every": 1}, after=0))
    assert "every" not in json.loads((other / "dream.json").read_text())["history"][0]["settings"]
    assert (load_image(other / "img_1.jpg") != whole[0]).any()


def test_each_other_frame_of_a_clip_s_dream(dreams, dream):
    """The video has all of the clip's, at their times; what was not dreamt is filled in."""
    clip = DrawnClip(72, 96)
    (dreams / "img_0.jpg").unlink()
    write_video(dreams / "img_0.mp4", [clip.frame(n) for n in range(6)], Fraction(25), 1)
    wish = QUICK | {"step_size": 4.0, "scene_dreams": 1, "rotate": 5.0, "every": 2}
    frames = dream(dreams, 1, 3, **wish)
    assert list(go_on(dreams)) == [Complete(3)]  # which are all of them
    other = dreams.with_name("two")
    other.mkdir()
    (other / "img_0.mp4").write_bytes((dreams / "img_0.mp4").read_bytes())
    unbroken = dream(other, 3, **wish)
    assert all((one == two).all() for one, two in zip(frames, unbroken, strict=True))
    shown, video = video_of(dreams)
    assert (len(shown), video.times) == (6, tuple(Fraction(n, 25) for n in range(6)))
    for number, image in enumerate(shown):
        if number % 2 == 0:
            assert apart(image, frames[number // 2]) < 4
    assert apart(shown[1], frames[0]) > apart(shown[1], shown[2]) / 3
    held, _ = video_of(dreams, "--between", "off", "--reverse")
    assert [apart(held[n], held[n + 1]) < 1 for n in range(5)] == [True, False, True, False, True]
    assert len(video_of(dreams, "--fps", "50")[0]) == 12


def test_the_dream_is_carried_from_both_sides():
    """Here what is dreamt is that everything is half as bright."""
    clip = DrawnClip(112, 160)

    def still(frame):
        return MotionSettings(zoom=1.0), 0

    numbers = range(1, 8)
    frames = [clip.frame(n) / 2 for n in (1, 4, 7)]
    seen, ends = (Seen(clip.frame, clip.shape, still) for _ in range(2))
    filled = Filled(frames, 1, Pace(3, 1), numbers, seen, ends, still)
    for number, image in zip(numbers, filled, strict=True):
        assert apart(image, clip.frame(number) / 2) < 4
        assert apart(clip.frame(number), clip.frame(number) / 2) > 40
    alone = Filled(frames[:1], 1, Pace(3, 1), [1, 2], seen, ends, still)
    assert apart(alone[1], clip.frame(2) / 2) < 6
