"""`dreammovie evolve`: films of one picture's dream, network beside network."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from dreammovie.commands.choices import (
    changed_flags,
    choose_weights,
    free_path,
    given_settings,
    lists,
    photo_path,
    weights_given,
)
from dreammovie.dream import change, prepare
from dreammovie.errors import DreamError
from dreammovie.evolution import EvolutionSettings, evolution, start_picture
from dreammovie.frames import Frames
from dreammovie.image import Image, load_image, resize, save_image
from dreammovie.networks import load_network
from dreammovie.progress import watch_stages, watch_video
from dreammovie.sheet import Label, Sheet
from dreammovie.video import Shown, parse_fps, write_gif, write_video

_FIRST, _LAST = 1.0, 2.0  # how long the picture and its dream stand still, seconds
_GIF_STEPS = 90  # shown in a GIF at most
_GIF_WIDTH = 480  # pixels
_WIDTHS_TOGETHER = 1920, 960  # of the MP4 and of the GIF, pixels


def run(arguments: argparse.Namespace) -> None:
    """Does what the flags of `flags.evolve_parser` ask for."""
    given = given_settings(arguments, EvolutionSettings)
    settings = change(EvolutionSettings(), given, arguments.recipe)
    asked = list(dict.fromkeys(arguments.networks or [None]))
    if lists(arguments, asked):
        return
    path = photo_path(arguments)
    start = start_picture(load_image(path), path, settings)
    height, width = start.shape[:2]
    folder = arguments.output or free_path(path.with_name(f"{path.stem}_evolution"))
    if folder.exists() and not folder.is_dir():
        raise DreamError(f"-o {folder} is a file; expected is a folder, which is made if need be.")

    # All of them before the first step, so that nonsense costs nobody an hour.
    files = weights_given(arguments.weights, asked)
    ascents = []
    for name, weights in (choose_weights(name, files) for name in asked):
        ascents.append(prepare(load_network(name, weights.path, settings.precision), settings))
    folder.mkdir(parents=True, exist_ok=True)
    films = []
    with TemporaryDirectory(prefix="dreammovie_") as temporary:
        for ascent in ascents:
            name, what = ascent.network.name, ascent.objective.description
            print(f"{name} dreams of {what}, {width}x{height}{changed_flags(settings)}", flush=True)
            steps = Path(temporary) / name
            steps.mkdir()
            save_image(start, steps / "img_0.jpg")
            for stage in watch_stages(evolution(start, ascent, settings), name):
                save_image(stage.image, steps / f"img_{stage.number}.jpg")
            films.append(_Film(steps, stage.count, settings.fps))
            _write(folder / name, films[-1:], [])
        if len(films) > 1:
            labels = [Label(each.network.name, each.objective.description) for each in ascents]
            _write(folder / "together", films, labels)


class _Film:
    """The steps of one dream, in the order in which they are shown.

    Args:
        folder: With img_0.jpg, the picture, and a frame for every step.
        steps: How many there are.
        fps: Steps per second.
    """

    def __init__(self, folder: Path, steps: int, fps: float) -> None:
        self.fps = parse_fps(str(fps))
        self._folder = folder
        self._steps = steps

    def frames(self, most: int | None = None) -> Frames:
        """All steps, or evenly at most some of them; the first and the last stand still."""
        every = -(-self._steps // most) if most else 1
        numbers = [*range(0, self._steps, every), self._steps]
        first, last = (round(seconds * self.fps) for seconds in (_FIRST, _LAST))
        return Frames(self._folder, [0] * first + numbers + [self._steps] * last)


def _write(path: Path, films: Sequence[_Film], labels: Sequence[Label]) -> None:
    """Writes the MP4 and the GIF of one film, or of several side by side over their labels.

    Args:
        path: Of both, without their endings.
    """
    fps = films[0].fps

    def frames_of(width: int, most: int | None = None) -> Sequence[Image]:
        each = [film.frames(most) for film in films]
        if labels:
            sheet = Sheet(each[0].shape, labels, widest=width)
            return Shown(len(each[0]), lambda n: sheet.filled(frames[n] for frames in each))
        height = round(each[0].shape[0] * width / each[0].shape[1])
        return Shown(len(each[0]), lambda n: resize(each[0][n], (height, width)))

    own = films[0].frames().shape[1]
    wide, narrow = _WIDTHS_TOGETHER if labels else (own, min(own, _GIF_WIDTH))
    mp4, gif = (path.with_name(f"{path.name}.{ending}") for ending in ("mp4", "gif"))
    frames = frames_of(wide)
    watch_video(write_video(mp4, frames, fps, "mp4"), len(frames))
    print(mp4, flush=True)
    watch_video(
        write_gif(gif, lambda width: frames_of(width, _GIF_STEPS), fps, narrow), len(frames)
    )
    print(gif, flush=True)
