"""Columns of any Arrow type as text or numbers that csv, JSON and spreadsheets can hold."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt


def plain_type(kind: pa.DataType) -> pa.DataType:
    """Tell the type that `plain_array` gives for a type.

    Parameters
    ----------
    kind : pyarrow.DataType

    Returns
    -------
    pyarrow.DataType
        Boolean, integer, float32, float64, string, large_string or null.

    Examples
    --------
    >>> plain_type(pa.dictionary(pa.int8(), pa.string())), plain_type(pa.list_(pa.int32()))
    (DataType(string), DataType(string))
    """
    if pt.is_dictionary(kind):
        return plain_type(kind.value_type)
    if pt.is_float16(kind):
        return pa.float32()
    if pt.is_boolean(kind) or pt.is_integer(kind) or pt.is_floating(kind) or pt.is_null(kind):
        return kind
    return kind if pt.is_large_string(kind) else pa.string()


def plain_array(cells: pa.Array) -> pa.Array:
    """Turn a column into booleans, numbers or text, without loss where the type allows it.

    Parameters
    ----------
    cells : pyarrow.Array, shape (n_rows,)

    Returns
    -------
    pyarrow.Array, shape (n_rows,), of type ``plain_type(cells.type)``
        Dictionary columns as their words; times as ``2024-05-01 10:00:00`` with the fraction only
        where there is one and the offset where there is a zone (``+08:00``); lists and structs as
        JSON; bytes as base64; decimals as text with all their digits. Missing stays missing.

    Examples
    --------
    >>> import datetime
    >>> plain_array(pa.array([datetime.datetime(2024, 5, 1, 10), None])).to_pylist()
    ['2024-05-01 10:00:00', None]
    >>> plain_array(pa.array([{"颜色": "红"}])).to_pylist()
    ['{"颜色":"红"}']
    """
    kind = cells.type
    target = plain_type(kind)
    if kind == target:
        return cells
    if pt.is_dictionary(kind):
        return plain_array(cells.dictionary_decode())
    return _texts(cells) if pt.is_string(target) else cells.cast(target)


def is_nested(kind: pa.DataType) -> bool:
    """Tell whether values are lists, structs or maps.

    Examples
    --------
    >>> is_nested(pa.list_(pa.string())), is_nested(pa.string())
    (True, False)
    """
    return bool(pt.is_nested(kind))


def is_bytes(kind: pa.DataType) -> bool:
    """Tell whether values are bytes without an encoding.

    Examples
    --------
    >>> is_bytes(pa.binary()), is_bytes(pa.string())
    (True, False)
    """
    return bool(
        pt.is_binary(kind)
        or pt.is_large_binary(kind)
        or pt.is_fixed_size_binary(kind)
        or pt.is_binary_view(kind)
    )


def to_json(value: Any) -> str:
    """Write one nested value as JSON without spaces; what JSON does not know becomes text.

    Examples
    --------
    >>> to_json({"turns": ["你好", None], "n": 2})
    '{"turns":["你好",null],"n":2}'
    """
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def _texts(cells: pa.Array) -> pa.Array:
    """Write values of any other type as text."""
    kind = cells.type
    if pt.is_timestamp(kind):
        return _timestamps(cells)
    if is_nested(kind):
        return _value_by_value(cells, to_json)
    if is_bytes(kind):
        return _value_by_value(cells, lambda value: base64.b64encode(value).decode("ascii"))
    try:
        return cells.cast(pa.string())
    except pa.ArrowNotImplementedError:
        return _value_by_value(cells, str)


def _value_by_value(cells: pa.Array, convert: Callable[[Any], str]) -> pa.Array:
    """Convert with Python, where Arrow has no kernel; missing stays missing."""
    return pa.array([None if v is None else convert(v) for v in cells.to_pylist()], pa.string())


def _timestamps(cells: pa.Array) -> pa.Array:
    """Format times so that each value is written the same way whatever stands beside it."""
    texts = cells.cast(pa.string())
    texts = pc.replace_substring_regex(texts, r"\.0+($|Z|[+-])", r"\1")
    return pc.replace_substring_regex(texts, r"([+-]\d{2})(\d{2})$", r"\1:\2")
