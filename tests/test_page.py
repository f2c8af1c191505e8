"""The studio's page in a browser, as a visitor uses it, against a running server."""

import hashlib
import io
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import ExifTags
from PIL import Image as Pillow
from playwright.sync_api import expect, sync_playwright

from dreammovie.movies.dreams import new_dream
from dreammovie.movies.folder import frame_numbers
from dreammovie.movies.history import read_history
from dreammovie.movies.lock import current_run, stop
from dreammovie.pictures.image import encode, load_image, to_uint8
from tests.conftest import make_picture
from tests.test_studio import animated_gif, png_of_one_colour, wait_until

PATIENCE = 300_000  # milliseconds; no test asserts a time
FLAGS = (
    "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update "
    "--disable-sync --no-first-run"
)
CAT, DOG = (to_uint8(make_picture(160, 240)[::way]) for way in (1, -1))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server whose dreams are in a folder of its own; its `url` and its `folder`."""
    folder = tmp_path_factory.mktemp("page")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "dreammovie", "app", "--no-browser", f"--port={port}"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    environment["XDG_CACHE_HOME"] = str(folder / "cache")  # where no other network's weights are
    with (
        open(folder / "server.log", "wb") as log,
        subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log) as process,
    ):
        try:
            wait_until(lambda: process.poll() is not None or is_healthy(url))
            assert process.poll() is None, (folder / "server.log").read_text()
            yield SimpleNamespace(url=url, folder=folder)
        finally:
            process.terminate()
    for dream in (folder / "dreams").glob("*"):
        stop(dream)
        wait_until(lambda dream=dream: current_run(dream) is None)
    log = (folder / "server.log").read_text()
    assert "Traceback" not in log, log


def is_healthy(url):
    try:
        with urllib.request.urlopen(f"{url}/_stcore/health") as answer:
            return answer.status == 200
    except OSError:
        return False


@pytest.fixture(scope="module")
def browser():
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        pytest.skip("no Chromium: apt install chromium, or say where it is with CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS.split())
        yield browser
        browser.close()


@pytest.fixture
def visit(server, browser, monkeypatch):
    """Opens a page as a new visitor; whatever goes wrong in the browser fails the test."""
    monkeypatch.chdir(server.folder)
    expect.set_options(timeout=PATIENCE)
    contexts, wrong = [], []

    def note_request(request):
        if not request.url.startswith((server.url, "data:", "blob:", "about:")):
            wrong.append(f"a request to {request.url}")

    def note_failure(request):
        if request.failure != "net::ERR_ABORTED":  # so ends a picture that a newer one replaces
            wrong.append(f"{request.url}: {request.failure}")

    def visit(path=""):
        context = browser.new_context(viewport={"width": 1360, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("request", note_request)
        page.on("requestfailed", note_failure)
        page.on("response", note_answer)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(f"{server.url}/{path}")
        return page

    def note_answer(answer):
        # A picture may be replaced by a newer one before the browser has asked for it; and
        # Streamlit asks in some places where its server is.
        expected = answer.request.resource_type == "image" or "/_stcore/" in answer.url
        if answer.status >= 400 and not expected:
            wrong.append(f"{answer.url}: {answer.status}")

    yield visit
    for context in contexts:
        context.close()
    assert wrong == []


def upload(page, picture, name="cat.png"):
    """Uploads an array, or the content of a file; its name is the browser's word alone."""
    content = encode(picture, ".png") if isinstance(picture, np.ndarray) else picture
    file = {"name": name, "mimeType": "image/png", "buffer": content}
    page.locator("input[type=file]").first.set_input_files(file)


def slider(page, name):
    return page.get_by_role("group", name=name, exact=True).get_by_role("slider")


def choose(page, **ends):
    """Moves sliders to an end: Home or End."""
    for name, key in ends.items():
        slider(page, name).press(key)
        page.wait_for_timeout(500)  # a slider waits for a moment before it tells the server


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def download(page, name):
    """The content of the file that a button gives."""
    with page.expect_download() as download:
        press(page, name)
    return Path(download.value.path()).read_bytes()


def opened(content):
    """A picture's pixels, and how it says that it was made."""
    with Pillow.open(io.BytesIO(content)) as file:
        made = json.loads(file.getexif()[ExifTags.Base.ImageDescription])
        return np.asarray(file.convert("RGB")), made


def digest(picture):
    return hashlib.sha256(picture.tobytes()).hexdigest()


def compared(page):
    """The frame in which a picture and its dream are compared."""
    return page.frame_locator("iframe")


def natural_widths(images):
    return images.evaluate_all("them => them.map(it => it.naturalWidth)")


def test_a_picture_from_the_opening_to_a_new_dream(visit, server):
    page = visit()
    line = compared(page).get_by_role("slider")
    expect(line).to_be_attached()  # at once: it was dreamt beforehand
    expect(page.get_by_role("progressbar")).to_have_count(0)
    assert natural_widths(compared(page).locator("img")) == [640, 640]
    line.fill("20")
    dreamt = compared(page).locator("img").last
    expect(dreamt).to_have_css("clip-path", "inset(0px 0px 0px 20%)")

    upload(page, CAT, "../../cat <b>.png")
    expect(page.get_by_text("cat _b_.png. Press Dream.")).to_be_visible()
    choose(page, Steps="Home", Sizes="Home")
    press(page, "Dream")
    expect(page.get_by_text("dreamnet dreams of mixed4b + mixed4c, 240x160.")).to_be_visible()
    page.get_by_role("tab", name="Side by side").click()
    beside = page.get_by_role("tabpanel").locator("img")
    expect(beside).to_have_count(2)
    page.wait_for_function("document.images.length && [...document.images].every(i => i.complete)")
    assert natural_widths(beside) == [240, 240]
    pixels, made = opened(download(page, "Download PNG"))
    assert made["start"] == digest(CAT)
    assert (made["settings"]["steps"], made["settings"]["octaves"]) == (1, 1)
    assert pixels.shape == CAT.shape
    assert 0.1 < np.abs(pixels - CAT.astype(float)).mean() < 20
    jpeg, said = opened(download(page, "Download JPG"))
    assert said == made
    assert np.abs(jpeg - pixels.astype(float)).mean() < 8
    press(page, "Keep it")
    expect(page.get_by_role("button", name="Kept in the gallery")).to_be_disabled()

    press(page, "Make a movie of it")
    page.get_by_label("Name of the new dream").fill("../cat")
    press(page, "Make it")
    expect(page.get_by_text("A dream cannot be named '../cat'")).to_be_visible()
    page.get_by_label("Name of the new dream").fill("cat")
    press(page, "Make it")
    expect(page.get_by_role("radio", name="cat")).to_be_checked()
    assert np.array_equal(load_image(Path("dreams/cat/img_0.png")), pixels)
    kept = server.folder / "dreams/pictures/cat _b_.jpg"
    assert set(server.folder.rglob("*cat*")) == {server.folder / "dreams/cat", kept}

    page.get_by_role("link", name="Gallery").click()
    expect(page.get_by_text("a movie of 0 frames")).to_be_visible()
    press(page, "Use its settings")
    expect(page.get_by_role("combobox", name="Layers")).to_have_value("mixed4b + mixed4c")
    expect(slider(page, "Steps")).to_have_value("1")
    page.get_by_role("link", name="Gallery").click()
    assert download(page, "Download") == kept.read_bytes()
    for path in (server.folder / "dreams/cat", kept):  # the newest first
        page.get_by_role("button", name="Delete").first.click()
        assert path.exists()
        press(page, "Delete it for good")
        expect(page.get_by_role("button", name="Delete it for good")).to_have_count(0)
        wait_until(lambda path=path: not path.exists())
    expect(page.get_by_text("There is nothing yet")).to_be_visible()


def test_a_dream_is_seen_and_stopped_and_a_failed_one_says_why(visit):
    page = visit()
    expect(compared(page).get_by_role("slider")).to_be_attached()
    upload(page, CAT)
    expect(page.get_by_text("cat.png. Press Dream.")).to_be_visible()
    choose(page, Steps="End")
    press(page, "Dream")
    expect(page.get_by_role("progressbar")).to_be_visible()
    shown = page.get_by_test_id("stImage").locator("img")
    before = shown.get_attribute("src")
    expect(shown).not_to_have_attribute("src", before)  # it changes while it dreams
    press(page, "Stop")
    expect(page.get_by_text("Stopped after step")).to_be_visible()
    pixels, made = opened(download(page, "Download PNG"))
    assert made["settings"]["steps"] == 60
    assert not np.array_equal(pixels, CAT)

    layers = page.get_by_role("combobox", name="Layers")
    layers.fill("nonsense")
    layers.press("Enter")
    press(page, "Dream")
    expect(page.get_by_text("There is no layer 'nonsense' in dreamnet")).to_be_visible()
    expect(page.get_by_text("Traceback")).to_have_count(0)


def test_two_visitors_do_not_disturb_one_another(visit):
    visitors = [(visit(), CAT, "1"), (visit(), DOG, "2")]
    for page, picture, seed in visitors:
        expect(compared(page).get_by_role("slider")).to_be_attached()
        upload(page, picture)
        expect(page.get_by_text("cat.png. Press Dream.")).to_be_visible()
        choose(page, Sizes="Home")
        page.get_by_role("spinbutton", name="Seed").fill(seed)
        page.get_by_role("spinbutton", name="Seed").press("Enter")
    for page, *_ in visitors:
        press(page, "Dream")
    for page, picture, seed in visitors:
        expect(page.get_by_text("mixed4c, 240x160.")).to_be_visible()
        pixels, made = opened(download(page, "Download PNG"))
        assert made["start"] == digest(picture)
        assert made["settings"]["seed"] == int(seed)
        assert np.abs(pixels - picture.astype(float)).mean() < 40


def test_hostile_uploads_are_sentences(visit):
    page = visit("grow")
    for content, name, says in (
        (b"no picture at all", "notes.jpg", "notes.jpg cannot be read as a picture"),
        (png_of_one_colour(30_000, 30_000), "bomb.png", "bomb.png has more than 40,000,000 pixels"),
        (b"\0\0\0\x18ftypisom" + bytes(99), "film.png", "film.png is a video"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "drawing.svg", "files are not allowed"),
    ):
        upload(page, content, name)
        expect(page.get_by_text(says)).to_be_visible()
        expect(page.get_by_text("The valley at dusk")).to_be_visible()
    upload(page, animated_gif(), "moves.gif")
    expect(page.get_by_text("It holds 2 pictures; the first is taken.")).to_be_visible()
    upload(page, CAT, "cat.png")
    expect(page.get_by_text("cat.png", exact=True).last).to_be_visible()
    for words in ("cannot be read", "the first is taken"):
        expect(page.get_by_text(words)).to_have_count(0)


def test_a_movie_outlives_its_page_and_becomes_a_video(visit):
    page = visit("movie")
    upload(page, CAT)
    expect(page.get_by_role("button", name="Fullscreen: cat.png")).to_be_attached()
    page.get_by_placeholder("its name, such as forest").fill("river")
    press(page, "Begin")
    expect(page.get_by_role("radio", name="river")).to_be_checked()
    choose(page, Steps="Home", Sizes="Home")
    page.get_by_role("spinbutton", name="Until frame").fill("90000")
    page.get_by_role("spinbutton", name="Until frame").press("Enter")
    press(page, "Start")
    expect(page.get_by_text("It dreams until frame 90000")).to_be_visible()
    folder = Path("dreams/river")
    wait_until(lambda: len(frame_numbers(folder)) > 2)
    pace = re.compile(r"(A frame takes|The first took) .* s; .* left")
    expect(page.get_by_text(pace)).to_be_visible()
    expect(page.get_by_text(re.compile(r"img_\d+, as it is now"))).to_be_visible()
    page.close()

    before = len(frame_numbers(folder))
    wait_until(lambda: len(frame_numbers(folder)) > before)
    page = visit("movie")
    expect(page.get_by_role("radio", name="river")).to_be_checked()  # the one that is at work
    expect(page.get_by_text("It dreams until frame 90000")).to_be_visible()
    page.reload()
    press(page, "Stop")
    expect(page.get_by_text("Nothing is being dreamt now")).to_be_visible()
    newest = frame_numbers(folder)[-1]
    expect(page.get_by_text(f"img_{newest}", exact=True).first).to_be_visible()
    expect(page.get_by_role("button", name="Go on", exact=True)).to_be_enabled()
    settings = read_history(folder)[-1].settings
    assert (settings["network"], settings["size"]) == ("dreamnet", "240x160")
    assert (settings["steps"], settings["octaves"], settings["step_size"]) == (1, 1, 1.0)

    new_dream("lake", DOG.astype(np.float32))  # which the page notices by itself
    expect(page.get_by_role("radio", name="lake")).to_be_visible()
    page.get_by_role("tab", name="All frames").click()
    slider(page, "Frame").press("Home")
    panel = page.get_by_role("tabpanel")
    expect(panel.get_by_text("img_0", exact=True)).to_be_visible()
    page.get_by_role("tab", name="Beside another").click()
    for words in ("river, img_0", "lake, img_0"):
        expect(panel.get_by_text(words)).to_be_visible()

    page.get_by_role("radio", name="river").click()
    expect(slider(page, "Hold")).to_be_hidden()
    page.get_by_text("The video", exact=True).click()
    choose(page, Hold="End")
    press(page, "Make the video")
    video = page.locator("video")
    expect(video).to_be_visible()
    playing = "it => it.play().then(() => [it.readyState >= 2, it.videoWidth, it.videoHeight])"
    assert video.evaluate(playing) == [True, 240, 160]
    assert not video.evaluate("it => it.muted")
    page.wait_for_function("document.querySelector('video').currentTime > 0")
    with av.open(io.BytesIO(download(page, "Download the video"))) as file:
        assert len(list(file.decode(video=0))) == newest + 1 + 10 * 30  # ten seconds are held


def test_a_dream_with_unusual_settings_has_its_page(visit):
    """More steps and zoom than the sliders are made for, as the command line allows them."""
    folder = Path("dreams/unusual")
    folder.mkdir(parents=True)
    Pillow.fromarray(CAT).save(folder / "img_0.png")
    settings = {"network": "dreamnet", "layer": "mixed4c", "steps": 100, "zoom": 9.0}
    entry = {"from_frame": 1, "settings": settings, "start": "", "versions": {}}
    history = [entry | {"weights": {"file": None, "sha256": ""}}]
    (folder / "dream.json").write_text(json.dumps({"format": 1, "history": history}))
    page = visit("movie")
    page.get_by_role("radio", name="unusual").click()
    described = re.compile("^dreamnet dreams of mixed4c: steps 100")
    expect(page.get_by_text(described)).to_be_visible()
    expect(slider(page, "Steps")).to_have_value("100")
    page.get_by_role("tab", name="Camera").click()
    expect(slider(page, "Zoom")).to_have_value("9")
    (folder / "dream.json").write_text("{")
    page.reload()
    page.get_by_role("radio", name="unusual").click()
    expect(page.get_by_text("dream.json is broken").first).to_be_visible()


def test_a_growing_dream_becomes_films(visit):
    page = visit("grow")
    upload(page, CAT)
    choose(page, Steps="Home")
    press(page, "Grow")
    expect(page.locator("video")).to_be_visible()
    step = slider(page, "Step")
    last = int(step.input_value())
    shown = page.get_by_test_id("stImage").locator("img").first
    dreamt = shown.get_attribute("src")
    step.press("Home")
    expect(shown).not_to_have_attribute("src", dreamt)
    for ending in ("MP4", "GIF"):
        with av.open(io.BytesIO(download(page, f"Download {ending}"))) as file:
            pictures = [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]
        assert pictures[0].shape == CAT.shape
        assert len(pictures) >= last
    page.wait_for_function("document.querySelector('video').readyState >= 2")


def test_a_layer_is_chosen_by_a_click(visit):
    page = visit("layers")
    press(page, "conv2d1")
    expect(page.get_by_role("combobox", name="Layers")).to_have_value("conv2d1")
    expect(page.get_by_role("combobox", name="Network")).to_have_value("dreamnet")


def test_everything_is_in_sight_on_a_phone_and_can_be_read(visit):
    """Without a drawer that must be opened first; and axe finds nothing serious on any page."""
    page = visit()
    page.set_viewport_size({"width": 420, "height": 900})
    for role, name in (
        *(("link", name) for name in ("Dream a movie", "Watch it grow", "Layers", "Gallery")),
        *(("button", name) for name in ("Upload", "Dream")),
    ):
        expect(page.get_by_role(role, name=name, exact=True)).to_be_in_viewport(ratio=1)
    expect(compared(page).get_by_role("slider")).to_be_in_viewport()
    for name, words in (("Gallery", "newest first"), ("Dream a picture", "changes a picture")):
        page.get_by_role("link", name=name).click()  # nothing lies above it
        expect(page.get_by_role("heading", level=4)).to_contain_text(words)
    page.set_viewport_size({"width": 1360, "height": 900})
    for name in (None, "Dream a movie", "Watch it grow", "Layers", "Gallery"):
        if name:
            page.get_by_role("link", name=name).click()
            expect(page.get_by_role("heading", level=4)).to_have_count(1)
            expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
        found = Axe().run(page).response["violations"]
        assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
