"""`dream_frames.py`: goes on with a dream, frame by frame."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from dreammovie.commands.lines import told
from dreammovie.commands.lists import list_layers, list_networks, list_presets
from dreammovie.commands.parser import given_settings
from dreammovie.commands.progress import (
    changed_flags,
    fallen_back,
    tell_crop,
    tell_folder,
    tell_pictures,
    wake,
    watch_fetching,
    watch_movie,
)
from dreammovie.commands.taken import movie_given
from dreammovie.machine import PROCESSOR, THREADS
from dreammovie.movies.dreams import choose_dream, spoken
from dreammovie.movies.folder import (
    foreign_frames,
    frame_numbers,
    frame_path,
    load_start,
    start_clip,
    start_image,
    video_path,
)
from dreammovie.movies.history import entry_for, every_of, read_history, script_of
from dreammovie.movies.run import (
    Broken,
    ClipRead,
    Complete,
    Done,
    Dreaming,
    Event,
    FileChanged,
    HistoryReplaced,
    MachineChanged,
    NetworkChanged,
    SetAside,
    StartChanged,
    Stopped,
    go_on,
    weights_file_for,
)
from dreammovie.movies.schedule import MovieSettings, Script, direct
from dreammovie.movies.start import last_of
from dreammovie.networks.weights import FellBack
from dreammovie.pictures.sizes import parse_size
from dreammovie.videos.decode import Clip
from dreammovie.videos.formats import FORMATS


def run(arguments: argparse.Namespace) -> None:
    """Does what the flags of `flags.frames_parser` ask for."""
    given = given_settings(arguments, MovieSettings)
    if arguments.list_networks:
        return list_networks()
    if arguments.list_presets:
        return list_presets()
    if arguments.list_layers:
        return _list_layers(arguments, given)
    folder = choose_dream(arguments.dream)
    tell_folder(folder, arguments.dream is not None, arguments.prog)
    given = movie_given(arguments)
    name = spoken(folder)
    events = go_on(
        folder,
        arguments.frames,
        given,
        recipe=arguments.recipe,
        preset=arguments.preset,
        weights=arguments.weights,
        after=arguments.after,
    )
    how = ""
    try:
        with closing(events):  # nothing is at work any more when the last line is said
            for event in watch_movie(watch_fetching(told(events))):
                if isinstance(event, Stopped):
                    raise KeyboardInterrupt
                if isinstance(event, Dreaming) and event.first == 1:
                    if not start_clip(folder):
                        tell_pictures(start_image(folder))
                    if others := foreign_frames(folder):
                        print(f"{folder} begins at img_1.{others}", flush=True)
                if isinstance(event, Dreaming):
                    _tell_crop(folder, event)
                if words := words_of(event, folder):
                    print(words, flush=True)
                if isinstance(event, Dreaming):  # the settings are noted from now on
                    how = f"Go on with: {arguments.prog} {name} --frames {event.last}"
    except KeyboardInterrupt:
        raise KeyboardInterrupt(*filter(None, [how])) from None
    video = f"{arguments.prog.replace('frames', 'video')} {name}"
    videos = {ending: video_path(folder, ending) for ending in FORMATS}
    old = [ending for ending, path in videos.items() if path.exists() and is_old(path, folder)]
    for ending in old:
        print(f"{videos[ending]} is older than the frames. Anew: {video} --format {ending}")
    if not old:
        print(f"The video: {video}")


def is_old(video: Path, folder: Path) -> bool:
    """Whether the newest frame was made after a dream's video, if there is one."""
    newest = frame_path(folder, frame_numbers(folder)[-1])
    return not video.exists() or video.stat().st_mtime < newest.stat().st_mtime


def _tell_crop(folder: Path, begun: Dreaming) -> None:
    """Says how much the first frame's size crops of what it is made from, img_0 or a frame."""
    assert begun.script.settings.size is not None
    path = frame_path(folder, begun.first - 1)
    tell_crop(path, load_start(path).shape, parse_size(begun.script.settings.size))


def words_of(event: Event, folder: Path) -> str | None:
    """What is to be said of it, a sentence or two."""
    match event:
        case Complete(frames):
            most = last_of(folder, None, every_of(folder))
            whole = start_clip(folder) and most <= frames
            more = "" if whole else f" More: --frames {frames * 2}"
            return f"{folder} has its {frames} frames already; nothing was done.{more}"
        case Broken(path):
            return f"{path} cannot be read, probably since a crash; it is dreamt anew."
        case FellBack():
            return fallen_back(event)
        case SetAside(after, aside):
            return f"The frames after img_{after} are now in {aside}."
        case StartChanged():
            counts = "it counts" if start_clip(folder) else "its palette counts"
            return f"img_0 is another one now, and {counts}. All anew: --after 0"
        case NetworkChanged(network, digest):
            return (
                f"{network} is another network now than dreamt the frames so far (its weights had "
                f"the SHA-256 {digest[:8]}...), and counts from here on. As before: stop, and give "
                "its file with --weights, from the dreammovie of then. All anew: --after 0"
            )
        case FileChanged(path):
            return f"{path} is another file now, and counts from here on."
        case MachineChanged(before, now):
            return (
                f"The frames so far were dreamt by {_computing(before)}; from here on it is "
                f"{_computing(now)}, where sums are rounded a little differently."
            )
        case HistoryReplaced(first):
            return f"What dream.json says of frame {first} and those after it is replaced."
        case Dreaming(first, last, script):
            settings = script.settings
            return (
                f"img_{first}.{settings.frames_as} to img_{last}.{settings.frames_as}: "
                f"{settings.network} dreams of {settings.layer}, {settings.size}"
                f"{changed_flags(settings, script.schedules)}"
            )
        case ClipRead(clip):
            return _described(clip)
        case Done(frames):
            return f"{folder} has its {frames} frames."
    return None


def _computing(noted: Mapping[str, str]) -> str:
    """What computes, in words, from what dream.json notes of it."""
    count = noted.get(THREADS)
    threads = f" with {count} {'thread' if count == '1' else 'threads'}" if count else ""
    return f"{noted.get(PROCESSOR, 'another machine')}{threads}"


def _described(clip: Clip) -> str:
    """What kind of clip it is, and what of it is missing."""
    height, width = clip.shape
    sound = "with sound" if clip.has_sound else "without sound"
    count = "1 frame" if clip.frames == 1 else f"{clip.frames} frames"
    words = (
        f"{clip.path} has {count} of {width}x{height}, {float(clip.rate):.4g} a second, {sound}."
    )
    if clip.missing is None:
        return words
    much = f"; {float(clip.missing):.1f} seconds are missing" if clip.missing else ""
    return f"{words} Its end is cut off{much}."


def _list_layers(arguments: argparse.Namespace, given: dict[str, Any]) -> None:
    """Lists the layers of the network that the flags ask for, or else the named dream's."""
    before = None
    if arguments.dream is not None:
        before = entry_for(read_history(choose_dream(arguments.dream)), sys.maxsize)
    script = direct(script_of(before) if before else Script(), given)
    network = script.settings.network
    file = weights_file_for(network, arguments.weights, before)
    list_layers(wake(network, given=file).network)
