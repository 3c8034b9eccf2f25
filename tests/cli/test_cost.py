"""The command ``nlp-cx cost``."""

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from nlp_cx.cli.app import app
from nlp_cx.cli.cost import read_condition
from nlp_cx.cli.table_files import write_table
from nlp_cx.column_roles import set_roles
from nlp_cx.errors import ConfigError, SchemaError

EXAMPLE = {
    "revenue": 50_000_000, "negative-share": 0.22, "complaint-share": 0.02,
    "complaining-lost": 0.28, "complaining-at-risk": 0.34, "complaining-kept": 0.38,
    "silent-lost": 0.45, "silent-at-risk": 0.55, "silent-kept": 0,
}  # fmt: skip


def _run(*arguments, typed=EXAMPLE):
    options = [part for name, value in typed.items() for part in (f"--{name}", str(value))]
    return CliRunner().invoke(app, ["cost", *map(str, arguments), *options])


@pytest.fixture
def ox(tmp_path):
    rng = np.random.default_rng(0)
    n = 3000
    bad = rng.random(n) < 0.3
    frame = pd.DataFrame(
        {
            "customer": np.arange(n) // 2,
            "r_stars": np.where(bad, rng.integers(1, 3, n), rng.integers(3, 6, n)),
            "o_tickets": np.where(bad, rng.random(n) < 0.2, 0).astype(int),
            "o_retained": rng.random(n) < np.where(bad, 0.6, 0.9),
            "r_nps": rng.integers(0, 11, n),
            "o_revenue": rng.uniform(50, 150, n),
        }
    )
    path = tmp_path / "ox.parquet"
    write_table(set_roles(frame, {"customer": "customer"}), path)
    return path


def test_the_worked_example_is_typed_in():
    result = _run("--scenario", "all complain: complaint_share=1", "--swing", "limits")
    assert result.exit_code == 0, result.output
    for text in ("61,600", "4,851,000", "4,912,600", "9.702 %", "9.825 %", "-223,300", "3,080,000"):
        assert text in result.stdout
    assert "not shown to be lost because of it" in result.stdout
    assert "newly brought to complain" in result.stdout


@pytest.mark.parametrize("name", EXAMPLE)
def test_a_missing_parameter_is_named_and_nothing_is_assumed(name):
    result = _run(typed={k: v for k, v in EXAMPLE.items() if k != name})
    assert result.exit_code == 2
    assert f"{name.replace('-', '_')} is missing" in result.stderr
    assert result.stdout == ""


def test_a_branch_that_does_not_sum_to_1_is_refused():
    result = _run(typed=EXAMPLE | {"silent-kept": 0.1})
    assert result.exit_code == 2
    assert "silent: lost + at_risk + kept = 0.45 + 0.55 + 0.1 = 1.1" in result.stderr


def test_a_file_holds_the_same_and_options_replace_it(tmp_path):
    lines = [f"{name.replace('-', '_')} = {value}" for name, value in EXAMPLE.items()]
    lines += ["[n]", "silent = 200", "[scenarios.fewer]", "negative_share = 0.11"]
    file = tmp_path / "cost.toml"
    file.write_text("\n".join(lines), encoding="utf-8")
    result = _run("--parameters", file, "-o", tmp_path / "out", typed={"revenue": 1000})
    assert result.exit_code == 0, result.output
    cost = pd.read_parquet(tmp_path / "out/cost.parquet").set_index("quantity")
    assert cost.loc["negative", "estimate"] == pytest.approx(220)
    assert cost.loc["lost", "low"] < cost.loc["lost", "estimate"] < cost.loc["lost", "high"]
    scenarios = pd.read_csv(tmp_path / "out/cost_scenarios.csv")
    assert scenarios["scenario"].unique().tolist() == ["fewer"]
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"cost_parameters.csv", "cost_levers.parquet", "cost_tornado.csv"} <= names


def test_all_mistakes_of_a_file_are_named(tmp_path):
    file = tmp_path / "cost.toml"
    file.write_text("revenu = 1\nnegative_share = 'much'", encoding="utf-8")
    result = _run("--parameters", file, typed={})
    assert result.exit_code == 2
    assert "did you mean 'revenue'" in result.stderr
    assert "negative_share" in result.stderr


def test_parameters_are_estimated_from_a_table(ox, tmp_path):
    arguments = [
        "--negative",
        "r_stars<=2",
        "--complained",
        "o_tickets",
        "--retained",
        "o_retained",
    ]
    arguments += [
        "--at-risk",
        "r_nps <= 6",
        "--revenue-column",
        "o_revenue",
        "-o",
        tmp_path / "out",
    ]
    result = _run(ox, *arguments, "--swing", "interval", typed={})
    assert result.exit_code == 0, result.output
    table = pd.read_parquet(tmp_path / "out/cost_parameters.parquet").set_index("parameter")
    assert table.loc["negative_share", "estimate"] == pytest.approx(0.3, abs=0.03)
    assert table.loc["silent_lost", "estimate"] == pytest.approx(0.4, abs=0.05)
    assert table.loc["revenue", "estimate"] == pytest.approx(300_000, rel=0.02)
    assert "o_retained, r_nps <= 6 among silent negative rows" in table.loc["silent_lost", "source"]
    # the customer role is found: 1,500 customers of two rows each
    assert table.loc["negative_share", "n_effective"] < 3000


def test_what_a_table_does_not_tell_can_be_typed_in_and_what_nobody_tells_is_missing(ox):
    arguments = [
        "--negative",
        "r_stars<=2",
        "--complained",
        "o_tickets",
        "--retained",
        "o_retained",
    ]
    result = _run(ox, *arguments, typed={"revenue": 1000})
    assert result.exit_code == 0, result.output
    assert "silent_at_risk: no column tells who is at risk" in result.stdout
    assert "at risk in all" in result.stdout
    result = _run(ox, *arguments, typed={})
    assert result.exit_code == 2
    assert "revenue is missing" in result.stderr


def test_the_classifier_is_corrected_with_counts(ox):
    typed = {k: v for k, v in EXAMPLE.items() if k != "negative-share"}
    rates = ["--observed-negative-share", 0.22, "--sensitivity", "160/200", "--specificity", 0.95]
    result = _run(*rates, typed=typed)
    assert result.exit_code == 0, result.output
    assert "22.67 %" in result.stdout
    arguments = [
        "--negative",
        "r_stars<=2",
        "--complained",
        "o_tickets",
        "--retained",
        "o_retained",
    ]
    result = _run(ox, *arguments, *rates[2:], typed={"revenue": 1})
    assert result.exit_code == 2
    assert "--specificity '0.95': of how many labelled texts? Give e.g. 160/200" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--scenario", "complaint_share=0.2"], "expected NAME: complaint_share=0.2"),
        (["--scenario", "x: complaint_share"], "expected NAME=NUMBER"),
        (["--scenario", "x: recovery=1"], "scenario 'x': 'recovery' is no parameter"),
        (["--n", "silent=many"], "'many' is no number"),
        (["--n", "everybody=3"], "everybody"),
        (["--confidence", "95"], "--confidence 95, expected between 0 and 1"),
        (["--sensitivity", "1/0"], "0 cases, expected more than 0"),
    ],
)
def test_options_that_cannot_be_read_are_named(arguments, message):
    result = _run(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_table_needs_its_conditions(ox):
    result = _run(ox, "--negative", "stars<=2", typed={})
    assert "needs --complained, --retained" in result.stderr
    result = _run(
        ox,
        "--negative",
        "stars<=2",
        "--complained",
        "o_tickets",
        "--retained",
        "o_retained",
        typed={},
    )
    assert "'stars<=2': no column 'stars'; the table has customer, r_stars" in result.stderr


def test_a_hostile_name_cannot_act_on_the_terminal():
    result = _run("--scenario", "\x1b[2J[red]: complaint_share=0.5")
    assert result.exit_code == 0, result.output
    assert "\x1b" not in result.stdout
    assert r"\x1b[2J[red]" in result.stdout


def test_conditions_keep_missing_values_missing():
    table = pd.DataFrame({"a": [1, 2, None], "a<=2": [True, False, True], "t": ["x", "y", "z"]})
    assert read_condition(table, "a > 1").tolist() == [False, True, pd.NA]
    assert read_condition(table, "a").tolist() == [True, True, pd.NA]
    assert read_condition(table, "a<=2").tolist() == [True, False, True]  # a column of that name
    assert read_condition(table, "a != 2").tolist() == [True, False, pd.NA]
    with pytest.raises(ConfigError, match="'two' is no number"):
        read_condition(table, "a<two")
    with pytest.raises(SchemaError, match="expected true and false, or numbers"):
        read_condition(table, "t")
