"""`dream_video.py`: makes a video of a dream's frames."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from dreammovie.commands.lines import tell
from dreammovie.commands.parser import given_settings
from dreammovie.commands.progress import changed_flags, tell_crop, tell_folder, watch_video
from dreammovie.errors import DreamError
from dreammovie.files import check_output
from dreammovie.movies.dreams import choose_dream
from dreammovie.movies.folder import (
    check_no_frame,
    foreign_frames,
    frame_numbers,
    gap,
    start_clip,
    video_path,
)
from dreammovie.movies.history import Entry, read_history, script_of
from dreammovie.movies.named import NONE
from dreammovie.movies.notes import entries_of, note_of
from dreammovie.movies.shown import Shown, Wish, shown_of, song_of
from dreammovie.pictures.image import Image
from dreammovie.pictures.sizes import parse_size
from dreammovie.settings import flag
from dreammovie.videos.cut import VideoSettings, output_format, scaled, sized
from dreammovie.videos.encode import encoding
from dreammovie.videos.ends import EndSettings, Title, check_ends, with_ends
from dreammovie.videos.formats import Codec, codec_of
from dreammovie.videos.gif import GIF_BYTES, encoding_gif
from dreammovie.videos.numbered import check_folder, numbering
from dreammovie.videos.soundtrack import Soundtrack


def run(arguments: argparse.Namespace) -> None:
    """Does what the flags of `flags.video_parser` ask for."""
    settings = VideoSettings(**given_settings(arguments, VideoSettings))
    ends = EndSettings(**given_settings(arguments, EndSettings))
    check_ends(ends, settings)
    pictures: Path | None = arguments.frames_folder
    if pictures:
        _check_no_video(arguments)
        check_folder(pictures)
        settings = replace(settings, audio=NONE)
    format = output_format(arguments.output, settings)
    folder = choose_dream(arguments.dream)
    tell_folder(folder, arguments.dream is not None, arguments.prog)
    files = _numbers(folder, settings.first, settings.last)
    output = arguments.output or video_path(folder, format)
    if not output.suffix and not output.exists():
        output = output.with_suffix(f".{format}")
    path, history = start_clip(folder), read_history(folder)
    song = song_of(folder, history, settings.audio, format)
    if not pictures:
        check_output(output, path, song)
        check_no_frame(output)
    if settings.compare and not path:
        raise DreamError(f"--compare is for a clip's dream, and {folder} has a picture's.")
    title = _title(folder, history) if ends.title else None
    note = note_of(entries_of(history, files)) if settings.metadata else None
    with ExitStack() as stack:
        shown = shown_of(Wish(folder, files, history, settings, ends, song), stack)
        for remark in shown.remarks:
            print(remark, flush=True)
        movie, times = with_ends(shown.frames, shown.rate, ends, shown.times, title)
        shown = replace(shown, frames=movie, times=times)
        if pictures:
            _write_pictures(pictures, settings, note, shown)
        else:
            codec = codec_of(format, settings.codec)
            codec = codec.for_a_loop() if ends.loop else codec
            _write_video(output, format, codec, settings, note, shown)


def _check_no_video(arguments: argparse.Namespace) -> None:
    """Checks that nothing is asked for that pictures cannot have."""
    for name in ("output", "format", "codec", "quality", "max_bytes", "audio"):
        if getattr(arguments, name, None) is not None:
            raise DreamError(
                f"--frames-folder writes pictures, and {flag(name)} is for a video. Leave one of "
                "them out."
            )


def _title(folder: Path, history: Sequence[Entry]) -> Title:
    """The dream's name, and with what its newest frames were made."""
    if not history:
        return Title(folder.resolve().name)
    script = script_of(history[-1])
    made = changed_flags(script.settings, script.schedules)
    return Title(
        folder.resolve().name, f"{script.settings.network} dreams of {script.settings.layer}{made}"
    )


def _write_pictures(folder: Path, settings: VideoSettings, note: str | None, shown: Shown) -> None:
    """Makes numbered pictures of what is shown, and says what became of it."""
    frames = _in_size(shown.frames, settings, even=False)
    watch_video(numbering(folder, frames, note), len(frames))
    _say(folder, frames, shown.rate)


def _write_video(
    output: Path,
    format: str,
    codec: Codec,
    settings: VideoSettings,
    note: str | None,
    shown: Shown,
) -> None:
    """Makes the video of what is shown, and says what became of it."""
    frames, rate, times = _in_size(shown.frames, settings, format != "gif"), shown.rate, shown.times
    if format == "gif":
        _write_gif(output, settings.max_bytes or GIF_BYTES, frames, rate, times, note)
        return
    crf, sound = settings.quality, shown.sound
    watch_video(encoding(output, frames, rate, format, crf, times, sound, note, codec), len(frames))
    _say(output, frames, rate, sound)


def _write_gif(
    output: Path,
    most: int,
    frames: Sequence[Image],
    rate: Fraction,
    times: Sequence[Fraction] | None,
    note: str | None,
) -> None:
    """Makes a GIF of at most so many bytes, and says what became of it."""
    asked, made = frames[0].shape[1], frames

    def frames_of(width: int) -> Sequence[Image]:
        nonlocal made
        made = scaled(frames, width, even=False)
        return made

    watch_video(encoding_gif(output, frames_of, rate, asked, most, times, note), len(frames))
    _say(output, made, rate)
    bytes, width = output.stat().st_size, made[0].shape[1]
    if bytes > most:
        print(
            f"It has {bytes:,} bytes, more than the {most:,} that it may have, and is made no "
            "narrower. Show fewer frames, with --first and --last."
        )
    elif width < asked:
        print(f"It is {asked - width} pixels narrower than asked for: it has {bytes:,} bytes.")


def _in_size(frames: Sequence[Image], settings: VideoSettings, even: bool) -> Sequence[Image]:
    """The frames in the size that is asked for, if any; says what is cropped."""
    if settings.size is None:
        return frames
    own = frames[0].shape
    shape = parse_size(settings.size, even, own)
    tell_crop("every frame", own, shape)
    return sized(frames, shape)


def _say(
    path: Path, frames: Sequence[Image], rate: Fraction, sound: Soundtrack | None = None
) -> None:
    """Says what was made: how many frames, how large, how fast, and what is heard."""
    count = "1 frame" if len(frames) == 1 else f"{len(frames)} frames"
    height, width = frames[0].shape[:2]
    heard = f", with {sound.path.name}'s sound" if sound else ""
    print(f"{path}: {count}, {width}x{height}, {float(rate):g} frames per second{heard}")
    facts = {"width": width, "height": height, "fps": float(rate), "sound": bool(sound)}
    tell("saved", path=path, frames=len(frames), **facts)


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
