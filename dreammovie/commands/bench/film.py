"""How fast frames become a video, beside the ffmpeg command with the same settings."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

from dreammovie.movies.folder import Frames
from dreammovie.pictures.demo import draw_demo
from dreammovie.pictures.image import fit, save_image
from dreammovie.pictures.warp import enlarged
from dreammovie.videos.encode import encoding
from dreammovie.videos.formats import codec_of

_FRAMES = 60
_RATE = 30  # frames a second


def video_runs(folder: Path, shape: tuple[int, int]) -> dict[str, Callable[[], Any]]:
    """What is to be timed: a video made here, and by ffmpeg where that is installed.

    Args:
        folder: An empty one; frames go there, and videos.
        shape: (height, width) of the frames.
    """
    start = fit(draw_demo(), shape)
    for number in range(_FRAMES):
        save_image(enlarged(start, 1 + number / 200), folder / f"img_{number}.jpg")

    def ours() -> None:
        frames = Frames(folder, range(_FRAMES))
        for _ in encoding(folder / "ours.mp4", frames, Fraction(_RATE), "mp4"):
            pass

    runs: dict[str, Callable[[], Any]] = {"ours": ours}
    if ffmpeg := shutil.which("ffmpeg"):
        command = _command(ffmpeg, folder)
        runs["ffmpeg"] = lambda: subprocess.run(command, check=True, capture_output=True)
    return runs


def _command(ffmpeg: str, folder: Path) -> list[str]:
    codec = codec_of("mp4")
    converted = "scale=out_color_matrix=bt709:out_range=tv:flags=bicubic+accurate_rnd"
    options = {"crf": str(codec.crf), **codec.options}
    tags = {"colorspace": "bt709", "color_primaries": "bt709", "color_trc": "bt709"}
    encoder = {"c:v": codec.encoder, "movflags": "+faststart"} | options | tags
    return [
        *(ffmpeg, "-y", "-framerate", str(_RATE), "-start_number", "0"),
        *("-i", str(folder / "img_%d.jpg"), "-vf", f"{converted},format={codec.pixels}"),
        *(text for name, value in encoder.items() for text in (f"-{name}", value)),
        str(folder / "ffmpeg.mp4"),
    ]
