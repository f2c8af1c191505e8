"""What was dreamt is kept, shown newest first, and taken away when somebody wants that."""

import os

import pytest

from dreammovie.errors import DreamError
from dreammovie.movies.dreams import all_dreams
from dreammovie.movies.kept import Kept, all_kept, keep_picture, take_away
from dreammovie.movies.lock import lock
from dreammovie.pictures.image import encode


def test_pictures_and_movies_newest_first(dreams, picture):
    content = encode(picture, ".jpg")
    one, other = (keep_picture(content, "../cat") for _ in range(2))
    assert (one.name, other.name) == ("cat.jpg", "cat_2.jpg")
    assert one.read_bytes() == content
    (dreams / "img_1.jpg").write_bytes(content)
    for when, path in enumerate((dreams / "img_0.jpg", other, dreams / "img_1.jpg", one)):
        os.utime(path, (10**9 + when,) * 2)
    assert [each.path for each in all_kept()] == [one, dreams, other]
    assert [each.kind for each in all_kept()] == ["picture", "movie", "picture"]
    assert all_kept()[1].shown == dreams / "img_1.jpg"
    assert all_dreams() == [dreams]  # the pictures' folder is none


def test_what_is_at_work_is_not_taken_away(dreams, picture):
    movie, kept = (
        Kept("movie", dreams, dreams / "img_0.jpg", 0),
        keep_picture(encode(picture, ".jpg"), "cat"),
    )
    with lock(dreams), pytest.raises(DreamError, match="Another run is dreaming"):
        take_away(movie)
    assert (dreams / "img_0.jpg").exists()
    take_away(movie)
    take_away(Kept("picture", kept, kept, 0))
    assert all_kept() == []
    assert not dreams.exists()
