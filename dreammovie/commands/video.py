"""`dream_video.py`: makes a video of a dream's frames."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

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
from dreammovie.movies.notes import entries_of, note_of
from dreammovie.movies.schedule import MovieSettings
from dreammovie.pictures.image import Image, fit
from dreammovie.videos.cut import (
    FramesOnDemand,
    VideoSettings,
    output_format,
    parse_fps,
    playing_order,
    scaled,
)
from dreammovie.videos.decode import Clip, open_clip
from dreammovie.videos.encode import GIF_BYTES, encoding, encoding_gif
from dreammovie.videos.soundtrack import Soundtrack


def run(arguments: argparse.Namespace) -> None:
    """Does what the flags of `flags.video_parser` ask for."""
    settings = VideoSettings(**given_settings(arguments, VideoSettings))
    format = output_format(arguments.output, settings)
    folder = choose_dream(arguments.dream)
    tell_folder(folder, arguments.dream is not None, arguments.prog)
    order = playing_order(_numbers(folder, settings.first, settings.last), settings)
    output = arguments.output or video_path(folder, format)
    if not output.suffix and not output.exists():
        output = output.with_suffix(f".{format}")
    path = start_clip(folder)
    check_output(output, path)
    movie: Sequence[Image] = Frames(folder, order)
    note = note_of(entries_of(read_history(folder), order)) if settings.metadata else None
    if path is None:
        if settings.compare:
            raise DreamError(f"--compare is for a clip's dream, and {folder} has a picture's.")
        history = read_history(folder)
        made_for = script_of(history[-1]).settings.fps if history else MovieSettings.fps
        _write(output, format, movie, settings, note, parse_fps(settings.fps or str(made_for)))
        return
    with open_clip(path) as clip:
        if order and max(order) > clip.frames:
            raise DreamError(
                f"{path} has {clip.frames} frames, and {folder} has img_{max(order)}. Put the clip "
                f"back that was dreamt, or show less, with --last {clip.frames}."
            )
        if settings.compare:
            movie = _beside(movie, order, clip)
        rate = parse_fps(settings.fps) if settings.fps else clip.rate
        if settings.fps or settings.reverse or settings.boomerang:
            if clip.has_sound:
                print("Its sound is left out, as the video does not play as the clip does.")
            _write(output, format, movie, settings, note, rate)
            return
        first, last = order[0], order[-1]
        times = [clip.times[number - 1] - clip.times[first - 1] for number in order]
        ends = clip.times[last] if last < clip.frames else clip.times[-1] + 1 / clip.rate
        sound = None
        if clip.has_sound and format != "gif":
            sound = Soundtrack(path, clip.start + clip.times[first - 1], clip.start + ends)
        _write(output, format, movie, settings, note, rate, times, sound)


def _beside(movie: Sequence[Image], order: Sequence[int], clip: Clip) -> Sequence[Image]:
    """The frames, each with what it was dreamt from on its left."""

    def both(index: int) -> Image:
        dreamt = movie[index]
        return np.concatenate([fit(clip.frame(order[index]), dreamt.shape[:2]), dreamt], 1)

    return FramesOnDemand(len(movie), both)


def _write(
    output: Path,
    format: str,
    movie: Sequence[Image],
    settings: VideoSettings,
    note: str | None,
    fps: Fraction,
    times: Sequence[Fraction] | None = None,
    sound: Soundtrack | None = None,
) -> None:
    """Makes the video of some frames, as `encoding` does, and says what became of it."""
    shown = movie
    if format == "gif":

        def frames_of(width: int) -> Sequence[Image]:
            nonlocal shown
            shown = scaled(movie, width, even=False)
            return shown

        width, most = settings.width or movie[0].shape[1], settings.max_bytes or GIF_BYTES
        watch_video(encoding_gif(output, frames_of, fps, width, most, times, note), len(movie))
    else:
        shown = scaled(movie, settings.width) if settings.width else movie
        watch_video(
            encoding(output, shown, fps, format, settings.quality, times, sound, note), len(movie)
        )
    made = shown[0].shape
    count = "1 frame" if len(movie) == 1 else f"{len(movie)} frames"
    heard = ", with the clip's sound" if sound else ""
    print(f"{output}: {count}, {made[1]}x{made[0]}, {float(fps):g} frames per second{heard}")
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
