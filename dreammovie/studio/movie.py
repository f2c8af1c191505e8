"""The page "Dream a movie"."""

from __future__ import annotations

from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st
from tqdm import tqdm

from dreammovie.errors import DreamError
from dreammovie.movies.dreams import all_dreams
from dreammovie.movies.folder import (
    load_start,
    start_clip,
    start_image,
    video_path,
)
from dreammovie.movies.history import every_of, read_history, script_of
from dreammovie.movies.live import look_away, look_on
from dreammovie.movies.lock import current_run, stop
from dreammovie.movies.schedule import direct, heard
from dreammovie.movies.start import first_script, last_of, pace_of
from dreammovie.networks.table import BUILT_IN, source_of
from dreammovie.pictures.sizes import natural_shape
from dreammovie.studio import begin, controls, runs
from dreammovie.studio.directing import choose_camera, choose_look
from dreammovie.studio.filming import choose_video
from dreammovie.studio.frames import jpeg_of, scrub, show_beside
from dreammovie.studio.jobs import to_jpeg
from dreammovie.studio.schedules import choose_schedules, show_plan, varying_in
from dreammovie.studio.words import plain, spoken

_REFRESH = 1.0  # seconds between looks at a dream
_SMALL = 160  # longer side of the picture of a new dream, pixels
_MORE = 48  # frames that are offered to be made after those there are
_WORDS: dict[runs.Doing, str] = {
    "nothing": "Nothing is being dreamt now.",
    "starting": "The network wakes up.",
    "dreaming": "It dreams until frame {frames}, also when this page is closed.",
    "stopping": "It stops after the step in hand.",
    "filming": "The video is being made.",
}


def page() -> None:
    """The dreams, one of them in detail, and a new one."""
    begin.say_what_this_is(
        "Dream a picture, move closer, and dream again: that is a movie.",
        "Begin a dream of a picture or of a video, and press **Start**.",
    )
    folders = {folder.name: folder for folder in all_dreams()}
    with st.expander("A new dream", expanded=not folders):
        of_picture, of_video = st.columns(2)
        with of_picture:
            picture, title = begin.choose_picture()
            st.image(to_jpeg(picture, _SMALL), title, alt=title)
            begin.begin_dream("A new dream of it", "Begin", picture)
        with of_video:
            begin.begin_clip_dream()
    folders = {folder.name: folder for folder in all_dreams()}
    if st.session_state.get("begun") in folders:
        st.session_state.dream = st.session_state.pop("begun")
    _look_for_others(set(folders))  # not before the state is used, where a run that is over ends
    if not folders:
        st.markdown("There is none yet. Choose a picture or a video, and give it a name.")
        return
    if st.session_state.get("dream") not in folders:
        at_work = (name for name, folder in folders.items() if current_run(folder))
        st.session_state.dream = next(at_work, next(iter(folders)))
    name = st.pills(
        "Dreams",
        list(folders),
        format_func=plain,
        key="dream",
        required=True,
        persist_state="session",
    )
    try:
        _show(folders[str(name)], {each: folders[each] for each in folders if each != name})
    except (DreamError, OSError) as error:
        st.error(spoken(error))


@st.fragment(run_every=_REFRESH)
def _look_for_others(names: set[str]) -> None:
    """Shows the page anew when dreams came or went, wherever they were begun."""
    if {folder.name for folder in all_dreams()} != names:
        st.rerun()


def _show(folder: Path, others: dict[str, Path]) -> None:
    """One dream: its frames, its settings, what can be done with it."""
    state = runs.state(folder)
    if state.error:
        st.error(spoken(DreamError(state.error)))
    frames, settings = st.columns((3, 2), gap="medium")
    with frames:
        controls = st.container()
        now, back, beside = st.tabs(["Now", "All frames", "Beside another"])
        with now:
            _watch(folder, state.doing)
        with back:
            scrub(folder)
        with beside:
            show_beside(folder, others)
        video = video_path(folder)
        if video.exists() and state.doing != "filming":
            st.video(str(video), loop=True)
            st.download_button(
                "Download the video", video.read_bytes, video.name, on_click="ignore"
            )
    with settings:
        given = _choose_settings(folder, state)
        wanted = choose_video(f"video_{folder.name}")
    with controls:
        _control(folder, state, given, wanted)


def _control(
    folder: Path, state: runs.State, given: dict[str, Any], wanted: dict[str, Any]
) -> None:
    """What can be done with a dream, with what is given of its frames and wanted of its video."""
    until, go, halt, film = st.columns(4, vertical_alignment="bottom")
    least, (key, goal) = state.newest + 1, _goal(folder, state)
    frames = 0
    if state.busy:
        until.caption("Changes wait until it is done.")
    elif start_clip(folder) and goal < least:
        until.caption("All frames of the video are dreamt.")
    else:
        most = goal if start_clip(folder) else 10**6
        frames = until.number_input("Until frame", least, most, goal, key=key)
    word = "Go on" if state.newest else "Start"
    if go.button(word, type="primary", width="stretch", disabled=not frames):
        runs.start_frames(folder, int(frames), given)
        st.rerun()
    if halt.button("Stop", width="stretch", disabled=state.doing != "dreaming"):
        stop(folder)
        st.rerun()
    no_video = state.busy or not state.newest
    if film.button("Make the video", width="stretch", disabled=no_video):
        runs.start_video(folder, wanted)
        st.rerun()


def _goal(folder: Path, state: runs.State) -> tuple[str, int]:
    """Under which key a person says how many frames there are to be, and how many without."""
    goal = last_of(folder, None, every_of(folder))
    if not start_clip(folder):
        goal = max(goal, state.newest + _MORE)
    return f"frames_{folder.name}_{state.newest}", goal


@st.fragment(run_every=_REFRESH)
def _watch(folder: Path, doing: runs.Doing) -> None:
    """The first and the newest frame, and how fast they come."""
    try:
        state = runs.state(folder)
        if state.doing != doing:
            st.rerun()
        frames = state.run.frames if state.run else None
        words = f"{_of(state.newest, frames)}. {_WORDS[doing].format(frames=frames)}"
        if state.pace is not None and state.left is not None:
            left = tqdm.format_interval(state.left)
            if state.settled:
                words += f" A frame takes {state.pace:.1f} s; {left} left."
            else:
                words += f" The first took {state.pace:.1f} s; at most {left} left."
        if state.busy:
            st.progress(state.share, words)
        else:
            st.caption(words)
        first, newest = st.columns((1, 2))
        shown, words = runs.newest_picture(folder), f"img_{state.newest}"
        if doing != "dreaming":
            look_away(folder)
        elif live := look_on(folder):
            shown, words = live, f"img_{state.newest + 1}, as it is now"
        for column, path, caption in (
            (first, start_image(folder), _of_start(folder, state.newest)),
            (newest, shown, words),
        ):
            changed, number = path.stat().st_mtime_ns, max(state.newest, 1)
            column.image(jpeg_of(path, changed, number), caption, width="content", alt=caption)
    except (DreamError, OSError) as error:
        st.error(spoken(error))


def _of(newest: int, frames: int | None) -> str:
    """How many frames there are, in words."""
    if frames:
        return f"{newest} of {frames} frames"
    return "1 frame" if newest == 1 else f"{newest} frames"


def _of_start(folder: Path, newest: int) -> str:
    """What is shown of img_0: a picture as it is, a clip at the moment of the newest frame."""
    return f"The video's frame {max(newest, 1)}" if start_clip(folder) else "The first picture"


@lru_cache(maxsize=64)
def _shape(path: Path, changed: int) -> tuple[int, int]:
    """(height, width) of a picture."""
    return load_start(path).shape[:2]


def _choose_settings(folder: Path, state: runs.State) -> dict[str, Any]:
    """The settings that differ from those that the dream has now."""
    history = read_history(folder)
    fresh = first_script(folder)
    script = script_of(history[-1]) if history else direct(fresh, {"network": BUILT_IN})
    script = heard(script, folder)
    before = (script if history else fresh).written
    # What another window or a terminal changed, or a new dream of an old name, is shown anew.
    begun = start_image(folder).stat().st_mtime_ns
    key = f"movie_{folder.name}_{begun}_{hash(str(before))}"
    with st.container(border=True):
        st.caption(controls.described(script))
        st.caption("What is changed here counts from the next frame that is started.")
        network = controls.choose_network(f"{key}_network", script.settings.network)
        if preset := controls.choose_preset(f"{key}_preset"):
            script, key = direct(script, {}, preset=preset), f"{key}_{preset}"
        now, varying = script.settings, varying_in(key, script)
        chosen = asdict(now)
        dream, camera, look, over_time = st.tabs(["The dream", "Camera", "Look", "Over time"])
        with dream:
            layer = controls.choose_layer(network, f"{key}_layer", now.layer)
            chosen |= controls.choose_steps(key, now)
            chosen |= {"network": network, "layer": layer or source_of(network).favourite}
            if not history:
                start = start_image(folder)
                shape = _shape(start, start.stat().st_mtime_ns)
                height, width = natural_shape(shape, start, controls.choose_longest(shape, 640))
                chosen["size"] = f"{width}x{height}"
        with camera:
            chosen |= choose_camera(key, script, varying)
        with look:
            chosen |= choose_look(folder, key, script, varying)
        with over_time:
            frames = int(st.session_state.get(*_goal(folder, state)))
            pace = pace_of(folder, script)
            coming = pace.frame(state.newest) + 1, pace.frame(frames)
            chosen |= choose_schedules(folder, key, script, *coming)
            given = {name: value for name, value in chosen.items() if value != before.get(name)}
            show_plan(folder, given, frames)
    return given
