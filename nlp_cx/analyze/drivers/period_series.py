"""Measures of an O+X table by period: one series per group and measure, small periods marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nlp_cx.analyze.design import Coding
from nlp_cx.analyze.drivers.cell_means import CellMeans, average_cells
from nlp_cx.analyze.drivers.group_codes import code_groups
from nlp_cx.analyze.drivers.small_cells import Hidden, hide_cells
from nlp_cx.analyze.drivers.unit_measures import Measure, read_units
from nlp_cx.analyze.periods import Every, Periods, read_periods


@dataclass(frozen=True, slots=True)
class PeriodSeries:
    """One measure of one group over the periods.

    Attributes
    ----------
    group : object
        None without groups.
    measure : Measure
    cells : CellMeans
        One cell per period.
    hidden : Hidden
    """

    group: object
    measure: Measure
    cells: CellMeans
    hidden: Hidden


@dataclass(frozen=True, slots=True)
class SeriesTable:
    """All series of a table.

    Attributes
    ----------
    series : tuple of PeriodSeries
        By group, then by measure.
    periods : Periods
    cluster : str or None
        Name of the column of customers.
    left_out : dict of str to int
        Rows that were left out, by reason.
    """

    series: tuple[PeriodSeries, ...]
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
) -> SeriesTable:
    """Average all measures by group and period, and choose what is hidden.

    Parameters
    ----------
    ox : DataFrame
    period : str
    every, time_zone, group, outcome, drivers, weights, cluster, coding, min_n
        As in `trends`.

    Returns
    -------
    SeriesTable

    Raises
    ------
    SchemaError, AnalysisError, ConfigError
        As `trends`.
    """
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
    rows = [np.flatnonzero(codes == i) for i in range(len(values))]
    cells = [
        [
            average_cells(
                measure.values[at],
                units.weights[at],
                units.clusters[at],
                periods.codes[at],
                n_cells=n_periods,
                kind=measure.kind,
            )
            for measure in units.measures
        ]
        for at in rows
    ]
    series = []
    hidden = [
        _hide([of_group[j] for of_group in cells], min_n, adds_up=group is not None)
        for j in range(len(units.measures))
    ]
    for i, value in enumerate(values):
        for j, measure in enumerate(units.measures):
            series.append(PeriodSeries(value, measure, cells[i][j], hidden[j][i]))
    return SeriesTable(tuple(series), periods, cluster, left_out)


def _hide(cells: Sequence[CellMeans], min_n: int, *, adds_up: bool) -> list[Hidden]:
    """Choose what is hidden of one measure, by group: of a period the groups make up a whole."""
    n = np.array([cell.n for cell in cells])
    n_customers = np.array([cell.n_clusters for cell in cells])
    is_small, is_extra = np.zeros(n.shape, np.bool_), np.zeros(n.shape, np.bool_)
    for t in range(n.shape[1]):
        is_small[:, t], is_extra[:, t] = hide_cells(
            n[:, t], n_customers[:, t], min_n, adds_up=adds_up
        )
    return [Hidden(*pair) for pair in zip(is_small, is_extra, strict=True)]
