"""Many dreams at once, handed out by Ray; nothing else of the program knows of it."""

import json
import os
import platform
import secrets
import shutil
import signal
import time
from contextlib import closing, nullcontext, suppress
from pathlib import Path

import numpy as np
import pytest

from dreammovie.commands import cli
from dreammovie.commands import farm as command
from dreammovie.errors import DreamError
from dreammovie.farm.cluster import Share, _sentence, joined, lack
from dreammovie.farm.orders import FarmSettings, Order
from dreammovie.farm.standing import InHand
from dreammovie.farm.work import Luggage, dream
from dreammovie.machine import CORES
from dreammovie.movies.folder import frame_numbers
from dreammovie.movies.lock import current_run, lock, owner, stop
from dreammovie.movies.run import go_on
from dreammovie.pictures.image import load_image, save_image
from dreammovie.videos.encode import write_video
from tests.drawn_clip import DrawnClip

QUICK = {"network": "dreamnet", "layer": "mixed3a", "steps": 1, "octaves": 1}
QUICK |= {"precision": "float32", "zoom": "0:1.05, 1s:3 smooth"}
FLAGS = [f"--{name}={value}" for name, value in QUICK.items()]
ROOT = Path(__file__).parents[1]
OURS = secrets.token_hex(8)  # in the environment of the processes that are begun here


@pytest.fixture(scope="module")
def share():
    """A Ray of our own, for two dreams at once with the threads of a plain run each."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PYTHONPATH", str(ROOT))
        environment.setenv("DREAMMOVIE_TEST", OURS)
        with joined(FarmSettings(cores_per_dream=1)) as share:
            environment.setattr("dreammovie.farm.handing._LOOKS", 0.05)
            yield share


@pytest.fixture
def more(dreams):
    """The folders of three dreams."""
    others = [dreams.with_name(name) for name in ("two", "three")]
    for other in others:
        shutil.copytree(dreams, other)
    return [each.absolute() for each in (dreams, *others)]


def handed_out(dreams, share, sync=False):
    from dreammovie.farm.handing import hand_out

    return closing(hand_out(dreams, share, set(), sync))


def contents(folder):
    return {
        path.name: path.read_bytes()
        for path in folder.iterdir()
        if path.name.startswith("img_") or path.name == "dream.json"
    }


@pytest.fixture
def unbroken(more):
    """Says what a plain run makes of the first of them, of so many frames."""
    plain = more[0].with_name("plain")
    shutil.copytree(more[0], plain)

    def unbroken(frames):
        list(go_on(plain, frames, QUICK))
        return contents(plain)

    return unbroken


def test_a_farm_makes_what_plain_runs_make_and_a_bad_dream_holds_up_nobody(
    more, unbroken, share, monkeypatch, capfd
):
    monkeypatch.setattr(command, "joined", lambda _: nullcontext(share))
    bad = more[2]
    (bad / "img_0.jpg").write_bytes(b"no picture")
    argv = [
        "farm",
        "one",
        "two",
        "three",
        "./dreams/two",
        *FLAGS,
        "--frames=5",
        "--video",
        "--json",
    ]
    assert cli.main(argv) == 2
    assert contents(more[0]) == contents(more[1]) == unbroken(5)
    assert (more[1] / "two.mp4").exists()
    said = capfd.readouterr()
    lines = [json.loads(line) for line in said.out.splitlines()]
    ends = {line["dream"]: line for line in lines if line["event"] == "standing"}
    assert [ends[name]["state"] for name in ("one", "two", "three")] == ["done", "done", "failed"]
    assert "img_0.jpg" in ends["three"]["words"]
    assert ends["one"]["frames"] == ends["one"]["of"] == 5
    assert "1 of 3 dreams failed" in said.err

    # Again: there is nothing to do, and Ray is not even asked for.
    monkeypatch.setattr(command, "joined", lambda _: pytest.fail("asks for Ray"))
    before = (more[1] / "two.mp4").stat().st_mtime_ns
    assert cli.main(["farm", "one", "two", "--frames=5", "--video"]) == 0
    assert (more[1] / "two.mp4").stat().st_mtime_ns == before
    assert "2 of 2 dreams, 10 of 10 frames" in capfd.readouterr().err


def test_variations_are_dreamt_and_stand_side_by_side(dreams, share, monkeypatch, capfd):
    monkeypatch.setattr(command, "joined", lambda _: nullcontext(share))
    argv = ["farm", "one", *FLAGS, "--vary", "layer=mixed3a,no_such,mixed3b", "--frames=2"]
    assert cli.main(argv) == 2
    said = capfd.readouterr()
    assert "layer=no_such" in said.err
    assert "Side by side" in said.out
    folders = [dreams / f"layer={layer}" for layer in ("mixed3a", "mixed3b")]
    assert [frame_numbers(folder) for folder in folders] == [[1, 2]] * 2
    assert contents(folders[0])["img_1.jpg"] != contents(folders[1])["img_1.jpg"]
    sheet, film = (dreams / f"layer=mixed3a,no_such,mixed3b.{ending}" for ending in ("jpg", "mp4"))
    assert load_image(sheet).shape[1] > 2 * load_image(folders[0] / "img_2.jpg").shape[1]

    # Again: nothing is made twice.
    before = [path.stat().st_mtime_ns for path in (sheet, film)]
    assert cli.main(argv) == 2
    assert "Side by side" not in capfd.readouterr().out
    assert [path.stat().st_mtime_ns for path in (sheet, film)] == before


@pytest.mark.parametrize("sync", [False, True])
@pytest.mark.skipif(not Path("/proc/self").exists(), reason="how a process is found")
def test_what_is_killed_goes_on_and_is_what_a_plain_run_makes(more, unbroken, share, sync):
    """With sync, in a folder of the machine's own; here the process itself is killed."""
    folder, frames = more[0], 60  # on a quick machine, a second's work
    dreams = [InHand(Order(folder, frames, QUICK), sync)]
    killed = False
    with handed_out(dreams, share, sync) as looks:
        for standings in looks:
            if not killed and 0 < standings[0].done < frames:
                killed = True
                for process in _at_work():
                    os.kill(process, signal.SIGKILL)
    assert standings[0].state == "done", standings[0].words
    assert dreams[0].attempt == 1
    assert contents(folder) == unbroken(frames)
    assert {path.name for path in folder.iterdir()} - contents(folder).keys() == set()


def _at_work():
    """The processes that dream for us; Ray names them after what they do."""
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            ours = f"DREAMMOVIE_TEST={OURS}\0".encode() in (path / "environ").read_bytes()
            if ours and (path / "cmdline").read_bytes().startswith(b"ray::dream"):
                yield int(path.name)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="how a process is found")
def test_who_sends_a_frame_keeps_its_cores(more, share):
    import ray

    all_there_are = Share(ray.cluster_resources()["CPU"], 0)
    dreams = [InHand(Order(folder, 20, QUICK), True) for folder in more]
    with handed_out(dreams, all_there_are, True) as looks:
        for _ in looks:
            assert len(list(_at_work())) <= 1
    assert [each.state for each in dreams] == ["done"] * len(more)


def test_files_travel_with_sync(dreams, picture, share):
    outside = Path("outside.png").absolute()
    save_image(picture[::-1], outside)
    save_image(picture * 0 + 128, dreams / "mask.png")
    plain = dreams.with_name("plain")
    shutil.copytree(dreams, plain)
    given = {**QUICK, "palette": str(outside)}
    list(go_on(plain, 2, given))
    with handed_out([InHand(Order(dreams.absolute(), 2, given), True)], share, True) as looks:
        *_, (standing,) = looks
    assert standing.state == "done", standing.words
    assert contents(dreams) == contents(plain)

    # What is told of a file has the name that a person gave it.
    save_image(picture, outside)
    save_image(picture * 0 + 99, dreams / "mask.png")
    with handed_out([InHand(Order(dreams.absolute(), 3), True)], share, True) as looks:
        *_, (standing,) = looks
    assert {event.path for event in standing.told} == {outside, dreams.absolute() / "mask.png"}


@pytest.mark.parametrize("sync", [False, True])
def test_a_page_may_stop_it_and_whoever_closes_stops_all(more, share, sync):
    dreams = [InHand(Order(folder, 10_000, QUICK), sync) for folder in more]
    with handed_out(dreams, share, sync) as looks:
        for standings in looks:
            if current_run(more[0]) and frame_numbers(more[0]):
                stop(more[0])
            if standings[0].state == "stopped" and standings[1].done:
                break
    assert standings[0].done < 10_000
    deadline = time.monotonic() + 60
    while any(map(current_run, more)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(owner(folder) for folder in more)
    assert not any((folder / "dream.run").exists() for folder in more)


@pytest.fixture
def scenic(tmp_path, picture):
    """A clip of eight frames in three scenes, which begin with frames 1, 4 and 6; and a mask."""
    folder = tmp_path / "scenic"
    folder.mkdir()
    drawn = DrawnClip(72, 96)
    scenes = [drawn.frame(0), drawn.frame(1), drawn.frame(2)]
    scenes += [picture, np.roll(picture, 2, 1)]
    scenes += [255 - 0.7 * drawn.frame(n)[..., ::-1] for n in range(3)]
    write_video(folder / "img_0.mp4", scenes, 25, 1)
    save_image(picture, folder / "mask.png")
    return folder


def test_scenes_of_a_clip_are_dreamt_side_by_side_as_if_by_one_run(scenic, share, monkeypatch):
    """Stopped in the middle, and taken up again; the folder is whole at every moment."""
    wish = {**QUICK, "zoom": "0:1, 1s:1.2", "scene_dreams": 2}
    plain = scenic.with_name("plain")
    shutil.copytree(scenic, plain)
    list(go_on(plain, None, wish))

    def power_cut(folder):
        raise OSError("power cut")

    def farmed(sync):
        dreams = [InHand(Order(scenic, None, wish), sync)]
        with handed_out(dreams, Share(0.25, 0), sync) as looks:  # more places than one core is
            for looked in looks:
                assert frame_numbers(scenic) == list(range(1, len(frame_numbers(scenic)) + 1))
                (standing,) = looked
        return standing

    with monkeypatch.context() as patch:
        patch.setattr("dreammovie.farm.in_shots.gather", power_cut)
        assert farmed(sync=True).words == "power cut"
    shots = {path.name: path for path in (scenic / ".shots").iterdir()}
    assert (frame_numbers(scenic), sorted(shots)) == ([1, 2, 3], ["4", "6"])
    (shots["4"] / "img_5.jpg").unlink()
    (shots["6"] / "img_8.jpg").unlink()
    standing = farmed(sync=False)
    assert (standing.state, standing.done) == ("done", 8), standing.words
    assert contents(scenic) == contents(plain)
    assert {path.name for path in scenic.iterdir()} - contents(scenic).keys() == {"mask.png"}


def test_what_is_wrong_with_a_dream_is_met_before_anything_is_handed_out(more):
    def words(**asked):
        each = InHand(Order(more[0], **asked)).standing
        assert each.state == "failed"
        return each.words

    assert "--zoom" in words(given={"zoom": -1.0})
    assert "no preset" in words(preset="nap")
    with lock(more[0]):
        assert "Another run is dreaming in" in words()


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ([], "Which dreams"),
        (["one", "--address", "nowhere"], "expected is auto, HOST:PORT"),
        (["one", "--address", "127.0.0.1:1"], "Nobody answers at 127.0.0.1:1"),
        (["one", "--cores-per-dream", "-1"], "--cores-per-dream was -1"),
    ],
)
def test_what_is_wrong_with_the_farm_is_a_sentence(dreams, capfd, flags, says):
    assert cli.main(["farm", *flags]) == 2
    assert says in capfd.readouterr().err


def test_who_lacks_ray_is_told(dreams, capfd, monkeypatch):
    monkeypatch.setattr("dreammovie.farm.cluster.find_spec", lambda _: None)
    assert cli.main(["farm", "one"]) == 2
    assert "[farm]" in capfd.readouterr().err


def test_a_full_disk_on_one_machine_is_a_sentence_that_names_it(dreams, monkeypatch, full_disk):
    monkeypatch.setenv(CORES, "1")
    luggage = Luggage({"img_0.jpg": (dreams / "img_0.jpg").read_bytes()}, {})
    with full_disk(100):
        outcome = dream(Order(dreams.absolute(), 1), 1, luggage, lambda *fields: None)
    assert outcome.state == "failed"
    assert outcome.words.endswith(f"File too large (on {platform.node()}).")


def test_other_versions_on_a_cluster_are_a_sentence():
    said = "Version mismatch: The cluster was started with:\n    Ray: 2.40.0\n    Python: 3.12.1\n"
    words = str(_sentence(RuntimeError(said), "10.0.0.1:6379"))
    assert "another Ray or another Python than this machine" in words
    assert "\n" not in words


def test_what_all_wait_for_is_said_now_and_then(more, share, monkeypatch, capfd):
    monkeypatch.setattr(command, "joined", lambda _: nullcontext(Share(64, 0)))
    monkeypatch.setattr("dreammovie.commands.board._LACK_AFTER", 0.0)
    monkeypatch.setattr("dreammovie.commands.board._LACK_EVERY", 0.0)
    said = ""

    def nothing_left_to_wait_for(board, lack):
        nonlocal said
        explain(board, lack)
        said += capfd.readouterr().err
        if said.count("a machine with 64 cores and 0 cards to join the cluster") == 2:
            raise KeyboardInterrupt

    explain = command.Board._explain
    monkeypatch.setattr(command.Board, "_explain", nothing_left_to_wait_for)
    assert cli.main(["farm", "one", "two", *FLAGS, "--frames=5"]) == 130
    assert not any((folder / "dream.run").exists() for folder in more)


def test_machines_with_a_full_disk_are_not_waited_for(monkeypatch):
    nodes = [
        {"NodeID": name, "Alive": alive, "Resources": {"CPU": 4.0}}
        for name, alive in (("a", True), ("b", False), ("c", True))
    ]
    monkeypatch.setattr("ray.nodes", lambda: nodes)
    assert lack(Share(2, 0), {"a"}) == ""
    assert "2 machines with a full disk are left out" in lack(Share(2, 0), {"a", "c"})
    assert "disk" not in lack(Share(8, 0), {"b"})


def test_nobody_else_can_reach_a_ray_of_our_own(share):
    import ray

    assert [each["NodeManagerAddress"] for each in ray.nodes()] == ["127.0.0.1"]


def test_machines_are_shared_out():
    from dreammovie.farm.cluster import share_of

    def node(cores, cards=0.0):
        return {"Alive": True, "Resources": {"CPU": cores, "GPU": cards}}

    assert share_of(FarmSettings(), [node(8.0), node(4.0)]) == Share(4, 0)
    assert share_of(FarmSettings(), [node(16.0, 2.0), node(4.0)]) == Share(8, 1)
    assert share_of(FarmSettings(gpus_per_dream=0.5), [node(16.0, 2.0)]) == Share(4, 0.5)
    assert Share(0.5, 0).threads == 1
    with pytest.raises(DreamError, match="No machine has 9 cores"):
        share_of(FarmSettings(cores_per_dream=9.0), [node(8.0)])
    with pytest.raises(DreamError, match="whole ones"):
        share_of(FarmSettings(cores_per_dream=1.5), [node(8.0)])
