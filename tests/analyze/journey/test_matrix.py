import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import confint_proportions_2indep

from nlp_cx.analyze.journey.journey_map import load_journey
from nlp_cx.analyze.journey.matrix import effective_clauses, touchpoint_matrix
from nlp_cx.analyze.journey.touchpoints import find_touchpoints
from nlp_cx.analyze.journey.transitions import stage_transitions
from nlp_cx.errors import AnalysisError, SchemaError

SCORES = {"negative": -0.8, "neutral": 0.0, "positive": 0.8}


def _located(*rows, **options):
    """Rows of (document, clause, sentiment[, clause_index, driver])."""
    names = ["doc_id", "clause", "sentiment", "clause_index", "driver"][: len(rows[0])]
    frame = pd.DataFrame(rows, columns=names)
    return find_touchpoints(frame.assign(sentiment_score=frame["sentiment"].map(SCORES)), **options)


def _cell(matrix, touchpoint, stage):
    return matrix.query("touchpoint == @touchpoint and stage == @stage").iloc[0]


def test_a_cell_is_what_is_counted_by_hand():
    rows = [(i, "快递很慢", "negative") for i in range(6)]
    rows += [(i, "快递很快", "positive") for i in range(6, 9)] + [(9, "快递", "neutral")]
    rows += [(i, "味道不错", "positive") for i in range(10)]
    matrix = touchpoint_matrix(_located(*rows))
    cell = _cell(matrix, "delivery", "during")
    assert cell[["n", "n_documents", "share"]].tolist() == [10, 10, 0.5]
    assert cell["estimate"] == pytest.approx(-0.3)
    assert cell[["negative", "positive"]].tolist() == [0.6, 0.3]
    # adjusted Wald of 3 hits, 6 misses of 10: centre -3/13, variance (10.5/13 - (3/13)^2) / 13
    half = 1.959964 * np.sqrt((10.5 / 13 - (3 / 13) ** 2) / 13)
    assert cell[["low", "high"]].tolist() == pytest.approx(
        [-3 / 13 - half, -3 / 13 + half], abs=1e-6
    )
    assert matrix.attrs["not_said"] == 0.5


def test_an_empty_cell_is_no_data_and_a_small_one_hides_its_numbers():
    matrix = touchpoint_matrix(_located((1, "前台热情", "positive"), (2, "不错", "positive")))
    empty = _cell(matrix, "fax", "pre")
    assert empty["n"] == 0
    assert empty["reason"] == "no data"
    assert np.isnan(empty["estimate"])
    small = _cell(matrix, "reception", "during")
    assert small[["n", "reason"]].tolist() == [1, "n is below 10"]
    assert np.isnan(small["positive"])


def test_every_cell_of_the_map_is_there_and_their_shares_sum_to_1():
    journey = load_journey("five_es")
    matrix = touchpoint_matrix(
        _located((1, "前台热情", "positive"), journey=journey), journey=journey
    )
    assert len(matrix) == (len(journey.touchpoints) + 1) * 6
    assert matrix["share"].sum() == pytest.approx(1)
    assert _cell(matrix, "reception", "enter")["n"] == 1


def test_the_names_of_the_source_stand_beside_its_cells():
    matrix = touchpoint_matrix(_located((1, "打客服电话投诉", "negative")))
    cell = _cell(matrix, "inbound_call", "post")
    assert cell[["activity", "channel", "n"]].tolist() == ["投诉", "phone", 1]


def test_a_clause_with_two_drivers_counts_once_and_for_both():
    rows = [
        (i, "快递慢还贵", "negative", 0, d) for i in range(10) for d in ("price", "convenience")
    ]
    rows += [(i, "快递快", "positive", 1, None) for i in range(10)]
    cell = _cell(touchpoint_matrix(_located(*rows)), "delivery", "during")
    assert cell[["n", "n_documents", "estimate"]].tolist() == [20, 10, 0]
    assert cell[["price_share", "convenience_share"]].tolist() == [0.5, 0.5]


def test_what_metadata_call_their_own_has_a_row_of_its_own():
    frame = pd.DataFrame({"doc_id": range(10), "clause": "好", "sentiment": "positive"})
    frame = frame.assign(sentiment_score=0.8, spot="kiosk 7")
    matrix = touchpoint_matrix(find_touchpoints(frame, touchpoint="spot"))
    assert _cell(matrix, "kiosk 7", "not said")["estimate"] == 1


def test_clauses_of_one_document_are_not_independent():
    alone = [(i, "快递慢", "negative" if i % 2 else "positive") for i in range(40)]
    together = [(i % 10, clause, "negative" if i % 2 else "positive") for i, clause, _ in alone]
    wide = _cell(touchpoint_matrix(_located(*together)), "delivery", "during")
    narrow = _cell(touchpoint_matrix(_located(*alone)), "delivery", "during")
    assert wide["estimate"] == narrow["estimate"] == 0
    assert wide["high"] - wide["low"] > 1.6 * (narrow["high"] - narrow["low"])
    values, clusters = np.repeat([1.0, 0.0, 1.0, 0.0], 5), np.repeat(np.arange(4), 5)
    assert effective_clauses(values, clusters) == pytest.approx(4 * 0.75 * 20 / 19)
    assert effective_clauses(np.ones(20), clusters) == 4
    assert effective_clauses(values, np.arange(20)) == pytest.approx(20)


def test_row_order_changes_no_number():
    rows = [
        (i, c, s) for i in range(12) for c, s in (("快递慢", "negative"), ("前台好", "positive"))
    ]
    located = _located(*rows)
    a = touchpoint_matrix(located)
    b = touchpoint_matrix(located.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(a, b)


def test_clauses_without_sentiment_are_left_out_and_counted():
    located = _located((1, "快递", "positive"), (2, "快递", None))
    assert touchpoint_matrix(located).attrs["n_left_out"] == 1
    with pytest.raises(AnalysisError, match="none of 1 clauses has a sentiment"):
        touchpoint_matrix(located.iloc[1:])


def test_what_does_not_fit_is_named():
    with pytest.raises(SchemaError, match="no column 'journey_touchpoint', 'journey_stage'"):
        touchpoint_matrix(pd.DataFrame({"doc_id": [1], "sentiment": [1], "sentiment_score": [1]}))
    located = _located((1, "排队", "negative"), journey=load_journey("five_es"))
    with pytest.raises(SchemaError, match="'enter', which is no stage of preset 'stages'"):
        touchpoint_matrix(located)
    with pytest.raises(SchemaError, match="sentiment holds 'bad'"):
        touchpoint_matrix(_located((1, "排队", "negative")).assign(sentiment="bad"))


def test_a_transition_compares_the_later_stage_on_both_sides():
    rows = []
    for i in range(40):
        rows.append((i, "排队很久", "negative" if i < 20 else "positive"))
        rows.append((i, "服务员很好", "negative" if i < 15 or i >= 38 else "positive"))
    found = stage_transitions(_located(*rows)).iloc[0]
    assert found[["n", "n_negative", "after_negative", "after_other"]].tolist() == [
        40,
        20,
        0.75,
        0.1,
    ]
    assert found["estimate"] == pytest.approx(0.65)
    reference = confint_proportions_2indep(15, 20, 2, 20, method="newcomb")
    assert found[["low", "high"]].tolist() == pytest.approx(reference)


def test_a_transition_of_few_documents_is_missing():
    found = stage_transitions(_located((1, "排队", "negative"), (1, "服务员好", "positive")))
    assert (
        found["reason"].str.startswith("1 documents with a negative and 0 with another pre").iloc[0]
    )
    assert found["estimate"].isna().all()
