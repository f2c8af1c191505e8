"""What is to be dreamt, from `--vary` and `--list`; nothing is dreamt here, and no Ray at work."""

import json
import shutil
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from dreammovie.commands import cli
from dreammovie.errors import DreamError
from dreammovie.farm.listed import listed
from dreammovie.farm.orders import Order
from dreammovie.farm.variations import axis_of, begin, count, varied
from dreammovie.movies.grid import side_by_side
from dreammovie.pictures.image import save_image
from dreammovie.pictures.sheet import Label
from dreammovie.videos.encode import encoding


def variations(dreams, *texts, **asked):
    return varied(Order(dreams.absolute(), 3, **asked), [axis_of(text) for text in texts])


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("layer=mixed3b,mixed4c", ("mixed3b", "mixed4c")),
        ("--step-size = 1, 2,1", ("1", "2")),
        ("layer=walk(mixed4c, every=2s), mixed3b", ("walk(mixed4c, every=2s)", "mixed3b")),
        ("zoom=0:1.05, 4s:1.3 smooth | 1.2", ("0:1.05, 4s:1.3 smooth", "1.2")),
    ],
)
def test_values_are_parted(text, values):
    assert axis_of(text).values == values


def test_every_combination_has_a_folder_of_its_own(dreams, picture):
    save_image(picture * 0, dreams / "mask.png")
    table = variations(dreams, "layer=mixed3b,mixed4c", "zoom=1.05,1.2", given={"steps": 3})
    assert not [path for path in dreams.iterdir() if path.is_dir()]
    begin(table)
    names = [order.folder.relative_to(dreams.absolute()).as_posix() for order in table.orders]
    assert names == [
        "layer=mixed3b,zoom=1.05",
        "layer=mixed3b,zoom=1.2",
        "layer=mixed4c,zoom=1.05",
        "layer=mixed4c,zoom=1.2",
    ]
    assert table.labels[1] == Label("layer mixed3b", "zoom 1.2")
    assert (table.name, table.columns) == ("layer=mixed3b,mixed4c,zoom=1.05,1.2", 2)
    assert table.orders[1].given == {"steps": 3, "layer": "mixed3b", "zoom": "1.2"}
    for order in table.orders:
        for name in ("img_0.jpg", "mask.png"):
            assert (order.folder / name).read_bytes() == (dreams / name).read_bytes()


def test_names_are_safe_and_short_and_never_the_same(dreams, picture):
    save_image(picture, Path("a.png"))
    save_image(picture, dreams.parent / "a.png")
    long = "+".join(["mixed4c"] * 60)
    tables = [
        variations(dreams, f"guide=a.png,{dreams.parent}/a.png"),
        variations(dreams, f"layer={long},{long}+mixed3b,mixed4c/../..,mixed4C,mixed4c"),
        variations(dreams, "zoom=0:1.05, 4s:1.3|0:1.05, 5s:1.3"),
    ]
    names = [order.folder.name for table in tables for order in table.orders]
    assert len({name.lower() for name in names}) == len(names) == 9
    for name in (*names, *(table.name for table in tables)):
        assert len(name) <= 60
        assert not set(name) & set('/\\:*?"<>| ')
    assert all(order.folder.parent == dreams.absolute() for order in tables[1].orders)


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        (["zoom"], "expected is a setting and its values"),
        (["zoom=1.1,,1.2"], "expected is a setting and its values"),
        (["zomm=1.1,1.2"], "Did you mean zoom?"),
        (["zoom=1.1,-1"], "--zoom was -1"),
        (["zoom=1.1,tme*2"], "--zoom"),
        (["zoom=1.1,time-1"], "--zoom"),
        (["preset=dive,nap"], "no preset 'nap'"),
        (["guide=missing.png"], "missing.png"),
        (["fps=12,24"], "play in step"),
        (["zoom=1.1", "zoom=1.2"], "twice"),
        (["metadata=perhaps"], "yes or no"),
    ],
)
def test_mistakes_are_met_before_anything_is_made(dreams, capfd, texts, says):
    flags = [flag for text in texts for flag in ("--vary", text)]
    assert cli.main(["farm", "one", *flags]) == 2
    assert says in capfd.readouterr().err
    assert [path.name for path in dreams.iterdir()] == ["img_0.jpg"]


def test_variations_of_another_img_0_are_not_gone_on_with(dreams, picture):
    begin(variations(dreams, "zoom=1.1,1.2"))
    save_image(picture[::-1], dreams / "img_0.jpg")
    with pytest.raises(DreamError, match="another img_0"):
        variations(dreams, "zoom=1.2,1.3")


def test_thousands_by_mistake_are_asked_about(dreams, capfd):
    many = ",".join(map(str, range(1, 20)))
    flags = ["farm", "one", f"--vary=steps={many}", f"--vary=octaves={many}"]
    assert cli.main(flags) == 2
    assert "That makes 361 dreams. If you mean it, say --yes." in capfd.readouterr().err
    assert not [path for path in dreams.iterdir() if path.is_dir()]


def test_it_says_how_many_without_making_a_list_of_them():
    numbers = ",".join(map(str, range(1000)))
    assert (
        count([axis_of(f"{name}={numbers}") for name in ("zoom", "tilt", "turn", "seed")]) == 1e12
    )


CSV = """\ufeffdream, frames, layer, zoom, no-such
one, 4, "walk(mixed4c, every=2s)", "0:1.05, 4s:1.3"
two,,,
"""


def test_a_list_has_a_dream_a_row(dreams):
    shutil.copytree(dreams, dreams.with_name("two"))
    path = Path("list.csv")
    path.write_text(CSV.replace(", no-such", ""))
    first, second = listed(path, Order(Path(), 9, {"zoom": 1.1, "steps": 2}, preset="dive"))
    assert (first.folder, first.frames) == (dreams.absolute(), 4)
    layer, zoom = "walk(mixed4c, every=2s)", "0:1.05, 4s:1.3"
    assert first.given == {"zoom": zoom, "steps": 2, "layer": layer}
    assert second == Order(
        dreams.with_name("two").absolute(), 9, {"zoom": 1.1, "steps": 2}, preset="dive"
    )

    rows = [
        {"dream": "one", "frames": 4, "layer": layer, "zoom": zoom},
        {"dream": "two", "metadata": False, "preset": "museum", "step-size": 1.5},
    ]
    path.write_text("\n\n".join(map(json.dumps, rows)))
    again, other = listed(path, Order(Path(), 9, {"zoom": 1.1, "steps": 2}, preset="dive"))
    assert again == first
    assert (other.preset, other.given["metadata"], other.given["step_size"]) == (
        "museum",
        False,
        1.5,
    )


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no column 'dream'"),
        (b"\xff\xfe", "no text in UTF-8"),
        (b"dream\n\n", "no row with a dream"),
        (b"dream,zoom,zoom\none,1,2", "two columns 'zoom'"),
        (b"dream,zomm\none,1.1", "Row 2: There is no setting 'zomm'. Did you mean zoom?"),
        (b"dream,zoom\none,-1", "Row 2: --zoom was -1"),
        (b"dream,zoom\none,0:1,4s:2", "Row 2: It has 3 cells"),
        (b"dream,zoom\none,1\n\nnine,2", "Row 4: There is no dream 'nine'"),
        (b"dream\none\n./dreams/one", "Row 3: ./dreams/one is in row 2 already"),
        (b"dream,frames\none,0", "Row 2: frames was 0"),
        (b'dream,zoom\none,"1', "It is no CSV"),
        (b'{"dream": "one"}\n{"dream": 1}', "Row 2: It names no dream"),
        (b'{"dream": "one"}\n{', "Row 2: It is no JSON"),
        (b'{"dream": "one"}\n[]', "Row 2: It is no object"),
        (b'{"dream": "one", "zoom": [1]}', "Row 1: zoom was [1]"),
        (b'{"dream": "one", "preset": 1}', "Row 1: preset was 1"),
        (b'{"dream": "one", "frames": true}', "Row 1: frames was True"),
        (b'{"dream": "one", "a": ' + b"[" * 100_000, "Row 1: It is no JSON"),
    ],
)
def test_what_is_wrong_with_a_list_is_a_sentence_with_the_row(dreams, capfd, content, says):
    Path("list").write_bytes(content)
    assert cli.main(["farm", "--list", "list"]) == 2
    assert says in capfd.readouterr().err


def test_all_mistakes_of_a_list_are_told_at_once_and_a_long_one_is_cut(dreams, capfd):
    Path("list").write_text("dream,zoom\n" + "one,-1\n" * 30)
    assert cli.main(["farm", "--list", "list"]) == 2
    said = capfd.readouterr().err
    assert "Row 2: " in said
    assert "Row 21: " in said
    assert "Row 22: " not in said
    assert "And 10 more." in said


def test_a_list_and_names_are_one_too_many(dreams, capfd):
    assert cli.main(["farm", "one", "--list", "list"]) == 2
    assert "--list names all dreams" in capfd.readouterr().err


@pytest.fixture
def shades(dreams):
    """Three dreams whose frames grow lighter, one of them in another size, and one is longer."""
    folders = []
    for index, (height, width, frames) in enumerate([(72, 96, 4), (72, 96, 6), (96, 96, 4)]):
        folder = dreams.parent / f"shade_{index}"
        folder.mkdir()
        for number in range(frames + 1):
            grey = 40 * (index + 1) + 10 * number
            save_image(np.full((height, width, 3), grey, np.float32), folder / f"img_{number}.png")
        folders.append(folder)
    return folders


def test_dreams_side_by_side_play_in_step(shades, tmp_path):
    import av

    labels = [Label(name) for name in ("one", "two", "three")]
    with ExitStack() as stack:
        shown = side_by_side(list(zip(shades, labels, strict=True)), None, 1920, stack)
        assert len(shown.frames) == 5
        for number, frame in enumerate(shown.frames):
            width = frame.shape[1]
            middles = [frame[30, width * (2 * n + 1) // 6].mean() for n in range(3)]
            assert middles == pytest.approx([40 * (n + 1) + 10 * number for n in range(3)], abs=2)
        film = tmp_path / "film.mp4"
        list(encoding(film, shown.frames, shown.rate, "mp4"))
    with av.open(str(film)) as container:
        assert container.streams.video[0].frames == 5
    for path in shades[2].glob("img_[1-9]*"):
        path.unlink()
    with ExitStack() as stack, pytest.raises(DreamError, match="no frame yet"):
        side_by_side(list(zip(shades, labels, strict=True)), None, 1920, stack)


def test_a_table_of_very_many_is_bounded(shades):
    with ExitStack() as stack:
        dreams = [(shades[2], Label(str(n))) for n in range(40)]
        height, width = side_by_side(dreams, 2, 800, stack).frames[0].shape[:2]
    assert max(width, height) <= 1000
    assert width > 500
    assert height % 2 == width % 2 == 0
