"""Johnson's relative weights: the outcome on the nearest uncorrelated columns, and back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from nlp_cx.analyze.drivers.moments import TOLERANCE, take_out

Floats = npt.NDArray[np.float64]


def relative_weights(correlations: Floats, sizes: Sequence[int]) -> Floats:
    """Divide the R² of a linear model among players by Johnson's relative weights.

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
        Sums of the weights of the player's columns; their sum is the R² of the full model less that
        of the controls alone.

    Notes
    -----
    With ``R = P Δ P'`` the correlations of the columns, ``Λ = P Δ^½ P'`` and r their correlations
    with the outcome, the weight of column j is ``Σ_i Λ_ji² (Λ^-1 r)_i²``. Controls are taken out of
    the columns and of the outcome first, by regression. Where columns depend linearly on each other
    the pseudo-inverse stands for the inverse: twins get equal weights. Any number of columns costs
    one eigenvalue problem. Unlike Shapley values, the weight of two columns together depends on how
    the two are coded; with two columns in all both methods agree.

    References
    ----------
    Johnson (2000), as the R package rwa computes it (vignette "Regression methods"). Thomas et al.
    (2014, Multivariate Behavioral Research 49, 329-338; the abstract was read) call its derivation
    flawed: use it beside `shapley_r2`, or where there are too many drivers for that.

    Examples
    --------
    >>> table = np.array([[1, .5, .6], [.5, 1, .5], [.6, .5, 1]])
    >>> relative_weights(table, [0, 1, 1]).round(4).tolist()
    [0.2617, 0.1517]
    """
    left = take_out(correlations, sizes[0])
    variance = np.clip(np.diagonal(left, axis1=-2, axis2=-1), 0, None)[..., :-1]
    varies = variance > TOLERANCE
    inverse = np.where(varies, 1 / np.sqrt(np.where(varies, variance, 1)), 0)
    between = left[..., :-1, :-1] * inverse[..., :, None] * inverse[..., None, :]
    with_outcome = left[..., :-1, -1] * inverse
    finite = np.asarray(np.isfinite(between).all(axis=(-2, -1)))
    roots, vectors = np.linalg.eigh(np.where(finite[..., None, None], between, 0))
    is_there = roots > TOLERANCE
    half = np.sqrt(np.where(is_there, roots, 0))
    loadings = (vectors * half[..., None, :]) @ np.swapaxes(vectors, -1, -2)
    projected = np.einsum("...ji,...j->...i", vectors, with_outcome)
    projected *= np.where(is_there, 1 / np.where(is_there, half, 1), 0)
    slopes = np.einsum("...ji,...i->...j", vectors, projected)
    columns = np.einsum("...ji,...i->...j", loadings**2, slopes**2)
    columns = np.where(finite[..., None], columns, np.nan)
    stops = np.cumsum(sizes[1:])
    parts = [
        columns[..., stop - size : stop].sum(axis=-1)
        for stop, size in zip(stops, sizes[1:], strict=True)
    ]
    return np.stack(parts, axis=-1)
