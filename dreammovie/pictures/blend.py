"""Two pictures of one thing, blended so that what is fine in them does not fade on the way."""

from __future__ import annotations

import numpy as np

from dreammovie.pictures.image import Image

_FINE = 16  # parts of the width; what is smaller is detail
_ALIKE = 0.9999  # as good as the same: an angle between them would be lost in rounding


def blended(one: Image, other: Image, share: float | np.ndarray) -> Image:
    """A picture on the way from one to another, with as much detail as they have.

    Where two pictures show other details, their mean has less of them than either, and a movie of
    it would breathe. So details go round from one to the other, at one speed, and by the angle
    that lies between them at each place (Shoemake: Animating Rotation with Quaternion Curves,
    1985), while all that is coarser than them is mixed.

    Args:
        one, other: float32 (H, W, C).
        share: How far it is on the way, 0 to 1; or float32 (H, W, 1).

    Returns:
        float32 (H, W, C).
    """
    import cv2  # half a second that `--help` need not wait for

    width = one.shape[1]
    fine = width // _FINE + 1

    def around(image: np.ndarray, reach: int = 1) -> np.ndarray:
        return cv2.blur(image, (reach * fine, reach * fine)).reshape(image.shape)

    details = one - around(one), other - around(other)
    powers = (details[i] * details[j] for i, j in ((0, 0), (1, 1), (0, 1)))
    first, second, common = (around(power.sum(2, keepdims=True), 2) for power in powers)
    alike = np.clip(common / np.sqrt(first * second + 1e-3), 0, _ALIKE)
    angle = np.arccos(alike)
    weights = np.sin((1 - share) * angle), np.sin(share * angle)
    turned = (weights[0] * details[0] + weights[1] * details[1]) / np.sin(angle)
    return one - details[0] + share * (other - details[1] - one + details[0]) + turned
