"""Proportional odds by Newton's method on weighted patterns; of two levels, the logit model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nlp_cx.errors import AnalysisError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_RIDGE = 1e-9
_MAX_STEPS = 60
_CLOSE = 1e-10


@dataclass(frozen=True, slots=True)
class Slopes:
    """Derivatives of the log likelihood of every pattern.

    Attributes
    ----------
    first : ndarray, shape (n, m)
        By parameter.
    second : ndarray, shape (n, m (m + 1) / 2)
        Upper triangle, row by row.
    """

    first: Floats
    second: Floats


def start_thresholds(levels: Ints, weights: Floats) -> Floats:
    """Give the thresholds of the model without columns.

    Parameters
    ----------
    levels : ndarray of int64, shape (n,)
        0 to n_levels - 1, all of them there.
    weights : ndarray, shape (n,)

    Returns
    -------
    ndarray, shape (n_levels - 1,)
        Log odds of being at or below each level but the last.
    """
    below = np.cumsum(np.bincount(levels, weights))[:-1] / weights.sum()
    return np.log(below / (1 - below))


def fit_ordered(columns: Floats, levels: Ints, weights: Floats) -> tuple[Floats, float]:
    """Fit ``logit P(level <= k) = threshold_k - columns @ slopes`` by maximum likelihood.

    Parameters
    ----------
    columns : ndarray, shape (n, p)
        Standardized.
    levels : ndarray of int64, shape (n,)
        0 to n_levels - 1, all of them there.
    weights : ndarray, shape (n,)

    Returns
    -------
    parameters : ndarray, shape (n_levels - 1 + p,)
        Thresholds, then slopes. Where columns separate the levels slopes grow without end; they
        stop where the likelihood no longer grows.
    log_likelihood : float

    Raises
    ------
    AnalysisError
        If the steps do not come to an end.

    Examples
    --------
    >>> x = np.array([[-1.0], [-1], [1], [1], [1], [-1]])
    >>> fit_ordered(x, np.array([0, 1, 1, 1, 0, 0]), np.ones(6))[0].round(3).tolist()
    [0.0, 0.693]
    """
    start = start_thresholds(levels, weights)
    parameters = np.concatenate([start, np.zeros(columns.shape[1])])
    likelihood = float(weights @ log_likelihoods(columns, levels, parameters[:, None])[:, 0])
    for _ in range(_MAX_STEPS):
        slopes = differentiate(columns, levels, parameters)
        step = newton_steps(weights[None] @ slopes.first, weights[None] @ slopes.second)[0]
        size = 1.0
        while size > 1e-6:
            tried = parameters + size * step
            found = float(weights @ log_likelihoods(columns, levels, tried[:, None])[:, 0])
            if found >= likelihood:
                break
            size /= 2
        else:
            return parameters, likelihood
        gain, parameters, likelihood = found - likelihood, tried, found
        if gain <= _CLOSE * max(1.0, abs(likelihood)):
            return parameters, likelihood
    raise AnalysisError(
        f"the ordered logit model of {columns.shape[1]} columns found no end in {_MAX_STEPS} "
        "steps; look for controls that separate the outcome"
    )


def log_likelihoods(columns: Floats, levels: Ints, parameters: Floats) -> Floats:
    """Give the log likelihood of every pattern under several sets of parameters.

    Parameters
    ----------
    columns : ndarray, shape (n, p)
    levels : ndarray of int64, shape (n,)
    parameters : ndarray, shape (n_levels - 1 + p, b)

    Returns
    -------
    ndarray, shape (n, b)
        Minus infinity where thresholds are not in order.

    Notes
    -----
    With ``u, l = threshold - columns @ slopes`` above and below, P is
    ``F(u) F(-l) (1 - exp(l - u))``: exact in both tails, where the difference F(u) - F(l) is not.
    """
    upper, lower, gaps = _limits(columns, levels, parameters)
    with np.errstate(divide="ignore", invalid="ignore"):
        between = np.where(gaps > 0, np.log(-np.expm1(-np.maximum(gaps, 0))), -np.inf)
    return between[levels] + _log_logistic(upper) + _log_logistic(-lower)


def differentiate(columns: Floats, levels: Ints, parameters: Floats) -> Slopes:
    """Differentiate the log likelihood of every pattern twice.

    Parameters
    ----------
    columns : ndarray, shape (n, p)
    levels : ndarray of int64, shape (n,)
    parameters : ndarray, shape (n_levels - 1 + p,)

    Returns
    -------
    Slopes
    """
    upper, lower, gaps = (part[:, 0] for part in _limits(columns, levels, parameters[:, None]))
    n_thresholds = parameters.size - columns.shape[1]
    # What the two limits and the linear part are made of, as columns of derivatives.
    is_upper = (levels[:, None] == np.arange(n_thresholds)).astype(np.float64)
    is_lower = (levels[:, None] - 1 == np.arange(n_thresholds)).astype(np.float64)
    rest = (1 / np.expm1(gaps))[levels]
    by_upper, by_lower = _logistic(-upper) + rest, -_logistic(lower) - rest
    cross = rest * (1 + rest)
    twice_upper = -_logistic(upper) * _logistic(-upper) - cross
    twice_lower = -_logistic(lower) * _logistic(-lower) - cross
    from_upper, from_lower = np.hstack([is_upper, -columns]), np.hstack([is_lower, -columns])
    first = by_upper[:, None] * from_upper + by_lower[:, None] * from_lower
    left = twice_upper[:, None] * from_upper + cross[:, None] * from_lower
    right = twice_lower[:, None] * from_lower + cross[:, None] * from_upper
    rows, others = np.triu_indices(parameters.size)
    second = from_upper[:, rows] * left[:, others] + from_lower[:, rows] * right[:, others]
    return Slopes(first, second)


def find_residuals(columns: Floats, levels: Ints, parameters: Floats) -> tuple[Floats, Floats]:
    """Give the slope and the curvature of the log likelihood along the linear part.

    Parameters
    ----------
    columns : ndarray, shape (n, p)
    levels : ndarray of int64, shape (n,)
    parameters : ndarray, shape (n_levels - 1 + p, b)

    Returns
    -------
    residuals : ndarray, shape (n, b)
        First derivative; of two levels, the outcome less its probability.
    curvatures : ndarray, shape (n, b)
        Second derivative, with the sign that makes it 0 or more.
    """
    upper, lower, _ = _limits(columns, levels, parameters)
    above, below = _logistic(upper), _logistic(lower)
    curvatures = above * _logistic(-upper) + below * _logistic(-lower)
    return above + below - 1, curvatures


def newton_steps(first: Floats, second: Floats) -> Floats:
    """Solve for the steps that make the derivatives vanish.

    Parameters
    ----------
    first : ndarray, shape (b, m)
    second : ndarray, shape (b, m (m + 1) / 2)

    Returns
    -------
    ndarray, shape (b, m)
        Next to no step along directions in which nothing changes.
    """
    m = first.shape[1]
    rows, others = np.triu_indices(m)
    curvature = np.empty((first.shape[0], m, m))
    curvature[:, rows, others] = -second
    curvature[:, others, rows] = -second
    diagonal = np.arange(m)
    scale = np.trace(curvature, axis1=1, axis2=2)[:, None] / m
    curvature[:, diagonal, diagonal] += _RIDGE * scale + 1e-300
    return np.asarray(np.linalg.solve(curvature, first[..., None])[..., 0], np.float64)


def _limits(columns: Floats, levels: Ints, parameters: Floats) -> tuple[Floats, Floats, Floats]:
    """Give the upper and lower limit of each pattern's level, and the width of every level."""
    n_thresholds = parameters.shape[0] - columns.shape[1]
    edge = np.full((1, parameters.shape[1]), np.inf)
    thresholds = np.concatenate([-edge, parameters[:n_thresholds], edge])
    linear = columns @ parameters[n_thresholds:]
    upper, lower = thresholds[levels + 1] - linear, thresholds[levels] - linear
    return upper, lower, thresholds[1:] - thresholds[:-1]


def _logistic(values: Floats) -> Floats:
    """Give 1 / (1 + exp(-x)) without overflow."""
    small = np.exp(-np.abs(values))
    return np.where(values >= 0, 1, small) / (1 + small)


def _log_logistic(values: Floats) -> Floats:
    """Give log(1 / (1 + exp(-x))) without overflow."""
    return np.minimum(values, 0) - np.log1p(np.exp(-np.abs(values)))
