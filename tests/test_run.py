"""Going on with a dream as values, which no command is needed for."""

import shutil
import threading
from dataclasses import fields, replace

import numpy as np
import pytest

from dreammovie import device
from dreammovie.commands.frames import words_of
from dreammovie.dreaming.dream import ascent_for, dream
from dreammovie.errors import DreamError
from dreammovie.movies.folder import Frames, frame_numbers
from dreammovie.movies.history import read_history, write_history
from dreammovie.movies.lock import current_run
from dreammovie.movies.movie import Progress
from dreammovie.movies.run import (
    Broken,
    Complete,
    Done,
    Dreaming,
    HistoryReplaced,
    NetworkChanged,
    SetAside,
    StartChanged,
    Stopped,
    go_on,
)
from dreammovie.movies.schedule import MovieSettings
from dreammovie.networks.weights import Measured, Waking
from dreammovie.pictures.image import save_image

QUICK = {"network": "dreamnet", "layer": "mixed3a", "steps": 1, "octaves": 1}


def happened(events):
    """All that happens but the steps."""
    return [event for event in events if not isinstance(event, Progress)]


def test_everything_that_happens_is_a_value(dreams, picture, capfd):
    first = happened(go_on(str(dreams), 2, QUICK))
    first = [event for event in first if not isinstance(event, Measured)]  # once a machine
    assert [type(event) for event in first] == [Waking, Dreaming, Done]
    assert (first[1].first, first[1].last, first[1].script.settings.size) == (1, 2, "96x72")
    assert list(go_on(dreams, 2)) == [Complete(2)]

    (dreams / "img_2.jpg").write_bytes(b"half")
    assert happened(go_on(dreams, 3))[0] == Broken(dreams / "img_2.jpg")

    save_image(picture[::-1], dreams / "img_0.jpg")
    again = happened(go_on(dreams, 2, after=1))
    assert again[1:3] == [SetAside(1, dreams / "aside_1"), StartChanged()]

    entries = read_history(dreams)
    write_history(dreams, [*entries, replace(entries[0], from_frame=9)])
    assert HistoryReplaced(9) in happened(go_on(dreams, 3))
    assert capfd.readouterr() == ("", "")


def test_another_network_of_the_same_name_does_not_go_on_silently(dreams):
    happened(go_on(dreams, 1, QUICK))
    entry = read_history(dreams)[0]
    old = replace(entry, weights={"file": None, "sha256": "0123456789" + 54 * "0"})
    write_history(dreams, [old])
    changed = NetworkChanged("dreamnet", old.sha256)
    assert changed in happened(go_on(dreams, 2))
    assert "SHA-256 01234567..." in words_of(changed, dreams)
    assert [each.sha256 for each in read_history(dreams)] == [old.sha256, entry.sha256]
    assert changed not in happened(go_on(dreams, 3))
    write_history(dreams, [replace(old, settings=old.settings | {"layer": "softmax9"})])
    told = []
    with pytest.raises(DreamError, match="no layer 'softmax9'"):
        told.extend(go_on(dreams, 4))
    assert told[-1] == changed  # which is why


def test_every_frame_is_told_once_and_is_there_then(dreams):
    saved = []
    for event in go_on(dreams, 4, QUICK):
        if isinstance(event, Progress) and event.saved:
            assert frame_numbers(dreams)[-1] >= int(event.saved.stem[4:])
            saved.append(event.saved.name)
            assert current_run(dreams).frames == 4
    assert saved == [f"img_{number}.jpg" for number in range(1, 5)]
    assert current_run(dreams) is None
    assert len(Frames(dreams)) == 5


def test_who_stops_listening_stops_the_dream(dreams):
    events = go_on(dreams, 10**5, QUICK)
    for event in events:
        if isinstance(event, Progress) and event.frame == 3:
            break
    events.close()
    assert frame_numbers(dreams) == [1, 2]
    assert current_run(dreams) is None
    assert happened(go_on(dreams, 3))[-1] == Done(3)


@pytest.mark.parametrize("end", ["done", "closed", "raised"])
def test_nothing_is_at_work_at_the_end_that_a_process_would_wait_for(
    dreams, tmp_path, monkeypatch, full_disk, end
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))  # it is measured, too
    before = set(threading.enumerate())
    events = go_on(dreams, 2, QUICK | {"layer": "strongest(mixed3a, 2)"})
    if end == "closed":
        next(event for event in events if isinstance(event, Progress))
        events.close()
    elif end == "raised":
        with full_disk(2000), pytest.raises(OSError, match="File too large"):
            list(events)
    else:
        list(events)
    left = {thread.name for thread in threading.enumerate() if thread not in before}
    assert left <= {"compiler_0"}
    assert device._begun == []  # so that it waits, too


def test_a_frame_that_could_not_be_written_is_told_at_the_end_too(dreams, full_disk):
    """Also to one who stops listening while it is being written."""
    events = go_on(dreams, 10**5, QUICK)

    def listen_for_a_frame():
        for event in events:
            if isinstance(event, Progress) and event.frame == 2:
                break
        events.close()

    with full_disk(2000), pytest.raises(OSError, match="File too large"):
        listen_for_a_frame()
    assert frame_numbers(dreams) == []


def test_a_frame_that_somebody_replaces_meanwhile_counts(dreams, picture, tmp_path):
    list(go_on(dreams, 1, QUICK))
    other = tmp_path / "other"
    shutil.copytree(dreams, other)
    save_image(picture[::-1], other / "img_1.jpg")
    list(go_on(other, 3))
    events = go_on(dreams, 3)
    next(event for event in events if isinstance(event, Progress))
    save_image(picture[::-1], dreams / "img_1.jpg")
    list(events)
    for number in (2, 3):
        frame = f"img_{number}.jpg"
        assert (dreams / frame).read_bytes() == (other / frame).read_bytes()


def test_a_folder_that_is_renamed_meanwhile_is_said_to_be(dreams):
    events = go_on(dreams, 10**5, QUICK)
    next(event for event in events if isinstance(event, Progress) and event.frame == 2)
    moved = dreams.rename(dreams.with_name("two"))
    with pytest.raises(DreamError, match="one was renamed or removed while"):
        list(events)
    assert not (moved / "dream.run").exists()
    assert not dreams.exists()
    assert happened(go_on(moved, 3))[-1] == Done(3)


def test_all_anew_needs_no_hint_to_begin_anew(dreams, picture):
    list(go_on(dreams, 2, QUICK))
    save_image(picture[::-1], dreams / "img_0.jpg")
    assert StartChanged() not in happened(go_on(dreams, 1, after=0))


def test_who_takes_the_announcement_away_stops_the_dream(dreams):
    for event in go_on(dreams, 10**5, QUICK):
        if isinstance(event, Progress) and event.frame == 3:
            (dreams / "dream.run").unlink(missing_ok=True)
    assert event == Stopped()
    assert frame_numbers(dreams)[-1] in (2, 3, 4)


def test_a_dream_that_is_done_when_it_is_to_stop_is_done(dreams):
    events = []
    for event in go_on(dreams, 2, QUICK):
        events.append(event)
        if isinstance(event, Progress) and event.saved and event.saved.name == "img_2.jpg":
            (dreams / "dream.run").unlink()
    assert events[-1] == Done(2)


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        ({"given": {"zoom": 0}}, "--zoom"),
        ({"given": {"layer": "mixed9"}}, "no layer 'mixed9'"),
        ({"recipe": "clasic"}, "Did you mean classic"),
        ({"weights": ["nothing.npz"]}, "nothing.npz is no file"),
        ({"after": 3}, "no img_3 "),
    ],
)
def test_a_wrong_wish_touches_nothing(dreams, wish, says):
    wish = {"given": {}, **wish}
    with pytest.raises(DreamError, match=says):
        list(go_on(dreams, 9, QUICK | wish.pop("given"), **wish))
    assert {path.name for path in dreams.iterdir()} == {"img_0.jpg"}


# Other values of what may change from frame to frame.
OTHERS = {
    "layer": "mixed3b",
    "steps": 3, "step_size": 2.0, "softness": 0.5, "zoom": 1.4, "rotate": 3.0, "pan_x": 0.1,
    "pan_y": 0.1, "tilt": 1.0, "turn": 1.0, "centre_x": 0.4, "centre_y": 0.3, "shake": 0.1,
    "shake_rate": 1.0, "hold_colour": 0.5, "grain": 0.1, "mask_edge": 0.1, "guide": "a.jpg",
    "palette": "a.jpg", "persistence": 0.5, "scene_dreams": 2, "dream_of_motion": 0.5,
}  # fmt: skip


def test_what_may_change_over_time_compiles_nothing_anew(dreamnet, traced, picture):
    """And what may not says why."""
    assert {f.name for f in fields(MovieSettings) if not f.metadata["fixed"]} == OTHERS.keys()
    settings = MovieSettings(layer="mixed3a", steps=8)
    ascent = ascent_for(dreamnet, settings)
    dream(picture, ascent, settings, np.random.default_rng(0))
    before = dict(traced)
    dream(picture, ascent, replace(settings, **OTHERS), np.random.default_rng(0))
    assert traced == before
