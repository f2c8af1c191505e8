"""Movies that a name is enough for: a camera, a layer and their schedules.

A preset is nothing but settings, as a person would write them. It is for every network, so that
layers are depths; and for every length and frame rate, so that what comes again does so after
some seconds. Try a camera with `dreammovie motion`, and draw what varies with `dreammovie plan`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Preset:
    """A movie to begin with.

    Attributes:
        description: What is seen, in a line.
        settings: Name to value, or to a schedule's text; what is not named has its default.
    """

    description: str
    settings: Mapping[str, Any]


PRESETS: Mapping[str, Preset] = {
    "dive": Preset(
        "a fall into the picture that never ends, now to one side and now to the other",
        {
            "layer": "strongest(50%, 12)",
            "steps": 8,
            "zoom": "1.7 + 0.3*sin(2*pi*time/12)",
            "rotate": "14*sin(2*pi*time/16)",
            "centre_x": "0.5 + 0.2*sin(2*pi*time/9)",
            "centre_y": "0.5 + 0.2*cos(2*pi*time/7)",
        },
    ),
    "museum": Preset(
        "hardly a movement, before a painting that paints itself",
        {
            "layer": "strongest(75%, 12)",
            "steps": 4,
            "softness": 0.5,
            "zoom": 1.04,
            "pan_x": "0.03*cos(2*pi*time/16)",
            "turn": "1.5*sin(2*pi*time/16)",
        },
    ),
    "tunnel": Preset(
        "a ride through a tube that turns, and turns back",
        {
            "layer": "strongest(37%, 10)",
            "steps": 8,
            "zoom": 2.2,
            "rotate": "45*sin(2*pi*time/10)",
            "turn": "14*sin(2*pi*time/7)",
            "tilt": "10*cos(2*pi*time/5)",
        },
    ),
    "breath": Preset(
        "an eye that breathes in and out",
        {
            "layer": "50%",
            "steps": 6,
            "step_size": "1.1 + 0.6*sin(2*pi*time/4)",
            "zoom": "exp(0.25 + 0.6*sin(2*pi*time/4))",
            "rotate": "4*cos(2*pi*time/10)",
            "edges": "wrap",
        },
    ),
    "journey": Preset(
        "deeper and deeper into the network, and then from one thing to the next",
        {
            "layer": "0:strongest(30%, 8), 4s:strongest(37%, 10), 8s:50%, 12s:63%, 16s:75%, "
            "20s:85%, 24s:95%, 30s:walk(50%, every=4s, fade=2s)",
            "steps": 8,
            "zoom": 1.2,
            "rotate": "6*sin(2*pi*time/16)",
        },
    ),
    "kaleidoscope": Preset(
        "folded again and again, and turned before the next fold",
        {
            "layer": "40%",
            "steps": 6,
            "zoom": 1.12,
            "rotate": 30,
            "pan_x": "0.5*fps*pulse(2*fps, 1, 1)",
        },
    ),
    "flight": Preset(
        "low over a land that comes up from the horizon",
        {
            "layer": "55%",
            "steps": 8,
            "zoom": 1.02,
            "tilt": 40,
            "centre_y": 0.0,
            "rotate": "8*sin(2*pi*time/11)",
        },
    ),
    "whirlpool": Preset(
        "everything goes down the drain, and something new comes in at the edge",
        {
            "layer": "strongest(50%, 12)",
            "steps": 8,
            "zoom": 0.7,
            "rotate": 35,
        },
    ),
    "heartbeat": Preset(
        "it leaps at you with every beat, 72 to the minute",
        {
            "layer": "walk(60%, every=2.5s, fade=0.2s)",
            "steps": 6,
            "step_size": "0.8 + 1.6*exp(-6*(1.2*time % 1))",
            "zoom": "1.02 + 1.6*exp(-8*(1.2*time % 1))",
            "rotate": "3*sin(2*pi*time/10)",
        },
    ),
    "waterfall": Preset(
        "it falls and falls, and is dreamt while it falls",
        {
            "layer": "strongest(40%, 12)",
            "steps": 6,
            "zoom": 1.0,
            "pan_y": "0.16 + 0.04*noise(time/2, 1)",
            "shake": 0.004,
        },
    ),
}
"""By name."""
