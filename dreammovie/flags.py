"""The command line's flags, made from the settings' fields."""

import argparse
from dataclasses import fields
from fractions import Fraction
from pathlib import Path
from typing import NoReturn

from dreammovie.dream import RECIPES
from dreammovie.movie import MovieSettings
from dreammovie.settings import flag, kind_of


def frames_parser(prog: str) -> argparse.ArgumentParser:
    """The flags of `dream_frames.py`."""
    parser = _parser(prog, "Dream a movie, frame by frame, and go on where the last run stopped.")
    parser.add_argument(
        "--frames",
        type=int,
        default=300,
        metavar="N",
        help="go on until img_N exists (default: 300)",
    )
    parser.add_argument(
        "--recipe",
        metavar="NAME",
        help=f"begin with a named set of settings: {', '.join(RECIPES)} "
        "(default: the dream's own settings; those of a new one are classic)",
    )
    add_flags(parser, MovieSettings)
    parser.add_argument(
        "--weights",
        type=Path,
        metavar="FILE",
        help="a file with the network's weights (default: fetched once, then kept)",
    )
    parser.add_argument(
        "--after",
        type=int,
        metavar="N",
        help="go on after frame N; later frames are moved into a folder of their own",
    )
    parser.add_argument("--list-layers", action="store_true", help="list the layers, and stop")
    parser.add_argument("--list-networks", action="store_true", help="list the networks, and stop")
    return parser


def video_parser(prog: str) -> argparse.ArgumentParser:
    """The flags of `dream_video.py`."""
    from dreammovie.video import VideoSettings

    parser = _parser(prog, "Make a video of a dream's frames.")
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help="the video's file (default: in the dream's folder, with its name)",
    )
    add_flags(parser, VideoSettings)
    return parser


def _parser(prog: str, description: str) -> argparse.ArgumentParser:
    """What both commands have in common."""
    parser = _Parser(prog, description=description, allow_abbrev=False)
    parser.add_argument(
        "dream",
        nargs="?",
        metavar="DREAM",
        help="a name under dreams/, or a folder (default: the dream whose img_0 is newest)",
    )
    parser.add_argument(
        "--debug", action="store_true", help="show where in the program an error arose"
    )
    return parser


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Says what is wrong without repeating all flags."""
        self.exit(2, f"{self.prog.split()[-1]}: {message}. All flags: {self.prog} --help\n")


def _number(text: str) -> float:
    """A float, also of a fraction such as 30000/1001."""
    try:
        return float(Fraction(text)) if "/" in text else float(text)
    except ZeroDivisionError:
        raise ValueError from None


_number.__name__ = "number"  # as argparse says it


def add_flags(parser: argparse.ArgumentParser, settings_class: type) -> None:
    """Adds a flag for every field. One that is not given leaves no trace in the namespace."""
    for each in fields(settings_class):
        kind = kind_of(settings_class, each.name)
        text = each.metadata["help"].replace("%", "%%")
        if kind is bool:
            parser.add_argument(
                flag(each.name), action="store_true", default=argparse.SUPPRESS, help=text
            )
            continue
        if each.default is not None:
            text += f" (default: {each.default})"
        parser.add_argument(
            flag(each.name),
            type=_number if kind is float else kind,
            default=argparse.SUPPRESS,
            metavar=each.metadata["metavar"] or {int: "N", float: "X", str: "TEXT"}[kind],
            help=text,
        )
