"""What was estimated from text, beside what the same customers answered."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from nlp_cx.analyze.metrics import calibrate_text
from nlp_cx.errors import AnalysisError, SchemaError


def make_ox(n=1000, seed=0):
    rng = np.random.default_rng(seed)
    mood = rng.normal(size=n)
    return pd.DataFrame(
        {
            "x_sentiment": np.where(
                rng.random(n) < 0.7, np.tanh(mood + rng.normal(size=n)), np.nan
            ),
            "r_csat": np.clip(np.round(3.5 + mood), 1, 5),
            "who": np.arange(n) // 2,
        }
    )


def test_parts_hold_all_rows_and_rise_with_the_answers():
    ox = make_ox()
    table = calibrate_text(ox, "x_sentiment", "r_csat").set_index("part")
    assert table.index.tolist() == ["1", "2", "3", "4", "5", "all", "no text"]
    parts = table.loc["1":"5"]
    assert parts["n"].sum() == table.loc["all", "n"] == ox["x_sentiment"].notna().sum()
    assert table.loc["no text", "n"] == ox["x_sentiment"].isna().sum()
    assert parts["surveyed"].is_monotonic_increasing
    assert (parts["text_to"].to_numpy()[:-1] <= parts["text_from"].to_numpy()[1:]).all()
    overall = (parts["surveyed"] * parts["n"]).sum() / parts["n"].sum()
    assert overall == pytest.approx(table.loc["all", "surveyed"])


def test_rank_correlation_is_that_of_scipy():
    ox = make_ox()
    both = ox.dropna()
    row = calibrate_text(ox, "x_sentiment", "r_csat").set_index("part").loc["all"]
    assert row["rank_correlation"] == pytest.approx(
        spearmanr(both["x_sentiment"], both["r_csat"]).statistic
    )
    assert row["rank_low"] < row["rank_correlation"] < row["rank_high"]
    clustered = calibrate_text(ox, "x_sentiment", "r_csat", cluster="who").set_index("part")
    assert clustered.loc["all", "rank_low"] < row["rank_low"]
    assert clustered.loc["all", "interval"] == "t, clustered"


def test_equal_texts_are_one_part():
    ox = pd.DataFrame({"x_loyalty": [1.0] * 30, "r_csat": [4, 5, 5] * 10})
    table = calibrate_text(ox, "x_loyalty", "r_csat")
    assert table["part"].tolist() == ["1", "all", "no text"]
    assert np.isnan(table["rank_correlation"]).all()


def test_nobody_with_both_gives_reasons():
    ox = pd.DataFrame({"x_sentiment": [0.5, np.nan] * 10, "r_csat": [np.nan, 4.0] * 10})
    table = calibrate_text(ox, "x_sentiment", "r_csat").set_index("part")
    assert table.loc["all", "reason"] == "no answers"
    assert table.loc["no text", "n"] == 10


def test_columns_are_checked():
    ox = make_ox(20)
    with pytest.raises(SchemaError, match="nlp-cx join"):
        calibrate_text(ox, "x_mood", "r_csat")
    with pytest.raises(AnalysisError, match="estimated from text"):
        calibrate_text(ox, "x_sentiment", "x_sentiment")
