"""Shares against statsmodels, scipy and worked numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import (
    confint_proportions_2indep,
    proportion_confint,
    proportions_ztest,
)

from nlp_cx.analyze.proportions import (
    adjust_p_values,
    effective_n,
    newcombe_interval,
    two_proportion_test,
    wilson_interval,
)
from nlp_cx.errors import AnalysisError, ConfigError


def test_wilson_gives_the_worked_numbers():
    low, high = wilson_interval([80, 0, 10], [100, 10, 10])
    assert low == pytest.approx([0.7112, 0, 0.7225], abs=5e-5)
    assert high == pytest.approx([0.8666, 0.2775, 1], abs=5e-5)
    assert low[1] == 0  # not -1e-17
    assert high[2] == 1


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_equals_statsmodels(counts):
    k, n = counts
    assert wilson_interval(k, n, 0.9) == pytest.approx(
        proportion_confint(k, n, alpha=0.1, method="wilson"), abs=1e-12
    )


def test_wilson_of_nothing_is_missing():
    low, high = wilson_interval([0, np.nan, 1], [0, 5, np.nan])
    assert np.isnan(low).all()
    assert np.isnan(high).all()


def test_impossible_shares_are_refused_with_the_first_one():
    with pytest.raises(AnalysisError, match=r"1 of 2 shares are impossible, e.g. 5 of 4"):
        wilson_interval([1, 5], [4, 4])


def test_a_confidence_in_percent_is_refused():
    with pytest.raises(ConfigError, match="confidence is 95"):
        wilson_interval(1, 2, 95)


def test_wilson_of_equal_weights_is_wilson_of_counts():
    assert effective_n(np.full(50, 0.2)) == pytest.approx(50)
    assert effective_n(np.full(50, 1e-200)) == pytest.approx(50)
    assert effective_n([]) == 0


def test_two_proportions_give_the_worked_numbers():
    test = two_proportion_test([60, 3], [1000, 50], [90, 6], [1000, 50])
    assert test.z == pytest.approx([2.5469, 1.0483], abs=5e-5)
    assert test.p_value == pytest.approx([0.01087, 0.2945], abs=5e-5)


@given(
    st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
)
def test_two_proportions_equal_statsmodels(first, second):
    (k1, n1), (k2, n2) = first, second
    test = two_proportion_test(k1, n1, k2, n2)
    if 0 < k1 + k2 < n1 + n2:
        z, p = proportions_ztest([k2, k1], [n2, n1])
        assert (float(test.z), float(test.p_value)) == pytest.approx((z, p), abs=1e-9)
    else:
        assert (test.z, test.p_value) == (0, 1)
    assert newcombe_interval(k1, n1, k2, n2) == pytest.approx(
        confint_proportions_2indep(k2, n2, k1, n1, method="newcomb"), abs=1e-9
    )


def test_newcombe_gives_the_published_numbers():
    # Newcombe (1998), Table II, method 10: 56/70 - 48/80, 9/10 - 3/10, 10/10 - 0/10
    low, high = newcombe_interval([48, 3, 0], [80, 10, 10], [56, 9, 10], [70, 10, 10])
    assert low == pytest.approx([0.0524, 0.1705, 0.6075], abs=5e-5)
    assert high == pytest.approx([0.3339, 0.8090, 1.0], abs=5e-5)


def test_two_proportions_without_trials_are_missing():
    test = two_proportion_test(0, 0, 3, 5)
    assert np.isnan([test.difference, test.z, test.p_value]).all()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_adjusted_p_values_equal_statsmodels_and_scipy(p):
    assert adjust_p_values(p) == pytest.approx(multipletests(p, method="fdr_bh")[1])
    assert adjust_p_values(p, "by") == pytest.approx(false_discovery_control(p, method="by"))


def test_what_was_not_tested_does_not_count():
    p = np.array([[0.01, np.nan], [0.04, 0.03]])
    assert adjust_p_values(p)[~np.isnan(p)] == pytest.approx([0.03, 0.04, 0.04])
    assert np.isnan(adjust_p_values(p)[0, 1])
    assert np.isnan(adjust_p_values([np.nan])).all()
    assert adjust_p_values([]).size == 0


def test_values_that_are_no_p_values_are_refused():
    with pytest.raises(AnalysisError, match=r"from 0\.2 to 3"):
        adjust_p_values([0.2, 3])
    with pytest.raises(ConfigError, match="'holm'"):
        adjust_p_values([0.2], "holm")
