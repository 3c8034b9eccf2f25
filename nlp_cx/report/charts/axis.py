"""The axis of a chart, and what of it the rows of a table tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias, TypeGuard

from nlp_cx.report.model import Kind, Table

Spec: TypeAlias = dict[str, Any]

FORMATS: dict[str, str] = {
    "share": ".0%",
    "count": ",d",
    "number": ",.3~r",
    "signed": "+,.3~r",
    "points": "+,.3~r",
    "money": ",.3~s",
}
"""How axes write numbers, by the kind of the column."""


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis of numbers.

    Parameters
    ----------
    field : str
        Column of the table.
    title : str
    kind : Kind
    domain : (float, float), optional
        Shown in full; from the data when not given.
    zero : bool
        Whether 0 must be on it.
    low, high : str
        Columns with the ends of the interval; empty where there is none.
    """

    field: str
    title: str
    kind: Kind = "number"
    domain: tuple[float, float] | None = None
    zero: bool = True
    low: str = ""
    high: str = ""


def find_extent(axis: Axis, table: Table) -> tuple[float, float]:
    """Give where an axis begins and how long it is.

    Parameters
    ----------
    axis : Axis
    table : Table

    Returns
    -------
    (float, float)
    """
    if axis.domain:
        return axis.domain[0], (axis.domain[1] - axis.domain[0]) or 1.0
    fields = [each for each in (axis.field, axis.low, axis.high) if each]
    values = [value for each in fields for value in take_numbers(table, each)]
    values += [0.0] if axis.zero else []
    return min(values), (max(values) - min(values)) or 1.0


def take_numbers(table: Table, name: str) -> list[float]:
    """Give the numbers of a column.

    Parameters
    ----------
    table : Table
    name : str

    Returns
    -------
    list of float
        Without what is missing.
    """
    places = [i for i, column in enumerate(table.columns) if column.name == name]
    values = (row[i] for row in table.rows for i in places)
    return [float(value) for value in values if is_number(value)]


def is_number(value: object) -> TypeGuard[int | float]:
    """Tell a number from a text and from nothing.

    Parameters
    ----------
    value : object

    Returns
    -------
    bool
        False for truth values.
    """
    return isinstance(value, (int, float)) and not isinstance(value, bool)
