"""Dreams of things by their names: what classifiers say, of pictures of any size."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dreammovie.device import tf
from dreammovie.dreaming.dream import ascent_for, dream_steps
from dreammovie.dreaming.stages import PictureSettings
from dreammovie.dreaming.wishes import parse
from dreammovie.errors import DreamError
from dreammovie.movies.schedule import MovieSettings, Script, objective_of
from dreammovie.networks import keras_applications
from dreammovie.networks.classes import Classes, of_imagenet
from dreammovie.networks.network import Network, load_network
from dreammovie.networks.table import NETWORKS
from tests import reference
from tests.conftest import CLASSES, make_picture, write_graph
from tests.test_keras_weights import randomised, written

keras = tf.keras


def named(network, *names):
    """The network as if its classes had these names, and as many as needed like them."""
    count = network.layers[network.classes.layer].channels
    more = (f"thing {number}" for number in range(len(names), count))
    return replace(network, classes=Classes(network.classes.layer, (*names, *more)))


@pytest.mark.parametrize("classifier", ["mean", "pool"])  # as the stand-in has it, or the official
def test_a_class_is_its_logit(classifier, tmp_path):
    """At every place of a picture, however large: their mean is what the classifier says."""
    path = write_graph(tmp_path / "small.pb", classifier=classifier)
    network = load_network("inception5h", path)
    seen = network.activations(make_picture(97, 150)[None], ["mixed4c", network.classes.layer])
    weights = reference.read_weights(path)
    mean = np.mean(seen["mixed4c"], (0, 1, 2), dtype=np.float64)
    logits = mean @ weights["softmax2_w"] + weights["softmax2_b"]
    for number in (0, CLASSES - 1):
        score = parse(f"class({number})", network).score(seen)
        assert float(score[0]) == pytest.approx(logits[number], rel=1e-3, abs=1e-3)
    assert network.find("100%") == "mixed4c"  # depths are what they are without a classifier


def test_a_class_is_a_part_like_others(small):
    network = named(small, "peacock", "jack-o'-lantern", "great white shark")
    text = "class(Great_white  shark) - 0.5*class(jack-o'-lantern), mixed4c:13*2"
    found = {
        term.place(index): weight
        for (term, index), weight in parse(text, network).weights(None).items()
    }
    logits = network.classes.layer
    assert found == {f"{logits}:2": 1.0, f"{logits}:1": -0.5, "mixed4c:13": 2.0}
    movie = Script(MovieSettings(layer="0:mixed4c, 4:class(peacock) + 0.2*mixed3a, 9s:class(2)"))
    assert objective_of(movie, network, Path()).layers == ("mixed4c", logits, "mixed3a")


@pytest.mark.parametrize(
    ("text", "column", "says"),
    [
        ("class(", 6, "expected is the name of a class, such as class(peacock)"),
        ("class( )", 7, "expected is the name of a class"),
        ("class(peacock", 13, "this bracket is not closed"),
        ("class(peacock, owl)", 13, "expected is one name"),
        ("class( peacok )", 7, "no class 'peacok' among 30. Did you mean peacock?"),
        ("mixed4c + class(shark)", 16, "Choose one of: great white shark, tiger shark"),
        ("class(xyz)", 6, "no class 'xyz' among 30, such as peacock, "),
        ("class(crane)", 6, "There are 2 classes 'crane'. Write class(3) or class(4)"),
        ("class(30)", 6, "channels 0 to 29; 30 was asked for"),
    ],
)
def test_what_is_no_class_is_a_sentence_with_a_caret(small, text, column, says):
    network = named(small, "peacock", "great white shark", "tiger shark", "crane", "crane")
    with pytest.raises(DreamError, match=re.escape(says)) as error:
        parse(text, network)
    _, shown, caret = str(error.value).split("\n")
    assert (shown[4:], caret.index("^") - 4) == (text, column)


def test_who_knows_no_names_says_what_to_do(small):
    for name, says in [
        ("vgg19", "vgg19_weights_tf_dim_ordering_tf_kernels.h5: give that with --weights, or take"),
        ("vit", "vit is loaded without its classifier, which alone knows names. Take --network"),
    ]:
        with pytest.raises(DreamError, match=re.escape(says)):
            parse("class(peacock)", Network(name, {}, lambda images, wanted: {}))
    assert parse("class(13)", small).description == "class(13)"
    with pytest.raises(DreamError, match=r"Nobody knows the names.*class\(13\)"):
        parse("class(peacock)", small)  # of its 30 classes


def test_the_number_of_classes_tells_their_order():
    """A thousand are in WordNet's order. With more, they are Google's of 2015.

    TensorFlow's first example, label_image, printed the numbers of those for an admiral's portrait.
    """
    pytest.importorskip("keras_hub")
    from keras_hub.utils import imagenet_id_to_name

    names = [imagenet_id_to_name(number).replace("_", " ") for number in range(1000)]
    assert list(of_imagenet(1000)) == names
    google = of_imagenet(1008)
    portrait = {866: "military uniform", 794: "suit", 896: "academic gown", 817: "bow tie"}
    assert {number: google[number] for number in portrait} == portrait
    assert sorted(google[1:1001]) == sorted(names)
    assert set(google[:1] + google[1001:]) == {""}
    assert of_imagenet(30) == ()


def test_dreamnet_dreams_of_what_it_learnt(dreamnet):
    from dreammovie.networks.dreamnet.drawings.patterns import PATTERNS, draw

    assert list(dreamnet.classes.names) == [name.replace("_", " ") for name in PATTERNS]
    objective = parse("class(peacock)", dreamnet)
    scores = []
    for pattern in ("peacock", "bricks"):
        picture = draw(pattern, 96, np.random.default_rng(0)).astype(np.float32)
        seen = dreamnet.activations(tf.constant(picture[None]), objective.layers)
        scores.append(float(objective.score(seen)[0]))
    assert scores[0] > 10 * scores[1]


@pytest.mark.parametrize("ending", [".weights.h5", ".h5"])
@pytest.mark.parametrize("head", [(), (20, 30)])  # as Inception's, and as VGG's
def test_a_file_of_keras_may_bring_its_classifier(tmp_path, monkeypatch, ending, head):
    """Where it looks at what the whole of Keras' own looks at, it says the same."""
    side = 7 * 11

    def build(name, shape=(None, None, 3)):
        picture = keras.Input(shape)
        return keras.Model(picture, keras.layers.Conv2D(4, 11, 11, name="mixed1")(picture))

    model = build("inception_v3", (side, side, 3))
    x = keras.layers.Flatten()(model.output) if head else model.output
    x = x if head else keras.layers.GlobalAveragePooling2D()(x)
    for number, width in enumerate(head, 1):
        x = keras.layers.Dense(width, "relu", name=f"fc{number}")(x)
    whole = keras.Model(model.input, keras.layers.Dense(1000, name="predictions")(x))
    row = replace(NETWORKS["inception_v3"], head=head)
    monkeypatch.setitem(NETWORKS, "inception_v3", row)
    monkeypatch.setattr(keras_applications, "build", build)

    path = written(randomised(whole), tmp_path / f"a{ending}")
    network = load_network("inception_v3", path)
    image = make_picture(side, side)[None]
    objective = parse("class(peacock)", network)
    seen = network.activations(image, objective.layers)["predictions"]
    logits = seen[0, 3, 3] if head else np.mean(seen[0], (0, 1))
    expected = whole(row.pixels.of(image))[0]
    assert np.allclose(logits, expected, rtol=1e-3, atol=1e-3 * np.max(np.abs(expected)))
    assert network.activations(make_picture(90, 130)[None], ["predictions"])[
        "predictions"
    ].shape == (1, 8, 11, 1000)
    without = written(randomised(build("inception_v3")), tmp_path / f"b{ending}")
    assert load_network("inception_v3", without).classes is None


@pytest.mark.weights
def test_a_trained_network_dreams_of_a_name(trained):
    network = load_network("inception5h", trained)
    settings = PictureSettings(layer="class(peacock)", octaves=1, steps=3)
    picture, objective = make_picture(96, 96), parse("class(peacock)", network)
    ascent = ascent_for(network, settings)
    frames = dream_steps(picture, ascent, settings, np.random.default_rng(0))
    images = [picture, *(step.image for step in frames)]
    scores = [
        float(objective.score(network.activations(tf.constant(image[None]), objective.layers))[0])
        for image in images
    ]
    assert scores == sorted(scores)
    assert scores[-1] > scores[0] + 5
    with pytest.raises(DreamError, match="Did you mean peacock"):
        parse("class(peacok)", network)
