"""Truth columns, given as a column or as a comparison."""

from __future__ import annotations

import operator
import re
from typing import Final

import pandas as pd

from nlp_cx.errors import ConfigError, SchemaError

_COMPARE: Final = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "=": operator.eq,
}
_CONDITION: Final = re.compile(r"(?P<column>.+?)\s*(?P<sign><=|>=|==|!=|<|>|=)\s*(?P<value>.+)")
_YES: Final = frozenset({"yes", "y", "true", "t", "1", "是", "有", "已"})
_NO: Final = frozenset({"no", "n", "false", "f", "0", "否", "无", "無", "未"})


def column_of(table: pd.DataFrame, condition: str) -> str | None:
    """Name the column that a condition reads.

    Parameters
    ----------
    table : DataFrame
    condition : str
        ``COL``, or ``COL<=2``.

    Returns
    -------
    str or None
        None where the table has no such column.
    """
    if condition in table.columns:
        return condition
    match = _CONDITION.fullmatch(condition.strip())
    name = match["column"] if match else condition
    return name if name in table.columns else None


def read_flag(table: pd.DataFrame, condition: str) -> pd.Series:
    """Read a truth column, or compare a column with a number or word.

    Parameters
    ----------
    table : DataFrame
    condition : str
        ``COL`` (truth values; numbers, true above 0; yes and no in English or Chinese), or ``COL``,
        one of ``< <= > >= = == !=``, and a number, or a word after ``=``, ``==`` or ``!=``.

    Returns
    -------
    Series of boolean
        Missing where the column is.

    Raises
    ------
    ConfigError
        If there is no such column, or a text is compared by its size.
    SchemaError
        If the column holds words that say neither yes nor no.

    Examples
    --------
    >>> table = pd.DataFrame({"r_stars": [1, 5, None], "churn": ["Yes", "No", None]})
    >>> read_flag(table, "r_stars <= 2").tolist(), read_flag(table, "churn").tolist()
    ([True, False, <NA>], [True, False, <NA>])
    """
    name = column_of(table, condition)
    if name is None:
        raise ConfigError(
            f"{condition!r}: no such column; the table has {', '.join(map(str, table.columns))}"
        )
    column = table[name]
    is_number = pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column)
    if name == condition:
        flags = column.astype("Float64") > 0 if is_number else _read_words(column)
        return pd.Series(flags, index=table.index).astype("boolean")
    match = _CONDITION.fullmatch(condition.strip())
    if match is None:
        raise ConfigError(f"{condition!r}: expected COLUMN, or COLUMN <= 2")
    compare, value = _COMPARE[match["sign"]], match["value"].strip().strip("'\"")
    if is_number:
        try:
            number = float(value)
        except ValueError as e:
            raise ConfigError(f"{condition!r}: {name!r} holds numbers, {value!r} is none") from e
        return pd.Series(compare(column.astype("Float64"), number)).astype("boolean")
    if match["sign"] in ("<", "<=", ">", ">="):
        raise ConfigError(f"{condition!r}: {name!r} holds words, which have no size. Use = or !=.")
    return pd.Series(compare(column.astype("string"), value)).astype("boolean")


def _read_words(column: pd.Series) -> pd.Series:
    """Read yes and no."""
    words = column.astype("string").str.strip().str.casefold()
    strange = words[words.notna() & ~words.isin(_YES | _NO)]
    if len(strange):
        raise SchemaError(
            f"column {column.name!r} holds {len(strange):,} words such as "
            f"{column[strange.index[0]]!r}, expected yes and no. Say which one counts: "
            f'"{column.name} = {column[strange.index[0]]}".'
        )
    return words.isin(_YES).astype("boolean").where(words.notna())
