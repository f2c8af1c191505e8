"""Dreams that go on while a page is looked at: each in a thread, watched, stopped, bounded."""

from __future__ import annotations

import hashlib
import logging
import time
import weakref
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack
from functools import cached_property, lru_cache
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

import numpy as np
from streamlit.runtime.scriptrunner import script_runner
from tqdm import tqdm

from dreammovie.claims import scratch
from dreammovie.dreaming.dream import ascent_for
from dreammovie.dreaming.layers import SheetSettings, layer_dreams, layer_label
from dreammovie.dreaming.stages import (
    EvolutionSettings,
    PictureSettings,
    Stage,
    dream_stages,
    made_with,
)
from dreammovie.errors import DreamError
from dreammovie.movies.film import ENDINGS, Film, encoding_films
from dreammovie.networks.network import Network
from dreammovie.networks.weights import Fetching, Ready, ready, weights_file
from dreammovie.pictures.image import Image, encode, resize, to_uint8
from dreammovie.pictures.sheet import Label
from dreammovie.pictures.sizes import within
from dreammovie.studio.line import Line, Ticket
from dreammovie.studio.words import plain, spoken

if TYPE_CHECKING:
    from dreammovie.dreaming.gradient import Ascent

log = logging.getLogger(__name__)

# After every look at a page, Streamlit empties Keras' memory, which all threads share: what
# other dreams have there would be lost, and a dream that is watched would take ten times as long.
script_runner._clean_problem_modules = lambda: None

awake = Event()
"""Set once the first network is loaded; TensorFlow, which takes seconds, is there then."""

_LINE = Line(at_once=2)
_DESERTED = 180.0  # seconds without a look after which a dream ends: its visitor is gone. (A
# browser lets a tab in the background look once a minute.)
_ASKS = 0.2  # seconds after which a dream that waits asks whether somebody still waits for it
_WIDEST = 1280  # pixels; more than a page shows


class Job(Ticket, ABC):
    """A dream in a thread of its own.

    Attributes:
        words: What it is doing now.
        error: What went wrong, a sentence; None if nothing did.
        started: Whether it was begun.
        done: Whether it has ended, in whichever way.
        stopped: Whether it ended before its time.
    """

    def __init__(self) -> None:
        super().__init__()
        self.words = "It begins"
        self.error: str | None = None
        self.started = self.done = self.stopped = False
        self._looked = time.monotonic()

    def start(self) -> None:
        """Begins, as soon as there is room."""
        self.started = True
        self.look()
        Thread(target=self._run, daemon=True, name=type(self).__name__).start()

    def stop(self) -> None:
        """Ends it. What it has made stays; of the step in hand, which goes on, nothing counts."""
        self.stopped = self.done = True

    def look(self) -> None:
        """Says that somebody watches; a dream that nobody watches ends."""
        self._looked = time.monotonic()

    @abstractmethod
    def work(self) -> Iterator[None]:
        """Does the work; yields wherever it may be stopped."""

    def _run(self) -> None:
        try:
            with _LINE.place(self):
                while not _LINE.wait(self, _ASKS):
                    self.words = _waiting(*_LINE.before(self))
                    if self._is_over():
                        return
                for _ in self.work():
                    if self._is_over():
                        return
        except (DreamError, OSError) as error:
            self.error = spoken(error)
        except Exception as error:
            log.exception("A dream failed.")
            what = plain(f"{type(error).__name__}: {error}")
            self.error = f"A mistake in dreammovie itself ({what})."
        finally:
            self.done = True

    def _is_over(self) -> bool:
        self.stopped = self.stopped or time.monotonic() > self._looked + _DESERTED
        return self.stopped

    def _ready(self, name: str, precision: str) -> Generator[None, None, Ready]:
        """A network, fetched if need be, and loaded; and what it was loaded from."""
        if not weights_file(name).exists():
            for event in ready(name, precision):
                if not isinstance(event, Fetching):
                    break
                of = f" of {event.total / 1e6:.0f}" if event.total else ""
                self.words = f"Fetching {name}: {event.done / 1e6:.0f}{of} MB"
                self.share = event.done / event.total if event.total else 0.0
                yield
        self.words = f"Waking {name}"
        yield
        return loaded(name, precision)


def _waiting(before: int, seconds: float) -> str:
    """The words for a dream in the line, with how many wait before it."""
    behind = {0: "The machine is busy", 1: "The machine is busy, and 1 waits before you"}
    words = behind.get(before, f"The machine is busy, and {before} wait before you")
    return f"{words}; your turn comes in about {tqdm.format_interval(seconds)}"


class PictureJob(Job):
    """The dream of one picture.

    Args:
        start: float32 (H, W, 3), 0..255, at the size in which it is dreamt.
        settings: How; the network is named.

    Attributes:
        stage: The picture after the newest step; None before the first.
        what: Who dreams of what.
        made_with: How it was dreamt, JSON.
        kept: Whether it is in the gallery.
    """

    def __init__(self, start: Image, settings: PictureSettings) -> None:
        super().__init__()
        self.start_image = start
        self.settings = settings
        self.stage: Stage | None = None
        self.what = self.made_with = ""
        self.kept = False
        self._shown: tuple[Stage, bytes] | None = None
        self._files: dict[str, bytes] = {}

    @property
    def image(self) -> Image:
        """The picture as it is now, float32 (H, W, 3), 0..255."""
        return self.stage.image if self.stage else self.start_image

    @cached_property
    def before(self) -> bytes:
        """The picture as a page shows it, a JPEG."""
        return to_jpeg(self.start_image)

    @property
    def after(self) -> bytes:
        """The picture as it is now, as a page shows it, a JPEG; made once for every step."""
        stage = self.stage
        if stage is None:
            return self.before
        if self._shown is None or self._shown[0] is not stage:
            self._shown = stage, to_jpeg(stage.image)
        return self._shown[1]

    def file(self, ending: str) -> bytes:
        """The file of the dream that is done, with its settings inside; made once."""
        if ending not in self._files:
            self._files[ending] = encode(self.image, ending, self.made_with)
        return self._files[ending]

    def work(self) -> Iterator[None]:
        settings = self.settings
        assert settings.network
        awake = yield from self._ready(settings.network, settings.precision)
        network = awake.network
        ascent = _ascent(network, settings, self.start_image.shape)
        self.what = f"{network.name} dreams of {ascent.objective.description}"
        start = hashlib.sha256(to_uint8(self.start_image).tobytes()).hexdigest()  # it has no file
        self.made_with = made_with(ascent, settings, start=start, weights=awake.weights.sha256)
        self.words, self.share = self.what, 0.0
        for stage in dream_stages(self.start_image, ascent, settings):
            if not self.stopped:
                self.stage, self.share = stage, stage.number / stage.count
            yield


class GrowJob(Job):
    """The films of one picture's dream in several networks.

    Args:
        start: float32 (H, W, 3), 0..255, at the size in which it is dreamt.
        networks: Who dreams, one after the other.
        settings: How.

    Attributes:
        films: Of the networks that have begun.
        videos: The finished MP4s and GIFs.
    """

    def __init__(self, start: Image, networks: Sequence[str], settings: EvolutionSettings) -> None:
        super().__init__()
        self.start_image = start
        self.networks = networks
        self.settings = settings
        self.films: list[Film] = []
        self.videos: list[Path] = []
        folder = ExitStack()
        self._folder = folder.enter_context(scratch())
        weakref.finalize(self, folder.close)

    def work(self) -> Iterator[None]:
        parts = len(self.networks) + 1  # and their films
        for number, name in enumerate(self.networks):
            network = (yield from self._ready(name, self.settings.precision)).network
            ascent = _ascent(network, self.settings, self.start_image.shape)
            steps = self._folder / name
            steps.mkdir()
            label = Label(name, ascent.objective.description)
            film = Film(steps, self.start_image, label, self.settings.fps)
            self.films.append(film)
            self.words = f"{name} dreams of {label.detail}"
            for stage in dream_stages(self.start_image, ascent, self.settings):
                film.add(stage.image, stage.number)
                self.share = (number + stage.number / stage.count) / parts
                yield
        name = "together" if len(self.films) > 1 else self.networks[0]
        videos = [self._folder / f"{name}{ending}" for ending in ENDINGS]
        for file, done, count in encoding_films(self.films, *videos):
            self.words = f"Making the {file.suffix[1:].upper()}"
            self.share = (parts - 1 + done / count) / parts
            yield
        self.videos = videos


class LayersJob(Job):
    """What every layer of a network dreams of out of noise.

    Args:
        name: Of the network.
        settings: How.

    Attributes:
        pictures: Layer to its dream, uint8 (H, W, 3), in order of depth, as far as they are.
        labels: Of these layers.
    """

    def __init__(self, name: str, settings: SheetSettings | None = None) -> None:
        super().__init__()
        self.name = name
        self.settings = settings or SheetSettings()
        self.pictures: dict[str, np.ndarray] = {}
        self.labels: dict[str, Label] = {}

    def work(self) -> Iterator[None]:
        network = (yield from self._ready(self.name, self.settings.precision)).network
        count = len(network.main_layers)
        for number, (layer, stages) in enumerate(layer_dreams(network, self.settings)):
            self.words = f"{self.name}: {layer}"
            for stage in stages:
                self.share = (number + stage.number / stage.count) / count
                yield
            self.labels[layer] = layer_label(network, layer)
            self.pictures[layer] = to_uint8(stage.image)
            del stages, stage


@lru_cache(maxsize=3)
def loaded(name: str, precision: str) -> Ready:
    """A network whose weights are there, and these; kept for whoever asks next."""
    *_, found = ready(name, precision)
    assert isinstance(found, Ready)
    awake.set()
    return found


def _ascent(network: Network, settings: PictureSettings, shape: tuple[int, ...]) -> Ascent:
    """The ascent that settings ask for; kept, as its steps take a while to compile.

    An ascent keeps what it compiled for every octave, so that each has octaves of one kind.
    """
    asked = PictureSettings(
        layer=settings.layer,
        shaping=settings.shaping,
        tile=settings.tile,
        octaves=settings.octaves,
        octave_scale=settings.octave_scale,
    )
    return _compiled(network.name, network.precision, asked, shape)


@lru_cache(maxsize=4)
def _compiled(
    name: str, precision: str, settings: PictureSettings, shape: tuple[int, ...]
) -> Ascent:
    return ascent_for(loaded(name, precision).network, settings)


def to_jpeg(image: Image, longest: int = _WIDEST) -> bytes:
    """A picture as a page shows it, a JPEG no wider and no higher than that needs."""
    return encode(resize(image, within(image.shape, longest)))
