"""DreamNet: what it is drawn, how it learns, and what is shipped of it."""

import zipfile

import numpy as np
import pytest

from dreammovie.device import tf
from dreammovie.errors import DreamError
from dreammovie.networks import dreamnet
from dreammovie.networks.dreamnet.drawings import patterns, train
from dreammovie.networks.weights import weights_file


@pytest.mark.parametrize("name", patterns.PATTERNS)
def test_every_pattern_is_drawn_in_many_ways(name):
    one, again, other = (patterns.draw(name, 64, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert one.shape == (64, 64, 3)
    assert one.dtype == np.uint8
    np.testing.assert_array_equal(one, again)
    assert one.std() > 3
    assert (one != other).mean() > 0.5


def test_there_are_enough_patterns():
    assert len(patterns.PATTERNS) >= 40


def test_drawings_go_on_where_they_stopped():
    whole, labels = patterns.draw_many(24, 2, seed=3)
    second, _ = patterns.draw_many(24, 1, seed=3, first=1)
    np.testing.assert_array_equal(whole[len(patterns.PATTERNS) :], second)
    assert labels.tolist() == 2 * list(range(len(patterns.PATTERNS)))


@pytest.fixture
def quick(monkeypatch):
    """A training of seconds: three patterns, small batches."""
    few = ("zebra", "mandala", "stars")
    monkeypatch.setattr(patterns, "PATTERNS", {n: patterns.PATTERNS[n] for n in few})
    monkeypatch.setattr(train, "_ROUND", 8)
    monkeypatch.setattr(train, "_BATCH", 8)
    monkeypatch.setattr(train, "_WARM_UP", 2)
    monkeypatch.setattr(train, "draw_pictures", draw_here)


def draw_here(folder, each, seed):
    """As `train.draw_pictures`, in this process, which knows of the few patterns."""
    for number in range(-(-each // train._ROUND)):
        train._draw_round(folder, number, seed)


@pytest.mark.slow  # three trainings, each compiled for minutes; it is no part of what people run
def test_training_learns_and_resumes(quick, tmp_path, monkeypatch):
    weights = train.train(tmp_path / "a", each=8, epochs=2, seed=0, resume=False)
    save = train.Learner.save

    def save_and_stop(self, path):
        save(self, path)
        raise KeyboardInterrupt

    monkeypatch.setattr(train.Learner, "save", save_and_stop)
    with pytest.raises(KeyboardInterrupt):
        train.train(tmp_path / "b", each=8, epochs=2, seed=0, resume=False)
    monkeypatch.setattr(train.Learner, "save", save)
    resumed = train.train(tmp_path / "b", each=8, epochs=2, seed=0, resume=True)
    unbroken, taken_up = dreamnet.read_weights(weights), dreamnet.read_weights(resumed)
    for name, array in unbroken.items():
        np.testing.assert_array_equal(array, taken_up[name])


def test_equal_channels_are_the_same_network():
    weights = dreamnet.read_weights(weights_file("dreamnet"))
    loud = dict(weights)
    loud["mixed4a_1x1_kernel"] = weights["mixed4a_1x1_kernel"] * np.float32(8)
    loud["mixed4a_1x1_bias"] = weights["mixed4a_1x1_bias"] * np.float32(8)
    pictures, _ = patterns.draw_many(48, 1, seed=5)
    equal = train.equalised(loud, pictures)
    images = tf.constant(pictures, tf.float32)
    before, after = (dreamnet.classify(images, each) for each in (loud, equal))
    for head in dreamnet.HEADS:
        np.testing.assert_allclose(before[head], after[head], rtol=1e-3, atol=1e-3)
    strength = tf.reduce_mean(dreamnet.build(images, equal)["mixed4a"] ** 2, (0, 1, 2)).numpy()
    assert np.median(strength) == pytest.approx(1, rel=1e-3)
    assert strength.max() < 1.01


def test_shipped_weights_are_what_the_script_writes():
    path = weights_file("dreamnet")
    assert path.stat().st_size <= 4 * 2**20
    with np.load(path, allow_pickle=False) as stored:
        expected = dreamnet.weight_shapes(len(patterns.PATTERNS))
        assert {name: stored[name].shape for name in stored.files} == expected
        assert {stored[name].dtype for name in stored.files} == {np.dtype(np.float16)}


def test_shipped_weights_know_fresh_drawings():
    right = train.accuracy(weights_file("dreamnet"), each=6, seed=123)
    print(f"{right.mean():.3f} of fresh drawings")
    assert right.mean() >= 0.95  # it was 0.983 of 2,880


@pytest.fixture
def arrays():
    """The arrays of a good file."""
    shapes = dreamnet.weight_shapes(3)
    return {name: np.zeros(shape, np.float16) for name, shape in shapes.items()}


def test_weights_with_something_wrong_say_what(arrays, tmp_path):
    def refused(says, **changes):
        path = tmp_path / "weights.npz"
        np.savez(path, **{k: v for k, v in (arrays | changes).items() if v is not None})
        with pytest.raises(DreamError, match=says):
            dreamnet.read_weights(path)

    np.savez(tmp_path / "good.npz", **arrays)
    dreamnet.read_weights(tmp_path / "good.npz")
    refused("conv2d1_bias is missing", conv2d1_bias=None)
    refused("more is too much", more=np.zeros(3, np.float16))
    refused("its heads have 0 classes", mixed4d_head=None)
    refused("conv2d1_bias.npy is no array of 16-bit", conv2d1_bias=np.zeros(32, np.float32))
    refused(r"conv2d1_bias is \(31,\)", conv2d1_bias=np.zeros(31, np.float16))
    refused("conv2d1_bias.npy is no array of 16-bit", conv2d1_bias=np.array([{}] * 32))
    refused("larger than 16 MiB", more=np.zeros(2**23, np.float16))
    none = {f"{name}_head": arrays[f"{name}_head"][:, :0] for name in dreamnet.HEADS}
    refused("its heads have 0 classes", **none)


@pytest.mark.parametrize("content", [b"", b"text", b"PK\x03\x04" + bytes(100)])
def test_no_weights_at_all(content, tmp_path):
    path = tmp_path / "weights.npz"
    path.write_bytes(content)
    with pytest.raises(DreamError, match="does not hold dreamnet's weights"):
        dreamnet.read_weights(path)


def test_a_damaged_archive_is_refused(arrays, tmp_path):
    path = tmp_path / "weights.npz"
    np.savez(path, **arrays)
    with zipfile.ZipFile(path) as archive:
        inside = archive.getinfo("conv2d0_kernel.npy").header_offset
    data = bytearray(path.read_bytes())
    data[inside + 200] ^= 255
    path.write_bytes(data)
    with pytest.raises(DreamError, match="does not hold dreamnet's weights"):
        dreamnet.read_weights(path)
