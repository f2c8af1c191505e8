"""Killed at random moments and resumed equals unbroken, byte for byte."""

import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from dreammovie.movies.folder import frame_numbers
from dreammovie.pictures.image import save_image
from dreammovie.videos.encode import write_video

SCRIPT = Path(__file__).parents[1] / "dream_frames.py"


def start(folder, frames):
    """Starts a run, with all its flags as long as the dream has not noted them."""
    flags = ["--size", "128x96", "--steps", "2", "--network", "dreamnet"]
    flags += ["--zoom", "0:1.05, 1s:3 smooth", "--step-size", "1 + rand(t)"]
    flags += ["--rotate", "90", "--shake", "0.02", "--edges", "dream", "--grain", "0.1"]
    flags += ["--layer", "0:walk(mixed4c, every=1s), 20:strongest(mixed3b, 4)"]
    flags += ["--mask-motion", "camera"]
    if (folder / "dream.json").exists():
        flags = []
    command = [sys.executable, SCRIPT, folder, "--frames", frames, *flags]
    return subprocess.Popen(
        [str(part) for part in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(folder, frames):
    with start(folder, frames) as process:
        output = process.communicate()[0]
    assert process.returncode == 0, output


def wait_for_a_frame(folder, process):
    before = len(frame_numbers(folder))
    while len(frame_numbers(folder)) == before:
        assert process.poll() is None, process.stdout.read()
        time.sleep(0.005)


def killed(folder, rng):
    """Starts a run and kills it: mostly among its frames, sometimes while it starts."""
    with start(folder, 100_000) as process:
        if rng.random() < 0.8:
            wait_for_a_frame(folder, process)
            time.sleep(rng.uniform(0, 0.4))
        else:
            time.sleep(rng.uniform(0, 5))
        process.send_signal(signal.SIGKILL)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.glob("img_*.jpg")}


def check_kills(dreams, kills):
    unbroken = dreams.parent / "unbroken"
    shutil.copytree(dreams, unbroken)
    rng = random.Random(0)
    for _ in range(kills):
        killed(dreams, rng)
    last = len(frame_numbers(dreams)) + 3
    print(f"{kills} kills, {last} frames")
    finish(dreams, last)
    finish(unbroken, last)
    assert contents(dreams) == contents(unbroken)
    assert len(contents(dreams)) == last + (dreams / "img_0.jpg").exists()
    left = {path.name for path in dreams.iterdir()} - contents(dreams).keys()
    assert left <= {"dream.json", "mask.png", "img_0.mp4"}


@pytest.fixture(params=["picture", "clip"])
def begun(request, dreams, picture):
    """The folder of a dream of a picture under a mask, or of a clip."""
    if request.param == "picture":
        save_image(picture * np.linspace(0, 2, 96)[:, None], dreams / "mask.png")
    else:
        (dreams / "img_0.jpg").unlink()
        frames = [np.roll(picture, number, 1) for number in range(500)]
        write_video(dreams / "img_0.mp4", frames, 25)
    return dreams


def test_two_kills(begun):
    check_kills(begun, 2)


@pytest.mark.slow
def test_fifty_kills(begun):
    check_kills(begun, 50)


def test_interrupt_says_how_to_go_on(dreams):
    with start(dreams, 100_000) as process:
        wait_for_a_frame(dreams, process)
        process.send_signal(signal.SIGINT)
        output = process.communicate()[0]
    assert process.returncode == 130
    assert "Go on with: python3 dream_frames.py one" in output
    assert "Traceback" not in output
    before = len(frame_numbers(dreams))
    finish(dreams, before + 1)


def test_second_run_on_the_same_dream_is_refused(dreams):
    with start(dreams, 100_000) as first:
        wait_for_a_frame(dreams, first)
        with start(dreams, 100_000) as second:
            output = second.communicate()[0]
        first.kill()
    assert second.returncode == 2
    assert "Another run is dreaming in" in output
