from fractions import Fraction
from itertools import pairwise

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dreammovie.errors import DreamError
from dreammovie.videos.cut import (
    FramesOnDemand,
    VideoSettings,
    output_format,
    parse_fps,
    playing_order,
)
from dreammovie.videos.encode import encoding, write_video
from dreammovie.videos.formats import FORMATS
from dreammovie.videos.gif import encoding_gif


def marked_frames(count, height=48, width=64):
    """Frames that say their own number: a bright column at n * 4 pixels on a red ground."""
    frames = np.zeros((count, height, width, 3), np.float32)
    frames[...] = (200, 40, 60)
    for number in range(count):
        frames[number, :, number * 4 % width :][:, :4] = 255
    return list(frames)


def written(path, frames, fps=Fraction(30), **options):
    counted = list(encoding(path, frames, fps, path.suffix[1:], **options))
    assert counted == list(range(1, len(frames) + 1))
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        decoded = list(container.decode(stream))
        times = [frame.time for frame in decoded]
        images = [frame.to_ndarray(format="rgb24").astype(np.float32) for frame in decoded]
        return stream, images, times


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("count", [1, 2, 13])
def test_every_frame_once_and_in_order(tmp_path, format, count):
    frames = marked_frames(count)
    _, images, times = written(tmp_path / f"a.{format}", frames)
    assert len(images) == count
    for image, frame in zip(images, frames, strict=True):
        assert np.sqrt(np.mean((image - frame) ** 2)) < 16
    steps = np.diff(times)
    assert np.allclose(steps, 1 / 30, atol=0.0067)  # a GIF's clock has hundredths
    assert [path.name for path in tmp_path.iterdir()] == [f"a.{format}"]


@pytest.mark.parametrize("format", ["mp4", "webm"])
def test_colours_are_bt709_and_right(tmp_path, format):
    colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0), (128, 64, 200)]
    frames = [np.full((64, 96, 3), colour, np.float32) for colour in colours]
    stream, images, _ = written(tmp_path / f"a.{format}", frames)
    context = stream.codec_context
    assert (context.colorspace, context.color_range) == (1, 1)  # bt709, limited
    if format == "mp4":
        assert (context.color_primaries, context.color_trc) == (1, 1)
        assert (context.pix_fmt, context.profile) == ("yuv420p", "High")
    for image, colour in zip(images, colours, strict=True):
        assert np.abs(image.mean((0, 1)) - colour).max() < 3


@pytest.mark.parametrize("fps", [25, 29.97, Fraction(30000, 1001)])
def test_a_video_is_written_when_it_is_called(tmp_path, fps):
    write_video(str(tmp_path / "a.webm"), marked_frames(3), fps)
    with av.open(str(tmp_path / "a.webm")) as container:
        assert len(list(container.decode(video=0))) == 3
    with pytest.raises(DreamError, match="There is no video format 'avi'"):
        write_video(tmp_path / "a.avi", marked_frames(3), fps)


def test_mp4_starts_fast(tmp_path):
    list(encoding(tmp_path / "a.mp4", marked_frames(3), Fraction(24), "mp4"))
    data = (tmp_path / "a.mp4").read_bytes()
    assert 0 < data.find(b"moov") < data.find(b"mdat")


@pytest.mark.parametrize("fps", ["23.976", "30000/1001", "12.5", "60", "0.5"])
def test_frame_rate_is_a_fraction(tmp_path, fps):
    rate = parse_fps(fps)
    stream, images, times = written(tmp_path / "a.mp4", marked_frames(9), rate)
    assert stream.average_rate == rate
    assert times[-1] == pytest.approx(float(8 / rate), abs=1e-4)
    assert len(images) == 9


@settings(max_examples=12)
@given(st.integers(8, 90), st.integers(8, 90), st.sampled_from(list(FORMATS)))
def test_all_even_sizes(tmp_path_factory, half_height, half_width, format):
    height, width = half_height * 2, half_width * 2
    path = tmp_path_factory.mktemp("video") / f"a.{format}"
    _, images, _ = written(path, marked_frames(3, height, width))
    assert [image.shape for image in images] == [(height, width, 3)] * 3


def test_quality_changes_the_size(tmp_path):
    noise = np.random.default_rng(0).uniform(0, 255, (4, 64, 64, 3)).astype(np.float32)
    sizes = []
    for crf in (10, 40):
        list(encoding(tmp_path / "a.mp4", list(noise), Fraction(30), "mp4", crf))
        sizes.append((tmp_path / "a.mp4").stat().st_size)
    assert sizes[1] < sizes[0] / 2


def noisy_frames(width):
    height = width * 3 // 4
    frames = np.random.default_rng(0).uniform(0, 255, (6, height, width, 3))
    return list(frames.astype(np.float32))


def test_gif_shrinks_until_it_is_small_enough(tmp_path):
    path = tmp_path / "a.gif"
    widths = []

    def frames_of(width):
        widths.append(width)
        return noisy_frames(width)

    counts = list(encoding_gif(path, frames_of, Fraction(12), 160))
    assert (widths, counts) == ([160], [1, 2, 3, 4, 5, 6])
    most = path.stat().st_size // 2
    counts = list(encoding_gif(path, frames_of, Fraction(12), 160, most))
    assert path.stat().st_size <= most
    assert widths[1] == 160
    assert 90 < widths[-1] < 115  # about half the pixels, and no fewer than need be
    assert counts == [1, 2, 3, 4, 5, 6] * (len(widths) - 1)
    list(encoding_gif(path, frames_of, Fraction(12), 160, 10))
    assert widths[-1] == 64  # there is an end to it


def test_frames_made_when_asked_for(tmp_path):
    asked = []

    def frame(number):
        asked.append(number)
        return marked_frames(number + 1)[number]

    shown = FramesOnDemand(5, frame)
    assert (len(shown), asked) == (5, [])
    assert np.array_equal(shown[-1], shown[4])
    with pytest.raises(IndexError):
        shown[5]
    _, images, _ = written(tmp_path / "a.mp4", shown)
    assert len(images) == 5


def test_gif_loops(tmp_path):
    list(encoding(tmp_path / "a.gif", marked_frames(3), Fraction(25), "gif"))
    assert b"NETSCAPE2.0\x03\x01\x00\x00" in (tmp_path / "a.gif").read_bytes()


class Breaking(list):
    """Frames of which the third cannot be read."""

    def __getitem__(self, index):
        if index == 2:
            raise DreamError("img_2.jpg is broken")
        return super().__getitem__(index)


def test_stopped_video_leaves_the_old_one(tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(b"old")
    with pytest.raises(DreamError, match="img_2"):
        list(encoding(path, Breaking(marked_frames(5)), Fraction(30), "mp4"))
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["a.mp4"]


def test_full_disk_is_an_error_that_names_the_file(tmp_path, full_disk):
    noise = np.random.default_rng(0).uniform(0, 255, (30, 64, 64, 3)).astype(np.float32)
    path = tmp_path / "a.mp4"
    with full_disk(20_000), pytest.raises(OSError, match=r"a\.mp4"):
        list(encoding(path, list(noise), Fraction(30), "mp4"))
    assert list(tmp_path.iterdir()) == []


def test_unreadable_frame_is_not_blamed_on_the_video(tmp_path):
    class Locked(list):
        def __getitem__(self, index):
            raise PermissionError(13, "Permission denied", "img_0.jpg")

    with pytest.raises(PermissionError) as caught:
        list(encoding(tmp_path / "a.mp4", Locked([0]), Fraction(30), "mp4"))
    assert caught.value.filename == "img_0.jpg"


def test_two_videos_at_once_do_not_disturb_each_other(tmp_path):
    path = tmp_path / "a.mp4"
    one = encoding(path, marked_frames(30), Fraction(30), "mp4")
    next(one)
    list(encoding(path, marked_frames(5), Fraction(30), "mp4"))
    list(one)
    with av.open(str(path)) as container:
        assert len(list(container.decode(video=0))) == 30
    assert [each.name for each in tmp_path.iterdir()] == ["a.mp4"]


def test_bad_wishes_are_sentences(tmp_path):
    with pytest.raises(DreamError, match="no frames"):
        list(encoding(tmp_path / "a.mp4", [], Fraction(30), "mp4"))
    with pytest.raises(DreamError, match="50 frames per second"):
        list(encoding(tmp_path / "a.gif", marked_frames(2), Fraction(60), "gif"))
    for fps in ("0", "-3", "fast", "1/0", "nan", "1e9"):
        with pytest.raises(DreamError, match="--fps"):
            VideoSettings(fps=fps)
    with pytest.raises(DreamError, match="Did you mean webm"):
        VideoSettings(format="web")
    assert list(tmp_path.iterdir()) == []


def test_format_and_ending_agree(tmp_path):
    assert output_format(None, VideoSettings()) == "mp4"
    assert output_format(tmp_path / "a.GIF", VideoSettings()) == "gif"
    assert output_format(None, VideoSettings(format="webm")) == "webm"
    with pytest.raises(DreamError, match="avi"):
        output_format(tmp_path / "a.avi", VideoSettings())
    with pytest.raises(DreamError, match=r"\.webm"):
        output_format(tmp_path / "a.mp4", VideoSettings(format="webm"))
    with pytest.raises(DreamError, match="gif has no --quality"):
        output_format(None, VideoSettings(format="gif", quality=3))
    with pytest.raises(DreamError, match="1 to 51"):
        output_format(None, VideoSettings(quality=60))


@given(st.lists(st.integers(0, 100), unique=True, min_size=1).map(sorted))
def test_playing_orders(numbers):
    assert playing_order(numbers, VideoSettings()) == numbers
    assert playing_order(numbers, VideoSettings(reverse=True)) == numbers[::-1]
    looped = playing_order(numbers, VideoSettings(boomerang=True)) * 2
    assert looped[: len(numbers)] == numbers
    if len(numbers) > 1:
        assert all(a != b for a, b in pairwise(looped))
        assert all(looped.count(n) == 4 for n in numbers[1:-1])
