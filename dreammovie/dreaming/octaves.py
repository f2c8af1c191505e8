"""The pyramid: a dream begins on a small image and is refined on larger ones.

Large shapes are dreamt at the coarsest octave; what it added, the detail, is enlarged
and added to the picture at the next one (Mordvintsev et al., DeepDream notebook, 2015).
"""

import math
from collections.abc import Sequence
from itertools import pairwise

import cv2

from dreammovie.errors import DreamError
from dreammovie.pictures.image import Image, resize
from dreammovie.pictures.sizes import MIN_SIDE

MOST_OCTAVES = 32


def octave_shapes(
    shape: tuple[int, int], octaves: int, octave_scale: float, min_side: int = MIN_SIDE
) -> list[tuple[int, int]]:
    """Image sizes from coarsest to finest; the last is `shape` itself.

    Args:
        shape: (height, width) of the full image, pixels.
        octaves: Number of scales, at least 1.
        octave_scale: Size ratio between neighbouring octaves, above 1.
        min_side: Octaves with a shorter side are left out; pixels.

    Returns:
        (height, width) pairs, at most `octaves` of them, at least one.

    Raises:
        DreamError: octaves < 1 or octave_scale <= 1.
    """
    if octaves < 1 or not octave_scale > 1 or math.isinf(octave_scale):
        raise DreamError(f"Need octaves >= 1 and octave_scale > 1, not {octaves}, {octave_scale}.")
    scales = [octave_scale**n for n in range(octaves)]
    shapes = [(round(shape[0] / scale), round(shape[1] / scale)) for scale in scales]
    return [s for s in shapes[:0:-1] if min(s) >= min_side] + [shape]


def take_apart(image: Image, shapes: list[tuple[int, int]]) -> list[Image]:
    """The image at every octave's size, coarsest first.

    Each octave is made from the next finer one, so no step shrinks by much at once.
    """
    pyramid = [image]
    for shape in shapes[-2::-1]:
        pyramid.insert(0, resize(pyramid[0], shape))
    return pyramid


def put_together(image: Image, coarse: Image, dreamt: Image, softness: float) -> Image:
    """Carries the dream of a coarser octave up into `image`.

    Args:
        image: float32 (H, W, 3), this octave before dreaming.
        coarse: float32 (h, w, 3), the coarser octave before dreaming.
        dreamt: float32 (h, w, 3), the coarser octave after dreaming.
        softness: How much of the picture's own fine detail gives way, 0..1. At 0 the
            dream's detail is added and nothing is lost (Google's notebook); the
            recursive scheme of the frame-sequence scripts gave up 0.8 of it.
    """
    kept = 1 - softness
    # What takes the place of the picture's own detail is enlarged along with the dream's.
    enlarged = resize(dreamt - kept * coarse, image.shape[:2])
    return cv2.scaleAdd(image, kept, enlarged, dst=enlarged)


def carry_up(
    dreamt: Image, pyramid: Sequence[Image], octave: int, share: float, softness: float
) -> Image:
    """What the dream of one octave looks like at the final size, before any finer dreaming.

    At the end of an octave (share 1) this is where the next one begins, carried up in
    turn. So a film of all steps runs through the octaves without a jump: the picture's own
    fine detail gives way little by little, and no size but the last is ever seen.

    Args:
        dreamt: float32 (h, w, 3), after a step of this octave.
        pyramid: From `take_apart`.
        octave: Index in the pyramid.
        share: How much of the octave's steps are done, 0..1.
        softness: As in `put_together`.

    Returns:
        float32 (H, W, 3) of the finest octave's size.
    """
    gives_way = share * softness
    for coarse, image in pairwise(pyramid[octave:]):
        dreamt = put_together(image, coarse, dreamt, gives_way)
        gives_way = 0.0
    return dreamt
