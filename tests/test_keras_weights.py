"""Files that Keras wrote, and files that only look like them."""

import sys
import warnings
import zipfile

import h5py
import numpy as np
import pytest

from dreammovie.device import tf
from dreammovie.dreaming.gradient import Ascent
from dreammovie.dreaming.objectives import layer
from dreammovie.errors import DreamError
from dreammovie.networks import keras_applications, keras_weights, vit
from dreammovie.networks.network import load_network
from dreammovie.networks.table import NETWORKS
from dreammovie.networks.weights import fetching
from tests.conftest import make_picture

keras = tf.keras
KERAS = [name for name, source in NETWORKS.items() if source.builder]


def small_model():
    """Has all that the applications have: batch norms, nested models, layers of constants."""
    picture = keras.Input((None, None, 3))
    x = keras.layers.Normalization(name="colours")(picture)
    x = keras.layers.Conv2D(4, 3, name="first")(x)
    x = keras.layers.BatchNormalization(name="norm")(x)
    x = keras.layers.Dropout(0.5)(x)
    nested = keras.Sequential(
        [keras.layers.Conv2D(5, 1), keras.layers.BatchNormalization()], name="nested"
    )
    x = keras.layers.SeparableConv2D(6, 3, name="second")(nested(x))
    return keras.Model(picture, keras.layers.Dense(2, name="last")(x))


def randomised(model, seed=0):
    rng = np.random.default_rng(seed)
    for variable in model.weights:
        if variable.dtype.startswith("float"):
            variable.assign(rng.uniform(0.1, 1, variable.shape).astype(np.float32))
    for each in model.layers:
        if isinstance(each, keras.layers.Normalization):
            each.finalize_state()
    return model


def fill(model, path):
    with keras_weights.opened(path, "small") as stored:
        keras_weights.fill(model, stored)


def written(model, path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Keras' own, about NumPy and the older format
        (model.save_weights if path.name.endswith(".weights.h5") else model.save)(path)
    return path


@pytest.mark.parametrize("ending", [".weights.h5", ".keras", ".h5"])
def test_every_kind_of_file_fills_a_model(tmp_path, ending):
    model, other = randomised(small_model()), small_model()
    fill(other, written(model, tmp_path / f"a{ending}"))
    image = make_picture(20, 20)[None]
    assert np.array_equal(other(image), model(image))


def test_an_older_file_may_have_a_classifier(tmp_path):
    model, other = randomised(small_model()), small_model()
    x = keras.layers.GlobalAveragePooling2D()(model.output)
    whole = keras.Model(model.input, keras.layers.Dense(10)(x))
    fill(other, written(whole, tmp_path / "a.h5"))
    image = make_picture(20, 20)[None]
    assert np.array_equal(other(image), model(image))


def edited(path, edit):
    with h5py.File(path, "r+") as file:
        edit(file)
    return path


def lose(file):
    del file["layers/conv2d/vars/1"]


def reshape(file):
    del file["layers/dense/vars/0"]
    file["layers/dense/vars/0"] = np.zeros((6, 3), np.float32)


def lose_nested(file):
    del file["layers/sequential"]


def text(file):
    del file["layers/dense/vars/1"]
    file["layers/dense/vars/1"] = ["a", "b"]


def group(file):
    del file["layers/dense/vars/1"]
    file.create_group("layers/dense/vars/1")


def elsewhere(file):
    del file["layers/dense/vars/1"]
    file.create_dataset("layers/dense/vars/1", (2,), np.float32, external=[("/etc/hostname", 0, 8)])


def virtual(file):
    del file["layers/dense/vars/1"]
    layout = h5py.VirtualLayout((2,), np.float32)
    layout[:] = h5py.VirtualSource("other.h5", "a", (2,))
    file.create_virtual_dataset("layers/dense/vars/1", layout)


def nothing(file):
    del file["layers/dense/vars/1"]
    file["layers/dense/vars/1"] = h5py.Empty(np.float32)


def in_pieces(file):
    values = file["layers/dense/vars/1"][()]
    del file["layers/dense/vars/1"]
    file.create_dataset("layers/dense/vars/1", data=values, chunks=(1,))


def linked(file):
    del file["layers/dense/vars/1"]
    file["layers/dense/vars/1"] = h5py.ExternalLink(file.filename + ".other", "a")


def huge(file):
    del file["layers/dense/vars/0"]
    file.create_dataset("layers/dense/vars/0", (10**6, 10**6), np.float32, chunks=(1000, 1000))


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lose, r"layer first \(layers/conv2d\) has 1 in the place of 2 arrays"),
        (reshape, r"layer last \(layers/dense\) has an array \(6, 3\), expected is \(6, 2\)"),
        (lose_nested, r"\(layers/sequential/layers/conv2d\) has 0 in the place of 2 arrays"),
        (text, r"an array of layer last \(.*\) is missing"),
        (group, r"an array of layer last \(.*\) is missing"),
        (elsewhere, r"an array of layer last \(.*\) lies in another file"),
        (virtual, r"an array of layer last \(.*\) lies in another file"),
        (nothing, r"layer last \(.*\) has an array \(\)"),
        (in_pieces, r"an array of layer last \(.*\) lies in pieces"),
        (linked, r"layer last \(layers/dense\) has 1 in the place of 2 arrays"),
        (huge, r"layer last \(.*\) has an array \(1000000, 1000000\)"),
    ],
)
def test_a_file_that_does_not_fit_says_which_layer(tmp_path, edit, says):
    path = written(small_model(), tmp_path / "a.weights.h5")
    with h5py.File(f"{path}.other", "w") as other:
        other["a"] = np.zeros(2, np.float32)
    with pytest.raises(DreamError, match=f"does not hold small's weights.*{says}"):
        fill(small_model(), edited(path, edit))


def shorten(file):
    file["model_weights"].attrs["layer_names"] = [b"colours", b"first"]


def other_shape(file):
    name = file["model_weights/first"].attrs["weight_names"][0]
    del file["model_weights/first"][name]
    file["model_weights/first"][name] = np.zeros((3, 3, 3, 9), np.float32)


def fewer(file):
    names = file["model_weights/norm"].attrs["weight_names"][:3]
    file["model_weights/norm"].attrs["weight_names"] = names


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (shorten, "layer norm is missing"),
        (other_shape, r"layer first \(first\) has an array \(3, 3, 3, 9\)"),
        (fewer, r"layer norm \(norm\) has 3 in the place of 4 arrays"),
    ],
)
def test_an_older_file_that_does_not_fit_says_which_layer(tmp_path, edit, says):
    path = written(small_model(), tmp_path / "a.h5")
    with pytest.raises(DreamError, match=f"does not hold small's weights.*{says}"):
        fill(small_model(), edited(path, edit))


def test_a_file_that_takes_without_end_to_read_is_refused(tmp_path, monkeypatch):
    """The library that reads HDF5 never gets past a name without a length."""
    monkeypatch.setattr("dreammovie.networks.hdf5._MAX_WORK", 1)
    content = bytearray(written(small_model(), tmp_path / "a.h5").read_bytes())
    names = content.rindex(b"GCOL") + 80
    content[names : names + 80] = bytes(80)
    (tmp_path / "b.h5").write_bytes(content)
    with pytest.raises(DreamError, match="does not hold small's weights: it is damaged"):
        fill(small_model(), tmp_path / "b.h5")


def test_other_files_are_no_weights(tmp_path):
    path = tmp_path / "a.h5"
    for content in (b"", b"a text", b"\x89HDF\r\n\x1a\n" + bytes(100)):
        path.write_bytes(content)
        with pytest.raises(DreamError, match=r"Expected is a file that Keras wrote.*\.keras"):
            fill(small_model(), path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", "{}")
    with pytest.raises(DreamError, match=r"model\.weights\.h5"):
        fill(small_model(), path)
    written(small_model(), tmp_path / "b.keras")
    damaged = bytearray((tmp_path / "b.keras").read_bytes())
    damaged[len(damaged) // 2] ^= 255
    path.write_bytes(damaged)
    with pytest.raises(DreamError, match=r"damaged|cannot be read"):
        fill(small_model(), path)
    with pytest.raises(FileNotFoundError):
        fill(small_model(), tmp_path / "nothing.h5")


def module_of(builder):
    """The module of `keras.applications` that a network comes from."""
    modules = [getattr(keras.applications, name) for name in dir(keras.applications)]
    found = (m for m in modules if hasattr(m, "preprocess_input") and hasattr(m, builder))
    return next(found, keras.applications.mobilenet_v3)


@pytest.mark.parametrize("name", KERAS)
def test_pixels_are_what_keras_makes_of_them(name):
    image = make_picture(8, 9)
    expected = module_of(NETWORKS[name].builder).preprocess_input(image.copy())
    assert np.allclose(NETWORKS[name].pixels.of(image), expected, atol=1e-4)


def test_vgg19_from_a_file_is_that_of_keras(tmp_path):
    """Blue comes first in it, and its numbers go far beyond one."""
    model = keras_applications.build("vgg19")
    network = load_network("vgg19", written(model, tmp_path / "vgg19.h5"))
    image = make_picture(64, 80)
    top = keras.Model(model.input, model.get_layer("block5_conv1").output)
    expected = top(keras.applications.vgg19.preprocess_input(image[None].copy()))
    seen = network.activations(image[None], ["block5_conv1"])["block5_conv1"]
    assert np.allclose(seen, expected, rtol=1e-3, atol=1e-3 * np.max(expected))


@pytest.mark.weights
def test_trained_inception_v3_is_that_of_keras(trained_v3):
    network = load_network("inception_v3", trained_v3)
    model = keras_applications.build("inception_v3")
    model.load_weights(trained_v3)
    image = make_picture(96, 107)
    top = keras.Model(model.input, model.get_layer("mixed8").output)
    expected = top(keras.applications.inception_v3.preprocess_input(image[None].copy()))
    seen = network.activations(image[None], ["mixed8"])["mixed8"]
    assert np.allclose(seen, expected, atol=1e-4 * np.max(expected))
    # Keras numbers the layers of a second model on; ours are as in a fresh session.
    assert model.layers[1].name != "conv2d"
    again = keras_applications.as_network(model, "inception_v3")
    assert list(again.layers.items()) == list(network.layers.items())
    assert network.layers["conv2d"].receptive_field == 3
    assert "conv2d_93" in network.layers


@pytest.mark.slow
@pytest.mark.parametrize("name", KERAS)
def test_every_row_is_where_keras_looks_and_loads(name, tmp_path, monkeypatch):
    asked = []

    def get_file(fname, origin, file_hash, **_):
        asked.append((origin, file_hash))
        raise ConnectionError

    monkeypatch.setattr("keras.src.utils.file_utils.get_file", get_file)
    source = NETWORKS[name]
    with pytest.raises(ConnectionError):
        getattr(keras.applications, source.builder)(include_top=False, input_shape=(224, 224, 3))
    assert asked == [(source.url, source.md5 or source.sha256)]

    model = keras_applications.build(name)
    network = load_network(name, written(model, tmp_path / "a.h5"))
    image = make_picture(96, 96)
    expected = model(source.pixels.of(image[None]), training=False)
    last = max(network.layers, key=lambda name: network.layers[name].depth)
    seen = network.activations(image[None], [last])[last]
    assert np.allclose(seen, expected, rtol=1e-3, atol=1e-4 * np.max(np.abs(expected)))


SMALL_VIT = {"image_shape": (64, 64, 3), "patch_size": 16, "num_layers": 2, "num_heads": 2}


def small_backbone(**changes):
    from keras_hub.models import ViTBackbone

    return randomised(ViTBackbone(**{**SMALL_VIT, "hidden_dim": 8, "mlp_dim": 16, **changes}))


@pytest.mark.parametrize(
    ("ending", "changes"),
    [
        (".weights.h5", {}),
        (".keras", {"num_layers": 3, "num_heads": 4, "mlp_dim": 20, "image_shape": (96, 96, 3)}),
        (
            ".weights.h5",
            {"use_class_token": False, "use_mha_bias": False, "use_patch_bias": False},
        ),
    ],
)
def test_vit_of_any_size_is_that_of_keras_hub(tmp_path, ending, changes):
    """At its native size, token for token; its sizes are read off the file."""
    backbone = small_backbone(**changes)
    network = load_network("vit", written(backbone, tmp_path / f"a{ending}"))
    height, width, _ = backbone.image_shape
    image = make_picture(height, width)[None]
    patching, encoder = backbone.layers[1:]
    tokens = patching(NETWORKS["vit"].pixels.of(image))
    for block in encoder.encoder_layers:
        tokens = block(tokens)
    last = f"block{encoder.num_layers}"
    seen = network.activations(image, [last])[last]
    expected = np.reshape(tokens[:, int(patching.use_class_token) :], seen.shape)
    assert np.allclose(seen, expected, rtol=1e-3, atol=1e-4 * np.max(np.abs(expected)))


def test_vit_sees_all_of_a_picture_of_any_size(tmp_path):
    network = load_network("vit", written(small_backbone(), tmp_path / "a.weights.h5"))
    image = tf.constant(make_picture(75, 130)[None])
    with tf.GradientTape() as tape:
        tape.watch(image)
        seen = network.activations(image, ["block2_mlp"])["block2_mlp"]
    assert seen.shape == (1, 5, 9, 16)
    assert np.abs(tape.gradient(seen, image)).max((0, 3)).min() > 0


def test_vit_sees_large_pictures_in_tiles_of_its_native_size(tmp_path):
    backbone = small_backbone(image_shape=(144, 144, 3))
    network = load_network("vit", written(backbone, tmp_path / "a.weights.h5"))
    assert Ascent(network, layer("block1_mlp"), tile=1024).tile == 144
    assert Ascent(network, layer("block1_mlp"), tile=128).tile == 128


def odd_positions(file):
    del file[f"{vit._PATCHING}/position_embedding/vars/0"]
    file[f"{vit._PATCHING}/position_embedding/vars/0"] = np.zeros((16, 8), np.float32)


def no_blocks(file):
    del file[vit._BLOCKS]


def wide(file):
    path = f"{vit._PATCHING}/patch_embedding/vars/0"
    del file[path]
    file.create_dataset(path, (16, 16, 3, 10**6), np.float32, chunks=(16, 16, 3, 100))


def large_patch(file):
    path = f"{vit._PATCHING}/patch_embedding/vars/0"
    del file[path]
    file[path] = np.zeros((64, 64, 3, 8), np.float32)


def uneven_block(file):
    path = f"{vit._BLOCKS}/vi_t_encoder_block_1/mlp/dense_1/vars/0"
    del file[path]
    file[path] = np.zeros((8, 99), np.float32)


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (odd_positions, "16 positions are no square"),
        (no_blocks, "dense_1 has the shape"),
        (wide, "patch_embedding has the shape"),
        (large_patch, "patches have 64 pixels, more than 32"),
        (uneven_block, r"vi_t_encoder_block_1/mlp/dense_1\) has an array \(8, 99\)"),
    ],
)
def test_what_is_no_vit_is_a_sentence(tmp_path, edit, says):
    path = written(small_backbone(), tmp_path / "a.weights.h5")
    with pytest.raises(DreamError, match=f"does not hold vit's weights.*{says}"):
        load_network("vit", edited(path, edit))


def test_vit_without_keras_hub_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "keras_hub", None)
    for attempt in (lambda: load_network("vit", tmp_path / "a.h5"), lambda: next(fetching("vit"))):
        with pytest.raises(DreamError, match=r'needs keras-hub.*pip install "\.\[vit\]"'):
            attempt()


def test_bfloat16_stays_near_float32(tmp_path):
    """Both loaders compute as they are told, and give float32 all the same."""
    model = keras_applications.build("vgg19")
    files = {
        "vgg19": (written(model, tmp_path / "vgg19.h5"), "block3_conv1"),
        "vit": (written(small_backbone(), tmp_path / "a.weights.h5"), "block2_mlp"),
    }
    image = make_picture(64, 80)[None]
    for name, (path, place) in files.items():
        exact, near = (load_network(name, path, precision) for precision in ("float32", "bfloat16"))
        assert (exact.precision, near.precision) == ("float32", "bfloat16")
        expected, seen = (each.activations(image, [place])[place] for each in (exact, near))
        assert seen.dtype == tf.float32
        error = np.linalg.norm(seen - expected) / np.linalg.norm(expected)
        assert 0 < error < 0.03
