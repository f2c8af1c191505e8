"""Values over time on the page: a text for each, and beside them the picture of what they do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import streamlit as st

from dreammovie.errors import DreamError
from dreammovie.movies.clip import ClipSettings
from dreammovie.movies.folder import start_clip
from dreammovie.movies.plan import draw_plan, frames_of, scripts_of
from dreammovie.movies.schedule import MovieSettings, Script, direct, look_ahead
from dreammovie.studio.controls import help_of, title_of
from dreammovie.studio.jobs import to_jpeg
from dreammovie.studio.words import spoken

_NAMES = [
    each.name
    for each in fields(MovieSettings)
    if not each.metadata["fixed"] and not each.metadata["file"]  # a visitor names none of ours
]
_OF_CLIPS = {each.name for each in fields(ClipSettings)}
_WIDTH = 540  # of the picture, pixels: about as wide as it is shown, so that it can be read
_EXAMPLE = "0:1.05, 4s:1.3 smooth, 300:1.0"


def varying_in(key: str, script: Script) -> list[str]:
    """The settings for which a schedule's text was chosen; those that have one, at first."""
    return list(st.session_state.get(f"{key}_varying", script.schedules))


def choose_schedules(
    folder: Path, key: str, script: Script, next_frame: int, frames: int
) -> dict[str, str]:
    """What varies over the movie, and how: the name of a setting to its schedule's text.

    Args:
        folder: The dream's.
        key: Prefix of the widgets' keys.
        script: What is written for the dream now.
        next_frame, frames: The first and the last frame of the movie that are to be made.
    """
    of_clip = start_clip(folder)
    st.session_state.setdefault(f"{key}_varying", list(script.schedules))
    varying = st.pills(
        "Over time",
        [name for name in _NAMES if of_clip or name not in _OF_CLIPS or name in script.schedules],
        selection_mode="multi",
        format_func=title_of,
        key=f"{key}_varying",
        persist_state="session",
        help=f"What is chosen here takes a schedule in the place of a number, such as {_EXAMPLE}. "
        "A key is a frame, or seconds with an s; a value is a number or a formula.",
    )
    texts: dict[str, str] = {}
    for name in varying:
        begins_with = f"0:{getattr(script.settings, name)}"
        st.session_state.setdefault(f"{key}_{name}_text", script.schedules.get(name, begins_with))
        texts[name] = st.text_input(
            f"{title_of(name)} over time",
            key=f"{key}_{name}_text",
            persist_state="session",
            help=help_of(name, MovieSettings),
        )
        try:
            look_ahead(direct(script, {name: texts[name]}), next_frame, frames)
        except DreamError as error:
            st.error(spoken(error))
    return texts


def show_plan(folder: Path, given: Mapping[str, Any], frames: int) -> None:
    """The picture of what varies in a dream, if anything does, and nothing of it is wrong."""
    try:
        scripts = scripts_of(folder, given)
        plan = draw_plan(scripts, frames_of(folder, scripts, frames), _WIDTH)
    except (DreamError, OSError):  # what is wrong stands under its text, or the dream will say it
        return
    words = "What varies, from frame 1 to the last"
    st.image(to_jpeg(plan), words, alt=words)
