"""Column types of loose JSON fields: seen first, then fitted."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa

_INT64 = 2**63
_EXACT = 2**53


def as_json(value: Any) -> str:
    """Give a string as it is and any other value as JSON text.

    Examples
    --------
    >>> as_json("好"), as_json([1, {"评分": 5}])
    ('好', '[1, {"评分": 5}]')
    """
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def storable(value: Any) -> bool:
    r"""Tell whether a value can be written as UTF-8 (JSON may hold halves of surrogate pairs).

    Examples
    --------
    >>> storable("好😀"), storable("\ud83d"), storable({"a": ["\ud83d"]})
    (True, False, False)
    """
    if value is None or isinstance(value, int | float):
        return True
    try:
        as_json(value).encode()
    except UnicodeEncodeError:
        return False
    return True


class FieldTypes:
    """Names and Arrow types of the fields of JSON objects, in order of appearance.

    Notes
    -----
    Only whole numbers make int64, numbers float64, truth values bool; all else is string, with
    lists and objects (and numbers among strings) as JSON text.

    Examples
    --------
    >>> types = FieldTypes()
    >>> types.see({"rating": 5, "tags": ["vip"]})
    >>> types.arrow_type("rating"), types.arrow_type("tags")
    (DataType(int64), DataType(string))
    >>> types.fit({"rating": "five", "tags": ["new"]})
    ({'tags': '["new"]'}, {'rating': 'five'})
    """

    def __init__(self) -> None:
        self._kinds: dict[str, set[str]] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """Field names, first seen first."""
        return tuple(self._kinds)

    def see(self, row: dict[str, Any]) -> None:
        """Widen the types so that the values of `row` fit."""
        for key, value in row.items():
            kinds = self._kinds.setdefault(key, set())
            if value is not None:
                kinds.add(_kind(value))

    def arrow_type(self, name: str) -> pa.DataType:
        """Give the type of a field; string where no value was seen."""
        kinds = self._kinds.get(name, set())
        if kinds == {"bool"}:
            return pa.bool_()
        if kinds and kinds <= {"int", "long"}:
            return pa.int64()
        if kinds and kinds <= {"int", "float"}:
            return pa.float64()
        return pa.string()

    def fit(self, row: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Give the values as their columns take them, and those that have no place there."""
        fitted, others = {}, {}
        for key, value in row.items():
            if value is None:
                continue
            if key not in self._kinds:
                others[key] = value
                continue
            kind, type_ = _kind(value), self.arrow_type(key)
            if type_ == pa.string():
                fitted[key] = as_json(value)
            elif (
                (type_ == pa.bool_() and kind == "bool")
                or (type_ == pa.int64() and kind in ("int", "long"))
                or (type_ == pa.float64() and kind in ("int", "float"))
            ):
                fitted[key] = value
            else:
                others[key] = value
        return fitted, others


def _kind(value: Any) -> str:
    """Name the kind of a JSON value; ``long`` is a whole number that float64 would change."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        if abs(value) <= _EXACT:
            return "int"
        return "long" if -_INT64 <= value < _INT64 else "text"
    return "float" if isinstance(value, float) else "text"
