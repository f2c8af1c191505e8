"""The page "Dream a picture"."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dreammovie.dreaming.stages import PictureSettings
from dreammovie.errors import DreamError
from dreammovie.movies.kept import keep_picture
from dreammovie.networks.table import BUILT_IN
from dreammovie.pictures.image import Image
from dreammovie.studio import begin, controls, readymade
from dreammovie.studio.compare import compare
from dreammovie.studio.jobs import PictureJob, to_jpeg
from dreammovie.studio.words import plain, spoken

_REFRESH = 0.4  # seconds between looks at a dream


def page() -> None:
    """Upload, choose, dream, compare, download."""
    state = st.session_state
    begin.say_what_this_is(
        "A neural network changes a picture until it sees more of what it believes to see.",
        "Choose a picture of yours, and press **Dream**.",
    )
    chooser, place = st.columns((3, 1), vertical_alignment="center")
    with chooser:
        picture, name = begin.choose_picture()
    with st.sidebar:
        network = controls.choose_network("network")
        layer = controls.choose_layer(network, "layer")
        longest = controls.choose_longest(picture.shape, 640)
        steps = controls.choose_steps("picture", PictureSettings())
    place, idle = place.empty(), st.empty()  # in which nothing stays beside what comes
    job: PictureJob | None = state.get("picture_job")
    at_work = job is not None and not job.done
    if job and at_work:
        if place.button("Stop", width="stretch"):
            job.stop()
            st.rerun()
    elif place.button("Dream", type="primary", width="stretch"):
        try:
            settings = PictureSettings(network=network, layer=layer, **steps)
        except DreamError as error:
            st.error(spoken(error))
        else:
            _begin(PictureJob(controls.sized(picture, longest), settings), (picture, name))
    if job and at_work:
        idle.empty()
        _watch(job)
    elif job and state.dreamt[0] is picture:
        idle.empty()
        _show(job, name)
    else:
        with idle.container():
            _show_still(picture, name)


def _show_still(picture: Image, name: str) -> None:
    """The picture before its dream, or the opening."""
    if name == begin.DEMO:
        opening = readymade.opening()
        compare(opening.before, opening.growing, opening.shape, (name, opening.words))
        st.caption(f"{plain(name)}; {opening.words}, step by step. This one was dreamt beforehand.")
    else:
        st.markdown(f"**{plain(name)}**. Press Dream.")
        st.image(to_jpeg(picture), width="content", alt=name)


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
    st.image(job.after, width="content", alt="The picture as it is now")


def _show(job: PictureJob, name: str) -> None:
    """The picture and its dream, and what can be done with them."""
    if job.error:
        st.error(job.error)
        here = f"Dream with {BUILT_IN} instead"
        if job.settings.network != BUILT_IN and st.button(here, help="It is here already."):
            settings = replace(job.settings, network=BUILT_IN, layer=None)
            _begin(PictureJob(job.start_image, settings), st.session_state.dreamt)
    if job.stage is None:
        if job.stopped:
            st.markdown(f"**{plain(name)}**. It was stopped before its first step.")
        st.image(job.before, width="content", alt=name)
        return
    height, width = job.start_image.shape[:2]
    words = f"**{plain(job.what)}**, {width}x{height}."
    if job.stopped:
        words += f" Stopped after step {job.stage.number} of {job.stage.count}."
    st.markdown(words)
    png, jpeg, keep, dream = st.columns(4)
    for column, ending in ((png, ".png"), (jpeg, ".jpg")):
        column.download_button(
            f"Download {ending[1:].upper()}",
            job.file(ending),
            f"dream{ending}",
            on_click="ignore",
            width="stretch",
        )
    _offer_to_keep(keep, job, name)
    with dream.popover("Make a movie of it", width="stretch"):
        _offer_as_start(job)
    slider, beside = st.tabs(["Before and after", "Side by side"])
    with slider:
        compare(job.before, job.after, (height, width), (name, job.what))
    with beside:
        both = (job.before, name), (job.after, job.what)
        for column, (image, words) in zip(st.columns(2), both, strict=True):
            column.image(image, width="content", alt=words)


def _offer_to_keep(place: DeltaGenerator, job: PictureJob, name: str) -> None:
    """Puts the dream into the gallery, once, when it is asked for."""
    if job.kept:
        place.button("Kept in the gallery", width="stretch", disabled=True)
    elif place.button("Keep it", width="stretch", help="Everybody here sees it in the gallery."):
        keep_picture(job.file(".jpg"), PurePath(name).stem)
        job.kept = True
        st.rerun()


def _offer_as_start(job: PictureJob) -> None:
    """Makes the dream the start of a movie, and goes there."""
    begin.begin_dream("Name of the new dream", "Make it", job.image)
    if st.session_state.get("begun"):
        st.switch_page(st.session_state.pages["movie"])
