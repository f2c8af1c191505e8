"""The file of a clip, opened as data, whoever it comes from.

It is told by its content, of a few kinds only, and nothing but the file itself is ever opened,
whatever is written in it.
"""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import av
from av.container import InputContainer
from av.stream import Disposition

from dreammovie.errors import DreamError
from dreammovie.files import open_file
from dreammovie.pictures.image import MAX_PIXELS

KINDS = "MP4, MOV, M4V, MKV, WebM, AVI or GIF"
SUFFIXES = (".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".gif")
"""Endings of the files that clips are read from."""

_LIMITS = {"max_pixels": str(MAX_PIXELS)}  # for decoders; what a file says of its size may be a lie
_OPTIONS = {
    **_LIMITS,
    "format_whitelist": "mov,matroska,avi,gif",
    "fflags": "-genpts",  # a guess at missing times, and wrong for H.264
}
PICTURES = Disposition.attached_pic | Disposition.timed_thumbnails
"""That go with sound, and are no video."""

_ENCRYPTED = ("encv", "drmi")  # codes of codecs
_WITH_ALPHA = {"vp8": "libvpx", "vp9": "libvpx-vp9"}  # decoders, for those that know of none


class File(io.BufferedReader):
    """A file; a place in it that cannot be, as a broken video names it, is no error of the disk."""

    @classmethod
    def of(cls, path: Path) -> File:
        """Opens one, as `open_file` does."""
        return cls(cast(io.FileIO, open_file(path).detach()))

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Goes to a place and returns it; -1: there is none."""
        try:
            return super().seek(offset, whence)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            return -1


@contextmanager
def container_of(
    path: Path, what: str, kinds: str, options: Mapping[str, str]
) -> Iterator[InputContainer]:
    """A file of videos and sounds, opened as what it is told to be by its content.

    Args:
        path: Of the file.
        what: Is looked for in it, for sentences.
        kinds: Of files that are expected, for sentences.
        options: FFmpeg's, with the formats that are read.

    Raises:
        DreamError: it is none of these.
        OSError: `path` cannot be read at all.
    """
    with File.of(path) as file:
        if not os.fstat(file.fileno()).st_size:
            raise DreamError(f"{path} is empty (0 bytes). Put a {what} there: {kinds}.")
        try:
            # An open file has no name, in which there could be a protocol.
            container = av.open(file, "r", options=dict(options), metadata_errors="replace")
        except av.FFmpegError as error:
            raise DreamError(
                f"{path} cannot be read as a {what} ({error.strerror}); expected is {kinds}. Is it "
                "whole? Save it again, or put another one there."
            ) from None
        with container:
            yield container


@contextmanager
def opened(path: Path) -> Iterator[tuple[InputContainer, av.VideoStream]]:
    """A clip's file, and the first video in it that is no picture that goes with its sound.

    Raises:
        DreamError: there is none, or none that can be decoded safely.
        OSError: `path` cannot be read at all.
    """
    with container_of(path, "video", KINDS, _OPTIONS) as container:
        yield container, _video(container, path)


def _video(container: InputContainer, path: Path) -> av.VideoStream:
    videos = [video for video in container.streams.video if not video.disposition & PICTURES]
    if not videos:
        what = "sound, but no video" if container.streams.audio else "no video"
        raise DreamError(f"There is {what} in {path}. Put a video there: {KINDS}.")
    video = videos[0]
    if cast(object, video.codec_context) is None:
        raise DreamError(
            f"Nothing here can decode the video in {path}. Save it as H.264 in an MP4 file."
        )
    if video.codec_tag in _ENCRYPTED:
        raise encrypted(path)
    if not video.width or not video.height:
        raise DreamError(
            f"{path} does not say how large its video is, or it has more than {MAX_PIXELS:,} "
            "pixels a frame, too many to open safely. Save it again, or make it smaller."
        )
    check_pixels(path, (video.height, video.width))
    return video


def sound_in(container: InputContainer) -> av.AudioStream | None:
    """The first sound in a clip's file that can be decoded here, if there is any."""
    known = (sound for sound in container.streams.audio if cast(object, sound.codec_context))
    return next(known, None)


def check_pixels(path: Path, shape: tuple[int, int]) -> None:
    """Checks that frames of (height, width) can be decoded safely."""
    if shape[0] * shape[1] > MAX_PIXELS:
        raise DreamError(
            f"{path} has more than {MAX_PIXELS:,} pixels a frame, too many to open safely. Make it "
            "smaller first."
        )


def encrypted(path: Path) -> DreamError:
    """The error for a clip that cannot be decoded without a key."""
    return DreamError(
        f"{path} is encrypted: only the player that has its key can show it. Put a video there "
        "that is not."
    )


def decoder_of(video: av.VideoStream) -> av.VideoCodecContext:
    """A decoder of a video, at its beginning."""
    decoder = video.codec_context
    if video.metadata.get("alpha_mode") == "1" and decoder.name in _WITH_ALPHA:
        extradata = decoder.extradata
        decoder = cast(av.VideoCodecContext, av.CodecContext.create(_WITH_ALPHA[decoder.name], "r"))
        decoder.extradata = extradata
    decoder.options = dict(_LIMITS)
    decoder.thread_count = 1  # what it makes of a broken frame is the same every time
    return decoder
