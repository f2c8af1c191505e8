"""`dreammovie app`: serves the studio, a web page."""

from __future__ import annotations

import argparse
from importlib.util import find_spec
from pathlib import Path

from dreammovie.errors import DreamError, installing

_PAGE = Path(__file__).parents[1] / "app.py"


def run(arguments: argparse.Namespace) -> None:
    """Does what the flags of `flags.app_parser` ask for; returns when the server has ended."""
    if find_spec("streamlit") is None:
        raise DreamError(f"The page needs streamlit, which is not installed: {installing('app')}.")
    from streamlit.web import cli

    options = {"server.address": arguments.address, "server.port": arguments.port}
    flags = [f"--{name}={value}" for name, value in options.items() if value is not None]
    if arguments.no_browser:
        flags.append("--server.headless=true")
    cli.main(["run", str(_PAGE), *flags], standalone_mode=False)
