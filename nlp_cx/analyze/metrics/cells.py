"""Cells of a table: which rows belong to which group and period."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.periods import MOST_PERIODS, Every, read_local_times, read_periods
from nlp_cx.errors import AnalysisError, DataWarning, SchemaError

Ints = npt.NDArray[np.int64]

FREQUENCIES = {"day": "D", "week": "W-SUN", "month": "M", "quarter": "Q", "year": "Y"}
"""What pandas calls the periods of `nlp_cx.analyze.periods`."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Rows of one group in one period.

    Attributes
    ----------
    group : object
        Value of the group column; None where no groups were asked for, or the row has none.
    period : object
        Likewise; of times, the period as text, e.g. ``2024-03``.
    rows : ndarray of int64, shape (n,)
        Positions in the table.
    caveat : str
        E.g. that the data end within the period.
    """

    group: Any
    period: Any
    rows: Ints
    caveat: str = ""


def cut_cells(
    table: pd.DataFrame,
    *,
    group: str | None = None,
    period: str | None = None,
    every: Every | None = None,
    time_zone: str | None = None,
) -> list[Cell]:
    """Cut a table into the cells of groups and periods.

    Parameters
    ----------
    table : DataFrame
    group : str, optional
        Column of groups. Rows without one (blanks are none) are a cell of their own, which is never
        compared.
    period : str, optional
        Column of times, or of periods as they are, e.g. ``2024Q1`` or ``wave 2``: categories in
        their order, others sorted, with a warning where names such as ``Feb`` do not tell it.
    every : {"day", "week", "month", "quarter", "year"}, optional
        Length of the periods of a column of times; ``"month"`` when not given.
    time_zone : str, optional
        Whose midnight counts, e.g. ``"Asia/Shanghai"``; that of the times when not given.

    Returns
    -------
    list of Cell
        By group, then period, sorted, missing ones last; one cell where neither is given. Only
        cells with rows.

    Raises
    ------
    SchemaError, AnalysisError, ConfigError
        If there is no such column, or as `nlp_cx.analyze.periods.read_periods`.

    Examples
    --------
    >>> table = pd.DataFrame({"store": ["b", "a", None], "day": pd.to_datetime(
    ...     ["2024-01-31", "2024-02-01", "2024-03-31"])})
    >>> for cell in cut_cells(table, group="store", period="day"):
    ...     print(cell.group, cell.period, len(cell.rows), cell.caveat)
    a 2024-02 1
    b 2024-01 1 data begin on 2024-01-31
    None 2024-03 1
    """
    groups, group_codes, _ = _code(table, group, None, None)
    periods, period_codes, notes = _code(table, period, every, time_zone)
    if period is not None and not isinstance(table[period].dtype, pd.CategoricalDtype):
        _check_order(periods, period)
    if len(table) == 0:
        return [Cell(None, None, np.empty(0, np.int64))]
    # Missing ones, -1, are numbered last.
    group_codes = np.where(group_codes < 0, len(groups), group_codes)
    period_codes = np.where(period_codes < 0, len(periods), period_codes)
    code = group_codes * (len(periods) + 1) + period_codes
    order = np.argsort(code, kind="stable")
    found, starts = np.unique(code[order], return_index=True)
    cells = []
    for number, rows in zip(found.tolist(), np.split(order, starts[1:]), strict=True):
        i, j = divmod(number, len(periods) + 1)
        cells.append(
            Cell(
                groups[i] if i < len(groups) else None,
                periods[j] if j < len(periods) else None,
                rows,
                notes.get(j, ""),
            )
        )
    return cells


def _code(
    table: pd.DataFrame, column: str | None, every: Every | None, time_zone: str | None
) -> tuple[Sequence[Any], Ints, dict[int, str]]:
    """Give the sorted values of a column, their numbers by row (-1: missing), and caveats."""
    if column is None:
        return [], np.full(len(table), -1, np.int64), {}
    if column not in table.columns:
        known = ", ".join(map(repr, table.columns[:30]))
        raise SchemaError(f"no column {column!r}; the table has {known}")
    values = table[column]
    if every is not None or pd.api.types.is_datetime64_any_dtype(values):
        return _code_times(table, column, every or "month", time_zone)
    if isinstance(values.dtype, pd.CategoricalDtype):
        names = values.cat.categories.tolist()
        return names, np.asarray(values.cat.codes, np.int64), {}
    if pd.api.types.is_string_dtype(values) or values.dtype == object:
        # A cell of blanks names no group.
        values = values.mask(values.map(lambda v: isinstance(v, str) and not v.strip()))
    codes, uniques = pd.factorize(values)
    order = sorted(range(len(uniques)), key=lambda i: _natural(uniques[i]))
    rank = np.empty(len(order) + 1, np.int64)
    rank[order] = np.arange(len(order))
    rank[-1] = -1
    return [uniques[i] for i in order], rank[codes], {}


def _natural(value: Any) -> tuple[Any, ...]:
    """Give a key that sorts numbers by size, also within words: wave 9 before wave 10."""
    if not isinstance(value, str):
        return (0, value) if isinstance(value, int | float | np.number) else (1, str(value))
    parts = re.split(r"([0-9]+)", value)
    return 2, [(int(part), "") if part.isdecimal() else (-1, part) for part in parts], value


def _check_order(names: Sequence[Any], column: str) -> None:
    """Warn of periods whose names do not tell their order, and refuse too many."""
    if len(names) > MOST_PERIODS:
        raise AnalysisError(
            f"{column!r} holds {len(names):,} different periods (e.g. {names[0]!r}), expected at "
            f"most {MOST_PERIODS:,}. Are these times? Say how long a period is (every), and on the "
            "command line how they are written (--date-format)."
        )
    words = [name for name in names if isinstance(name, str)]
    has_year = all(re.match(r"[0-9]{4}(?![0-9])", word) for word in words)
    numbered = {re.sub(r"[0-9]+\Z", "", word) for word in words}
    is_numbered = len(numbered) <= 1 and all(re.search(r"[0-9]\Z", word) for word in words)
    if len(words) > 1 and not has_year and not is_numbered:
        first = ", ".join(map(repr, names[:3]))
        warnings.warn(
            f"{column!r}: periods are taken in the order {first}, …. Give times, names that begin "
            "with the year, or an ordered category, if that is not theirs.",
            DataWarning,
            stacklevel=4,
        )


def _code_times(
    table: pd.DataFrame, column: str, every: Every, time_zone: str | None
) -> tuple[Sequence[Any], Ints, dict[int, str]]:
    """Cut times into periods, and say where the data begin or end within one."""
    periods = read_periods(table, column, every=every, time_zone=time_zone)
    times = read_local_times(table, column, time_zone)
    last = len(periods.labels) - 1
    notes: dict[int, list[str]] = {}
    if times.min().normalize() > periods.starts[0]:
        notes.setdefault(0, []).append(f"data begin on {times.min():%Y-%m-%d}")
    end = periods.starts[last].to_period(FREQUENCIES[every]).end_time
    if times.max().normalize() < end.normalize():
        notes.setdefault(last, []).append(f"data end on {times.max():%Y-%m-%d}")
    return periods.labels, periods.codes, {i: "; ".join(note) for i, note in notes.items()}
