"""What the page shows before anybody has dreamt: dreams of DreamNet's, made beforehand.

They are made anew, after DreamNet has learnt anew, by `python3 -m dreammovie.studio.readymade`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from PIL import Image as Pillow

from dreammovie.dreaming.dream import ascent_for
from dreammovie.dreaming.layers import SheetSettings, layer_dreams, layer_label
from dreammovie.dreaming.stages import PictureSettings, dream_stages, start_picture
from dreammovie.networks.network import Network
from dreammovie.networks.table import BUILT_IN
from dreammovie.networks.weights import Ready, ready
from dreammovie.pictures.demo import draw_demo
from dreammovie.pictures.image import to_uint8
from dreammovie.pictures.sheet import Label

FOLDER = Path(__file__).with_name("readymade")
_FACTS = "made.json"
_OPENING = PictureSettings(network=BUILT_IN, precision="float32", size="640x360", steps=30)
_SHOWN = 24  # of the steps
_PACE, _REST = 80, 2500  # milliseconds of each, and of the last
_QUALITY = 80


@dataclass(frozen=True)
class Opening:
    """A dream that grows, as files' contents.

    Attributes:
        before: The picture, a JPEG.
        growing: An animated WebP of its dream, step by step, which begins again.
        shape: (height, width) of both.
        words: Who dreams of what.
    """

    before: bytes
    growing: bytes
    shape: tuple[int, int]
    words: str


@lru_cache(maxsize=1)
def opening() -> Opening:
    """The dream that the page opens with."""
    before, growing = ((FOLDER / name).read_bytes() for name in ("opening.jpg", "opening.webp"))
    height, width = _facts()["shape"]
    return Opening(before, growing, (height, width), _facts()["words"])


@lru_cache(maxsize=1)
def layers() -> tuple[dict[str, Path], dict[str, Label]]:
    """What each of DreamNet's main layers dreams of, files by the layer's name, and the labels."""
    labels = {name: Label(name, detail) for name, detail in _facts()["layers"].items()}
    return {name: FOLDER / f"{name}.jpg" for name in labels}, labels


def made_of() -> str:
    """The digest of the weights that these dreams were dreamt with."""
    return str(_facts()["weights"])


@lru_cache(maxsize=1)
def _facts() -> dict[str, Any]:
    return json.loads((FOLDER / _FACTS).read_text("utf-8"))


def make() -> None:
    """Dreams all of it."""
    *_, awake = ready(BUILT_IN, "float32")
    assert isinstance(awake, Ready)
    FOLDER.mkdir(exist_ok=True)
    facts = _make_opening(awake.network) | {"layers": _make_layers(awake.network)}
    facts["weights"] = awake.weights.sha256
    (FOLDER / _FACTS).write_text(json.dumps(facts, indent=1) + "\n", "utf-8")


def _make_opening(network: Network) -> dict[str, Any]:
    """The demo's dream; gives its size, and who dreams of what."""
    start = start_picture(draw_demo(), "The demo", _OPENING)
    ascent = ascent_for(network, _OPENING)
    stages = list(dream_stages(start, ascent, _OPENING))
    shown = [stages[round((n + 1) * len(stages) / _SHOWN) - 1].image for n in range(_SHOWN)]
    pictures = [Pillow.fromarray(to_uint8(image)) for image in (start, *shown)]
    pictures[0].save(FOLDER / "opening.jpg", quality=_QUALITY)
    pictures[0].save(
        FOLDER / "opening.webp",
        save_all=True,
        append_images=pictures[1:],
        duration=[_PACE] * _SHOWN + [_REST],
        loop=0,
        quality=_QUALITY - 10,
        method=6,
    )
    words = f"{network.name} dreams of {ascent.objective.description}"
    return {"words": words, "shape": start.shape[:2]}


def _make_layers(network: Network) -> dict[str, str]:
    """What the layers dream of; gives a detail of each."""
    details = {}
    for name, dream in layer_dreams(network, SheetSettings(precision="float32")):
        *_, last = dream
        Pillow.fromarray(to_uint8(last.image)).save(FOLDER / f"{name}.jpg", quality=_QUALITY)
        details[name] = layer_label(network, name).detail
        del last, dream
    return details


if __name__ == "__main__":
    make()
