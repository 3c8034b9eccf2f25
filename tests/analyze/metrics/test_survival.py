"""Kaplan-Meier against a published table, statsmodels, and the share without censoring."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.duration.survfunc import SurvfuncRight, survdiff

from nlp_cx.analyze.metrics import compare_retention_curves, estimate_retention_curve
from nlp_cx.errors import AnalysisError, SchemaError

# The trial of 6-mercaptopurine of Freireich and others (1963), Blood 21, 699-716; weeks in
# remission as in Cox (1972), Journal of the Royal Statistical Society B 34, Table 1. * censored.
TREATED = "6* 6 6 6 7 9* 10* 10 11* 13 16 17* 19* 20* 22 23 25* 32* 32* 34* 35*"
CONTROL = "1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23"


@pytest.fixture
def trial():
    cells = [(cell, "treated") for cell in TREATED.split()] + [
        (cell, "control") for cell in CONTROL.split()
    ]
    return pd.DataFrame(
        {
            "weeks": [int(cell.rstrip("*")) for cell, _ in cells],
            "left": ["*" not in cell for cell, _ in cells],
            "arm": [arm for _, arm in cells],
        }
    )


def test_curve_is_that_of_the_published_trial(trial):
    treated = trial[trial["arm"] == "treated"]
    at = [6, 7, 10, 13, 16, 22, 23]
    curve = estimate_retention_curve(treated, "weeks", "left", at=at, min_n=5)
    # S(t) and standard errors are those of every textbook that prints this example
    expected = [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    assert curve["estimate"].to_numpy() == pytest.approx(expected, abs=5e-4)
    assert curve["n_at_risk"].tolist() == [21, 17, 15, 12, 11, 7, 6]
    assert curve["n_churned"].tolist() == [3, 4, 5, 6, 7, 8, 9]


def test_curve_and_interval_equal_statsmodels(trial):
    treated = trial[trial["arm"] == "treated"]
    fit = SurvfuncRight(treated["weeks"], treated["left"].astype(int))
    row = estimate_retention_curve(treated, "weeks", "left", at=[13]).iloc[0]
    assert row["estimate"] == pytest.approx(fit.surv_prob[list(fit.surv_times).index(13)])
    se = fit.surv_prob_se[list(fit.surv_times).index(13)]
    half = 1.959964 * se / (row["estimate"] * abs(np.log(row["estimate"])))
    assert row["low"] == pytest.approx(row["estimate"] ** np.exp(half))
    assert row["high"] == pytest.approx(row["estimate"] ** np.exp(-half))


def test_log_rank_is_that_of_the_published_trial(trial):
    row = compare_retention_curves(trial, "weeks", "left", group="arm").iloc[0]
    value, p = survdiff(trial["weeks"], trial["left"].astype(int), trial["arm"])
    assert row["statistic"] == pytest.approx(value)
    assert row["p_value"] == pytest.approx(p)
    assert row["statistic"] == pytest.approx(16.79, abs=0.005)


def test_without_censoring_it_is_the_share_that_stays():
    table = pd.DataFrame({"months": np.arange(1, 41), "left": True})
    curve = estimate_retention_curve(table, "months", "left", at=[10, 30])
    assert curve["estimate"].tolist() == pytest.approx([0.75, 0.25])


def test_the_plain_share_would_be_too_high_where_many_joined_lately():
    rng = np.random.default_rng(0)
    life, watched = rng.exponential(20, 4000), rng.uniform(0, 24, 4000)
    table = pd.DataFrame({"months": np.minimum(life, watched), "left": life <= watched})
    row = estimate_retention_curve(table, "months", "left", at=[12]).iloc[0]
    truth = np.exp(-12 / 20)
    assert row["low"] <= truth <= row["high"]
    assert 1 - table["left"].mean() > row["high"]


def test_beyond_the_longest_watch_nothing_is_known():
    table = pd.DataFrame({"months": [3.0] * 12, "left": [True] * 4 + [False] * 8})
    curve = estimate_retention_curve(table, "months", "left", at=[2, 3, 4])
    assert curve["estimate"].tolist()[:2] == pytest.approx([1, 2 / 3])
    assert np.isnan(curve["estimate"][2])
    assert curve["reason"][2] == "nobody was watched for 4"
    assert curve["interval"][0] == "Wilson of those at risk"
    assert curve["low"][0] < 0.8


def test_everybody_gone_and_few_customers_say_so():
    gone = pd.DataFrame({"months": [1.0] * 12, "left": True})
    assert "everybody" in estimate_retention_curve(gone, "months", "left", at=[1])["reason"][0]
    few = estimate_retention_curve(gone.head(3), "months", "left", at=[1])
    assert few["reason"][0] == "3 customers, fewer than min_n 10"
    row = compare_retention_curves(
        gone.assign(left=False, g=["a", "b"] * 6), "months", "left", group="g", min_n=2
    ).iloc[0]
    assert row["reason"] == "nobody left on either side"


def test_times_until_which_few_were_watched_are_not_estimated(trial):
    treated = trial[trial["arm"] == "treated"]
    row = estimate_retention_curve(treated, "weeks", "left", at=[23]).iloc[0]
    assert np.isnan(row["estimate"])
    assert row["reason"] == "watched that long: 6, fewer than min_n 10"


def test_bad_durations_are_refused():
    table = pd.DataFrame({"months": [-1.0, 2], "left": [True, False]})
    with pytest.raises(AnalysisError, match=r"1 durations are negative, e\.g\. -1"):
        estimate_retention_curve(table, "months", "left", at=[1])
    with pytest.raises(SchemaError, match="no column 'days'"):
        estimate_retention_curve(table, "days", "left", at=[1])
