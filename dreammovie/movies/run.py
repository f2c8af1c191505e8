"""Going on with a dream: everything that happens, as values. No flags here, and no printing.

The command prints these values, a page or a farm may show them in their own way. Whoever
consumes them decides how far it goes: a generator that is closed stops after the step in hand.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dreammovie.dreaming.dream import ascent_for
from dreammovie.errors import DreamError
from dreammovie.files import sha256
from dreammovie.machine import compute_as
from dreammovie.movies.clip import Carried
from dreammovie.movies.folder import frame_path, last_frame, set_aside, start_clip, start_image
from dreammovie.movies.history import (
    Entry,
    camera,
    digests,
    entry_for,
    kinds_made,
    read_history,
    script_of,
)
from dreammovie.movies.live import Live
from dreammovie.movies.lock import PROBES, Held, announced, is_wanted, lock, staying
from dreammovie.movies.movie import Progress, dream_movie
from dreammovie.movies.named import found
from dreammovie.movies.schedule import Script, direct, look_ahead, objective_of, placed
from dreammovie.movies.start import definite, first_script, last_of, pace_of
from dreammovie.networks.table import FIRST_CHOICE
from dreammovie.networks.weights import FellBack, Fetching, Measured, Ready, Waking, files_of, ready
from dreammovie.pictures.sizes import parse_size
from dreammovie.videos.decode import Clip, open_clip


@dataclass(frozen=True)
class Complete:
    """The frames that were asked for, or more, are there already; nothing is done."""

    frames: int


@dataclass(frozen=True)
class Broken:
    """A frame cannot be read, probably since a crash of the machine; it is dreamt anew."""

    path: Path


@dataclass(frozen=True)
class SetAside:
    """The frames after a number were moved into a folder of their own."""

    after: int
    folder: Path


@dataclass(frozen=True)
class StartChanged:
    """img_0 is another picture than the frames so far were made with; its palette counts."""


@dataclass(frozen=True)
class NetworkChanged:
    """The network that ships, or is fetched, has other weights than the frames so far knew.

    Attributes:
        network: Its name.
        sha256: Digest of the weights of the frames so far.
    """

    network: str
    sha256: str


@dataclass(frozen=True)
class FileChanged:
    """A file that the settings name is another one than the frames so far were made with."""

    path: Path


@dataclass(frozen=True)
class MachineChanged:
    """Another kind of processor or another number of threads computes than of the frames so far.

    Attributes:
        before, now: What computed them, and what does now, as dream.json notes it.
    """

    before: Mapping[str, str]
    now: Mapping[str, str]


@dataclass(frozen=True)
class HistoryReplaced:
    """dream.json speaks of frames to come; what it says of this one and those after it goes."""

    from_frame: int


@dataclass(frozen=True)
class ClipRead:
    """img_0 is a clip, which is open now."""

    clip: Clip


@dataclass(frozen=True)
class Dreaming:
    """The frames from first to last are now dreamt, with a script that leaves nothing open."""

    first: int
    last: int
    script: Script


@dataclass(frozen=True)
class Stopped:
    """Somebody asked for an end, with `lock.stop`; the frames so far are whole."""


@dataclass(frozen=True)
class Done:
    """All frames are there."""

    frames: int


Event = (
    Complete
    | Broken
    | SetAside
    | StartChanged
    | NetworkChanged
    | FileChanged
    | MachineChanged
    | HistoryReplaced
    | Fetching
    | Measured
    | FellBack
    | Waking
    | Dreaming
    | ClipRead
    | Progress
    | Stopped
    | Done
)
"""What happens on the way; the last is `Complete`, `Stopped` or `Done`."""


def go_on(
    folder: Path | str,
    frames: int | None = None,
    given: Mapping[str, Any] | None = None,
    *,
    recipe: str | None = None,
    preset: str | None = None,
    weights: Sequence[str] = (),
    after: int | None = None,
    patience: float = PROBES,
    first: int = 1,
) -> Generator[Event, None, None]:
    """Goes on with the dream in a folder while it is iterated, until frame `frames` exists.

    Args:
        folder: The dream's.
        frames: Number of the last file to make, no more than a clip has frames; None: 300, or all
            of a clip.
        given: Settings that change with the next frame, by name; the others are those that
            the dream has. A text in the place of a number is a schedule.
        recipe: Name in `RECIPES` to begin with; what is given counts all the same.
        preset: Name in `PRESETS` to begin with; a recipe and what is given count all the same.
        weights: Files with the network's weights; see `files_of`. Empty: its own.
        after: Number of the frame to go on after; later ones are set aside. None: the last.
        patience: Seconds to wait for another run in the folder to end.
        first: Number of the frame to begin with where there is none yet; from 2 on, one with which
            a scene of the clip begins, as `scenes` gives it.

    Yields:
        What happens.

    Raises:
        DreamError: something about the wish, the folder, or the network's weights is wrong;
            nothing was touched, or every frame that is there is whole.
        OSError: something cannot be read or written, likewise.
    """
    folder, given = Path(folder), given or {}
    history = read_history(folder)  # nonsense is met before anything is touched
    begin = script_of(history[-1]) if history else first_script(folder)
    script = direct(begin, given, recipe, preset)
    last = last_of(folder, frames, script.settings.every, after)
    with lock(folder, patience) as held, announced(folder, last):
        yield from _dream_on(folder, last, given, recipe, preset, weights, after, held, first)


def _dream_on(
    folder: Path,
    frames: int,
    given: Mapping[str, Any],
    recipe: str | None,
    preset: str | None,
    weights: Sequence[str],
    after: int | None,
    held: Held,
    first: int,
) -> Iterator[Event]:
    """What `go_on` does once it has the folder for itself."""
    history = read_history(folder)
    done, broken = last_frame(folder, after, kinds_made(history))
    done = max(done, first - 1)
    if done >= frames:
        yield Complete(done)
        return
    yield from map(Broken, broken)
    before = entry_for(history, done + 1)
    if done and before and "persistence" not in before.settings and start_clip(folder):
        raise DreamError(
            f"{start_image(folder)} moves, and is a clip now; the frames so far were made when its "
            "first picture was all that counted. Save that as img_0.png in its place, and go on."
        )
    script = script_of(before) if before else first_script(folder)
    every = script.settings.every
    script = placed(direct(script, given, recipe, preset), given, folder)
    settings, pace = script.settings, pace_of(folder, script)
    if done and settings.every != every:
        raise DreamError(
            f"--every {settings.every} cannot begin in the middle of a dream, whose frames so far "
            f"are as --every {every} says. Leave it out, or dream all anew, with --after 0."
        )
    look_ahead(script, pace.frame(done) + 1, pace.frame(frames))
    file = weights_file_for(settings.network, weights, before)
    noted = before.machine if done and before else {}
    compute_as(noted)
    for event in ready(settings.network, settings.precision, file):
        if not isinstance(event, Ready):
            yield event
    assert isinstance(event, Ready)
    from dreammovie.device import computing  # imported by now, with the threads that are noted

    if done and before and is_another(event, before):
        # Before the layer is looked for, which may be what has changed.
        yield NetworkChanged(event.network.name, before.sha256)
    script = definite(script, event.network, folder)
    objective = objective_of(script, event.network, folder)
    ascent = ascent_for(event.network, script.settings, objective=objective)
    # All is well; only now is anything moved or written.
    if after is not None and (aside := set_aside(folder, after)):
        yield SetAside(after, aside)
    if done and before and before.start != sha256(start_image(folder)):
        yield StartChanged()
    if done and before:
        for name, digest in digests(folder, script).items():
            if before.files.get(name, digest) != digest:
                yield FileChanged(found(folder, name))
    now = computing()
    if any(now.get(name) != what for name, what in noted.items()):
        yield MachineChanged(noted, now)
    later = [entry.from_frame for entry in history if entry.from_frame > done + 1]
    if later and after is None:
        yield HistoryReplaced(later[0])
    yield Dreaming(done + 1, frames, script)
    with staying(folder), ExitStack() as stack:
        origin, shape = None, parse_size(str(script.settings.size))
        if path := start_clip(folder):
            clip = stack.enter_context(open_clip(path))
            yield ClipRead(clip)
            motion_at = camera(folder, script, done + 1)
            carried = Carried(clip.frame, shape, motion_at, settings.every, pace.frame(first))
            origin = stack.enter_context(carried)
        movie = dream_movie(folder, frames, ascent, script, event.weights, origin, first)
        stack.enter_context(closing(movie))
        live = stack.enter_context(Live(folder, shape))
        for progress in movie:
            live.show(progress.step)
            yield progress
            if held.lost.is_set():
                raise DreamError(
                    f"While this machine was away, another run went on in {folder}. Wait for it "
                    "or stop it, and go on."
                )
            if not is_wanted(folder):
                break
    # Not before the frame in the writer's hand is whole, which may be the last one.
    yield Done(frames) if frame_path(folder, frames).exists() else Stopped()


def is_another(awake: Ready, before: Entry) -> bool:
    """Whether a network's own weights are not those that the frames before were made with."""
    own = before.file is None and not awake.weights.local
    same = before.settings.get("network") == awake.network.name
    return own and same and before.sha256 != awake.weights.sha256


def weights_file_for(
    network: str | None, weights: Sequence[str], before: Entry | None
) -> Path | None:
    """The file that a person gives for a network, now or for the frames before; None: its own.

    Args:
        network: Who dreams; None: nobody by name.
        weights: As for `go_on`.
        before: What dream.json says of the frames before.

    Raises:
        DreamError: the file that the frames before were made with is gone, or is another now.
    """
    if file := files_of(weights, [network]).get(network):
        return file
    same = before and before.settings.get("network") == (network or FIRST_CHOICE)
    if not (before and before.file and same):
        return None
    path = Path(before.file)
    if not path.exists() or sha256(path) != before.sha256:
        raise DreamError(
            f"This dream was made with the weights in {path}, which are "
            f"{'not the same any more' if path.exists() else 'not there any more'}. "
            "Say which to go on with: --weights FILE."
        )
    return path
