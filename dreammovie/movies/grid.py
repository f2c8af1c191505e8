"""Many dreams side by side, in step: what a table of them shows at each moment."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from dreammovie.errors import DreamError
from dreammovie.movies.folder import frame_numbers, start_clip
from dreammovie.movies.history import read_history
from dreammovie.movies.shown import Shown, Wish, shown_of, song_of
from dreammovie.pictures.image import Image, fit
from dreammovie.pictures.sheet import Label, Sheet
from dreammovie.videos.cut import FramesOnDemand, VideoSettings
from dreammovie.videos.ends import EndSettings

_SLENDER = 1.2  # heights to a width at most


def side_by_side(
    dreams: Sequence[tuple[Path, Label]],
    columns: int | None,
    widest: int,
    stack: ExitStack,
) -> Shown:
    """A table of dreams, each over its label, as long as the shortest of them.

    Args:
        dreams: The folders, at least one, of the same picture or clip, and equally fast; and what
            is to be said of each.
        columns: How many shall stand side by side, if that makes no tower; None: any number.
        widest: Most pixels that it may be wide; it is hardly higher than that.
        stack: Closes what has to be open while the frames are read.

    Raises:
        DreamError: one of them has no frame, or cannot be shown.
    """
    folders, labels = zip(*dreams, strict=True)
    numbers = [frame_numbers(folder) for folder in folders]
    for folder, own in zip(folders, numbers, strict=True):
        if not own:
            raise DreamError(f"{folder} has no frame yet.")
    first, last = max(own[0] for own in numbers), min(own[-1] for own in numbers)
    if first == 1 and not start_clip(folders[0]):
        first = 0
    each = [_shown(folder, range(first, last + 1), stack) for folder in folders]
    shape = each[0].frames[0].shape[:2]
    sheet = _sheet(shape, labels, columns, widest)
    count = min(len(shown.frames) for shown in each)

    def filled(index: int) -> Image:
        return sheet.filled(fit(shown.frames[index], sheet.cell) for shown in each)

    times, sound = each[0].times, each[0].sound
    if any(shown.sound != sound for shown in each):
        sound = None  # one cannot listen to all of them
    return Shown(
        FramesOnDemand(count, filled), each[0].rate, times[:count] if times else None, sound
    )


def _sheet(
    shape: tuple[int, int], labels: Sequence[Label], columns: int | None, widest: int
) -> Sheet:
    """The table, without the wish for its columns where that makes it a tower."""
    sheet = Sheet(shape, labels, columns, widest)
    if sheet.shape[0] > _SLENDER * sheet.shape[1]:
        sheet = Sheet(shape, labels, None, widest)
    if (tower := sheet.shape[0] / sheet.shape[1]) > _SLENDER:  # of upright pictures
        sheet = Sheet(shape, labels, None, round(widest * _SLENDER / tower))
    return sheet


def _shown(folder: Path, files: Sequence[int], stack: ExitStack) -> Shown:
    history = read_history(folder)
    song = song_of(folder, history, None, "mp4")
    return shown_of(Wish(folder, files, history, VideoSettings(), EndSettings(), song), stack)
