"""What happens between two frames: the camera moves a little.

Rates are per second and compose by power or by sum: a zoom of 1.1 is `1.1 ** (1 / fps)` a frame,
a turn of 90 degrees is `90 / fps`, so that a movie moves equally fast at every frame rate.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dreammovie.errors import DreamError, unknown
from dreammovie.pictures.image import Image
from dreammovie.pictures.palette import noise
from dreammovie.pictures.warp import EDGES, enlarged, inside, warped
from dreammovie.settings import Settings, setting

_MOST = 4.0  # zoom from one frame to the next
_MOST_TILTED = 45.0  # degrees from one frame to the next
_RATES = ("second", "frame")
_NOISE, _SHAKE = 1, 2  # beside the seed and a number: which random numbers are meant


@dataclass(frozen=True)
class MotionSettings(Settings):
    """How the camera moves, and how often it is looked at."""

    zoom: float = setting(
        1.1,
        "factor by which a second moves in; below 1 it moves out",
        low=0.01,
        high=100.0,
        metavar="FACTOR",
    )
    rotate: float = setting(
        0.0,
        "degrees by which the picture turns in a second, counter-clockwise",
        low=-36_000.0,
        high=36_000.0,
        metavar="DEGREES",
    )
    pan_x: float = setting(
        0.0,
        "how far the picture moves to the right in a second, in widths of it",
        low=-10_000.0,
        high=10_000.0,
        metavar="WIDTHS",
    )
    pan_y: float = setting(
        0.0,
        "how far the picture moves down in a second, in widths of it",
        low=-10_000.0,
        high=10_000.0,
        metavar="WIDTHS",
    )
    tilt: float = setting(
        0.0,
        "degrees by which the picture's top leans back in a second, in perspective",
        low=-36_000.0,
        high=36_000.0,
        metavar="DEGREES",
    )
    turn: float = setting(
        0.0,
        "degrees by which the picture's right side swings back in a second, in perspective",
        low=-36_000.0,
        high=36_000.0,
        metavar="DEGREES",
    )
    centre_x: float = setting(
        0.5,
        "what the camera moves in to and turns about: from 0, left, to 1, right",
        low=0.0,
        high=1.0,
    )
    centre_y: float = setting(0.5, "likewise, from 0, top, to 1, bottom", low=0.0, high=1.0)
    shake: float = setting(
        0.0,
        "how far the camera wobbles at most, in widths of the picture; 0.01 is a hand's",
        low=0.0,
        high=1.0,
        metavar="WIDTHS",
    )
    shake_rate: float = setting(
        2.0, "how often in a second it wobbles to and fro", low=0.0, high=100.0
    )
    edges: str = setting(
        "mirror",
        "what comes in from outside the picture: its mirror image (mirror), its other side "
        "(wrap), its outermost pixels drawn out (edge), or noise in its colours (dream)",
        metavar="NAME",
        fixed="it is a word",
    )
    rates: str = setting(
        "second",
        "what zoom, rotate, pan, tilt and turn are given for: a second, or a frame, and pan in "
        "pixels, as in other programs",
        metavar="UNIT",
        fixed="it says what the numbers mean",
    )
    fps: float = setting(
        30.0,
        "frames per second of the movie",
        low=0.1,
        high=1000.0,
        fixed="a movie plays at one pace",
    )
    every: int = setting(
        1,
        "dream each Kth frame of the movie alone; dream_video.py fills in the others",
        low=1,
        high=100,
        metavar="K",
        fixed="frames are counted by it",
        newer=True,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.edges not in EDGES:
            raise unknown("edges", self.edges, EDGES)
        if self.rates not in _RATES:
            raise unknown("rates", self.rates, _RATES)
        zoom_per_frame(self)
        for name in ("tilt", "turn"):
            if not abs(getattr(self, name) * self.frames_share * self.every) <= _MOST_TILTED:
                raise DreamError(
                    f"--{name} {getattr(self, name):g} a {self.rates} at {self._frames} is "
                    f"more than {_MOST_TILTED:g} degrees from frame to frame. Choose less, or more "
                    "frames."
                )

    @property
    def _frames(self) -> str:
        """How often is dreamt, as flags."""
        return f"--fps {self.fps:g}" + (f" --every {self.every}" if self.every > 1 else "")

    @property
    def frames_share(self) -> float:
        """How much of a rate one frame has."""
        return 1 / self.fps if self.rates == "second" else 1.0


def zoom_per_frame(motion: MotionSettings) -> float:
    """The factor of one frame.

    Raises:
        DreamError: the camera would move by more than a factor of four in one frame.
    """
    factor = motion.zoom**motion.frames_share
    if not 1 / _MOST <= factor**motion.every <= _MOST:
        raise DreamError(
            f"--zoom {motion.zoom:g} a {motion.rates} at {motion._frames} is more than a "
            f"factor of {_MOST:g} from frame to frame. Choose less zoom or more frames."
        )
    return factor


def step_of(
    motion: MotionSettings,
    shape: tuple[int, int],
    number: int = 1,
    seed: int = 0,
    share: float = 1.0,
) -> np.ndarray:
    """Where the picture goes from the frame before to this one: the camera's way, exactly.

    Places are counted in widths of the picture from its true centre, x to the right, y down. The
    picture pans; then it turns about the camera's centre and comes nearer, a plane that is seen
    from one width away.

    Args:
        motion: As it is at this frame.
        shape: (height, width) of the picture.
        number: Of the frame.
        seed: Of the shaking.
        share: How much of the step is done, 0 to 1, where a moment between the frames is meant.

    Returns:
        float64 (3, 3): (x, y, 1) before, times this, is (x, y, 1) now, up to a factor.
    """
    rate = motion.frames_share * share
    height, width = shape
    pan = np.array([motion.pan_x, motion.pan_y]) * rate
    if motion.rates == "frame":
        pan /= width
    before = number - 1
    pan += motion.shake * (_wobble(motion, before + share, seed) - _wobble(motion, before, seed))
    centre = np.array([motion.centre_x - 0.5, (motion.centre_y - 0.5) * height / width])
    roll, tilt, turn = np.radians([motion.rotate, motion.tilt, motion.turn]) * rate
    zoom = zoom_per_frame(motion) ** share
    flat = np.array([[np.cos(roll), np.sin(roll)], [-np.sin(roll), np.cos(roll)]])
    # Turned about the vertical axis, then tilted about the horizontal one; z is depth.
    across = [np.cos(turn), np.sin(tilt) * -np.sin(turn), np.cos(tilt) * np.sin(turn)]
    along = [0.0, np.cos(tilt), -np.sin(tilt)]
    seen = np.eye(3)
    seen[:, :2] = np.array([across, along]).T @ flat
    seen[:2] *= zoom
    return _shift(centre) @ seen @ _shift(pan - centre)


MotionAt = Callable[[int], tuple[MotionSettings, int]]
"""Gives how the camera moves at a frame, from 1 on, and the seed of its shaking."""


def way_between(
    motion_at: MotionAt, first: float, last: float, shape: tuple[int, int]
) -> np.ndarray:
    """Where the picture goes from one moment of a movie to another, exactly.

    Ways compose: the way from a to b, then that from b to c, is the way from a to c.

    Args:
        motion_at: Says how the camera moves.
        first: A moment in frames, from 0 on; 3.5 is halfway from frame 3 to frame 4.
        last: Another, later or earlier.
        shape: (height, width) of the picture.

    Returns:
        float64 (3, 3), for places as those of `step_of`.
    """
    if last < first:
        return np.linalg.inv(way_between(motion_at, last, first, shape))

    def step(number: int, moment: float) -> np.ndarray:
        """From frame `number` - 1 to a moment, at most to frame `number`."""
        share = min(moment - (number - 1), 1.0)
        motion, seed = motion_at(number)
        return step_of(motion, shape, number, seed, share)

    begun = math.floor(first)
    way = np.eye(3) if first == begun else np.linalg.inv(step(begun + 1, first))
    for number in range(begun + 1, math.ceil(last) + 1):
        way = step(number, last) @ way
    return way


class Way:
    """Where the picture goes from the start to each frame; each is made from the one before it.

    Args:
        motion_at: Says how the camera moves.
        shape: (height, width) of the picture.
    """

    def __init__(self, motion_at: MotionAt, shape: tuple[int, int]) -> None:
        self._motion_at, self._shape = motion_at, shape
        self._ways = [np.eye(3)]

    def to(self, number: int) -> np.ndarray:
        """The way to a frame, float64 (3, 3)."""
        while len(self._ways) <= number:
            # Frame by frame, so that the same numbers come out wherever it began.
            last = len(self._ways) - 1
            step = way_between(self._motion_at, last, last + 1, self._shape)
            self._ways.append(step @ self._ways[-1])
        return self._ways[number]


def _shift(way: np.ndarray) -> np.ndarray:
    """The matrix that moves everything by (x, y)."""
    matrix = np.eye(3)
    matrix[:2, 2] = way
    return matrix


def _wobble(motion: MotionSettings, moment: float, seed: int) -> np.ndarray:
    """Where a shaking camera is at a moment, in frames: (x, y), smooth in time, -1 to 1."""
    time = moment / motion.fps * motion.shake_rate
    beat = math.floor(time)
    before, after = (
        np.random.default_rng([seed, each, _SHAKE]).uniform(-1, 1, 2) for each in (beat, beat + 1)
    )
    share = time - beat
    return before + (after - before) * (share**3 * (10 - share * (15 - 6 * share)))


def move(image: Image, motion: MotionSettings, number: int = 1, seed: int = 0) -> Image:
    """What the camera sees one frame later, in one resampling.

    Args:
        image: float32 (H, W, 3); not changed.
        motion: As it is at this frame.
        number: Of the frame.
        seed: Of the shaking, and of the noise that comes in where edges dream.

    Returns:
        float32 (H, W, 3), the same size.
    """
    step = step_of(motion, (image.shape[0], image.shape[1]), number, seed)
    return moved(image, step, motion.edges, number, seed)


def moved(image: Image, way: np.ndarray, edges: str, number: int, seed: int) -> Image:
    """What the camera sees after a way that ends at frame `number`; otherwise as `move`."""
    if (way == np.eye(3)).all():
        return image
    zoom = way[0, 0]
    if (way == np.diag([zoom, zoom, 1])).all():
        # A movie that does nothing but zoom keeps the bytes it always had.
        seen = enlarged(image, zoom, edges)
    else:
        seen = warped(image, way, edges)
    shown = inside(way, image.shape[:2]) if edges == "dream" else None
    if shown is None:
        return seen
    rng = np.random.default_rng([seed, number, _NOISE])
    return shown * seen + (1 - shown) * noise(image, rng)
