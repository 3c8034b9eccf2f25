"""Cells of a table: which rows belong to which group and period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.periods import Every, read_local_times, read_periods
from nlp_cx.errors import SchemaError

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
        Column of times, or of periods as they are, e.g. ``2024Q1``, in sorted order.
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
    if pd.api.types.is_string_dtype(values) or values.dtype == object:
        # A cell of blanks names no group.
        values = values.mask(values.map(lambda v: isinstance(v, str) and not v.strip()))
    codes, uniques = pd.factorize(values)
    try:
        order = np.argsort(np.asarray(uniques, dtype=object), kind="stable")
    except TypeError:  # numbers and words in one column
        order = np.argsort([str(value) for value in uniques], kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    names = [uniques[i] for i in order]
    return names, np.where(codes >= 0, rank[codes] if len(rank) else -1, -1), {}


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
