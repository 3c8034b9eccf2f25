import numpy as np
import pandas as pd
import pytest

from nlp_cx.analyze.alerts.backtest import backtest
from nlp_cx.analyze.alerts.find_alerts import find_alerts
from nlp_cx.analyze.alerts.rules import AlertRules
from nlp_cx.config import parse_config

START = pd.Timestamp("2024-01-01")


def history(rng, days=280, per_day=20, shares=0.1, **columns):
    """Make rows of which a share is bad; `shares` may be one number per day."""
    share = np.broadcast_to(np.asarray(shares, float), days)
    at = START + pd.to_timedelta(np.repeat(np.arange(days), per_day) + 0.5, unit="D")
    n = days * per_day
    bad = (rng.random(n) < np.repeat(share, per_day)).astype(int)
    return pd.DataFrame({"id": np.arange(n), "at": at, "bad": bad, **columns})


def watch(**change):
    rule = {
        "name": "complaints",
        "severity": "low",
        "owner": "ops",
        "due_hours": 24,
        "metric": "share",
        "of": [{"column": "bad", "op": "==", "value": 1}],
        "window_days": 7,
        "step_days": 7,
        "baseline_days": 28,
    } | change
    return parse_config({"key": "id", "time": "at", "aggregate": [rule]}, AlertRules)


def test_false_alarms_are_as_many_as_fresh_histories_without_change_have():
    rng = np.random.default_rng(1)
    rows = [backtest(history(rng), watch(), n_runs=25, random_state=i).iloc[0] for i in range(30)]
    seen = np.array([row.cases_per_month for row in rows])
    told = np.array([row.false_per_month for row in rows])
    assert told.mean() == pytest.approx(seen.mean(), abs=3 * seen.std() / np.sqrt(len(rows)))
    # 2.5 % of about 36 windows, a little less as an open alert is not told twice
    assert 0.3 < told.mean() * 280 / 30 < 1.1
    assert np.mean([row.p_value <= 0.05 for row in rows]) <= 0.15


def test_a_real_change_stands_out_from_chance():
    shares = np.where(np.arange(280) < 210, 0.1, 0.2)
    ox = history(np.random.default_rng(2), shares=shares)
    strict = watch(baseline_days=84, alpha=0.001)
    row = backtest(ox, strict, n_runs=100).iloc[0]
    assert row.n_cases >= 1
    assert row.p_value < 0.05
    assert row.share_with_false < 0.05
    case = find_alerts(ox, strict, since=START).cases[0]
    assert "2024-07-29" < case["window_end"] < "2024-08-19"  # the change is on 2024-07-29


def test_benjamini_hochberg_keeps_false_alarms_of_many_segments_few():
    rng = np.random.default_rng(3)
    stores = rng.integers(0, 12, 280 * 120)
    ox = history(rng, per_day=120, store=stores)
    row = backtest(ox, watch(segment=["store"]), n_runs=30).iloc[0]
    # Without it 12 segments would give 12 times the false alarms of one
    assert row.false_per_month * 280 / 30 < 2.5


def test_counts_are_spread_evenly_where_nothing_changes():
    rng = np.random.default_rng(4)
    ox = history(rng)
    row = backtest(ox, watch(metric="count"), n_runs=60).iloc[0]
    assert 0.1 < row.false_per_month * 280 / 30 < 1.5
    burst = ox[(ox.bad == 0) | (ox["at"] > START + pd.Timedelta(days=200))]
    row = backtest(burst, watch(metric="count", min_n=20), n_runs=60).iloc[0]
    assert row.n_cases >= 1


def test_the_same_seed_gives_the_same_numbers_whatever_the_order_of_rows():
    ox = history(np.random.default_rng(5))
    ox["at"] += pd.to_timedelta(np.arange(len(ox)), unit="s")
    tried = backtest(ox, watch(), n_runs=20)
    pd.testing.assert_frame_equal(
        tried, backtest(ox.sample(frac=1, random_state=1), watch(), n_runs=20)
    )


def test_a_short_history_gives_a_reason():
    row = backtest(history(np.random.default_rng(6), days=5), watch(), n_runs=5).iloc[0]
    assert row.reason == "no window lies wholly between the first row and now"
    row = backtest(history(np.random.default_rng(6), days=20, per_day=1), watch(), n_runs=5).iloc[0]
    assert row.reason == "no window has enough rows to be judged"
    row = backtest(history(np.random.default_rng(6)), watch(), n_runs=0).iloc[0]
    assert row.reason == "no histories without change were asked for"
    assert np.isnan(row.false_per_month)


def test_a_record_rule_is_measured_by_its_outcome():
    ox = history(np.random.default_rng(7), days=10)
    ox["churned"] = pd.array(np.where(ox.id % 4 == 0, 1, 0), "Int64")
    ox.loc[ox.id < 40, "churned"] = pd.NA
    ox["warned"] = (ox.id % 8 == 0).astype(int)
    rule = {
        "name": "warned",
        "severity": "low",
        "owner": "ops",
        "due_hours": 24,
        "all": [{"column": "warned", "op": "==", "value": 1}],
        "outcome": {"column": "churned", "op": "==", "value": 1},
        "within_days": 1,
    }
    rules = parse_config({"key": "id", "time": "at", "record": [rule]}, AlertRules)
    row = backtest(ox, rules).iloc[0]
    assert row.n_cases == 25  # of all 200 records, whatever within_days says
    assert (row.n_known_outcome, row.outcome_share, row.base_share) == (20, 1.0, 0.25)
    assert row.outcome_low == pytest.approx(0.8389, abs=1e-4)  # Wilson of 20 of 20
    assert row.lift == 4
    assert row.cases_per_month == pytest.approx(75)
    assert "no case of it is false by chance" in row.reason
    assert np.isnan(row.false_per_month)
