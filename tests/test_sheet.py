import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dreammovie.pictures.sheet import Label, Sheet

LABELS = [Label("inception5h", "mixed4c"), Label("dreamnet"), Label("vgg19", "block4_conv3")]


def pictures(shape, count):
    return [np.full((*shape, 3), 200 + n, np.float32) for n in range(count)]


def corners(sheet, count):
    """Top left corners of the pictures on a sheet filled by `pictures`."""
    found = [np.argwhere((sheet == 200 + n).all(2)) for n in range(count)]
    return [tuple(places.min(0)) for places in found], [len(places) for places in found]


@settings(max_examples=60)
@given(st.integers(20, 90), st.integers(20, 90), st.integers(1, 7), st.integers(1, 8) | st.none())
def test_every_picture_is_whole_and_in_its_place(height, width, count, columns):
    sheet = Sheet((height, width), [Label("")] * count, columns)
    filled = sheet.filled(pictures((height, width), count))
    assert filled.shape == (*sheet.shape, 3)
    assert filled.dtype == np.float32
    assert [side % 2 for side in sheet.shape] == [0, 0]
    places, sizes = corners(filled, count)
    assert sizes == [height * width] * count
    assert places == sorted(places)  # row by row
    assert filled[0].max() < 40
    assert filled[:, 0].max() < 40
    assert filled[:, -1].max() < 40
    assert filled[-1].max() < 40


def test_side_by_side_up_to_four_and_then_in_rows():
    def rows(count):
        sheet = Sheet((30, 40), [Label("")] * count)
        places, _ = corners(sheet.filled(pictures((30, 40), count)), count)
        return len({top for top, _ in places})

    assert [rows(count) for count in (1, 2, 3, 4, 5, 9, 11, 18)] == [1, 1, 1, 1, 2, 3, 3, 3]


def test_labels_stand_under_their_pictures_and_nowhere_else():
    blank, written = (
        Sheet((120, 160), labels).filled(pictures((120, 160), 3))
        for labels in ([Label("")] * 3, LABELS)
    )
    differs = np.abs(blank - written).max(2) > 10
    (top, _), *_ = corners(written, 3)[0]
    assert not differs[: top + 120].any()
    for _, left in corners(written, 3)[0]:
        assert differs[:, left : left + 160].any()
        assert not differs[:, left + 160 : left + 162].any()
    assert not differs[-3:].any()


def test_long_labels_are_shortened():
    """They stay within their picture's width; and what is left of them can be told apart."""
    long = [Label("a network with quite a long name", "and a layer as well"), Label("b")]
    filled = Sheet((60, 80), long).filled(pictures((60, 80), 2))
    (_, first), (_, second) = corners(filled, 2)[0]
    below = filled[66:]
    assert below[:, first : first + 80].max() > 150
    assert below[:, first + 80 : second].max() < 40


@settings(max_examples=20)
@given(st.text(max_size=12), st.text(max_size=12))
def test_labels_may_have_any_letters(name, detail):
    """A file's name may hold line breaks, and bytes that are no letters."""
    for label in (Label(name, detail), Label(f"a\n{name}", "\udcff")):
        Sheet((60, 80), [label])


@given(st.integers(200, 4000), st.integers(20, 3000), st.integers(1, 9), st.integers(300, 2000))
def test_a_sheet_is_as_wide_as_it_may_be(width, height, count, widest):
    sheet = Sheet((height, width), [Label("")] * count, widest=widest)
    assert sheet.shape[1] <= widest
    if sheet.cell[1] < width:
        assert sheet.shape[1] > widest - 5 * (count + 2)
        assert abs(sheet.cell[0] - max(1.0, sheet.cell[1] * height / width)) <= 0.5
    else:
        assert sheet.cell == (height, width)


def test_ribbons_do_not_vanish():
    assert Sheet((64, 16384), LABELS * 3, columns=9, widest=960).cell[0] == 1


def test_pictures_of_another_size_are_made_to_fit():
    sheet = Sheet((120, 160), LABELS, widest=300)
    filled = sheet.filled(pictures((120, 160), 3)).round()
    assert corners(filled, 3)[1] == [sheet.cell[0] * sheet.cell[1]] * 3
