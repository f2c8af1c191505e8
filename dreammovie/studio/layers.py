"""The page "Layers"."""

from __future__ import annotations

import streamlit as st

from dreammovie.networks.weights import weights_file
from dreammovie.pictures.image import encode
from dreammovie.pictures.sheet import Sheet
from dreammovie.studio import controls
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
    with st.sidebar:
        network = controls.choose_network("layers_network")
    finished = _sheets()
    job: LayersJob | None = finished.get(network) or state.get("layers_job")
    if job is None or job.name != network:
        if job is not None:
            job.stop()
        state.layers_job = job = LayersJob(network)
        if weights_file(network).exists():
            job.start()
    if not job.started:
        if st.button(f"Fetch {network}, and let its layers dream"):
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
    _show(job)
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
    st.progress(job.share, job.words)
    _show(job)


def _show(job: LayersJob) -> None:
    """The layers that are done, side by side."""
    st.caption(
        f"What the layers of {job.name} see in noise, from the shallowest to the deepest. "
        "Click one to dream with it."
    )
    columns = st.columns(_COLUMNS)
    for number, (name, picture) in enumerate(list(job.pictures.items())):
        column = columns[number % _COLUMNS]
        column.image(picture, job.labels[name].detail, width="stretch")
        if column.button(name, width="stretch"):
            st.session_state.network, st.session_state.layer = job.name, name
            st.session_state.layer_of = job.name
            st.switch_page(st.session_state.pages["picture"])


def _sheet(job: LayersJob) -> bytes:
    """All layers in one JPEG."""
    pictures = list(job.pictures.values())
    sheet = Sheet(pictures[0].shape[:2], list(job.labels.values()))
    return encode(sheet.filled(picture.astype("float32") for picture in pictures))
