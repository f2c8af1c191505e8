"""What a picture looks like does not depend on how it is stored."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageCms

from dreammovie.pictures.image import load_alpha, load_image, save_image

GREYS = np.array([[0, 85, 170, 255], [255, 0, 85, 170]])  # those that two bits can hold, too

# Kind: bits, PNG's colour type, channels. One of 1 bit holds black and white alone.
KINDS = {
    "1": (1, 0, 1), "L;2": (2, 0, 1), "L;4": (4, 0, 1), "L": (8, 0, 1), "I;16": (16, 0, 1),
    "LA": (8, 4, 2), "LA;16": (16, 4, 2), "P;2": (2, 3, 1), "P": (8, 3, 1),
    "RGB": (8, 2, 3), "RGB;16": (16, 2, 3), "RGBA": (8, 6, 4), "RGBA;16": (16, 6, 4),
}  # fmt: skip


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(kind, greys, chunks=()):
    """A PNG of greys from 0 to 255 in a kind of storage, with more chunks."""
    bits, colour, channels = KINDS[kind]
    numbers = greys * (2**bits - 1) // 255
    if colour == 3:
        table = np.repeat(np.arange(0, 256, 85, dtype=np.uint8), 3).tobytes()
        chunks = [*chunks[:1], (b"PLTE", table), *chunks[1:]]
        numbers = greys // 85
    pixels = np.repeat(numbers[..., None], channels, 2)
    if colour in (4, 6):
        pixels[..., -1] = 2**bits - 1
    rows = b""
    for row in pixels:
        if bits == 16:
            rows += b"\0" + row.astype(">u2").tobytes()
        else:
            digits = "".join(f"{number:0{bits}b}" for number in row.ravel())
            rows += b"\0" + int(digits.ljust(-(-len(digits) // 8) * 8, "0"), 2).to_bytes(
                -(-len(digits) // 8)
            )
    height, width = greys.shape
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    body = [(b"IHDR", header), *chunks, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*each) for each in body)


def profile(space, gamma, places=()):
    """An ICC profile of "GRAY", or of "RGB " with the places of red, green and blue in XYZ."""

    def numbers(*values):
        return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))

    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)
    text = b"desc" + bytes(4) + struct.pack(">I", 2) + b"a\0" + bytes(80)
    tags = {b"desc": text, b"cprt": b"text" + bytes(4) + b"none"}
    tags[b"wtpt"] = b"XYZ " + bytes(4) + numbers(0.9642, 1, 0.8249)
    if space == "GRAY":
        tags[b"kTRC"] = curve
    for letter, place in zip((b"r", b"g", b"b"), places, strict=False):
        tags[letter + b"TRC"] = curve
        tags[letter + b"XYZ"] = b"XYZ " + bytes(4) + numbers(*place)
    table, data = struct.pack(">I", len(tags)), b""
    for name, content in tags.items():
        content += bytes(-len(content) % 4)
        table += name + struct.pack(">II", 132 + 12 * len(tags) + len(data), len(content))
        data += content
    header = bytes(8) + struct.pack(">I", 0x02400000) + b"mntr" + space.encode() + b"XYZ "
    header = header.ljust(36, b"\0") + b"acsp"
    header = header.ljust(68, b"\0") + numbers(0.9642, 1, 0.8249)
    whole = header.ljust(128, b"\0") + table + data
    return struct.pack(">I", len(whole)) + whole[4:]


SRGB = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.7141))
ADOBE = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))


def iccp(content):
    return b"iCCP", b"a\0\0" + zlib.compress(content)


def gama(gamma):
    return b"gAMA", struct.pack(">I", round(gamma * 100000))


def chrm(*places):
    return b"cHRM", struct.pack(">8I", *(round(each * 100000) for each in places))


ADOBE_PLACES = (0.3127, 0.329, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06)
MEANINGS = {
    # what the greys 85 and 170 are in sRGB, and the chunks for grey pictures and for others
    "plain": (85, 170, [], []),
    "profile": (156, 213, [iccp(profile("GRAY", 1.0))], [iccp(profile("RGB ", 1.0, SRGB))]),
    "gamma": (156, 213, [gama(1.0)], [gama(1.0)]),
    "gamma and colours": (156, 213, [gama(1.0), chrm(*ADOBE_PLACES)],
                          [gama(1.0), chrm(*ADOBE_PLACES)]),
    "gamma of sRGB": (85, 170, [gama(0.45455)], [gama(0.45455)]),
    "sRGB first": (85, 170, [gama(1.0), (b"sRGB", b"\0")], [gama(1.0), (b"sRGB", b"\0")]),
    "profile first": (156, 213, [gama(0.6), iccp(profile("GRAY", 1.0))],
                      [gama(0.6), iccp(profile("RGB ", 1.0, SRGB))]),
}  # fmt: skip


def loaded(tmp_path, content):
    (tmp_path / "a.png").write_bytes(content)
    return load_image(tmp_path / "a.png")


@pytest.mark.parametrize("meaning", MEANINGS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_looks_the_same_however_it_is_stored(tmp_path, kind, meaning):
    dark, bright, for_grey, for_others = MEANINGS[meaning]
    greys = np.where(GREYS > 128, 255, 0) if kind == "1" else GREYS
    wanted = np.select([greys == 0, greys == 85, greys == 170], [0, dark, bright], 255)
    of_grey = KINDS[kind][1] in (0, 4)
    image = loaded(tmp_path, png(kind, greys, for_grey if of_grey else for_others))
    as_rgb = loaded(tmp_path, png("RGB", greys, for_others))
    assert np.abs(image - wanted[..., None]).max() <= 1
    assert np.abs(image - as_rgb).max() <= 1


@pytest.mark.parametrize("clear", [0, 85, 170, 255])
@pytest.mark.parametrize("kind", ["1", "L;2", "L;4", "L", "I;16", "P;2", "P", "RGB", "RGB;16"])
@pytest.mark.parametrize("meaning", ["plain", "profile", "gamma"])
def test_a_transparent_colour_is_white_however_it_is_stored(tmp_path, kind, clear, meaning):
    dark, bright, for_grey, for_others = MEANINGS[meaning]
    bits, colour, channels = KINDS[kind]
    greys = np.where(GREYS > 128, 255, 0) if kind == "1" else GREYS
    if kind == "1":
        clear = 255 * (clear > 128)
    number = clear * (2**bits - 1) // 255
    trns = struct.pack(f">{channels}H", *[number] * channels)
    chunks = for_others if colour in (2, 3) else for_grey
    if colour == 3:  # an alpha for each of its colours
        trns = bytes(0 if grey == clear else 255 for grey in range(0, 256, 85))
        chunks = chunks or [gama(0.45455)]  # the palette comes after the first of them
    image = loaded(tmp_path, png(kind, greys, [*chunks, (b"tRNS", trns)]))
    seen = np.select([greys == 0, greys == 85, greys == 170], [0, dark, bright], 255)
    wanted = np.where(greys == clear, 255, seen)
    assert np.abs(image - wanted[..., None]).max() <= 1
    assert np.array_equal(load_alpha(tmp_path / "a.png") == 0, greys == clear)


@pytest.mark.parametrize("mode", ["P", "RGB", "RGBA"])
@pytest.mark.parametrize("chunks", ["profile", "places"])
def test_colours_of_another_space(tmp_path, mode, chunks):
    """A green of Adobe RGB (1998) that is more than sRGB can show."""
    picture = Pillow.new("RGB", (8, 8), (60, 160, 70))
    picture = picture.quantize(8) if mode == "P" else picture.convert(mode)
    path = tmp_path / "a.png"
    if chunks == "profile":
        picture.save(path, icc_profile=profile("RGB ", 2.19921875, ADOBE))
    else:
        picture.save(path)
        header, rest = path.read_bytes()[:33], path.read_bytes()[33:]
        more = chunk(*gama(1 / 2.19921875)) + chunk(*chrm(*ADOBE_PLACES))
        path.write_bytes(header + more + rest)
    assert np.abs(load_image(path)[0, 0] - (0, 161, 60)).max() <= 2


@pytest.mark.parametrize(
    ("mode", "space"), [("RGB", "GRAY"), ("CMYK", "GRAY"), ("CMYK", "RGB "), ("L", "none")]
)
def test_a_profile_for_other_colours_changes_nothing(tmp_path, mode, space):
    content = b"no profile" if space == "none" else profile(space, 1.0, SRGB)
    picture = Pillow.linear_gradient("L")
    if mode != "L":
        picture = Pillow.merge("RGB", (picture, picture.rotate(90), picture)).convert(mode)
    picture.save(tmp_path / "a.jpg", quality=95, icc_profile=content)
    picture.save(tmp_path / "b.jpg", quality=95)
    assert np.array_equal(load_image(tmp_path / "a.jpg"), load_image(tmp_path / "b.jpg"))


def test_grey_with_a_profile_for_colours_is_seen_by_it(tmp_path):
    for mode in ("L", "LA", "RGB"):
        picture = Pillow.new(mode, (8, 8), (100,) * 3 if mode == "RGB" else 100)
        if mode == "LA":
            picture.putalpha(255)
        picture.save(tmp_path / "a.png", icc_profile=profile("RGB ", 1.0, SRGB))
        assert np.abs(load_image(tmp_path / "a.png") - 168).max() <= 1


def test_nonsense_about_colours_changes_no_more_than_them(tmp_path):
    for places in ((0.0,) * 8, (0.3,) * 8, (9.0,) * 8):
        image = loaded(tmp_path, png("L", GREYS, [gama(1.0), chrm(*places)]))
        assert np.isfinite(image).all()
    assert np.array_equal(loaded(tmp_path, png("L", GREYS, [gama(0)]))[..., 0], GREYS)


def test_srgb_as_a_profile_is_srgb(tmp_path):
    content = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image = loaded(tmp_path, png("RGB", GREYS, [iccp(content)]))
    assert np.array_equal(image[..., 1], GREYS)


@pytest.mark.parametrize("ending", ["png", "webp"])
def test_what_is_saved_with_an_alpha_looks_as_it_did(tmp_path, picture, ending):
    alpha = np.tile(np.linspace(0, 255, picture.shape[1], dtype=np.float32), (len(picture), 1))
    white = 255 - (255 - picture) * alpha[..., None] / 255
    path = tmp_path / f"a.{ending}"
    save_image(white, path, alpha=alpha)
    assert np.abs(load_alpha(path) - alpha).max() <= 0.5
    assert np.abs(load_image(path) - white).mean() < (0.6 if ending == "png" else 4)
    with Pillow.open(path) as saved:
        own = np.asarray(saved, np.float32)[..., :3]
    opaque = alpha > 200
    assert np.abs(own - picture)[opaque].mean() < (1 if ending == "png" else 6)  # no white in it
