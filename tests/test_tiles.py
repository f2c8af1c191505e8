import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dreammovie.dreaming.tiles import MOST_PIXELS, TILE, tile_axes, tile_axis


@given(st.integers(64, 20000), st.integers(128, 4096), st.integers(0, 2**32))
def test_tiles_are_equal_bounded_and_cover(length, tile, seed):
    axis = tile_axis(length, tile)
    assert axis.tile <= tile
    assert axis.count * axis.tile == length + axis.margin
    before, shift = axis.random_origin(np.random.default_rng(seed))
    assert 0 <= before <= axis.margin
    assert 0 <= shift < axis.count * axis.tile
    # REFLECT padding cannot take more than the image has.
    assert max(before, axis.margin - before) < length


@given(st.integers(64, 4000), st.integers(128, 1024))
def test_waste_is_small(length, tile):
    axis = tile_axis(length, tile)
    assert axis.margin < 64 + axis.count
    assert axis.count == 1 or axis.count <= (length + 64) // tile + 1 or axis.count == 2


@given(st.integers(64, 8192), st.integers(64, 8192), st.integers(128, 2 * TILE))
def test_tiles_of_an_image_are_bounded_in_memory_and_waste(height, width, tile):
    rows, columns = tile_axes((height, width), tile)
    assert max(rows.tile, columns.tile) <= tile
    half = max(2**17, (height + 64) * (width + 64) / 2)
    assert rows.tile * columns.tile <= min(MOST_PIXELS, half) * max(1, tile / TILE) ** 2
    assert rows.margin < 64 + rows.count
    assert columns.margin < 64 + columns.count


def test_frames_of_common_sizes_are_few_tiles():
    def counts(height, width):
        return [axis.count for axis in tile_axes((height, width), TILE)]

    assert counts(180, 320) == counts(288, 384) == [1, 1]
    assert counts(360, 640) == counts(720, 1280) == [1, 2]
    assert counts(1280, 720) == counts(1000, 500) == [2, 1]


def test_origins_reach_every_place():
    rng = np.random.default_rng(0)
    one, many = tile_axis(100, 128), tile_axis(300, 128)
    assert {one.random_origin(rng)[0] for _ in range(2000)} == set(range(one.margin + 1))
    assert {one.random_origin(rng)[1] for _ in range(2000)} == {0}
    shifts = {many.random_origin(rng)[1] for _ in range(20000)}
    assert shifts == set(range(many.count * many.tile))
