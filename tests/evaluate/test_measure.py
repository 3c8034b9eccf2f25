import numpy as np
import pandas as pd
import pytest

from nlp_cx.evaluate.figures import FIGURES, macro_of_many, micro_of_many, share_of_many, tally
from nlp_cx.evaluate.measure import Resampling, Sample, Tallied
from nlp_cx.evaluate.metrics import evaluate, macro_f1, micro_f1

DRIVERS = ("product", "service", "relationship", "price", "convenience", "brand")


def table(rng, n):
    labels = ["positive", "negative", "neutral", "mixed", "not_mentioned"]
    frame = pd.DataFrame({d: rng.choice(labels, n) for d in DRIVERS}, dtype=object)
    frame["sentiment"] = rng.choice(["positive", "negative", "neutral"], n)
    frame["loyalty"] = rng.choice(["positive", "negative", "none"], n)
    frame["lang"] = "en"
    return frame


@pytest.fixture
def judged():
    rng = np.random.default_rng(0)
    return table(rng, 200), table(rng, 200), table(rng, 200)


def test_figures_agree_with_the_metrics_of_the_gold_set(judged):
    gold, ours, _ = judged
    wanted = evaluate(gold, ours).iloc[0]
    sample = Sample(Tallied(tally(gold, ours, DRIVERS)), Resampling(10))
    for name, column in (
        ("pair_macro_f1", "pair_macro_f1"),
        ("pair_micro_f1", "pair_micro_f1"),
        ("mention_macro_f1", "mention_macro_f1"),
        ("sentiment_macro_f1", "sentiment_macro_f1"),
        ("accuracy", "sentiment_accuracy"),
        ("loyalty_macro_f1", "loyalty_macro_f1"),
    ):
        assert sample.figure(name)["value"] == pytest.approx(wanted[column]), name
    found = {(r["driver"], r["figure"]): r["value"] for r in sample.drivers(DRIVERS)}
    assert found["price", "pair_f1"] == pytest.approx(wanted["pair_f1_price"])
    assert found["brand", "mention_f1"] == pytest.approx(wanted["mention_f1_brand"])


def test_figures_of_many_sums_are_those_of_each():
    sums = np.random.default_rng(1).integers(0, 9, (7, 6, 3))
    assert macro_of_many(sums) == pytest.approx([macro_f1(s) for s in sums])
    assert micro_of_many(sums) == pytest.approx([micro_f1(s) for s in sums])
    assert np.isnan(share_of_many(np.zeros((2, 2)))).all()


def test_paired_difference_agrees_with_the_formula_of_mcnemar():
    # As tests/evaluate/test_bootstrap.py: sqrt(b + c - (b-c)^2/n) / n.
    n, b, c = 1000, 90, 60
    ours, theirs = np.zeros(n, bool), np.zeros(n, bool)
    ours[: 500 + b] = True
    theirs[:500] = True
    theirs[500 + b : 500 + b + c] = True

    def right(is_right):
        return {"right": np.column_stack([is_right, ~is_right]).astype(np.int64)}

    row = Sample(Tallied(right(ours), right(theirs)), Resampling(4000)).figure("accuracy")
    error = np.sqrt(b + c - (b - c) ** 2 / n) / n
    assert row["difference"] == pytest.approx((b - c) / n)
    assert row["difference_low"] == pytest.approx(0.03 - 1.96 * error, abs=0.002)
    assert row["difference_high"] == pytest.approx(0.03 + 1.96 * error, abs=0.002)
    assert row["p_not_better"] == pytest.approx(0.007, abs=0.006)
    assert (row["value"], row["against"]) == (0.59, 0.56)


def test_groups_are_drawn_whole():
    # 50 groups of 20 equal texts: the standard error is that of 50 texts, not of 1,000.
    right = np.repeat(np.arange(50) < 35, 20)
    counts = {"right": np.column_stack([right, ~right]).astype(np.int64)}
    groups = np.repeat(np.arange(50), 20)
    row = Sample(Tallied(counts, groups=groups), Resampling(4000)).figure("accuracy")
    error = np.sqrt(0.7 * 0.3 / 50)
    assert row["value"] == 0.7
    assert row["low"] == pytest.approx(0.7 - 1.96 * error, abs=0.02)
    assert row["high"] == pytest.approx(0.7 + 1.96 * error, abs=0.02)


def test_nothing_is_said_of_fewer_than_ten_texts(judged):
    gold, ours, theirs = (frame[:9] for frame in judged)
    tallied = Tallied(tally(gold, ours, DRIVERS), tally(gold, theirs, DRIVERS))
    for name in FIGURES:
        assert np.isnan(list(Sample(tallied, Resampling(10)).figure(name).values())).all()


def test_text_that_was_not_scored_is_wrong():
    gold = pd.DataFrame({"sentiment": ["negative", "positive", None], "loyalty": None})
    found = pd.DataFrame(
        {
            "sentiment": [None, "positive", "positive"],
            "p_positive": [None, 0.6, 0.6],
            "p_negative": [None, 0.1, 0.1],
        }
    )
    assert tally(gold, found, ())["right"].tolist() == [[0, 1], [1, 0], [0, 0]]


def test_set_of_two_classes_is_judged_by_the_likelier_of_the_two():
    found = pd.DataFrame(
        {"sentiment": ["neutral"], "p_positive": [0.3], "p_neutral": [0.6], "p_negative": [0.1]}
    )
    for label, others, right in (("positive", "negative", 1), ("positive", "neutral", 0)):
        gold = pd.DataFrame({"sentiment": [label, others], "loyalty": None})
        both = pd.concat([found, found], ignore_index=True)
        assert tally(gold, both, ())["right"][0].tolist() == [right, 1 - right]


def test_output_that_the_model_lacks_is_not_measured(judged):
    gold, ours, _ = judged
    found = tally(gold, ours.drop(columns=["price", "loyalty"]), DRIVERS)
    assert set(found) == {"right", "sentiment"}
    assert Sample(Tallied(found), Resampling(10)).figure("pair_macro_f1") is None
