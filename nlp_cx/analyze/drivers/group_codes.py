"""The groups of a table in a fixed order, whatever the order of its rows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.errors import SchemaError


def code_groups(table: pd.DataFrame, column: str) -> tuple[list[object], npt.NDArray[np.int64]]:
    """Number the groups of rows.

    Parameters
    ----------
    table : DataFrame
    column : str

    Returns
    -------
    values : list
        Distinct values, in rising order (as text where they have no order).
    codes : ndarray of int64, shape (n_rows,)
        Positions in `values`; -1 where there is no value.

    Raises
    ------
    SchemaError
        If there is no such column.

    Examples
    --------
    >>> values, codes = code_groups(pd.DataFrame({"store": ["b", None, "a"]}), "store")
    >>> values, codes.tolist()
    (['a', 'b'], [1, -1, 0])
    """
    if column not in table.columns:
        raise SchemaError(
            f"no column {column!r}. The table has {', '.join(map(str, table.columns))}."
        )
    codes, found = pd.factorize(table[column])
    values = list(found)
    try:
        order = sorted(range(len(values)), key=lambda i: values[i])
    except TypeError:
        order = sorted(range(len(values)), key=lambda i: str(values[i]))
    rank = np.full(len(values) + 1, -1, np.int64)
    rank[order] = np.arange(len(values))
    return [values[i] for i in order], rank[codes]
