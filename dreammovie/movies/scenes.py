"""Where the scenes of a clip begin: there its dream begins anew, so they can be dreamt apart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from dreammovie.movies.clip import Carried
from dreammovie.movies.folder import start_image
from dreammovie.movies.history import camera
from dreammovie.movies.schedule import Script, at
from dreammovie.movies.start import pace_of, working_size
from dreammovie.pictures.sizes import parse_size
from dreammovie.videos.decode import open_clip


def scenes(folder: Path, script: Script, first: int, last: int) -> Iterator[int]:
    """The frames of a clip's dream that need no frame before them.

    Args:
        folder: The dream's.
        script: What holds from frame `first` on.
        first, last: Numbers of the first and the last frame that are looked at, from 2 on.

    Yields:
        Their numbers, ascending.

    Raises:
        DreamError: the clip cannot be read.
    """
    pace, shape = pace_of(folder, script), parse_size(working_size(script.settings.size, folder))
    motion_at, every = camera(folder, script, first), script.settings.every
    with (
        open_clip(start_image(folder)) as clip,
        Carried(clip.frame, shape, motion_at, every) as carried,
    ):
        for number in range(first, last + 1):
            moment = pace.frame(number)
            if carried.begins_anew(moment, at(script, moment)):
                yield number
