"""What the video of a dream shows, and what is heard meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np

from dreammovie.errors import DreamError
from dreammovie.movies.between import (
    Between,
    Course,
    Filled,
    OfCamera,
    OfFlow,
    at_times,
    camera_so_far,
    evenly,
)
from dreammovie.movies.clip import Seen
from dreammovie.movies.folder import Frames, start_clip, start_image
from dreammovie.movies.history import Entry, script_of
from dreammovie.movies.named import NONE, found
from dreammovie.movies.schedule import Script
from dreammovie.movies.start import pace_of
from dreammovie.pictures.image import Image, fit
from dreammovie.videos.cut import FramesOnDemand, VideoSettings, parse_fps, playing_order
from dreammovie.videos.decode import Clip, open_clip
from dreammovie.videos.ends import EndSettings
from dreammovie.videos.soundtrack import Soundtrack, under

_LEFT_OUT = "Its sound is left out, as the video does not play as"


@dataclass(frozen=True)
class Shown:
    """What a video shows.

    Attributes:
        frames: float32 (H, W, 3), in the order in which they are shown.
        rate: Frames per second.
        times: When each is shown, seconds, the first at 0; None: evenly.
        sound: What is heard.
        remarks: Sentences about it that a person may want to know.
    """

    frames: Sequence[Image]
    rate: Fraction
    times: Sequence[Fraction] | None = None
    sound: Soundtrack | None = None
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wish:
    """What is to be shown of a dream.

    Attributes:
        folder: The dream's.
        files: The frames' numbers, ascending.
        history: What dream.json says.
        settings, ends: Of the video.
        song: From `song_of`.
    """

    folder: Path
    files: Sequence[int]
    history: Sequence[Entry]
    settings: VideoSettings
    ends: EndSettings
    song: Path | None

    @property
    def script(self) -> Script:
        """By which the newest frames were dreamt."""
        return script_of(self.history[-1]) if self.history else Script()

    @property
    def is_turned(self) -> bool:
        """Whether it plays in another order than it was dreamt in."""
        return self.settings.reverse or self.settings.boomerang or self.ends.loop > 0

    @property
    def fades(self) -> tuple[Fraction, Fraction]:
        """Seconds in which sound fades in and out, as the picture does."""
        return Fraction(self.ends.fade_in), Fraction(self.ends.fade_out)

    def length(self, frames: int, rate: Fraction) -> Fraction:
        """Seconds of the video of so many frames that are shown evenly."""
        return (frames - self.ends.fading(rate) + self.ends.held(rate)) / rate


def shown_of(wish: Wish, stack: ExitStack) -> Shown:
    """What is shown of a dream, a picture's or a clip's.

    Args:
        wish: Of what, and how.
        stack: Closes what has to be open while the frames are read.

    Raises:
        DreamError: it cannot be shown so.
    """
    return _of_clip(wish, stack) if start_clip(wish.folder) else _of_picture(wish)


def _of_picture(wish: Wish) -> Shown:
    """As `shown_of`."""
    folder, history, settings = wish.folder, wish.history, wish.settings
    script, song = wish.script, wish.song
    pace, order = pace_of(folder, script), playing_order(wish.files, settings)
    movie: Sequence[Image] = Frames(folder, order)
    own = parse_fps(str(script.settings.fps))
    rate = parse_fps(settings.fps) if settings.fps else own
    remarks = []
    if settings.smooth_motion and not history:
        raise DreamError(
            f"--smooth-motion goes along the camera's way, and {folder} has no dream.json that "
            "tells it. Leave it out."
        )
    if history and (rate > own or pace.every > 1 or settings.smooth_motion):
        step = own / max(rate, own) / pace.every
        places = evenly(len(order), step, in_a_circle=settings.boomerang)
        numbers = [pace.frame(number) for number in order]
        movie = _at_places(places, movie, numbers, OfCamera(camera_so_far(folder)), settings)
        begins = history[0].from_frame
        if settings.between == "on" and min(order) + 1 < begins:
            remarks.append(
                f"How the camera moved before img_{begins} is not known; it is taken as still."
            )
    plays = (rate >= own if history else rate == own) and not wish.is_turned
    start = pace.frame(order[0]) / own if plays else Fraction(0)
    if song and not plays and settings.audio is None:
        remarks.append(f"{_LEFT_OUT} it was dreamt.")
        song = None
    length = wish.length(len(movie), rate)
    sound = under(song, start, length, wish.fades) if song else None
    return Shown(movie, rate, None, sound, tuple(remarks))


def _of_clip(wish: Wish, stack: ExitStack) -> Shown:
    """As `shown_of`."""
    folder, files, settings, song = wish.folder, wish.files, wish.settings, wish.song
    path = start_image(folder)
    clip = stack.enter_context(open_clip(path))
    pace = pace_of(folder, wish.script)
    most = pace.number(clip.frames - pace.every + 1)
    if files[-1] > most:
        raise DreamError(
            f"{path} has {clip.frames} frames, and {folder} has img_{files[-1]}. Put the clip "
            f"back that was dreamt, or show less, with --last {most}."
        )
    until = min(pace.frame(files[-1] + 1), clip.frames + 1)
    order = playing_order(range(pace.frame(files[0]), until), settings)
    motion_at, dreamt = camera_so_far(folder), Frames(folder, files)
    seen = Seen(clip.frame, dreamt.shape, motion_at)
    movie: Sequence[Image]
    if settings.between == "on" and pace.every > 1:
        ends_of = stack.enter_context(open_clip(path))  # it is read at other places
        around = Seen(ends_of.frame, dreamt.shape, motion_at)
        movie = Filled(dreamt, files[0], pace, order, seen, around, motion_at)
    else:
        movie = Frames(folder, [pace.number(n - pace.every + 1) for n in order])
    first, last = order[0], order[-1]
    times = [clip.times[number - 1] - clip.times[first - 1] for number in order]
    over = clip.times[last] if last < clip.frames else clip.times[-1] + 1 / clip.rate
    rate = parse_fps(settings.fps) if settings.fps else clip.rate
    if rate > clip.rate or settings.smooth_motion:
        if settings.reverse or settings.boomerang or rate <= clip.rate:
            step = min(clip.rate / rate, Fraction(1))
            places = evenly(len(order), step, in_a_circle=settings.boomerang)
        else:
            places = at_times(times, over - clip.times[first - 1], rate)
        course = OfFlow(lambda number: seen.at(number, number))
        movie = _at_places(places, movie, order, course, settings)
        order = [order[int(place)] for place in places]
    if settings.compare:
        movie = _beside(movie, order, clip)
    has_own = clip.has_sound and not song and settings.audio != NONE
    plays = rate > clip.rate or all(
        2 * abs(time * rate - number) < 1 for number, time in enumerate(times)
    )
    if wish.is_turned or (settings.fps and not plays):
        remarks = []
        if has_own or (song and settings.audio is None):
            remarks.append(f"{_LEFT_OUT} {'the clip does' if has_own else 'it was dreamt'}.")
        heard = song if settings.audio else None
        length = wish.length(len(movie), rate)
        sound = under(heard, Fraction(0), length, wish.fades) if heard else None
        return Shown(movie, rate, None, sound, tuple(remarks))
    sound, begins = None, clip.times[first - 1]
    over += Fraction(wish.ends.hold)
    if has_own:
        fades = wish.fades if any(wish.fades) else None
        sound = Soundtrack(path, clip.start + begins, clip.start + over, fades)
    elif song:
        sound = under(song, begins, over - begins, wish.fades)
    return Shown(movie, rate, None if settings.fps else times, sound)


def song_of(folder: Path, history: Sequence[Entry], audio: str | None, format: str) -> Path | None:
    """The song that is to be heard, if any: what a person names now, or what was dreamt to.

    Args:
        folder: The dream's.
        history: What dream.json says.
        audio: What a person says.
        format: Of the video.

    Raises:
        DreamError: it is not there, or the video has no place for it.
    """
    if format == "gif":
        if audio not in (None, NONE):
            raise DreamError(f"A GIF has no sound, and --audio was {audio}. Choose --format mp4.")
        return None
    if audio is not None:
        return None if audio == NONE else Path(audio).expanduser()
    sound = script_of(history[-1]).settings.sound if history else None
    if sound in (None, NONE):
        return None
    path = found(folder, str(sound))
    if not path.exists():
        raise DreamError(
            f"The movie was dreamt to {path}, which is not there. Put it back, or say what is to "
            f"be heard: --audio FILE, or {NONE}."
        )
    return path


def _at_places(
    places: Sequence[Fraction],
    movie: Sequence[Image],
    order: Sequence[int],
    course: Course,
    settings: VideoSettings,
) -> Sequence[Image]:
    """What is seen at some places among the frames, or the frame before each of them.

    Args:
        places, movie, order, course: As for `Between`.
    """
    spans: list[float] = []
    if settings.smooth_motion:
        steps = [float(after - before) for before, after in pairwise(places)]
        spans = [settings.smooth_motion * step for step in (*steps, *steps[-1:])]
    if settings.between == "off":
        places = [Fraction(int(place)) for place in places]
    return Between(movie, order, places, course, spans)


def _beside(movie: Sequence[Image], order: Sequence[int], clip: Clip) -> Sequence[Image]:
    """The frames, each with what it was dreamt from on its left."""

    def both(index: int) -> Image:
        dreamt = movie[index]
        return np.concatenate([fit(clip.frame(order[index]), dreamt.shape[:2]), dreamt], 1)

    return FramesOnDemand(len(movie), both)
