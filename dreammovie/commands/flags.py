"""The command line's flags, made from the settings' fields."""

import argparse
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

from dreammovie.commands.parser import add_flags, add_json, new_parser
from dreammovie.dreaming.dream import CLASSIC, RECIPES
from dreammovie.dreaming.layers import SheetSettings
from dreammovie.dreaming.stages import EvolutionSettings, PictureSettings
from dreammovie.movies.motion import MotionSettings
from dreammovie.movies.schedule import MovieSettings
from dreammovie.movies.start import FRAMES
from dreammovie.networks.table import BUILT_IN, FIRST_CHOICE
from dreammovie.pictures.image import SAVED
from dreammovie.pictures.kinds import KINDS
from dreammovie.settings import METADATA, flag


def frames_parser(prog: str) -> argparse.ArgumentParser:
    """The flags of `dream_frames.py`."""
    parser = new_parser(
        prog, "Dream a movie, frame by frame, and go on where the last run stopped.", _add_dream
    )
    _add_movie(
        parser,
        "go on until img_N exists",
        "go on after frame N; later frames are moved into a folder of their own",
    )
    _add_weights(parser)
    _add_lists(parser)
    parser.add_argument("--list-presets", action="store_true", help="list the presets, and stop")
    add_json(parser)
    return parser


def plan_parser(prog: str) -> argparse.ArgumentParser:
    """The flags of `dreammovie plan`."""
    parser = new_parser(
        prog,
        "Draw what varies over a movie, a strip for each setting, without dreaming. It takes the "
        "settings that dream_frames.py takes.",
        _add_dream,
    )
    _add_output(parser, "FILE", "the picture's file (default: plan.png in the dream's folder)")
    _add_movie(
        parser,
        "number of the last frame that is drawn",
        "draw what would hold if the dream went on after frame N with the settings given",
    )
    return parser


def video_parser(prog: str) -> argparse.ArgumentParser:
    """The flags of `dream_video.py`."""
    from dreammovie.videos import cut, ends  # they bring PyAV along

    parser = new_parser(prog, "Make a video of a dream's frames.", _add_dream)
    _add_output(
        parser,
        "FILE",
        "the video's file; written over if it is there (default: in the dream's folder, with its "
        "name)",
    )
    parser.add_argument(
        "--frames-folder",
        type=Path,
        metavar="FOLDER",
        help="write img_00001.png, img_00002.png, ... there, for other programs, and no video",
    )
    add_flags(parser, cut.VideoSettings)
    parser.add_argument(  # as it was called before
        "--width", dest="size", type=lambda text: f"{text}x", help=argparse.SUPPRESS
    )
    add_flags(parser, ends.EndSettings)
    add_json(parser)
    return parser


def motion_parser(prog: str) -> argparse.ArgumentParser:
    """The flags of `dreammovie motion`."""
    parser = new_parser(prog, "Make the camera's movie of a dream, without dreaming.", _add_dream)
    _add_output(parser, "FILE", "the video's file (default: motion.mp4 in the dream's folder)")
    _add_frames(parser, "the last frame of the movie")
    _add_preset(parser)
    moving = {each.name for each in fields(MotionSettings)} | {"size", "seed", "sound"}
    dreamt = tuple(each.name for each in fields(MovieSettings) if each.name not in moving)
    add_flags(parser, MovieSettings, leave_out=dreamt, schedules=True)
    return parser


def bring_parser(prog: str) -> argparse.ArgumentParser:
    """The flags of `dreammovie bring`."""
    parser = new_parser(prog, "Copy pictures of other names into a dream, as its next frames.")
    parser.add_argument("dream", metavar="DREAM", help="a name under dreams/, or a folder")
    parser.add_argument(
        "files",
        nargs="+",
        type=Path,
        metavar="PICTURE",
        help="pictures; the last number in the name of each says where it belongs",
    )
    return parser


def settings_parser(prog: str) -> argparse.ArgumentParser:
    """The flags of `dreammovie settings`."""
    parser = new_parser(prog, "Print how a picture or a video was dreamt, as flags to be pasted.")
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="a picture or a video that was made here"
    )
    return parser


def image_parser(prog: str) -> argparse.ArgumentParser:
    """The flags of `dreammovie image`."""
    parser = new_parser(prog, "Dream one picture.", _add_photo)
    _add_output(
        parser,
        "FILE",
        f"where the dream is saved, as {', '.join(SAVED)}; written over if it is there "
        "(default: beside the picture, as PICTURE_dream.png, or the next free name)",
    )
    parser.add_argument(
        "--guide",
        type=Path,
        metavar="IMAGE",
        help="dream of what is in this picture, rather than of what is there",
    )
    parser.add_argument(
        "--compare",
        action="store_true",
        help="save the picture and its dream side by side, too, under a free name",
    )
    parser.add_argument(
        "--keep-alpha",
        action="store_true",
        help="leave transparent what is so in the picture, rather than to lay it over white",
    )
    parser.add_argument("--no-metadata", dest="metadata", action="store_false", help=METADATA)
    _add_recipe(parser, CLASSIC)
    add_flags(parser, PictureSettings)
    _add_weights(parser)
    _add_lists(parser)
    add_json(parser)
    return parser


def evolve_parser(prog: str) -> argparse.ArgumentParser:
    """The flags of `dreammovie evolve`."""
    parser = new_parser(
        prog,
        "Films of a picture's dream growing step by step, for each of some networks.",
        _add_photo,
    )
    _add_output(
        parser,
        "FOLDER",
        "where the videos and GIFs go; none that is there is written over (default: beside the "
        "picture, PICTURE_evolution, or the next free name)",
    )
    parser.add_argument(
        "--network",
        dest="networks",
        action="append",
        metavar="NAME",
        help="who dreams; give it again for each further network; see --list-networks "
        f"(default: {FIRST_CHOICE}, or {BUILT_IN} where its weights cannot be had)",
    )
    _add_recipe(parser, CLASSIC)
    add_flags(parser, EvolutionSettings, leave_out=("network",))
    _add_weights(parser, "NAME=FILE", "a file with a network's weights, for each that needs one")
    _add_lists(parser)
    add_json(parser)
    return parser


def layers_parser(prog: str) -> argparse.ArgumentParser:
    """The flags of `dreammovie layers`."""
    parser = new_parser(prog, "List a network's layers, or let each of them dream.")
    parser.add_argument(
        "--sheet",
        type=Path,
        metavar="FILE",
        help=f"dream noise with each layer into one picture, {', '.join(SAVED)}; written over "
        "if it is there",
    )
    _add_recipe(parser, CLASSIC)
    add_flags(parser, SheetSettings, leave_out=("layer",))
    _add_weights(parser)
    add_list_networks(parser)
    add_json(parser)
    return parser


def app_parser(prog: str) -> argparse.ArgumentParser:
    """The flags of `dreammovie app`."""
    parser = new_parser(prog, "Serve the studio, a web page to dream in.")
    parser.add_argument(
        "--address",
        metavar="IP",
        help="address to listen on; 0.0.0.0 lets other machines in (default: 127.0.0.1, which "
        "does not)",
    )
    parser.add_argument("--port", type=int, metavar="N", help="port (default: 8501)")
    parser.add_argument(
        "--no-browser", action="store_true", help="do not open the page in a browser"
    )
    return parser


def farm_parser(prog: str) -> argparse.ArgumentParser:
    """The flags of `dreammovie farm`."""
    from dreammovie.farm.orders import FarmSettings  # brings the movies along

    parser = new_parser(
        prog,
        "Go on with many dreams, each on some cores and cards of this machine or of a cluster. It "
        "takes the settings that dream_frames.py takes.",
    )
    parser.add_argument(
        "dreams", nargs="*", metavar="DREAM", help="names under dreams/, or folders"
    )
    parser.add_argument(
        "--vary",
        action="append",
        default=[],
        metavar="NAME=A,B,C",
        help="dream each DREAM's img_0 once with each value of a setting, or of preset or recipe, "
        "in folders within the dream's, and show them side by side; given again, every combination "
        "is dreamt; a vertical bar parts values that have commas",
    )
    parser.add_argument(
        "--list",
        type=Path,
        metavar="FILE",
        help="dream what a file says, CSV with a header or lines of JSON: in each row a dream, "
        "frames, and settings by name",
    )
    parser.add_argument(
        "--yes", action="store_true", help="do as --vary or --list says, also beyond 200 dreams"
    )
    add_flags(parser, FarmSettings)
    parser.add_argument(
        "--video", action="store_true", help="make a video of each dream when it is done"
    )
    _add_movie(parser, "go on until each has its img_N")
    _add_weights(parser)
    add_json(parser)
    return parser


def bench_parser(prog: str) -> argparse.ArgumentParser:
    """The flags of `dreammovie bench`."""
    parser = new_parser(prog, "Measure how fast this machine dreams; it takes some minutes.")
    parser.add_argument(
        "--network",
        metavar="NAME",
        help=f"who dreams; see --list-networks of the others (default: {FIRST_CHOICE}, or "
        f"{BUILT_IN} where its weights cannot be had)",
    )
    parser.add_argument(
        "--size",
        default="1280x720",
        metavar="WxH",
        help="size of the frames in pixels (default: %(default)s)",
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="what matters most, in less than two minutes: the gradient beside the machine's own "
        "pace, two steps of a frame beside the tutorial's loop, and the start",
    )
    parser.add_argument(
        "--repeats",
        type=int,
        metavar="N",
        help="runs of which the median is taken (default: 5, or 3 with --quick)",
    )
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object in the place of tables"
    )
    _add_weights(parser)
    return parser


PARSERS: dict[str, Callable[[str], argparse.ArgumentParser]] = {
    "frames": frames_parser,
    "plan": plan_parser,
    "video": video_parser,
    "motion": motion_parser,
    "bring": bring_parser,
    "settings": settings_parser,
    "image": image_parser,
    "evolve": evolve_parser,
    "layers": layers_parser,
    "app": app_parser,
    "bench": bench_parser,
    "farm": farm_parser,
}
"""By command; each takes the name of the program."""


def _add_dream(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "dream",
        nargs="?",
        metavar="DREAM",
        help="a name under dreams/, or a folder (default: the dream whose img_0 is newest)",
    )


def _add_frames(parser: argparse.ArgumentParser, help: str) -> None:
    parser.add_argument(
        "--frames", type=int, metavar="N", help=f"{help} (default: {FRAMES}, or all of a clip)"
    )


def _add_movie(parser: argparse.ArgumentParser, frames: str, after: str | None = None) -> None:
    """How a dream goes on: until when, with what, from where; with the help of two flags."""
    _add_frames(parser, frames)
    _add_preset(parser)
    parser.add_argument(
        "--from",
        dest="taken_from",
        type=Path,
        metavar="FILE",
        help="begin with the settings that a picture or a video was dreamt with, as it says itself",
    )
    _add_recipe(parser, f"the dream's own settings; those of a new one are {CLASSIC}")
    add_flags(parser, MovieSettings, schedules=True)
    if after:
        parser.add_argument("--after", type=int, metavar="N", help=after)
    varying = ", ".join(flag(f.name) for f in fields(MovieSettings) if not f.metadata["fixed"])
    parser.epilog = (
        f"These may vary over the movie: {varying}. In the place of a number they take a "
        'schedule, such as --zoom "0:1.05, 4s:1.3 smooth, 300:1.0".'
    )


def _add_photo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "photo", nargs="?", type=Path, metavar="PICTURE", help=f"a picture: {KINDS}"
    )


def _add_output(parser: argparse.ArgumentParser, metavar: str, help: str) -> None:
    parser.add_argument("--output", "-o", type=Path, metavar=metavar, help=help)


def _add_recipe(parser: argparse.ArgumentParser, default: str) -> None:
    parser.add_argument(
        "--recipe",
        metavar="NAME",
        help=f"begin with a named set of settings: {', '.join(RECIPES)} (default: {default})",
    )


def _add_preset(parser: argparse.ArgumentParser) -> None:
    help = "begin with a movie that has a name; see --list-presets"
    parser.add_argument("--preset", metavar="NAME", help=help)


def _add_weights(
    parser: argparse.ArgumentParser,
    metavar: str = "FILE",
    help: str = "a file with the network's weights",
) -> None:
    parser.add_argument(
        "--weights",
        action="append",
        default=[],
        metavar=metavar,
        help=f"{help} (default: fetched once, then kept)",
    )


def _add_lists(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--list-layers",
        action="store_true",
        help="list the layers and the words for channels, and stop",
    )
    add_list_networks(parser)


def add_list_networks(parser: argparse._ActionsContainer) -> None:
    """Adds the flag that lists the networks, to a parser or a group of one."""
    parser.add_argument("--list-networks", action="store_true", help="list the networks, and stop")
