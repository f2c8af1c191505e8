"""`dream_video.py`: makes a video of a dream's frames."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from dreammovie.commands.flags import given_settings
from dreammovie.commands.progress import tell_folder, watch_video
from dreammovie.errors import DreamError
from dreammovie.files import check_output
from dreammovie.movies.dreams import choose_dream
from dreammovie.movies.folder import (
    Frames,
    foreign_frames,
    frame_numbers,
    gap,
    start_clip,
    video_path,
)
from dreammovie.movies.history import read_history, script_of
from dreammovie.movies.schedule import MovieSettings
from dreammovie.pictures.image import Image
from dreammovie.videos.cut import VideoSettings, output_format, parse_fps, playing_order, scaled
from dreammovie.videos.encode import GIF_BYTES, encoding, encoding_gif


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
    output = arguments.output or video_path(folder, format)
    if not output.suffix and not output.exists():
        output = output.with_suffix(f".{format}")
    check_output(output)
    movie = Frames(folder, playing_order(numbers, settings))
    shown: Sequence[Image] = movie
    if format == "gif":

        def frames_of(width: int) -> Sequence[Image]:
            nonlocal shown
            shown = scaled(movie, width, even=False)
            return shown

        width, most = settings.width or movie.shape[1], settings.max_bytes or GIF_BYTES
        watch_video(encoding_gif(output, frames_of, fps, width, most), len(movie))
    else:
        shown = scaled(movie, settings.width) if settings.width else movie
        watch_video(encoding(output, shown, fps, format, settings.quality), len(movie))
    made = shown[0].shape
    count = "1 frame" if len(movie) == 1 else f"{len(movie)} frames"
    print(f"{output}: {count}, {made[1]}x{made[0]}, {float(fps):g} frames per second")
    if format == "gif":
        size = output.stat().st_size
        if size > most:
            print(
                f"It has {size:,} bytes, more than the {most:,} that it may have, and is made no "
                "narrower. Show fewer frames, with --first and --last."
            )
        elif made[1] < width:
            print(f"It is {width - made[1]} pixels narrower than asked for: it has {size:,} bytes.")


def _numbers(folder: Path, first: int | None, last: int | None) -> list[int]:
    """The numbers of the frames from `first` to `last`, all of which exist."""
    frames = frame_numbers(folder)
    if not frames and (others := foreign_frames(folder)):
        raise DreamError(f"{folder} has no frame but img_0.{others}")
    begin = 0
    if start_clip(folder):
        if not frames:
            raise DreamError(f"{folder} has no frame yet. Dream some: dream_frames.py")
        begin = frames[0]
    elif frames and frames[0] > 1:  # those before it were deleted, to save room
        begin = frames[0]
        if first is None:
            print(f"The first frame is img_{begin}; those before it are gone.", flush=True)
    existing = [*([] if begin else [0]), *frames]
    first, newest = begin if first is None else first, existing[-1]
    if first > newest or (last is not None and first > last):
        raise DreamError(
            f"--first {first} is beyond what there is to show: frames {begin} to "
            f"{newest if last is None else min(last, newest)}."
        )
    if last is not None and last > newest:
        print(f"The last frame is img_{newest}; there is no img_{last} yet.", flush=True)
    last = newest if last is None else min(last, newest)
    if missing := gap(existing, first, last):
        raise DreamError(
            f"In {folder}, {missing}. Put back what is, or show less with --first and --last."
        )
    return list(range(first, last + 1))
