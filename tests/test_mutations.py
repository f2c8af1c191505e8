"""Weights files with something changed in them: each is refused in a sentence, or loads.

The short form meets some mutations of every loader, always the same ones. By hand, many more, or
so many as one says: DREAMMOVIE_MUTATIONS=20000 pytest -m slow tests/test_mutations.py
"""

import os
import random
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from dreammovie.errors import DreamError
from dreammovie.networks import dreamnet, inception5h
from dreammovie.networks.keras_weights import dense_above, fill, opened
from dreammovie.networks.weights import weights_file
from tests.conftest import write_graph
from tests.test_keras_weights import randomised, small_model, written

ODD = (b"\0", b"\xff", b"\x7f", b"\x80", b"-", b"(", b"9", b"\xff" * 8, b"\0" * 8, b"\x01" * 4)


def mutated(content, rng):
    """Some bytes changed, cut out, doubled or cut off; mostly near the ends, where headers are."""
    content = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 5))):
        near = rng.choice((64, 1024, len(content)))
        place = rng.randrange(min(near, len(content)))
        if rng.random() < 0.3:
            place = len(content) - 1 - place
        kind = rng.randrange(6)
        if kind == 0:
            content[place] ^= 1 << rng.randrange(8)
        elif kind == 1:
            content[place] = rng.randrange(256)
        elif kind == 2:
            odd = rng.choice(ODD)
            content[place : place + len(odd)] = odd
        elif kind == 3:
            del content[place : place + rng.choice((1, 4, 100))]
        elif kind == 4:
            content[place:place] = content[place : place + rng.choice((1, 8, 200))]
        elif rng.random() < 0.2:
            del content[place:]
        if not content:
            content = bytearray(b"\0")
    return bytes(content)


def narrow_npz(path):
    """DreamNet's weights, of two channels everywhere, so that very many can be read."""
    shapes = dreamnet.weight_shapes(dict.fromkeys(dreamnet.convolutions(), 2), 3)
    np.savez(path, **{name: np.ones(shape, np.float16) for name, shape in shapes.items()})
    return path


def header_mutated(path, rng):
    """An NPZ whose archive is whole, and one of whose arrays is mutated."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = rng.choice(list(members))
    begin = members[name][:128]
    members[name] = mutated(begin, rng) + members[name][128:]
    with zipfile.ZipFile(path, "w") as archive:
        for each, content in members.items():
            archive.writestr(each, content)


@pytest.fixture(scope="module")
def whole_files(tmp_path_factory):
    """A whole file for each loader, by the loader's name, with what loads it."""
    folder = tmp_path_factory.mktemp("whole")
    model, empty = randomised(small_model()), small_model()

    def keras(path):
        with opened(path, "small") as stored:
            dense_above(empty, stored)
            fill(empty, stored)

    endings = (".weights.h5", ".keras", ".h5")
    return {
        "npz": (weights_file("dreamnet"), dreamnet.read_weights),
        "npz headers": (narrow_npz(folder / "a.npz"), dreamnet.read_weights),
        "graph": (
            write_graph(folder / "a.pb"),
            lambda path: inception5h.load(path, "inception5h", "float32"),
        ),
        **{ending: (written(model, folder / f"a{ending}"), keras) for ending in endings},
    }


LOOKS = """
import os, sys
import h5py
from dreammovie.networks import hdf5

for line in sys.stdin:
    if not (child := os.fork()):
        sys.stdin, sys.stdout = open(line.strip()), open(line.strip() + ".said", "w")
        hdf5.main()
        sys.stdout.flush()
        os._exit(0)
    print(os.waitpid(child, 0)[1], flush=True)
"""


@pytest.fixture
def quick_looks(monkeypatch, tmp_path):
    """HDF5 files are looked through by processes that need not begin with reading Python."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", LOOKS], env=environment, **pipes) as looks:

        def run(command, stdin, **rest):
            path = tmp_path / "looked"
            path.write_bytes(stdin.read())
            print(path, file=looks.stdin, flush=True)
            status = int(looks.stdout.readline())
            return subprocess.CompletedProcess([], status, (tmp_path / "looked.said").read_bytes())

        monkeypatch.setattr("dreammovie.networks.hdf5.subprocess.run", run)
        yield
        looks.stdin.close()


def check(whole, count, seed, path, headers=False):
    """Loads a file with so many mutations; returns how many of them were refused."""
    file, load = whole
    content, refused = file.read_bytes(), 0
    for number in range(count):
        rng = random.Random(f"{seed} {number}")
        path.write_bytes(content if headers else mutated(content, rng))
        if headers:
            header_mutated(path, rng)
        try:
            load(path)
        except DreamError:
            refused += 1
        except Exception as error:
            pytest.fail(f"mutation {number} with seed {seed} is a {type(error).__name__}: {error}")
    return refused


LOADERS = ["npz", "npz headers", "graph", ".weights.h5", ".keras", ".h5"]


@pytest.mark.parametrize("loader", LOADERS)
@np.errstate(all="ignore")
def test_some_mutations(loader, whole_files, tmp_path, quick_looks):
    assert check(whole_files[loader], 100, 0, tmp_path / "a", loader == "npz headers") > 5


@pytest.mark.slow
@pytest.mark.parametrize("loader", LOADERS)
@np.errstate(all="ignore")
def test_very_many_mutations(loader, whole_files, tmp_path, quick_looks):
    count = int(os.environ.get("DREAMMOVIE_MUTATIONS", "100000"))
    refused = check(whole_files[loader], count, 1, tmp_path / "a", loader == "npz headers")
    print(f"{loader}: {refused:,} of {count:,} are refused")
