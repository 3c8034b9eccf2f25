"""A regression written as sums over rows, so that leaving rows out is subtraction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class RowTerms:
    """A fitted regression, and what every row gave to it.

    Attributes
    ----------
    estimate : ndarray of float64, shape (q,)
        All parameters.
    columns : ndarray of int64, shape (k,)
        Which of them belong to the columns; the others are intercept or thresholds.
    score : ndarray of float64, shape (n_rows, q)
        Gradient of the weighted log-likelihood by row; sums to 0.
    information : function of a slice of rows
        Gives their negative second derivatives, shape (m, q (q + 1) / 2): the upper triangle, row
        by row.
    """

    estimate: Floats
    columns: Ints
    score: Floats
    information: Callable[[slice], Floats]


def fit_linear(x: Floats, y: Floats, weights: Floats) -> RowTerms:
    """Fit weighted least squares with an intercept.

    Parameters
    ----------
    x : ndarray of float64, shape (n_rows, k)
        With a column of ones of full rank.
    y, weights : ndarray of float64, shape (n_rows,)

    Returns
    -------
    RowTerms
        A fit to other weights is exactly one Newton step from this one.

    Examples
    --------
    >>> terms = fit_linear(np.array([[0.0], [1], [1]]), np.array([1.0, 2, 4]), np.ones(3))
    >>> terms.estimate[terms.columns].round(6).tolist()
    [2.0]
    """
    x = np.hstack([x, np.ones((len(x), 1))])
    weighted = x * weights[:, None]
    estimate = np.asarray(np.linalg.solve(weighted.T @ x, weighted.T @ y), np.float64)
    score = weighted * (y - x @ estimate)[:, None]
    row, column = np.triu_indices(x.shape[1])

    def information(rows: slice) -> Floats:
        return np.asarray(weighted[rows][:, row] * x[rows][:, column])

    return RowTerms(estimate, np.arange(x.shape[1] - 1), score, information)
