"""`dreammovie image`, `evolve` and `layers`, from the flags to the files."""

import io
import json
import re
import shutil
import tempfile
from dataclasses import replace
from itertools import count
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import ExifTags
from PIL import Image as Pillow

from dreammovie.commands import cli
from dreammovie.commands.progress import Bar
from dreammovie.networks.weights import weights_file
from dreammovie.pictures.image import load_image, save_image
from tests.conftest import make_picture

DREAMNET = weights_file("dreamnet")


@pytest.fixture
def photo(tmp_path, monkeypatch):
    """A working folder with pictures/cat.png, 107x81 pixels."""
    monkeypatch.chdir(tmp_path)
    path = Path("pictures/cat.png")
    path.parent.mkdir()
    save_image(make_picture(81, 107), path)
    return path


@pytest.fixture
def run(photo, small_weights):
    """Runs a command with a small network and few steps."""

    def run(command, *flags, steps=2, weights=small_weights):
        quick = ["--steps", str(steps), "--octaves", "1", "--weights", f"inception5h={weights}"]
        return cli.main([command, *quick, *map(str, flags)])

    return run


def note(path):
    with Pillow.open(path) as picture:
        return json.loads(picture.getexif()[ExifTags.Base.ImageDescription])


def frames_of(path):
    """(count, width, height), and the frames as float32 arrays."""
    with av.open(str(path)) as container:
        images = [f.to_ndarray(format="rgb24").astype(np.float32) for f in container.decode()]
    return (len(images), images[0].shape[1], images[0].shape[0]), images


def test_image_beside_the_picture(run, photo, capfd):
    before = photo.read_bytes()
    assert run("image", photo) == 0
    said = capfd.readouterr().out.splitlines()
    assert said == [
        "inception5h dreams of mixed4c, 107x81, --steps 2, --octaves 1",
        "pictures/cat_dream.png",
    ]
    dreamt = load_image(photo.with_name("cat_dream.png"))
    assert dreamt.shape == (81, 107, 3)
    assert 1 < np.abs(dreamt - load_image(photo)).mean() < 20
    assert run("image", photo, "--seed", 1) == 0
    assert sorted(path.name for path in photo.parent.iterdir()) == [
        "cat.png", "cat_dream.png", "cat_dream_2.png",
    ]  # fmt: skip
    assert photo.read_bytes() == before


@pytest.mark.parametrize("name", ["a.jpg", "a.jpeg", "a.png", "a.webp"])
def test_image_tells_how_it_was_made(run, photo, name):
    assert run("image", photo, "-o", name, "--layer", "mixed3a:2", "--seed", 7) == 0
    made = note(name)
    assert made["settings"]["network"] == "inception5h"
    assert made["settings"]["layer"] == "mixed3a:2"
    assert made["settings"]["seed"] == 7
    assert len(made["weights"]) == len(made["start"]) == 64
    assert "/" not in json.dumps(made)  # nobody's folders


def test_image_is_written_over_where_it_was_named(run, photo):
    assert run("image", photo, "-o", "a.png") == 0
    first = Path("a.png").read_bytes()
    assert run("image", photo, "-o", "a.png") == 0
    assert Path("a.png").read_bytes() == first
    assert run("image", photo, "-o", "a.png", "--step-size", 5) == 0
    assert Path("a.png").read_bytes() != first


def test_image_side_by_side(run, photo, capfd):
    assert run("image", photo, "--compare") == 0
    assert capfd.readouterr().out.splitlines()[1:] == [
        "pictures/cat_dream.png",
        "pictures/cat_dream_compare.png",
    ]
    both = load_image(photo.with_name("cat_dream_compare.png"))
    margin = int(np.argmax(both.min(2).max(0) > 60))
    left, right = (both[margin : margin + 81, x : x + 107] for x in (margin, 2 * margin + 107))
    assert np.array_equal(left, load_image(photo))
    assert np.array_equal(right, load_image(photo.with_name("cat_dream.png")))


def test_image_keeps_its_alpha(run, photo, capfd):
    alpha = np.tile(np.linspace(0, 255, 107), (81, 1)).astype(np.uint8)
    with Pillow.open(photo) as picture:
        picture.putalpha(Pillow.fromarray(alpha))
        picture.save(photo)
    assert run("image", photo, "-o", "white.png", steps=1) == 0
    assert run("image", photo, "-o", "clear.webp", "--keep-alpha", "--compare", steps=1) == 0
    assert run("image", photo, "--keep-alpha", "--size", "90x70", steps=1) == 0
    with Pillow.open("white.png") as white, Pillow.open("clear.webp") as clear:
        assert (white.mode, clear.mode) == ("RGB", "RGBA")
        assert np.array_equal(np.asarray(clear)[..., 3], alpha)
    assert np.abs(load_image("white.png") - load_image("clear.webp")).mean() < 6
    with Pillow.open(photo.with_name("cat_dream.png")) as small:
        assert small.size == (90, 70)
        assert np.abs(np.asarray(small)[0, :, 3] - np.linspace(5, 250, 90)).max() < 8
    assert run("image", photo, "-o", "a.jpg", "--keep-alpha") == 2
    assert "a.jpg cannot be transparent" in capfd.readouterr().err
    save_image(make_picture(81, 107), photo)
    assert run("image", photo, "-o", "a.jpg", "--keep-alpha", steps=1) == 0
    assert "Nothing of pictures/cat.png is transparent" in capfd.readouterr().out


def test_image_of_an_animation_is_of_its_first_picture(run, photo, capfd):
    first, second = (Pillow.fromarray(np.uint8(make_picture(81, 107)) // n) for n in (1, 3))
    first.save("cat.gif", save_all=True, append_images=[second])
    assert run("image", "cat.gif", steps=1) == 0
    assert "cat.gif holds 2 pictures; the first is taken." in capfd.readouterr().out
    assert np.abs(load_image("cat_dream.png") - make_picture(81, 107)).mean() < 30
    assert run("image", photo, steps=1) == 0
    assert "the first is taken" not in capfd.readouterr().out


def test_image_in_a_size_and_in_tiles(run, photo, capfd):
    save_image(make_picture(180, 301), photo)
    assert run("image", photo, "-o", "whole.png") == 0
    assert run("image", photo, "-o", "tiles.png", "--tile", 128) == 0
    assert "cropped" not in capfd.readouterr().out
    assert run("image", photo, "-o", "small.png", "--size", "151x89") == 0
    assert run("image", photo, "-o", "open.png", "--size", "x91", steps=1) == 0
    said = capfd.readouterr().out.splitlines()
    crops = [line for line in said if "cropped" in line]
    assert crops == [f"In 151x89, 1% of the height of {photo} is cropped, half at each side."]
    names = ("whole", "tiles", "small", "open")
    shapes = [load_image(Path(f"{name}.png")).shape[:2] for name in names]
    assert shapes == [(180, 301), (180, 301), (89, 151), (91, 152)]


def test_image_with_a_guide(run, photo, capfd):
    guides = [make_picture(96, 128)[::-1], np.full((3, 4000, 3), 90, np.float32)]
    for number, guide in enumerate(guides):
        save_image(guide, Path(f"guide{number}.png"))
        flags = ["-o", f"a{number}.png", "--guide", f"guide{number}.png"]
        assert run("image", photo, *flags, "--layer", "mixed3a") == 0
    assert run("image", photo, "-o", "a.png", "--layer", "mixed3a") == 0
    dreams = [load_image(Path(name)) for name in ("a.png", "a0.png", "a1.png")]
    for n, dreamt in enumerate(dreams):
        assert np.abs(dreamt - dreams[n - 1]).mean() > 1
    assert list(note("a1.png")["guide"]) == ["guide1.png"]
    assert note("a.png")["guide"] is None
    capfd.readouterr()
    assert cli.main(["settings", "a1.png"]) == 0
    told = capfd.readouterr()
    assert "--guide guide1.png" in told.out
    assert "belong to it: guide1.png" in told.err


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ([], "Which picture? Name a file: dreammovie image PICTURE"),
        (["nothing.jpg"], "nothing.jpg: No such file"),
        (["pictures"], "pictures is no file"),
        (["pictures/cat.png", "-o", "pictures/cat.png"], "it is not written over"),
        (["pictures/cat.png", "-o", "pictures/../pictures/cat.png"], "it is not written over"),
        (["pictures/cat.png", "-o", "a.png", "--guide", "a.png"], "a.png: No such file"),
        (["pictures/cat.png", "-o", "b.png", "--guide", "b.png"], "it is not written over"),
        (["pictures/cat.png", "-o", "b.gif"], "b.gif does not end as a picture does"),
        (["pictures/cat.png", "-o", "b"], "expected is .jpg, .jpeg, .png, .webp"),
        (["pictures/cat.png", "-o", "no/b.png"], "There is no folder no"),
        (["pictures/cat.png", "-o", "folder.png"], "folder.png exists and is no file"),
        (["pictures/cat.png", "--size", "16384x64", "-o", "c.webp"], "at most 16,383"),
        (["pictures/cat.png", "--size", "9000x64", "--compare", "-o", "c.webp"], "compare.webp"),
        (["pictures/cat.png", "--size", "63x200"], "64 to 16,384"),
        (["pictures/cat.png", "--size", "original"], "follows from the picture.\n"),
        (["pictures/cat.png", "--weights", "."], "--weights . is a folder"),
        (["pictures/cat.png", "--layer", "mixed4d"], "Did you mean mixed4c"),
        (["pictures/cat.png", "--guide", "b.png", "--layer", "mixed4c:3"], "--guide"),
        (["pictures/cat.png", "--recipe", "clasic"], "Did you mean classic"),
        (["pictures/cat.png", "--weights", "nothing.pb"], "nothing.pb is no file"),
        (["pictures/cat.png", "--weights", "vgg=a.pb"], "no network 'vgg'"),
        (["pictures/cat.png", "--weights", "dreamnet=b.png"], "Add --network dreamnet"),
        (["pictures/tiny.png"], "tiny.png has 40x90 pixels"),
    ],
)
def test_bad_wishes_for_an_image_are_sentences(run, photo, capfd, flags, says):
    save_image(make_picture(96, 96), Path("b.png"))
    save_image(make_picture(90, 40), Path("pictures/tiny.png"))
    Path("folder.png").mkdir()
    before = {path: path.stat().st_mtime_ns for path in Path().rglob("*")}
    assert run("image", *flags) == 2
    error = capfd.readouterr().err
    assert says in error
    lines = [line for line in error.splitlines() if "measured once" not in line]
    assert len(lines) <= (3 if "^" in error else 2)  # with the text, and a caret
    assert {path: path.stat().st_mtime_ns for path in Path().rglob("*")} == before


def test_image_on_a_full_disk(run, photo, full_disk, capfd):
    with full_disk(2000):
        assert run("image", photo) == 2
    error = capfd.readouterr().err
    assert "cat_dream.png: File too large" in error
    assert "Make room, and dream it again" in error  # the temporary folder is as full
    assert [path.name for path in photo.parent.iterdir()] == ["cat.png"]


@pytest.fixture
def losing(photo, small, odd_network, tmp_path, monkeypatch):
    """Runs a command whose folder is lost in its first step; gives what was said and kept."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))

    def losing(command, folder, *flags):
        """Gives the files in the temporary folder."""

        def lose(images, wanted):
            shutil.rmtree(folder, ignore_errors=True)
            return small.activations(images, wanted)

        one = {"mixed3a": small.layers["mixed3a"]}
        network = replace(small, name="odd", layers=one, activations=lose)
        name = odd_network(lambda *_: network)
        flags = ("--network", name, "--weights", DREAMNET, "--steps", 2, "--octaves", 1, *flags)
        flags = ("--precision", "float32", *flags)
        assert cli.main([command, *map(str, flags)]) == 2
        return [path for path in temporary.rglob("*") if path.is_file()]

    return losing


def test_image_that_cannot_be_saved_is_kept(losing, photo, capfd):
    kept = losing("image", photo.parent, photo, "--compare", "--layer", "mixed3a")
    error = capfd.readouterr().err
    assert sorted(path.name for path in kept) == ["cat_dream.png", "cat_dream_compare.png"]
    assert all(str(path) in error for path in kept)
    assert "pictures/cat_dream.png: No such file or directory" in error
    assert "Nothing is lost" not in error
    assert sorted(load_image(path).shape[1] // 107 for path in kept) == [1, 2]


def test_sheet_that_cannot_be_saved_is_kept(losing, capfd):
    Path("sheets").mkdir()
    (kept,) = losing("layers", "sheets", "--sheet", "sheets/a.png", "--size", "64x64")
    assert str(kept) in capfd.readouterr().err
    assert load_image(kept).shape[1] in range(64, 70)


def test_films_that_cannot_be_saved_are_kept(losing, photo, capfd):
    kept = losing("evolve", "films", photo, "-o", "films", "--layer", "mixed3a")
    assert sorted(path.name for path in kept) == ["img_0.jpg", "img_1.jpg", "img_2.jpg"]
    folder = kept[0].parent
    error = capfd.readouterr().err
    assert f"dreammovie video --fps 12 {folder}" in error
    assert cli.video(["--fps", "12", str(folder)]) == 0


@pytest.mark.parametrize("command", ["image", "evolve", "layers", "video"])
def test_nothing_is_dreamt_that_cannot_be_saved(run, photo, picture, capfd, command):
    """Where even root can write nothing, no command takes a step."""
    flags = {"image": ["-o", "/proc/a.png", photo], "evolve": ["-o", "/proc", photo],
             "layers": ["--sheet", "/proc/a.png"]}  # fmt: skip
    if command == "video":
        save_image(picture, Path("img_0.jpg"))
        assert cli.video([".", "-o", "/proc/a.mp4"]) == 2
    else:
        assert run(command, *flags[command]) == 2
    said = capfd.readouterr()
    assert "/proc" in said.err
    assert "dreams of" not in said.out


def test_nobodys_file_is_written_over(run, photo, capfd):
    mine = [photo.with_name(name) for name in ("cat_dream.png", "cat_dream_compare.png")]
    mine += [Path(f"films/inception5h.{ending}") for ending in ("mp4", "gif")]
    Path("films").mkdir()
    for path in mine[1:]:
        path.write_bytes(b"mine")
    assert run("image", photo, "--compare", steps=1) == 0
    assert capfd.readouterr().out.splitlines()[1:] == [
        "pictures/cat_dream_2.png",
        "pictures/cat_dream_2_compare.png",
    ]
    assert run("evolve", photo, "-o", "films", steps=1) == 0
    assert sorted(path.name for path in Path("films").iterdir()) == [
        "inception5h.gif", "inception5h.mp4", "inception5h_2.gif", "inception5h_2.mp4",
    ]  # fmt: skip
    assert all(path.read_bytes() == b"mine" for path in mine[1:])


def test_a_picture_whose_name_is_long(run, photo):
    photo = photo.rename(photo.with_name("森" * 80 + ".png"))
    assert run("image", photo, "--compare", steps=1) == 0
    names = {path.name for path in photo.parent.iterdir()}
    assert "森" * 80 + "_dream.png" in names
    assert len(names) == 3


def test_progress_is_said_where_there_is_no_terminal(run, photo, capfd, monkeypatch):
    monkeypatch.setattr("dreammovie.commands.progress._LINE_EVERY", 0.0)
    assert run("image", photo) == 0
    assert capfd.readouterr().err.splitlines() == ["cat.png: step 1 of 2", "cat.png: step 2 of 2"]


def test_evolve_one_network(run, photo, capfd):
    assert run("evolve", photo, steps=3) == 0
    folder = Path("pictures/cat_evolution")
    assert sorted(path.name for path in folder.iterdir()) == ["inception5h.gif", "inception5h.mp4"]
    assert capfd.readouterr().out.splitlines()[1:] == [str(folder / f"inception5h.{ending}")
                                                       for ending in ("mp4", "gif")]  # fmt: skip
    for ending in ("mp4", "gif"):
        (count, *size), images = frames_of(folder / f"inception5h.{ending}")
        assert (count, size) == (12 + 4 + 24, [106, 80])  # a second, four pictures, two seconds
        moves = [np.abs(a - b).mean() for a, b in zip(images[1:], images[:-1], strict=True)]
        still = [n for n, move in enumerate(moves) if move < 0.5]
        assert still == [*range(12), *range(15, 39)]
    assert run("evolve", photo, steps=1) == 0
    assert Path("pictures/cat_evolution_2").is_dir()


def test_evolve_a_panorama(run, photo):
    save_image(make_picture(100, 1600), photo)
    assert run("evolve", photo, steps=1) == 0
    assert frames_of("pictures/cat_evolution/inception5h.mp4")[0][1:] == (1024, 64)
    assert frames_of("pictures/cat_evolution/inception5h.gif")[0][1:] == (480, 30)


def test_evolve_side_by_side(run, photo, capfd, monkeypatch):
    temporary = Path("temporary").resolve()
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    flags = ["--network", "inception5h", "--network", "dreamnet", "--layer", "60%", "--fps", 10]
    weights = ["--weights", f"dreamnet={DREAMNET}"]
    assert run("evolve", photo, "-o", "new/films", *flags, *weights) == 0
    names = {path.name for path in Path("new/films").iterdir()}
    each = ("inception5h", "dreamnet", "together")
    assert names == {f"{name}.{ending}" for name in each for ending in ("mp4", "gif")}
    films = {name: frames_of(f"new/films/{name}.mp4") for name in each}
    assert films["dreamnet"][0] == films["inception5h"][0] == (10 + 3 + 20, 106, 80)
    count, width, height = films["together"][0]
    assert count == 33
    assert width in range(215, 225)
    assert height in range(100, 120)
    last = films["together"][1][-1]
    for name, left in (("inception5h", 2), ("dreamnet", 110)):
        assert np.abs(last[2:82, left : left + 106] - films[name][1][-1]).mean() < 6
    assert np.abs(films["dreamnet"][1][-1] - films["inception5h"][1][-1]).mean() > 1
    assert list(temporary.iterdir()) == []


def test_tensorflow_does_not_chatter(run, photo, capfd):
    """It counts how often a step is compiled, which is once for every octave and network."""
    save_image(make_picture(200, 230), photo)
    flags = ["--octaves", 3, "--octave-scale", "1.2", "--network", "inception5h"]
    flags += ["--network", "dreamnet", "--weights", f"dreamnet={DREAMNET}"]
    assert run("evolve", photo, *flags, steps=1) == 0
    lines = capfd.readouterr().err.splitlines()
    assert [line for line in lines if not re.fullmatch(r"\w+: step \d+ of \d+", line)] == []


def test_evolve_writes_what_is_ready_and_cleans_up(run, photo, small, odd_network, monkeypatch):
    """Stopped in the second network, the first one's films are there."""
    temporary = Path("temporary").resolve()
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))

    def stopped(*_):
        raise KeyboardInterrupt

    name = odd_network(lambda *_: replace(small, name="odd", activations=stopped))
    flags = ["--network", "inception5h", "--network", name, "--layer", "60%"]
    flags += ["--precision", "float32"]  # measuring would look at a picture before
    assert run("evolve", photo, *flags, "--weights", f"{name}={DREAMNET}") == 130
    names = [path.name for path in Path("pictures/cat_evolution").iterdir()]
    assert sorted(names) == ["inception5h.gif", "inception5h.mp4"]
    assert list(temporary.iterdir()) == []


def test_a_long_evolution_is_a_short_gif(run, photo, monkeypatch):
    monkeypatch.setattr("dreammovie.movies.film._GIF_STEPS", 4)
    assert run("evolve", photo, "-o", "films", steps=7) == 0
    assert frames_of("films/inception5h.mp4")[0][0] == 12 + 8 + 24
    assert frames_of("films/inception5h.gif")[0][0] == 12 + 5 + 24


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ([], "Which picture? Name a file: dreammovie evolve PICTURE"),
        (["pictures/cat.png", "--network", "vgg91"], "Did you mean vgg"),
        (["pictures/cat.png", "--fps", "60"], "--fps was 60; expected is a number from 0.1 to"),
        (["pictures/cat.png", "-o", "pictures/cat.png"], "cat.png is a file; expected is a folder"),
        (
            ["pictures/cat.png", "--network", "inception5h", "--network", "dreamnet",
             "--weights", "a.pb"],
            "does not say for which of 2 networks it is. "
            "Write its name, too: --weights inception5h=a.pb",
        ),
        (
            ["pictures/cat.png", "--network", "inception5h", "--network", "dreamnet",
             "--weights", "dreamnet=a.pb"],
            "a.pb is no file",
        ),
        (
            ["pictures/cat.png", "--network", "inception5h", "--network", "dreamnet",
             "--weights", f"dreamnet={DREAMNET}", "--layer", "mixed4d"],
            "in inception5h",
        ),
    ],
)  # fmt: skip
def test_bad_wishes_for_an_evolution_are_sentences(run, photo, capfd, flags, says):
    assert run("evolve", *flags) == 2
    error = capfd.readouterr().err
    assert says in error
    lines = [line for line in error.splitlines() if "measured once" not in line]
    assert len(lines) == (3 if "^" in error else 1)
    assert sorted(map(str, Path().rglob("*"))) == ["pictures", "pictures/cat.png"]


def test_layers_are_listed(run, capfd):
    assert run("layers") == 0
    lines = capfd.readouterr().out.splitlines()
    assert lines[0].split() == ["layer", "depth", "channels", "receptive", "field"]
    assert lines[1].split() == ["conv2d0", "11%", "8", "7", "pixels"]
    assert run("image", "--list-layers") == 0
    assert capfd.readouterr().out.splitlines() == ["inception5h", *lines]
    for command in ("image", "evolve", "layers"):
        assert run(command, "--list-networks") == 0
        assert "dreamnet" in capfd.readouterr().out


def test_layers_on_a_sheet(run, capfd):
    assert run("layers", "--sheet", "layers.png", "--size", "70x64") == 0
    assert capfd.readouterr().out.splitlines()[-1] == "layers.png"
    sheet = load_image(Path("layers.png"))
    columns, rows = 5, 2
    assert sheet.shape[1] in range(columns * 70, columns * 70 + 20)
    assert sheet.shape[0] in range(rows * 64, rows * 110)
    deviations = [
        sheet[2 + row * (sheet.shape[0] - 2) // rows :, 2 + column * 72 :][:64, :70].std()
        for row in range(rows)
        for column in range(columns)
    ]
    assert min(deviations) > 25


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--sheet", "a.gif"], "a.gif does not end as a picture does"),
        (["--sheet", "no/a.png"], "There is no folder no"),
        (["--sheet", "a.png", "--size", "original"], "--size was 'original'"),
        (["--sheet", "a.png", "--size", "640x"], "a width and a height such as 1280x720."),
        (["--sheet", "a.webp", "--size", "8000x64"], "at most 16,383"),
    ],
)
def test_bad_wishes_for_a_sheet_are_sentences(run, capfd, flags, says):
    assert run("layers", *flags) == 2
    assert says in capfd.readouterr().err
    assert sorted(map(str, Path().rglob("*"))) == ["pictures", "pictures/cat.png"]


def test_unknown_commands(capfd):
    for argv in (["imagine"], []):
        with pytest.raises(SystemExit) as caught:
            cli.main(argv)
        assert caught.value.code == 2
        error = capfd.readouterr().err
        assert "COMMAND" in error
        assert len(error.splitlines()) == 1


def test_a_clock_that_is_set_back_stops_no_bar(monkeypatch):
    back = count(10**6, -100)
    monkeypatch.setattr("tqdm.std.time", lambda: next(back))
    bar = Bar(total=3, file=io.StringIO(), mininterval=0)
    for _ in range(3):
        bar.update()
    assert 0 <= bar.format_dict["elapsed"] < 10**5
    assert bar.format_dict["rate"] > 0
    bar.close()
