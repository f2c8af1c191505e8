"""Who holds a dream: on this machine, and on others, whose locks a network disk may hide."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dreammovie.errors import DreamError
from dreammovie.movies import lock as locks
from dreammovie.movies.lock import STALE, current_run, lock, owner
from dreammovie.movies.movie import Progress
from dreammovie.movies.run import go_on

QUICK = {"network": "dreamnet", "layer": "mixed3a", "steps": 1, "octaves": 1}


def owned(folder, host, age):
    """Another machine's run of that age, of which the disk hides the lock."""
    path = folder / "dream.owner"
    part = folder / "owner"
    part.write_text(json.dumps({"host": host, "pid": 1, "run": "1"}))
    part.replace(path)
    os.utime(path, (time.time() - age,) * 2)
    (folder / "dream.lock").touch()
    return path


def test_a_run_on_another_machine_is_named_and_left_alone(dreams):
    before = owned(dreams, "attic", 5).read_bytes()
    assert current_run(dreams) is not None
    with (
        pytest.raises(DreamError, match=r"Another run .*one on attic"),
        lock(dreams),
    ):
        pass
    assert (dreams / "dream.owner").read_bytes() == before


def test_a_still_heart_elsewhere_is_taken_over(dreams, monkeypatch):
    monkeypatch.setattr(locks, "_SETTLES", 0)
    owned(dreams, "attic", STALE + 5)
    assert current_run(dreams) is None
    with lock(dreams):
        assert owner(dreams).pid == os.getpid()
    assert owner(dreams) is None


def test_of_two_that_take_over_at_once_one_does(dreams, monkeypatch):
    """The other one writes its name while we wait whether anybody does."""
    owned(dreams, "attic", STALE + 5)
    monkeypatch.setattr(time, "sleep", lambda _: owned(dreams, "cellar", 0))
    with pytest.raises(DreamError, match="on cellar"), lock(dreams):
        pass


def test_what_was_killed_here_is_gone_on_with_at_once(dreams, monkeypatch):
    with lock(dreams):
        left = (dreams / "dream.owner").read_bytes()
    (dreams / "dream.owner").write_bytes(left)
    monkeypatch.setattr(time, "sleep", lambda _: pytest.fail("waits"))
    with lock(dreams):
        pass


def test_patience_waits_for_the_end_of_a_run_elsewhere(dreams, monkeypatch):
    path = owned(dreams, "attic", 0)

    def ends(_):
        if owner(dreams).host == "attic":
            path.unlink()

    monkeypatch.setattr(time, "sleep", ends)
    with lock(dreams, patience=60):
        assert owner(dreams).pid == os.getpid()


def test_a_heart_beats_and_notices_that_it_lost_its_dream(dreams, monkeypatch):
    monkeypatch.setattr(locks, "_BEAT", 0.01)
    events = go_on(dreams, 50, QUICK)
    assert any(isinstance(event, Progress) for event in events)
    before = owner(dreams).beaten
    while owner(dreams).beaten == before:
        time.sleep(0.01)
    foreign = owned(dreams, "attic", 0)
    time.sleep(0.1)
    with pytest.raises(DreamError, match="another run went on"):
        list(events)
    assert foreign.exists()


@pytest.mark.parametrize("nonsense", [b"", b"[", b"{}", b'{"host": 1, "pid": "x"}', b"[1]"])
def test_an_owner_that_cannot_be_read_is_nobody(dreams, nonsense):
    (dreams / "dream.owner").write_bytes(nonsense)
    with lock(dreams):
        pass
    assert not (dreams / "dream.owner").exists()


def test_nothing_is_left_of_a_run(dreams):
    with lock(dreams):
        assert {path.name for path in dreams.iterdir()} == {"img_0.jpg", *locks.HOLDING}
    assert [path.name for path in dreams.iterdir()] == ["img_0.jpg"]
    current_run(dreams)
    assert [path.name for path in dreams.iterdir()] == ["img_0.jpg"]


def test_whoever_is_refused_takes_no_lock_away(dreams):
    """On a disk that hides other machines' locks, theirs looks as one that nobody holds."""
    owned(dreams, "attic", 5)
    with pytest.raises(DreamError), lock(dreams):
        pass
    assert (dreams / "dream.lock").exists()


HOLDER = """
import os, sys
from pathlib import Path
from dreammovie.movies.lock import lock
folder, rounds = Path(sys.argv[1]), int(sys.argv[2])
for _ in range(rounds):
    with lock(folder, 60):
        alone = os.open(folder / "alone", os.O_CREAT | os.O_EXCL)  # it fails beside another one
        os.close(alone)
        (folder / "alone").unlink()
"""


def test_a_lock_that_is_removed_is_held_by_one_at_a_time(dreams):
    """By many who wait for one another, take it and remove it, with others who look."""
    root = Path(__file__).parents[1]
    holders = [
        subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(dreams), "25"],
            env={**os.environ, "PYTHONPATH": str(root)},
        )
        for _ in range(4)
    ]
    while any(holder.poll() is None for holder in holders):
        current_run(dreams)
        time.sleep(0.001)
    assert [holder.returncode for holder in holders] == [0] * 4
    assert [path.name for path in dreams.iterdir()] == ["img_0.jpg"]
