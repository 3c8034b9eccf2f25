import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, f1_score

from nlp_cx.errors import InputError
from nlp_cx.evaluate.metrics import (
    accuracy,
    binary_accuracy,
    count_pairs,
    evaluate,
    f1_scores,
    macro_f1,
    micro_f1,
)
from nlp_cx.taxonomy import load_taxonomy

DRIVERS = load_taxonomy().ids
POLARITIES = ["positive", "negative", "neutral", "mixed"]


def table(rows, lang="zh"):
    """Rows of (sentiment, {driver: polarity}, loyalty); what is absent is not mentioned."""
    frame = pd.DataFrame({"lang": [lang] * len(rows), "sentiment": [r[0] for r in rows]})
    for driver in DRIVERS:
        frame[driver] = pd.Series([r[1].get(driver, "not_mentioned") for r in rows], dtype=object)
    frame["loyalty"] = pd.Series([r[2] or "none" for r in rows], dtype=object)
    return frame


def random_table(n_rows, random_state):
    rng = np.random.default_rng(random_state)
    frame = pd.DataFrame({"lang": rng.choice(["zh", "en"], n_rows)})
    frame["sentiment"] = rng.choice(POLARITIES, n_rows)
    for driver in DRIVERS:
        frame[driver] = rng.choice(["not_mentioned", *POLARITIES], n_rows, p=[0.6] + [0.1] * 4)
    frame["loyalty"] = rng.choice(["none", "positive", "negative"], n_rows, p=[0.8, 0.1, 0.1])
    return frame


def test_metrics_of_a_worked_example():
    gold = table(
        [
            ("positive", {"product": "positive"}, "positive"),
            ("negative", {"product": "negative", "price": "negative"}, None),
            ("mixed", {"service": "mixed"}, "negative"),
            ("neutral", {}, None),
        ]
    )
    predicted = table(
        [
            ("positive", {"product": "positive", "price": "positive"}, "positive"),
            ("neutral", {"product": "positive", "price": "negative"}, None),
            ("neutral", {"service": "mixed"}, None),
            ("mixed", {}, "positive"),
        ]
    )
    found = evaluate(gold, predicted).set_index("lang").loc["zh"]
    # Pairs: product 1 right 1 wrong 1 missed, price 1 right 1 wrong, service 1 right.
    assert found["pair_f1_product"] == pytest.approx(1 / 2)
    assert found["pair_f1_price"] == pytest.approx(2 / 3)
    assert found["pair_f1_service"] == 1
    assert np.isnan(found["pair_f1_brand"])
    assert found["pair_micro_f1"] == pytest.approx(6 / 9)
    assert found["pair_macro_f1"] == pytest.approx((1 / 2 + 2 / 3 + 1) / 3)
    # Mentions: product 2 right, price 1 right 1 wrong, service 1 right.
    assert found["mention_macro_f1"] == pytest.approx((1 + 2 / 3 + 1) / 3)
    # Sentiment: mixed is neutral, so only the second text is wrong.
    assert found["sentiment_accuracy"] == pytest.approx(3 / 4)
    assert found["sentiment_macro_f1"] == pytest.approx((1 + 0 + 4 / 5) / 3)
    assert found["clear_accuracy"] == pytest.approx(1 / 2)
    # Loyalty: positive 1 right 1 wrong, negative missed.
    assert found["loyalty_macro_f1"] == pytest.approx((2 / 3 + 0) / 2)


def test_metrics_agree_with_scikit_learn():
    gold, predicted = random_table(500, 1), random_table(500, 2)
    found = evaluate(gold, predicted).set_index("lang")
    for lang in ("all", "zh", "en"):
        rows = gold["lang"].isin(["zh", "en"] if lang == "all" else [lang])
        truth, guess = gold[rows], predicted[rows]

        def pairs(frame, drivers=DRIVERS):
            return np.column_stack([frame[d] == p for d in drivers for p in POLARITIES])

        def mentions(frame):
            return np.column_stack([frame[d] != "not_mentioned" for d in DRIVERS])

        per_driver = [
            f1_score(pairs(truth, [d]), pairs(guess, [d]), average="micro") for d in DRIVERS
        ]
        three = {"mixed": "neutral"}
        sentiment = truth["sentiment"].replace(three), guess["sentiment"].replace(three)
        clear = truth["sentiment"].isin(["positive", "negative"])
        expected = {
            "pair_micro_f1": f1_score(pairs(truth), pairs(guess), average="micro"),
            "pair_macro_f1": np.mean(per_driver),
            "mention_macro_f1": f1_score(mentions(truth), mentions(guess), average="macro"),
            "sentiment_macro_f1": f1_score(*sentiment, average="macro"),
            "sentiment_accuracy": accuracy_score(*sentiment),
            "clear_accuracy": accuracy_score(sentiment[0][clear], sentiment[1][clear]),
            "loyalty_macro_f1": f1_score(
                truth["loyalty"], guess["loyalty"], labels=["positive", "negative"], average="macro"
            ),
        }
        assert found.loc[lang, list(expected)].to_dict() == pytest.approx(expected)


def test_missing_prediction_says_the_same_as_not_mentioned():
    gold, predicted = random_table(100, 1), random_table(100, 2)
    scored = predicted.drop(columns="lang").replace({"not_mentioned": None, "none": None})
    pd.testing.assert_frame_equal(evaluate(gold, predicted), evaluate(gold, scored))


def test_masked_gold_counts_nowhere():
    gold = table([("positive", {"price": "positive"}, None), (None, {}, None)])
    gold.loc[1, [*DRIVERS, "loyalty"]] = None
    predicted = table(
        [
            ("positive", {"price": "positive"}, None),
            ("negative", {"price": "negative", "brand": "positive"}, "negative"),
        ]
    )
    found = evaluate(gold, predicted).iloc[0]
    assert (found["pair_micro_f1"], found["mention_macro_f1"]) == (1, 1)
    assert (found["sentiment_accuracy"], found["clear_accuracy"]) == (1, 1)
    assert np.isnan(found["loyalty_macro_f1"])


def test_mention_of_unknown_polarity_counts_for_mentions_only():
    gold = table([("positive", {"price": "mentioned", "brand": "mentioned"}, None)])
    predicted = table([("positive", {"price": "negative"}, None)])
    found = evaluate(gold, predicted).iloc[0]
    assert (found["mention_f1_price"], found["mention_f1_brand"]) == (1, 0)
    assert np.isnan(found["pair_micro_f1"])


def test_languages_are_listed_after_all():
    gold = pd.concat([table([("positive", {}, None)], lang) for lang in ("zh", "en")])
    assert evaluate(gold, gold)["lang"].tolist() == ["all", "en", "zh"]


def test_tables_of_unequal_length_are_refused():
    gold = table([("positive", {}, None)])
    with pytest.raises(InputError, match="1 gold rows but 0"):
        evaluate(gold, gold[:0])


def test_wrong_polarity_is_one_wrong_and_one_missed():
    gold = table([("positive", {"price": "positive"}, None)])
    predicted = table([("positive", {"price": "negative"}, None)])
    assert count_pairs(gold, predicted, ["price"]).tolist() == [[[0, 1, 1]]]


def test_scores_without_any_count_are_missing():
    nothing = np.zeros((2, 3), int)
    assert np.isnan(f1_scores(nothing)).all()
    assert np.isnan(macro_f1(nothing))
    assert np.isnan(micro_f1(nothing))
    assert np.isnan(accuracy(nothing))


def test_binary_accuracy_compares_the_two_ends_only():
    gold = pd.Series(["positive", "negative", "neutral", None, "negative"], dtype=object)
    p_positive, p_negative = [0.3, 0.2, 0.9, 0.9, 0.4], [0.2, 0.1, 0.0, 0.0, 0.4]
    assert binary_accuracy(gold, p_positive, p_negative) == pytest.approx(2 / 3)
    assert np.isnan(binary_accuracy(gold[2:4], p_positive[2:4], p_negative[2:4]))
