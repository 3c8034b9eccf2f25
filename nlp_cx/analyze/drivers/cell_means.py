"""Weighted means of many cells at once, with the errors of customers who are in several."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from nlp_cx.analyze.proportions import normal_quantile, wilson_interval

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

Kind = Literal["share", "mean"]

_LARGEST_N = 1e12


class CustomerSums(NamedTuple):
    """Sums over the rows of a customer in a cell: one entry per pair that occurs.

    Attributes
    ----------
    cluster, cell : ndarray of int64, shape (n_pairs,)
    w, s : ndarray, shape (n_pairs,)
        Sums of weights and of weighted values; of means taken from the grand mean `centre`, so
        that squares do not cancel.
    n_clusters : int
    centre : float
    """

    cluster: Ints
    cell: Ints
    w: Floats
    s: Floats
    n_clusters: int
    centre: float


@dataclass(frozen=True, slots=True)
class CellMeans:
    """Weighted means of one measure by cell.

    Attributes
    ----------
    kind : {"share", "mean"}
    n, n_clusters : ndarray of int64, shape (n_cells,)
        Rows and customers with a value.
    weight : ndarray, shape (n_cells,)
        Sum of the weights.
    mean : ndarray, shape (n_cells,)
        NaN in an empty cell.
    variance : ndarray, shape (n_cells,)
        Of the mean: Σ over customers of (Σ w (v - mean) / Σ w)².
    kish : ndarray, shape (n_cells,)
        Customers of equal weight that would tell as much.
    sums : CustomerSums
    """

    kind: Kind
    n: Ints
    n_clusters: Ints
    weight: Floats
    mean: Floats
    variance: Floats
    kish: Floats
    sums: CustomerSums


def average_cells(
    values: Floats,
    weights: Floats,
    clusters: Ints,
    cells: Ints,
    *,
    n_cells: int,
    kind: Kind,
) -> CellMeans:
    """Average a measure in every cell.

    Parameters
    ----------
    values : ndarray, shape (n_rows,)
        NaN where the row does not count.
    weights : ndarray, shape (n_rows,)
        0 where the row does not count.
    clusters : ndarray of int64, shape (n_rows,)
    cells : ndarray of int64, shape (n_rows,)
        0 to n_cells - 1; -1 for none.
    n_cells : int
    kind : {"share", "mean"}

    Returns
    -------
    CellMeans
    """
    known = ~np.isnan(values) & (cells >= 0) & (weights > 0)
    v, w, cell = values[known], weights[known], cells[known]
    cluster = np.unique(clusters[known], return_inverse=True)[1].astype(np.int64)
    # A share of 0 has to be 0, not the difference of two numbers that are nearly the same.
    centre = float(np.average(v, weights=w)) if v.size and kind == "mean" else 0.0

    def add(what: Floats, at: Ints, size: int) -> Floats:
        return np.asarray(np.bincount(at, what, size), np.float64)

    # Pairs of customer and cell: every variance is a sum over them.
    pair, at = np.unique(cluster * n_cells + cell, return_inverse=True)
    sums = CustomerSums(
        pair // n_cells,
        pair % n_cells,
        add(w, at, pair.size),
        add(w * (v - centre), at, pair.size),
        int(cluster.max(initial=-1)) + 1,
        centre,
    )
    weight = add(w, cell, n_cells)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = add(sums.s, sums.cell, n_cells) / weight
        kish = weight**2 / add(sums.w**2, sums.cell, n_cells)
    influence = (sums.s - mean[sums.cell] * sums.w) / weight[sums.cell]
    variance = np.where(weight > 0, add(influence**2, sums.cell, n_cells), np.nan)
    return CellMeans(
        kind,
        np.bincount(cell, minlength=n_cells).astype(np.int64),
        np.bincount(sums.cell, minlength=n_cells).astype(np.int64),
        weight,
        mean + centre,
        variance,
        kish,
        sums,
    )


def effective_rows(cells: CellMeans) -> Floats:
    """Give how many independent, equally weighted rows would know each share as well.

    Parameters
    ----------
    cells : CellMeans

    Returns
    -------
    ndarray, shape (n_cells,)
        Without weights and customers the number of rows. Few customers know their own spread
        badly: the ratio of Student's quantiles is taken off.
    """
    counts = (cells.n, cells.n_clusters)
    return find_effective_n(cells.mean, cells.variance, cells.kish, counts)


def interval_of(cells: CellMeans, *, confidence: float) -> tuple[Floats, Floats]:
    """Give the interval of every mean.

    Parameters
    ----------
    cells : CellMeans
    confidence : float

    Returns
    -------
    low, high : ndarray, shape (n_cells,)
        Of shares Wilson's on the effective n, of means Student's t on the number of customers.
    """
    if cells.kind == "share":
        n = effective_rows(cells)
        return wilson_interval(np.clip(cells.mean, 0, 1) * n, n, confidence)
    spread = cells.variance * unbias(cells.n_clusters)
    half = t_quantile(cells.n_clusters - 1, confidence) * np.sqrt(spread)
    return cells.mean - half, cells.mean + half


def covariance_of(cells: CellMeans) -> Floats:
    """Give the covariances of the means, from customers who are in several cells.

    Parameters
    ----------
    cells : CellMeans

    Returns
    -------
    ndarray, shape (n_cells, n_cells)
        Without the factor G / (G - 1).
    """
    table = influences_of(cells)
    return np.asarray((table.T @ table).toarray(), np.float64)


def influences_of(cells: CellMeans) -> Any:
    """Give how every customer moves every mean.

    Parameters
    ----------
    cells : CellMeans

    Returns
    -------
    scipy.sparse.csc_array, shape (n_customers, n_cells)
        Σ w (v - mean) / Σ w.
    """
    from scipy.sparse import csc_array

    sums = cells.sums
    mean = cells.mean - sums.centre
    influence = (sums.s - mean[sums.cell] * sums.w) / cells.weight[sums.cell]
    shape = (sums.n_clusters, cells.n.size)
    return csc_array((influence, (sums.cluster, sums.cell)), shape=shape)


def find_effective_n(
    mean: Floats, variance: Floats, kish: Floats, counts: tuple[Ints, Ints]
) -> Floats:
    """Give the effective n of shares.

    Parameters
    ----------
    mean, variance, kish : ndarray, shape (n_cells,)
        As in `CellMeans`.
    counts : two ndarrays of int64, shape (n_cells,)
        Rows and customers.

    Returns
    -------
    ndarray, shape (n_cells,)
        mean (1 - mean) / variance; `kish` where the share is 0 or 1 and shows no spread.
    """
    n, n_clusters = counts
    with np.errstate(invalid="ignore", divide="ignore"):
        found = np.where(variance > 1e-24, mean * (1 - mean) / variance, kish)
        wider = (t_quantile(n_clusters - 1) / t_quantile(n - 1)) ** 2
        found = found / wider / (unbias(n_clusters) / unbias(n))
    return np.asarray(np.clip(found, 0, _LARGEST_N))


def unbias(n: Ints) -> Floats:
    """Give the factor that makes a variance around an estimated mean unbiased.

    Parameters
    ----------
    n : ndarray of int64

    Returns
    -------
    ndarray
        n / (n - 1); NaN for one or none.
    """
    return np.where(n > 1, n / np.maximum(n - 1, 1), np.nan)


def t_quantile(df: Floats | Ints, confidence: float = 0.95) -> Floats:
    """Give Student's two-sided quantile.

    Parameters
    ----------
    df : ndarray
        Degrees of freedom.
    confidence : float

    Returns
    -------
    ndarray
        NaN without a degree of freedom.

    Raises
    ------
    ConfigError
        If `confidence` is not between 0 and 1.
    """
    from scipy.special import stdtrit

    normal_quantile(confidence)
    df = np.asarray(df, np.float64)
    return np.where(df > 0, stdtrit(np.maximum(df, 1e-9), 0.5 + confidence / 2), np.nan)
