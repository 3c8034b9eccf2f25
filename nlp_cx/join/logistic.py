"""Logistic regression on counts, by Newton's method: who responds, and how surely that is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nlp_cx.errors import JoinError

Floats = npt.NDArray[np.float64]

_MOST_STEPS = 100
_MOST_LOGIT = 30.0
"""Fitted log odds beyond this mean that a covariate separates: the estimate runs away."""


@dataclass(frozen=True, slots=True)
class LogisticFit:
    """A fitted regression.

    Parameters
    ----------
    coefficient, error : ndarray, shape (n_columns,)
        Log odds and their standard errors, in the units of the columns.
    probability : ndarray, shape (n_rows,)
    """

    coefficient: Floats
    error: Floats
    probability: Floats


def fit_logistic(design: Floats, n: Floats, n_yes: Floats, names: Sequence[str]) -> LogisticFit:
    """Fit the share of yes of groups of units.

    Parameters
    ----------
    design : ndarray, shape (n_rows, n_columns)
        The first column is the intercept.
    n, n_yes : ndarray, shape (n_rows,)
        Units, and those that said yes.
    names : sequence of str
        Of the columns, for messages.

    Returns
    -------
    LogisticFit
        By maximum likelihood.

    Raises
    ------
    JoinError
        If columns are collinear, or separate yes from no.

    Examples
    --------
    >>> fit = fit_logistic(np.array([[1.0, 0], [1, 1]]), np.array([10.0, 10]), np.array([2.0, 5]),
    ...                    ["(intercept)", "key"])
    >>> fit.probability.round(6).tolist(), fit.coefficient.round(4).tolist()
    ([0.2, 0.5], [-1.3863, 1.3863])
    """
    # Columns of unlike size would make the equations look singular.
    centre = np.average(design, axis=0, weights=n)
    spread = np.sqrt(np.average((design - centre) ** 2, axis=0, weights=n))
    constant = [name for name, s in zip(names[1:], spread[1:], strict=True) if not s > 0]
    if constant:
        raise JoinError(f"{', '.join(constant)} has one value only: leave it out of the weighting")
    scaled = design.copy()
    scaled[:, 1:] = (design[:, 1:] - centre[1:]) / spread[1:]
    sizes = np.linalg.eigvalsh((scaled * (n / n.sum())[:, None]).T @ scaled)
    if sizes[0] < 1e-10 * sizes[-1]:
        raise JoinError(
            f"{', '.join(names[1:])}: one of them follows from the others; weigh by fewer columns"
        )
    beta = np.zeros(scaled.shape[1])
    likelihood = -np.inf
    for _ in range(_MOST_STEPS):
        logit = scaled @ beta
        if np.abs(logit).max() > _MOST_LOGIT:
            break
        p = 1 / (1 + np.exp(-logit))
        information = (scaled * (n * p * (1 - p))[:, None]).T @ scaled
        step = np.linalg.solve(information, scaled.T @ (n_yes - n * p))
        before, likelihood = likelihood, float(np.sum(n_yes * logit - n * np.logaddexp(0, logit)))
        if abs(likelihood - before) < 1e-12 * (1 + abs(likelihood)):
            return _unscale(beta, information, centre, spread, p)
        beta = beta + step
    raise JoinError(
        f"{', '.join(names[1:])} tell those who responded from the others without error in some "
        "group: the probability to respond cannot be estimated. Merge categories or weigh by fewer "
        "columns."
    )


def _unscale(
    beta: Floats, information: Floats, centre: Floats, spread: Floats, p: Floats
) -> LogisticFit:
    """Give coefficients and errors in the units of the columns."""
    k = len(beta)
    back = np.eye(k)
    back[1:, 1:] = np.diag(1 / spread[1:])
    back[0, 1:] = -centre[1:] / spread[1:]
    covariance = back @ np.linalg.inv(information) @ back.T
    return LogisticFit(back @ beta, np.sqrt(np.diag(covariance)), p)
