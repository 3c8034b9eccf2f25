"""Weighted mean, OLS and logit: the estimate, and how much each row moves it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from nlp_cx.errors import AnalysisError

Floats = npt.NDArray[np.float64]

Model = Literal["ols", "logit"]

_MIN_SPREAD = 1e-12  # a condition number of a million
_MAX_STEPS = 50


@dataclass(frozen=True, slots=True)
class Fit:
    """An estimate as the sum of what its rows say.

    Attributes
    ----------
    estimate : ndarray of float64, shape (k,)
    influence : ndarray of float64, shape (n_rows, k)
        The estimate minus what it estimates is close to their weighted mean.
    """

    estimate: Floats
    influence: Floats


def fit_mean(y: Floats, weights: Floats) -> Fit:
    """Fit a weighted mean.

    Parameters
    ----------
    y : ndarray of float64, shape (n_rows,)
    weights : ndarray of float64, shape (n_rows,)
        0 or more, not all 0.

    Returns
    -------
    Fit
        With k = 1.
    """
    mean = np.array([np.average(y, weights=weights)])
    n = y.size
    return Fit(mean, (y - mean)[:, None] * np.sqrt(n / max(n - 1, 1)))


def fit_model(x: Floats, y: Floats, weights: Floats, model: Model) -> Fit:
    """Fit a regression.

    Parameters
    ----------
    x : ndarray of float64, shape (n_rows, k)
        With the column of ones where there is an intercept.
    y : ndarray of float64, shape (n_rows,)
        Of a logit, 0 to 1.
    weights : ndarray of float64, shape (n_rows,)
    model : {"ols", "logit"}

    Returns
    -------
    Fit
        Residuals are divided by √(1 - leverage), so that the sum of squares of the influences
        gives the HC2 covariance.

    Raises
    ------
    AnalysisError
        If columns are collinear, or a logit is separated: a column tells the outcome without
        error, and its coefficient is infinite.

    References
    ----------
    MacKinnon and White (1985), Some heteroskedasticity-consistent covariance matrix estimators,
    Journal of Econometrics 29, 305-325; the same as ``cov_type="HC2"`` of statsmodels for OLS.
    """
    scale = np.sqrt(np.average(x**2, axis=0, weights=weights))
    x = x / np.where(scale > 0, scale, 1)
    spread = np.linalg.eigvalsh((x.T * weights) @ x)
    if spread[0] < _MIN_SPREAD * spread[-1]:
        raise AnalysisError("the columns of the model are collinear or constant")
    if model == "ols":
        curvature = weights
        estimate = np.linalg.solve((x.T * weights) @ x, x.T @ (weights * y))
        fitted = x @ estimate
    else:
        estimate, fitted = _newton(x, y, weights)
        curvature = weights * fitted * (1 - fitted)
    inverse = np.linalg.inv((x.T * curvature) @ x)
    leverage = curvature * ((x @ inverse) * x).sum(axis=1)
    residual = (y - fitted) / np.sqrt(np.maximum(1 - leverage, 1e-12))
    influence = (x * residual[:, None]) @ inverse * weights.sum()
    return Fit(estimate / scale, influence / scale)


def _newton(x: Floats, y: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Fit a logit by Newton's method, steps halved where they go too far."""
    estimate = np.zeros(x.shape[1])
    loss = _loss(x, y, weights, estimate)
    for _ in range(_MAX_STEPS):
        fitted = _expit(x @ estimate)
        curvature = weights * fitted * (1 - fitted)
        try:
            step = np.linalg.solve((x.T * curvature) @ x, x.T @ (weights * (y - fitted)))
        except np.linalg.LinAlgError:
            break
        size = 1.0
        while size > 1e-4:
            tried = estimate + size * step
            new = _loss(x, y, weights, tried)
            if new <= loss + 1e-12 * abs(loss):
                break
            size /= 2
        estimate, loss = tried, new
        if np.abs(estimate).max() > 30:  # e^30 to 1: not an estimate, a flight
            break
        if np.abs(size * step).max() < 1e-9:
            return estimate, _expit(x @ estimate)
    raise AnalysisError("the logit has no finite solution: a column separates the outcomes")


def _loss(x: Floats, y: Floats, weights: Floats, estimate: Floats) -> float:
    """Give the negative log-likelihood."""
    index = x @ estimate
    return float(weights @ (np.logaddexp(0, index) - y * index))


def _expit(index: Floats) -> Floats:
    """Give the logistic function without overflow."""
    return np.asarray(0.5 * (1 + np.tanh(index / 2)))
