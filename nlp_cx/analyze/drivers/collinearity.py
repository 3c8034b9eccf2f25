"""How much columns say the same: variance inflation of groups of columns, condition number."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from nlp_cx.analyze.drivers.moments import TOLERANCE, take_out

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def inflate_variance(correlations: Floats, sizes: Sequence[int]) -> Floats:
    """Give the variance inflation factor of every player, comparable for any number of columns.

    Parameters
    ----------
    correlations : ndarray, shape (p, p)
        Of the columns: controls, then those of each player. A constant column has zeros.
    sizes : sequence of int
        Numbers of columns: of the controls first, then of each player.

    Returns
    -------
    ndarray, shape (n_players,)
        1 where a player has nothing in common with all other columns; infinite where it depends
        linearly on them; NaN where all its columns are constant.

    Notes
    -----
    ``(det R_in · det R_out / det R) ** (1 / size)``: the generalized factor of Fox and Monette,
    taken to the power that makes it the usual ``1 / (1 - R²)`` for one column. Of columns of one
    player that depend on each other, the first is counted.

    Examples
    --------
    >>> inflate_variance(np.array([[1, .99], [.99, 1]]), [0, 1, 1]).round(2).tolist()
    [50.25, 50.25]
    """
    owner = np.repeat(np.arange(len(sizes)), sizes)
    result = np.full(len(sizes) - 1, np.nan)
    for i in range(1, len(sizes)):
        own = _independent(correlations, np.flatnonzero(owner == i))
        others = np.flatnonzero(owner != i)
        if own.size:
            order = np.concatenate([others, own])
            left = take_out(correlations[np.ix_(order, order)], others.size)
            alone = np.linalg.slogdet(correlations[np.ix_(own, own)])[1]
            roots = np.linalg.eigvalsh(left)
            if roots[0] > TOLERANCE:
                result[i - 1] = np.exp((alone - np.log(roots).sum()) / own.size)
            else:
                result[i - 1] = np.inf
    return result


def find_identified(correlations: Floats) -> Flags:
    """Tell of which columns a least-squares coefficient is determined.

    Parameters
    ----------
    correlations : ndarray, shape (p, p)
        A constant column has zeros.

    Returns
    -------
    ndarray of bool, shape (p,)
        False for constant columns and for those that are sums of multiples of others.
    """
    p = correlations.shape[0]
    rank = _rank(correlations)
    left = [np.delete(np.delete(correlations, j, 0), j, 1) for j in range(p)]
    return np.array([_rank(part) == rank - 1 for part in left], np.bool_)


def condition_number(correlations: Floats) -> float:
    """Give the condition number of the columns that vary.

    Parameters
    ----------
    correlations : ndarray, shape (p, p)

    Returns
    -------
    float
        ``sqrt(largest / smallest eigenvalue)`` of their correlations: 1 for uncorrelated columns,
        above 30 commonly called harmful, infinite where columns depend linearly on each other; NaN
        where none varies.

    Examples
    --------
    >>> round(condition_number(np.array([[1, .99], [.99, 1]])), 2)
    14.11
    """
    varies = np.diagonal(correlations) > 0
    if not varies.any():
        return float("nan")
    roots = np.linalg.eigvalsh(correlations[np.ix_(varies, varies)])
    return float(np.sqrt(roots[-1] / roots[0])) if roots[0] > TOLERANCE else float("inf")


def _independent(correlations: Floats, columns: Ints) -> Ints:
    """Keep those columns that vary and do not depend linearly on the ones kept before them."""
    kept: list[int] = []
    for column in columns:
        if _rank(correlations[np.ix_([*kept, column], [*kept, column])]) == len(kept) + 1:
            kept.append(int(column))
    return np.array(kept, np.int64)


def _rank(correlations: Floats) -> int:
    """Count the dimensions of a correlation matrix."""
    if not correlations.size:
        return 0
    return int((np.linalg.eigvalsh(correlations) > TOLERANCE).sum())
