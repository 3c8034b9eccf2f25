"""Shapley values of R²: what each player adds, averaged over all orders of entering (LMG)."""

from __future__ import annotations

from collections.abc import Sequence
from math import factorial

import numpy as np
import numpy.typing as npt

from nlp_cx.analyze.drivers.moments import TOLERANCE
from nlp_cx.errors import AnalysisError

Floats = npt.NDArray[np.float64]

MAX_PLAYERS = 15
"""More would mean more than 32,768 models."""


def shapley_r2(correlations: Floats, sizes: Sequence[int]) -> Floats:
    """Divide the R² of a linear model among players, exactly.

    Parameters
    ----------
    correlations : ndarray, shape (..., q, q)
        Of the columns in this order: controls, the columns of each player, the outcome. A constant
        column has zeros, also on the diagonal.
    sizes : sequence of int
        Numbers of columns: of the controls first (0 for none), then of each player.

    Returns
    -------
    ndarray, shape (..., n_players)
        Sums to the R² of the full model less that of the controls alone.

    Raises
    ------
    AnalysisError
        If there are more than `MAX_PLAYERS` players.

    Notes
    -----
    The value of player i is the sum over all sets S of other players of
    ``|S|! (k - |S| - 1)! / k! · (R²(S + i) - R²(S))``, the controls always in. With one column a
    player this is the metric *lmg* of Lindeman, Merenda and Gold, as in R's relaimpo; columns of
    one player enter together.

    References
    ----------
    Grömping, U., documentation of calc.relimp in the R package relaimpo 2.2-7: type "lmg", with
    `groups` for players and `always` for controls.

    Examples
    --------
    >>> table = np.array([[1, .5, .6], [.5, 1, .5], [.6, .5, 1]])
    >>> shapley_r2(table, [0, 1, 1]).round(4).tolist()
    [0.2617, 0.1517]
    """
    return subset_r2(correlations, sizes) @ shapley_weights(len(sizes) - 1)


def subset_r2(correlations: Floats, sizes: Sequence[int]) -> Floats:
    """Give R² of every set of players, the controls always in.

    Parameters
    ----------
    correlations, sizes
        As for `shapley_r2`.

    Returns
    -------
    ndarray, shape (..., 2 ** n_players)
        At index ``sum(2 ** i for i in set)``; 0 is the model of the controls alone.

    Notes
    -----
    One walk through the sets, in which every step sweeps the columns of one player out of what is
    left of the matrix: 2^k - 1 small steps for any number of matrices at once, no model fitted
    twice. Linearly dependent columns need no care: once swept, nothing is left of them to add.
    """
    n_players = len(sizes) - 1
    check_players(n_players)
    *shape, q, _ = correlations.shape
    # Sets in front, matrices behind: each step is then one operation on contiguous numbers.
    state = np.ascontiguousarray(np.moveaxis(correlations.reshape(-1, q, q), 0, -1))
    values = np.empty((2**n_players, state.shape[-1]))
    _walk(_sweep(state, sizes[0]), sizes[1:], 0, 1, values)
    return np.moveaxis(values, 0, -1).reshape(*shape, 2**n_players)


def check_players(n_players: int) -> None:
    """Refuse more players than can be divided exactly.

    Parameters
    ----------
    n_players : int

    Raises
    ------
    AnalysisError
        Above `MAX_PLAYERS`.
    """
    if n_players > MAX_PLAYERS:
        raise AnalysisError(
            f"{n_players} drivers make {2**n_players:,} models; at most {MAX_PLAYERS} can be "
            "divided exactly. Merge drivers, or use method='relative_weights'."
        )


def shapley_weights(n_players: int) -> Floats:
    """Give the matrix that turns the values of all sets into the values of players.

    Parameters
    ----------
    n_players : int

    Returns
    -------
    ndarray, shape (2 ** n_players, n_players)
    """
    sets = np.arange(2**n_players)
    is_in = (sets[:, None] >> np.arange(n_players)) & 1
    n_in = is_in.sum(axis=1)
    total = factorial(n_players)
    # As a member, a set of s counts with (s-1)!(k-s)!/k!; as the set before, with s!(k-s-1)!/k!.
    with_player = np.array(
        [factorial(max(s - 1, 0)) * factorial(n_players - s) / total for s in range(n_players + 1)]
    )
    without = np.array(
        [factorial(s) * factorial(max(n_players - s - 1, 0)) / total for s in range(n_players + 1)]
    )
    return np.where(is_in == 1, with_player[n_in][:, None], -without[n_in][:, None])


def _walk(state: Floats, sizes: Sequence[int], index: int, bit: int, values: Floats) -> None:
    """Write R² of every set of the players that are left into `values`."""
    if not sizes:
        values[index] = 1 - state[-1, -1]
        return
    size = sizes[0]
    _walk(state[size:, size:], sizes[1:], index, bit * 2, values)
    _walk(_sweep(state, size), sizes[1:], index + bit, bit * 2, values)


def _sweep(state: Floats, n: int) -> Floats:
    """Take the first n columns out of all others."""
    for _ in range(n):
        pivot = state[0, 0]
        is_left = pivot > TOLERANCE
        scaled = state[0, 1:] * np.where(is_left, 1 / np.where(is_left, pivot, 1), 0)
        state = state[1:, 1:] - state[1:, 0][:, None] * scaled
    return state
