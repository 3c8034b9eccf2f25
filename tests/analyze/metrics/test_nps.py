"""The NPS: worked numbers, and what is refused."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp_cx.analyze.metrics import (
    code_nps,
    code_top_minus_bottom,
    compare_metrics,
    compare_nps_counts,
    estimate_metrics,
    estimate_nps,
    nps_from_counts,
)
from nlp_cx.errors import AnalysisError, ConfigError, DataWarning, SchemaError


def make_answers(promoters, passives, detractors):
    return pd.DataFrame({"r_nps": [10] * promoters + [8] * passives + [0] * detractors})


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((50, 30, 20), (30, 14.05, 44.20)),
        ((7, 2, 1), (60, 7.04, 85.27)),
    ],
)
def test_table_and_counts_give_the_worked_numbers(counts, expected):
    for result in (estimate_nps(make_answers(*counts), "r_nps"), nps_from_counts(*counts)):
        row = result.set_index("metric").loc["nps"]
        assert tuple(row[["estimate", "low", "high"]]) == pytest.approx(expected, abs=0.005)
        assert row["interval"] == "adjusted Wald"
        assert row["n"] == row["n_effective"] == sum(counts)


@settings(max_examples=25)
@given(st.tuples(*[st.integers(0, 40)] * 3).filter(lambda counts: sum(counts) >= 10))
def test_counts_and_table_are_the_same_estimate(counts):
    answers = make_answers(*counts)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        found = estimate_nps(answers, "r_nps", scale=(0, 10))
    expected = nps_from_counts(*counts)
    columns = ["metric", "estimate", "low", "high", "n", "n_effective", "interval", "unit"]
    pd.testing.assert_frame_equal(found[columns], expected[columns])


def test_all_promoters_are_uncertain_too():
    row = nps_from_counts(10, 0, 0).iloc[0]
    assert (row["estimate"], row["high"]) == (100, 100)
    assert row["low"] == pytest.approx(47.5, abs=0.05)
    plain = nps_from_counts(10, 0, 0, interval="wald").iloc[0]
    assert np.isnan(plain["low"])  # the formula has a width of 0
    assert plain["reason"] == "no interval: all 10 answers are equal"


def test_waves_differ_as_worked_out():
    first, second = make_answers(50, 30, 20), make_answers(60, 25, 15)
    both = pd.concat([first, second], ignore_index=True).assign(wave=[1] * 100 + [2] * 100)
    of_table = compare_metrics(both, code_nps(both, "r_nps"), period="wave")
    for row in (of_table.iloc[0], compare_nps_counts((50, 30, 20), (60, 25, 15)).iloc[0]):
        assert row["estimate"] == pytest.approx(15)
        assert row["adjusted"] == pytest.approx(14.56, abs=0.005)
        se = (row["high"] - row["low"]) / 2 / 1.959964
        assert se == pytest.approx(10.62, abs=0.005)
        assert row["statistic"] == pytest.approx(1.372, abs=5e-4)
        assert row["p_value"] == pytest.approx(0.170, abs=5e-4)
    assert len(of_table) == 1  # the shares of promoters are not tested apart


def test_edges_of_promoters_and_detractors():
    answers = pd.DataFrame({"r_nps": range(11)})
    result = estimate_nps(answers, "r_nps").set_index("metric")["estimate"]
    assert result["nps_promoters"] == pytest.approx(2 / 11)
    assert result["nps_passives"] == pytest.approx(2 / 11)
    assert result["nps_detractors"] == pytest.approx(7 / 11)
    assert result["nps"] == pytest.approx(100 * (2 - 7) / 11)


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ([1, 5, 4, 3], "go from 1 to 5, which looks like a scale of 1-5"),
        ([2, 3, 4], "go from 2 to 4, which looks like a scale of 1-5"),
        ([1, 7, 4], "go from 1 to 7, which looks like a scale of 1-7"),
        ([0, 5, 3], "go from 0 to 5, which looks like a scale of 0-5"),
        ([0, 10, 99, 99], r"2 of 4 answers in 'r_nps' are outside 0-10 \(e.g. 99\)"),
        ([0, 10, -1], r"1 of 3 answers in 'r_nps' are outside 0-10 \(e.g. -1\)"),
        ([0, 10, 7.5], r"1 of 3 answers in 'r_nps' are not whole numbers \(e.g. 7.5\)"),
    ],
)
def test_other_scales_are_refused_with_counts(answers, found):
    with pytest.raises(AnalysisError, match=found):
        code_nps(pd.DataFrame({"r_nps": answers}), "r_nps")


def test_refusal_offers_another_metric():
    with pytest.raises(AnalysisError, match="code_top_minus_bottom"):
        code_nps(pd.DataFrame({"r": [1, 5]}), "r")
    with pytest.raises(AnalysisError, match="code_top_minus_bottom"):
        code_nps(pd.DataFrame({"r": [1, 5]}), "r", scale=(1, 5))
    stars = pd.DataFrame({"r": [5] * 6 + [4] * 3 + [1] * 3})
    row = estimate_metrics(stars, code_top_minus_bottom(stars, "r", scale=(1, 5))).iloc[0]
    assert (row["metric"], row["estimate"]) == ("top_minus_bottom", 25)


def test_low_answers_pass_where_the_scale_is_given():
    answers = pd.DataFrame({"r_nps": [0, 3, 5, 6] * 5})
    assert estimate_nps(answers, "r_nps", scale=(0, 10))["estimate"].iloc[0] == -100


def test_no_zero_is_warned_of_and_1_to_10_is_named_so():
    answers = pd.DataFrame({"r_nps": [1, 9, 10] * 5})
    with pytest.warns(DataWarning, match=r"none of the 15 answers .* is 0 \(lowest 1\)"):
        code_nps(answers, "r_nps")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert code_nps(answers, "r_nps", scale=(1, 10))[0].name == "nps_of_1_to_10"
        assert code_nps(answers, "r_nps", scale=(0, 10))[0].name == "nps"


def test_answers_estimated_from_text_are_refused():
    with pytest.raises(AnalysisError, match="estimated from text"):
        code_nps(pd.DataFrame({"x_loyalty": [0, 10]}), "x_loyalty")


def test_words_and_truth_values_are_refused():
    with pytest.raises(SchemaError, match="expected numbers"):
        code_nps(pd.DataFrame({"r": ["9", "10"]}), "r")
    with pytest.raises(SchemaError, match="yes and no"):
        code_nps(pd.DataFrame({"r": [True, False]}), "r")
    with pytest.raises(SchemaError, match="no column 'nps'"):
        code_nps(pd.DataFrame({"r": [0, 10]}), "nps")


def test_missing_answers_are_counted_and_not_filled_in():
    answers = make_answers(8, 2, 2)
    answers.loc[len(answers)] = np.nan
    row = estimate_nps(answers.astype("Int64"), "r_nps").iloc[0]
    assert (row["n"], row["n_missing"]) == (12, 1)
    assert row["estimate"] == 50


def test_no_answers_and_few_answers_give_reasons():
    none = estimate_nps(pd.DataFrame({"r": [np.nan] * 3}), "r").iloc[0]
    few = estimate_nps(make_answers(3, 1, 1), "r_nps").iloc[0]
    assert none["reason"] == "no answers"
    assert few["reason"] == "5 answers, fewer than min_n 10"
    assert np.isnan([none["estimate"], few["estimate"], few["low"]]).all()
    assert np.isfinite(estimate_nps(make_answers(3, 1, 1), "r_nps", min_n=5)["low"]).all()


@pytest.mark.parametrize("counts", [(0, 0, 0), (-1, 5, 5), (1.5, 1, 1)])
def test_impossible_counts_are_refused(counts):
    with pytest.raises(AnalysisError, match="nps: "):
        nps_from_counts(*counts)


def test_boxes_must_not_overlap():
    with pytest.raises(ConfigError, match="boxes"):
        code_top_minus_bottom(pd.DataFrame({"r": [1]}), "r", scale=(1, 3), boxes=(2, 2))
