"""What is set about a movie, and what holds at each of its frames."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dreammovie.dreaming.dream import IN_RECIPES, DreamSettings, change
from dreammovie.errors import DreamError, unknown
from dreammovie.movies.clip import ClipSettings
from dreammovie.movies.folder import KINDS_MADE, load_start
from dreammovie.movies.heard import Heard, SoundSettings, sound_of
from dreammovie.movies.look import LookSettings
from dreammovie.movies.mask import MaskSettings
from dreammovie.movies.moments import moments_of
from dreammovie.movies.motion import MotionSettings
from dreammovie.movies.named import NONE, found, names_in, pictures_of, renamed, seen_from
from dreammovie.movies.presets import PRESETS
from dreammovie.networks.network import Network
from dreammovie.pictures.image import load_image
from dreammovie.pictures.sizes import SIZES, SizeSettings
from dreammovie.schedules.grammar import check_formula
from dreammovie.schedules.keys import has_keys, parse_keys
from dreammovie.schedules.numbers import Schedule, schedule
from dreammovie.settings import METADATA, check_value, flag, kind_of, setting

if TYPE_CHECKING:
    from dreammovie.dreaming.objectives import Moment, Objective
    from dreammovie.dreaming.wishes import Guide

DEFAULT_SIDE = 1280
"""Of a movie, where nobody says a size: at most so long is its longer side, pixels."""

_MOST_COUNTED = 2.0**53  # floats beyond are no longer exact
_AHEAD = 100_000  # frames that are looked at before the first of them is dreamt


@dataclass(frozen=True)
class MovieSettings(
    SoundSettings,
    LookSettings,
    MaskSettings,
    ClipSettings,
    MotionSettings,
    SizeSettings,
    DreamSettings,
):
    """How a movie is dreamt: every frame, and what happens between frames."""

    NAMED = ("original",)

    size: str | None = setting(
        None,
        f"working size in pixels, {SIZES}, or {NAMED[0]} "
        f"(default: img_0's own, the longer side at most {DEFAULT_SIDE})",
        metavar="WxH",
        fixed="every size is compiled for itself",
    )
    guide: str | None = setting(
        None,
        f"picture, or video, whose features are dreamt of, rather than what is there; "
        f"{NONE} for no more",
        file=True,
    )
    metadata: bool = setting(
        True, METADATA, fixed="a dream's frames all say how they were made, or none", newer=True
    )
    frames_as: str = setting(
        KINDS_MADE[0],
        "kind of the frames' files: jpg, or png, without loss and several times as large",
        metavar="KIND",
        fixed="it is a word",
        newer=True,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.frames_as not in KINDS_MADE:
            raise unknown("kind of frames", self.frames_as, KINDS_MADE)


_FIELDS = {each.name: each for each in fields(MovieSettings)}

NOT_IN_PRESETS = (
    "network", "size", "tile", "precision", "fps", "every", "seed", "sound", "metadata", "frames_as"
)  # fmt: skip
"""Who dreams, in which size, how fast, to what, into what: of these no preset has a word."""

_UNSAID = {name: each.default for name, each in _FIELDS.items() if name not in NOT_IN_PRESETS}


@dataclass(frozen=True)
class Script:
    """What a person wrote about a movie: for each setting a value, or a schedule of values.

    Attributes:
        settings: The values. Those of settings with a schedule are the defaults; what holds
            says `at` alone.
        schedules: Name of a setting to the text of its schedule.
        sound: What the settings name as such, open, as `heard` gives it. Where it is not, nobody
            has looked yet what the schedules ask of it.

    Raises:
        DreamError: a schedule cannot be read, or its setting cannot vary.
    """

    settings: MovieSettings = MovieSettings()
    schedules: Mapping[str, str] = field(default_factory=dict)
    sound: Heard | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        silent = self.settings.sound in (None, NONE)
        for name in self.schedules:
            if reason := _FIELDS[name].metadata["fixed"]:
                raise DreamError(
                    f"{flag(name)} cannot change from frame to frame, as {reason}. Give one value."
                )
            try:
                if silent or self.sound:
                    self.schedule(name)
            except DreamError as error:
                raise _of(name, error) from None

    def schedule(self, name: str) -> Schedule:
        """The schedule of a setting that has one."""
        return schedule(self.schedules[name], self.settings.fps, self.sound)

    @property
    def written(self) -> dict[str, Any]:
        """All settings as they are written down: name to value, or to a schedule's text."""
        return {**asdict(self.settings), **self.schedules}

    @property
    def noted(self) -> dict[str, Any]:
        """Those of `written` that dream.json has."""
        return {
            name: value
            for name, value in self.written.items()
            if not (_FIELDS[name].metadata["newer"] and value == _FIELDS[name].default)
        }


def direct(
    script: Script,
    given: Mapping[str, Any],
    recipe: str | None = None,
    preset: str | None = None,
) -> Script:
    """The script with some settings changed. A recipe and a preset bring all of their own.

    What a recipe says counts more than what a preset says, and what is given counts most.

    Args:
        script: Where to start from.
        given: Name to value; a text in the place of a number is a schedule.
        recipe: Name in `RECIPES`, or None to start from the script as it is.
        preset: Name in `PRESETS`, likewise.

    Raises:
        DreamError: there is no such setting, recipe or preset, a value is out of bounds, or a
            schedule cannot be read.
    """
    if preset is not None:
        if preset not in PRESETS:
            raise unknown("preset", preset, PRESETS)
        script = direct(script, {**_UNSAID, **PRESETS[preset].settings})
    kept = {
        name: text
        for name, text in script.schedules.items()
        if name not in given and (recipe is None or name not in IN_RECIPES)
    }
    values: dict[str, Any] = {}
    changes_network = given.get("network", script.settings.network) != script.settings.network
    if changes_network and preset is None:  # the layers of presets are in every network
        values["layer"] = None  # another network has other layers
    texts = {}
    for name, value in given.items():
        if name not in _FIELDS:
            raise unknown("setting", name, _FIELDS)
        value = _number_in(name, value)
        if _is_schedule(name, value):
            texts[name] = value
            value = _FIELDS[name].default
        values[name] = value
    settings = change(script.settings, values, recipe)
    same = settings.sound == script.settings.sound
    return Script(settings, kept | texts, script.sound if same else None)


def heard(script: Script, folder: Path, given: Iterable[str] = ()) -> Script:
    """The script with its sound open, if it has any.

    Args:
        script: Of a dream.
        folder: The dream's.
        given: As for `placed`.

    Raises:
        DreamError: there is no such file or no sound in it, or schedules ask it for too much.
        OSError: it cannot be read.
    """
    settings = script.settings
    if "sound" in given and settings.sound not in (None, NONE):
        settings = replace(settings, sound=seen_from(folder, str(settings.sound)))
    try:
        sound = sound_of(folder, settings)
    except DreamError as error:
        raise _of("sound", error) from None
    return replace(script, settings=settings, sound=sound)


def at(script: Script, number: int) -> MovieSettings:
    """The plain values that hold at a frame, out of what a person wrote.

    Every frame asks; nothing behind this knows that a value could be another one elsewhere.
    What is counted in whole numbers is rounded.

    Args:
        script: Of the movie.
        number: Of the frame, from 1 on.

    Raises:
        DreamError: a value is out of its setting's bounds at this frame, or there is none.
    """
    values: dict[str, Any] = {}
    for name in script.schedules:
        each, kind = script.schedule(name), kind_of(MovieSettings, name)
        try:
            value = each.at(number)
        except DreamError as error:
            raise _of(name, error) from None
        counted = kind is int and abs(value) < _MOST_COUNTED
        values[name] = math.floor(value + 0.5) if counted else value
        try:
            check_value(_FIELDS[name], kind, values[name])
        except DreamError as error:
            says = f"At frame {number}, {str(error).removesuffix('.')}"
            raise each.error(says, number) from None
    try:
        return replace(script.settings, **values) if values else script.settings
    except DreamError as error:  # each by itself is possible, and together they are not
        raise DreamError(f"At frame {number}: {error}") from None


def files_in(script: Script) -> dict[str, list[str]]:
    """The files that the settings name, as dream.json names them: by the settings' names.

    Raises:
        DreamError: the keys of a setting cannot be read.
    """
    files = {}
    for name, each in _FIELDS.items():
        text = getattr(script.settings, name)
        if each.metadata["file"] and text not in (None, NONE):
            try:
                files[name] = names_in(text, script.settings.fps, script.sound)
            except DreamError as error:
                raise _of(name, error) from None
    return files


def placed(script: Script, given: Iterable[str], folder: Path) -> Script:
    """The script with the files that a person names now as dream.json names them, and its sound.

    Args:
        script: Of a dream.
        given: The names of the settings that a person gives now; the others are so already.
        folder: The dream's.

    Raises:
        DreamError: a file is no picture, or is not there.
    """
    given = {*given}
    script = heard(script, folder, given)
    fps, sound = script.settings.fps, script.sound
    texts: dict[str, Any] = {
        name: renamed(
            getattr(script.settings, name), fps, sound, lambda file: seen_from(folder, file)
        )
        for name in files_in(script).keys() & given - {"sound"}
    }
    script = replace(script, settings=replace(script.settings, **texts))
    for name, files in files_in(script).items():
        for path in [found(folder, file) for file in files if name != "sound"]:
            try:
                (load_image if name == "palette" else load_start)(path)
            except FileNotFoundError:
                missing = DreamError(f"There is no file {path}. Give another, or put it back.")
                raise _of(name, missing) from None
            except DreamError as error:
                raise _of(name, error) from None
    return script


def look_ahead(script: Script, first: int, last: int) -> None:
    """Checks what holds at a movie's frames from first to last, before any of them is dreamt.

    Of very many frames, each is checked when its time has come, by `at`.

    Raises:
        DreamError: naming the first frame at which something is wrong.
    """
    if script.schedules:
        for number in range(first, min(last, first + _AHEAD - 1) + 1):
            at(script, number)


def _of(name: str, error: DreamError) -> DreamError:
    return DreamError(f"{flag(name)}: {error}")


def _number_in(name: str, value: Any) -> Any:
    """The number that a text is, where no more than a number is written."""
    kind = kind_of(MovieSettings, name)
    if kind not in (int, float) or not isinstance(value, str):
        return value
    try:
        number = float(value)
    except ValueError:
        return value
    return int(number) if kind is int and number.is_integer() else number


def _is_schedule(name: str, value: Any) -> bool:
    """Whether a value is meant as a schedule; where there cannot be one, it has to look like it."""
    if not isinstance(value, str):
        return False
    may_vary = not _FIELDS[name].metadata["fixed"]
    if kind_of(MovieSettings, name) in (int, float):
        return may_vary or has_keys(value) or _is_formula(value)
    return not may_vary and has_keys(value)  # layers have a language of their own: `objective_of`


def _is_formula(text: str) -> bool:
    try:
        check_formula(text, 0, len(text))
    except DreamError:
        return False
    return True


def objective_of(script: Script, network: Network, folder: Path) -> Objective:
    """What a movie climbs towards, one layer or sum of layers after another, and one guide.

    Args:
        script: Of the dream.
        network: Whose layers they are.
        folder: The dream's, from which its guides are seen.

    Raises:
        DreamError: the layers are written in no way that there is, or the network has no such one.
    """
    from dreammovie.dreaming.wishes import parse

    text, guides = script.settings.layer or network.favourite, script.settings.guide

    def guided(guide: Guide | None) -> Objective:
        return _travelling("layer", text, script, lambda wish: parse(wish, network, guide))

    if guides in (None, NONE):
        return guided(None)
    assert guides is not None

    def like(name: str) -> Objective:
        picture_at = pictures_of(found(folder, name), script.settings.fps, moments_of(folder))
        return guided(lambda moment: picture_at(moment.frame))

    return _travelling("guide", guides, script, like)


def _travelling(
    name: str, text: str, script: Script, read: Callable[[str], Objective]
) -> Objective:
    """One objective after another, as the keys in a setting's text say.

    Args:
        name: Of the setting.
        read: Gives the objective of a value.
    """
    from dreammovie.dreaming.objectives import over_time

    if not has_keys(text):
        return read(text)
    try:
        keys = parse_keys(text, script.settings.fps, script.sound, lists=True)
    except DreamError as error:
        raise _of(name, error) from None
    wishes = [read(key.value) for key in keys]
    numbers = {key: number for number, key in enumerate(keys)}

    def between(moment: Moment) -> tuple[int, int, float]:
        now = keys.between(moment.frame)
        return numbers[now.before], numbers[now.after], now.share

    return over_time(wishes, between, text)
