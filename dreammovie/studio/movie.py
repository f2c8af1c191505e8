"""The page "Dream a movie"."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from tqdm import tqdm

from dreammovie.errors import DreamError
from dreammovie.frames import all_dreams, new_dream, read_history, start_image, stop
from dreammovie.image import load_image, to_uint8
from dreammovie.movie import MovieSettings, natural_shape, settings_of
from dreammovie.networks import SECOND_CHOICE
from dreammovie.studio import choices, runs
from dreammovie.studio.jobs import spoken

_REFRESH = 1.0  # seconds between looks at a dream
_SMALL, _LARGE = 320, 1280  # longer sides of pictures on the page, pixels
_FIRST_GOAL, _MORE = 300, 48  # frames that are offered to be made


def page() -> None:
    """The dreams, one of them in detail, and a new one."""
    folders = all_dreams()
    with st.sidebar:
        _offer_new_dream()
    if not folders:
        st.info("There is no dream yet. Begin one in the sidebar.")
        return
    names = [folder.name for folder in folders]
    if st.session_state.get("dream") not in names:
        st.session_state.dream = names[0]
    name = st.pills("Dreams", names, key="dream", required=True, persist_state="session")
    folder = folders[names.index(str(name))]
    try:
        _show(folder)
    except (DreamError, OSError) as error:
        st.error(spoken(error))


def _offer_new_dream() -> None:
    """A new dream from the picture that was uploaded."""
    picture, title = choices.choose_picture()
    st.image(to_uint8(choices.sized(picture, _SMALL)), caption=title)
    name = st.text_input("A new dream of it", placeholder="its name, such as forest")
    if st.button("Begin", disabled=not name, width="stretch"):
        try:
            st.session_state.dream = new_dream(name.strip(), picture).name
        except (DreamError, OSError) as error:
            st.error(spoken(error))


def _show(folder: Path) -> None:
    """One dream: its frames, its settings, what can be done with it."""
    state = runs.state(folder)
    if state.error:
        st.error(state.error)
    _watch(folder, state.busy)
    given = _choose_settings(folder, state)
    frames = st.number_input(
        "Until frame",
        state.newest + 1,
        10**6,
        max(_FIRST_GOAL, state.newest + _MORE),
        disabled=state.busy,
        key=f"frames_{folder.name}_{state.newest if not state.busy else ''}",
    )
    go, halt, film = st.columns(3)
    word = "Go on" if state.newest else "Start"
    if go.button(word, type="primary", width="stretch", disabled=state.busy):
        runs.start_frames(folder, int(frames), given)
        st.rerun()
    if halt.button("Stop", width="stretch", disabled=state.run is None):
        stop(folder)
        st.rerun()
    no_video = state.busy or not state.newest
    if film.button("Make the video", width="stretch", disabled=no_video):
        runs.start_video(folder)
        st.rerun()
    video = runs.video_path(folder)
    if video.exists() and not state.filming:
        st.video(str(video), loop=True)
        with open(video, "rb") as file:
            st.download_button("Download the video", file, video.name, on_click="ignore")


@st.fragment(run_every=_REFRESH)
def _watch(folder: Path, busy: bool) -> None:
    """The first and the newest frame, and how fast they come."""
    state = runs.state(folder)
    if state.busy != busy:
        st.rerun()
    numbers = st.columns(3)
    numbers[0].metric("Frames", state.newest)
    numbers[1].metric("A frame takes", f"{state.pace:.1f} s" if state.pace else "-")
    left = "-" if state.left is None else tqdm.format_interval(state.left)
    numbers[2].metric("Time left", left)
    st.caption(_words(state))
    first, newest = st.columns((1, 2))
    for column, path, longest, caption in (
        (first, start_image(folder), _SMALL, "img_0"),
        (newest, runs.newest_picture(folder), _LARGE, f"img_{state.newest}"),
    ):
        column.image(_shown(path, path.stat().st_mtime_ns, longest), caption, width="stretch")


def _words(state: runs.State) -> str:
    """What is going on, in words."""
    if state.filming:
        return "The video is being made."
    if state.starting:
        return "The network wakes up."
    if state.run is None:
        return "Nobody is at work here."
    if state.run.frames is None:
        return "It stops after the step in hand."
    return f"It dreams until frame {state.run.frames}, also when this page is closed."


@lru_cache(maxsize=64)
def _shown(path: Path, changed: int, longest: int) -> np.ndarray:
    """A frame as a page shows it, uint8; `changed` tells apart what a file held when."""
    return to_uint8(choices.sized(load_image(path), longest))


def _choose_settings(folder: Path, state: runs.State) -> dict[str, Any]:
    """The settings that differ from those that the dream has now."""
    history = read_history(folder)
    now = settings_of(history[-1]) if history else MovieSettings(network=SECOND_CHOICE)
    key = f"movie_{folder.name}"
    title = f"{now.network}, {now.layer or 'its favourite layer'}"
    with st.expander(title):
        st.caption("What is changed here counts from the next frame that is started.")
        network = choices.choose_network(f"{key}_network", now.network)
        layer = choices.choose_layer(network, f"{key}_layer", now.layer)
        chosen = choices.choose_steps(key, now) | {
            "network": network,
            "layer": layer,
            "zoom": choices.choose_zoom(key, now.zoom),
        }
        if not history:
            picture = load_image(start_image(folder))
            longest = choices.choose_longest(picture, 640)
            height, width = natural_shape(picture.shape[:2], folder, longest)
            chosen["size"] = f"{width}x{height}"
    before = MovieSettings() if not history else now
    return {
        name: value
        for name, value in chosen.items()
        if value is not None and value != getattr(before, name)
    }
