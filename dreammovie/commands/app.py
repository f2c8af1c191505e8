"""`dreammovie app`: serves the studio, a web page."""

from __future__ import annotations

import argparse
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from dreammovie.errors import DreamError

_PAGE = Path(__file__).parents[1] / "app.py"


def run(arguments: argparse.Namespace) -> None:
    """Does what the flags of `flags.app_parser` ask for; returns when the server has ended."""
    if find_spec("streamlit") is None:
        raise DreamError(
            "The page needs streamlit, which is not installed: "
            'pip install "dreammovie[app]", or pip install -e ".[app]" in this folder.'
        )
    command = [sys.executable, "-m", "streamlit", "run", str(_PAGE)]
    if arguments.address is not None:
        command.append(f"--server.address={arguments.address}")
    if arguments.port is not None:
        command.append(f"--server.port={arguments.port}")
    if arguments.no_browser:
        command.append("--server.headless=true")
    with subprocess.Popen(command) as server:
        try:
            status = server.wait()
        except KeyboardInterrupt:
            server.wait()  # Ctrl-C reached it, too
            raise
    if status:
        raise DreamError(f"The page's server ended with status {status}; it said why above.")
