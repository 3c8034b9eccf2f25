import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from nlp_cx.analyze.overview.times import choose_every, read_times
from nlp_cx.analyze.overview.volume import volume
from nlp_cx.analyze.proportions import wilson_interval
from nlp_cx.errors import AnalysisError, ConfigError, SchemaError


def _scored(days, sentiments=("negative", "neutral", "positive")):
    scores = {"negative": -0.9, "neutral": 0.0, "positive": 0.9}
    words = [sentiments[i % len(sentiments)] for i in range(len(days))]
    return pd.DataFrame(
        {
            "at": pd.to_datetime(days),
            "sentiment": words,
            "sentiment_score": [scores.get(word, np.nan) for word in words],
            "stars": np.arange(len(days)) % 5 + 1,
        }
    )


def test_documents_without_text_count_as_documents_only():
    table = volume(_scored(["2024-01-01"] * 4, ["negative", None]), outcome="stars")
    row = table.iloc[0]
    assert (row["period"], row["n_documents"], row["n_texts"]) == ("all", 4, 2)
    assert (row["share_negative"], row["n_outcome"]) == (1.0, 4)
    assert row["sentiment"] == pytest.approx(-0.9)


def test_turns_of_agents_are_no_documents():
    scored = _scored(["2024-01-01"] * 3).assign(speaker=["customer", "agent", "unknown"])
    assert volume(scored)["n_documents"].tolist() == [1]


def test_shares_have_wilson_intervals_and_gaps_stay():
    table = volume(_scored(["2024-01-05"] * 30 + ["2024-03-07"] * 60), time="at", every="month")
    assert table["period"].tolist() == ["2024-01", "2024-02", "2024-03"]
    assert table["n_texts"].tolist() == [30, 0, 60]
    assert table["is_partial"].tolist() == [True, False, True]
    low, high = wilson_interval(10, 30)
    assert table.loc[0, ["share_negative_low", "share_negative_high"]].tolist() == [low, high]
    assert np.isnan(table.loc[1, "share_negative"])
    assert np.isnan(table.loc[1, "sentiment"])


def test_customers_with_many_texts_make_intervals_wider():
    scored = _scored(["2024-01-05"] * 300).assign(customer=np.arange(300) // 30)
    scored["sentiment"] = np.where(scored["customer"] % 2 == 0, "negative", "positive")
    alone, together = volume(scored), volume(scored, cluster="customer")
    width = [t["share_negative_high"][0] - t["share_negative_low"][0] for t in (alone, together)]
    assert width[1] > 2 * width[0]
    assert alone["share_negative"][0] == together["share_negative"][0] == 0.5


def test_arrow_with_dictionaries_gives_the_same():
    scored = _scored(["2024-01-05", "2024-01-09", "2024-02-07"])
    arrow = pa.Table.from_pandas(scored.assign(sentiment=scored["sentiment"].astype("category")))
    pd.testing.assert_frame_equal(volume(scored, time="at"), volume(arrow, time="at"))


def test_times_that_cannot_be_read_are_counted():
    scored = _scored(["2024-01-05"] * 4)
    scored["at"] = ["2024-01-05", "2024/1/6 8:05", "yesterday", None]
    table = volume(scored, time="at", every="day")
    assert table["n_documents"].tolist() == [1, 1]
    assert table.attrs["n_unread"] == 1
    assert table.attrs["n_untimed"] == 1
    assert table.attrs["unread"] == ["yesterday"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2024年5月1日", "2024-05-01"),
        ("2024.5.1", "2024-05-01"),
        ("2024/05/01 9:30", "2024-05-01 09:30"),
        ("2024-05-01T10:00:00Z", "2024-05-01 10:00"),
        ("20240501", "2024-05-01"),
    ],
)
def test_dates_in_the_order_of_year_month_day_are_read(written, read):
    times = read_times(pd.DataFrame({"at": [written]}), "at")
    assert times.local[0] == pd.Timestamp(read)


@pytest.mark.parametrize("written", ["05/01/2024", "1.5.2024", "2024-13-01", "2024-05-01x", ""])
def test_other_orders_and_impossible_dates_are_not_guessed(written):
    with pytest.raises(AnalysisError, match="none of 1 rows has a time"):
        read_times(pd.DataFrame({"at": [written]}), "at")


def test_numbers_are_no_times():
    with pytest.raises(SchemaError, match="expected timestamps"):
        read_times(pd.DataFrame({"at": [20240501]}), "at")


@pytest.mark.parametrize("n_days", [6, 20, 41, 60, 100, 183, 400, 900, 1300, 3000, 3600])
def test_there_are_6_to_40_periods(n_days):
    days = pd.date_range("2024-01-01", periods=n_days)
    table = volume(_scored(days), time="at")
    assert 6 <= len(table) <= 41, (n_days, table.attrs["every"])
    assert choose_every(pd.Series(days)) == table.attrs["every"]


def test_bad_options():
    with pytest.raises(ConfigError, match="confidence"):
        volume(_scored(["2024-01-01"]), confidence=95)
    with pytest.raises(SchemaError, match="no column 'when'"):
        volume(_scored(["2024-01-01"]), time="when")
    with pytest.raises(SchemaError, match="'sentiment' holds 'great' in 1 rows"):
        volume(_scored(["2024-01-01"], ["great"]))
