"""A picture seen from elsewhere: moved, turned, enlarged, or leant back, in one resampling.

Cubic splines keep what a hundred frames of bicubic resampling would blur away.
"""

from __future__ import annotations

import numpy as np

from dreammovie.pictures.image import Image

EDGES = {"mirror": "mirror", "wrap": "grid-wrap", "edge": "nearest", "dream": "mirror"}
"""What may lie outside of a picture, and SciPy's word for it."""

_HORIZON = 1e-3  # depth, beside the first pixel's, at which everything is far away


def warped(image: Image, way: np.ndarray, edges: str = "mirror") -> Image:
    """The image after a way, in one resampling.

    Args:
        image: float32 (H, W, C); not changed.
        way: float64 (3, 3): (x, y, 1) before, times this, is (x, y, 1) now, up to a factor;
            counted in widths of the picture from its true centre, x to the right, y down.
        edges: What lies outside.

    Returns:
        float32 (H, W, C); cubic splines may swing beyond the image's values.
    """
    shape = (image.shape[0], image.shape[1])
    back = _in_pixels(np.linalg.inv(way), shape)
    if way[2, :2].any():  # perspective
        return _resampled(image, None, _places(back, shape), edges)
    return _resampled(image, back[:2, :2], back[:2, 2], edges)


def enlarged(image: Image, zoom: float, edges: str = "mirror") -> Image:
    """The image about its true centre, larger by a factor, in one resampling; as `warped`."""
    centre = (np.array(image.shape[:2]) - 1) / 2
    return _resampled(image, np.array([1 / zoom] * 2), centre - centre / zoom, edges)


def flow_of(way: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """A way as a flow: float32 (H, W, 2), how far to the right and down each pixel was before.

    Args:
        way: As for `warped`.
        shape: (height, width) of the picture.
    """
    row, column = _places(_in_pixels(np.linalg.inv(way), shape), shape)
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    return np.stack([column - columns, row - rows], -1).astype(np.float32)


def inside(way: np.ndarray, shape: tuple[int, int]) -> np.ndarray | None:
    """Where a picture is still seen after a way, and not what lies outside of it.

    Args:
        way: As for `warped`.
        shape: (height, width) of the picture.

    Returns:
        float32 (H, W, 1), 0 to 1; None: everywhere.
    """
    back = _in_pixels(np.linalg.inv(way), shape)
    if _stays_inside(back, shape):
        return None
    height, width = shape
    row, column = _places(back, shape)
    nearest = np.minimum(np.minimum(row, height - 1 - row), np.minimum(column, width - 1 - column))
    return np.clip(nearest + 1, 0, 1).astype(np.float32)[..., None]


def _places(back: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """The row and the column before of every pixel now, float64 (2, H, W).

    Beyond the horizon there is nothing but what is far away: no picture behind the camera.
    """
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    row, column, depth = (each[0] * rows + each[1] * columns + each[2] for each in back)
    depth = np.maximum(depth, _HORIZON)
    return np.stack([row / depth, column / depth])


def _in_pixels(step: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """A step for places counted as (row, column, 1), divided so that its last number is 1 or -1.

    Its sign stays, as it tells what is in front of the camera.
    """
    height, width = shape
    to_widths = np.array(
        [
            [0, 1 / width, (1 - width) / 2 / width],
            [1 / width, 0, (1 - height) / 2 / width],
            [0, 0, 1],
        ]
    )
    in_pixels = np.linalg.inv(to_widths) @ step @ to_widths
    return in_pixels / abs(in_pixels[2, 2])


def _stays_inside(back: np.ndarray, shape: tuple[int, int]) -> bool:
    """Whether nothing is seen from outside of the picture: its corners tell."""
    last = np.array(shape)[:, None] - 1
    corners = back @ [*(np.array([[0, 0, 1, 1], [0, 1, 0, 1]]) * last), [1, 1, 1, 1]]
    depth = corners[2]
    inside = (corners[:2] >= 0) & (corners[:2] <= last * depth)
    return bool((depth > 0).all() and inside.all())


def _resampled(image: Image, matrix: np.ndarray | None, places: np.ndarray, edges: str) -> Image:
    """The image at other places.

    Args:
        image: float32 (H, W, C).
        matrix: float64 (2, 2), or (2,) for its diagonal; None: `places` are all there are.
        places: float64 (2, H, W), the row and the column of each; or with a matrix, (2,), those of
            the first, to which matrix times (row, column) is added.
        edges: What lies outside.
    """
    from scipy import ndimage  # a third of a second that `--help` need not wait for

    seen = np.empty_like(image)
    how = {"order": 3, "mode": EDGES[edges]}
    for colour in range(image.shape[2]):
        one, out = image[..., colour], seen[..., colour]
        if matrix is None:
            ndimage.map_coordinates(one, places, output=out, **how)
        else:
            ndimage.affine_transform(one, matrix, places, output=out, **how)
    return seen
