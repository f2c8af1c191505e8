"""Settings travel with what was dreamt, and back into another dream."""

import json
import shlex
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from dreammovie.commands import cli
from dreammovie.errors import DreamError
from dreammovie.movies.history import Entry, read_history
from dreammovie.movies.notes import entries_of, note_of, read_notes
from dreammovie.movies.schedule import MovieSettings
from dreammovie.pictures.image import LONGEST_NOTE, encode, load_image, save_image
from dreammovie.videos.encode import encoding
from dreammovie.videos.formats import FORMATS
from tests.conftest import make_picture

PICTURES = ["jpg", "png", "webp"]


def entry(from_frame=1, **settings):
    written = {**asdict(MovieSettings()), "network": "dreamnet", "size": "96x72", **settings}
    return Entry(
        from_frame,
        written,
        "0" * 64,
        {"file": "/home/ada/weights.pb", "sha256": "1" * 64},
        {"dreammovie": "0.1.0"},
        {"/home/ada/flowers.jpg": "2" * 64, "C:\\ada\\fish.jpg": "3" * 64},
    )


def save(path, note):
    """Saves a small picture or video that says something of itself."""
    frames = [make_picture(48, 64)] * 2
    if path.suffix[1:] in FORMATS:
        list(encoding(path, frames, Fraction(10), path.suffix[1:], note=note))
    else:
        save_image(frames[0], path, note)
    return path


@pytest.mark.parametrize("ending", [*PICTURES, *FORMATS])
def test_settings_travel_in_every_kind_of_file(tmp_path, ending):
    guides = "0:/home/ada/flowers.jpg, 2s:C:\\ada\\fish.jpg"
    long = ", ".join(f"{n}:{1 + n / 1000}" for n in range(0, 600, 2))  # many blocks of a GIF
    first, second = entry(guide=guides, zoom=long), entry(7, rotate=-4.5, size=None)
    note = note_of([first, second])
    for private in ("ada", "/", "weights.pb"):
        assert private not in note
    path = save(tmp_path / f"a.{ending}", note)
    assert note not in str(read_notes(path))
    one, other = read_notes(path)
    assert one.settings == {**first.settings, "guide": "0:flowers.jpg, 2s:fish.jpg"}
    assert (one.from_frame, one.files) == (1, {"guide": ["flowers.jpg", "fish.jpg"]})
    assert (other.from_frame, other.settings, other.files) == (7, second.settings, {})
    with pytest.raises(DreamError, match="does not say how it was dreamt"):
        read_notes(save(tmp_path / f"b.{ending}", None))


def test_a_note_changes_no_pixel(tmp_path):
    note = note_of([entry()])
    for ending in PICTURES:
        files = {"a": note, "b": None}
        saved = [save(tmp_path / f"{name}.{ending}", text) for name, text in files.items()]
        assert np.array_equal(*map(load_image, saved))
    for ending in FORMATS:
        decoded = []
        for text in (note, None):
            with av.open(str(save(tmp_path / f"a.{ending}", text))) as container:
                decoded.append([f.to_ndarray(format="rgb24") for f in container.decode(video=0)])
        assert np.array_equal(*decoded)


def test_of_too_much_the_last_is_told(picture):
    entries = [entry(n, layer="mixed4c" + " + mixed4c" * 2000) for n in (1, 5, 9)]
    note = note_of(entries)
    assert len(note) <= LONGEST_NOTE
    assert [each["from_frame"] for each in json.loads(note)["history"]] == [5, 9]
    assert note_of([entry(layer="mixed4c" * 9000)]) is None
    assert note_of([entry(metadata=False)]) is None
    assert encode(picture, note="x" * 70_000) == encode(picture)


def test_keys_in_beats_travel_without_their_song(tmp_path):
    wish = {"sound": "/home/me/song.mp3", "guide": "0:/home/me/a.jpg, 8b:b.jpg", "zoom": "1+beat/9"}
    (note,) = read_notes(save(tmp_path / "a.jpg", note_of([entry(**wish)])))
    assert note.files == {"sound": ["song.mp3"], "guide": ["a.jpg", "b.jpg"]}
    assert note.settings["guide"] == "0:a.jpg, 8b:b.jpg"
    assert note.settings["zoom"] == wish["zoom"]


def test_a_video_tells_of_the_frames_that_it_shows():
    history = [entry(3), entry(6), entry(9)]

    def told(*numbers):
        return [each.from_frame for each in entries_of(history, numbers)]

    assert told(0, 1, 2) == []
    assert told(2, 3, 5) == told(5, 4) == [3]
    assert told(8, 7, 6, 5) == [3, 6]
    assert told(9, 100) == [9]


@pytest.fixture
def frames(dreams, small_weights):
    """Runs `dream_frames.py` with a small network."""

    def frames(*flags):
        return cli.frames([*map(str, flags), "--weights", str(small_weights)])

    return frames


def another(dreams, name):
    """A dream that begins with the same picture."""
    folder = dreams.with_name(name)
    folder.mkdir()
    (folder / "img_0.jpg").write_bytes((dreams / "img_0.jpg").read_bytes())
    return folder


def test_the_same_dream_from_a_file(frames, dreams, capfd):
    """Pasted, or with `--from`: the same frames, byte for byte; without metadata, the same look."""
    look = ["--layer", "mixed3a - 0.1*mixed4c", "--steps", 1, "--rotate", -30, "--seed", 5]
    look += ["--zoom", "0:1.05, 1s:2 smooth", "--pan-x=-0.1*sin(t)", "--octaves", 1]
    assert frames("one", *look, "--frames", 2) == 0
    whole = [(dreams / f"img_{n}.jpg").read_bytes() for n in (1, 2)]
    assert "metadata" not in (dreams / "dream.json").read_text()

    capfd.readouterr()
    assert cli.main(["settings", str(dreams / "img_2.jpg")]) == 0
    pasted = shlex.split(capfd.readouterr().out)
    assert {"--rotate=-30.0", "--pan-x=-0.1*sin(t)", "--zoom"} <= {*pasted}
    assert "--shake" not in pasted
    two, three = another(dreams, "two"), another(dreams, "three")
    assert frames("two", *pasted, "--frames", 1) == 0
    assert (two / "img_1.jpg").read_bytes() == whole[0]

    hidden = ["--no-metadata", "--from", dreams / "img_1.jpg"]
    assert frames("three", *hidden, "--frames", 1) == 0
    assert frames("three", "--frames", 2) == 0  # once said, it stays so
    for number in (1, 2):
        path = three / f"img_{number}.jpg"
        assert np.array_equal(load_image(path), load_image(dreams / path.name))
        with pytest.raises(DreamError, match="does not say"):
            read_notes(path)
    assert cli.video(["three"]) == 0
    with pytest.raises(DreamError, match="does not say"):
        read_notes(three / "three.mp4")
    assert frames("three", "--metadata", "--frames", 3) == 0
    assert read_notes(three / "img_3.jpg")[0].settings["rotate"] == -30
    assert cli.video(["three", "--format", "gif"]) == 0
    assert [note.from_frame for note in read_notes(three / "three.gif")] == [3]
    assert cli.video(["three", "--no-metadata", "-o", "quiet.gif"]) == 0
    with pytest.raises(DreamError, match="does not say"):
        read_notes(Path("quiet.gif"))


def test_a_video_of_several_settings(dreams, capfd):
    path = save(Path("a.mp4"), note_of([entry(), entry(7, rotate=3.0)]))
    assert cli.main(["settings", str(path)]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert lines[0::2] == ["# from img_1 on", "# from img_7 on"]
    assert ["--rotate 3.0" in line for line in lines[1::2]] == [False, True]
    assert all("--zoom 1.1" in line and "--steps 15" in line for line in lines[1::2])
    assert cli.main(["plan", "one", "--from", str(path), "--zoom", "0:1, 9:2"]) == 0
    assert "the last ones count" in capfd.readouterr().out


def test_a_file_that_is_named_is_not_opened(frames, dreams, capfd):
    save_image(make_picture(64, 64), Path("flowers.jpg"))
    path = save(Path("a.jpg"), note_of([entry(guide="/x/flowers.jpg", network="inception5h")]))
    quick = ["--layer", "mixed3a", "--steps", 1, "--octaves", 1, "--frames", 1, "--from", path]
    assert frames("one", *quick) == 0
    assert "It was dreamt with --guide flowers.jpg, which is left out" in capfd.readouterr().out
    assert read_history(dreams)[0].settings["guide"] is None
    another(dreams, "two")
    assert frames("two", *quick, "--guide", "flowers.jpg") == 0
    assert "left out" not in capfd.readouterr().out
    assert cli.main(["settings", str(path)]) == 0
    assert "These files belong to it: flowers.jpg" in capfd.readouterr().err
    assert frames("two", "--from", path, "--preset", "dive") == 2
    assert "--preset" in capfd.readouterr().err
    assert cli.main(["plan", "one", "--from", str(path), "--rotate", "0:0, 9:5"]) == 0


def test_a_picture_tells_its_settings(dreams, small_weights, capfd):
    flags = ["--layer", "mixed3a", "--steps", "1", "--octave-scale", "1.5", "--octaves", "1"]
    flags += ["--weights", str(small_weights)]
    assert cli.main(["image", "dreams/one/img_0.jpg", "-o", "a.png", *flags]) == 0
    assert cli.main(["image", "dreams/one/img_0.jpg", "-o", "b.png", "--no-metadata", *flags]) == 0
    capfd.readouterr()
    assert cli.main(["settings", "a.png"]) == 0
    said = capfd.readouterr().out
    assert said.startswith("--network inception5h --layer mixed3a --steps 1 --octaves 1")
    assert "--octave-scale 1.5" in said
    assert "--zoom" not in said
    assert cli.main(["settings", "b.png"]) == 2
    assert cli.main(["plan", "one", "--from", "a.png", "--zoom", "0:1, 9:2"]) == 0


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from([*asdict(MovieSettings())]) | st.text()
histories = st.fixed_dictionaries(
    {"from_frame": st.integers(1, 9) | values, "settings": st.dictionaries(names, values) | values}
)
contents = values | st.fixed_dictionaries(
    {"format": st.just(1) | values, "history": st.lists(histories, max_size=2) | values}
)


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    return tmp_path_factory.mktemp("stranger") / "a.png"


@settings(max_examples=60)
@given(contents.map(json.dumps) | st.text(st.characters(codec="latin-1"), min_size=1))
def test_whatever_a_stranger_writes_is_settings_or_a_sentence(stranger, note):
    save(stranger, note)
    try:
        said = [str(note.settings) for note in read_notes(stranger)]
    except DreamError as error:
        said = [str(error)]
    assert all(each.isprintable() for each in said)


@pytest.mark.parametrize(
    "given",
    [
        {"layer": "mixed4c\x1b[2J"},
        {"layer": "mixed4c\u202egpj"},
        {"zoom": "1 +" * 50},
        {"zoom": "(" * 5000 + "1" + ")" * 5000},
        {"zoom": float("nan")},
        {"steps": 10**3000},
        {"steps": [1]},
        {"size": "9" * 3000},
        {"nightmares": 3},
        {"guide": "0:a.jpg, 0:b.jpg, ,"},
    ],
)
def test_nonsense_is_a_line_on_the_terminal(stranger, given, capfd):
    content = {"format": 1, "history": [{"from_frame": 1, "settings": given}]}
    save(stranger, json.dumps(content))
    assert cli.main(["settings", str(stranger)]) == 2
    said = capfd.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert said.err[:-1].isprintable()


def test_what_is_pasted_runs_nothing(stranger, capfd):
    given = {"layer": "$(touch /tmp/x)`id`'; ls", "guide": "/etc/x y.jpg", "zoom": "1\n+ t/100"}
    save(stranger, json.dumps({"format": 1, "history": [{"from_frame": 1, "settings": given}]}))
    assert cli.main(["settings", str(stranger)]) == 0
    pasted = shlex.split(capfd.readouterr().out)
    assert pasted[pasted.index("--layer") + 1] == given["layer"]
    assert pasted[pasted.index("--guide") + 1] == "x y.jpg"
    assert pasted[pasted.index("--zoom") + 1] == "1 + t/100"


def test_a_broken_file_is_a_sentence(tmp_path, capfd):
    whole = save(tmp_path / "a.mp4", note_of([entry()])).read_bytes()
    broken = {"a.mp4": whole[:200], "a.jpg": b"", "b.jpg": b"\xff\xd8\xff\xe1\xff", "c.txt": b"Hi"}
    for name, content in broken.items():
        (tmp_path / name).write_bytes(content)
        assert cli.main(["settings", str(tmp_path / name)]) == 2
        assert len(capfd.readouterr().err.splitlines()) == 1
    exif = Pillow.Exif()
    exif[0x010E] = "{" * 3
    Pillow.new("RGB", (9, 9)).save(tmp_path / "d.png", exif=exif)
    assert cli.main(["settings", str(tmp_path / "d.png")]) == 2
