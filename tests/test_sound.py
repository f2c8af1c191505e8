"""Sound: decoded at its time, measured, and heard frame by frame."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from dreammovie.errors import DreamError
from dreammovie.files import cache_folder
from dreammovie.movies.heard import Heard
from dreammovie.movies.moments import Moments
from dreammovie.pictures.image import save_image
from dreammovie.schedules.numbers import Schedule
from dreammovie.videos import rhythm, song, sound
from dreammovie.videos.encode import write_video
from dreammovie.videos.song import Song, open_song
from dreammovie.videos.sound import RATE, ends_of, samples_of
from tests import synthesiser
from tests.synthesiser import beats, clicks, tone, write_sound

ROOT = Path(__file__).parents[1]
KINDS = [
    (".wav", {}),
    (".flac", {"rate": 44_100, "layout": "stereo"}),
    (".mp3", {"rate": 44_100, "layout": "stereo"}),
    (".m4a", {}),
    (".ogg", {"layout": "stereo"}),
    (".webm", {}),
]


def strokes(samples, rate=RATE):
    """When it becomes loud, seconds."""
    loud = np.nonzero(np.abs(samples) > 0.2)[0] / rate
    return loud[np.diff(loud, prepend=-1) > 0.25]


@pytest.mark.parametrize(("ending", "kind"), KINDS, ids=[ending for ending, _ in KINDS])
def test_a_file_of_any_kind_is_heard_at_its_time(tmp_path, ending, kind):
    path = write_sound(tmp_path / f"clicks{ending}", clicks(5, 97.3), **kind)
    pieces = list(samples_of(path))
    assert strokes(np.concatenate(pieces)) == pytest.approx(beats(5, 97.3), abs=0.001)
    begin, end = ends_of(path)
    assert float(end - begin) == pytest.approx(5, abs=0.05)


def write_parts(path, parts, begins=None):
    """Writes a sound whose parts, (second, samples), have gaps between; and a video, perhaps.

    begins: The second at which the video begins; None: there is none.
    """
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        if begins is not None:
            video = container.add_stream("libx264", rate=10)
            video.width, video.height, video.pix_fmt = 32, 32, "yuv420p"
            video.codec_context.time_base = Fraction(1, 10)
            for number in range(10):
                frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), "rgb24")
                frame.pts, frame.time_base = round(begins * 10) + number, Fraction(1, 10)
                container.mux(video.encode(frame))
            container.mux(video.encode(None))
        for second, samples in parts:
            frame = av.AudioFrame.from_ndarray((samples[None] * 32_000).astype(np.int16), "s16")
            frame.sample_rate, frame.pts = 8000, round(second * 8000)
            frame.time_base = Fraction(1, 8000)
            container.mux(stream.encode(frame))


CLICK = np.repeat(np.tile([0.9, -0.9], 10), 4)


def test_a_gap_is_silent_and_a_song_begins_with_its_video(tmp_path):
    write_parts(tmp_path / "gap.mkv", [(0, CLICK), (2, CLICK), (2.51, CLICK)])
    heard = np.concatenate(list(samples_of(tmp_path / "gap.mkv")))
    assert strokes(heard) == pytest.approx([0, 2, 2.51], abs=0.001)
    write_parts(tmp_path / "video.mkv", [(0, CLICK), (1, CLICK)], begins=0.4)
    heard = np.concatenate(list(samples_of(tmp_path / "video.mkv")))
    assert strokes(heard) == pytest.approx([0.6], abs=0.001)
    assert ends_of(tmp_path / "video.mkv")[0] == Fraction(2, 5)


def test_what_is_no_sound_is_a_sentence(tmp_path, picture, monkeypatch):
    files = {
        name: tmp_path / name
        for name in ("text.mp3", "empty.wav", "a.png", "mute.mp4", "noise.mp3")
    }
    files["text.mp3"].write_text("This is no song. " * 99)
    files["empty.wav"].touch()
    save_image(picture, files["a.png"])
    write_video(files["mute.mp4"], [picture] * 2, 10)
    files["noise.mp3"].write_bytes(np.random.default_rng(0).bytes(20_000))
    for path in (*files.values(), tmp_path / "none.mp3"):
        with pytest.raises(DreamError, match=path.name):
            open_song(path)
    # What a file says of its times may be a lie.
    write_parts(tmp_path / "long.mkv", [(0, CLICK), (10**6, CLICK)])
    longest = 0
    with pytest.raises(DreamError, match="longer than 4 hours"):  # noqa: PT012
        for piece in samples_of(tmp_path / "long.mkv"):
            longest = max(longest, len(piece))
    assert longest <= 2**16


def test_of_a_broken_file_is_heard_what_there_is(tmp_path):
    path = write_sound(tmp_path / "clicks.mp3", clicks(6, 120))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert strokes(np.concatenate(list(samples_of(path)))) == pytest.approx(
        beats(3, 120), abs=0.001
    )
    middle = len(content) // 2
    path.write_bytes(content[:middle] + bytes(3000) + content[middle + 3000 :])
    found = strokes(np.concatenate(list(samples_of(path))))
    assert found[:4] == pytest.approx(beats(2.4, 120), abs=0.001)


@pytest.fixture(scope="module")
def tones(tmp_path_factory):
    """Heard: 55 Hz, from second 2 on 3,520 Hz, from second 4 on nothing, until 5."""
    samples = np.zeros(5 * synthesiser.RATE, np.float32)
    for second, pitch in ((0, -12), (2, 60)):
        synthesiser.put(samples, second, 0.5 * tone(pitch, 2, decay=0))
    path = tmp_path_factory.mktemp("tones") / "tones.wav"
    return Heard(open_song(write_sound(path, samples)))


def value(text, sound, frame, fps=20):
    return Schedule(text, fps, sound).at(frame)


def test_bands_are_loud_and_quiet_where_the_song_is(tones):
    words = ["volume", "bass", "mid", "treble", "level(40, 70)", "level(3000, 4000)"]
    for second, expected in ((1, [1, 1, 0, 0, 1, 0]), (3, [1, 0, 0, 1, 0, 1]), (4.9, [0] * 6)):
        for word, much in zip(words, expected, strict=True):
            assert value(word, tones, round(20 * second)) == pytest.approx(much, abs=0.15), word


def test_attack_and_release_are_milliseconds(tones):
    assert (
        value("bass", tones, 20) == value("bass()", tones, 20) == value("bass(20, 200)", tones, 20)
    )
    curve = [value("treble(300, 600)", tones, n, 100) for n in range(500)]
    assert curve[230] == pytest.approx(0.63, abs=0.04)
    assert curve[460] == pytest.approx(0.37, abs=0.04)
    sharp = [value("treble(0, 0)", tones, n, 100) for n in range(500)]
    assert sharp[195] < 0.05 < 0.95 < sharp[204]
    assert max(curve) <= 1


def test_loudness_is_the_song_s_own(tmp_path):
    song = synthesiser.song(8)
    loud, soft = (
        Heard(open_song(write_sound(tmp_path / f"{much}.wav", song * much))) for much in (1, 0.1)
    )
    for word in ("volume", "bass", "level(80, 900)"):
        curves = [np.array([value(word, each, n) for n in range(160)]) for each in (loud, soft)]
        assert curves[0] == pytest.approx(curves[1], abs=0.02)
        assert curves[0].max() > 0.6
    silent = Heard(open_song(write_sound(tmp_path / "silent.wav", song * 0)))
    for word in ("volume", "beat", "onset", "beats", "bar", "treble(0, 0)"):
        assert value(word, silent, 20) == 0
    with pytest.raises(DreamError, match="no beats that can be heard"):
        value("0:1, 4b:2", silent, 1)


@pytest.fixture(scope="module")
def long(tmp_path_factory):
    """Five minutes of clicks at an awkward tempo, and when they are."""
    path = tmp_path_factory.mktemp("clicks") / "clicks.flac"
    write_sound(path, clicks(300, 97.3, 1.234))
    return open_song(path), beats(300, 97.3, 1.234)


@pytest.mark.parametrize("fps", [30, 24_000 / 1001, 60])
def test_a_flash_is_on_the_frame_of_its_beat_for_five_minutes(long, fps):
    song, times = long
    heard = Heard(song)
    last = int(300 * fps)
    for word, expected in (("beat", times), ("bar", times[::4]), ("onset", times)):
        schedule = Schedule(word, fps, heard)
        flashes = [number for number in range(last) if schedule.at(number) == 1]
        assert len(flashes) == len(expected)
        apart = np.array(flashes) - np.floor(expected * fps)
        assert np.abs(apart).max() <= 1
        assert np.abs(apart).mean() < 0.4


def test_between_beats_it_falls_and_beats_are_counted(long):
    song, times = long
    heard = Heard(song)
    frames = [round(time * 30) for time in times[40:44]]
    beat, bar, count = (
        np.array([value(word, heard, n, 30) for n in range(frames[0] + 1, frames[3] - 1)])
        for word in ("beat", "bar", "beats")
    )
    assert sum(step > 0 for step in np.diff(beat)) == 2
    assert beat.min() < 0.1
    assert (np.diff(bar) < 0).all()
    assert (np.diff(count) > 0).all()
    assert count[0] == pytest.approx(40, abs=0.1)
    assert count[-1] == pytest.approx(43, abs=0.15)
    keyed = Schedule("0:0, 32b:1 hold, 33.5b:2 hold", 30, heard)
    changes = [n for n in range(1, 900) if keyed.at(n) != keyed.at(n - 1)]
    moments = times[32], (times[33] + times[34]) / 2
    assert changes == pytest.approx([moment * 30 for moment in moments], abs=1.5)
    with pytest.raises(DreamError, match="key 900b is beyond the sound, which has 485 beats"):
        value("0:0, 900b:1", heard, 3)


def test_after_the_song_there_is_silence(long):
    heard = Heard(long[0])
    count = len(long[1])
    for word in ("volume", "bass(0, 9000)", "level(20, 90)", "onset", "beat", "bar"):
        assert value(word, heard, 30 * 301, 30) == 0
    assert value("beats", heard, 30 * 301, 30) == value("beats", heard, 30 * 999, 30) == count
    assert value("beats", heard, 0, 30) == value("beat", heard, 0, 30) == 0


def test_a_sound_of_one_look_has_no_beats(tmp_path):
    noise = np.random.default_rng(0).uniform(-1, 1, RATE // 100).astype(np.float32)
    heard = Heard(open_song(write_sound(tmp_path / "short.wav", noise)))
    assert value("volume + beat + bar + beats", heard, 3) == 0
    assert len(heard.song.onsets) <= 1


def test_a_drum_with_bass_and_melody_has_its_beats(tmp_path):
    times = beats(40, 112)
    heard = open_song(write_sound(tmp_path / "song.mp3", synthesiser.song(40)))
    near = [np.abs(heard.beats - time).min() for time in times]
    assert np.quantile(near, 0.95) < 1 / 30
    assert heard.bars[0] == pytest.approx(times[0], abs=1 / 30)


def test_a_clip_s_frames_are_shown_at_its_own_times(long):
    song, times = long
    shown = [Fraction(n, 25) + (Fraction(1, 2) if n > 100 else 0) for n in range(1000)]
    heard = Heard(song, Moments(shown))
    flashes = [n for n in range(1, 1001) if value("beat", heard, n) == 1]
    for number, time in zip(flashes, times, strict=False):
        assert shown[number - 1] - Fraction(1, 25) <= time
        assert number == 1000 or time <= shown[number] + Fraction(1, 25)


def test_a_song_is_listened_to_once(tmp_path, monkeypatch):
    path = write_sound(tmp_path / "once.wav", synthesiser.song(6))
    words = ("volume", "level(50, 60)", "beats", "onset")

    def curves():
        heard = Heard(Song(path))
        return [[value(word, heard, n) for n in range(120)] for word in words]

    first = curves()
    names = ("analysed", "beats_in", "onsets_in")
    called = []
    for name in names:
        function = getattr(song, name)
        monkeypatch.setattr(
            song, name, lambda *given, f=function, n=name: called.append(n) or f(*given)
        )
    assert curves() == first
    assert called == []
    digest = song.sha256(path)
    kept = [*(cache_folder() / "sound").glob(f"{digest}*")]
    for each, content in zip(kept, (b"", b"x" * 40, bytes(32), b"\xff" * 4096) * 2, strict=False):
        each.write_bytes(content)
    assert curves() == first
    assert called
    called.clear()
    assert curves() == first
    assert called == []


LISTENS = """
import sys
from dreammovie.videos import rhythm

with rhythm._librosa():
    print("one is at it", flush=True)
    sys.stdin.read()
    print("and done", flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="nobody there knows who holds a folder")
def test_one_listens_to_beats_after_the_other():
    """What librosa compiles, and keeps for all, is mixed up where two do it at once."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with (
        ThreadPoolExecutor() as pool,
        subprocess.Popen([sys.executable, "-c", LISTENS], cwd=ROOT, **pipes) as one,
    ):
        assert one.stdout.readline() == "one is at it\n"
        other = pool.submit(rhythm.onsets_in, np.zeros(9, np.float32))
        with pytest.raises(TimeoutError):
            other.result(0.5)
        assert one.communicate()[0] == "and done\n"
        assert other.result().shape == (0,)


def test_without_librosa_bands_are_heard_and_beats_say_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(rhythm, "find_spec", lambda name: None)
    heard = Heard(open_song(write_sound(tmp_path / "song.wav", synthesiser.song(3, seed=5))))
    assert value("bass + treble", heard, 11) > 0
    for text in ("onset", "beat", "bar", "beats", "0:1, 2b:3"):
        with pytest.raises(DreamError, match=r'pip install "\.\[sound\]"'):
            value(text, heard, 3)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("level(300, 200)", "level(300, 200) is no band of a sound"),
        ("level(10, 20000)", "from 0 to 12,000"),
        ("bass(1, 1e9)", "at most 60,000 milliseconds"),
        ("level(100, 100 + t)", "level takes plain numbers from 0 on, and no formula"),
        ("bass(-5, 200)", "bass takes plain numbers from 0 on"),
        ("bass(attack=t)", "bass takes plain numbers from 0 on"),
        ("bass(1, 2, 3)", "bass(attack=20, release=200)"),
        ("level", "level is a function; expected is level(low, high, attack=20, release=200)"),
        ("beat(2)", "beat is a number and takes no brackets"),
        ("0:1, 4x:2", "beats of a sound (8b)"),
    ],
)
def test_what_cannot_be_heard_is_a_sentence(tones, text, says):
    with pytest.raises(DreamError) as caught:
        value(text, tones, 3)
    assert says in str(caught.value)


def test_without_a_sound_its_words_say_how_to_give_one():
    for text in ("1 + bass", "sin(level(20, 30))", "beat", "0:1, 4s:bar", "0:1, 8b:2", "onset*2"):
        with pytest.raises(DreamError, match="Give one, with --sound FILE"):
            Schedule(text, 30)


def test_pieces_follow_one_another_however_long_they_are(tmp_path, monkeypatch):
    """What is heard does not depend on how much is looked at at once."""
    path = write_sound(tmp_path / "song.wav", synthesiser.song(7))
    whole = np.concatenate(list(samples_of(path)))
    results = []
    for at_once in (2000, 70):
        monkeypatch.setattr("dreammovie.videos.levels._AT_ONCE", at_once)
        pieces = np.array_split(whole, 1 if at_once == 2000 else 61)
        results.append(song.analysed(pieces, [(20.0, 200.0)]))
    for one, other in pairwise(results):
        for first, second in zip(one, other, strict=True):
            assert first == pytest.approx(second, abs=1e-6)
    assert len(results[0][0]) == 700
    assert sound.RATE == 24_000
