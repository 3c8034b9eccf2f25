"""Shares and means of many measures over the same cells, the heavy part done once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nlp_cx.analyze.drivers.cell_means import CellMeans, CustomerSums, Kind, interval_of
from nlp_cx.analyze.proportions import wilson_interval

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class TextCells:
    """Which rows are in which cell, and which customers.

    Attributes
    ----------
    rows : ndarray of int64, shape (n,)
        Positions of the rows that count.
    cell : ndarray of int64, shape (n,)
    pair : ndarray of int64, shape (n,) or None
        Position of (customer, cell) in the two below; None where every row is a customer.
    pair_cluster, pair_cell : ndarray of int64, shape (n_pairs,)
    n_cells : int
    n, n_customers : ndarray of int64, shape (n_cells,)
    """

    rows: Ints
    cell: Ints
    pair: Ints | None
    pair_cluster: Ints
    pair_cell: Ints
    n_cells: int
    n: Ints
    n_customers: Ints

    def share(self, hits: Flags, confidence: float) -> tuple[Floats, Floats, Floats]:
        """Give the share of rows with a hit by cell, and its interval.

        Parameters
        ----------
        hits : ndarray of bool, shape (n_rows of the table,)
        confidence : float

        Returns
        -------
        share, low, high : ndarray, shape (n_cells,)
            Wilson's interval, with customers on their effective number; NaN in an empty cell.
        """
        if self.pair is None:
            k = np.bincount(self.cell, hits[self.rows], self.n_cells)
            with np.errstate(invalid="ignore"):
                share = k / self.n
            return share, *wilson_interval(k, self.n, confidence)
        found = self.average(hits.astype(np.float64), is_share=True)
        return found.mean, *interval_of(found, confidence=confidence)

    def average(self, values: Floats, *, is_share: bool) -> CellMeans:
        """Average a measure by cell, ready to be compared.

        Parameters
        ----------
        values : ndarray, shape (n_rows of the table,)
            Known in all rows that count.
        is_share : bool

        Returns
        -------
        CellMeans
        """
        v = values[self.rows].astype(np.float64)
        centre = 0.0 if is_share or not v.size else float(v.mean())
        if self.pair is None:
            w, s = np.ones(v.size), v - centre
        else:
            w = np.bincount(self.pair, minlength=self.pair_cell.size).astype(np.float64)
            s = np.bincount(self.pair, v - centre, self.pair_cell.size).astype(np.float64)
        n_clusters = int(self.pair_cluster.max(initial=-1)) + 1
        sums = CustomerSums(self.pair_cluster, self.pair_cell, w, s, n_clusters, centre)
        weight: Floats = self.n.astype(np.float64)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.bincount(self.pair_cell, s, self.n_cells).astype(np.float64) / weight
            kish = (weight**2 / np.bincount(self.pair_cell, w**2, self.n_cells)).astype(np.float64)
        influence = (s - mean[self.pair_cell] * w) / weight[self.pair_cell]
        variance = np.bincount(self.pair_cell, influence**2, self.n_cells).astype(np.float64)
        variance = np.where(weight > 0, variance, np.nan)
        kind: Kind = "share" if is_share else "mean"
        return CellMeans(
            kind, self.n, self.n_customers, weight, mean + centre, variance, kish, sums
        )  # fmt: skip


def make_cells(cells: Ints, is_in: Flags, clusters: Ints | None, n_cells: int) -> TextCells:
    """Sort rows into cells.

    Parameters
    ----------
    cells : ndarray of int64, shape (n_rows,)
        -1 for none.
    is_in : ndarray of bool, shape (n_rows,)
        Rows that count.
    clusters : ndarray of int64, shape (n_rows,), or None
    n_cells : int

    Returns
    -------
    TextCells

    Examples
    --------
    >>> cells = make_cells(np.array([0, 0, 1, -1]), np.ones(4, bool), np.array([5, 5, 5, 6]), 2)
    >>> cells.n.tolist(), cells.n_customers.tolist()
    ([2, 1], [1, 1])
    """
    rows = np.flatnonzero(is_in & (cells >= 0)).astype(np.int64)
    cell = cells[rows].astype(np.int64)
    n = np.bincount(cell, minlength=n_cells).astype(np.int64)
    if clusters is None:
        return TextCells(
            rows, cell, None, np.arange(rows.size, dtype=np.int64), cell, n_cells, n, n
        )
    customer = np.unique(clusters[rows], return_inverse=True)[1].astype(np.int64)
    found, pair = np.unique(customer * n_cells + cell, return_inverse=True)
    pair_cell = found % n_cells
    n_customers = np.bincount(pair_cell, minlength=n_cells).astype(np.int64)
    return TextCells(rows, cell, pair, found // n_cells, pair_cell, n_cells, n, n_customers)
