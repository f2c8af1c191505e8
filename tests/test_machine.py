"""What computes: dream.json notes it, and who goes on keeps to it, or it is said."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from dreammovie.commands.frames import words_of
from dreammovie.device import computing
from dreammovie.machine import CORES, processor
from dreammovie.movies.history import read_history, without_machine, write_history
from dreammovie.movies.run import MachineChanged, go_on
from dreammovie.networks import keras_applications
from dreammovie.pictures.image import note_in
from tests.test_keras_weights import small_backbone, written

QUICK = {"network": "dreamnet", "layer": "mixed3a", "steps": 1, "octaves": 1}
QUICK |= {"precision": "float32"}
SCRIPT = Path(__file__).parents[1] / "dream_frames.py"


def said(events):
    return [event for event in events if isinstance(event, MachineChanged)]


def test_another_kind_of_processor_is_said_once_and_is_no_strangers_business(dreams, monkeypatch):
    assert said(go_on(dreams, 1, QUICK)) == []
    (entry,) = read_history(dreams)
    assert entry.machine == computing()
    with open(dreams / "img_1.jpg", "rb") as file:
        assert processor() not in note_in(file, "")

    monkeypatch.setattr("dreammovie.device.processor", lambda: "An Abacus")
    (changed,) = said(go_on(dreams, 2))
    words = words_of(changed, dreams)
    assert words.startswith(f"The frames so far were dreamt by {processor()} with ")
    assert "; from here on it is An Abacus with " in words
    assert said(go_on(dreams, 3)) == []
    assert [each.from_frame for each in read_history(dreams)] == [1, 2]
    assert read_history(dreams)[0] == entry


def test_a_dream_of_which_it_was_not_noted_goes_on_as_it_was(dreams):
    list(go_on(dreams, 1, QUICK))
    before = list(map(without_machine, read_history(dreams)))
    write_history(dreams, before)
    assert said(go_on(dreams, 2)) == []
    assert read_history(dreams) == before
    list(go_on(dreams, 3, {"step_size": 2.0}))
    assert [bool(each.machine) for each in read_history(dreams)] == [False, True]


def test_a_run_takes_as_many_threads_as_the_frames_before(dreams):
    """More than this machine has, or fewer; also where a person has told it otherwise."""
    list(go_on(dreams, 1, QUICK))
    (entry,) = read_history(dreams)
    more = replace(entry, versions=entry.versions | {"threads": "3"})
    write_history(dreams, [more])
    environment = {**os.environ, CORES: "2"}
    command = [sys.executable, SCRIPT, dreams, "--frames", "2"]
    output = subprocess.check_output(command, text=True, env=environment)
    assert "dreamt by" not in output
    assert read_history(dreams) == [more]
    # Here TensorFlow has its threads already.
    (changed,) = said(go_on(dreams, 3))
    assert (changed.before["threads"], changed.now) == ("3", computing())


def weights_of(network, folder, trained):
    """A file for a network; of those that are not here, one with the weights it begins with."""
    if network in ("dreamnet", "inception5h"):
        return trained if network == "inception5h" else None
    model = small_backbone() if network == "vit" else keras_applications.build(network)
    return written(model, folder / f"{network}.weights.h5")


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("network", ["dreamnet", "inception5h", "inception_v3", "vgg19", "vit"])
def test_a_dream_goes_on_elsewhere_with_the_frames_it_would_have_had(
    dreams, network, precision, trained, tmp_path
):
    """Begun with any number of cores, and gone on with on this machine, or on one core of it."""
    weights = weights_of(network, tmp_path, trained)

    def dreamt(folder, frames, cores, *one_core):
        environment = {**os.environ, CORES: str(cores)} if cores else os.environ
        command = [*one_core, sys.executable, SCRIPT, folder, "--frames", frames]
        if not (folder / "dream.json").exists():
            command += ["--size=320x180", "--steps=3", f"--network={network}"]
            command += [f"--precision={precision}"]
            command += [f"--weights={weights}"] if weights else []
        subprocess.run([str(part) for part in command], check=True, env=environment)

    def frames(folder):
        return {path.name: path.read_bytes() for path in folder.glob("img_*")}

    found = set()
    for cores in (1, 2, 3, 4, 8):
        whole, elsewhere = dreams.with_name(f"whole{cores}"), dreams.with_name(f"else{cores}")
        shutil.copytree(dreams, whole)
        dreamt(whole, 3, cores)
        shutil.copytree(whole, elsewhere)
        for number in (2, 3):
            (elsewhere / f"img_{number}.jpg").unlink()
        dreamt(elsewhere, 2, None, *(["taskset", "-c", "0"] if shutil.which("taskset") else []))
        dreamt(elsewhere, 3, None)
        assert frames(elsewhere) == frames(whole)
        found.add(frames(whole)["img_3.jpg"])
    print(f"{network} in {precision}: {len(found)} different third frames")
