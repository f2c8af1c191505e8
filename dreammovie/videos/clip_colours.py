"""What the numbers in a clip's frame mean: matrices, ranges, wide gamuts, HDR, transparency.

A clip looks the same however it is stored. All of it becomes sRGB.
"""

from __future__ import annotations

from functools import lru_cache
from typing import cast

import av
import numpy as np
from av.buffer import Buffer
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, Interpolation

from dreammovie.pictures.colours import from_light, over_white, to_light, to_srgb_places
from dreammovie.pictures.image import Image

_FINE = (
    Interpolation.BICUBIC
    | Interpolation.ACCURATE_RND
    | Interpolation.FULL_CHR_H_INP
    | Interpolation.FULL_CHR_H_INT
    | Interpolation.BITEXACT
)
_HD = (720, 1280)  # lines or columns from which on an untagged picture is meant as bt709
_WEIGHTS = {  # of red and blue in a matrix's luma
    Colorspace.ITU709: (0.2126, 0.0722),
    Colorspace.FCC: (0.3, 0.11),
    Colorspace.ITU601: (0.299, 0.114),
    Colorspace.SMPTE240M: (0.212, 0.087),
    Colorspace.BT2020: (0.2627, 0.0593),
}
_MATRICES = {  # by what the frame says, in H.273's numbers
    **{int(matrix): matrix for matrix in _WEIGHTS},
    6: Colorspace.ITU601,
    10: Colorspace.BT2020,
}
_PLACES: dict[
    int, tuple[float, ...]
] = {  # x and y of white, red, green and blue, for what is wider than sRGB
    ColorPrimaries.BT2020: (0.3127, 0.329, 0.708, 0.292, 0.17, 0.797, 0.131, 0.046),
    ColorPrimaries.SMPTE431: (0.314, 0.351, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06),
    ColorPrimaries.SMPTE432: (0.3127, 0.329, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06),
}

# HDR, in nits (candela a square metre).
_WHITE = 203.0  # of a white page; ITU-R BT.2408
_PEAK = 1000.0  # the brightest there is, where nothing says so, and of HLG's own display
_BRIGHTEST = 10_000.0  # that PQ can say
_CODES = np.arange(1 << 16, dtype=np.float64) / 0xFFFF


def image_of(frame: av.VideoFrame, shape: tuple[int, int], peak: float) -> Image:
    """A decoded frame as it is meant to be seen: sRGB, over white, in square pixels.

    Args:
        frame: Of any pixel format.
        shape: (height, width) to scale it to.
        peak: As `peak_of` says of the clip's first frame; of no matter where it is not HDR.
    """
    is_hdr = frame.color_trc in (ColorTrc.SMPTE2084, ColorTrc.ARIB_STD_B67)
    has_alpha = frame.format.name == "pal8" or any(c.is_alpha for c in frame.format.components)
    plain = _reformatted(frame, shape, "rgba" if has_alpha else "rgb24", ColorRange.JPEG)
    if is_hdr:
        colours = _of_hdr(frame, shape, peak)
    elif places := _PLACES.get(frame.color_primaries):
        colours = _in_srgb(to_light(255 * _signal(frame, shape)), places)
    else:
        colours = plain[..., :3].astype(np.float32)
    return over_white(colours, plain[..., 3].astype(np.float32) if has_alpha else None)


def peak_of(frame: av.VideoFrame) -> float:
    """How bright the brightest of an HDR clip is, in nits, as its first frame says."""
    said = 0.0
    if light := side_data(frame, "CONTENT_LIGHT_LEVEL"):
        said = light[0]
    if not said and (master := side_data(frame, "MASTERING_DISPLAY_METADATA")):
        *_, above, below, _, is_known = master
        said = above / below if is_known and below else 0
    return min(max(said, _WHITE), _BRIGHTEST) if said > 0 else _PEAK


def side_data(frame: av.VideoFrame, name: str) -> list[int]:
    """The 32-bit integers that FFmpeg notes beside a frame by that name; none: it does not."""
    noted = cast(Buffer | None, frame.side_data.get(name))
    return [] if noted is None else np.frombuffer(bytes(noted), np.int32).tolist()


def _reformatted(
    frame: av.VideoFrame, shape: tuple[int, int], format: str, to_range: ColorRange
) -> np.ndarray:
    """The pixels in another format, as the frame's own matrix and range say."""
    height, width = shape
    return frame.reformat(
        height=height,
        width=width,
        format=format,
        interpolation=_FINE,
        src_colorspace=_matrix(frame),
        dst_colorspace=_matrix(frame),
        src_color_range=_range(frame),
        dst_color_range=to_range,
        threads=1,
    ).to_ndarray()


def _matrix(frame: av.VideoFrame) -> Colorspace:
    large = frame.height >= _HD[0] or frame.width >= _HD[1]
    return _MATRICES.get(frame.colorspace, Colorspace.ITU709 if large else Colorspace.ITU601)


def _range(frame: av.VideoFrame) -> ColorRange:
    full = frame.color_range == ColorRange.JPEG or frame.format.name.startswith("yuvj")
    return ColorRange.JPEG if full or frame.format.is_rgb else ColorRange.MPEG


def _in_srgb(light: np.ndarray, places: tuple[float, ...]) -> Image:
    return from_light(np.clip(light @ to_srgb_places(places).T, 0, 1))


def _of_hdr(frame: av.VideoFrame, shape: tuple[int, int], peak: float) -> Image:
    """What PQ or HLG would show, with what is brighter than white brought down to it."""
    codes = np.rint(_signal(frame, shape) * 0xFFFF).astype(np.uint16)
    if frame.color_trc == ColorTrc.SMPTE2084:
        nits = _pq_table()[codes]
    else:
        scene = _hlg_table()[codes]
        red, blue = _WEIGHTS[Colorspace.BT2020]
        luminance = scene @ np.array([red, 1 - red - blue, blue], np.float32)
        nits = (_PEAK * luminance**0.2)[..., None] * scene  # ITU-R BT.2100, the OOTF
        peak = _PEAK
    # By the brightest of the three, so that hues stay and none of them is cut off.
    gain = np.interp(nits.max(-1), *_gains(peak)).astype(np.float32)
    places = _PLACES.get(frame.color_primaries, _PLACES[ColorPrimaries.BT2020])
    return _in_srgb(nits * (gain / np.float32(_WHITE))[..., None], places)


def _signal(frame: av.VideoFrame, shape: tuple[int, int]) -> np.ndarray:
    """A frame's red, green and blue in all their depth, as they are: float32 (H, W, 3), 0..1."""
    if frame.format.is_rgb:
        pixels = _reformatted(frame, shape, "rgb48le", ColorRange.JPEG)
        return pixels / np.float32(0xFFFF)
    # With a matrix of our own: with swscale's, white is not the same number in both ranges.
    matrix, full = _matrix(frame), _range(frame) == ColorRange.JPEG
    pixels = _reformatted(frame, shape, "yuv444p16le", _range(frame)).astype(np.float32) / 256
    most = 256 - 2.0 ** (8 - frame.format.components[0].bits)  # of the full range
    luma = pixels[..., 0] / most if full else (pixels[..., 0] - 16) / 219
    blueness, redness = np.moveaxis((pixels[..., 1:] - 128) / (most if full else 224), -1, 0)
    of_red, of_blue = _WEIGHTS[matrix]
    red = luma + 2 * (1 - of_red) * redness
    blue = luma + 2 * (1 - of_blue) * blueness
    green = (luma - of_red * red - of_blue * blue) / (1 - of_red - of_blue)
    return np.clip(np.stack([red, green, blue], -1), 0, 1)


def _from_pq(signal: np.ndarray) -> np.ndarray:
    """Nits of PQ's signal, 0..1. Source: SMPTE ST 2084."""
    root = signal ** (32 / 2523)
    light = np.maximum(root - 3424 / 4096, 0) / (2413 / 128 - 2392 / 128 * root)
    return _BRIGHTEST * light ** (16384 / 2610)


def _to_pq(nits: np.ndarray | float) -> np.ndarray:
    """PQ's signal of nits, 0..1."""
    power = (np.asarray(nits) / _BRIGHTEST) ** (2610 / 16384)
    return ((3424 / 4096 + 2413 / 128 * power) / (1 + 2392 / 128 * power)) ** (2523 / 32)


@lru_cache(maxsize=1)
def _pq_table() -> np.ndarray:
    return _from_pq(_CODES).astype(np.float32)


@lru_cache(maxsize=1)
def _hlg_table() -> np.ndarray:
    """The scene's light, 0..1, of HLG's signal. Source: ITU-R BT.2100."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    light = np.where(_CODES <= 0.5, _CODES**2 / 3, (np.exp((_CODES - c) / a) + b) / 12)
    return light.astype(np.float32)


@lru_cache(maxsize=4)
def _gains(peak: float) -> tuple[np.ndarray, np.ndarray]:
    """Nits, and by how much to multiply what has so many, that the peak becomes white.

    What is dark stays as it is; from the knee on, it nears white ever more slowly.
    Source: ITU-R BT.2390, the EETF, for blacks of 0.
    """
    top = _to_pq(peak)
    signal = np.linspace(0, 1, 4096)[1:]
    share, white = np.minimum(signal / top, 1), _to_pq(_WHITE) / top
    knee = min(1.5 * white - 0.5, 1 - 1e-6)
    t = np.maximum(share - knee, 0) / (1 - knee)
    curve = (
        (2 * t**3 - 3 * t**2 + 1) * knee
        + (t**3 - 2 * t**2 + t) * (1 - knee)
        + (3 * t**2 - 2 * t**3) * white
    )
    mapped = np.where(share < knee, share, curve) * top
    nits = _from_pq(signal)
    return nits, _from_pq(mapped) / nits
