"""The notebook runs, and is stored as it ran. Run and store it anew, as when its text or the
built-in network has changed (some minutes), with: python3 -m tests.test_notebook
"""

import json
import os
import re
import tempfile
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_output

from dreammovie.pictures.demo import draw_demo
from dreammovie.pictures.image import fit, load_image, save_image

ROOT = Path(__file__).parents[1]
NOTEBOOK = ROOT / "dreammovie/dream.ipynb"
WIDGET = "application/vnd.jupyter.widget-view+json"
UNSEEN = "Run this cell, and the generator appears here: its picture, sliders and buttons."

OFFLINE = """
import socket
asked = []
def nobody(*address, **more):
    asked.append(address)
    raise OSError("There is no network here.")
socket.getaddrinfo = socket.socket.connect = socket.create_connection = nobody
"""

DRIVEN = """
import json
import time
from base64 import b64decode
from datetime import UTC, datetime
from re import search

said = {}

def dream(until=lambda: False, **values):
    for name, value in values.items():
        generator.controls[name].value = value
    generator.dream.click()
    generator.dream.click()  # twice by mistake is once
    while generator.thread.is_alive() and not until():
        time.sleep(0.01)

def buttons():
    return [button.disabled for button in (generator.dream, generator.stop, generator.save)]

before, said["awake"] = generator.view.value, buttons()
generator.side.value = 256
dream(steps=2, octaves=2)
said["dreamt"], said["after"] = generator.words.value, buttons()
assert generator.view.value not in (before, b"")
generator.save.click()
generator.save.click()
link = search('<a download="(.*?)" href="data:image/png;base64,(.*?)">', generator.words.value)
said["linked"] = link[1]
assert b64decode(link[2]) == open(link[1], "rb").read()

dream(lambda: generator.words.value.startswith("step 3 "), steps=60)
said["busy"] = buttons()
generator.stop.click()
generator.thread.join(60)
said["stopped"], said["after stop"] = generator.words.value, buttons()
generator.save.click()

def upload(content):
    generator.upload.value = [
        {"name": "../<b>evil", "type": "", "size": len(content), "content": content,
         "last_modified": datetime.now(UTC)}
    ]

upload(b"no picture")
said["bad"] = generator.words.value
upload(open("mine.png", "rb").read())
said["uploaded"] = generator.words.value
dream(steps=1)
generator.save.click()

generator.controls["steps"].min = 0
dream(steps=0)
said["impossible"], said["after mistake"] = generator.words.value, buttons()
print(json.dumps(said | {"asked": asked}))
"""


# What takes long, and what stands in its place where nobody looks at the pictures.
SMALLER = {
    "135, 240": "90, 160",
    "270, 480": "180, 320",
    "steps=20": "steps=4",
    "range(20)": "range(4)",
    "40 // octaves": "4 // octaves",
    "steps=16, octaves=2": "steps=2, octaves=1",
    "(1, 4)": "(1, 2)",
    "range(12)": "range(2)",
    '"steps": 8': '"steps": 1',
    '"steps": 12': '"steps": 1',
}


def execute(notebook, folder):
    """Runs a notebook with `folder` for its working directory; a cell's error is an exception."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "XDG_CACHE_HOME": str(folder),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        # As in every notebook; where Streamlit was imported before, this says otherwise.
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    }
    NotebookClient(
        notebook, timeout=600, kernel_name="python3", record_timing=False,
        resources={"metadata": {"path": str(folder)}},
    ).execute(env=environment)  # fmt: skip


def outputs_of(notebook):
    return [out for cell in notebook.cells if cell.cell_type == "code" for out in cell.outputs]


def pictures_of(notebook):
    """How many pictures each section has, by the first letters of its heading."""
    count, section = {}, ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("## "):
            section = cell.source[3:].split()[0]
        for out in cell.get("outputs", []):
            drawn = out.get("data", {})
            seen = "image/jpeg" in drawn or "data:image/gif" in drawn.get("text/html", "")
            count[section] = count.get(section, 0) + seen
    return count


def test_the_notebook_runs_and_its_generator_dreams(tmp_path):
    notebook = nbformat.read(NOTEBOOK, 4)
    start = draw_demo()
    save_image(start[:200, :100], tmp_path / "mine.png")
    text = "".join(cell.source for cell in notebook.cells)
    assert [large for large in SMALLER if large not in text] == []
    for cell in notebook.cells:
        for large, small in SMALLER.items():
            cell.source = cell.source.replace(large, small)
    for cell in notebook.cells[:]:  # answers to exercises
        for answer in re.findall(r"```python\n(.*?)```", cell.source, re.DOTALL):
            notebook.cells.insert(notebook.cells.index(cell) + 1, new_code_cell(answer))
    notebook.cells.insert(0, new_code_cell(OFFLINE))
    notebook.cells.append(new_code_cell(DRIVEN))
    execute(notebook, tmp_path)

    driven = notebook.cells.pop().outputs
    said = json.loads(driven[0].text)
    assert len(driven) == 1
    assert said["asked"] == []
    assert [out for out in outputs_of(notebook) if out.get("name") == "stderr"] == []
    assert WIDGET in notebook.cells[-2].outputs[0].data
    sections = {str(number): 1 for number in range(1, 10)}
    assert sections.items() <= {key: min(n, 1) for key, n in pictures_of(notebook).items()}.items()

    at_rest, dreaming = [False, True, False], [True, False, True]
    assert said["awake"] == [False, True, True]
    assert said["dreamt"] == "step 4 of 4"
    assert said["busy"] == dreaming
    for moment in ("after", "after stop", "after mistake"):
        assert said[moment] == at_rest
    assert said["stopped"].startswith("step ")
    assert said["stopped"].endswith(" of 120")
    assert int(said["stopped"].split()[1]) < 60
    assert said["linked"] == "dream_2.png"
    assert said["bad"].startswith("This file cannot be read as a picture; expected is JPEG")
    assert "evil" not in said["bad"]
    assert said["uploaded"] == "128 x 256 pixels, wide awake"
    assert "--steps was 0" in said["impossible"]

    fitted = fit(start, (144, 256))
    first, second, stopped, mine = (
        load_image(tmp_path / f"dream{number}.png") for number in ("", "_2", "_3", "_4")
    )
    assert np.array_equal(first, second)
    assert first.shape == stopped.shape == fitted.shape
    assert mine.shape == (256, 128, 3)
    for dreamt in (first, stopped):
        # Not the picture, but one made of it.
        assert 1 < np.abs(dreamt - fitted).mean() < 60
    assert np.abs(stopped - first).mean() > 1


def test_the_stored_notebook_can_be_read_without_running():
    text = NOTEBOOK.read_text("utf-8")
    notebook = nbformat.reads(text, 4)
    nbformat.validate(notebook)
    assert len(text) < 2_000_000
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    kinds = {out.output_type if "name" not in out else out.name for out in outputs_of(notebook)}
    assert kinds == {"stdout", "display_data", "execute_result"}
    sections = pictures_of(notebook)
    assert [sections.get(str(number), 0) > 0 for number in range(1, 12)] == [True] * 11
    assert notebook.metadata == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    assert WIDGET not in text
    for trace in ("/home/", "/Users/", "/tmp", "\\\\Users", "site-packages", str(ROOT)):
        assert trace not in text, trace


@pytest.mark.parametrize("extra", ["notebook", "test"])
def test_the_extra_brings_what_the_notebook_imports(extra):
    import tomllib

    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needs = " ".join(extras["optional-dependencies"][extra])
    assert "ipywidgets" in needs
    assert "matplotlib" in needs


def store():
    """Runs the notebook and stores it with its outputs, in its place."""
    notebook = nbformat.read(NOTEBOOK, 4)
    with tempfile.TemporaryDirectory() as folder:
        execute(notebook, Path(folder))
    # Widgets live in a running kernel alone; a reader sees the generator's first picture.
    widgets = notebook.metadata.pop("widgets")["application/vnd.jupyter.widget-state+json"]
    views = [
        widget["buffers"][0]["data"]
        for widget in widgets["state"].values()
        if widget["model_name"] == "ImageModel"
    ]
    notebook.metadata.language_info = {"name": "python"}
    for cell in notebook.cells:
        for out in cell.get("outputs", []):
            if WIDGET in out.get("data", {}):
                picture = {"image/jpeg": views.pop(), "text/plain": UNSEEN}
                cell.outputs = [
                    new_output("stream", name="stdout", text=UNSEEN + "\n"),
                    new_output("display_data", data=picture),
                ]
    nbformat.write(notebook, NOTEBOOK)


if __name__ == "__main__":
    store()
