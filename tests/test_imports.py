"""Nobody waits for what is not needed: TensorFlow, SciPy, Keras come when they are asked for.

What may import what is said in pyproject.toml, and checked by the import linter.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import dreammovie
from dreammovie.commands.flags import PARSERS

PACKAGE = Path(__file__).parents[1] / "dreammovie"


def test_the_public_names_are_there_and_cost_nothing_before():
    code = """
import sys
import dreammovie
assert {name for name in sys.modules if name.startswith('dreammovie.')} == set()
for name in dreammovie.__all__:
    assert getattr(dreammovie, name).__name__ == name
assert 'tensorflow' not in sys.modules
"""
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    assert set(dreammovie.__all__) <= set(dir(dreammovie))
    with pytest.raises(AttributeError, match="'dreammovie' has no attribute 'nightmare'"):
        _ = dreammovie.nightmare


@pytest.mark.parametrize(
    "call",
    [
        "cli.frames(['--help'])",
        "assert cli.video(['demo']) == 0",
        "assert cli.main(['plan', 'demo', '--zoom', '0:1, 9:2']) == 0",
        "cli.main(['--help'])",
        *(f"cli.main(['{command}', '--help'])" for command in PARSERS),
    ],
)
def test_help_and_videos_need_no_tensorflow(call, tmp_path):
    shutil.copytree(PACKAGE.parent / "dreams/demo", tmp_path / "dreams/demo")
    code = f"""
import sys
from dreammovie.commands import cli
try:
    {call}
except SystemExit:
    pass
assert not {"tensorflow", "scipy", "ray"} & sys.modules.keys()
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


@pytest.mark.parametrize("script", ["dream_frames.py", "dream_video.py", "-m"])
def test_who_stops_while_the_program_is_read_reads_a_line(script):
    code = """
import importlib.abc, runpy, sys

class Stop(importlib.abc.MetaPathFinder):
    def find_spec(self, name, *rest):
        if name == "dreammovie.commands.flags":  # somewhere in the middle
            raise KeyboardInterrupt

sys.meta_path.insert(0, Stop())
sys.argv = sys.argv[1:] + ["--help"]
if sys.argv[0] == "-m":
    runpy.run_module("dreammovie", run_name="__main__")
else:
    runpy.run_path(sys.argv[0], run_name="__main__")
"""
    root = PACKAGE.parent
    path = script if script == "-m" else str(root / script)
    environment = {**os.environ, "PYTHONPATH": str(root)}
    command = [sys.executable, "-c", code, path]
    ended = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert (ended.returncode, ended.stderr.strip()) == (130, "Stopped.")


def test_no_thread_keeps_a_command_that_is_done():
    """What was to be done at the end is done, and all that was printed is there."""
    code = """
import atexit, sys, threading, time
from dreammovie import doors

threading.Thread(target=time.sleep, args=(10_000,)).start()
atexit.register(print, "cleaned up")
sys.argv = ["dreammovie", "--list-networks"]
doors.main()
"""
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    command = [sys.executable, "-c", code]
    ended = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.endswith("cleaned up\n")
    assert "dreamnet" in ended.stdout
