"""The answers of one cell: estimate, effective number, standard error, bootstrap draws."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.metrics.statistic import Statistic, find_known
from nlp_cx.analyze.proportions import effective_n
from nlp_cx.analyze.resample import draw_counts

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Sample:
    """Answers of the rows of one cell. What follows from them is computed once.

    Attributes
    ----------
    values : ndarray of float64, shape (n,) or (n, k)
    weights : ndarray of float64, shape (n,)
        Above 0.
    clusters : ndarray of int64, shape (n,)
        Numbers of customers, the same ones in all cells of a table.
    is_clustered : bool
        Whether customers were named; each row is its own otherwise.
    """

    values: Floats
    weights: Floats
    clusters: Ints
    is_clustered: bool

    @property
    def n(self) -> int:
        """Number of answers."""
        return len(self.values)

    @cached_property
    def customers(self) -> tuple[Ints, Ints]:
        """Sorted numbers of the customers, and which of them each answer is of."""
        if not self.is_clustered:
            return self.clusters, np.arange(self.n, dtype=np.int64)
        ids, code = np.unique(self.clusters, return_inverse=True)
        return ids, code.astype(np.int64, copy=False)

    @property
    def n_clusters(self) -> int:
        """Number of customers, or of answers where none were named."""
        return len(self.customers[0])

    @cached_property
    def means(self) -> Floats:
        """Weighted means of the columns, shape () or (k,)."""
        return np.asarray(
            np.tensordot(self.weights, self.values, axes=1) / self.weights.sum(), np.float64
        )

    @cached_property
    def is_constant(self) -> bool:
        """Whether all answers are equal."""
        return bool((self.values == self.values[:1]).all())

    @cached_property
    def influence(self) -> Floats:
        """What each customer adds to the error of the mean: sums of w (v - mean) / Σw."""
        u = self.weights * (self.values - self.means) / self.weights.sum()
        if not self.is_clustered:
            return np.asarray(u, np.float64)
        return np.asarray(np.bincount(self.customers[1], u, self.n_clusters), np.float64)

    @cached_property
    def n_effective(self) -> float:
        """Number of independent, equally weighted answers that tell as much.

        The smaller of Kish's (Σw)²/Σw² and the variance of one answer divided by the linearised
        variance of the mean, in which the answers of one customer go together. Customers whose
        answers differ more than chance are given no credit. Where all answers are equal nothing is
        known of that, and each customer counts as one. `n` for a plain sample.
        """
        if not self.is_clustered and (self.weights == self.weights[0]).all():
            return float(self.n)
        kish = effective_n(self.weights)
        if self.is_constant:
            if not self.is_clustered:
                return kish
            return min(kish, effective_n(np.bincount(self.customers[1], self.weights)))
        if self.is_clustered and self.n_clusters < 2:
            return 1.0
        spread = np.average((self.values - self.means) ** 2, weights=self.weights)
        linearised = float((self.influence**2).sum())
        return min(kish, float(spread) / linearised) if linearised > 0 else kish


def take_sample(
    statistic: Statistic,
    rows: Ints,
    weights: Floats,
    clusters: Ints,
    *,
    is_clustered: bool,
) -> Sample:
    """Take the answers of some rows.

    Parameters
    ----------
    statistic : Statistic
    rows : ndarray of int64, shape (n,)
        Positions; rows without an answer, and those of weight 0 or without one, are left out.
    weights : ndarray of float64, shape (n_rows,)
    clusters : ndarray of int64, shape (n_rows,)
    is_clustered : bool

    Returns
    -------
    Sample
    """
    keep = rows[find_known(statistic.values[rows]) & (weights[rows] > 0)]
    return Sample(statistic.values[keep], weights[keep], clusters[keep], is_clustered)


def draw_means(sample: Sample, n_bootstrap: int, random_state: int) -> Floats:
    """Draw bootstrap samples of customers and give their weighted means.

    Parameters
    ----------
    sample : Sample
    n_bootstrap : int
    random_state : int

    Returns
    -------
    ndarray of float64, shape (n_bootstrap,) or (n_bootstrap, k)
        The same for any order of the rows.
    """
    return draw_joint([sample], n_bootstrap, random_state)[0]


def draw_joint(samples: list[Sample], n_bootstrap: int, random_state: int) -> list[Floats]:
    """Draw bootstrap samples of the customers of several cells together.

    Parameters
    ----------
    samples : list of Sample
    n_bootstrap : int
    random_state : int

    Returns
    -------
    list of ndarray of float64, shape (n_bootstrap,) or (n_bootstrap, k)
        Weighted means per cell; NaN where a draw holds none of a cell's customers. Cells without a
        customer in common are drawn apart, so that each keeps its number.
    """
    rng = np.random.default_rng(random_state)
    sums = [_sum_customers(sample) for sample in samples]
    ids = [sample.customers[0] for sample in samples]
    if len(samples) > 1 and samples[0].is_clustered:
        names, code = np.unique(np.concatenate(ids), return_inverse=True)
        if len(names) < len(code):
            rows = np.split(code, np.cumsum([len(part) for part in ids])[:-1])
            together = []
            for part, at in zip(sums, rows, strict=True):
                spread = np.zeros((len(names), part.shape[1]))
                spread[at] = part
                together.append(spread)
            totals = _draw_totals(np.hstack(together), n_bootstrap, rng)
            cuts = np.cumsum([part.shape[1] for part in sums])[:-1]
            return [
                _divide(part, sample)
                for part, sample in zip(np.split(totals, cuts, axis=1), samples, strict=True)
            ]
    return [
        _divide(_draw_totals(part, n_bootstrap, rng), sample)
        for part, sample in zip(sums, samples, strict=True)
    ]


def _sum_customers(sample: Sample) -> Floats:
    """Sum weights and weighted values of each customer, shape (n_clusters, 1 + k)."""
    values = sample.values.reshape(sample.n, -1)
    columns = np.column_stack([sample.weights, sample.weights[:, None] * values])
    if not sample.is_clustered:
        return columns
    code = sample.customers[1]
    return np.column_stack([np.bincount(code, column) for column in columns.T])


def _draw_totals(sums: Floats, n_bootstrap: int, rng: np.random.Generator) -> Floats:
    """Draw customers and give the totals of each draw."""
    top = np.abs(sums).max(axis=0)
    top[top == 0] = 1
    # Customers who add the same are one kind: fewer numbers to draw, and no order of the rows.
    # Rounded, because the order of the rows shows in the last digit of a sum.
    frame = pd.DataFrame(np.round(sums / top, 12))
    sizes = frame.groupby(list(frame.columns), sort=True).size()
    kinds = sizes.index.to_frame().to_numpy(np.float64)
    counts = np.asarray(sizes.to_numpy(), np.int64)
    blocks = [drawn @ kinds for drawn in _draw_kinds(counts, n_bootstrap, rng)]
    return np.concatenate(blocks) * top


def _divide(totals: Floats, sample: Sample) -> Floats:
    """Give weighted means from totals of weights and of weighted values."""
    with np.errstate(invalid="ignore", divide="ignore"):
        means = totals[:, 1:] / totals[:, :1]
    return means if sample.values.ndim == 2 else means[:, 0]


def _draw_kinds(counts: Ints, n_bootstrap: int, rng: np.random.Generator) -> Iterator[Floats]:
    """Draw how often each kind of customer is in each bootstrap sample, in blocks."""
    n = int(counts.sum())
    if 4 * len(counts) > n:
        # Nearly as many kinds as customers: drawing customers is faster than drawing kinds.
        kind = np.repeat(np.arange(len(counts)), counts)
        for block in draw_counts(n, n_bootstrap, random_state=int(rng.integers(2**31))):
            if len(counts) == n:
                yield block
                continue
            folded = np.zeros((len(block), len(counts)))
            np.add.at(folded.T, kind, block.T)
            yield folded
        return
    at_once = max(1, 4_000_000 // len(counts))
    for start in range(0, n_bootstrap, at_once):
        size = min(at_once, n_bootstrap - start)
        yield rng.multinomial(n, counts / n, size).astype(np.float64)
