"""Rows are matched as of the feedback: in the order and within the time that were named."""

import pandas as pd
import pytest

from nlp_cx.errors import ConfigError, JoinError
from nlp_cx.join.ox import join_ox
from nlp_cx.join.spec import AsOf, JoinSpec, TableSpec

DAY = "2025-03-10 12:00:00"


def join(make_scored, times, rule, *, feedback=(DAY,), zone=None, table_zone=None, **table):
    """Join units of one customer, written at `feedback`, to rows at `times`."""
    rows = [
        {"interaction_id": f"u{i}", "customer_id": "c", "created_at": at}
        for i, at in enumerate(feedback)
    ]
    visits = pd.DataFrame({"customer_id": "c", "at": times, "n": range(len(times))})
    table = {"on": ("customer_id",), "time": "at", "asof": rule, "time_zone": table_zone} | table
    spec = JoinSpec(tables={"visits": TableSpec(**table)}, time_zone=zone)
    ox, summary = join_ox(make_scored(*rows), {"visits": visits}, spec)
    return ox, summary.tables[0]


def numbers(ox, name="o_n"):
    """Give a column with None for missing."""
    return [None if pd.isna(value) else int(value) for value in ox[name]]


@pytest.mark.parametrize(
    ("direction", "expected"),
    [("forward", 2), ("backward", 1), ("nearest", 2), ("last_feedback", None)],
)
def test_each_direction_takes_its_row(make_scored, direction, expected):
    times = ["2025-03-01 12:00", "2025-03-09 12:00", "2025-03-10 18:00", "2025-03-12 00:00"]
    rule = AsOf(direction=direction, window="30d")
    if expected is None:
        with pytest.raises(JoinError, match=r"up to 2, e\.g\. u0 with 2 rows"):
            join(make_scored, times, rule)
    else:
        assert numbers(join(make_scored, times, rule)[0]) == [expected]


@pytest.mark.parametrize(
    ("at", "found"),
    [("2025-03-10 13:00:00", True), ("2025-03-10 13:00:00.000001", False), (DAY, True)],
)
def test_the_window_is_inclusive(make_scored, at, found):
    ox, table = join(make_scored, [at], AsOf(direction="forward", window="1h"))
    assert numbers(ox) == [0 if found else None]
    assert table.n_rows_matched == int(found)
    assert table.unmatched_rows == (() if found else ("c",))


@pytest.mark.parametrize(("at", "found"), [("11:55:00", True), ("11:54:59", False)])
def test_the_tolerance_is_inclusive(make_scored, at, found):
    rule = AsOf(direction="forward", window="1h", tolerance="5min")
    assert numbers(join(make_scored, [f"2025-03-10 {at}"], rule)[0]) == [0 if found else None]
    strict = AsOf(direction="forward", window="1h")
    assert numbers(join(make_scored, [f"2025-03-10 {at}"], strict)[0]) == [None]


def test_an_outcome_goes_to_the_last_feedback_before_it_and_to_no_other(make_scored):
    feedback = ("2025-03-01 10:00", "2025-03-05 10:00", "2025-03-20 10:00")
    outcomes = ["2025-03-06 09:00", "2025-03-05 10:00", "2025-02-01 00:00", "2025-03-25 00:00"]
    columns = {"o_churned": "n:count", "o_n": "n:min"}
    rule = AsOf(direction="last_feedback", window="10d")
    ox, table = join(make_scored, outcomes, rule, feedback=feedback, columns=columns)
    assert ox["o_n_visits"].tolist() == [0, 2, 1]
    assert numbers(ox) == [None, 0, 3]
    assert (table.n_rows_matched, table.most_units_per_row) == (3, 1)


def test_forward_gives_one_row_to_several_feedbacks_and_says_so(make_scored):
    rule = AsOf(direction="forward", window="10d")
    feedback = ("2025-03-01 10:00", "2025-03-05 10:00")
    ox, table = join(make_scored, ["2025-03-06 09:00"], rule, feedback=feedback)
    assert numbers(ox) == [0, 0]
    assert (table.cardinality, table.most_units_per_row) == ("m:1", 2)


def test_rows_at_one_moment_tie_and_stop_unless_summarised(make_scored):
    rule = AsOf(direction="forward", window="1d")
    times = ["2025-03-10 13:00", "2025-03-10 13:00", "2025-03-10 14:00"]
    with pytest.raises(JoinError, match="several rows"):
        join(make_scored, times, rule)
    ox, _ = join(make_scored, times, rule, columns={"o_n": "n:max"})
    assert numbers(ox) == [1]


def test_times_with_and_without_zones_are_compared_only_where_the_zone_is_named(make_scored):
    rule = AsOf(direction="forward", window="1h")
    zoned = ["2025-03-10T04:30:00Z"]
    with pytest.raises(
        JoinError, match=r"visits\.at has a time zone and scored\.created_at has none"
    ):
        join(make_scored, zoned, rule)
    assert numbers(join(make_scored, zoned, rule, zone="Asia/Shanghai")[0]) == [0]
    assert numbers(join(make_scored, zoned, rule, zone="UTC")[0]) == [None]


def test_two_zones_for_two_tables(make_scored):
    rule = AsOf(direction="forward", window="1h")
    local = ["2025-03-10 04:30:00"]
    ox, _ = join(make_scored, local, rule, zone="Asia/Shanghai", table_zone="UTC")
    assert numbers(ox) == [0]


def test_offsets_beside_none_need_the_zone(make_scored):
    rule = AsOf(direction="forward", window="1h")
    with pytest.raises(JoinError, match="1 times name an offset and 1 do not"):
        join(make_scored, ["2025-03-10T12:30:00+08:00", "2025-03-10 12:40:00"], rule)


def test_summer_time_is_kept(make_scored):
    # London: clocks went from 01:00 to 02:00 on 2025-03-30.
    rule = AsOf(direction="forward", window="59min")
    ox, _ = join(
        make_scored,
        ["2025-03-30 02:15"],
        rule,
        feedback=("2025-03-30 00:45",),
        zone="Europe/London",
    )
    assert numbers(ox) == [0]


def test_days_are_compared_by_the_day(make_scored):
    rule = AsOf(direction="forward", window="2d")
    ox, table = join(make_scored, ["2025-03-12"], rule)
    assert numbers(ox) == [0]
    assert table.match == "forward within 2d, tolerance 0s (both inclusive, by the day)"
    assert numbers(join(make_scored, ["2025-03-10"], rule)[0]) == [0]
    assert numbers(join(make_scored, ["2025-03-13"], rule)[0]) == [None]


def test_what_is_no_time_is_refused_with_an_example(make_scored):
    with pytest.raises(JoinError, match=r"visits\.at: 1 values are no times, e\.g\. 'soon'"):
        join(make_scored, ["soon", DAY], AsOf(direction="forward", window="1d"))
    with pytest.raises(JoinError, match=r"visits\.at holds BIGINT, expected dates or times"):
        join(make_scored, [1741579200], AsOf(direction="forward", window="1d"))


@pytest.mark.parametrize("window", ["30", "1 month", "", "d"])
def test_windows_that_are_no_length_are_refused(make_scored, window):
    with pytest.raises(ConfigError, match=r"visits: window: .* is no length of time"):
        join(make_scored, [DAY], AsOf(direction="forward", window=window))


def test_ratings_are_not_taken_from_before_the_feedback(make_scored):
    with pytest.raises(JoinError, match="'nearest' takes rows older than the feedback"):
        join(make_scored, [DAY], AsOf(direction="nearest", window="1d"), family="r")


def test_without_the_time_of_documents_there_is_no_as_of(make_scored):
    rule = AsOf(direction="forward", window="1d")
    spec = JoinSpec(tables={"t": TableSpec(on=("interaction_id",), time="at", asof=rule)})
    table = pd.DataFrame({"interaction_id": ["A"], "at": [DAY]})
    with pytest.raises(
        JoinError, match=r"the times of both are needed\. Name the column of scored"
    ):
        join_ox(make_scored({}), {"t": table}, spec)
