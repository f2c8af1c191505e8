"""The table of networks: what is known of each before it is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Literal

from dreammovie.errors import DreamError, installing, unknown


@dataclass(frozen=True)
class Pixels:
    """What a network's first operation takes: (pixel - mean) / deviation, colour by colour.

    Attributes:
        mean: Of red, green and blue; grey levels.
        deviation: Of red, green and blue; grey levels. The value range is thus
            -mean / deviation to (255 - mean) / deviation.
        order: Of the channels.
    """

    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    deviation: tuple[float, float, float] = (1.0, 1.0, 1.0)
    order: Literal["RGB", "BGR"] = "RGB"

    def of(self, images: Any) -> Any:
        """The network's input, float32 (B, H, W, 3), of images RGB, 0..255."""
        scaled = (images - _of_all(self.mean)) / _of_all(self.deviation)
        return scaled[..., ::-1] if self.order == "BGR" else scaled


def _of_all(colours: tuple[float, float, float]) -> tuple[float, ...]:
    """What the colours share, if they do: one number takes a third of the time that three take."""
    return colours[:1] if len(set(colours)) == 1 else colours


@dataclass(frozen=True)
class Source:
    """What is known of a network before loading it.

    Attributes:
        description: One line for `--list-networks`.
        loader: Module of this package whose `load(path, name, precision)` reads the weights.
        favourite: The layers to dream with where a person names none: names, as
            `--layer` has them, with " + " in between, or a depth.
        file: Name of the weights file: in the cache, or beside the loader if it ships.
        sha256, md5: Digest of that file; one of them, as it was published.
        url: Where it is published, or an archive with it; None where the file ships with
            the package.
        megabytes: Size of what is fetched, 10^6 bytes.
        archive_sha256: Digest of the archive; None where `url` is the file itself.
        pixels: What the loader's network takes for an image.
        min_side: Least height and width of an image, pixels.
        builder: Name of its function in `keras.applications`, if it comes from there.
        main: Pattern of the whole names of such a network's main layers.
        head: Of such a network's classifier, how wide the dense layers before the last one are;
            None: it has another kind of classifier, or none.
        needs: Module it cannot do without, which the extra with the network's name installs.
    """

    description: str
    loader: str
    favourite: str
    file: str
    sha256: str = ""
    md5: str = ""
    url: str | None = None
    megabytes: int = 0
    archive_sha256: str | None = None
    pixels: Pixels = Pixels()
    min_side: int = 32
    builder: str = ""
    main: str = ""
    head: tuple[int, ...] | None = None
    needs: str = ""


_SIGNED = Pixels(mean=(127.5, 127.5, 127.5), deviation=(127.5, 127.5, 127.5))  # -1..1


_IMAGENET = Pixels(mean=(123.675, 116.28, 103.53), deviation=(58.395, 57.12, 57.375))


_CAFFE = Pixels(mean=(123.68, 116.779, 103.939), order="BGR")


_KERAS = "https://storage.googleapis.com/tensorflow/keras-applications/"


def _keras(builder: str, file: str, url: str = _KERAS, **facts: Any) -> Source:
    """The row of a network in `keras.applications`, whose weights lie at `url` + `file`."""
    loader = "dreammovie.networks.keras_applications"
    facts = {"head": (), **facts}
    return Source(builder=builder, loader=loader, file=file.split("/")[-1], url=url + file, **facts)


NETWORKS = {
    "inception5h": Source(
        megabytes=50,
        description="Google's Inception of 2015, the network of the first deep dreams",
        loader="dreammovie.networks.inception5h",
        favourite="mixed4c",
        file="tensorflow_inception_graph.pb",
        sha256="a39b08b826c9d5a5532ff424c03a3a11a202967544e389aca4b06c2bd8aef63f",
        url="https://storage.googleapis.com/download.tensorflow.org/models/inception5h.zip",
        archive_sha256="d13569f6a98159de37e92e9c8ec4dae8f674fbf475f69fe6199b514f756d4364",
        pixels=Pixels(mean=(117.0, 117.0, 117.0)),
    ),
    "dreamnet": Source(
        description="our own, small and quick: it ships with dreammovie and needs no download",
        loader="dreammovie.networks.dreamnet",
        favourite="mixed4b + mixed4c",
        file="weights.npz",
        sha256="df754b4ff4b60064fcb658f825c7298a5d3f172816e82ace6cb322a51bb05fc3",
    ),
    "inception_v3": _keras(
        "InceptionV3",
        "inception_v3/inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5",
        md5="bcbd6486424b2319ff4ef7d526e38f63",
        megabytes=88,
        description="Inception's third version, 2015: rich creatures and ornaments",
        favourite="mixed4",
        main=r"mixed\d+",
        pixels=_SIGNED,
        min_side=75,
    ),
    # Of keras-hub's Vision Transformers the one with a published SHA-256; the others, smaller
    # and larger, come from Kaggle's archive without one, and --weights takes them.
    "vit": Source(
        megabytes=1220,
        description="a Vision Transformer of 2020, large and slow; needs keras-hub",
        loader="dreammovie.networks.vit",
        favourite="50%",
        file="vit_large_patch16_384_imagenet.weights.h5",
        sha256="c99b6a0a6627036bc6bdc47c1770c8a70a9e97a05ef74b22211e7f265da3eb6e",
        url="https://huggingface.co/keras/vit_large_patch16_384_imagenet/resolve/"
        "0f62b7236a4de3540cb6ca0f09851bb2c3d717ad/model.weights.h5",
        pixels=_SIGNED,
        needs="keras_hub",
    ),
    "vgg16": _keras(
        "VGG16",
        "vgg16/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
        md5="6d6bbae143d832006294945121d1f1fc",
        megabytes=59,
        description="VGG of 2014 with 16 layers: painterly textures",
        favourite="block5_conv1",
        main=r"block\d_conv\d",
        head=(4096, 4096),
        pixels=_CAFFE,
    ),
    "vgg19": _keras(
        "VGG19",
        "vgg19/vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5",
        md5="253f8cb515780f3b799900260a226db6",
        megabytes=80,
        description="VGG of 2014 with 19 layers: painterly textures",
        favourite="block5_conv1",
        main=r"block\d_conv\d",
        head=(4096, 4096),
        pixels=_CAFFE,
    ),
    "resnet50": _keras(
        "ResNet50",
        "resnet/resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5",
        md5="4d473c1dd8becc155b73f8504c6f6626",
        megabytes=95,
        description="a residual network of 2015",
        favourite="conv4_block3_out",
        main=r"conv1_relu|conv\d_block\d_out",
        pixels=_CAFFE,
    ),
    "xception": _keras(
        "Xception",
        "xception/xception_weights_tf_dim_ordering_tf_kernels_notop.h5",
        md5="b0042744bf5b25fce3cb969f33bebb97",
        megabytes=84,
        description="Inception taken to its extreme, 2016",
        favourite="add_5",
        main=r"block1_conv\d_act|add(_\d+)?|block14_sepconv\d_act",
        pixels=_SIGNED,
        min_side=71,
    ),
    "inception_resnet_v2": _keras(
        "InceptionResNetV2",
        "inception_resnet_v2/inception_resnet_v2_weights_tf_dim_ordering_tf_kernels_notop.h5",
        md5="d19885ff4a710c122648d3b5c3b684e4",
        megabytes=219,
        description="Inception with residual connections, 2016: large and slow",
        favourite="block17_10_ac",
        main=r"mixed_\d[ab]|block\d+_\d+_ac|conv_7b_ac",
        pixels=_SIGNED,
        min_side=75,
    ),
    "densenet121": _keras(
        "DenseNet121",
        "densenet/densenet121_weights_tf_dim_ordering_tf_kernels_notop.h5",
        md5="30ee3e1110167f948a6b9946edeeb738",
        megabytes=29,
        description="a densely connected network of 2016",
        favourite="conv4_block12_concat",
        main=r"conv\d_block\d+_concat",
        pixels=_IMAGENET,
    ),
    "mobilenet_v3": _keras(
        "MobileNetV3Large",
        "mobilenet_v3/weights_mobilenet_v3_large_224_1.0_float_no_top_v2.h5",
        md5="07fb09a5933dd0c8eaafa16978110389",
        megabytes=13,
        description="a network of 2019 for telephones: small and quick",
        favourite="expanded_conv_8_project_bn",
        main=r"expanded_conv(_\d+)?_project_bn",
        head=None,
    ),
    "efficientnet_b0": _keras(
        "EfficientNetB0",
        "efficientnetb0_notop.h5",
        "https://storage.googleapis.com/keras-applications/",
        md5="50bc09e76180e00e4465e1a485ddc09d",
        megabytes=17,
        description="EfficientNet of 2019, whose proportions were searched for",
        favourite="block5a_project_bn",
        main=r"block\d[a-z]_project_bn|top_activation",
    ),
    "efficientnet_v2_b0": _keras(
        "EfficientNetV2B0",
        "efficientnet_v2/efficientnetv2-b0_notop.h5",
        md5="893217f2bb855e2983157299931e43ff",
        megabytes=24,
        description="EfficientNet's second version, 2021",
        favourite="block5a_project_bn",
        main=r"block\d[a-z]_project_(bn|activation)|top_activation",
    ),
    "convnext_tiny": _keras(
        "ConvNeXtTiny",
        "convnext/convnext_tiny_notop.h5",
        sha256="d547c096cabd03329d7be5562c5e14798aa39ed24b474157cef5e85ab9e49ef1",
        megabytes=112,
        description="convolutions in the manner of a transformer, 2022",
        favourite="add_10",
        main=r"add(_\d+)?",
        head=None,
    ),
}


FIRST_CHOICE = "inception5h"
"""Who dreams where a person names nobody."""

BUILT_IN = "dreamnet"
"""The network that ships with the program; it dreams where the first choice cannot be had."""


def source_of(name: str) -> Source:
    """The row of a network in `NETWORKS`.

    Raises:
        DreamError: there is none; the message lists those there are.
    """
    if name not in NETWORKS:
        raise unknown("network", name, NETWORKS)
    return NETWORKS[name]


def check_needs(name: str) -> None:
    """Raises DreamError where what a network cannot do without is not installed."""
    needs = source_of(name).needs
    if needs and find_spec(needs) is None:
        raise DreamError(
            f"{name} needs {needs.replace('_', '-')}, which is not installed: {installing(name)}."
        )
