"""Values over time: keys, easings and formulas, as a person writes them."""

import math
import random
import warnings
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreammovie.errors import DreamError
from dreammovie.schedules.easings import EASINGS
from dreammovie.schedules.functions import FUNCTIONS, NAMES
from dreammovie.schedules.keys import parse_keys
from dreammovie.schedules.numbers import Schedule


def at(text, frame, fps=30.0):
    return Schedule(text, fps).at(frame)


def error(text, frame=0):
    with pytest.raises(DreamError) as caught:
        at(text, frame)
    return str(caught.value)


def test_keys_are_frames_or_seconds_and_values_go_over_into_one_another():
    text = "0:1.05, 4s:1.3 smooth, 300:1.0"
    assert [at(text, n) for n in (0, 120, 300)] == [1.05, 1.3, 1.0]
    assert at(text, 60) == pytest.approx(1.175)
    assert at(text, 30) == pytest.approx(1.05 + 0.25 * (3 / 16 - 2 / 64))
    assert at(text, 210) == pytest.approx(1.15)
    assert at("0:0, 4s:4", 30, fps=10) == 3


def test_before_the_first_key_its_value_holds_and_after_the_last_likewise():
    assert [at("10:2, 20:3", n) for n in (1, 9, 10, 20, 999)] == [2, 2, 2, 3, 3]
    assert [at("10:t, 20:2*t", n) for n in (1, 30)] == [1, 60]
    assert at("1.5", 7) == 1.5


def test_keys_are_sorted_by_time():
    assert at("300:3, 1s:1, 60:2,", 45) == 1.5


def test_a_second_that_is_a_frame_but_for_rounding_is_that_frame():
    assert [at("0:1, 0.1s:2 hold", n) for n in (2, 3)] == [1, 2]


def test_a_schedule_of_deforum_means_the_same():
    text = "0:(1.0025+0.002*sin(1.25*3.14*t/30)), 120:(1.3)"

    def formula(t):
        return 1.0025 + 0.002 * math.sin(1.25 * 3.14 * t / 30)

    assert at(text, 0) == 1.0025
    assert at(text, 30) == pytest.approx(formula(30) + (1.3 - formula(30)) / 4)
    assert at(text, 120) == 1.3
    for t in (1, 119):  # there, a formula counts until the next key
        assert at(text + " hold", t) == pytest.approx(formula(t))


@pytest.mark.parametrize(
    ("easing", "half", "quarter"),
    [
        ("", 0.5, 0.25),
        ("linear", 0.5, 0.25),
        ("smooth", 0.5, 0.15625),
        ("in", 0.25, 0.0625),
        ("out", 0.75, 0.4375),
        ("hold", 0, 0),
        ("cubic(0,0,1,1)", 0.5, 0.25),
        ("cubic(0.25, 0.1, 0.25, 1)", 0.8024, 0.4085),  # CSS calls it ease
        ("cubic(0.5,-1,0.5,2)", 0.5, -0.1823),
    ],
)
def test_easings(easing, half, quarter):
    text = f"0:0, 100:1 {easing}"
    assert [at(text, 0), at(text, 100)] == [0, 1]
    assert at(text, 50) == pytest.approx(half, abs=1e-4)
    assert at(text, 25) == pytest.approx(quarter, abs=1e-4)
    assert {*EASINGS} == {"linear", "smooth", "in", "out", "hold"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("t", 45),
        ("time", 1.5),
        ("fps", 30),
        ("cos(pi)", -1),
        ("log(e)", 1),
        ("sin(0) + tan(0)", 0),
        ("exp(0) + sqrt(9) + abs(-2)", 6),
        ("floor(1.7) + ceil(1.2)", 3),
        ("min(3, 2, 4) + max(1, 5)", 7),
        ("clip(t, 0, 10) + clip(-t, 0, 10)", 10),
        ("where(t<10, 1, 2)", 2),
        ("where(0 < t < 50 and not t == 3, log(t), 0)", math.log(45)),
        ("where(t < 10 or t % 4 == 1, 7, 8)", 7),
        ("where(t == 45, 1, 1/0)", 1),
        ("-2**2 + 2**-1 + .5e1", 1.5),
        ("(t >= 45) + (t != 45) + (t <= 44) + (t > 1)", 2),
        ("7 % 4 - -1 / 4", 3.25),
        ("pulse(20, 6)", 1),
        ("pulse(20, 5)", 0),
        ("tri(60)", -1),
        ("tri(60, 30)", 1),
        ("saw(60)", 0.5),
        ("square(60) + square(60, shift = 45)", 0),
        ("tri(60, shift=t-15) + pulse(20, 6, shift=0)", 2),
    ],
)
def test_formulas(text, value):
    assert at(text, 45) == pytest.approx(value)


def test_waves_over_a_period():
    over = {
        "tri(8)": [0, 0.5, 1, 0.5, 0, -0.5, -1, -0.5],
        "saw(8)": [-1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75],
        "square(8)": [1, 1, 1, 1, -1, -1, -1, -1],
        "pulse(8, 3)": [1, 1, 1, 0, 0, 0, 0, 0],
    }
    for text, values in over.items():
        assert [at(text, n) for n in range(16)] == pytest.approx(values * 2)


@given(st.integers(2, 150), st.data())
def test_pulses_last_as_long_as_they_say(period, data):
    width = data.draw(st.integers(1, period - 1))
    for begin in range(0, 20 * period, period):
        edges = [begin, begin + width - 1, begin + width, begin + period - 1]
        assert [at(f"pulse({period}, {width})", n) for n in edges] == [1, 1, 0, 0]


def test_noise_is_smooth_and_chance_is_the_same_for_ever():
    line = [at("noise(t/100, 3)", n) for n in range(5000)]
    assert -1 <= min(line) < -0.5 < 0.5 < max(line) <= 1
    slopes = [100 * (b - a) for a, b in pairwise(line)]
    assert max(abs(b - a) for a, b in pairwise(slopes)) < 0.05
    assert at("noise(t/100, 3)", 250) != at("noise(t/100, 4)", 250)
    # Dreams are made with these numbers; they must never change.
    assert at("rand(1)", 0) == at("rand(1)", 99) == 0.5527267908469196
    assert at("noise(t/30, 1)", 100) == pytest.approx(-0.47758556080240283, rel=1e-12)
    many = [at("rand(t)", n) for n in range(1000)]
    assert len(set(many)) == 1000
    assert min(many) >= 0
    assert max(many) < 1
    assert sum(many) / 1000 == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize(
    ("text", "says", "under"),
    [
        ("0:1, 30:sine(t)", "no sine here. Did you mean sin?", "sine"),
        ("0:1, 30:2 smoth", "Did you mean smooth?", "smoth"),
        ("0:1, 30:2 smooth hold", "easing is enough", "smooth"),
        ("0:1, 30:1.1in", "Before in, a space is missing", "in"),
        ("0:1, 30:2cubic(0,0,1,1)", "Before cubic, a space is missing", "cubic"),
        ("0:1, 120:max_f", "since --frames can grow", "max_f"),
        ("0:1, max_f:2", "since --frames can grow", "max_f"),
        ("0:1, 3m:2", "seconds (4s)", "m:2"),
        ("0:1, 2.5:2", "2.5s in seconds", "2.5:2"),
        ("0:1, 2", "a key is missing", "2"),
        ("-5:1", "a key is missing", "-5"),
        ("0:1, 1s:2, 30:3", "1s and 30 are the same frame", "30:3"),
        ("0:1, 30:", "a value is missing", ""),
        ("0:1 +, 30:2", "a value is missing", ", 30"),
        ("0:(1, 30:2", "never closed", "(1"),
        ("0:1), 30:2", "never opened", ")"),
        ("2t", "a sign is missing", "t"),
        ("2(t)", "a sign is missing", "(t)"),
        ("2and 3", "a sign is missing", "and"),
        ("1, 2", "a key is missing", "1, 2"),
        ("(1, 2)", "A comma stands between", ", 2)"),
        ("0:sin", "expected is sin(x)", "sin"),
        ("clip(t, 1)", "expected is clip(x, low, high)", "clip"),
        ("t(3)", "takes no brackets", "t(3)"),
        ("2^t", "Write ** in its place", "^"),
        ("t & 1", "Write and in its place", "&"),
        ("t = 1", "Write == in its place", "= 1"),
        ("where(t=1, 2, 3)", "Write == in its place", "=1"),
        ("(shift=1)", "Write == in its place", "=1"),
        ("tri(period=9)", "no argument is given as period=; expected is tri(period", "period"),
        ("tri(9, shift=)", "a value is missing", ")"),
        ("tri(9, 1, shift=2)", "tri was given shift twice", "2)"),
        ("tri(9, shift=1, shift=2)", "tri was given shift twice", "2)"),
        ("pulse(9, shift=1)", "pulse was given 1 values", "pulse"),
        ("().__class__", "means nothing", ".__class__"),
        ("t[0]", "means nothing", "[0]"),
        ("'a'", "means nothing", "'a'"),
        ("1 + not t", "brackets around it", "not t"),
        ("0:1, 30:2 cubic(1,2,3)", "cubic(a,b,c,d)", "cubic"),
        ("1e999", "too large", "1e999"),
        ("0:1, 1/(t-3)", "a key is missing", "1/"),
        ("2 + 1/t", "At frame 0, this divides by zero", "t"),
        ("0:1, 30:2**(200+t)", "the exponent is 230", "200"),
        ("exp(999)", "At frame 0, this is too large", "exp"),
        ("1e200*1e200", "At frame 0, this is too large", "1e200"),
        ("sqrt(-1-t)", "this has no value", "sqrt"),
        ("(-8)**0.5", "this has no value", "0.5"),
        ("saw(0)", "this has no value", "saw"),
        ("-" * 300 + "1", "at most 100 signs", "-"),
        ("(" * 60 + "1" + ")" * 60, "At most 50 brackets", "("),
        ("1+" * 600 + "1", "at most 1,000 characters", "1+"),
        ("0:1," * 6000, "at most 20,000 characters", "0:1,"),
        ("", "a value is missing", ""),
    ],
)
def test_errors_point_at_the_place(text, says, under):
    lines = error(text, frame=0 if "30:" not in text else 30).splitlines()
    assert len(lines) == 3, lines
    assert says in lines[0]
    mark = lines[2].index("^")
    assert lines[1][mark:].replace("…", "").startswith(under) if under else mark == len(lines[1])
    assert len(lines[1]) < 80


def test_texts_have_keys_too():
    """As what is dreamt of will have: commas and colons in values, one key before each."""
    text = "0:mixed3b:13*0.7+mixed4a, 10s:mixed3:1,mixed5:0.5 smooth, 20s:walk(mixed4c, every=2s)"
    keys = parse_keys(text, 30, lists=True)
    assert [(key.frame, key.value) for key in keys] == [
        (0, "mixed3b:13*0.7+mixed4a"),
        (300, "mixed3:1,mixed5:0.5"),
        (600, "walk(mixed4c, every=2s)"),
    ]
    assert all(text[key.place :].startswith(key.value) for key in keys)
    there = keys.between(150)
    assert (there.before.value, there.after.value, there.share) == (
        "mixed3b:13*0.7+mixed4a",
        "mixed3:1,mixed5:0.5",
        0.5,
    )
    alone = keys.between(900)
    assert (alone.before, alone.share) == (alone.after, 0)


PIECES = [
    *NAMES, *FUNCTIONS, *EASINGS, *"0123456789.,:()+-*/% \n\t\"'[]{}=<>!&|^~@#$;_\\`?",
    "**", "<=", "==", "//", "0:", "4s:", ", 30:", "1e", "1e308", "9" * 30, "and ", "or ", "not ",
    "if ", "else ", "lambda ", "True", "None", "max_f", "cubic(", "cubic(0,0,1,1)", "((((((((",
    "sin(t)", "sin(", "__class__", ".real", "import os", "1j", "0x1", "1_0", "0or 1", "is ", "…",
    "\0", "\N{LATIN SMALL LETTER LONG S}in", "\N{NO-BREAK SPACE}", "\ud800", "-" * 40,
    "tri(", "shift=", "1+" * 40, "not " * 40, "2**" * 40, "t<" * 40,
]  # fmt: skip


def check_is_a_schedule_or_a_sentence(text):
    says, values = "", []
    try:
        schedule = Schedule(text, 30.0)
        values = [schedule.at(frame) for frame in (0, 1, 45, 10_000)]
    except DreamError as error:
        says = str(error)
    assert len(says.splitlines()) in (0, 3)
    assert all(math.isfinite(value) for value in values)


@given(st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=12).map("".join)))
def test_any_text_is_a_schedule_or_a_sentence(text):
    check_is_a_schedule_or_a_sentence(text)


def formula(rng, depth):
    """A random text that is a formula, or was meant to be one."""
    if depth == 0 or rng.random() < 0.2:
        return rng.choice([*NAMES, "0", "1", "0.5", "30", "7", "-3", "1e3", "1e-3", "99", "1e308"])
    a, b, c = (formula(rng, rng.randrange(depth)) for _ in range(3))
    kind = rng.random()
    if kind < 0.4:
        sign = rng.choice(["+", "-", "*", "/", "%", "**", "<", ">=", "==", " and ", " or "])
        return f"({a}{sign}{b})" if rng.random() < 0.8 else f"{a}{sign}{b}{sign}{c}"
    if kind < 0.5:
        return rng.choice([f"-{a}", f"(not {a})", f"+{a}", f"not {a}"])
    name = rng.choice(list(FUNCTIONS))
    count = FUNCTIONS[name].counts[0] + (rng.random() < 0.1)
    return f"{name}({', '.join([a, b, c, a][:count])})"


@pytest.mark.slow
def test_a_million_texts_are_schedules_or_sentences():
    rng = random.Random(0)
    good = "0:1.05+0.1*sin(t/30), 4s:where(t<10, noise(t/9, 1), -t**2) smooth, 300:(1.0) hold"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for number in range(10**6):
            if number % 4 == 0:
                text = "".join(rng.choices(PIECES, k=rng.randrange(1, 14)))
            elif number % 4 == 1:  # a good one, with a few places of it changed
                parts = list(good)
                for _ in range(rng.randrange(1, 4)):
                    parts[rng.randrange(len(parts))] = rng.choice(["", *PIECES])
                text = "".join(parts)
            else:
                easing = rng.choice(["", *EASINGS, "cubic(0.3,-1,0.6,2)"])
                values = [formula(rng, rng.randrange(8)) for _ in range(2)]
                text = f"0:{values[0]}, {rng.choice(['40', '2s', '0.1s'])}:({values[1]}) {easing}"
            check_is_a_schedule_or_a_sentence(text)
