"""BG/NBD against published numbers, the package lifetimes, and worlds with known parameters."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import hyp2f1

from nlp_cx.analyze.metrics.bg_nbd import (
    BgNbd,
    expected_purchases,
    fit_bg_nbd,
    probability_alive,
    score_purchases,
)
from nlp_cx.analyze.metrics.purchases import summarize_purchases
from nlp_cx.errors import AnalysisError, DataWarning

PUBLISHED = BgNbd(0.243, 4.414, 0.793, 2.426)


def make_summary(*rows):
    return pd.DataFrame(rows, columns=["frequency", "recency", "age"])


def test_published_parameters_give_the_worked_numbers():
    summary = make_summary((2, 30.43, 38.86), (0, 0, 38.86), (0, 0, 0))
    expected = expected_purchases(PUBLISHED, summary, 39)
    assert expected == pytest.approx([1.22603, 0.19510, 1.19672], abs=5e-6)
    assert probability_alive(PUBLISHED, summary)[0] == pytest.approx(0.72658, abs=5e-6)
    assert probability_alive(PUBLISHED, summary)[1] == 1  # by assumption of the model


@settings(max_examples=60)
@given(
    st.tuples(*[st.floats(0.1, 5)] * 2, st.floats(0.1, 0.9) | st.floats(1.1, 5), st.floats(0.1, 5)),
    st.integers(0, 12),
    st.floats(1, 40),
    st.floats(0.5, 60),
)
def test_expectation_is_equation_10_of_the_paper(parameters, x, age, horizon):
    r, alpha, a, b = parameters
    last = 0.0 if x == 0 else 0.7 * age
    z = horizon / (alpha + age + horizon)
    shrunk = ((alpha + age) / (alpha + age + horizon)) ** (r + x)
    above = (a + b + x - 1) / (a - 1) * (1 - shrunk * hyp2f1(r + x, b + x, a + b + x - 1, z))
    below = 1 + (x > 0) * a / (b + x - 1) * ((alpha + age) / (alpha + last)) ** (r + x)
    model = BgNbd(r, alpha, a, b)
    found = expected_purchases(model, make_summary((x, last, age)), horizon)[0]
    assert found == pytest.approx(above / below, rel=1e-6, abs=1e-9)


def test_a_of_one_is_as_its_neighbours():
    summary = make_summary((3, 20, 30))
    at, left, right = (
        expected_purchases(BgNbd(0.5, 4, a, 2), summary, 20)[0] for a in (1, 0.999, 1.001)
    )
    assert left > at > right
    assert at == pytest.approx((left + right) / 2, rel=1e-5)


def test_customers_of_many_purchases_have_a_finite_expectation():
    summary = make_summary((2000, 999, 1000), (2000, 500, 1000))
    expected = expected_purchases(PUBLISHED, summary, 100)
    assert 100 < expected[0] < 210
    assert 0 <= expected[1] < 1e-6


def test_no_horizon_no_purchases_and_longer_is_more():
    summary = make_summary((2, 30, 40), (0, 0, 40))
    totals = [expected_purchases(PUBLISHED, summary, t) for t in (0, 1, 10, 100, 10_000)]
    assert (totals[0] == 0).all()
    assert (np.diff(totals, axis=0) > 0).all()
    with pytest.raises(AnalysisError, match="horizon -1"):
        expected_purchases(PUBLISHED, summary, -1)


def test_scores_are_the_slopes_of_the_likelihood():
    rows = np.array([[2, 30.43, 38.86], [0, 0, 38.86], [7, 12, 20]])
    theta = np.log([0.243, 4.414, 0.793, 2.426])
    _, scores = score_purchases(theta, rows)
    for i, unit in enumerate(np.eye(4)):
        up, down = (score_purchases(theta + step * unit, rows)[0] for step in (1e-6, -1e-6))
        assert scores[i] == pytest.approx((up - down) / 2e-6, abs=1e-6)


def test_fit_of_cdnow_is_the_published_one(cdnow_summary):
    # Fader, Hardie and Lee (2005): .243, 4.414, .793, 2.426, log likelihood -9582.4; more digits
    # from the tests of the R package CLVTools: .2425945, 4.4136019, .7929199, 2.4258881, -9582.429
    model = fit_bg_nbd(cdnow_summary)
    assert (model.r, model.alpha, model.a, model.b) == pytest.approx(
        (0.2425945, 4.4136019, 0.7929199, 2.4258881), rel=1e-4
    )
    assert model.log_likelihood == pytest.approx(-9582.429, abs=5e-4)


@pytest.mark.filterwarnings("ignore")
def test_fit_and_forecast_of_cdnow_equal_lifetimes(cdnow_summary):
    lifetimes = pytest.importorskip("lifetimes")
    other = lifetimes.BetaGeoFitter().fit(
        *(cdnow_summary[name] for name in ("frequency", "recency", "age"))
    )
    model = fit_bg_nbd(cdnow_summary)
    assert tuple(other.params_) == pytest.approx((model.r, model.alpha, model.a, model.b), rel=1e-3)
    expected = other.conditional_expected_number_of_purchases_up_to_time(
        39, *(cdnow_summary[name] for name in ("frequency", "recency", "age"))
    )
    assert expected_purchases(model, cdnow_summary, 39).sum() == pytest.approx(
        expected.sum(), rel=1e-3
    )


def test_parameters_of_a_known_world_are_found(simulate):
    truth = {"r": 0.6, "alpha": 4.0, "a": 0.8, "b": 2.5}
    orders = simulate(1500, **truth, p=6, q=4, gamma=15, weeks=52, seed=1)
    model = fit_bg_nbd(summarize_purchases(orders, "who", "at"))
    assert model.r == pytest.approx(0.6, rel=0.25)
    assert model.r / model.alpha == pytest.approx(0.15, rel=0.25)
    assert model.a / (model.a + model.b) == pytest.approx(0.8 / 3.3, rel=0.25)


def test_the_unit_of_time_does_not_matter():
    rows = [(0, 0, 30)] * 60 + [(1, 5, 30)] * 20 + [(3, 12, 30)] * 15 + [(8, 28, 30)] * 5
    weeks = make_summary(*rows)
    days = weeks.assign(recency=7.0 * weeks["recency"], age=7.0 * weeks["age"])
    in_weeks, in_days = fit_bg_nbd(weeks), fit_bg_nbd(days)
    assert in_days.alpha == pytest.approx(7 * in_weeks.alpha, rel=1e-3)
    assert expected_purchases(in_days, days, 70) == pytest.approx(
        expected_purchases(in_weeks, weeks, 10), rel=1e-4
    )


def test_weights_are_copies():
    rows = [(0, 0, 30)] * 6 + [(1, 5, 30)] * 4 + [(3, 12, 30)] * 3 + [(8, 28, 30)] * 2
    summary = make_summary(*rows)
    copied = pd.concat([summary, summary.tail(5)])
    weights = np.repeat([1.0, 2.0], [10, 5])
    one, other = fit_bg_nbd(copied), fit_bg_nbd(summary, weights=weights)
    assert one.log_likelihood == pytest.approx(other.log_likelihood)
    assert one.alpha == pytest.approx(other.alpha, rel=1e-3)


def test_nobody_came_back_and_bad_rows_are_refused():
    with pytest.raises(AnalysisError, match="none of the 5 customers bought again"):
        fit_bg_nbd(make_summary(*[(0, 0, 30)] * 5))
    with pytest.raises(AnalysisError, match="recency is beyond age"):
        fit_bg_nbd(make_summary((1, 40, 30)))


def test_parameters_that_the_data_do_not_tell_are_warned_of():
    # Customers who all buy every week until the end: nobody leaves.
    rows = make_summary(*[(10 + i % 5, 29.5, 30) for i in range(60)])
    with pytest.warns(DataWarning, match="ran to the edge"):
        fit_bg_nbd(rows)
