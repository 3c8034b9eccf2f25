"""Sums of a metric over sliding windows, for every segment and step at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.alerts.clock import Clock
from nlp_cx.analyze.alerts.conditions import meets_all
from nlp_cx.analyze.alerts.rules import AggregateRule
from nlp_cx.analyze.design import as_numbers
from nlp_cx.errors import AnalysisError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_DAY = np.timedelta64(1, "D")
_MONDAY = 4  # 1970-01-05: steps of seven days end where weeks do


@dataclass(frozen=True, slots=True)
class Watch:
    """Rows of one rule, sorted by segment and time, with the windows that are looked at.

    Attributes
    ----------
    segments : tuple of dict
        Values of the segment's columns, in their order; one empty dict where there are none.
    n_rows : ndarray of int64, shape (n_segments,)
    values : ndarray of float64, shape (n_rows, k)
        What a row adds: a hit (share); promoter and detractor (nps); the value, less the mean of
        its segment, and its square (mean); nothing, k = 0 (count).
    centres : ndarray of float64, shape (n_segments,)
        Means that were taken from the values; 0 but for a mean.
    days : ndarray of float64, shape (n_rows,)
        Days since 1970, sorted in each segment.
    ends : ndarray of int64, shape (n_steps,)
        Days since 1970 that the windows end before.
    since : ndarray of float64, shape (n_segments,)
        Days since 1970 of a segment's first row, be it counted or not.
    n_left_out : dict of str to int
        Rows that are looked at by no window, by reason.
    """

    segments: tuple[dict[str, Any], ...]
    n_rows: Ints
    values: Floats
    centres: Floats
    days: Floats
    ends: Ints
    since: Floats
    n_left_out: dict[str, int]


def build_watch(
    ox: pd.DataFrame, rule: AggregateRule, clock: Clock, *, after: int | None = None
) -> Watch:
    """Take what a rule looks at from a table.

    Parameters
    ----------
    ox : DataFrame
        That the rule was checked against.
    rule : AggregateRule
    clock : Clock
    after : int, optional
        Only windows that end later than this day (since 1970). When not given: of the whole
        history.

    Returns
    -------
    Watch
        Windows lie wholly between the first row and now.

    Raises
    ------
    AnalysisError
        If the ratings of an nps are not on the scale from 0 to 10.
    """
    is_among = meets_all(ox, rule.among)
    n_left_out = {"not among the rows looked at": int((~is_among).sum())}
    keep = is_among.copy()

    def leave_out(is_out: npt.NDArray[np.bool_], reason: str) -> None:
        n_left_out[reason] = int((keep & is_out).sum())
        keep[is_out] = False

    leave_out(~clock.is_known, "no time")
    leave_out(clock.is_later, "later than now")
    for name in rule.segment:
        leave_out(ox[name].isna().to_numpy(np.bool_), f"no {name}")
    if rule.column is not None:
        leave_out(np.isnan(as_numbers(ox, rule.column)), f"no {rule.column}")
    rows = np.flatnonzero(keep)
    days = _days(clock.times.iloc[rows])
    codes, segments = _code_segments(ox.iloc[rows], rule.segment)
    since = np.full(len(segments), np.inf)
    np.minimum.at(since, codes, days)
    ends = _find_ends(rule, clock, float(since.min(initial=np.inf)), after)
    if rule.metric == "count":
        is_counted = meets_all(ox, rule.of)[rows]
        rows, days, codes = rows[is_counted], days[is_counted], codes[is_counted]
    order = np.lexsort((days, codes))
    values, centres = _take_values(ox, rule, rows, codes, len(segments))
    return Watch(
        segments,
        np.bincount(codes, minlength=len(segments)).astype(np.int64),
        values[order],
        centres,
        days[order],
        ends,
        since,
        {reason: n for reason, n in n_left_out.items() if n},
    )


def find_bounds(watch: Watch, days_before: int, length: int) -> tuple[Ints, Ints]:
    """Find the rows of every window.

    Parameters
    ----------
    watch : Watch
    days_before : int
        By how much the window ends before the step: 0, or the length of what follows it.
    length : int
        In days.

    Returns
    -------
    first, last : ndarray of int64, shape (n_steps, n_segments)
        Positions of the first row, and one past the last.
    """
    offsets = np.concatenate([[0], np.cumsum(watch.n_rows)])
    high = watch.ends - days_before
    bounds = np.empty((2, watch.ends.size, len(watch.segments)), np.int64)
    for g in range(len(watch.segments)):
        days = watch.days[offsets[g] : offsets[g + 1]]
        bounds[0, :, g] = offsets[g] + np.searchsorted(days, high - length)
        bounds[1, :, g] = offsets[g] + np.searchsorted(days, high)
    return bounds[0], bounds[1]


def sum_windows(values: Floats, bounds: tuple[Ints, Ints]) -> Floats:
    """Add up values between positions.

    Parameters
    ----------
    values : ndarray of float64, shape (n_rows, k)
    bounds : tuple of ndarray of int64, shape (n_steps, n_segments)

    Returns
    -------
    ndarray of float64, shape (n_steps, n_segments, k)
    """
    total = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    return total[bounds[1]] - total[bounds[0]]


def day_text(day: int) -> str:
    """Write a day since 1970 as ``YYYY-MM-DD``.

    Parameters
    ----------
    day : int

    Returns
    -------
    str
    """
    return str(np.datetime64(int(day), "D"))


def _find_ends(rule: AggregateRule, clock: Clock, first: float, after: int | None) -> Ints:
    """Give the ends of the windows that lie wholly between the first row and now."""
    if np.isinf(first):
        return np.empty(0, np.int64)
    now = int(np.floor(_days(pd.Series([clock.now]))[0]))
    step = rule.step_days
    start = int(np.floor(first)) + rule.window_days
    if after is not None:
        start = max(start, after + 1)
    start += (_MONDAY - start) % step
    return np.arange(start, now + 1, step, dtype=np.int64)


def _days(times: pd.Series) -> Floats:
    """Give times as days since 1970."""
    moments = times.to_numpy("datetime64[us]")
    return np.asarray((moments - np.datetime64(0, "us")) / _DAY, np.float64)


def _code_segments(
    ox: pd.DataFrame, columns: tuple[str, ...]
) -> tuple[Ints, tuple[dict[str, Any], ...]]:
    """Number the segments in the order of their values as text."""
    if not columns:
        return np.zeros(len(ox), np.int64), ({},)
    texts = [ox[name].astype(str).to_numpy(object) for name in columns]
    keys = pd.MultiIndex.from_arrays(texts)
    codes, levels = pd.factorize(keys, sort=True)
    first = pd.Series(np.arange(len(ox))).groupby(codes).first()
    segments = tuple(
        {name: _plain(ox[name].iloc[int(first[g])]) for name in columns} for g in range(len(levels))
    )
    return codes.astype(np.int64), segments


def _plain(value: Any) -> Any:
    """Give a value as JSON knows it."""
    value = value.item() if isinstance(value, np.generic) else value
    return value if isinstance(value, bool | int | float | str) else str(value)


def _take_values(
    ox: pd.DataFrame, rule: AggregateRule, rows: Ints, codes: Ints, n_segments: int
) -> tuple[Floats, Floats]:
    """Give what every row adds to the sums."""
    centres = np.zeros(n_segments)
    if rule.metric == "count":
        return np.empty((rows.size, 0)), centres
    if rule.metric == "share":
        return meets_all(ox, rule.of)[rows].astype(np.float64)[:, None], centres
    values = as_numbers(ox, str(rule.column))[rows]
    if rule.metric == "nps":
        off = (values < 0) | (values > 10) | (values != np.round(values))
        if off.any():
            raise AnalysisError(
                f"aggregate rule {rule.name!r}: {int(off.sum()):,} values of {rule.column!r} are "
                f"no answers from 0 to 10, e.g. {values[off][0]:g}"
            )
        if values.size and values.max() <= 7:
            raise AnalysisError(
                f"aggregate rule {rule.name!r}: {rule.column!r} never exceeds {values.max():g}, "
                "so it is not on the scale from 0 to 10 that an nps needs. Take its mean."
            )
        return np.column_stack([values >= 9, values <= 6]).astype(np.float64), centres
    n = np.maximum(np.bincount(codes, minlength=n_segments), 1)
    centres = np.bincount(codes, values, n_segments) / n
    centred = values - centres[codes]  # so that sums of squares lose no digits
    return np.column_stack([centred, centred**2]), centres
