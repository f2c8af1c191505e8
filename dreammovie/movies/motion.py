"""What happens between two frames: the camera moves a little.

Rates compose by power: a zoom of 1.1 a second is `1.1 ** (1 / fps)` a frame, so the
movie moves equally fast at every frame rate.
"""

from dataclasses import dataclass

import numpy as np

from dreammovie.errors import DreamError
from dreammovie.pictures.image import Image
from dreammovie.settings import Settings, setting

_MOST = 4.0  # from one frame to the next


@dataclass(frozen=True)
class MotionSettings(Settings):
    """How the camera moves, and how often it is looked at."""

    zoom: float = setting(
        1.1, "factor by which a second moves in", low=0.01, high=100.0, metavar="FACTOR"
    )
    fps: float = setting(
        30.0,
        "frames per second of the movie",
        low=0.1,
        high=1000.0,
        fixed="a movie plays at one pace",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        zoom_per_frame(self.zoom, self.fps)


def zoom_per_frame(zoom: float, fps: float) -> float:
    """The factor of one frame, from `zoom` (factor per second) and `fps` (frames per second).

    Raises:
        DreamError: the camera would move by more than a factor of four in one frame.
    """
    factor = zoom ** (1 / fps)
    if not 1 / _MOST <= factor <= _MOST:
        raise DreamError(
            f"--zoom {zoom:g} a second at --fps {fps:g} is more than a factor of {_MOST:g} from "
            "frame to frame. Choose less zoom or more frames."
        )
    return factor


def move(image: Image, motion: MotionSettings) -> Image:
    """What the camera sees one frame later.

    It zooms about the true centre by a sub-pixel amount, equally on both axes.

    Cubic splines keep what a hundred frames of bicubic resampling would blur away.
    Beyond the edge, which only a zoom below 1 sees, the image is mirrored.

    Args:
        image: float32 (H, W, 3); not changed.
        motion: How it moves at this frame.

    Returns:
        float32 (H, W, 3), the same size.
    """
    zoom = zoom_per_frame(motion.zoom, motion.fps)
    if zoom == 1:
        return image
    from scipy import ndimage  # a third of a second that `--help` need not wait for

    centre = (np.array(image.shape[:2]) - 1) / 2
    # Out of pixel p comes what was at centre + (p - centre) / zoom.
    offset = centre - centre / zoom
    moved = np.empty_like(image)
    for colour in range(3):
        ndimage.affine_transform(
            image[..., colour],
            [1 / zoom, 1 / zoom],
            offset,
            output=moved[..., colour],
            order=3,
            mode="mirror",
        )
    return moved
