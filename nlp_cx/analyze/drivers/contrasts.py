"""The contrasts of all cells of a table: groups and periods, the same customers drawn in all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.design import Design, build_design
from nlp_cx.analyze.drivers.cluster_draws import draw_deviations
from nlp_cx.analyze.drivers.contrast_cell import (
    CellEstimates,
    CellFit,
    Model,
    estimate_cell,
    fit_cell,
)
from nlp_cx.analyze.drivers.group_codes import code_groups
from nlp_cx.analyze.periods import Every, Periods, read_periods
from nlp_cx.errors import AnalysisError, ConfigError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Cell:
    """One regression: a group, a period, or all rows.

    Attributes
    ----------
    group : object
        Value of the group column; None without groups.
    period : int
        Position of the period, the last one of a window; -1 without periods.
    n : int
        Rows.
    fit : CellFit
    found : CellEstimates
    """

    group: object
    period: int
    n: int
    fit: CellFit
    found: CellEstimates


@dataclass(frozen=True, slots=True)
class Contrasts:
    """All cells of a table.

    Attributes
    ----------
    drivers : tuple of str
    cells : tuple of Cell
        By group, then by period.
    periods : Periods or None
    left_out : dict of str to int
        Rows that were left out, by reason.
    """

    drivers: tuple[str, ...]
    cells: tuple[Cell, ...]
    periods: Periods | None
    left_out: dict[str, int]


def fit_contrasts(
    ox: pd.DataFrame,
    outcome: str,
    *,
    drivers: Sequence[str] | None = None,
    controls: Sequence[str] = (),
    group: str | None = None,
    period: str | None = None,
    every: Every = "quarter",
    time_zone: str | None = None,
    window: int = 1,
    weights: str | None = None,
    cluster: str | None = None,
    model: Model = "linear",
    min_mentions: int = 30,
    n_bootstrap: int = 1000,
    random_state: int = 0,
) -> Contrasts:
    """Regress the outcome on two mentions per driver, in every cell.

    Parameters
    ----------
    ox : DataFrame
    outcome : str
    drivers, controls, group, period, every, time_zone, window, weights, cluster, model : optional
        As in `penalty_reward`.
    min_mentions, n_bootstrap, random_state : int
        As in `penalty_reward`.

    Returns
    -------
    Contrasts

    Raises
    ------
    SchemaError, AnalysisError, ConfigError
        As `penalty_reward`.
    """
    _check_options(model, min_mentions, window, n_bootstrap)
    if drivers is not None and len(set(drivers)) < max(len(drivers), 1):
        raise ConfigError(f"drivers {list(drivers)}: expected at least one, and none twice")
    design = build_design(
        ox, outcome, drivers=drivers, controls=controls, weights=weights, cluster=cluster
    )
    table = ox.iloc[design.rows]
    values: list[object] = [None]
    codes = times = np.zeros(design.rows.size, np.int64)
    periods = None
    if group is not None:
        values, codes = code_groups(table, group)
    if period is not None:
        periods = read_periods(table, period, every=every, time_zone=time_zone)
        times = periods.codes
    left_out = dict(design.left_out)
    for name, is_out in ((group, codes < 0), (period, (codes >= 0) & (times < 0))):
        if is_out.any():
            left_out[f"no {name}"] = int(is_out.sum())
    order = _sort_rows(design, codes, times)
    order = order[(codes[order] >= 0) & (times[order] >= 0)]
    if order.size == 0:
        raise AnalysisError(f"no row has {' and '.join(n for n in (group, period) if n)}")
    design, codes, times = _take(design, order), codes[order], times[order]

    ends = [-1] if periods is None else range(window - 1, len(periods.labels))
    if periods is not None and window > len(periods.labels):
        raise AnalysisError(f"window {window}, but there are {len(periods.labels)} periods")
    keys = [(i, end) for i in range(len(values)) for end in ends]
    fits = []
    rows_of = []
    for i, end in keys:
        is_in = codes == i
        if end >= 0:
            is_in &= (times > end - window) & (times <= end)
        rows_of.append(np.flatnonzero(is_in))
        fits.append(
            fit_cell(design, rows_of[-1], model=model, min_mentions=min_mentions, cluster=cluster)
        )
    draws = iter(
        draw_deviations(
            [fit.part for fit in fits if fit.part is not None],
            design.n_clusters,
            n_bootstrap=n_bootstrap,
            random_state=random_state,
        )
    )
    cells = []
    for (i, end), rows, fit in zip(keys, rows_of, fits, strict=True):
        deviations = None if fit.part is None else next(draws)
        found = estimate_cell(fit, deviations, n_bootstrap)
        cells.append(Cell(values[i], end, rows.size, fit, found))
    return Contrasts(design.drivers, tuple(cells), periods, left_out)


def _check_options(model: Model, min_mentions: int, window: int, n_bootstrap: int) -> None:
    """Refuse options that are out of range."""
    if model not in ("linear", "odds"):
        raise ConfigError(f"model {model!r}, expected 'linear' or 'odds'")
    if min(min_mentions, window) < 1:
        raise ConfigError(f"min_mentions {min_mentions}, window {window}: expected 1 or more")
    if n_bootstrap < 0:
        raise ConfigError(f"n_bootstrap is {n_bootstrap}, expected 0 or more")


def wald_p_values(cell: Cell) -> Floats:
    """Test of every driver whether neither mention goes with the outcome.

    Parameters
    ----------
    cell : Cell

    Returns
    -------
    ndarray, shape (n_drivers,)
        P-values of Wald's test on the mentions that have an estimate; NaN without any.
    """
    from scipy.special import fdtrc

    p = np.full(len(cell.found.estimates), np.nan)
    df = cell.fit.n_clusters - 1
    for i, (estimate, spread) in enumerate(
        zip(cell.found.estimates, cell.found.covariance, strict=True)
    ):
        known = np.isfinite(estimate) & np.isfinite(np.diag(spread))
        if known.any() and df > known.sum():
            inner = np.linalg.pinv(spread[np.ix_(known, known)])
            wald = float(estimate[known] @ inner @ estimate[known])
            p[i] = fdtrc(float(known.sum()), float(df), wald / known.sum())
    return p


def _sort_rows(design: Design, codes: Ints, times: Ints) -> Ints:
    """Order rows by cluster, and all by what they hold: draws must not depend on the file."""
    table = np.column_stack(
        [design.controls, design.mentions, design.weights, times, codes, design.y]
    )
    order = np.lexsort(table.T)
    _, first, number = np.unique(design.clusters[order], return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first))[number]
    return np.asarray(order[np.argsort(rank, kind="stable")], np.int64)


def _take(design: Design, order: Ints) -> Design:
    """Give the rows of a design in another order, clusters numbered as they come."""
    clusters = design.clusters[order]
    return replace(
        design,
        y=design.y[order],
        mentions=design.mentions[order],
        controls=design.controls[order],
        weights=design.weights[order],
        clusters=np.cumsum(np.r_[False, clusters[1:] != clusters[:-1]]).astype(np.int64),
        rows=design.rows[order],
    )
