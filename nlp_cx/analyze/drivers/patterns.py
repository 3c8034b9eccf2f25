"""Rows that are alike, put together: models of few levels need no more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nlp_cx.analyze.drivers.moments import bundle_clusters, standardize
from nlp_cx.analyze.drivers.players import Players

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Patterns:
    """Rows that are alike, put together.

    Attributes
    ----------
    columns : ndarray, shape (n_patterns, q)
        Standardized: controls, then the players' columns.
    levels : ndarray of int64, shape (n_patterns,)
        Of the outcome, from 0.
    of_row : ndarray of int64, shape (n,)
        The pattern of each row.
    by_cluster : scipy.sparse.csr_array, shape (n_patterns, n_clusters)
        Sums of weights.
    scale : ndarray, shape (q,)
        Standard deviations.
    """

    columns: Floats
    levels: Ints
    of_row: Ints
    by_cluster: Any
    scale: Floats

    @property
    def weights(self) -> Floats:
        """Sums of weights over all clusters, shape (n_patterns,)."""
        return np.asarray(self.by_cluster.sum(axis=1), np.float64).ravel()


def collapse(players: Players, *, random_state: int) -> Patterns:
    """Put rows together that have the same columns and the same outcome.

    Parameters
    ----------
    players : Players
    random_state : int

    Returns
    -------
    Patterns
    """
    from scipy.sparse import csr_array  # late: most programs never get here

    clusters = bundle_clusters(players.clusters, random_state=random_state)
    table, first, pattern = np.unique(players.table, axis=0, return_index=True, return_inverse=True)
    standard, _, scale = standardize(players.table[:, :-1], players.weights)
    levels = np.unique(players.outcome, return_inverse=True)[1][first]
    shape = (len(table), int(clusters.max()) + 1)
    of_row = pattern.ravel().astype(np.int64)
    by_cluster = csr_array((players.weights, (of_row, clusters)), shape=shape)
    return Patterns(standard[first], levels.astype(np.int64), of_row, by_cluster, scale)
