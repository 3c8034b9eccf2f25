"""Measures of an O+X table by period: one series per group and measure, small periods marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nlp_cx.analyze.design import Coding
from nlp_cx.analyze.drivers.cell_means import CellMeans, average_cells
from nlp_cx.analyze.drivers.group_codes import code_groups
from nlp_cx.analyze.drivers.small_cells import Hidden, check_limits, hide_cells
from nlp_cx.analyze.drivers.unit_measures import Measure, read_units
from nlp_cx.analyze.periods import Every, Periods, read_periods


@dataclass(frozen=True, slots=True)
class PeriodSeries:
    """One measure of all groups over the periods.

    Attributes
    ----------
    measure : Measure
    cells : CellMeans
        One cell per group and period: all periods of the first group, then of the second, …
    hidden : Hidden
        Of the same cells.
    """

    measure: Measure
    cells: CellMeans
    hidden: Hidden


@dataclass(frozen=True, slots=True)
class SeriesTable:
    """All series of a table.

    Attributes
    ----------
    series : tuple of PeriodSeries
        By measure.
    groups : tuple
        Values of the group column; one None without groups.
    periods : Periods
    cluster : str or None
        Name of the column of customers.
    left_out : dict of str to int
        Rows that were left out, by reason.
    """

    series: tuple[PeriodSeries, ...]
    groups: tuple[object, ...]
    periods: Periods
    cluster: str | None
    left_out: dict[str, int]


def read_series(
    ox: pd.DataFrame,
    period: str,
    *,
    every: Every,
    time_zone: str | None,
    group: str | None,
    outcome: str | None,
    drivers: Sequence[str] | None,
    weights: str | None,
    cluster: str | None,
    coding: Coding,
    min_n: int,
    min_customers: int,
) -> SeriesTable:
    """Average all measures by group and period, and choose what is hidden.

    Parameters
    ----------
    ox : DataFrame
    period : str
    every, time_zone, group, outcome, drivers, weights, cluster, coding, min_n, min_customers
        As in `trends`.

    Returns
    -------
    SeriesTable

    Raises
    ------
    SchemaError, AnalysisError, ConfigError
        As `trends`.
    """
    check_limits(min_n, min_customers)
    periods = read_periods(ox, period, every=every, time_zone=time_zone)
    values: list[object] = [None]
    codes = np.zeros(len(ox), np.int64)
    if group is not None:
        values, codes = code_groups(ox, group)
    units = read_units(
        ox, outcome=outcome, drivers=drivers, weights=weights, cluster=cluster, coding=coding
    )
    left_out = dict(units.left_out)
    for name, is_out in ((period, periods.codes < 0), (group, codes < 0)):
        if is_out.any():
            left_out[f"no {name}"] = int(is_out.sum())
    n_periods = len(periods.labels)
    is_in = (codes >= 0) & (periods.codes >= 0)
    at = np.where(is_in, codes * n_periods + periods.codes, -1)
    series = []
    for measure in units.measures:
        cells = average_cells(
            measure.values,
            units.weights,
            units.clusters,
            at,
            n_cells=len(values) * n_periods,
            kind=measure.kind,
        )
        hidden = _hide(cells, n_periods, (min_n, min_customers), adds_up=group is not None)
        series.append(PeriodSeries(measure, cells, hidden))
    return SeriesTable(tuple(series), tuple(values), periods, cluster, left_out)


def _hide(cells: CellMeans, n_periods: int, limits: tuple[int, int], *, adds_up: bool) -> Hidden:
    """Choose what is hidden of one measure: in a period the groups make up a whole."""
    n, n_customers = cells.n.reshape(-1, n_periods), cells.n_clusters.reshape(-1, n_periods)
    is_small, is_extra = np.zeros(n.shape, np.bool_), np.zeros(n.shape, np.bool_)
    for t in range(n_periods):
        is_small[:, t], is_extra[:, t] = hide_cells(
            n[:, t], n_customers[:, t], limits[0], adds_up=adds_up, min_customers=limits[1]
        )
    return Hidden(is_small.ravel(), is_extra.ravel())
