"""The page "Layers"."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import streamlit as st

from dreammovie.networks.table import BUILT_IN
from dreammovie.networks.weights import weights_file
from dreammovie.pictures.image import encode
from dreammovie.pictures.sheet import Label, Sheet
from dreammovie.studio import begin, controls, readymade
from dreammovie.studio.jobs import LayersJob

_REFRESH = 0.5  # seconds between looks at a dream
_COLUMNS = 4
_MAX_KEPT = 8  # networks whose sheet is kept


@st.cache_resource(show_spinner=False)
def _sheets() -> dict[str, LayersJob]:
    """The finished sheets, by network: all visitors see the same ones."""
    return {}


def page() -> None:
    """What each layer of a network likes to see; one click takes it to the first page."""
    state = st.session_state
    begin.say_what_this_is(
        "Each layer of a network sees something else: strokes, then eyes, then whole creatures.",
        "This is what they make of noise. Click one to dream with it.",
    )
    network = controls.choose_network("layers_network")
    if network == BUILT_IN:
        _show(network, *readymade.layers())
        return
    finished = _sheets()
    job: LayersJob | None = finished.get(network) or state.get("layers_job")
    if job is None or job.name != network:
        if job is not None:
            job.stop()
        state.layers_job = job = LayersJob(network)
    if not job.started:
        fetched = weights_file(network).exists()
        words = "Let its layers dream" if fetched else f"Fetch {network}, and let its layers dream"
        if st.button(words, type="primary"):
            job.start()
            st.rerun()
        return
    if not job.done:
        _watch(job)
        return
    if job.error or job.stopped:
        st.error(job.error or "It was stopped, as nobody was watching.")
        if st.button("Try again"):
            state.layers_job = None
            st.rerun()
        return
    finished[network] = job
    while len(finished) > _MAX_KEPT:
        finished.pop(next(iter(finished)))
    _show(job.name, job.pictures, job.labels)
    st.download_button(
        "Download the sheet",
        _sheet(job),
        f"{network}_layers.jpg",
        on_click="ignore",
    )


@st.fragment(run_every=_REFRESH)
def _watch(job: LayersJob) -> None:
    """The layers as they come."""
    job.look()
    if job.done:
        st.rerun()
    bar, stop = st.columns([5, 1])
    bar.progress(job.share, job.words)
    if stop.button("Stop", width="stretch"):
        job.stop()
        st.rerun()
    _show(job.name, job.pictures, job.labels)


def _show(
    network: str, pictures: Mapping[str, np.ndarray | Path], labels: Mapping[str, Label]
) -> None:
    """The layers that are done, side by side."""
    cells = controls.cells(_COLUMNS)
    for (name, picture), column in zip(list(pictures.items()), cells, strict=False):
        shown = str(picture) if isinstance(picture, Path) else picture
        column.image(shown, labels[name].detail, width="stretch", alt=f"What {name} dreams of")
        if column.button(name, width="stretch"):
            st.session_state.network, st.session_state.layer = network, name
            st.session_state.layer_of = network
            st.switch_page(st.session_state.pages["picture"])


def _sheet(job: LayersJob) -> bytes:
    """All layers in one JPEG."""
    pictures = list(job.pictures.values())
    sheet = Sheet(pictures[0].shape[:2], list(job.labels.values()))
    return encode(sheet.filled(picture.astype("float32") for picture in pictures))
