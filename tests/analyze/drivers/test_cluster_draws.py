import numpy as np
import pytest

from nlp_cx.analyze.drivers import cluster_draws
from nlp_cx.analyze.drivers.cluster_draws import (
    Part,
    draw_deviations,
    jackknife_covariance,
    stretch_draws,
)
from nlp_cx.analyze.drivers.proportional_odds import fit_proportional_odds
from nlp_cx.analyze.drivers.row_terms import fit_linear
from nlp_cx.analyze.resample import draw_counts


def _table(n=120, n_clusters=30, seed=0):
    rng = np.random.default_rng(seed)
    clusters = np.sort(rng.integers(0, n_clusters, n))
    clusters = np.unique(clusters, return_inverse=True)[1].astype(np.int64)
    x = np.column_stack([rng.random(n) < 0.3, rng.random(n) < 0.5, np.ones(n)]).astype(float)
    y = x @ [-1, 0.5, 3] + rng.normal(size=n) + rng.normal(size=n_clusters)[clusters]
    return x, y, rng.random(n) + 0.5, clusters


def test_the_jackknife_is_leaving_out_and_fitting_again():
    x, y, weights, clusters = _table()
    terms = fit_linear(x, y, weights)
    left = np.array(
        [
            fit_linear(x[clusters != g], y[clusters != g], weights[clusters != g]).estimate
            for g in range(clusters.max() + 1)
        ]
    )
    n = len(left)
    expected = (left - terms.estimate).T @ (left - terms.estimate) * (n - 1) / n
    assert jackknife_covariance(Part(terms, clusters)) == pytest.approx(expected, rel=1e-3)


def test_rows_as_clusters_give_the_hc3_errors_of_statsmodels():
    import statsmodels.api as sm

    x, y, weights, _ = _table(400)
    part = Part(fit_linear(x, y, weights), np.arange(400))
    fit = sm.WLS(y, x, weights=weights).fit(cov_type="HC3")
    assert np.sqrt(np.diag(jackknife_covariance(part))) == pytest.approx(fit.bse, rel=2e-3)


def test_many_clusters_give_the_cluster_robust_errors_of_statsmodels():
    import statsmodels.api as sm

    x, y, weights, clusters = _table(4000, 800)
    part = Part(fit_linear(x, y, weights), clusters)
    fit = sm.WLS(y, x, weights=weights).fit(cov_type="cluster", cov_kwds={"groups": clusters})
    assert np.sqrt(np.diag(jackknife_covariance(part))) == pytest.approx(fit.bse, rel=0.02)


@pytest.mark.parametrize("bytes_kept", [0, 2**28])
def test_a_draw_is_a_fit_to_the_clusters_that_were_drawn(monkeypatch, bytes_kept):
    monkeypatch.setattr(cluster_draws, "_BYTES_KEPT", bytes_kept)
    monkeypatch.setattr(cluster_draws, "_BYTES_AT_ONCE", 8 * 9 * 7)  # a few rows at once
    x, y, weights, clusters = _table()
    terms = fit_linear(x, y, weights)
    n_clusters = int(clusters.max()) + 1
    some = clusters % 3 > 0  # the second part has other clusters missing
    parts = [
        Part(terms, clusters),
        Part(fit_linear(x[some], y[some], weights[some]), clusters[some]),
    ]
    draws = draw_deviations(parts, n_clusters, n_bootstrap=5, random_state=3)
    counts = np.concatenate(list(draw_counts(n_clusters, 5, random_state=3)))
    for drawn, count in zip(draws[0], counts, strict=True):
        again = fit_linear(x, y, weights * count[clusters]).estimate
        assert drawn + terms.estimate == pytest.approx(again, abs=1e-7)
    for drawn, count in zip(draws[1], counts, strict=True):
        again = fit_linear(x[some], y[some], weights[some] * count[clusters[some]]).estimate
        assert drawn + parts[1].terms.estimate == pytest.approx(again, abs=1e-7)


def test_one_step_of_the_odds_is_nearly_a_fit():
    x, y, weights, clusters = _table(1500, 300)
    steps = np.digitize(y, [1, 2.5, 3.5]).astype(float)
    terms = fit_proportional_odds(x[:, :2], steps, weights)
    n_clusters = int(clusters.max()) + 1
    draws = draw_deviations([Part(terms, clusters)], n_clusters, n_bootstrap=40, random_state=0)[0]
    counts = np.concatenate(list(draw_counts(n_clusters, 40, random_state=0)))
    again = np.array(
        [
            fit_proportional_odds(x[:, :2], steps, weights * count[clusters]).estimate
            for count in counts
        ]
    )
    error = (draws + terms.estimate - again)[:, :2]
    assert (np.sqrt((error**2).mean(axis=0)) < 0.1 * again[:, :2].std(axis=0)).all()


def test_a_mention_that_no_cluster_drawn_has_does_not_move():
    x, y, weights, _ = _table()
    x[:, 0] = 0
    x[5, 0] = 1
    part = Part(fit_linear(x, y, weights), np.arange(120))
    draws = draw_deviations([part], 120, n_bootstrap=200, random_state=0)[0]
    assert np.isfinite(draws).all()
    assert np.abs(draws[:, 1:]).max() < 2
    assert np.isfinite(jackknife_covariance(part)).all()


def test_a_part_of_which_nothing_was_drawn_gives_nothing():
    x, y, weights, _ = _table()
    part = Part(fit_linear(x[:12], y[:12], weights[:12]), np.repeat([0, 1], 6))
    draws = draw_deviations([part], 40, n_bootstrap=300, random_state=0)[0]
    share = np.isnan(draws).all(axis=1).mean()
    assert share == pytest.approx((38 / 40) ** 40, abs=0.06)


def test_draws_are_never_narrowed():
    rng = np.random.default_rng(0)
    draws = rng.normal(size=(2000, 2))
    wide = stretch_draws(draws, np.diag([4.0, 0.01]), 1000)
    assert wide.std(axis=0) == pytest.approx([2, draws[:, 1].std()], rel=0.01)
    few = stretch_draws(draws, np.diag([1.0, 1.0]), 5)
    assert few.std(axis=0) == pytest.approx(2.776 / 1.96, rel=0.01)
    assert np.isnan(stretch_draws(draws, np.eye(2), 1)).all()
