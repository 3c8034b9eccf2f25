import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp_cx.join.times import read_times


def read(*values):
    """Read values of any type; give datetimes, or clock times as timedeltas, or None."""
    times = read_times(pd.Series(list(values), dtype="object"))
    return [
        None
        if np.isnan(s)
        else dt.timedelta(seconds=s)
        if clock
        else dt.datetime(1970, 1, 1) + dt.timedelta(seconds=round(s, 3))
        for s, clock in zip(times.seconds, times.is_clock, strict=True)
    ]


MORNING = dt.datetime(2024, 5, 1, 10, 2)
WITH_SECONDS = dt.datetime(2024, 5, 1, 10, 2, 33)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-05-01 10:02", MORNING),
        ("2024-05-01T10:02:33", WITH_SECONDS),
        ("2024-05-01T10:02:33Z", WITH_SECONDS),
        ("2024-05-01T18:02:33+08:00", WITH_SECONDS),
        ("2024-05-01 10:02:33.25", dt.datetime(2024, 5, 1, 10, 2, 33, 250000)),
        ("2024/5/1 10:02:33", WITH_SECONDS),
        ("2024.05.01 10:02", MORNING),
        ("2024年5月1日 10:02", MORNING),
        ("2024年5月1日 10时02分33秒", WITH_SECONDS),
        ("2024年5月1日 下午3:05", dt.datetime(2024, 5, 1, 15, 5)),
        ("2024-05-01 凌晨12:05", dt.datetime(2024, 5, 1, 0, 5)),
        ("2024-05-01 中午12:05", dt.datetime(2024, 5, 1, 12, 5)),
        ("20240501 100233", WITH_SECONDS),
        ("20240501100233", WITH_SECONDS),
        ("05/13/2024, 10:02", dt.datetime(2024, 5, 13, 10, 2)),
        ("13/05/2024 10:02 PM", dt.datetime(2024, 5, 13, 22, 2)),
        ("5/13/24, 9:02 a.m.", dt.datetime(2024, 5, 13, 9, 2)),
        ("5月1日 10:02", dt.datetime(2000, 5, 1, 10, 2)),
        ("Wed May 01 10:02:33 +0000 2024", WITH_SECONDS),
        ("Wed, 01 May 2024 10:02:33 GMT", WITH_SECONDS),
        ("May 1, 2024 10:02 AM", MORNING),
        ("1714557753", WITH_SECONDS),
        ("1714557753000", WITH_SECONDS),
        ("10:02", dt.timedelta(hours=10, minutes=2)),
        ("10:02:33 PM", dt.timedelta(hours=22, minutes=2, seconds=33)),
        ("下午3:05", dt.timedelta(hours=15, minutes=5)),
        ("12:00 AM", dt.timedelta(0)),
        ("昨天 23:50", dt.timedelta(hours=23, minutes=50)),
        (1714557753, WITH_SECONDS),
        (1714557753000.0, WITH_SECONDS),
        (20240501100233, WITH_SECONDS),
        (dt.datetime(2024, 5, 1, 10, 2, 33), WITH_SECONDS),
        (pd.Timestamp("2024-05-01 18:02:33", tz="Asia/Shanghai"), WITH_SECONDS),
    ],
)
def test_written_times_are_read(text, expected):
    assert read(text) == [expected]


@pytest.mark.parametrize(
    "text",
    ["2024-05-01", "5月1日", "2024-13-01 10:02", "2024-02-30 10:02", "25:61", "1002", "soon", ""],
)
def test_what_says_no_time_of_day_is_missing_and_counted(text):
    times = read_times(pd.Series([text, None]))
    assert np.isnan(times.seconds).all()
    assert times.n_unreadable == 1


def test_day_and_month_are_told_apart_by_the_column():
    assert read("03/04/2024 10:00", "13/04/2024 10:00")[0] == dt.datetime(2024, 4, 3, 10)
    assert read("03/04/2024 10:00", "04/13/2024 10:00")[0] == dt.datetime(2024, 3, 4, 10)
    ambiguous = read_times(pd.Series(["03/04/2024 10:00", "03/05/2024 10:00"]))
    assert ambiguous.is_ambiguous
    assert ambiguous.seconds[1] - ambiguous.seconds[0] == 86400


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_timestamp_columns_of_any_unit_are_read(unit):
    column = pd.Series([WITH_SECONDS, None]).astype(f"datetime64[{unit}]")
    seconds = read_times(column).seconds
    assert seconds[0] == 1714557753
    assert np.isnan(seconds[1])


def test_columns_without_values_are_missing_throughout():
    for column in (pd.Series([None, None], dtype="object"), pd.Series([np.nan, np.nan])):
        times = read_times(column)
        assert np.isnan(times.seconds).all()
        assert times.n_unreadable == 0
    assert read_times(pd.Series([], dtype="object")).seconds.size == 0


@settings(deadline=None)
@given(
    st.datetimes(dt.datetime(1971, 1, 1), dt.datetime(2090, 1, 1)),
    st.sampled_from(
        ["%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y年%m月%d日 %H时%M分%S秒", "%Y%m%d%H%M%S"]
    ),
)
def test_every_date_is_read_back(moment, form):
    moment = moment.replace(microsecond=0)
    assert read(moment.strftime(form)) == [moment]
