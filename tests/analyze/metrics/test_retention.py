"""Retention and churn: both formulas, and why nobody retains 110 %."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp_cx.analyze.metrics import (
    code_churn,
    code_share,
    estimate_churn,
    estimate_metrics,
    list_retained,
    retention_rate,
)
from nlp_cx.analyze.proportions import wilson_interval
from nlp_cx.errors import AnalysisError, ConfigError, DataWarning, SchemaError


def test_the_standard_formula_gives_the_worked_numbers():
    result = retention_rate(1000, 1100, 200).set_index("metric")
    assert result.loc["retention_rate", "estimate"] == pytest.approx(0.9)
    assert result.loc["churn_rate", "estimate"] == pytest.approx(0.1)
    low, high = map(float, wilson_interval(900, 1000))
    assert tuple(result.loc["retention_rate", ["low", "high"]]) == pytest.approx((low, high))


def test_end_over_start_above_100_percent_is_an_error_that_explains_why():
    with pytest.raises(AnalysisError, match=r"110\.0 %.*200 new customers are counted as retained"):
        retention_rate(1000, 1100, 200, formula="end_over_start")


def test_end_over_start_is_named_so_and_warned_of():
    with pytest.warns(DataWarning, match=r"counts 200 new .* is 75\.0 %"):
        row = retention_rate(1000, 950, 200, formula="end_over_start").iloc[0]
    assert row["metric"] == "end_over_start"
    assert row["estimate"] == 0.95
    assert np.isnan(row["low"])
    assert "not a share" in row["reason"]


@settings(max_examples=30)
@given(
    st.integers(1, 10_000).flatmap(
        lambda start: st.tuples(st.just(start), st.integers(0, start), st.integers(0, 5_000))
    )
)
def test_retention_and_churn_add_up_and_lost_is_start_plus_new_minus_end(numbers):
    start, kept, new = numbers
    end = kept + new
    result = retention_rate(start, end, new).set_index("metric")["estimate"]
    assert result.sum() == pytest.approx(1)
    assert result["churn_rate"] == pytest.approx((start + new - end) / start)


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ((0, 10, 0), "expected a start above 0"),
        ((10, -1, 0), "none negative"),
        ((100, 50, 60), "there cannot be more of them"),
        ((100, 150, 20), r"\(150 - 20\) / 100 = 130\.0 %.*30 customers at the end were neither"),
    ],
)
def test_impossible_numbers_are_refused(numbers, message):
    with pytest.raises(AnalysisError, match=message):
        retention_rate(*numbers)


def test_unknown_formula_is_refused():
    with pytest.raises(ConfigError, match="formula 'best'"):
        retention_rate(10, 9, 0, formula="best")


@pytest.mark.parametrize(
    "column",
    [[True, False, False, None], [1, 0, 0, None], ["Yes", "No", "No", None]],
)
def test_churn_is_read_from_truth_numbers_and_words(column):
    table = pd.DataFrame({"left": column})
    name = ("left", "Yes") if "Yes" in column else "left"
    churned, kept = code_churn(table, name)
    assert churned.values[:3].tolist() == [1, 0, 0]
    assert kept.values[:3].tolist() == [0, 1, 1]
    assert np.isnan([churned.values[3], kept.values[3]]).all()


def test_words_without_a_meaning_are_refused():
    table = pd.DataFrame({"left": ["Yes", "No"]})
    with pytest.raises(SchemaError, match=r"holds 'Yes', 'No', expected booleans.*left=value"):
        code_churn(table, "left")
    with pytest.raises(AnalysisError, match="no 'left' is 'yes'"):
        code_churn(table, ("left", "yes"))
    with pytest.raises(SchemaError, match=r"1 of 2 values of 'left' are not 0 or 1, e\.g\. 2"):
        code_churn(pd.DataFrame({"left": [1, 2]}), "left")


def test_a_number_can_mean_yes():
    assert code_churn(pd.DataFrame({"stage": [3, 1]}), ("stage", "3"))[0].values.tolist() == [1, 0]


def test_churn_by_group_says_what_time_it_covers():
    table = pd.DataFrame({"left": [1, 0, 0, 0] * 5, "store": ["a", "b"] * 10})
    result = estimate_churn(table, "left", group="store")
    assert result["caveat"].str.contains("over the time that the table covers").all()
    assert result.groupby("group")["estimate"].sum().tolist() == [1, 1]


def test_who_came_back():
    activity = pd.DataFrame(
        {
            "who": ["a", "a", "b", "c", "a", "c", "b", None],
            "at": pd.to_datetime(
                [
                    "2024-01-05",
                    "2024-01-20",
                    "2024-01-31",
                    "2024-02-02",
                    "2024-02-10",
                    "2024-04-01",
                    "2024-04-30",
                    "2024-01-01",
                ]
            ),
        }
    )
    retained = list_retained(activity, "who", "at", every="month")
    assert retained.values.tolist() == [
        ["2024-01", "a", True],
        ["2024-01", "b", False],  # came back in April, not in February
        ["2024-02", "a", False],  # nobody came in March
        ["2024-02", "c", False],
    ]
    share = code_share(retained, "retained", name="retention_rate", source="operational")
    by_month = estimate_metrics(retained, share, period="period", min_n=1)
    assert by_month["estimate"].tolist() == [0.5, 0]


def test_a_last_period_that_is_cut_off_is_warned_of():
    at = pd.to_datetime(["2024-01-05", "2024-02-10"])
    with pytest.warns(DataWarning, match="ends within 2024-02"):
        list_retained(pd.DataFrame({"who": ["a", "a"], "at": at}), "who", "at")


def test_one_period_has_no_retention():
    with pytest.raises(AnalysisError, match="holds 1 period"):
        list_retained(pd.DataFrame({"who": ["a"], "wave": [1]}), "who", "wave")
    with pytest.raises(SchemaError, match="no column 'wave'"):
        list_retained(pd.DataFrame({"who": ["a"]}), "who", "wave")


def test_sentiment_of_text_is_no_churn():
    with pytest.raises(AnalysisError, match="estimated from text"):
        code_churn(pd.DataFrame({"x_loyalty": [1, 0]}), "x_loyalty")
