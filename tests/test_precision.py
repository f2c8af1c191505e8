"""Which numbers are the quicker is measured once, kept, and said."""

import json
import logging

import numpy as np
import pytest

from dreammovie.device import tf
from dreammovie.movies.run import Dreaming, go_on
from dreammovie.networks.network import Layer, Network
from dreammovie.networks.precision import PRECISIONS, kept, measure, quicker
from dreammovie.networks.weights import Measured, Ready, ready

KERNEL = np.ones((3, 3, 3, 8), np.float32)


def of(precision, times=1, tile=None):
    """A network of one convolution, done so many times."""

    def activations(images, wanted):
        for _ in range(times):
            images = images + tf.reduce_mean(tf.nn.conv2d(images, KERNEL, 1, "SAME"))
        return {"mixed4c": images}

    layers = {"mixed4c": Layer(1, 3, True)}
    return Network("odd", layers, activations, precision=precision, tile=tile)


@pytest.fixture
def cache_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "dreammovie/quicker_precision.json"


@pytest.fixture
def given(odd_network, tmp_path):
    """What `ready` is told of a network of one convolution."""
    name = odd_network(lambda path, name, precision: of(precision), favourite="mixed4c")
    file = tmp_path / "weights"
    file.write_bytes(b"any")
    return name, "auto", file


@pytest.mark.parametrize("tile", [64, None])
@pytest.mark.parametrize("slower", PRECISIONS)
def test_the_network_itself_is_measured(odd_network, slower, tile):
    """Whatever makes it slow in one of them: here, that it does forty times as much."""
    odd_network(None, favourite="mixed4c")
    seconds = measure([of(each, 40 if each == slower else 1, tile) for each in PRECISIONS])
    assert set(seconds) == set(PRECISIONS)
    assert 0 < seconds[quicker(seconds)] < seconds[slower]


def test_it_is_measured_once_and_chooses_the_quicker(cache_of_its_own, given):
    first = list(ready(*given))
    (measured,) = (event for event in first if isinstance(event, Measured))
    assert first[-1].network.precision == quicker(measured.seconds)
    (noted,) = json.loads(cache_of_its_own.read_text()).values()
    assert noted == measured.seconds

    slower = {each: 1.0 if each == first[-1].network.precision else 0.5 for each in PRECISIONS}
    found = json.loads(cache_of_its_own.read_text())
    cache_of_its_own.write_text(json.dumps(dict.fromkeys(found, slower)))
    *before, again = ready(*given)
    assert not any(isinstance(event, Measured) for event in before)
    assert again.network.precision == quicker(slower) != first[-1].network.precision
    # A wish is not asked about.
    for wish in PRECISIONS:
        *_, last = ready(given[0], wish, given[2])
        assert last.network.precision == wish


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"7", b"[" * 10**5, b"\xff", b" " * 2**21 + b"{}"], ids=range(7)
)
def test_a_broken_cache_is_measured_anew(cache_of_its_own, given, content):
    cache_of_its_own.parent.mkdir()
    cache_of_its_own.write_bytes(content)
    assert any(isinstance(event, Measured) for event in ready(*given))
    assert not any(isinstance(event, Measured) for event in ready(*given))


def test_no_number_in_the_cache_is_believed_that_is_none(cache_of_its_own, given):
    *_, last = ready(*given)
    (key,) = json.loads(cache_of_its_own.read_text())
    for value in (None, 7, {}, {"float32": "x", "bfloat16": 1}, {"float32": 1, "bfloat16": "nan"}):
        cache_of_its_own.write_text(json.dumps({key: value}))
        assert kept("odd", last.weights.sha256) is None


def test_a_cache_that_cannot_be_written_costs_the_memory_alone(
    given, tmp_path, monkeypatch, caplog
):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with caplog.at_level(logging.WARNING):
        *_, last = ready(*given)
    assert isinstance(last, Ready)
    assert "cannot be kept" in caplog.text


def test_a_dream_keeps_its_numbers_whatever_is_measured_later(cache_of_its_own, dreams, given):
    """dream.json says which, and the cache is not asked again."""
    name, _, file = given
    wish = {"network": name, "shaping": "plain", "steps": 1, "octaves": 1}

    def dream(frames):
        events = list(go_on(dreams, frames, wish, weights=[str(file)]))
        (dreaming,) = (event for event in events if isinstance(event, Dreaming))
        return dreaming.script.settings.precision

    first = dream(1)
    other = next(each for each in PRECISIONS if each != first)
    slower = {first: 1.0, other: 0.5}
    found = json.loads(cache_of_its_own.read_text())
    cache_of_its_own.write_text(json.dumps(dict.fromkeys(found, slower)))
    assert dream(2) == first
