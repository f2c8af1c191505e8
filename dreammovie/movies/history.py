"""dream.json: with which settings, weights and versions each frame of a dream was made."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from dreammovie import __version__
from dreammovie.errors import DreamError
from dreammovie.files import open_file, sha256, whole
from dreammovie.machine import MACHINE
from dreammovie.movies.folder import KINDS_MADE, start_image
from dreammovie.movies.motion import MotionAt, MotionSettings
from dreammovie.movies.named import found
from dreammovie.movies.schedule import MovieSettings, Script, at, direct, files_in, heard
from dreammovie.movies.start import pace_of
from dreammovie.networks.weights import Weights

FORMAT = 1
"""Of dream.json, counted up when an older dreammovie can no longer read it."""

_MAX_HISTORY = 16 * 2**20  # bytes
_PACKAGES = ("tensorflow", "numpy", "scipy", "opencv-python-headless", "pillow")


@dataclass(frozen=True)
class Entry:
    """With what the frames from `from_frame` on were made.

    Attributes:
        from_frame: Number of the first of them.
        settings: Name to value, or to the text of a schedule.
        start: Digest of the start image, whose palette all frames keep.
        weights: The weights' "file" (None: fetched) and "sha256".
        versions: Program to version; and the machine, by the names in `dreammovie.machine`.
        files: Digests of the files that the settings name, by their names.
    """

    from_frame: int
    settings: dict[str, Any]
    start: str
    weights: dict[str, str | None]
    versions: dict[str, str]
    files: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        ok = (
            type(self.from_frame) is int
            and self.from_frame >= 1
            and isinstance(self.settings, dict)
            and isinstance(self.start, str)
            and isinstance(self.weights, dict)
            and isinstance(self.weights.get("sha256"), str)
            and isinstance(self.weights.get("file", 0), str | None)
            and isinstance(self.versions, dict)
            and isinstance(self.files, dict)
        )
        if not ok:
            raise TypeError(f"the entry from_frame {self.from_frame!r} is incomplete")

    @property
    def file(self) -> str | None:
        """Path of the weights that a person gave; None where they were fetched."""
        return self.weights["file"]

    @property
    def sha256(self) -> str:
        """Digest of the weights, hexadecimal."""
        return str(self.weights["sha256"])

    @property
    def machine(self) -> dict[str, str]:
        """What computed, as far as that was noted; at first it was not."""
        return {name: self.versions[name] for name in MACHINE if name in self.versions}


def read_history(folder: Path) -> list[Entry]:
    """The entries of dream.json, first frame first; none where there is no such file.

    Raises:
        DreamError: it is broken, or was written by a newer version.
        OSError: it cannot be read.
    """
    path = folder / "dream.json"
    if not path.exists():
        return []
    mend = "Mend it, or rename it: the dream then goes on with the settings that you give."
    try:
        with open_file(path) as file:
            content = file.read(_MAX_HISTORY + 1)
        if len(content) > _MAX_HISTORY:
            raise ValueError(f"it is larger than {_MAX_HISTORY // 2**20} MiB")
        content = json.loads(content.decode("utf-8-sig"))
        version = content["format"]
        if isinstance(version, int) and version > FORMAT:
            raise DreamError(
                f"{path} was written by a newer dreammovie (format {version}; this one reads "
                f"{FORMAT}). Update dreammovie."
            )
        entries = [Entry(**entry) for entry in content["history"]]
        numbers = [entry.from_frame for entry in entries]
        if numbers != sorted(set(numbers)):
            raise ValueError("its entries are not in order")
    except DreamError:
        raise
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise DreamError(f"{path} is broken ({type(error).__name__}: {error}). {mend}") from None
    return entries


def write_history(folder: Path, entries: Sequence[Entry]) -> None:
    """Writes dream.json, whole or not at all.

    Raises:
        OSError: the disk is full or the folder cannot be written.
    """
    with whole(folder / "dream.json") as part:
        part.write_text(json.dumps(content_of(entries), indent=2) + "\n", "utf-8")


def content_of(entries: Sequence[Entry]) -> dict[str, Any]:
    """What dream.json holds of some entries, ready to become JSON."""
    written = [asdict(entry) for entry in entries]
    for entry in written:
        if not entry["files"]:
            del entry["files"]
    return {"format": FORMAT, "history": written}


def entry_for(history: Sequence[Entry], number: int) -> Entry | None:
    """The entry in force at a frame; None where there is no history.

    Raises:
        DreamError: the history begins later.
    """
    before = [entry for entry in history if entry.from_frame <= number]
    if history and not before:
        raise DreamError(
            f"dream.json begins at from_frame {history[0].from_frame} and says nothing of frame "
            f"{number}. Mend it, or rename it: the dream then goes on with the settings you give."
        )
    return before[-1] if before else None


def script_of(entry: Entry) -> Script:
    """The script in an entry of dream.json.

    Raises:
        DreamError: it has a setting that does not exist, or a value that makes no sense.
    """
    unknown = entry.settings.keys() - {each.name for each in fields(MovieSettings)}
    if unknown:
        raise DreamError(
            f"dream.json has settings for frame {entry.from_frame} that this version does not "
            f"know: {', '.join(sorted(unknown))}. Update dreammovie, or take them out of the file."
        )
    try:
        return direct(Script(), entry.settings)
    except DreamError as error:
        raise DreamError(f"In dream.json, for frame {entry.from_frame}: {error}") from None


def every_of(folder: Path) -> int:
    """Each how manieth frame of its movie a dream has; 1 where there is no dream.json."""
    history = read_history(folder)
    return script_of(history[-1]).settings.every if history else 1


def kinds_made(history: Sequence[Entry]) -> set[str]:
    """Of which kinds the files of a dream are that were made here, as `last_frame` takes them."""
    return {str(entry.settings.get("frames_as", KINDS_MADE[0])) for entry in history}


def camera(folder: Path, script: Script, first: int) -> MotionAt:
    """How the camera moves at any frame of a dream's movie, and moved at those there are.

    Args:
        folder: The dream's.
        script: What holds from frame `first` on; before it, what dream.json says.
        first: Number of the first file to be made.
    """
    history, pace = read_history(folder), pace_of(folder, script)
    scripts = {
        entry.from_frame: heard(script_of(entry), folder)
        for entry in history
        if entry.from_frame < first
    }

    def motion_at(frame: int) -> tuple[MotionSettings, int]:
        number = pace.number(frame)
        entry = entry_for(history, number) if number < first else None
        now = at(scripts[entry.from_frame] if entry else script, frame)
        return now, now.seed

    return motion_at


def digests(folder: Path, script: Script) -> dict[str, str]:
    """Digests of the files that a script names, by the names that dream.json has for them."""
    names = {name for names in files_in(script).values() for name in names}
    return {name: sha256(found(folder, name)) for name in sorted(names)}


def record(folder: Path, number: int, script: Script, weights: Weights) -> Entry:
    """Notes in dream.json with what the frames from `number` on are made, if that is new.

    Returns:
        The entry in force at that frame.
    """
    from dreammovie.device import computing  # which is needed for frames alone

    now = Entry(
        number,
        script.noted,
        sha256(start_image(folder)),
        {"file": str(weights.path) if weights.local else None, "sha256": weights.sha256},
        {"dreammovie": __version__}
        | {package: _version(package) for package in _PACKAGES}
        | computing(),
        digests(folder, script),
    )
    history = read_history(folder)
    kept = [entry for entry in history if entry.from_frame < number]
    if not kept or not _is_the_same(now, kept[-1]):
        kept.append(now)
    if kept != history:
        write_history(folder, kept)
    return kept[-1]


def _is_the_same(now: Entry, before: Entry) -> bool:
    """Whether nothing has changed; of what was not noted before, that is not known."""
    if not before.machine:
        now = without_machine(now)
    return replace(now, from_frame=before.from_frame) == before


def without_machine(entry: Entry) -> Entry:
    """An entry that does not say what computed."""
    named = entry.versions.items()
    return replace(entry, versions={name: what for name, what in named if name not in MACHINE})


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # another build of it, under another name
        return "unknown"
