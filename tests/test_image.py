import io
import tracemalloc
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import ExifTags, ImageCms
from PIL import Image as Pillow

from dreammovie.errors import DreamError
from dreammovie.pictures.image import (
    check_ending,
    fit,
    load_image,
    pictures_in,
    read_image,
    resize,
    save_image,
    to_uint8,
)
from dreammovie.pictures.palette import Palette, match_palette
from tests.conftest import make_picture


@given(hnp.arrays(np.float32, (4, 5, 3), elements=st.floats(-500, 500, width=32)))
def test_to_uint8_rounds_and_clips(image):
    assert np.abs(to_uint8(image) - image.clip(0, 255)).max() <= 0.5 + 1e-3


def test_saved_picture_comes_back(tmp_path, picture):
    save_image(picture, tmp_path / "a.jpg")
    back = load_image(tmp_path / "a.jpg")
    assert back.dtype == np.float32
    assert back.shape == picture.shape
    assert np.abs(back - picture).mean() < 4  # of which JPEG takes 3 from its noise
    assert [path.name for path in tmp_path.iterdir()] == ["a.jpg"]


@pytest.mark.parametrize(
    ("ending", "encoder"),
    [("jpg", "JPEG"), ("jpeg", "JPEG"), ("png", "PNG"), ("webp", "WEBP"), ("PNG", "PNG")],
)
def test_endings_and_notes(tmp_path, picture, ending, encoder):
    path = tmp_path / f"a.{ending}"
    check_ending(path, picture.shape[:2])
    save_image(picture, path, '{"steps": 3}')
    with Pillow.open(path) as saved:
        assert saved.format == encoder
        assert saved.getexif()[ExifTags.Base.ImageDescription] == '{"steps": 3}'
    assert np.abs(load_image(path) - picture).mean() < (0.51 if encoder == "PNG" else 6)
    save_image(picture, path)
    with Pillow.open(path) as saved:
        assert not saved.getexif()


@pytest.mark.parametrize("name", ["a.gif", "a", "a.png.txt", "png"])
def test_endings_of_other_files(tmp_path, name):
    with pytest.raises(DreamError, match=r"expected is \.jpg, \.jpeg, \.png, \.webp"):
        check_ending(tmp_path / name, (9, 9))


def test_webp_too_large(tmp_path):
    check_ending(tmp_path / "a.webp", (16383, 9))
    with pytest.raises(DreamError, match=r"at most 16,383.*\.png"):
        check_ending(tmp_path / "a.webp", (9, 16384))
    check_ending(tmp_path / "a.png", (9, 16384))


def save(picture, path, **options):
    picture.save(path, **options)
    return load_image(path)


def test_exif_rotation_is_obeyed(tmp_path):
    upright = Pillow.new("RGB", (40, 20), "black")
    upright.paste("red", (0, 0, 20, 20))
    exif = Pillow.Exif()
    exif[0x0112] = 6  # stored lying on its left side
    turned = upright.transpose(Pillow.Transpose.ROTATE_90)
    image = save(turned, tmp_path / "a.jpg", exif=exif, quality=95)
    assert image.shape == (20, 40, 3)
    assert image[10, 5, 0] > 240
    assert image[10, 35, 0] < 10


@pytest.mark.parametrize("mode", ["L", "1", "P", "RGB", "LA", "RGBA", "CMYK", "I;16"])
def test_every_mode_becomes_rgb(tmp_path, mode):
    grey = Pillow.linear_gradient("L")
    if mode == "I;16":
        source = Pillow.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    else:
        source = grey.convert(mode)
    image = save(source, tmp_path / ("a.jpg" if mode == "CMYK" else "a.png"))
    assert image.shape == (256, 256, 3)
    assert image[0].mean() < 12
    assert image[255].mean() > 243
    if mode != "1":
        assert abs(image[128].mean() - 128) < 6


@pytest.mark.parametrize("tag", [0x0128, 0x011A])
def test_broken_metadata_does_not_spoil_a_picture(tmp_path, tag):
    """A unit or a resolution that is a text: re-writing such EXIF data fails in Pillow."""
    upright = b"\x12\x01\x03\x00" + b"\x01\0\0\0" + b"\x06\0\0\0"  # orientation 6
    broken = tag.to_bytes(2, "little") + b"\x02\x00" + b"\x04\0\0\0" + b"abc\0"
    entries = sorted([upright, broken], key=lambda entry: entry[1::-1])
    exif = b"Exif\0\0II*\0\x08\0\0\0\x02\0" + b"".join(entries) + b"\0\0\0\0"
    image = save(Pillow.new("RGB", (40, 20), "red"), tmp_path / "a.jpg", exif=exif)
    assert image.shape == (40, 20, 3)


def test_profile_counts_with_and_without_alpha(tmp_path):
    """A picture whose profile says that its values are linear light is brighter in sRGB."""
    profile = linear_profile()
    for mode in ("RGB", "RGBA"):
        grey = Pillow.new(mode, (8, 8), (64, 64, 64, 255)[: len(mode)])
        image = save(grey, tmp_path / "a.png", icc_profile=profile)
        assert image.mean() == pytest.approx(137, abs=3)


def linear_profile():
    """sRGB's profile with its three tone curves replaced by a straight line."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    straight = b"curv" + bytes(8)
    for number in range(int.from_bytes(profile[128:132], "big")):
        entry = 132 + 12 * number
        if profile[entry : entry + 4] in (b"rTRC", b"gTRC", b"bTRC"):
            start = int.from_bytes(profile[entry + 4 : entry + 8], "big")
            profile[start : start + 12] = straight
            profile[entry + 8 : entry + 12] = (12).to_bytes(4, "big")
    return bytes(profile)


def test_alpha_lies_over_white(tmp_path):
    glass = Pillow.new("RGBA", (8, 8), (0, 0, 0, 64))
    assert np.allclose(save(glass, tmp_path / "a.png"), 191, atol=1)
    palette = Pillow.new("P", (8, 8), 0)
    palette.putpalette([0, 0, 0] * 256)
    assert np.allclose(save(palette, tmp_path / "b.png", transparency=0), 255)


FORMATS = ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"]


def stored(picture, format, **options):
    file = io.BytesIO()
    picture.save(file, format, **options)
    return file


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_is_read(format):
    """Whatever its name: a picture with some colours, and its orientation where it has one."""
    upright = Pillow.new("RGB", (40, 24), (200, 120, 40))
    upright.paste((0, 0, 0), (0, 0, 20, 24))
    exif = Pillow.Exif()
    exif[0x0112] = 6
    options = {} if format in ("GIF", "BMP") else {"exif": exif}
    turned = upright.transpose(Pillow.Transpose.ROTATE_90) if options else upright
    image = read_image(stored(turned, format, **options), "a")
    assert image.shape == (24, 40, 3)
    assert np.abs(image[:, 24:] - (200, 120, 40)).mean() < 8
    assert np.abs(image[:, :16]).mean() < 8


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB"])
def test_every_mode_of_tiff_is_what_it_is_as_rgb(mode):
    picture = Pillow.merge("RGB", [Pillow.linear_gradient("L").rotate(90 * n) for n in range(3)])
    if mode == "LAB":
        srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
        changed = ImageCms.profileToProfile(picture, srgb, lab, outputMode="LAB")
    else:
        changed = picture.convert(mode)
    as_rgb = picture if mode in ("YCbCr", "LAB", "CMYK") else changed.convert("RGB")
    image = read_image(stored(changed, "TIFF"), "a.tif")
    assert np.abs(image - np.asarray(as_rgb, np.float32)).mean() < 2


@pytest.mark.parametrize("mode", ["I", "F"])
def test_numbers_of_which_none_is_white_are_a_sentence(mode):
    file = stored(Pillow.new(mode, (8, 8), 1), "TIFF")
    with pytest.raises(DreamError, match=r"a\.tif cannot .*nothing says which .* is white"):
        read_image(file, "a.tif")


@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP", "TIFF", "AVIF"])
def test_animation_gives_its_first_frame(format):
    first, second = (Pillow.new("RGB", (16, 16), colour) for colour in ("red", "blue"))
    file = stored(first, format, save_all=True, append_images=[second])
    assert np.abs(read_image(file, "a")[0, 0] - (255, 0, 0)).max() < 6
    assert pictures_in(file) == 2
    assert pictures_in(stored(first, format)) == 1


def test_photo_with_another_inside_is_one_picture():
    first, second = (Pillow.new("RGB", (16, 16), colour) for colour in ("red", "blue"))
    assert pictures_in(stored(first, "MPO", save_all=True, append_images=[second])) == 1


WHOLE = {
    format: stored(Pillow.linear_gradient("L").convert("RGB").resize((48, 32)), format).getvalue()
    for format in FORMATS
}


@settings(max_examples=250)
@given(st.sampled_from(FORMATS), st.integers(1, 200), st.integers(0, 255), st.floats(0, 1))
def test_broken_files_are_pictures_or_sentences(format, place, byte, share):
    content = bytearray(WHOLE[format])
    content[min(place, len(content) - 1)] = byte
    file = io.BytesIO(content[: 1 + round(share * len(content))])
    assert pictures_in(file) >= 1
    with suppress(DreamError):
        assert read_image(file, "a", 10**6).shape[2] == 3


def box(brand, *more):
    return bytes([0, 0, 0, 24]) + b"ftyp" + brand + bytes(4) + b"".join(more) + bytes(999)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (box(b"isom", b"iso2", b"mp41"), "is a video"),
        (box(b"qt  "), "is a video"),
        (b"\x1aE\xdf\xa3" + bytes(99), "is a video"),
        (b"RIFF1234AVI LIST", "is a video"),
        (b"%PDF-1.7", "expected is JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF. Save it as one"),
    ],
)
def test_other_files_are_called_what_they_are(content, says):
    with pytest.raises(DreamError, match=says) as caught:
        read_image(io.BytesIO(content), "a.jpg")
    assert "Is it whole" not in str(caught.value)


@pytest.mark.parametrize("head", [box(b"heic", b"mif1"), box(b"mif1", b"heic")])
def test_heic_needs_something_that_opens_it(head, monkeypatch):
    monkeypatch.setattr("dreammovie.pictures.kinds.find_spec", lambda name: None)
    with pytest.raises(DreamError, match=r'pip install "\.\[heic\]".*save it as JPEG'):
        read_image(io.BytesIO(head), "a.heic")


def broken_pictures(folder, picture):
    save_image(picture, folder / "whole.jpg")
    data = (folder / "whole.jpg").read_bytes()
    Pillow.new("1", (20000, 20000)).save(folder / "bomb.png")
    return {
        "empty": b"",
        "truncated": data[: len(data) // 2],
        "text": b"this is no picture",
        "gif": b"GIF89a\x01\x00\x01\x00\x00\x00\x00;",
        "svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        "bomb": (folder / "bomb.png").read_bytes(),
    }


@pytest.mark.parametrize("name", ["empty", "truncated", "text", "gif", "svg", "bomb"])
def test_broken_picture_is_named_in_a_sentence(tmp_path, picture, name):
    path = tmp_path / "img_0.jpg"
    path.write_bytes(broken_pictures(tmp_path, picture)[name])
    with pytest.raises(DreamError, match=r"img_0\.jpg"):
        load_image(path)


@pytest.mark.parametrize("size", [0, 100, 3000])
def test_a_full_disk_is_noticed(tmp_path, picture, full_disk, size):
    path = tmp_path / "a.jpg"
    with full_disk(size), pytest.raises(OSError, match=r"a\.jpg"):
        save_image(picture, path)
    assert list(tmp_path.iterdir()) == []


def test_failed_save_leaves_the_old_file(tmp_path, picture, monkeypatch):
    path = tmp_path / "a.jpg"
    save_image(picture, path)
    before = path.read_bytes()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left") as caught:
        save_image(picture * 0, path)
    assert caught.value.filename == str(path)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["a.jpg"]


@given(
    st.tuples(st.integers(64, 150), st.integers(64, 150)),
    st.tuples(st.integers(64, 150), st.integers(64, 150)),
)
def test_fit_does_not_stretch(shape, target):
    height, width = shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    image = np.stack([x, y, x * 0], -1)
    fitted = fit(image, target)
    assert fitted.shape == (*target, 3)
    middle = fitted[8:-8, 8:-8]
    across = (middle[:, -1, 0] - middle[:, 0, 0]).mean() / (middle.shape[1] - 1)
    down = (middle[-1, :, 1] - middle[0, :, 1]).mean() / (middle.shape[0] - 1)
    assert across == pytest.approx(down, rel=0.05)
    assert abs(fitted[..., 0].mean() - (width - 1) / 2) < 1
    assert abs(fitted[..., 1].mean() - (height - 1) / 2) < 1


def test_fit_to_a_ribbon():
    assert fit(np.zeros((80, 100, 3), np.float32), (64, 9000)).shape == (64, 9000, 3)


def test_resize_keeps_the_mean():
    image = make_picture(100, 140)
    for shape in ((50, 70), (63, 91), (130, 190)):
        assert np.allclose(resize(image, shape).mean((0, 1)), image.mean((0, 1)), atol=0.5)


@given(st.integers(0, 2**32), st.floats(0.3, 6), st.floats(-60, 60))
def test_matched_palette_is_the_palette(seed, gain, shift):
    wanted = Palette.of(make_picture(72, 96))
    noise = np.random.default_rng(seed).normal(0, 10, (72, 96, 3))
    image = ((make_picture(72, 96) + noise) * gain + shift).astype(np.float32)
    matched = match_palette(image, wanted)
    assert matched.min() >= 0
    assert matched.max() <= 255
    got = Palette.of(matched)
    assert np.allclose(got.means, wanted.means, atol=0.1)
    assert np.allclose(got.deviations, wanted.deviations, atol=0.1)


def test_a_large_image_gets_its_colours_and_its_bytes_in_little_room(monkeypatch):
    """In strips, in the image's own place, and with the same numbers as at once."""
    image, wanted = 3 * make_picture(600, 800) - 200, Palette.of(make_picture(72, 96))
    matched = match_palette(image, wanted)
    pixels = to_uint8(matched)
    monkeypatch.setattr("dreammovie.pictures.image._STRIP", 2**14)
    tracemalloc.start()
    try:
        assert match_palette(image, wanted, out=image) is image
        in_strips = to_uint8(image)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert np.array_equal(image, matched)
    assert np.array_equal(in_strips, pixels)
    assert peak < 0.5 * image.nbytes  # the bytes are a quarter


def test_numbers_that_ran_away_are_a_sentence(picture):
    palette = Palette.of(picture)
    with pytest.raises(DreamError, match="--step-size"):
        match_palette(picture * np.float32("inf"), palette)


def test_a_flat_start_may_gain_contrast(picture):
    flat = Palette.of(np.full((8, 8, 3), 128, np.float32))
    assert min(Palette.of(match_palette(picture, flat)).deviations) > 19
    faint = (picture - picture.mean()) * 0.1 + 128
    assert np.allclose(match_palette(faint, flat).std(), faint.std(), rtol=0.2)
