"""The README says what is so. Rewrite its tables of flags with: python3 -m tests.test_readme"""

import argparse
import re
import shlex
import textwrap
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from dreammovie.commands import cli, flags
from dreammovie.networks.table import NETWORKS
from dreammovie.pictures.image import load_image, save_image
from dreammovie.schedules.easings import EASINGS
from dreammovie.schedules.functions import FUNCTIONS, NAMES
from dreammovie.schedules.sounds import BANDS
from dreammovie.videos import song
from dreammovie.videos.encode import write_video
from tests.synthesiser import clicks, write_sound

README = Path(__file__).parents[1] / "README.md"
MARKS = re.compile(r"(<!-- made by: [^\n]*-->\n).*(<!-- end -->)", re.DOTALL)


def rows_of(command):
    """What a command takes: its flags as they are written, and their help."""
    rows = {}
    for action in flags.PARSERS[command]("")._actions:
        if action.help not in (argparse.SUPPRESS, None) and "--help" not in action.option_strings:
            name = action.option_strings[0] if action.option_strings else ""
            help = action.help.replace("%(default)s", str(action.default)).replace("%%", "%")
            rows[f"{name} {action.metavar or ''}".strip()] = help
    return rows


def tables_of_flags():
    """What the two scripts take; what all dreams share; of the others, what is another there."""

    def meaning(help):
        return help.split(" (default: ")[0]

    every = {command: rows_of(command) for command in flags.PARSERS}
    frames, image = every["frames"], every["image"]
    shared = {
        row: help for row, help in frames.items() if meaning(image.get(row, "")) == meaning(help)
    }
    tables = {
        "`python3 dream_frames.py`": {r: h for r, h in frames.items() if r not in shared},
        "`python3 dream_video.py`": {r: h for r, h in every["video"].items() if r not in shared},
        "what all dreams share": shared,
    }
    for command, rows in every.items():
        if command not in ("frames", "video"):
            known = {"image": shared, "plan": shared | frames, "farm": shared | frames}.get(
                command, shared | image
            )
            own = {row: help for row, help in rows.items() if known.get(row) != help}
            if command == "layers":
                gone = sorted({row.split()[0] for row in shared.keys() - rows.keys()})
                own[", ".join(gone)] = "not here, as every layer dreams"
            tables[f"`python3 -m dreammovie {command}`"] = own
    lines = []
    for title, rows in tables.items():
        lines += ["", f"| {title} | |", "| --- | --- |"]
        lines += [f"| `{row}` | {help} |" for row, help in rows.items()]
    return "\n".join(lines)[1:] + "\n\n"


def with_table(text):
    return MARKS.sub(lambda match: match[1] + "\n" + tables_of_flags() + match[2], text)


def test_table_of_flags_is_that_of_the_program():
    text = README.read_text()
    assert text == with_table(text), "run: python3 -m tests.test_readme"


def commands(script):
    return re.findall(rf"^    python3 {script}(.*)$", README.read_text(), re.MULTILINE)


@pytest.fixture
def asleep(monkeypatch):
    """Steps for which nothing is compiled: whether a command runs shows without a dream, too."""
    from dreammovie.dreaming.gradient import Ascent

    monkeypatch.setattr(Ascent, "step", lambda self, image, *_: (image + 1, 0.0))


def test_everyday_commands_run_as_printed(dreams, picture, small_weights, asleep, monkeypatch):
    # Before librosa hears anything, it compiles for half a minute.
    monkeypatch.setattr(song, "beats_in", lambda attacks: np.arange(5, len(attacks), 50.0))
    bird = dreams.with_name("bird")
    bird.mkdir()
    write_video(bird / "img_0.mp4", [picture, picture[::-1]], Fraction(25))
    dreams = dreams.rename(dreams.with_name("forest"))
    save_image(picture, dreams / "img_0.jpg")  # the newest
    write_sound("song.mp3", clicks(20, 112))
    quick = f"--weights {small_weights} --layer mixed3a --steps 1 --size 96x72 --frames"
    assert cli.frames(shlex.split(f"forest {quick} 1")) == 0
    save_image(picture, Path("eyes.webp"), '{"settings": {"layer": "mixed4c"}}')
    for number in range(2, 61):
        save_image(picture, dreams / f"img_{number}.jpg")
    for number, given in enumerate(commands(r"dream_frames\.py")):
        more = f"{quick} {42 if '--after' in given else 61 + number}"
        assert cli.frames(shlex.split(f"{given} {more}")) == 0, given
    for given in commands("-m dreammovie plan"):
        assert cli.main(["plan", *shlex.split(given)]) == 0, given
    for number in range(43, 130):
        save_image(picture, dreams / f"img_{number}.jpg")
    for given in commands(r"dream_video\.py"):
        assert cli.video(shlex.split(given)) == 0, given
    assert {path.suffix for path in dreams.glob("forest.*")} == {".mp4", ".gif", ".webm"}
    assert (bird / "bird.mp4").exists()


def test_other_commands_run_as_printed(dreams, picture, small_weights, asleep, monkeypatch):
    """With a small network in the place of all those that they name."""
    for name, row in NETWORKS.items():
        of_small = replace(NETWORKS["inception5h"], description=row.description)
        monkeypatch.setitem(NETWORKS, name, of_small)
    for name in ("cat.jpg", "flowers.jpg"):
        save_image(picture, Path(name))
    printed = {command: commands(f"-m dreammovie {command}") for command in cli.PARSERS}
    used = {command for command in printed if printed[command]}
    # The others have tests of their own.
    assert used == {
        "motion",
        "bring",
        "image",
        "evolve",
        "layers",
        "app",
        "plan",
        "settings",
        "farm",
    }
    for command in ("image", "evolve", "layers"):
        for given in printed[command]:
            quick = shlex.split(f"{given} --steps 1 --size 96x72 --octaves 1")
            if command != "layers":
                quick += ["--layer", "mixed3a"]
            for name in NETWORKS:
                if name in given.split() or (name == "inception5h" and "--network" not in given):
                    quick += ["--weights", f"{name}={small_weights}"]
            assert cli.main([command, *quick]) == 0, given
    for given in printed["settings"]:
        assert cli.main(["settings", *shlex.split(given)]) == 0, given
    made = {str(path) for path in Path().glob("*") if path.is_file()}
    assert made == {
        "cat.jpg", "flowers.jpg", "cat_dream.png", "cat_dream_2.png", "cat_dream_2_compare.png",
        "wild.jpg", "eyes.webp", "layers.png",
    }  # fmt: skip
    assert (Path("cat_evolution") / "together.gif").exists()


def test_every_word_of_schedules_is_explained():
    titles = "| in a schedule | |\n", "| in the schedules of a movie with a sound | |\n"
    table = "".join(README.read_text().split(each)[1].split("\n\n")[0] for each in titles)
    words = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"`([^`]+)`", table))))
    assert words > {*NAMES, *FUNCTIONS, *EASINGS}
    for function, facts in FUNCTIONS.items():
        written = f"{'bass' if function in BANDS else function}({facts.arguments})"
        assert written in table or facts.arguments == "x"


def test_the_lines_of_python_run_as_printed(dreams, picture, asleep):
    dreams.rename(dreams.with_name("forest"))
    save_image(picture, Path("cat.jpg"))
    blocks = re.findall(r"^    import dreammovie\n(?:    .*\n)+", README.read_text(), re.MULTILINE)
    assert len(blocks) == 2
    for block in blocks:
        exec(textwrap.dedent(block), {})
    assert load_image("cat_dreamt.png").shape == picture.shape
    with av.open("forest.mp4") as video:
        assert len(list(video.decode(video=0))) == 25


def test_pictures_exist():
    pictures = re.findall(r"\]\((dreams/[^)]+)\)", README.read_text())
    assert pictures
    assert [name for name in pictures if not (README.parent / name).is_file()] == []


if __name__ == "__main__":
    README.write_text(with_table(README.read_text()))
