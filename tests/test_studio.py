"""The studio behind its page: uploads, names, dreams in threads, movies in processes."""

import contextlib
import gc
import io
import json
import os
import shutil
import struct
import tempfile
import threading
import time
import zlib
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags
from PIL import Image as Pillow
from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx
from streamlit.runtime.state.session_state import SessionState
from streamlit.testing.v1 import AppTest

from dreammovie.commands import cli
from dreammovie.dreaming.layers import SheetSettings
from dreammovie.dreaming.stages import EvolutionSettings, PictureSettings
from dreammovie.errors import DreamError
from dreammovie.files import sha256
from dreammovie.movies.dreams import new_dream
from dreammovie.movies.folder import frame_numbers, video_path
from dreammovie.movies.history import Entry, write_history
from dreammovie.movies.lock import Run, announced, current_run, is_wanted, lock, stop
from dreammovie.movies.presets import PRESETS
from dreammovie.movies.schedule import Script, direct
from dreammovie.networks.table import NETWORKS
from dreammovie.networks.weights import weights_file
from dreammovie.pictures.image import encode, load_image, save_image, to_uint8
from dreammovie.studio import jobs, runs
from dreammovie.studio.jobs import GrowJob, LayersJob, PictureJob
from dreammovie.studio.line import Line, Ticket
from dreammovie.studio.uploads import read_upload, safe_name
from tests.conftest import make_picture

REPOSITORY = Path(__file__).parents[1]


def wait_until(condition):
    """Waits as long as it takes, but not for ever: then something hangs."""
    end = time.monotonic() + 300
    while not condition():
        assert time.monotonic() < end, "it hangs"
        time.sleep(0.01)


# Uploads


def png_of_one_colour(width, height):
    """A whole PNG file, 1 bit a pixel."""

    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    packer = zlib.compressobj(1)
    row = bytes(1 + (width + 7) // 8)
    packed = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def animated_gif():
    file = io.BytesIO()
    pictures = [Pillow.new("RGB", (96, 72), (level, 0, 0)) for level in (0, 200)]
    pictures[0].save(file, "GIF", save_all=True, append_images=pictures[1:])
    return file.getvalue()


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="90" height="90"><script>1</script></svg>'


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"no picture at all\n" * 99, "cannot be read as a picture; expected is JPEG"),
        (SVG, "cannot be read"),
        (encode(make_picture(72, 96))[:900], "cannot be read"),
        (encode(make_picture(40, 96), ".png"), "has 96x40 pixels"),
        (encode(np.zeros((50, 8000, 3), np.float32), ".png"), "has 8000x50 pixels"),
    ],
)
def test_what_is_no_picture_is_a_sentence(content, says):
    with pytest.raises(DreamError, match=says) as raised:
        read_upload(io.BytesIO(content), "../../etc/holiday.jpg")
    assert "holiday.jpg" in str(raised.value)
    assert "etc" not in str(raised.value)


def test_huge_picture_is_refused_before_it_is_decoded(monkeypatch):
    def decode(*_):
        raise AssertionError("it was decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", decode)
    bomb = png_of_one_colour(30_000, 30_000)
    assert len(bomb) < 2**20
    with pytest.raises(DreamError, match="more than 40,000,000 pixels"):
        read_upload(io.BytesIO(bomb), "bomb.png")


def test_large_picture_is_made_smaller():
    panorama = read_upload(io.BytesIO(png_of_one_colour(8200, 100)), "wide.png")
    assert panorama.shape == (64, 5248, 3)
    image = read_upload(io.BytesIO(png_of_one_colour(6000, 3000)), "large.png")
    assert image.shape == (2048, 4096, 3)
    assert image.dtype == np.float32


@given(st.text() | st.text("./\\~$<>[]*_`:|\0 a", max_size=90))
def test_names_of_uploads_are_harmless(name):
    harmless = safe_name(name)
    assert 1 <= len(harmless) <= 60
    assert Path(harmless).name == harmless
    assert not set(harmless) & set("/\\<>[]*`$&:|\0\n")
    assert harmless.strip(". ") == harmless


def page_of_choices():
    """A page that says what was chosen on it."""
    import streamlit as st

    from dreammovie.dreaming.stages import PictureSettings
    from dreammovie.studio import begin, controls

    picture, name = begin.choose_picture()
    begin.begin_dream("A new dream of it", "Begin", picture)
    steps = controls.choose_steps("picture", PictureSettings())["steps"]
    st.json({"picture": name, "begun": st.session_state.get("begun"), "steps": steps})


def test_what_was_chosen_is_not_lost_when_another_message_arrives(tmp_path, monkeypatch):
    """Streamlit ends the run of a page for it, and a callback that touches the state."""
    call_callbacks = SessionState._call_callbacks

    def interrupted(state, **given):
        get_script_run_ctx().script_requests.request_rerun(RerunData())
        call_callbacks(state, **given)

    monkeypatch.setattr(SessionState, "_call_callbacks", interrupted)
    monkeypatch.chdir(tmp_path)
    page = AppTest.from_function(page_of_choices, default_timeout=300).run()
    demo = json.loads(page.json[0].value)
    assert demo == {"picture": "The valley at dusk", "begun": None, "steps": 15}
    upload = ("cat.png", png_of_one_colour(200, 100), "image/png")
    page.file_uploader[0].set_value(upload).run()
    page.text_input[0].input("river")
    page.button[0].click().run()
    page.selectbox[0].select("lapnorm").run()
    assert json.loads(page.json[0].value) == {"picture": "cat.png", "begun": "river", "steps": 10}
    assert load_image(tmp_path / "dreams/river/img_0.png").shape == (100, 200, 3)
    # What the uploader forgets is there until it is taken away.
    page.file_uploader[0].set_value(None).run()
    assert json.loads(page.json[0].value)["picture"] == "cat.png"
    [away] = (button for button in page.button if button.label == "Take cat.png away")
    away.click().run()
    assert json.loads(page.json[0].value)["picture"] == "The valley at dusk"


@given(
    st.text()
    | st.text("./\\~-_ a\0\u0301\u093f", max_size=70)
    | st.sampled_from(["../a", "/a", "a", "é 1"])
)
def test_new_dreams_stay_in_their_folder(name):
    picture = make_picture(64, 64)
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        try:
            made = new_dream(name, picture)
        except DreamError:
            assert list(Path().rglob("*")) == []
        else:
            assert made.parent == Path("dreams")
            assert set(Path().rglob("*")) == {made.parent, made, made / "img_0.png"}
            assert np.array_equal(load_image(made / "img_0.png"), to_uint8(picture))


@pytest.mark.parametrize(
    "name", ["हिन्दी", "ภาษาไทยนี้", "e\u0301te\u0301", "com10", "Console", "𠮷" * 60]
)
def test_dreams_have_names_of_all_scripts(dreams, picture, name):
    made = new_dream(name, picture)
    assert made.name == safe_name(name) == name
    assert cli.main(["video", name]) == 0
    assert video_path(made).exists()


@pytest.mark.parametrize(
    "name", ["CON", "nul", "aux", "Lpt1", "COM²", "\u0301a", "a" * 61, "a -", "", "Pictures"]
)
def test_names_that_no_dream_can_have(dreams, picture, name):
    with pytest.raises(DreamError, match="A dream cannot be named"):
        new_dream(name, picture)
    assert list(dreams.parent.iterdir()) == [dreams]


def test_new_dream_takes_no_other_ones_place(dreams, picture, full_disk):
    with pytest.raises(DreamError, match="a dream named one already"):
        new_dream("one", picture)
    assert [path.name for path in dreams.iterdir()] == ["img_0.jpg"]
    with full_disk(1000), pytest.raises(OSError, match="img_0"):
        new_dream("two", picture)
    assert not dreams.with_name("two").exists()


def test_a_name_is_free_where_a_new_dream_was_killed(dreams, picture):
    left = dreams.with_name("two")
    left.mkdir()
    (left / ".img_0.png.0123abcd.part").write_bytes(b"half")
    with lock(left), pytest.raises(DreamError, match="Another run"):
        new_dream("two", picture)  # it is being made
    assert new_dream("two", picture) == left
    assert {path.name for path in left.iterdir()} == {"img_0.png"}


# A run as its folder shows it


def test_where_no_lock_can_be_taken_nobody_dreams(dreams):
    (dreams / "dream.lock").mkdir()
    assert runs.state(dreams).doing == "nothing"


def test_a_clock_that_is_set_back_gives_no_pace_below_zero(dreams):
    with lock(dreams), announced(dreams, 9):
        began = current_run(dreams).began
        assert runs.state(dreams).pace is None
        for number, seconds in enumerate((90, 92, 10, 13), 1):
            shutil.copy(dreams / "img_0.jpg", dreams / f"img_{number}.jpg")
            os.utime(dreams / f"img_{number}.jpg", times=(began + seconds,) * 2)
            assert runs.state(dreams).settled == (number in (2, 4))
        assert runs.state(dreams).pace == pytest.approx(3, abs=1e-3)
        assert runs.state(dreams).left == pytest.approx(15, abs=1e-2)


def test_run_is_seen_from_the_folder(dreams):
    assert current_run(dreams) is None
    with lock(dreams):
        assert current_run(dreams).frames is None
        with announced(dreams, 7):
            assert current_run(dreams).frames == 7
            assert is_wanted(dreams)
            stop(dreams)
            assert not is_wanted(dreams)
            assert current_run(dreams).frames is None
            stop(dreams)
    assert current_run(dreams) is None


@pytest.mark.parametrize("content", [b"", b"[]", b'{"frames": "7"}', b"\xff", b"[" * 999])
def test_odd_announcement_is_a_run_without_an_end(dreams, content):
    (dreams / "dream.run").write_bytes(content)
    assert current_run(dreams) is None  # a killed run left it
    with lock(dreams):
        run = current_run(dreams)
    assert isinstance(run, Run)
    assert run.frames is None


def test_stopped_run_goes_on_as_if_it_had_not_been(dreams, small_weights, capfd):
    def frames(name, count):
        flags = f"--frames {count} --weights {small_weights} --layer mixed3a --steps 2 --octaves 1"
        return cli.frames([name, *flags.split()])

    def stop_after_two():
        wait_until((dreams / "img_2.jpg").exists)
        stop(dreams)

    shutil.copytree(dreams, dreams.with_name("two"))
    thread = threading.Thread(target=stop_after_two)
    thread.start()
    assert frames("one", 10**5) == 130
    thread.join()
    assert "Stopped. Go on with:" in capfd.readouterr().err
    made = frame_numbers(dreams)
    assert made == list(range(1, len(made) + 1))
    assert len(made) >= 2
    more = len(made) + 2
    assert frames("one", more) == frames("two", more) == 0
    for number in range(1, more + 1):
        one, two = (dreams.with_name(name) / f"img_{number}.jpg" for name in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()


# Movies in processes of their own


def wait_for_end(folder):
    wait_until(lambda: not runs.state(folder).busy)
    return runs.state(folder)


def test_movie_from_start_to_video(dreams, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    quick = {"network": "dreamnet", "layer": "20%", "steps": 1, "octaves": 1, "size": "96x72"}
    assert runs.state(dreams) == runs.State(0, None, "nothing", None, None, False, 0.0)

    runs.start_frames(dreams, 2, quick | {"layer": "nonsense"})
    state = wait_for_end(dreams)
    assert "There is no layer 'nonsense' in dreamnet." in state.error
    assert state.newest == 0
    runs.start_frames(dreams, 2, quick | {"zoom": "0:1, 4s:sine(t)"})
    assert wait_for_end(dreams).error.endswith("    0:1, 4s:sine(t)\n            ^")

    runs.start_frames(dreams, 10**5, quick)
    assert runs.state(dreams).doing in ("starting", "dreaming")
    assert runs.state(dreams).error is None
    for start in (lambda: runs.start_frames(dreams, 3, {}), lambda: runs.start_video(dreams, {})):
        with pytest.raises(DreamError, match="Somebody is at work in dreams/one already"):
            start()
    wait_until(lambda: runs.state(dreams).newest >= 3)
    state = runs.state(dreams)
    assert state.doing == "dreaming"
    assert state.run.frames == 10**5
    assert state.pace > 0
    assert state.left > 0
    stop(dreams)
    state = wait_for_end(dreams)
    assert state.error is None
    assert frame_numbers(dreams) == list(range(1, state.newest + 1))

    runs.start_video(dreams, {"loop": 1.0, "hold": 1.0})
    assert wait_for_end(dreams).error.startswith("A --loop has no ends, and --hold")
    runs.start_video(dreams, {"hold": 0.1, "title": True})
    assert runs.state(dreams).doing == "filming"
    assert wait_for_end(dreams).error is None
    with av.open(str(video_path(dreams))) as video:
        sizes = [(frame.width, frame.height) for frame in video.decode(video=0)]
    assert sizes == [(96, 72)] * (state.newest + 1 + 3)  # a tenth of a second is held


def page_of_schedules():
    """The settings of a movie that has one schedule, and what is given when they change."""
    from pathlib import Path

    import streamlit as st

    from dreammovie.studio import movie, runs

    folder = Path("dreams/one")
    st.json(movie._choose_settings(folder, runs.state(folder)))


def test_schedules_are_written_on_the_page(dreams):
    text = "0:1.05, 2:1.3 smooth"
    written = direct(Script(), {"zoom": text, "network": "dreamnet", "size": "96x72"}).written
    write_history(dreams, [Entry(1, written, "", {"file": None, "sha256": ""}, {})])
    page = AppTest.from_function(page_of_schedules, default_timeout=300).run()

    def given():
        assert not page.exception
        return json.loads(page.json[0].value)

    def pictures():
        return len(page.get("image"))

    assert given() == {"layer": "mixed4b + mixed4c"}
    assert [field.value for field in page.text_input] == [text]
    assert pictures() == 1
    page.text_input[0].input("0:1.05, 2:sine(t)").run()
    assert given()["zoom"] == "0:1.05, 2:sine(t)"
    says = page.error[0].value
    assert "Did you mean sin?" in says
    assert "\n    0:1.05, 2:sine(t)\n              ^\n" in says
    assert pictures() == 0
    page.text_input[0].input("0:1, 290:0").run()
    assert "At frame 288, zoom was 0.00689655;" in page.error[0].value
    group = next(each for each in page.button_group if each.label == "Over time")
    group.set_value(["steps"]).run()
    assert not page.error
    page.text_input[0].input("0:15, 3:20").run()
    assert given()["steps"] == "0:15, 3:20"
    assert given()["zoom"] == 1.1  # in the place of the schedule that it has
    assert pictures() == 1


def test_what_is_changed_elsewhere_is_shown_and_not_taken_back(dreams):
    """By another window, or by a command."""
    written = direct(Script(), {"network": "dreamnet", "size": "96x72", "seed": 3 * 10**9}).written
    history = [Entry(1, dict(written), "", {"file": None, "sha256": ""}, {})]
    write_history(dreams, history)
    page = AppTest.from_function(page_of_schedules, default_timeout=300).run()

    def steps():
        assert not page.exception
        return next(each for each in page.slider if each.label == "Steps")

    steps().set_value(5).run()
    assert json.loads(page.json[0].value)["steps"] == 5
    write_history(
        dreams, [*history, replace(history[0], from_frame=2, settings=written | {"steps": 7})]
    )
    page.run()
    assert steps().value == 7
    assert not {"steps", "seed"} & json.loads(page.json[0].value).keys()


def test_a_movie_is_directed_on_the_page(dreams, picture):
    """Each control gives its setting, and a picture becomes a file of ours in the folder."""
    page = AppTest.from_function(page_of_schedules, default_timeout=300).run()

    def given():
        assert not page.exception
        return json.loads(page.json[0].value)

    for label, name, value in (
        ("Zoom", "zoom", 0.9),
        ("Rotate", "rotate", 12.0),
        ("Shake", "shake", 0.01),
        ("Hold colour", "hold_colour", 0.5),
    ):
        next(each for each in page.slider if each.label == label).set_value(value)
        page.run()
        assert given()[name] == value
    next(each for each in page.button_group if each.label == "Edges").set_value("dream")
    page.run()
    assert given()["edges"] == "dream"
    assert not {"persistence", "flow"} & given().keys()
    encoded = io.BytesIO()
    Pillow.fromarray(to_uint8(picture)).save(encoded, "PNG")
    upload = next(each for each in page.file_uploader if each.label == "A guide")
    upload.upload("../../my guide.png", encoded.getvalue(), "image/png")
    page.run()
    assert given()["guide"] == str(dreams / "guide.png")
    assert (load_image(dreams / "guide.png") == to_uint8(picture)).all()
    next(each for each in page.file_uploader if each.label == "A guide").set_value(None)
    page.run()
    assert "guide" not in given()
    assert not (dreams / "guide.png").exists()
    save_image(picture, dreams / "mask.png")  # by hand, or before the page was opened
    page.run()
    next(each for each in page.checkbox if each.label == "Keep the mask it has").uncheck().run()
    assert given()["mask"] == "none"


def test_a_preset_fills_in_the_page(dreams):
    """What is chosen after it still counts; what the page has no field for comes along."""
    page = AppTest.from_function(page_of_schedules, default_timeout=300).run()
    before = json.loads(page.json[0].value)
    [choice] = (box for box in page.selectbox if box.label == "Preset")
    choice.select("whirlpool").run()
    assert not page.exception
    given = json.loads(page.json[0].value)
    assert given == before | dict(PRESETS["whirlpool"].settings)
    [steps] = (slider for slider in page.slider if slider.label == "Steps")
    assert steps.value == given["steps"]
    steps.set_value(3).run()
    assert json.loads(page.json[0].value) == given | {"steps": 3}
    [choice] = (box for box in page.selectbox if box.label == "Preset")
    choice.select("tunnel").run()
    given = json.loads(page.json[0].value)
    assert given == before | dict(PRESETS["tunnel"].settings)
    assert {field.value for field in page.text_input} == {
        given[name] for name in ("rotate", "turn", "tilt")
    }


def test_run_that_could_not_speak_is_named(dreams, monkeypatch):
    monkeypatch.setattr("sys.executable", shutil.which("false"))
    runs.start_frames(dreams, 2, {})
    assert "ended with status 1" in wait_for_end(dreams).error


def test_runs_speak_in_the_encoding_that_is_read(dreams, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    monkeypatch.setenv("PYTHONIOENCODING", "ascii:strict")
    shutil.copy(dreams / "img_0.jpg", dreams / "img_1.jpg")
    folder = dreams.rename(dreams.with_name("森"))
    runs.start_video(folder, {})
    assert wait_for_end(folder).error is None
    (folder / "img_1.jpg").write_bytes(b"half")
    runs.start_video(folder, {})
    assert "dreams/森/img_1.jpg cannot be read" in wait_for_end(folder).error
    assert {path.name for path in folder.iterdir()} == {"img_0.jpg", "img_1.jpg", "森.mp4"}


# Dreams in threads


@pytest.fixture
def small_network(small_weights, tmp_path, monkeypatch):
    """The small network, its weights fetched, as "small" in the table."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    row = replace(NETWORKS["inception5h"], file="small.pb", sha256=sha256(small_weights))
    monkeypatch.setitem(NETWORKS, "small", row)
    weights_file("small").parent.mkdir()
    shutil.copy(small_weights, weights_file("small"))


QUICK = PictureSettings(network="small", layer="mixed3a", steps=3, octaves=1)


def picture_job(picture, **changed):
    return PictureJob(picture, PictureSettings(**{**vars(QUICK), **changed}))


def done(*some):
    for job in some:
        job.start()
    wait_until(lambda: all(job.done for job in some))
    return some[0]


@pytest.mark.usefixtures("small_network")
def test_picture_is_dreamt_and_tells_how(picture):
    job = done(picture_job(picture, seed=5))
    assert (job.error, job.stopped, job.share) == (None, False, 1.0)
    assert job.what == "small dreams of mixed3a"
    assert 1 < np.abs(job.image - picture).mean() < 30
    assert job.before != job.after
    for ending in (".png", ".jpg"):
        with Pillow.open(io.BytesIO(job.file(ending))) as file:
            made = json.loads(file.getexif()[ExifTags.Base.ImageDescription])
            pixels = np.asarray(file.convert("RGB"), np.float32)
        assert made["settings"]["layer"] == "mixed3a"
        assert made["settings"]["seed"] == 5
        assert made["weights"] == NETWORKS["small"].sha256
        off = np.abs(pixels - to_uint8(job.image)).mean()
        assert off == 0 if ending == ".png" else off < 8


def test_streamlit_leaves_keras_alone(monkeypatch):
    """It would empty what all dreams share after every look at a page."""
    import keras
    from streamlit.runtime.scriptrunner import script_runner

    assert "_log_if_error(_clean_problem_modules)" in Path(script_runner.__file__).read_text()
    monkeypatch.setattr("keras.backend.clear_session", lambda: cleared.append(keras))
    cleared = []
    script_runner._clean_problem_modules()
    assert cleared == []


@pytest.mark.usefixtures("small_network")
def test_two_at_once_do_not_disturb_one_another(picture):
    def both():
        return [picture_job(picture), picture_job(picture[::-1].copy(), seed=9, steps=4)]

    alone = [done(job).image for job in both()]
    together = both()
    done(*together)
    for job, image in zip(together, alone, strict=True):
        assert np.array_equal(job.image, image)
    assert not np.array_equal(alone[0], alone[1])


@pytest.mark.usefixtures("small_network")
def test_stopped_dream_keeps_what_it_has(picture):
    job = picture_job(picture, steps=10_000)
    job.start()
    wait_until(lambda: job.stage)
    job.stop()
    assert job.done
    assert job.stopped
    stage, after = job.stage, job.after
    wait_until(lambda: not any(t.name == "PictureJob" for t in threading.enumerate()))
    assert job.stage is stage
    assert job.after == after
    assert job.error is None


@pytest.mark.usefixtures("small_network")
def test_dream_that_nobody_looks_at_ends(picture, monkeypatch):
    monkeypatch.setattr(jobs, "_DESERTED", 0.0)
    job = done(picture_job(picture, steps=10_000))
    assert job.stopped


@pytest.mark.usefixtures("small_network")
def test_third_dream_waits_for_its_turn(picture):
    first, second, third = (picture_job(picture, steps=10_000) for _ in range(3))
    for job in (first, second):
        job.start()
    wait_until(lambda: first.stage and second.stage)
    fourth, fifth = (picture_job(picture, steps=10_000) for _ in range(2))
    for job in (third, fourth, fifth):
        job.start()
        wait_until(lambda job=job: "your turn comes in about" in job.words)
    assert third.words.startswith("The machine is busy; ")
    assert fourth.words.startswith("The machine is busy, and 1 waits before you; ")
    assert fifth.words.startswith("The machine is busy, and 2 wait before you; ")
    fourth.stop()  # at any place
    wait_until(lambda: "and 1 waits" in fifth.words)
    first.stop()
    wait_until(lambda: third.stage)
    assert not fifth.stage
    for job in (second, third, fifth):
        job.stop()


def test_a_line_knows_when_a_turn_comes():
    """About: of those at work it counts what is left, of those that wait what others took."""
    line = Line(at_once=2)
    tickets = [Ticket() for _ in range(5)]
    with ExitStack() as places:
        for ticket in tickets:
            places.enter_context(line.place(ticket))
        assert [line.wait(ticket, 0) for ticket in tickets] == [True, True, False, False, False]
        now = time.monotonic()
        for ticket, took in zip(tickets, (30, 10), strict=False):
            ticket.began, ticket.share = now - took, 0.5  # 30 and 10 seconds are left
        expected = [(0, 0), (0, 0), (0, 10), (1, 30), (2, 40)]
        assert [line.before(each)[0] for each in tickets] == [count for count, _ in expected]
        assert [line.before(each)[1] for each in tickets] == pytest.approx(
            [left for _, left in expected], abs=1
        )
    for ticket in tickets[:2]:  # all have left: there is room
        with line.place(ticket):
            assert line.wait(ticket, 0)


@pytest.mark.usefixtures("small_network")
def test_failed_dreams_are_sentences_and_make_room(picture, odd_network, small_weights, caplog):
    for _ in range(3):
        job = done(picture_job(picture, layer="mixed3x"))
        assert "There is no layer 'mixed3x' in small. Did you mean" in job.error
    odd = odd_network(lambda *_: 1 / 0, file="small.pb", sha256=sha256(small_weights))
    error = done(picture_job(picture, network=odd)).error
    assert error == r"A mistake in dreammovie itself (ZeroDivisionError\: division by zero)."
    assert "A dream failed." in caplog.text
    assert done(picture_job(picture)).error is None


@pytest.mark.usefixtures("small_network")
def test_weights_that_cannot_be_had_are_a_sentence(picture, odd_network):
    job = picture_job(picture, network=odd_network(None, file="far", url="http://127.0.0.1:9/far"))
    done(job)
    assert job.words == "Fetching odd: 0 MB"
    begin = r"The weights of odd could not be fetched from http\://127.0.0.1\:9/"  # Markdown
    assert job.error.startswith(begin)
    assert "FILE" not in job.error  # which is for commands


@pytest.mark.usefixtures("small_network")
def test_growing_dream_becomes_films(picture):
    settings = EvolutionSettings(layer="mixed3a", steps=2, octaves=1)
    job = done(GrowJob(picture, ["small"], settings))
    assert job.error is None
    assert [film.steps for film in job.films] == [2]
    assert [path.suffix for path in job.videos] == [".mp4", ".gif"]
    for path in job.videos:
        with av.open(str(path)) as video:
            shown = [frame.to_ndarray(format="rgb24") for frame in video.decode(video=0)]
        assert shown[0].shape == (72, 96, 3)
        assert np.abs(shown[0] - picture).mean() < 15
        assert np.abs(shown[-1] - load_image(job.films[0].path(2))).mean() < 15
    folder = job.videos[0].parent
    del job
    gc.collect()
    wait_until(lambda: not folder.exists())


@pytest.mark.usefixtures("small_network")
def test_layers_dream_in_order_of_depth_until_they_are_stopped(small):
    job = LayersJob("small", SheetSettings(steps=1, octaves=1, size="64x64"))
    job.start()
    wait_until(lambda: len(job.pictures) > 1 or job.done)
    job.stop()
    wait_until(lambda: job.done)
    assert job.error is None
    assert 1 < len(job.pictures) < len(small.main_layers)
    assert list(job.pictures) == small.main_layers[: len(job.pictures)] == list(job.labels)
    assert {picture.shape for picture in job.pictures.values()} == {(64, 64, 3)}
    assert "channels" in job.labels["conv2d0"].detail


# The command


def test_app_without_streamlit_says_how_to_get_it(monkeypatch, capfd):
    monkeypatch.setattr("dreammovie.commands.app.find_spec", lambda _: None)
    assert cli.main(["app"]) == 2
    assert 'pip install ".[app]"' in capfd.readouterr().err
