"""Long movies keep their colours, or let them wander, and grain keeps them alive."""

import numpy as np
import pytest

from dreammovie.errors import DreamError
from dreammovie.movies.look import coloured, grained
from dreammovie.movies.run import FileChanged, go_on
from dreammovie.pictures.image import load_image, save_image
from dreammovie.pictures.palette import Palette
from tests.conftest import make_picture

SMALL = {"network": "inception5h", "layer": "mixed3a", "octaves": 1, "shaping": "plain"}


@pytest.fixture
def dream(dreams, small_weights):
    """Dreams some frames in a folder of its own, run by run; gives them."""

    def dream(name, *goals, **wish):
        folder = dreams.with_name(name)
        folder.mkdir()
        (folder / "img_0.jpg").write_bytes((dreams / "img_0.jpg").read_bytes())
        wish = SMALL | {"steps": 1, "zoom": 1.0, "step_size": 0.0} | wish
        for frames in goals:
            list(go_on(folder, frames, wish, weights=[str(small_weights)]))
        return [load_image(folder / f"img_{n}.jpg") for n in range(1, goals[-1] + 1)]

    return dream


def test_grain_differs_from_frame_to_frame_and_resumes(dream):
    plain, alive = dream("plain", 3), dream("alive", 3, grain=0.2)
    again = dream("again", 1, 3, grain=0.2)
    assert all((one == other).all() for one, other in zip(alive, again, strict=True))
    assert np.abs(plain[2] - plain[1]).mean() < 1
    assert np.abs(alive[2] - alive[1]).mean() > 3


def test_grain_is_in_proportion_and_in_the_picture_s_colours():
    image = make_picture(90, 120)
    little, much = (grained(image, grain, 5, 0) - image for grain in (0.1, 0.3))
    np.testing.assert_allclose(3 * little, much, atol=0.01)
    assert Palette.of(grained(image, 1.0, 5, 0)).means == pytest.approx(
        Palette.of(image).means, abs=6
    )
    assert (grained(image, 0.1, 6, 0) != grained(image, 0.1, 5, 0)).any()
    assert (grained(image, 0.1, 5, 1) != grained(image, 0.1, 5, 0)).any()
    assert grained(image, 0.0, 5, 0) is image


def test_colours_are_held_as_much_as_is_asked():
    image, held = make_picture(60, 80), Palette((60.0, 90.0, 120.0), (20.0, 25.0, 30.0))
    own = Palette.of(np.clip(image, 0, 255))
    for hold in (0.0, 0.25, 1.0):
        found = Palette.of(coloured(image, held, hold))
        for now, mine, its in zip(found.means, own.means, held.means, strict=True):
            assert now == pytest.approx(mine + hold * (its - mine), abs=0.1)
        for now, mine, its in zip(found.deviations, own.deviations, held.deviations, strict=True):
            assert now == pytest.approx(mine + hold * (its - mine), abs=0.5)


def test_a_movie_lets_its_colours_wander(dream):
    """With a camera that looks at a corner, whose colours are others."""
    corner = {"zoom": 3.0, "fps": 1.0, "centre_x": 0.1, "centre_y": 0.1}
    held, free = dream("held", 2, **corner), dream("free", 2, **corner, hold_colour=0.0)
    late = dream("late", 2, **corner, hold_colour="0:1, 2:0 hold")
    start = Palette.of(make_picture(72, 96)).means
    assert Palette.of(held[1]).means == pytest.approx(start, abs=3)
    assert np.abs(np.subtract(Palette.of(free[1]).means, start)).max() > 5
    assert (late[0] == held[0]).all()
    assert (late[1] != held[1]).any()


def in_colours(means):
    grains = np.random.default_rng(2).normal(0, 40, (80, 64, 3))
    return np.clip(means + grains, 0, 255).astype(np.float32)


def test_a_movie_keeps_the_colours_of_other_pictures(dreams, dream):
    """One after another, half way in between, and the same after a resume."""
    dark, bright = dreams / "dark.png", dreams / "bright.png"
    save_image(in_colours((70, 80, 120)), dark)
    save_image(in_colours((170, 140, 100)), bright)
    one = dream("one_palette", 1, palette=str(dark))
    assert Palette.of(one[0]).means == pytest.approx(Palette.of(load_image(dark)).means, abs=3)
    travelling = {"palette": f"1:{dark}, 3:{bright}"}
    frames, again = dream("travel", 3, **travelling), dream("travels", 1, 2, 3, **travelling)
    assert all((one == other).all() for one, other in zip(frames, again, strict=True))
    ends = [Palette.of(load_image(path)).means for path in (dark, bright)]
    wanted = [ends[0], np.mean(ends, 0), ends[1]]
    for frame, means in zip(frames, wanted, strict=True):
        assert Palette.of(frame).means == pytest.approx(means, abs=3)


def test_a_palette_that_changed_is_said_and_a_missing_one_stops(dreams, small_weights):
    file, weights = dreams / "dark.png", [str(small_weights)]
    save_image(in_colours((70, 80, 120)), file)
    list(go_on(dreams, 1, SMALL | {"steps": 1, "palette": str(file)}, weights=weights))
    moved = dreams.rename(dreams.with_name("elsewhere"))
    file = moved / file.name
    save_image(in_colours((170, 140, 100)), file)
    events = list(go_on(moved, 2, weights=weights))
    assert [event.path for event in events if isinstance(event, FileChanged)] == [file]
    assert Palette.of(load_image(moved / "img_2.jpg")).means[0] == pytest.approx(170, abs=8)
    file.unlink()
    with pytest.raises((DreamError, OSError), match=r"dark\.png"):
        list(go_on(moved, 3, weights=weights))
    list(go_on(moved, 3, {"palette": "none"}, weights=weights))
    start = Palette.of(load_image(moved / "img_0.jpg")).means
    assert Palette.of(load_image(moved / "img_3.jpg")).means == pytest.approx(start, abs=3)
