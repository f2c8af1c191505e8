"""How videos begin and stop, and how they go round: decoded and measured."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from dreammovie.commands import cli
from dreammovie.pictures.crossfade import crossfaded
from dreammovie.pictures.image import save_image
from dreammovie.pictures.lettering import lettered
from dreammovie.pictures.title import titled
from dreammovie.videos.ends import EndSettings, Title, with_ends
from dreammovie.videos.sound import ends_of
from tests.synthesiser import write_sound

RATE = 30
FRAMES = 50


def falling(number, shape=(96, 128)):
    """A frame of a zoom that falls for ever: waves grow, and smaller ones come after them."""
    rng = np.random.default_rng(0)
    y, x = (np.mgrid[: shape[0], : shape[1]] - np.reshape(shape, (2, 1, 1)) / 2) / shape[1]
    light = np.zeros(shape)
    for octave in range(16):
        waves = 2.0 ** (octave / 2 - number / RATE)  # across the picture
        angle, phase = rng.uniform(0, 2 * np.pi, 2)
        seen = np.exp(-((np.log2(waves) - 3) ** 2))  # neither the largest nor the smallest
        way = x * np.cos(angle) + y * np.sin(angle)
        light += seen * np.sin(2 * np.pi * waves * way + phase)
    return 128 + 36 * light[..., None].astype(np.float32) * np.ones(3, np.float32)


@pytest.fixture
def fall(tmp_path):
    """A folder with frames of a fall."""
    folder = tmp_path / "fall"
    folder.mkdir()
    for number in range(FRAMES):
        save_image(falling(number), folder / f"img_{number}.png")
    return folder


def video(folder, *wish, ending="mp4"):
    """The frames of the video that is made of a dream, and when each is shown."""
    path = folder / f"made.{ending}"
    assert cli.video([str(folder), "-o", str(path), *map(str, wish)]) == 0
    with av.open(str(path)) as container:
        shown = list(container.decode(video=0))
        return [each.to_ndarray(format="rgb24").astype(np.float32) for each in shown], [
            each.time for each in shown
        ]


def apart(one, other):
    return float(np.sqrt(np.mean((one - other) ** 2)))


def detail(image):
    """What is there beside the mean of each pixel's neighbours."""
    return float(np.mean([np.abs(np.diff(image, 2, axis)).mean() for axis in (0, 1)]))


@pytest.mark.parametrize(("ending", "way"), [("mp4", []), ("gif", []), ("mp4", ["--reverse"])])
def test_a_fall_goes_on_through_the_seam(fall, ending, way):
    loop = 15
    shown, _ = video(fall, "--loop", loop / RATE, *way, ending=ending)
    assert len(shown) == FRAMES - loop
    sources = [falling(number) for number in range(FRAMES)][:: -1 if way else 1]
    kept = FRAMES - 2 * loop
    for image, source in zip(shown, sources[loop:-loop], strict=False):
        assert apart(image, source) < 3  # what the encoder leaves out; the next frame is 12 away
    steps = [apart(*pair) for pair in zip(shown, [*shown[1:], shown[0]], strict=True)]
    assert steps[-1] <= max(steps[:-1])
    assert steps[-1] < 1.05 * apart(*sources[loop - 1 : loop + 1])  # as in the movie itself
    assert min(steps) > 0.8 * np.median(steps)  # and nowhere it stands still
    assert max(steps) < 2 * np.median(steps)
    for place, image in enumerate(shown[kept:]):
        ends, begins = sources[FRAMES - loop + place], sources[place]
        share = (place + 1) / (loop + 1)
        usual = (1 - share) * detail(ends) + share * detail(begins)
        assert 0.85 * usual < detail(image) < 1.3 * usual
    middle = [sources[FRAMES - loop + 7], sources[7]]
    assert detail(np.mean(middle, 0)) < 0.8 * detail(middle[0])  # what a plain fade would do


@pytest.mark.parametrize("share", [0, 0.2, 0.5, 0.9, 1])
def test_a_fade_keeps_contrast_and_colours(share):
    rng = np.random.default_rng(0)
    one, other = (
        (rng.normal(mean, deviation, (40, 60, 3))).astype(np.float32)
        for mean, deviation in ((90, 30), (150, 20))
    )
    other[:, :30] = 150  # nothing to be seen there
    mixed = crossfaded(one, other, share)
    assert mixed.dtype == np.float32
    assert mixed.std() >= 0.99 * ((1 - share) * one.std() + share * other.std())
    if share in (0, 1):
        assert np.allclose(mixed, (one, other)[share], atol=0.01)
    if share == 0.5:
        assert np.abs(mixed - one)[:, :30].mean() < np.abs(mixed - other)[:, :30].mean()
    still = crossfaded(one, one, share)
    assert np.allclose(still, one, atol=0.01)


@pytest.mark.parametrize("ending", ["mp4", "gif"])
def test_it_comes_out_of_black_and_stands_before_it_goes(fall, ending):
    plain, _ = video(fall, ending=ending)
    wish = ["--fade-in", 0.5, "--hold", 1, "--fade-out", 0.4, "--first", 1]
    shown, times = video(fall, *wish, ending=ending)
    assert len(shown) == FRAMES - 1 + RATE
    assert times[-1] == pytest.approx((FRAMES - 2 + RATE) / RATE, abs=0.011)
    assert shown[0].mean() < 2
    assert shown[-1].mean() < 2
    light = [image.mean() for image in shown]
    assert light[7] == pytest.approx(plain[8].mean() * 7 / 15, abs=4)
    assert light[-7] == pytest.approx(plain[-1].mean() * 6 / 12, abs=4)
    assert all(np.diff(light[:15]) > 0)
    assert all(np.diff(light[-12:]) < 0)
    assert max(apart(shown[n], plain[n + 1]) for n in range(15, FRAMES - 1)) < 4
    assert max(apart(image, plain[-1]) for image in shown[FRAMES - 1 : -13]) < 4


def test_a_title_is_written_only_when_asked_for_and_goes(fall):
    plain, _ = video(fall, "--hold", 4)
    shown, _ = video(fall, "--hold", 4, "--title")
    written = [np.abs(one - other).max(2) > 60 for one, other in zip(plain, shown, strict=True)]
    assert not written[0].any()
    assert not any(each.any() for each in written[4 * RATE :])
    rows, columns = written[2 * RATE].nonzero()
    assert len(rows) > 20
    assert rows.min() > 60
    assert columns.max() < 64  # its name is short, and without dream.json nothing else is known


@pytest.mark.parametrize(("rate", "count"), [(Fraction(1, 4), 5), (Fraction(30), 2)])
def test_a_title_is_seen_where_no_frame_would_lie_in_its_fades(rate, count):
    frames = [np.full((96, 128, 3), 60, np.float32)] * count
    shown, _ = with_ends(frames, rate, EndSettings(), title=Title("fall"))
    assert shown[0].max() > 200
    assert np.array_equal(shown[count - 1], frames[-1])


def test_a_song_ends_with_its_loop(fall, tmp_path):
    song = write_sound(tmp_path / "song.wav", np.full(9 * 48_000, 0.5, np.float32))
    video(fall, "--loop", 0.5, "--audio", song, ending="mov")
    begin, end = ends_of(fall / "made.mov")
    assert float(end - begin) == pytest.approx((FRAMES - 15) / RATE, abs=0.001)


def test_titles_say_what_they_can_in_every_language():
    grey = np.full((90, 160, 3), 120, np.float32)
    drawn = {
        name: titled(grey, name, "", 1).tobytes()
        for name in ("Wald", "Café", "лес", "森", "\x1b[1m", "😀 " * 99, "")
    }
    assert drawn[""] == grey.tobytes()
    assert len(set(drawn.values())) > 4
    assert lettered("Wald", 20)[0] == "Wald"
    assert lettered("é\x00", 20)[0] in ("é?", "e?")  # by what fonts there are
    long = titled(grey, "fall", "--zoom '0:1.05, 4s:1.3 smooth' " * 20, 1)
    assert 0.05 < (np.abs(long - grey).max(2) > 60).mean() < 0.6


class Counted(list):
    """Frames that count how often each is asked for."""

    def __init__(self, frames):
        super().__init__(frames)
        self.asked = []

    def __getitem__(self, index):
        self.asked.append(index)
        return super().__getitem__(index)


@pytest.mark.parametrize(
    ("wish", "asked"),
    [
        (
            {"loop": 4 / RATE},
            [4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 0, 17, 1, 18, 2, 19, 3],
        ),
        ({"hold": 99.0, "fade_out": 1.0, "fade_in": 0.1, "title": True}, [*range(20)]),
    ],
)
def test_no_frame_is_asked_for_twice_nor_before_its_time(wish, asked):
    frames = Counted([np.full((8, 16, 3), n, np.float32) for n in range(20)])
    shown, times = with_ends(frames, Fraction(RATE), EndSettings(**wish), title=Title("one"))
    assert (frames.asked, times) == ([], None)
    for index in range(len(shown)):
        assert shown[index].shape == (8, 16, 3)
    assert frames.asked == asked


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        (["--loop", "1"], "A --loop of 1 needs 2 seconds of a movie, and there are 1.67."),
        (["--loop", "0.5", "--boomerang"], "A --boomerang ends where it begins already"),
        (["--loop", "0.5", "--hold", "1"], "A --loop has no ends, and --hold needs one"),
        (["--loop", "0.5", "--fade-out", "1"], "no ends, and --fade-out needs one"),
        (
            ["--fade-in", "1", "--fade-out", "1"],
            "--fade-out take 2 seconds, and the video has 1.67",
        ),
        (["--hold", "-1"], "--hold was -1"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_made(fall, capsys, wish, says):
    assert cli.video([str(fall), *wish]) == 2
    assert says in capsys.readouterr().err
    assert not list(Path(fall).glob("*.mp4"))


def test_the_longest_loop_is_the_one_that_the_sentence_names(fall, capsys):
    assert cli.video([str(fall), "--loop", "2"]) == 2
    most = capsys.readouterr().err.split("at most ")[1].rstrip(".\n")
    assert cli.video([str(fall), "--loop", most]) == 0
