"""Satisfaction = experience - expectation, against statsmodels, scipy and simulations."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from nlp_cx.analyze.satisfaction.gap import GAP_NOTE, difference_reliability, satisfaction_gap
from nlp_cx.analyze.satisfaction.score_mapping import ScoreMapping
from nlp_cx.errors import AnalysisError, ConfigError, SchemaError

X, E = {"price": "r_x"}, {"price": "r_e"}


def _answers(n=200, *, seed=0, n_customers=None):
    rng = np.random.default_rng(seed)
    customer = np.arange(n) if n_customers is None else rng.integers(0, n_customers, n)
    level = rng.normal(0, 1, n if n_customers is None else n_customers)[customer]
    x = np.clip(np.round(6 + level + rng.normal(0, 1, n)), 1, 10)
    e = np.clip(np.round(7 + 0.5 * level + rng.normal(0, 1, n)), 1, 10)
    return pd.DataFrame({"r_x": x, "r_e": e, "customer": customer, "w": rng.uniform(0.5, 2, n)})


def test_the_gap_is_the_mean_of_differences_with_student_s_interval():
    ox = _answers()
    row = satisfaction_gap(ox, X, E, scale=(1, 10)).iloc[0]
    difference = ox.r_x - ox.r_e
    known = stats.ttest_1samp(difference, 0).confidence_interval(0.95)
    assert row["estimate"] == pytest.approx(difference.mean())
    assert row["experience"] - row["expectation"] == pytest.approx(row["estimate"])
    assert (row["low"], row["high"]) == pytest.approx((known.low, known.high))
    assert row["correlation"] == pytest.approx(np.corrcoef(ox.r_x, ox.r_e)[0, 1])
    assert row["sd_experience"] == pytest.approx(ox.r_x.std(ddof=0))


def test_weights_and_customers_are_those_of_statsmodels():
    ox = _answers(300, n_customers=60)
    row = satisfaction_gap(ox, X, E, scale=(1, 10), weights="w", cluster="customer").iloc[0]
    model = sm.WLS(ox.r_x - ox.r_e, np.ones(len(ox)), weights=ox.w)
    fit = model.fit(cov_type="cluster", cov_kwds={"groups": ox.customer}, use_t=True)
    low, high = np.asarray(fit.conf_int())[0]
    assert row["estimate"] == pytest.approx(fit.params.iloc[0])
    assert (row["low"], row["high"]) == pytest.approx((low, high), rel=1e-6)
    assert row["n_clusters"] == ox.customer.nunique()


def test_intervals_cover_the_truth():
    """500 surveys of 80 customers with 3 answers each; the true gap is -1."""
    rng = np.random.default_rng(1)
    mood = np.repeat(rng.normal(0, 1, 500 * 80), 3)
    ox = pd.DataFrame({"customer": np.repeat(np.arange(500 * 80), 3)})
    ox["survey"] = ox.customer // 80
    ox["r_x"] = 50 + mood + rng.normal(0, 1, len(ox))
    ox["r_e"] = 51 - mood + rng.normal(0, 1, len(ox))
    gaps = satisfaction_gap(ox, X, E, scale=(0, 100), cluster="customer", group="survey")
    assert len(gaps) == 500
    assert 0.93 <= ((gaps["low"] <= -1) & (gaps["high"] >= -1)).mean() <= 0.97


def test_only_rows_with_both_count_and_the_others_are_told():
    ox = pd.DataFrame({"r_x": [5, 6, None, 7], "r_e": [7, None, 8, 7]})
    row = satisfaction_gap(ox, X, E, scale=(1, 10), min_n=2).iloc[0]
    assert row[["n", "n_experience", "n_expectation"]].tolist() == [2, 3, 3]
    assert row["experience"] == 6
    assert row["estimate"] == -1


def test_silence_about_expectation_is_not_an_expectation():
    ox = pd.DataFrame({"r_x": [5.0, 6, 7], "r_e": [np.nan] * 3})
    gaps = satisfaction_gap(
        ox, {"price": "r_x", "brand": "r_x"}, {"price": "r_e"}, scale=(1, 10), min_n=2
    ).set_index("driver")
    for driver in ("price", "brand"):
        assert gaps.loc[driver, "experience"] == 6
        assert pd.isna(gaps.loc[driver, "expectation"])
        assert pd.isna(gaps.loc[driver, "estimate"])
        assert gaps.loc[driver, "n"] == 0
    assert gaps.loc["brand", "reason"] == "expectation not known"


def test_scores_of_the_text_need_a_declared_mapping():
    ox = pd.DataFrame({"x_price_score": [-1, 0, 1, np.nan], "r_e": [5, 5, 5, 5]})
    with pytest.raises(AnalysisError, match="Say how one stands for the other"):
        satisfaction_gap(ox, {"price": "x_price_score"}, E, scale=(1, 10))
    row = satisfaction_gap(
        ox, {"price": "x_price_score"}, E, scale=(1, 10), mapping=ScoreMapping.linear(1, 10), min_n=2
    ).iloc[0]  # fmt: skip
    assert row["experience"] == 5.5
    assert row["estimate"] == 0.5
    assert row["n"] == 3
    assert row["experience_from"] == "text score, -1 as 1, 1 as 10"
    with pytest.raises(ConfigError, match="both need the same ends"):
        satisfaction_gap(
            ox, {"price": "x_price_score"}, E, scale=(1, 10), mapping=ScoreMapping.linear(1, 5)
        )


@pytest.mark.parametrize("points", [((-1, 1),), ((-1, 5), (1, 1)), ((-0.5, 1), (1, 5)), ((-1, 1), (-1, 2), (1, 3))])  # fmt: skip
def test_a_mapping_rises_over_the_whole_range(points):
    with pytest.raises(ConfigError):
        ScoreMapping(points)


def test_performance_alone_leaves_expectation_out():
    row = satisfaction_gap(_answers(), X, scale=(1, 10), method="performance_only").iloc[0]
    assert row["estimate"] == row["experience"]
    assert pd.isna(row["expectation"])
    assert row["expectation_from"] == "left out"


def test_typed_in_expectation_stands_beside_surveyed_experience():
    ox = _answers(50)
    row = satisfaction_gap(ox, X, {"price": 7}, scale=(1, 10)).iloc[0]
    assert row["estimate"] == pytest.approx(ox.r_x.mean() - 7)
    assert row["expectation_from"] == "typed in"
    assert row["high"] - row["low"] > 0
    both = satisfaction_gap(ox, {"price": 6}, {"price": 7}, scale=(1, 10)).iloc[0]
    assert both["estimate"] == -1
    assert pd.isna(both["low"])
    assert both["reason"] == "typed in: no interval"


def test_groups_come_out_in_order_with_all_drivers():
    ox = _answers(90).assign(store=["b", "a", None] * 30)
    gaps = satisfaction_gap(
        ox, {"price": "r_x", "brand": "r_e"}, {"price": "r_e", "brand": "r_x"}, scale=(1, 10), group="store"
    )  # fmt: skip
    assert gaps[["group", "driver"]].values.tolist() == [
        ["a", "price"], ["a", "brand"], ["b", "price"], ["b", "brand"]]  # fmt: skip
    alone = satisfaction_gap(ox[ox.store == "b"], X, E, scale=(1, 10)).iloc[0]
    assert gaps.loc[2, "low"] == pytest.approx(alone["low"])


@pytest.mark.parametrize(
    ("x", "reason"),
    [
        ([5, 6], "interval: 2 rows, fewer than 10"),
        ([6] * 30, "interval: no spread, or one customer"),
    ],
)
def test_no_interval_without_grounds(x, reason):
    ox = pd.DataFrame({"r_x": x, "r_e": [7] * len(x)})
    row = satisfaction_gap(ox, X, E, scale=(1, 10)).iloc[0]
    assert pd.isna(row["low"])
    assert row["reason"] == reason


def test_mistakes_are_named():
    ox = _answers(20)
    with pytest.raises(SchemaError, match="no column 'r_no'"):
        satisfaction_gap(ox, {"price": "r_no"}, E, scale=(1, 10))
    with pytest.raises(SchemaError, match="not between 1 and 5"):
        satisfaction_gap(ox, X, E, scale=(1, 5))
    with pytest.raises(ConfigError, match="expected the lowest and the highest"):
        satisfaction_gap(ox, X, E, scale=(10, 1))
    with pytest.raises(AnalysisError, match="no experience beside it"):
        satisfaction_gap(ox, X, {"brand": 5}, scale=(1, 10))
    with pytest.raises(AnalysisError, match="no driver"):
        satisfaction_gap(ox, {}, scale=(1, 10))
    with pytest.raises(AnalysisError, match="negative"):
        satisfaction_gap(ox.assign(w=-1.0), X, E, scale=(1, 10), weights="w")
    with pytest.raises(ConfigError, match="method 'servperf'"):
        satisfaction_gap(ox, X, E, scale=(1, 10), method="servperf")


def test_the_caveat_of_difference_scores_is_told():
    assert satisfaction_gap(_answers(), X, E, scale=(1, 10)).attrs["note"] == GAP_NOTE


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 10), st.integers(1, 10)), min_size=2, max_size=30),
    st.integers(-5, 5),
)
def test_a_shift_of_experience_shifts_the_gap(pairs, shift):
    ox = pd.DataFrame(pairs, columns=["r_x", "r_e"])
    moved = ox.assign(r_x=ox.r_x + shift)
    options = {"scale": (-10, 20), "min_n": 2}
    a, b = (satisfaction_gap(frame, X, E, **options).iloc[0] for frame in (ox, moved))
    assert b["estimate"] - a["estimate"] == pytest.approx(shift)
    if not pd.isna(a["low"]):
        assert b["high"] - b["low"] == pytest.approx(a["high"] - a["low"])


def test_reliability_of_a_difference_is_that_of_simulated_parallel_forms():
    """Two independent measurements of the same true differences correlate by their reliability."""
    rng = np.random.default_rng(0)
    n = 200_000
    shared = rng.normal(size=n)
    truth = [shared + rng.normal(0, s, n) for s in (0.5, 0.8)]
    forms = [
        [t + rng.normal(0, s, n) for t, s in zip(truth, (0.6, 0.4), strict=True)] for _ in "ab"
    ]
    known = np.corrcoef(forms[0][0] - forms[0][1], forms[1][0] - forms[1][1])[0, 1]
    x, e = forms[0]
    rel = [np.var(t) / np.var(o) for t, o in zip(truth, forms[0], strict=True)]
    got = difference_reliability(tuple(rel), (x.std(), e.std()), np.corrcoef(x, e)[0, 1])
    assert got == pytest.approx(known, abs=0.01)
    assert np.isnan(difference_reliability((0.8, 0.8), (1, 1), 1))
