"""Cells of a table: which rows belong to which group and period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.errors import ConfigError, SchemaError

Bools = npt.NDArray[np.bool_]
Every = Literal["day", "week", "month", "quarter", "year"]

_FREQUENCIES = {"day": "D", "week": "W", "month": "M", "quarter": "Q", "year": "Y"}


@dataclass(frozen=True, slots=True)
class Cell:
    """Rows of one group in one period.

    Attributes
    ----------
    group : object
        Value of the group column; None where no groups were asked for, or the row has none.
    period : object
        Likewise; of times, the period as text, e.g. ``2024-03``.
    rows : ndarray of bool, shape (n_rows,)
    caveat : str
        E.g. that the data end within the period.
    """

    group: Any
    period: Any
    rows: Bools
    caveat: str = ""


def cut_cells(
    table: pd.DataFrame,
    *,
    group: str | None = None,
    period: str | None = None,
    every: Every | None = None,
) -> list[Cell]:
    """Cut a table into the cells of groups and periods.

    Parameters
    ----------
    table : DataFrame
    group : str, optional
        Column of groups. Rows without one are a cell of their own, which is never compared.
    period : str, optional
        Column of times, or of periods as they are, e.g. ``2024Q1``, in sorted order.
    every : {"day", "week", "month", "quarter", "year"}, optional
        Length of the periods of a column of times; ``"month"`` when not given.

    Returns
    -------
    list of Cell
        By group, then period, sorted, missing ones last; one cell where neither is given. Only
        cells with rows.

    Raises
    ------
    SchemaError
        If there is no such column, or `every` is given for a column that does not hold times.
    ConfigError
        If `every` is unknown.

    Examples
    --------
    >>> table = pd.DataFrame({"store": ["b", "a", None], "day": pd.to_datetime(
    ...     ["2024-01-31", "2024-02-01", "2024-03-31"])})
    >>> for cell in cut_cells(table, group="store", period="day"):
    ...     print(cell.group, cell.period, cell.rows.sum(), cell.caveat)
    a 2024-02 1
    b 2024-01 1 data begin on 2024-01-31
    None 2024-03 1
    """
    groups, group_codes, _ = _code(table, group, None)
    periods, period_codes, notes = _code(table, period, every)
    cells = []
    for i in _order(group_codes):
        for j in _order(period_codes):
            rows = (group_codes == i) & (period_codes == j)
            if rows.any() or len(table) == 0:
                cells.append(
                    Cell(
                        groups[i] if i >= 0 else None,
                        periods[j] if j >= 0 else None,
                        rows,
                        notes.get(j, ""),
                    )
                )
    return cells


def _order(codes: npt.NDArray[np.int64]) -> list[int]:
    """Give the codes that occur, -1 last."""
    found = np.unique(codes).tolist()
    return [*(i for i in found if i >= 0), *(i for i in found if i < 0)] or [-1]


def _code(
    table: pd.DataFrame, column: str | None, every: Every | None
) -> tuple[Sequence[Any], npt.NDArray[np.int64], dict[int, str]]:
    """Give the sorted values of a column, their numbers by row (-1: missing), and caveats."""
    if column is None:
        return [], np.full(len(table), -1, np.int64), {}
    if column not in table.columns:
        known = ", ".join(map(repr, table.columns[:30]))
        raise SchemaError(f"no column {column!r}; the table has {known}")
    values = table[column]
    if pd.api.types.is_datetime64_any_dtype(values):
        return _code_times(values, every or "month")
    if every is not None:
        raise SchemaError(
            f"column {column!r} holds {values.dtype}, expected times to cut by {every}. Convert it "
            f"with pd.to_datetime, or leave `every` away to take its values as periods."
        )
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
    values: pd.Series[Any], every: Every
) -> tuple[list[str], npt.NDArray[np.int64], dict[int, str]]:
    """Cut times into periods, and say where the data begin or end within one."""
    periods = period_of_times(values, every)
    local = values.dt.tz_localize(None)
    codes, uniques = pd.factorize(periods, sort=True)
    notes: dict[int, list[str]] = {}
    if len(uniques):
        first, last = local.min(), local.max()
        if first.normalize() > uniques[0].start_time:
            notes.setdefault(0, []).append(f"data begin on {first:%Y-%m-%d}")
        if last.normalize() < uniques[-1].end_time.normalize():
            notes.setdefault(len(uniques) - 1, []).append(f"data end on {last:%Y-%m-%d}")
    names = [
        f"{period.start_time:%Y-%m-%d}" if every == "week" else str(period) for period in uniques
    ]
    return names, codes.astype(np.int64), {i: "; ".join(note) for i, note in notes.items()}


def period_of_times(times: pd.Series[Any], every: Every) -> pd.Series[Any]:
    """Give the period that each time falls into, by the wall clock of its own time zone.

    Parameters
    ----------
    times : Series of datetime64
    every : {"day", "week", "month", "quarter", "year"}

    Returns
    -------
    Series of period
        Weeks begin on Monday.

    Raises
    ------
    ConfigError
        If `every` is unknown.
    """
    if every not in _FREQUENCIES:
        raise ConfigError(f"every {every!r}, expected one of {', '.join(_FREQUENCIES)}")
    return times.dt.tz_localize(None).dt.to_period(_FREQUENCIES[every])
