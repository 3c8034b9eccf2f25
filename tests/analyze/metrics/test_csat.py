"""CSAT: mean and top boxes, with the scale said."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from nlp_cx.analyze.metrics import code_csat, estimate_csat
from nlp_cx.errors import AnalysisError, ConfigError, DataWarning, SchemaError


@pytest.mark.parametrize(
    ("n_top", "n", "expected"),
    [(80, 100, (0.7112, 0.8666)), (0, 10, (0, 0.2775)), (10, 10, (0.7225, 1))],
)
def test_top_two_share_gives_the_worked_numbers(n_top, n, expected):
    answers = pd.DataFrame({"r": [4] * n_top + [1] * (n - n_top)})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # nobody is satisfied: is that the scale?
        result = estimate_csat(answers, "r", scale=(1, 5))
    top = result.set_index("metric").loc["csat_top2_share"]
    assert (top["low"], top["high"]) == pytest.approx(expected, abs=5e-5)
    assert top["interval"] == "Wilson"


def test_mean_has_the_t_interval():
    values = np.array([5, 4, 4, 3, 5, 1, 2, 5, 5, 4, 3])
    row = estimate_csat(pd.DataFrame({"r": values}), "r", scale=(1, 5)).iloc[0]
    expected = stats.t.interval(0.95, len(values) - 1, values.mean(), stats.sem(values))
    assert (row["low"], row["high"]) == pytest.approx(expected)
    assert (row["metric"], row["interval"]) == ("csat_mean", "t")


def test_the_scale_is_required_and_shows_in_the_unit():
    answers = pd.DataFrame({"r": [10, 9, 8, 3] * 3})
    with pytest.raises(TypeError):
        code_csat(answers, "r")
    mean, top = code_csat(answers, "r", scale=(1, 10))
    assert (mean.unit, top.unit) == ("mean of a scale of 1-10", "share of answers 9-10")
    assert top.values.mean() == 0.5


def test_answers_outside_the_scale_are_refused_with_counts():
    with pytest.raises(AnalysisError, match=r"2 of 3 answers in 'r' are outside 1-5 \(e.g. 7, 9\)"):
        code_csat(pd.DataFrame({"r": [7, 9, 5, None]}), "r", scale=(1, 5))


def test_a_scale_that_is_too_wide_is_warned_of():
    with pytest.warns(DataWarning, match=r"no answer in 'r' is above 5 on a scale of 1-10"):
        code_csat(pd.DataFrame({"r": [1, 5, 4]}), "r", scale=(1, 10))


def test_half_stars_are_counted_and_said():
    with pytest.warns(DataWarning, match="1 of 3 answers in 'r' lie between the points; from 4"):
        _, top = code_csat(pd.DataFrame({"r": [4.5, 3, 5]}), "r", scale=(1, 5))
    assert top.values.tolist() == [1, 0, 1]


def test_votes_need_one_top_box():
    votes = pd.DataFrame({"r": [0, 1, 1]})
    with pytest.raises(ConfigError, match="2 top boxes of a scale of 0-1"):
        code_csat(votes, "r", scale=(0, 1))
    assert code_csat(votes, "r", scale=(0, 1), top_boxes=1)[1].name == "csat_top1_share"


def test_equal_answers_have_no_t_interval_but_a_wilson_one():
    mean, top = (
        row for _, row in estimate_csat(pd.DataFrame({"r": [5] * 12}), "r", scale=(1, 5)).iterrows()
    )
    assert mean["estimate"] == 5
    assert np.isnan(mean["low"])
    assert "all 12 answers are equal" in mean["reason"]
    assert top["low"] == pytest.approx(0.7575, abs=5e-5)


def test_the_interval_of_a_mean_stays_within_the_scale():
    answers = pd.DataFrame({"r": [5] * 9 + [1]})
    assert estimate_csat(answers, "r", scale=(1, 5))["high"].iloc[0] == 5


def test_sentiment_of_text_is_no_satisfaction():
    with pytest.raises(AnalysisError, match="estimated from text"):
        code_csat(pd.DataFrame({"x_sentiment": [0.5]}), "x_sentiment", scale=(0, 1))


def test_words_are_refused():
    with pytest.raises(SchemaError, match="expected numbers"):
        code_csat(pd.DataFrame({"r": ["good"]}), "r", scale=(1, 5))
