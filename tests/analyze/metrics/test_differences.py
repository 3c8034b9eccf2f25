"""Differences between groups and periods: against statsmodels and scipy, and with shared customers."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

from nlp_cx.analyze.metrics import (
    code_csat,
    code_mean,
    code_nps,
    code_share,
    code_simple_clv,
    compare_metrics,
    estimate_metrics,
)
from nlp_cx.analyze.metrics.contrasts import compare_samples
from nlp_cx.analyze.metrics.inference import Inference
from nlp_cx.analyze.metrics.samples import Sample
from nlp_cx.analyze.metrics.statistic import Statistic
from nlp_cx.errors import AnalysisError, ConfigError


def share_of(table):
    return code_share(table, "hit", name="s", source="operational")


def mean_of(table):
    return code_mean(table, "y", name="y", source="operational", unit="")


def test_shares_are_compared_as_in_statsmodels():
    table = pd.DataFrame(
        {"hit": [1] * 60 + [0] * 940 + [1] * 90 + [0] * 910, "month": [1] * 1000 + [2] * 1000}
    )
    row = compare_metrics(table, share_of(table), period="month").iloc[0]
    z, p = proportions_ztest([90, 60], [1000, 1000])
    assert (row["statistic"], row["p_value"]) == pytest.approx((z, p))
    assert row["statistic"] == pytest.approx(2.5469, abs=5e-5)
    assert row["p_value"] == pytest.approx(0.01087, abs=5e-6)
    assert (row["low"], row["high"]) == pytest.approx(
        confint_proportions_2indep(90, 1000, 60, 1000, method="newcomb")
    )
    assert row["estimate"] == pytest.approx(0.03)
    assert (row["from_period"], row["period"]) == (1, 2)


def test_a_doubling_of_few_is_no_finding():
    table = pd.DataFrame({"hit": [1] * 3 + [0] * 47 + [1] * 6 + [0] * 44, "m": [1] * 50 + [2] * 50})
    row = compare_metrics(table, share_of(table), period="m").iloc[0]
    assert row["statistic"] == pytest.approx(1.0483, abs=5e-5)
    assert row["p_value"] == pytest.approx(0.2945, abs=5e-5)


def test_means_are_compared_as_in_scipy():
    rng = np.random.default_rng(0)
    a, b = rng.normal(3, 1, 40), rng.normal(3.5, 2, 25)
    table = pd.DataFrame({"y": np.concatenate([a, b]), "g": ["a"] * 40 + ["b"] * 25})
    row = compare_metrics(table, mean_of(table), group="g").iloc[0]
    test = stats.ttest_ind(b, a, equal_var=False)
    assert (row["statistic"], row["p_value"]) == pytest.approx((test.statistic, test.pvalue))
    assert (row["low"], row["high"]) == pytest.approx(tuple(test.confidence_interval()))
    assert row["test"] == "Welch t"


def test_the_same_customers_in_both_waves_are_a_paired_comparison():
    rng = np.random.default_rng(3)
    before = rng.normal(3, 1, 60)
    after = before + rng.normal(0.15, 0.3, 60)
    table = pd.DataFrame(
        {"y": np.concatenate([before, after]), "who": [*range(60)] * 2, "wave": [1] * 60 + [2] * 60}
    )
    apart, paired = (
        compare_metrics(table, mean_of(table), period="wave", cluster=who).iloc[0]
        for who in (None, "who")
    )
    test = stats.ttest_rel(after, before)
    assert paired["statistic"] == pytest.approx(test.statistic)
    assert paired["p_value"] == pytest.approx(test.pvalue)
    assert apart["p_value"] > 0.3 > 0.05 > paired["p_value"]


def test_partly_shared_customers_are_as_in_clustered_regression():
    rng = np.random.default_rng(4)
    who = rng.integers(0, 30, 200)
    table = pd.DataFrame(
        {
            "who": who,
            "y": rng.normal(size=30)[who] + rng.normal(size=200),
            "g": rng.integers(0, 2, 200),
        }
    )
    row = compare_metrics(table, mean_of(table), group="g", cluster="who").iloc[0]
    fit = sm.OLS(table["y"], sm.add_constant(table["g"])).fit(
        cov_type="cluster", cov_kwds={"groups": who, "use_correction": False}
    )
    assert row["estimate"] == pytest.approx(fit.params["g"])
    # statsmodels has one correction for few customers, here each cell has its own
    assert row["estimate"] / row["statistic"] == pytest.approx(fit.bse["g"], rel=0.03)


def test_adjusted_p_values_are_of_all_rows_shown():
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"hit": rng.random(400) < 0.3, "g": rng.choice(list("abcd"), 400)})
    table["y"] = rng.normal(size=400)
    result = compare_metrics(table, share_of(table) + mean_of(table), group="g")
    assert len(result) == 12
    assert result["p_adjusted"].to_numpy() == pytest.approx(
        stats.false_discovery_control(result["p_value"])
    )


def test_chance_alone_gives_few_findings():
    # Of 28 pairs of equal groups about 1.4 have p < .05; adjusted, hardly ever one is left.
    found = plain = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        table = pd.DataFrame({"hit": rng.random(800) < 0.4, "g": rng.integers(0, 8, 800)})
        result = compare_metrics(table, share_of(table), group="g")
        plain += (result["p_value"] < 0.05).any()
        found += (result["p_adjusted"] < 0.05).any()
    assert plain >= 15
    assert found <= 5


def test_the_test_keeps_its_level_with_shared_customers():
    # 80 customers of one mind answer in both waves and nothing changes.
    rejected = 0
    values = Statistic("s", "share", np.empty(0), "", "surveyed", (0, 1))
    for seed in range(500):
        rng = np.random.default_rng(seed)
        mind = rng.random(80)
        samples = []
        for _ in range(2):
            n = rng.integers(1, 5, 80)
            who = np.arange(80).repeat(n)
            hits = (rng.random(len(who)) < np.where(mind > 0.6, 0.9, 0.1)[who]).astype(float)
            samples.append((hits, np.ones(len(who)), who))
        first, second = (Sample(*part, True) for part in samples)
        rejected += compare_samples(values, first, second, Inference())["p_value"] < 0.05
    assert 0.03 <= rejected / 500 <= 0.07


def test_against_the_rest_every_group_comes_once():
    table = pd.DataFrame({"hit": [1, 0] * 45, "g": [1] * 30 + [2] * 30 + [3] * 30})
    result = compare_metrics(table, share_of(table), group="g", against="rest")
    assert result["group"].tolist() == [1, 2, 3]
    assert set(result["from_group"]) == {"(the rest)"}
    assert result["from_n"].tolist() == [60] * 3


def test_groups_within_periods_and_periods_within_groups():
    table = pd.DataFrame({"hit": [1, 0] * 80, "g": ["a", "b"] * 80, "m": np.repeat([1, 2], 80)})
    result = compare_metrics(table, share_of(table), group="g", period="m")
    pairs = result[["from_group", "group", "from_period", "period"]].values.tolist()
    assert pairs == [["a", "b", 1, 1], ["a", "b", 2, 2], ["a", "a", 1, 2], ["b", "b", 1, 2]]


def test_rows_without_a_group_are_never_compared():
    table = pd.DataFrame({"hit": [1, 0] * 30, "g": ["a"] * 30 + [None] * 30})
    assert compare_metrics(table, share_of(table), group="g").empty


def test_what_cannot_be_tested_says_why():
    table = pd.DataFrame(
        {"r": [5] * 30 + [4, 5] * 15 + [5] * 3, "g": ["a"] * 30 + ["b"] * 30 + ["c"] * 3}
    )
    result = compare_metrics(table, code_csat(table, "r", scale=(1, 5)), group="g")
    reasons = result.set_index(["from_group", "group", "metric"])["reason"]
    assert "all 30 answers are equal" in reasons["a", "b", "csat_mean"]
    assert reasons["a", "c", "csat_mean"] == "fewer than min_n 10 answers on a side"
    same = result[result["metric"] == "csat_top2_share"].iloc[0]
    assert (same["estimate"], same["statistic"], same["p_value"]) == (0, 0, 1)
    assert result["p_adjusted"].isna().sum() == result["p_value"].isna().sum()


def test_ratios_are_compared_by_bootstrap():
    rng = np.random.default_rng(0)
    customers = pd.DataFrame(
        {"spent": rng.gamma(2, 50, 300), "orders": 1, "years": 1.0, "g": np.repeat(["a", "b"], 150)}
    )
    customers.loc[customers["g"] == "b", "spent"] *= 1.5
    statistics = code_simple_clv(
        customers, revenue="spent", orders="orders", years_observed="years", years=2
    )[2:]
    row = compare_metrics(customers, statistics, group="g").iloc[0]
    spent = customers.groupby("g")["spent"]
    assert row["estimate"] == pytest.approx(2 * (spent.mean()["b"] - spent.mean()["a"]))
    se = 2 * np.sqrt((spent.var() / 150).sum())
    assert row["estimate"] / row["statistic"] == pytest.approx(se, rel=0.08)
    assert row["interval"] == "bootstrap"


def test_estimates_and_differences_agree():
    rng = np.random.default_rng(7)
    table = pd.DataFrame(
        {"r": rng.choice([0, 8, 10], 300), "g": rng.choice(["a", "b"], 300), "w": rng.random(300)}
    )
    statistics = code_nps(table, "r")
    nps = estimate_metrics(table, statistics, group="g", weights="w").query("metric == 'nps'")
    row = compare_metrics(table, statistics, group="g", weights="w").iloc[0]
    assert row["estimate"] == pytest.approx(nps["estimate"].iloc[1] - nps["estimate"].iloc[0])


def test_something_must_be_compared():
    table = pd.DataFrame({"hit": [1, 0] * 8})
    with pytest.raises(ConfigError, match="group, period or both"):
        compare_metrics(table, share_of(table))
    with pytest.raises(ConfigError, match="against 'all'"):
        compare_metrics(table, share_of(table), group="hit", against="all")


def test_metrics_of_one_name_are_not_mixed_up():
    table = pd.DataFrame(
        {"one": [5, 4] * 20, "two": [1, 2] * 10 + [4, 5] * 10, "g": ["a"] * 20 + ["b"] * 20}
    )
    both = code_csat(table, "one", scale=(1, 5)) + code_csat(table, "two", scale=(1, 5))
    result = compare_metrics(table, both, group="g").query("metric == 'csat_mean'")
    assert result["estimate"].tolist() == [0, 3]


def test_too_many_pairs_are_refused():
    table = pd.DataFrame({"hit": [1, 0] * 225, "who": range(450)})
    with pytest.raises(AnalysisError, match="101,025 pairs of 450 cells"):
        compare_metrics(table, share_of(table), group="who")
