"""A farm on a cluster that loses machines: some raylets as own processes, each with an address.

As on a real one, what is killed is one of them at a time, with all that it does, and another comes.
"""

import json
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp
from threading import Event, Thread, Timer

import pytest

from dreammovie.movies.folder import frame_numbers
from dreammovie.movies.run import go_on
from tests.test_farm import contents

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="how processes and addresses are found"),
]

DREAMS, FRAMES, RAYLETS, KILLS = 8, 12, 3, 10
WISH = {"network": "dreamnet", "layer": "mixed3a", "steps": 6, "octaves": 2}
WISH |= {"size": "320x240", "precision": "float32", "zoom": "0:1.05, 1s:3 smooth"}
ROOT = Path(__file__).parents[1]
PATIENCE = 120  # seconds for what takes a moment on an idle machine
# Gives a command a disk of its own for what is temporary, which is as good as full.
FULL_DISK = 'mount -t tmpfs -o size=8k none "$TMPDIR" && exec "$@"'
FULL_DISK = ["unshare", "-rm", "sh", "-c", FULL_DISK, "sh"]


class Cluster:
    """A head without cores on the first address of a network, and raylets of one core on others."""

    def __init__(self, network="127.0.0"):
        self._network = network
        self._name = secrets.token_hex(8)  # in the environment of all its processes
        self._folder = Path(mkdtemp(prefix="cluster_"))  # a socket's path is short
        self.before = {}  # what commands of machines begin with, by their numbers
        with socket.socket() as free:
            free.bind((f"{network}.1", 0))
            port = free.getsockname()[1]
        self.address = f"{network}.1:{port}"
        head = ["--head", f"--port={port}", "--num-cpus=0", "--include-dashboard=false"]
        head += [f"--temp-dir={self._folder}", "--disable-usage-stats"]
        self._nodes = {1: self._started(1, head)}
        deadline = time.monotonic() + PATIENCE
        while not (self._folder / "ray_current_cluster").exists():
            assert time.monotonic() < deadline
            time.sleep(0.5)
        self._ends = Event()
        self._keeper = Thread(target=self._keep, daemon=True)
        self._keeper.start()

    def _keep(self):
        """Has every machine come again that is gone, killed or because this one is too busy."""
        while not self._ends.wait(0.5):
            for number, node in list(self._nodes.items()):
                if number > 1 and node.poll() is not None:
                    self.join(number)

    def environment(self, number):
        """Each machine has a temporary folder of its own."""
        own = self._folder / f"machine_{number}"
        own.mkdir(exist_ok=True)
        names = {"PYTHONPATH": str(ROOT), "DREAMMOVIE_TEST": self._name, "TMPDIR": str(own)}
        # Else its workers are last in line, and hardly get on where others are at work, too.
        names["RAY_worker_niceness"] = "0"
        kept = {key: value for key, value in os.environ.items() if not key.startswith("RAY_")}
        return kept | names

    def _started(self, number, flags):
        # Each has ports of its own: they listen on all of this machine's addresses.
        ports = 20_000 + 400 * number
        command = [*self.before.get(number, []), sys.executable, "-m", "ray.scripts.scripts"]
        command += ["start", "--block", *flags]
        command += [
            f"--node-ip-address={self._network}.{number}",
            f"--object-store-memory={100 * 2**20}",
        ]
        command += [f"--min-worker-port={ports}", f"--max-worker-port={ports + 399}"]
        return subprocess.Popen(
            command,
            env=self.environment(number),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def join(self, number):
        self._nodes[number] = self._started(number, [f"--address={self.address}", "--num-cpus=1"])

    def wait_for(self, count):
        """Waits until so many machines with cores have joined."""
        code = "import ray, sys; ray.init(sys.argv[1], logging_level='ERROR')\n"
        code += "print(sum(n['Alive'] and n['Resources'].get('CPU', 0) > 0 for n in ray.nodes()))"
        command = [sys.executable, "-c", code, self.address]
        deadline = time.monotonic() + PATIENCE
        while (
            subprocess.check_output(command, text=True, env=self.environment(1)).strip()
            != f"{count}"
        ):
            assert time.monotonic() < deadline

    def kill(self, number):
        """SIGKILL, to a raylet; what it had begun ends as it can."""
        marks = b"/raylet/raylet", f"--node_ip_address={self._network}.{number}\0".encode()
        for process in self.processes():
            with suppress(OSError):
                line = Path(f"/proc/{process}/cmdline").read_bytes()
                if all(mark in line for mark in marks):
                    os.kill(process, signal.SIGKILL)
                    return True
        return False

    def processes(self):
        for path in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if f"DREAMMOVIE_TEST={self._name}\0".encode() in (path / "environ").read_bytes():
                    yield int(path.name)

    def end(self):
        """Ends it, and gives the processes that are left."""
        self._ends.set()
        self._keeper.join()
        for node in reversed(self._nodes.values()):
            node.terminate()
        for node in self._nodes.values():
            node.wait(PATIENCE)
        deadline = time.monotonic() + PATIENCE
        while (left := list(self.processes())) and time.monotonic() < deadline:
            time.sleep(0.5)
        for process in left:
            with suppress(OSError):
                os.kill(process, signal.SIGKILL)
        shutil.rmtree(self._folder, ignore_errors=True)
        return left


@contextmanager
def running(command, environment):
    """A process that is gone at the end, with what it prints."""
    with (
        Path("errors.txt").open("w") as errors,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment
        ) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def cluster():
    cluster = Cluster()
    try:
        yield cluster
    finally:
        left = cluster.end()
    assert not left


NETWORK, BRIDGE = "10.213.77", "dreammovie0"
CUT_OFF = 60  # seconds; Ray gives a machine up after about half of that


def ip(*words):
    subprocess.run(["ip", *map(str, words)], check=True, capture_output=True)


def link(number):
    return f"dreammovie{number}"


@pytest.fixture
def networked():
    """A cluster whose machines have a network each, all plugged into one bridge."""
    numbers = range(2, RAYLETS + 2)
    try:
        ip("link", "add", BRIDGE, "type", "bridge")
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"networks of their own for processes need root and iproute2 ({error})")
    try:
        ip("address", "add", f"{NETWORK}.1/24", "dev", BRIDGE)
        ip("link", "set", BRIDGE, "up")
        for number in numbers:
            own = link(number)
            ip("netns", "add", own)
            ip("link", "add", own, "type", "veth", "peer", "name", "eth0", "netns", own)
            ip("link", "set", own, "master", BRIDGE, "up")
            ip("-n", own, "address", "add", f"{NETWORK}.{number}/24", "dev", "eth0")
            for each in ("eth0", "lo"):
                ip("-n", own, "link", "set", each, "up")
        cluster = Cluster(NETWORK)
        cluster.before = {number: ["ip", "netns", "exec", link(number)] for number in numbers}
        try:
            yield cluster
        finally:
            left = cluster.end()
    finally:
        for number in numbers:
            with suppress(subprocess.CalledProcessError):
                ip("netns", "del", link(number))
        ip("link", "del", BRIDGE)
    assert not left


def copies(dream, count):
    """The folder of a plain run, and of so many dreams."""
    folders = [dream.with_name(name) for name in ("plain", *map("dream_{}".format, range(count)))]
    for folder in folders:
        shutil.copytree(dream, folder)
    return folders


def farm_of(folders, cluster, frames):
    """The command that dreams these on a cluster."""
    command = [sys.executable, "-m", "dreammovie", "farm", *(folder.name for folder in folders)]
    command += [f"--address={cluster.address}", "--cores-per-dream=1", f"--frames={frames}"]
    return [*command, "--json", *(f"--{name}={value}" for name, value in WISH.items())]


def frames_made(farm, folders):
    """How many frames there are in all, whenever a farm says something; none is made anew."""
    made, seen = {}, {}
    for line in farm.stdout:
        now = json.loads(line)  # nothing else is printed there
        if now["event"] == "standing":
            made[now["dream"]] = now["frames"]
        for folder in folders:
            for path in folder.glob("img_[1-9]*.jpg"):
                mark = path.stat().st_ino, path.stat().st_mtime_ns
                assert seen.setdefault(path, mark) == mark
        yield sum(made.values())


def check_frames(folders, plain):
    """Each has the frames that a plain run makes."""
    list(go_on(plain, FRAMES, WISH))
    for folder in folders:
        assert frame_numbers(folder) == list(range(1, FRAMES + 1))
        assert contents(folder) == contents(plain)


@pytest.mark.parametrize("sync", [False, True])
def test_machines_are_killed_and_nothing_is_lost_or_dreamt_twice(dreams, cluster, sync):
    for number in range(2, RAYLETS + 2):
        cluster.join(number)
    plain, *folders = copies(dreams, DREAMS)
    command = [*farm_of(folders, cluster, FRAMES), *["--sync"] * sync]
    chance = random.Random(sync)
    killed, before = 0, 0
    with running(command, cluster.environment(1)) as farm:
        for made in frames_made(farm, folders):
            if killed < KILLS and made > before:
                number = chance.randrange(2, RAYLETS + 2)
                if cluster.kill(number):
                    killed, before = killed + 1, made
        assert farm.wait() == 0, Path("errors.txt").read_text()
    assert killed == KILLS
    check_frames(folders, plain)


@pytest.mark.parametrize("sync", [False, True])
def test_a_machine_that_is_cut_off_for_a_while_costs_nothing(dreams, networked, sync):
    for number in range(2, RAYLETS + 2):
        networked.join(number)
    networked.wait_for(RAYLETS)
    plain, *folders = copies(dreams, DREAMS)
    command = [*farm_of(folders, networked, FRAMES), *["--sync"] * sync]
    back = None
    with running(command, networked.environment(1)) as farm:
        for made in frames_made(farm, folders):
            if back is None and made > DREAMS:
                ip("link", "set", link(2), "down")
                back = Timer(CUT_OFF, ip, ["link", "set", link(2), "up"])
                back.start()
        assert farm.wait() == 0, Path("errors.txt").read_text()
    assert back is not None
    print("back before the end" if back.finished.is_set() else "the others made the rest")
    back.join()
    check_frames(folders, plain)


def test_a_machine_with_a_full_disk_fails_no_dream(dreams, cluster):
    if subprocess.run([*FULL_DISK, "true"], env={**os.environ, "TMPDIR": "/mnt"}).returncode:
        pytest.skip("a disk of its own for a process needs user namespaces")
    cluster.before[2] = FULL_DISK
    cluster.join(2)
    cluster.join(3)
    cluster.wait_for(2)
    plain, *folders = copies(dreams, 4)
    command = [*farm_of(folders, cluster, 2), "--sync"]
    with running(command, cluster.environment(1)) as farm:
        lines = [json.loads(line) for line in farm.stdout]
        errors = Path("errors.txt")
        assert farm.wait() == 0, errors.read_text()
    list(go_on(plain, 2, WISH))
    assert all(contents(folder) == contents(plain) for folder in folders)
    ends = {line["dream"]: line["words"] for line in lines if line["event"] == "standing"}
    (words,) = filter(None, ends.values())  # it is said once
    assert "No space left on device (on " in words
    assert words in errors.read_text()
