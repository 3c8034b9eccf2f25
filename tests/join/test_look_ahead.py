"""Feedback explains no outcome that came before it."""

import pandas as pd
import pytest

from nlp_cx.errors import JoinError
from nlp_cx.join.ox import join_ox
from nlp_cx.join.spec import JoinSpec, TableSpec

ROWS = [
    {"interaction_id": "A", "created_at": "2025-03-02 10:00", "score": 0.5},
    {"interaction_id": "A", "created_at": "2025-03-08 10:00", "score": -0.5},
    {"interaction_id": "B", "created_at": "2025-03-02 10:00"},
    {"interaction_id": "C", "created_at": "2025-03-02 10:00"},
]
RATINGS = pd.DataFrame(
    {
        "interaction_id": ["A", "B", "C"],
        "nps": [5, 6, 7],
        "at": pd.to_datetime(["2025-03-05 10:00", "2025-03-01 10:00", "2025-03-02 10:00"]),
    }
)


def join(make_scored, rule, ratings=RATINGS, **table):
    """Join with a rule."""
    spec = JoinSpec(tables={"ratings": TableSpec(time="at", look_ahead=rule, **table)})
    ox, summary = join_ox(make_scored(*ROWS), {"ratings": ratings}, spec)
    return ox.set_index("interaction_id"), summary


def test_outcomes_older_than_the_feedback_are_refused_with_numbers(make_scored):
    with pytest.raises(JoinError) as stop:
        join(make_scored, "refuse")
    message = str(stop.value)
    assert "ratings: 1 rows are older than the first document" in message
    assert "1 are older than its last, e.g. A: at 2025-03-05 10:00:00" in message
    assert "--look-ahead drop" in message


def test_they_are_dropped_with_a_count_and_their_unit_stays(make_scored):
    ox, summary = join(make_scored, "drop")
    assert ox["r_nps"].tolist() == [pd.NA, pd.NA, 7]
    assert ox["x_n_documents"].tolist() == [2, 1, 1]
    table = summary.tables[0]
    assert (table.n_early, table.n_partly_early, table.n_rows_dropped) == (1, 1, 2)
    assert (table.n_units_matched, table.n_rows_unmatched, table.look_ahead) == (1, 0, "dropped")


def test_or_the_later_documents_are_left_out_with_a_count(make_scored):
    ox, summary = join(make_scored, "trim")
    assert ox["r_nps"].tolist() == [5, 6, 7]
    assert ox["x_n_documents"].tolist() == [1, 0, 1]
    assert ox["x_last_sentiment"].iloc[0] == 0.5
    assert (summary.scored.n_late, summary.n_documents, summary.n_silent) == (2, 2, 1)


def test_or_it_is_allowed_in_so_many_words(make_scored):
    ox, summary = join(make_scored, "allow")
    assert ox["r_nps"].tolist() == [5, 6, 7]
    assert summary.tables[0].look_ahead == "allowed, not looked for"


def test_operations_may_be_older_unless_they_are_said_to_be_outcomes(make_scored):
    ox, summary = join(make_scored, "refuse", family="o")
    assert ox["o_nps"].tolist() == [5, 6, 7]
    assert summary.tables[0].look_ahead == ""
    with pytest.raises(JoinError, match="older than the first document"):
        join(make_scored, "refuse", family="o", is_outcome=True)


def test_an_outcome_of_the_same_day_is_not_older_where_only_days_are_known(make_scored):
    days = RATINGS.assign(at=["2025-03-08", "2025-03-02", "2025-03-02"])
    ox, summary = join(make_scored, "refuse", ratings=days)
    assert ox["r_nps"].tolist() == [5, 6, 7]
    assert summary.tables[0].look_ahead == "none found"


def test_without_times_it_is_said_that_nothing_was_looked_for(make_scored):
    spec = JoinSpec(tables={"ratings": TableSpec()})
    _, summary = join_ox(make_scored(*ROWS), {"ratings": RATINGS}, spec)
    told = "not looked for: the time of ratings is not named"
    assert summary.tables[0].look_ahead == told


def test_what_has_no_time_is_kept_and_counted(make_scored):
    undated = RATINGS.assign(at=[None, None, RATINGS["at"][2]])
    rows = [*ROWS, {"interaction_id": "D", "created_at": None}]
    spec = JoinSpec(tables={"ratings": TableSpec(time="at")})
    ox, summary = join_ox(make_scored(*rows), {"ratings": undated}, spec)
    assert ox["r_nps"].tolist() == [5, 6, 7, pd.NA]
    assert summary.tables[0].look_ahead == "none found; 2 without a time kept"
    assert summary.scored.n_untimed == 1


def test_an_outcome_shared_by_units_is_dropped_only_where_it_is_older(make_scored):
    rows = [
        {"customer_id": "c", "created_at": "2025-03-01"},
        {"interaction_id": "B", "customer_id": "c", "created_at": "2025-03-09"},
    ]
    churn = pd.DataFrame({"customer_id": ["c"], "left_at": ["2025-03-05"], "reason": ["price"]})
    table = TableSpec(on=("customer_id",), time="left_at", is_outcome=True, look_ahead="drop")
    ox, summary = join_ox(make_scored(*rows), {"churn": churn}, JoinSpec(tables={"churn": table}))
    assert ox["o_reason"].isna().tolist() == [False, True]
    assert (summary.tables[0].n_rows_matched, summary.tables[0].n_rows_dropped) == (1, 0)


def test_trimming_needs_a_table_of_units(make_scored):
    rows = [{"customer_id": "c", "created_at": "2025-03-01"}]
    churn = pd.DataFrame({"customer_id": ["c"], "left_at": ["2025-03-05"]})
    table = TableSpec(on=("customer_id",), time="left_at", is_outcome=True, look_ahead="trim")
    with pytest.raises(JoinError, match="'trim' needs a table that is joined exactly on"):
        join_ox(make_scored(*rows), {"churn": churn}, JoinSpec(tables={"churn": table}))
