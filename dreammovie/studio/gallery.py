"""The page "Gallery"."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from dreammovie.errors import DreamError
from dreammovie.movies.folder import frame_numbers, load_start, video_path
from dreammovie.movies.history import read_history, script_of
from dreammovie.movies.kept import Kept, all_kept, take_away
from dreammovie.movies.notes import read_notes
from dreammovie.studio import begin, controls, runs
from dreammovie.studio.jobs import to_jpeg
from dreammovie.studio.uploads import safe_name
from dreammovie.studio.words import plain, spoken

_COLUMNS = 3
_AT_FIRST = 12  # of what was dreamt, until somebody asks for more
_SMALL = 480  # longer side of what is shown, pixels


def page() -> None:
    """What was dreamt here, newest first: look, dream again with its settings, take away."""
    begin.say_what_this_is(
        "What was dreamt on this machine, newest first.",
        "Use the settings of one for a picture of yours, or delete it.",
    )
    everything = all_kept()
    if not everything:
        st.markdown("There is nothing yet. Dream a picture, and press **Keep it**.")
        return
    shown = st.session_state.setdefault("gallery_shown", _AT_FIRST)
    for kept, cell in zip(everything[:shown], controls.cells(_COLUMNS), strict=False):
        with cell.container(border=True):
            try:
                settings = _show(kept)
            except (DreamError, OSError) as error:
                settings = None
                st.error(spoken(error))
            with st.container(horizontal=True, gap="small"):
                _offer_to_go_on(kept, settings)
                _offer_to_download(kept)
                _offer_to_delete(kept)
    if len(everything) > shown and st.button("Show more"):
        st.session_state.gallery_shown += _AT_FIRST
        st.rerun()


def _show(kept: Kept) -> Mapping[str, Any] | None:
    """One of them; gives a picture's settings."""
    name = safe_name(kept.path.name)
    st.image(_jpeg_of(kept.shown, kept.changed), width="stretch", alt=name)
    if kept.kind == "movie":
        count = len(frame_numbers(kept.path))
        history = read_history(kept.path)
        made = f"; {controls.described(script_of(history[-1]))}" if history else ""
        st.caption(
            f"**{plain(name)}**, a movie of {'1 frame' if count == 1 else f'{count} frames'}{made}"
        )
        return None
    settings = read_notes(kept.path)[0].settings
    st.caption(
        f"**{plain(name)}**; {settings['network']} dreams of {plain(str(settings['layer']))}"
    )
    return settings


def _offer_to_go_on(kept: Kept, settings: Mapping[str, Any] | None) -> None:
    """Goes on with a movie, or dreams with a picture's settings."""
    pages, name = st.session_state.pages, safe_name(kept.path.name)
    if kept.kind == "movie":
        if st.button("Open", key=f"open_{kept.path}", help=f"Open {plain(name)}"):
            st.session_state.dream = kept.path.name
            st.switch_page(pages["movie"])
    elif settings and st.button(
        "Use its settings", key=f"again_{kept.path}", help="For the next picture that you dream"
    ):
        _take(settings)
        st.switch_page(pages["picture"])


def _offer_to_download(kept: Kept) -> None:
    """A picture, or the video of a movie that has one."""
    path = video_path(kept.path) if kept.kind == "movie" else kept.path
    if path.exists():
        st.download_button(
            "Download",
            path.read_bytes,
            path.name,
            key=f"download_{kept.path}",
            on_click="ignore",
            help=f"Download {plain(safe_name(path.name))}",
        )


def _offer_to_delete(kept: Kept) -> None:
    """Takes it away, if that is wanted twice."""
    name = safe_name(kept.path.name)
    # With a key, or else the one that takes its place would be open.
    with st.popover("Delete", key=f"ask_{kept.path}", help=f"Delete {plain(name)}"):
        st.markdown(f"{plain(name)} will be gone for good, with all that belongs to it.")
        if st.button("Delete it for good", key=f"away_{kept.path}", type="primary"):
            try:
                take_away(kept)
                runs.forget(kept.path)
            except (DreamError, OSError) as error:
                st.error(spoken(error))
            else:
                st.rerun()


@st.cache_data(max_entries=200, show_spinner=False)
def _jpeg_of(path: Path, changed: float) -> bytes:
    """A picture as the page shows it; `changed` tells apart what a file held when."""
    return to_jpeg(load_start(path), _SMALL)


def _take(settings: Mapping[str, Any]) -> None:
    """Lets the first page's controls show the settings of a picture."""
    state = st.session_state
    state.network = state.layer_of = settings["network"]
    state.layer = settings["layer"]
    controls.take_steps("picture", settings)
