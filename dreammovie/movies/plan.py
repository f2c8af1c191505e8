"""The plan of a movie: everything that varies over its frames, drawn without dreaming."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

from dreammovie.errors import DreamError
from dreammovie.movies.folder import last_frame
from dreammovie.movies.heard import Heard
from dreammovie.movies.history import entry_for, kinds_made, read_history, script_of
from dreammovie.movies.schedule import MovieSettings, Script, at, direct, heard, placed
from dreammovie.movies.start import first_script, last_of, pace_of
from dreammovie.pictures.curves import Curve, Mark, draw_curves
from dreammovie.pictures.image import Image
from dreammovie.schedules.sounds import BANDS
from dreammovie.settings import flag, kind_of

_MOST = 20_000  # frames that are looked at, in a few seconds: of 11 minutes at 30 a second
_SHOWN = 300  # characters of a schedule, of which as many are written as fit

_NUMBERS = [
    each.name
    for each in fields(MovieSettings)
    if not each.metadata["fixed"] and kind_of(MovieSettings, each.name) in (int, float)
]

Scripts = Sequence[tuple[int, Script]]
"""What is written for a movie: from which of its frames on, and what; ascending."""


def scripts_of(
    folder: Path,
    given: Mapping[str, Any],
    recipe: str | None = None,
    preset: str | None = None,
    after: int | None = None,
) -> Scripts:
    """What is written for a dream's frames: dream.json's for those there are, then what is given.

    Args:
        folder: The dream's.
        given, recipe, preset, after: As for `run.go_on`.

    Raises:
        DreamError: something of it is wrong, as in `direct`, `placed` or `last_frame`.
    """
    history = read_history(folder)
    next_frame = last_frame(folder, after, kinds_made(history))[0] + 1
    before = entry_for(history, next_frame)
    now = direct(script_of(before) if before else first_script(folder), given, recipe, preset)
    done = [(e.from_frame, script_of(e)) for e in history if e.from_frame < next_frame]
    pace = pace_of(folder, now)
    scripts = [(number, heard(script, folder)) for number, script in done]
    scripts.append((next_frame, placed(now, given, folder)))
    return [(pace.frame(number - 1) + 1, script) for number, script in scripts]


def frames_of(folder: Path, scripts: Scripts, frames: int | None, after: int | None = None) -> int:
    """The last frame of a dream's movie, of which so many files are asked for, as of `last_of`."""
    script = scripts[-1][1]
    return pace_of(folder, script).frame(last_of(folder, frames, script.settings.every, after))


def draw_plan(scripts: Scripts, frames: int, width: int = 1600) -> Image:
    """Draws every value that varies from frame 1 to `frames`, a strip each, below its sound.

    Args:
        scripts: What is written, the first from frame 1 on.
        frames: Number of the movie's last frame, from 1 on.
        width: Of the picture, pixels.

    Returns:
        float32 (H, W, 3).

    Raises:
        DreamError: nothing varies, or a value at some frame cannot be.
    """
    every = -(-frames // _MOST)
    numbers = [*range(1, frames, every), frames]
    begins = [begin for begin, _ in scripts]
    rules = [scripts[bisect_right(begins, number) - 1][1] for number in numbers]
    plain = [at(script, number) for script, number in zip(rules, numbers, strict=True)]
    curves = []
    for name in _NUMBERS:
        values = [getattr(settings, name) for settings in plain]
        texts = dict.fromkeys(rule.schedules[name] for rule in rules if name in rule.schedules)
        if texts or len(set(values)) > 1:
            whole = kind_of(MovieSettings, name) is int
            marks = _marks(name, scripts, frames)
            detail = "  then  ".join(" ".join(text[:_SHOWN].split()) for text in texts)
            curves.append(Curve(flag(name), detail, numbers, values, marks, whole))
    if not curves:
        raise DreamError(
            f"Nothing varies from frame 1 to {frames}. Give a setting a schedule, such as "
            '--zoom "0:1.05, 4s:1.3 smooth".'
        )
    if sound := rules[-1].sound:
        curves = [*_heard(sound, str(plain[-1].sound), numbers, plain[-1].fps), *curves]
    return draw_curves(curves, frames, plain[-1].fps, width)


def _heard(sound: Heard, file: str, numbers: Sequence[int], fps: float) -> list[Curve]:
    """What is heard meanwhile: how a sound swings, its beats, and its bands."""
    beats: Sequence[float] = ()
    with suppress(DreamError):  # nobody who asks for no beats needs librosa
        beats = [beat for beat in sound.beat_frames(fps) if beat <= numbers[-1]]
    swing = [sound.peak(number, fps) for number in numbers]
    return [
        Curve("sound", Path(file).name, numbers, swing, lines=beats, mirrored=True),
        *(
            Curve(name, "", numbers, [sound.level(n, fps, *band, 0, 0) for n in numbers])
            for name, band in BANDS.items()
            if name != "volume"
        ),
    ]


def _marks(name: str, scripts: Scripts, frames: int) -> list[Mark]:
    """The keys of a setting that lie in the movie, and in the part of it where they count."""
    ends = [*(begin for begin, _ in scripts[1:]), frames + 1]
    marks = []
    for (begin, script), end in zip(scripts, ends, strict=True):
        if name in script.schedules:
            for key in script.schedule(name).keys:
                if begin <= max(key.frame, 1) < end:
                    number = min(max(round(key.frame), 1), frames)
                    marks.append(Mark(key.frame, getattr(at(script, number), name), key.time))
    return marks
