"""What a file says of how it was dreamt: dream.json's entries, in its metadata.

A note travels with a picture or a video to strangers, and comes from strangers: what is written
names no folder of this machine, and what is read is no more than data. No file that it names is
opened.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path, PureWindowsPath
from typing import Any, NoReturn, cast

from dreammovie.dreaming.dream import change
from dreammovie.dreaming.stages import PictureSettings
from dreammovie.errors import DreamError
from dreammovie.files import open_file
from dreammovie.movies.heard import Heard
from dreammovie.movies.history import FORMAT, Entry, content_of, script_of, without_machine
from dreammovie.movies.named import renamed
from dreammovie.movies.schedule import Script, direct, files_in
from dreammovie.pictures.image import LONGEST_NOTE, note_in
from dreammovie.pictures.kinds import HEAD, is_video

_NEVER = 10**9  # a frame that no movie has
_SAID = 300  # characters of what is wrong with a note
_NONSENSE = (
    ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError
)  # fmt: skip


@dataclass(frozen=True)
class Note:
    """With what a picture was dreamt, or the frames of a movie from some number on.

    Attributes:
        from_frame: Number of the first of them; 0: it is a picture.
        settings: Name to value, or to the text of a schedule; every one of them is possible.
        files: The files that the settings name, by the settings' names. They are nothing but
            names.
    """

    from_frame: int
    settings: Mapping[str, Any]
    files: Mapping[str, Sequence[str]]


def note_of(entries: Sequence[Entry]) -> str | None:
    """The text that files carry: of dream.json's entries the last that there is room for.

    Args:
        entries: In order; those that are not to be told are left out.

    Returns:
        JSON, ASCII, at most `LONGEST_NOTE` characters; None: there is nothing to tell.
    """
    told = [_bare(entry) for entry in entries if entry.settings.get("metadata", True)]
    while told:
        text = json.dumps(content_of(told))
        if len(text) <= LONGEST_NOTE:
            return text
        told = told[1:]
    return None


def entries_of(history: Sequence[Entry], numbers: Sequence[int]) -> list[Entry]:
    """The entries of dream.json that the frames of some numbers were made with."""
    before = [sum(entry.from_frame <= number for entry in history) for number in set(numbers)]
    return [history[count - 1] for count in sorted(set(before)) if count]


def read_notes(path: Path) -> list[Note]:
    """What a picture or a video says of how it was dreamt, first frame first; at least one note.

    Raises:
        DreamError: it says nothing of that, or what makes no sense, or is no picture or video.
        OSError: it cannot be read.
    """
    text = _text_in(path)
    if text is None:
        raise DreamError(
            f"{path} does not say how it was dreamt. It was not dreamt here, or with "
            "--no-metadata, or its metadata were taken out on the way."
        )
    try:
        return list(_notes_in(text))
    except DreamError as error:
        why = str(error)
    except _NONSENSE as error:
        why = f"{type(error).__name__}: {error}"
    shown = "".join(each if each.isprintable() else "\ufffd" for each in why[:_SAID])
    raise DreamError(f"What {path} says of how it was dreamt makes no sense here: {shown}")


def _bare(entry: Entry) -> Entry:
    """An entry without anything that is this machine's own: files have names, and no folders."""
    script = _without_folders(script_of(entry))
    return replace(
        without_machine(entry),
        settings=script.noted,
        weights={"file": None, "sha256": entry.sha256},
        files={_name(path): digest for path, digest in entry.files.items()},
    )


def _name(path: str) -> str:
    """The name of a file without its folder, whatever system the path is of."""
    return PureWindowsPath(path).name or path


class _Unheard:
    """Stands for a song that is not here: of its beats it only counts that there are any."""

    def frame_of(self, beat: float, fps: float) -> float:
        """A frame that no key names by its number."""
        return _NEVER + beat


def _unheard(script: Script) -> Script:
    """A script whose keys can be read without its song."""
    silent = script.settings.sound is None
    return replace(script, sound=None if silent else cast(Heard, _Unheard()))


def _without_folders(script: Script) -> Script:
    settings, script = script.settings, _unheard(script)
    texts: dict[str, Any] = {
        name: renamed(getattr(settings, name), settings.fps, script.sound, _name)
        for name in files_in(script)
    }
    return replace(script, settings=replace(settings, **texts), sound=None)


def _text_in(path: Path) -> str | None:
    """A file's own words; None where there are none, or more than a note can have."""
    with open_file(path) as file:
        if not is_video(file.read(HEAD)):
            text = note_in(file, str(path))
            return text if text and len(text) <= LONGEST_NOTE else None
    from dreammovie.videos.clip_file import opened

    with opened(path) as (container, _):
        told = {key.lower(): text for key, text in container.metadata.items()}
    text = told.get("comment")
    return text if text and len(text) <= LONGEST_NOTE else None


def _notes_in(text: str) -> Iterator[Note]:
    """The notes in a text, each checked."""
    if not text.isprintable():
        raise ValueError("it has characters that no note has")
    content = json.loads(text, parse_constant=_no_number)
    if "history" not in content:
        yield _of_picture(content["settings"], content.get("guide"))
        return
    if content["format"] != FORMAT:
        raise ValueError("it was written by another dreammovie than this; update dreammovie")
    if not content["history"]:
        raise ValueError("it is empty")
    for entry in content["history"]:
        yield _of_movie(entry["from_frame"], entry["settings"])


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")


def _of_picture(settings: dict[str, Any], guide: Any) -> Note:
    known = {each.name for each in fields(PictureSettings)}
    values = {name: value for name, value in settings.items() if name in known}
    values = asdict(change(PictureSettings(), _printable(values)))
    if guide is None:
        return Note(0, values, {})
    # Pictures of before tell no more of their guide than its digest.
    names = guide if isinstance(guide, dict) else ["FILE"]
    return Note(
        0, values, {"guide": [_name(_printable({"guide": each})["guide"]) for each in names]}
    )


def _of_movie(from_frame: int, settings: dict[str, Any]) -> Note:
    if type(from_frame) is not int or not 1 <= from_frame < 10**10:
        raise ValueError(f"there is no frame {from_frame!r}")
    script = _without_folders(direct(Script(), _printable(settings)))
    return Note(from_frame, script.written, files_in(_unheard(script)))


def _printable(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings, if there is nothing in them that does something to a terminal."""
    spaced = {
        name: re.sub(r"\s", " ", value) if isinstance(value, str) else value
        for name, value in settings.items()
    }
    if odd := [name for name, value in spaced.items() if not str(value).isprintable()]:
        raise ValueError(f"{', '.join(odd)}: there are characters that cannot be shown")
    return spaced
