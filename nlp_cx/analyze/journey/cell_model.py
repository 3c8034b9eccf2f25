"""A model of the outcome on what is said in every cell of the journey, with its draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.design import as_numbers, code_clusters, code_controls
from nlp_cx.analyze.drivers.cluster_draws import (
    Part,
    draw_deviations,
    jackknife_covariance,
    stretch_draws,
)
from nlp_cx.analyze.drivers.row_terms import fit_linear
from nlp_cx.analyze.journey.cells import Cells
from nlp_cx.analyze.resample import draw_counts
from nlp_cx.errors import AnalysisError, SchemaError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MIN_POLE = 10
"""Rows that a negative (positive) mention needs, to have a coefficient of its own."""


@dataclass(slots=True)
class Rows:
    """Rows of the O+X table that can be used, sorted by cluster."""

    keys: pd.Index
    y: Floats
    controls: Floats
    weights: Floats
    clusters: Ints

    @property
    def n(self) -> int:
        """Rows."""
        return self.y.size

    def row_of(self, keys: pd.Series) -> Ints:
        """Give the row of each clause, -1 where it has none."""
        return self.keys.get_indexer(pd.Index(keys)).astype(np.int64)


@dataclass(slots=True)
class Counts:
    """What is said in each cell that occurs, row by row."""

    cell: Ints  # numbers of the cells
    negative: Floats  # (n_rows, n_cells), 0 or 1
    positive: Floats
    mention: Floats
    depth: Floats  # sum over the clauses of the row
    n_clauses: Floats
    n: Ints  # rows that speak of the cell


@dataclass(slots=True)
class CellModel:
    """Coefficients; in `association` the estimate stands before the draws."""

    penalty: Floats
    reward: Floats
    association: Floats


def take_rows(
    ox: pd.DataFrame,
    outcome: str,
    key: str,
    *,
    controls: Sequence[str],
    weights: str | None,
    cluster: str | None,
) -> Rows:
    """Take the rows with an outcome, controls, a weight and text.

    Parameters
    ----------
    ox : DataFrame
    outcome, key : str
    controls : sequence of str
    weights, cluster : str or None

    Returns
    -------
    Rows

    Raises
    ------
    SchemaError
        If columns are missing, or `key` is not unique.
    AnalysisError
        If the outcome does not vary, or a weight is negative.
    """
    needed = [key, outcome, *controls, *(c for c in (weights, cluster) if c is not None)]
    missing = [repr(name) for name in dict.fromkeys(needed) if name not in ox]
    if missing:
        raise SchemaError(f"no column {', '.join(missing)} in the O+X table")
    twice = int(ox[key].dropna().duplicated().sum())
    if twice:
        raise SchemaError(f"{key!r} occurs twice in {twice:,} rows of the O+X table, expected once")
    y = as_numbers(ox, outcome)
    weight = np.ones(len(ox)) if weights is None else as_numbers(ox, weights)
    if (weight < 0).any():
        raise AnalysisError(f"weights {weights!r}: {int((weight < 0).sum()):,} are negative")
    keep = ~np.isnan(y) & (weight > 0) & ox[key].notna().to_numpy()
    for name in controls:
        keep &= ox[name].notna().to_numpy()
    if "x_n_texts" in ox:
        keep &= as_numbers(ox, "x_n_texts") > 0
    rows = np.flatnonzero(keep).astype(np.int64)
    if rows.size == 0 or np.ptp(y[rows]) == 0:
        raise AnalysisError(
            f"{outcome!r} does not vary in the {rows.size:,} rows that can be used: nothing to "
            "explain"
        )
    clusters = code_clusters(ox, cluster, rows)
    order = np.argsort(clusters, kind="stable")
    rows = rows[order]
    return Rows(
        pd.Index(ox[key].iloc[rows]),
        y[rows],
        code_controls(ox, controls, rows)[0],
        weight[rows] / weight[rows].mean(),
        clusters[order],
    )


def count_cells(cells: Cells, row: Ints, n_rows: int) -> Counts:
    """Count what each row says in each cell of a touchpoint.

    Parameters
    ----------
    cells : Cells
    row : ndarray of int64, shape (n_clauses,)
        Row of each clause, -1 where it has none.
    n_rows : int

    Returns
    -------
    Counts
    """
    known = (row >= 0) & (cells.touchpoint < len(cells.touchpoints) - 1)
    cell, at = np.unique(cells.cell[known], return_inverse=True)
    row, sign, depth = row[known], cells.sign[known], cells.depth[known]
    tables = [np.zeros((n_rows, cell.size)) for _ in range(4)]
    negative, positive, depths, n_clauses = tables
    negative[row[sign < 0], at[sign < 0]] = 1
    positive[row[sign > 0], at[sign > 0]] = 1
    np.add.at(depths, (row, at), depth)
    np.add.at(n_clauses, (row, at), 1.0)
    mention = (n_clauses > 0).astype(float)
    n = mention.sum(axis=0).astype(np.int64)
    return Counts(cell.astype(np.int64), negative, positive, mention, depths, n_clauses, n)


def fit_cells(
    frame: Rows, counts: Counts, used: Ints, n_bootstrap: int, random_state: int
) -> CellModel:
    """Fit all cells together, and draw their coefficients.

    Parameters
    ----------
    frame : Rows
    counts : Counts
    used : ndarray of int64
        Positions of the cells in `counts`.
    n_bootstrap, random_state : int

    Returns
    -------
    CellModel

    Raises
    ------
    AnalysisError
        If the controls are collinear.
    """
    base = np.column_stack([np.ones(frame.n), frame.controls])
    poles = np.concatenate([counts.negative[:, used], counts.positive[:, used]], axis=1)
    is_enough = (poles.sum(axis=0) >= MIN_POLE) & ((1 - poles).sum(axis=0) >= MIN_POLE)
    x = np.column_stack([base, poles[:, is_enough]])
    independent = _independent(x * np.sqrt(frame.weights)[:, None])
    if not independent[: base.shape[1]].all():
        raise AnalysisError("the controls are collinear or constant")
    terms = fit_linear(x[:, independent], frame.y, frame.weights)
    part = Part(terms, frame.clusters)
    n_clusters = int(frame.clusters.max()) + 1
    drawn = draw_deviations([part], n_clusters, n_bootstrap=n_bootstrap, random_state=random_state)[
        0
    ]
    drawn = stretch_draws(drawn, jackknife_covariance(part), part.n_clusters)
    all_draws = np.full((n_bootstrap + 1, base.shape[1] + 2 * used.size), np.nan)
    place = np.r_[np.arange(base.shape[1]), base.shape[1] + np.flatnonzero(is_enough)]
    all_draws[:, place[independent]] = np.vstack([terms.estimate, terms.estimate + drawn])
    penalty = all_draws[:, base.shape[1] : base.shape[1] + used.size]
    reward = all_draws[:, base.shape[1] + used.size :]
    both = reward - penalty
    association = np.where(np.isnan(both), np.where(np.isnan(reward[[0]]), -penalty, reward), both)
    return CellModel(penalty[0], reward[0], association)


def _independent(x: Floats) -> npt.NDArray[np.bool_]:
    """Tell which columns are no combination of those before them."""
    norms = np.linalg.norm(x, axis=0)
    diagonal = np.abs(np.diag(np.linalg.qr(x / np.where(norms > 0, norms, 1.0), mode="r")))
    found = np.zeros(x.shape[1], np.bool_)
    found[: diagonal.size] = diagonal > 1e-7
    return found & (norms > 0)


def draw_shares(
    frame: Rows, counts: Counts, used: Ints, n_bootstrap: int, random_state: int
) -> tuple[Floats, Floats]:
    """Give volume and severity, the estimate before the draws, from the clusters of the model."""
    w = frame.weights[:, None]
    parts = (
        w,
        w * counts.mention[:, used],
        w * counts.depth[:, used],
        w * counts.n_clauses[:, used],
    )
    table = np.column_stack(parts)
    starts = np.flatnonzero(np.r_[True, np.diff(frame.clusters) != 0])
    sums = np.add.reduceat(table, starts, axis=0)
    blocks = [sums.sum(axis=0, keepdims=True)]
    blocks += [
        drawn @ sums for drawn in draw_counts(len(sums), n_bootstrap, random_state=random_state)
    ]
    total = np.concatenate(blocks)
    k = used.size
    with np.errstate(divide="ignore", invalid="ignore"):
        severity = total[:, 1 + k : 1 + 2 * k] / total[:, 1 + 2 * k :]
    return total[:, 1 : 1 + k] / total[:, [0]], severity
