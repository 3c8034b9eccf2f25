"""The same analysis for every value of a column, one below the other."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from nlp_cx.errors import AnalysisError, SchemaError


def analyse_groups(
    ox: pd.DataFrame,
    group: str | None,
    analyse: Callable[[pd.DataFrame], pd.DataFrame],
    refuse: Callable[[str], pd.DataFrame],
) -> pd.DataFrame:
    """Analyse the rows of every group on their own.

    Parameters
    ----------
    ox : DataFrame
    group : str or None
        A column; rows without a value belong to no group. None analyses all rows at once.
    analyse : callable
        Rows in, table out.
    refuse : callable
        Makes the table of a group that `analyse` refused, from the reason.

    Returns
    -------
    DataFrame
        With the column ``group`` in front, sorted by it, where there are groups.

    Raises
    ------
    SchemaError
        If there is no such column.
    AnalysisError
        If no row has a group, or, without groups, what `analyse` raises.
    """
    if group is None:
        return analyse(ox)
    if group not in ox.columns:
        raise SchemaError(f"no column {group!r} to group by; there are {', '.join(ox.columns)}")
    parts = list(ox.groupby(group, observed=True, sort=True))
    if not parts:
        raise AnalysisError(f"{group!r} is missing in all {len(ox):,} rows: no group to analyse")
    tables = []
    for value, part in parts:
        try:
            table = analyse(part)
        except AnalysisError as e:
            table = refuse(str(e))
        table.insert(0, "group", value)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)
