"""Clips as people bring them, made here: each frame says its number and shows its colours."""

import io
import struct
from fractions import Fraction
from pathlib import Path

import av
import av.filter
import av.stream
import numpy as np
import pytest
from av.video.reformatter import VideoReformatter
from PIL import Image as Pillow

from dreammovie.errors import DreamError
from dreammovie.videos.decode import open_clip

FPS = Fraction(25)
BLOCK = 16  # pixels
COLOURS = [
    (200, 30, 40),
    (40, 180, 60),
    (30, 50, 190),
    (210, 200, 60),
    (128, 128, 128),
    (20, 150, 160),
]
BITS = len(COLOURS)
WEIGHTS = {1: (0.2126, 0.0722), 5: (0.299, 0.114), 9: (0.2627, 0.0593)}  # bt709, bt601, bt2020
X264 = {"qp": "2", "preset": "ultrafast"}
OPEN_GOP = {**X264, "preset": "fast", "g": "6", "bf": "3", "x264-params": "open-gop=1:b-pyramid=2"}
CLOSED = {"g": "6"}


def numbered(number, height=4 * BLOCK, width=BITS * BLOCK):
    """A number in blocks at the top, colours below it, and a black bar at the bottom's left."""
    image = np.full((height, width, 3), 255, np.uint8)
    for bit, colour in enumerate(COLOURS):
        columns = slice(bit * BLOCK, (bit + 1) * BLOCK)
        image[:BLOCK, columns] = 255 * (number >> bit & 1)
        image[BLOCK : 3 * BLOCK, columns] = colour
    image[3 * BLOCK :, : 3 * BLOCK] = 0
    return image


def check(image, number, colours=COLOURS, near=3, scale=(1, 1)):
    """Checks that it is the frame of a number, upright, in these colours, and so much larger."""
    assert image.dtype == np.float32
    assert image.shape[2:] == (3,)

    def at(row, column):
        y, x = round((row + 0.5) * BLOCK * scale[0]), round((column + 0.5) * BLOCK * scale[1])
        return image[y - 2 : y + 2, x - 2 : x + 2].mean((0, 1))

    bits = [at(0, bit).mean() > 128 for bit in range(BITS)]
    assert sum(1 << bit for bit in range(BITS) if bits[bit]) == number
    for bit, colour in enumerate(colours):
        assert np.abs(at(1.5, bit) - colour).max() <= near
    assert at(3, 0).mean() < 30
    assert at(3, BITS - 1).mean() > 225


def to_yuv(image, matrix, full, bits):
    """The planes of yuv420p by the definition of the matrices (H.273), not by swscale."""
    of_red, of_blue = WEIGHTS[matrix]
    red, green, blue = np.moveaxis(image / 255.0, -1, 0)
    luma = of_red * red + (1 - of_red - of_blue) * green + of_blue * blue
    colours = (blue - luma) / (2 - 2 * of_blue), (red - luma) / (2 - 2 * of_red)
    colours = [c.reshape(c.shape[0] // 2, 2, -1, 2).mean((1, 3)) for c in colours]
    more, most = 2 ** (bits - 8), 2**bits - 1
    if full:
        planes = [luma * most, *(c * most + 128 * more for c in colours)]
    else:
        planes = [(16 + 219 * luma) * more, *((128 + 224 * c) * more for c in colours)]
    kind = np.uint8 if bits == 8 else np.uint16
    flat = [np.rint(plane).clip(0, most).astype(kind).ravel() for plane in planes]
    return np.concatenate(flat).reshape(-1, image.shape[1])


def encode(
    path,
    codec="libx264",
    images=None,
    *,
    pix="yuv420p",
    times=None,
    clock=1 / FPS,
    options=X264,
    container=None,
    matrix=None,
    full=False,
    bits=8,
    setup=lambda stream: None,
    through=lambda frame: frame,
    beside=lambda file: None,
    format=None,
):
    """Writes a clip of images, uint8 (H, W, 3) or (H, W, 4), shown at times in ticks."""
    images = [numbered(n) for n in range(20)] if images is None else images
    times = range(len(images)) if times is None else times
    with av.open(str(path), "w", format=format, container_options=container or {}) as file:
        stream = file.add_stream(codec, rate=FPS, options=options)
        stream.height, stream.width = images[0].shape[:2]
        stream.pix_fmt = pix
        context = stream.codec_context
        context.time_base = clock
        context.thread_count = 2  # some encoders' files differ by it
        if matrix:
            context.colorspace, context.color_range = matrix, 2 if full else 1
        setup(stream)
        then = beside(file)
        for time, image in zip(times, images, strict=True):
            if pix in ("yuv420p", "yuv420p10le"):
                planes = to_yuv(image, matrix or 5, full, bits)
                frame = av.VideoFrame.from_ndarray(planes, pix)
            else:
                frame = av.VideoFrame.from_ndarray(
                    image, "rgb24" if image.shape[2] == 3 else "rgba"
                )
                frame = VideoReformatter().reformat(frame, format=pix)
            frame.pts, frame.time_base = time, clock
            file.mux(stream.encode(through(frame)))
        file.mux(stream.encode(None))
        if then:
            then()
    return path


def jumping(clip):
    """Numbers of frames: backwards, at random, and some twice."""
    rng = np.random.default_rng(0)
    return [clip.frames, 1, *range(clip.frames, 0, -3), *rng.integers(1, clip.frames + 1, 25)]


def check_jumps(path):
    """Every frame has the same bytes however it is come to; returns the frames in order."""
    with open_clip(path) as clip:
        frames = [clip.frame(n) for n in range(1, clip.frames + 1)]
        for n in map(int, jumping(clip)):
            assert np.array_equal(clip.frame(n), frames[n - 1]), n
    for n in (1, len(frames) // 2, len(frames)):  # and if it is the first that is asked for
        with open_clip(path) as clip:
            assert np.array_equal(clip.frame(n), frames[n - 1])
    return frames


KINDS = {
    "a.mp4": {"codec": "libx264", "options": OPEN_GOP},
    "a.mov": {"codec": "libx264", "options": OPEN_GOP},
    "a.m4v": {
        "codec": "libx265",
        "options": {
            "x265-params": "qp=2:keyint=6:min-keyint=6:open-gop=1:bframes=3:log-level=none"
        },
        "format": "mp4",
    },
    "fragments.mp4": {"options": OPEN_GOP, "container": {"movflags": "+frag_keyframe+empty_moov"}},
    "a.mkv": {"codec": "libx264", "options": OPEN_GOP},
    "refresh.mkv": {"options": {**X264, "x264-params": "intra-refresh=1:keyint=6"}},
    "mpeg2.mkv": {
        "codec": "mpeg2video",
        "options": {"g": "6", "bf": "2", "qmin": "1", "qmax": "1"},
    },
    "vp9.webm": {"codec": "libvpx-vp9", "options": {**CLOSED, "crf": "4", "b": "0"}},
    "vp8.webm": {
        "codec": "libvpx",
        "options": {**CLOSED, "b": "8M", "auto-alt-ref": "1", "lag-in-frames": "8", "qmax": "4"},
    },
    "h264.avi": {"codec": "libx264", "options": OPEN_GOP},
    "mpeg4.avi": {"codec": "mpeg4", "options": {"g": "6", "bf": "2", "qmin": "1", "qmax": "1"}},
    "mjpeg.avi": {"codec": "mjpeg", "pix": "yuvj444p", "options": {"qmin": "1", "qmax": "1"}},
    "ffv1.mkv": {"codec": "ffv1", "options": {}},
}


@pytest.mark.parametrize("name", KINDS)
def test_frames_their_times_and_their_colours(tmp_path, name):
    path = encode(tmp_path / name, **KINDS[name])
    with open_clip(path) as clip:
        assert (clip.frames, clip.rate, clip.shape) == (20, FPS, (64, 96))
        assert clip.times == tuple(n / FPS for n in range(20))
        assert (clip.missing, clip.has_sound) == (None, False)
    for number, frame in enumerate(check_jumps(path)):
        check(frame, number)


@pytest.mark.parametrize("bits", [8, 10])
@pytest.mark.parametrize(
    ("matrix", "full"),
    [(None, False), *((matrix, full) for matrix in WEIGHTS for full in (False, True))],
)
def test_matrices_ranges_and_depths(tmp_path, matrix, full, bits):
    pix = "yuv420p" if bits == 8 else "yuv420p10le"
    path = encode(
        tmp_path / "a.mkv", "ffv1", [numbered(5)], pix=pix, matrix=matrix, full=full, bits=bits
    )
    check(open_clip(path).frame(1), 5, near=2)


def test_a_large_video_that_says_nothing_is_bt709(tmp_path):
    image = np.full((720, 1280, 3), COLOURS[0], np.uint8)
    planes = av.VideoFrame.from_ndarray(to_yuv(image, 1, False, 8), "yuv420p")
    with av.open(str(tmp_path / "a.mp4"), "w") as file:
        stream = file.add_stream("libx264", rate=25, options=X264)
        stream.height, stream.width, stream.pix_fmt = 720, 1280, "yuv420p"
        file.mux([*stream.encode(planes), *stream.encode(None)])
    assert np.abs(open_clip(tmp_path / "a.mp4").frame(1) - COLOURS[0]).max() <= 3


def tagged(primaries, transfer=1):
    def tag(stream):
        stream.codec_context.color_primaries = primaries
        stream.codec_context.color_trc = transfer

    return tag


def in_wide(light):
    """Light in bt709's primaries, told in bt2020's; ITU-R BT.2087."""
    matrix = [[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]]
    return np.asarray(light) @ np.transpose(matrix)


def srgb_light(colours):
    share = np.asarray(colours) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def srgb(light):
    light = np.clip(light, 0, 1)
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def test_wide_colours_become_srgb(tmp_path):
    image = srgb(in_wide(srgb_light(numbered(5))))
    path = encode(
        tmp_path / "a.mkv", "ffv1", [image], pix="yuv420p10le", bits=10, matrix=9, setup=tagged(9)
    )
    check(open_clip(path).frame(1), 5)


def pq(nits):
    """SMPTE ST 2084, from nits to the signal."""
    power = (np.asarray(nits) / 10000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375


def hlg(light):
    """ITU-R BT.2100, from the scene's light, 0..1, to the signal."""
    light = np.asarray(light)
    high = 0.17883277 * np.log(np.maximum(12 * light - 0.28466892, 1e-9)) + 0.55991073
    return np.where(light <= 1 / 12, np.sqrt(3 * light), high)


def hdr(path, nits, transfer, bits=10, codec="ffv1", options=None, full=False):
    """A clip of one frame with stripes of light in bt2020's primaries, in nits (n, 3)."""
    if transfer == 16:
        signal = pq(nits)
    else:
        luminance = np.asarray(nits) @ (0.2627, 0.6780, 0.0593) / 1000
        signal = hlg(nits / 1000 * np.maximum(luminance, 1e-9)[:, None] ** (-1 / 6))
    image = np.repeat(signal, 16, axis=0)[None].repeat(64, axis=0) * 255
    return encode(
        path,
        codec,
        [image],
        pix="yuv420p10le",
        matrix=9,
        bits=bits,
        full=full,
        options=options or {},
        setup=tagged(9, transfer),
    )


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("transfer", [16, 18])
def test_hdr_looks_right(tmp_path, transfer, full):
    greys = np.array([0, 1, 5, 20, 50, 100, 203, 400, 700, 1000], float)[:, None] * np.ones(3)
    colours = 60 * in_wide([(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 0.5, 0.1)])
    path = hdr(tmp_path / "a.mkv", np.concatenate([greys, colours]), transfer, full=full)
    shown = open_clip(path).frame(1)[32, 8::16]
    ramp, colours = shown[:10], shown[10:]
    assert np.ptp(ramp, axis=1).max() <= 3  # greys are grey
    assert np.all(np.diff(ramp.mean(1)) > 0)
    assert ramp[0].max() < 2
    assert ramp[-1].min() > 252
    # What is dark is as a screen shows it whose white has 203 nits.
    assert np.abs(ramp[1:5].mean(1) - srgb(greys[1:5, 0] / 203)).max() <= 3
    assert 215 < ramp[6].mean() < 240  # white paper is nearly white
    wanted = srgb(60 / 203 * np.array([(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 0.5, 0.1)]))
    assert np.abs(colours - wanted).max() <= 8


def test_hdr_that_says_how_bright_it_is(tmp_path):
    said = "log-level=none:lossless=1:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc"
    said += ":bframes=0"  # else x265 gives a single frame a time at random
    levels = np.array([0, 50, 203, 1000, 2000, 4000.0])[:, None] * np.ones(3)
    shown = {}
    for name, more in {"4000": ":hdr10=1:max-cll=4000,400", "nothing": ""}.items():
        options = {"x265-params": said + more}
        path = hdr(tmp_path / f"{name}.mp4", levels, 16, codec="libx265", options=options)
        shown[name] = open_clip(path).frame(1)[32, 8::16].mean(1)
    assert np.all(np.diff(shown["4000"]) > 0.5)  # up to its peak
    assert shown["4000"][3] < 250
    assert np.all(shown["nothing"][3:] > 252)


WITH_ALPHA = {
    "vp9.webm": ("libvpx-vp9", "yuva420p", {"crf": "4", "b": "0", "auto-alt-ref": "0"}),
    "vp8.webm": ("libvpx", "yuva420p", {"b": "9M", "qmax": "4", "auto-alt-ref": "0"}),
    "png.mov": ("png", "rgba", {}),
    "animation.mov": ("qtrle", "argb", {}),
    "prores.mov": ("prores_ks", "yuva444p10le", {"profile": "4444", "qscale": "2"}),
    "ffv1.mkv": ("ffv1", "bgra", {}),
}


@pytest.mark.parametrize("name", WITH_ALPHA)
def test_alpha_lies_over_white(tmp_path, name):
    codec, pix, options = WITH_ALPHA[name]
    images = []
    for number in range(8):
        image = np.dstack([numbered(number), np.full((64, 96), 255, np.uint8)])
        image[16:48, :16, 3] = 0
        image[16:48, 16:32, 3] = 128
        images.append(image)
    path = encode(tmp_path / name, codec, images, pix=pix, options=options)
    half = np.add(COLOURS[1], 255) / 2
    for number, frame in enumerate(check_jumps(path)):
        check(frame, number, [(255, 255, 255), half, *COLOURS[2:]], near=4)


def test_animations_as_browsers_show_them(tmp_path):
    frames = [Pillow.fromarray(numbered(n)) for n in range(6)]
    clear = Pillow.new("RGBA", frames[0].size)
    patch = frames[5].crop((0, 0, 96, 16)).convert("RGBA")
    clear.paste(patch, (0, 0))
    clear.save(
        tmp_path / "a.gif",
        save_all=True,
        append_images=[frame.convert("RGBA") for frame in frames[:5]],
        duration=[50, 200, 100, 100, 30, 500],
        disposal=2,
    )
    with open_clip(tmp_path / "a.gif") as clip:
        assert clip.frames == 6
        assert [float(t) for t in clip.times] == [0, 0.05, 0.25, 0.35, 0.45, 0.48]
        first = clip.frame(1)
        assert np.array_equal(first[:16], numbered(5)[:16])
        assert np.all(first[16:] == 255)
    for number, frame in enumerate(check_jumps(tmp_path / "a.gif")[1:]):
        check(frame, number)


TURNS = {  # of the frame as it is stored: what to tell the file, to see it upright
    "as it is": (lambda image: image, (1, 0, 0, 1)),
    "a quarter left": (lambda image: np.rot90(image, -1), (0, -1, 1, 0)),
    "half": (lambda image: np.rot90(image, 2), (-1, 0, 0, -1)),
    "a quarter right": (lambda image: np.rot90(image, 1), (0, 1, -1, 0)),
    "mirrored": (lambda image: image[:, ::-1], (-1, 0, 0, 1)),
    "upside down": (lambda image: image[::-1], (1, 0, 0, -1)),
    "transposed": (lambda image: image.swapaxes(0, 1), (0, 1, 1, 0)),
}


@pytest.mark.parametrize("turn", TURNS)
def test_what_lies_on_its_side_is_upright(tmp_path, turn):
    stored, (a, b, c, d) = TURNS[turn]
    one = 1 << 16

    def tell(stream):
        stream.set_display_matrix([a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30])

    images = [np.ascontiguousarray(stored(numbered(n))) for n in range(3)]
    path = encode(tmp_path / "a.mp4", "libx264", images, setup=tell)
    with open_clip(path) as clip:
        assert clip.shape == (64, 96)
        for number in range(3):
            check(clip.frame(number + 1), number)


@pytest.mark.parametrize(
    ("aspect", "shape"), [(Fraction(4, 3), (64, 128)), (Fraction(8, 9), (72, 96))]
)
def test_pixels_become_square(tmp_path, aspect, shape):
    def tell(stream):
        stream.codec_context.sample_aspect_ratio = aspect

    path = encode(tmp_path / "a.mp4", "libx264", [numbered(9)], setup=tell)
    with open_clip(path) as clip:
        assert clip.shape == shape
        check(clip.frame(1), 9, near=4, scale=(shape[0] / 64, shape[1] / 96))


def test_a_lying_video_with_long_pixels(tmp_path):
    def tell(stream):
        stream.set_display_rotation(-90)
        stream.codec_context.sample_aspect_ratio = Fraction(2)

    path = encode(tmp_path / "a.mp4", "libx264", [np.rot90(numbered(9))], setup=tell)
    with open_clip(path) as clip:
        assert clip.shape == (64, 192) or clip.shape == (128, 96)
        check(clip.frame(1), 9, near=4, scale=np.divide(clip.shape, (64, 96)))


@pytest.mark.parametrize(
    ("name", "codec", "pix"),
    [("a.mkv", "ffv1", "yuv444p"), ("a.avi", "mjpeg", "yuvj444p"), ("a.mp4", "libx264", "yuv444p")],
)
def test_odd_sizes(tmp_path, name, codec, pix):
    images = [numbered(n, 67, 101) for n in range(3)]
    path = encode(tmp_path / name, codec, images, pix=pix, options={})
    with open_clip(path) as clip:
        assert clip.shape == (67, 101)
        check(clip.frame(3), 2, near=6)


def test_variable_times_stay_as_they_are(tmp_path):
    times = [0, 1, 2, 5, 6, 11, 12, 13, 30, 31]
    images = [numbered(n) for n in range(10)]
    for name in ("a.mp4", "a.mkv"):
        path = encode(tmp_path / name, "libx264", images, times=times, options=OPEN_GOP)
        with open_clip(path) as clip:
            assert clip.times == tuple(t / FPS for t in times)
            assert clip.rate == 9 / (31 / FPS)
            for number in jumping(clip):
                check(clip.frame(int(number)), number - 1)


def test_a_steady_rate_is_exact_where_the_clock_is_coarse(tmp_path):
    rate = Fraction(30000, 1001)
    with av.open(str(tmp_path / "a.mkv"), "w") as file:
        stream = file.add_stream("libx264", rate=rate, options=X264)
        stream.height, stream.width, stream.pix_fmt = 64, 96, "yuv420p"
        for number in range(20):
            file.mux(stream.encode(av.VideoFrame.from_ndarray(numbered(number), "rgb24")))
        file.mux(stream.encode(None))
    with open_clip(tmp_path / "a.mkv") as clip:
        assert clip.rate == rate
        assert clip.times == tuple(n / rate for n in range(20))


def test_what_is_before_the_edit_list_is_not_shown(tmp_path):
    path = encode(tmp_path / "a.mp4", times=range(-7, 13), options=OPEN_GOP)
    with open_clip(path) as clip:
        assert (clip.frames, clip.start, clip.times[:2]) == (13, 0, (0, 1 / FPS))
    for number, frame in enumerate(check_jumps(path), start=7):
        check(frame, number)


def test_a_late_start_is_told_and_times_begin_at_0(tmp_path):
    for name in ("a.mp4", "a.mkv"):
        path = encode(tmp_path / name, times=range(10, 30))
        with open_clip(path) as clip:
            assert (clip.frames, clip.times[0]) == (20, 0)
            assert clip.start == 10 / FPS
            check(clip.frame(1), 0)


def test_negative_times_without_an_edit_list(tmp_path):
    path = encode(
        tmp_path / "a.mp4",
        times=range(-7, 13),
        options=OPEN_GOP,
        container={"use_editlist": "0", "avoid_negative_ts": "disabled"},
    )
    with open_clip(path) as clip:
        assert clip.times == tuple(n / FPS for n in range(clip.frames))
        check(clip.frame(clip.frames), 19)


def fields(size, first):
    """Says of every frame which of its fields comes first; PyAV's frames cannot be told."""
    graph = av.filter.Graph()
    source = graph.add_buffer(
        width=size[1], height=size[0], format=av.VideoFormat("yuv420p"), time_base=1 / FPS
    )
    nodes = graph.add("setfield", f"mode={first}"), graph.add("buffersink")
    graph.link_nodes(source, *nodes).configure()

    def tell(frame):
        graph.vpush(frame)
        return graph.vpull()

    return tell


@pytest.mark.parametrize("first", ["tff", "bff"])
@pytest.mark.parametrize("name", ["a.mkv", "a.mp4"])
@pytest.mark.parametrize("codec", ["libx264", "mpeg2video"])
def test_interlaced_frames_have_no_combs(tmp_path, codec, name, first):
    def bar(time):
        image = np.full((64, 96, 3), 60, np.uint8)
        image[:, time * 3 : time * 3 + 20] = 200
        return image

    images = [bar(2 * n) for n in range(12)]
    late = 1 if first == "tff" else 0  # the lines that are seen half a frame later
    for n, image in enumerate(images):
        image[late::2] = bar(2 * n + 1)[late::2]
    options = {
        "libx264": {"qp": "2", "g": "4", "bf": "2", "x264-params": f"{first}=1"},
        "mpeg2video": {"g": "4", "bf": "2", "qmin": "1", "qmax": "1"},
    }[codec]
    path = encode(
        tmp_path / name,
        codec,
        images,
        options={"flags": "+ildct+ilme", **options},
        through=fields((64, 96), first),
    )
    frames = check_jumps(path)
    assert len(frames) == 12
    for number, frame in enumerate(frames[1:-1], start=1):
        lines = frame.mean(-1)
        assert np.abs(np.diff(lines[4:-4], axis=0)).mean() < 3
        # It shows the time of the first field.
        shown = np.flatnonzero(lines.mean(0) > 130)
        assert abs(shown.mean() - (6 * number + 9.5)) < 1


def test_an_interlaced_clip_has_its_colours(tmp_path):
    options = {"qp": "2", "x264-params": "interlaced=1:tff=1"}
    path = encode(tmp_path / "a.mp4", options=options, matrix=1)
    with open_clip(path) as clip:
        for number in (1, 7, 20):
            check(clip.frame(number), number - 1)


def with_sound(file):
    """Adds a second of a tone beside the video; returns what writes it."""
    sound = file.add_stream("aac", rate=48000, layout="mono")
    wave = np.sin(np.arange(48000) / 20).astype(np.float32)

    def write():
        for start in range(0, 48000, 1024):
            part = wave[None, start : start + 1024]
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(part), "fltp", "mono")
            frame.sample_rate, frame.pts, frame.time_base = 48000, start, Fraction(1, 48000)
            file.mux(sound.encode(frame))
        file.mux(sound.encode(None))

    return write


def add_picture(file, disposition=0):
    """Adds a video of one red picture of another size."""
    stream = file.add_stream("mjpeg", rate=25)
    stream.height, stream.width, stream.pix_fmt = 48, 48, "yuvj444p"
    stream.disposition = disposition

    def write():
        red = np.full((48, 48, 3), (255, 0, 0), np.uint8)
        frame = av.VideoFrame.from_ndarray(red, "rgb24").reformat(format="yuvj444p")
        file.mux([*stream.encode(frame), *stream.encode(None)])

    return write


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.mov"])
def test_what_is_beside_the_video_does_no_harm(tmp_path, name):
    """A cover before it, another video after it, sound, and data of no known kind."""

    def beside(file):
        writes = [with_sound(file), add_picture(file)]
        if name == "a.mkv":
            cover = io.BytesIO()
            Pillow.new("RGB", (48, 48), "red").save(cover, "JPEG")
            file.add_attachment("cover.jpg", "image/jpeg", cover.getvalue())
        return lambda: [write() for write in writes]

    path = encode(tmp_path / name, beside=beside, options=OPEN_GOP)
    with open_clip(path) as clip:
        assert (clip.frames, clip.has_sound, clip.missing) == (20, True, None)
    for number, frame in enumerate(check_jumps(path)):
        check(frame, number)


def test_a_cover_is_no_video(tmp_path):
    path = tmp_path / "cover.mp4"
    with av.open(str(path), "w") as file:
        cover = add_picture(file, av.stream.Disposition.attached_pic)
        stream = file.add_stream("libx264", rate=25, options=X264)
        stream.height, stream.width, stream.pix_fmt = 64, 96, "yuv420p"
        cover()
        for number in range(3):
            file.mux(stream.encode(av.VideoFrame.from_ndarray(numbered(number), "rgb24")))
        file.mux(stream.encode(None))
    with open_clip(path) as clip:
        assert (clip.frames, clip.shape) == (3, (64, 96))
        check(clip.frame(3), 2)

    song = tmp_path / "song.mp4"
    with av.open(str(song), "w") as file:
        sound, cover = with_sound(file), add_picture(file, av.stream.Disposition.attached_pic)
        cover()
        sound()
    with pytest.raises(DreamError, match=r"There is sound, but no video in .*song.mp4"):
        open_clip(song)


@pytest.mark.parametrize("name", ["a.mp4", "a.webm", "a.avi", "a.gif"])
def test_a_video_of_one_frame(tmp_path, name):
    codec, pix = {
        "a.mp4": ("libx264", "yuv420p"),
        "a.webm": ("libvpx-vp9", "yuv420p"),
        "a.avi": ("mpeg4", "yuv420p"),
        "a.gif": ("gif", "rgb8"),
    }[name]
    path = encode(tmp_path / name, codec, [numbered(9)], pix=pix, options={})
    with open_clip(path) as clip:
        assert (clip.frames, clip.times, clip.missing) == (1, (0,), None)
        assert clip.rate > 0
        check(clip.frame(1), 9, near=40 if name == "a.gif" else 6)
        for number in (0, 2, -1):
            with pytest.raises(IndexError, match="frames 1 to 1"):
                clip.frame(number)


CUT = {
    "a.mp4": ("libx264", "yuv420p", {"movflags": "+faststart"}),
    "a.mkv": ("libx264", "yuv420p", {}),
    "a.webm": ("libvpx-vp9", "yuv420p", {}),
    "a.avi": ("mpeg4", "yuv420p", {}),
    "a.gif": ("gif", "rgb8", {}),
}


@pytest.mark.parametrize("name", CUT)
def test_of_a_file_that_breaks_off_what_is_there_is_read(tmp_path, name):
    codec, pix, container = CUT[name]
    rng = np.random.default_rng(0)
    images = [numbered(n) for n in range(20)]
    for image in images:  # so that all of them need many bytes
        image[3 * BLOCK :] = rng.integers(0, 256, (BLOCK, BITS * BLOCK, 3))
    options = {"g": "6"} if pix == "yuv420p" else {}
    path = encode(tmp_path / name, codec, images, pix=pix, options=options, container=container)
    with open_clip(path) as whole:
        assert (whole.frames, whole.missing) == (20, None)
        before = [whole.frame(n + 1) for n in range(20)]
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * 0.6)])
    with open_clip(path) as clip:
        assert 2 < clip.frames < 16
        assert clip.missing is not None
        if name != "a.gif":  # which does not say how long it was
            assert abs(clip.missing - (20 - clip.frames) / FPS) <= 2 / FPS
        for number in range(1, clip.frames - 2):
            assert np.array_equal(clip.frame(number), before[number - 1])
    check_jumps(path)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "mpeg2.mkv", "vp9.webm", "mpeg4.avi"])
def test_of_a_file_with_holes_the_rest_is_as_it_was(tmp_path, name):
    path = encode(tmp_path / name, **KINDS[name])
    with av.open(str(path)) as file:
        packets = [(packet.pos, packet.size) for packet in file.demux(video=0) if packet.size]
    content, rng = bytearray(path.read_bytes()), np.random.default_rng(3)
    for number in (4, 6, 11, 12, 13):
        place, size = packets[number]
        content[place + size // 3 : place + size] = rng.bytes(size - size // 3)
    path.write_bytes(content)
    frames = check_jumps(path)
    assert len(frames) == 20
    check(frames[0], 0)


def test_times_that_repeat_are_one_frame(tmp_path):
    path = tmp_path / "a.mkv"
    encode(tmp_path / "b.mkv", "mjpeg", pix="yuvj444p", options={"qmin": "1", "qmax": "1"})
    with av.open(str(tmp_path / "b.mkv")) as file, av.open(str(path), "w") as copy:
        stream = copy.add_stream_from_template(file.streams.video[0])
        for number, packet in enumerate(file.demux(video=0)):
            if packet.size:
                packet.stream = stream
                packet.pts = packet.dts = 40 * (number // 2)
                copy.mux(packet)
    with open_clip(path) as clip:
        assert clip.times == tuple(n / FPS for n in range(10))
        check(clip.frame(3), 5)


@pytest.mark.parametrize("codec", ["libx264", "mpeg4", "libvpx-vp9"])
def test_key_frames_that_are_none(tmp_path, codec):
    """Some cameras call every frame a key frame."""
    options = {"libx264": OPEN_GOP, "mpeg4": KINDS["mpeg4.avi"]["options"]}.get(codec, {"g": "6"})
    encode(tmp_path / "a.mkv", codec, options=options)
    with av.open(str(tmp_path / "a.mkv")) as file, av.open(str(tmp_path / "b.mkv"), "w") as copy:
        stream = copy.add_stream_from_template(file.streams.video[0])
        for packet in file.demux(video=0):
            if packet.size:
                packet.stream, packet.is_keyframe = stream, True
                copy.mux(packet)
    with open_clip(tmp_path / "a.mkv") as clip:
        wanted = [clip.frame(n + 1) for n in range(20)]
    assert np.array_equal(check_jumps(tmp_path / "b.mkv"), wanted)


def playlist(path):
    return {
        "list.mp4": f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:1,\n{path}\n#EXT-X-ENDLIST\n",
        "ffconcat.mp4": f"ffconcat version 1.0\nfile {path.name}\n",
        "session.mov": "v=0\no=- 0 0 IN IP4 0.0.0.0\nc=IN IP4 0.0.0.0\nm=video 5000 RTP/AVP 96\n",
        "dash.webm": f'<?xml version="1.0"?><MPD><BaseURL>{path}</BaseURL></MPD>',
        "note.avi": "This is a letter, and no video.\n" * 40,
        "numbers.gif": "%03d.png\n",
    }


@pytest.mark.parametrize("name", playlist(Path("x")))
def test_a_text_opens_nothing(tmp_path, name):
    real = encode(tmp_path / "real.mp4", "libx264", [numbered(1)])
    path = tmp_path / name
    path.write_text(playlist(real)[name])
    with pytest.raises(DreamError, match=f"{name} cannot be read as a video .*expected is MP4"):
        open_clip(path)


def test_no_videos(tmp_path):
    (tmp_path / "empty.mp4").touch()
    with pytest.raises(DreamError, match=r"empty.mp4 is empty \(0 bytes\)"):
        open_clip(tmp_path / "empty.mp4")
    with pytest.raises(DreamError, match="is no file"):
        open_clip(tmp_path)
    with pytest.raises(FileNotFoundError):
        open_clip(tmp_path / "nothing.mp4")
    Pillow.fromarray(numbered(3)).save(tmp_path / "a.png")
    (tmp_path / "a.png").rename(tmp_path / "picture.mp4")
    with pytest.raises(DreamError, match=r"picture.mp4 cannot be read as a video"):
        open_clip(tmp_path / "picture.mp4")
    with av.open(str(tmp_path / "song.mkv"), "w") as file:
        with_sound(file)()
    with pytest.raises(DreamError, match=r"There is sound, but no video in .*song.mkv"):
        open_clip(tmp_path / "song.mkv")
    path = encode(tmp_path / "headless.mp4")
    path.write_bytes(path.read_bytes()[:-400])  # where its table of contents is
    with pytest.raises(DreamError, match=r"headless.mp4 cannot be read .*Is it whole?"):
        open_clip(path)


def test_an_encrypted_video(tmp_path):
    key = {
        "encryption_scheme": "cenc-aes-ctr",
        "encryption_key": "00112233445566778899aabbccddeeff",
        "encryption_kid": "112233445566778899aabbccddeeff00",
    }
    path = encode(tmp_path / "a.mp4", container=key)
    with pytest.raises(DreamError, match=r"a.mp4 is encrypted"):
        open_clip(path)


def test_a_video_of_too_many_pixels_is_not_decoded(tmp_path):
    image = io.BytesIO()
    Pillow.new("1", (20000, 20000)).save(image, "PNG")
    for told in (20000, 64):  # the second lies
        with av.open(str(tmp_path / "a.mov"), "w") as file:
            stream = file.add_mux_stream("png", rate=25, width=told, height=told)
            packet = av.Packet(image.getvalue())
            packet.stream, packet.pts, packet.dts, packet.time_base = stream, 0, 0, 1 / FPS
            packet.is_keyframe = True
            file.mux(packet)
        with pytest.raises(DreamError, match=r"too many to open safely|No frame"):
            open_clip(tmp_path / "a.mov")


def test_pixels_so_long_that_there_would_be_too_many(tmp_path):
    def tell(stream):
        stream.codec_context.sample_aspect_ratio = Fraction(2)

    path = encode(tmp_path / "a.mp4", "libx264", [numbered(9)], setup=tell)
    content = path.read_bytes()
    assert content.count(b"pasp" + struct.pack(">II", 2, 1)) == 1
    path.write_bytes(content.replace(b"pasp" + struct.pack(">I", 2), b"pasp" + b"\0\1\0\0"))
    with pytest.raises(DreamError, match="too many to open safely"):
        open_clip(path)


def test_frames_are_not_kept(tmp_path):
    import tracemalloc

    path = encode(tmp_path / "a.mp4", images=[numbered(n % 64) for n in range(400)], options=X264)
    with open_clip(path) as clip:
        clip.frame(1)
        tracemalloc.start()
        for number in range(2, 401):
            clip.frame(number)
        grown, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert grown < 20 * 64 * 96 * 12
