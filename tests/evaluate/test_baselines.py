import numpy as np
import pandas as pd
import pytest

from nlp_cx.evaluate.baselines import train_gold, train_majority, train_words
from nlp_cx.taxonomy import load_taxonomy

DRIVERS = load_taxonomy().ids
ZH = [("味道很好", "positive"), ("味道太差", "negative"), ("问一下味道", "neutral")]


def make_examples(rows):
    """Lay out (source, text, sentiment, product) with nothing else labelled."""
    frame = pd.DataFrame(rows, columns=["source", "text", "sentiment", "product"]).astype(object)
    for driver in DRIVERS[1:]:
        frame[driver] = "not_mentioned"
    return frame.assign(loyalty="none", weight=1.0)


@pytest.fixture
def examples():
    return make_examples(
        [
            ("gold", text, sentiment, sentiment if sentiment != "neutral" else "not_mentioned")
            for text, sentiment in ZH * 4
        ]
    )


@pytest.mark.parametrize("train", [train_words, train_gold])
def test_what_is_in_the_texts_is_learned(examples, train):
    found = train(examples, {})([text for text, _ in ZH])
    assert found["sentiment"].tolist() == ["positive", "negative", "neutral"]
    assert found["product"].tolist()[:2] == ["positive", "negative"]
    assert found["product"].isna().tolist() == [False, False, True]
    p = found[["p_negative", "p_neutral", "p_positive"]].to_numpy()
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-6)
    assert (found["p_product"] > 0.5).tolist() == [True, True, False]


def test_outputs_that_are_never_mentioned_stay_missing(examples):
    found = train_words(examples, {})(["味道很好"])
    assert found["brand"].isna().all()
    assert found["loyalty"].isna().all()


def test_mixed_feelings_are_learned_as_neutral():
    rows = [("gold", "好坏都有", "mixed", None), ("gold", "很好", "positive", None)] * 4
    found = train_words(make_examples(rows), {})(["好坏都有"])
    assert found["sentiment"].tolist() == ["neutral"]


def test_a_mention_without_polarity_teaches_nothing():
    rows = [
        ("gold", "屏幕", "neutral", "mentioned"),
        ("gold", "漂亮", "positive", "positive"),
        ("gold", "快递", "neutral", "not_mentioned"),
    ] * 4
    found = train_words(make_examples(rows), {})(["漂亮", "快递"])
    assert found["product"].tolist()[0] == "positive"
    assert set(found["product"].dropna()) == {"positive"}


def test_the_gold_baseline_looks_at_gold_alone(examples):
    misleading = examples.assign(source="shop_zh", sentiment="negative")
    both = pd.concat([examples, *[misleading] * 3], ignore_index=True)
    assert train_gold(both, {})(["味道很好"])["sentiment"].tolist() == ["positive"]
    assert train_words(both, {})(["味道很好"])["sentiment"].tolist() == ["negative"]


def test_weights_count(examples):
    wrong = examples.assign(sentiment="negative", weight=0.01)
    both = pd.concat([examples, wrong, wrong], ignore_index=True)
    assert train_words(both, {})(["味道很好"])["sentiment"].tolist() == ["positive"]


def test_majority_gives_the_commonest_gold_label():
    rows = [("gold", "a", "negative", "positive")] * 2 + [("gold", "b", "positive", None)]
    rows += [("shop_zh", "c", "positive", None)] * 5
    found = train_majority(make_examples(rows), {})(["x", "y"])
    assert found["sentiment"].tolist() == ["negative"] * 2
    assert found["product"].tolist() == ["positive"] * 2
    assert found["brand"].isna().all()
    assert found["p_product"].tolist() == [1, 1]
