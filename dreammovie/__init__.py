"""dreammovie: movies of what a neural network sees in a picture.

These are the names with which one begins; each is imported when it is first asked for. All
else is in the package's rooms, which README.md walks through.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dreammovie.dreaming.stages import PictureSettings, dream_picture
    from dreammovie.errors import DreamError
    from dreammovie.movies.folder import Frames
    from dreammovie.movies.run import go_on
    from dreammovie.pictures.image import load_image, save_image
    from dreammovie.videos.encode import write_video

__version__ = "0.1.0"

__all__ = [
    "DreamError",
    "Frames",
    "PictureSettings",
    "dream_picture",
    "go_on",
    "load_image",
    "save_image",
    "write_video",
]

_ROOMS = {
    "DreamError": "errors",
    "Frames": "movies.folder",
    "PictureSettings": "dreaming.stages",
    "dream_picture": "dreaming.stages",
    "go_on": "movies.run",
    "load_image": "pictures.image",
    "save_image": "pictures.image",
    "write_video": "videos.encode",
}


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_ROOMS[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
