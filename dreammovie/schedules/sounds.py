"""What a formula may ask of the sound that a movie is dreamt to.

Who decodes it and hears its beats is no business of schedules: they know a `Sound`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

HIGHEST = 12_000.0
"""Of what is heard, in hertz."""

BANDS: Mapping[str, tuple[float, float]] = {
    "volume": (20.0, HIGHEST),
    "bass": (20.0, 200.0),
    "mid": (200.0, 3_000.0),
    "treble": (3_000.0, HIGHEST),
}
"""The bands that have a name: from where to where each reaches, hertz."""


class Sound(Protocol):
    """A sound, frame by frame of a movie; after its end there is silence.

    All take the number of a frame and how many there are in a second.

    Raises:
        DreamError: it cannot be heard, which the text explains.
    """

    def level(
        self, frame: int, fps: float, low: float, high: float, attack: float, release: float
    ) -> float:
        """How loud a band is in the middle of a frame, 0 to 1.

        Args:
            frame, fps: Which frame.
            low, high: From where to where the band reaches, hertz.
            attack, release: How slowly it rises and falls, milliseconds.
        """

    def onset(self, frame: int, fps: float) -> float:
        """1 in the frame in which something is struck, and falling then; 0 to 1."""

    def beat(self, frame: int, fps: float) -> float:
        """1 in the frame in which a beat sounds, and falling towards 0 until the next."""

    def bar(self, frame: int, fps: float) -> float:
        """Likewise, for the first beat of each bar."""

    def beats(self, frame: int, fps: float) -> float:
        """How many beats have passed since the first, which is beat 0."""

    def frame_of(self, beat: float, fps: float) -> float:
        """In which frame a beat sounds; of 3.5, between those of 3 and of 4."""
