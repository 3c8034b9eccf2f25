import numpy as np
import pytest

from nlp_cx.analyze.drivers.cell_differences import compare_with_cell, compare_with_rest
from nlp_cx.analyze.drivers.cell_means import (
    average_cells,
    covariance_of,
    effective_rows,
    interval_of,
)
from nlp_cx.analyze.proportions import newcombe_interval, two_proportion_test, wilson_interval


def _rows(n=600, n_clusters=80, n_cells=4, seed=0):
    """Rows of customers who are in several cells and differ from each other."""
    rng = np.random.default_rng(seed)
    clusters = rng.integers(0, n_clusters, n)
    cells = rng.integers(0, n_cells, n)
    values = rng.normal(size=n_clusters)[clusters] + 0.3 * cells + rng.normal(size=n) + 100
    return values, rng.random(n) + 0.5, clusters, cells


def _fit(values, weights, clusters, dummy=None):
    import statsmodels.api as sm

    x = np.ones((values.size, 1))
    if dummy is not None:
        x = np.column_stack([x, dummy.astype(float)])
    return sm.WLS(values, x, weights=weights).fit(
        cov_type="cluster", cov_kwds={"groups": clusters, "use_correction": False}
    )


def test_means_and_variances_are_those_of_statsmodels():
    values, weights, clusters, cells = _rows()
    found = average_cells(values, weights, clusters, cells, n_cells=4, kind="mean")
    for i in range(4):
        at = cells == i
        fit = _fit(values[at], weights[at], clusters[at])
        assert found.mean[i] == pytest.approx(fit.params[0])
        assert found.variance[i] == pytest.approx(fit.bse[0] ** 2)
        assert found.n[i] == at.sum()
        assert found.n_clusters[i] == np.unique(clusters[at]).size


@pytest.mark.parametrize("shift", [0, 1e6])
def test_the_error_against_the_rest_takes_shared_customers_in(shift):
    values, weights, clusters, cells = _rows()
    values = values + shift
    means = average_cells(values, weights, clusters, cells, n_cells=4, kind="mean")
    found = compare_with_rest(means, confidence=0.95)
    for i in range(4):
        fit = _fit(values, weights, clusters, cells == i)
        assert found.difference[i] == pytest.approx(fit.params[1], abs=1e-6)
        assert found.reference[i] == pytest.approx(fit.params[0])
        assert found.n_reference[i] == (cells != i).sum()
        # nearly: Welch's degrees of freedom and G / (G - 1) on each side
        assert (found.high - found.low)[i] == pytest.approx(2 * 1.98 * fit.bse[1], rel=0.03)
        assert found.p_value[i] == pytest.approx(fit.pvalues[1], abs=0.02)


def test_the_error_against_another_cell_takes_shared_customers_in():
    values, weights, clusters, cells = _rows()
    means = average_cells(values, weights, clusters, cells, n_cells=4, kind="mean")
    found = compare_with_cell(means, np.array([-1, 0, 0, 3]), confidence=0.95)
    assert np.isnan(found.difference[[0, 3]]).all()
    for i in (1, 2):
        at = (cells == 0) | (cells == i)
        fit = _fit(values[at], weights[at], clusters[at], cells[at] == i)
        assert found.difference[i] == pytest.approx(fit.params[1])
        assert (found.high - found.low)[i] == pytest.approx(2 * 1.98 * fit.bse[1], rel=0.03)


def test_covariances_are_those_of_the_influences():
    values, weights, clusters, cells = _rows()
    means = average_cells(values, weights, clusters, cells, n_cells=4, kind="mean")
    spread = covariance_of(means)
    assert np.diag(spread) == pytest.approx(means.variance)
    pair = compare_with_cell(means, np.array([1, -1, -1, -1]), confidence=0.95)
    fit = _fit(*(a[cells < 2] for a in (values, weights, clusters)), cells[cells < 2] == 0)
    both = spread[0, 0] + spread[1, 1] - 2 * spread[0, 1]
    assert both == pytest.approx(fit.bse[1] ** 2)
    assert pair.difference[0] == pytest.approx(fit.params[1])


def test_shares_without_weights_or_customers_are_plain_shares():
    k, n = np.array([60, 90, 3]), np.array([1000, 1000, 50])
    cells = np.repeat([0, 1, 2], n)
    values = np.concatenate([np.arange(m) < hits for hits, m in zip(k, n, strict=True)]).astype(
        float
    )
    means = average_cells(values, np.ones(2050), np.arange(2050), cells, n_cells=3, kind="share")
    assert effective_rows(means) == pytest.approx(n)
    assert interval_of(means, confidence=0.95) == tuple(
        pytest.approx(end) for end in wilson_interval(k, n)
    )
    found = compare_with_cell(means, np.array([-1, 0, 0]), confidence=0.95)
    assert found.p_value[1] == pytest.approx(0.01087, abs=5e-6)  # reference section A2
    assert np.isnan(found.p_value[2])  # 3 of 63 expected in 50: no test
    low, high = newcombe_interval(60, 1000, 90, 1000)
    assert (found.low[1], found.high[1]) == (pytest.approx(low), pytest.approx(high))
    rest = compare_with_rest(means, confidence=0.95)
    assert rest.p_value[1] == pytest.approx(float(two_proportion_test(63, 1050, 90, 1000).p_value))


def test_the_same_answer_five_times_by_a_customer_is_one():
    rng = np.random.default_rng(0)
    said = (rng.random(400) < 0.3).astype(float)
    once = average_cells(
        said, np.ones(400), np.arange(400), np.zeros(400, int), n_cells=1, kind="share"
    )
    five = average_cells(
        np.repeat(said, 5), np.ones(2000), np.repeat(np.arange(400), 5), np.zeros(2000, int),
        n_cells=1, kind="share",
    )  # fmt: skip
    assert five.n[0] == 2000
    assert effective_rows(five) == pytest.approx(effective_rows(once), rel=0.02)


def test_none_of_many_is_0_and_not_known_without_error():
    values = np.zeros(60)
    weights = np.random.default_rng(0).random(60) + 0.1
    means = average_cells(
        values, weights, np.arange(60), np.zeros(60, int), n_cells=1, kind="share"
    )
    low, high = interval_of(means, confidence=0.95)
    assert means.mean[0] == low[0] == 0
    n = weights.sum() ** 2 / (weights**2).sum()
    assert high[0] == pytest.approx(float(wilson_interval(0, n)[1]), rel=0.01)


def test_empty_cells_and_cells_of_one_have_no_interval():
    cells = np.array([0, 2, 2, 2])
    means = average_cells(
        np.array([1.0, 2, 3, np.nan]), np.ones(4), np.arange(4), cells, n_cells=3, kind="mean"
    )
    assert means.n.tolist() == [1, 0, 2]
    low, _ = interval_of(means, confidence=0.95)
    assert np.isnan(low).tolist() == [True, True, False]
    rest = compare_with_rest(means, confidence=0.95)
    assert np.isnan(rest.p_value[:2]).all()


@pytest.mark.parametrize("kind", ["share", "mean"])
def test_intervals_of_differences_cover_with_weights_and_customers(kind):
    """1,500 samples of 60 customers with 3 rows each, half of the customers in both cells."""
    rng = np.random.default_rng(1)
    n_runs, covered = 1500, 0
    for _ in range(n_runs):
        customer = np.repeat(np.arange(60), 3)
        cells = np.where(
            customer % 4 == 0, 0, np.where(customer % 4 == 1, 1, rng.integers(0, 2, 180))
        )
        taste = rng.normal(size=60)[customer]
        if kind == "share":  # P(index > 0.3) for an index of variance 2 and 0.5 more in cell 1
            values = (taste + rng.normal(size=180) + 0.5 * cells > 0.3).astype(float)
            truth = 0.1403  # normal: P(Z > -0.2 / √2) - P(Z > 0.3 / √2)
        else:
            values, truth = taste + rng.exponential(size=180) + 0.5 * cells, 0.5
        weights = rng.random(60)[customer] + 0.5
        means = average_cells(values, weights, customer, cells, n_cells=2, kind=kind)
        found = compare_with_cell(means, np.array([-1, 0]), confidence=0.95)
        covered += found.low[1] <= truth <= found.high[1]
    assert 0.93 <= covered / n_runs <= 0.97
