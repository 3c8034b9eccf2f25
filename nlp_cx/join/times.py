"""Times of turns in whatever form they were written, as seconds."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

_AFTERNOON = ("下午", "晚上", "傍晚", "中午", "晚", "pm", "p")
_MORNING = ("上午", "凌晨", "早上", "清晨", "am", "a")
_PATTERN = (
    r"^\s*(?:"
    r"(?P<y1>\d{4})\s*[-/.年]\s*(?P<m1>\d{1,2})\s*[-/.月]\s*(?P<d1>\d{1,2})\s*日?"
    r"|(?P<y2>(?:19|20)\d{2})(?P<m2>\d{2})(?P<d2>\d{2})"
    r"|(?P<a>\d{1,2})[-/.](?P<b>\d{1,2})[-/.](?P<y3>\d{4}|\d{2})"
    r"|(?P<m4>\d{1,2})\s*[月/-]\s*(?P<d4>\d{1,2})\s*日?"
    r")?\s*,?\s*(?:T|t|at|(?:星期|周|週)[一二三四五六日天]|昨天|今天|[Yy]esterday|[Tt]oday)?\s*,?\s*"
    r"(?P<half>上午|下午|晚上|凌晨|中午|早上|傍晚|清晨|晚)?\s*"
    r"(?P<h>\d{1,2})\s*(?P<colon>[:：时時点])?\s*(?P<min>\d{2})\s*分?"
    r"(?:\s*[:：]?\s*(?P<s>\d{2}(?:[.,]\d{1,9})?)\s*秒?)?"
    r"\s*(?P<ap>[AaPp]\.?[Mm]\.?)?\s*(?P<tz>Z|UTC|GMT|[+-]\d{2}:?\d{2})?\s*$"
)
_ISO = r"\s*\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})?\s*"
_EPOCH = r"\s*\d{9,19}(?:\.\d+)?\s*"
_HAS_MONTH_NAME = re.compile(r"(?i)\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)")
_HAS_CLOCK = re.compile(r"\d{1,2}[:：]\d{2}")
_TWO_MARKS, _YEAR_FIRST = r"^[^-/.]{1,9}[-/.][^-/.]{1,3}[-/.]", r"^\s*[0-9]{3}"
_NO_YEAR = 2000


class Times(NamedTuple):
    """Times as seconds, and what could not be read.

    Attributes
    ----------
    seconds : ndarray of float64, shape (n_rows,)
        Since 1970 in UTC (naive times as they are); since midnight for a clock time without a
        date; NaN where missing or not readable.
    is_clock : ndarray of bool, shape (n_rows,)
        The time has no date.
    n_unreadable : int
        Values that are there but could not be read, or say no time of day.
    is_ambiguous : bool
        Dates such as 03/04/2024 were read as month/day, and nothing in the column tells.
    """

    seconds: npt.NDArray[np.float64]
    is_clock: npt.NDArray[np.bool_]
    n_unreadable: int
    is_ambiguous: bool


class DateOrder(NamedTuple):
    """What dates such as 03/04/2024 tell of their order; add up over parts of a column.

    Attributes
    ----------
    has_dates : bool
        There are such dates.
    has_day_first, has_month_first : bool
        One has a first (a second) number above 12.
    """

    has_dates: bool = False
    has_day_first: bool = False
    has_month_first: bool = False

    @property
    def is_ambiguous(self) -> bool:
        """There are such dates, and none of them tells."""
        return self.has_dates and not (self.has_day_first or self.has_month_first)

    def observe(self, column: pa.Array) -> DateOrder:
        """Take a part of a column into account.

        Parameters
        ----------
        column : Array, shape (n_rows,)
            Of any type; only strings are dates in need of an order.

        Returns
        -------
        DateOrder

        Examples
        --------
        >>> order = DateOrder().observe(pa.array(["03/04/2024 10:02", "2024-05-01 10:02"]))
        >>> order.is_ambiguous, order.observe(pa.array(["13/04/2024 10:02"])).has_day_first
        (True, True)
        """
        if pa.types.is_string_view(column.type):
            column = column.cast(pa.large_string())
        is_text = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
        if all(self) or not is_text:
            return self
        is_year_first = pc.match_substring_regex(column, _YEAR_FIRST)
        may_be = pc.and_not(pc.match_substring_regex(column, _TWO_MARKS), is_year_first)
        text = pd.Series(column.filter(may_be).unique().to_pylist(), dtype="str")
        parts = text.str.extract(_PATTERN)
        first, second = (pd.to_numeric(parts[name]) for name in "ab")
        return DateOrder(
            self.has_dates or bool(first.notna().any()),
            self.has_day_first or bool((first > 12).any()),
            self.has_month_first or bool((second > 12).any()),
        )


def read_times(values: pd.Series, *, is_day_first: bool | None = None) -> Times:
    """Read a column of times.

    Parameters
    ----------
    values : Series, shape (n_rows,)
        Timestamps; numbers (seconds, milli-, micro- or nanoseconds since 1970 by their size, or
        20240501100233); or text such as ``2024-05-01 10:02``, ``2024年5月1日 下午3:05``,
        ``01/05/2024, 10:02``, ``20240501 1002``, ``Wed May 01 10:02:00 +0000 2024``, ``10:02``.
    is_day_first : bool, optional
        Whether 03/04/2024 is day/month; told from the values when not given.

    Returns
    -------
    Times

    Notes
    -----
    A date alone is no time. A date without a year counts as of one leap year. 03/04/2024 is
    month/day unless a first number above 12 in the column says day/month.

    Examples
    --------
    >>> times = read_times(pd.Series(["2024-05-01 10:02", "2024年5月1日 下午3:05", "soon", None]))
    >>> (times.seconds - times.seconds[0]).tolist(), times.n_unreadable
    ([0.0, 18180.0, nan, nan], 1)
    """
    n_rows = len(values)
    values = values.infer_objects()
    seconds = np.full(n_rows, np.nan)
    is_clock = np.zeros(n_rows, np.bool_)
    is_missing = values.isna().to_numpy(np.bool_)
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return Times(_epoch(values), is_clock, 0, False)
    if pd.api.types.is_numeric_dtype(values.dtype) and not pd.api.types.is_bool_dtype(values.dtype):
        as_text = _long_dates(values)
        numbers = values.astype("Float64").to_numpy("float64", na_value=np.nan)
        numbers = _scale(np.asarray(numbers, np.float64))
        if as_text is not None:
            numbers[as_text.index.to_numpy()] = _epoch(
                pd.to_datetime(as_text, format="%Y%m%d%H%M%S", errors="coerce", utc=True)
            )
        return Times(numbers, is_clock, int((np.isnan(numbers) & ~is_missing).sum()), False)
    codes, distinct = pd.factorize(values.astype("object"))
    found, clock, is_ambiguous = _read_distinct(pd.Series(distinct, dtype="object"), is_day_first)
    if len(distinct):
        seconds = np.where(codes >= 0, found[codes], np.nan)
        is_clock = np.where(codes >= 0, clock[codes], False)
    n_unreadable = int((np.isnan(seconds) & (codes >= 0)).sum())
    return Times(seconds, is_clock, n_unreadable, is_ambiguous)


def _read_distinct(
    values: pd.Series, is_day_first: bool | None
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_], bool]:
    """Read distinct values of any kind: seconds, without a date, ambiguous."""
    text = pd.Series([_as_text(value) for value in values], dtype="str")
    is_iso = text.str.fullmatch(_ISO).to_numpy(np.bool_)
    parts = text[~is_iso].str.extract(_PATTERN)
    seconds, is_clock = np.full(len(text), np.nan), np.zeros(len(text), np.bool_)
    seconds[~is_iso], is_clock[~is_iso], is_ambiguous = _from_parts(parts, is_day_first)
    if is_iso.any():
        stamps = pd.to_datetime(
            text[is_iso].str.strip(), format="ISO8601", errors="coerce", utc=True
        )
        seconds[is_iso] = _epoch(stamps)
    named = np.isnan(seconds) & text.map(_is_named_month).to_numpy(np.bool_)
    if named.any():
        seconds[named] = _epoch(
            pd.to_datetime(text[named], format="mixed", errors="coerce", utc=True)
        )
    plain = np.isnan(seconds) & text.str.fullmatch(_EPOCH).to_numpy(np.bool_)
    seconds[plain] = _scale(pd.to_numeric(text[plain]).to_numpy(np.float64))
    others = (text == "").to_numpy(np.bool_)
    if others.any():
        seconds[others] = _epoch(pd.to_datetime(values[others], errors="coerce", utc=True))
    return seconds, is_clock, is_ambiguous


def _as_text(value: object) -> str:
    """Give text and numbers as text; the empty text for timestamps and all else."""
    return str(value) if isinstance(value, str | int | float) else ""


def _is_named_month(text: str) -> bool:
    """Tell whether a time names its month in English."""
    return bool(_HAS_MONTH_NAME.search(text) and _HAS_CLOCK.search(text))


def _from_parts(
    parts: pd.DataFrame, is_day_first: bool | None
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_], bool]:
    """Put the parts of written times together; NaN where one is out of range."""

    def number(*names: str) -> npt.NDArray[np.float64]:
        merged = parts[names[0]]
        for name in names[1:]:
            merged = merged.fillna(parts[name])
        return pd.to_numeric(merged.str.replace(",", ".")).to_numpy(np.float64)

    first, second = number("a"), number("b")
    is_ambiguous = False
    if is_day_first is None:
        order = DateOrder(
            bool((~np.isnan(first)).any()), bool((first > 12).any()), bool((second > 12).any())
        )
        is_day_first, is_ambiguous = order.has_day_first, order.is_ambiguous
    year, month, day = number("y1", "y2", "y3"), number("m1", "m2", "m4"), number("d1", "d2", "d4")
    month = np.where(np.isnan(month), second if is_day_first else first, month)
    day = np.where(np.isnan(day), first if is_day_first else second, day)
    year = np.where(year < 100, year + 2000, year)
    has_date = ~np.isnan(month)
    year = np.where(np.isnan(year) & has_date, _NO_YEAR, year)
    days = _days(np.where(has_date, year, 1970), np.where(has_date, month, 1), day, has_date)

    hour, minute, second_ = number("h"), number("min"), np.nan_to_num(number("s"))
    half = parts["half"].fillna(parts["ap"].str.lower().str.replace(".", "", regex=False))
    is_afternoon = half.isin(_AFTERNOON).to_numpy() & (hour < 12)
    hour = hour + 12 * is_afternoon - 12 * (half.isin(_MORNING).to_numpy() & (hour == 12))
    offset = parts["tz"].str.extract(r"([+-])(\d{2}):?(\d{2})")
    east = (pd.to_numeric(offset[1]) * 3600 + pd.to_numeric(offset[2]) * 60).fillna(0).to_numpy()
    east = np.where((offset[0] == "-").to_numpy(), -east, east)
    seconds = days * 86400 + hour * 3600 + minute * 60 + second_ - east
    is_number = (parts["colon"].isna() & parts["y2"].isna()).to_numpy()
    seconds[(hour > 24) | (minute > 59) | (second_ >= 61) | is_number] = np.nan
    return seconds, ~has_date & ~np.isnan(seconds), is_ambiguous


def _days(
    year: npt.NDArray[np.float64],
    month: npt.NDArray[np.float64],
    day: npt.NDArray[np.float64],
    has_date: npt.NDArray[np.bool_],
) -> npt.NDArray[np.float64]:
    """Give days since 1970; 0 without a date, NaN for a date that does not exist."""
    is_date = (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31) & (year >= 1900)
    safe = np.where(is_date & has_date, (year - 1970) * 12 + month - 1, 0).astype(np.int64)
    months = safe.astype("datetime64[M]")
    starts = months.astype("datetime64[D]").astype(np.int64)
    length = (months + 1).astype("datetime64[D]").astype(np.int64) - starts
    days = starts + day - 1
    return np.where(has_date, np.where(is_date & (day <= length), days, np.nan), 0.0)


def _epoch(values: pd.Series) -> npt.NDArray[np.float64]:
    """Give timestamps as seconds since 1970."""
    stamps = pd.to_datetime(values, utc=True).dt.tz_localize(None)
    micro = stamps.to_numpy("datetime64[us]")
    return np.where(np.isnat(micro), np.nan, micro.astype(np.int64) / 1e6)


def _scale(numbers: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Give seconds for epoch numbers in seconds, milli-, micro- or nanoseconds."""
    size = np.abs(numbers)
    factor = np.select([size >= 1e17, size >= 1e14, size >= 1e11], [1e-9, 1e-6, 1e-3], 1.0)
    return np.where(np.isfinite(numbers), numbers * factor, np.nan)


def _long_dates(values: pd.Series) -> pd.Series | None:
    """Give the numbers that are dates written out (20240501100233) as text."""
    plain = values.reset_index(drop=True)
    is_long = (plain >= 19_000_101_000_000) & (plain < 21_000_101_000_000)
    long = plain[is_long.fillna(False).to_numpy(np.bool_)]
    return long.astype("int64").astype("str") if len(long) else None
