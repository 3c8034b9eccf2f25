"""What the rows of a table are for a metric: their weights and customers, checked."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.design import as_numbers, code_clusters
from nlp_cx.analyze.metrics.statistic import Statistic
from nlp_cx.errors import AnalysisError, DataWarning, SchemaError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def check_statistics(table: pd.DataFrame, statistics: Sequence[Statistic]) -> None:
    """Refuse statistics that were not made of the table.

    Parameters
    ----------
    table : DataFrame
    statistics : sequence of Statistic

    Raises
    ------
    SchemaError
        If there are none, or their rows are not as many as the table's.
    """
    if not statistics:
        raise SchemaError("no metric was asked for")
    for statistic in statistics:
        if len(statistic.values) != len(table):
            raise SchemaError(
                f"{statistic.name}: made of {len(statistic.values):,} rows, the table has "
                f"{len(table):,}. Make it of the same table."
            )


def take_weights(table: pd.DataFrame, weights: str | None) -> Floats:
    """Take weights from a table; 0 where a row has none.

    Parameters
    ----------
    table : DataFrame
    weights : str or None
        None makes every weight 1.

    Returns
    -------
    ndarray of float64, shape (n_rows,)

    Raises
    ------
    SchemaError
        If there is no such column, or it does not hold numbers.
    AnalysisError
        If a weight is negative.
    """
    if weights is None:
        return np.ones(len(table))
    if weights not in table.columns:
        raise SchemaError(f"no column {weights!r} for weights")
    weight = as_numbers(table, weights)
    if (weight < 0).any():
        raise AnalysisError(
            f"weights {weights!r}: {int((weight < 0).sum()):,} are negative, expected 0 or more"
        )
    n = int(np.isnan(weight).sum())
    if n:
        warnings.warn(f"{n:,} rows without {weights!r} are left out", DataWarning, stacklevel=3)
    return np.nan_to_num(weight, nan=0.0)


def take_clusters(table: pd.DataFrame, cluster: str | None) -> Ints:
    """Number the customers of a table's rows.

    Parameters
    ----------
    table : DataFrame
    cluster : str or None
        None makes every row its own; so are rows without a value.

    Returns
    -------
    ndarray of int64, shape (n_rows,)

    Raises
    ------
    SchemaError
        If there is no such column.
    """
    if cluster is not None and cluster not in table.columns:
        raise SchemaError(f"no column {cluster!r} for the customer")
    return code_clusters(table, cluster, np.arange(len(table), dtype=np.int64))
