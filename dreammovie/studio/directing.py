"""What a director says of a movie: the camera, the look, and the pictures that it is made with."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import streamlit as st

from dreammovie.errors import DreamError
from dreammovie.movies.folder import start_clip
from dreammovie.movies.mask import mask_in
from dreammovie.movies.named import NONE
from dreammovie.movies.schedule import MovieSettings, Script
from dreammovie.pictures.image import SUFFIXES, save_image
from dreammovie.studio import runs
from dreammovie.studio.controls import help_of, sliders, title_of
from dreammovie.studio.uploads import SONGS, keep_song, read_upload
from dreammovie.studio.words import spoken

# Where a slider begins and ends: what is beautiful, not all that is possible.
_CAMERA = {
    "zoom": (0.8, 3.0, 0.05),
    "rotate": (-90.0, 90.0, 1.0),
    "pan_x": (-0.5, 0.5, 0.01),
    "pan_y": (-0.5, 0.5, 0.01),
    "tilt": (-45.0, 45.0, 1.0),
    "turn": (-45.0, 45.0, 1.0),
    "centre_x": (0.0, 1.0, 0.01),
    "centre_y": (0.0, 1.0, 0.01),
    "shake": (0.0, 0.05, 0.001),
    "shake_rate": (0.0, 10.0, 0.1),
}
_LOOK = {
    "hold_colour": (0.0, 1.0, 0.05),
    "grain": (0.0, 0.3, 0.01),
    "mask_edge": (0.0, 0.2, 0.005),
}
_CLIP = {
    "persistence": (0.0, 1.0, 0.01),
    "scene_dreams": (1, 30, 1),
    "dream_of_motion": (-1.0, 1.0, 0.05),
}
_WORDS = {
    "edges": ("mirror", "wrap", "edge", "dream"),
    "rates": ("second", "frame"),
    "mask_motion": ("still", "camera"),
    "flow": ("on", "off"),
    "cuts": ("on", "off"),
}
_FILES = {
    "sound": "A song",
    "guide": "A guide",
    "mask": "A mask",
    "palette": "A picture whose colours are kept",
}


def choose_camera(key: str, script: Script, varying: Collection[str]) -> dict[str, Any]:
    """How the camera moves; by the settings' names.

    Args:
        key: Prefix of the widgets' keys.
        script: What is written for the dream now.
        varying: The settings that have a schedule, and no slider.
    """
    return sliders(key, _CAMERA, script.settings, varying) | _words(key, ["edges", "rates"], script)


def choose_look(folder: Path, key: str, script: Script, varying: Collection[str]) -> dict[str, Any]:
    """What frames look like, and of a clip, how its dream goes on; as `choose_camera`."""
    chosen = sliders(key, _LOOK, script.settings, varying)
    if start_clip(folder):
        chosen |= sliders(key, _CLIP, script.settings, varying) | _words(
            key, ["flow", "cuts"], script
        )
    chosen |= _words(key, ["mask_motion"], script)
    for name, label in _FILES.items():
        chosen |= _file(folder, f"{key}_{name}", name, label, getattr(script.settings, name))
    return chosen


def _words(key: str, names: Collection[str], script: Script) -> dict[str, Any]:
    """Choices among words, one beside the other."""
    chosen = {}
    row = st.container(horizontal=True)
    for name in names:
        st.session_state.setdefault(f"{key}_{name}", getattr(script.settings, name))
        chosen[name] = row.segmented_control(
            title_of(name),
            _WORDS[name],
            key=f"{key}_{name}",
            help=help_of(name, MovieSettings),
            required=True,
            persist_state="session",
        )
    return chosen


def _file(folder: Path, key: str, name: str, label: str, now: str | None) -> dict[str, str]:
    """A file that a visitor brings: kept in the dream's folder under a name of ours."""
    endings = SONGS if name == "sound" else tuple(SUFFIXES)
    file = st.file_uploader(
        label, [ending[1:] for ending in endings], key=key, help=help_of(name, MovieSettings)
    )
    if file is None:
        # A run that is just starting has not written down yet what it uses.
        if f"{key}_saved" in st.session_state and not runs.state(folder).busy:
            _, path = st.session_state.pop(f"{key}_saved")
            if path.name != now:
                path.unlink(missing_ok=True)
        if name == "mask":
            now = now or mask_in(folder)  # which dreams take without being told
        if now in (None, NONE):
            return {}
        kept = st.checkbox(f"Keep the {name} it has", True, key=f"{key}_kept")
        return {} if kept else {name: NONE}
    try:
        if st.session_state.get(f"{key}_saved", ("",))[0] != file.file_id:
            if name == "sound":
                path = keep_song(file, file.name, folder)
            else:
                path = folder / f"{name}.png"
                save_image(read_upload(file, file.name), path)
            st.session_state[f"{key}_saved"] = file.file_id, path
    except (DreamError, OSError) as error:
        st.error(spoken(error))
        return {}
    path = st.session_state[f"{key}_saved"][1]
    return {name: str(path)} if now != path.name else {}
