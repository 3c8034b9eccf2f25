"""Retention where customers were watched for different times: Kaplan-Meier curves, log-rank."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.design import as_numbers
from nlp_cx.analyze.metrics.cells import cut_cells
from nlp_cx.analyze.metrics.statistic import Column, take_hits
from nlp_cx.analyze.proportions import adjust_p_values, normal_quantile, wilson_interval
from nlp_cx.errors import AnalysisError, SchemaError

Floats = npt.NDArray[np.float64]


def estimate_retention_curve(
    table: pd.DataFrame,
    duration: str,
    churned: str | Column,
    *,
    at: Sequence[float],
    group: str | None = None,
    confidence: float = 0.95,
    min_n: int = 10,
) -> pd.DataFrame:
    """Estimate which share of customers stays for how long.

    Parameters
    ----------
    table : DataFrame, one row per customer
        Rows without duration or outcome are left out.
    duration : str
        Column of the time from joining to leaving, or to the last sight of who has not left.
    churned : str, or pair of str and value
        Who left, as in `retention.code_churn`.
    at : sequence of float
        Times of interest, in the unit of `duration`, e.g. ``[12, 24]`` months.
    group : str, optional
        Column of groups.
    confidence : float
    min_n : int
        Groups with fewer customers are not estimated, nor are times until which fewer were watched.

    Returns
    -------
    DataFrame, one row per group and time
        ``group`` where asked for; ``metric`` (``retention_after``), ``time``, ``estimate``,
        ``low, high``, ``n`` (customers), ``n_churned`` (up to then), ``n_at_risk`` (watched that
        long), ``interval``, ``source``, ``reason``.

    Raises
    ------
    SchemaError
        If a column is missing or holds something else.
    AnalysisError
        If a duration is negative.

    Notes
    -----
    Kaplan-Meier; the interval is Greenwood's on the log-log scale, and while nobody has left
    Wilson's of those still watched. Customers who left and those who merely dropped out of sight
    are assumed to be alike. After the longest watch nothing is known: the estimate is missing.

    References
    ----------
    Kaplan and Meier (1958), Journal of the American Statistical Association 53, 457-481.

    Examples
    --------
    >>> table = pd.DataFrame({"months": [1, 2, 3, 4] * 5, "left": [True, False, True, False] * 5})
    >>> curve = estimate_retention_curve(table, "months", "left", at=[2, 5])
    >>> curve[["time", "estimate", "n_churned"]].values.tolist(), curve["reason"].iloc[1]
    ([[2.0, 0.75, 5], [5.0, nan, 10]], 'nobody was watched for 5')
    """
    time, left = _take(table, duration, churned)
    rows = []
    for cell in cut_cells(table, group=group):
        keep = cell.rows[~np.isnan(time[cell.rows]) & ~np.isnan(left[cell.rows])]
        for moment in at:
            row = {} if group is None else {"group": cell.group}
            row |= _estimate_at(time[keep], left[keep], float(moment), confidence, min_n)
            rows.append(row)
    columns = [*(["group"] if group is not None else []), *_COLUMNS]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.astype({name: kind for name, kind in _COLUMNS.items() if kind})


def compare_retention_curves(
    table: pd.DataFrame, duration: str, churned: str | Column, *, group: str, min_n: int = 10
) -> pd.DataFrame:
    """Test whether groups of customers stay for different times: the log-rank test of every pair.

    Parameters
    ----------
    table, duration, churned
        As in `estimate_retention_curve`.
    group : str
        Column of groups.
    min_n : int
        Pairs with fewer customers on a side are not tested.

    Returns
    -------
    DataFrame, one row per pair
        ``group, from_group, n, from_n, statistic`` (chi-squared, 1 degree of freedom), ``p_value``,
        ``p_adjusted`` (Benjamini-Hochberg over the pairs), ``test``, ``reason``.

    Raises
    ------
    SchemaError, AnalysisError
        As `estimate_retention_curve`.

    References
    ----------
    ``statsmodels.duration.survfunc.survdiff``.
    """
    from statsmodels.duration.survfunc import survdiff

    time, left = _take(table, duration, churned)
    known = ~np.isnan(time) & ~np.isnan(left)
    cells = [cell for cell in cut_cells(table, group=group) if cell.group is not None]
    rows = []
    for first, second in combinations(cells, 2):
        keep = [cell.rows[known[cell.rows]] for cell in (first, second)]
        sizes = [len(rows) for rows in keep]
        row = {
            "group": second.group,
            "from_group": first.group,
            "n": sizes[1],
            "from_n": sizes[0],
            "test": "log-rank",
        }
        either = np.concatenate(keep)
        if min(sizes) < min_n:
            row["reason"] = f"fewer than min_n {min_n:,} customers on a side"
        elif not left[either].any():
            row["reason"] = "nobody left on either side"
        else:
            is_second = np.repeat([0, 1], sizes)
            value, p = survdiff(time[either], left[either], is_second)
            row |= {"statistic": float(value), "p_value": float(p)}
        rows.append(row)
    names = ["group", "from_group", "n", "from_n", "statistic", "p_value", "test", "reason"]
    frame = pd.DataFrame(rows, columns=names).astype({"statistic": float, "p_value": float})
    frame.insert(6, "p_adjusted", adjust_p_values(frame["p_value"].to_numpy(np.float64)))
    return frame


def _take(table: pd.DataFrame, duration: str, churned: str | Column) -> tuple[Floats, Floats]:
    """Take durations and outcomes."""
    if duration not in table.columns:
        raise SchemaError(f"no column {duration!r} for the duration")
    time = as_numbers(table, duration)
    if (time < 0).any():
        raise AnalysisError(
            f"{duration!r}: {int((time < 0).sum()):,} durations are negative, e.g. "
            f"{time[time < 0][0]:g}"
        )
    return time, take_hits(table, churned, metric="churn")


def _estimate_at(
    time: Floats, left: Floats, moment: float, confidence: float, min_n: int
) -> dict[str, object]:
    """Estimate the share that stays beyond a moment."""
    n_at_risk = int((time >= moment).sum())
    row: dict[str, object] = {
        "metric": "retention_after",
        "time": moment,
        "n": time.size,
        "n_churned": int(((time <= moment) & (left == 1)).sum()),
        "n_at_risk": n_at_risk,
        "source": "operational",
    }
    if time.size < min_n:
        return {**row, "reason": f"{time.size:,} customers, fewer than min_n {min_n:,}"}
    ends, lost = np.unique(time[(left == 1) & (time <= moment)], return_counts=True)
    at_risk = time.size - np.searchsorted(np.sort(time), ends)
    stays = float(np.prod(1 - lost / at_risk))
    if moment > time.max() and stays > 0:
        return {**row, "reason": f"nobody was watched for {moment:g}"}
    if n_at_risk < min_n and stays > 0:
        return {**row, "reason": f"watched that long: {n_at_risk:,}, fewer than min_n {min_n:,}"}
    row["estimate"] = stays
    if not ends.size:
        low, high = wilson_interval(n_at_risk, n_at_risk, confidence)
        return {
            **row,
            "low": float(low),
            "high": float(high),
            "interval": "Wilson of those at risk",
        }
    if stays == 0:
        return {**row, "reason": "no interval: everybody who was watched left"}
    greenwood = float((lost / (at_risk * (at_risk - lost))).sum())
    half = normal_quantile(confidence) * np.sqrt(greenwood) / abs(np.log(stays))
    bounds = {"low": stays ** np.exp(half), "high": stays ** np.exp(-half)}
    return {**row, **bounds, "interval": "Greenwood, log-log"}


_COLUMNS = {
    "metric": None,
    "time": "float64",
    "estimate": "float64",
    "low": "float64",
    "high": "float64",
    "n": "Int64",
    "n_churned": "Int64",
    "n_at_risk": "Int64",
    "interval": None,
    "source": None,
    "reason": None,
}
