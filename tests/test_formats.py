"""What a studio hands on: codecs, formats, sizes and numbered pictures, decoded and measured."""

import os
from contextlib import suppress
from fractions import Fraction

import av
import numpy as np
import pytest

from dreammovie.commands import cli
from dreammovie.errors import DreamError
from dreammovie.pictures.image import load_image, save_image
from dreammovie.videos.cut import VideoSettings, output_format
from dreammovie.videos.encode import encoding
from dreammovie.videos.formats import FORMATS, codec_of
from dreammovie.videos.gif import encoding_gif

KINDS = [(format, codec) for format, each in FORMATS.items() for codec in each.codecs]
KNOWN = {  # codec, profile, pixels, and the letters by which players know it
    "h264": ("h264", "High", "yuv420p", "avc1"),
    "h265": ("hevc", "Main", "yuv420p", "hvc1"),
    "av1": ("av1", "Main", "yuv420p", "av01"),
    "vp9": ("vp9", "Profile 0", "yuv420p", ""),
    "prores": ("prores", "HQ", "yuv422p10le", "apch"),
}
COLOURS = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0), (128, 64, 200)]


@pytest.mark.parametrize(("format", "codec"), [each for each in KINDS if each[0] != "gif"])
def test_every_codec_has_the_right_frames_colours_and_tags(tmp_path, format, codec):
    path = tmp_path / f"a.{format}"
    frames = [np.full((66, 98, 3), colour, np.float32) for colour in COLOURS]
    assert [*encoding(path, frames, Fraction(24), format, codec=codec_of(format, codec))] == [
        1,
        2,
        3,
        4,
        5,
        6,
    ]
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        shown = list(container.decode(stream))
        assert [round(frame.time * 24) for frame in shown] == [*range(6)]
        name, profile, pixels, letters = KNOWN[codec]
        assert (context.name.removeprefix("lib").split("-")[0], context.pix_fmt) in (
            (name, pixels),
            ("dav1d", pixels),
            ("vpx", pixels),
        )
        assert context.profile == profile
        assert format == "webm" or context.codec_tag == letters
        assert (context.colorspace, context.color_primaries, context.color_trc) == (1, 1, 1)
        assert context.color_range == 1 or codec == "prores"  # which is always limited
    for frame, colour in zip(shown, COLOURS, strict=True):
        assert np.abs(frame.to_ndarray(format="rgb24").mean((0, 1)) - colour).max() < 3


def test_h265_of_one_frame_or_two_after_a_longer_one(tmp_path):
    """The encoder must not tell their times from what lies in its memory; often enough it does."""
    path = tmp_path / "a.mp4"
    frames = [*np.random.default_rng(0).uniform(90, 120, (20, 64, 96, 3)).astype(np.float32)]
    for count in [20, 1, 20, 2] * 8:
        codec = codec_of("mp4", "h265")
        assert len([*encoding(path, frames[:count], Fraction(24), "mp4", codec=codec)]) == count
        with av.open(str(path)) as container:
            shown = [frame.time * 24 for frame in container.decode(video=0)]
        assert shown == pytest.approx(range(count), abs=0.01)


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="the system does not tell")
def test_no_encoder_goes_before_all_else_on_the_machine(tmp_path):
    """As SVT-AV1 would, where root encodes; and whatever is begun afterwards would, too."""
    frames = [np.full((64, 96, 3), 20 * number, np.float32) for number in range(4)]
    for _ in encoding(
        tmp_path / "a.mp4", frames, Fraction(24), "mp4", codec=codec_of("mp4", "av1")
    ):
        found = set()
        for thread in map(int, os.listdir("/proc/self/task")):
            with suppress(ProcessLookupError):  # it has ended
                found.add(os.sched_getscheduler(thread))
        assert found == {os.SCHED_OTHER}


def test_what_lies_between_the_steps_of_8_bits_is_handed_on(tmp_path):
    ramp = np.linspace(100, 110, 1000, dtype=np.float32)
    frame = np.broadcast_to(ramp[None, :, None], (64, 1000, 3))
    path = tmp_path / "a.mov"
    assert [*encoding(path, [frame], Fraction(24), "mov")] == [1]
    with av.open(str(path)) as container:
        (shown,) = container.decode(video=0)
    assert len(np.unique(shown.to_ndarray(format="gray10le")[32])) > 30


@pytest.fixture
def three(tmp_path):
    """A folder with frames of 160x96."""
    folder = tmp_path / "three"
    folder.mkdir()
    drawn = np.random.default_rng(0).uniform(0, 255, (3, 6, 10, 3)).astype(np.float32)
    for number in range(3):
        save_image(np.kron(drawn[number], np.ones((16, 16, 1))), folder / f"img_{number}.png")
    return folder


@pytest.mark.parametrize("name", ["img_0.gif", "img_1.gif", "IMG_007.gif", "img_0.mp4"])
def test_no_picture_of_a_dream_is_written_over(three, capsys, name):
    before = {path: path.read_bytes() for path in three.iterdir()}
    assert cli.video([str(three), "-o", str(three / name)]) == 2
    assert "would be taken for a frame of the dream" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in three.iterdir()} == before


def test_a_gif_that_is_not_yet_small_enough_leaves_what_was_there(tmp_path):
    path = tmp_path / "a.gif"
    path.write_bytes(b"old")
    noise = np.random.default_rng(0).uniform(0, 255, (2, 96, 160, 3)).astype(np.float32)
    making = encoding_gif(path, lambda width: noise[:, :, :width], Fraction(10), 160, 20_000)
    assert [next(making) for _ in range(3)] == [1, 2, 1]
    making.close()
    assert [each.read_bytes() for each in tmp_path.iterdir()] == [b"old"]


def test_frames_of_a_gif_may_be_closer_than_its_clock_tells(tmp_path):
    frames = [np.full((64, 64, 3), 50 * number, np.float32) for number in range(4)]
    times = [Fraction(0), Fraction(1, 1000), Fraction(2, 1000), Fraction(1, 10)]
    path = tmp_path / "a.gif"
    assert len([*encoding(path, frames, Fraction(30), "gif", times=times)]) == 4
    with av.open(str(path)) as container:
        shown = [frame.time for frame in container.decode(video=0)]
    assert shown == pytest.approx([0, 0.01, 0.02, 0.1])


def test_a_codec_finds_its_format_and_keeps_quiet(three, capfd):
    for wish, ending, codec in (
        (["--format", "mov"], "mov", "prores"),
        (["--codec", "prores"], "mov", "prores"),
        (["--codec", "h265", "--quality", "30"], "mp4", "hevc"),
        (["-o", str(three / "three.webm"), "--codec", "av1"], "webm", "dav1d"),
    ):
        assert cli.video([str(three), *wish]) == 0
        path = three / f"three.{ending}"
        told = capfd.readouterr()
        assert f"{path}: 3 frames, 160x96" in told.out
        assert "Svt" not in told.err
        with av.open(str(path)) as container:
            assert codec in container.streams.video[0].codec_context.name
        path.unlink()


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        ({"codec": "h266"}, "There is no codec 'h266'. Did you mean h265"),
        ({"codec": "vp9", "format": "mp4"}, "vp9 does not go into .* mp4. .* h264 or h265 or av1"),
        ({"codec": "h264", "format": "mov"}, "--format mp4"),
        ({"format": "mov", "quality": 3}, "mov has no --quality"),
        ({"codec": "av1", "quality": 0}, "av1 takes --quality 1 to 63"),
        ({"format": "mov", "max_bytes": 99_999}, "--max-bytes is for GIFs"),
        ({"size": "wide"}, "--size was 'wide'"),
    ],
)
def test_what_does_not_go_together_is_a_sentence(wish, says):
    with pytest.raises(DreamError, match=says):
        output_format(None, VideoSettings(**wish))


@pytest.mark.parametrize(
    ("codec", "shape", "fps", "says"),
    [
        ("av1", (8, 320), 24, "av1 takes sides of 64 pixels or more, .* 320x8 .* another --size"),
        ("av1", (8706, 64), 24, "at most 16384x8704 pixels, and the video has 64x8706"),
        ("av1", (64, 64), 241, "at most 240 frames per second, .* at 241 .* another --fps"),
        ("h265", (64, 14), 24, "h265 takes sides of 16 pixels or more, .* another --codec"),
    ],
)
def test_what_a_codec_cannot_encode_is_a_sentence(tmp_path, codec, shape, fps, says):
    frames, kind = [np.zeros((*shape, 3), np.float32)] * 2, codec_of("mp4", codec)
    with pytest.raises(DreamError, match=says):
        [*encoding(tmp_path / "a.mp4", frames, Fraction(fps), "mp4", codec=kind)]
    assert not list(tmp_path.iterdir())


def test_a_size_is_made_on_the_way_out_and_says_what_it_crops(three, capsys):
    for wish, made, cropped in (
        (["--size", "320x"], "320x192", False),
        (["--size", "x65"], "106x64", False),
        (["--size", "96x96"], "96x96", True),
        (["--width", "161"], "160x96", False),
        (["--size", "80x"], "", None),
    ):
        code = cli.video([str(three), *wish])
        told = capsys.readouterr()
        if cropped is None:  # too small, as for every dream
            assert code == 2
            assert "each side must have 64" in told.err
            continue
        assert f"3 frames, {made}" in told.out
        assert ("40% of the width of every frame is cropped" in told.out) == cropped


def test_numbered_pictures_are_those_that_are_shown(three, capsys):
    folder = three / "shots"
    wish = ["--reverse", "--size", "80x", "--frames-folder", str(folder)]
    assert cli.video([str(three), "--reverse", "--frames-folder", str(folder)]) == 0
    assert f"{folder}: 3 frames, 160x96" in capsys.readouterr().out
    made = sorted(folder.iterdir())
    assert [path.name for path in made] == ["img_00001.png", "img_00002.png", "img_00003.png"]
    for path, number in zip(made, (2, 1, 0), strict=True):
        assert np.array_equal(load_image(path), load_image(three / f"img_{number}.png"))
    assert not (three / "three.mp4").exists()
    assert cli.video([str(three), *wish]) == 2
    assert "is there, and is no empty folder" in capsys.readouterr().err
    for wish in (["-o", "a.mp4"], ["--codec", "av1"], ["--quality", "3"], ["--audio", "none"]):
        assert cli.video([str(three), "--frames-folder", str(three / "more"), *wish]) == 2
        assert "Leave one of them out" in capsys.readouterr().err
    (three / "img_1.png").write_bytes(b"broken")
    assert cli.video([str(three), "--frames-folder", str(three / "more")]) == 2
    assert not (three / "more").exists()
