"""Trains DreamNet: python3 -m dreammovie.networks.dreamnet.training.train --teacher FILE ...

A process beside it makes pictures without end; this one learns from those that are there. What is
there depends on the machine: the same seed gives the same pictures, but not the same weights.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from dreammovie.device import tf
from dreammovie.errors import DreamError
from dreammovie.files import sha256
from dreammovie.networks import dreamnet
from dreammovie.networks.dreamnet.training.batches import Batches
from dreammovie.networks.dreamnet.training.finish import finished, unfinished, write
from dreammovie.networks.dreamnet.training.learner import (
    DREAMT,
    LAYERS,
    Student,
    stored_strengths,
    strengths_of,
)
from dreammovie.networks.dreamnet.training.pictures import (
    PRECISION,
    STUDENT,
    all_drawings,
    files,
    noise,
)
from dreammovie.networks.dreamnet.training.shapes import student_channels
from dreammovie.networks.network import Network, load_network

_RATE = 0.02  # the highest rate of learning
_WARM_UP = 50  # batches
_LATE = 0.6  # share of the training after which gradients and own dreams are learnt from, too
_NEXT_RATE, _NEXT_LATE = 0.01, 0.3  # the same of a student that has been trained before
_EARLY_BATCH, _LATE_BATCH = (24, 96), (16, 128)  # pictures, and their side in pixels
_FEW = 3  # channels of a wish, at most, that is not for all of a layer
_SAVED = 250  # batches after which the state is saved
_FIRST_FILES = 2  # of dreams, that must be there before anything is learnt


def rate(number: int, batches: int) -> float:
    """Share of the highest rate in a batch: up at once, and down steadily."""
    return min((number + 1) / _WARM_UP, 1 - number / batches)


def train(
    teacher: Network,
    work: Path,
    batches: int,
    seed: int,
    *,
    resume: bool = False,
    start: Path | None = None,
) -> Student:
    """Trains from the pictures in a folder, and saves `state.npz` there.

    Args:
        teacher: Whose channels are learnt.
        work: The folder.
        batches: How many to learn from.
        seed: Of the first weights, and of every choice.
        resume: Whether to go on where a training of the same arguments stopped.
        start: Weights that were trained before, to begin with.

    Raises:
        DreamError: those weights cannot be read, or are of another teacher.
    """
    state = work / "state.npz"
    going_on = resume and state.exists()
    strengths = stored_strengths(state) if going_on else _strengths(teacher, work, seed)
    source = Batches(work, seed)
    student = Student(teacher, strengths, _NEXT_RATE if start else _RATE, seed)
    if going_on:
        student.restore(state)
    elif start:
        seen = tf.constant(source.batch(0, *_EARLY_BATCH))
        student.take(unfinished(dreamnet.read_weights(start), strengths), seen)
    first_late = (_NEXT_LATE if start else _LATE) * batches
    began, shown = time.monotonic(), []
    for number in range(int(student.learnt.numpy()), batches):
        rng = np.random.default_rng([seed, number, 1])
        late = number >= first_late
        seen = tf.constant(source.batch(number, *(_LATE_BATCH if late else _EARLY_BATCH)))
        share = tf.constant(rate(number, batches), tf.float32)
        if late:
            layer = str(rng.choice(DREAMT))
            wish = _wish(len(seen), student.strengths[layer], rng)
            shown.append(student.step_with_gradient(seen, share, layer, tf.constant(wish)).numpy())
        else:
            shown.append(student.step(seen, share).numpy())
        if (number + 1) % 100 == 0:
            errors = dict(zip((*LAYERS, "gradient"), np.mean(shown, 0).round(3), strict=False))
            made = {kind: len(files(work, kind)) for kind in ("dreams", "own")}
            print(
                f"{number + 1} of {batches}, {time.monotonic() - began:.0f} s, "
                + " ".join(f"{name} {error}" for name, error in errors.items())
                + f" {made}",
                flush=True,
            )
        if (number + 1) % 100 == 0 or number + 1 == first_late:
            shown = []
        if (number + 1) % _SAVED == 0 or number + 1 == batches:
            student.save(state)
            if late:
                student.write_weights(work / STUDENT)
    return student


def _wish(count: int, strengths: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """All channels as the teacher has them, or a few: float32 (count, C)."""
    wish = np.tile((strengths / strengths.mean()) ** 2, (count, 1)).astype(np.float32)
    for row in wish:
        if rng.random() < 0.5:
            row[:] = 0
            row[rng.choice(len(row), int(rng.integers(1, _FEW + 1)), replace=False)] = 1
    return wish


def _strengths(teacher: Network, work: Path, seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    first = [
        np.load(files(work, kind)[i])
        for kind in ("dreams", "drawings")
        for i in range(_FIRST_FILES)
    ]
    return strengths_of(teacher, np.concatenate([*first, noise(48, rng)]))


@contextmanager
def making_pictures(teacher: Path, work: Path, seed: int) -> Iterator[None]:
    """Has another process make pictures meanwhile, at a lower priority; the first are there.

    Raises:
        SystemExit: it makes none.
    """
    maker = "dreammovie.networks.dreamnet.training.pictures"
    command = [sys.executable, "-m", maker, "--teacher", str(teacher), "--work", str(work)]
    process = subprocess.Popen([*command, "--seed", str(seed)])
    try:
        while len(files(work, "dreams")) < _FIRST_FILES:
            if process.poll() is not None:
                raise SystemExit("No pictures are made to learn from; above is why.")
            time.sleep(1)
        yield
    finally:
        process.terminate()
        process.wait()


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Train DreamNet from scratch.")
    parser.add_argument("--teacher", type=Path, required=True, help="Inception5h's .pb file")
    parser.add_argument("--work", type=Path, required=True, help="folder for pictures and state")
    parser.add_argument("--batches", type=int, default=9000, help="how many to learn from")
    parser.add_argument("--seed", type=int, default=0, help="of pictures and first weights")
    parser.add_argument("--resume", action="store_true", help="go on where a training stopped")
    parser.add_argument(
        "--start", type=Path, metavar="FILE", help="weights of DreamNet to train further"
    )
    given = parser.parse_args()
    if given.batches < 1:
        parser.error("--batches must be 1 or more")
    try:
        teacher = load_network("inception5h", given.teacher, PRECISION)
        student_channels(teacher)
        if given.start:
            dreamnet.read_weights(given.start)
    except (DreamError, OSError) as error:
        parser.error(str(error))
    with making_pictures(given.teacher, given.work, given.seed):
        try:
            student = train(
                teacher,
                given.work,
                given.batches,
                given.seed,
                resume=given.resume,
                start=given.start,
            )
        except DreamError as error:
            parser.error(str(error))
    drawings = all_drawings(given.work, given.seed)
    weights, right = finished(student.arrays(), student.strengths, drawings)
    path = given.work / "weights.npz"
    write(weights, path)
    for layer, share in right.items():
        print(f"{dreamnet.HEADS[layer]} names {share:.3f} of the drawings that were held back")
    print(f"{path} {path.stat().st_size} bytes, {sha256(path)}")


if __name__ == "__main__":
    main()
