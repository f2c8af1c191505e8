"""Names that are taken when they are chosen; what took long to make is not lost."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dreammovie.claims import claimed, claimed_folder
from dreammovie.errors import DreamError
from dreammovie.files import HOLDS as HOLDS_NAMES
from dreammovie.files import check_output, keep, whole


def test_two_at_once_have_two_names(tmp_path):
    def make(number):
        with claimed(tmp_path / "cat", ".png") as [path]:
            keep({path: str(number).encode()})
        return path

    with ThreadPoolExecutor(8) as pool:
        paths = list(pool.map(make, range(24)))
    assert len(set(paths)) == 24
    assert sorted(path.read_text() for path in paths) == sorted(map(str, range(24)))


def test_names_that_belong_together_have_one_number(tmp_path):
    (tmp_path / "a.gif").write_bytes(b"mine")
    (tmp_path / "a_2.mp4").write_bytes(b"mine")
    with claimed(tmp_path / "a", ".mp4", ".gif") as names:
        assert [path.name for path in names] == ["a_3.mp4", "a_3.gif"]
        names[0].write_bytes(b"made")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.gif", "a_2.mp4", "a_3.mp4"]


def test_folders_are_taken_and_left(tmp_path):
    with claimed_folder(tmp_path / "v1.2") as one, claimed_folder(tmp_path / "v1.2") as two:
        assert (one.name, two.name) == ("v1.2", "v1.2_2")
        (two / "film.mp4").touch()
    assert [path.name for path in tmp_path.iterdir()] == ["v1.2_2"]


HOLDS = """
import sys
from contextlib import ExitStack
from pathlib import Path
from dreammovie.claims import claimed, claimed_folder, scratch
from dreammovie.files import whole

with ExitStack() as stack:
    enter = stack.enter_context
    picture, = enter(claimed(Path("cat_dream"), ".png"))
    folder = enter(claimed_folder(Path("cat_evolution")))
    film, _ = enter(claimed(folder / "dreamnet", ".mp4", ".gif"))
    part = enter(whole(film))
    steps = enter(scratch())
    (steps / "img_0.jpg").touch()
    print(picture, folder, steps, flush=True)
    sys.stdin.read()
"""


@pytest.mark.skipif(not HOLDS_NAMES, reason="this system does not tell who holds a file")
def test_what_killed_runs_took_is_free_again_and_what_others_hold_stays(tmp_path, monkeypatch):
    """The names and folders of `image` and `evolve`, of two runs at once and of two after them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
    (tmp_path / "cat_dream_3.png").touch()  # somebody's own, empty as it is
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}

    def begun():
        return subprocess.Popen([sys.executable, "-c", HOLDS], **pipes)

    with begun() as one:
        first = one.stdout.readline().split()
        with begun() as two:
            second = two.stdout.readline().split()
            two.kill()
        assert first[:2] == ["cat_dream.png", "cat_evolution"]
        assert second[:2] == ["cat_dream_2.png", "cat_evolution_2"]
        with begun() as three:  # takes what was the second's, and nothing of the first's
            assert three.stdout.readline().split()[:2] == second[:2]
            assert not Path(second[2]).exists()
            assert Path(first[2], "img_0.jpg").exists()
            three.kill()
        one.kill()
    with begun() as four:
        assert four.stdout.readline().split()[:2] == first[:2]
        four.communicate("")
    left = {path.name for path in tmp_path.iterdir()}
    assert left <= {"cat_dream_3.png", "cat_evolution_2"}  # whose run was killed after the fourth's
    with claimed_folder(tmp_path / "cat_evolution"), claimed_folder(tmp_path / "cat_evolution"):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["cat_dream_3.png"]


@pytest.mark.parametrize("letter", ["a", "森", "🜲"])
@pytest.mark.parametrize("short_of", [0, 5, 40])
def test_names_as_long_as_they_can_be(tmp_path, letter, short_of):
    count = (255 - short_of - len(".png")) // len(letter.encode())
    names = set()
    for _ in range(3):
        with claimed(tmp_path / f"{letter * count}_dream", ".png") as [path]:
            keep({path: b"dreamt"})
        check_output(path)
        names.add(path)
    assert len(names) == 3
    assert all(path.suffix == ".png" and path.read_bytes() == b"dreamt" for path in names)
    assert set(tmp_path.iterdir()) == names


def test_what_cannot_be_written_is_kept_elsewhere(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    good, gone = tmp_path / "good.png", tmp_path / "gone/gone.png"
    with pytest.raises(DreamError, match=r"gone\.png: No such file.* is kept: (.*)") as caught:
        keep({gone: b"one", good: b"two"})
    kept = Path(str(caught.value).partition("is kept: ")[2])
    assert (kept.name, kept.read_bytes(), good.read_bytes()) == ("gone.png", b"one", b"two")


def test_an_output_is_tried_before_it_is_made(tmp_path, full_disk):
    (tmp_path / "a.png").write_bytes(b"old")
    check_output(tmp_path / "a.png")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.png", b"old")]
    with pytest.raises(OSError, match=r"Read-only|denied|No such file") as caught:
        check_output(Path("/proc/a.png"))  # where even root can write nothing
    assert caught.value.filename == "/proc/a.png"


def test_an_error_names_the_file_and_not_the_temporary_one(tmp_path):
    """Not even where that cannot be taken away again, as on a disk that became read-only."""

    def write(path):
        with whole(path) as part:
            part.unlink()
            part.mkdir()
            raise PermissionError(13, "Permission denied", str(part))

    with pytest.raises(PermissionError) as caught:
        write(tmp_path / "a.mp4")
    assert caught.value.filename == str(tmp_path / "a.mp4")


def test_temporary_names_are_short(tmp_path):
    with whole(tmp_path / ("森" * 83 + ".jpg")) as part:
        assert len(os.fsencode(part.name)) < 100
        part.write_bytes(b"whole")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"whole"]


def test_what_killed_writers_left_goes_and_what_is_being_written_stays(tmp_path):
    left, other = tmp_path / ".a.mp4.0123abcd.part", tmp_path / ".b.mp4.0123abcd.part"
    for path in (left, other):
        path.write_bytes(b"half")
    with whole(tmp_path / "a.mp4") as part:
        check_output(tmp_path / "a.mp4")
        assert {path.name for path in tmp_path.iterdir()} == {part.name, other.name}
        part.write_bytes(b"whole")
    assert (tmp_path / "a.mp4").read_bytes() == b"whole"
    assert {path.name for path in tmp_path.iterdir()} == {"a.mp4", other.name}
