"""Movies that are dreamt to a sound: kept, resumed to the byte, and heard in their videos."""

import io
import json
import shutil
from fractions import Fraction

import av
import numpy as np
import pytest

from dreammovie.commands import cli
from dreammovie.errors import DreamError
from dreammovie.files import cache_folder
from dreammovie.movies.heard import Heard
from dreammovie.movies.history import Entry, write_history
from dreammovie.movies.run import FileChanged, go_on
from dreammovie.movies.schedule import Script, direct
from dreammovie.pictures.image import load_image, save_image
from dreammovie.studio.uploads import keep_song
from dreammovie.videos import song
from dreammovie.videos.encode import encoding
from dreammovie.videos.song import open_song
from dreammovie.videos.sound import samples_of
from dreammovie.videos.soundtrack import under
from tests.synthesiser import RATE, clicks, write_sound
from tests.test_clip_video import dream_of, seen_and_heard, write_clip
from tests.test_sound import strokes


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.glob("img_*.jpg")}


def test_a_movie_with_a_sound_resumes_to_the_byte(dreams):
    """Also where its cache is gone. Its digest is in dream.json; other dreams know no sound."""
    write_sound(dreams / "song.wav", clicks(4, 130, 0.2))
    whole = dreams.with_name("whole")
    shutil.copytree(dreams, whole)
    words = {
        "zoom": "1.05 + 2*beat",
        "softness": "0:0.3*bass, 2b:0.9*level(100, 300) hold",
        "layer": "0:mixed3a, 3b:mixed4c",
    }
    quick = {"network": "dreamnet", "steps": 1, "octaves": 1, "fps": 4, "size": "96x72"}

    def dream(folder, frames, **given):
        return [*go_on(folder, frames, given)]

    dream(whole, 6, **quick, **words, sound=str(whole / "song.wav"))
    dream(dreams, 3, **quick, **words, sound=str(dreams / "song.wav"))
    shutil.rmtree(cache_folder() / "sound")
    song._open_song.cache_clear()
    dream(dreams, 6)
    assert contents(dreams) == contents(whole)
    (entry,) = json.loads((dreams / "dream.json").read_text())["history"]
    assert entry["settings"]["sound"] == "song.wav"
    assert entry["files"] == {"song.wav": song.sha256(dreams / "song.wav")}
    assert "sound" not in Script().noted
    write_sound(dreams / "song.wav", clicks(4, 90))
    assert FileChanged(dreams / "song.wav") in dream(dreams, 7)
    assert cli.frames([str(dreams), "--frames", "9", "--sound", "none"]) == 2


FPS, LAST = 12, 60


@pytest.fixture(scope="module")
def flashing(tmp_path_factory):
    """A dream whose frames are white on each beat of a song that is longer."""
    folder = tmp_path_factory.mktemp("dreams") / "one"
    folder.mkdir()
    path = write_sound(folder / "clicks.flac", clicks(9, 97.3))
    heard = Heard(open_song(path))
    for number in range(LAST + 1):
        grey = 230 if heard.beat(number, FPS) == 1 else 30
        save_image(np.full((48, 64, 3), grey, np.float32), folder / f"img_{number}.jpg")
    settings = direct(Script(), {"fps": float(FPS), "sound": "clicks.flac"}).written
    write_history(folder, [Entry(1, settings, "", {"file": None, "sha256": ""}, {})])
    return folder


def test_the_plan_draws_what_is_heard_above_the_schedules(flashing, tmp_path):
    """The sound with its beats, three bands, and the zoom that goes by one of them."""

    def plan(*flags):
        output = tmp_path / "plan.png"
        command = ["plan", str(flashing), "-o", str(output), "--frames", "40", "--after", "0"]
        assert cli.main([*command, "--zoom", "1 + time/9", *flags]) == 0
        return load_image(output)

    silent, heard = plan("--sound", "none"), plan()
    strip = silent.shape[0] - 3 * 20 - 20  # one; what is above it and below stays
    assert heard.shape[0] - silent.shape[0] == pytest.approx(4 * strip, rel=0.1)
    assert np.abs(heard[-100:] - silent[-100:]).mean() < 12  # the zoom's, in another colour


def test_a_song_that_is_uploaded_is_listened_to_and_kept_under_a_name_of_ours(tmp_path, flashing):
    content = (flashing / "clicks.flac").read_bytes()
    kept = keep_song(io.BytesIO(content), "../../My Song.FLAC", tmp_path)
    assert kept == tmp_path / "sound.flac"
    assert kept.read_bytes() == content
    for bad, name, says in (
        (b"no sound at all", "song.mp3", "sound"),
        (content, "song.exe", "A song ends in"),
    ):
        with pytest.raises(DreamError, match=says):
            keep_song(io.BytesIO(bad), name, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["sound.flac"]


@pytest.mark.parametrize("ending", ["mp4", "webm"])
def test_a_flash_and_its_beat_are_one_in_the_video(flashing, tmp_path, capsys, ending):
    for first in (0, 20):
        video = tmp_path / f"made.{ending}"
        assert cli.video([str(flashing), "--first", str(first), "-o", str(video)]) == 0
        assert "with clicks.flac's sound" in capsys.readouterr().out
        flashes, strokes, shown = seen_and_heard(video)
        assert len(shown) == LAST + 1 - first
        assert len(flashes) >= 5
        for flash in flashes[:-1]:  # the last ones fade out
            assert min(abs(stroke - flash - 0.5 / FPS) for stroke in strokes) < 1 / FPS


@pytest.mark.parametrize(
    ("wish", "says", "heard"),
    [
        (["--audio", "none"], "", False),
        (["--reverse"], "Its sound is left out", False),
        (["--fps", "6"], "Its sound is left out", False),
        (["--reverse", "--audio", "OTHER"], "with clicks.flac's sound", True),
    ],
)
def test_what_plays_otherwise_is_silent_unless_a_sound_is_named(
    flashing, tmp_path, capsys, wish, says, heard
):
    wish = [str(flashing / "clicks.flac") if each == "OTHER" else each for each in wish]
    video = tmp_path / "made.mp4"
    assert cli.video([str(flashing), *wish, "-o", str(video)]) == 0
    assert says in capsys.readouterr().out
    with av.open(str(video)) as container:
        assert bool(container.streams.audio) == heard


def loudness(path, length):
    """How loud each tenth of a second of a video is, the loudest of its samples."""
    loud = np.zeros(length * 10)
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            tenth = min(int(frame.time * 10), len(loud) - 1)
            samples = np.abs(frame.to_ndarray().astype(float))
            loud[tenth] = max(loud[tenth], samples.max())
    return loud / loud.max()


def test_a_song_fades_as_the_picture_does(dreams, tmp_path):
    """Also under a frame that is held, and where the dream is a clip's, which has its own."""
    noise = np.random.default_rng(0).uniform(-0.9, 0.9, 10 * RATE).astype(np.float32)
    song = write_sound(tmp_path / "noise.wav", noise)
    quiet = dream_of(tmp_path / "clip", ("mp4", "aac"), seconds=2)
    for number in range(1, 51):
        shutil.copy(dreams / "img_0.jpg", dreams / f"img_{number}.jpg")
    wish = ["--fade-in", "1", "--fade-out", "1", "--audio", str(song)]
    for folder, fps in ((quiet, []), (dreams, ["--fps", "25"])):
        video = tmp_path / f"{folder.name}.mov"
        assert cli.video([str(folder), *wish, *fps, "--hold", "1", "-o", str(video)]) == 0
        loud = loudness(video, 3)
        assert loud[[0, 2, 4, 7]] == pytest.approx([0.1, 0.3, 0.5, 0.8], abs=0.11)
        assert min(loud[10:20]) > 0.9
        assert loud[[21, 24, 27, 29]] == pytest.approx([0.8, 0.6, 0.3, 0.1], abs=0.15)


def holed(folder):
    """A song of which something is gone in the middle; what follows does not say when it is."""
    whole = write_sound(folder / "whole.flac", clicks(6, 120)).read_bytes()
    middle = len(whole) // 2
    song = folder / "holed.flac"
    song.write_bytes(whole[:middle] + bytes(2000) + whole[middle + 2000 :])
    return song


def changed(folder):
    """A song that has another kind in its second half."""
    one = write_sound(folder / "one.mp3", clicks(3, 120), rate=44_100, layout="stereo")
    other = write_sound(folder / "other.mp3", clicks(3, 120), rate=22_050)
    song = folder / "changed.mp3"
    song.write_bytes(one.read_bytes() + other.read_bytes())
    return song


@pytest.mark.parametrize("song_in", [holed, changed])
def test_a_song_that_is_listened_to_goes_under_a_video_as_it_is_heard(tmp_path, song_in):
    path, video = song_in(tmp_path), tmp_path / "made.mov"
    frames = [np.zeros((64, 64, 3), np.float32)] * 8  # a second each, longer than the song
    assert [*encoding(video, frames, Fraction(1), "mov", sound=under(path, Fraction(0), 8))]
    heard, expected = (strokes(np.concatenate([*samples_of(each)])) for each in (video, path))
    assert heard == pytest.approx(expected, abs=0.001)
    assert sum(expected > 3.1) >= 4  # after what is amiss


def test_six_channels_are_as_loud_in_every_format(tmp_path):
    noise = np.random.default_rng(0).uniform(-0.4, 0.4, 2 * RATE).astype(np.float32)
    song = write_sound(tmp_path / "song.wav", noise, layout="5.1")
    frames = [np.zeros((64, 64, 3), np.float32)] * 4
    loud = []
    for format in ("mp4", "mov", "webm"):
        path, sound = tmp_path / f"a.{format}", under(song, Fraction(0), Fraction(2))
        assert [*encoding(path, frames, Fraction(2), format, sound=sound)]
        loud.append(np.concatenate([*samples_of(path)])[:24_000].std())
    assert loud == pytest.approx([loud[0]] * 3, rel=0.1)


def test_a_clip_is_dreamt_to_a_song(tmp_path, capsys):
    """Schedules hear it at the clip's times, and the video has it in the place of its own."""
    write_clip(tmp_path / "img_0.mp4", "aac", 1, fps=10)
    song = write_sound(tmp_path / "song.wav", clicks(2, 120))
    told = {"network": "dreamnet", "steps": 1, "octaves": 1, "size": "96x72"}
    told |= {"sound": str(song), "step_size": "1 + 9*beat"}
    assert [*go_on(tmp_path, 8, told)]
    before = [load_image(tmp_path / f"img_{n}.jpg") for n in range(1, 9)]
    strength = [np.abs(each - before[0]).mean() for each in before]  # the beat's frame stands out
    assert max(strength[5:]) > 1.5 * strength[3]
    assert cli.video([str(tmp_path)]) == 0
    assert "with song.wav's sound" in capsys.readouterr().out


def test_a_gif_has_no_sound(flashing, tmp_path, capsys):
    gif = ["-o", str(tmp_path / "made.gif")]
    assert cli.video([str(flashing), *gif]) == 0
    assert cli.video([str(flashing), *gif, "--audio", str(flashing / "clicks.flac")]) == 2
    assert "A GIF has no sound" in capsys.readouterr().err
