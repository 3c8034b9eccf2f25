"""The table of n-gram vectors while it is trained: sums forward, sparse Adagrad backward."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

from nlp_cx.train.hashed.features import Bags


class VectorTable:
    """Vectors of the vocabulary.

    Parameters
    ----------
    n_rows, n_dims : int
    random_state : int

    Notes
    -----
    Adagrad with one accumulator a row; the gradients of a batch are added up first, since steps one
    by one would let frequent n-grams overshoot. Rows that a batch does not touch cost nothing,
    which makes an epoch over 400,000 texts a matter of seconds.
    """

    def __init__(self, n_rows: int, n_dims: int, random_state: int) -> None:
        rng = np.random.default_rng(random_state)
        self.values = (rng.standard_normal((n_rows, n_dims)) * 0.01).astype(np.float32)
        self.squares = np.zeros(n_rows, np.float32)
        self._slots = np.full(n_rows, -1, np.int32)

    def sum(self, bags: Bags) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Add up the vectors of every clause.

        Parameters
        ----------
        bags : Bags

        Returns
        -------
        sums : float32 (n_clauses, n_dims)
        counts : float32 (n_clauses,)
        """
        return _sum(bags.rows, bags.offsets, self.values), np.diff(bags.offsets).astype(np.float32)

    def step(self, bags: Bags, gradient: npt.NDArray[np.float32], learning_rate: float) -> None:
        """Move the vectors against the gradient of the clause sums.

        Parameters
        ----------
        bags : Bags
        gradient : float32 (n_clauses, n_dims)
        learning_rate : float
        """
        _step(
            bags.rows,
            bags.offsets,
            self.values,
            self.squares,
            gradient,
            learning_rate,
            self._slots,
        )


@njit(cache=True, nogil=True, fastmath=True)
def _sum(rows, offsets, values):  # type: ignore[no-untyped-def]
    """Add up rows, clause by clause."""
    n_dims = values.shape[1]
    sums = np.zeros((len(offsets) - 1, n_dims), np.float32)
    for c in range(len(offsets) - 1):
        for i in range(offsets[c], offsets[c + 1]):
            row = rows[i]
            for j in range(n_dims):
                sums[c, j] += values[row, j]
    return sums


@njit(cache=True, nogil=True, fastmath=True)
def _step(rows, offsets, values, squares, gradient, learning_rate, slots):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    """Add up gradients by row, then one Adagrad step a row."""
    n_dims = values.shape[1]
    touched = np.empty(len(rows), np.int32)
    n = 0
    for i in range(len(rows)):
        row = rows[i]
        if slots[row] < 0:
            slots[row] = n
            touched[n] = row
            n += 1
    total = np.zeros((n, n_dims), np.float32)
    for c in range(len(offsets) - 1):
        for i in range(offsets[c], offsets[c + 1]):
            slot = slots[rows[i]]
            for j in range(n_dims):
                total[slot, j] += gradient[c, j]
    for slot in range(n):
        row = touched[slot]
        slots[row] = -1
        square = np.float32(0)
        for j in range(n_dims):
            square += total[slot, j] * total[slot, j]
        if square == 0:
            continue
        squares[row] += square / n_dims
        rate = learning_rate / math.sqrt(squares[row] + 1e-8)
        for j in range(n_dims):
            values[row, j] -= rate * total[slot, j]
