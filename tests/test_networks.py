import re
from dataclasses import replace

import numpy as np
import pytest

from dreammovie.errors import DreamError
from dreammovie.networks.network import load_network
from dreammovie.networks.table import NETWORKS, source_of
from dreammovie.networks.weights import check_weights
from tests.conftest import write_graph


def test_layers_are_those_of_the_file(small):
    assert small.main_layers == [
        "conv2d0", "maxpool0", "localresponsenorm0", "conv2d1", "conv2d2", "localresponsenorm1",
        "maxpool1", "mixed3a", "maxpool4", "mixed4c",
    ]  # fmt: skip
    assert small.layers["mixed4c"].channels == 24
    depths = [small.layers[name].depth for name in small.main_layers]
    assert depths == sorted(set(depths))
    assert "softmax2" not in small.layers


def test_table_of_layers_tells_the_real_shapes(small):
    from dreammovie.device import tf

    seen = small.activations(tf.zeros((1, 97, 130, 3)), list(small.layers))
    assert seen.keys() == small.layers.keys()
    for name, layer in small.layers.items():
        assert seen[name].shape[3] == layer.channels
    assert seen["mixed4c"].shape[1:3] == (7, 9)  # a stride of 16, SAME-padded


def test_only_what_is_needed_is_built(small):
    from dreammovie.device import tf

    traced = tf.function(lambda x: small.activations(x, ["conv2d2"])).get_concrete_function(
        tf.TensorSpec((1, 64, 64, 3))
    )
    operations = [op.type for op in traced.graph.get_operations()]
    assert operations.count("Conv2D") == 3
    assert "ConcatV2" not in operations


def test_nothing_is_computed_twice(small):
    """Even where what one operation could do in the place of several is asked for in parts."""
    from dreammovie.device import tf

    def multiplications(wanted):
        traced = tf.function(lambda x: small.activations(x, wanted)).get_concrete_function(
            tf.TensorSpec((1, 64, 64, 3))
        )
        convs = [op for op in traced.graph.get_operations() if op.type == "Conv2D"]
        return sum(
            op.outputs[0].shape.num_elements() * np.prod(op.inputs[1].shape[:3]) for op in convs
        )

    assert multiplications(["conv2d2", "mixed4c"]) == multiplications(["mixed4c"])
    assert multiplications(["mixed4c_1x1"]) < multiplications(["mixed4c_1x1", "mixed4c_3x3"])
    deepest = ["conv2d2_pre_relu", "softmax2_pre_activation"]
    assert multiplications(list(small.layers)) == multiplications(deepest)


def test_a_layer_is_the_same_in_whatever_company(small):
    images = np.random.default_rng(0).uniform(0, 255, (1, 64, 72, 3)).astype(np.float32)
    together = small.activations(images, list(small.layers))
    for name in [*small.main_layers, "mixed4c_1x1", "mixed4c_3x3"]:
        alone = small.activations(images, [name])[name]
        np.testing.assert_allclose(alone, together[name], rtol=1e-4, atol=1e-4)


def test_unknown_names_suggest_real_ones(small):
    with pytest.raises(DreamError, match="Did you mean inception5h"):
        source_of("inception5")
    with pytest.raises(DreamError, match=r"Did you mean mixed4c.*conv2d0, "):
        small.check("mixed4d", None)
    with pytest.raises(DreamError, match="channels 0 to 23; 24"):
        small.check("mixed4c", 24)


@pytest.mark.parametrize("block", ["3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b"])
def test_names_of_caffe_suggest_ours(small, block):
    """Layers of all depths are there, so that a name alone is near to many."""
    blocks = ["3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b"]
    layers = {f"mixed{each}": small.layers["mixed3a"] for each in blocks}
    network = replace(small, layers=layers)
    for name in ("inception_{}/output", "inception_{}", "inception_{}/5x5_reduce", "Inception{}"):
        with pytest.raises(DreamError, match=rf"Did you mean mixed{block}\?"):
            network.check(name.format(block), None)


def test_unknown_operation_is_named(tmp_path):
    path = write_graph(tmp_path / "odd.pb", odd_op="PyFunc")
    network = load_network("inception5h", path)
    assert "maxpool1" in network.layers  # what lies below it can still be dreamt
    assert "mixed4c" not in network.layers
    with pytest.raises(DreamError, match="node odd is an unknown operation, 'PyFunc'"):
        network.check("mixed4c", None)


def edited(path, source, edit):
    from dreammovie.device import tf

    graph = tf.compat.v1.GraphDef()
    graph.ParseFromString(source.read_bytes())
    edit({node.name: node for node in graph.node}, graph)
    path.write_bytes(graph.SerializeToString())
    return path


def rename_input(nodes, graph):
    nodes["input"].name = "picture"


def double_node(nodes, graph):
    graph.node.add().CopyFrom(nodes["conv2d1_w"])


def circle(nodes, graph):
    nodes["conv2d0_pre_relu/conv"].input[0] = "mixed4c"


def no_kernel(nodes, graph):
    nodes["conv2d1_pre_relu/conv"].input[1] = "conv2d1_b"


def lost_input(nodes, graph):
    nodes["conv2d1"].input[0] = "nowhere"


def huge_constant(nodes, graph):
    shape = nodes["conv2d1_w"].attr["value"].tensor.tensor_shape
    for dimension in shape.dim:
        dimension.size = 100_000


def every_op_unknown(nodes, graph):
    for node in graph.node:
        if node.op not in ("Const", "Placeholder"):
            node.op = "ReadFile"


def text_constant(nodes, graph):
    from dreammovie.device import tf

    nodes["conv2d1_w"].attr["value"].tensor.CopyFrom(tf.make_tensor_proto(["a"]))


def valid_padding(nodes, graph):
    nodes["conv2d1_pre_relu/conv"].attr["padding"].s = b"VALID"


def wild_stride(nodes, graph):
    nodes["maxpool1"].attr["strides"].list.i[:] = [1, 2, 3, 1]


def wrong_axis(nodes, graph):
    from dreammovie.device import tf

    axis = tf.make_tensor_proto(np.int32(1))
    nodes["mixed3a/axis"].attr["value"].tensor.CopyFrom(axis)


def wild_norm(nodes, graph):
    nodes["localresponsenorm0"].attr["alpha"].f = -1


def dilated(nodes, graph):
    nodes["conv2d2_pre_relu/conv"].attr["dilations"].list.i[:] = [1, 2, 2, 1]


def short_bias(nodes, graph):
    nodes["conv2d1_pre_relu"].input[1] = "conv2d2_b"


def two_pictures(nodes, graph):
    nodes["conv2d1"].input.append("maxpool0")


def wide_axis(nodes, graph):
    from dreammovie.device import tf

    axis = tf.make_tensor_proto(np.full(2**10, 3, np.int32))
    nodes["mixed3a/axis"].attr["value"].tensor.CopyFrom(axis)


def on_top(nodes, graph, count, kind, inputs):
    """Puts nodes on top of one another, and what was on conv2d1 on the last of them."""
    for number in range(count):
        node = graph.node.add(name=f"more{number}", op=kind)
        below = f"more{number - 1}" if number else "conv2d1_pre_relu"
        node.input[:] = [each.format(below) for each in inputs]
    nodes["conv2d1"].input[0] = f"more{count - 1}"


def deep(nodes, graph):
    on_top(nodes, graph, 2000, "Relu", ["{}"])


def doubled_channels(nodes, graph):
    on_top(nodes, graph, 30, "Concat", ["mixed3a/axis", "{}", "{}"])


def too_much_work(nodes, graph):
    on_top(nodes, graph, 10, "Concat", ["mixed3a/axis", "{}", "{}"])
    for number in range(9500):
        graph.node.add(name=f"busy{number}", op="Relu").input[:] = ["more9"]
    nodes["conv2d1"].input[0] = "conv2d1_pre_relu"


def many_nodes(nodes, graph):
    for number in range(30_000):
        graph.node.add(name=f"n{number}", op="Relu").input[:] = ["conv2d1"]


def long_list(nodes, graph):
    nodes["maxpool1"].attr["strides"].list.i[:] = [1] * 10_000


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (wide_axis, "mixed3a does not join channels"),
        (deep, "on top of 1,000 other nodes"),
        (doubled_channels, "channels on top of"),
        (many_nodes, "more than 100,000 parts"),
        (long_list, "node maxpool1 has .* bytes, too many"),
        (rename_input, "does not hold .* no placeholder named 'input'"),
        (double_node, "does not hold .* two nodes are named conv2d1_w"),
        (circle, "does not hold .* depends on itself"),
        (no_kernel, "no kernel for 8 channels"),
        (lost_input, "needs nowhere, which is missing"),
        (huge_constant, r"constant conv2d1_w has the size \[100000"),
        (
            every_op_unknown,
            "does not hold .* no layer can be computed: node .* operation, 'ReadFile'",
        ),
        (text_constant, "conv2d1_w is neither float32 nor int32"),
        (valid_padding, "conv2d1_pre_relu/conv is not SAME-padded"),
        (wild_stride, "maxpool1 has strides"),
        (wrong_axis, "mixed3a does not join channels"),
        (wild_norm, "localresponsenorm0 has alpha -1.0"),
        (dilated, "is dilated"),
        (short_bias, "conv2d1_pre_relu has no bias for 8 channels"),
        (two_pictures, "conv2d1 has not the inputs of a Relu"),
    ],
)
def test_broken_graph_is_a_sentence(tmp_path, small_weights, edit, says):
    path = edited(tmp_path / "broken.pb", small_weights, edit)
    with pytest.raises(DreamError, match=says):
        load_network("inception5h", path).check("mixed4c", None)


def test_what_is_too_much_to_compute_is_left_out(tmp_path, small_weights):
    path = edited(tmp_path / "busy.pb", small_weights, too_much_work)
    network = load_network("inception5h", path)
    network.check("busy0", None)
    with pytest.raises(DreamError, match="busy9499 and those before it are too much to compute"):
        network.check("busy9499", None)


def test_left_out_attributes_have_tensorflows_defaults(tmp_path, small_weights):
    from dreammovie.device import tf

    def strip(nodes, graph):
        for name in ("depth_radius", "bias", "alpha", "beta"):
            del nodes["localresponsenorm0"].attr[name]

    network = load_network("inception5h", edited(tmp_path / "a.pb", small_weights, strip))
    images = tf.constant(np.random.default_rng(0).uniform(0, 255, (1, 64, 64, 3)), tf.float32)
    seen = network.activations(images, ["maxpool0", "localresponsenorm0"])
    expected = tf.raw_ops.LRN(input=seen["maxpool0"])
    assert np.allclose(seen["localresponsenorm0"], expected)


def uneven_branches(nodes, graph):
    nodes["mixed3a_1x1_pre_relu/conv"].attr["strides"].list.i[:] = [1, 2, 2, 1]


def test_branches_that_do_not_fit_are_a_sentence(tmp_path, small_weights):
    from dreammovie.device import tf

    path = edited(tmp_path / "broken.pb", small_weights, uneven_branches)
    network = load_network("inception5h", path)
    with pytest.raises(DreamError, match="node mixed3a does not fit"):
        network.activations(tf.zeros((1, 96, 96, 3)), ["mixed4c"])


@pytest.mark.parametrize("content", [b"", b"no graph at all, but a text", b"PK\x03\x04" * 50])
def test_other_files_are_no_weights(tmp_path, content):
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(DreamError, match="does not hold inception5h's weights"):
        load_network("inception5h", path)


@pytest.mark.weights
def test_trained_network_has_the_layers_of_the_field(trained):
    network = load_network("inception5h", trained)
    names = [f"mixed{name}" for name in ("3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b")]
    assert [name for name in network.main_layers if name.startswith("mixed")] == names


def test_every_network_states_where_its_weights_are():
    for name, source in NETWORKS.items():
        assert bool(source.sha256) != bool(source.md5)
        assert re.fullmatch("[0-9a-f]{64}", source.sha256) or re.fullmatch(
            "[0-9a-f]{32}", source.md5
        )
        if source.url is None:
            check_weights(name)
        else:
            assert source.url.startswith("https://")
            if source.archive_sha256 is not None:
                assert re.fullmatch("[0-9a-f]{64}", source.archive_sha256)


def test_depth_in_percent(small):
    names = [small.find(f"{tenths / 10}%") for tenths in range(1001)]
    assert [name for n, name in enumerate(names) if name not in names[:n]] == small.main_layers
    assert small.find("mixed3a_1x1") == "mixed3a_1x1"


def test_receptive_fields_of_googlenet(small):
    fields = {name: small.layers[name].receptive_field for name in small.main_layers}
    assert fields["conv2d0"] == 7
    assert fields["maxpool0"] == 7 + 2 * 2
    assert fields["conv2d2"] == 7 + 2 * 2 + 2 * 4
    assert fields["mixed3a"] == fields["conv2d2"] + 2 * 4 + 4 * 8
