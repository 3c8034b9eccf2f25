"""Times of texts as timestamps, however they were written; what cannot be read is counted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from nlp_cx.join.times import read_times

_DAY_FORMATS = (
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y年%m月%d日",
    "%Y%m%d",
    "%d.%m.%Y",
    "%m/%d/%Y",
    "%B %d, %Y",
)


def read_moments(column: pa.ChunkedArray) -> tuple[pa.ChunkedArray, int]:
    """Read a column of times.

    Parameters
    ----------
    column : ChunkedArray
        Timestamps, dates, numbers since 1970, or text such as ``2024-05-01``,
        ``2024-05-01T10:02+08:00``, ``2024年5月1日 下午3:05``, ``May 1, 2024``.

    Returns
    -------
    moments : ChunkedArray of timestamp[us]
        As written; in UTC, without saying so, where an offset is written.
    n_unreadable : int
        Values that are there and are no time; they are null in `moments`.

    Examples
    --------
    >>> moments, n = read_moments(pa.chunked_array([["2024-05-01", "2024/05/02", "soon", None]]))
    >>> [None if m is None else m.isoformat() for m in moments.to_pylist()], n
    (['2024-05-01T00:00:00', '2024-05-02T00:00:00', None, None], 1)
    """
    kind = column.type
    if pa.types.is_timestamp(kind):
        bare = column.cast(pa.timestamp("us", kind.tz), safe=False)
        return (bare.cast(pa.timestamp("us")) if kind.tz else bare), 0
    if pa.types.is_date(kind):
        return column.cast(pa.timestamp("us")), 0
    encoded = pc.dictionary_encode(column.combine_chunks())
    distinct = encoded.dictionary.to_pandas()
    read = pd.Series(pd.NaT, index=distinct.index, dtype="datetime64[us]")
    if pd.api.types.is_numeric_dtype(distinct.dtype):
        read = _from_seconds(distinct)
    else:
        distinct = distinct.astype("str").str.strip()
        read = _read_texts(distinct)
    moments = pa.array(read.to_numpy("datetime64[us]"), pa.timestamp("us"), from_pandas=True)
    taken = moments.take(encoded.indices)
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    blank = pc.equal(pc.utf8_trim_whitespace(column), "") if is_text else None
    n_blank = 0 if blank is None else int(pc.sum(blank).as_py() or 0)
    n_unreadable = taken.null_count - column.null_count - n_blank
    return pa.chunked_array([taken]), n_unreadable


def _read_texts(texts: pd.Series) -> pd.Series:
    """Read distinct texts: ISO first, then days in other forms, then all that names a clock."""
    read = pd.to_datetime(texts, format="ISO8601", errors="coerce", utc=True)
    read = read.dt.tz_localize(None).astype("datetime64[us]")
    for form in _DAY_FORMATS:
        is_left = read.isna()
        if not is_left.any():
            return read
        more = pd.to_datetime(texts[is_left], format=form, errors="coerce")
        read = read.where(~is_left, more.astype("datetime64[us]"))
    is_left = read.isna()
    if is_left.any():
        read = read.where(~is_left, _from_seconds(texts[is_left]))
    return read


def _from_seconds(values: pd.Series) -> pd.Series:
    """Read what `nlp_cx.join.times.read_times` can; a clock time without a date is no moment."""
    times = read_times(values.reset_index(drop=True))
    seconds = np.where(times.is_clock, np.nan, times.seconds)
    made = pd.to_datetime(pd.Series(seconds, index=values.index), unit="s", errors="coerce")
    return made.astype("datetime64[us]")
