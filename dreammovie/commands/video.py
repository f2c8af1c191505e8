"""`dream_video.py`: makes a video of a dream's frames."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from dreammovie.commands.flags import given_settings
from dreammovie.commands.progress import changed_flags, tell_folder, watch_video
from dreammovie.errors import DreamError
from dreammovie.files import check_output
from dreammovie.movies.dreams import choose_dream
from dreammovie.movies.folder import foreign_frames, frame_numbers, gap, start_clip, video_path
from dreammovie.movies.history import Entry, read_history, script_of
from dreammovie.movies.notes import entries_of, note_of
from dreammovie.movies.shown import Shown, shown_of, song_of
from dreammovie.pictures.image import Image
from dreammovie.videos.cut import VideoSettings, output_format, scaled
from dreammovie.videos.encode import GIF_BYTES, encoding, encoding_gif
from dreammovie.videos.ends import EndSettings, Title, check_ends, with_ends


def run(arguments: argparse.Namespace) -> None:
    """Does what the flags of `flags.video_parser` ask for."""
    settings = VideoSettings(**given_settings(arguments, VideoSettings))
    ends = EndSettings(**given_settings(arguments, EndSettings))
    check_ends(ends, settings)
    format = output_format(arguments.output, settings)
    folder = choose_dream(arguments.dream)
    tell_folder(folder, arguments.dream is not None, arguments.prog)
    files = _numbers(folder, settings.first, settings.last)
    output = arguments.output or video_path(folder, format)
    if not output.suffix and not output.exists():
        output = output.with_suffix(f".{format}")
    path, history = start_clip(folder), read_history(folder)
    song = song_of(folder, history, settings.audio, format)
    check_output(output, path, song)
    if settings.compare and not path:
        raise DreamError(f"--compare is for a clip's dream, and {folder} has a picture's.")
    title = _title(folder, history) if ends.title else None
    note = note_of(entries_of(history, files)) if settings.metadata else None
    with ExitStack() as stack:
        shown = shown_of(folder, files, history, settings, ends, song, stack)
        for remark in shown.remarks:
            print(remark, flush=True)
        _write(output, format, settings, ends, title, note, shown)


def _title(folder: Path, history: Sequence[Entry]) -> Title:
    """The dream's name, and with what its newest frames were made."""
    if not history:
        return Title(folder.resolve().name)
    script = script_of(history[-1])
    made = changed_flags(script.settings, script.schedules)
    return Title(
        folder.resolve().name, f"{script.settings.network} dreams of {script.settings.layer}{made}"
    )


def _write(
    output: Path,
    format: str,
    settings: VideoSettings,
    ends: EndSettings,
    title: Title | None,
    note: str | None,
    whole: Shown,
) -> None:
    """Makes the video of what is shown, as `encoding` does, and says what became of it."""
    fps, sound = whole.rate, whole.sound if format != "gif" else None
    movie, times = with_ends(whole.frames, fps, ends, whole.times, title)
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
    heard = ""
    if sound:
        heard = f", with {'the clip' if sound.fade is None else sound.path.name}'s sound"
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
