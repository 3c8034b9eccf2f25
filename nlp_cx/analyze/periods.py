"""Times put into weeks, months, quarters: which period a row belongs to, gaps kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.errors import AnalysisError, ConfigError, SchemaError

Ints = npt.NDArray[np.int64]

Every = Literal["day", "week", "month", "quarter", "year"]

_RULES = {"day": "D", "week": "W-SUN", "month": "M", "quarter": "Q-DEC", "year": "Y-DEC"}

MOST_PERIODS = 1000
"""More than this come from a wrong date (1900-01-01), not from a history."""


@dataclass(frozen=True, slots=True)
class Periods:
    """The period of every row.

    Attributes
    ----------
    codes : ndarray of int64, shape (n_rows,)
        0 for the first period in which there is a row; -1 where there is no time.
    labels : tuple of str
        Of every period from the first to the last, empty ones too: ``2024-05-01``, ``2024-W18``
        (ISO week, from Monday), ``2024-05``, ``2024Q2``, ``2024``. They sort by time.
    starts : DatetimeIndex
        First day of every period.
    is_partial : ndarray of bool, shape (n_periods,)
        The data begin after the first day of this period, or end before its last day. Only the
        first and the last one can be.
    """

    codes: Ints
    labels: tuple[str, ...]
    starts: pd.DatetimeIndex
    is_partial: npt.NDArray[np.bool_]


def read_periods(
    table: pd.DataFrame, column: str, *, every: Every = "month", time_zone: str | None = None
) -> Periods:
    """Tell which period every row belongs to.

    Parameters
    ----------
    table : DataFrame
    column : str
        A column of timestamps, or of text such as ``2024-05-01 10:02`` (ISO 8601).
    every : {"day", "week", "month", "quarter", "year"}
    time_zone : str, optional
        Whose midnight counts, e.g. ``"Asia/Shanghai"``. Times that know their zone are converted
        to it (their own zone when not given); times that know none are taken to be local already.

    Returns
    -------
    Periods

    Raises
    ------
    SchemaError
        If the column is missing or not of times.
    AnalysisError
        If no row has a time, or there are more than 1,000 periods between first and last.
    ConfigError
        If `every` or `time_zone` is unknown.

    Examples
    --------
    >>> table = pd.DataFrame({"at": ["2024-05-31T17:00Z", "2024-08-02T00:00Z", None]})
    >>> read_periods(table, "at").labels
    ('2024-05', '2024-06', '2024-07', '2024-08')
    >>> periods = read_periods(table, "at", time_zone="Asia/Shanghai")
    >>> periods.labels, periods.codes.tolist(), periods.is_partial.tolist()
    (('2024-06', '2024-07', '2024-08'), [0, 2, -1], [False, False, True])
    """
    if every not in _RULES:
        raise ConfigError(f"every {every!r}, expected one of {', '.join(_RULES)}")
    local = read_local_times(table, column, time_zone)
    known = local.notna().to_numpy(np.bool_)
    if not known.any():
        raise AnalysisError(f"none of {len(table):,} rows has a time in {column!r}")
    index = pd.PeriodIndex(local[known].dt.to_period(_RULES[every]))
    ordinals = np.asarray(index.asi8, np.int64)
    first, last = int(ordinals.min()), int(ordinals.max())
    if last - first >= MOST_PERIODS:
        raise AnalysisError(
            f"{column!r} goes from {local.min():%Y-%m-%d} to {local.max():%Y-%m-%d}: "
            f"{last - first + 1:,} periods of a {every}, expected at most {MOST_PERIODS:,}. "
            "Take wrong dates out, or choose longer periods."
        )
    codes = np.full(len(table), -1, np.int64)
    codes[known] = ordinals - first
    periods = pd.period_range(index.min(), index.max(), freq=_RULES[every])
    starts = periods.start_time.normalize()
    is_partial = np.zeros(len(periods), np.bool_)
    is_partial[0] |= bool(local.min().normalize() > starts[0])
    is_partial[-1] |= bool(local.max().normalize() < periods.end_time.normalize()[-1])
    return Periods(codes, tuple(_label(period, every) for period in periods), starts, is_partial)


def read_local_times(table: pd.DataFrame, column: str, time_zone: str | None) -> pd.Series:
    """Give the times as they stand on the clocks of a zone.

    Parameters
    ----------
    table : DataFrame
    column : str
        As in `read_periods`.
    time_zone : str, optional
        As in `read_periods`.

    Returns
    -------
    Series of datetime64, index 0, 1, …
        Without zone; NaT where missing.

    Raises
    ------
    SchemaError, ConfigError
        As in `read_periods`.
    """
    if column not in table.columns:
        raise SchemaError(
            f"no column {column!r}. The table has {', '.join(map(str, table.columns))}."
        )
    times = table[column].reset_index(drop=True)
    if not pd.api.types.is_datetime64_any_dtype(times):
        times = _parse(times, column)
    try:
        zone = None if time_zone is None else ZoneInfo(time_zone)
    except (KeyError, ValueError, OSError) as e:
        raise ConfigError(
            f"time zone {time_zone!r} is not known, expected a name such as 'Asia/Shanghai'"
        ) from e
    if times.dt.tz is None:
        return times
    return times.dt.tz_convert(zone or times.dt.tz).dt.tz_localize(None)


def _parse(times: pd.Series, column: str) -> pd.Series:
    """Read times that are written as text; refuse anything else."""
    fault = (
        f"column {column!r} holds {times.dtype}, expected timestamps. Convert it with "
        "pd.to_datetime first."
    )
    written = times.dropna()
    if not written.map(lambda value: isinstance(value, str)).all():
        # Dates as objects are timestamps to pandas; numbers would be nanoseconds, a wild guess.
        if written.map(lambda value: hasattr(value, "year")).all():
            return pd.to_datetime(times)
        raise SchemaError(fault)
    try:
        parsed = pd.to_datetime(written, format="ISO8601")
    except ValueError:
        try:
            parsed = pd.to_datetime(written, format="ISO8601", utc=True)
        except ValueError as e:
            raise SchemaError(f"{fault} ({str(e).splitlines()[0]})") from e
    if not pd.api.types.is_datetime64_any_dtype(parsed):
        raise SchemaError(fault)
    return parsed.reindex(times.index)


def _label(period: pd.Period, every: Every) -> str:
    """Name a period so that names sort by time."""
    if every == "week":
        year, week, _ = period.start_time.isocalendar()
        return f"{year}-W{week:02d}"
    return str(period)
