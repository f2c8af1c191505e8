"""The packets of a clip: which frames they hold, when these are shown, and how to come to them."""

from __future__ import annotations

import os
import sys
from bisect import bisect_right
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import cast

import av
from av.container import InputContainer

from dreammovie.errors import DreamError
from dreammovie.files import open_file
from dreammovie.videos.clip_file import decoder_of, encrypted, opened, sound_in

Decoded = tuple[int, av.VideoFrame]

_NEVER = sys.maxsize
_VP8_SHOWN = 0x10  # in a packet's first byte; RFC 6386, 9.1
_LOOSE_END = Fraction(3, 2)  # frames that may be missing of what a file says, and it is whole
_GIF_TAIL = 64  # bytes that may follow its last, which is ";"


@dataclass
class Packets:
    """The packets of a clip's video, numbered as they are stored, from 0.

    Attributes:
        pts: When their frames are shown, as the file has it; ticks, None where it does not say.
        dts: When they are to be decoded; the same.
        keys: The packets at which decoding can begin.
        places: The same, by their place in the file, bytes; where two share it, `_NEVER`.
        shown: The packets whose frames are shown, in the order of time.
        stamps: The times of these frames, rising; ticks.
        order: For every packet, what it is shown by: before those that have more.
        tick: Seconds.
        rates: What the file says of frames per second: several opinions, or none.
        aspect: Width of a pixel in heights.
        missing: Seconds that the file promises and its end lacks; 0 where it is cut off, and does
            not say how long it was; None where it is whole.
        has_sound: Whether the file has a sound beside the video that can be decoded.
    """

    pts: list[int | None] = field(default_factory=list)
    dts: list[int | None] = field(default_factory=list)
    keys: list[int] = field(default_factory=list)
    places: dict[int, int] = field(default_factory=dict)
    shown: list[int] = field(default_factory=list)
    stamps: list[int] = field(default_factory=list)
    order: list[int] = field(default_factory=list)
    tick: Fraction = Fraction(1)
    rates: list[Fraction] = field(default_factory=list)
    aspect: Fraction = Fraction(1)
    missing: Fraction | None = None
    has_sound: bool = False

    def add(self, packet: av.Packet, is_shown: bool) -> None:
        """Notes the next packet of the video."""
        number = len(self.pts)
        self.pts.append(packet.pts)
        self.dts.append(packet.dts)
        if packet.is_keyframe and packet.pos is not None:
            self.keys.append(number)
            self.places[packet.pos] = _NEVER if packet.pos in self.places else number
        if is_shown:
            self.shown.append(number)

    def key(self, number: int) -> int:
        """The packet to begin at, so that the frame of this one can be decoded, and the next."""
        at = bisect_right(self.keys, number) - 1
        # What is stored after a key frame and shown before it may need what is before both.
        while at >= 0 and self.order[self.keys[at]] > self.order[number]:
            at -= 1
        return self.keys[at] if at >= 0 else 0


def read_packets(path: Path) -> Packets:
    """Reads through a clip; it is decoded only where it does not say when frames are shown.

    Raises:
        DreamError: as `opened`, or it is encrypted, or no frame of it is whole.
        OSError: as `opened`.
    """
    packets = Packets()
    with opened(path) as (container, video):
        cut, ends = False, {video.index: 0}
        for packet in _read(container):
            if packet is None or packet.is_corrupt:
                cut = True
                continue
            ends[packet.stream_index] = max(ends.get(packet.stream_index, 0), _end(packet))
            if packet.stream_index == video.index:
                if packet.has_sidedata("encryption_info"):
                    raise encrypted(path)
                packets.add(packet, not packet.is_discard and not _is_hidden(video, packet))
        packets.tick = cast(Fraction, video.time_base)
        packets.rates = [rate for rate in (video.average_rate, video.guessed_rate) if rate]
        packets.aspect = video.sample_aspect_ratio or Fraction(1)
        packets.has_sound = sound_in(container) is not None
        streams = container.streams
        end = max(ticks * cast(Fraction, streams[n].time_base) for n, ticks in ends.items())
        lacks = _lacks(container, video, packets, end)
        if lacks > 0:
            packets.missing = lacks
        elif cut or (container.format.name == "gif" and not _ends_as_a_gif(path)):
            packets.missing = Fraction(0)
    if any(packets.pts[number] is None for number in packets.shown):
        _order_by_decoding(path, packets)
    else:
        packets.order = [_NEVER if time is None else time for time in packets.pts]
        # Of two at the same time, nobody sees the first.
        at = {packets.order[number]: number for number in packets.shown}
        packets.stamps = sorted(at)
        packets.shown = [at[stamp] for stamp in packets.stamps]
    if not packets.shown:
        raise DreamError(f"There are no whole frames in {path}. Save it again.")
    return packets


def _read(container: InputContainer, *streams: av.VideoStream) -> Iterator[av.Packet | None]:
    """The packets of some streams, or of all; None at the end where the file breaks off."""
    try:
        for packet in container.demux(*streams):
            if packet.size:
                yield packet
    except av.FFmpegError:
        yield None


def _end(packet: av.Packet) -> int:
    """When a packet has been played, ticks of its stream."""
    times = [time for time in (packet.pts, packet.dts) if time is not None]
    return max(times, default=0) + (packet.duration or 0)


def _is_hidden(video: av.VideoStream, packet: av.Packet) -> bool:
    """Whether it only serves to decode others."""
    return video.codec_context.name == "vp8" and not memoryview(packet)[0] & _VP8_SHOWN


def _lacks(
    container: InputContainer, video: av.VideoStream, packets: Packets, end: Fraction
) -> Fraction:
    """Seconds that the file promises and does not have, of which `end` have been read."""
    tick, entries = packets.tick, video.index_entries
    if "mov" in container.format.name:
        last = max((time for time in packets.dts if time is not None), default=0)
        return (entries[-1].timestamp - last) * tick if len(entries) else Fraction(0)
    is_avi = container.format.name == "avi"
    promised = video.frames * tick if is_avi else Fraction(container.duration or 0, av.time_base)
    # Times are rounded, and a last frame may not say how long it is shown.
    frame = 1 / packets.rates[0] if packets.rates else Fraction(0)
    return promised - end if promised - end > _LOOSE_END * frame else Fraction(0)


def _ends_as_a_gif(path: Path) -> bool:
    with open_file(path) as file:
        file.seek(-min(_GIF_TAIL, file.seek(0, os.SEEK_END)), os.SEEK_END)
        return file.read().rstrip(b"\0").endswith(b";")


def _order_by_decoding(path: Path, packets: Packets) -> None:
    """Finds what is shown when, where only the decoder knows: in an AVI, for one."""
    packets.order = [_NEVER] * len(packets.pts)
    packets.shown = []
    for number, _ in frames_from(path, packets, 0):
        packets.order[number] = len(packets.shown)
        packets.shown.append(number)
    times = [packets.dts[number] for number in packets.shown]
    known = sorted({time for time in times if time is not None})
    packets.stamps = known if len(known) == len(times) else list(range(len(times)))


def frames_from(
    path: Path, packets: Packets, first: int, seeking: bool = True
) -> Generator[Decoded, None, None]:
    """Decodes a clip from a key frame on.

    Args:
        path: Of the clip.
        packets: Its packets.
        first: The packet to begin at.
        seeking: Whether to seek to it, instead of reading all that is before it.

    Yields:
        The number of a packet, and its frame, as the decoder gives them: in the order in which
        they are shown, except where something is broken.
    """
    with opened(path) as (container, video):
        decoder, reading = decoder_of(video), _whole(container, video)
        number = 0
        if first:
            _learn(decoder, next(reading, None))
            number = 1
            if seeking:
                reading, number = _sought(container, video, packets, first)
        if number <= first:
            for packet in reading:
                if number >= first:
                    # A decoder hands the time of a packet on to its frame; here, its number.
                    packet.pts = packet.dts = number
                    yield from _frames(decoder, packet)
                number += 1
            yield from _frames(decoder, None)
            return
    yield from frames_from(path, packets, first, seeking=False)


def _whole(container: InputContainer, video: av.VideoStream) -> Iterator[av.Packet]:
    return (packet for packet in _read(container, video) if packet and not packet.is_corrupt)


def _learn(decoder: av.VideoCodecContext, packet: av.Packet | None) -> None:
    """Has a decoder look at the first packet of a video.

    It may be the only one that says which encoder made it, whose mistakes are to be made up for:
    x264's in 4:4:4, for one.
    """
    if packet:
        depth = decoder.reorder_depth
        list(_frames(decoder, packet))
        decoder.flush_buffers()
        decoder.reorder_depth = depth


def _sought(
    container: InputContainer, video: av.VideoStream, packets: Packets, first: int
) -> tuple[Iterator[av.Packet], int]:
    """The packets of a video from one on or a key before it, and the number of the first of them.

    The number is `_NEVER` where seeking has led nowhere, or to a place that cannot be told.
    """
    reading = _whole(container, video)
    time = packets.dts[first] if packets.pts[first] is None else packets.pts[first]
    try:
        container.seek(time or 0, stream=video)
    except av.FFmpegError:
        return reading, _NEVER
    if (head := next(reading, None)) is None or head.pos is None:
        return reading, _NEVER
    return chain([head], reading), packets.places.get(head.pos, _NEVER)


def _frames(decoder: av.VideoCodecContext, packet: av.Packet | None) -> Iterator[Decoded]:
    try:
        frames = decoder.decode(packet)
    except av.FFmpegError:
        return  # players go on, too
    for frame in frames:
        if frame.pts is not None:
            yield frame.pts, frame
