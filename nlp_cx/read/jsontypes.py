"""Arrow types for the fields of JSON objects: found in a sample, then fitted row by row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from nlp_cx.read.fields import as_json

Row = dict[str, Any]

_INT64 = 2**63
EXACT_INTEGERS = 2.0**53
"""Whole numbers below this are exact as float64."""

_LONG = pa.uint64()
"""Stands for int64 with values beyond `EXACT_INTEGERS`, which do not go with float64."""

_SCALARS = {
    type(None): pa.null(),
    bool: pa.bool_(),
    float: pa.float64(),
    str: pa.string(),
}


class JsonTypes:
    """Names and types of the fields seen so far, in order of appearance.

    Notes
    -----
    Nothing is guessed from text: ``"2024-05-01"`` and ``"00123"`` stay strings. A field that
    holds values of different kinds, whole numbers over 64 bits or empty objects becomes a string:
    text as it is, anything else as JSON text. So does a field that is null throughout.

    Examples
    --------
    >>> types = JsonTypes()
    >>> types.see_rows([{"id": 1, "tags": []}, {"id": "A2", "tags": ["vip"]}])
    >>> types.schema()
    id: string
    tags: list<item: string>
      child 0, item: string
    >>> types.mixed
    ['id']
    """

    def __init__(self) -> None:
        self._types: dict[str, pa.DataType | None] = {}

    def see_table(self, table: pa.Table) -> bool:
        """Widen the types by those of a block that Arrow parsed.

        Parameters
        ----------
        table : Table
            As pyarrow's JSON reader gives it without a schema.

        Returns
        -------
        bool
            False where a float64 may be a whole number that was changed; nothing is widened then.
        """
        kinds = {}
        for name, column in zip(table.schema.names, table.columns, strict=True):
            kind: pa.DataType | None = pa.null()
            for chunk in column.chunks:
                kind = _merge(kind, _kind_of_array(chunk))
            kinds[name] = kind
        if None in kinds.values():
            return False
        for name, kind in kinds.items():
            self._widen(name, kind)
        return True

    def see_rows(self, rows: Iterable[Row]) -> None:
        """Widen the types by parsed rows."""
        for row in rows:
            for name, value in row.items():
                self._widen(name, _kind_of(value))

    @property
    def mixed(self) -> list[str]:
        """Fields that hold values which no one Arrow type can hold."""
        return [name for name, kind in self._types.items() if kind is None]

    def schema(self) -> pa.Schema:
        """Give the types, one column per field."""
        return pa.schema(
            [
                (name, pa.string() if kind is None or not _is_storable(kind) else _as_stored(kind))
                for name, kind in self._types.items()
            ]
        )

    def _widen(self, name: str, kind: pa.DataType | None) -> None:
        """Take one more type of a field in."""
        self._types[name] = _merge(self._types.get(name, pa.null()), kind)


def fit_row(row: Row, schema: pa.Schema) -> tuple[Row, Row]:
    """Give the values of a row as its columns take them, and those that have no place there.

    Parameters
    ----------
    row : dict
    schema : Schema
        As `JsonTypes` gives it.

    Returns
    -------
    fitted, others : dict

    Examples
    --------
    >>> schema = pa.schema([("text", pa.string()), ("rating", pa.int64())])
    >>> fit_row({"text": 666, "rating": 4.5, "shop": "B"}, schema)
    ({'text': '666'}, {'rating': 4.5, 'shop': 'B'})
    """
    fitted: Row = {}
    others: Row = {}
    for name, value in row.items():
        index = schema.get_field_index(name)
        if index < 0:
            others[name] = value
        elif value is not None:
            kind = schema.types[index]
            if kind == pa.string():
                fitted[name] = as_json(value)
            elif _fits(value, kind):
                fitted[name] = int(value) if kind == pa.int64() else value
            else:
                others[name] = value
    return fitted, others


def is_exact(columns: Iterable[pa.ChunkedArray]) -> bool:
    """Tell whether no float64 in the columns may be a whole number that was changed.

    Examples
    --------
    >>> is_exact([pa.chunked_array([[1.5, None]])]), is_exact([pa.chunked_array([[2.0**60]])])
    (True, False)
    """
    return all(_kind_of_array(chunk) is not None for column in columns for chunk in column.chunks)


def _kind_of_array(array: pa.Array) -> pa.DataType | None:
    """Give the type of what Arrow parsed, times as text; None where numbers may be changed."""
    if pa.types.is_timestamp(array.type):
        return pa.string()
    if pa.types.is_list(array.type):
        return _list_of(_kind_of_array(array.flatten()))
    if pa.types.is_struct(array.type):
        names = [field.name for field in array.type]
        return _struct_of(dict(zip(names, map(_kind_of_array, array.flatten()), strict=True)))
    if array.type in (pa.int64(), pa.float64()):
        ends = pc.min_max(array)
        if any(abs(ends[end].as_py() or 0) >= EXACT_INTEGERS for end in ("min", "max")):
            return _LONG if array.type == pa.int64() else None
    return array.type


def _kind_of(value: Any) -> pa.DataType | None:
    """Give the type of a parsed value; None where there is none."""
    if isinstance(value, list):
        kind: pa.DataType | None = pa.null()
        for part in value:
            kind = _merge(kind, _kind_of(part))
        return _list_of(kind)
    if isinstance(value, dict):
        return _struct_of({name: _kind_of(part) for name, part in value.items()})
    if isinstance(value, int) and not isinstance(value, bool):
        if abs(value) < EXACT_INTEGERS:
            return pa.int64()
        return _LONG if -_INT64 <= value < _INT64 else None
    return _SCALARS[type(value)]


def _list_of(kind: pa.DataType | None) -> pa.DataType | None:
    """Give the type of a list."""
    return None if kind is None else pa.list_(kind)


def _struct_of(kinds: dict[str, pa.DataType | None]) -> pa.DataType | None:
    """Give the type of an object."""
    return None if None in kinds.values() else pa.struct(list(kinds.items()))


def _fits(value: Any, kind: pa.DataType) -> bool:
    """Tell whether a column of this type holds a value without changing it."""
    if value is None or pa.types.is_null(kind):
        return value is None
    if isinstance(value, dict):
        return pa.types.is_struct(kind) and all(
            kind.get_field_index(key) >= 0 and _fits(part, kind.field(key).type)
            for key, part in value.items()
        )
    if isinstance(value, list):
        return pa.types.is_list(kind) and all(_fits(part, kind.value_type) for part in value)
    if isinstance(value, str | bool):
        return kind == (pa.string() if isinstance(value, str) else pa.bool_())
    if isinstance(value, int):
        limit = _INT64 if kind == pa.int64() else EXACT_INTEGERS
        return kind in (pa.int64(), pa.float64()) and -limit <= value < limit
    return kind == pa.float64() or (
        kind == pa.int64() and value.is_integer() and abs(value) < EXACT_INTEGERS
    )


def _merge(one: pa.DataType | None, other: pa.DataType | None) -> pa.DataType | None:
    """Give the type that holds the values of both, or None."""
    if one is None or other is None:
        return None
    if one == other or pa.types.is_null(one) or pa.types.is_null(other):
        return other if pa.types.is_null(one) else one
    kinds = {one, other}
    if kinds <= {pa.int64(), pa.float64(), _LONG}:
        wider = _LONG if pa.float64() not in kinds else pa.float64()
        return None if {_LONG, pa.float64()} == kinds else wider
    if pa.types.is_list(one) and pa.types.is_list(other):
        return _list_of(_merge(one.value_type, other.value_type))
    if pa.types.is_struct(one) and pa.types.is_struct(other):
        parts = {field.name: field.type for field in one}
        parts |= {f.name: _merge(parts.get(f.name, pa.null()), f.type) for f in other}
        return _struct_of(parts)
    return None


def _as_stored(kind: pa.DataType) -> pa.DataType:
    """Give a type without the mark of long whole numbers."""
    if pa.types.is_list(kind):
        return pa.list_(_as_stored(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([(field.name, _as_stored(field.type)) for field in kind])
    return pa.int64() if kind == _LONG else kind


def _is_storable(kind: pa.DataType) -> bool:
    """Tell whether a type can be written: no column of nulls only, no object without fields."""
    if pa.types.is_list(kind):
        return pa.types.is_null(kind.value_type) or _is_storable(kind.value_type)
    if pa.types.is_struct(kind):
        return kind.num_fields > 0 and all(
            pa.types.is_null(field.type) or _is_storable(field.type) for field in kind
        )
    return not pa.types.is_null(kind)
