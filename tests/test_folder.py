import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dreammovie.errors import DreamError
from dreammovie.movies.dreams import choose_dream
from dreammovie.movies.folder import (
    Frames,
    frame_numbers,
    gap,
    last_frame,
    set_aside,
    start_image,
)
from dreammovie.movies.history import Entry, read_history, write_history
from dreammovie.movies.lock import lock
from dreammovie.pictures.image import save_image


def add_frames(folder, picture, *numbers):
    for number in numbers:
        save_image(picture, folder / f"img_{number}.jpg")


def test_newest_start_image_is_chosen(dreams, picture):
    newer = dreams.parent / "two"
    newer.mkdir()
    os.utime(dreams / "img_0.jpg", (1, 1))
    save_image(picture, newer / "img_0.jpg")
    (dreams.parent / "no_dream").mkdir()
    assert choose_dream(None) == newer
    assert choose_dream("one") == dreams
    assert choose_dream(str(dreams.resolve())) == dreams.resolve()


def test_without_dreams_it_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DreamError, match=r"img_0\.jpg"):
        choose_dream(None)
    Path("dreams").mkdir()
    with pytest.raises(DreamError, match=r"img_0\.jpg"):
        choose_dream(None)


def test_unknown_dream_lists_the_real_ones(dreams):
    with pytest.raises(DreamError, match="Did you mean one"):
        choose_dream("onr")


def test_start_image_may_have_other_endings(dreams):
    (dreams / "img_0.jpg").rename(dreams / "img_0.JPEG")
    assert start_image(dreams).name == "img_0.JPEG"
    (dreams / "img_0.png").write_bytes(b"")
    with pytest.raises(DreamError, match=r"img_0\.JPEG, img_0\.png"):
        start_image(dreams)


def test_numbers_are_numbers(dreams, picture):
    add_frames(dreams, picture, 10, 9, 2, 1)
    for name in ("img_3.jpg.part", ".img_4.jpg.part", "img_5.txt", "img_x.jpg", "a_img_5.jpg"):
        (dreams / name).write_bytes(b"")
    assert frame_numbers(dreams) == [1, 2, 9, 10]


@pytest.mark.parametrize(
    ("numbers", "first", "last", "words"),
    [
        ([0, 1, 2], 0, 2, None),
        ([0, 1, 2, 9], 0, 9, "img_3 to img_8 are missing"),
        ([0, 1, 3], 0, 3, "img_2 is missing"),
        ([0, 4, 5], 3, 5, "img_3 is missing"),
        ([0, 4, 5, 9], 4, 7, "img_6 to img_7 are missing"),
        ([0, 9], 9, 9, None),
    ],
)
def test_gaps(numbers, first, last, words):
    assert gap(numbers, first, last) == words


def test_gap_is_named_with_the_way_out(dreams, picture):
    add_frames(dreams, picture, 1, 2, 9)
    with pytest.raises(DreamError, match=r"img_3 to img_8 are missing.*--after 2"):
        last_frame(dreams)


def test_what_a_killed_run_was_writing_is_swept_up(dreams):
    for name in ("img_3.jpg", "img_3.png", "dream.json", "dream.run", "one.mp4"):
        (dreams / f".{name}.ab12cd34.part").write_bytes(b"half")
    with lock(dreams):
        names = {path.name for path in dreams.iterdir()}
    # What is left of a video is that command's.
    assert names >= {"dream.lock", "dream.owner"}
    names = {path.name for path in dreams.iterdir()}
    assert names == {"img_0.jpg", ".one.mp4.ab12cd34.part"}


def test_broken_last_frame_is_counted_out(dreams, picture):
    add_frames(dreams, picture, 1, 2, 3)
    data = (dreams / "img_3.jpg").read_bytes()
    (dreams / "img_3.jpg").write_bytes(data[: len(data) // 2])
    assert last_frame(dreams) == (2, [dreams / "img_3.jpg"])
    (dreams / "img_2.jpg").write_bytes(b"")
    assert last_frame(dreams) == (1, [dreams / "img_2.jpg", dreams / "img_3.jpg"])
    (dreams / "img_1.jpg").unlink()
    with pytest.raises(DreamError, match=r"img_2\.jpg is empty"):
        last_frame(dreams)  # and it cannot be made anew
    (dreams / "img_0.jpg").write_bytes(b"")
    with pytest.raises(DreamError, match=r"img_0\.jpg is empty"):
        last_frame(dreams)


def test_set_aside_loses_nothing(dreams, picture):
    add_frames(dreams, picture, 1, 2, 4, 5)
    write_history(dreams, [ENTRY])
    contents = {n: (dreams / f"img_{n}.jpg").read_bytes() for n in (4, 5)}
    aside = set_aside(dreams, 2)
    assert frame_numbers(dreams) == [1, 2]
    assert {n: (aside / f"img_{n}.jpg").read_bytes() for n in (4, 5)} == contents
    assert read_history(aside) == [ENTRY]
    assert set_aside(dreams, 2) is None
    assert set_aside(dreams, 0) != aside


def test_standing_up_to_a_frame_ignores_what_comes_after(dreams, picture):
    add_frames(dreams, picture, 1, 2, 4)
    assert last_frame(dreams, 2) == (2, [])
    assert last_frame(dreams, 0) == (0, [])
    with pytest.raises(DreamError, match=r"no img_7 "):
        last_frame(dreams, 7)


def test_second_run_is_refused_and_a_killed_one_lets_go(dreams):
    code = f"""
import os, sys
from pathlib import Path
from dreammovie.movies.lock import lock
with lock(Path({str(dreams)!r})):
    print("held", flush=True)
    sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    ) as holder:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(DreamError, match="Another run"), lock(dreams):
            pass
        holder.kill()
    with lock(dreams):
        pass


ENTRY = Entry(1, {"steps": 3}, "cd", {"file": None, "sha256": "ab"}, {"dreammovie": "1"})


def test_history_comes_back(dreams):
    assert read_history(dreams) == []
    entries = [ENTRY, Entry(40, {"steps": 4}, "cd", ENTRY.weights, ENTRY.versions)]
    write_history(dreams, entries)
    assert read_history(dreams) == entries
    assert "\n" in (dreams / "dream.json").read_text()  # for people


GOOD = {"format": 1, "history": [vars(ENTRY)]}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b"{}",
        b'{"format": 1}',
        b"[" * 100_000,
        json.dumps({"format": 1, "history": [{"from_frame": 1}]}).encode(),
        json.dumps({"format": 1, "history": [vars(ENTRY) | {"from_frame": "1"}]}).encode(),
        json.dumps({"format": 1, "history": [vars(ENTRY) | {"weights": {}}]}).encode(),
        json.dumps({"format": 1, "history": [vars(ENTRY) | {"weights": {"sha256": "a"}}]}).encode(),
        json.dumps({"format": 1, "history": [vars(ENTRY), vars(ENTRY)]}).encode(),
        json.dumps({"format": "1", "history": 3}).encode(),
    ],
)
def test_broken_history_is_named(dreams, content):
    (dreams / "dream.json").write_bytes(content)
    with pytest.raises(DreamError, match=r"dream\.json is broken"):
        read_history(dreams)


def test_newer_history_asks_for_an_update(dreams):
    (dreams / "dream.json").write_text(json.dumps(GOOD | {"format": 2}))
    with pytest.raises(DreamError, match="newer"):
        read_history(dreams)


def test_frames_are_fitted_to_the_first_numbered_one(dreams, picture):
    add_frames(dreams, picture[:65, :81], 1, 2)
    movie = Frames(dreams, [0, 1, 2])
    assert movie.shape == (64, 80)
    assert [frame.shape for frame in movie] == [(64, 80, 3)] * 3
    assert Frames(dreams, [0]).shape == (72, 96)
