"""A unit's experience is what its customers' texts say: counted once, never guessed."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp_cx.errors import JoinError, SchemaError
from nlp_cx.join.ox import join_ox
from nlp_cx.join.spec import JoinSpec
from nlp_cx.schema import ox_schema
from nlp_cx.taxonomy import load_taxonomy

DRIVERS = load_taxonomy().ids


@pytest.fixture(scope="session")
def summarize(make_scored):
    """Join rows with nothing."""
    return lambda *rows, spec=None: join_ox(make_scored(*rows), {}, spec)


def test_columns_are_those_of_the_schema_in_order(summarize):
    ox, _ = summarize({})
    assert list(ox.columns) == ["interaction_id", *ox_schema().names]


def test_no_text_no_mention_and_neutral_mention_are_three_things(summarize):
    ox, _ = summarize(
        {"interaction_id": "a", "score": None},
        {"interaction_id": "b"},
        {"interaction_id": "c", "price": ("neutral", 0.0)},
    )
    columns = ["x_n_documents", "x_n_texts", "x_sentiment", "x_price_negative", "x_price_neutral"]
    assert ox[columns].astype("Float64").to_numpy(object, na_value=None).tolist() == [
        [1, 0, None, None, None],
        [1, 1, 0.5, 0, 0],
        [1, 1, 0.5, 0, 1],
    ]
    assert ox["x_price_score"].isna().tolist() == [True, True, False]


def test_a_mixed_mention_is_both_a_negative_and_a_positive_one(summarize):
    ox, _ = summarize({"price": ("mixed", 0.1)}, {"price": ("positive", 0.7)}, {})
    found = ox.iloc[0]
    assert found[["x_price_negative", "x_price_neutral", "x_price_positive"]].tolist() == [1, 0, 2]
    assert found["x_price_score"] == np.float32(0.4)


def test_loyalty_and_mixed_are_means_over_the_texts_that_tell(summarize):
    ox, _ = summarize(
        {"loyalty": "positive", "mixed": True}, {"loyalty": "positive"}, {"loyalty": "negative"}, {}
    )
    assert ox["x_loyalty"][0] == np.float32(1 / 3)
    assert ox["x_mixed"][0] == np.float32(1 / 4)


def test_agents_and_bots_are_no_documents_but_their_unit_stays(summarize):
    ox, summary = summarize(
        {"speaker": "customer", "turn": 0, "score": -0.5},
        {"speaker": "agent", "turn": 1, "score": 0.9, "price": ("positive", 0.9)},
        {"speaker": "customer", "turn": 2, "score": 0.1},
        {"speaker": "bot", "turn": 0, "score": None, "interaction_id": "B"},
    )
    assert ox["x_n_documents"].tolist() == [2, 0]
    assert ox["x_sentiment"].iloc[0] == np.float32(-0.2)
    assert ox["x_price_positive"].iloc[0] == 0
    assert (summary.scored.n_other_speakers, summary.n_silent) == (2, 1)


def test_first_and_last_follow_the_time_not_the_rows(summarize):
    rows = [
        {"score": 0.3, "created_at": pd.Timestamp("2025-03-02")},
        {"score": -0.9, "created_at": pd.Timestamp("2025-03-03")},
        {"score": 0.7, "created_at": pd.Timestamp("2025-03-01")},
        {"score": None, "created_at": pd.Timestamp("2025-02-01")},
    ]
    ox, _ = summarize(*rows)
    columns = ["x_first_sentiment", "x_last_sentiment", "x_worst_sentiment"]
    assert ox[columns].iloc[0].tolist() == np.float32([0.7, -0.9, -0.9]).tolist()
    assert ox["x_first_at"][0] == pd.Timestamp("2025-02-01")
    assert ox["x_last_at"][0] == pd.Timestamp("2025-03-03")


def test_without_a_time_only_single_texts_have_a_first_and_last(summarize):
    ox, summary = summarize({"score": 0.3}, {"score": 0.1}, {"interaction_id": "B", "score": 0.2})
    assert ox["x_first_sentiment"].isna().tolist() == [True, False]
    assert summary.scored.n_unordered == 1


def test_turns_order_a_conversation_and_not_a_customer(summarize):
    rows = [
        {"customer_id": "c", "score": score, "turn": turn, "speaker": "customer"}
        for score, turn in ((0.5, 3), (-1.0, 0), (0.25, 7))
    ]
    ox, _ = summarize(*rows)
    assert ox[["x_first_sentiment", "x_last_sentiment"]].iloc[0].tolist() == [-1.0, 0.25]
    ox, _ = summarize(*rows, spec=JoinSpec(grain=("customer_id",)))
    assert ox["x_first_sentiment"].isna().all()


def test_of_two_texts_at_one_moment_the_lower_is_first_and_last(summarize):
    rows = [{"score": score, "created_at": pd.Timestamp("1960-01-01")} for score in (0.5, -0.25)]
    ox, _ = summarize(*rows)
    assert ox[["x_first_sentiment", "x_last_sentiment"]].iloc[0].tolist() == [-0.25, -0.25]


def test_documents_without_a_key_are_counted_and_in_no_row(summarize):
    ox, summary = summarize({}, {"interaction_id": None}, {"interaction_id": " "})
    assert ox["interaction_id"].tolist() == ["A"]
    assert (summary.scored.n_without_key, summary.scored.without_key) == (2, ("1", "2"))


def test_a_scored_table_without_any_key_is_refused_with_the_way_out(summarize):
    with pytest.raises(JoinError, match=r"none of 1 documents .*--grain.* doc_id"):
        summarize({"interaction_id": None})


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"price": "Negative"}, "price holds 'Negative', expected negative, neutral"),
        ({"loyalty": "yes"}, "loyalty holds 'yes'"),
        ({"score": 4.0}, "sentiment_score goes to 4, expected -1 to 1"),
    ],
)
def test_labels_and_scores_of_others_are_refused(summarize, row, message):
    with pytest.raises(SchemaError, match=message):
        summarize(row)


def test_a_table_that_was_not_scored_is_refused_with_all_that_it_lacks():
    with pytest.raises(SchemaError, match=r"no column 'sentiment_score', 'product'.*nlp-cx score"):
        join_ox(pd.DataFrame({"doc_id": [1], "interaction_id": ["a"]}), {})


@pytest.mark.parametrize(("rule", "n"), [("keep", 2), ("drop", 1)])
def test_duplicates_are_counted_and_dropped_only_when_asked(summarize, rule, n):
    ox, summary = summarize({"doc_id": 7}, {"doc_id": 7}, spec=JoinSpec(duplicates=rule))
    assert ox["x_n_documents"].tolist() == [n]
    assert (summary.scored.n_duplicates, summary.scored.duplicates) == (1, ("7",))


def test_duplicates_can_be_refused(summarize):
    with pytest.raises(JoinError, match=r"1 rows repeat the doc_id .* e\.g\. .7."):
        summarize({"doc_id": 7}, {"doc_id": 7}, spec=JoinSpec(duplicates="refuse"))


def by_pandas(scored):
    """Summarise in the plain way, for comparison."""
    scored = scored[scored["interaction_id"].notna()]
    rows = {}
    for key, unit in scored.groupby("interaction_id"):
        texts = unit[unit["sentiment_score"].notna()].sort_values(["created_at", "sentiment_score"])
        scores = texts["sentiment_score"].astype(float)
        row = {"x_n_documents": len(unit), "x_n_texts": len(texts), "x_sentiment": scores.mean()}
        if len(texts):
            row |= {"x_first_sentiment": scores.iloc[0], "x_worst_sentiment": scores.min()}
            for driver in DRIVERS:
                for polarity in ("negative", "neutral", "positive"):
                    words = {polarity} if polarity == "neutral" else {polarity, "mixed"}
                    row[f"x_{driver}_{polarity}"] = texts[driver].isin(words).sum()
                row[f"x_{driver}_score"] = texts[f"{driver}_score"].astype(float).mean()
        rows[key] = row
    return pd.DataFrame.from_dict(rows, orient="index").sort_index()


def a_document():
    """Draw a document."""
    score = st.one_of(st.none(), st.floats(-1, 1, width=32))
    polarity = st.sampled_from([None, "negative", "neutral", "positive", "mixed"])
    return st.fixed_dictionaries(
        {
            "interaction_id": st.sampled_from([*"abcdefgh", None]),
            "score": score,
            "price": st.tuples(polarity, st.floats(-1, 1, width=32)),
            "created_at": st.datetimes(pd.Timestamp("2024-01-01"), pd.Timestamp("2024-01-03")).map(
                lambda time: pd.Timestamp(time).floor("h")
            ),
        }
    )


@settings(max_examples=8, deadline=None)
@given(st.lists(a_document(), min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_units_are_as_pandas_makes_them_in_any_order_of_rows(make_scored, rows, random):
    for i, row in enumerate(rows):
        row["doc_id"] = i
        if row["price"][0] is None:
            row["price"] = (None, None)
    rows[0]["interaction_id"] = "a"
    scored = make_scored(*rows)
    ox, summary = join_ox(scored, {})
    shuffled = scored.sample(frac=1, random_state=random.randrange(2**32))
    pd.testing.assert_frame_equal(join_ox(shuffled, {}, threads=1)[0], ox)
    expected = by_pandas(scored)
    found = ox.set_index("interaction_id")
    assert list(found.index) == list(expected.index)
    for name in expected:
        left = found[name].astype("Float64").to_numpy(float, na_value=np.nan)
        right = expected[name].astype("Float64").to_numpy(float, na_value=np.nan)
        np.testing.assert_allclose(left, right, rtol=1e-6, atol=1e-9, err_msg=name)
    has_key = scored["interaction_id"].notna()
    assert ox["x_n_documents"].sum() == has_key.sum() == summary.n_documents
