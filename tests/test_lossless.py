"""Frames without loss, as PNG, in a dream that may also have others."""

import json

import numpy as np
import pytest

from dreammovie.commands import cli
from dreammovie.errors import DreamError
from dreammovie.farm.orders import Order
from dreammovie.farm.standing import InHand
from dreammovie.movies.folder import frames_in
from dreammovie.movies.notes import read_notes
from dreammovie.movies.run import Broken, go_on
from dreammovie.pictures.image import load_image
from dreammovie.videos.decode import open_clip
from dreammovie.videos.encode import write_video

QUICK = {"network": "dreamnet", "layer": "mixed3a", "steps": 1, "octaves": 1}
QUICK |= {"precision": "float32"}
PNG = {"frames_as": "png"}


def names(folder):
    return [path.name for path in frames_in(folder).values()]


def pixels(folder):
    return [load_image(path) for path in frames_in(folder).values()]


def test_a_dream_goes_on_in_either_kind_and_broken_ones_are_dreamt_anew(dreams, capfd):
    list(go_on(dreams, 2, QUICK | PNG))
    whole = (second := dreams / "img_2.png").read_bytes()
    second.write_bytes(whole[:99])
    assert Broken(second) in list(go_on(dreams, 2))
    assert second.read_bytes() == whole
    assert read_notes(second)[0].settings["frames_as"] == "png"
    assert cli.main(["settings", str(second)]) == 0
    assert "--frames-as png" in capfd.readouterr().out

    second.write_bytes(whole[:99])
    assert Broken(second) in list(go_on(dreams, 3, {"frames_as": "jpg"}))
    assert names(dreams) == ["img_1.png", "img_2.jpg", "img_3.jpg"]
    assert InHand(Order(dreams, 4)).look() == 3
    history = json.loads((dreams / "dream.json").read_text())["history"]
    assert [entry["settings"].get("frames_as") for entry in history] == ["png", None]
    assert cli.main(["video", "one"]) == 0
    with open_clip(dreams / "one.mp4") as video:
        assert video.frames == 4


def test_nothing_is_lost_between_frames(dreams):
    """A second frame in which hardly anything is dreamt is the first, but for the camera."""
    still = {**QUICK, "zoom": 1, "step_size": 0.001, "hold_colour": 0, "softness": 0}
    for kind in ("png", "jpg"):
        list(go_on(dreams, 9, still | {"frames_as": kind}, after=0))
        first, *_, last = pixels(dreams)
        assert np.array_equal(first, last) == (kind == "png")


def test_two_of_one_number_are_for_a_person_to_choose_from(dreams):
    for kind in ("jpg", "png"):
        (dreams / f"img_1.{kind}").write_bytes(b"")
    with pytest.raises(DreamError, match=r"img_1\.jpg and img_1\.png are both frame 1\. Keep one"):
        list(go_on(dreams, 2, QUICK | PNG))


def test_a_clip_is_dreamt_without_loss_too(dreams, picture):
    (dreams / "img_0.jpg").unlink()
    write_video(dreams / "img_0.mp4", [np.roll(picture, n, 1) for n in range(4)], 25)
    list(go_on(dreams, None, QUICK | PNG | {"every": 2, "scene_dreams": 1}))
    assert names(dreams) == ["img_1.png", "img_2.png"]
    assert cli.main(["video", "one"]) == 0


def test_what_is_no_kind_is_a_sentence(dreams):
    with pytest.raises(DreamError, match=r"no kind of frames 'gif'.*jpg, png"):
        list(go_on(dreams, 2, {"frames_as": "gif"}))
