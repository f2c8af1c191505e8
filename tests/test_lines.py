"""`--json`: what other programs read."""

import json

import pytest

from dreammovie.commands import cli

QUICK = {"network": "inception5h", "layer": "mixed3a", "steps": 2, "octaves": 1}


@pytest.fixture
def lines(small_weights, capfd):
    """Runs a command; gives its objects, and the words for people."""

    def lines(command, *argv):
        flags = [f"--{name}={value}" for name, value in QUICK.items()]
        quick = [*flags, f"--weights=inception5h={small_weights}", "--precision=float32"]
        quick *= command != "video"
        assert cli.main([command, *map(str, argv), *quick, "--json"]) == 0
        said = capfd.readouterr()
        return [json.loads(line) for line in said.out.splitlines()], said.err

    return lines


def kinds(objects):
    """What happens, without how often."""
    return list(dict.fromkeys(each["event"] for each in objects))


def test_a_movies_are_the_events_of_go_on(lines, dreams):
    objects, words = lines("frames", "one", "--frames=2", "--zoom=0:1, 9:2")
    assert kinds(objects) == ["waking", "dreaming", "progress", "done"]
    dreaming, *steps, last = objects[1:]
    assert (dreaming["first"], dreaming["last"], last["frames"]) == (1, 2, 2)
    assert dreaming["settings"]["zoom"] == "0:1, 9:2"
    # A step is told once more where its frame is written after it.
    told = dict.fromkeys((each["frame"], each["step"], each["steps"]) for each in steps)
    assert list(told) == [(1, 0, 2), (1, 1, 2), (2, 0, 2), (2, 1, 2)]
    assert [each["saved"] for each in steps if each["saved"]] == [
        str(dreams / f"img_{number}.jpg") for number in (1, 2)
    ]
    assert all(each["score"] > 0 for each in steps)
    assert "dreams of mixed3a" in words
    assert "The video: " in words

    objects, words = lines("frames", "one", "--frames=2")
    assert objects == [{"event": "complete", "frames": 2}]
    assert "nothing was done" in words


def test_a_pictures_and_its_films(lines, dreams):
    objects, words = lines("image", dreams / "img_0.jpg")
    assert kinds(objects) == ["waking", "ready", "stage", "saved"]
    assert [each["number"] for each in objects if each["event"] == "stage"] == [1, 2]
    assert objects[-1]["path"] == str(dreams / "img_0_dream.png")
    assert objects[-1]["path"] in words
    objects, _ = lines("evolve", dreams / "img_0.jpg", "--fps=2")
    assert kinds(objects) == ["waking", "ready", "stage", "encoding", "saved"]
    assert [each["path"][-4:] for each in objects if each["event"] == "saved"] == [".mp4", ".gif"]


def test_a_videos(lines, dreams):
    objects, words = lines("video", "one")
    path = str(dreams / "one.mp4")
    assert objects == [
        {"event": "encoding", "done": 1, "count": 1},
        {"event": "saved", "path": path, "frames": 1, "width": 96, "height": 72, "fps": 30.0,
         "sound": False},
    ]  # fmt: skip
    assert f"{path}: 1 frame" in words
