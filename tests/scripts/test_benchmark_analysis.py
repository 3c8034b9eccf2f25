"""The benchmark of importance gives the same parts as its peers, where they are installed."""

import json
from importlib.util import find_spec

import pytest


@pytest.mark.skipif(
    not (find_spec("pingouin") and find_spec("dominance_analysis")),
    reason="pingouin and dominance-analysis are not installed",
)
def test_importance_is_the_same_as_that_of_the_peers(script, tmp_path):
    script("benchmark_analysis").main(
        ["--part", "importance", "--quick", "--output", str(tmp_path)]
    )
    section = json.loads((tmp_path / "importance.json").read_text(encoding="utf-8"))
    goals = {goal["what"]: goal for goal in section["goals"]}
    assert goals["importance: greatest difference to both peers"]["measured"] < 1e-9
    speed = section["tables"][0]["rows"]
    assert [row[0].split(",")[0] for row in speed][2:4] == ["pingouin", "dominance-analysis"]
    assert all(row[3] > 0 for row in speed)
