"""Types for the cells of a csv file: numbers, truth values and times, told from all of them."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

_MISSING = pa.array(["", "NA", "N/A", "NaN", "nan", "NULL", "null", "None"])
"""What stands for no value beside values of another type than text; in texts only ``""`` does."""

_WHOLE = r"\A-?(0|[1-9][0-9]{0,17})\z"
# An exponent needs a point or a minus sign: order 12E5 is a name, not 1,200,000.
_NUMBER = r"\A-?(0|[1-9][0-9]{0,14})?(\.[0-9]*([eE][+-]?[0-9]+)?|[eE]-[0-9]+)?\z"
_DIGIT = "[0-9]"
_TRUTH = r"(?i)\A(true|false)\z"
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = r"[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
_MOMENT = rf"\A{_DATE}({_TIME})?\z"
_ZONED = rf"\A{_DATE}{_TIME}(Z|[+-][0-9]{{2}}:?[0-9]{{2}})\z"


def type_cells(table: pa.Table) -> pa.Table:
    """Give text columns the type that all their cells have.

    Parameters
    ----------
    table : Table
        Columns of other types than string stay as they are.

    Returns
    -------
    Table
        int64, float64, bool, timestamp[us] (UTC where the cells name an offset) or string, with
        null where a cell is empty; beside numbers, truth values and times, ``NA``, ``NaN``,
        ``NULL`` and ``None`` are null too.

    Notes
    -----
    A column becomes a number only if that loses nothing: ``00123``, ``+86``, numbers of more than
    18 digits and ``12E5`` stay text, as do times of which some name an offset and some do not.

    Examples
    --------
    >>> table = pa.table({"store": ["007", "12"], "stars": ["5", ""], "paid": ["1.50", "NA"]})
    >>> type_cells(table).to_pylist()
    [{'store': '007', 'stars': 5, 'paid': 1.5}, {'store': '12', 'stars': None, 'paid': None}]
    """
    columns = [
        _type_column(column) if pa.types.is_string(column.type) else column
        for column in table.columns
    ]
    return pa.table(columns, names=table.column_names)


def _type_column(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Type one column of strings."""
    no_text = pa.scalar(None, pa.string())
    values = pc.if_else(pc.is_in(column, _MISSING), no_text, column)
    if values.null_count == len(values):
        return pc.if_else(pc.equal(column, ""), no_text, column)
    if _all_match(values, _WHOLE):
        return values.cast(pa.int64())
    if _all_match(values, _NUMBER) and _all_match(values, _DIGIT):
        return values.cast(pa.float64())
    if _all_match(values, _TRUTH):
        return pc.equal(pc.utf8_lower(values), "true")
    for pattern, kind in (
        (_MOMENT, pa.timestamp("us")),
        (_ZONED, pa.timestamp("us", "UTC")),
    ):
        if _all_match(values, pattern):
            try:
                return values.cast(kind)
            except pa.ArrowInvalid:
                break  # 2025-02-30: no time, so all of them stay text
    return pc.if_else(pc.equal(column, ""), no_text, column)


def _all_match(values: pa.ChunkedArray, pattern: str) -> bool:
    """Tell whether every value that is there fits a pattern; the first ones decide most often."""
    head = values.slice(0, 1000)
    return all(
        pc.all(pc.match_substring_regex(part, pattern)).as_py() is not False
        for part in (head, values)
    )
