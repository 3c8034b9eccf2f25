"""Tables made of arrays, put under each other in one go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

_WHOLE = ("n", "n_reference")

Columns = Mapping[str, npt.NDArray[Any]]


def stack_columns(tables: Sequence[Columns]) -> pd.DataFrame:
    """Put tables of the same columns under each other.

    Parameters
    ----------
    tables : sequence of dict of str to ndarray
        At least one.

    Returns
    -------
    DataFrame
        Columns of objects stay so, with None for missing; ``n`` and ``n_reference`` are Int64.

    Examples
    --------
    >>> stack_columns([{"n": np.array([1.0])}, {"n": np.array([np.nan])}])["n"].tolist()
    [1, <NA>]
    """
    columns: dict[str, Any] = {}
    for name in tables[0]:
        values = np.concatenate([table[name] for table in tables])
        columns[name] = pd.Series(values, dtype=object) if values.dtype == object else values
        if name in _WHOLE:
            columns[name] = pd.array(values, dtype="Float64").astype("Int64")
    return pd.DataFrame(columns)
