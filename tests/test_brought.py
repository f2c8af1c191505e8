"""What people bring into a dream's folder: other endings and names, gaps, links, odd dates."""

import os
import shlex
import time
from pathlib import Path

import av
import numpy as np
import pytest

from dreammovie.commands import cli
from dreammovie.errors import DreamError
from dreammovie.movies.dreams import all_dreams, choose_dream, spoken
from dreammovie.movies.folder import (
    Frames,
    bring,
    frame_numbers,
    last_frame,
    start_image,
    video_path,
)
from dreammovie.movies.lock import lock
from dreammovie.movies.movie import Progress
from dreammovie.movies.run import go_on
from dreammovie.pictures.image import load_image, save_image
from tests.conftest import make_picture

QUICK = {"network": "inception5h", "layer": "mixed3a", "steps": 1, "octaves": 1}


@pytest.fixture
def dream(small_weights):
    def dream(folder, frames, **wish):
        return list(go_on(folder, frames, QUICK | wish, weights=[str(small_weights)]))

    return dream


def grey(level):
    return np.full((72, 96, 3), level, np.float32)


def shown(path):
    """The mean grey of each frame of a video."""
    with av.open(str(path)) as video:
        return [f.to_ndarray(format="rgb24").mean() for f in video.decode(video=0)]


NAMES = ("img_{}.png", "img_{}.jpeg", "img_{}.JPG", "img_{:04}.jpg", "IMG_{:03}.WEBP", "img_{}.bmp")


@pytest.mark.parametrize("name", NAMES)
def test_frames_of_other_endings_and_numbers_are_taken(dreams, dream, name):
    for number in (1, 2, 3):
        path = dreams / name.format(number)
        save_image(grey(40 * number), path.with_suffix(".png"))
        path.with_suffix(".png").rename(path)  # of some kind; the content tells which
    before = {path.name: path.read_bytes() for path in dreams.iterdir()}
    assert cli.main(["video", "one"]) == 0
    assert shown(dreams / "one.mp4")[1:] == pytest.approx([40, 80, 120], abs=3)
    dream(dreams, 4)
    assert frame_numbers(dreams) == [1, 2, 3, 4]
    assert (dreams / "img_4.jpg").exists()
    assert all((dreams / each).read_bytes() == content for each, content in before.items())


def test_two_files_of_one_number_are_a_sentence(dreams, dream, capfd):
    for name in ("img_1.png", "img_01.jpg"):
        save_image(grey(9), dreams / name)
    with pytest.raises(DreamError, match=r"img_01\.jpg and img_1\.png are both frame 1"):
        dream(dreams, 3)
    assert cli.main(["video", "one"]) == 2
    assert "Keep one" in capfd.readouterr().err


def test_a_broken_frame_of_a_person_is_not_written_over(dreams, dream):
    (dreams / "img_1.png").write_bytes(b"no picture")
    with pytest.raises(DreamError, match=r"img_1\.png"):
        dream(dreams, 2)
    assert (dreams / "img_1.png").read_bytes() == b"no picture"


def test_a_frame_that_a_person_puts_there_meanwhile_is_not_written_over(
    dreams, dream, small_weights
):
    brought = dreams / "IMG_2.png"

    def put_there():
        for event in go_on(dreams, 3, QUICK, weights=[str(small_weights)]):
            if isinstance(event, Progress) and event.saved and not brought.exists():
                save_image(grey(70), dreams / "new.png")
                (dreams / "new.png").rename(brought)

    with pytest.raises(DreamError, match=r"IMG_2\.png came while frame 2 was dreamt"):
        put_there()
    assert load_image(brought).mean() == 70
    assert frame_numbers(dreams) == [1, 2]
    dream(dreams, 3)
    assert frame_numbers(dreams) == [1, 2, 3]


ODD = {
    "pipe": os.mkfifo,
    "device": lambda path: path.symlink_to("/dev/zero"),
    "folder": Path.mkdir,
    "lost": lambda path: path.symlink_to("nowhere"),
}


@pytest.mark.parametrize(
    ("name", "make"),
    [*(("img_1.jpg", make) for make in ODD), ("img_2.PNG", "pipe"), ("dream.json", "pipe")],
)
def test_what_is_no_file_is_named_and_not_waited_for(dreams, dream, name, make):
    ODD[make](dreams / name)
    with pytest.raises(DreamError, match=rf"{name}.* is no file.*ove it away\."):
        dream(dreams, 3)
    assert (dreams / name).is_symlink() or (dreams / name).exists()
    assert all_dreams() == [dreams]


@pytest.mark.parametrize("make", ["pipe", "folder", "lost"])
def test_a_start_image_that_is_no_file_is_named(dreams, make):
    (dreams / "img_0.jpg").unlink()
    ODD[make](dreams / "img_0.jpg")
    with pytest.raises(DreamError, match=r"img_0\.jpg is named as .* is no file\. Move it away\."):
        start_image(dreams)


@pytest.mark.parametrize("make", ["pipe", "device"])
def test_what_is_no_file_is_no_picture(dreams, make, capfd):
    ODD[make](Path("a1.png"))
    for command in (["image", "a1.png"], ["bring", "one", "a1.png"]):
        assert cli.main(command) == 2
        assert "a1.png is no file" in capfd.readouterr().err


def test_frames_set_aside_keep_their_names(dreams, small_weights):
    for number in (1, 2):
        save_image(grey(40), dreams / f"img_{number:04}.png")
    list(go_on(dreams, 2, QUICK, after=1, weights=[str(small_weights)]))
    assert (dreams / "aside_1/img_0002.png").exists()
    assert (dreams / "img_2.jpg").exists()


def test_pictures_of_other_names_are_brought(dreams, capfd):
    other = Path("frames")
    other.mkdir()
    for number in (9, 10, 11):
        save_image(grey(number * 10), dreams / f"frame_{number}.png")
        save_image(grey(number * 10), other / f"shot 1 frame_{number}.png")
    assert cli.main(["video", "one"]) == 2
    error = capfd.readouterr().err
    assert "frame_10.png" in error
    assert "python3 -m dreammovie bring dreams/one" in error
    files = map(str, (dreams / f"frame_{number}.png" for number in (10, 9, 11)))
    assert cli.main(["bring", "one", *files]) == 0
    assert "from img_1.png to img_3.png" in capfd.readouterr().out
    assert [round(load_image(dreams / f"img_{n}.png").mean()) for n in (1, 2, 3)] == [90, 100, 110]
    assert cli.main(["bring", "frames", *map(str, other.glob("*.png"))]) == 0
    assert round(load_image(other / "img_0.png").mean()) == 90
    assert cli.main(["bring", "one", str(dreams / "img_0.jpg"), str(other / "img_0.png")]) == 2
    assert "the same number" in capfd.readouterr().err
    assert cli.main(["bring", "nowhere", "img_0.jpg"]) == 2
    with lock(dreams):  # its frames have no numbers to spare
        assert cli.main(["bring", "one", str(other / "img_0.png")]) == 2
    assert "Another run" in capfd.readouterr().err
    (other / "a1.png").write_bytes(b"")
    assert cli.main(["bring", "one", str(other / "a1.png")]) == 2
    assert cli.main(["bring", "one", str(other / "none.png")]) == 2
    assert frame_numbers(dreams) == [1, 2, 3]


def test_a_long_number_counts_as_a_whole(dreams):
    """Such as a date and a time."""
    times = "20240101125900", "20240101130000", "20240101130030"
    for level, name in enumerate(times, 1):
        save_image(grey(level), Path(f"shot_{name}.png"))
    bring(dreams, [Path(f"shot_{name}.png") for name in reversed(times)])
    assert [round(load_image(dreams / f"img_{n}.png").mean()) for n in (1, 2, 3)] == [1, 2, 3]


def test_a_path_is_a_path(dreams, monkeypatch):
    """A name is a dream's first, and a folder's then; with a separator or a dot it is a path."""
    here = Path("one")
    here.mkdir()
    assert choose_dream("one") == dreams
    assert choose_dream("./one").samefile(here)
    assert choose_dream("dreams/one").samefile(dreams)
    for folder in (here, dreams, dreams.resolve(), dreams.with_name("-x"), dreams.with_name(".x")):
        folder.mkdir(exist_ok=True)
        assert choose_dream(*shlex.split(spoken(folder))).samefile(folder)
    save_image(grey(50), Path("shot_1.png"))
    assert cli.main(["bring", "./one", "shot_1.png"]) == 0
    assert (here / "img_0.png").exists()
    monkeypatch.chdir(dreams)
    assert choose_dream(".").samefile(".")
    Path("dreams/.").mkdir()
    assert choose_dream(".").samefile(".")


def test_early_frames_may_be_gone(dreams, dream, capfd):
    unbroken = dreams.with_name("two")
    unbroken.mkdir()
    (unbroken / "img_0.jpg").write_bytes((dreams / "img_0.jpg").read_bytes())
    dream(unbroken, 5)
    dream(dreams, 3)
    for number in (1, 2):
        (dreams / f"img_{number}.jpg").unlink()
    assert last_frame(dreams) == (3, [])
    dream(dreams, 5)
    for number in (3, 4, 5):
        name = f"img_{number}.jpg"
        assert (dreams / name).read_bytes() == (unbroken / name).read_bytes()
    assert cli.main(["video", "one"]) == 0
    assert "The first frame is img_3; those before it are gone." in capfd.readouterr().out
    assert len(shown(dreams / "one.mp4")) == 3
    assert cli.main(["video", "one", "--first", "0"]) == 2
    (dreams / "img_4.jpg").unlink()
    assert cli.main(["video", "one"]) == 2
    assert "img_4 is missing" in capfd.readouterr().err
    with pytest.raises(DreamError, match=r"img_4 is missing.*--after 3"):
        dream(dreams, 7)
    (dreams / "img_5.jpg").unlink()
    (dreams / "img_3.jpg").write_bytes(b"")
    with pytest.raises(DreamError, match=r"img_3\.jpg"):
        dream(dreams, 7)  # there is nothing that it could be made from


def test_a_date_to_come_is_none(dreams):
    other = dreams.with_name("two")
    other.mkdir()
    save_image(make_picture(72, 96), other / "img_0.jpg")
    os.utime(dreams / "img_0.jpg", (time.time() + 10**6,) * 2)
    old = time.time() - 1000
    os.utime(other / "img_0.jpg", (old, old))
    os.utime(dreams / "img_0.jpg", (time.time() + 10**6,) * 2)
    time.sleep(0.02)
    (other / "img_0.jpg").chmod(0o600)  # touched last
    assert choose_dream(None).samefile(other)


def test_a_link_s_video_has_the_link_s_name(dreams, monkeypatch):
    link = dreams.with_name("link")
    link.symlink_to(dreams.resolve(), target_is_directory=True)
    assert cli.main(["video", "link"]) == 0
    assert video_path(link) == link / "link.mp4"
    assert video_path(link).exists()
    monkeypatch.chdir(dreams)
    assert video_path(Path(".")).name == "one.mp4"
    assert video_path(Path("..")).name == "dreams.mp4"


def test_a_gif_keeps_to_a_size_that_can_be_sent(dreams, capfd):
    for number in range(1, 9):
        noise = np.random.default_rng(number).uniform(0, 255, (240, 320, 3)).astype(np.float32)
        save_image(noise, dreams / f"img_{number}.png")
    assert cli.main(["video", "one", "--format", "gif", "--max-bytes", "100000"]) == 0
    assert (dreams / "one.gif").stat().st_size <= 100_000
    out = capfd.readouterr().out
    assert "pixels narrower than asked for: it has" in out
    assert cli.main(["video", "one", "--format", "gif", "--width", "160"]) == 0
    assert "9 frames, 160x120" in capfd.readouterr().out
    assert cli.main(["video", "one", "--format", "gif", "--max-bytes", "10000"]) == 0
    assert "more than the 10,000 that it may have" in capfd.readouterr().out
    assert cli.main(["video", "one", "--width", "101"]) == 0
    assert "9 frames, 100x76" in capfd.readouterr().out
    assert cli.main(["video", "one", "--max-bytes", "100000"]) == 2
    assert "--max-bytes is for GIFs, and this is mp4" in capfd.readouterr().err


def test_fewer_frames_than_asked_for_are_shown(dreams, capfd):
    for number in (1, 2, 3):
        save_image(grey(50), dreams / f"img_{number}.jpg")
    assert cli.main(["video", "one", "--last", "45"]) == 0
    out = capfd.readouterr().out
    assert "The last frame is img_3; there is no img_45 yet." in out
    assert "4 frames" in out
    assert cli.main(["video", "one", "--first", "4"]) == 2


def test_a_dream_that_begins_beside_other_pictures_says_so(dreams, small_weights, capfd):
    for number in (1, 2):
        save_image(grey(50), dreams / f"frame_{number}.png")
    flags = ["--weights", str(small_weights), "--layer", "mixed3a", "--steps", "1"]
    assert cli.main(["frames", "one", "--frames", "1", "--octaves", "1", *flags]) == 0
    out = capfd.readouterr().out
    assert "such as frame_1.png. To have them as frames: python3 -m dreammovie bring" in out


def test_a_video_that_is_older_than_its_frames_is_said_to_be_so(dreams, small_weights, capfd):
    flags = [
        "--weights",
        str(small_weights),
        "--layer",
        "mixed3a",
        "--steps",
        "1",
        "--octaves",
        "1",
    ]
    assert cli.main(["frames", "one", "--frames", "1", *flags]) == 0
    assert "The video: " in capfd.readouterr().out
    assert cli.main(["video", "one"]) == 0
    (dreams / "one.webm").write_bytes((dreams / "one.mp4").read_bytes())
    for name in ("one.mp4", "one.webm"):
        os.utime(dreams / name, (1, 1))
    assert cli.main(["frames", "one", "--frames", "2", *flags]) == 0
    said = capfd.readouterr().out
    for ending in ("mp4", "webm"):
        words = (
            f"one.{ending} is older than the frames. Anew: dreammovie video one --format {ending}"
        )
        assert words in said


def test_frames_are_read_with_one_look_at_the_folder(dreams):
    for number in (1, 2):
        save_image(grey(50 * number), dreams / f"img_{number:03}.png")
    frames = Frames(dreams)
    assert [round(float(frame.mean())) for frame in frames][1:] == [50, 100]
