"""A result table as a table of the report: columns with names and kinds, cells without NaN."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd

from nlp_cx.report.model import Cell, Column, Kind, Table
from nlp_cx.report.words import Words

SIGNIFICANT = 6
"""Digits that numbers keep: more tell nothing, and the last ones differ between machines."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column to show.

    Parameters
    ----------
    name : str
        In the result table, and in the report.
    kind : Kind
    code : str
        Kind of codes that its values are, e.g. ``kano``; ``driver`` for names of drivers,
        ``reason`` for reasons; the values themselves when empty.
    ends : str
        Stem of the columns with the ends of its interval: ``x`` for ``x_low`` and ``x_high``,
        ``-`` for ``low`` and ``high``; none when empty.
    """

    name: str
    kind: Kind = "number"
    code: str = ""
    ends: str = ""

    @property
    def low(self) -> str:
        """Name of the column with the lower end."""
        return self.ends and ("low" if self.ends == "-" else f"{self.ends}_low")

    @property
    def high(self) -> str:
        """Name of the column with the upper end."""
        return self.ends and ("high" if self.ends == "-" else f"{self.ends}_high")


def tabulate(
    frame: pd.DataFrame,
    fields: Sequence[Field],
    words: Words,
    *,
    id: str,
    title: str = "",
    notes: Sequence[str] = (),
) -> Table:
    """Make a table of the report.

    Parameters
    ----------
    frame : DataFrame
        Rows in the order to show. A field that it does not have is left out, and so are reasons
        where there are none.
    fields : sequence of Field
    words : Words
    id : str
        Of the table; also chooses the names of its columns.
    title : str
        The one that belongs to `id` when empty.
    notes : sequence of str
        Empty ones are left out.

    Returns
    -------
    Table

    Examples
    --------
    >>> frame = pd.DataFrame({"driver": ["price"], "n": [3], "share": [float("nan")]})
    >>> table = tabulate(frame, [Field("driver", "label", "driver"), Field("n", "count"),
    ...                          Field("share", "share")], Words("en"), id="x", title="X")
    >>> table.columns[0].label, table.rows
    ('Driver', (('Price', 3, None),))
    """
    columns: list[Column] = []
    cells: list[list[Cell]] = []
    for each in fields:
        if each.name not in frame.columns:
            continue
        values = [_translate(value, each, words) for value in frame[each.name]]
        if each.code == "reason" and not any(values):
            continue
        has_ends = bool(each.ends) and {each.low, each.high} <= set(frame.columns)
        low, high = (each.low, each.high) if has_ends else (None, None)
        columns.append(
            Column(
                each.name, words.label(each.name, id), each.kind, low, high, words.help(each.name)
            )
        )
        cells.append(values)
        for end, side in ((low, "low"), (high, "high")):
            if end is not None:
                columns.append(Column(end, words.label(side), each.kind))
                cells.append([as_cell(value) for value in frame[end]])
    rows = tuple(zip(*cells, strict=True)) if len(frame) else ()
    shown = tuple(note for note in dict.fromkeys(notes) if note)
    return Table(id, title or words.title(id), tuple(columns), rows, shown)


def as_cell(value: Any) -> Cell:
    """Turn a value of a result table into one of the report.

    Parameters
    ----------
    value : object

    Returns
    -------
    str, int, float, bool or None
        None for everything missing and for infinite numbers; times as ISO 8601, midnight as a day.

    Examples
    --------
    >>> as_cell(np.float32(0.5)), as_cell(pd.NaT), as_cell(pd.Timestamp("2024-05-01"))
    (0.5, None, '2024-05-01')
    """
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return _shorten(value) if math.isfinite(value) else None
    if isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, (datetime, date)):
        return value.isoformat().removesuffix("T00:00:00")
    return str(value)


def known(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """Give the rows with a value in a column; none where there is no such column.

    Parameters
    ----------
    frame : DataFrame
    column : str

    Returns
    -------
    DataFrame
    """
    if column not in frame.columns:
        return frame.iloc[:0]
    return frame[frame[column].notna()]


def _translate(value: Any, each: Field, words: Words) -> Cell:
    """Put a value into the language of the report."""
    if each.code == "driver":
        return words.driver(value)
    if each.code == "reason":
        return words.reason(value) or None
    cell = as_cell(value)
    if each.code and cell is not None:
        return words.code(each.code, cell)
    if each.kind in ("text", "label") and cell is not None:
        return str(cell)
    return cell


def _shorten(value: float) -> float:
    """Round to a few significant digits."""
    return float(f"{value:.{SIGNIFICANT}g}")
