"""`dream_video.py`: makes a video of a dream's frames."""

from __future__ import annotations

import argparse
from pathlib import Path

from dreammovie.commands.choices import choose_folder, given_settings
from dreammovie.errors import DreamError
from dreammovie.frames import Frames, frame_numbers, gap, read_history
from dreammovie.movie import MovieSettings, settings_of
from dreammovie.progress import watch_video
from dreammovie.video import VideoSettings, output_format, parse_fps, playing_order, write_video


def run(arguments: argparse.Namespace) -> None:
    """Does what the flags of `flags.video_parser` ask for."""
    settings = VideoSettings(**given_settings(arguments, VideoSettings))
    format = output_format(arguments.output, settings)
    folder = choose_folder(arguments)
    numbers = _shown(folder, settings.first, settings.last)
    history = read_history(folder)
    made_for = settings_of(history[-1]).fps if history else MovieSettings.fps
    fps = parse_fps(settings.fps or str(made_for))
    output = arguments.output or folder / f"{folder.resolve().name}.{format}"
    if output.exists() and not output.is_file():
        raise DreamError(f"--output {output} exists and is no file. Give a file's path.")
    if not output.parent.is_dir():
        raise DreamError(
            f"There is no folder {output.parent} for --output {output}. Make it first."
        )
    if not output.suffix:
        output = output.with_suffix(f".{format}")
    movie = Frames(folder, playing_order(numbers, settings))
    encoding = write_video(output, movie, fps, format, settings.quality)
    watch_video(encoding, len(movie))
    height, width = movie.shape
    count = f"{len(movie)} frame" + "s" * (len(movie) > 1)
    print(f"{output}: {count}, {width}x{height}, {float(fps):g} frames per second")


def _shown(folder: Path, first: int, last: int | None) -> list[int]:
    """The numbers of the frames from `first` to `last`, all of which exist."""
    existing = [0, *frame_numbers(folder)]
    newest = existing[-1]
    last = newest if last is None else last
    if last > newest or first > last:
        wrong = f"--last {last}" if last > newest else f"--first {first}"
        raise DreamError(
            f"{wrong} is beyond what there is to show: frames 0 to {min(last, newest)}."
        )
    if missing := gap(existing, first, last):
        raise DreamError(
            f"In {folder}, {missing}. Put back what is, or show less with --first and --last."
        )
    return list(range(first, last + 1))
