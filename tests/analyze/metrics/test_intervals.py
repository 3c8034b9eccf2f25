"""Intervals against worked numbers, scipy and statsmodels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from nlp_cx.analyze.metrics.intervals import (
    adjust_net,
    combine_intervals,
    net_interval,
    t_quantile,
)
from nlp_cx.analyze.proportions import newcombe_interval, wilson_interval
from nlp_cx.errors import ConfigError

# The numbers of the NPS vectors were computed apart from this code, with exact fractions.


@pytest.mark.parametrize(
    ("counts", "method", "expected"),
    [
        ((50, 30, 20), "wald", (14.69, 45.31)),
        ((50, 30, 20), "t", (14.42, 45.58)),
        ((50, 30, 20), "adjusted_wald", (14.05, 44.20)),
        ((7, 2, 1), "adjusted_wald", (7.04, 85.27)),
    ],
)
def test_nps_intervals_give_the_worked_numbers(counts, method, expected):
    n = sum(counts)
    low, high = net_interval(counts[0] / n, counts[2] / n, n, method=method)
    assert (100 * low, 100 * high) == pytest.approx(expected, abs=0.005)


def test_wald_overshoots_and_adjusted_wald_does_not():
    assert 100 * net_interval(0.7, 0.1, 10, method="wald")[1] == pytest.approx(101.1, abs=0.05)
    assert 100 * net_interval(0.7, 0.1, 10)[1] < 100


def test_wald_is_empty_where_all_answer_alike_and_adjusted_wald_is_not():
    assert net_interval(1, 0, 10, method="wald") == (1, 1)
    assert 100 * adjust_net(1, 0, 10).centre == pytest.approx(76.9, abs=0.05)
    low, high = net_interval(1, 0, 10)
    assert 100 * low == pytest.approx(47.5, abs=0.05)
    assert high == 1  # clipped


def test_trinomial_t_is_the_t_interval_of_the_mean():
    values = np.repeat([1, 0, -1], [50, 30, 20])
    expected = stats.t.interval(0.9, 99, loc=values.mean(), scale=stats.sem(values))
    assert net_interval(0.5, 0.2, 100, method="t", confidence=0.9) == pytest.approx(expected)


def test_unknown_method_is_refused():
    with pytest.raises(ConfigError, match="'exact'"):
        net_interval(0.5, 0.2, 100, method="exact")


def test_t_quantile_equals_scipy():
    assert t_quantile(0.95, 9) == pytest.approx(stats.t.ppf(0.975, 9))
    assert t_quantile(0.95, np.inf) == pytest.approx(stats.norm.ppf(0.975))
    assert np.isnan(t_quantile(0.95, 0))


counts = st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(counts, counts)
def test_difference_of_wilson_intervals_is_newcombe(first, second):
    parts = [
        (k / n, *(float(bound) for bound in wilson_interval(k, n))) for k, n in (first, second)
    ]
    expected = newcombe_interval(*first, *second)
    assert combine_intervals(*parts) == pytest.approx(expected, abs=1e-12)


def test_positive_correlation_narrows_a_difference():
    parts = (0.6, 0.5, 0.7), (0.8, 0.7, 0.9)
    apart, together = combine_intervals(*parts), combine_intervals(*parts, correlation=0.8)
    assert apart[0] < together[0] < 0.2 < together[1] < apart[1]
