"""Orders summed up by customer."""

import numpy as np
import pandas as pd
import pytest

from nlp_cx.analyze.metrics.purchases import check_summary, summarize_purchases
from nlp_cx.errors import AnalysisError, DataWarning, SchemaError

ORDERS = pd.DataFrame(
    {
        "who": ["a", "a", "a", "a", "b", None],
        "at": pd.to_datetime(
            [
                "2024-01-01 09:00",
                "2024-01-01 18:00",
                "2024-01-15",
                "2024-02-12",
                "2024-01-08",
                None,
            ],
            format="ISO8601",
        ),
        "spent": [10.0, 5, 30, 50, 7, 9],
        "store": ["n", "n", "s", "s", "s", "n"],
    }
)


def test_orders_of_one_day_are_one_purchase():
    summary = summarize_purchases(
        ORDERS, "who", "at", value="spent", group="store", until="2024-02-19"
    )
    assert summary.to_dict("list") == {
        "customer": ["a", "b"],
        "group": ["n", "s"],
        "frequency": [2, 0],
        "recency": [6, 0],
        "age": [7, 6],
        "first_value": [15, 7],
        "value": [40, 0],
    }


def test_later_orders_are_not_seen():
    summary = summarize_purchases(ORDERS, "who", "at", until="2024-01-07", per_days=1)
    assert summary.to_dict("list") == {
        "customer": ["a"],
        "frequency": [0],
        "recency": [0],
        "age": [6],
    }


def test_refunds_are_no_purchases():
    orders = ORDERS.assign(spent=[10.0, 5, -30, 50, 7, 9])
    with pytest.warns(DataWarning, match="1 of 4 days of a customer have values that sum to less"):
        summary = summarize_purchases(orders, "who", "at", value="spent")
    assert summary["frequency"].tolist() == [1, 0]


def test_columns_are_checked():
    with pytest.raises(SchemaError, match="no column 'customer', 'price'"):
        summarize_purchases(ORDERS, "customer", "at", value="price")
    with pytest.raises(SchemaError, match="expected timestamps"):
        summarize_purchases(ORDERS.assign(at=range(6)), "who", "at")
    with pytest.raises(AnalysisError, match="none of the 6 rows"):
        summarize_purchases(ORDERS.assign(who=None), "who", "at")
    with pytest.raises(AnalysisError, match="none is left until 2023-01-01"):
        summarize_purchases(ORDERS, "who", "at", until="2023-01-01")


def test_all_faults_of_a_summary_are_named_at_once():
    summary = pd.DataFrame(
        {
            "frequency": [1.5, 0, 2, 1, 0],
            "recency": [1.0, 1, 9, 0, 0],
            "age": [5.0, 5, 5, 5, np.nan],
        }
    )
    with pytest.raises(AnalysisError) as caught:
        check_summary(summary)
    for fault in (
        "1 rows where a number is missing",
        "1 rows where frequency is no count",
        "1 rows where recency is beyond age",
        "1 rows where recency is not 0 without a repeat purchase",
        "1 rows where recency is 0 or less with a repeat purchase",
    ):
        assert fault in str(caught.value)


def test_summary_of_cdnow_is_the_published_one(cdnow_summary):
    # first customers of the table printed in note 4 of brucehardie.com
    assert len(cdnow_summary) == 2357
    first = cdnow_summary.head(3)
    assert first["frequency"].tolist() == [2, 1, 0]
    assert first["recency"].round(2).tolist() == [30.43, 1.71, 0]
    assert first["age"].round(2).tolist() == [38.86] * 3
    assert first["value"].tolist()[:2] == pytest.approx([22.35, 11.77], abs=0.0051)


def test_days_end_at_the_midnight_that_was_named():
    at = pd.to_datetime(["2024-01-01T15:00Z", "2024-01-01T17:00Z"])
    orders = pd.DataFrame({"who": "a", "at": at})
    assert summarize_purchases(orders, "who", "at")["frequency"].tolist() == [0]
    there = summarize_purchases(orders, "who", "at", time_zone="Asia/Shanghai")
    assert there["frequency"].tolist() == [1]
