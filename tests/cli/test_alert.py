"""The command ``nlp-cx alert``: files in, cases out, nothing told twice."""

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from nlp_cx.cli.alert import write_case, write_texts
from nlp_cx.cli.app import app
from nlp_cx.errors import OutputError
from nlp_cx.write.target import Target

RULES = """
key = "order"
time = "at"

[[record]]
name = "goodbye"
severity = "high"
owner = "care"
due_hours = 24
all = [{ column = "x_sentiment", op = "<", value = -0.5 }]

[[aggregate]]
name = "bad share"
severity = "low"
owner = "ops"
due_hours = 24
metric = "share"
of = [{ column = "x_sentiment", op = "<", value = -0.5 }]
window_days = 7
step_days = 7
baseline_days = 28
"""
HOSTILE = "退款\x1b[2J\u202eexe [red]x[/red] :smile:\u2028"


@pytest.fixture
def files(tmp_path):
    n = 2000
    at = pd.Timestamp("2024-01-01") + pd.to_timedelta(
        np.concatenate([np.arange(1000) * 28 / 1000, 28 + np.arange(1000) * 7 / 1000]), unit="D"
    )
    bad = np.zeros(n, bool)
    bad[:1000:17], bad[1000::11] = True, True
    ox = pd.DataFrame({"order": [f"A{i}" for i in range(n)], "at": at})
    ox["x_sentiment"] = np.where(bad, -0.9, 0.5)
    ox.to_parquet(tmp_path / "ox.parquet")
    clause = pd.DataFrame(
        {
            "doc_id": ["d1"], "order": ["A0"], "clause_index": [0], "start": [0],
            "end": [len(HOSTILE)], "clause": [HOSTILE], "sentiment": ["negative"],
            "sentiment_score": [-0.9], "driver": ["service"], "driver_polarity": ["negative"],
        }
    )  # fmt: skip
    clause.to_parquet(tmp_path / "evidence.parquet")
    (tmp_path / "rules.toml").write_text(RULES, encoding="utf-8")
    return tmp_path


def run(files, *options, code=0):
    paths = [str(files / name) for name in ("rules.toml", "ox.parquet")]
    result = CliRunner().invoke(app, ["alert", *paths, *options])
    assert result.exit_code == code, result.output
    return result


def read_cases(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_cases_are_written_and_told(files):
    out = files / "cases.jsonl"
    result = run(files, "-o", str(out), "--now", "2024-02-05")
    cases = read_cases(out)
    assert {case["rule"] for case in cases} == {"goodbye", "bad share"}
    assert sum(case["kind"] == "record" for case in cases) == 59 + 91
    assert "151 cases up to 2024-02-05T00:00:00" in result.stderr
    assert "without --state nothing is remembered" in result.stderr
    assert result.stdout == ""


def test_hostile_text_acts_neither_on_the_terminal_nor_in_the_file(files):
    out = files / "cases.jsonl"
    result = run(
        files, "-o", str(out), "--evidence", str(files / "evidence.parquet"), "--now", "2024-02-05"
    )
    for text in (result.stderr, out.read_text("utf-8")):
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "\u2028" not in text
    assert "[red]x[/red] :smile:" in result.stderr
    assert read_cases(out)[0]["spans"][0]["clause"] == HOSTILE


def test_with_a_state_nothing_is_told_twice(files):
    out, state = files / "cases.jsonl", files / "state.json"
    options = ("-o", str(out), "--state", str(state), "--now", "2024-02-05")
    run(files, *options)
    first = read_cases(out)
    result = run(files, *options)
    assert read_cases(out) == []
    assert "150 told before" in result.stderr
    assert len({case["case_id"] for case in first}) == 151


def test_without_a_state_the_same_run_gives_the_same_file(files):
    for name in ("a.jsonl", "b.jsonl"):
        run(files, "-o", str(files / name), "-q")
    assert (files / "a.jsonl").read_bytes() == (files / "b.jsonl").read_bytes()


def test_cases_may_go_to_standard_output(files):
    result = run(files, "-o", "-", "--now", "2024-02-05", "-q")
    assert len([json.loads(line) for line in result.stdout.splitlines()]) == 151
    assert result.stderr == ""


def test_a_backtest_needs_no_output(files):
    result = run(files, "--backtest", "--runs", "20", "--now", "2024-02-05")
    assert "bad share" in result.stdout
    assert "where nothing changes" in result.stdout
    assert "20 histories" in result.stdout
    result = run(files, "--backtest", "--runs", "5", "-o", str(files / "cases.jsonl"))
    assert result.stdout == ""
    assert "where nothing changes" in result.stderr


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ((), "give --output FILE.jsonl, or --backtest"),
        (("-o", "cases.csv"), "ends in .jsonl"),
        (("-o", "{}/no/cases.jsonl"), "does not exist"),
        (("-o", "{}/cases.jsonl", "--state", "{}/state.txt"), "ends in .json"),
        (("-o", "{}/cases.jsonl", "--state", "{}/bad.json"), "no state of alerts"),
        (("-o", "{}/cases.jsonl", "--now", "tomorrow"), "'tomorrow' is not a time"),
        (("-o", "{}/cases.jsonl", "--evidence", "{}/none.parquet"), "none.parquet"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_written(files, options, fault):
    (files / "bad.json").write_text("{")
    result = run(files, *(o.format(files) for o in options), code=2)
    assert fault in result.stderr
    assert not (files / "cases.jsonl").exists()
    assert (files / "bad.json").read_text() == "{"
    assert not list(files.glob(".nlp_cx*"))


def test_every_mistake_of_the_rules_is_named_at_once(files):
    (files / "rules.toml").write_text(RULES.replace("x_sentiment", "sentimant"), encoding="utf-8")
    result = run(files, "-o", str(files / "cases.jsonl"), code=2)
    assert result.stderr.count("the table has no column 'sentimant'") == 2


def test_files_appear_together_or_not_at_all(tmp_path):
    good = Target("a", tmp_path / "a.jsonl", ".jsonl", False)
    good.path.write_text("before")
    bad = Target("b", tmp_path / "no" / "b.json", ".json", False)
    with pytest.raises(OutputError, match="does not exist"):
        write_texts([(good, "after"), (bad, "x")])
    assert good.path.read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl"]


def test_a_case_is_one_readable_line_that_json_reads_back():
    case = {"clause": HOSTILE, "emoji": "👩\u200d🍳", "half": "\ud83d", "missing": None}
    line = write_case(case)
    assert "\n" not in line
    assert "退款" in line
    assert "👩\u200d🍳" in line
    assert json.loads(line) == case
    line.encode("utf-8")
