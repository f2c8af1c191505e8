"""Killed at random moments and resumed equals unbroken, byte for byte, and nothing is left over.

By hand, many more kills, or so many as one says: DREAMMOVIE_KILLS=200 pytest -m slow -n 0 \
tests/test_kills.py
"""

import contextlib
import functools
import hashlib
import http.server
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from dreammovie.movies.folder import frame_numbers
from dreammovie.pictures.image import save_image
from dreammovie.videos.encode import write_video

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "dream_frames.py"
MANY = int(os.environ.get("DREAMMOVIE_KILLS", "50"))


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
        enough = 10 * MANY  # frames, for all kills to come before its end
        frames = [np.roll(picture, number, 1) for number in range(enough)]
        write_video(dreams / "img_0.mp4", frames, 25)
    return dreams


def test_two_kills(begun):
    check_kills(begun, 2)


@pytest.mark.slow
def test_many_kills(begun):
    check_kills(begun, MANY)


def check_others(command, folder, kills):
    """Kills a command that works in a folder, as often as that, anywhere on its way.

    Returns:
        What the folder holds where nobody is killed, and what it holds after a last run; both as
        `made` says.
    """
    whole, before = folder.with_name("whole"), folder.with_name("before")
    shutil.copytree(folder, before)
    shutil.copytree(folder, whole)
    temporary = folder.with_name("tmp")
    temporary.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(temporary)}
    environment["XDG_CACHE_HOME"] = "."
    rng = random.Random(0)
    run = functools.partial(subprocess.Popen, command, env=environment, stdout=subprocess.DEVNULL)
    began = time.monotonic()
    with run(cwd=whole) as process:
        assert process.wait() == 0
    took = time.monotonic() - began
    for _ in range(kills):
        with run(cwd=folder) as process:
            time.sleep(rng.uniform(0, took))
            process.kill()
        if made(folder) == made(whole):  # it was done before
            shutil.rmtree(folder)
            shutil.copytree(before, folder)
    with run(cwd=folder) as process:
        assert process.wait() == 0
    assert list(temporary.iterdir()) == []
    return made(whole), made(folder)


def made(folder):
    """Digests of all files in a folder by their paths."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def check_video_kills(folder, picture, kills):
    folder.mkdir()
    for number in range(60):
        save_image(np.roll(picture, number, 1), folder / f"img_{number}.jpg")
    command = [sys.executable, ROOT / "dream_video.py", ".", "--output=a.mp4"]
    whole, found = check_others(command, folder, kills)
    assert len(whole) == 61
    assert found == whole


def test_a_killed_video_is_made_again(tmp_path, picture):
    check_video_kills(tmp_path / "one", picture, 2)


@pytest.mark.slow
def test_many_killed_videos(tmp_path, picture):
    check_video_kills(tmp_path / "one", picture, MANY)


@pytest.mark.slow
@pytest.mark.parametrize("command", ["image", "evolve"])
def test_many_killed_pictures(tmp_path, picture, command):
    """What was finished before the kill has its own name, and stays; nothing else does."""
    folder = tmp_path / "one"
    folder.mkdir()
    save_image(picture, folder / "cat.png")
    flags = ["--network=dreamnet", "--steps=4", "--octaves=1", "--precision=float32"]
    flags += ["--compare"] if command == "image" else []
    words = [sys.executable, "-m", "dreammovie", command, "cat.png", *flags]
    whole, found = check_others(words, folder, MANY)
    assert set(found.values()) == set(whole.values())
    assert all(path.is_file() or any(path.iterdir()) for path in folder.iterdir())


PAGE = """
import sys, time
from pathlib import Path
from dreammovie.studio import runs

folder, frames = Path(sys.argv[1]), int(sys.argv[2])
settings = {"network": "dreamnet", "size": "128x96", "steps": 2, "precision": "float32"}
runs.start_frames(folder, frames, {} if (folder / "dream.json").exists() else settings)
process = runs._begun[folder.resolve()].process
if len(sys.argv) > 3:
    time.sleep(float(sys.argv[3]))
    process.kill()
process.wait()
state = runs.state(folder)
assert state.doing == "nothing", state
assert bool(state.error) == bool(process.returncode), state
sys.exit(process.returncode != 0 and len(sys.argv) == 3)
"""


@pytest.mark.slow
def test_many_killed_runs_of_the_page(dreams):
    """The page sees that they ended, says so, and begins the next one."""
    whole = dreams.parent / "whole"
    shutil.copytree(dreams, whole)
    rng = random.Random(0)

    def page(*arguments):
        words = [sys.executable, "-c", PAGE, *map(str, arguments)]
        subprocess.run(words, check=True, env={**os.environ, "PYTHONPATH": str(ROOT)})

    for _ in range(MANY):
        page(dreams, 100_000, rng.uniform(0, 12))
    last = len(frame_numbers(dreams)) + 2
    page(dreams, last)
    page(whole, last)
    assert contents(dreams) == contents(whole)
    left = {path.name for path in dreams.iterdir()} - contents(dreams).keys()
    assert left == {"dream.json"}


FETCH = """
import sys
from dataclasses import replace
from dreammovie.networks import table
from dreammovie.networks.weights import fetching

row = replace(table.NETWORKS["vgg19"], url=sys.argv[1], md5=sys.argv[2])
table.NETWORKS["vgg19"] = row
for _ in fetching("vgg19"):
    pass
"""


def check_fetch_kills(folder, kills):
    content = np.random.default_rng(0).bytes(2**24)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            with contextlib.suppress(OSError):  # whoever asked was killed
                self.wfile.write(content)

        def log_message(self, *_):
            pass

    folder.mkdir()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/a.h5"
        words = [sys.executable, "-c", FETCH, url, hashlib.md5(content).hexdigest()]
        whole, found = check_others(words, folder, kills)
        server.shutdown()
    assert found == whole
    assert list(found.values()) == [hashlib.sha256(content).hexdigest()]


def test_killed_fetching_begins_anew(tmp_path):
    check_fetch_kills(tmp_path / "one", 2)


@pytest.mark.slow
def test_many_killed_fetchings(tmp_path):
    check_fetch_kills(tmp_path / "one", MANY)


def test_a_second_run_is_refused_and_an_interrupt_says_how_to_go_on(dreams):
    with start(dreams, 100_000) as first:
        wait_for_a_frame(dreams, first)
        with start(dreams, 100_000) as second:
            refused = second.communicate()[0]
        first.send_signal(signal.SIGINT)
        output = first.communicate()[0]
    assert second.returncode == 2
    assert "Another run is dreaming in" in refused
    assert first.returncode == 130
    assert "Go on with: python3 dream_frames.py one" in output
    assert "Traceback" not in output
    finish(dreams, len(frame_numbers(dreams)) + 1)
