"""The commands: what is asked for, done in order, and what goes wrong, said in sentences.

No dreaming happens here. TensorFlow is imported by the functions that need it, so that
help and videos do not wait for it.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from tqdm.contrib.logging import logging_redirect_tqdm

from dreammovie.dream import change, prepare
from dreammovie.errors import DreamError
from dreammovie.files import sha256
from dreammovie.flags import frames_parser, video_parser
from dreammovie.frames import (
    DREAMS,
    Entry,
    Frames,
    choose_dream,
    frame_numbers,
    gap,
    last_frame,
    lock,
    read_history,
    set_aside,
    start_image,
)
from dreammovie.movie import (
    MovieSettings,
    definite,
    dream_movie,
    entry_for,
    settings_of,
)
from dreammovie.networks import (
    FIRST_CHOICE,
    NETWORKS,
    SECOND_CHOICE,
    load_network,
    source_of,
)
from dreammovie.networks.weights import Weights, check_weights, weights_file
from dreammovie.progress import watch, watch_fetch, watch_video
from dreammovie.settings import flag


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
    except KeyboardInterrupt as stop:
        print("\nStopped.", *stop.args, file=sys.stderr)
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
        return _list_layers(arguments, given)
    for name, least in (("frames", 1), ("after", 0)):
        value = getattr(arguments, name)
        if value is not None and not least <= value < 10**10:
            raise DreamError(f"--{name} was {value}; expected is a number from {least} on.")
    if arguments.after is not None and arguments.after >= arguments.frames:
        raise DreamError(
            f"--after {arguments.after} leaves no frame to make; choose more than "
            f"--frames {arguments.frames}."
        )
    # So that nonsense is met before anything is touched.
    change(MovieSettings(), given, arguments.recipe)
    folder = _choose(arguments)
    start_image(folder)
    with lock(folder):
        _go_on(folder, arguments, given)


def _go_on(folder: Path, arguments: argparse.Namespace, given: dict[str, Any]) -> None:
    """Dreams the frames that are missing in `folder`, whose lock is held."""
    done, broken = last_frame(folder, arguments.after)
    if done >= arguments.frames:
        print(
            f"{folder} has its {done} frames already; nothing was done. More: --frames {done * 2}"
        )
    else:
        for path in broken:
            print(f"{path} cannot be read, probably since a crash; it is dreamt anew.")
        history = read_history(folder)
        before = entry_for(history, done + 1)
        settings = settings_of(before) if before else MovieSettings()
        if given.get("network", settings.network) != settings.network:
            settings = replace(settings, layer=None)  # another network has other layers
        settings = change(settings, given, arguments.recipe)
        name, weights = _weights(settings.network, arguments.weights, before)
        network = load_network(name, weights.path, settings.precision)
        settings = definite(settings, network, folder)
        ascent = prepare(network, settings)
        if arguments.after is not None and (aside := set_aside(folder, arguments.after)):
            print(f"The frames after img_{arguments.after} are now in {aside}.")
        if before and before.start != sha256(start_image(folder)):
            print("img_0 is another picture now, and its palette counts. All anew: --after 0")
        later = [entry.from_frame for entry in history if entry.from_frame > done + 1]
        if later and arguments.after is None:
            print(f"What dream.json says of frame {later[0]} and those after it is replaced.")
        print(f"img_{done + 1}.jpg to img_{arguments.frames}.jpg: {_summary(settings)}", flush=True)
        movie = dream_movie(folder, arguments.frames, ascent, settings, weights)
        try:
            watch(movie, done, arguments.frames)
        except KeyboardInterrupt:
            again = f"{arguments.prog} {_name(folder)} --frames {arguments.frames}"
            raise KeyboardInterrupt(f"Go on with: {again}") from None
        print(f"{folder} has its {arguments.frames} frames.")
    print(f"The video: {arguments.prog.replace('frames', 'video')} {_name(folder)}")


def _summary(settings: MovieSettings) -> str:
    """What is dreamt, and every setting that is not at its default."""
    changed = [
        f"{flag(each.name)} {getattr(settings, each.name)}"
        for each in fields(settings)
        if each.name not in ("network", "layer", "precision", "size")
        and getattr(settings, each.name) != each.default
    ]
    return ", ".join(
        [f"{settings.network} dreams of {settings.layer}", str(settings.size), *changed]
    )


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
    return shlex.quote(folder.name if folder.parent == DREAMS else str(folder))


def _weights(network: str | None, given: Path | None, before: Entry | None) -> tuple[str, Weights]:
    """Who dreams, and with which weights: those given, those of the frames before, or its own."""
    name = network or FIRST_CHOICE
    source = source_of(name)
    if given is not None:
        if not given.is_file():
            raise DreamError(f"--weights {given} is no file. Give the file with the weights.")
        return name, Weights(given.resolve(), sha256(given), local=True)
    if before and before.settings.get("network") == name and before.file:
        path = Path(before.file)
        if not path.is_file() or sha256(path) != before.sha256:
            raise DreamError(
                f"This dream was made with the weights in {path}, which are "
                f"{'not the same any more' if path.is_file() else 'not there any more'}. "
                "Say which to go on with: --weights FILE."
            )
        return name, Weights(path, before.sha256, local=True)
    if source.url is not None and not weights_file(name).exists():
        try:
            watch_fetch(name, patience=20.0 if network else 5.0)
        except DreamError as error:
            if network:
                raise
            print(f"{error} Meanwhile {SECOND_CHOICE} dreams, which ships with dreammovie.")
            return _weights(SECOND_CHOICE, None, None)
    return name, check_weights(name)


def _list_networks() -> None:
    for name, source in NETWORKS.items():
        path = weights_file(name)
        print(f"{name:14} {source.description}")
        print(f"{'':14} {f'in {path}' if path.exists() else f'fetched from {source.url}'}")


def _list_layers(arguments: argparse.Namespace, given: dict[str, Any]) -> None:
    """Lists the layers of the network that the flags ask for, or else the named dream's."""
    before = None
    if arguments.dream is not None:
        before = entry_for(read_history(choose_dream(arguments.dream)), sys.maxsize)
    settings = change(settings_of(before) if before else MovieSettings(), given)
    name, weights = _weights(settings.network, arguments.weights, before)
    network = load_network(name, weights.path)
    deepest = max(network.layers[name].depth for name in network.main_layers)
    print(f"{'layer':20} {'channels':>8} {'depth':>6}")
    for name in network.main_layers:
        layer = network.layers[name]
        print(f"{name:20} {layer.channels:8} {layer.depth / deepest:6.0%}")
    inner = [name for name in network.layers if name not in network.main_layers]
    if inner:
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
