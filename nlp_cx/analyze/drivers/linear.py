"""A linear model of the outcome, divided among players, with bootstrap samples and chance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nlp_cx.analyze.drivers.by_chance import shuffled_correlations
from nlp_cx.analyze.drivers.cluster_draws import Part, jackknife_covariance, stretch_draws
from nlp_cx.analyze.drivers.collinearity import find_identified
from nlp_cx.analyze.drivers.moments import (
    TOLERANCE,
    bundle_clusters,
    correlate,
    covariances,
    resample_sums,
    standardize,
    sum_products,
)
from nlp_cx.analyze.drivers.players import Players
from nlp_cx.analyze.drivers.row_terms import fit_linear as fit_row_terms

Floats = npt.NDArray[np.float64]

Divide = Callable[[Floats, Sequence[int]], Floats]
"""Divides R² among players: `shapley_r2` or `relative_weights`."""


@dataclass(frozen=True, slots=True)
class Division:
    """How the fit of a model divides among players, in the data, in samples of it and by chance.

    Attributes
    ----------
    values : ndarray, shape (n_players,)
        Parts of the fit; NaN where it is not determined.
    draws : ndarray, shape (n_bootstrap, n_players)
    by_chance : ndarray, shape (n_null, n_players)
        Of each player, shuffled; the others as they are. Empty where not asked for.
    against_chance : ndarray, shape (n_players,), optional
        What to compare with `by_chance`, where that is of another measure than `values`.
    """

    values: Floats
    draws: Floats
    by_chance: Floats
    against_chance: Floats | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """A fitted model of the outcome.

    Attributes
    ----------
    fit, fit_controls : float
        R² (or another measure) of the full model, and of the controls alone.
    coefficients : ndarray, shape (p,)
        Of the players' columns, in units of the outcome; NaN where not determined.
    coefficient_draws : ndarray, shape (n_bootstrap, p)
    divisions : dict of str to Division
        By method.
    """

    fit: float
    fit_controls: float
    coefficients: Floats
    coefficient_draws: Floats
    divisions: dict[str, Division]


def fit_linear(
    players: Players,
    methods: dict[str, Divide],
    *,
    n_bootstrap: int,
    n_null: int,
    random_state: int,
) -> Model:
    """Fit a linear model by least squares, and divide its R².

    Parameters
    ----------
    players : Players
    methods : dict of str to Divide
        By name.
    n_bootstrap : int
        Samples of clusters.
    n_null : int
        Times that the columns of each player are shuffled.
    random_state : int

    Returns
    -------
    Model

    Notes
    -----
    Rows are read once, into sums of products by cluster; a bootstrap sample is a sum of those, and
    everything else works on matrices of the size of the model. Samples of the coefficients are
    stretched to the spread of the jackknife, as those of `penalty_reward`.
    """
    table, _, scale = standardize(players.table, players.weights)
    clusters = bundle_clusters(players.clusters, random_state=random_state)
    sums = sum_products(table, players.weights, clusters)
    q = table.shape[1]
    whole, spread = correlate(covariances(sums.sum(axis=0), q))
    drawn = resample_sums(sums, n_bootstrap, random_state=random_state)
    samples, sample_spread = correlate(covariances(drawn, q))
    chance, share = (
        shuffled_correlations(players, n_null, random_state=random_state)
        if n_null
        else (np.empty((0, len(players.names), q, q)), 1.0)
    )
    divisions = {}
    for name, divide in methods.items():
        shuffled = divide(chance, players.sizes)
        own = np.einsum("nkk->nk", shuffled) * share
        values, draws = divide(whole, players.sizes), divide(samples, players.sizes)
        has_outcome = samples[:, -1, -1] > 0
        divisions[name] = Division(values, np.where(has_outcome[:, None], draws, np.nan), own)
    controls = slice(0, players.sizes[0])
    coefficients = _solve(whole, spread)
    is_known = find_identified(whole[:-1, :-1])
    coefficients[~is_known] = np.nan
    strayed = _solve(samples, sample_spread) - coefficients
    strayed[:, is_known] = _stretch(table[:, [*is_known, True]], players, strayed[:, is_known])
    own = slice(players.sizes[0], None)
    unit = (scale[-1] / np.where(scale > 0, scale, np.nan))[:-1][own]
    return Model(
        _explained(whole, slice(0, q - 1)),
        _explained(whole, controls),
        coefficients[own] * unit,
        (coefficients + strayed)[:, own] * unit,
        divisions,
    )


def _stretch(table: Floats, players: Players, strayed: Floats) -> Floats:
    """Widen samples of coefficients to the spread that leaving out clusters finds."""
    if not strayed.size:
        return strayed
    order = np.argsort(players.clusters, kind="stable")
    columns = np.hstack([table[order, :-1], np.ones((len(order), 1))])
    terms = fit_row_terms(columns, table[order, -1], players.weights[order])
    clusters = players.clusters[order]
    spread = jackknife_covariance(Part(terms, clusters))[:-1, :-1]
    return stretch_draws(strayed, spread, int(clusters.max()) + 1)


def _solve(correlations: Floats, scale: Floats) -> Floats:
    """Give least-squares coefficients; NaN for columns that do not vary."""
    finite = np.isfinite(correlations).all(axis=(-2, -1), keepdims=True)
    between = np.where(finite, correlations, 0)
    inverse = np.linalg.pinv(between[..., :-1, :-1], rcond=TOLERANCE, hermitian=True)
    slopes = np.einsum("...ij,...j->...i", inverse, between[..., :-1, -1])
    own = scale[..., :-1]
    return np.where(own > 0, slopes * scale[..., -1:] / np.where(own > 0, own, 1), np.nan)


def _explained(correlations: Floats, columns: slice) -> float:
    """Give R² of some of the columns."""
    between = correlations[columns, columns]
    if not between.size:
        return 0.0
    with_outcome = correlations[columns, -1]
    inverse = np.linalg.pinv(between, rcond=TOLERANCE, hermitian=True)
    return float(with_outcome @ inverse @ with_outcome)
