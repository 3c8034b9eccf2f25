"""Retention and churn: from three typed-in numbers, from a column, from who came back when."""

from __future__ import annotations

import warnings
from typing import Literal, Unpack

import numpy as np
import pandas as pd

from nlp_cx.analyze.metrics.cells import cut_cells
from nlp_cx.analyze.metrics.estimates import Options, estimate_metrics, tabulate
from nlp_cx.analyze.metrics.intervals import share_interval
from nlp_cx.analyze.metrics.statistic import Column, Statistic, refuse_text, take_hits
from nlp_cx.analyze.periods import Every, read_periods
from nlp_cx.errors import AnalysisError, ConfigError, DataWarning, SchemaError

Formula = Literal["new_excluded", "end_over_start"]

CHURN_CAVEAT = "over the time that the table covers, not per month or year"


def retention_rate(
    start: int, end: int, new: int, *, formula: Formula = "new_excluded", confidence: float = 0.95
) -> pd.DataFrame:
    """Compute the customer retention rate (CRR) and the churn rate of a period from three numbers.

    Parameters
    ----------
    start, end : int
        Customers at the start and at the end of the period.
    new : int
        Customers won in the period, who are among those at its end.
    formula : {"new_excluded", "end_over_start"}
        ``(end - new) / start``, the standard, or ``end / start``, which some texts call by the same
        name although new customers hide the lost ones in it. The second is called
        ``end_over_start`` in the result, and no interval is given: it is no share of anything.
    confidence : float

    Returns
    -------
    DataFrame
        As `estimates.estimate_metrics`: ``retention_rate`` and ``churn_rate``, which add up to 1;
        or ``end_over_start`` alone.

    Raises
    ------
    AnalysisError
        If the result is above 100 %, or the numbers cannot be.
    ConfigError
        If the formula is unknown.

    Notes
    -----
    Lost customers are start + new - end; customers won and lost within the period are in neither
    number.

    Examples
    --------
    >>> retention_rate(1000, 1100, 200)[["metric", "estimate"]].values.tolist()
    [['retention_rate', 0.9], ['churn_rate', 0.1]]
    >>> retention_rate(1000, 1100, 200, formula="end_over_start")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    nlp_cx.errors.AnalysisError: retention: end / start is 1,100 / 1,000 = 110.0 %. Nobody can...
    """
    if formula not in ("new_excluded", "end_over_start"):
        raise ConfigError(f"formula {formula!r}, expected new_excluded or end_over_start")
    numbers = f"start {start:,}, end {end:,}, new {new:,}"
    if not start > 0 or not end >= 0 or not new >= 0:
        raise AnalysisError(f"retention: {numbers}; expected a start above 0, none negative")
    if formula == "end_over_start":
        return _end_over_start(start, end, new)
    if new > end:
        raise AnalysisError(
            f"retention: {numbers}; new customers are among those at the end, so there cannot be "
            f"more of them"
        )
    kept = end - new
    if kept > start:
        raise AnalysisError(
            f"retention: {numbers} give ({end:,} - {new:,}) / {start:,} = "
            f"{100 * kept / start:.1f} %. Nobody can retain more than 100 %: "
            f"{kept - start:,} customers at the end were neither there at the start nor new."
        )
    rows = []
    for name, k in (("retention_rate", kept), ("churn_rate", start - kept)):
        low, high = share_interval(k / start, start, confidence=confidence)
        rows.append(
            {
                "metric": name,
                "estimate": k / start,
                "low": low,
                "high": high,
                "n": start,
                "n_effective": start,
                "interval": "Wilson",
                "unit": "share of customers at the start",
                "source": "operational",
            }
        )
    return tabulate(rows)


def code_churn(table: pd.DataFrame, column: str | Column) -> tuple[Statistic, ...]:
    """Code who left for the churn rate, and its complement, the retention rate.

    Parameters
    ----------
    table : DataFrame, one row per customer who was there at the start
    column : str, or pair of str and value
        Of booleans, or of 0 and 1; or a column and its value that means left, e.g.
        ``("status", "Churned")``.

    Returns
    -------
    tuple of Statistic
        ``churn_rate`` and, as its complement, ``retention_rate``, shares.

    Raises
    ------
    SchemaError, AnalysisError
        As `statistic.take_hits`.

    Notes
    -----
    Where customers were watched for different times, the share depends on how long: use
    `survival.estimate_retention_curve`.

    Examples
    --------
    >>> customers = pd.DataFrame({"status": ["stayed", "left", "stayed"]})
    >>> [s.values.tolist() for s in code_churn(customers, ("status", "left"))]
    [[0.0, 1.0, 0.0], [1.0, 0.0, 1.0]]
    """
    refuse_text(column, metric="churn")
    left = take_hits(table, column, metric="churn")
    unit = "share of customers"
    return (
        Statistic("churn_rate", "share", left, unit, "operational", (0, 1), caveat=CHURN_CAVEAT),
        Statistic(
            "retention_rate",
            "share",
            1 - left,
            unit,
            "operational",
            (0, 1),
            caveat=CHURN_CAVEAT,
            is_part=True,
        ),
    )


def estimate_churn(
    table: pd.DataFrame, column: str | Column, **options: Unpack[Options]
) -> pd.DataFrame:
    """Estimate the churn rate and the retention rate.

    Parameters
    ----------
    table : DataFrame, one row per customer who was there at the start
    column : str, or pair of str and value
        As in `code_churn`.
    **options
        As in `estimates.estimate_metrics`.

    Returns
    -------
    DataFrame
        As `estimates.estimate_metrics`, with Wilson intervals.

    Raises
    ------
    SchemaError, AnalysisError
        As `code_churn`.
    """
    return estimate_metrics(table, code_churn(table, column), **options)


def list_retained(
    activity: pd.DataFrame,
    customer: str,
    period: str,
    *,
    every: Every | None = None,
    time_zone: str | None = None,
) -> pd.DataFrame:
    """List for every period who was active in it, and whether they were active in the next one.

    Parameters
    ----------
    activity : DataFrame, one row per purchase, login, …
        Rows without customer or time are left out.
    customer : str
        Column of the customer.
    period : str
        Column of times, or of periods as they are, in sorted order.
    every : {"day", "week", "month", "quarter", "year"}, optional
        Length of the periods of a column of times; ``"month"`` when not given.
    time_zone : str, optional
        Whose midnight counts; that of the times when not given.

    Returns
    -------
    DataFrame, one row per period and customer active in it
        ``period``, ``customer``, ``retained`` (bool). Of all periods but the last, which nothing
        follows. For ``code_share(retained, "retained", name="retention_rate",
        source="operational")``, by period, clustered by customer.

    Raises
    ------
    SchemaError
        If a column is missing.
    AnalysisError
        If there are fewer than two periods.

    Examples
    --------
    >>> activity = pd.DataFrame({"who": ["a", "b", "a", "c"], "wave": [1, 1, 2, 2]})
    >>> list_retained(activity, "who", "wave").values.tolist()
    [[1, 'a', True], [1, 'b', False]]
    """
    missing = [repr(name) for name in (customer, period) if name not in activity.columns]
    if missing:
        raise SchemaError(f"no column {', '.join(missing)}")
    cells = cut_cells(activity, period=period, every=every, time_zone=time_zone)
    names = [cell.period for cell in cells if cell.period is not None]
    if every is not None or pd.api.types.is_datetime64_any_dtype(activity[period]):
        # A period in which nobody came counts as one.
        periods = read_periods(activity, period, every=every or "month", time_zone=time_zone)
        names, code = list(periods.labels), periods.codes
        if periods.is_partial[-1]:
            warnings.warn(
                f"{period!r} ends within {names[-1]}: retention into that period is too low",
                DataWarning,
                stacklevel=2,
            )
    else:
        code = np.full(len(activity), -1, np.int64)
        for i, cell in enumerate(cell for cell in cells if cell.period is not None):
            code[cell.rows] = i
    active = pd.DataFrame({"customer": activity[customer].to_numpy(), "code": code})
    active = active[active["customer"].notna() & (active["code"] >= 0)].drop_duplicates()
    if active["code"].nunique() < 2:
        raise AnalysisError(
            f"{period!r} holds {active['code'].nunique()} period: retention needs two or more"
        )
    follows = pd.MultiIndex.from_arrays([active["code"] + 1, active["customer"]])
    there = pd.MultiIndex.from_arrays([active["code"], active["customer"]])
    active["retained"] = follows.isin(there)
    active = active[active["code"] < active["code"].max()]
    active = active.sort_values(["code", "customer"], kind="stable")
    active.insert(0, "period", [names[i] for i in active["code"]])
    return active[["period", "customer", "retained"]].reset_index(drop=True)


def _end_over_start(start: int, end: int, new: int) -> pd.DataFrame:
    """Give end / start, which is no retention rate."""
    value = end / start
    if value > 1:
        raise AnalysisError(
            f"retention: end / start is {end:,} / {start:,} = {100 * value:.1f} %. Nobody can "
            f"retain more than 100 %: the {new:,} new customers are counted as retained. "
            f"Take formula new_excluded, (end - new) / start."
        )
    if new:
        warnings.warn(
            f"retention: end / start counts {new:,} new customers as retained; (end - new) / start "
            f"is {100 * (end - new) / start:.1f} %",
            DataWarning,
            stacklevel=3,
        )
    row = {
        "metric": "end_over_start",
        "estimate": value,
        "n": start,
        "unit": "customers at the end per customer at the start",
        "source": "operational",
        "caveat": "no retention rate: new customers are counted as retained",
        "reason": "no interval: not a share of the customers at the start",
    }
    return tabulate([row])
