"""Loyalty: repurchase, referral, and intent of texts kept apart."""

import numpy as np
import pandas as pd
import pytest

from nlp_cx.analyze.metrics import (
    code_referral,
    code_repurchase,
    code_text_loyalty,
    code_text_sentiment,
    estimate_metrics,
    list_buyers,
)
from nlp_cx.errors import AnalysisError, ConfigError, SchemaError

ORDERS = pd.DataFrame(
    {
        "who": ["a", "a", "a", "b", "c", "c", "d", None],
        "no": [1, 1, 2, 3, 4, 5, 6, 7],
        "store": ["n", "n", "s", "n", "s", "n", "s", "s"],
        "at": pd.to_datetime(
            [
                "2024-01-01",
                "2024-01-01",
                "2024-01-31",
                "2024-01-10",
                "2024-01-01",
                "2024-06-01",
                "2024-06-20",
                "2024-01-01",
            ]
        ),
    }
)


def test_lines_of_one_order_are_one_order():
    by_line = list_buyers(ORDERS, "who").set_index("customer")["n_orders"]
    by_order = list_buyers(ORDERS, "who", order="no").set_index("customer")["n_orders"]
    assert by_line.to_dict() == {"a": 3, "b": 1, "c": 2, "d": 1}
    assert by_order.to_dict() == {"a": 2, "b": 1, "c": 2, "d": 1}


def test_who_could_not_buy_again_yet_is_not_counted():
    buyers = list_buyers(ORDERS, "who", date="at", order="no", within_days=60)
    again = buyers.set_index("customer")["repurchased"]
    assert again["a"]
    assert not again["b"]
    assert not again["c"]  # after five months
    assert again["d"] is pd.NA  # first bought at the very end
    row = estimate_metrics(buyers, code_repurchase(buyers, "repurchased"), min_n=1).iloc[0]
    assert (row["n"], row["n_missing"]) == (3, 1)
    assert row["estimate"] == pytest.approx(1 / 3)


def test_groups_are_those_of_the_first_order():
    buyers = list_buyers(ORDERS, "who", date="at", keep=["store"])
    assert buyers["store"].tolist() == ["n", "n", "s", "s"]


def test_number_of_orders_makes_buyers_and_repeat_buyers():
    customers = pd.DataFrame({"orders": pd.array([0, 1, 1, 2, 7, None], "Int64")})
    row = estimate_metrics(customers, code_repurchase(customers, "orders"), min_n=1).iloc[0]
    assert (row["estimate"], row["n"], row["n_missing"]) == (0.5, 4, 2)
    assert "less time" in row["caveat"]
    with pytest.raises(AnalysisError, match="1 of 2 values of 'orders' are no numbers of orders"):
        code_repurchase(pd.DataFrame({"orders": [1.5, 2]}), "orders")


def test_needed_columns_are_named():
    with pytest.raises(ConfigError, match="need the column of times"):
        list_buyers(ORDERS, "who", within_days=60)
    with pytest.raises(SchemaError, match="no column 'customer', 'day'"):
        list_buyers(ORDERS, "customer", date="day")
    with pytest.raises(SchemaError, match="expected times"):
        list_buyers(ORDERS.astype({"at": str}), "who", date="at")


def test_saying_and_doing_are_named_apart():
    table = pd.DataFrame({"yes": [1, 0, 1]})
    names = [code_referral(table, "yes", source=s)[0].name for s in ("surveyed", "operational")]
    assert names == ["stated_recommendation_rate", "referral_rate"]
    with pytest.raises(TypeError, match="source"):
        code_referral(table, "yes")
    with pytest.raises(ConfigError, match="'text'"):
        code_referral(table, "yes", source="text")


def test_no_text_no_intent_and_intent_are_three_things():
    ox = pd.DataFrame(
        {"x_n_texts": [0, None, 2, 1, 1, 1], "x_loyalty": [None, None, None, 1, 1, -1]}
    )
    result = estimate_metrics(ox, code_text_loyalty(ox), min_n=1).set_index("metric")
    net = result.loc["text_estimated_loyalty_net"]
    stated = result.loc["text_estimated_loyalty_stated_share"]
    assert (net["n"], net["n_missing"]) == (3, 3)
    assert net["estimate"] == pytest.approx(100 / 3)
    assert (stated["n"], stated["n_missing"]) == (4, 2)
    assert stated["estimate"] == 0.75
    assert (result["source"] == "text").all()
    assert result["caveat"].str.contains("never to be pooled").all()


def test_units_of_several_texts_get_a_mean():
    ox = pd.DataFrame({"x_n_texts": 2, "x_loyalty": [1, 0.5, -1] * 4})
    row = estimate_metrics(ox, code_text_loyalty(ox)).iloc[0]
    assert row["interval"] == "t"
    assert row["estimate"] == pytest.approx(100 / 6)


def test_sentiment_of_texts_is_named_so():
    ox = pd.DataFrame({"x_n_texts": [1] * 12, "x_sentiment": np.linspace(-1, 1, 12)})
    row = estimate_metrics(ox, code_text_sentiment(ox)).iloc[0]
    assert row["metric"].startswith("text_estimated_")
    assert row["source"] == "text"
    with pytest.raises(AnalysisError, match="not from -1 to 1"):
        code_text_sentiment(ox.assign(x_sentiment=5.0))
    with pytest.raises(SchemaError, match="nlp-cx join"):
        code_text_sentiment(ox.drop(columns="x_n_texts"))
