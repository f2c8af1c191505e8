"""A picture and its dream in one place, with a line between them that can be moved."""

from __future__ import annotations

from base64 import b64encode
from html import escape

import streamlit as st

_PAGE = """<!doctype html>
<meta charset="utf-8">
<style>
html {{ overflow: hidden; }}
body {{ margin: 0; background: transparent; }}
figure {{ position: relative; margin: 0; line-height: 0; --share: 50%;
  width: {width}px; max-width: 100%; aspect-ratio: {width} / {height}; }}
img {{ width: 100%; border-radius: 4px; user-select: none; }}
img + img {{ position: absolute; inset: 0; clip-path: inset(0 0 0 var(--share)); }}
figure::after {{
  content: ""; position: absolute; inset: 0 auto 0 var(--share); width: 2px;
  margin-left: -1px; background: #fffc; pointer-events: none;
}}
input {{
  position: absolute; inset: 0; width: 100%; height: 100%; margin: 0;
  opacity: 0; cursor: ew-resize;
}}
input:focus-visible + span {{ outline: 2px solid #e0a458; }}
span {{
  position: absolute; left: var(--share); top: 50%; width: 32px; height: 32px;
  translate: -50% -50%; border-radius: 50%; background: #fffd; color: #222;
  font: 16px/32px sans-serif; text-align: center; pointer-events: none;
}}
</style>
<figure>
  <img src="data:image;base64,{before}" alt="{name}">
  <img src="data:image;base64,{after}" alt="{what}">
  <input type="range" min="0" max="100" step="0.1" value="50" aria-label="Before and after"
    oninput="this.parentNode.style.setProperty('--share', this.value + '%')">
  <span>&harr;</span>
</figure>
"""


def compare(before: bytes, after: bytes, shape: tuple[int, int], captions: tuple[str, str]) -> None:
    """Shows two pictures left and right of a line.

    Args:
        before, after: Contents of files that browsers show, of one size; it may be animated.
        shape: (height, width) of that.
        captions: What each of them shows.
    """
    left, right = (b64encode(each).decode() for each in (before, after))
    name, what = map(escape, captions)
    height, width = shape
    page = _PAGE.format(width=width, height=height, before=left, after=right, name=name, what=what)
    st.iframe(page, alt=f"{name}, before and after")
