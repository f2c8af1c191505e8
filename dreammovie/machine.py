"""The machine: its processor's kind, and among how many threads a sum is shared.

A sum in another order is rounded otherwise, and each kind of processor has an order of its own. So
dream.json notes both, and who goes on with a dream keeps to them as far as the machine does.
TensorFlow takes its threads once and for all when it is imported; all this is known before.
"""

import math
import os
import platform
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

CORES = "DREAMMOVIE_CORES"
"""The environment's variable for how many cores a process shall use; else all that it may."""

SIDE_BY_SIDE = 2
"""How many tiles, or strips of an image, a processor computes at once.

Each of two has half of the cores: they need not wait for one another after every operation, nor
fetch what another has computed, and need a quarter less time.
"""

MACHINE = PROCESSOR, THREADS = "processor", "threads"
"""The names of what dream.json notes."""

_MOST_CORES = 4096
_KIND = ("model name", "cpu family", "model")  # in /proc/cpuinfo


def threads() -> int:
    """Among how many threads a sum is to be shared: all there are, if nobody says otherwise."""
    return math.ceil(_cores() / SIDE_BY_SIDE)


def compute_as(noted: Mapping[str, str]) -> None:
    """Keeps to the threads that dream.json notes, as long as TensorFlow is not imported.

    They may be more than there are cores, which takes hardly longer than as many as these.
    """
    wish = str(noted.get(THREADS, ""))
    if wish.isdecimal() and 0 < int(wish) <= _MOST_CORES // SIDE_BY_SIDE:
        os.environ[CORES] = str(int(wish) * SIDE_BY_SIDE)


def _cores() -> int:
    """How many cores this process shall use."""
    wish = os.environ.get(CORES, "")
    if wish.isdecimal() and 0 < int(wish) <= _MOST_CORES:
        return int(wish)
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not known on all systems
        return os.cpu_count() or 1


def processor() -> str:
    """The processor's kind: its name, and where the system says it, which of that name it is."""
    with suppress(OSError):  # where there is no such file, it is no Linux
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
        facts = {key.strip(): value.strip() for key, _, value in (x.partition(":") for x in lines)}
        name, family, model = (facts.get(key) for key in _KIND)
        if name:
            return f"{name}, family {family} model {model}" if family and model else name
    return platform.processor() or platform.machine()
