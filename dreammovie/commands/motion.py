"""`dreammovie motion`: the camera's movie, without dreaming."""

from __future__ import annotations

import argparse
from fractions import Fraction

from dreammovie.commands.parser import given_settings
from dreammovie.commands.progress import tell_crop, tell_folder, watch_video
from dreammovie.movies.dreams import choose_dream
from dreammovie.movies.folder import load_start, start_image
from dreammovie.movies.history import read_history, script_of
from dreammovie.movies.named import found
from dreammovie.movies.rehearsal import Rehearsal
from dreammovie.movies.schedule import MovieSettings, direct, heard, look_ahead
from dreammovie.movies.start import check_beside, first_script, last_of, pace_of
from dreammovie.videos.cut import VideoSettings, output_format, parse_fps
from dreammovie.videos.encode import encoding
from dreammovie.videos.soundtrack import under


def run(arguments: argparse.Namespace) -> None:
    """Does what the flags of `flags.motion_parser` ask for."""
    given = given_settings(arguments, MovieSettings)
    folder = choose_dream(arguments.dream)
    tell_folder(folder, arguments.dream is not None, arguments.prog)
    history = read_history(folder)
    begin = script_of(history[-1]) if history else first_script(folder)
    script = heard(direct(begin, given, preset=arguments.preset), folder, given)
    files = last_of(folder, arguments.frames, script.settings.every)
    last = pace_of(folder, script).frame(files)
    look_ahead(script, 1, last)
    output = arguments.output or folder / "motion.mp4"
    format = output_format(output, VideoSettings())
    if not output.suffix:
        output = output.with_suffix(f".{format}")
    check_beside(output, folder, [script])
    frames = Rehearsal(folder, last, script)
    start = start_image(folder)
    tell_crop(start, load_start(start).shape, frames[0].shape)
    fps = script.settings.fps
    rate, sound, said = parse_fps(str(fps)), None, ""
    if script.sound and format != "gif":
        song = found(folder, str(script.settings.sound))
        sound, said = under(song, Fraction(0), len(frames) / rate), f", with {song.name}'s sound"
    watch_video(encoding(output, frames, rate, format, sound=sound), len(frames))
    height, width = frames[0].shape[:2]
    print(f"{output}: {len(frames)} frames, {width}x{height}, {fps:g} frames per second{said}")
