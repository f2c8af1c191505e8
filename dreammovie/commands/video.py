"""`dream_video.py`: makes a video of a dream's frames."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import ExitStack
from fractions import Fraction
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np

from dreammovie.commands.flags import given_settings
from dreammovie.commands.progress import changed_flags, tell_folder, watch_video
from dreammovie.errors import DreamError
from dreammovie.files import check_output
from dreammovie.movies.between import (
    Between,
    Course,
    Filled,
    OfCamera,
    OfFlow,
    at_times,
    camera_so_far,
    evenly,
)
from dreammovie.movies.clip import Seen
from dreammovie.movies.dreams import choose_dream
from dreammovie.movies.folder import (
    Frames,
    foreign_frames,
    frame_numbers,
    gap,
    start_clip,
    video_path,
)
from dreammovie.movies.history import Entry, read_history, script_of
from dreammovie.movies.schedule import Script
from dreammovie.movies.start import pace_of
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
from dreammovie.videos.ends import EndSettings, Title, check_ends, with_ends
from dreammovie.videos.soundtrack import Soundtrack


def run(arguments: argparse.Namespace) -> None:
    """Does what the flags of `flags.video_parser` ask for."""
    settings = VideoSettings(**given_settings(arguments, VideoSettings))
    wanted = EndSettings(**given_settings(arguments, EndSettings))
    check_ends(wanted, settings)
    format = output_format(arguments.output, settings)
    folder = choose_dream(arguments.dream)
    tell_folder(folder, arguments.dream is not None, arguments.prog)
    files = _numbers(folder, settings.first, settings.last)
    output = arguments.output or video_path(folder, format)
    if not output.suffix and not output.exists():
        output = output.with_suffix(f".{format}")
    path = start_clip(folder)
    check_output(output, path)
    history = read_history(folder)
    script = script_of(history[-1]) if history else Script()
    pace = pace_of(folder, script)
    title = _title(folder, history) if wanted.title else None
    write = partial(_write, output, format, settings, wanted, title)
    if path is None:
        if settings.compare:
            raise DreamError(f"--compare is for a clip's dream, and {folder} has a picture's.")
        order = playing_order(files, settings)
        movie: Sequence[Image] = Frames(folder, order)
        own = parse_fps(str(script.settings.fps))
        rate = parse_fps(settings.fps) if settings.fps else own
        if settings.smooth_motion and not history:
            raise DreamError(
                f"--smooth-motion goes along the camera's way, and {folder} has no dream.json that "
                "tells it. Leave it out."
            )
        if history and (rate > own or pace.every > 1 or settings.smooth_motion):
            step = own / max(rate, own) / pace.every
            places = evenly(len(order), step, in_a_circle=settings.boomerang)
            numbers = [pace.frame(number) for number in order]
            movie = _at_places(places, movie, numbers, OfCamera(camera_so_far(folder)), settings)
            begins = history[0].from_frame
            if settings.between == "on" and min(order) + 1 < begins:
                print(
                    f"How the camera moved before img_{begins} is not known; it is taken as still."
                )
        write(movie, rate)
        return
    with open_clip(path) as clip, ExitStack() as stack:
        most = pace.number(clip.frames - pace.every + 1)
        if files[-1] > most:
            raise DreamError(
                f"{path} has {clip.frames} frames, and {folder} has img_{files[-1]}. Put the clip "
                f"back that was dreamt, or show less, with --last {most}."
            )
        until = min(pace.frame(files[-1] + 1), clip.frames + 1)
        order = playing_order(range(pace.frame(files[0]), until), settings)
        motion_at = camera_so_far(folder)
        dreamt = Frames(folder, files)
        seen = Seen(clip.frame, dreamt.shape, motion_at)
        if settings.between == "on" and pace.every > 1:
            ends_of = stack.enter_context(open_clip(path))  # it is read at other places
            ends = Seen(ends_of.frame, dreamt.shape, motion_at)
            movie = Filled(dreamt, files[0], pace, order, seen, ends, motion_at)
        else:
            movie = Frames(folder, [pace.number(n - pace.every + 1) for n in order])
        first, last = order[0], order[-1]
        times = [clip.times[number - 1] - clip.times[first - 1] for number in order]
        over = clip.times[last] if last < clip.frames else clip.times[-1] + 1 / clip.rate
        rate = parse_fps(settings.fps) if settings.fps else clip.rate
        there_and_back = settings.reverse or settings.boomerang
        if rate > clip.rate or settings.smooth_motion:
            if there_and_back or rate <= clip.rate:
                step = min(clip.rate / rate, Fraction(1))
                places = evenly(len(order), step, in_a_circle=settings.boomerang)
            else:
                places = at_times(times, over - clip.times[first - 1], rate)
            course = OfFlow(lambda number: seen.at(number, number))
            movie = _at_places(places, movie, order, course, settings)
            order = [order[int(place)] for place in places]
        if settings.compare:
            movie = _beside(movie, order, clip)
        if there_and_back or wanted.loop or (settings.fps and rate <= clip.rate):
            if clip.has_sound:
                print("Its sound is left out, as the video does not play as the clip does.")
            write(movie, rate)
            return
        sound = None
        if clip.has_sound and format != "gif":
            sound = Soundtrack(path, clip.start + clip.times[first - 1], clip.start + over)
        write(movie, rate, None if settings.fps else times, sound)


def _at_places(
    places: Sequence[Fraction],
    movie: Sequence[Image],
    order: Sequence[int],
    course: Course,
    settings: VideoSettings,
) -> Sequence[Image]:
    """What is seen at some places among the frames, or the frame before each of them.

    Args:
        places, movie, order, course: As for `Between`.
    """
    spans: list[float] = []
    if settings.smooth_motion:
        steps = [float(after - before) for before, after in pairwise(places)]
        spans = [settings.smooth_motion * step for step in (*steps, *steps[-1:])]
    if settings.between == "off":
        places = [Fraction(int(place)) for place in places]
    return Between(movie, order, places, course, spans)


def _title(folder: Path, history: Sequence[Entry]) -> Title:
    """The dream's name, and with what its newest frames were made."""
    if not history:
        return Title(folder.resolve().name)
    script = script_of(history[-1])
    made = changed_flags(script.settings, script.schedules)
    return Title(
        folder.resolve().name, f"{script.settings.network} dreams of {script.settings.layer}{made}"
    )


def _beside(movie: Sequence[Image], order: Sequence[int], clip: Clip) -> Sequence[Image]:
    """The frames, each with what it was dreamt from on its left."""

    def both(index: int) -> Image:
        dreamt = movie[index]
        return np.concatenate([fit(clip.frame(order[index]), dreamt.shape[:2]), dreamt], 1)

    return FramesOnDemand(len(movie), both)


def _write(
    output: Path,
    format: str,
    settings: VideoSettings,
    ends: EndSettings,
    title: Title | None,
    movie: Sequence[Image],
    fps: Fraction,
    times: Sequence[Fraction] | None = None,
    sound: Soundtrack | None = None,
) -> None:
    """Makes the video of some frames, as `encoding` does, and says what became of it."""
    movie, times = with_ends(movie, fps, ends, times, title)
    shown = movie
    if format == "gif":

        def frames_of(width: int) -> Sequence[Image]:
            nonlocal shown
            shown = scaled(movie, width, even=False)
            return shown

        width, most = settings.width or movie[0].shape[1], settings.max_bytes or GIF_BYTES
        watch_video(encoding_gif(output, frames_of, fps, width, most, times), len(movie))
    else:
        shown = scaled(movie, settings.width) if settings.width else movie
        watch_video(
            encoding(output, shown, fps, format, settings.quality, times, sound), len(movie)
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
