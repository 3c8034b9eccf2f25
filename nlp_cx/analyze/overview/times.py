"""Times of texts as they come: read what can be read, count the rest, choose the periods."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.periods import Every, Periods, read_local_times, read_periods
from nlp_cx.errors import AnalysisError, SchemaError

MIN_PERIODS, MAX_PERIODS = 6, 40
"""As many points make a line that a person can read."""

_LENGTHS: tuple[tuple[Every, float], ...] = (
    ("day", 1.0),
    ("week", 7.0),
    ("month", 365.25 / 12),
    ("quarter", 365.25 / 4),
)


@dataclass(frozen=True, slots=True)
class TextTimes:
    """The times of rows, as the clocks of a zone show them.

    Attributes
    ----------
    local : Series of datetime64, index 0, 1, …
        Without zone; NaT where missing or not read.
    n_missing : int
        Rows without a value.
    n_unread : int
        Rows with a value that is no time.
    unread : tuple of str
        Up to three of them.
    """

    local: pd.Series
    n_missing: int
    n_unread: int
    unread: tuple[str, ...]


def read_times(
    scored: pd.DataFrame,
    column: str,
    *,
    time_zone: str | None = None,
    is_row: npt.NDArray[np.bool_] | None = None,
) -> TextTimes:
    """Read the times of rows, and count those that cannot be read.

    Parameters
    ----------
    scored : DataFrame
    column : str
        Timestamps, dates, or text such as ``2024-05-01 10:02``, ``2024/5/1`` or ``2024年5月1日``:
        year, month, day. Other orders are not guessed.
    time_zone : str, optional
        Whose midnight counts, see `read_periods`.
    is_row : ndarray of bool, optional
        Rows that count; the others are NaT and counted nowhere.

    Returns
    -------
    TextTimes

    Raises
    ------
    SchemaError
        If there is no such column, or it holds numbers.
    AnalysisError
        If no row has a time that can be read.
    ConfigError
        If the zone is not known.

    Examples
    --------
    >>> scored = pd.DataFrame({"at": ["2024-05-01", "2024/5/2 9:30", "soon", None]})
    >>> times = read_times(scored, "at")
    >>> times.local.dt.day.tolist()[:2], times.n_missing, times.unread
    ([1.0, 2.0], 1, ('soon',))
    """
    if column not in scored.columns:
        raise SchemaError(
            f"no column {column!r}. The table has {', '.join(map(str, scored.columns))}."
        )
    values = scored[column].reset_index(drop=True)
    if is_row is not None:
        values = values.where(is_row)
    n_rows = len(values) if is_row is None else int(is_row.sum())
    n_missing = int(values.isna().sum()) - (len(values) - n_rows)
    unread: tuple[str, ...] = ()
    n_unread = 0
    if pd.api.types.is_numeric_dtype(values) and not values.isna().all():
        raise SchemaError(
            f"column {column!r} holds {values.dtype}, expected timestamps. Convert it with "
            "pd.to_datetime first."
        )
    if not pd.api.types.is_datetime64_any_dtype(values):
        written = values.astype(object)
        values = _parse(written)
        is_unread = (values.isna() & written.notna()).to_numpy(np.bool_)
        n_unread = int(is_unread.sum())
        unread = tuple(f"{value!s:.40}" for value in written[is_unread].iloc[:3])
    if values.isna().all():
        found = f", e.g. {unread[0]!r}" if unread else ""
        raise AnalysisError(
            f"none of {n_rows:,} rows has a time that can be read in {column!r} ({n_missing:,} are "
            f"empty, {n_unread:,} are no times{found}), expected e.g. 2024-05-01 10:02"
        )
    local = read_local_times(pd.DataFrame({column: values}), column, time_zone)
    return TextTimes(local, n_missing, n_unread, unread)


def choose_every(local: pd.Series) -> Every:
    """Choose the length of periods so that there are 6 to 40 of them.

    Parameters
    ----------
    local : Series of datetime64

    Returns
    -------
    {"day", "week", "month", "quarter", "year"}
        The longest of which `MIN_PERIODS` fit between the first time and the last, days where none
        does; but months rather than quarters while there are at most 40.

    Examples
    --------
    >>> def choose(n_days):
    ...     return choose_every(pd.Timestamp("2024-01-01") + pd.Series(pd.to_timedelta(
    ...         [0, n_days], "D")))
    >>> [choose(n) for n in (10, 90, 365, 1000, 3000, 9000)]
    ['day', 'week', 'month', 'month', 'quarter', 'year']
    """
    n_days = (local.max().normalize() - local.min().normalize()).days + 1
    chosen: Every = "day"
    for every, length in _LENGTHS:
        if n_days / length >= MIN_PERIODS - 0.5 and not (
            every == "quarter" and n_days / _LENGTHS[2][1] <= MAX_PERIODS
        ):
            chosen = every
    return "year" if n_days / _LENGTHS[3][1] > MAX_PERIODS else chosen


def code_periods(times: TextTimes, every: Every | None) -> tuple[Periods, Every]:
    """Put rows into periods.

    Parameters
    ----------
    times : TextTimes
    every : {"day", "week", "month", "quarter", "year"} or None
        `choose_every` when None.

    Returns
    -------
    periods : Periods
    every : str

    Raises
    ------
    AnalysisError, ConfigError
        As `read_periods`.
    """
    every = every or choose_every(times.local)
    return read_periods(pd.DataFrame({"time": times.local}), "time", every=every), every


def _parse(written: pd.Series) -> pd.Series:
    """Read year, month, day and time of day; NaT where that fails."""
    text = written.map(str, na_action="ignore")
    found = _convert(text)
    rest = found.isna() & text.notna()
    if rest.any():
        ordered = (
            text[rest]
            .str.strip()
            .str.replace(
                r"^(\d{4})[/.年-](\d{1,2})[/.月-](\d{1,2})日?(?:\s+(\d:.*))?(.*)$", _pad, regex=True
            )
        )
        mended = _convert(ordered)
        if mended.notna().any():
            both = pd.concat([text.where(~rest), ordered]).groupby(level=0).first()
            found = _convert(both.reindex(text.index))
    return found


def _pad(match: object) -> str:
    """Write a date as ISO 8601 does: four, two and two digits."""
    year, month, day, hour, rest = match.groups()  # type: ignore[attr-defined]
    return f"{year}-{month:0>2}-{day:0>2}" + (f" 0{hour}" if hour else rest)


def _convert(text: pd.Series) -> pd.Series:
    """Read ISO 8601; of times with different offsets the moments, in UTC."""
    if text.isna().all():
        return pd.Series(pd.NaT, index=text.index, dtype="datetime64[ns]")
    try:
        found = pd.to_datetime(text, format="ISO8601", errors="coerce")
    except ValueError:
        found = pd.to_datetime(text, format="ISO8601", errors="coerce", utc=True)
    if pd.api.types.is_datetime64_any_dtype(found):
        return found
    return pd.to_datetime(text, format="ISO8601", errors="coerce", utc=True)
