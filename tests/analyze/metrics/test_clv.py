"""Lifetime value by formula."""

import numpy as np
import pandas as pd
import pytest

from nlp_cx.analyze.metrics import (
    code_retention_clv,
    code_simple_clv,
    estimate_metrics,
    retention_clv,
    simple_clv,
)
from nlp_cx.analyze.metrics.inference import Inference, estimate_sample
from nlp_cx.analyze.metrics.samples import Sample
from nlp_cx.errors import AnalysisError, ConfigError, SchemaError


def test_simple_value_gives_the_worked_number():
    row = simple_clv(100, 4, 5).iloc[0]
    assert row["estimate"] == 2000
    assert np.isnan(row["low"])
    assert "typed-in" in row["reason"]


def test_retention_form_gives_the_worked_numbers():
    renewal = retention_clv(100, 0.8, 0.1)["estimate"].iloc[0]
    now = retention_clv(100, 0.8, 0.1, first_margin="now")["estimate"].iloc[0]
    assert renewal == pytest.approx(266.67, abs=0.005)
    assert now == pytest.approx(366.67, abs=0.005)


def test_retention_form_is_the_sum_of_its_series():
    t = np.arange(0, 2000)
    series = 100 * (0.8 / 1.1) ** t
    now = retention_clv(100, 0.8, 0.1, first_margin="now")["estimate"].iloc[0]
    assert now == pytest.approx(series.sum())
    assert retention_clv(100, 0.8, 0.1)["estimate"].iloc[0] == pytest.approx(series[1:].sum())


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ((100, 80, 0.1), r"retention 80, expected a share from 0 to 1 \(80 % is 0.8\)"),
        ((100, 1, 0), "no bound"),
        ((100, 0.8, -0.1), "discount -0.1"),
        ((np.nan, 0.8, 0.1), "margin nan"),
    ],
)
def test_impossible_rates_are_refused(numbers, message):
    with pytest.raises(AnalysisError, match=message):
        retention_clv(*numbers)


def test_the_form_must_be_known():
    with pytest.raises(ConfigError, match="'later'"):
        retention_clv(100, 0.8, 0.1, first_margin="later")


def make_customers(rng, n=400):
    return pd.DataFrame({"margin": rng.gamma(2, 50, n), "left": rng.random(n) < 0.2})


def test_retention_form_of_a_table():
    customers = make_customers(np.random.default_rng(0))
    statistics = code_retention_clv(customers, margin="margin", churned="left", discount=0.1)
    row = estimate_metrics(customers, statistics).iloc[0]
    expected = retention_clv(customers["margin"].mean(), 1 - customers["left"].mean(), 0.1)
    assert row["estimate"] == pytest.approx(expected["estimate"].iloc[0])
    assert row["low"] < row["estimate"] < row["high"]


def test_bootstrap_intervals_hold_the_truth():
    hits = 0
    for seed in range(500):
        customers = make_customers(np.random.default_rng(seed))
        (statistic,) = code_retention_clv(customers, margin="margin", churned="left", discount=0.1)
        n = len(customers)
        sample = Sample(statistic.values, np.ones(n), np.arange(n), False)
        row = estimate_sample(statistic, sample, Inference(n_bootstrap=150))
        hits += row["low"] <= 100 * 0.8 / 0.3 <= row["high"]
    assert 0.93 <= hits / 500 <= 0.97


def test_nobody_left_and_no_discount_has_no_value():
    customers = pd.DataFrame({"margin": [10.0, 20] * 6, "left": False})
    statistics = code_retention_clv(customers, margin="margin", churned="left", discount=0)
    row = estimate_metrics(customers, statistics).iloc[0]
    assert np.isnan(row["estimate"])
    assert "divides by zero" in row["reason"]


def test_columns_are_checked():
    customers = pd.DataFrame({"spent": [-1.0], "orders": [1], "years": [1]})
    names = {"revenue": "spent", "orders": "orders", "years_observed": "years", "years": 3}
    with pytest.raises(AnalysisError, match="column 'spent' holds 1 negative values"):
        code_simple_clv(customers, **names)
    with pytest.raises(SchemaError, match="clv: no column 'orders'"):
        code_simple_clv(customers.drop(columns="orders"), **names)
