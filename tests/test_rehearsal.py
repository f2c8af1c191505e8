"""The camera's movie shows what the dream's frames would be if nothing was dreamt."""

import re
from pathlib import Path

import av
import numpy as np
import pytest

from dreammovie.commands import cli
from dreammovie.movies.motion import MotionSettings, move, step_of
from dreammovie.movies.rehearsal import Rehearsal
from dreammovie.movies.run import go_on
from dreammovie.movies.schedule import MovieSettings, Script, direct
from dreammovie.movies.start import first_script
from dreammovie.pictures.image import load_image, save_image
from dreammovie.pictures.warp import warped
from dreammovie.videos.decode import open_clip
from dreammovie.videos.encode import write_video
from tests.synthesiser import clicks, write_sound
from tests.test_clip_video import seen_and_heard, write_clip
from tests.test_readme import README

MOVING = {"zoom": 1.5, "rotate": 20.0, "shake": 0.02, "fps": 10.0, "edges": "dream", "seed": 3}


def test_it_is_the_camera_s_way(dreams, picture):
    frames = Rehearsal(dreams, 3, Script(MovieSettings(**MOVING)))
    motion = MotionSettings(**{k: v for k, v in MOVING.items() if k != "seed"})
    seen = load_image(dreams / "img_0.jpg")
    for number in range(4):
        np.testing.assert_array_equal(frames[number], seen)
        seen = np.clip(move(seen, motion, number + 1, 3), 0, 255)
    np.testing.assert_array_equal(frames[1], frames[1])
    assert (frames[1] != frames[3]).any()
    assert len(frames) == 4


def test_a_dream_moves_in_the_same_way(dreams, small_weights):
    """Dreamt hardly at all, a frame is that of the camera's movie; killed and resumed, too."""
    hardly = MOVING | {"network": "inception5h", "layer": "conv2d0", "steps": 1, "octaves": 1}
    hardly |= {"step_size": 0.0, "precision": "float32"}
    for frames in (1, 3):  # a run that goes on, and must know where its camera was
        for _ in go_on(dreams, frames, hardly, weights=[str(small_weights)]):
            pass
    expected = Rehearsal(dreams, 3, Script(MovieSettings(**MOVING)))
    for number in (1, 2, 3):
        dreamt = load_image(dreams / f"img_{number}.jpg")
        both = np.stack([dreamt[..., 0], expected[number][..., 0]]).reshape(2, -1)
        assert np.corrcoef(both)[0, 1] > 0.98  # but for its palette, and JPEG


def test_the_command_makes_a_video(dreams, capfd):
    assert cli.main(["motion", "one", "--frames", "5", "--rotate", "30", "--fps", "10"]) == 0
    assert "motion.mp4: 6 frames, 96x72, 10 frames per second" in capfd.readouterr().out
    with av.open(str(dreams / "motion.mp4")) as video:
        shown = [frame.to_ndarray(format="rgb24") for frame in video.decode(video=0)]
    assert len(shown) == 6
    assert np.abs(shown[0].astype(float) - shown[5]).mean() > 10
    assert not (dreams / "dream.json").exists()
    assert cli.main(["motion", "one", "-o", "turned.gif", "--frames", "2"]) == 0
    assert cli.main(["motion", "one", "--frames", "0"]) == 2
    assert "--frames was 0" in capfd.readouterr().err
    assert cli.main(["motion", "one", "-o", "turned.txt"]) == 2


def test_it_follows_the_dream_s_own_settings(dreams, small_weights, capfd):
    given = {"network": "inception5h", "layer": "conv2d0", "steps": 1, "octaves": 1}
    given |= {"size": "80x64", "fps": 12.0}
    for _ in go_on(dreams, 1, given, weights=[str(small_weights)]):
        pass
    assert cli.main(["motion", "one", "--frames", "2"]) == 0
    assert "3 frames, 80x64, 12 frames per second" in capfd.readouterr().out


def test_the_readme_s_commands_run(dreams, picture):
    dreams.rename(dreams.with_name("forest"))
    printed = re.findall(r"^    python3 -m dreammovie motion (.*)$", README.read_text(), re.M)
    assert printed
    for given in printed:
        assert cli.main(["motion", *given.split(), "--frames", "3"]) == 0


def test_a_clip_s_begins_with_its_first_frame_and_with_the_camera(dreams, picture, capfd):
    """As its dream does, whose img_1 is the clip's first frame as the camera sees it then."""
    shown = [np.roll(picture, 20 * number, 1) for number in range(5)]
    write_video(dreams / "img_0.mp4", shown, 10)
    (dreams / "img_0.jpg").unlink()
    assert cli.main(["motion", "one", "--zoom", "3", "--rotate", "90"]) == 0
    assert "motion.mp4: 5 frames" in capfd.readouterr().out
    frames = Rehearsal(dreams, 5, direct(first_script(dreams), {"rotate": 90.0}))
    assert len(frames) == len(list(frames)) == 5
    with open_clip(dreams / "img_0.mp4") as clip:
        for number, frame in enumerate(frames, 1):
            way = step_of(MotionSettings(zoom=1.0, rotate=90.0 * number, fps=10.0), (72, 96))
            both = [image[20:-20, 20:-20] for image in (frame, warped(clip.frame(number), way))]
            assert np.abs(both[0] - both[1]).mean() < 4


@pytest.mark.parametrize("output", ["song.mp4", "dreams/one/img_0.mp4", "dreams/one/img_7.gif"])
def test_it_is_not_written_over_the_song_nor_among_the_frames(dreams, capfd, output):
    write_clip(Path("song.mp4"), "aac", 1)
    song = Path("song.mp4").read_bytes()
    assert cli.main(["motion", "one", "--frames", "2", "--sound", "song.mp4", "-o", output]) == 2
    assert f"{output} " in capfd.readouterr().err
    assert Path("song.mp4").read_bytes() == song
    assert [path.name for path in dreams.iterdir()] == ["img_0.jpg"]


def test_its_song_is_heard(dreams, capfd):
    write_sound(Path("song.wav"), clicks(2, 60, 0.5))
    wish = ["--sound", "song.wav", "--fps", "20", "--frames", "29", "--rotate", "40*beat"]
    assert cli.main(["motion", "one", *wish]) == 0
    assert "30 frames, 96x72, 20 frames per second, with song.wav's sound" in capfd.readouterr().out
    _, strokes, shown = seen_and_heard(dreams / "motion.mp4")
    assert len(shown) == 30
    assert strokes == pytest.approx([0.5], abs=0.01)
    assert cli.main(["motion", "one", *wish, "-o", "a.gif"]) == 0


@pytest.mark.parametrize("number", [0, 2])
def test_sides_are_even(dreams, number):
    save_image(np.full((75, 91, 3), 90, np.float32), dreams / "img_0.jpg")
    assert Rehearsal(dreams, 2, Script())[number].shape == (74, 90, 3)
