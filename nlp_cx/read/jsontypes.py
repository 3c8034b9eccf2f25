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
"""Whole numbers beyond this are not exact as float64."""


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

    def see_schema(self, schema: pa.Schema) -> None:
        """Widen the types by those of a block that Arrow could read."""
        for field in schema:
            self._widen(field.name, _without_times(field.type))

    def see_rows(self, rows: list[Row]) -> None:
        """Widen the types by parsed rows."""
        for name in dict.fromkeys(name for row in rows for name in row):
            values = [row.get(name) for row in rows]
            try:
                kind = pa.array(values).type
            except (pa.ArrowException, OverflowError, TypeError, ValueError):
                kind = None
            self._widen(name, kind if kind is not None and _is_json(kind) else None)

    @property
    def mixed(self) -> list[str]:
        """Fields that hold values which no one Arrow type can hold."""
        return [name for name, kind in self._types.items() if kind is None]

    def schema(self) -> pa.Schema:
        """Give the types, one column per field."""
        return pa.schema(
            [
                (name, pa.string() if kind is None or not _is_storable(kind) else kind)
                for name, kind in self._types.items()
            ]
        )

    def _widen(self, name: str, kind: pa.DataType | None) -> None:
        """Take one more type of a field in."""
        if kind is None or self._types.get(name, pa.null()) is None:
            self._types[name] = None
        else:
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
    """Tell whether no float64 in the columns is so large that a whole number may have been changed.

    Examples
    --------
    >>> is_exact([pa.chunked_array([[1.5, None]])]), is_exact([pa.chunked_array([[2.0**60]])])
    (True, False)
    """
    return all(_is_exact(chunk) for column in columns for chunk in column.chunks)


def _is_exact(array: pa.Array) -> bool:
    """Tell the same of one array, nested ones too."""
    if pa.types.is_list(array.type):
        return _is_exact(array.flatten())
    if pa.types.is_struct(array.type):
        return all(_is_exact(part) for part in array.flatten())
    if not pa.types.is_floating(array.type):
        return True
    extremes = pc.min_max(array)
    return all(abs(extremes[end].as_py() or 0.0) < EXACT_INTEGERS for end in ("min", "max"))


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


def _merge(one: pa.DataType, other: pa.DataType) -> pa.DataType | None:
    """Give the type that holds the values of both, or None."""
    if one == other or pa.types.is_null(other):
        return one
    if pa.types.is_null(one):
        return other
    if {one, other} == {pa.int64(), pa.float64()}:
        return pa.float64()
    if pa.types.is_list(one) and pa.types.is_list(other):
        inner = _merge(one.value_type, other.value_type)
        return None if inner is None else pa.list_(inner)
    if pa.types.is_struct(one) and pa.types.is_struct(other):
        kinds = {field.name: field.type for field in one}
        kinds |= {f.name: _merge(kinds.get(f.name, pa.null()), f.type) for f in other}
        return None if None in kinds.values() else pa.struct(list(kinds.items()))
    return None


def _is_json(kind: pa.DataType) -> bool:
    """Tell whether a type is one that Arrow's JSON reader knows too."""
    if pa.types.is_list(kind):
        return _is_json(kind.value_type)
    if pa.types.is_struct(kind):
        return all(_is_json(field.type) for field in kind)
    return kind in (pa.null(), pa.bool_(), pa.int64(), pa.float64(), pa.string())


def _without_times(kind: pa.DataType) -> pa.DataType:
    """Turn the times that Arrow guesses from text back into text."""
    if pa.types.is_timestamp(kind):
        return pa.string()
    if pa.types.is_list(kind):
        return pa.list_(_without_times(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([(field.name, _without_times(field.type)) for field in kind])
    return kind


def _is_storable(kind: pa.DataType) -> bool:
    """Tell whether a type can be written: no column of nulls only, no object without fields."""
    if pa.types.is_list(kind):
        return pa.types.is_null(kind.value_type) or _is_storable(kind.value_type)
    if pa.types.is_struct(kind):
        return kind.num_fields > 0 and all(
            pa.types.is_null(field.type) or _is_storable(field.type) for field in kind
        )
    return not pa.types.is_null(kind)
