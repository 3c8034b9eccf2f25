"""Who gave text and who did not is counted by channel, segment and what is named."""

import pandas as pd
import pytest

from nlp_cx.errors import JoinError
from nlp_cx.join.ox import join_ox
from nlp_cx.join.spec import JoinSpec, TableSpec

ORDERS = pd.DataFrame(
    {"no": list("ABCDE"), "segment": ["new", "new", "key", None, "key"], "store": list("nsnsn")}
)
ON = TableSpec(on=("interaction_id=no",))


def count(make_scored, *rows, **spec):
    """Give coverage as (column, value, units, with text)."""
    spec = JoinSpec(keep="orders", tables={"orders": ON}, **spec)
    _, summary = join_ox(make_scored(*rows), {"orders": ORDERS}, spec)
    return [(row.column, row.value, row.n_units, row.n_with_text) for row in summary.coverage]


def test_channel_and_segment_are_counted_without_being_asked(make_scored):
    rows = [
        {"interaction_id": "A", "channel": "app"},
        {"interaction_id": "A", "channel": "web", "score": None},
        {"interaction_id": "C", "channel": "web", "score": None},
    ]
    assert count(make_scored, *rows) == [
        ("(all)", "(all)", 5, 1),
        ("o_segment", "key", 2, 0),
        ("o_segment", "new", 2, 1),
        ("o_segment", "(missing)", 1, 0),
        ("channel", "web", 2, 1),
        ("channel", "app", 1, 1),
    ]


def test_named_columns_are_counted_instead(make_scored):
    found = count(make_scored, {"interaction_id": "A"}, coverage=("o_store",))
    assert found == [("(all)", "(all)", 5, 1), ("o_store", "n", 3, 1), ("o_store", "s", 2, 0)]


def test_groups_are_counted(make_scored):
    found = count(make_scored, {"interaction_id": "B"}, roles={"o_store": "group"})
    assert ("o_store", "s", 2, 1) in found


def test_shares_are_of_units_and_of_those_with_text(make_scored):
    spec = JoinSpec(keep="orders", tables={"orders": ON}, coverage=("o_store",))
    _, summary = join_ox(make_scored({}, {"interaction_id": "B"}), {"orders": ORDERS}, spec)
    row = summary.coverage[1]
    assert (row.value, row.share_with_text) == ("n", pytest.approx(1 / 3))
    assert (row.share_of_units, row.share_of_texts) == (0.6, 0.5)


def test_a_column_that_is_not_there_is_refused(make_scored):
    with pytest.raises(JoinError, match="coverage: no column 'o_city'; there are interaction_id"):
        count(make_scored, {}, coverage=("o_city",))
