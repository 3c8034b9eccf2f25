import numpy as np
import pandas as pd
import pytest

from nlp_cx.analyze.periods import read_periods
from nlp_cx.errors import AnalysisError, ConfigError, SchemaError


def _table(*times):
    return pd.DataFrame({"at": list(times)})


@pytest.mark.parametrize(
    ("every", "labels"),
    [
        ("day", ("2024-12-29", "2024-12-30", "2024-12-31")),
        ("week", ("2024-W52", "2025-W01")),  # 29 December 2024 is a Sunday, the 30th is ISO week 1
        ("month", ("2024-12",)),
        ("quarter", ("2024Q4",)),
        ("year", ("2024",)),
    ],
)
def test_periods_have_names_that_sort_by_time(every, labels):
    periods = read_periods(_table("2024-12-29 10:00", "2024-12-31 23:59"), "at", every=every)
    assert periods.labels == labels == tuple(sorted(labels))
    assert periods.codes.tolist() == [0, len(labels) - 1]


def test_a_period_without_rows_keeps_its_place():
    periods = read_periods(_table("2024-01-15", None, "2024-04-02"), "at")
    assert periods.labels == ("2024-01", "2024-02", "2024-03", "2024-04")
    assert periods.codes.tolist() == [0, -1, 3]
    assert periods.starts[1] == pd.Timestamp("2024-02-01")


def test_midnight_is_that_of_the_named_zone():
    utc = pd.to_datetime(pd.Series(["2024-06-30T16:30", "2024-07-31T15:59"]), utc=True)
    table = pd.DataFrame({"at": utc})
    assert read_periods(table, "at").labels == ("2024-06", "2024-07")
    assert read_periods(table, "at", time_zone="Asia/Shanghai").labels == ("2024-07",)
    assert read_periods(table, "at", time_zone="America/New_York").labels == ("2024-06", "2024-07")


def test_a_day_with_a_change_of_the_clock_stays_in_its_month():
    spring = pd.to_datetime(
        pd.Series(["2024-03-31T00:30+01:00", "2024-03-31T23:30+02:00"]), utc=True
    )
    table = pd.DataFrame({"at": spring})
    assert read_periods(table, "at", every="day", time_zone="Europe/Berlin").labels == (
        "2024-03-31",
    )


def test_only_the_ends_can_be_partial():
    full = read_periods(_table("2024-01-01", "2024-02-29 12:00"), "at")
    assert full.is_partial.tolist() == [False, False]
    half = read_periods(_table("2024-01-02", "2024-03-30"), "at")
    assert half.is_partial.tolist() == [True, False, True]


def test_dates_as_objects_and_as_timestamps_are_the_same():
    stamps = pd.Series(pd.to_datetime(["2024-01-05", "2024-03-01"]))
    a = read_periods(pd.DataFrame({"at": stamps}), "at")
    b = read_periods(pd.DataFrame({"at": stamps.dt.date}), "at")
    assert a.labels == b.labels
    assert np.array_equal(a.codes, b.codes)


@pytest.mark.parametrize("values", [[1, 2], ["5/25/2019 15:54", "soon"], [True, False]])
def test_what_is_not_a_time_is_refused(values):
    with pytest.raises(SchemaError, match="expected timestamps"):
        read_periods(pd.DataFrame({"at": values}), "at")


def test_wrong_words_and_wrong_dates_are_refused():
    table = _table("1900-01-01", "2024-01-01")
    with pytest.raises(AnalysisError, match="goes from 1900-01-01"):
        read_periods(table, "at")
    with pytest.raises(AnalysisError, match="none of 2 rows"):
        read_periods(_table(None, None), "at")
    with pytest.raises(SchemaError, match="no column 'when'"):
        read_periods(table, "when")
    with pytest.raises(ConfigError, match="every 'fortnight'"):
        read_periods(table, "at", every="fortnight")
    with pytest.raises(ConfigError, match="time zone 'Asia/Shanghi'"):
        read_periods(table, "at", time_zone="Asia/Shanghi")
