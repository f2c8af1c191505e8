"""The frames of a movie on its page: all of them at a glance, and beside another movie's."""

from __future__ import annotations

from base64 import b64encode
from functools import lru_cache
from pathlib import Path

import numpy as np
import streamlit as st

from dreammovie.movies.folder import frames_in, load_start, start_image, video_path
from dreammovie.pictures.image import fit
from dreammovie.studio.jobs import to_jpeg
from dreammovie.studio.words import plain

_LARGE = 1280  # longer side of a frame on the page, pixels
_STRIP, _HIGH = 10, 96  # frames in the strip, and their height, pixels
_MOST_BYTES = 40_000_000  # of two videos that play together
_TOGETHER = """<!doctype html>
<meta charset="utf-8">
<style>
body {{ margin: 0; }}
main {{ display: flex; gap: 8px; }}
video {{ width: 0; flex: 1; border-radius: 4px; }}
button {{ margin-top: 8px; padding: 6px 16px; font: 16px sans-serif; }}
</style>
<main>
  <video src="data:video/mp4;base64,{one}" muted loop playsinline aria-label="{name}"></video>
  <video src="data:video/mp4;base64,{other}" muted loop playsinline aria-label="{against}"></video>
</main>
<button type="button">Play both</button>
<script>
const [one, other] = document.querySelectorAll("video");
const button = document.querySelector("button");
button.onclick = () => {{
  if (one.paused) {{ other.currentTime = one.currentTime; one.play(); other.play(); }}
  else {{ one.pause(); other.pause(); other.currentTime = one.currentTime; }}
  button.textContent = one.paused ? "Play both" : "Pause both";
}};
one.ontimeupdate = () => {{
  if (Math.abs(one.currentTime - other.currentTime) > 0.1 && one.currentTime < other.duration)
    other.currentTime = one.currentTime;
}};
</script>
"""


@lru_cache(maxsize=64)
def jpeg_of(path: Path, changed: int, number: int = 1) -> bytes:
    """A frame as a page shows it; `changed` tells apart what a file held when.

    Of a clip, that is the frame of a number.
    """
    return to_jpeg(load_start(path, number), _LARGE)


@st.fragment
def scrub(folder: Path) -> None:
    """All frames of a dream: some in a strip, and any one that is chosen."""
    paths = {0: start_image(folder), **frames_in(folder)}
    numbers = list(paths)
    if len(numbers) < 2:
        st.caption("There is no frame yet.")
        return
    shown = [numbers[round(n)] for n in np.linspace(0, len(numbers) - 1, _STRIP)]
    strip = _strip(tuple((paths[number], _changed(paths[number])) for number in shown))
    st.image(strip, alt="Some of the frames, from the first to the last")
    number = _choose(folder.name, numbers)
    words = f"img_{number}"
    st.image(jpeg_of(paths[number], _changed(paths[number])), words, width="content", alt=words)


@st.fragment
def show_beside(folder: Path, others: dict[str, Path]) -> None:
    """Two dreams in step: the same frame of both, and their videos."""
    if not others:
        st.caption("There is no other movie yet.")
        return
    name = st.selectbox("The other movie", list(others), key=f"beside_{folder.name}")
    both = folder, others[str(name)]
    frames = [{0: start_image(each), **frames_in(each)} for each in both]
    common = sorted(set(frames[0]) & set(frames[1]))
    number = _choose(f"{folder.name}_{name}", common)
    for column, paths, each in zip(st.columns(2), frames, both, strict=True):
        path = paths[number]
        words = f"{each.name}, img_{number}"
        column.image(jpeg_of(path, _changed(path)), plain(words), width="content", alt=words)
    videos = [video_path(each) for each in both]
    if not all(video.exists() for video in videos):
        st.caption("When both have a video, they play here together.")
    elif sum(video.stat().st_size for video in videos) > _MOST_BYTES:
        st.caption("Their videos are too large to play here together.")
    else:
        one, other = (b64encode(video.read_bytes()).decode() for video in videos)
        st.iframe(_TOGETHER.format(one=one, other=other, name=folder.name, against=name))


def _choose(key: str, numbers: list[int]) -> int:
    """One of some frames, chosen by a slider; the last until somebody does."""
    if len(numbers) == 1:
        return numbers[0]
    return int(st.select_slider("Frame", numbers, numbers[-1], key=f"frame_{key}_{numbers[-1]}"))


def _changed(path: Path) -> int:
    return path.stat().st_mtime_ns


@lru_cache(maxsize=16)
def _strip(frames: tuple[tuple[Path, int], ...]) -> bytes:
    """Some frames side by side, a JPEG; given with the times of their change."""
    images = [load_start(path) for path, _ in frames]
    height, width = images[-1].shape[:2]
    small = _HIGH, max(1, round(width * _HIGH / height))
    return to_jpeg(np.concatenate([fit(image, small) for image in images], 1), 10**6)
