"""The controls of the pages, with the bounds of the command line's flags.

They have words that an artist knows; what the command line calls them is in their help.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields
from threading import Event
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dreammovie.dreaming.dream import RECIPES, DreamSettings, change
from dreammovie.dreaming.shaping import SHAPINGS
from dreammovie.dreaming.stages import PictureSettings
from dreammovie.errors import DreamError
from dreammovie.movies.presets import PRESETS
from dreammovie.movies.schedule import Script
from dreammovie.networks.table import BUILT_IN, NETWORKS, source_of
from dreammovie.networks.weights import weights_file
from dreammovie.pictures.image import Image, fit
from dreammovie.pictures.sizes import MIN_SIDE, within
from dreammovie.settings import Settings, kind_of
from dreammovie.studio import readymade
from dreammovie.studio.jobs import awake, loaded
from dreammovie.studio.words import plain

_LENGTHS = (240, 320, 480, 640, 960, 1280, 1920, 2560, 4096)  # pixels
_FAVOURITE = "the network's favourite"
_ARTISTS = {
    "recipe": "Style",
    "step_size": "Strength",
    "octaves": "Sizes",
    "octave_scale": "Between sizes",
    "shaping": "Touch",
}
"""What a setting is called on the page, where its own name is the field's."""

# Where a slider begins and ends: what is beautiful, not all that is possible.
_COMFORTABLE = {
    "steps": (1, 60, 1),
    "step_size": (0.25, 8.0, 0.25),
    "octaves": (1, 8, 1),
    "octave_scale": (1.1, 2.5, 0.1),
}

_CHOSEN = (*_COMFORTABLE, "seed", "shaping", "softness")  # the last has no control, but recipes
_SEEDS = 2**53 - 1  # the most that a browser counts to


def event(name: str) -> Event:
    """What a widget's callback sets, and the page clears once it has done what was asked for.

    Any other message from the browser ends the run of a page, and Streamlit ends a callback for
    it, too, as soon as that touches the session's state; neither is called again. What is set
    here is seen by the next run.
    """
    event: Event = st.session_state.setdefault(f"event_{name}", Event())
    return event


def cells(columns: int) -> Iterator[DeltaGenerator]:
    """Places side by side, row after row; below one another, they keep that order."""
    while True:
        yield from st.columns(columns)


def sized(picture: Image, longest: int) -> Image:
    """The picture with its longer side at most so many pixels."""
    return fit(picture, within(picture.shape, longest))


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
    """A network's name, and how much must be fetched before it dreams."""
    if weights_file(network).exists():
        return network
    return f"{network} (fetches {source_of(network).megabytes} MB first)"


def choose_network(key: str, default: str | None = None) -> str:
    """Who dreams; the built-in network where nobody chooses."""
    st.session_state.setdefault(key, default or BUILT_IN)
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
    if network == BUILT_IN:
        names += readymade.layers()[1]
    elif awake.is_set() and weights_file(network).exists():
        with suppress(DreamError, OSError):  # the dream itself will say what is wrong
            names += loaded(network, "auto").network.main_layers
    st.session_state.setdefault(key, default or _FAVOURITE)
    if st.session_state.setdefault(f"{key}_of", network) != network:
        st.session_state[key] = _FAVOURITE  # another network has other layers
        st.session_state[f"{key}_of"] = network
    names += {st.session_state[key]} - {*names}  # what was typed, or came from elsewhere
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
    """What a setting does, as the command line says it, after its name there if it has another."""
    metadata = {each.name: each.metadata for each in fields(settings_class)}
    text = str(metadata[name]["help"])
    for remark in ("; see --list", " (default"):  # for the command line
        text = text.split(remark)[0]
    return f"{_own_name(name)}: {text}" if name in _ARTISTS else text


def choose_steps(key: str, defaults: DreamSettings) -> dict[str, Any]:
    """Recipe, steps, step size, octaves, their ratio, and the seed; by the settings' names.

    Args:
        key: Prefix of the widgets' keys.
        defaults: The settings where nobody chooses.
    """
    for name in _CHOSEN:
        st.session_state.setdefault(f"{key}_{name}", getattr(defaults, name))

    changed = event(f"{key}_recipe")
    recipe = st.selectbox(
        title_of("recipe"),
        list(RECIPES),
        index=None,
        placeholder="none",
        key=f"{key}_recipe",
        on_change=changed.set,
        persist_state="session",
        help="Recipe: a set of settings with a name; those below can still be changed.",
    )
    chosen = change(defaults, {}, recipe)
    if changed.is_set():
        for name in _CHOSEN:
            if name != "seed":
                st.session_state[f"{key}_{name}"] = getattr(chosen, name)
        changed.clear()
    given: dict[str, Any] = {}
    for name, (low, high, step) in _COMFORTABLE.items():
        kind, now = kind_of(DreamSettings, name), st.session_state[f"{key}_{name}"]
        given[name] = kind(
            st.slider(
                title_of(name),
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
            title_of("seed"),
            0,
            _SEEDS,
            key=f"{key}_seed",
            help=help_of("seed"),
            persist_state="session",
        )
    )
    given["shaping"] = st.selectbox(
        title_of("shaping"),
        list(SHAPINGS),
        key=f"{key}_shaping",
        help=help_of("shaping"),
        persist_state="session",
    )
    return given | {"softness": st.session_state[f"{key}_softness"]}


def take_steps(key: str, settings: Mapping[str, Any]) -> None:
    """Has the controls of `choose_steps` show settings, by their names."""
    st.session_state[f"{key}_recipe"] = None
    for name in _CHOSEN:
        st.session_state[f"{key}_{name}"] = settings[name]


def choose_preset(key: str) -> str | None:
    """A movie to begin with, whose settings the widgets that come after it show; or none."""
    name = st.selectbox(
        "Preset",
        list(PRESETS),
        index=None,
        placeholder="none",
        format_func=lambda name: f"{name}: {PRESETS[name].description}",
        key=key,
        help="A camera, a layer and a look; what is below can still be changed.",
        persist_state="session",
    )
    return None if name is None else str(name)


def sliders(
    key: str,
    ranges: Mapping[str, tuple[float, float, float]],
    settings: Settings,
    varying: Collection[str] = (),
    unit: str = "",
) -> dict[str, Any]:
    """Sliders in two columns, for some settings; by the settings' names.

    Args:
        key: Prefix of the widgets' keys.
        ranges: Where each slider begins and ends, and its step; a value beyond has its place, too.
        settings: What is so where nobody chooses.
        varying: The settings that have a schedule, and no slider.
        unit: What stands after each value.
    """
    chosen: dict[str, Any] = {}
    settings_class: Any = type(settings)
    names = [each for each in ranges if each not in varying]
    for name, cell in zip(names, cells(2), strict=False):
        kind: Any = kind_of(settings_class, name)
        now, (low, high, step) = getattr(settings, name), ranges[name]
        st.session_state.setdefault(f"{key}_{name}", now)
        chosen[name] = kind(
            cell.slider(
                title_of(name),
                kind(min(low, now)),
                kind(max(high, now)),
                step=kind(step),
                format=("%d" if kind is int else "%.3g") + unit,
                key=f"{key}_{name}",
                help=help_of(name, settings_class),
                persist_state="session",
            )
        )
    return chosen


def title_of(name: str) -> str:
    """What a setting is called on the page."""
    return _ARTISTS.get(name) or _own_name(name)


def _own_name(name: str) -> str:
    return name.replace("_", " ").capitalize()


def described(script: Script) -> str:
    """A movie's settings in a line."""
    settings = script.settings
    written = {n: f"{v:g}" if isinstance(v, float) else v for n, v in script.written.items()}
    size = f", {settings.size}" if settings.size else ""
    named = ("steps", "step_size", "octaves", "zoom", "seed")
    line = f"{settings.network} dreams of {settings.layer or 'its favourite layer'}{size}: "
    line += ", ".join(f"{title_of(name).lower()} {written[name]}" for name in named)
    return plain(line)
