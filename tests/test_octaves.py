import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreammovie.dreaming.octaves import octave_shapes, put_together, take_apart
from dreammovie.errors import DreamError
from dreammovie.pictures.sizes import MIN_SIDE

sides = st.integers(64, 2000)


@given(st.tuples(sides, sides), st.integers(1, 12), st.floats(1.05, 4))
def test_shapes_rise_to_the_image(shape, octaves, scale):
    shapes = octave_shapes(shape, octaves, scale)
    assert 1 <= len(shapes) <= octaves
    assert shapes[-1] == shape
    assert shapes == sorted(shapes)
    assert all(min(each) >= MIN_SIDE for each in shapes[:-1])


@pytest.mark.parametrize(("octaves", "scale"), [(0, 2.0), (3, 1.0), (3, 0.5), (3, float("nan"))])
def test_nonsense_is_refused(octaves, scale):
    with pytest.raises(DreamError):
        octave_shapes((100, 100), octaves, scale)


def test_without_a_dream_the_picture_comes_back(picture):
    coarse, fine = take_apart(picture, [(48, 64), (72, 96)])
    assert fine is picture
    assert coarse.shape == (48, 64, 3)
    assert np.array_equal(put_together(fine, coarse, coarse, softness=0.0), picture)


def test_softness_takes_the_fine_detail_and_nothing_else(picture):
    coarse, fine = take_apart(picture, [(36, 48), (72, 96)])
    soft = put_together(fine, coarse, coarse, softness=0.8)
    assert soft.mean() == pytest.approx(fine.mean(), abs=0.5)
    roughness = [np.abs(np.diff(image, axis=1)).mean() for image in (fine, soft)]
    assert roughness[1] < 0.7 * roughness[0]


def test_detail_is_enlarged(picture):
    coarse, fine = take_apart(picture, [(36, 48), (72, 96)])
    lifted = put_together(fine, coarse, coarse + 10, softness=0.0)
    assert np.allclose(lifted, fine + 10, atol=1e-3)
