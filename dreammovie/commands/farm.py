"""`dreammovie farm`: goes on with many dreams, on all cores and cards, here and elsewhere."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path

from dreammovie.commands import video
from dreammovie.commands.board import Board
from dreammovie.commands.flags import PARSERS
from dreammovie.commands.frames import is_old, words_of
from dreammovie.commands.parser import given_settings
from dreammovie.commands.progress import watch_video
from dreammovie.commands.taken import movie_given
from dreammovie.errors import DreamError
from dreammovie.farm.cluster import joined, lack
from dreammovie.farm.listed import listed
from dreammovie.farm.orders import FarmSettings, Order
from dreammovie.farm.standing import InHand, Standing
from dreammovie.farm.variations import Varied, axis_of, begin, count, varied
from dreammovie.movies.dreams import choose_dream, spoken
from dreammovie.movies.folder import video_path
from dreammovie.movies.grid import side_by_side
from dreammovie.pictures.image import save_image
from dreammovie.videos.encode import encoding

_MANY = 200  # dreams that are not made by mistake
_WIDE = 1920  # of a video of dreams side by side, pixels
_SHEET_WIDE = 4096  # of a sheet with the last frame of each, likewise


def run(arguments: argparse.Namespace) -> None:
    """Does what the flags of `flags.farm_parser` ask for."""
    settings = FarmSettings(**given_settings(arguments, FarmSettings))
    orders, tables = _asked(arguments)
    standings = _dreamt(orders, settings, arguments)
    for each in standings:
        for event in each.told:
            print(words_of(event, each.folder), flush=True)
    done = {each.folder for each in standings if each.state == "done"}
    if arguments.video:
        for folder in [each.folder for each in standings if each.folder in done]:
            if is_old(video_path(folder), folder):
                _film(folder)
    for table in tables:
        _show(table, done)
    failed = [each for each in standings if each.state == "failed"]
    stopped = sum(each.state == "stopped" for each in standings)
    for each in standings:
        if each.words:
            print(f"{spoken(each.folder)}: {each.words}", file=sys.stderr)
    if failed or stopped:
        failures = f"{len(failed)} of {len(standings)} dreams failed"
        raise DreamError(f"{failures}, {stopped} were stopped. The same command goes on.")


def _asked(arguments: argparse.Namespace) -> tuple[list[Order], list[Varied]]:
    """What is to be dreamt, each dream once; and which of it are variations of one dream."""
    for_all = Order(
        Path(),
        arguments.frames,
        movie_given(arguments),
        arguments.recipe,
        arguments.preset,
        tuple(arguments.weights),
    )
    if arguments.list:
        if arguments.dreams or arguments.vary:
            raise DreamError("--list names all dreams and what varies. Leave the others out.")
        orders = listed(arguments.list, for_all)
        _check_many(len(orders), arguments)
        return orders, []
    if not arguments.dreams:
        raise DreamError(f"Which dreams? Name some: {arguments.prog} DREAM ...")
    folders = {folder.resolve(): folder for folder in map(choose_dream, arguments.dreams)}
    orders = [for_all.of(folder.absolute()) for folder in folders.values()]
    axes = [axis_of(text) for text in arguments.vary]
    if not axes:
        return orders, []
    _check_many(len(orders) * count(axes), arguments)
    tables = [varied(order, axes) for order in orders]
    for table in tables:
        begin(table)
    return [order for table in tables for order in table.orders], tables


def _check_many(dreams: int, arguments: argparse.Namespace) -> None:
    if dreams > _MANY and not arguments.yes:
        raise DreamError(f"That makes {dreams:,} dreams. If you mean it, say --yes.")


def _dreamt(
    orders: Sequence[Order], settings: FarmSettings, arguments: argparse.Namespace
) -> list[Standing]:
    """How it stands when all have ended."""
    dreams = [InHand(order, settings.sync) for order in orders]
    board = Board([each.folder for each in dreams], arguments.for_programs)
    standings = [each.standing for each in dreams]
    if all(each.ended for each in standings):
        board.show(standings)
        return standings
    try:
        with joined(settings) as share:
            from dreammovie.farm.handing import hand_out  # brings Ray along

            full: set[str] = set()
            with closing(hand_out(dreams, share, full, settings.sync)) as looks:
                for standings in looks:
                    board.show(standings, lack(share, full))
    except KeyboardInterrupt:
        raise KeyboardInterrupt("All frames are whole; the same command goes on.") from None
    return standings


def _film(folder: Path) -> None:
    """Makes a dream's video as `dream_video.py` does."""
    flags = PARSERS["video"]("dreammovie video").parse_args(["--", str(folder)])
    flags.prog = "dreammovie video"
    video.run(flags)


def _show(table: Varied, done: set[Path]) -> None:
    """Puts the variations that are done side by side, as a sheet and as a video."""
    folders = [order.folder for order in table.orders]
    shown = [
        (folder, label)
        for folder, label in zip(folders, table.labels, strict=True)
        if folder in done
    ]
    sheet, film = (table.folder / f"{table.name}.{ending}" for ending in ("jpg", "mp4"))
    if not any(is_old(path, folder) for path in (sheet, film) for folder, _ in shown):
        return
    columns = table.columns if len(shown) == len(folders) else None
    with ExitStack() as stack:
        last = side_by_side(shown, columns, _SHEET_WIDE, stack).frames[-1]
        save_image(last, sheet)
        movie = side_by_side(shown, columns, _WIDE, stack)
        frames, rate = movie.frames, movie.rate
        watch_video(
            encoding(film, frames, rate, "mp4", None, movie.times, movie.sound), len(frames)
        )
    print(f"Side by side: {sheet}, {film}")
