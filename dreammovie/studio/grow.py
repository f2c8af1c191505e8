"""The page "Watch it grow"."""

from __future__ import annotations

import streamlit as st

from dreammovie.dreaming.stages import EvolutionSettings
from dreammovie.errors import DreamError
from dreammovie.movies.film import Film
from dreammovie.networks.table import BUILT_IN, NETWORKS
from dreammovie.studio import begin, controls
from dreammovie.studio.jobs import GrowJob, to_jpeg
from dreammovie.studio.words import plain, spoken

_REFRESH = 0.5  # seconds between looks at a dream
_MOST = 640  # longer side of what grows, pixels


def page() -> None:
    """One picture, some networks, every step."""
    state = st.session_state
    begin.say_what_this_is(
        "Watch a dream grow: a video of every step, in one network or in several side by side.",
        "Choose a picture of yours and who dreams of it, and press **Grow**.",
    )
    chooser, place = st.columns((3, 1), vertical_alignment="center")
    with chooser:
        picture, name = begin.choose_picture()
    with st.sidebar:
        networks = st.multiselect(
            "Networks",
            list(NETWORKS),
            [BUILT_IN],
            format_func=controls.describe,
            key="grow_networks",
            max_selections=6,
            persist_state="session",
        )
        layer = st.text_input(
            "Layers",
            placeholder="the favourite of each, or a depth such as 60%",
            key="grow_layer",
            help=controls.help_of("layer"),
            persist_state="session",
        )
        longest = controls.choose_longest(picture.shape, 320, _MOST)
        steps = controls.choose_steps("grow", EvolutionSettings())
    place, idle = place.empty(), st.empty()  # in which nothing stays beside what comes
    job: GrowJob | None = state.get("grow_job")
    at_work = job is not None and not job.done
    if job and at_work:
        if place.button("Stop", width="stretch"):
            job.stop()
            st.rerun()
    elif place.button("Grow", type="primary", width="stretch", disabled=not networks):
        try:
            settings = EvolutionSettings(layer=layer.strip() or None, **steps)
        except DreamError as error:
            st.error(spoken(error))
        else:
            state.grow_job = GrowJob(controls.sized(picture, longest), networks, settings)
            state.grown = picture
            state.grow_job.start()
            st.rerun()
    if job and at_work:
        idle.empty()
        _watch(job)
    elif job and state.grown is picture:
        idle.empty()
        _show(job)
    else:
        with idle.container():
            st.markdown(f"**{plain(name)}**")
            st.image(to_jpeg(picture), width="content", alt=name)


@st.fragment(run_every=_REFRESH)
def _watch(job: GrowJob) -> None:
    """The newest step of every network that has begun."""
    job.look()
    if job.done:
        st.rerun()
    st.progress(job.share, job.words)
    _beside(job.films, None)


@st.fragment
def _show(job: GrowJob) -> None:
    """The films: step by step, and to take away."""
    if job.error:
        st.error(job.error)
    films = [film for film in job.films if film.steps]
    if job.stopped:
        st.caption("It was stopped, so there is no video of it.")
    if not films:
        st.image(to_jpeg(job.start_image), width="content", alt="The picture")
        return
    last = max(film.steps for film in films)
    step = st.slider("Step", 0, last, last, key=f"step_of_{last}")
    _beside(films, step)
    for column, path in zip(st.columns(2), job.videos, strict=False):
        with column:
            if path.suffix == ".mp4":
                st.video(str(path), loop=True)
            else:
                st.image(str(path), width="content", alt="The GIF")
            st.download_button(
                f"Download {path.suffix[1:].upper()}",
                path.read_bytes(),
                path.name,
                on_click="ignore",
                width="stretch",
            )


def _beside(films: list[Film], step: int | None) -> None:
    """One step of every film, side by side; None: the newest of each."""
    for column, film in zip(st.columns(max(1, len(films))), films, strict=False):
        number = film.steps if step is None else min(step, film.steps)
        caption = f"{film.label.name}, {film.label.detail}"
        column.image(str(film.path(number)), caption, width="content", alt=caption)
