"""`dream_video.py`: makes a video of a dream's frames."""

from __future__ import annotations

import argparse
from pathlib import Path

from dreammovie.commands.flags import given_settings
from dreammovie.commands.progress import tell_folder, watch_video
from dreammovie.errors import DreamError
from dreammovie.files import check_output
from dreammovie.movies.folder import Frames, choose_dream, frame_numbers, gap
from dreammovie.movies.history import read_history, script_of
from dreammovie.movies.schedule import MovieSettings
from dreammovie.videos.cut import VideoSettings, output_format, parse_fps, playing_order
from dreammovie.videos.encode import encoding


def run(arguments: argparse.Namespace) -> None:
    """Does what the flags of `flags.video_parser` ask for."""
    settings = VideoSettings(**given_settings(arguments, VideoSettings))
    format = output_format(arguments.output, settings)
    folder = choose_dream(arguments.dream)
    tell_folder(folder, arguments.dream is not None, arguments.prog)
    numbers = _numbers(folder, settings.first, settings.last)
    history = read_history(folder)
    made_for = script_of(history[-1]).settings.fps if history else MovieSettings.fps
    fps = parse_fps(settings.fps or str(made_for))
    output = arguments.output or folder / f"{folder.resolve().name}.{format}"
    check_output(output)
    if not output.suffix:
        output = output.with_suffix(f".{format}")
    movie = Frames(folder, playing_order(numbers, settings))
    watch_video(encoding(output, movie, fps, format, settings.quality), len(movie))
    height, width = movie.shape
    count = "1 frame" if len(movie) == 1 else f"{len(movie)} frames"
    print(f"{output}: {count}, {width}x{height}, {float(fps):g} frames per second")


def _numbers(folder: Path, first: int, last: int | None) -> list[int]:
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
