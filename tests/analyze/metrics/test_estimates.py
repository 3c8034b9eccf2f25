"""Weights, customers, groups and periods: against statsmodels, by property, by simulation."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.weightstats import DescrStatsW

from nlp_cx.analyze.metrics import (
    code_csat,
    code_mean,
    code_nps,
    code_share,
    code_simple_clv,
    estimate_metrics,
    estimate_nps,
)
from nlp_cx.analyze.metrics.inference import Inference, estimate_sample
from nlp_cx.analyze.metrics.intervals import net_interval
from nlp_cx.analyze.metrics.samples import Sample
from nlp_cx.analyze.metrics.statistic import Statistic
from nlp_cx.errors import AnalysisError, ConfigError, DataWarning, SchemaError


def take_means(table, column="y"):
    return code_mean(table, column, name="y", source="operational", unit="")


def make_customers(n_customers, n_answers, rng, *, share=0.5):
    """Answers that go together within a customer."""
    mean = rng.normal(0, 1, n_customers).repeat(n_answers)
    answers = mean + rng.normal(0, 1, n_customers * n_answers)
    return pd.DataFrame(
        {
            "y": answers,
            "hit": answers > np.quantile(answers, 1 - share),
            "who": np.arange(n_customers).repeat(n_answers),
        }
    )


def test_clustered_standard_error_is_that_of_statsmodels():
    rng = np.random.default_rng(1)
    table = make_customers(40, 5, rng).sample(150, random_state=1)
    table["w"] = rng.uniform(0.5, 2, len(table))
    row = estimate_metrics(table, take_means(table), weights="w", cluster="who").iloc[0]
    fit = sm.WLS(table["y"], np.ones(len(table)), weights=table["w"]).fit(
        cov_type="cluster",
        cov_kwds={"groups": table["who"], "use_correction": False},
        use_t=True,
    )
    n_customers = table["who"].nunique()
    se = fit.bse.iloc[0] * np.sqrt(n_customers / (n_customers - 1))
    assert row["estimate"] == pytest.approx(fit.params.iloc[0])
    half = stats.t.ppf(0.975, n_customers - 1) * se
    assert (row["high"] - row["low"]) / 2 == pytest.approx(half, rel=1e-9)
    assert row["n_effective"] < len(table) / 2
    assert row["interval"] == "t, clustered"


def test_plain_mean_is_that_of_statsmodels():
    y = np.random.default_rng(2).normal(size=31)
    row = estimate_metrics(table := pd.DataFrame({"y": y}), take_means(table)).iloc[0]
    assert (row["low"], row["high"]) == pytest.approx(DescrStatsW(y).tconfint_mean())
    assert row["n_effective"] == 31


def test_one_answer_a_customer_is_no_clustering():
    table = pd.DataFrame({"r": [10] * 30 + [8] * 20 + [0] * 12, "who": range(62)})
    plain, clustered = (estimate_nps(table, "r", cluster=who) for who in (None, "who"))
    columns = ["estimate", "low", "high", "n_effective"]
    pd.testing.assert_frame_equal(plain[columns], clustered[columns])


def test_copied_answers_tell_nothing_new():
    once = pd.DataFrame({"r": [10] * 30 + [8] * 20 + [0] * 12, "who": range(62)})
    copied = pd.concat([once] * 4, ignore_index=True)
    plain = estimate_nps(once, "r").iloc[0]
    row = estimate_nps(copied, "r", cluster="who").iloc[0]
    assert row["n_effective"] == pytest.approx(62)
    # but for the t quantile of the many answers, which few customers cost
    assert row["low"] == pytest.approx(plain["low"], abs=0.8)
    assert row["low"] < plain["low"]


def test_weights_of_one_are_no_weights_and_scale_does_not_matter():
    table = pd.DataFrame({"r": [10, 9, 8, 7, 6, 0] * 5, "w": 3.0})
    pd.testing.assert_frame_equal(
        estimate_nps(table, "r"), estimate_nps(table, "r", weights="w"), rtol=1e-12
    )


def test_weights_move_the_estimate_and_cost_answers():
    table = pd.DataFrame({"hit": [True] * 20 + [False] * 80, "w": [4.0] * 20 + [1.0] * 80})
    share = code_share(table, "hit", name="s", source="surveyed")
    row = estimate_metrics(table, share, weights="w").iloc[0]
    assert row["estimate"] == 0.5
    assert row["n_effective"] <= 160**2 / (20 * 16 + 80)
    assert row["n"] == 100


def test_rows_without_weight_are_left_out_with_a_count():
    table = pd.DataFrame({"hit": [True] * 12 + [False] * 4, "w": [1.0] * 14 + [None, 0]})
    share = code_share(table, "hit", name="s", source="surveyed")
    with pytest.warns(DataWarning, match="1 rows without 'w' are left out"):
        row = estimate_metrics(table, share, weights="w").iloc[0]
    assert row["n"] == 14
    table.loc[0, "w"] = -1
    with pytest.raises(AnalysisError, match="1 are negative"):
        estimate_metrics(table, share, weights="w")


@settings(max_examples=10)
@given(st.integers(0, 10_000))
def test_order_of_rows_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    table = make_customers(12, 3, rng).assign(
        w=rng.uniform(0.5, 2, 36), g=rng.choice(list("ab"), 36)
    )
    mixed = table.sample(frac=1, random_state=seed)
    results = [
        estimate_metrics(
            t,
            take_means(t) + code_share(t, "hit", name="s", source="surveyed"),
            group="g",
            weights="w",
            cluster="who",
            interval=interval,
            n_bootstrap=50,
        )
        for t in (table, mixed)
        for interval in (None, "bootstrap")
    ]
    pd.testing.assert_frame_equal(results[0], results[2], rtol=1e-9)
    pd.testing.assert_frame_equal(results[1], results[3], rtol=1e-9)


def test_inputs_stay_as_they_are():
    table = pd.DataFrame({"r": [10, 9, 0] * 5, "g": list("abc") * 5})
    before = table.copy(deep=True)
    estimate_nps(table, "r", group="g", min_n=2)
    pd.testing.assert_frame_equal(table, before)


def test_cells_come_by_group_then_period_with_the_missing_last():
    table = pd.DataFrame(
        {
            "r": [10] * 6,
            "store": ["b", "a", None, "a", "b", "a"],
            "at": pd.to_datetime(["2024-01-01", "2024-01-31"] * 3),
        }
    )
    result = estimate_nps(table, "r", scale=(0, 10), group="store", period="at", min_n=1)
    nps = result[result["metric"] == "nps"]
    assert nps["group"].tolist()[:2] == ["a", "b"]
    assert nps["group"].isna().tolist() == [False, False, True]
    assert nps["period"].tolist() == ["2024-01"] * 3
    assert nps["n"].sum() == 6


def test_periods_that_are_cut_off_say_so():
    table = pd.DataFrame(
        {"hit": [True, False] * 3, "at": pd.date_range("2024-01-20", periods=6, freq="15D")}
    )
    share = code_share(table, "hit", name="s", source="surveyed")
    result = estimate_metrics(table, share, period="at", every="month", min_n=1)
    assert result["period"].tolist() == ["2024-01", "2024-02", "2024-03", "2024-04"]
    assert result["caveat"].tolist()[0] == "data begin on 2024-01-20"
    assert result["caveat"].tolist()[3] == "data end on 2024-04-04"
    assert result["caveat"].isna().tolist() == [False, True, True, False]


def test_periods_follow_the_clock_of_their_zone():
    at = pd.to_datetime(["2024-01-31 23:30", "2024-02-01 00:30"]).tz_localize("Asia/Shanghai")
    table = pd.DataFrame({"hit": [True, False], "at": at})
    share = code_share(table, "hit", name="s", source="surveyed")
    result = estimate_metrics(table, share, period="at", min_n=1)
    assert result["period"].tolist() == ["2024-01", "2024-02"]


def test_periods_of_words_are_taken_as_they_are():
    table = pd.DataFrame({"hit": [True] * 3, "q": ["2024Q2", "2024Q1", "2024Q2"]})
    share = code_share(table, "hit", name="s", source="surveyed")
    assert estimate_metrics(table, share, period="q", min_n=1)["period"].tolist() == [
        "2024Q1",
        "2024Q2",
    ]
    with pytest.raises(SchemaError, match="expected timestamps"):
        estimate_metrics(table, share, period="q", every="month")


def test_small_groups_are_hidden_and_counted():
    table = pd.DataFrame({"r": [10] * 12 + [0] * 12 + [10] * 3, "g": ["a"] * 24 + ["b"] * 3})
    result = estimate_nps(table, "r", group="g")
    b = result[(result["group"] == "b") & (result["metric"] == "nps")].iloc[0]
    assert b["n"] == 3
    assert np.isnan(b["estimate"])
    assert b["reason"] == "3 answers, fewer than min_n 10"


def test_one_customer_has_no_interval():
    table = pd.DataFrame({"r": [10] * 8 + [0] * 8, "who": "one"})
    row = estimate_nps(table, "r", cluster="who").iloc[0]
    assert row["estimate"] == 0
    assert np.isnan(row["low"])
    assert row["reason"] == "no interval: all answers are of one customer"


def test_options_are_checked():
    table = pd.DataFrame({"r": [10, 0] * 6})
    nps = code_nps(table, "r")
    for wrong, message in (
        ({"confidence": 95}, "confidence is 95"),
        ({"interval": "exact"}, "interval 'exact'"),
        ({"n_bootstrap": 0}, "n_bootstrap 0"),
        ({"period": "r", "every": "fortnight"}, "every 'fortnight'"),
    ):
        with pytest.raises((ConfigError, SchemaError), match=message):
            estimate_metrics(table, nps, **wrong)
    for wrong in ({"group": "g"}, {"weights": "g"}, {"cluster": "g"}):
        with pytest.raises(SchemaError, match="no column 'g'"):
            estimate_metrics(table, nps, **wrong)
    with pytest.raises(SchemaError, match="made of 12 rows, the table has 3"):
        estimate_metrics(table.head(3), nps)
    with pytest.raises(SchemaError, match="no metric"):
        estimate_metrics(table, ())


def test_bootstrap_is_near_the_formula():
    rng = np.random.default_rng(5)
    table = pd.DataFrame({"y": rng.normal(3, 1, 400)})
    formula, drawn = (
        estimate_metrics(table, take_means(table), interval=interval, n_bootstrap=4000).iloc[0]
        for interval in (None, "bootstrap")
    )
    assert (drawn["low"], drawn["high"]) == pytest.approx(
        (formula["low"], formula["high"]), abs=0.01
    )


def test_ratio_of_sums_and_not_mean_of_ratios():
    customers = pd.DataFrame({"spent": [100.0, 10.0] * 6, "orders": [1, 5] * 6, "years": 1.0})
    statistics = code_simple_clv(
        customers, revenue="spent", orders="orders", years_observed="years", years=5
    )
    result = estimate_metrics(customers, statistics).set_index("metric")
    assert result.loc["order_value", "estimate"] == pytest.approx(110 / 6)
    assert result.loc["orders_per_year", "estimate"] == pytest.approx(3)
    assert result.loc["clv_simple", "estimate"] == pytest.approx(110 / 6 * 3 * 5)
    assert (result["interval"] == "bootstrap").all()


# Coverage with a known truth: 95 % intervals must hold it in about 95 % of all samples.


@pytest.mark.parametrize("shares", [(0.5, 0.3, 0.2), (0.3, 0.4, 0.3), (0.8, 0.15, 0.05)])
@pytest.mark.parametrize("n", [30, 80])
def test_nps_intervals_hold_the_truth(shares, n):
    outcomes = [(i, j, n - i - j) for i in range(n + 1) for j in range(n + 1 - i)]
    chance = stats.multinomial.pmf(outcomes, n, shares)
    truth = shares[0] - shares[2]
    holds = {}
    for method in ("adjusted_wald", "wald"):
        bounds = [net_interval(i / n, k / n, n, method=method) for i, _, k in outcomes]
        holds[method] = chance @ [low <= truth <= high for low, high in bounds]
    assert 0.925 <= holds["adjusted_wald"] <= 0.975  # every sample there is, weighed by its chance
    assert holds["adjusted_wald"] >= holds["wald"] - 0.005


def cover(make, truth, *, is_clustered=False):
    """Count how often the interval of a share holds the truth, in 600 samples."""
    hits = 0
    for seed in range(600):
        values, weights, clusters = make(np.random.default_rng(seed))
        statistic = Statistic("s", "share", values, "", "surveyed", (0, 1))
        sample = Sample(values, weights, clusters, is_clustered)
        row = estimate_sample(statistic, sample, Inference())
        hits += row["low"] <= truth <= row["high"]
    return hits / 600


def test_clustered_intervals_hold_the_truth_and_plain_ones_do_not():
    def make(rng):
        # 40 customers who answer 1 to 8 times and mostly stay of one mind
        n = rng.integers(1, 9, 40)
        mind = rng.random(40).repeat(n) < 0.3
        again = rng.random(n.sum()) < 0.3
        hit = np.where(rng.random(n.sum()) < 0.8, mind, again)
        return hit.astype(float), np.ones(n.sum()), np.arange(40).repeat(n)

    assert 0.93 <= cover(make, 0.3, is_clustered=True) <= 0.97
    assert cover(make, 0.3) < 0.85


def test_weighted_intervals_hold_the_truth():
    def make(rng):
        # a third of the customers are happy in half of the cases and answer four times as often
        kind = rng.random(1200) < 1 / 3
        hit = rng.random(1200) < np.where(kind, 0.5, 0.2)
        answers = rng.random(1200) < np.where(kind, 0.4, 0.1)
        weights = np.where(kind, 2.5, 10.0)[answers]
        return hit[answers].astype(float), weights, np.arange(answers.sum())

    def forget(rng):
        values, weights, clusters = make(rng)
        return values, np.ones_like(weights), clusters

    assert 0.93 <= cover(make, 0.3) <= 0.97
    assert cover(forget, 0.3) < 0.6


def test_csat_of_no_rows_is_no_answer():
    table = pd.DataFrame({"r": pd.Series([], dtype=float)})
    result = estimate_metrics(table, code_csat(table, "r", scale=(1, 5)))
    assert (result["reason"] == "no answers").all()


def test_categories_keep_their_order_and_numbers_sort_by_size():
    months = pd.Categorical(["Feb", "Jan", "Mar"], ["Jan", "Feb", "Mar"], ordered=True)
    waves = ["wave 10", "wave 9", "wave 9"]
    table = pd.DataFrame({"hit": [True, False, True], "month": months, "wave": waves})
    share = code_share(table, "hit", name="s", source="surveyed")
    by_month = estimate_metrics(table, share, period="month", min_n=1)
    assert by_month["period"].tolist() == ["Jan", "Feb", "Mar"]
    assert by_month["estimate"].tolist() == [0, 1, 1]
    by_wave = estimate_metrics(table, share, period="wave", min_n=1)
    assert by_wave["period"].tolist() == ["wave 9", "wave 10"]


def test_names_that_do_not_tell_their_order_are_warned_of():
    table = pd.DataFrame(
        {"hit": [True] * 3, "month": ["Jan", "Feb", "Mar"], "q": ["Q1 24", "Q2 23", "Q1 23"]}
    )
    share = code_share(table, "hit", name="s", source="surveyed")
    for column, first in (("month", "'Feb', 'Jan', 'Mar'"), ("q", "'Q1 23', 'Q1 24', 'Q2 23'")):
        with pytest.warns(DataWarning, match=f"periods are taken in the order {first}"):
            estimate_metrics(table, share, period=column, min_n=1)


def test_times_as_words_are_no_periods():
    table = pd.DataFrame({"hit": True, "at": [f"{i}/1/2024" for i in range(1500)]})
    share = code_share(table, "hit", name="s", source="surveyed")
    with pytest.raises(AnalysisError, match=r"holds 1,500 different periods .* Are these times"):
        estimate_metrics(table, share, period="at")


def test_blanks_name_no_group():
    table = pd.DataFrame({"hit": [True] * 4, "g": ["a", "", " ", None]})
    share = code_share(table, "hit", name="s", source="surveyed")
    result = estimate_metrics(table, share, group="g", min_n=1)
    assert result["n"].tolist() == [1, 3]
    assert result["group"].isna().tolist() == [False, True]


def test_what_comes_from_text_is_named_so():
    table = pd.DataFrame({"x_mixed": [0.5] * 12, "x_angry": [True] * 12})
    mean = code_mean(table, "x_mixed", name="mixed", source="text", unit="share")
    assert mean[0].name == "text_estimated_mixed"
    with pytest.raises(AnalysisError, match="estimated from text"):
        code_mean(table, "x_mixed", name="mixed", source="surveyed", unit="share")
    with pytest.raises(AnalysisError, match="estimated from text"):
        code_share(table, "x_angry", name="angry", source="operational")
