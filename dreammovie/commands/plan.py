"""`dreammovie plan`: draws what varies over a movie, without dreaming it."""

from __future__ import annotations

import argparse

from dreammovie.commands.progress import tell_folder
from dreammovie.commands.taken import movie_given
from dreammovie.movies.dreams import choose_dream
from dreammovie.movies.plan import draw_plan, frames_of, scripts_of
from dreammovie.movies.start import check_beside
from dreammovie.pictures.image import check_ending, save_image


def run(arguments: argparse.Namespace) -> None:
    """Does what the flags of `flags.plan_parser` ask for."""
    folder = choose_dream(arguments.dream)
    tell_folder(folder, arguments.dream is not None, arguments.prog)
    output = arguments.output or folder / "plan.png"
    check_ending(output, (1, 1))
    given = movie_given(arguments)
    begin = (arguments.recipe, arguments.preset)
    scripts = scripts_of(folder, given, *begin, arguments.after)
    frames = frames_of(folder, scripts, arguments.frames, arguments.after)
    check_beside(output, folder, [script for _, script in scripts], arguments.taken_from)
    save_image(draw_plan(scripts, frames), output)
    print(output)
