"""Gamma-Gamma against published numbers and worlds with known parameters."""

import numpy as np
import pandas as pd
import pytest

from nlp_cx.analyze.metrics.gamma_gamma import (
    GammaGamma,
    check_independence,
    expected_value,
    fit_gamma_gamma,
    score_values,
)
from nlp_cx.errors import AnalysisError, DataWarning


def make_summary(x, m):
    x = np.asarray(x, float)
    return pd.DataFrame({"frequency": x, "recency": 10.0 * (x > 0), "age": 30.0, "value": m})


def draw_values(n, *, p=6.25, q=3.74, gamma=15.44, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.integers(1, 8, n)
    rate = rng.gamma(q, 1 / gamma, n)
    return make_summary(x, rng.gamma(p * x, 1 / (rate * x)))


def test_published_parameters_give_the_worked_numbers():
    model = GammaGamma(6.25, 3.74, 15.44)
    found = expected_value(model, make_summary([0, 1, 2], [0, 50, 22.35]))
    assert found == pytest.approx([35.219, 45.495, 24.664], abs=5e-4)


def test_fit_of_cdnow_is_the_published_one(cdnow_summary):
    # Fader and Hardie (2013): 6.25, 3.74, 15.44; log likelihood from the tests of CLVTools
    model = fit_gamma_gamma(cdnow_summary)
    assert (model.p, model.q, model.gamma) == pytest.approx((6.25, 3.74, 15.44), abs=0.006)
    assert model.log_likelihood == pytest.approx(-4055.9177, abs=5e-4)
    assert model.n_customers == 946


def test_number_and_value_of_cdnow_are_nearly_unrelated(cdnow_summary):
    table = check_independence(cdnow_summary)
    # 0.11 is the correlation that Fader and Hardie (2013) give
    assert table["estimate"].iloc[0] == pytest.approx(0.11, abs=0.005)


def test_parameters_of_a_known_world_are_found():
    summary = draw_values(4000)
    model = fit_gamma_gamma(summary)
    assert model.q == pytest.approx(3.74, rel=0.15)  # p is hard to tell apart from gamma
    known = summary["frequency"].to_numpy(), summary["value"].to_numpy()
    at_truth, at_fit = (
        score_values(np.log(at), *known)[0].sum()
        for at in ([6.25, 3.74, 15.44], [model.p, model.q, model.gamma])
    )
    assert at_truth <= at_fit <= at_truth + 8
    mean = expected_value(model, make_summary([0], [0]))[0]
    assert mean == pytest.approx(6.25 * 15.44 / 2.74, rel=0.05)


def test_the_currency_does_not_matter():
    summary = draw_values(500)
    cents = summary.assign(value=100 * summary["value"])
    one, other = fit_gamma_gamma(summary), fit_gamma_gamma(cents)
    assert (other.p, other.q, other.gamma) == pytest.approx(
        (one.p, one.q, 100 * one.gamma), rel=1e-3
    )


def test_scores_are_the_slopes_of_the_likelihood():
    x, m, theta = np.array([1.0, 3, 7]), np.array([12.0, 50, 31]), np.log([6.25, 3.74, 15.44])
    _, scores = score_values(theta, x, m)
    for i, unit in enumerate(np.eye(3)):
        up, down = (score_values(theta + step * unit, x, m)[0] for step in (1e-6, -1e-6))
        assert scores[i] == pytest.approx((up - down) / 2e-6, abs=1e-5)


def test_related_number_and_value_are_warned_of():
    x = np.repeat([1, 2, 3, 4, 5], 10)
    with pytest.warns(DataWarning, match=r"correlated \(1\.00\)"):
        table = check_independence(make_summary(x, 10.0 * x))
    assert (table["n"] == 50).all()
    few = check_independence(make_summary([0, 0, 1], [0, 0, 5]))
    assert few["estimate"].isna().all()
    assert few["reason"].notna().all()


def test_free_purchases_are_left_out_and_counted():
    summary = pd.concat([draw_values(200), make_summary([2, 3], [0, 0])], ignore_index=True)
    with pytest.warns(DataWarning, match="2 of 202 customers who bought again have a mean value"):
        model = fit_gamma_gamma(summary)
    assert model.n_customers == 200


def test_values_without_a_mean_are_refused():
    rng = np.random.default_rng(0)
    wild = make_summary(np.ones(400), np.exp(rng.standard_cauchy(400).clip(-20, 20)))
    with pytest.raises(AnalysisError, match="no mean"):
        fit_gamma_gamma(wild)
    with pytest.raises(AnalysisError, match="nobody bought again"):
        fit_gamma_gamma(make_summary([0, 0], [0, 0]))
