import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy import stats

from nlp_cx.analyze.conversation_quantiles import estimate_quantile
from nlp_cx.analyze.conversation_summary import conversation_arc, measure_conversations
from nlp_cx.errors import AnalysisError, SchemaError
from nlp_cx.schema import conversations_schema


def _conversations(n, **columns):
    table = pd.DataFrame({name: [None] * n for name in conversations_schema().names})
    return table.assign(said_resolved=False, n_repeats=0, **columns)


def test_not_said_is_neither_resolved_nor_unresolved():
    table = _conversations(5, resolution=["resolved", "unresolved", None, None, None])
    table["said_resolved"] = [True, False, False, False, None]
    found = measure_conversations(table).set_index("measure")
    shares = found.loc[["resolved", "unresolved", "resolution_not_said"], "estimate"]
    assert shares.tolist() == [0.25, 0.25, 0.5]
    assert found.loc["resolved", ["n", "of"]].tolist() == [4, 5]
    assert found.loc["resolved", "reason"] == "no customer turn has text"


def test_waits_are_medians_of_those_that_were_answered():
    waits = [10.0, 20, 30, 40, 50000, None]
    table = _conversations(6, first_wait_seconds=waits, duration_seconds=[60.0] * 6)
    found = measure_conversations(table).set_index("measure")
    wait = found.loc["first_wait_seconds"]
    assert wait[["estimate", "q25", "q75", "n", "of"]].tolist() == [30, 20, 40, 5, 6]
    assert wait["reason"] == "not answered, or times not known"
    assert found.loc["answered", "estimate"] == pytest.approx(5 / 6)


def test_without_times_nothing_is_said_of_waits():
    found = measure_conversations(_conversations(3)).set_index("measure")
    row = found.loc["first_wait_seconds"]
    assert np.isnan(row["estimate"])
    assert row["n"] == 0
    assert row["reason"] == "times not known"
    assert np.isnan(found.loc["answered", "estimate"])


def test_means_have_students_interval():
    scores = [-0.9, -0.5, 0.1, 0.4]
    found = measure_conversations(_conversations(4, last_sentiment_score=scores))
    row = found.set_index("measure").loc["last_sentiment"]
    low, high = stats.t.interval(0.95, 3, np.mean(scores), stats.sem(scores))
    assert [row["low"], row["high"]] == pytest.approx([low, high])
    assert found.set_index("measure").loc["ended_negative", "estimate"] == 0.5


def test_a_bad_end_is_clearly_negative():
    """好的 and 已经私信 have scores a little below 0 and are no bad ends."""
    scores = [-0.06, -0.2, -0.32, -0.34, -0.9, None]
    found = measure_conversations(_conversations(6, last_sentiment_score=scores))
    row = found.set_index("measure").loc["ended_negative"]
    assert row[["estimate", "n", "of"]].tolist() == [0.4, 5, 6]


def test_arrow_gives_the_same_and_other_tables_are_refused():
    table = _conversations(3, last_sentiment_score=[0.1, 0.2, 0.3])
    pd.testing.assert_frame_equal(
        measure_conversations(table), measure_conversations(pa.Table.from_pandas(table))
    )
    with pytest.raises(SchemaError, match="not a table of conversations"):
        measure_conversations(pd.DataFrame({"a": [1]}))
    with pytest.raises(AnalysisError, match="no rows"):
        measure_conversations(table.iloc[:0])


def test_median_interval_is_that_of_the_order_statistics():
    """Of 101 values the exact interval of the median is the 41st and the 61st, 95.4 %."""
    found = estimate_quantile(np.random.default_rng(0).permutation(101) + 1.0, 0.5)
    assert tuple(found) == (51, 41, 61)


def test_quantile_intervals_cover():
    rng = np.random.default_rng(0)
    truth = stats.expon.ppf(0.75)
    found = [estimate_quantile(rng.exponential(size=60), 0.75) for _ in range(400)]
    assert 0.92 <= np.mean([one.low <= truth <= one.high for one in found]) <= 0.99


def test_few_values_have_no_upper_end():
    found = estimate_quantile(np.arange(5.0), 0.75)
    assert np.isnan(found.high)
    assert np.isnan(estimate_quantile(np.array([1.0]), 0.5).low)


def _turns(rows):
    return pd.DataFrame(rows, columns=["interaction_id", "turn", "speaker", "sentiment_score"])


def test_the_arc_weighs_conversations_alike_whatever_their_length():
    rows = [("a", t, "customer", s) for t, s in enumerate([-1.0, -1, -1, -1, -1])]
    rows += [("b", 0, "customer", 0.0), ("b", 1, "agent", 0.9), ("b", 2, "customer", 1.0)]
    rows += [("c", 0, "customer", -1.0)]
    arc = conversation_arc(_turns(rows), n_positions=3)
    assert arc["sentiment"].tolist() == [-0.5, -0.25, 0.0]
    assert arc["n"].tolist() == [2, 2, 2]
    assert arc.attrs["n_left_out"] == 1


def test_the_arc_follows_turns_not_rows():
    rows = [("a", 0, "customer", -1.0), ("a", 1, "customer", None), ("a", 2, "customer", 1.0)]
    rows += [("b", 5, "customer", -1.0), ("b", 9, "customer", 1.0)]
    turned = conversation_arc(_turns(rows[::-1]), n_positions=3)
    assert turned["sentiment"].tolist() == [-1, 0, 1]


def test_no_arc_of_single_turns():
    with pytest.raises(AnalysisError, match="none of 1 conversations"):
        conversation_arc(_turns([("a", 0, "customer", 0.5)]))
