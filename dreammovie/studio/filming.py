"""How a movie's video is to be: its rate, its ends, and its title."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dreammovie.studio.controls import help_of, sliders, title_of
from dreammovie.videos.cut import VideoSettings
from dreammovie.videos.ends import EndSettings

_RATES = (None, 12, 15, 24, 25, 30, 50, 60)  # frames per second
_ENDS = {
    "loop": (0.0, 10.0, 0.5),
    "fade_in": (0.0, 10.0, 0.5),
    "hold": (0.0, 10.0, 0.5),
    "fade_out": (0.0, 10.0, 0.5),
}


def choose_video(key: str) -> dict[str, Any]:
    """What a visitor wants of a video, in a fold; by the settings' names, where it is no default.

    Args:
        key: Prefix of the widgets' keys.
    """
    with st.expander("The video"):
        rate = st.select_slider(
            "Frames per second",
            _RATES,
            format_func=lambda rate: str(rate or "the dream's"),
            key=f"{key}_fps",
            help=help_of("fps", VideoSettings),
            persist_state="session",
        )
        chosen = sliders(key, _ENDS, EndSettings(), unit=" s")
        chosen["title"] = st.toggle(
            title_of("title"),
            key=f"{key}_title",
            help=help_of("title", EndSettings),
            persist_state="session",
        )
    wanted = {name: value for name, value in chosen.items() if value}
    return wanted | ({"fps": rate} if rate else {})
