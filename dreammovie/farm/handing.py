"""Hands dreams out, and looks after them until each has ended. No flags here, and no printing."""

from __future__ import annotations

import platform
import re
from collections import deque
from collections.abc import Collection, Generator, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Any

import ray
from ray.exceptions import NodeDiedError, RayError, RayTaskError, TaskCancelledError
from ray.util.scheduling_strategies import (
    NodeAffinitySchedulingStrategy,
    NodeLabelSchedulingStrategy,
    NotIn,
)

from dreammovie.errors import DreamError
from dreammovie.farm.cluster import Share, is_another, places
from dreammovie.farm.in_shots import side_by_side
from dreammovie.farm.orders import Task
from dreammovie.farm.standing import InHand, Standing
from dreammovie.farm.work import Letter, Luggage, Outcome, Post, dream
from dreammovie.files import write_whole
from dreammovie.movies.folder import frame_path, start_image
from dreammovie.movies.lock import announced, is_wanted, lock
from dreammovie.movies.named import found

_LOOKS = 1.0  # seconds between looks at how it stands
_LETS_GO = 20.0  # seconds in which dreams in hand may end when all is to stop
_AT_ONCE = 100  # dreams that Ray knows of; whoever has more cards than that starts two farms
_MISSING = re.compile(r"No module named '[\w.]+'")
_DREAMS_A_PROCESS = 10  # then it begins anew, lest its memory adds up


def hand_out(
    dreams: Sequence[InHand], share: Share, full: set[str], sync: bool = False
) -> Generator[list[Standing], None, None]:
    """Dreams all dreams that wait, each on some machine; Ray is joined already.

    One whose machine dies, or has a disk that is full, goes on on another, from its newest frame.
    Whoever closes this generator stops them all; every frame that is there is whole.

    Args:
        dreams: No folder twice.
        share: What each gets.
        full: Machines with a disk that failed, by Ray's names; others are added as they do.
        sync: Whether the machines do not see the folders, so that files travel.

    Yields:
        How it stands with each, in their order; the last time, when all have ended.

    Raises:
        DreamError: with `sync`, the process is gone through which the frames come.
        OSError: with `sync`, a frame cannot be written here.
    """
    # A card's memory is free only when its process ends.
    work = ray.remote(max_calls=1 if share.gpus else _DREAMS_A_PROCESS, max_retries=0)(_dream)
    post = _post() if sync else None
    room = places(share) // max(1, sum(each.state == "waiting" for each in dreams))
    whole = [side_by_side(each, room, sync) for each in dreams]
    parts: list[InHand] = []  # what is handed out, dreams or shots of them
    waiting: deque[int] = deque()
    running: dict[Any, tuple[int, int]] = {}  # a part's number, and which try it is
    try:
        while True:
            for one in whole:
                waiting += range(len(parts), len(parts) + len(more := one.more()))
                parts += more
            if not (running or waiting):
                break
            while waiting and len(running) < _AT_ONCE:
                number = waiting.popleft()
                each = parts[number]
                if each.standing.ended:
                    continue
                assert each.task
                luggage = ray.put(_packed(each.task, each.look())) if sync else None
                send = partial(_send, post, number, each.attempt) if sync else None
                placed = work.options(
                    name="dream",
                    num_cpus=share.cores,
                    num_gpus=share.gpus,
                    scheduling_strategy=_but(full, share),
                )
                reference = placed.remote(each.task.order, share.threads, luggage, send)
                running[reference] = number, each.attempt
            yield [one.standing for one in whole]
            if not running:
                continue
            ended, _ = ray.wait(list(running), num_returns=len(running), timeout=_LOOKS)
            for letter in _fetched(post) if sync else ():
                _receive(letter, parts[letter.dream])
            for reference, (number, attempt) in list(running.items()):
                each = parts[number]
                each.look()
                if reference in ended and attempt == each.attempt and not each.standing.ended:
                    _settle(each, reference, full, share)
                elif each.held and not is_wanted(each.folder):  # somebody stopped it here
                    each.end("stopped")
                if reference in ended or attempt != each.attempt or each.standing.ended:
                    del running[reference]
                    if reference not in ended:
                        ray.cancel(reference)
                    if each.state == "waiting":
                        waiting.append(number)
        yield [one.standing for one in whole]
    except ImportError as error:  # of the machine that ray:// leads to
        raise DreamError(_mistake(error)) from error
    finally:
        for reference in running:
            ray.cancel(reference)
        if running:
            with suppress(RayError):
                ray.wait(list(running), num_returns=len(running), timeout=_LETS_GO)
        for each in parts:
            each.let_go()


def _dream(*arguments: Any) -> tuple[Outcome, str]:
    """What `work.dream` gives, and Ray's name of the machine."""
    return dream(*arguments), ray.get_runtime_context().get_node_id()


def _but(full: Collection[str], share: Share) -> Any:
    """How Ray shall choose a machine: none of these, as long as there is another."""
    if full and is_another(share, full):
        return NodeLabelSchedulingStrategy({"ray.io/node-id": NotIn(*full)})
    return "DEFAULT"


def _settle(each: InHand, reference: Any, full: set[str], share: Share) -> None:
    """Takes how a dream ended; if it was its machine that did, it waits for another one.

    Args:
        each: The dream.
        reference: To what `_dream` gives.
        full: To which the machine is added if a disk of its own failed.
        share: What a dream gets.
    """
    try:
        outcome, machine = ray.get(reference)
    except TaskCancelledError:
        each.end("stopped")
    except RayTaskError as error:
        each.end("failed", _mistake(error.cause))
    except RayError as error:  # the process, its memory or its machine
        why = str(error).strip().split("\n")[0]
        each.died(why, by_itself=not isinstance(error, NodeDiedError))
    else:
        if outcome.disk and is_another(share, {*full, machine}):
            each.died(outcome.words, by_itself=False, said="" if machine in full else outcome.words)
        else:
            each.end(outcome.state, outcome.words, outcome.told)
        if outcome.disk:
            full.add(machine)


def _mistake(error: BaseException) -> str:
    """What is said of something that no dream itself says, a sentence."""
    # Where all of the package is missing, Ray wraps it in an error of its own.
    missing = _MISSING.search(str(error))
    if missing or isinstance(error, ImportError):
        return (
            f"A machine of the cluster lacks what is needed to dream "
            f"({missing[0] if missing else error}). Install dreammovie on all of them, in the "
            "Python that Ray has there."
        )
    return f"A mistake in dreammovie itself ({error!r})."


def _post() -> Any:
    """Where frames come through: beside this process, as far as that is on the cluster itself.

    If it dies, it begins anew.
    """
    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=True)
    post = ray.remote(Post).options(
        num_cpus=0, scheduling_strategy=here, max_restarts=-1, max_task_retries=-1
    )
    return post.remote()


def _packed(task: Task, done: int) -> Luggage:
    """What a machine needs that does not see the folder: of all frames, the newest."""
    folder = task.order.folder
    outside = {name for name in task.files if Path(name).is_absolute()}
    files = {start_image(folder)}
    if done >= task.order.first:
        files.add(frame_path(folder, done))
    files |= {found(folder, name) for name in task.files if name not in outside}
    if (folder / "dream.json").exists():
        files.add(folder / "dream.json")
    return Luggage(
        {path.relative_to(folder).as_posix(): path.read_bytes() for path in files},
        {name: Path(name).read_bytes() for name in outside},
    )


def _send(post: Any, number: int, attempt: int, *fields: Any) -> None:
    """Sends a letter from a machine about a dream, and waits until it is there."""
    letter = Letter(number, attempt, platform.node(), *fields)
    # Who waits in `ray.get` gives its cores away meanwhile, and Ray begins one more dream on them.
    post.send.remote(letter).future().result()


def _fetched(post: Any) -> list[Letter]:
    try:
        return list(ray.get(post.fetch.remote()))
    except RayError:
        raise DreamError(
            "The process that frames come back through is gone. All frames that are here are "
            "whole; run again to go on."
        ) from None


def _receive(letter: Letter, each: InHand) -> None:
    """Puts a frame where it belongs; one from a try that was given up comes too late."""
    if letter.attempt != each.attempt or each.standing.ended:
        return None
    if not letter.frame:
        held = ExitStack()
        try:
            held.enter_context(lock(each.folder))
            held.enter_context(announced(each.folder, each.standing.last))
        except DreamError as error:
            held.close()
            return each.end("failed", str(error))
        each.held, each.machine, each.state = held, letter.host, "dreaming"
        return None
    if Path(letter.frame).stem != f"img_{each.look() + 1}":
        return each.died("A frame was lost on its way")
    history = each.folder / "dream.json"
    if not history.exists() or history.read_bytes() != letter.history:
        write_whole(letter.history, history)
    write_whole(letter.content, each.folder / letter.frame)
    return None
