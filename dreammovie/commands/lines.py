"""`--json`: what happens, a JSON object a line, for other programs.

Each object has under "event" what happens, in the words of Python's classes, such as
`movies.run.Dreaming`, and beside that what is known of it, by the names of their attributes.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from contextvars import ContextVar
from dataclasses import asdict, fields
from typing import Any, TextIO, TypeVar

from dreammovie.dreaming.dream import Step
from dreammovie.dreaming.stages import Stage
from dreammovie.movies.movie import Progress
from dreammovie.movies.run import ClipRead, Dreaming
from dreammovie.networks.weights import Ready

Some = TypeVar("Some")

_out: ContextVar[TextIO | None] = ContextVar("out", default=None)


@contextmanager
def for_programs() -> Iterator[None]:
    """In this block, stdout has objects alone; what is printed for people goes to stderr."""
    token = _out.set(sys.stdout)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        _out.reset(token)


def told(events: Iterator[Some]) -> Iterator[Some]:
    """Passes on what happens, and tells it to other programs, if they listen."""
    for event in events:
        if _out.get():
            tell(_name(event), **_facts(event))
        yield event


def tell(event: str, **facts: Any) -> None:
    """Tells other programs what happens, if they listen.

    Args:
        event: What happens.
        facts: What is known of it, as JSON has it; of anything else, its text.
    """
    if out := _out.get():
        print(json.dumps({"event": event, **facts}, default=str), file=out, flush=True)


def _name(event: object) -> str:
    """The name of its class, as names that are no classes' are written."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(event).__name__).lower()


def _facts(event: Any) -> dict[str, Any]:
    match event:
        case Progress(frame, step, saved):
            return {"frame": frame, **_facts(step), "saved": saved}
        case Stage(number, count, step):
            return {"number": number, "count": count, **_facts(step)}
        case Step():
            places = ("octave", "octaves", "step", "steps", "score")
            return {name: getattr(event, name) for name in places}
        case Dreaming(first, last, script):
            return {"first": first, "last": last, "settings": script.noted}
        case ClipRead(clip):
            height, width = clip.shape
            size = {"width": width, "height": height, "fps": float(clip.rate)}
            return {"path": clip.path, "frames": clip.frames, **size}
        case Ready(network, weights):
            return {"network": network.name, **asdict(weights)}
    return {each.name: getattr(event, each.name) for each in fields(event)}
