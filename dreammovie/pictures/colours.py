"""What the numbers in a picture's file mean: greys, palettes, inks, profiles, transparency.

A picture looks the same however it is stored. All of it becomes sRGB, and an alpha.
"""

from __future__ import annotations

import io

import numpy as np
from PIL import Image as Pillow
from PIL import ImageCms

_MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}  # of a profile's colours, in Pillow's words
_SCALES = {"L;2": 85, "L;4": 17}  # of PNG's greys with 2 and 4 bits, to 0..255
_GREYS = np.arange(256, dtype=np.uint8)

# PNG's measures where it has no profile: the exponent, and x, y of white, red, green and blue.
_SRGB_GAMMA = 1 / 2.2
_SRGB_PLACES = (0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)
_NEAR_GAMMA, _NEAR_PLACES = 0.05, 0.01  # as libpng has it: what is so near to sRGB is meant so
_BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)  # from XYZ to the answers of the eye's cones, in which it adapts to another white


def to_srgb(picture: Pillow.Image) -> tuple[np.ndarray, np.ndarray | None]:
    """The colours of a loaded picture of any mode, and how opaque they are.

    Returns:
        float32 (H, W, 3), RGB, 0..255, sRGB; and float32 (H, W), from 0, transparent, to 255;
        None where all is opaque.

    Raises:
        ValueError: nothing says which of its numbers is white.
    """
    if picture.mode.startswith("I;16"):
        return _of_16_bits(picture)
    if picture.mode.startswith(("I", "F")):
        raise ValueError("it has 32 bits a pixel, and nothing says which of these numbers is white")
    info, alpha = picture.info, None
    if picture.has_transparency_data:
        # By way of RGBA, as Pillow knows all kinds of transparency there.
        clear = picture.convert("RGBA")
        alpha = np.asarray(clear.getchannel("A"), np.float32)
        picture = clear.convert("L" if picture.mode in ("1", "L", "LA", "La") else "RGB")
    return _in_srgb(picture, info), alpha


def over_white(colours: np.ndarray, alpha: np.ndarray | None) -> np.ndarray:
    """What `to_srgb` gives, laid over white: float32 (H, W, 3), rounded where it has an alpha."""
    if alpha is None:
        return colours
    share = alpha[..., None] / np.float32(255)
    return np.floor(colours * share + (1 - share) * 255 + np.float32(0.5))


def from_under_white(image: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """The colours that look like an image when they are laid over white with an alpha.

    Args:
        image: float32 (H, W, 3), RGB, 0..255.
        alpha: float32 (H, W), 0..255.

    Returns:
        float32 (H, W, 3); outside 0..255 where there are no such colours.
    """
    share = np.where(alpha > 0, alpha, 255)[..., None] / np.float32(255)
    return 255 - (255 - image) / share


def mend_clear_colour(picture: Pillow.Image) -> None:
    """Has a PNG's transparent colour in the numbers that Pillow's pixels will have.

    Pillow leaves it in the file's own depth. To be called before the picture is loaded, for then
    its depth is forgotten.
    """
    clear, tiles = picture.info.get("transparency"), getattr(picture, "tile", None)
    if picture.format != "PNG" or clear is None or not tiles:
        return
    depth = tiles[0].args
    if depth in _SCALES and clear <= 255 // _SCALES[depth]:
        picture.info["transparency"] = clear * _SCALES[depth]
    elif depth == "RGB;16B":  # of which Pillow keeps the upper 8
        picture.info["transparency"] = tuple(colour >> 8 for colour in clear)


def _of_16_bits(picture: Pillow.Image) -> tuple[np.ndarray, np.ndarray | None]:
    """`to_srgb` of 16-bit grey, by way of what its information makes of 256 greys."""
    numbers, clear = np.asarray(picture), picture.info.get("transparency")
    alpha = None if clear is None else np.where(numbers == clear, 0, 255).astype(np.float32)
    grey = numbers.astype(np.float32) / 257
    table = _in_srgb(Pillow.fromarray(_GREYS[None]), picture.info)[0]
    if np.array_equal(table[:, 0], _GREYS):
        return np.repeat(grey[..., None], 3, axis=2), alpha
    seen = [np.interp(grey, _GREYS, table[:, colour]) for colour in range(3)]
    return np.stack(seen, -1).astype(np.float32), alpha


def _in_srgb(picture: Pillow.Image, info: dict) -> np.ndarray:
    """float32 (H, W, 3) of a picture without an alpha, as its profile or its gamma says."""
    if profile := info.get("icc_profile"):
        return np.asarray(_by_profile(picture, profile).convert("RGB"), np.float32)
    picture = picture if picture.mode == "RGB" else picture.convert("RGB")
    colours = np.asarray(picture, np.float32)
    gamma, places = info.get("gamma"), info.get("chromaticity", _SRGB_PLACES)
    if not gamma or "srgb" in info:
        return colours
    near = abs(gamma / _SRGB_GAMMA - 1) < _NEAR_GAMMA
    if near and np.abs(np.subtract(places, _SRGB_PLACES)).max() < _NEAR_PLACES:
        return colours
    return _by_gamma(colours, gamma, places)


def _by_profile(picture: Pillow.Image, profile: bytes) -> Pillow.Image:
    """The picture in sRGB; unchanged where its profile does not fit it."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = _MODES.get(source.profile.xcolor_space.strip(), "")
        inks = picture.mode == "CMYK"
        if not mode or (mode == "CMYK") != inks or (mode == "L" and not _is_grey(picture)):
            return picture
        converted = ImageCms.profileToProfile(
            picture.convert(mode), source, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture
    return picture if converted is None else converted


def _is_grey(picture: Pillow.Image) -> bool:
    """Whether there is no colour in it; Pillow opens PNG's 16-bit grey with an alpha as RGB."""
    if picture.mode in ("1", "L"):
        return True
    colours = np.asarray(picture.convert("RGB"))
    return bool((colours == colours[..., :1]).all())


def _by_gamma(colours: np.ndarray, gamma: float, places: tuple[float, ...]) -> np.ndarray:
    """Colours in sRGB by PNG's chunks gAMA and cHRM.

    Source: PNG specification, third edition, 12.1 and 13.
    """
    light = (colours / np.float32(255)) ** np.float32(1 / gamma)
    if places != _SRGB_PLACES:
        try:
            matrix = to_srgb_places(places)
        except (np.linalg.LinAlgError, ZeroDivisionError):
            matrix = np.eye(3, dtype=np.float32)  # no such colours exist
        light = np.clip(light @ matrix.T, 0, 1)
    return from_light(light)


def from_light(light: np.ndarray) -> np.ndarray:
    """The numbers in sRGB, float32, 0..255, of light from 0 to 1, which is white."""
    srgb = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return (255 * srgb).astype(np.float32)


def to_light(srgb: np.ndarray) -> np.ndarray:
    """What `from_light` is given for these numbers; float32."""
    share = np.asarray(srgb, np.float32) / np.float32(255)
    light = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return light.astype(np.float32)


def to_srgb_places(places: tuple[float, ...]) -> np.ndarray:
    """The matrix from light in other primaries to light in sRGB's; float32 (3, 3).

    Args:
        places: x and y of their white, red, green and blue.
    """
    matrix = np.linalg.inv(_to_xyz(_SRGB_PLACES)) @ _to_xyz(places)
    return matrix.astype(np.float32)


def _to_xyz(places: tuple[float, ...]) -> np.ndarray:
    """The matrix from linear red, green, blue to XYZ, adapted to sRGB's white; float64 (3, 3)."""

    def xyz(x: float, y: float) -> np.ndarray:
        return np.array([x / y, 1.0, (1 - x - y) / y])

    white, *primaries = (xyz(*places[n : n + 2]) for n in range(0, 8, 2))
    matrix = np.stack(primaries, 1)
    matrix = matrix * np.linalg.solve(matrix, white)
    adapt = np.diag(_BRADFORD @ xyz(*_SRGB_PLACES[:2]) / (_BRADFORD @ white))
    return np.linalg.inv(_BRADFORD) @ adapt @ _BRADFORD @ matrix
