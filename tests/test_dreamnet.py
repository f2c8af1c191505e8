"""DreamNet: what it is drawn, how it learns, and what is shipped of it."""

import zipfile

import numpy as np
import pytest

from dreammovie.device import tf
from dreammovie.dreaming.stages import PictureSettings, dream_picture
from dreammovie.dreaming.wishes import parse
from dreammovie.errors import DreamError
from dreammovie.networks import dreamnet
from dreammovie.networks.classes import names_in
from dreammovie.networks.dreamnet.drawings import patterns
from dreammovie.networks.dreamnet.training import finish, learner, pictures, train
from dreammovie.networks.dreamnet.training.batches import Batches
from dreammovie.networks.dreamnet.training.learner import Student
from dreammovie.networks.dreamnet.training.shapes import HIGH, LOW, student_channels
from dreammovie.networks.network import load_network
from dreammovie.networks.weights import weights_file
from dreammovie.pictures.demo import draw_demo
from dreammovie.pictures.image import fit
from tests.conftest import write_graph


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


CHANNELS = {name: 4 + number % 3 for number, name in enumerate(dreamnet.convolutions())}
SMALL = dreamnet.weight_shapes(CHANNELS, 3)
"""Names and shapes of the weights of a small network."""


@pytest.fixture(scope="module")
def teacher(tmp_path_factory):
    """A small network of random weights, with the parts of Inception5h."""
    path = tmp_path_factory.mktemp("teacher") / "small.pb"
    return load_network("inception5h", write_graph(path, whole=True))


def test_a_student_is_as_wide_as_its_teacher_says(teacher):
    channels = student_channels(teacher)
    for name in HIGH:
        for end in dreamnet.ENDS:
            assert channels[f"{name}_{end}"] == teacher.layers[f"{name}_{end}"].channels
        for side in ("3x3", "5x5"):
            inner = teacher.layers[f"{name}_{side}_bottleneck"].channels
            assert channels[f"{name}_{side}_bottleneck"] <= max(2, inner * 2 / 3)
    assert all(count >= 2 for count in channels.values())


def test_what_nothing_can_be_learnt_from_is_a_sentence(small_weights, tmp_path, monkeypatch, capfd):
    whole = write_graph(tmp_path / "whole.pb", whole=True)
    for teacher, start, says in (
        (small_weights, None, "no layer 'mixed3b"),
        (tmp_path / "none.pb", None, "No such file"),
        (whole, small_weights, "does not hold dreamnet's weights"),
    ):
        command = ["train", "--teacher", str(teacher), "--work", str(tmp_path)]
        command += ["--start", str(start)] if start else []
        monkeypatch.setattr("sys.argv", command)
        with pytest.raises(SystemExit, match="2"):
            train.main()
        assert says in capfd.readouterr().err
    assert not (tmp_path / "pictures").exists()


@pytest.fixture
def quick(monkeypatch, tmp_path, teacher):
    """A training of few small batches, and its folder with pictures."""
    monkeypatch.setattr(train, "_EARLY_BATCH", (2, 32))
    monkeypatch.setattr(train, "_LATE_BATCH", (2, 32))
    monkeypatch.setattr(train, "_LATE", 0.5)
    monkeypatch.setattr(train, "_SAVED", 1)
    monkeypatch.setattr(learner, "DREAMT", ("mixed4a",))
    monkeypatch.setattr(train, "DREAMT", ("mixed4a",))
    folder = tmp_path / "pictures"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for kind in ("dreams", "drawings"):
        for number in range(2):
            np.save(folder / f"{kind}-{number:05}.npy", pictures.noise(8, rng))
    return tmp_path


@pytest.mark.slow  # three trainings, each compiled for a minute; it is no part of what people run
def test_training_learns_and_resumes(quick, teacher, monkeypatch):
    unbroken = train.train(teacher, quick, 6, seed=0, resume=False)
    first = Student(teacher, unbroken.strengths, 0.0, seed=0)
    some = pictures.noise(4, np.random.default_rng(1), 64).astype(np.float32)

    def error(student):
        images = tf.constant(some)
        seen, target = student.see(images), student.target(images)
        return sum(float(tf.reduce_mean((seen[n] - target[n]) ** 2)) for n in seen)

    assert error(unbroken) < error(first)

    save = Student.save

    def save_and_stop(self, path):
        save(self, path)
        if self.learnt.numpy() == 4:
            raise KeyboardInterrupt

    monkeypatch.setattr(Student, "save", save_and_stop)
    with pytest.raises(KeyboardInterrupt):
        train.train(teacher, quick, 6, seed=0, resume=False)
    monkeypatch.setattr(Student, "save", save)
    (quick / pictures.STUDENT).unlink()
    resumed = train.train(teacher, quick, 6, seed=0, resume=True)
    assert resumed.learnt.numpy() == 6
    for name, weight in unbroken.weights.items():
        np.testing.assert_array_equal(weight, resumed.weights[name])


def test_dreams_to_learn_from_are_dreams(teacher):
    """They excite what they were dreamt of, and are the same for the same numbers."""
    layer, rng = "mixed4a", np.random.default_rng(0)
    channels = {layer: teacher.layers[layer].channels}
    starts = pictures.noise(2, rng, 32)
    dreamer = pictures.Dreamer(teacher.activations, channels)
    begun, finished = np.split(dreamer.dream(starts, np.random.default_rng(1)), 2)
    again = dreamer.dream(starts, np.random.default_rng(1))
    assert begun.shape == (2, pictures.SIDE, pictures.SIDE, 3)
    np.testing.assert_array_equal(np.concatenate([begun, finished]), again)
    assert (begun != finished).mean() > 0.5


def test_batches_are_of_all_kinds_in_any_light(quick):
    batches = Batches(quick, seed=0)
    made = batches.batch(3, 12, 48)
    assert made.shape == (12, 48, 48, 3)
    assert 0 <= made.min() < made.max() <= 255
    np.testing.assert_array_equal(made, Batches(quick, seed=0).batch(3, 12, 48))
    assert (made != batches.batch(4, 12, 48)).mean() > 0.9


def test_stronger_channels_are_the_same_network():
    weights = dreamnet.read_weights(weights_file("dreamnet"))
    rng = np.random.default_rng(0)
    factors = {
        name: rng.uniform(0.3, 3, sum(len(weights[f"{name}_{end}_bias"]) for end in dreamnet.ENDS))
        for name in dreamnet.MIXED
    }
    images = tf.constant(patterns.draw_many(48, 1, seed=5)[0], tf.float32)
    before, after = (
        dreamnet.build(images, each) for each in (weights, finish.scaled(weights, factors))
    )
    for name in dreamnet.MIXED:
        expected = before[name] * factors[name].astype(np.float32)
        np.testing.assert_allclose(expected, after[name], rtol=1e-3, atol=1e-2)
    for head in dreamnet.HEADS.values():
        np.testing.assert_allclose(before[head], after[head], rtol=1e-3, atol=1e-2)


def test_a_student_goes_on_from_finished_weights(teacher):
    """What it gives is then what it gave when it had learnt: the teacher's channels, not louder."""
    rng = np.random.default_rng(0)
    strengths = {n: rng.uniform(1, 9, teacher.layers[n].channels) for n in learner.LAYERS}
    before, after = (Student(teacher, strengths, 0.0, seed) for seed in (0, 1))
    images = tf.constant(pictures.noise(2, rng, 64), tf.float32)
    loud = {n: np.ones(before.channels(n)) for n in dreamnet.MIXED}
    loud |= {n: strengths[n] / strengths[n].mean() for n in HIGH}
    begun = before.arrays()
    after.take(finish.unfinished(finish.scaled(begun, loud), strengths), images)
    for name, each in after.arrays().items():
        np.testing.assert_allclose(each, begun[name], rtol=1e-5, atol=1e-7)

    def error(student, name):
        return float(tf.reduce_mean((student.see(images)[name] - after.target(images)[name]) ** 2))

    for name in LOW:
        assert error(after, name) < 0.8 * error(before, name)
    with pytest.raises(DreamError, match=r"conv2d0_kernel is .*, but .* in a student of this"):
        after.take(dreamnet.read_weights(weights_file("dreamnet")), images)


def test_a_silent_channel_does_not_grow_from_training_to_training(teacher, monkeypatch):
    rng = np.random.default_rng(0)
    monkeypatch.setattr(finish, "_EPOCHS", 1)
    strengths = {n: rng.uniform(1, 9, teacher.layers[n].channels) for n in learner.LAYERS}
    weights = Student(teacher, strengths, 0.0, 0).arrays()
    weights["mixed3a_1x1_bias"][0] = -100
    drawings = np.concatenate([patterns.draw_many(32, 1, seed, 0)[0] for seed in range(8)])
    once, _ = finish.finished(weights, strengths, drawings)
    again, _ = finish.finished(finish.unfinished(once, strengths), strengths, drawings)
    silent = [np.abs(each["mixed3a_1x1_kernel"][..., 0]).max() for each in (once, again)]
    assert silent[1] == pytest.approx(silent[0], rel=0.01)


def test_a_classifier_is_learnt(monkeypatch):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 300)
    features = rng.standard_normal((300, 5)).astype(np.float32)
    features[np.arange(300), labels] += 4
    head = finish.classifier(features, labels, 3)
    assert (np.argmax(features @ head, 1) == labels).mean() > 0.9


def test_shipped_weights_are_what_the_script_writes():
    path = weights_file("dreamnet")
    assert path.stat().st_size <= 5_000_000
    with np.load(path, allow_pickle=False) as stored:
        assert {stored[name].dtype for name in stored.files} == {np.dtype(np.float16)}
        heads = {stored[f"{name}_head"].shape[1] for name in dreamnet.HEADS}
    assert heads == {len(patterns.PATTERNS)}
    names = tuple(name.replace("_", " ") for name in patterns.PATTERNS)
    assert names_in(path.with_name("patterns.txt")) == names


@pytest.mark.weights
def test_the_teacher_sees_its_own_things_in_dreamnet_s_dreams(trained):
    """Creatures, which one looks at the gallery for; patterns of no meaning say nothing to it."""
    picture = fit(draw_demo(), (135, 240))
    dreamt = dream_picture(picture, PictureSettings(network="dreamnet", precision="float32"))
    teacher = load_network("inception5h", trained)
    before, after = (
        float(
            tf.reduce_mean(
                teacher.activations(tf.constant(each[None]), ["mixed4c"])["mixed4c"] ** 2
            )
        )
        for each in (picture, dreamt)
    )
    print(f"mixed4c of the teacher: {before:.0f} before, {after:.0f} after")
    assert after > 3 * before


@pytest.fixture(scope="module")
def dreamnet_network():
    return load_network("dreamnet", weights_file("dreamnet"))


def test_what_dreams_is_what_was_trained():
    """In training no weight is an array, and TensorFlow does everything in its own way."""
    arrays = dreamnet.read_weights(weights_file("dreamnet"))
    tensors = {name: tf.constant(array) for name, array in arrays.items()}
    images = tf.constant(fit(draw_demo(), (64, 96))[None])

    def found(weights):
        with tf.GradientTape() as tape:
            tape.watch(images)
            seen = dreamnet.build(images, weights)
            score = tf.reduce_mean(seen["mixed4c"] ** 2) + tf.reduce_mean(seen["mixed4b_1x1"] ** 2)
        return [*seen.values(), tape.gradient(score, images)]

    for ours, theirs in zip(found(arrays), found(tensors), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-4 * np.abs(theirs).max())


def test_words_pick_channels(dreamnet_network):
    network = dreamnet_network
    assert sum(map(len, network.words.values())) >= 40
    for layer, words in network.words.items():
        assert layer in network.main_layers
        assert len(set(words.values())) == len(words)
        for word, channel in words.items():
            network.check(layer, channel)
            (found,) = parse(f"{layer}:{word}", network).weights(None)
            (same,) = parse(f"{layer}:{channel}", network).weights(None)
            assert found == same
    layer, words = next(iter(network.words.items()))
    word = next(iter(words))
    summed = parse(f"{layer}:{word}*0.5, mixed3b:0.2", network).weights(None)
    assert sorted(summed.values()) == [0.2, 0.5]
    with pytest.raises(DreamError, match=rf"no word 'unicorns'.*Choose one of: .*{word}"):
        parse(f"{layer}:unicorns", network)
    with pytest.raises(DreamError, match=r"No channel of mixed3b .* Write a number.*" + layer):
        parse("mixed3b:eyes", network)


def test_words_are_of_the_shipped_weights_alone(dreamnet_network, tmp_path):
    path = tmp_path / "weights.npz"
    rng = np.random.default_rng(0)
    np.savez(path, **{n: rng.normal(0, 0.1, s).astype(np.float16) for n, s in SMALL.items()})
    other = load_network("dreamnet", path)
    assert other.words == {}
    assert other.layers["mixed4c"].channels != dreamnet_network.layers["mixed4c"].channels
    seen = other.activations(tf.zeros((1, 32, 40, 3)), other.main_layers)
    assert {name: each.shape[3] for name, each in seen.items()} == {
        name: other.layers[name].channels for name in other.main_layers
    }
    with pytest.raises(DreamError, match="Write a number, as in mixed4c:13"):
        parse("mixed4c:eyes", other)


@pytest.fixture
def arrays():
    """The arrays of a good file."""
    return {name: np.zeros(shape, np.float16) for name, shape in SMALL.items()}


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
    refused("conv2d1_bias.npy is no array of 16-bit", conv2d1_bias=np.zeros(5, np.float32))
    refused(r"conv2d1_kernel is .*expected is \(1, 1, 4, 6\)", conv2d1_bias=np.zeros(6, np.float16))
    refused(r"conv2d1_bias is \(0,\)", conv2d1_bias=np.zeros(0, np.float16))
    refused(r"conv2d1_bias is \(5, 1\)", conv2d1_bias=np.zeros((5, 1), np.float16))
    refused(r"conv2d1_bias is \(5000,\)", conv2d1_bias=np.zeros(5000, np.float16))
    refused("conv2d1_bias.npy is no array of 16-bit", conv2d1_bias=np.array([{}] * 5))
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
