"""What the pages let people choose, in the same words and bounds as the command line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import fields
from threading import Event
from typing import Any

import streamlit as st
from PIL import Image as Pillow

from dreammovie.demo import draw_demo
from dreammovie.dream import RECIPES, DreamSettings, change
from dreammovie.errors import DreamError
from dreammovie.evolution import PictureSettings
from dreammovie.frames import new_dream
from dreammovie.image import SUFFIXES, Image, fit, to_uint8
from dreammovie.movie import MovieSettings
from dreammovie.networks import NETWORKS, SECOND_CHOICE
from dreammovie.networks.weights import weights_file
from dreammovie.octaves import MIN_SIDE
from dreammovie.settings import kind_of
from dreammovie.studio.jobs import awake, loaded, spoken
from dreammovie.studio.uploads import read_upload, safe_name

DEMO = "The valley at dusk"
"""Name of the picture that is there before any was uploaded."""

_LENGTHS = (240, 320, 480, 640, 960, 1280, 1920, 2560, 4096)  # pixels
_FAVOURITE = "its favourite"

# Where a slider begins and ends: what is beautiful, not all that is possible.
_COMFORTABLE = {
    "steps": (1, 60, 1),
    "step_size": (0.25, 8.0, 0.25),
    "octaves": (1, 8, 1),
    "octave_scale": (1.1, 2.5, 0.1),
}


@st.cache_resource(show_spinner=False)
def demo_picture() -> Image:
    """The demo's picture, float32 (H, W, 3)."""
    return draw_demo()


@st.cache_resource(show_spinner=False)
def icon() -> Pillow.Image:
    """The page's icon, drawn here: Streamlit's own icons come from elsewhere on the net."""
    return Pillow.fromarray(to_uint8(fit(demo_picture(), (64, 64))))


def choose_picture() -> tuple[Image, str]:
    """The picture that all pages work with, float32 (H, W, 3), and its name."""
    state, changed = st.session_state, _event("upload")
    file = st.file_uploader(
        "A picture of yours",
        type=[suffix[1:] for suffix in SUFFIXES],
        help="JPEG, PNG or WebP. It goes to the machine that dreams, and no further.",
        key="upload",
        on_change=changed.set,
    )
    if changed.is_set():
        state.upload_problem = state.picture = None
        if file is not None:
            try:
                state.picture = read_upload(file, file.name), safe_name(file.name)
            except DreamError as error:
                state.upload_problem = spoken(error)
        changed.clear()
    if problem := state.get("upload_problem"):
        st.error(problem)
    picture, name = state.get("picture") or (demo_picture(), DEMO)
    if name != DEMO and file is None:  # it was uploaded on another page
        st.button(f"Take {name} away", on_click=changed.set, width="stretch")
    return picture, name


def begin_dream(label: str, word: str, picture: Image) -> None:
    """Asks for a name, and makes the picture, float32 (H, W, 3), the start of a new dream.

    Its name is in the session's state as `begun` until a page takes it from there.
    """
    state, pressed = st.session_state, _event("begin")
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


def _event(name: str) -> Event:
    """What a widget's callback sets, and the page clears once it has done what was asked for.

    Any other message from the browser ends the run of a page, and Streamlit ends a callback for
    it, too, as soon as that touches the session's state; neither is called again. What is set
    here is seen by the next run.
    """
    event: Event = st.session_state.setdefault(f"event_{name}", Event())
    return event


def sized(picture: Image, longest: int) -> Image:
    """The picture with its longer side at most so many pixels."""
    scale = min(1.0, longest / max(picture.shape))
    return fit(picture, (round(picture.shape[0] * scale), round(picture.shape[1] * scale)))


def choose_longest(shape: Sequence[int], default: int, most: int = _LENGTHS[-1]) -> int:
    """How long the longer side of a dream of a picture of (height, width) is, pixels."""
    own = max(shape[:2])
    least = MIN_SIDE * own / min(shape[:2])
    lengths = [n for n in _LENGTHS if least <= n < min(own, most)]
    lengths.append(min(own, max(most, math.ceil(least))))
    if len(lengths) == 1:
        return lengths[0]
    value = max((n for n in lengths if n <= default), default=lengths[0])
    return int(
        st.select_slider(
            "Longer side",
            lengths,
            value,
            format_func=lambda n: f"{n} pixels",
            key=f"longest_{own}_{default}",
            persist_state="session",
            help="A larger dream takes longer.",
        )
    )


def describe(network: str) -> str:
    """A network's name, and whether its weights must be fetched first."""
    return network if weights_file(network).exists() else f"{network} (fetched first)"


def choose_network(key: str, default: str | None = None) -> str:
    """Who dreams; the built-in network where nobody chooses."""
    st.session_state.setdefault(key, default or SECOND_CHOICE)
    network = st.selectbox(
        "Network",
        list(NETWORKS),
        format_func=describe,
        key=key,
        help=help_of("network"),
        persist_state="session",
    )
    st.caption(NETWORKS[network].description)
    return str(network)


def choose_layer(network: str, key: str, default: str | None = None) -> str | None:
    """What the dream is made of: a main layer, whatever else is typed; None: its favourite."""
    names = [_FAVOURITE]
    if awake.is_set() and weights_file(network).exists():
        with suppress(DreamError, OSError):  # the dream itself will say what is wrong
            names += loaded(network, "auto")[0].main_layers
    st.session_state.setdefault(key, default or _FAVOURITE)
    if st.session_state.setdefault(f"{key}_of", network) != network:
        st.session_state[key] = _FAVOURITE  # another network has other layers
        st.session_state[f"{key}_of"] = network
    layer = st.selectbox(
        "Layers",
        names,
        key=key,
        accept_new_options=True,
        help=help_of("layer"),
        persist_state="session",
    )
    return None if layer in (None, _FAVOURITE) else str(layer)


def help_of(name: str, settings_class: type = PictureSettings) -> str:
    """What a setting does, as the command line says it."""
    metadata = {each.name: each.metadata for each in fields(settings_class)}
    text = str(metadata[name]["help"])
    for remark in ("; see --list", " (default"):  # for the command line
        text = text.split(remark)[0]
    return text


def choose_steps(key: str, defaults: DreamSettings) -> dict[str, Any]:
    """Recipe, steps, step size, octaves, their ratio, and the seed; by the settings' names.

    Args:
        key: Prefix of the widgets' keys.
        defaults: The settings where nobody chooses.
    """
    for name in (*_COMFORTABLE, "seed"):
        st.session_state.setdefault(f"{key}_{name}", getattr(defaults, name))

    changed = _event(f"{key}_recipe")
    recipe = st.selectbox(
        "Recipe",
        list(RECIPES),
        index=None,
        placeholder="as below",
        key=f"{key}_recipe",
        on_change=changed.set,
        persist_state="session",
        help="A named set of settings; those below can still be changed.",
    )
    chosen = change(defaults, {}, recipe)
    if changed.is_set():
        for name in _COMFORTABLE:
            st.session_state[f"{key}_{name}"] = getattr(chosen, name)
        changed.clear()
    given: dict[str, Any] = {}
    for name, (low, high, step) in _COMFORTABLE.items():
        kind, now = kind_of(DreamSettings, name), st.session_state[f"{key}_{name}"]
        given[name] = kind(
            st.slider(
                name.replace("_", " ").capitalize(),
                kind(min(low, now)),
                kind(max(high, now)),
                step=kind(step),
                key=f"{key}_{name}",
                help=help_of(name),
                persist_state="session",
            )
        )
    given["seed"] = int(
        st.number_input(
            "Seed", 0, 2**31, key=f"{key}_seed", help=help_of("seed"), persist_state="session"
        )
    )
    return given | {"shaping": chosen.shaping, "softness": chosen.softness}


def choose_zoom(key: str, default: float) -> float:
    """By how much a second of a movie moves in."""
    st.session_state.setdefault(f"{key}_zoom", default)
    return float(
        st.slider(
            "Zoom",
            min(0.8, default),
            max(3.0, default),
            step=0.05,
            key=f"{key}_zoom",
            help=help_of("zoom", MovieSettings),
            persist_state="session",
        )
    )
