"""Lifetime value by model: the known world is found, and the holdout check tells a wrong model."""

import numpy as np
import pandas as pd
import pytest

from nlp_cx.analyze.metrics import (
    check_forecast,
    compare_lifetime_value,
    estimate_lifetime_value,
    forecast_customers,
)
from nlp_cx.analyze.metrics.bg_nbd import BgNbd, expected_purchases
from nlp_cx.analyze.metrics.gamma_gamma import GammaGamma
from nlp_cx.errors import AnalysisError

WORLD = {"r": 0.6, "alpha": 4.0, "a": 0.8, "b": 2.5, "p": 6, "q": 4, "gamma": 15}
COLUMNS = ("who", "at", "spent")


def true_purchases(weeks, horizon):
    model = BgNbd(*(WORLD[name] for name in ("r", "alpha", "a", "b")))
    nobody = pd.DataFrame({"frequency": [0.0], "recency": [0.0], "age": [0.0]})
    whole, seen = (expected_purchases(model, nobody, t)[0] for t in (weeks + horizon, weeks))
    return whole - seen


def test_intervals_hold_the_truth_of_a_known_world(simulate):
    # By a larger run apart from this suite, of 200 worlds of 600 customers: 94 % of the intervals
    # of the value held the truth, and 94.5 % of those of purchases.
    purchases = true_purchases(40, 26)
    truth = {"clv_expected": purchases * 6 * 15 / 3, "expected_purchases": purchases}
    held = dict.fromkeys(truth, 0)
    for seed in range(4):
        orders = simulate(250, **WORLD, weeks=40, seed=seed)
        result = estimate_lifetime_value(
            orders, *COLUMNS, horizon=26, until="2023-10-09"
        ).set_index("metric")
        for metric, value in truth.items():
            held[metric] += result.loc[metric, "low"] <= value <= result.loc[metric, "high"]
    assert min(held.values()) >= 3


def test_forecast_multiplies_purchases_and_values_and_discounts():
    summary = pd.DataFrame(
        {
            "customer": ["a", "b"],
            "frequency": [2, 0],
            "recency": [30.43, 0],
            "age": 38.86,
            "value": [22.35, 0],
        }
    )
    models = BgNbd(0.243, 4.414, 0.793, 2.426), GammaGamma(6.25, 3.74, 15.44)
    now = forecast_customers(summary, *models, horizon=39)
    assert now["expected_purchases"].tolist() == pytest.approx([1.22603, 0.19510], abs=5e-6)
    assert now["expected_revenue"].tolist() == pytest.approx(
        [1.22603 * 24.664, 0.19510 * 35.219], rel=1e-4
    )
    later = forecast_customers(summary, *models, horizon=39, discount=0.01)
    weekly = [
        np.diff([expected_purchases(models[0], summary, t)[0] for t in np.linspace(0, 39, 391)])
    ]
    exact = (weekly[0] / 1.01 ** (np.arange(390) / 10 + 0.05)).sum() * 24.664
    assert later["expected_revenue"][0] == pytest.approx(exact, rel=1e-4)
    assert later["expected_revenue"][0] < now["expected_revenue"][0]
    with pytest.raises(AnalysisError, match="horizon 0"):
        forecast_customers(summary, *models, horizon=0)


def test_groups_have_their_own_models_and_are_compared(simulate):
    north = simulate(160, **WORLD, weeks=40, seed=1).assign(store="north")
    south = simulate(160, **{**WORLD, "gamma": 60}, weeks=40, seed=2).assign(store="south")
    south["who"] += 1000
    few = north[north["who"] < 20].assign(who=lambda t: t["who"] + 5000, store="west")
    orders = pd.concat([north, south, few])
    result = estimate_lifetime_value(orders, *COLUMNS, horizon=26, group="store")
    clv = result[result["metric"] == "clv_expected"].set_index("group")
    assert clv.loc["south", "estimate"] > 2 * clv.loc["north", "estimate"]
    assert np.isnan(clv.loc["west", "estimate"])
    assert "20 customers" in clv.loc["west", "reason"]
    pairs = compare_lifetime_value(orders, *COLUMNS, horizon=26, group="store")
    row = pairs.iloc[0]
    assert (row["from_group"], row["group"]) == ("north", "south")
    assert row["estimate"] == pytest.approx(clv["estimate"]["south"] - clv["estimate"]["north"])
    assert row["p_value"] < 0.001
    assert row["unit"] == "expected revenue per customer in the next 26 weeks"
    assert pairs["reason"].iloc[1].startswith("20 customers")
    alone = estimate_lifetime_value(north, *COLUMNS, horizon=26, until=orders["at"].max())
    assert alone["estimate"].iloc[0] == pytest.approx(clv["estimate"]["north"], rel=1e-6)


def test_a_right_model_passes_the_holdout_check(simulate):
    orders = simulate(1200, **WORLD, weeks=66, seed=0)
    table = check_forecast(orders, "who", "at", value="spent", split="2023-10-09")
    every = table.set_index("repeat_purchases").loc["all"]
    assert every["n"] == 1200
    assert every["ratio"] == pytest.approx(1, abs=0.15)
    assert every["revenue_ratio"] == pytest.approx(1, abs=0.2)
    assert table["is_within"].dropna().mean() >= 0.7
    assert table.attrs["mean_absolute_error"] < table.attrs["naive_absolute_error"]
    assert table["n"].iloc[:-1].sum() == 1200


def test_a_model_of_a_world_that_ended_fails_the_holdout_check(simulate):
    orders = simulate(800, **WORLD, weeks=66, seed=4)
    split = pd.Timestamp("2023-10-09")
    closed = orders[(orders["at"] <= split) | (orders["who"] % 5 == 0)]  # the others cannot buy
    row = check_forecast(closed, "who", "at", split=split).iloc[-1]
    assert row["ratio"] > 2
    assert not row["is_within"]


def test_holdout_of_cdnow(cdnow):
    table = check_forecast(cdnow, "who", "at", value="spent", split="1997-09-30")
    every = table.iloc[-1]
    assert table.attrs["horizon"] == 39
    # 1,882 purchases in the 39 weeks after, as in Fader, Hardie and Lee (2005)
    assert every["observed"] * every["n"] == pytest.approx(1882)
    assert every["ratio"] == pytest.approx(0.8785, abs=5e-4)  # that of lifetimes too
    assert table["n"].tolist() == [1411, 439, 214, 100, 62, 38, 29, 64, 2357]
    assert table.attrs["mean_absolute_error"] < table.attrs["naive_absolute_error"]


def test_nothing_to_check_against_is_refused(simulate):
    orders = simulate(50, **WORLD, weeks=20, seed=0)
    with pytest.raises(AnalysisError, match="not before the end"):
        check_forecast(orders, "who", "at", split="2030-01-01")


def test_too_few_customers_give_a_reason(simulate):
    orders = simulate(60, **WORLD, weeks=20, seed=0)
    result = estimate_lifetime_value(orders, *COLUMNS, horizon=26)
    assert result["estimate"].isna().all()
    assert result["reason"].str.contains("fewer than min_n 100").all()
