"""Ray: one of our own on this machine, or somebody's cluster. What goes wrong there is a sentence.

https://docs.ray.io tells how a cluster is made. Nothing but this room imports Ray.
"""

from __future__ import annotations

import logging
import os
import re
import secrets
import socket
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass
from importlib.util import find_spec
from math import ceil
from typing import Any

from dreammovie.claims import scratch
from dreammovie.errors import DreamError, installing
from dreammovie.farm.orders import FarmSettings

_STORE = 80 * 2**20  # bytes, about the least that Ray takes
_STORE_FOR_FILES = 512 * 2**20
_ANSWERS = 5.0  # seconds in which somebody at an address has to
_ADDRESS = re.compile(r"(?:ray://)?(?P<host>[\w.-]+|\[[0-9a-fA-F:]+\]):(?P<port>[0-9]{1,5})")


@dataclass(frozen=True)
class Share:
    """What each dream gets.

    Attributes:
        cores: Of the processor.
        gpus: Cards.
    """

    cores: float
    gpus: float

    @property
    def threads(self) -> int:
        """How many a dream computes with."""
        return max(1, ceil(self.cores))


@contextmanager
def joined(settings: FarmSettings) -> Iterator[Share]:
    """Ray, for as long as the block takes; gives what each dream shall have of it.

    What is printed to `sys.stdout` meanwhile goes nowhere.

    One of our own listens on loopback, asks for a password that nobody else has, and leaves no
    process and no file behind; what a killed one left goes with the next.

    Raises:
        DreamError: it is not installed, cannot be had at that address, or has no such machine.
    """
    if find_spec("ray") is None:
        raise DreamError(f"The farm needs Ray, which is not installed: {installing('farm')}.")
    options: dict[str, Any]
    ending = ExitStack()
    if settings.address is None:
        # On Linux, Ray keeps to loopback only if it is told that there are no clusters here.
        os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
        os.environ.setdefault("RAY_AUTH_MODE", "token")
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
        options = {
            "address": "local",
            "include_dashboard": False,
            "_temp_dir": str(ending.enter_context(scratch())),
            "num_cpus": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None,
            "object_store_memory": _STORE_FOR_FILES if settings.sync else _STORE,
        }
    else:
        _knock(settings.address)
        options = {"address": settings.address}
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    import ray

    # Ray prints there what it thinks of machines that died, at its end, too; no option forbids it.
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere), ending:
        ending.callback(ray.shutdown)
        try:
            ray.init(**options, log_to_driver=False, logging_level=logging.ERROR)
        except Exception as error:
            raise _sentence(error, settings.address) from error
        yield share_of(settings, ray.nodes())


def _knock(address: str) -> None:
    """Whether anybody is there; Ray itself would try for minutes."""
    if address == "auto":
        return
    match = _ADDRESS.fullmatch(address)
    if not match or int(match["port"]) > 65_535:
        raise DreamError(
            f"--address was {address!r}; expected is auto, HOST:PORT such as 10.0.0.1:6379, or "
            "ray://HOST:PORT."
        )
    try:
        socket.create_connection((match["host"].strip("[]"), int(match["port"])), _ANSWERS).close()
    except OSError as error:
        raise DreamError(
            f"Nobody answers at {address} ({error.strerror or error}). Start Ray there, with "
            "ray start --head, or leave --address out: this machine then dreams alone."
        ) from None


def _sentence(error: Exception, address: str | None) -> DreamError:
    """What went wrong when Ray was to be had."""
    why = " ".join(str(error).split())
    if address is None:
        return DreamError(f"Ray could not be started on this machine: {why}")
    if "ersion mismatch" in why:
        return DreamError(
            f"The cluster at {address} has another Ray or another Python than this machine; both "
            f"have to be the same everywhere. {why}"
        )
    if "auth" in type(error).__name__.lower():
        return DreamError(
            f"The cluster at {address} asks for its token: copy ~/.ray/auth_token from there."
        )
    if address == "auto":
        return DreamError("No Ray is at work on this machine. Start it: ray start --head")
    return DreamError(f"No Ray cluster can be had at {address}: {why}")


def lack(share: Share, full: Collection[str]) -> str:
    """What no machine there is has that dreams wait for, a sentence; empty if one has it.

    Args:
        share: What each gets.
        full: Machines that get no dream, as their disks failed; Ray's names of them.
    """
    import ray

    if is_another(share, full):
        return ""
    alive = [node for node in ray.nodes() if node["Alive"]]
    out = sum(node["NodeID"] in full for node in alive)
    left = f" {_many(out, 'machine')} with a full disk {'is' if out == 1 else 'are'} left out."
    return (
        f"Dreams wait for a machine with {_many(share.cores, 'core')} and "
        f"{_many(share.gpus, 'card')} to join the cluster. {_there(_machines(alive))}"
        f"{left if out else ''} Ctrl-C ends it, and nothing is lost."
    )


def is_another(share: Share, but: Collection[str]) -> bool:
    """Whether there is a machine for a dream beside these; Ray's names of them."""
    import ray

    return _suits(_machines([node for node in ray.nodes() if node["NodeID"] not in but]), share)


def places(share: Share) -> int:
    """How many dreams the machines that there are can dream at once."""
    import ray

    return sum(
        int(min(cores / share.cores, cards / share.gpus if share.gpus else cores / share.cores))
        for cores, cards in _machines(ray.nodes())
    )


def _machines(nodes: list[dict[str, Any]]) -> list[tuple[float, float]]:
    """Cores and cards of each machine that is alive."""
    return [
        (node["Resources"].get("CPU", 0.0), node["Resources"].get("GPU", 0.0))
        for node in nodes
        if node["Alive"]
    ]


def _suits(machines: list[tuple[float, float]], share: Share) -> bool:
    return any(cores >= share.cores and gpus >= share.gpus for cores, gpus in machines)


def _there(machines: list[tuple[float, float]]) -> str:
    """Which machines there are, a sentence."""
    each = [f"{_many(cores, 'core')} and {_many(cards, 'card')}" for cores, cards in machines]
    counted = [f"{each.count(one)} with {one}" for one in dict.fromkeys(each)]
    return f"Machines so far: {', '.join(counted) or 'none'}."


def _many(count: float, what: str) -> str:
    return f"{count:g} {what}" if count == 1 else f"{count:g} {what}s"


def share_of(settings: FarmSettings, nodes: list[dict[str, Any]]) -> Share:
    """What each dream gets of the machines that there are."""
    machines = _machines(nodes)
    gpus = settings.gpus_per_dream
    if gpus is None:
        gpus = float(any(cards >= 1 for _, cards in machines))
    wish = settings.cores_per_dream
    for flag, value in (("--gpus-per-dream", gpus), ("--cores-per-dream", wish or 1)):
        if value > 1 and value != int(value):
            raise DreamError(f"{flag} was {value:g}; above 1, only whole ones are shared out.")
    if wish is not None and settings.address is not None:
        return Share(wish, gpus)  # a cluster may grow
    able = [each for each in machines if each[0] >= (wish or 1) and each[1] >= gpus]
    if not able:
        waiting = " To wait for one, say --cores-per-dream." if settings.address else ""
        raise DreamError(
            f"No machine has {_many(wish or 1, 'core')} and {_many(gpus, 'card')} for a dream. "
            f"{_there(machines)}{waiting}"
        )
    if wish is None:
        wish = int(min(cores / max(1, cards // gpus if gpus else 1) for cores, cards in able)) or 1
    return Share(float(wish), gpus)
