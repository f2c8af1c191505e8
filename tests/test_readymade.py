"""What the page shows before anybody has dreamt."""

import io

import numpy as np
from PIL import Image as Pillow

from dreammovie.files import sha256
from dreammovie.networks.weights import weights_file
from dreammovie.pictures.image import load_image
from dreammovie.studio import readymade


def test_it_is_the_shipped_network_s():
    assert readymade.made_of() == sha256(weights_file("dreamnet"))


def test_the_opening_grows_and_every_layer_has_its_picture(dreamnet):
    opening = readymade.opening()
    with Pillow.open(io.BytesIO(opening.growing)) as growing:
        assert growing.n_frames > 10
        assert growing.size[::-1] == opening.shape
        frames = [np.asarray(growing.convert("RGB"), np.float32)]
        growing.seek(growing.n_frames - 1)
        frames.append(np.asarray(growing.convert("RGB"), np.float32))
    assert np.abs(frames[1] - frames[0]).mean() > 3
    pictures, labels = readymade.layers()
    assert [*pictures] == [*labels] == dreamnet.main_layers
    assert all(load_image(path).std() > 20 for path in pictures.values())
    size = sum(path.stat().st_size for path in readymade.FOLDER.iterdir())
    assert size < 2_000_000  # it is in every copy of the program
