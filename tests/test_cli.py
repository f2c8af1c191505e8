import argparse
import io
import os
import shlex
import shutil
import sys
import time
from dataclasses import fields, replace
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image as Pillow

from dreammovie.commands import cli
from dreammovie.commands.flags import PARSERS
from dreammovie.commands.parser import add_flags
from dreammovie.dreaming.layers import SheetSettings
from dreammovie.dreaming.stages import EvolutionSettings, PictureSettings
from dreammovie.movies.history import read_history, write_history
from dreammovie.movies.schedule import MovieSettings
from dreammovie.networks.table import NETWORKS
from dreammovie.pictures.image import save_image
from dreammovie.settings import flag
from dreammovie.videos.cut import VideoSettings
from dreammovie.videos.ends import EndSettings
from tests.conftest import hungry


@pytest.fixture
def frames(dreams, small_weights):
    """Runs `dream_frames.py` on dreams/one with a small network and few steps."""

    def frames(*flags, weights=True):
        quick = ["--steps", "1", "--layer", "mixed3a", "--octaves", "1"]
        given = ["--weights", str(small_weights)] if weights else []
        return cli.frames([*quick, *given, *map(str, flags)])

    return frames


@pytest.mark.parametrize(
    "settings_class",
    [MovieSettings, VideoSettings, EndSettings, PictureSettings, EvolutionSettings, SheetSettings],
)
def test_flags_are_the_settings(settings_class):
    parser = argparse.ArgumentParser()
    add_flags(parser, settings_class)
    assert vars(parser.parse_args([])) == {}
    text = " ".join(parser.format_help().split())
    for field in fields(settings_class):
        turned_off = field.default is True
        assert flag(f"no_{field.name}" if turned_off else field.name) in text
        if field.default not in (None, False, True):
            assert f"(default: {field.default})" in text


def test_from_a_folder_to_a_video(frames, dreams, capfd):
    assert frames("--frames", 3) == 0
    out = capfd.readouterr().out
    assert out.splitlines()[0].startswith("dreams/one: its img_0 is the newest.")
    assert "python3 dream_video.py one" in out
    assert cli.video([]) == 0
    assert "4 frames, 96x72, 30 frames per second" in capfd.readouterr().out
    with av.open("dreams/one/one.mp4") as container:
        assert len(list(container.decode(video=0))) == 4


def test_a_dream_whose_name_looks_like_a_flag(frames, dreams, capfd):
    """The commands that are printed work as they are."""
    dreams.rename(dreams.with_name("-x"))
    assert frames("--frames", 1, "--", "-x") == 0
    video = capfd.readouterr().out.splitlines()[-1].partition("dream_video.py ")[2]
    assert cli.video(shlex.split(video)) == 0
    Path("dreams/-x").rename("-x")
    assert frames("--frames", 2, "--", "-x") == 0
    video = capfd.readouterr().out.splitlines()[-1].partition("dream_video.py ")[2]
    assert cli.video(shlex.split(video)) == 0


def test_a_dream_begins_with_a_picture_of_any_kind(frames, dreams, picture, capfd):
    (dreams / "img_0.jpg").rename(dreams / "img_0.jfif")
    assert frames("--frames", 1) == 0
    (dreams / "img_0.jfif").unlink()
    (dreams / "img_1.jpg").unlink()
    first = Pillow.fromarray(np.uint8(picture))
    first.save(dreams / "img_0.webp", save_all=True, append_images=[first.rotate(180)])
    assert frames("--frames", 1) == 0
    assert "img_0.webp holds 2 pictures; the first is taken." in capfd.readouterr().out
    assert frames("--frames", 2) == 0
    assert "the first is taken" not in capfd.readouterr().out


def test_going_on_keeps_the_settings(frames, dreams, capfd):
    assert frames("--frames", 1, "--size", "80x64", "--fps", 10) == 0
    assert "In 80x64, 6% of the width of dreams/one/img_0.jpg is" in capfd.readouterr().out
    assert cli.frames(["one", "--frames", "2"]) == 0
    assert "cropped" not in capfd.readouterr().out
    assert cli.video(["one", "--output", "a.gif"]) == 0
    assert "3 frames, 80x64, 10 frames per second" in capfd.readouterr().out
    assert cli.frames(["one", "--frames", "2"]) == 0
    assert "has its 2 frames already" in capfd.readouterr().out


def test_lines_where_there_is_no_terminal(frames, capfd, monkeypatch):
    monkeypatch.setattr("dreammovie.commands.progress._LINE_EVERY", 0.0)
    frames("--frames", 2)
    lines = capfd.readouterr().err.splitlines()
    assert [line.split(",")[0] for line in lines] == ["img_1.jpg of 2", "img_2.jpg of 2"]
    assert "\r" not in "".join(lines)


def test_broken_last_frame_is_made_anew_and_said(frames, dreams, capfd):
    frames("--frames", 2)
    whole = (dreams / "img_2.jpg").read_bytes()
    (dreams / "img_2.jpg").write_bytes(whole[:300])
    capfd.readouterr()
    assert frames("--frames", 2) == 0
    assert "img_2.jpg cannot be read" in capfd.readouterr().out
    assert (dreams / "img_2.jpg").read_bytes() == whole


def test_after_sets_frames_aside(frames, dreams, capfd):
    frames("--frames", 3)
    kept = (dreams / "img_1.jpg").read_bytes()
    gone = (dreams / "img_3.jpg").read_bytes()
    (dreams / "img_2.jpg").unlink()
    assert frames("--frames", 3) == 2
    assert "--after 1" in capfd.readouterr().err
    assert frames("--frames", 2, "--after", 1, "--layer", "mixed9") == 2
    assert (dreams / "img_3.jpg").read_bytes() == gone  # nothing moves before all is well
    assert frames("--frames", 2, "--after", 1, "--seed", 5) == 0
    assert (dreams / "img_1.jpg").read_bytes() == kept
    assert (dreams / "aside_1/img_3.jpg").read_bytes() == gone
    assert "aside_1" in capfd.readouterr().out


def test_lists(frames, small_weights, capfd):
    assert frames("--list-networks") == 0
    assert "inception5h" in capfd.readouterr().out
    assert frames("--list-layers") == 0
    lines = capfd.readouterr().out.splitlines()
    assert lines[-2].split() == ["mixed4c", "100%", "24", "139", "pixels"]
    frames("--frames", 1)
    capfd.readouterr()
    assert cli.frames(["one", "--list-layers"]) == 0  # with the dream's own weights
    assert capfd.readouterr().out.splitlines() == lines
    assert cli.frames(["two", "--list-layers"]) == 2


def test_networks_are_listed_with_what_must_be_fetched(offline, capfd):
    assert cli.main(["--list-networks"]) == 0
    heads = {line.split()[0]: line.split()[1:3] for line in capfd.readouterr().out.splitlines()}
    assert heads.keys() == {"network", *NETWORKS}
    assert heads["dreamnet"][0] == "here"
    assert heads["vgg16"] == ["59", "MB"]
    assert all(sizes[1] == "MB" and sizes[0] != "0" for sizes in list(heads.values())[3:])
    offline.parent.mkdir()
    offline.write_bytes(b"")
    assert cli.main(["--list-networks"]) == 0
    assert "inception5h here" in " ".join(capfd.readouterr().out.split())


@pytest.mark.parametrize("wish", [[], ["nonsense"]])
def test_what_is_no_command_is_a_sentence(wish, dreams, capfd):
    with pytest.raises(SystemExit, match="2"):
        cli.main(wish)
    assert len(capfd.readouterr().err.splitlines()) == 1


def empty(folder):
    (folder / "img_0.jpg").write_bytes(b"")


def no_start(folder):
    (folder / "img_0.jpg").unlink()


def no_dreams(folder):
    shutil.rmtree(folder.parent)


def truncated(folder):
    path = folder / "img_0.jpg"
    path.write_bytes(path.read_bytes()[:900])


def broken_history(folder):
    (folder / "dream.json").write_text("{")


def unwritable(folder):
    # Even root cannot make a lock where a folder stands.
    (folder / "dream.lock").mkdir()


def gap(folder):
    for number in (1, 3):  # what is before the first frame may be gone
        (folder / f"img_{number}.jpg").write_bytes((folder / "img_0.jpg").read_bytes())


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (empty, "img_0.jpg is empty"),
        (no_start, "img_0.jpg"),
        (no_dreams, "There is no dream in"),
        (truncated, "img_0.jpg cannot be read"),
        (broken_history, "dream.json is broken"),
        (unwritable, "dream.lock"),
        (gap, "img_2 is missing"),
    ],
)
def test_bad_folder_is_a_sentence(frames, dreams, capfd, spoil, says):
    spoil(dreams)
    before = sorted(Path().rglob("*"))
    assert frames("--frames", 3) == 2
    error = capfd.readouterr().err
    assert says in error
    assert "Traceback" not in error
    assert len(error.splitlines()) <= 2
    assert [path for path in before if not path.exists()] == []


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--layer", "mixed4d"], "Did you mean mixed4c"),
        (["--layer", "mixed4c:99"], "channels 0 to 23"),
        (["--network", "inception"], "Did you mean inception5h"),
        (["--recipe", "google"], "Choose one of: classic, google2015"),
        (["--size", "32x32"], "64 to 16,384"),
        (["--size", "own"], "follows from the picture, or original."),
        (["--steps", "0"], "from 1 to 10,000"),
        (["--steps", "many"], "--steps: There is no many here"),
        (["--steps", "1.5"], "--steps was 1.5; expected is a whole number"),
        (["--octaves", "many"], "--octaves was 'many'; expected is a whole number"),
        (["--zoom", "1/0"], "At frame 1, this divides by zero"),
        (["--zoom", "0:1, 30:sine(t)"], "Did you mean sin?\n    0:1, 30:sine(t)\n            ^"),
        (["--zoom", "0:1, 30:1-t/60"], "At frame 60, --zoom was 0;"),
        (["--octaves", "1+t"], "every size is compiled for itself. Give one value"),
        (["--zoom", "1" * 400 + "/3"], "--zoom: This number is too large"),
        (["--sound", "\0"], "--sound was '\\x00'; expected is a text without nulls"),
        (["--mask", "lost.png"], "--mask: There is no file"),
        (["--octaves", "0:2, 30:4"], "every size is compiled for itself. Give one value"),
        (["--zoom", "0"], "--zoom"),
        (["--zoom", "nan"], "--zoom was nan"),
        (["--fps", "1/3000"], "--fps"),
        (["--fps", "-1"], "--fps"),
        (["--zoom", "100", "--fps", "1"], "--zoom 100 a second at --fps 1"),
        (["--frames", "0"], "--frames was 0"),
        (["--after", "7"], "no img_7 "),
        (["--after", "7", "--frames", "7"], "leaves no frame to make"),
        (["--weights", "nothing.pb"], "nothing.pb is no file"),
        (["--weights", "dreams/one/img_0.jpg"], "does not hold inception5h's weights"),
        (["elsewhere"], "There is no dream 'elsewhere'"),
    ],
)
def test_bad_flags_are_sentences(frames, dreams, capfd, flags, says):
    assert frames(*flags) == 2
    error = capfd.readouterr().err
    assert says in error
    assert "Traceback" not in error
    assert not (dreams / "dream.json").exists()


def test_of_very_many_dreams_a_few_are_listed(frames, dreams, capfd):
    for number in range(250):
        shutil.copytree(dreams, dreams.parent / f"frog_{number}")
    assert frames("frgo_7") == 2
    error = capfd.readouterr().err
    assert "Did you mean frog_7? Choose one of 251, such as: frog_" in error
    assert len(error) < 400


@pytest.mark.parametrize("flags", [["--no-such-flag"], ["--frames", "1.5"], ["--frames", "many"]])
def test_misspelt_flags_exit_with_2(frames, capfd, flags):
    with pytest.raises(SystemExit) as caught:
        frames(*flags)
    assert caught.value.code == 2
    error = capfd.readouterr().err
    assert flags[0] in error
    assert len(error.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "given"),
    [
        (["--rotate", "-10*sin(time)"], {"rotate": "-10*sin(time)"}),
        (["--zoom", "-onset", "-o", "-1.png"], {"zoom": "-onset", "output": Path("-1.png")}),
        (["--layer", "-mixed4c", "--", "-x"], {"layer": "-mixed4c", "dream": "-x"}),
    ],
)
def test_a_value_may_begin_with_a_minus(words, given):
    assert given.items() <= vars(PARSERS["plan"]("plan").parse_args(words)).items()


@pytest.mark.parametrize("after", [["--zoom", "2"], ["-o", "a.png"], ["--zoo"], ["--", "-1"], []])
def test_a_value_that_is_missing_is_named(after, capfd):
    with pytest.raises(SystemExit):
        PARSERS["plan"]("plan").parse_args(["--rotate", *after])
    assert "argument --rotate: expected one argument" in capfd.readouterr().err


def test_a_folder_with_two_starts_does_not_stop_the_others(frames, dreams, picture, capfd):
    both = dreams.parent / "both"
    both.mkdir()
    for name in ("img_0.jpg", "img_0.png"):
        shutil.copy(dreams / "img_0.jpg", both / name)
    time.sleep(0.02)
    save_image(picture, dreams / "img_0.jpg")
    assert frames("--frames", 1) == 0
    assert cli.video(["both"]) == 2
    assert "more than one img_0" in capfd.readouterr().err


def test_another_start_image_is_noticed(frames, dreams, picture, capfd):
    frames("--frames", 1)
    save_image(picture[::-1], dreams / "img_0.jpg")
    capfd.readouterr()
    assert frames("--frames", 2) == 0
    assert "img_0 is another one now" in capfd.readouterr().out
    assert [entry.from_frame for entry in read_history(dreams)] == [1, 2]


def test_history_of_frames_to_come(frames, dreams, capfd):
    frames("--frames", 2)
    entry = read_history(dreams)[0]
    write_history(dreams, [entry, replace(entry, from_frame=9)])
    assert frames("--frames", 3) == 0
    assert "says of frame 9 and those after it is replaced" in capfd.readouterr().out
    write_history(dreams, [replace(entry, from_frame=9)])
    assert frames("--frames", 4) == 2
    assert "begins at from_frame 9 and says nothing of frame 4" in capfd.readouterr().err


def test_what_is_changed_is_shown(frames, dreams, capfd):
    frames("--frames", 1, "--zoom", "1.5")
    assert "dreams of mixed3a, 96x72, --steps 1" in capfd.readouterr().out
    assert frames("--frames", 2, "--fps", "30000/1001") == 0
    assert cli.video(["one"]) == 0
    assert "29.97 frames per second" in capfd.readouterr().out


def test_a_schedule_is_written_down_as_a_person_wrote_it(frames, dreams, capfd):
    text = "0:1.05, 2:1.3 smooth"
    assert frames("--frames", 1, "--zoom", text) == 0
    assert f"--zoom '{text}'" in capfd.readouterr().out
    assert cli.frames(["one", "--frames", "2", "--softness", "0.4"]) == 0
    assert f"--softness 0.4, --zoom '{text}'" in capfd.readouterr().out
    assert [entry.settings["zoom"] for entry in read_history(dreams)] == [text, text]
    assert frames("--frames", 9, "--zoom", "0:1, 9:0") == 2
    assert "At frame 9, --zoom was 0;" in capfd.readouterr().err
    assert [entry.settings["zoom"] for entry in read_history(dreams)] == [text, text]


@pytest.fixture
def offline(tmp_path, monkeypatch):
    """No weights in the cache, and nobody at their address."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    row = replace(NETWORKS["inception5h"], url="http://127.0.0.1:9/inception5h.zip")
    monkeypatch.setitem(NETWORKS, "inception5h", row)
    return tmp_path / "dreammovie/tensorflow_inception_graph.pb"


def test_network_asked_for_but_not_to_be_had(frames, offline, capfd):
    assert frames("--frames", 1, "--network", "inception5h", weights=False) == 2
    error = capfd.readouterr().err
    assert str(offline) in error
    assert "--weights FILE" in error


def test_network_not_asked_for_and_not_to_be_had(frames, dreams, offline, small_weights, capfd):
    """The dream says who dreams instead, and keeps to it when the first choice is back."""
    assert frames("--frames", 1, weights=False) == 0
    said = [line for line in capfd.readouterr().out.splitlines() if "Meanwhile dreamnet" in line]
    assert len(said) == 1
    assert "refused" in said[0]
    assert str(offline) in said[0]
    before = read_history(dreams)[0]
    assert before.settings["network"] == "dreamnet"
    assert before.sha256 == NETWORKS["dreamnet"].sha256
    shutil.copy(small_weights, offline)
    assert frames("--frames", 2, weights=False) == 0
    assert read_history(dreams) == [before]
    assert "Meanwhile" not in capfd.readouterr().out


def test_another_network_dreams_its_own_favourite(frames, dreams, offline, small_weights):
    assert cli.frames(["--frames", "1", "--network", "dreamnet", "--layer", "mixed3a"]) == 0
    assert cli.frames(["--frames", "2", "--weights", str(small_weights)]) == 2
    again = ["--frames", "2", "--network", "inception5h", "--weights", str(small_weights)]
    assert cli.frames(again) == 0
    assert [entry.settings["layer"] for entry in read_history(dreams)] == ["mixed3a", "mixed4c"]


def test_lost_or_changed_weights_are_noticed(frames, dreams, small_weights, tmp_path, capfd):
    mine = tmp_path / "mine.pb"
    shutil.copy(small_weights, mine)
    assert frames("--frames", 1, "--weights", mine) == 0
    mine.rename(tmp_path / "away.pb")
    assert frames("--frames", 2, weights=False) == 2
    assert "not there any more" in capfd.readouterr().err
    shutil.copy(small_weights, mine)
    assert frames("--frames", 2, weights=False) == 0
    mine.write_bytes(b"other")
    assert frames("--frames", 3, weights=False) == 2
    assert "not the same any more" in capfd.readouterr().err


def test_full_disk_loses_nothing(frames, dreams, capfd, full_disk):
    frames("--frames", 1)
    with full_disk(2000):
        assert frames("--frames", 2) == 2
    assert "img_2.jpg: File too large. Nothing is lost" in capfd.readouterr().err
    assert sorted(path.name for path in dreams.glob("*.jpg")) == ["img_0.jpg", "img_1.jpg"]
    assert frames("--frames", 2) == 0


def test_running_out_of_memory_is_said(frames, dreams, dreamnet, odd_network, capfd):
    network = hungry(dreamnet, 140)([])
    name = odd_network(lambda *_: replace(network, name="odd"))
    assert frames("--frames", 1, "--size", "256x192", "--network", name) == 0
    assert "Out of memory: going on with --tile 136." in capfd.readouterr().err
    assert [entry.settings["tile"] for entry in read_history(dreams)] == [136]


def test_dream_json_is_edited_by_a_person(frames, dreams, capfd):
    """Whole numbers where fractions may stand, and settings left out, are fine."""
    frames("--frames", 1)
    entry = read_history(dreams)[0]
    edited = entry.settings | {"step_size": 3, "zoom": 1, "softness": 0}
    del edited["seed"]
    write_history(dreams, [replace(entry, settings=edited)])
    assert cli.frames(["one", "--frames", "2"]) == 0
    assert "--step-size 3" in capfd.readouterr().out


def test_a_mistake_of_ours_is_said_without_a_traceback(frames, odd_network, capfd):
    wish = ("--frames", 1, "--network", odd_network(lambda *_: 1 / 0))
    assert frames(*wish) == 1
    assert "ZeroDivisionError" in capfd.readouterr().err
    with pytest.raises(ZeroDivisionError):
        frames(*wish, "--debug")


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--first", "5"], "--first 5 is beyond what there is to show: frames 0 to 2"),
        (
            ["--first", "2", "--last", "1"],
            "--first 2 is beyond what there is to show: frames 0 to 1",
        ),
        (["--fps", "0"], "--fps"),
        (["--quality", "99"], "--quality"),
        (["--quality", "0"], "1 to 51"),
        (["--fps", "1e30000000"], "--fps"),
        (["--output", "nowhere/a.mp4"], "no folder nowhere"),
        (["--output", "dreams"], "exists and is no file"),
        (["--output", "/dev/null"], "is no file"),
        (["--output", "a.avi"], "no video format 'avi'"),
        (["--format", "gif", "--fps", "60"], "50 frames per second"),
        (["--first", "-1"], "--first"),
    ],
)
def test_bad_video_flags_are_sentences(dreams, picture, capfd, flags, says):
    for number in (1, 2):
        save_image(picture, dreams / f"img_{number}.jpg")
    assert cli.video(flags) == 2
    error = capfd.readouterr().err
    assert says in error
    assert "Traceback" not in error
    assert list(Path().rglob("*.mp4")) == []


def test_frame_missing_from_a_video_is_named(dreams, picture, capfd):
    for number in (1, 2, 4, 5):
        save_image(picture, dreams / f"img_{number}.jpg")
    for flags in ([], ["--first", "3"], ["--last", "4"], ["--first", "2", "--last", "5"]):
        assert cli.video(flags) == 2
        assert "img_3 is missing" in capfd.readouterr().err
    assert cli.video(["--first", "4", "--output", "12:30.mp4"]) == 0
    assert Path("12:30.mp4").stat().st_size > 0


def test_unreadable_frame_of_a_video_is_named(dreams, picture, capfd):
    for number in (1, 2):
        save_image(picture, dreams / f"img_{number}.jpg")
    (dreams / "img_2.jpg").write_bytes(b"")
    assert cli.video([]) == 2
    error = capfd.readouterr().err
    assert "img_2.jpg is empty" in error
    assert "--after 1" in error
    assert [path.name for path in dreams.iterdir() if "mp4" in path.name] == []


@pytest.fixture
def said(monkeypatch):
    """Makes the terminal one of an encoding, and gives what is written to it."""

    def terminal(encoding):
        written = {}
        for name in ("stdout", "stderr"):
            stream = io.TextIOWrapper(io.BytesIO(), encoding, "strict", write_through=True)
            monkeypatch.setattr(sys, name, stream)
            written[name] = stream.buffer
        return lambda: {name: each.getvalue() for name, each in written.items()}

    return terminal


@pytest.mark.parametrize(
    ("encoding", "name", "shown"),
    [
        ("ascii", "森", rb"\u68ee"),
        ("cp1252", "森ä", rb"\u68ee" + b"\xe4"),
        ("utf-8", os.fsdecode(b"\xff"), rb"\udcff"),
        ("utf-8", "森", "森".encode()),
    ],
)
def test_no_name_is_unspeakable(dreams, picture, said, encoding, name, shown):
    save_image(picture, dreams / "img_1.jpg")
    folder = dreams.rename(dreams.with_name(name))
    spoken = said(encoding)
    assert cli.video([name]) == 0
    assert b"dreams/" + shown + b"/" + shown + b".mp4: 2 frames" in spoken()["stdout"]
    assert (folder / f"{name}.mp4").exists()
    assert cli.main(["video", f"{name}2"]) == 2
    assert b"There is no dream" in spoken()["stderr"]


def test_frames_of_a_dream_with_an_unspeakable_name(frames, dreams, said):
    dreams.rename(dreams.with_name("森"))
    spoken = said("cp1252")
    assert frames("森", "--frames", 1) == 0
    assert rb"dreams/\u68ee has its 1 frames" in spoken()["stdout"]
    with pytest.raises(SystemExit, match="2"):
        frames("森", "森")
    assert rb"\u68ee" in spoken()["stderr"]


def test_video_of_a_dream_whose_name_is_long(dreams, picture):
    save_image(picture, dreams / "img_1.jpg")
    folder = dreams.rename(dreams.with_name("d" * 238))
    assert cli.video([folder.name]) == 0
    assert (folder / f"{folder.name}.mp4").stat().st_size > 0


def test_video_plays_backwards_and_back(dreams, picture, capfd):
    for number in range(1, 5):
        save_image(picture * 0 + number * 50, dreams / f"img_{number}.jpg")
    flags = ["--first", "1", "--reverse", "--boomerang", "--output", "a", "--fps", "30000/1001"]
    assert cli.video(flags) == 0
    with av.open("a.mp4") as container:
        levels = [round(f.to_ndarray(format="rgb24").mean() / 50) for f in container.decode()]
    assert levels == [4, 3, 2, 1, 2, 3]


def test_dreammovie_command(frames, dreams, small_weights, capfd):
    flags = ["--weights", str(small_weights), "--steps", "1", "--layer", "mixed3a", "--frames", "1"]
    assert cli.main(["frames", "one", *flags]) == 0
    assert "dreammovie video one" in capfd.readouterr().out
    assert cli.main(["video", "one"]) == 0
    assert (dreams / "one.mp4").exists()
