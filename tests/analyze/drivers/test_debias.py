"""The engine on arrays: against ppi-python, statsmodels, and simulations with known truth."""

import numpy as np
import pytest

from nlp_cx.analyze.drivers.debias import Rows, debias, interval, take_plain
from nlp_cx.analyze.drivers.fits import fit_mean, fit_model
from nlp_cx.errors import AnalysisError

SENSITIVITY, SPECIFICITY = 0.75, 0.9
SHARES = np.array([0.25, 0.15, 0.3])
SLOPES = np.array([-1.0, -0.6, 0.4])


def rows(n, start=0):
    return Rows(np.ones(n), np.arange(start, start + n))


def misread(true, rng):
    """Predict 0 and 1 with errors."""
    right = np.where(true > 0, SENSITIVITY, SPECIFICITY)
    return np.where(rng.random(true.shape) < right, true, 1 - true)


def draw(n, rng):
    """Draw an intercept with three mentions, and the same as they are read."""
    true = (rng.random((n, 3)) < SHARES).astype(float)
    ones = np.ones((n, 1))
    return np.hstack([ones, true]), np.hstack([ones, misread(true, rng)])


def estimate(n, n_others, rng, model, outcome, *, predicted_outcome=False):
    """Run the estimator once on fresh data; naive fit too."""
    x, xh = draw(n, rng)
    x_others, xh_others = draw(n_others, rng)
    y, y_others = outcome(x, rng), outcome(x_others, rng)
    yh, yh_others = y, y_others
    if predicted_outcome:
        xh, xh_others, yh, yh_others = x, x_others, misread(y, rng), misread(y_others, rng)
    ours, others = rows(n), rows(n_others, n)
    fits = (
        fit_model(x, y, ours.weights, model),
        fit_model(xh, yh, ours.weights, model),
        fit_model(xh_others, yh_others, others.weights, model),
    )
    return debias(*fits, labelled_rows=ours, other_rows=others), take_plain(fits[2], others)


def coverage(truth, results):
    low, high = np.array([interval(result, 0.95) for result in results]).transpose(1, 0, 2)
    return np.mean((low <= truth) & (truth <= high), axis=0)


def stars(x, rng):
    return 4 + x[:, 1:] @ SLOPES + rng.normal(0, 1, len(x))


def churn(x, rng):
    return (rng.random(len(x)) < 1 / (1 + np.exp(1 + x[:, 1:] @ SLOPES))).astype(float)


@pytest.mark.parametrize(
    ("model", "outcome", "predicted_outcome", "truth"),
    [
        ("ols", stars, False, [4, *SLOPES]),
        ("logit", churn, False, [-1, *-SLOPES]),
        ("logit", churn, True, [-1, *-SLOPES]),
    ],
    ids=["ols with predicted drivers", "logit with predicted drivers", "logit of predicted labels"],
)
def test_naive_coefficients_miss_the_truth_and_corrected_ones_cover_it(
    model, outcome, predicted_outcome, truth
):
    rng = np.random.default_rng(1)
    runs = [
        estimate(400, 1200, rng, model, outcome, predicted_outcome=predicted_outcome)
        for _ in range(600)
    ]
    naive = coverage(truth, [plain for _, plain in runs])
    corrected = coverage(truth, [powered for powered, _ in runs])
    assert naive.min() < 0.4
    assert ((corrected >= 0.93) & (corrected <= 0.97)).all()


def test_corrected_intervals_are_shorter_than_those_of_the_labelled_rows_alone():
    rng = np.random.default_rng(5)
    x, xh = draw(400, rng)
    x_others, xh_others = draw(20_000, rng)
    y, y_others = stars(x, rng), stars(x_others, rng)
    ours, others = rows(400), rows(20_000, 400)
    truth = fit_model(x, y, ours.weights, "ols")
    powered = debias(
        truth,
        fit_model(xh, y, ours.weights, "ols"),
        fit_model(xh_others, y_others, others.weights, "ols"),
        labelled_rows=ours,
        other_rows=others,
    )
    assert (powered.standard_error < 0.85 * take_plain(truth, ours).standard_error).all()


def test_means_agree_with_ppi_python():
    ppi = pytest.importorskip("ppi_py", reason="ppi-python is not installed")
    rng = np.random.default_rng(0)
    y = rng.normal(0, 1, 300)
    f, g = y + rng.normal(0.3, 0.5, 300), rng.normal(0.3, 1.1, 5000)
    w, w_others = rng.uniform(0.5, 2, 300), rng.uniform(0.5, 2, 5000)
    ours, others = Rows(w, np.arange(300)), Rows(w_others, np.arange(300, 5300))
    for tuning in (0.0, 0.6, 1.0):
        got = debias(
            fit_mean(y, w),
            fit_mean(f, w),
            fit_mean(g, w_others),
            labelled_rows=ours,
            other_rows=others,
            tuning=tuning,
        )
        expected = ppi.ppi_mean_pointestimate(y, f, g, lam=tuning, w=w, w_unlabeled=w_others)
        assert got.estimate == pytest.approx(np.atleast_1d(expected))
    ones = debias(
        fit_mean(y, np.ones(300)),
        fit_mean(f, np.ones(300)),
        fit_mean(g, np.ones(5000)),
        labelled_rows=rows(300),
        other_rows=rows(5000, 300),
        tuning=0.7,
    )
    low, high = ppi.ppi_mean_ci(y, f, g, alpha=0.05, lam=0.7)
    # ppi-python divides by n where we divide by n - 1
    assert ones.standard_error * 2 * 1.959964 == pytest.approx(high - low, rel=0.003)


def test_ols_with_predicted_outcomes_agrees_with_ppi_python():
    ppi = pytest.importorskip("ppi_py", reason="ppi-python is not installed")
    rng = np.random.default_rng(1)
    x, x_others = draw(400, rng)[0], draw(3000, rng)[0]
    y, y_others = stars(x, rng), stars(x_others, rng)
    f, g = y + rng.normal(0.5, 0.7, 400), y_others + rng.normal(0.5, 0.7, 3000)
    fits = (
        fit_model(x, y, np.ones(400), "ols"),
        fit_model(x, f, np.ones(400), "ols"),
        fit_model(x_others, g, np.ones(3000), "ols"),
    )
    got = debias(*fits, labelled_rows=rows(400), other_rows=rows(3000, 400), tuning=0.8)
    expected = ppi.ppi_ols_pointestimate(x, y, f, x_others, g, lam=0.8)
    assert got.estimate == pytest.approx(expected)


@pytest.mark.filterwarnings("ignore:.penalty. was deprecated")
def test_a_logit_of_predicted_labels_agrees_with_ppi_python():
    # Another estimator with the same limit: they differ by a fraction of the standard error.
    # Its intervals are not compared: they compile for 30 s, and are wider where predictions are
    # biased, as it takes their gradient at the corrected estimate.
    ppi = pytest.importorskip("ppi_py", reason="ppi-python is not installed")
    rng = np.random.default_rng(2)
    x, x_others = draw(1500, rng)[0], draw(5000, rng)[0]
    y, y_others = churn(x, rng), churn(x_others, rng)
    f, g = misread(y, rng), misread(y_others, rng)
    fits = (
        fit_model(x, y, np.ones(1500), "logit"),
        fit_model(x, f, np.ones(1500), "logit"),
        fit_model(x_others, g, np.ones(5000), "logit"),
    )
    got = debias(*fits, labelled_rows=rows(1500), other_rows=rows(5000, 1500), tuning=0.7)
    expected = ppi.ppi_logistic_pointestimate(x, y, f, x_others, g, lam=0.7)
    assert np.abs(got.estimate - expected).max() < 0.3 * got.standard_error.min()


@pytest.mark.parametrize("model", ["ols", "logit"])
def test_fits_agree_with_statsmodels(model):
    import statsmodels.api as sm

    rng = np.random.default_rng(4)
    x, _ = draw(200, rng)
    x[:, 1] *= 1e-6  # units do not matter
    w = rng.integers(1, 4, 200).astype(float)
    y = stars(x, rng) if model == "ols" else churn(x, rng)
    family = sm.families.Gaussian() if model == "ols" else sm.families.Binomial()
    expected = sm.GLM(y, x, family=family, freq_weights=w).fit(tol=1e-14)
    fit = fit_model(x, y, w, model)
    assert fit.estimate == pytest.approx(expected.params, rel=1e-6)
    plain = take_plain(fit_model(x, y, np.ones(200), model), rows(200))
    if model == "ols":
        robust = sm.OLS(y, x).fit(cov_type="HC2").bse
    else:
        robust = sm.GLM(y, x, family=family).fit(cov_type="HC0").bse
    assert plain.standard_error == pytest.approx(robust, rel=1e-6 if model == "ols" else 0.05)


def test_rows_of_a_cluster_count_together():
    import statsmodels.api as sm

    rng = np.random.default_rng(6)
    x, _ = draw(60, rng)
    y, clusters = stars(x, rng), np.repeat(np.arange(20), 3)
    plain = take_plain(fit_model(x, y, np.ones(60), "ols"), Rows(np.ones(60), clusters))
    robust = sm.OLS(y, x).fit(cov_type="cluster", cov_kwds={"groups": clusters}).bse
    assert plain.standard_error == pytest.approx(robust, rel=0.1)
    twice = Rows(np.ones(120), np.tile(np.arange(60), 2))
    copied = take_plain(fit_mean(np.tile(y, 2), np.ones(120)), twice)
    once = take_plain(fit_mean(y, np.ones(60)), rows(60))
    assert copied.standard_error == pytest.approx(once.standard_error, rel=0.01)


def test_a_cluster_with_labelled_and_other_rows_is_one_cluster():
    rng = np.random.default_rng(8)
    y = rng.normal(0, 1, 200)
    fits = (fit_mean(y, np.ones(200)), fit_mean(y, np.ones(200)), fit_mean(y, np.ones(200)))
    apart = debias(*fits, labelled_rows=rows(200), other_rows=rows(200, 200), tuning=1.0)
    together = debias(*fits, labelled_rows=rows(200), other_rows=rows(200), tuning=1.0)
    # With perfect predictions the mean is that of the other rows, whatever the clusters are.
    assert apart.standard_error == pytest.approx(together.standard_error)
    half = [
        debias(*fits, labelled_rows=rows(200), other_rows=other, tuning=0.5).standard_error
        for other in (rows(200, 200), rows(200))
    ]
    assert half[1] > half[0]


def test_collinear_columns_and_separated_outcomes_are_refused():
    x = np.column_stack([np.ones(20), np.arange(20.0), np.arange(20.0) * 2])
    with pytest.raises(AnalysisError, match="collinear"):
        fit_model(x, np.arange(20.0), np.ones(20), "ols")
    x = np.column_stack([np.ones(20), np.arange(20.0) >= 10])
    with pytest.raises(AnalysisError, match="separates"):
        fit_model(x, (np.arange(20) >= 10).astype(float), np.ones(20), "logit")
    with pytest.raises(AnalysisError, match="collinear"):
        fit_model(np.ones((1, 2)), np.ones(1), np.ones(1), "ols")
