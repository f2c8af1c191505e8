"""Where a movie dreams, and what guides it: files that its settings name."""

import json
import shutil
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from dreammovie.errors import DreamError
from dreammovie.movies.mask import Mask, MaskSettings
from dreammovie.movies.moments import Moments
from dreammovie.movies.motion import MotionSettings, way_between
from dreammovie.movies.named import pictures_of
from dreammovie.movies.run import FileChanged, go_on
from dreammovie.pictures.image import load_image, save_image
from dreammovie.videos.decode import open_clip
from dreammovie.videos.encode import write_video
from tests.conftest import make_picture

STILL = {"network": "inception5h", "layer": "mixed3a", "octaves": 1, "steps": 2, "zoom": 1.0}
STILL |= {"step_size": 4.0}


@pytest.fixture
def dream(dreams, small_weights):
    """Dreams some frames in a folder of its own, run by run; gives them."""

    def dream(name, *goals, **wish):
        folder = dreams.with_name(name)
        folder.mkdir(exist_ok=True)
        (folder / "img_0.jpg").write_bytes((dreams / "img_0.jpg").read_bytes())
        for frames in goals:
            list(go_on(folder, frames, STILL | wish, weights=[str(small_weights)]))
        return [load_image(folder / f"img_{n}.jpg") for n in range(goals[-1] + 1)]

    return dream


def halves():
    """A mask of 72x96 pixels whose left half dreams."""
    mask = np.zeros((72, 96, 3), np.float32)
    mask[:, :48] = 255
    return mask


def test_black_stays_as_it_is_and_white_dreams(dreams, dream):
    save_image(halves(), dreams / "half.png")
    start, first, *_, last = dream("half", 3, mask="dreams/one/half.png", mask_edge=0.0)
    free = dream("free", 3)
    assert np.abs(last - start)[:, 56:].mean() < 1.5  # what JPEG does
    assert np.abs(last - start)[:, :40].mean() > 4
    assert np.abs(first - free[1])[:, :40].mean() < 1.5


def test_its_edge_is_soft(dreams):
    mask = Mask(lambda number: halves(), (72, 96), lambda number: (MotionSettings(), 0))
    hard, soft = (mask.at(1, MaskSettings(mask_edge=edge))[0, :, 0] for edge in (0.0, 0.1))
    assert set(hard) == {0.0, 1.0}
    assert ((soft > 0.15) & (soft < 0.85)).sum() == pytest.approx(9.6, abs=1.5)
    assert soft[[0, 47, 95]] == pytest.approx([1, 0.54, 0], abs=0.02)


def test_it_moves_with_the_camera_or_stands_still(dreams):
    motion = MotionSettings(rates="frame", zoom=1.0, pan_x=8.0, rotate=2.0)
    mask = Mask(lambda number: halves(), (72, 96), lambda number: (motion, 0))

    def seen(number, **wish):
        return mask.at(number, MaskSettings(mask_edge=0.0, **wish))[..., 0]

    assert seen(5)[36].sum() == 48
    moving = [seen(number, mask_motion="camera") for number in (1, 2, 3, 1)]
    assert [round(share[36].sum()) for share in moving] == [56, 64, 72, 56]
    way = way_between(lambda number: (motion, 0), 0, 3, (72, 96))
    edge = way @ [0, -20 / 96, 1]  # of the middle, twenty pixels up
    assert moving[2][round(edge[1] * 96 + 35.5)].sum() == pytest.approx(edge[0] * 96 + 48, abs=1.5)


def test_masks_and_guides_resume(dreams, dream):
    """With everything that moves, from another folder, and after settings that were others."""
    save_image(halves(), dreams / "half.png")
    save_image(make_picture(64, 80)[::-1], dreams / "guide.jpg")
    save_image(make_picture(80, 64), dreams / "other.jpg")
    wish = {"mask": "dreams/one/half.png", "mask_motion": "camera", "shake": 0.02, "pan_x": 1.0}
    wish["guide"] = "0:dreams/one/guide.jpg, 4:dreams/one/other.jpg smooth"
    whole = dream("whole", 4, **wish)
    again = dream("again", 1, 2, 4, **wish)
    assert all((one == other).all() for one, other in zip(whole, again, strict=True))
    unguided = dream("unguided", 4, **wish | {"guide": "none"})
    unmasked = dream("unmasked", 4, **wish | {"mask": "none"})
    assert (unguided[4] != whole[4]).any()
    assert (unmasked[4] != whole[4]).any()


def test_a_mask_may_move(dreams, dream):
    """White moves in a video, whose moment is the frame's."""
    frames = [255 - halves(), halves(), 255 - halves(), 255 - halves()]
    write_video(dreams / "moving.mp4", frames, 1, 1)
    moving = dream("moving", 4, mask="dreams/one/moving.mp4", fps=2.0, grain=0.3)
    change = [np.abs(after - before) for before, after in pairwise(moving)]
    for number, (left, right) in enumerate(((0, 1), (1, 0), (1, 0), (0, 1))):
        assert (change[number][:, :36].mean() > 4) == left, number
        assert (change[number][:, 60:].mean() > 4) == right, number


@pytest.mark.parametrize("rate", [20, 24, 30, 60])
def test_a_clip_s_frames_are_seen_one_by_one(dreams, rate):
    """None twice, and none left out; where the dream is a clip's, by the times of that."""
    path = dreams / "levels.mp4"
    frames = [np.full((72, 96, 3), 3 * number, np.float32) for number in range(80)]
    write_video(path, frames, rate, 1)
    with open_clip(path) as clip:
        assert clip.times[7] == Fraction(7, rate)
    by_picture = pictures_of(path, float(rate), Moments())
    times = [number / Fraction(rate) + (number > 5) for number in range(80)]
    by_clip = pictures_of(path, float(rate), Moments(times))
    for number in range(80):
        assert by_picture(number).mean() == pytest.approx(3 * number, abs=1)
        late = number - 1 if number < 7 else min(79, number - 1 + rate)
        assert by_clip(max(number, 1)).mean() == pytest.approx(3 * max(late, 0), abs=1)


def test_a_clip_guides(dreams, dream):
    """Each frame by what is to be seen at its moment, as by a picture of that."""
    one, other = make_picture(64, 80)[::-1], make_picture(64, 80)[:, ::-1]
    write_video(dreams / "cut.mp4", [one, one, other, other], 2, 1)
    with open_clip(dreams / "cut.mp4") as clip:
        for number in (2, 3):
            save_image(clip.frame(number), dreams / f"guide{number}.png")
    wish = {"fps": 2.0, "guide": "dreams/one/cut.mp4"}
    guided = dream("guided", 3, **wish)
    again = dream("again", 2, 3, **wish)
    assert all((one == other).all() for one, other in zip(guided, again, strict=True))
    first = dream("first", 2, **wish | {"guide": "dreams/one/guide2.png"})
    assert (guided[1] == first[1]).all()
    assert (guided[2] != first[2]).any()
    dream("second", 1, **wish | {"guide": "dreams/one/guide2.png"})
    second = dream("second", 2, **wish | {"guide": "dreams/one/guide3.png"})
    assert (guided[2] == second[2]).all()


def test_a_mask_in_the_folder_needs_no_word(dreams, dream):
    save_image(halves(), dreams / "half.png")
    named = dream("named", 1, mask="dreams/one/half.png")
    folder = dreams.with_name("found")
    folder.mkdir()
    shutil.copy(dreams / "half.png", folder / "mask.png")
    assert (dream("found", 1)[1] == named[1]).all()
    noted = json.loads((folder / "dream.json").read_text())["history"][0]
    assert noted["settings"]["mask"] == "mask.png"
    assert [*noted["files"]] == ["mask.png"]
    moved = folder.rename(folder.with_name("elsewhere"))
    assert not list(go_on(moved, 1, {}))[-1].frames - 1


def test_what_changed_is_said_and_what_is_missing_stops(dreams, small_weights):
    mask = dreams / "half.png"
    save_image(halves(), mask)
    wish, weights = STILL | {"mask": str(mask)}, [str(small_weights)]
    list(go_on(dreams, 1, wish, weights=weights))
    save_image(255 - halves(), mask)
    events = list(go_on(dreams, 2, {}, weights=weights))
    assert [event.path for event in events if isinstance(event, FileChanged)] == [mask]
    events = list(go_on(dreams, 3, {}, weights=weights))
    assert not any(isinstance(event, FileChanged) for event in events)
    mask.unlink()
    with pytest.raises((DreamError, OSError), match=r"half\.png"):
        list(go_on(dreams, 4, {}, weights=weights))
    assert not (dreams / "img_4.jpg").exists()
    list(go_on(dreams, 4, {"mask": "none"}, weights=weights))
    for given, says in [
        ({"guide": "0:a.jpg, 3s:b.jpg"}, "a.jpg"),
        ({"guide": "pyproject.toml"}, "pyproject"),
        ({"mask_motion": "camra"}, "Did you mean camera"),
        ({"guide": str(dreams / "img_0.jpg"), "layer": "mixed3a:2"}, "--guide is for whole layers"),
        ({"mask": "0:a.png, 3s:b.png"}, "it is one picture"),
    ]:
        with pytest.raises((DreamError, OSError), match=says):
            list(go_on(dreams, 5, given, weights=weights))
