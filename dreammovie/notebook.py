"""What `dream.ipynb` shows its pictures with: side by side, and with sliders, growing."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from dataclasses import fields
from html import escape
from io import BytesIO
from pathlib import Path
from threading import Event, Thread
from typing import Any

import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np

from dreammovie.claims import claimed
from dreammovie.dreaming.dream import ascent_for
from dreammovie.dreaming.gradient import Ascent
from dreammovie.dreaming.shaping import SHAPINGS
from dreammovie.dreaming.stages import PictureSettings, dream_stages
from dreammovie.errors import DreamError
from dreammovie.networks.network import Network
from dreammovie.pictures.image import Image, encode, fit, read_image, save_image, to_uint8
from dreammovie.pictures.sizes import MIN_SIDE

_WIDTH = 10  # of what is shown, inches
_TITLE = 0.35  # height of a title, inches


def show(pictures: Sequence[np.ndarray], titles: Sequence[str], columns: int = 3) -> None:
    """Draws pictures beside each other; what has no colours is drawn from dark to bright.

    Args:
        pictures: float32 (H, W, 3), 0..255, or (H, W); all of one size.
        titles: One for each.
        columns: How many stand side by side, at most.
    """
    columns = min(columns, len(pictures))
    rows = math.ceil(len(pictures) / columns)
    height, width = pictures[0].shape[:2]
    size = (_WIDTH, rows * (_WIDTH / columns * height / width + _TITLE))
    _, views = plt.subplots(rows, columns, figsize=size, layout="constrained", squeeze=False)
    for view, picture, title in zip(views.flat, pictures, titles, strict=True):
        view.imshow(to_uint8(picture) if picture.ndim == 3 else picture)
        view.set_title(title)
        view.axis("off")
    plt.show()


class Generator(widgets.HBox):
    """A picture with its sliders and buttons, and a thread in which it is dreamt.

    The thread is what lets the page listen meanwhile: that is how *Stop* is heard.

    Args:
        photo: float32 (H, W, 3), 0..255; another one can be uploaded.
        network: Who dreams.

    Attributes:
        controls: The widgets of settings, by the settings' names.
        upload, side, dream, stop, save, view, words: The other widgets.
        thread: What dreams, or did.
    """

    def __init__(self, photo: Image, network: Network) -> None:
        self.photo, self.network = photo, network
        self.start: Image = photo
        self.dreamt: Image | None = None
        self.stopping, self.thread = Event(), Thread()
        self.controls = _controls(network)
        self.upload = widgets.FileUpload(accept="image/*", description="Your picture")
        self.side = widgets.IntSlider(480, 128, 1280, 32, description="longer side")
        self.side.style.description_width = "8em"
        self.dream, self.stop, self.save = (
            widgets.Button(description=name) for name in ("Dream", "Stop", "Save")
        )
        self.view, self.words = widgets.Image(format="jpeg"), widgets.HTML()
        self.upload.observe(lambda change: self._take(change.new[0]["content"]), "value")
        self.side.observe(lambda change: self._wake(), "value")
        self.dream.on_click(lambda _: self._begin())
        self.stop.on_click(lambda _: self.stopping.set())
        self.save.on_click(lambda _: self._keep())
        self._compiled: tuple[Any, Ascent] | None = None
        self._wake()
        buttons = widgets.HBox([self.dream, self.stop, self.save])
        left = widgets.VBox([self.upload, *self.controls.values(), self.side, buttons])
        super().__init__([left, widgets.VBox([self.view, self.words])])

    def _tell(self, words: object, busy: bool = False) -> None:
        self.words.value = escape(str(words))
        self.upload.disabled = self.side.disabled = self.dream.disabled = busy
        self.stop.disabled, self.save.disabled = not busy, busy or self.dreamt is None

    def _take(self, content: bytes) -> None:
        """Another picture, as a file's content."""
        try:
            self.photo = read_image(BytesIO(content), "This file")
            self._wake()
        except DreamError as error:
            self._tell(error)

    def _wake(self) -> None:
        """The picture, in the size that is chosen, before its dream."""
        scale = self.side.value / max(self.photo.shape)
        height, width = (max(MIN_SIDE, round(scale * side)) for side in self.photo.shape[:2])
        self.start, self.dreamt = fit(self.photo, (height, width)), None
        self.view.value = encode(self.start)
        self._tell(f"{width} x {height} pixels, wide awake")

    def _begin(self) -> None:
        if not self.thread.is_alive():
            self.stopping.clear()
            self._tell("falling asleep ...", busy=True)
            self.thread = Thread(target=self._work, daemon=True)
            self.thread.start()

    def _work(self) -> None:
        said: object = "asleep"
        try:
            chosen = {name: control.value for name, control in self.controls.items()}
            settings = PictureSettings(**chosen)
            for stage in dream_stages(self.start, self._ascent_for(settings), settings):
                self.dreamt = image = stage.image
                self.view.value = encode(image)
                said = f"step {stage.number} of {stage.count}"
                self._tell(said, busy=True)
                if self.stopping.is_set():
                    break
        except DreamError as error:
            said = error
        finally:
            self._tell(said)

    def _ascent_for(self, settings: PictureSettings) -> Ascent:
        """What is compiled for a layer serves until another one is chosen."""
        key = settings.layer, settings.shaping
        if self._compiled is None or self._compiled[0] != key:
            self._compiled = key, ascent_for(self.network, settings)
        return self._compiled[1]

    def _keep(self) -> None:
        """Saves the dream beside the notebook, and gives a link to download it."""
        assert self.dreamt is not None
        with claimed(Path("dream"), ".png") as [path]:
            save_image(self.dreamt, path)
        link = f"data:image/png;base64,{base64.b64encode(path.read_bytes()).decode()}"
        self.words.value = f'saved as {path}: <a download="{path}" href="{link}">download it</a>'


def _controls(network: Network) -> dict[str, Any]:
    """Widgets for what can be set: names, meanings and defaults are those of `PictureSettings`."""
    layers = [*dict.fromkeys((network.favourite, *network.main_layers))]
    controls = {
        "layer": widgets.Dropdown(options=layers, value=network.favourite),
        "steps": widgets.IntSlider(min=1, max=60),
        "step_size": widgets.FloatSlider(min=0.5, max=10, step=0.5),
        "octaves": widgets.IntSlider(min=1, max=8),
        "octave_scale": widgets.FloatSlider(min=1.1, max=2, step=0.1),
        "softness": widgets.FloatSlider(min=0, max=1, step=0.1),
        "shaping": widgets.Dropdown(options=list(SHAPINGS)),
        "seed": widgets.IntSlider(max=99),
    }
    for setting in fields(PictureSettings):
        if control := controls.get(setting.name):
            control.description = setting.name.replace("_", " ")
            control.tooltip = setting.metadata["help"]
            control.style.description_width = "8em"
            if setting.default is not None:
                control.value = setting.default
    return controls
