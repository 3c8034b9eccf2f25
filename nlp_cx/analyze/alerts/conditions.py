"""Comparisons of a column with a value: the only thing that a rule can ask of a row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.config import config
from nlp_cx.text.normalize import normalize

Bools = npt.NDArray[np.bool_]

Scalar = bool | int | float | str

Operation = Literal[
    "==", "!=", "<", "<=", ">", ">=", "in", "not in", "contains", "missing", "known"
]

_ORDERED = ("<", "<=", ">", ">=")
_LISTED = ("in", "not in", "contains")
_BARE = ("missing", "known")


@config
class Condition:
    """One comparison.

    Parameters
    ----------
    column : str
    op : str
        ``== != < <= > >=`` with one value; ``in``, ``not in`` with a list of values;
        ``contains`` with words or phrases of which the text holds at least one (width, case and
        traditional writing do not matter; Latin letters as whole words); ``missing`` and ``known``
        without a value. A row that has no value in the column meets no other operation than
        ``missing``.
    value : number, text, truth value or list of them, optional
        A time as text, e.g. ``"2024-05-01"``, for a column of times.
    """

    column: str
    op: Operation
    value: Scalar | tuple[Scalar, ...] | None = None


def find_faults(
    conditions: Sequence[Condition], table: pd.DataFrame, *, where: str, name: str = "the table"
) -> list[str]:
    """Tell what is wrong with conditions on a table.

    Parameters
    ----------
    conditions : sequence of Condition
    table : DataFrame
    where : str
        The rule, for messages.
    name : str
        The table, for messages.

    Returns
    -------
    list of str
        A sentence for every fault; empty where all can be met.
    """
    faults = []
    for condition in conditions:
        said = f"{where}: {describe(condition)}"
        fault = _find_value_fault(condition)
        if fault is None and condition.column not in table.columns:
            fault = f"{name} has no column {condition.column!r}"
        if fault is None:
            fault = _find_type_fault(condition, table[condition.column])
        if fault is not None:
            faults.append(f"{said}: {fault}")
    return faults


def meets(table: pd.DataFrame, condition: Condition) -> Bools:
    """Tell which rows meet a condition.

    Parameters
    ----------
    table : DataFrame
    condition : Condition
        Without faults on this table.

    Returns
    -------
    ndarray of bool, shape (n_rows,)

    Examples
    --------
    >>> table = pd.DataFrame({"x_loyalty": [-1.0, None, 1.0], "clause": ["我要退訂", "ok", None]})
    >>> meets(table, Condition(column="x_loyalty", op="<", value=0)).tolist()
    [True, False, False]
    >>> meets(table, Condition(column="clause", op="contains", value=("退订", "cancel"))).tolist()
    [True, False, False]
    """
    column = table[condition.column]
    known = column.notna().to_numpy(np.bool_)
    if condition.op in _BARE:
        return known if condition.op == "known" else ~known
    result = np.zeros(len(table), np.bool_)
    values = column[known]
    if condition.op == "contains":
        pattern = re.compile("|".join(_as_pattern(_fold(word)) for word in _as_values(condition)))
        found = [pattern.search(_fold(text)) is not None for text in values]
        result[known] = np.array(found, np.bool_)
        return result
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        wanted_values: list[Any] = [_as_time(value, column) for value in _as_values(condition)]
    else:
        wanted_values = list(_as_values(condition))
        if isinstance(column.dtype, pd.CategoricalDtype):
            values = values.astype(object)
    if condition.op in ("in", "not in"):
        is_in = values.isin(wanted_values).to_numpy(np.bool_)
        result[known] = is_in if condition.op == "in" else ~is_in
        return result
    compared = {
        "==": values.eq,
        "!=": values.ne,
        "<": values.lt,
        "<=": values.le,
        ">": values.gt,
        ">=": values.ge,
    }[condition.op](wanted_values[0])
    result[known] = compared.to_numpy(np.bool_)
    return result


def meets_all(table: pd.DataFrame, conditions: Sequence[Condition]) -> Bools:
    """Tell which rows meet all conditions; all rows where there are none.

    Parameters
    ----------
    table : DataFrame
    conditions : sequence of Condition

    Returns
    -------
    ndarray of bool, shape (n_rows,)
    """
    result = np.ones(len(table), np.bool_)
    for condition in conditions:
        result &= meets(table, condition)
    return result


def describe(condition: Condition) -> str:
    """Write a condition as in a sentence.

    Parameters
    ----------
    condition : Condition

    Returns
    -------
    str

    Examples
    --------
    >>> describe(Condition(column="r_csat", op="<=", value=2))
    'r_csat <= 2'
    """
    if condition.op in _BARE:
        return f"{condition.column} is {condition.op}"
    value = condition.value
    told = ", ".join(map(repr, value)) if isinstance(value, tuple) else repr(value)
    return f"{condition.column} {condition.op} {told}"


def _find_value_fault(condition: Condition) -> str | None:
    """Say what is wrong with the value, whatever the table."""
    op, value = condition.op, condition.value
    values = _as_values(condition)
    is_worded = all(isinstance(v, str) and v.strip() for v in values)
    faults = {
        f"{op} takes no value": op in _BARE and value is not None,
        f"{op} needs a value": op not in _BARE and value is None,
        f"{op} needs at least one value": op in _LISTED and value == (),
        "contains needs words or phrases": op == "contains" and not is_worded,
        f"{op} needs one value, not a list": op not in _LISTED and isinstance(value, tuple),
        f"{op} needs a number, not a truth value": op in _ORDERED and isinstance(value, bool),
    }
    return next((fault for fault, is_so in faults.items() if is_so), None)


def _find_type_fault(condition: Condition, column: pd.Series) -> str | None:
    """Say why a column cannot be compared with the value."""
    if condition.op in _BARE:
        return None
    kind = _kind(column)
    for value in _as_values(condition):
        wanted = "a text" if isinstance(value, str) else "a number"
        if isinstance(value, bool):
            wanted = "a truth value"
        if kind == "times" and isinstance(value, str):
            try:
                pd.Timestamp(value)
            except ValueError:
                return f"{value!r} is not a time, and the column holds times"
            continue
        fits = {"texts": "a text", "numbers": "a number", "truth values": "a truth value"}
        if kind != "nothing" and fits.get(kind) != wanted:
            return f"the column holds {kind}, and {value!r} is {wanted}"
        if condition.op in _ORDERED and kind == "texts":
            return f"texts have no order that {condition.op} could mean"
    return None


def _kind(column: pd.Series) -> str:
    """Tell what a column holds: times, truth values, numbers, texts or nothing."""
    dtype = column.dtype
    if pd.api.types.is_datetime64_any_dtype(dtype):
        return "times"
    if column.isna().all():
        return "nothing"
    if pd.api.types.is_bool_dtype(dtype):
        return "truth values"
    if pd.api.types.is_numeric_dtype(dtype):
        return "numbers"
    values = column.dropna()
    for kind, name in (((str,), "texts"), ((bool, np.bool_), "truth values")):
        if values.map(lambda value, kind=kind: isinstance(value, kind)).all():
            return name
    return f"values of several kinds ({dtype})"


def _as_values(condition: Condition) -> tuple[Scalar, ...]:
    """Give the value or values as a tuple."""
    value = condition.value
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)


def _as_time(value: Scalar, column: pd.Series) -> pd.Timestamp:
    """Read a time; without a zone it is in the column's."""
    time = pd.Timestamp(value)
    zone = column.dt.tz
    if zone is None:
        return time if time.tzinfo is None else time.tz_convert("UTC").tz_localize(None)
    return time.tz_localize(zone) if time.tzinfo is None else time


def _as_pattern(phrase: str) -> str:
    """Match a phrase; one of Latin letters or digits as whole words, as in "ban" but not "bank"."""
    before = r"(?<![a-z0-9])" if re.match("[a-z0-9]", phrase) else ""
    after = r"(?![a-z0-9])" if re.search("[a-z0-9]$", phrase) else ""
    return before + re.escape(phrase) + after


def _fold(text: Any) -> str:
    """Fold width, case and traditional writing."""
    codes = np.frombuffer(str(text).encode("utf-32-le", "surrogatepass"), np.uint32)
    return normalize(codes).tobytes().decode("utf-32-le", "surrogatepass")
