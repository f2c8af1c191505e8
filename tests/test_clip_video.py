"""What becomes of a clip's times and of its sound in the video of its dream."""

from fractions import Fraction
from itertools import pairwise

import av
import numpy as np
import pytest

from dreammovie.commands import cli
from dreammovie.pictures.image import save_image
from dreammovie.videos.decode import open_clip

RATE = 48_000
SOUNDS = [("mp4", "aac"), ("mp4", "libmp3lame"), ("mkv", "pcm_s16le"), ("webm", "libopus")]


def write_clip(path, codec, seconds, times=None, fps=25):
    """A grey clip that flashes as it clicks, at every whole second but the first."""
    times = times or [Fraction(n, fps) for n in range(seconds * fps)]
    clicks = np.zeros(seconds * RATE, np.float32)
    rng = np.random.default_rng(0)
    for second in range(1, seconds):
        clicks[second * RATE :][:240] = rng.uniform(-0.8, 0.8, 240)
    with av.open(str(path), "w") as container:
        video = container.add_stream("libvpx" if path.suffix == ".webm" else "libx264", rate=fps)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        video.codec_context.time_base = Fraction(1, 90_000)
        sound = container.add_stream(codec, rate=RATE, layout="mono")
        clock = iter(range(0, len(clicks), 960))
        for time in times:
            flash = 1 <= time < seconds and time % 1 < Fraction(1, fps)
            grey = np.full((48, 64, 3), 220 if flash else 60, np.uint8)
            frame = av.VideoFrame.from_ndarray(grey, format="rgb24")
            frame.pts, frame.time_base = round(time * 90_000), Fraction(1, 90_000)
            container.mux(video.encode(frame))
        resampler = av.AudioResampler(format=sound.format.name, layout="mono", rate=RATE)
        for begin in clock:
            data = clicks[None, begin : begin + 960]
            piece = av.AudioFrame.from_ndarray(data, format="fltp", layout="mono")
            piece.pts, piece.sample_rate, piece.time_base = begin, RATE, Fraction(1, RATE)
            for each in resampler.resample(piece):
                container.mux(sound.encode(each))
        container.mux(sound.encode(None))
        container.mux(video.encode(None))


def dream_of(folder, name, **wish):
    """A dream of a clip: its frames are those of the clip itself."""
    folder.mkdir()
    path = folder / f"img_0.{name[0]}"
    write_clip(path, name[1], **wish)
    with open_clip(path) as clip:
        for number in range(1, clip.frames + 1):
            save_image(clip.frame(number), folder / f"img_{number}.jpg")
    return folder


def seen_and_heard(path):
    """When it flashes, when it clicks, and when each frame is shown; seconds."""
    with av.open(str(path)) as container:
        shown = [(frame.time, frame.to_ndarray(format="gray").mean()) for frame in
                 container.decode(video=0)]  # fmt: skip
        container.seek(0)
        heard = [(frame.time, frame) for frame in container.decode(audio=0)]
    flashes = [
        now for (_, before), (now, grey) in pairwise(shown)
        if before < 140 < grey
    ]  # fmt: skip
    samples = [
        (time + np.arange(frame.samples) / frame.sample_rate,
         np.abs(frame.to_ndarray().astype(float)).reshape(-1, frame.samples).max(0))
        for time, frame in heard
    ]  # fmt: skip
    times, loud = (np.concatenate(each) for each in zip(*samples, strict=True))
    over = times[loud > 0.35 * loud.max()]
    clicks = over[np.diff(over, prepend=-1) > 0.5]
    return flashes, list(clicks), [time for time, _ in shown]


@pytest.mark.parametrize("ending", ["mp4", "webm", "mov"])
@pytest.mark.parametrize("kind", SOUNDS, ids="-".join)
def test_sound_stays_with_its_picture(tmp_path, capsys, kind, ending):
    """Copied or encoded anew, whole or from the middle on."""
    folder = dream_of(tmp_path / "dream", kind, seconds=5)
    for first, last, begins in ((1, 125, 1), (38, 112, 0.52)):
        video = folder / f"made.{ending}"
        wish = ["--first", str(first), "--last", str(last), "-o", str(video)]
        assert cli.video([str(folder), *wish]) == 0
        assert f"with img_0.{kind[0]}'s sound" in capsys.readouterr().out
        flashes, clicks, shown = seen_and_heard(video)
        assert len(shown) == last - first + 1
        assert flashes == pytest.approx([begins + n for n in range(len(flashes))], abs=0.002)
        assert len(flashes) == (4 if first == 1 else 3)
        assert clicks == pytest.approx(flashes, abs=0.01)


@pytest.mark.slow
@pytest.mark.parametrize("codec", ["aac", "libmp3lame"])
def test_sound_stays_for_ten_minutes(tmp_path, codec):
    """With the frame rate of television, whose seconds are no whole number of frames."""
    times = [Fraction(n * 1001, 30_000) for n in range(600 * 30)]
    folder = dream_of(tmp_path / "dream", ("mp4", codec), seconds=600, times=times, fps=30)
    assert cli.video([str(folder)]) == 0
    flashes, clicks, shown = seen_and_heard(folder / "dream.mp4")
    assert shown == pytest.approx([float(time) for time in times], abs=1e-4)
    assert len(flashes) > 590
    apart = [min(abs(click - flash) for click in clicks) for flash in flashes]
    assert max(apart) < 1 / 30 + 0.01  # a flash is seen with the first frame after its second
    assert abs(np.median(apart[-50:]) - np.median(apart[:50])) < 0.01


@pytest.mark.parametrize(("fps", "has_sound"), [("25", True), ("20", False)])
def test_a_clip_at_its_own_rate_keeps_its_sound(tmp_path, fps, has_sound):
    folder = dream_of(tmp_path / "dream", ("mp4", "aac"), seconds=1)
    assert cli.video([str(folder), "--fps", fps]) == 0
    with av.open(str(folder / "dream.mp4")) as container:
        assert bool(container.streams.audio) == has_sound


def test_packets_are_copied_where_the_file_can_hold_them(tmp_path):
    folder = dream_of(tmp_path / "dream", ("mp4", "aac"), seconds=3)
    assert cli.video([str(folder)]) == 0
    packets = []
    for path in (folder / "img_0.mp4", folder / "dream.mp4"):
        with av.open(str(path)) as container:
            packets.append([bytes(packet) for packet in container.demux(audio=0) if packet.size])
    assert packets[1]
    assert set(packets[1]) <= set(packets[0])


def test_times_are_the_clip_s_own(tmp_path, capsys):
    """Also where they are uneven; other times have no sound, which is said."""
    times = [
        Fraction(0),
        *(Fraction(1, 3) + Fraction(n, 24) + Fraction(n % 2, 60) for n in range(40)),
    ]
    folder = dream_of(tmp_path / "dream", ("mp4", "aac"), seconds=2, times=times)
    assert cli.video([str(folder)]) == 0
    *_, shown = seen_and_heard(folder / "dream.mp4")
    assert shown == pytest.approx([float(time) for time in times], abs=0.0001)
    for wish in (["--fps", "12"], ["--reverse"], ["--loop", "0.5"]):
        assert cli.video([str(folder), *wish]) == 0
        assert "Its sound is left out" in capsys.readouterr().out
        with av.open(str(folder / "dream.mp4")) as container:
            assert not container.streams.audio
    assert cli.video([str(folder), "--fps", "60"]) == 0  # the times between are filled in
    assert "60 frames per second, with img_0.mp4's sound" in capsys.readouterr().out
    flashes, clicks, shown = seen_and_heard(folder / "dream.mp4")
    assert shown == pytest.approx([n / 60 for n in range(len(shown))], abs=0.0001)
    assert shown[-1] == pytest.approx(float(times[-1]) + 0.05, abs=0.05)
    assert clicks == pytest.approx(flashes, abs=0.07)


def test_ends_leave_the_clip_s_times_and_its_sound(tmp_path):
    """Held for a second, in which there is no sound; it fades as the picture does."""
    times = [Fraction(n, 25) + Fraction(n % 2, 100) for n in range(75)]
    folder = dream_of(tmp_path / "dream", ("mp4", "aac"), seconds=3, times=times)
    wish = ["--fade-in", "0.4", "--hold", "1", "--fade-out", "0.6", "--title"]
    assert cli.video([str(folder), *wish]) == 0
    flashes, clicks, shown = seen_and_heard(folder / "dream.mp4")
    assert shown[:75] == pytest.approx([float(time) for time in times], abs=1e-4)
    assert all(0 < step < 0.06 for step in np.diff(shown))
    assert shown[-1] == pytest.approx(float(times[-1]) + 1, abs=0.04)
    assert len(flashes) == 2
    assert clicks == pytest.approx(flashes, abs=0.02)
    with open_clip(folder / "dream.mp4") as made:
        assert made.frame(1).mean() < 2
        assert made.frame(85).mean() == pytest.approx(60, abs=3)
        assert made.frame(made.frames).mean() < 2


def test_a_clip_and_its_dream_side_by_side(tmp_path):
    folder = dream_of(tmp_path / "dream", ("mp4", "aac"), seconds=2)
    assert cli.video([str(folder), "--compare", "--last", "30"]) == 0
    with open_clip(folder / "dream.mp4") as made:
        assert (made.frames, made.shape, made.has_sound) == (30, (48, 128), True)
        both = made.frame(26)
        assert np.abs(both[:, :64] - both[:, 64:]).mean() < 3
        assert both.mean() > 200


def test_a_clip_that_is_another_one_is_not_taken(tmp_path, capsys):
    folder = dream_of(tmp_path / "dream", ("mp4", "aac"), seconds=2)
    write_clip(folder / "img_0.mp4", "aac", 1)
    assert cli.video([str(folder)]) == 2
    assert "img_0.mp4 has 25 frames" in capsys.readouterr().err
