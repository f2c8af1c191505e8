"""The sound in a file, decoded piece by piece. No TensorFlow, no SciPy.

As a clip's, the file is told by its content, of a few kinds only, and nothing but itself is opened.
A song's time is 0 where it begins; where it goes with a video, that is when its first frame is
shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.container import InputContainer

from dreammovie.errors import DreamError
from dreammovie.videos.clip_file import PICTURES, container_of, sound_in

RATE = 24_000
"""Samples a second of what is listened to."""

_KINDS = "MP3, M4A, WAV, FLAC, OGG or a video with sound"
_OPTIONS = {
    "format_whitelist": "aac,ac3,aiff,amr,ape,asf,au,avi,caf,dsf,eac3,flac,matroska,mov,mp3,mpc,"
    "mpc8,ogg,tta,w64,wav,wv",
}
_RATES = range(1000, 768_001)  # samples a second that a file may have
_LONGEST = 4 * 3600  # seconds
_APART = 0.05  # seconds between two pieces that are no mistake of their clock
_BLOCK = 2**16  # samples of silence at once


@contextmanager
def opened_sound(path: Path) -> Iterator[tuple[InputContainer, av.AudioStream]]:
    """A file, and the first sound in it.

    Raises:
        DreamError: there is none, or none that can be decoded safely.
        OSError: `path` cannot be read at all.
    """
    with container_of(path, "sound", _KINDS, _OPTIONS) as container:
        if (sound := sound_in(container)) is None:
            raise DreamError(
                f"There is no sound in {path} that can be decoded here. Give another one: {_KINDS}."
            )
        yield container, sound


def ends_of(path: Path) -> tuple[Fraction, Fraction]:
    """When a song begins by its file's own clock, and when its sound ends; seconds.

    Raises:
        DreamError, OSError: as `opened_sound`.
    """
    with opened_sound(path) as (source, sound):
        begin = _begin(source, sound)
        tick = cast(Fraction, sound.time_base)
        end = begin
        for packet in packets_of(source, sound):
            if packet.pts is not None:
                end = max(end, (packet.pts + (packet.duration or 0)) * tick)
    return begin, end


def samples_of(path: Path) -> Iterator[np.ndarray]:
    """A song from its time 0 on, in pieces that follow one another.

    Gaps are silent, and so is what is broken.

    Yields:
        float32 (N,), mono, `RATE` a second, -1 to 1 or somewhat beyond.

    Raises:
        DreamError: nothing in it can be decoded, it is too long, or as `opened_sound`.
        OSError: `path` cannot be read at all.
    """
    done = 0  # samples so far
    with opened_sound(path) as (source, sound):
        for frame in placed(source, sound, _begin(source, sound), "flt", "mono", RATE):
            place, piece = cast(int, frame.pts), frame.to_ndarray()[0]
            while done < place:
                silence = np.zeros(min(_BLOCK, place - done), np.float32)
                done += len(silence)
                yield silence
                _check_length(path, done)
            piece = piece[done - place :]
            done += len(piece)
            _check_length(path, done)
            yield piece
    if not done:
        raise DreamError(f"Nothing of the sound in {path} can be decoded. Save it again.")


def _check_length(path: Path, samples: int) -> None:
    if samples > _LONGEST * RATE:
        raise DreamError(
            f"{path} is longer than {_LONGEST // 3600} hours. Cut out what the movie needs."
        )


def _begin(source: InputContainer, sound: av.AudioStream) -> Fraction:
    """When a song begins, by its file's own clock; seconds."""
    shown = [each for each in source.streams.video if not each.disposition & PICTURES]
    first = shown[0] if shown else sound
    return (first.start_time or 0) * cast(Fraction, first.time_base)


def packets_of(source: InputContainer, sound: av.AudioStream) -> Iterator[av.Packet]:
    """The packets of a sound, as far as its file can be read."""
    try:
        yield from source.demux(sound)
    except av.FFmpegError:  # its end is broken
        return


def placed(
    source: InputContainer,
    sound: av.AudioStream,
    zero: Fraction,
    format: str,
    layout: str,
    rate: int,
) -> Iterator[av.AudioFrame]:
    """A sound, decoded: all of one kind, also where it changes its own midway.

    What is broken is left out.

    Args:
        source, sound: From `opened_sound`.
        zero: The moment that is 0, by the file's own clock; seconds.
        format, layout, rate: What it becomes, in PyAV's words.

    Yields:
        Frames, each with the number of its first sample as its time.
    """
    resampler: av.AudioResampler | None = None
    kind: tuple[str, str, int] | None = None
    place, due = 0, None  # the next sample, and when what was decoded so far ends

    def pieces(frame: av.AudioFrame | None) -> Iterator[av.AudioFrame]:
        nonlocal place
        for piece in resampler.resample(frame) if resampler else []:
            piece.pts, piece.time_base = place, Fraction(1, rate)
            place += piece.samples
            yield piece

    for packet in packets_of(source, sound):
        try:
            frames = packet.decode()
        except av.FFmpegError:
            continue
        for frame in cast(list[av.AudioFrame], frames):
            if frame.sample_rate not in _RATES:
                continue
            if frame.pts is not None:
                now = frame.pts * cast(Fraction, frame.time_base) - zero
            else:
                now = _begin(source, sound) - zero if due is None else due
            its_kind = frame.format.name, frame.layout.name, frame.sample_rate
            if due is None or abs(now - due) > _APART or its_kind != kind:
                yield from pieces(None)
                resampler, kind = av.AudioResampler(format, layout, rate), its_kind
                place, due = round(now * rate), now
            yield from pieces(frame)
            due += Fraction(frame.samples, frame.sample_rate)
    yield from pieces(None)
