import numpy as np
import pytest

from nlp_cx.analyze.drivers.proportional_odds import fit_proportional_odds, pool_levels
from nlp_cx.errors import AnalysisError


def _scale(n=500, n_levels=5, seed=0):
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.random(n) < 0.3, rng.random(n) < 0.5, rng.normal(size=n)]).astype(
        float
    )
    index = x @ [-1.2, 0.4, 0.3] + rng.logistic(size=n)
    return x, np.digitize(index, np.linspace(-2, 1.5, n_levels - 1)) + 1.0, rng.random(n) + 0.5


def _slopes(terms):
    return terms.estimate[:3]


def _information(terms, rows=slice(None)):
    return terms.information(rows).sum(axis=0)


def test_estimates_and_standard_errors_are_those_of_statsmodels():
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    x, y, _ = _scale()
    terms = fit_proportional_odds(x, y, np.ones(y.size))
    fit = OrderedModel(y, x, distr="logit").fit(method="bfgs", disp=0, gtol=1e-8)
    assert _slopes(terms) == pytest.approx(fit.params[:3], abs=1e-5)
    errors = np.sqrt(np.diag(np.linalg.inv(_information(terms))))
    assert errors[:3] == pytest.approx(fit.bse[:3], rel=1e-4)


def test_with_two_levels_it_is_the_weighted_logit_of_statsmodels():
    import statsmodels.api as sm

    x, y, weights = _scale(n_levels=2)
    terms = fit_proportional_odds(x, y, weights)
    fit = sm.GLM(
        y - 1, sm.add_constant(x), family=sm.families.Binomial(), freq_weights=weights
    ).fit()
    assert _slopes(terms) == pytest.approx(fit.params[1:], abs=1e-6)
    assert -terms.estimate[3] == pytest.approx(fit.params[0], abs=1e-6)


def test_scores_sum_to_0_and_are_the_gradient():
    x, y, weights = _scale()
    terms = fit_proportional_odds(x, y, weights)
    assert np.abs(terms.score.sum(axis=0)).max() < 1e-6
    # The derivative of the score by row is minus its information: leave one row out, refit.
    rest = np.arange(y.size) != 7
    again = fit_proportional_odds(x[rest], y[rest], weights[rest]).estimate
    information = _information(terms) - _information(terms, slice(7, 8))
    step = np.linalg.solve(information, -terms.score[7])
    assert again - terms.estimate == pytest.approx(step, abs=0.02 * np.abs(step).max())


def test_only_the_order_of_the_levels_counts():
    x, y, weights = _scale()
    a = fit_proportional_odds(x, y, weights)
    assert fit_proportional_odds(x, np.exp(y), weights).estimate == pytest.approx(a.estimate)
    turned = fit_proportional_odds(x, -y, weights)
    assert _slopes(turned) == pytest.approx(-_slopes(a), abs=1e-6)


def test_infinite_odds_are_refused():
    x = np.repeat([[0.0], [1.0]], 50, axis=0)
    y = np.r_[np.tile([1.0, 2], 25), np.full(50, 2.0)]
    with pytest.raises(AnalysisError, match="infinite"):
        fit_proportional_odds(x, y, np.ones(100))


def test_a_number_is_no_scale():
    y = np.arange(100.0)
    with pytest.raises(AnalysisError, match="2 to 20 levels, found 100"):
        fit_proportional_odds(y[:, None], y, np.ones(100))


def test_rare_levels_join_the_rarer_neighbour():
    y = np.repeat([1, 2, 3, 4, 5], [20, 3, 15, 2, 60]).astype(float)
    pooled, sizes = np.unique(pool_levels(y), return_counts=True)
    assert pooled.tolist() == [1, 2, 5]
    assert sizes.tolist() == [20, 20, 60]
    assert np.unique(pool_levels(np.arange(6.0))).size == 2


def test_one_step_is_a_fit_down_to_levels_of_ten_rows():
    """What `MIN_LEVEL` rests on: 80 samples, the lowest level has 10 of 600 rows."""
    from nlp_cx.analyze.drivers.cluster_draws import Part, draw_deviations
    from nlp_cx.analyze.resample import draw_counts

    x, y, _ = _scale(600)
    order = np.argsort(y + 1e-6 * np.arange(600))
    y = np.full(600, 2.0)
    y[order[:10]], y[order[300:]] = 1.0, 3.0
    terms = fit_proportional_odds(x, y, np.ones(600))
    steps = draw_deviations([Part(terms, np.arange(600))], 600, n_bootstrap=80, random_state=0)[0]
    again = []
    for counts in np.concatenate(list(draw_counts(600, 80, random_state=0))):
        at = np.repeat(np.arange(600), counts.astype(int))
        again.append(_slopes(fit_proportional_odds(x[at], y[at], np.ones(at.size))))
    error = steps[:, :3] + _slopes(terms) - again
    assert (np.sqrt((error**2).mean(axis=0)) < 0.2 * np.std(again, axis=0)).all()
