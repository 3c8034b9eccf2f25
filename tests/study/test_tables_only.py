"""A study without texts tells where its outcomes stand, and what is missing once."""

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from nlp_cx.cli.app import app
from nlp_cx.report.material import load_material
from nlp_cx.study.guesses import guess_study


@pytest.fixture
def customers(tmp_path):
    n = 400
    frame = pd.DataFrame(
        {
            "Customer ID": [f"c{i}" for i in range(n)],
            "Contract": ["month", "year"] * (n // 2),
            "Satisfaction Score": [1 + i % 5 for i in range(n)],
            "Churn Value": [int(i % 4 == 0) for i in range(n)],
        }
    )
    path = tmp_path / "customers.csv"
    frame.to_csv(path, index=False)
    return path, frame


def test_outcomes_and_groups_are_guessed_and_said(customers):
    guesses = guess_study([str(customers[0])])
    assert guesses.raw["outcomes"] == [
        {"column": "Satisfaction Score", "higher_is_better": True},
        {"column": "Churn Value", "higher_is_better": False},
    ]
    assert guesses.raw["groups"] == ["Contract"]
    assert any("no column is named like a text" in line for line in guesses.lines)


def test_levels_are_told_and_what_is_missing_is_told_once(customers, tmp_path):
    path, frame = customers
    out = tmp_path / "out.html"
    result = CliRunner().invoke(
        app, ["report", str(path), "-o", str(out), "--markdown", str(tmp_path / "out.md")]
    )
    assert result.exit_code == 0, result.output
    levels = load_material(tmp_path / "out.study" / "material").tables["outcome_levels"]
    found = levels.set_index(["outcome", levels["group"].fillna("all")])["estimate"]
    assert found["o_Satisfaction Score", "all"] == pytest.approx(3.0)
    assert found["o_Churn Value", "all"] == pytest.approx(0.25)
    by_contract = frame.groupby("Contract")["Churn Value"].mean()
    assert found["o_Churn Value", "month"] == pytest.approx(by_contract["month"])
    told = (tmp_path / "out.md").read_text(encoding="utf-8")
    assert "“Churn Value” | 25.0%" in told
    drivers = told.partition("## Drivers")[2].partition("## Evidence")[0]
    assert drivers.count("No input holds texts.") == 1
    record = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    assert record["missing"]["importance"][0] == "No input holds texts."


def test_a_changed_table_is_analysed_again(customers, tmp_path):
    path, frame = customers
    out = tmp_path / "out.html"
    for churned in (frame["Churn Value"], 1):
        frame.assign(**{"Churn Value": churned}).to_csv(path, index=False)
        CliRunner().invoke(app, ["report", str(path), "-o", str(out)])
    levels = load_material(tmp_path / "out.study" / "material").tables["outcome_levels"]
    whole = levels[levels["group"].isna()].set_index("outcome")["estimate"]
    assert whole["o_Churn Value"] == 1.0


def test_outcomes_beyond_the_third_are_named_as_left_out(tmp_path):
    names = ["rating", "rooms", "value", "location"]
    rows = [
        {"review": "The room was clean." if i % 2 else "Rude staff.", "id": i}
        | {name: 1 + (i + k) % 5 for k, name in enumerate(names)}
        for i in range(120)
    ]
    pd.DataFrame(rows).to_csv(tmp_path / "hotels.csv", index=False)
    study = "n_bootstrap = 20\n[[inputs]]\npath = 'hotels.csv'\nkind = 'reviews'\n"
    study += "".join(f"[[outcomes]]\ncolumn = '{name}'\n" for name in names)
    (tmp_path / "study.toml").write_text(study, encoding="utf-8")
    out = tmp_path / "out.html"
    result = CliRunner().invoke(app, ["report", str(tmp_path / "study.toml"), "-o", str(out)])
    assert result.exit_code == 0, result.output
    notes = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))["notes"]
    assert any("first 3 outcomes. Of r_location" in note for note in notes)
