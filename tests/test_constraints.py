"""Both commands of the README install versions that were tested."""

import re
import tomllib
from pathlib import Path

TOP = Path(__file__).parents[1]


def names(requirements):
    """Give the bare, folded names of requirements."""
    found = (re.match(r"[A-Za-z0-9_.-]+", line) for line in requirements)
    return {match.group().lower().replace("_", "-") for match in found if match}


def test_every_direct_dependency_is_pinned_and_nothing_else():
    project = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = names([*project["dependencies"], *extras["train"], *extras["dev"]])
    lines = (TOP / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = [line for line in lines if not line.startswith("#")]
    assert names(pinned) == wanted
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9][0-9A-Za-z.]*", line) for line in pinned)
    assert pinned[0] == "torch==2.13.0"
