"""``nlp-cx metrics``: what is printed, what is written, what is refused."""

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from nlp_cx.cli.app import app
from nlp_cx.column_roles import set_roles


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run ``nlp-cx metrics`` in an empty folder; width does not wrap lines."""
    monkeypatch.chdir(tmp_path)

    def command(*arguments):
        result = CliRunner().invoke(app, ["metrics", *map(str, arguments)])
        return result.exit_code, result.output

    return command


@pytest.fixture
def ox(tmp_path):
    """Write a table of 240 customers."""
    rng = np.random.default_rng(0)
    n = 240
    frame = pd.DataFrame(
        {
            "customer": [f"c{i // 2}" for i in range(n)],
            "store": rng.choice(["north", "南店", ""], n, p=[0.5, 0.4, 0.1]),
            "at": pd.date_range("2024-01-10", periods=n, freq="D").strftime("%d.%m.%Y"),
            "r_nps": rng.choice([10, 8, 3, 0], n, p=[0.4, 0.3, 0.2, 0.1]),
            "r_csat": rng.integers(1, 6, n),
            "r_ces": rng.integers(1, 8, n),
            "o_status": rng.choice(["stayed", "left"], n, p=[0.8, 0.2]),
            "o_orders": rng.integers(1, 4, n),
            "o_months": rng.integers(1, 30, n),
            "x_n_texts": 1,
            "x_loyalty": rng.choice([1, -1, np.nan], n),
            "x_sentiment": rng.uniform(-1, 1, n),
        }
    )
    path = tmp_path / "ox.csv"
    frame.to_csv(path, index=False)
    return path


def test_typed_in_numbers_give_the_worked_numbers(run):
    code, output = run(
        *("--nps-counts", "60/25/15", "--nps-before", "50/30/20", "--retention", "1000/1100/200"),
        *("--simple-clv", "100/4/5", "--retention-clv", "100/0.8/0.1"),
    )
    assert code == 0
    assert "retention_rate    90.0 %" in output
    assert "churn_rate        10.0 %" in output
    assert "2,000" in output
    assert "266.67" in output
    assert "+15.0  -6.2 to +35.4  0.170" in output


def test_more_than_100_percent_is_an_error_that_explains_why(run):
    code, output = run("--retention", "1000/1100/200", "--retention-formula", "end_over_start")
    assert code == 2
    assert "110.0 %" in output
    assert "200 new customers are counted as retained" in output


def test_all_metrics_are_printed_and_written(run, ox, tmp_path):
    code, output = run(
        *(ox, "--nps", "r_nps", "--csat", "r_csat", "--scale", "1-5", "--ces", "r_ces"),
        *("--ces-scale", "1-7", "--ces-direction", "ease_high_is_good"),
        *("--churn", "o_status=left", "--orders", "o_orders", "--text", "--mean", "o_months"),
        *("--group", "store", "--period", "at", "--date-format", "%d.%m.%Y", "--every", "quarter"),
        *("--customer", "customer", "--tenure", "o_months", "--at", "6,12", "-o", "out"),
    )
    assert code == 0, output
    metrics = pd.read_parquet(tmp_path / "out" / "metrics.parquet")
    assert metrics["metric"].tolist() == [
        "nps",
        "nps_promoters",
        "nps_passives",
        "nps_detractors",
        "csat_mean",
        "csat_top2_share",
        "ces_ease_mean",
        "ces_net_easy",
        "ces_easy_share",
        "ces_hard_share",
        "churn_rate",
        "retention_rate",
        "repurchase_rate",
        "mean[o_months]",
        "text_estimated_loyalty_net",
        "text_estimated_loyalty_stated_share",
        "text_estimated_sentiment_mean",
    ]
    assert (metrics["n_clusters"] <= 120).all()
    assert set(metrics["source"]) == {"surveyed", "operational", "text"}
    by_cell = pd.read_csv(tmp_path / "out" / "metrics_by_cell.csv")
    assert by_cell["period"].unique().tolist() == ["2024Q1", "2024Q2", "2024Q3"]
    assert by_cell["group"].isna().any()
    differences = pd.read_parquet(tmp_path / "out" / "differences.parquet")
    assert differences["p_adjusted"].notna().any()
    assert differences.attrs["note"].startswith("Associated with")
    assert (tmp_path / "out" / "retention_curve.parquet").exists()
    calibration = pd.read_parquet(tmp_path / "out" / "text_calibration.parquet")
    assert calibration["part"].tolist()[-2:] == ["all", "no text"]
    for sentence in (
        "Sources differ (operational, surveyed, text): do not add or average them.",
        "not shown to be caused by it",
        "never to be pooled with surveyed metrics",
        "data end on 2024-09-05",
        "南店",
    ):
        assert sentence in output


def test_lifetime_value_and_its_holdout_check(run, tmp_path):
    rng = np.random.default_rng(1)
    rows = []
    for who in range(150):
        at = rng.uniform(0, 30)
        rate = rng.gamma(0.8, 0.05)
        while at < 400:
            rows.append((who, pd.Timestamp("2024-01-01") + pd.Timedelta(days=at), rng.gamma(4, 10)))
            if rng.random() < 0.15:
                break
            at += rng.exponential(1 / rate)
    pd.DataFrame(rows, columns=["who", "day", "spent"]).to_parquet(tmp_path / "orders.parquet")
    options = ("--spend", "spent", "--customer", "who", "--date", "day", "--horizon", "26")
    code, output = run("orders.parquet", *options, "--holdout-from", "2024-08-31", "-o", "out")
    assert code == 0, output
    assert "clv_expected" in output
    assert "Holdout check: purchases per customer in the" in output
    assert (tmp_path / "out" / "holdout_check.csv").exists()
    code, output = run("orders.parquet", *options)
    assert "the forecast is unchecked" in output
    code, output = run("orders.parquet", "--spend", "spent", "--customer", "who")
    assert code == 2
    assert "--horizon WEEKS" in output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "nothing to compute"),
        (("ox.csv",), "nothing to compute: name columns"),
        (("ox.csv", "--nps", "r_csat"), "looks like a scale of 1-5"),
        (("ox.csv", "--nps", "x_sentiment"), "estimated from text"),
        (("ox.csv", "--csat", "r_csat"), "need --scale LOW-HIGH"),
        (("ox.csv", "--csat", "r_csat", "--scale", "five"), "--scale 'five', expected LOW-HIGH"),
        (("ox.csv", "--csat", "r_ces", "--scale", "1-5"), "are outside 1-5"),
        (("ox.csv", "--ces", "r_ces", "--ces-scale", "1-7"), "--ces-direction"),
        (("ox.csv", "--churn", "o_status"), "expected booleans or 0 and 1"),
        (("ox.csv", "--churn", "o_status=gone"), "no 'o_status' is 'gone'"),
        (("ox.csv", "--nps", "nps"), "no column 'nps'"),
        (("ox.csv", "--tenure", "o_months"), "--tenure needs --churn COL and --at"),
        (("--nps-counts", "50/30"), "2 numbers, expected 3: PROMOTERS/PASSIVES/DETRACTORS"),
        (("--nps-counts", "a/b/c"), "expected numbers with '/'"),
        (("--nps-before", "5/3/2"), "needs --nps-counts"),
        (("--retention", "10.5/9/0"), "expected whole numbers"),
    ],
)
def test_mistakes_are_explained(run, ox, arguments, message):
    code, output = run(*arguments)
    assert code == 2, output
    assert message in output.replace("\n", " ")


def test_the_customer_and_the_weights_of_the_table_are_used_and_said(run, tmp_path):
    frame = pd.DataFrame({"who": [1, 1, 2, 2] * 8, "w": 1.0, "r_nps": [10, 10, 0, 9] * 8})
    roles = {"who": "customer", "w": "weight"}
    set_roles(frame, roles).to_parquet(tmp_path / "ox.parquet")
    code, output = run("ox.parquet", "--nps", "r_nps")
    assert code == 0
    assert "customer: column 'who', by its role in the table" in output
    assert "adjusted Wald, clustered" in output
    assert "weight: column 'w', by its role in the table" in output


def test_hostile_names_are_shown_and_not_obeyed(run, tmp_path):
    frame = pd.DataFrame({"r_nps": [10, 0] * 10, "g": ["[red]\x1b[2J", "b\u202e"] * 10})
    frame.to_parquet(tmp_path / "ox.parquet")
    code, output = run("ox.parquet", "--nps", "r_nps", "--group", "g")
    assert code == 0
    assert "\x1b[2J" not in output
    assert "[red]\\x1b[2J" in output
    assert "\u202e" not in output
