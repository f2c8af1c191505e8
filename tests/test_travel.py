"""Layers over time: one wish after another, blended, and the same again after a resume."""

from pathlib import Path

import pytest

from dreammovie.dreaming.objectives import Moment
from dreammovie.errors import DreamError
from dreammovie.movies.run import go_on
from dreammovie.movies.schedule import MovieSettings, Script, objective_of

SMALL = {"network": "inception5h", "layer": "mixed3a", "octaves": 1, "shaping": "plain"}


def test_layers_travel(small):
    """Weights are blended along the easing; a list has commas of its own."""
    text = "0:mixed3a, 10s:mixed4c smooth, 20s:mixed4c:13*0.7,mixed3a:2"
    objective = objective_of(Script(MovieSettings(layer=text, fps=10.0)), small, Path())
    assert objective.layers == ("mixed3a", "mixed4c")

    def found(frame):
        weights = objective.weights(Moment(frame, 10.0))
        return sorted((f"{term.place(index)}", round(w, 3)) for (term, index), w in weights.items())

    assert found(0) == [("mixed3a", 1.0)]
    assert found(25) == [("mixed3a", 0.844), ("mixed4c", 0.156)]
    assert found(100) == [("mixed4c", 1.0)]
    assert found(150) == [("mixed3a", 1.0), ("mixed4c", 0.5), ("mixed4c:13", 0.35)]
    assert found(999) == [("mixed3a", 2.0), ("mixed4c:13", 0.7)]
    plain = objective_of(Script(MovieSettings(layer="mixed4c:13")), small, Path())
    assert plain.description == "mixed4c:13"
    with pytest.raises(DreamError, match="Did you mean mixed4c"):
        objective_of(Script(MovieSettings(layer="0:mixed4c, 3s:mixd4c")), small, Path())
    with pytest.raises(DreamError, match="are the same frame"):
        objective_of(Script(MovieSettings(layer="0:mixed4c, 0s:mixed3a")), small, Path())


def test_a_resumed_dream_knows_how_far_its_layers_have_travelled(dreams, small_weights):
    """One that walks, and looks at its picture, too; and nothing stays as it was without them."""
    wish = SMALL | {"steps": 1, "fps": 2.0}
    wish["layer"] = "0:mixed3a, 3:walk(mixed4c, every=1s) + strongest(mixed3a, 2)"
    folders = [dreams, *(dreams.with_name(name) for name in ("two", "three"))]
    for folder in folders[1:]:
        folder.mkdir()
        (folder / "img_0.jpg").write_bytes((dreams / "img_0.jpg").read_bytes())
    runs = [(folders[0], 4, wish), (folders[1], 2, wish), (folders[1], 4, {})]
    for folder, frames, asked in [*runs, (folders[2], 4, wish | {"layer": "mixed3a"})]:
        list(go_on(folder, frames, asked, weights=[str(small_weights)]))
    one, again, other = (
        [(folder / f"img_{n}.jpg").read_bytes() for n in range(1, 5)] for folder in folders
    )
    assert one == again
    assert one[3] != other[3]
