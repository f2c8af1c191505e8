"""The page "Dream a picture"."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dreammovie.errors import DreamError
from dreammovie.evolution import PictureSettings
from dreammovie.frames import new_dream
from dreammovie.image import Image, encode, to_uint8
from dreammovie.networks import SECOND_CHOICE
from dreammovie.studio import choices
from dreammovie.studio.compare import compare
from dreammovie.studio.jobs import PictureJob, spoken

_REFRESH = 0.4  # seconds between looks at a dream
_OPENING = PictureSettings(network=SECOND_CHOICE, steps=10, octaves=3)
_OPENING_LONGEST = 480  # pixels; about two seconds of work


def page() -> None:
    """Upload, choose, dream, compare, download."""
    state = st.session_state
    with st.sidebar:
        picture, name = choices.choose_picture()
        dream_column, stop_column = st.columns(2)
        network = choices.choose_network("network")
        layer = choices.choose_layer(network, "layer")
        longest = choices.choose_longest(picture, 640)
        steps = choices.choose_steps("picture", PictureSettings())
    job: PictureJob | None = state.get("picture_job")
    at_work = job is not None and not job.done
    if dream_column.button("Dream", type="primary", width="stretch", disabled=at_work):
        try:
            settings = PictureSettings(network=network, layer=layer, **steps)
        except DreamError as error:
            st.error(spoken(error))
        else:
            _begin(PictureJob(choices.sized(picture, longest), settings), (picture, name))
    if stop_column.button("Stop", width="stretch", disabled=not at_work) and job:
        job.stop()
    if job is None:
        demo = choices.demo_picture()
        _begin(PictureJob(choices.sized(demo, _OPENING_LONGEST), _OPENING), (demo, choices.DEMO))
    elif at_work:
        _watch(job)
    elif state.dreamt[0] is picture:
        _show(job, name)
    else:
        st.markdown(f"**{name}**. Press Dream.")
        st.image(to_uint8(picture), width="stretch")


def _begin(job: PictureJob, picture: tuple[Image, str]) -> None:
    """Starts the dream of a picture with a name, and shows the page anew."""
    st.session_state.picture_job = job
    st.session_state.dreamt = picture
    job.start()
    st.rerun()


@st.fragment(run_every=_REFRESH)
def _watch(job: PictureJob) -> None:
    """The picture while it dreams."""
    job.look()
    if job.done:
        st.rerun()
    st.progress(job.share, job.words)
    st.image(to_uint8(job.image), width="stretch")


def _show(job: PictureJob, name: str) -> None:
    """The picture and its dream, and what can be done with them."""
    if job.error:
        st.error(job.error)
    if job.stage is None:
        return
    before, after = job.start_image, job.image
    height, width = after.shape[:2]
    stopped = f" Stopped after step {job.stage.number} of {job.stage.count}." * job.stopped
    st.markdown(f"**{job.what}**, {width}x{height}.{stopped}")
    slider, beside = st.tabs(["Before and after", "Side by side"])
    with slider:
        compare(before, after, name, job.what)
    with beside:
        for column, image in zip(st.columns(2), (before, after), strict=True):
            column.image(to_uint8(image), width="stretch")
    png, jpeg, dream = st.columns(3)
    for column, ending in ((png, ".png"), (jpeg, ".jpg")):
        column.download_button(
            f"Download {ending[1:].upper()}",
            partial(encode, after, ending, job.made_with),
            f"dream{ending}",
            on_click="ignore",
            width="stretch",
        )
    with dream.popover("Use as img_0 of a new dream", width="stretch"):
        _offer_as_start(after)


def _offer_as_start(image: Image) -> None:
    """Makes a picture the start of a movie."""
    name = st.text_input("Name of the dream", placeholder="forest")
    if st.button("Make it", disabled=not name):
        try:
            folder = new_dream(name.strip(), image)
        except (DreamError, OSError) as error:
            st.error(spoken(error))
        else:
            st.session_state.dream = folder.name
            st.success(f"{folder} is there. Dream its movie under Dream a movie.")
