"""How fast this machine dreams, beside what it could do and beside the loop it came from.

Every number is a median of runs in one process, taken in turns with what it is compared with. What
takes long says what it has done, as `turns.Turn`.
"""

from __future__ import annotations

import math
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from dreammovie.commands.bench.film import video_runs
from dreammovie.commands.bench.lineage import Lineage, matrix_product
from dreammovie.commands.bench.turns import Turn, Watch, in_turns
from dreammovie.device import compiled, devices, on_device, tf
from dreammovie.dreaming.dream import ascent_for, dream
from dreammovie.dreaming.gradient import Ascent, place
from dreammovie.machine import processor
from dreammovie.movies.movie import dream_movie
from dreammovie.movies.schedule import MovieSettings, Script
from dreammovie.movies.start import definite
from dreammovie.networks.network import Network, load_network
from dreammovie.networks.precision import PRECISIONS, measure, quicker
from dreammovie.networks.weights import Weights
from dreammovie.pictures.demo import draw_demo
from dreammovie.pictures.image import Image, fit, save_image
from dreammovie.pictures.sizes import parse_size

_SIZES = ("640x360", "1280x720", "3840x2160", "7680x4320")  # of the scaling
_PRODUCT = 4096  # side of the matrices that measure the machine
_QUICK = ("gradient", "frame", "start")  # the parts of the quick benchmark
_FEW = MovieSettings(steps=2, octaves=1)  # how its frame is dreamt

Result = TypeVar("Result")
Measuring = Generator[Turn, None, Result]
"""Says what has been run, and returns what was measured."""


@dataclass(frozen=True)
class Subject:
    """What is measured.

    Attributes:
        network: Name in `NETWORKS`.
        weights: Its file.
        size: WxH of a frame.
        repeats: Runs of which the median is taken.
        settings: How a frame is dreamt that is compared with the tutorial's loop.
    """

    network: str
    weights: Weights
    size: str
    repeats: int
    settings: MovieSettings = field(default_factory=MovieSettings)

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width) of a frame."""
        return parse_size(self.size)

    def load(self, precision: str) -> Network:
        """The network."""
        return load_network(self.network, self.weights.path, precision)


def machine() -> dict[str, Any]:
    """What it runs on."""
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "devices": devices,
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
    }


def measure_gradient(subject: Subject) -> Measuring[dict[str, Any]]:
    """The gradient of a whole image beside a plain matrix product, in both precisions."""
    image = tf.constant(fit(draw_demo(), subject.shape))
    placement = tf.constant(place(image.shape, MovieSettings.tile, np.random.default_rng(0)))
    runs: dict[str, Callable[[], Any]] = {"product": matrix_product(_PRODUCT)}
    # In bfloat16 every convolution is the direct one, whose operations are what is counted.
    work = 2 * forward_work(_ascent(subject, "bfloat16"), subject.shape)
    for precision in PRECISIONS:
        ascent = _ascent(subject, precision)
        gradient = compiled(ascent.gradient)
        runs[precision] = partial(_computed, gradient, image, placement)
    seconds = yield from in_turns(runs, subject.repeats)
    rate = 2 * _PRODUCT**3 / seconds["product"]
    return {
        "size": subject.size,
        "gflop": work / 1e9,
        "product_gflops": rate / 1e9,
        **{
            precision: {
                "seconds": seconds[precision],
                "gflops": work / seconds[precision] / 1e9,
                "fraction_of_product": work / seconds[precision] / rate,
            }
            for precision in PRECISIONS
        },
    }


def measure_frame(subject: Subject) -> Measuring[dict[str, Any]]:
    """A full classic frame, in both precisions, beside the tutorial lineage's loop."""
    image = fit(draw_demo(), subject.shape)
    network = subject.load("float32")
    lineage = Lineage(network, network.favourite_layers)
    how, rng = subject.settings, np.random.default_rng
    frames: dict[str, Image] = {}

    def frame_of(name: str, dreamt: Callable[[], Image]) -> Callable[[], None]:
        return lambda: frames.update({name: dreamt()})

    def old() -> Image:
        return lineage.frame(image, rng(0), how.steps, how.octaves)

    runs = {"lineage": frame_of("lineage", old)}
    for precision in PRECISIONS:
        ascent = _ascent(subject, precision)
        runs[precision] = frame_of(precision, partial(_dreamt, image, ascent, how))
    seconds = yield from in_turns(runs, subject.repeats)
    judge = _ascent(subject, "float32")
    scores = {name: _score(judge, frame) for name, frame in frames.items()}
    began = time.perf_counter()
    auto = quicker(measure([subject.load(each) for each in PRECISIONS]))
    return {
        "size": subject.size,
        "steps": how.steps,
        "octaves": how.octaves,
        "auto": {
            "precision": auto,
            "of_the_quicker": seconds[auto] / min(seconds[each] for each in PRECISIONS),
            "seconds_to_measure": time.perf_counter() - began,
        },
        "lineage": {"seconds": seconds["lineage"], "score": scores["lineage"]},
        **{
            precision: {
                "seconds": seconds[precision],
                "times_as_fast": seconds["lineage"] / seconds[precision],
                "score": scores[precision],
            }
            for precision in PRECISIONS
        },
    }


class _Timed(Ascent):
    """An ascent that adds up the seconds it spends in its steps."""

    inside = 0.0

    def step(self, *arguments: Any) -> tuple[tf.Tensor, tf.Tensor]:
        began = time.perf_counter()
        image, score = super().step(*arguments)
        score.numpy()  # the device may still be at work when a step returns
        self.inside += time.perf_counter() - began
        return image, score


def measure_movie(subject: Subject, precision: str) -> Measuring[dict[str, Any]]:
    """The share of a movie's time that is spent inside the compiled step."""
    ascent = _ascent(subject, precision)
    timed = _Timed(ascent.network, ascent.objective)
    with tempfile.TemporaryDirectory() as folder:
        save_image(draw_demo(), Path(folder, "img_0.jpg"))
        plain = Script(MovieSettings(size=subject.size))
        script = definite(plain, ascent.network, Path(folder))
        frames, began = 0, 0.0
        for progress in dream_movie(
            Path(folder), subject.repeats + 1, timed, script, subject.weights
        ):
            if progress.saved:
                frames += 1
                yield Turn(precision, frames, subject.repeats + 1, None)
                if frames == 1:  # the first frame compiles
                    began, timed.inside = time.perf_counter(), 0.0
        whole_time = time.perf_counter() - began
    return {
        "size": subject.size,
        "precision": precision,
        "seconds_a_frame": whole_time / (frames - 1),
        "fraction_in_step": timed.inside / whole_time,
    }


def measure_scaling(subject: Subject) -> Measuring[list[dict[str, Any]]]:
    """Time a pixel and peak memory of a step at several sizes, each in its own process."""
    results = []
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as processes:
        subjects = [replace(subject, size=size) for size in _SIZES]
        for result in processes.map(one_step, subjects):
            results.append(result)
            yield Turn(result["size"], len(results), len(_SIZES), None)
    return results


def one_step(subject: Subject) -> dict[str, Any]:
    """Time and memory of a step at one size; for a process that does nothing else."""
    ascent = _ascent(subject, "float32")
    image = on_device(fit(draw_demo(), subject.shape))
    rng = np.random.default_rng(0)
    runs = {"step": lambda: ascent.step(image, rng, 2.0, 1.0)[1].numpy()}
    seconds = _result(in_turns(runs, subject.repeats))["step"]
    height, width = subject.shape
    return {
        "size": subject.size,
        "seconds": seconds,
        "microseconds_a_pixel": seconds / (height * width) * 1e6,
        "peak_memory_gb": _peak_memory() / 1e9,
    }


def _peak_memory() -> float:
    """Bytes that this process had at most; not a number where the system does not say."""
    # Not `resource.getrusage`, whose peak a process inherits from the one that started it.
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return math.nan
    return 1024.0 * int(status.split("VmHWM:")[1].split()[0])


def measure_start(subject: Subject) -> Measuring[dict[str, float]]:
    """Seconds from the command to its help, and to the first step of the first frame."""
    with tempfile.TemporaryDirectory() as folder:
        dreams = Path(folder, "dreams/bench")
        dreams.mkdir(parents=True)
        save_image(draw_demo(), dreams / "img_0.jpg")
        command = [sys.executable, "-m", "dreammovie", "frames"]
        work = ["--frames", "1", "--size", subject.size, "--steps", "1", "--octaves", "1"]
        work += ["--network", subject.network, "--weights", str(subject.weights.path)]
        runs: dict[str, Callable[[], Any]] = {
            "help": lambda: _quiet([*command, "--help"], folder),
            "first_step": lambda: _quiet([*command, *work, "--after", "0"], folder),
        }
        return (yield from in_turns(runs, subject.repeats))


def measure_video(subject: Subject) -> Measuring[dict[str, float]]:
    """Seconds to make a video of frames, and of what the ffmpeg command takes, where there is one.

    Returns:
        `ours`, and `ffmpeg` where that is installed: seconds; `of_ffmpeg`: its pace in ours.
    """
    with tempfile.TemporaryDirectory() as folder:
        runs = video_runs(Path(folder), subject.shape)
        seconds = yield from in_turns(runs, subject.repeats)
    if "ffmpeg" in seconds:
        seconds["of_ffmpeg"] = seconds["ffmpeg"] / seconds["ours"]
    return seconds


def _quiet(command: list[str], folder: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    subprocess.run(command, check=True, capture_output=True, cwd=folder, env=environment)


def _computed(function: Callable, *arguments: Any) -> None:
    """Calls a compiled function and waits for the device."""
    function(*arguments)[1].numpy()


def _dreamt(image: Image, ascent: Ascent, how: MovieSettings) -> Image:
    return dream(image, ascent, how, np.random.default_rng(0))


def _ascent(subject: Subject, precision: str) -> Ascent:
    return ascent_for(subject.load(precision), MovieSettings())


def _score(judge: Ascent, image: Image) -> float:
    """The layer's score of an image, tiles where they always are."""
    place_of_tiles = place(image.shape, judge.tile, np.random.default_rng(0))
    return float(judge.gradient(tf.constant(image, tf.float32), tf.constant(place_of_tiles))[1])


def _result(measuring: Measuring[Result]) -> Result:
    """What is measured, for nobody who wants to know how far it is."""
    while True:
        try:
            next(measuring)
        except StopIteration as stop:
            return stop.value


def forward_work(ascent: Ascent, shape: tuple[int, int]) -> float:
    """Floating-point operations of all direct convolutions below the objective, for one image.

    The gradient with respect to the image needs as many again: 2 for each weight and place.
    """
    traced = tf.function(ascent.network.activations).get_concrete_function(
        tf.TensorSpec((1, *shape, 3)), ascent.objective.layers
    )
    total = 0.0
    for operation in traced.graph.get_operations():
        if operation.type == "Conv2D":
            kernel = operation.inputs[1].shape
            places = operation.outputs[0].shape.num_elements()
            total += 2.0 * places * kernel[0] * kernel[1] * kernel[2]
    return total


def measurements(subject: Subject, quick: bool = False) -> Iterator[tuple[str, Any]]:
    """Everything, part by part.

    Args:
        subject: What is measured.
        quick: Whether it is done in two minutes: without a movie, large sizes, and a video, and
            with a step or two of a frame.

    Yields:
        Each part's name, again and again: with None when it begins, with a `Turn` for what has
        been run, and in the end with its results. The last part says whether the machine was busy.
    """
    subject = replace(subject, settings=_FEW) if quick else subject
    parts: dict[str, Callable[[], Measuring[Any]]] = {
        "gradient": lambda: measure_gradient(subject),
        "frame": lambda: measure_frame(subject),
        "movie": lambda: _movies(subject),
        "scaling": lambda: measure_scaling(subject),
        "start": lambda: measure_start(replace(subject, repeats=1) if quick else subject),
        "video": lambda: measure_video(subject),
    }
    watch = Watch()
    yield "machine", machine()
    for part in _QUICK if quick else parts:
        yield part, None
        measuring = parts[part]()
        while True:
            try:
                turn = next(measuring)
            except StopIteration as stop:
                yield part, stop.value
                break
            watch.note(part, turn)
            yield part, turn
    yield "busy", watch.result()


def _movies(subject: Subject) -> Measuring[list[dict[str, Any]]]:
    """Both precisions' movies."""
    results = []
    for precision in PRECISIONS:
        results.append((yield from measure_movie(subject, precision)))
    return results
