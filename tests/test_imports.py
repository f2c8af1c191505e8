"""The house's plan: imports point towards the beginning of the data's way, or not at all."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dreammovie.commands.flags import PARSERS

PACKAGE = Path(__file__).parents[1] / "dreammovie"
DRAWINGS = [
    "eyes",
    "faces",
    "animals",
    "coats",
    "flowers",
    "woods",
    "sea_and_sky",
    "formations",
    "buildings",
    "ornaments",
]
LAYERS = [
    ["errors", "files", "device"],
    ["settings", "image", "tiles"],
    ["motion", "octaves", "frames", "video", "networks", "networks.weights", "demo"],
    ["networks.winograd"],
    ["networks.operations"],
    ["networks.keras_weights"],
    [
        "networks.inception5h",
        "networks.dreamnet",
        "networks.keras_applications",
        "networks.vit",
        "objectives",
        "shaping",
    ],
    ["gradient"],
    ["dream"],
    ["movie", "sheet"],
    ["evolution", "film", "yardstick"],
    ["benchmark"],
    ["progress", "flags"],
    ["commands", "commands.choices"],
    [
        "commands.frames",
        "commands.video",
        "commands.image",
        "commands.evolve",
        "commands.layers",
        "commands.app",
        "commands.bench",
    ],
    ["cli"],
    ["__main__"],
    ["studio", "studio.uploads", "studio.jobs", "studio.runs", "studio.compare"],
    ["studio.choices"],
    ["studio.picture", "studio.movie", "studio.grow", "studio.layers"],
    ["app"],
    # What trains DreamNet; nothing above needs it.
    ["networks.dreamnet.canvas"],
    ["networks.dreamnet.shapes", "networks.dreamnet.textures"],
    ["networks.dreamnet.anatomy", "networks.dreamnet.botany"],
    [f"networks.dreamnet.{room}" for room in DRAWINGS],
    ["networks.dreamnet.patterns"],
    ["networks.dreamnet.train"],
]
LAYER_OF = {name: number for number, names in enumerate(LAYERS) for name in names}


def name_of(path):
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


FILES = {name_of(path): path for path in PACKAGE.rglob("*.py") if name_of(path) != "__init__"}


def test_every_file_has_its_place():
    assert FILES.keys() == LAYER_OF.keys()


@pytest.mark.parametrize("name", FILES)
def test_imports_point_to_earlier_files(name):
    for node in ast.walk(ast.parse(FILES[name].read_text())):
        modules = []
        if isinstance(node, ast.ImportFrom):
            modules = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        for module in modules:
            imported = module.removeprefix("dreammovie.")
            if module.startswith("dreammovie.") and imported in LAYER_OF:
                same_package = imported == "networks" and name.startswith("networks.")
                assert same_package or LAYER_OF[imported] < LAYER_OF[name], f"{name} <- {imported}"


@pytest.mark.parametrize(
    "call",
    [
        "cli.frames(['--help'])",
        "assert cli.video(['demo']) == 0",
        "cli.main(['--help'])",
        *(f"cli.main(['{command}', '--help'])" for command in PARSERS),
    ],
)
def test_help_and_videos_need_no_tensorflow(call, tmp_path):
    shutil.copytree(PACKAGE.parent / "dreams/demo", tmp_path / "dreams/demo")
    code = f"""
import sys
from dreammovie import cli
try:
    {call}
except SystemExit:
    pass
assert 'tensorflow' not in sys.modules and 'scipy' not in sys.modules
"""
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path, env=environment)


def test_keras_comes_when_somebody_asks_for_it():
    code = """
import os, pkgutil, sys
from dreammovie.device import tf
assert 'keras' not in sys.modules and 'TF_USE_LEGACY_KERAS' not in os.environ
assert list(pkgutil.iter_modules(tf.__path__))
from tensorflow.keras import layers
assert tf.keras.layers.Dense is layers.Dense and tf.keras.__version__ >= '3'
"""
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    environment.pop("TF_USE_LEGACY_KERAS", None)
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
