"""What is done otherwise where there are cards, each of it on a processor that passes for two."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dreammovie import device
from dreammovie.dreaming.gradient import Ascent, place
from dreammovie.dreaming.objectives import layer
from dreammovie.dreaming.shaping import SHAPINGS
from dreammovie.networks.operations import conv2d_relu
from tests.conftest import make_picture

TWO_CARDS = """
import tensorflow as tf
cpu, config = tf.config.list_physical_devices("CPU")[0], tf.config
config.set_logical_device_configuration(cpu, [config.LogicalDeviceConfiguration()] * 2)
halves, physical, told = config.list_logical_devices("CPU"), config.list_physical_devices, []
names = {"one card": "A Card", "another card": "Another Card"}
config.list_physical_devices = lambda kind=None: [*names] if kind == "GPU" else physical(kind)
config.list_logical_devices = lambda kind=None: halves
config.experimental.set_memory_growth = lambda card, wish: told.append(["grows", card, wish])
config.experimental.get_device_details = lambda card: {"device_name": names[card]}
config.threading.set_intra_op_parallelism_threads = lambda count: told.append(["threads", count])
"""
"""Has TensorFlow say that this processor's halves are cards, before anybody asks."""

DREAM = """
import json, logging, sys
from pathlib import Path
import numpy as np
out = Path(sys.argv[1])
log = []
logging.getLogger("dreammovie").setLevel(logging.DEBUG)
logging.getLogger("dreammovie").addHandler(logging.NullHandler())
from dreammovie import device
device.log.debug = lambda *words: log.append(str(words))
from dreammovie.dreaming import gradient, smoothing
from dreammovie.dreaming.dream import DreamSettings, dream
from dreammovie.dreaming.gradient import Ascent, place
from dreammovie.dreaming.objectives import layer
from dreammovie.dreaming.shaping import SHAPINGS
from dreammovie.movies.run import go_on
from dreammovie.networks import winograd
from dreammovie.networks.network import load_network
from dreammovie.networks.operations import conv2d_relu
from dreammovie.networks.precision import PRECISIONS, measure
from dreammovie.networks.weights import weights_file
from tests.conftest import hungry, make_picture
network = load_network("dreamnet", weights_file("dreamnet"))
picture, rng = make_picture(200, 240), np.random.default_rng
ascent = Ascent(network, layer("mixed3a"), tile=128)
batch = ascent.batch
placement = tf.constant(place(picture.shape, ascent.tile, rng(0)))
found = {"batches": [], "batch": batch}
for ascent.batch in (batch, 1):  # all of a card's tiles at once, and one after the other
    found["batches"].append(device.compiled(ascent.gradient)(tf.constant(picture), placement)[0])
arrays = {f"gradient{n}": each.numpy() for n, each in enumerate(found.pop("batches"))}
for shaping in SHAPINGS:
    one = Ascent(network, layer("mixed3a"), shaping=shaping)
    image = device.on_device(make_picture(72, 96))
    arrays[shaping] = one.step(image, rng(0), 2.0, 1.0)[0].numpy()
winograd._LEAST = 0
x, kernel = tf.constant(make_picture(24, 32)[None] / 255), rng(0).normal(size=(3, 3, 3, 8))
arrays["convolved"] = conv2d_relu(x, kernel.astype(np.float32), np.ones(8, np.float32), 1).numpy()
tried = []
hungering = Ascent(hungry(network, 130)(tried), layer("mixed3a"), tile=150)
dream(make_picture(200, 200), hungering, DreamSettings(steps=1, octaves=1), rng(0))
wish = {"network": "dreamnet", "layer": "mixed3a", "steps": 1, "size": "128x96"}
events = [type(event).__name__ for event in go_on(out / "dream", 2, wish)]
np.savez(out / "arrays.npz", **arrays)
found |= {
    "at once": device.AT_ONCE, "devices": device.devices, "told": told, "tried": tried,
    "computing": device.computing(), "log": log, "events": events,
    "seconds": measure(
        [load_network("dreamnet", weights_file("dreamnet"), each) for each in PRECISIONS]
    ),
}
(out / "found.json").write_text(json.dumps(found))
"""
"""Dreams in all ways that differ, and writes down what came out."""


@pytest.fixture
def found(tmp_path):
    """What was found, with the arrays among it."""
    from dreammovie.pictures.image import save_image

    folder = tmp_path
    (folder / "dream").mkdir()
    save_image(make_picture(96, 128), folder / "dream/img_0.jpg")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, "-c", TWO_CARDS + DREAM, folder]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads((folder / "found.json").read_text())
    return found | {"folder": folder, "arrays": np.load(folder / "arrays.npz")}


@pytest.mark.skipif(bool(device.gpus), reason="there are cards, which all tests run on")
def test_cards_do_what_a_processor_does(found, dreamnet):
    """One test of many parts, as what is found takes its time."""
    cards_share_the_tiles_and_keep_memory_for_others(found)
    what_is_a_processors_is_left_alone(found)
    gradients_are_those_of_a_processor(found, dreamnet)
    for shaping in SHAPINGS:
        steps_are_those_of_a_processor(found, dreamnet, shaping)
    convolutions_are_the_direct_ones(found)
    where_memory_runs_out_batches_and_tiles_are_halved(found)
    a_movie_notes_the_cards(found)
    the_quicker_numbers_are_measured(found)


def cards_share_the_tiles_and_keep_memory_for_others(found):
    assert found["devices"] == ["/device:CPU:0", "/device:CPU:1"]
    assert [each for each in found["told"] if each[0] == "grows"] == [
        ["grows", "one card", True],
        ["grows", "another card", True],
    ]
    assert found["at once"] == 1
    assert found["batch"] > 100


def what_is_a_processors_is_left_alone(found):
    """Its threads, and compiling aside."""
    assert [each for each in found["told"] if each[0] == "threads"] == []
    assert "compiled early" not in str(found["log"])


def gradients_are_those_of_a_processor(found, dreamnet):
    picture, ascent = make_picture(200, 240), Ascent(dreamnet, layer("mixed3a"), tile=128)
    placement = place(picture.shape, ascent.tile, np.random.default_rng(0))
    expected = ascent.gradient(device.tf.constant(picture), device.tf.constant(placement))[0]
    for name in ("gradient0", "gradient1"):
        difference = np.linalg.norm(found["arrays"][name] - expected)
        assert difference < 1e-4 * np.linalg.norm(expected)


def steps_are_those_of_a_processor(found, dreamnet, shaping):
    ascent = Ascent(dreamnet, layer("mixed3a"), shaping=shaping)
    image = device.on_device(make_picture(72, 96))
    expected = ascent.step(image, np.random.default_rng(0), 2.0, 1.0)[0]
    assert np.abs(found["arrays"][shaping] - expected).max() < 0.01


def convolutions_are_the_direct_ones(found):
    kernel = np.random.default_rng(0).normal(size=(3, 3, 3, 8)).astype(np.float32)
    x = device.tf.constant(make_picture(24, 32)[None] / 255)
    expected = conv2d_relu(x, kernel, np.ones(8, np.float32), 1)
    np.testing.assert_allclose(found["arrays"]["convolved"], expected, atol=1e-4)


def where_memory_runs_out_batches_and_tiles_are_halved(found):
    tried = [tuple(each) for each in found["tried"]]
    # Two cards have two tiles of four each; in the end, nine of 88 pixels one by one.
    assert tried[0] == (2, 132)
    assert tried[-1] == (1, 88)


def a_movie_notes_the_cards(found):
    assert found["computing"] == {"processor": "A Card and Another Card"}
    assert "Done" in found["events"]
    noted = json.loads((found["folder"] / "dream/dream.json").read_text())
    assert "A Card and Another Card" in json.dumps(noted)
    assert {path.name for path in (found["folder"] / "dream").glob("img_[12].jpg")} == {
        "img_1.jpg",
        "img_2.jpg",
    }


def the_quicker_numbers_are_measured(found):
    assert min(found["seconds"].values()) > 0
