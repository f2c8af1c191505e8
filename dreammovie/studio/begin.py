"""What every page begins with: the picture that it works with, and new dreams of pictures."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from PIL import Image as Pillow
from streamlit.navigation.page import StreamlitPage

from dreammovie.errors import DreamError
from dreammovie.movies.dreams import new_clip_dream, new_dream
from dreammovie.pictures.demo import draw_demo
from dreammovie.pictures.image import SUFFIXES, Image, fit, pictures_in, to_uint8
from dreammovie.pictures.kinds import KINDS
from dreammovie.studio.controls import event
from dreammovie.studio.uploads import read_upload, safe_name
from dreammovie.studio.words import plain, spoken
from dreammovie.videos.clip_file import KINDS as KINDS_OF_CLIPS
from dreammovie.videos.clip_file import SUFFIXES as SUFFIXES_OF_CLIPS

DEMO = "The valley at dusk"
"""Name of the picture that is there before any was uploaded."""

_STYLE = """<style>
.stMainBlockContainer { padding-top: 1rem; }
.stApp:has([data-testid="stExpandSidebarButton"]) .stMainBlockContainer { padding-top: 4.2rem; }
button[kind^="primary"] p, [data-tag] span, [data-tag] button { color: #1d1408; }
</style>"""
"""No empty room at the top, but for a button that is there; and words that can be read on buttons:
white on amber cannot.
"""

_MOST_MEGABYTES = 256  # of a video; it is in memory until it is on the disk


@st.cache_resource(show_spinner=False)
def demo_picture() -> Image:
    """The demo's picture, float32 (H, W, 3)."""
    return draw_demo()


@st.cache_resource(show_spinner=False)
def icon() -> Pillow.Image:
    """The page's icon, drawn here: Streamlit's own icons come from elsewhere on the net."""
    return Pillow.fromarray(to_uint8(fit(demo_picture(), (64, 64))))


def offer_pages(pages: Sequence[StreamlitPage]) -> None:
    """A row of all pages, in sight on a phone, too, where Streamlit's own is behind a button."""
    st.html(_STYLE)
    with st.container(horizontal=True, gap="small"):
        for page in pages:
            st.page_link(page, width="content")


def say_what_this_is(heading: str, first: str) -> None:
    """What a page is about, and what to do on it first, each a sentence."""
    st.markdown(f"#### {heading}\n{first}")


def choose_picture() -> tuple[Image, str]:
    """The picture that all pages work with, float32 (H, W, 3), and its name."""
    state, changed, away = st.session_state, event("upload"), event("away")
    file = st.file_uploader(
        "A picture of yours",
        type=[suffix[1:] for suffix in SUFFIXES],
        help=f"{KINDS}. It goes to the machine that dreams, and no further.",
        key="upload",
        on_change=changed.set,
    )
    # An uploader that is empty says little: it forgets its file when its page is left, and now and
    # then when the browser builds it anew. The picture stays until it is taken away.
    new = file if changed.is_set() else None
    if changed.is_set():
        state.upload_problem = None
    if new or away.is_set():
        state.picture, state.upload_holds = None, 1
    if new:
        try:
            state.picture = read_upload(new, new.name), safe_name(new.name)
            state.upload_holds = pictures_in(new)
        except DreamError as error:
            state.upload_problem = spoken(error)
    changed.clear()
    away.clear()
    if problem := state.get("upload_problem"):
        st.error(problem)
    if (count := state.get("upload_holds", 1)) > 1:
        st.caption(f"It holds {count} pictures; the first is taken.")
    picture, name = state.get("picture") or (demo_picture(), DEMO)
    if name != DEMO and file is None:
        st.button(f"Take {plain(name)} away", on_click=away.set)
    return picture, name


def begin_dream(label: str, word: str, picture: Image) -> None:
    """Asks for a name, and makes the picture, float32 (H, W, 3), the start of a new dream.

    Its name is in the session's state as `begun` until a page takes it from there.
    """
    state, pressed = st.session_state, event("begin")
    with st.form(label, border=False):
        name = st.text_input(label, placeholder="its name, such as forest").strip()
        st.form_submit_button(word, width="stretch", on_click=pressed.set)
    if pressed.is_set():
        state.begun = name
        try:
            new_dream(name, picture)
        except (DreamError, OSError) as error:
            state.begun = None
            st.error(spoken(error))
        pressed.clear()


def begin_clip_dream() -> None:
    """Asks for a video and a name, and makes a new dream of it; as `begin_dream`."""
    state, pressed = st.session_state, event("begin_clip")
    with st.form("clip", border=False):
        file = st.file_uploader(
            "A video of yours",
            type=[suffix[1:] for suffix in SUFFIXES_OF_CLIPS],
            max_upload_size=_MOST_MEGABYTES,
            help=f"{KINDS_OF_CLIPS}. Each of its frames is dreamt, and its sound is kept.",
        )
        name = st.text_input("A new dream of the video", placeholder="its name").strip()
        st.form_submit_button("Begin with it", width="stretch", on_click=pressed.set)
    if pressed.is_set():
        pressed.clear()
        if file is None:
            st.error("Choose a video first.")
            return
        state.begun = name
        try:
            new_clip_dream(name, file, file.name)
        except (DreamError, OSError) as error:
            state.begun = None
            st.error(spoken(error))
