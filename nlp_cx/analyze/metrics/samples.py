"""The answers of one cell: estimate, effective number, standard error, bootstrap draws."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nlp_cx.analyze.metrics.statistic import Statistic, find_known
from nlp_cx.analyze.proportions import effective_n
from nlp_cx.analyze.resample import draw_counts

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sample:
    """Answers of the rows of one cell.

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

    @property
    def n_clusters(self) -> int:
        """Number of customers, or of answers where none were named."""
        return len(np.unique(self.clusters)) if self.is_clustered else self.n

    @property
    def means(self) -> Floats:
        """Weighted means of the columns, shape () or (k,)."""
        return np.asarray(
            np.tensordot(self.weights, self.values, axes=1) / self.weights.sum(), np.float64
        )

    @property
    def is_constant(self) -> bool:
        """Whether all answers are equal."""
        return bool((self.values == self.values[:1]).all())


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


def sum_influence(sample: Sample) -> tuple[Ints, Floats]:
    """Sum what each customer adds to the error of the weighted mean.

    Parameters
    ----------
    sample : Sample
        Of values of shape (n,).

    Returns
    -------
    clusters : ndarray of int64, shape (n_clusters,)
    influence : ndarray of float64, shape (n_clusters,)
        Sums of w (v - mean) / Σw; they add up to 0.
    """
    u = sample.weights * (sample.values - sample.means) / sample.weights.sum()
    if not sample.is_clustered:
        return sample.clusters, u
    clusters, code = np.unique(sample.clusters, return_inverse=True)
    return clusters, np.asarray(np.bincount(code, u, len(clusters)), np.float64)


def count_effective(sample: Sample) -> float:
    """Give how many independent, equally weighted answers tell as much as the sample.

    Parameters
    ----------
    sample : Sample
        Of values of shape (n,), at least one.

    Returns
    -------
    float
        The smaller of Kish's (Σw)²/Σw² and the variance of one answer divided by the linearised
        variance of the mean, in which the answers of one customer go together. Customers whose
        answers differ more than chance are given no credit. Where all answers are equal nothing is
        known of that, and each customer counts as one. n for a plain sample.
    """
    if not sample.is_clustered and (sample.weights == sample.weights[0]).all():
        return float(sample.n)
    kish = effective_n(sample.weights)
    if sample.is_constant:
        if not sample.is_clustered:
            return kish
        _, code = np.unique(sample.clusters, return_inverse=True)
        return min(kish, effective_n(np.bincount(code, sample.weights)))
    if sample.is_clustered and sample.n_clusters < 2:
        return 1.0
    _, u = sum_influence(sample)
    spread = np.average((sample.values - sample.means) ** 2, weights=sample.weights)
    linearised = float((u**2).sum())
    return min(kish, float(spread) / linearised) if linearised > 0 else kish


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
    clusters = [np.unique(sample.clusters) for sample in samples]
    shared = len(samples) > 1 and len(np.unique(np.concatenate(clusters))) < sum(map(len, clusters))
    rng = np.random.default_rng(random_state)
    if not shared:
        return [_draw([sample], n_bootstrap, rng)[0] for sample in samples]
    return _draw(samples, n_bootstrap, rng)


def _draw(samples: list[Sample], n_bootstrap: int, rng: np.random.Generator) -> list[Floats]:
    """Draw customers of all cells and give the means of each cell."""
    names = np.unique(np.concatenate([sample.clusters for sample in samples]))
    parts = []
    for sample in samples:
        code = np.searchsorted(names, sample.clusters)
        values = sample.values.reshape(sample.n, -1)
        for column in (np.ones(sample.n), *values.T):
            parts.append(np.bincount(code, sample.weights * column, len(names)))
    sums = np.column_stack(parts)
    top = np.abs(sums).max(axis=0)
    top[top == 0] = 1
    # Customers who add the same are one kind: fewer numbers to draw, and no order of the rows.
    # Rounded, because the order of the rows shows in the last digit of a sum.
    kinds, counts = np.unique(np.round(sums / top, 12), axis=0, return_counts=True)
    totals = np.concatenate(
        [drawn @ kinds for drawn in _draw_kinds(counts, n_bootstrap, rng)] or [kinds[:0]]
    )
    totals *= top
    means, at = [], 0
    for sample in samples:
        k = sample.values.reshape(sample.n, -1).shape[1]
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = totals[:, at + 1 : at + 1 + k] / totals[:, at : at + 1]
        means.append(mean if sample.values.ndim == 2 else mean[:, 0])
        at += 1 + k
    return means


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
