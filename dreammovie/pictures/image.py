"""The array contract, and the doors through which pictures come in and go out.

An `Image` is float32 (H, W, 3), RGB, 0..255; sizes are always (height, width).
uint8 exists only in files. Values may leave the range while dreaming;
`to_uint8` clips and rounds them once, on the way out.
"""

import io
import struct
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
from PIL import ExifTags, UnidentifiedImageError
from PIL import Image as Pillow

from dreammovie.errors import DreamError
from dreammovie.files import open_file, write_whole
from dreammovie.pictures.colours import from_under_white, mend_clear_colour, over_white, to_srgb
from dreammovie.pictures.kinds import HEAD, KINDS, formats_of

Image = np.ndarray
"""float32 (H, W, 3), RGB, 0..255."""

_ENCODERS: dict[str, tuple[str, dict[str, int]]] = {
    ".jpg": ("JPEG", {"quality": 95, "subsampling": 0}),  # full colour resolution, 4:4:4
    ".jpeg": ("JPEG", {"quality": 95, "subsampling": 0}),
    ".png": ("PNG", {}),
    ".webp": ("WEBP", {"quality": 95, "method": 4}),
}
SAVED = tuple(_ENCODERS)
"""Endings of the files that pictures are saved to, in order of preference."""

SUFFIXES = (*SAVED, ".jfif", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".heic", ".heif")
"""Endings of the files that pictures are read from."""

LONGEST_NOTE = 60_000
"""Characters of the text that a file says of itself; no JPEG, and no MOV, has room for more."""

_STRIP = 2**20  # pixels
_LONGEST = {"JPEG": 65500, "WEBP": 16383}  # sides that a format can have at most, pixels
_BROKEN = (  # what Pillow raises of broken files, every format in its own way
    OSError, SyntaxError, ValueError, EOFError, RuntimeError, LookupError, TypeError, struct.error,
)  # fmt: skip
MAX_PIXELS = 2 * (Pillow.MAX_IMAGE_PIXELS or 0)  # where Pillow refuses
_TURNS = {
    2: Pillow.Transpose.FLIP_LEFT_RIGHT,
    3: Pillow.Transpose.ROTATE_180,
    4: Pillow.Transpose.FLIP_TOP_BOTTOM,
    5: Pillow.Transpose.TRANSPOSE,
    6: Pillow.Transpose.ROTATE_270,
    7: Pillow.Transpose.TRANSVERSE,
    8: Pillow.Transpose.ROTATE_90,
}


def load_image(path: Path | str) -> Image:
    """Reads a picture as a person sees it: upright, in sRGB, without transparency.

    EXIF rotation is obeyed; grey, palette, CMYK and 16-bit pictures are converted,
    alpha is laid over white, an embedded colour profile becomes sRGB, and of an
    animation, or of several pages, the first is taken.

    Raises:
        DreamError: `path` is no file, no whole picture of one of `KINDS`, or is too large to
            open safely (179 million pixels).
        OSError: `path` cannot be read at all.
    """
    with open_file(Path(path)) as file:
        return read_image(file, str(path))


def load_alpha(path: Path | str) -> np.ndarray | None:
    """How opaque a picture is: float32 (H, W), from 0, transparent, to 255; None: all of it.

    Raises:
        DreamError, OSError: as `load_image`.
    """
    with open_file(Path(path)) as file:
        return _read(file, str(path), MAX_PIXELS)[1]


def read_image(file: BinaryIO, name: str, most: int = MAX_PIXELS) -> Image:
    """Reads a picture from an open file, as `load_image` does.

    Args:
        file: Its bytes.
        name: What to call it in an error's sentence.
        most: Pixels that it may have; counted before any of them is decoded.

    Raises:
        DreamError: it is no whole picture of one of `KINDS`, or has too many pixels.
    """
    return over_white(*_read(file, name, most))


def _read(file: BinaryIO, name: str, most: int) -> tuple[Image, np.ndarray | None]:
    """The colours and the alpha of the picture that `read_image` reads, as `to_srgb`."""
    if not file.seek(0, io.SEEK_END):
        raise DreamError(f"{name} is empty (0 bytes). Put a picture there: {KINDS}.")
    try:
        with _opened(file, name) as picture:
            if picture.width * picture.height > most:
                raise Pillow.DecompressionBombError
            mend_clear_colour(picture)
            picture.load()
            return to_srgb(_upright(picture))
    except DreamError:
        raise
    except Pillow.DecompressionBombError:
        raise DreamError(
            f"{name} has more than {most:,} pixels, too many to open safely. Make it smaller first."
        ) from None
    except UnidentifiedImageError:
        raise DreamError(
            f"{name} cannot be read as a picture; expected is {KINDS}. Save it as one of these, or "
            "put another one there."
        ) from None
    except _BROKEN as error:
        raise DreamError(
            f"{name} cannot be read as a picture ({error}). "
            "Is it whole? Save it again, or put another one there."
        ) from None


def note_in(file: BinaryIO, name: str) -> str | None:
    """What a picture's file says of itself: in its EXIF description, or in a GIF's comment.

    Args:
        file: Its bytes.
        name: What to call it in an error's sentence.

    Raises:
        DreamError: it is no picture of one of `KINDS`, or has too many pixels.
    """
    try:
        with _opened(file, name) as picture:
            comment = picture.info.get("comment") if picture.format == "GIF" else None
            note = picture.getexif().get(ExifTags.Base.ImageDescription)
    except DreamError:
        raise
    except Exception:  # a broken block of metadata raises what it likes
        raise DreamError(f"What {name} says of itself cannot be read.") from None
    if isinstance(comment, bytes):
        note = comment.decode("latin-1")
    return note if isinstance(note, str) else None


def pictures_in(file: BinaryIO) -> int:
    """How many pictures a file holds: an animation's, or pages; `read_image` takes the first."""
    try:
        with _opened(file, "") as picture:
            # A photo for two eyes, or with a brighter one for other screens, is one picture.
            return 1 if picture.format == "MPO" else getattr(picture, "n_frames", 1)
    except (DreamError, Pillow.DecompressionBombError, *_BROKEN):
        return 1


@contextmanager
def _opened(file: BinaryIO, name: str) -> Iterator[Pillow.Image]:
    """The picture in a file, not yet decoded."""
    file.seek(0)
    formats = formats_of(file.read(HEAD), name)
    file.seek(0)
    with warnings.catch_warnings():
        # Of odd metadata, and of half the limit on pixels; the limit itself is an error.
        warnings.simplefilter("ignore")
        with Pillow.open(file, formats=formats) as picture:
            yield picture


def _upright(picture: Pillow.Image) -> Pillow.Image:
    """The picture turned as its EXIF tag asks; as it is where that cannot be read."""
    try:
        orientation = picture.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # a broken block of metadata raises what it likes
        return picture
    turn = _TURNS.get(orientation) if isinstance(orientation, int) else None
    return picture if turn is None else picture.transpose(turn)


def to_uint8(image: Image) -> np.ndarray:
    """Clips to 0..255 and rounds to uint8.

    Rounds because a movie feeds every saved frame back in: truncating would
    darken it by half a grey level a frame.
    """
    image = np.asarray(image)
    whole = np.empty(image.shape, np.uint8)
    for rows in strips(image.shape):
        rounded = np.add(image[rows], 0.5, dtype=np.float32)
        whole[rows] = np.clip(rounded, 0, 255, out=rounded)
    return whole


def strips(shape: Sequence[int]) -> Iterator[slice]:
    """The rows of an image of (height, width), some at a time.

    What is made of them meanwhile does not take as much room as a large image.
    """
    some = max(1, _STRIP // max(1, shape[1]))
    for first in range(0, shape[0], some):
        yield slice(first, first + some)


def to_uint16(image: Image) -> np.ndarray:
    """As `to_uint8`, with the 256 steps between two of its own; 65,535 is white."""
    return np.clip(image * np.float32(257) + np.float32(0.5), 0, 65_535).astype(np.uint16)


def check_ending(path: Path, shape: tuple[int, int], transparent: bool = False) -> None:
    """Checks that a picture of (height, width) can be saved there, before it is dreamt.

    Raises:
        DreamError: the ending is none of `SAVED`, or the format cannot be so large, or
            transparent.
    """
    if path.suffix.lower() not in _ENCODERS:
        raise DreamError(f"{path} does not end as a picture does; expected is {', '.join(SAVED)}.")
    format, _ = _ENCODERS[path.suffix.lower()]
    if max(shape) > (longest := _LONGEST.get(format, max(shape))):
        raise DreamError(
            f"{path} would have {shape[1]}x{shape[0]} pixels; a side of a {format} picture has at "
            f"most {longest:,}. Choose .png."
        )
    if transparent and format == "JPEG":
        raise DreamError(f"{path} cannot be transparent, as no JPEG can. Choose .png or .webp.")


def save_image(
    image: Image, path: Path | str, note: str | None = None, alpha: np.ndarray | None = None
) -> None:
    """Saves a JPEG (quality 95), PNG or WebP (quality 95) by its ending, whole or not at all.

    Args:
        image: float32 (H, W, 3), RGB; clipped to 0..255.
        path: With an ending that `check_ending` lets pass.
        note: Text for the description in the file's EXIF data, ASCII; one longer than
            `LONGEST_NOTE` is left out.
        alpha: float32 (H, W), 0..255, how opaque it is; over white, it looks like the image.
            None: all of it is opaque.

    Raises:
        OSError: the disk is full or the folder cannot be written; nothing is left behind.
    """
    path = Path(path)
    # Into memory first: writing to a full disk itself, Pillow cuts the file off in silence.
    write_whole(encode(image, path.suffix, note, alpha), path)


def encode(
    image: Image,
    ending: str = ".jpg",
    note: str | None = None,
    alpha: np.ndarray | None = None,
) -> bytes:
    """The content of a file with that ending; see `save_image`."""
    encoded = io.BytesIO()
    format, options = _ENCODERS[ending.lower()]
    pixels = to_uint8(image if alpha is None else from_under_white(image, alpha))
    del image  # which may be large, and nobody else's
    picture = Pillow.fromarray(pixels if alpha is None else np.dstack([pixels, to_uint8(alpha)]))
    exif = picture.getexif()
    if note and len(note) <= LONGEST_NOTE:
        exif[ExifTags.Base.ImageDescription] = note
    picture.save(encoded, format, exif=exif if len(exif) else b"", **options)
    return encoded.getvalue()


def decode(encoded: bytes) -> Image:
    """The image that `load_image` would read from a file with the bytes of `encode`."""
    with Pillow.open(io.BytesIO(encoded), formats=["JPEG", "PNG", "WEBP"]) as picture:
        return to_srgb(picture)[0]


def resize(image: Image, shape: tuple[int, int]) -> Image:
    """Resizes to (height, width): area averages when shrinking, cubic when enlarging."""
    if image.shape[:2] == tuple(shape):
        return image
    shrinks = shape[0] * shape[1] < image.shape[0] * image.shape[1]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return cv2.resize(image, (shape[1], shape[0]), interpolation=how)


def fit(image: Image, shape: tuple[int, int]) -> Image:
    """Resizes to (height, width) without stretching: the excess is cropped about the centre."""
    height, width = shape
    scale = max(height / image.shape[0], width / image.shape[1])
    cropped = max(1, round(height / scale)), max(1, round(width / scale))
    top, left = (image.shape[0] - cropped[0]) // 2, (image.shape[1] - cropped[1]) // 2
    return resize(image[top : top + cropped[0], left : left + cropped[1]], shape)
