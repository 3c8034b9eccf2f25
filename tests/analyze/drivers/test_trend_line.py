import numpy as np
import pytest
from scipy import stats

from nlp_cx.analyze.drivers.trend_line import fit_trend


def test_with_equal_errors_it_is_the_line_of_scipy():
    values = np.array([0.31, 0.28, 0.37, 0.36, 0.52, 0.49, 0.61])
    line = fit_trend(values, np.eye(7) * 1e-6)  # tiny errors: the scatter decides
    expected = stats.linregress(np.arange(7), values)
    assert line.slope == pytest.approx(expected.slope)
    assert line.p_value == pytest.approx(expected.pvalue)
    half = stats.t.ppf(0.975, 5) * expected.stderr
    assert (line.low, line.high) == pytest.approx((expected.slope - half, expected.slope + half))
    assert line.first == pytest.approx(expected.intercept)


def test_sampling_errors_that_explain_the_scatter_are_the_error_of_the_slope():
    values = np.array([1.0, 2.1, 2.9, 4.0])
    line = fit_trend(values, np.eye(4))
    assert line.scatter < 1
    assert line.high - line.low == pytest.approx(2 * 1.959964 / np.sqrt(5))  # Σ(t - 1.5)² = 5


def test_a_gap_keeps_its_place():
    values = np.array([0.0, 1, np.nan, 3, 4])
    line = fit_trend(values, np.eye(5))
    assert line.slope == pytest.approx(1)
    assert line.n_periods == 4


def test_a_period_that_is_hardly_known_hardly_counts():
    values = np.array([0.0, 1, 2, 3, -100])
    line = fit_trend(values, np.diag([1, 1, 1, 1, 1e9]))
    assert line.slope == pytest.approx(1, abs=1e-3)


def test_the_same_customers_in_all_periods_make_the_slope_surer():
    values = np.array([0.0, 1, 2, 3])
    apart, together = np.eye(4), np.eye(4) * 0.2 + 0.8
    wide = fit_trend(values, apart)
    narrow = fit_trend(values, together)
    assert narrow.high - narrow.low == pytest.approx((wide.high - wide.low) * np.sqrt(0.2))


def test_three_periods_are_no_trend():
    line = fit_trend(np.array([0.0, 1, 2, np.nan]), np.eye(4))
    assert line.n_periods == 3
    assert np.isnan([line.slope, line.low, line.p_value, line.scatter]).all()


@pytest.mark.parametrize("beyond", [0.0, 1.0])
@pytest.mark.parametrize("n_periods", [4, 8, 12])
def test_intervals_cover_whether_or_not_periods_differ_beyond_sampling(n_periods, beyond):
    rng = np.random.default_rng(n_periods)
    n_runs, covered = 800, 0
    for _ in range(n_runs):
        variance = rng.uniform(0.5, 2, n_periods)
        noise = rng.normal(size=n_periods) * np.sqrt(variance + beyond)
        line = fit_trend(0.3 * np.arange(n_periods) + noise, np.diag(variance))
        covered += line.low <= 0.3 <= line.high
        assert (line.p_value < 0.05) == (line.low > 0 or line.high < 0)
    assert 0.92 <= covered / n_runs <= 0.98
