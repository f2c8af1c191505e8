"""The command line: flags from the settings' fields, progress bars, and sentences.

No dreaming happens here. TensorFlow is imported by the functions that need it, so that
help and videos do not wait for it.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

from dreammovie.dream import change, prepare
from dreammovie.errors import DreamError
from dreammovie.frames import (
    Entry,
    Frames,
    check_gaps,
    choose_dream,
    frame_numbers,
    last_frame,
    lock,
    read_history,
    set_aside,
)
from dreammovie.movie import (
    MovieSettings,
    Progress,
    Weights,
    dream_movie,
    entry_for,
    settings_of,
    working_size,
)
from dreammovie.networks import NETWORKS, load_network, source_of
from dreammovie.networks.weights import cached_file, check_cached, fetch, sha256
from dreammovie.settings import flag, kind_of

if TYPE_CHECKING:
    from dreammovie.networks import Network

_LINE_EVERY = 5.0  # seconds between lines where the output is no terminal
_REFRESH_EVERY = 0.1  # seconds between looks of the bar


def frames(argv: list[str] | None = None, prog: str = "python3 dream_frames.py") -> int:
    """`dream_frames.py`: goes on with a dream, frame by frame. Returns the exit status."""
    return _run(frames_parser(prog), argv, _frames)


def video(argv: list[str] | None = None, prog: str = "python3 dream_video.py") -> int:
    """`dream_video.py`: makes a video of a dream's frames. Returns the exit status."""
    return _run(video_parser(prog), argv, _video)


def main(argv: list[str] | None = None) -> int:
    """The `dreammovie` command. Returns the exit status."""
    commands = {"frames": frames, "video": video}
    parser = argparse.ArgumentParser("dreammovie", description="DeepDream movies.")
    parser.add_argument("command", choices=commands, help="what to do; see `dreammovie X --help`")
    given = sys.argv[1:] if argv is None else argv
    command = parser.parse_args(given[:1]).command
    return commands[command](given[1:], prog=f"dreammovie {command}")


def frames_parser(prog: str) -> argparse.ArgumentParser:
    """The flags of `dream_frames.py`."""
    parser = _parser(prog, "Dream a movie, frame by frame, and go on where the last run stopped.")
    parser.add_argument(
        "--frames",
        type=int,
        default=300,
        metavar="N",
        help="go on until img_N exists (default: 300)",
    )
    add_flags(parser, MovieSettings)
    parser.add_argument(
        "--weights",
        type=Path,
        metavar="FILE",
        help="a file with the network's weights (default: fetched once, then kept)",
    )
    parser.add_argument(
        "--after",
        type=int,
        metavar="N",
        help="go on after frame N; later frames are moved into a folder of their own",
    )
    parser.add_argument("--list-layers", action="store_true", help="list the layers, and stop")
    parser.add_argument("--list-networks", action="store_true", help="list the networks, and stop")
    return parser


def video_parser(prog: str) -> argparse.ArgumentParser:
    """The flags of `dream_video.py`."""
    from dreammovie.video import VideoSettings

    parser = _parser(prog, "Make a video of a dream's frames.")
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help="the video's file (default: in the dream's folder, with its name)",
    )
    add_flags(parser, VideoSettings)
    return parser


def _parser(prog: str, description: str) -> argparse.ArgumentParser:
    """What both commands have in common."""
    parser = argparse.ArgumentParser(prog, description=description, allow_abbrev=False)
    parser.add_argument(
        "dream",
        nargs="?",
        metavar="DREAM",
        help="a name under dreams/, or a folder (default: the dream whose img_0 is newest)",
    )
    parser.add_argument(
        "--debug", action="store_true", help="show where in the program an error arose"
    )
    return parser


def add_flags(parser: argparse.ArgumentParser, settings_class: type) -> None:
    """Adds a flag for every field. One that is not given leaves no trace in the namespace."""
    for each in fields(settings_class):
        kind = kind_of(settings_class, each.name)
        text = each.metadata["help"].replace("%", "%%")
        if kind is bool:
            parser.add_argument(
                flag(each.name), action="store_true", default=argparse.SUPPRESS, help=text
            )
            continue
        if each.default is not None:
            text += f" (default: {each.default})"
        parser.add_argument(
            flag(each.name),
            type=kind,
            default=argparse.SUPPRESS,
            metavar=each.metadata["metavar"] or {int: "N", float: "X", str: "TEXT"}[kind],
            help=text,
        )


def _given(arguments: argparse.Namespace, settings_class: type) -> dict[str, Any]:
    """The settings that were given as flags."""
    names = {each.name for each in fields(settings_class)}
    return {name: value for name, value in vars(arguments).items() if name in names}


def _run(
    parser: argparse.ArgumentParser,
    argv: list[str] | None,
    work: Callable[[argparse.Namespace], None],
) -> int:
    """Parses, works, and turns what goes wrong into a sentence and an exit status."""
    arguments = parser.parse_args(argv)
    arguments.prog = parser.prog
    try:
        with logging_redirect_tqdm():
            work(arguments)
        return 0
    except KeyboardInterrupt:
        return 130
    except (DreamError, OSError) as error:
        if arguments.debug:
            raise
        print(f"{parser.prog.split()[-1]}: {_sentence(error)}", file=sys.stderr)
        return 2
    except Exception as error:
        if arguments.debug:
            raise
        print(
            f"{parser.prog.split()[-1]}: a mistake in dreammovie itself "
            f"({type(error).__name__}: {error}). Frames already saved are whole. "
            "Run again with --debug to see where, and report it.",
            file=sys.stderr,
        )
        return 1


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror}. Nothing is lost: mend that, and run again."
    return str(error)


def _frames(arguments: argparse.Namespace) -> None:
    given = _given(arguments, MovieSettings)
    if arguments.list_networks:
        return _list_networks()
    if arguments.list_layers:
        settings = change(MovieSettings(), given)
        weights = _weights(settings.network, arguments.weights, None)
        return _list_layers(load_network(settings.network, weights.path))
    for name, least in (("frames", 1), ("after", 0)):
        value = getattr(arguments, name)
        if value is not None and not least <= value < 10**10:
            raise DreamError(f"--{name} was {value}; expected is a number from {least} on.")
    change(MovieSettings(), given)  # so that nonsense is met before anything is touched
    folder = _choose(arguments)
    try:
        with lock(folder):
            _go_on(folder, arguments, given)
    except KeyboardInterrupt:
        print(f"\nStopped. Go on with: {arguments.prog} {_name(folder)}")
        raise


def _go_on(folder: Path, arguments: argparse.Namespace, given: dict[str, Any]) -> None:
    """Dreams the frames that are missing in `folder`, whose lock is held."""
    done, broken = last_frame(folder, arguments.after)
    for path in broken:
        print(f"{path} cannot be read, probably since a crash; it is dreamt anew.")
    if done >= arguments.frames:
        print(f"{folder} has its {done} frames already. More: --frames {done * 2}")
    else:
        before = entry_for(read_history(folder), done + 1)
        settings = change(settings_of(before) if before else MovieSettings(), given)
        settings = replace(settings, size=working_size(settings.size, folder))
        weights = _weights(settings.network, arguments.weights, before)
        ascent = prepare(load_network(settings.network, weights.path), settings)
        if arguments.after is not None and (aside := set_aside(folder, arguments.after)):
            print(f"The frames after img_{arguments.after} are now in {aside}.")
        print(
            f"{settings.recipe} dream of {settings.network}'s {settings.layer}, {settings.size}, "
            f"img_{done + 1}.jpg to img_{arguments.frames}.jpg",
            flush=True,
        )
        _watch(dream_movie(folder, arguments.frames, ascent, settings, weights), done, arguments)
        print(f"{folder} has its {arguments.frames} frames.")
    print(f"The video: {arguments.prog.replace('frames', 'video')} {_name(folder)}")


def _choose(arguments: argparse.Namespace) -> Path:
    """The dream's folder; the first line printed says which and how to choose another."""
    folder = choose_dream(arguments.dream)
    if arguments.dream is None:
        print(
            f"{folder}: its img_0 is the newest. Another dream: {arguments.prog} NAME", flush=True
        )
    else:
        print(folder, flush=True)
    return folder


def _name(folder: Path) -> str:
    """How a person writes the dream on the command line."""
    return folder.name if folder.parent == Path("dreams") else str(folder)


def _watch(movie: Iterator[Progress], done: int, arguments: argparse.Namespace) -> None:
    """Shows a movie's progress: a bar on a terminal, else a line now and then."""
    if not sys.stderr.isatty():
        return _watch_lines(movie, done, arguments.frames)
    shown = 0.0
    with tqdm(
        total=arguments.frames,
        initial=done,
        unit="frame",
        dynamic_ncols=True,
        bar_format="{percentage:3.0f}%|{bar}| {n}/{total} frames, {rate_inv_fmt}, "
        "{remaining} left{postfix}",
    ) as bar:
        for progress in movie:
            step = progress.step
            bar.set_postfix_str(
                f"octave {step.octave + 1}/{step.octaves} step {step.step + 1:2}/{step.steps}",
                refresh=False,
            )
            if progress.saved:
                bar.update()
            elif time.monotonic() > shown + _REFRESH_EVERY:
                bar.refresh()
                shown = time.monotonic()


def _watch_lines(movie: Iterator[Progress], done: int, frames: int) -> None:
    began = said = time.monotonic()
    for progress in movie:
        now = time.monotonic()
        if progress.saved and (now > said + _LINE_EVERY or progress.frame == frames):
            pace = (now - began) / (progress.frame - done)
            left = tqdm.format_interval(pace * (frames - progress.frame))
            print(
                f"{progress.saved.name} of {frames}, {pace:.2f} s a frame, {left} left",
                file=sys.stderr,
                flush=True,
            )
            said = now


def _weights(network: str, given: Path | None, before: Entry | None) -> Weights:
    """The weights to dream with: those given, those of the frames before, or the cached ones."""
    source_of(network)
    if given is not None:
        return Weights(given.resolve(), sha256(given), local=True)
    if before and before.settings.get("network") == network and before.weights["file"]:
        path = Path(before.weights["file"])
        if not path.is_file() or sha256(path) != before.weights["sha256"]:
            raise DreamError(
                f"This dream was made with the weights in {path}, which are "
                f"{'not the same any more' if path.is_file() else 'not there any more'}. "
                "Say which to go on with: --weights FILE."
            )
        return Weights(path, before.weights["sha256"] or "", local=True)
    path = cached_file(network)
    if not path.exists():
        _fetch(network)
    check_cached(network)
    return Weights(path, source_of(network).member_sha256, local=False)


def _fetch(network: str) -> None:
    """Fetches weights with a bar of its own."""
    with tqdm(unit="B", unit_scale=True, unit_divisor=1024, desc=f"fetching {network}") as bar:
        for done, total in fetch(network):
            bar.total = total or None
            bar.update(done - bar.n)


def _list_networks() -> None:
    for name, source in NETWORKS.items():
        here = cached_file(name).exists()
        print(f"{name:14} {source.description}")
        print(f"{'':14} {'in ' + str(cached_file(name)) if here else 'fetched from ' + source.url}")


def _list_layers(network: Network) -> None:
    deepest = max(network.layers[name].depth for name in network.main_layers)
    print(f"{'layer':20} {'channels':>8} {'depth':>6}")
    for name in network.main_layers:
        layer = network.layers[name]
        print(f"{name:20} {layer.channels:8} {layer.depth / deepest:6.0%}")
    inner = [name for name in network.layers if name not in network.main_layers]
    print(f"and {len(inner)} inside these, such as {', '.join(inner[-3:])}")


def _video(arguments: argparse.Namespace) -> None:
    from dreammovie.video import (
        VideoSettings,
        output_format,
        parse_fps,
        playing_order,
        write_video,
    )

    settings = VideoSettings(**_given(arguments, VideoSettings))
    format = output_format(arguments.output, settings)
    folder = _choose(arguments)
    numbers = _shown(folder, settings.first, settings.last)
    history = read_history(folder)
    made_for = settings_of(history[-1]).fps if history else MovieSettings.fps
    fps = parse_fps(settings.fps or str(made_for))
    output = arguments.output or folder / f"{folder.resolve().name}.{format}"
    if output.is_dir() or not output.parent.is_dir():
        raise DreamError(f"--output {output} is a folder, or lies in none. Give a file's path.")
    if not output.suffix:
        output = output.with_suffix(f".{format}")
    movie = Frames(folder, playing_order(numbers, settings))
    encoding = write_video(output, movie, fps, format, settings.quality)
    with tqdm(total=len(movie), unit="frame", disable=not sys.stderr.isatty()) as bar:
        for _ in encoding:
            bar.update()
    height, width = movie.shape
    print(f"{output}: {len(movie)} frames, {width}x{height}, {float(fps):g} frames per second")


def _shown(folder: Path, first: int, last: int | None) -> list[int]:
    """The numbers of the frames from `first` to `last`, all of which exist."""
    existing = [0, *frame_numbers(folder)]
    newest = existing[-1]
    last = newest if last is None else last
    if first > last or last > newest:
        raise DreamError(
            f"{folder} has the frames 0 to {newest}; --first {first} and --last {last} were given."
        )
    numbers = [number for number in existing if first <= number <= last]
    check_gaps(folder, numbers)
    return numbers
