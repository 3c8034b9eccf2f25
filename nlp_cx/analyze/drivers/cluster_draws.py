"""Sampling error of regressions whose clusters were drawn as a whole: jackknife and bootstrap."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nlp_cx.analyze.drivers.row_terms import RowTerms
from nlp_cx.analyze.proportions import normal_quantile
from nlp_cx.analyze.resample import draw_counts

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_BYTES_AT_ONCE = 2**26
_BYTES_KEPT = 2**28
_DRAWS_AT_ONCE = 128
_RIDGE = 1e-10
_SMALL = 0.02


@dataclass(frozen=True, slots=True)
class Part:
    """A regression on some of the rows.

    Attributes
    ----------
    terms : RowTerms
    clusters : ndarray of int64, shape (n_rows,)
        Numbers of the rows' clusters, rising; the same customer has the same number in all parts.
    """

    terms: RowTerms
    clusters: Ints

    @property
    def n_clusters(self) -> int:
        """Clusters with a row in this part."""
        return int((np.diff(self.clusters) != 0).sum()) + 1


def jackknife_covariance(part: Part) -> Floats:
    """Estimate the covariance of the parameters from leaving out one cluster at a time.

    Parameters
    ----------
    part : Part

    Returns
    -------
    ndarray, shape (q, q)
        NaN where there is one cluster only.

    Notes
    -----
    CR3: (G - 1) / G · Σ (b without g - b)(b without g - b)'. Of linear models exact for every
    cluster that holds more than 2% of the information, a second-order expansion for the rest; of
    others one Newton step. Of rows that are clusters of their own nearly the HC3 covariance.
    """
    n = part.n_clusters
    q = part.terms.estimate.size
    if n < 2:
        return np.full((q, q), np.nan)
    whole = _unpack(sum(sums.sum(axis=0) for _, sums in _cluster_sums(part))[None], q)[0][0]
    inverse = _solve(whole[None], np.eye(q)[None])[0]
    total = np.zeros((q, q))
    for _, sums in _cluster_sums(part):
        information, score = _unpack(sums, q)
        change = score @ inverse.T
        change += np.einsum("gij,gj->gi", inverse @ information, change)
        share = np.einsum("ij,gji->g", inverse, information)
        big = share > _SMALL
        if big.any():
            left = whole - information[big]
            change[big] = _solve(left, score[big, :, None], floor=np.diag(whole))[..., 0]
        total += change.T @ change
    return np.asarray(total * (n - 1) / n)


def draw_deviations(
    parts: Sequence[Part], n_clusters: int, *, n_bootstrap: int, random_state: int
) -> list[Floats]:
    """Draw how far the estimates of all parts stray, the same customers drawn in all of them.

    Parameters
    ----------
    parts : sequence of Part
    n_clusters : int
        Of all parts together.
    n_bootstrap : int
    random_state : int

    Returns
    -------
    list of ndarray, shape (n_bootstrap, q)
        Parameters of the sample less estimate, by part. NaN where a sample has none of its rows.

    Notes
    -----
    One Newton step from the estimate in every sample, which is exact for a linear model: sums over
    clusters are weighted by how often the cluster was drawn, and nothing is fitted again.
    """
    drawn: list[list[Floats]] = [[] for _ in parts]
    kept: list[list[tuple[Ints, Floats]] | None] = []
    room = _BYTES_KEPT
    for part in parts:
        q = part.terms.estimate.size
        needed = 8 * part.n_clusters * (q * (q + 3) // 2)
        kept.append(list(_cluster_sums(part)) if needed <= room else None)
        room -= needed if needed <= room else 0
    for counts in draw_counts(
        n_clusters, n_bootstrap, random_state=random_state, rows_at_once=_DRAWS_AT_ONCE
    ):
        by_cluster = np.ascontiguousarray(counts.T)  # of a part's clusters whole rows are taken
        for part, blocks, out in zip(parts, kept, drawn, strict=True):
            q = part.terms.estimate.size
            sums = np.zeros((len(counts), q * (q + 3) // 2))
            for clusters, block in blocks if blocks is not None else _cluster_sums(part):
                sums += by_cluster[clusters].T @ block
            information, score = _unpack(sums, q)
            step = _solve(information, score[:, :, None])[..., 0]
            is_empty = ~np.einsum("gii->gi", information).any(axis=1)
            out.append(np.where(is_empty[:, None], np.nan, step))
    return [
        np.concatenate([np.empty((0, part.terms.estimate.size)), *blocks])
        for part, blocks in zip(parts, drawn, strict=True)
    ]


def stretch_draws(draws: Floats, covariance: Floats, n_clusters: int) -> Floats:
    """Widen bootstrap deviations to the spread that the jackknife finds.

    Parameters
    ----------
    draws : ndarray, shape (n_bootstrap, q)
        Deviations from the estimate.
    covariance : ndarray, shape (q, q)
        By the jackknife.
    n_clusters : int
        The spread counts as estimated from them: Student's t in place of the normal.

    Returns
    -------
    ndarray, shape (n_bootstrap, q)
        Every column times a factor of 1 or more; NaN where the covariance is not known.

    Notes
    -----
    Percentiles of a bootstrap of few clusters are too narrow, because it draws from residuals that
    the fit has already shrunk.
    """
    from scipy.special import stdtrit

    if n_clusters < 2:
        return np.full_like(draws, np.nan)
    wider = float(stdtrit(n_clusters - 1, 0.975)) / normal_quantile(0.95)
    spread = np.nanstd(draws, axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        factor = np.sqrt(np.diag(covariance)) * wider / spread
    return np.asarray(draws * np.where(spread > 0, np.maximum(factor, 1.0), np.nan))


def _cluster_sums(part: Part) -> Iterator[tuple[Ints, Floats]]:
    """Give clusters and their sums, some at a time: upper triangle of information, then score."""
    q = part.terms.estimate.size
    rows_at_once = max(1, _BYTES_AT_ONCE // (8 * q * q))
    starts = np.flatnonzero(np.r_[True, np.diff(part.clusters) != 0])
    row, column = np.triu_indices(q)
    first = 0
    while first < starts.size:
        last = max(first + 1, int(np.searchsorted(starts, starts[first] + rows_at_once)))
        begin = int(starts[first])
        end = int(starts[last]) if last < starts.size else part.clusters.size
        rows = slice(begin, end)
        table = np.hstack(
            [part.terms.information(rows)[:, row, column], part.terms.score[rows]],
        )
        here = starts[first:last]
        sums = table if here.size == end - begin else np.add.reduceat(table, here - begin, axis=0)
        yield part.clusters[here], sums
        first = last


def _unpack(sums: Floats, q: int) -> tuple[Floats, Floats]:
    """Give information (m, q, q) and score (m, q) of sums (m, q (q + 3) / 2)."""
    row, column = np.triu_indices(q)
    information = np.empty((len(sums), q, q))
    information[:, row, column] = information[:, column, row] = sums[:, : row.size]
    return information, sums[:, row.size :]


def _solve(information: Floats, right: Floats, floor: Floats | float = 0.0) -> Floats:
    """Solve many small systems; a direction of which a sample knows nothing does not move."""
    diagonal = np.einsum("gii->gi", information)
    is_known = diagonal > 1e-9 * np.asarray(floor)
    pairs = is_known[:, :, None] & is_known[:, None, :]
    scale = np.sqrt(np.where(is_known, diagonal, 1.0))
    scaled = np.where(pairs, information / (scale[:, :, None] * scale[:, None, :]), 0.0)
    scaled += np.eye(information.shape[-1]) * (_RIDGE + ~is_known[:, None, :])
    right = np.where(is_known[:, :, None], right / scale[:, :, None], 0.0)
    return np.asarray(np.linalg.solve(scaled, right) / scale[:, :, None])
