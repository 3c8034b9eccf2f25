"""Predict, then debias: many predicted labels and a few true ones make one estimate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nlp_cx.analyze.drivers.fits import Fit

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Debiased:
    """Estimates with their standard errors.

    Attributes
    ----------
    estimate, standard_error : ndarray of float64, shape (k,)
    tuning : ndarray of float64, shape (k,)
        How much the predictions were trusted: 0 (true labels alone) to 1.
    degrees : int
        Labelled clusters minus k.
    """

    estimate: Floats
    standard_error: Floats
    tuning: Floats
    degrees: int


@dataclass(frozen=True, slots=True)
class Rows:
    """Weights and clusters of some rows.

    Attributes
    ----------
    weights : ndarray of float64, shape (n_rows,)
    clusters : ndarray of int64, shape (n_rows,)
        From 0, not much larger than the number of rows. The same number in the labelled and in
        the other rows is the same cluster.
    """

    weights: Floats
    clusters: Ints


def debias(
    truth: Fit,
    predicted: Fit,
    others: Fit,
    *,
    labelled_rows: Rows,
    other_rows: Rows,
    tuning: float | None = None,
) -> Debiased:
    """Correct an estimate from many predicted labels by what a labelled sample says of its error.

    Parameters
    ----------
    truth, predicted : Fit
        On the labelled rows, with the true and with the predicted labels.
    others : Fit
        On the other rows, with their predicted labels.
    labelled_rows, other_rows : Rows
    tuning : float, optional
        The same for all; for every estimate the one of least variance when not given, within 0
        and 1.

    Returns
    -------
    Debiased

    Notes
    -----
    θ = θ_true + λ (γ_others - γ_predicted): unbiased for any λ and however bad the predictions
    are, if the labelled rows are a random sample of all rows (or weighted to be). The variance is
    that of sums over clusters of what each row moves θ by, with C / (C - 1) for the C labelled
    clusters where there are any; λ = -Cov(θ_true, γ_others - γ_predicted) / Var(γ_others -
    γ_predicted). For means and for OLS with predicted outcomes it is the estimator of PPI++.

    References
    ----------
    Kluger, Lu, Zrnic, Wang and Bates (2025), Prediction-Powered Inference with Imputed Covariates
    and Nonuniform Sampling, arXiv:2501.18577: predicted columns on both sides of the model, tuning
    by diagonal matrix (as in their R package PTDBoot).
    Angelopoulos, Duchi and Zrnic (2023), PPI++: Efficient Prediction-Powered Inference,
    arXiv:2311.01453 (as in their package ppi-python).
    """
    k = truth.estimate.size
    share, n_clusters = _shares(labelled_rows)
    other_share = other_rows.weights / other_rows.weights.sum()
    codes = np.concatenate([labelled_rows.clusters, other_rows.clusters])
    none = np.zeros((other_share.size, k))
    first = _sum_by(codes, np.concatenate([truth.influence * share[:, None], none]))
    second = _sum_by(
        codes,
        np.concatenate(
            [-predicted.influence * share[:, None], others.influence * other_share[:, None]]
        ),
    )
    covariance, variance = (first * second).sum(axis=0), (second**2).sum(axis=0)
    if tuning is None:
        with np.errstate(invalid="ignore", divide="ignore"):
            best = np.where(variance > 0, -covariance / variance, 0.0)
        chosen = np.clip(best, 0, 1)
    else:
        chosen = np.full(k, float(tuning))
    total = (first**2).sum(axis=0) + 2 * chosen * covariance + chosen**2 * variance
    estimate = truth.estimate + chosen * (others.estimate - predicted.estimate)
    return Debiased(estimate, np.sqrt(np.maximum(total, 0)), chosen, n_clusters - k)


def take_plain(fit: Fit, rows: Rows) -> Debiased:
    """Give an estimate from one table with its standard error over clusters.

    Parameters
    ----------
    fit : Fit
    rows : Rows
        Those of the fit.

    Returns
    -------
    Debiased
        With tuning 0.
    """
    share, n_clusters = _shares(rows)
    total = (_sum_by(rows.clusters, fit.influence * share[:, None]) ** 2).sum(axis=0)
    k = fit.estimate.size
    return Debiased(fit.estimate, np.sqrt(total), np.zeros(k), n_clusters - k)


def interval(result: Debiased, confidence: float) -> tuple[Floats, Floats]:
    """Give Student's interval around debiased estimates.

    Parameters
    ----------
    result : Debiased
    confidence : float
        Between 0 and 1.

    Returns
    -------
    low, high : ndarray of float64, shape (k,)
        NaN where no degrees of freedom are left.
    """
    from scipy.special import stdtrit

    if result.degrees < 1:
        nothing = np.full(result.estimate.size, np.nan)
        return nothing, nothing.copy()
    half = stdtrit(result.degrees, 0.5 + confidence / 2) * result.standard_error
    return result.estimate - half, result.estimate + half


def _shares(rows: Rows) -> tuple[Floats, int]:
    """Give weights of sum 1, made larger for few clusters, and the number of clusters."""
    n_clusters = int((np.bincount(rows.clusters) > 0).sum())
    share = rows.weights / rows.weights.sum()
    if n_clusters < rows.weights.size:
        share = share * np.sqrt(n_clusters / max(n_clusters - 1, 1))
    return share, n_clusters


def _sum_by(codes: Ints, values: Floats) -> Floats:
    """Add up the rows of each code; codes without rows give zeros."""
    if np.bincount(codes).max() == 1:
        return values
    return np.column_stack([np.bincount(codes, column) for column in values.T])
