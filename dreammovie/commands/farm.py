"""`dreammovie farm`: goes on with many dreams, on all cores and cards, here and elsewhere."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from dreammovie.commands import video
from dreammovie.commands.board import Board
from dreammovie.commands.flags import PARSERS
from dreammovie.commands.frames import is_old, words_of
from dreammovie.commands.parser import given_settings
from dreammovie.commands.taken import movie_given
from dreammovie.errors import DreamError
from dreammovie.farm.cluster import joined
from dreammovie.farm.orders import FarmSettings, Order
from dreammovie.farm.standing import InHand, Standing
from dreammovie.movies.dreams import choose_dream, spoken
from dreammovie.movies.folder import video_path


def run(arguments: argparse.Namespace) -> None:
    """Does what the flags of `flags.farm_parser` ask for."""
    settings = FarmSettings(**given_settings(arguments, FarmSettings))
    orders = _orders(arguments)
    standings = _dreamt(orders, settings, arguments)
    for each in standings:
        for event in each.told:
            print(words_of(event, each.folder), flush=True)
    if arguments.video:
        for each in standings:
            if each.state == "done" and is_old(video_path(each.folder), each.folder):
                _film(each.folder)
    failed = [each for each in standings if each.state == "failed"]
    stopped = sum(each.state == "stopped" for each in standings)
    for each in failed:
        print(f"{spoken(each.folder)}: {each.words}", file=sys.stderr)
    if failed or stopped:
        count = f"{len(failed)} of {len(standings)} dreams failed"
        raise DreamError(f"{count}, {stopped} were stopped. The same command goes on.")


def _orders(arguments: argparse.Namespace) -> list[Order]:
    """What is to be dreamt, each dream once."""
    if not arguments.dreams:
        raise DreamError(f"Which dreams? Name some: {arguments.prog} DREAM ...")
    given = movie_given(arguments)
    folders = {folder.resolve(): folder for folder in map(choose_dream, arguments.dreams)}
    return [
        Order(
            folder.absolute(),
            arguments.frames,
            given,
            arguments.recipe,
            arguments.preset,
            tuple(arguments.weights),
        )
        for folder in folders.values()
    ]


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

            with closing(hand_out(dreams, share, settings.sync)) as looks:
                for standings in looks:
                    board.show(standings)
    except KeyboardInterrupt:
        raise KeyboardInterrupt("All frames are whole; the same command goes on.") from None
    return standings


def _film(folder: Path) -> None:
    """Makes a dream's video as `dream_video.py` does."""
    flags = PARSERS["video"]("dreammovie video").parse_args(["--", str(folder)])
    flags.prog = "dreammovie video"
    video.run(flags)
