"""Differences of weighted means: a cell against the rest, or against one other cell."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from nlp_cx.analyze.drivers.cell_means import (
    CellMeans,
    effective_rows,
    find_effective_n,
    influences_of,
    t_quantile,
    unbias,
)
from nlp_cx.analyze.proportions import newcombe_interval, two_proportion_test

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MIN_EXPECTED = 5
"""With fewer expected hits or misses the test of two shares is rough, and not given."""


class Difference(NamedTuple):
    """Cells less what they are compared with; all of shape (n_cells,).

    Attributes
    ----------
    reference : ndarray
        Mean of what they are compared with.
    n_reference : ndarray of int64
        Its rows.
    difference, low, high : ndarray
    p_value : ndarray
        Of no difference; NaN where the test of two shares would be rough (`MIN_EXPECTED`).
    """

    reference: Floats
    n_reference: Ints
    difference: Floats
    low: Floats
    high: Floats
    p_value: Floats


def compare_with_rest(cells: CellMeans, *, confidence: float) -> Difference:
    """Compare every cell with all other cells together.

    Parameters
    ----------
    cells : CellMeans
    confidence : float

    Returns
    -------
    Difference
    """
    sums, weight, mean = cells.sums, cells.weight, cells.mean - cells.sums.centre
    here, n_cells = sums.cell, cells.n.size
    all_w = np.bincount(sums.cluster, sums.w, sums.n_clusters)
    all_s = np.bincount(sums.cluster, sums.s, sums.n_clusters)
    rest_weight = weight.sum() - weight
    with np.errstate(invalid="ignore", divide="ignore"):
        rest = (all_s.sum() - np.nan_to_num(weight * mean)) / rest_weight
    # Influence of a customer on the rest: (s_all - s_cell - rest · (w_all - w_cell)) / weight. Its
    # square is summed over all customers by terms, and mended for those who are in the cell too.
    own = (sums.s - mean[here] * sums.w) / weight[here]
    whole = all_s[sums.cluster] - rest[here] * all_w[sums.cluster]
    left = all_w[sums.cluster] - sums.w
    terms = ((all_s**2).sum(), (all_s * all_w).sum(), (all_w**2).sum())

    def add(what: Floats) -> Floats:
        return np.asarray(np.bincount(here, what, n_cells), np.float64)

    with np.errstate(invalid="ignore", divide="ignore"):
        others = (whole - (sums.s - rest[here] * sums.w)) / rest_weight[here]
        square = (terms[0] - 2 * rest * terms[1] + rest**2 * terms[2]) / rest_weight**2
        outside = np.maximum(square - add((whole / rest_weight[here]) ** 2), 0.0)
        kish = rest_weight**2 / (terms[2] - add(all_w[sums.cluster] ** 2 - left**2))
    # A customer whose every row is in the cell is none of the rest.
    n_only_here = add((left <= 1e-9 * sums.w).astype(np.float64)).astype(np.int64)
    side = _Side(
        rest + sums.centre,
        cells.n.sum() - cells.n,
        sums.n_clusters - n_only_here,
        outside + add(others**2),
        kish,
    )
    return _compare(cells, side, outside + add((own - others) ** 2), confidence)


def compare_with_cell(cells: CellMeans, other: Ints, *, confidence: float) -> Difference:
    """Compare every cell with one other cell.

    Parameters
    ----------
    cells : CellMeans
    other : ndarray of int64, shape (n_cells,)
        Which; -1 for none.
    confidence : float

    Returns
    -------
    Difference
        NaN where a cell has no other, or is its own.
    """
    there = np.where(other >= 0, other, 0)
    is_none = (other < 0) | (other == np.arange(other.size))

    def blank(values: Floats) -> Floats:
        return np.where(is_none, np.nan, values[there])

    table = influences_of(cells)
    shared = np.asarray((table * table[:, there]).sum(axis=0), np.float64).ravel()
    both = np.maximum(cells.variance + cells.variance[there] - 2 * shared, 0.0)
    side = _Side(
        blank(cells.mean),
        np.where(is_none, 0, cells.n[there]),
        np.where(is_none, 0, cells.n_clusters[there]),
        blank(cells.variance),
        blank(cells.kish),
    )
    return _compare(cells, side, both, confidence)


class _Side(NamedTuple):
    """What cells are compared with; `variance` without the factor G / (G - 1)."""

    mean: Floats
    n: Ints
    n_clusters: Ints
    variance: Floats
    kish: Floats


def _compare(cells: CellMeans, side: _Side, both: Floats, confidence: float) -> Difference:
    """Give difference, interval and p-value; `both` is the variance of the difference."""
    from scipy.special import stdtr

    difference = cells.mean - side.mean
    with np.errstate(invalid="ignore", divide="ignore"):
        # Customers on both sides make the difference better known than two samples would.
        apart = cells.variance + side.variance
        shared = np.where(apart > 0, np.clip(both / apart, 0.01, 100.0), 1.0)
        if cells.kind == "mean":
            g1, g2 = cells.n_clusters - 1, side.n_clusters - 1
            v1 = cells.variance * unbias(cells.n_clusters)
            v2 = side.variance * unbias(side.n_clusters)
            error = np.sqrt((v1 + v2) * shared)
            df = (v1 + v2) ** 2 / (v1**2 / g1 + v2**2 / g2)
            half = t_quantile(df, confidence) * error
            p = np.where(error > 0, 2 * stdtr(df, -np.abs(difference) / error), np.nan)
            low, high = difference - half, difference + half
            return Difference(side.mean, side.n, difference, low, high, p)
        counts = (side.n, side.n_clusters)
        n1 = effective_rows(cells) / shared
        n2 = find_effective_n(side.mean, side.variance, side.kish, counts) / shared
        usable = np.isfinite(n1) & np.isfinite(n2) & (n1 > 0) & (n2 > 0)
        n1, n2 = np.where(usable, n1, 0.0), np.where(usable, n2, 0.0)
        k1 = np.where(usable, np.clip(cells.mean, 0, 1), 0.0) * n1
        k2 = np.where(usable, np.clip(side.mean, 0, 1), 0.0) * n2
        low, high = newcombe_interval(k2, n2, k1, n1, confidence)
        p = two_proportion_test(k2, n2, k1, n1).p_value
        pooled = (k1 + k2) / (n1 + n2)
        expected = np.minimum(n1, n2) * np.minimum(pooled, 1 - pooled)
    p = np.where(expected >= MIN_EXPECTED, p, np.nan)
    return Difference(side.mean, side.n, difference, low, high, p)
