"""One regression of the outcome on two mentions per driver, and what of it may be shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from nlp_cx.analyze.design import Design
from nlp_cx.analyze.drivers.cluster_draws import Part, jackknife_covariance, stretch_draws
from nlp_cx.analyze.drivers.proportional_odds import fit_proportional_odds, pool_levels
from nlp_cx.analyze.drivers.row_terms import RowTerms, fit_linear
from nlp_cx.analyze.proportions import effective_n
from nlp_cx.errors import AnalysisError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

Model = Literal["linear", "odds"]

Reasons = tuple[tuple[str | None, str | None], ...]
"""Why penalty and reward are missing, by driver; None where they are not."""

MIN_CLUSTERS = 10
"""Fewer customers than this tell nothing of customers in general, however often they wrote."""


@dataclass(frozen=True, slots=True)
class CellFit:
    """A regression of some rows, or why there is none.

    Attributes
    ----------
    part : Part or None
    columns : tuple of int
        Columns of mentions and controls that the first parameters belong to.
    counts : ndarray of int64, shape (n_drivers, 3)
        Rows that mention the driver negatively, positively, in neither way.
    n_clusters : int
        Customers, or rows where no cluster was named.
    reasons : Reasons
    """

    part: Part | None
    columns: tuple[int, ...]
    counts: Ints
    n_clusters: int
    reasons: Reasons


@dataclass(frozen=True, slots=True)
class CellEstimates:
    """Penalties and rewards of one cell; NaN where there is a reason.

    Attributes
    ----------
    estimates : ndarray, shape (n_drivers, 2)
    covariance : ndarray, shape (n_drivers, 2, 2)
    draws : ndarray, shape (n_bootstrap, n_drivers, 2)
        Of bootstrap samples.
    """

    estimates: Floats
    covariance: Floats
    draws: Floats


def fit_cell(
    design: Design,
    rows: Ints,
    *,
    model: Model,
    min_mentions: int,
    cluster: str | None,
) -> CellFit:
    """Fit one cell, and say of every estimate whether it may be shown.

    Parameters
    ----------
    design : Design
        Sorted by cluster.
    rows : ndarray of int64
        Of the cell, rising.
    model : {"linear", "odds"}
    min_mentions : int
    cluster : str or None
        Name of the column, for messages.

    Returns
    -------
    CellFit
    """
    mentions, clusters = design.mentions[rows], design.clusters[rows]
    n_drivers = len(design.drivers)
    counts = count_mentions(mentions)
    n_clusters = np.unique(clusters).size
    reasons = [_find_reasons(design, rows, i, (min_mentions, cluster)) for i in range(n_drivers)]

    def refuse(why: str | None) -> CellFit:
        same: Reasons = tuple((why, why) for _ in range(n_drivers))
        return CellFit(None, (), counts, n_clusters, tuple(reasons) if why is None else same)

    if rows.size == 0:
        return refuse("no rows")
    y, weights = design.y[rows], design.weights[rows]
    if np.ptp(y) == 0:
        return refuse(f"the outcome is {y[0]:g} in all {rows.size:,} rows")
    if all(negative and positive for negative, positive in reasons):
        return refuse(None)
    columns = np.hstack([mentions, design.controls[rows]])
    kept, merged = _find_independent(columns, weights)
    names = (*design.feature_names, *design.control_names)
    for j in sorted(merged):
        if j < 2 * n_drivers:
            others = ", ".join(names[i] for i in sorted(merged - {j}))
            why = f"cannot be told apart from {others or 'a constant'} in {rows.size:,} rows"
            pair = [*reasons[j // 2]]
            pair[j % 2] = pair[j % 2] or why
            reasons[j // 2] = (pair[0], pair[1])
    if rows.size <= len(kept) + 1:
        return refuse(f"{rows.size:,} rows for {len(kept) + 1:,} coefficients")
    is_hidden = [why is not None for pair in reasons for why in pair]
    shown = [j for j in kept if j >= 2 * n_drivers or not is_hidden[j]]
    # A handful of mentions that are not shown anyway often have infinite odds: without them then.
    for chosen in (kept, shown):
        try:
            terms = _fit(columns[:, chosen], y, weights, model)
        except AnalysisError as e:
            failure = str(e)
            continue
        return CellFit(Part(terms, clusters), tuple(chosen), counts, n_clusters, tuple(reasons))
    return refuse(failure)


def estimate_cell(fit: CellFit, deviations: Floats | None, n_bootstrap: int) -> CellEstimates:
    """Put what was fitted in the order of the drivers, without what has a reason.

    Parameters
    ----------
    fit : CellFit
    deviations : ndarray, shape (n_bootstrap, q), or None
        Of bootstrap samples from the estimate.
    n_bootstrap : int

    Returns
    -------
    CellEstimates
    """
    k = 2 * len(fit.reasons)
    estimates = np.full(k, np.nan)
    covariance = np.full((k, k), np.nan)
    draws = np.full((n_bootstrap, k), np.nan)
    if fit.part is not None and deviations is not None:
        here = [i for i, j in enumerate(fit.columns) if j < k]
        there = [j for j in fit.columns if j < k]
        spread = jackknife_covariance(fit.part)
        estimates[there] = fit.part.terms.estimate[here]
        covariance[np.ix_(there, there)] = spread[np.ix_(here, here)]
        if n_bootstrap:
            stretched = stretch_draws(deviations, spread, fit.n_clusters)
            draws[:, there] = stretched[:, here] + estimates[there]
    hidden = np.array([why is not None for pair in fit.reasons for why in pair], np.bool_)
    estimates[hidden] = np.nan
    covariance[hidden] = covariance[:, hidden] = np.nan
    draws[:, hidden] = np.nan
    pairs = np.arange(k).reshape(-1, 2)
    return CellEstimates(
        estimates.reshape(-1, 2),
        covariance[pairs[:, :, None], pairs[:, None, :]],
        draws.reshape(n_bootstrap, len(fit.reasons), 2),
    )


def count_mentions(mentions: Floats) -> Ints:
    """Count rows by what they mention.

    Parameters
    ----------
    mentions : ndarray, shape (n_rows, 2 * n_drivers)
        As in `Design`.

    Returns
    -------
    ndarray of int64, shape (n_drivers, 3)
        Rows with a negative mention, with a positive one, with neither.
    """
    negative, positive = mentions[:, ::2] > 0, mentions[:, 1::2] > 0
    counted = (negative, positive, ~negative & ~positive)
    return np.stack([np.count_nonzero(what, axis=0) for what in counted], axis=1).astype(np.int64)


def _find_reasons(
    design: Design, rows: Ints, i: int, needed: tuple[int, str | None]
) -> tuple[str | None, str | None]:
    """Say why penalty and reward of a driver rest on too few rows."""
    min_mentions, cluster = needed
    found: list[str | None] = []
    for column, word in enumerate(("negative", "positive")):
        is_mention = design.mentions[rows, 2 * i + column] > 0
        n, n_without = int(is_mention.sum()), int((~is_mention).sum())
        n_customers = np.unique(design.clusters[rows[is_mention]]).size
        weights = design.weights[rows]
        n_effective = min(effective_n(weights[is_mention]), effective_n(weights[~is_mention]))
        why = None
        if n < min_mentions:
            why = f"{n:,} {word} mentions, expected at least {min_mentions:,}"
        elif n_customers < MIN_CLUSTERS:
            why = (
                f"{word} mentions by {n_customers:,} values of {cluster or 'the row'}, expected "
                f"at least {MIN_CLUSTERS}"
            )
        elif n_without < min_mentions:
            why = (
                f"{n_without:,} rows without {word} mention, expected at least {min_mentions:,} "
                "to compare with"
            )
        elif n_effective < min(MIN_CLUSTERS, min_mentions):
            why = (
                f"weights so uneven that rows with or without {word} mention tell as much as "
                f"{n_effective:.1f} rows"
            )
        found.append(why)
    return found[0], found[1]


def _fit(x: Floats, y: Floats, weights: Floats, model: Model) -> RowTerms:
    """Fit the model that was asked for, on columns around their means."""
    centred = x - np.average(x, axis=0, weights=weights)
    if model == "linear":
        return fit_linear(np.hstack([centred, np.ones((len(x), 1))]), y, weights)
    return fit_proportional_odds(centred, pool_levels(y), weights)


def _find_independent(columns: Floats, weights: Floats) -> tuple[list[int], set[int]]:
    """Give columns that span all of them with a constant, and those that others make up."""
    centred = (columns - np.average(columns, axis=0, weights=weights)) * np.sqrt(weights)[:, None]
    scale = np.sqrt((centred**2).sum(axis=0))
    size = np.sqrt(weights.sum()) * np.abs(columns).max(axis=0, initial=0.0)
    is_constant = scale <= 1e-9 * size
    unit = centred / np.where(is_constant, 1.0, scale)
    gram = unit.T @ unit
    merged = set(np.flatnonzero(is_constant).tolist())
    kept: list[int] = []
    for j in np.flatnonzero(~is_constant).tolist():
        if kept:
            share = np.linalg.solve(gram[np.ix_(kept, kept)], gram[kept, j])
            if 1 - gram[kept, j] @ share < 1e-9:
                merged |= {j, *(kept[i] for i in np.flatnonzero(np.abs(share) > 1e-6))}
                continue
        kept.append(j)
    return kept, merged
