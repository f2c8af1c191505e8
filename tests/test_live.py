"""Who looks on sees the frame that is being dreamt; who does not costs nothing."""

import os
import time

from dreammovie.movies import live
from dreammovie.movies.live import look_away, look_on
from dreammovie.movies.movie import Progress
from dreammovie.movies.run import go_on
from dreammovie.pictures.image import load_image

QUICK = {"network": "dreamnet", "steps": 3, "octaves": 2, "octave_scale": 1.5, "size": "160x120"}


def test_a_frame_is_seen_while_it_is_dreamt(dreams, monkeypatch):
    monkeypatch.setattr(live, "_EVERY", 0.0)
    monkeypatch.setattr(live, "_LOOKS", 600.0)  # a step may be compiled for long
    look_on(dreams)
    seen = set()
    for event in go_on(dreams, 2, QUICK):
        if isinstance(event, Progress) and (path := look_on(dreams)):
            assert load_image(path).shape == (120, 160, 3)  # also of the small octave
            seen.add(path.read_bytes())
    assert len(seen) > 6  # other pictures with the steps, not with the frames alone
    left = {path.name for path in dreams.iterdir() if path.name.startswith("dream.")}
    assert left <= {"dream.json", "dream.lock"}


def test_nobody_looks_on(dreams, monkeypatch):
    """Or somebody did, a while ago."""
    monkeypatch.setattr(live, "_EVERY", 0.0)
    look_on(dreams)
    os.utime(dreams / "dream.watched", (time.time() - 60,) * 2)
    for _ in go_on(dreams, 1, QUICK):
        assert not (dreams / "dream.live.jpg").exists()
    look_on(dreams)
    look_away(dreams)
    assert not (dreams / "dream.watched").exists()
