import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp_cx.analyze.overview.driver_shares import driver_shares
from nlp_cx.errors import SchemaError

LABELS = [None, "negative", "neutral", "positive", "mixed"]


def _scored(labels, **columns):
    return pd.DataFrame(
        {"doc_id": range(len(labels)), "sentiment": "neutral", "price": labels, **columns}
    )


def _pick(table, polarity):
    return table[table["polarity"] == polarity].iloc[0]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(LABELS), min_size=10, max_size=60))
def test_parts_make_up_the_mentions_and_order_does_not_matter(labels):
    table = driver_shares(_scored(labels), drivers=["price"])
    n = table.set_index("polarity")["n"]
    assert n["negative"] + n["positive"] - n["mixed"] + n["neutral"] == n["mentioned"]
    assert n["mentioned"] == sum(label is not None for label in labels)
    turned = driver_shares(_scored(labels[::-1]), drivers=["price"])
    pd.testing.assert_frame_equal(table, turned)


def test_nothing_scored_is_not_a_text_without_mention():
    scored = _scored(["negative"] * 10 + [None] * 20)
    scored.loc[20:, "sentiment"] = None
    row = _pick(driver_shares(scored, drivers=["price"]), "negative")
    assert (row["n"], row["of"], row["share"]) == (10, 20, 0.5)


def test_small_groups_are_hidden_and_one_more_with_them():
    scored = _scored(["negative"] * 130, store=["a"] * 80 + ["b"] * 45 + ["c"] * 5)
    table = driver_shares(scored, by="store", drivers=["price"])
    rows = table[table["polarity"] == "negative"].set_index("group")
    assert rows["is_hidden"].to_dict() == {"a": False, "b": True, "c": True}
    assert rows.loc["c", "reason"] == "n below 10"
    assert rows.loc["b", "reason"] == "hidden to protect a smaller group"
    assert rows.loc[["b", "c"], ["n", "of", "share", "low", "high"]].isna().all().all()
    assert rows.loc["a", "of"] == 80


def test_groups_by_period():
    times = ["2024-01-01"] * 30 + ["2024-02-29"] * 30
    scored = _scored((["negative"] * 10 + [None] * 20) * 2, at=times, store=["a", "b"] * 30)
    table = driver_shares(scored, by="store", period="at", every="month", drivers=["price"])
    rows = table[table["polarity"] == "negative"]
    assert rows[["group", "period", "n", "of"]].values.tolist() == [
        [group, period, 5, 15] for group in "ab" for period in ("2024-01", "2024-02")
    ]
    assert not rows["is_partial"].any()
    assert table.attrs["every"] == "month"


def test_a_labelled_sample_moves_the_share_to_the_truth():
    """The classifier misses 40 % of the complaints and invents 5 %; 30 % complain in truth."""
    rng = np.random.default_rng(1)
    n = 6000
    truth = rng.random(n) < 0.3
    said = np.where(truth, rng.random(n) < 0.6, rng.random(n) < 0.05)
    scored = _scored(np.where(said, "negative", None))
    rows = rng.permutation(n)[:800]
    labelled = pd.DataFrame({"doc_id": rows, "price": np.where(truth[rows], "negative", None)})
    row = _pick(driver_shares(scored, drivers=["price"], labelled=labelled), "negative")
    assert row["share"] == pytest.approx(0.215, abs=0.02)
    assert row["high"] < 0.25
    assert row["corrected_low"] < 0.3 < row["corrected_high"]
    assert (row["correction"], row["n_labelled"], row["reason"]) == ("powered", 800, None)
    mixed = _pick(driver_shares(scored, drivers=["price"], labelled=labelled), "mixed")
    assert np.isnan(mixed["corrected"])
    assert mixed["reason"].startswith("mixed is not corrected")


def test_a_selected_sample_gives_the_adjusted_share():
    rng = np.random.default_rng(1)
    truth = np.tile([True, True, True] + [False] * 7, 300)
    said = np.where(truth, rng.random(3000) < 0.6, rng.random(3000) < 0.05)
    scored = _scored(np.where(said, "negative", None))
    rows = np.flatnonzero(truth | (rng.random(3000) < 0.2))
    labelled = pd.DataFrame({"doc_id": rows, "price": np.where(truth[rows], "negative", None)})
    table = driver_shares(scored, drivers=["price"], labelled=labelled, sampling="selected")
    row = _pick(table, "negative")
    assert row["correction"] == "rogan-gladen"
    assert row["corrected"] == pytest.approx(0.3, abs=0.03)


def test_a_table_without_drivers_is_refused():
    with pytest.raises(SchemaError, match="no column of a driver"):
        driver_shares(pd.DataFrame({"sentiment": ["neutral"]}))
    with pytest.raises(SchemaError, match="no column 'taste'"):
        driver_shares(_scored([None]), drivers=["taste"])
