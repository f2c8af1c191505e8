"""tests/requirements.lock: versions that are known to work are versions that may be installed."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]


def wanted():
    """What the tests need, as requirements.txt and pyproject.toml say it."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    texts = (ROOT / "requirements.txt").read_text().splitlines()
    for extra in ("test", "app", "farm", "sound", "vit"):
        texts += extras["optional-dependencies"][extra]
    return [each for each in map(Requirement, texts) if each.name != "dreammovie"]


def test_each_version_that_is_known_to_work_may_be_installed():
    lines = (ROOT / "tests" / "requirements.lock").read_text().splitlines()
    # Nothing but names and versions: no address, no path.
    pin = re.compile(r"([a-z0-9-]+)==([a-z0-9.]+)( ; [^/@]+)?")
    pins = [pin.fullmatch(line) for line in lines if not line.startswith("#")]
    assert all(pins)
    known = {name: version for name, version, _ in (each.groups() for each in pins)}
    for need in wanted():
        assert need.specifier.contains(known[need.name.lower()]), need
