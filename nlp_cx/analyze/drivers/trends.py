"""Drivers and outcome over time: the level of every period, and the change against the last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze import NOTE
from nlp_cx.analyze.design import Coding
from nlp_cx.analyze.drivers.cell_differences import compare_with_cell
from nlp_cx.analyze.drivers.cell_means import interval_of
from nlp_cx.analyze.drivers.column_stack import stack_columns
from nlp_cx.analyze.drivers.period_series import PeriodSeries, SeriesTable, read_series
from nlp_cx.analyze.drivers.small_cells import MIN_CUSTOMERS, explain_hidden
from nlp_cx.analyze.periods import Every
from nlp_cx.analyze.proportions import adjust_p_values, normal_quantile


def trends(
    ox: pd.DataFrame,
    period: str,
    *,
    every: Every = "month",
    time_zone: str | None = None,
    group: str | None = None,
    outcome: str | None = None,
    drivers: Sequence[str] | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    coding: Coding = "share",
    min_n: int = 30,
    min_customers: int = MIN_CUSTOMERS,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Give what customers say of each driver by period, and the change against the one before.

    Parameters
    ----------
    ox : DataFrame, one row per unit
        O+X table.
    period : str
        A column of times. Rows without one are left out.
    every : {"day", "week", "month", "quarter", "year"}
    time_zone : str, optional
        Whose midnight counts; see `read_periods`.
    group : str, optional
        A column; every value has its own series.
    outcome, drivers, weights, cluster, coding : optional
        As in `compare_groups`.
    min_n : int, default=30
        Periods with fewer rows that count are hidden.
    min_customers : int, default=10
        With `cluster`: periods with fewer of its values are hidden too. 0 where the values are no
        people but products or branches, which need no protection.
    confidence : float

    Returns
    -------
    DataFrame, one row per group, measure and period from the first to the last
        ``group`` where asked for; ``driver`` (missing for the outcome); ``measure``: *negative*,
        *positive*, *score*, *outcome*, as in `compare_groups`; ``period``, ``period_start``,
        ``is_partial``: the data begin or end within it; ``estimate``, ``low``, ``high``;
        ``change`` against the period just before, ``change_low``, ``change_high``; ``p_value`` of
        none, ``p_adjusted`` over all rows of the result (Benjamini-Hochberg); ``n``;
        ``is_hidden``; ``interval``: method; ``reason``: why a value is missing.
        ``attrs``: ``note``, ``left_out``.

    Raises
    ------
    SchemaError, AnalysisError, ConfigError
        As `read_periods` and `compare_groups`.

    Notes
    -----
    A period without rows stays in the table as a gap, and there is no change across it. The change
    is tested as in `compare_groups`; customers in both periods make it better known.

    Small periods are hidden as in `compare_groups`. With `group`, the groups of a period make up a
    whole that the same table without `group` tells: there a second group is hidden to protect a
    single one. Over time nothing further is hidden: a total over all periods beside this table
    would give a single hidden period away.

    Examples
    --------
    >>> ox = pd.DataFrame({"at": ["2024-01-05"] * 100 + ["2024-02-05"] * 100 + ["2024-04-05"] * 100,
    ...     "x_n_texts": 1, "x_price_negative": ([1] * 10 + [0] * 90) * 2 + [1] * 30 + [0] * 70,
    ...     "x_price_positive": 0, "x_price_score": float("nan")})
    >>> found = trends(ox, "at", drivers=["price"])
    >>> found[found["measure"] == "negative"][["period", "estimate", "change", "reason"]]
        period  estimate  change                     reason
    0  2024-01       0.1     NaN           the first period
    1  2024-02       0.1     0.0                       None
    2  2024-03       NaN     NaN                    no rows
    3  2024-04       0.3     NaN  nothing in 2024-03 to compare with
    """
    normal_quantile(confidence)
    found = read_series(
        ox,
        period,
        every=every,
        time_zone=time_zone,
        group=group,
        outcome=outcome,
        drivers=drivers,
        weights=weights,
        cluster=cluster,
        coding=coding,
        min_n=min_n,
        min_customers=min_customers,
    )
    tables = [_describe(one, found, (min_n, min_customers), confidence) for one in found.series]
    result = stack_columns(tables)
    result = result.sort_values("at", kind="stable", ignore_index=True)
    result["p_adjusted"] = adjust_p_values(result["p_value"])
    names = [
        *(["group"] if group else []),
        *("driver", "measure", "period", "period_start", "is_partial", "estimate", "low", "high"),
        *("change", "change_low", "change_high", "p_value", "p_adjusted"),
        *("n", "is_hidden", "interval", "reason"),
    ]
    result = result[names]
    result.attrs = {"note": NOTE, "left_out": found.left_out}
    return result


def _describe(
    series: PeriodSeries, found: SeriesTable, limits: tuple[int, int], confidence: float
) -> dict[str, npt.NDArray[Any]]:
    """Give one measure by group and period: columns of the result."""
    cells, measure, periods = series.cells, series.measure, found.periods
    n_groups, n_periods = len(found.groups), len(periods.labels)
    time = np.tile(np.arange(n_periods), n_groups)
    low, high = interval_of(cells, confidence=confidence)
    is_shown = (cells.n > 0) & ~series.hidden.any
    before = np.arange(time.size) - 1
    can_compare = is_shown & (time > 0) & is_shown[before]
    against = compare_with_cell(cells, np.where(can_compare, before, -1), confidence=confidence)
    words = explain_hidden(
        cells.n, series.hidden, limits[0], found.cluster, min_customers=limits[1]
    )
    for i in np.flatnonzero(is_shown):
        if time[i] == 0:
            words[i] = "the first period"
        elif not can_compare[i]:
            words[i] = f"nothing in {periods.labels[time[i] - 1]} to compare with"
        elif np.isnan(against.p_value[i]):
            words[i] = "the change is not tested: fewer than 5 expected either way, or no spread"
    group = np.empty(n_groups, object)
    group[:] = found.groups
    table: dict[str, npt.NDArray[Any]] = {
        "at": np.repeat(np.arange(n_groups), n_periods),
        "group": np.repeat(group, n_periods),
        "driver": np.full(time.size, measure.driver, object),
        "measure": np.full(time.size, measure.name, object),
        "period": np.array(periods.labels, object)[time],
        "period_start": periods.starts.to_numpy()[time],
        "is_partial": periods.is_partial[time],
        "change": against.difference,
        "change_low": against.low,
        "change_high": against.high,
        "p_value": against.p_value,
        "is_hidden": series.hidden.any,
        "interval": np.full(
            time.size, "Wilson, Newcombe" if measure.kind == "share" else "Student t, Welch", object
        ),
        "reason": words,
    }
    for name, values in (("estimate", cells.mean), ("low", low), ("high", high)):
        table[name] = np.where(is_shown, values, np.nan)
    table["n"] = np.where(series.hidden.any, np.nan, cells.n)
    return table
