"""What a driver reaches by chance: its columns dealt out to other customers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nlp_cx.analyze.drivers.moments import correlate, standardize
from nlp_cx.analyze.drivers.players import Players

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MAX_ROWS = 20_000
"""Of more rows, this many are shuffled; what chance reaches is then scaled to all rows."""


def shuffle_clusters(clusters: Ints, rng: np.random.Generator) -> Ints:
    """Deal rows out anew, cluster by cluster.

    Parameters
    ----------
    clusters : ndarray of int64, shape (n,)
        Sorted.
    rng : Generator

    Returns
    -------
    ndarray of int64, shape (n,)
        A permutation of the rows in which the rows of a cluster stay neighbours, so that what
        customers say again and again is said again and again by chance as well.
    """
    n_clusters = int(clusters.max()) + 1
    # Within a cluster at random as well: rows that are sorted there would meet their like.
    if n_clusters == clusters.size:
        return rng.permutation(n_clusters)
    position = rng.permutation(n_clusters)[clusters] + rng.random(clusters.size)
    return np.argsort(position)


def sample_clusters(players: Players, rng: np.random.Generator) -> tuple[Ints, float]:
    """Choose clusters at random until there are `MAX_ROWS` rows.

    Parameters
    ----------
    players : Players
    rng : Generator

    Returns
    -------
    rows : ndarray of int64
        Ordered by cluster.
    share : float
        Of the rows that were chosen.
    """
    order = np.argsort(players.clusters, kind="stable")
    n = order.size
    if n <= MAX_ROWS:
        return order, 1.0
    sizes = np.bincount(players.clusters)
    chosen = rng.permutation(sizes.size)
    n_chosen = int(np.searchsorted(np.cumsum(sizes[chosen]), MAX_ROWS)) + 1
    is_in = np.zeros(sizes.size, np.bool_)
    is_in[chosen[:n_chosen]] = True
    rows = order[is_in[players.clusters[order]]]
    return rows, rows.size / n


def shuffled_correlations(
    players: Players, n_null: int, *, random_state: int
) -> tuple[Floats, float]:
    """Correlate everything with the columns of each player, dealt out to other clusters.

    Parameters
    ----------
    players : Players
    n_null : int
        How often.
    random_state : int

    Returns
    -------
    correlations : ndarray, shape (n_null, n_players, q, q)
        As those of the table of `players`, with the columns of one player shuffled.
    share : float
        What is explained by chance in these must be multiplied by this.

    Notes
    -----
    A shuffled driver is mentioned as often as before and by as faithful customers, but has nothing
    to do with the outcome or with other drivers. Of a sample of clusters (see `MAX_ROWS`) chance
    explains as much more as there are fewer rows.
    """
    rng = np.random.default_rng([random_state, 1])
    rows, share = sample_clusters(players, rng)
    clusters = np.unique(players.clusters[rows], return_inverse=True)[1].astype(np.int64)
    weights = players.weights[rows]
    table = standardize(players.table[rows], weights)[0]
    first, p = players.sizes[0], sum(players.sizes[1:])
    q = table.shape[1]
    total = weights.sum()
    whole = (table.T * weights) @ table / total
    joined = np.empty((n_null, q + p, p))
    means = np.empty((n_null, p))
    for i in range(n_null):
        dealt = table[shuffle_clusters(clusters, rng), first : first + p]
        weighted = weights[:, None] * dealt
        means[i] = weighted.sum(axis=0) / total
        joined[i, :q] = table.T @ weighted / total
        joined[i, q:] = dealt.T @ weighted / total - np.outer(means[i], means[i])
    result = np.empty((n_null, len(players.names), q, q))
    for k, member in enumerate(players.members):
        own = slice(first + member.start, first + member.stop)
        result[:, k] = whole
        result[:, k, :, own] = joined[:, :q, member]
        result[:, k, own, :] = np.swapaxes(joined[:, :q, member], -1, -2)
        result[:, k, own, own] = joined[:, q + member.start : q + member.stop, member]
    return correlate(result)[0], share
