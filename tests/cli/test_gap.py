"""The command ``nlp-cx gap``."""

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from nlp_cx.cli.app import app
from nlp_cx.cli.table_files import write_table
from nlp_cx.column_roles import set_roles
from nlp_cx.schema import ox_schema
from nlp_cx.taxonomy import load_taxonomy

# The retailer of the seven-step method, with what the source gives and nothing else.
SHEET = """
scale = [1, 10]
importance_scale = [0, 10]
[steps]
brand_value = "明码实价"
[drivers.product]
experience = 6
expectation = 7
ideal = 6
[drivers.service]
experience = 6
ideal = 6
[drivers.relationship]
experience = 4
ideal = 4
[drivers.price]
experience = 7
expectation = 7
ideal = 7
[drivers.convenience]
experience = 5
expectation = 7
importance = 9
ideal = 10
[drivers.brand]
experience = 7
expectation = 7
ideal = 7
[feedback]
levels = [1, 2, 3, 4]
results = [1, 2, 3, 4]
"""

SERVQUAL = """
[servqual]
tangibles = { perception = 5.1, expectation = 5.0, weight = 11 }
reliability = { perception = 4.2, expectation = 6.4, weight = 32 }
responsiveness = { perception = 4.8, expectation = 6.0, weight = 22 }
assurance = { perception = 5.5, expectation = 6.1, weight = 19 }
empathy = { perception = 5.0, expectation = 5.4, weight = 16 }
"""


def _run(*arguments):
    return CliRunner().invoke(app, ["gap", *map(str, arguments)])


@pytest.fixture
def sheet(tmp_path):
    def write(text=SHEET):
        path = tmp_path / "sheet.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def ox(tmp_path):
    rng = np.random.default_rng(0)
    n = 300
    frame = pd.DataFrame({"customer": np.arange(n) // 2, "store": rng.choice(["a", "b"], n)})
    frame["x_n_texts"] = 1
    mood = rng.normal(0, 1, n)
    for driver in load_taxonomy().ids:
        said = rng.random(n)
        negative, positive = (said < 0.3) & (mood < 0.5), said > 0.7
        frame[f"x_{driver}_negative"], frame[f"x_{driver}_positive"] = negative * 1, positive * 1
        frame[f"x_{driver}_score"] = np.where(negative, -0.8, np.where(positive, 0.8, np.nan))
    frame["r_expected_price"] = rng.integers(6, 10, n)
    frame["r_stars"] = np.clip(np.round(3 + mood + frame.x_price_positive), 1, 5)
    frame["text"] = rng.choice(["朋友推荐的，没想到这么难吃", "不错", "比上次好吃"], n)
    path = tmp_path / "ox.parquet"
    write_table(set_roles(frame, {"customer": "customer"}), path)
    return path


def test_the_worked_example_is_printed_with_what_is_not_known(sheet, tmp_path):
    result = _run("--sheet", sheet(), "-o", tmp_path / "out")
    assert result.exit_code == 0, result.output
    lines = {line.split()[0]: line.split() for line in result.stdout.splitlines() if line.strip()}
    assert lines["convenience"][1:8] == ["5", "7", "-2", "9", "-18", "10", "-5"]
    assert lines["product"][1:8] == ["6", "7", "-1", "?", "?", "6", "0"]
    assert lines["service"][1:6] == ["6", "?", "?", "?", "?"]
    assert "step 3: the lowest importance times satisfaction first: convenience" in result.stdout
    assert "step 4b: the lowest experience minus ideal first: convenience" in result.stdout
    assert "no unit added less than the first" in result.stdout
    assert "明码实价" in result.stdout
    written = pd.read_parquet(tmp_path / "out" / "seven_steps.parquet").set_index("driver")
    assert written.loc["convenience", "weighted_satisfaction"] == -18
    assert pd.isna(written.loc["service", "satisfaction"])


def test_servqual_is_typed_in(sheet):
    result = _run("--sheet", sheet(SERVQUAL))
    assert result.exit_code == 0, result.output
    assert "-0.86" in result.stdout
    assert "-1.135" in result.stdout


def test_assumptions_are_shown_as_such(sheet):
    text = SHEET.replace("[drivers.service]\nexperience = 6", '[drivers.service]\nexpectation = 6\nassumed = "expectation"\nexperience = 6')  # fmt: skip
    result = _run("--sheet", sheet(text))
    assert "assumed" in result.stdout
    (line,) = [line for line in result.stdout.splitlines() if line.startswith("  service")]
    assert line.endswith("expectation")


def test_a_table_gives_gaps_with_intervals(ox, tmp_path):
    result = _run(
        ox, "--experience", "x_{}_score", "--expectation", "r_expected_{}", "--linear", "--scale", "1-10"
    )  # fmt: skip
    assert result.exit_code == 2
    assert "r_expected_product" in result.stderr
    sheet = tmp_path / "price.toml"
    sheet.write_text('[drivers.price]\nexperience = "x_price_score"\nexpectation = "r_expected_price"\nimportance = 8\n')  # fmt: skip
    result = _run(ox, "--sheet", sheet, "--linear", "--group", "store", "-o", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert "Satisfaction = experience - expectation, by store" in result.stdout
    assert "text score, -1 as 1, 1 as 10" in result.stdout
    assert "difference score" in result.stdout
    gaps = pd.read_parquet(tmp_path / "out" / "satisfaction_gap.parquet").iloc[0]
    steps = pd.read_parquet(tmp_path / "out" / "seven_steps.parquet").iloc[0]
    assert steps["satisfaction"] == pytest.approx(gaps["estimate"])
    assert steps["weighted_low"] == pytest.approx(8 * gaps["low"])
    assert gaps["n_clusters"] < gaps["n"], "customers are taken from the table's roles"


def test_scores_of_texts_are_not_ratings_by_themselves(ox, tmp_path):
    sheet = tmp_path / "price.toml"
    sheet.write_text('[drivers.price]\nexperience = "x_price_score"\nexpectation = 7\n')
    result = _run(ox, "--sheet", sheet)
    assert result.exit_code == 2
    assert "Say how one stands for the other" in result.stderr


def test_derived_importance_stands_beside_stated(ox, tmp_path):
    sheet = tmp_path / "two.toml"
    sheet.write_text(
        "[drivers.price]\nexperience = 5\nexpectation = 7\nimportance = 3\n"
        "[drivers.service]\nexperience = 6\nexpectation = 7\nimportance = 9\n"
    )
    out = tmp_path / "out"
    result = _run(ox, "--sheet", sheet, "--outcome", "r_stars", "--n-bootstrap", 20, "-o", out)
    assert result.exit_code == 0, result.output
    assert "association only" in result.stdout
    steps = pd.read_parquet(out / "seven_steps.parquet").set_index("driver")
    assert steps["importance"].tolist() == [3, 9]
    assert steps["importance_derived"].sum() == pytest.approx(1)


def test_texts_tell_expectations_and_silence_is_not_filled(ox, tmp_path):
    result = _run(ox, "--text", "text", "-o", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert "word of mouth" in result.stdout
    assert "Silence is unknown" in result.stdout
    found = pd.read_parquet(tmp_path / "out" / "expectations.parquet")
    assert set(found["span"]) == {"朋友推荐", "没想到", "比上次"}


def test_evidence_gives_the_drivers(tmp_path):
    documents = pd.DataFrame({"doc_id": range(20), "text": ["服务比上次差"] * 20})
    evidence = pd.DataFrame({
        "doc_id": range(20), "clause_index": 0, "driver": "service", "driver_score": -0.9,
        "sentiment_score": -0.9})  # fmt: skip
    for name, frame in (("d", documents), ("e", evidence)):
        write_table(frame, tmp_path / f"{name}.parquet")
    result = _run(tmp_path / "d.parquet", "--text", "text", "--evidence", tmp_path / "e.parquet")
    assert result.exit_code == 0, result.output
    (line,) = [line for line in result.stdout.splitlines() if line.startswith("  service")]
    assert line.split()[:5] == ["service", "20", "0", "0", "100.0"]


def test_servqual_from_texts_needs_a_model_of_it(tmp_path):
    path = tmp_path / "ox.parquet"
    write_table(pd.DataFrame({name: [1.0] for name in ox_schema().names}), path)
    result = _run(path, "--text-servqual")
    assert result.exit_code == 2
    assert "were not scored for the taxonomy 'servqual'" in result.stderr


def test_a_plan_keeps_to_the_budget(sheet):
    plan = """
[[actions]]
action = "second shop"
driver = "convenience"
cost = 60
change = 3
[[actions]]
action = "[red]sale[/red]\\u001b[2J"
driver = "price"
cost = 50
change = 1
"""
    result = _run("--sheet", sheet("budget = 100\n" + SHEET + plan))
    assert result.exit_code == 0, result.output
    assert "60 of 100 spent" in result.stdout
    assert "[red]sale[/red]\\x1b[2J" in result.stdout
    assert "not weighed by importance" in result.stdout
    result = _run("--sheet", sheet(SHEET + plan))
    assert "a plan needs both" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "nothing to compare"),
        (("--text", "text"), "--text: name a table first"),
        (("--confidence", "95"), "expected between 0 and 1"),
        (("--scale", "ten"), "expected LOW-HIGH"),
        (("--sheet", "nosuch.toml"), "cannot be read"),
    ],
)
def test_mistakes_end_with_what_to_do(arguments, message):
    result = _run(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stdout == ""


def test_all_mistakes_of_a_sheet_are_named(sheet):
    result = _run(
        "--sheet", sheet("scael = [1, 10]\n[drivers.price]\nexperience = true\nidael = 3\n")
    )
    assert result.exit_code == 2
    for text in ("scael: unknown; did you mean 'scale'", "idael"):
        assert text in result.stderr


def test_columns_need_a_table(sheet):
    result = _run("--sheet", sheet('[drivers.price]\nexperience = "r_price"\nexpectation = 7\n'))
    assert "give the table that holds them" in result.stderr
