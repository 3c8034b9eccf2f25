"""A regression written as sums over rows, so that leaving rows out is subtraction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RowTerms:
    """A fitted regression, and what every row gave to it.

    Attributes
    ----------
    estimate : ndarray of float64, shape (q,)
        Parameters of the columns first, then others (thresholds).
    score : ndarray of float64, shape (n_rows, q)
        Gradient of the weighted log-likelihood by row; sums to 0.
    information : function of a slice of rows
        Gives the negative second derivatives by row, shape (m, q, q).
    """

    estimate: Floats
    score: Floats
    information: Callable[[slice], Floats]


def fit_linear(x: Floats, y: Floats, weights: Floats) -> RowTerms:
    """Fit weighted least squares.

    Parameters
    ----------
    x : ndarray of float64, shape (n_rows, q)
        With a column of ones; of full rank.
    y, weights : ndarray of float64, shape (n_rows,)

    Returns
    -------
    RowTerms
        A fit to other weights is exactly one Newton step from this one.

    Examples
    --------
    >>> x = np.array([[1.0, 0], [1, 1], [1, 1]])
    >>> fit_linear(x, np.array([1.0, 2, 4]), np.ones(3)).estimate.round(6).tolist()
    [1.0, 2.0]
    """
    weighted = x * weights[:, None]
    estimate = np.asarray(np.linalg.solve(weighted.T @ x, weighted.T @ y), np.float64)
    score = weighted * (y - x @ estimate)[:, None]

    def information(rows: slice) -> Floats:
        return np.asarray(weighted[rows][:, :, None] * x[rows][:, None, :])

    return RowTerms(estimate, score, information)
