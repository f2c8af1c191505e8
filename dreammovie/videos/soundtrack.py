"""A sound under a video that is made: a clip's, copied where the file can hold it, or a song."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any, cast

import av
import av.filter
from av.container import InputContainer, OutputContainer

from dreammovie.videos.formats import Format
from dreammovie.videos.sound import ends_of, opened_sound, packets_of, placed

_RATE = 48_000  # samples a second of what is encoded anew
_MIXED = "s32"  # not of floats, which six channels mixed into two would leave too loud
_FRAME = 960  # samples that are encoded at once
_FADE = Fraction(1)  # seconds, of a song that is cut
_NO_FADES = Fraction(0), Fraction(0)

Packets = Iterator[tuple[Fraction, Any]]
"""When each sounds, seconds, and itself."""


@dataclass(frozen=True)
class Soundtrack:
    """A part of the sound in a file.

    Attributes:
        path: Of the file, which has sound.
        start, end: From when to when, seconds by the file's own clock.
        fades: Seconds in which it comes out of silence at its start, and goes into it at its end;
            None: it is copied as it is, where the video's file can hold it.
    """

    path: Path
    start: Fraction
    end: Fraction
    fades: tuple[Fraction, Fraction] | None = None


def under(
    path: Path, start: Fraction, length: Fraction, fades: tuple[Fraction, Fraction] = _NO_FADES
) -> Soundtrack:
    """A song under a video; it fades out where the video ends sooner.

    Args:
        path: Of the song.
        start: Second of the song at which the video begins.
        length: Of the video, seconds.
        fades: Seconds in which the video itself fades in and out.

    Raises:
        DreamError, OSError: as `sound.opened_sound`.
    """
    begin, end = ends_of(path)
    cut = begin + start + length
    comes, goes = fades
    if cut < end:
        goes = goes or min(_FADE, length)
    return Soundtrack(path, begin + start, cut, (comes, goes))


@contextmanager
def muxing(
    track: Soundtrack, container: OutputContainer, format: Format
) -> Iterator[Callable[[Fraction | float], None]]:
    """Puts sound into a video that is being written.

    Args:
        track: What is to be heard.
        container: The video's, before anything is written.
        format: Of the video; one that can have sound.

    Yields:
        A function that writes what begins to sound before a moment, seconds; infinity: all.

    Raises:
        DreamError, OSError: the sound cannot be read.
    """
    with opened_sound(track.path) as (source, sound):
        known = sound.codec_context.codec.canonical_name in format.sounds
        if known and track.fades is None:
            packets = _copied(track, source, sound, container.add_stream_from_template(sound))
        else:
            stream = cast(av.AudioStream, container.add_stream(format.sound, rate=_RATE))
            if format.sound_bits:
                stream.bit_rate = format.sound_bits
            stream.layout = "mono" if sound.channels == 1 else "stereo"
            packets = _anew(track, source, sound, stream)
        first = next(packets, None)

        def until(moment: Fraction | float) -> None:
            nonlocal first
            while first and first[0] <= moment:
                container.mux_one(first[1])
                first = next(packets, None)

        yield until


def _copied(
    track: Soundtrack, source: InputContainer, sound: av.AudioStream, stream: Any
) -> Packets:
    """The packets most of which lies between start and end."""
    tick = cast(Fraction, sound.time_base)
    shift = round(track.start / tick)
    for packet in packets_of(source, sound):
        if packet.pts is None or packet.dts is None:
            continue
        half = Fraction(packet.duration or 0, 2) * tick
        middle = packet.pts * tick + half
        if middle < track.start:
            continue
        if middle >= track.end:
            return
        packet.pts -= shift
        packet.dts -= shift
        packet.stream = stream
        yield packet.pts * tick, packet


def _anew(
    track: Soundtrack, source: InputContainer, sound: av.AudioStream, stream: av.AudioStream
) -> Packets:
    """What lies between start and end, encoded."""
    encoder = stream.codec_context
    frames = _cut(track, source, sound, encoder.layout.name, encoder.format.name)
    for frame in chain(frames, [None]):
        for packet in stream.encode(frame):
            yield Fraction(cast(int, packet.pts)) * packet.time_base, packet


def _cut(
    track: Soundtrack, source: InputContainer, sound: av.AudioStream, layout: str, format: str
) -> Iterator[av.AudioFrame]:
    """The sound from start to end; where there is none, silence."""
    graph = av.filter.Graph()
    length = math.ceil((track.end - track.start) * _RATE)
    comes, goes = (round(seconds * _RATE) for seconds in track.fades or _NO_FADES)
    nodes = [
        graph.add_abuffer(
            format=_MIXED, layout=layout, sample_rate=_RATE, time_base=Fraction(1, _RATE)
        ),
        graph.add("aresample", f"{_RATE}:async=1:min_hard_comp=0.001:first_pts=0"),
        graph.add("aformat", f"sample_fmts={format}:channel_layouts={layout}"),
        graph.add("atrim", f"end_sample={length}"),
        *([graph.add("afade", f"in:ns={comes}")] if comes else []),
        *([graph.add("afade", f"out:ss={length - goes}:ns={goes}")] if goes else []),
        graph.add("asetnsamples", f"n={_FRAME}:p=0"),
        graph.add("abuffersink"),
    ]
    graph.link_nodes(*nodes).configure()

    def pulled() -> Iterator[av.AudioFrame]:
        while True:
            try:
                yield cast(av.AudioFrame, graph.pull())
            except (av.BlockingIOError, av.EOFError):
                return

    for frame in placed(source, sound, track.start, _MIXED, layout, _RATE):
        try:
            graph.push(frame)
        except av.EOFError:  # the end was before
            return
        yield from pulled()
    graph.push(None)
    yield from pulled()
