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


MOST_NAMES = 8
"""Rows that a note names; of more it says how many."""


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
    is_folded: bool = False,
) -> Table:
    """Make a table of the report.

    Parameters
    ----------
    frame : DataFrame
        Rows in the order to show. A field that it does not have is left out. Reasons are no
        column but notes: each once, with the rows it is of.
    fields : sequence of Field
    words : Words
    id : str
        Of the table; also chooses the names of its columns.
    title : str
        The one that belongs to `id` when empty.
    notes : sequence of str
        Empty ones are left out.
    is_folded : bool
        Whether a reader asks for it.

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
    reasons: list[str] = []
    n_names = 0
    for each in fields:
        if each.name not in frame.columns:
            continue
        values = [_translate(value, each, words) for value in frame[each.name]]
        if each.code == "reason":
            reasons += _say_reasons(values, cells[: max(n_names, 1)], words)
            continue
        if each.kind == "label" and len(columns) == n_names:
            n_names += 1
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
    shown = tuple(note for note in dict.fromkeys([*reasons, *notes]) if note)
    return Table(id, title or words.title(id), tuple(columns), rows, shown, is_folded)


def say_reasons(names: Sequence[str], reasons: Sequence[str], words: Words) -> list[str]:
    """Say each reason once, with what it is the reason of.

    Parameters
    ----------
    names : sequence of str
        Of the rows.
    reasons : sequence of str
        Of each row, in the language of the report; empty where there is none.
    words : Words

    Returns
    -------
    list of str
        A reason of many rows says how many.

    Examples
    --------
    >>> say_reasons(["Price", "Brand"], ["too few mentions", "too few mentions"], Words("en"))
    ['Price and Brand: too few mentions.']
    """
    rows: dict[str, list[str]] = {}
    for name, reason in zip(names, reasons, strict=True):
        if reason:
            rows.setdefault(reason.rstrip(".。"), []).append(name)
    told = []
    for reason, found in rows.items():
        unique = [name for name in dict.fromkeys(found) if name]
        if unique and len(unique) <= MOST_NAMES and len(unique) == len(found):
            told.append(words.say("note_reason", names=words.join(unique), reason=reason))
        else:
            told.append(words.say("note_reason_rows", n=len(found), reason=reason))
    return told


def to_points(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Turn differences of shares into percentage points.

    Parameters
    ----------
    frame : DataFrame
    *columns : str
        Those that are not there are left out.

    Returns
    -------
    DataFrame

    Examples
    --------
    >>> to_points(pd.DataFrame({"change": [-0.25, None]}), "change")["change"].tolist()
    [-25.0, nan]
    """
    there = [name for name in columns if name in frame.columns]
    return frame.assign(**{name: pd.to_numeric(frame[name]) * 100 for name in there})


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
        # What users wrote stays as it is.
        named = words.code(each.code, cell)
        return words.start(named) if words.has_code(each.code, cell) else named
    if each.kind in ("text", "label") and cell is not None:
        return str(cell)
    return cell


def _say_reasons(
    reasons: Sequence[Cell], names: Sequence[Sequence[Cell]], words: Words
) -> list[str]:
    """Name the rows by their first labels."""
    rows = [
        " · ".join(str(cell) for cell in row if cell is not None)
        for row in zip(*names, strict=True)
    ]
    if not rows:
        rows = [""] * len(reasons)
    return say_reasons(rows, [str(reason or "") for reason in reasons], words)


def _shorten(value: float) -> float:
    """Round to a few significant digits."""
    return float(f"{value:.{SIGNIFICANT}g}")
