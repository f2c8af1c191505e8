"""Sounds whose beats are known exactly: a click track, and a song of drum, bass and melody."""

from pathlib import Path

import av
import numpy as np

RATE = 48_000  # samples a second
SCALE = (0, 3, 5, 7, 10, 12)  # half tones above the root: a minor pentatonic


def beats(seconds, bpm, first=0.5):
    """When the beats are, seconds."""
    return np.arange(first, seconds - 0.05, 60 / bpm)


def put(track, second, sound):
    begin = round(second * RATE)
    track[begin : begin + len(sound)] += sound[: max(len(track) - begin, 0)]


def clicks(seconds, bpm, first=0.5):
    """Bursts of noise, the first of every four louder; float32, -1 to 1."""
    track = np.zeros(round(seconds * RATE), np.float32)
    noise = np.random.default_rng(0).uniform(-1, 1, RATE // 200)
    for number, second in enumerate(beats(seconds, bpm, first)):
        put(track, second, noise * (0.8 if number % 4 == 0 else 0.5))
    return track


def tone(pitch, seconds, overtones=(1,), decay=3.0):
    """A tone that is struck and dies away, at a pitch in half tones above A2, 110 Hz."""
    time = np.arange(round(seconds * RATE)) / RATE
    rate = 110 * 2 ** (pitch / 12)
    waves = sum(
        loud * np.sin(2 * np.pi * rate * (n + 1) * time) for n, loud in enumerate(overtones)
    )
    rise, fall = np.minimum(time / 0.004, 1), np.minimum((seconds - time) / 0.02, 1)
    return waves * rise * fall * np.exp(-decay * time)


def drum(seconds=0.25):
    """A skin whose pitch falls."""
    time = np.arange(round(seconds * RATE)) / RATE
    phase = 2 * np.pi * (50 * time + 110 / 30 * (1 - np.exp(-30 * time)))
    return np.sin(phase) * np.exp(-14 * time)


def hiss(seconds, rng):
    """A cymbal: noise without its low part."""
    noise = np.diff(rng.normal(size=round(seconds * RATE) + 2), 2)
    return noise * np.exp(-np.arange(len(noise)) / RATE * 4 / seconds)


def song(seconds, bpm=112, first=0.5, seed=0):
    """Drum, bass and melody, four beats to the bar; float32, -1 to 1.

    It begins with the drum alone; the bass comes in after two bars, the melody after four; in the
    last two of every eight bars the drum is silent.
    """
    rng = np.random.default_rng(seed)
    track, step = np.zeros(round(seconds * RATE)), 60 / bpm
    pitch = 12
    for number, second in enumerate(beats(seconds, bpm, first)):
        bar, beat = divmod(number, 4)
        root = (0, -4, 3, -2)[bar % 4]
        if bar % 8 < 6:
            put(track, second, drum() * (0.9 if beat == 0 else 0.65))
            put(track, second + step / 2, 0.05 * hiss(0.08, rng))
            if beat % 2:
                put(track, second, 0.09 * hiss(0.2, rng))
        if bar >= 2:
            long = step * (0.95 if beat % 2 == 0 else 0.45)
            put(track, second, 0.32 * tone(root - 12, long, (1, 0.5, 0.25, 0.1)))
        if bar >= 4:
            for half in range(2):
                pitch = min(max(pitch + int(rng.integers(-2, 3)), 8), 16)
                height = root + 12 * (pitch // 6) + SCALE[pitch % 6]
                put(track, second + half * step / 2, 0.14 * tone(height, step, (1, 0, 0.3, 0, 0.1)))
    return np.clip(track / max(1.0, np.abs(track).max()), -1, 1).astype(np.float32)


def write_sound(path, samples, codec=None, rate=RATE, layout="mono", options=None):
    """Writes a sound file, of a kind that its ending says; of two channels, both are the same."""
    path = Path(path)
    codecs = {".wav": "pcm_s16le", ".flac": "flac", ".mp3": "libmp3lame", ".m4a": "aac",
              ".ogg": "libopus", ".opus": "libopus", ".webm": "libopus"}  # fmt: skip
    with av.open(str(path), "w", options=options or {}) as container:
        stream = container.add_stream(codec or codecs[path.suffix], rate=rate, layout=layout)
        resampler = av.AudioResampler(stream.format.name, layout, rate, stream.frame_size or 1024)
        for begin in range(0, len(samples), 4800):
            piece = np.ascontiguousarray(samples[None, begin : begin + 4800])
            frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout="mono")
            frame.sample_rate, frame.pts = RATE, begin
            for each in resampler.resample(frame):
                container.mux(stream.encode(each))
        for each in resampler.resample(None):
            container.mux(stream.encode(each))
        container.mux(stream.encode(None))
    return path
