"""Keys that are written in two ways are found and counted, and forgiven only when asked."""

import datetime

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp_cx.errors import JoinError
from nlp_cx.join.ox import join_ox
from nlp_cx.join.spec import JoinSpec, TableSpec

SPACES = "\u00a0\u3000\u200b\ufeff \t"


def join(make_scored, left, right, *, normal=False, time_zone=None, table_zone=None):
    """Join units with these keys to a table with those."""
    scored = make_scored(*({} for _ in left)).assign(interaction_id=left)
    table = pd.DataFrame({"no": right, "amount": range(len(right))})
    tables = {"t": TableSpec(on=("interaction_id=no",), time_zone=table_zone)}
    spec = JoinSpec(tables=tables, normalize_keys=normal, time_zone=time_zone)
    ox, summary = join_ox(scored, {"t": table}, spec)
    return ox["o_amount"].isna().tolist(), summary.tables[0]


@pytest.mark.parametrize(
    ("kind", "left", "right"),
    [
        ("zeros", "123", "00123"),
        ("zeros", "00123", "123.0"),
        ("spaces", "A 12", f"A12{SPACES}"),
        ("case", "ab12", "AB12"),
        ("width", "A12", "Ａ１２"),
        ("several", "ab12", " ＡＢ１２"),
        ("dates", "2025-02-01", "2025-02-01 00:00:00"),
    ],
)
def test_drift_is_found_and_counted_and_fixed_only_when_asked(make_scored, kind, left, right):
    lefts, rights = [left, "same", "lost"], [right, "same", "else"]
    if kind == "dates":
        lefts, rights = [left, "2025-03-01"], [right, "2025-04-01"]
    missing, table = join(make_scored, lefts, rights)
    assert missing[0]
    assert [(drift.kind, drift.n_keys) for drift in table.drift] == [(kind, 1)]
    assert table.drift[0].samples == ((left, right),)
    missing, normal = join(make_scored, lefts, rights, normal=True)
    assert not missing[sorted(lefts).index(left)]
    assert normal.drift == table.drift
    assert "(by the day)" in normal.on[0] if kind == "dates" else "(normalised)" in normal.on[0]


def test_numbers_and_texts_are_the_same_key_where_they_read_the_same(make_scored):
    missing, table = join(make_scored, [1, 2, 3], ["1", "2", "003"])
    assert missing == [False, False, True]
    assert table.on == ("interaction_id = no (as text)",)
    assert table.drift[0].samples == (("3", "003"),)


def test_whole_numbers_that_became_floats_still_match(make_scored):
    missing, table = join(make_scored, [1.0, 2.0], [1, 2])
    assert missing == [False, False]
    missing, _ = join(make_scored, ["1", "2"], [1.0, None])
    assert missing == [False, True]
    assert table.drift == ()


def test_long_numbers_are_not_rounded(make_scored):
    missing, _ = join(make_scored, [2**53, 2**53 + 1], pd.array([2**53 + 1, None], "Int64"))
    assert missing == [True, False]


def test_blank_keys_are_missing_and_equal_to_nothing(make_scored):
    missing, table = join(make_scored, ["a", "b"], ["a", "", "  ", None])
    assert missing == [False, True]
    assert (table.n_without_key, table.n_rows_unmatched) == (3, 3)


def test_days_of_moments_are_told_in_the_zone_that_is_named(make_scored):
    # 16:00 in Greenwich is the next day in Shanghai.
    moments = pd.to_datetime(["2025-01-31T16:00:00Z", "2025-02-01T16:00:00Z"])
    days = [datetime.date(2025, 2, 1), datetime.date(2025, 2, 2)]
    missing, table = join(make_scored, days, moments, time_zone="Asia/Shanghai")
    assert missing == [True, True]
    assert [(drift.kind, drift.n_keys) for drift in table.drift] == [("dates", 2)]
    missing, _ = join(make_scored, days, moments, time_zone="Asia/Shanghai", normal=True)
    assert missing == [False, False]


def test_days_of_moments_are_not_guessed(make_scored):
    moments = pd.to_datetime(["2025-01-31T16:00:00Z", "2025-02-01T17:00:00Z"])
    days = ["2025-02-01", "2025-02-02"]
    _, table = join(make_scored, days, moments)
    assert "Name the zone" in table.notes[0]
    with pytest.raises(JoinError, match="on which day they fall is not known"):
        join(make_scored, days, moments, normal=True)


def test_moments_with_unlike_offsets_are_one_instant(make_scored):
    missing, _ = join(
        make_scored, ["2025-01-31T16:30:00Z"], ["2025-02-01T00:30:00+08:00"], normal=True
    )
    assert missing == [False]


def test_spellings_of_one_key_are_one_unit_when_normalised(make_scored):
    scored = make_scored({"interaction_id": "00123"}, {"interaction_id": "123 "})
    ox, _ = join_ox(scored, {}, JoinSpec(normalize_keys=True))
    assert ox["interaction_id"].tolist() == ["00123"]
    assert ox["x_n_documents"].tolist() == [2]


def test_keys_that_become_one_in_the_table_multiply_and_stop(make_scored):
    with pytest.raises(JoinError, match=r"up to 2, e\.g\. 123 with 2 rows"):
        join(make_scored, ["123"], ["123", "0123"], normal=True)


@settings(max_examples=8, deadline=None)
@given(
    st.text("aZ09 ", min_size=1, max_size=4).filter(str.strip),
    st.sampled_from([str, str.upper, lambda k: f" {k}", lambda k: k.replace("9", "９")]),
)
def test_what_matches_as_written_also_matches_normalised(make_scored, key, spell):
    spelled = spell(key)
    exact, _ = join(make_scored, [key], [spelled])
    normal, _ = join(make_scored, [key], [spelled], normal=True)
    assert exact == [key != spelled]
    assert normal == [False]
