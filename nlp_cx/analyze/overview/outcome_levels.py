"""Where the outcomes stand: their means or shares, over all and by group."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from nlp_cx.analyze.design import as_numbers
from nlp_cx.analyze.drivers.cell_means import interval_of
from nlp_cx.analyze.drivers.group_codes import code_groups
from nlp_cx.analyze.drivers.small_cells import explain_hidden, hide_cells
from nlp_cx.analyze.overview.text_cells import make_cells
from nlp_cx.analyze.overview.texts import take_columns
from nlp_cx.analyze.proportions import normal_quantile
from nlp_cx.errors import ConfigError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_NUMBERS = ("estimate", "low", "high", "median")
COLUMNS = (
    *("outcome", "group", "estimate", "low", "high", "median", "n", "of"),
    *("is_share", "is_hidden", "reason"),
)


def outcome_levels(
    units: pd.DataFrame | pa.Table,
    outcomes: Sequence[str],
    *,
    by: str | None = None,
    cluster: str | None = None,
    min_cell: int = 10,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Give the mean of each outcome, or its share where it holds 0 and 1, over all and by group.

    Parameters
    ----------
    units : DataFrame or pyarrow.Table, one row per unit
        An O+X table, or a table of customers without any text.
    outcomes : sequence of str
        Columns of numbers or truth values.
    by : str, optional
        Column of groups.
    cluster : str, optional
        Rows with the same value (a customer's) are one observation for intervals; rows without one
        are each their own.
    min_cell : int, default=10
        A group with fewer known values is hidden.
    confidence : float

    Returns
    -------
    DataFrame, per outcome one row over all, then one per group, the largest first
        ``outcome``; ``group``, missing of all; ``estimate``, ``low``, ``high``: a mean with
        Student's interval, a share (0 to 1) with Wilson's; ``median``; ``n``: units with the
        outcome, ``of`` units, missing where hidden; ``is_share``; ``is_hidden``: too small, or to
        protect a smaller one; ``reason`` of a missing estimate.

    Raises
    ------
    SchemaError
        If a column is missing or holds no numbers.
    ConfigError
        If no outcome is given.

    Examples
    --------
    >>> units = pd.DataFrame({"churn": [0, 1, 0, None], "contract": ["a", "a", "b", "b"]})
    >>> table = outcome_levels(units, ["churn"], by="contract", min_cell=1)
    >>> table[["group", "estimate", "n", "of"]].round(2).values.tolist()
    [[None, 0.33, 3, 4], ['a', 0.5, 2, 2], ['b', 0.0, 1, 2]]
    """
    normal_quantile(confidence)
    names = list(dict.fromkeys(outcomes))
    if not names or min_cell < 1:
        raise ConfigError(f"outcomes {names} and min_cell {min_cell}: expected one or more of each")
    more = [name for name in (by, cluster) if name is not None and name not in names]
    frame = take_columns(units, [*names, *more])
    labels, codes = code_groups(frame, by) if by is not None else ([], np.empty(0, np.int64))
    clusters = None if cluster is None else _code_clusters(frame[cluster])
    tables = []
    for name in names:
        values = as_numbers(frame, name)
        known = values[~np.isnan(values)]
        is_share = bool(known.size and np.isin(known, (0.0, 1.0)).all())
        whole = _average(values, np.zeros(len(frame), np.int64), clusters, is_share, confidence)
        parts = [whole.assign(group=None, is_hidden=False)]
        if labels:
            part = _average(values, codes, clusters, is_share, confidence)
            n, n_customers = (part[each].to_numpy(np.int64) for each in ("n", "n_customers"))
            hidden = hide_cells(n, n_customers, min_cell)
            part["reason"] = explain_hidden(n, hidden, min_cell, cluster)
            part = part.assign(group=[str(label) for label in labels], is_hidden=hidden.any)
            parts.append(part.sort_values("n", ascending=False, kind="stable"))
        tables += [each.assign(outcome=name, is_share=is_share) for each in parts]
    table = pd.concat(tables, ignore_index=True)
    hidden_rows = table["is_hidden"].astype(bool)
    for each in ("n", "of"):
        table[each] = table[each].astype("Int64").mask(hidden_rows)
    for each in _NUMBERS:
        table[each] = table[each].astype(np.float64).mask(hidden_rows)
    for each in ("group", "reason"):
        table[each] = table[each].astype(object).where(table[each].notna(), None)
    return table[list(COLUMNS)]


def _average(
    values: Floats, codes: Ints, clusters: Ints | None, is_share: bool, confidence: float
) -> pd.DataFrame:
    """Average one outcome by cell."""
    n_cells = int(codes.max(initial=0)) + 1
    cells = make_cells(codes, ~np.isnan(values), clusters, n_cells)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = cells.average(values, is_share=is_share)
        low, high = interval_of(means, confidence=confidence)
    if not is_share and cells.rows.size:  # no mean lies outside of what was answered
        known = values[cells.rows]
        low, high = np.maximum(low, known.min()), np.minimum(high, known.max())
    median = pd.Series(values[cells.rows]).groupby(cells.cell).median()
    found = pd.DataFrame(
        {
            "estimate": means.mean,
            "low": low,
            "high": high,
            "median": median.reindex(range(n_cells)).to_numpy(np.float64),
            "n": cells.n,
            "of": np.bincount(codes[codes >= 0], minlength=n_cells),
            "n_customers": cells.n_customers,
            "reason": ["no value" if n == 0 else None for n in cells.n],
        }
    )
    found.loc[found["n"] == 0, list(_NUMBERS)] = np.nan
    return found


def _code_clusters(values: pd.Series) -> Ints:
    """Number customers; a row without one is one of its own."""
    codes, found = pd.factorize(values)
    alone = codes < 0
    codes = codes.astype(np.int64)
    codes[alone] = len(found) + np.arange(int(alone.sum()))
    return codes
