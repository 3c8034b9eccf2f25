import numpy as np
import pandas as pd
import pytest

from nlp_cx.analyze.overview.changes import changes
from nlp_cx.errors import AnalysisError, ConfigError


def _months(shares, n=1000, drivers=("price",)):
    """Whole months from January on, each with this share of complaints."""
    parts = []
    for i, share in enumerate(shares):
        start = pd.Timestamp("2024-01-01") + pd.DateOffset(months=i)
        days = pd.date_range(start, start + pd.offsets.MonthEnd(0), periods=n)
        k = round(n * share)
        said = pd.Series(["negative"] * k + [None] * (n - k), dtype=object)
        parts.append(pd.DataFrame({"at": days, **dict.fromkeys(drivers, said)}))
    table = pd.concat(parts, ignore_index=True)
    stars = np.where(table[drivers[0]].isna(), 5.0, 1.0)
    return table.assign(sentiment="neutral", sentiment_score=(stars - 3) / 2, stars=stars)


def _row(table, measure="driver_share", polarity="negative", driver="price"):
    found = table[(table["measure"] == measure)]
    if measure == "driver_share":
        found = found[(found["polarity"] == polarity) & (found["driver"] == driver)]
    return found.iloc[0]


def test_worked_difference_of_two_months():
    """60 of 1,000 and 90 of 1,000: z 2.5469, p 0.01087, as in the test of compare_groups."""
    table = changes(_months([0.2, 0.06, 0.09]), time="at", every="month", outcome="stars")
    row = _row(table)
    assert (row["period"], row["period_before"]) == ("2024-03", "2024-02")
    assert (row["now"], row["before"]) == (0.09, 0.06)
    assert row["p_value"] == pytest.approx(0.01087, abs=5e-6)
    assert row["low"] < 0.03 < row["high"]
    assert row["low"] > 0
    assert row["p_adjusted"] >= row["p_value"]
    assert _row(table, "outcome")["change"] == pytest.approx(-0.12)


def test_several_months_before_are_pooled():
    table = changes(_months([0.9, 0.1, 0.2, 0.3]), time="at", every="month", n_before=2)
    row = _row(table)
    assert row["before"] == pytest.approx(0.15)
    assert row["n_before"] == 2000
    assert row["period_before"] == "2024-02 to 2024-03"


def test_a_month_that_has_not_ended_is_not_compared():
    scored = _months([0.06, 0.09, 0.5])
    scored = scored[scored["at"] < "2024-03-20"]
    assert _row(changes(scored, time="at", every="month"))["period"] == "2024-02"


@pytest.mark.parametrize(
    ("shares", "until", "message"),
    [
        ([0.1], "2025-01-01", "1 periods of a month, 1 of them whole"),
        ([0.1, 0.1], "2024-02-10", "2 periods of a month, 1 of them whole"),
    ],
)
def test_nothing_to_compare_is_said(shares, until, message):
    scored = _months(shares)
    with pytest.raises(AnalysisError, match=message):
        changes(scored[scored["at"] < until], time="at", every="month")


def test_too_few_texts_are_not_compared():
    with pytest.raises(AnalysisError, match="20 texts in 2024-02, expected at least 30"):
        changes(_months([0.1, 0.1], n=20), time="at", every="month")


def test_a_gap_just_before_is_not_jumped():
    scored = _months([0.1, 0.1, 0.1])
    scored = scored[scored["at"].dt.month != 2]
    with pytest.raises(AnalysisError, match="0 texts in 2024-02"):
        changes(scored, time="at", every="month")


def test_customers_in_both_months_are_one_observation():
    scored = _months([0.06, 0.09])
    scored["customer"] = np.tile(np.arange(1000) // 20, 2)
    row = _row(changes(scored, time="at", every="month", cluster="customer"))
    # Complaints stand in whole customers (20 texts each): far less is known than of 1,000 texts.
    alone = _row(changes(scored, time="at", every="month"))
    assert row["now_high"] - row["now_low"] > 1.5 * (alone["now_high"] - alone["now_low"])


def test_options_are_checked():
    with pytest.raises(ConfigError, match="n_before 0"):
        changes(_months([0.1, 0.1]), time="at", n_before=0)
