"""The two axes of importance-performance analysis, with their bootstrap samples."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.design import Design, as_numbers
from nlp_cx.analyze.drivers.division import fit_players
from nlp_cx.analyze.drivers.moments import bundle_clusters, resample_sums
from nlp_cx.analyze.drivers.players import mention_players
from nlp_cx.analyze.drivers.summary import MIN_CLUSTERS, divide_by_sum, summarize_division
from nlp_cx.errors import AnalysisError

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def derive_importance(
    design: Design,
    is_in: Flags,
    confidence: float,
    n_null: int,
    *,
    n_bootstrap: int,
    random_state: int,
) -> tuple[pd.DataFrame, Floats]:
    """Give each driver's share of what all explain, and its bootstrap samples.

    Parameters
    ----------
    design : Design
    is_in : ndarray of bool, shape (n_drivers,)
        Which drivers are in the model.
    confidence, n_null, n_bootstrap, random_state
        As for `relative_importance`.

    Returns
    -------
    table : DataFrame, one row per driver
        ``share, share_low, share_high, rank``; missing outside the model.
    draws : ndarray, shape (n_bootstrap, n_drivers)

    Raises
    ------
    AnalysisError
        If no driver is in the model.
    """
    if not is_in.any():
        raise AnalysisError(f"no driver is mentioned often enough in {design.y.size:,} rows")
    model = fit_players(
        mention_players(design, is_in=is_in.tolist()),
        family="linear",
        measure="r2",
        method="lmg",
        n_bootstrap=n_bootstrap,
        n_null=n_null,
        random_state=random_state,
    )
    division = model.divisions["lmg"]
    found = summarize_division(division, confidence=confidence)
    table = pd.DataFrame(index=range(is_in.size))
    for name in ("share", "share_low", "share_high", "rank"):
        table[name] = np.nan
        table.loc[is_in, name] = found[name]
    draws = np.full((len(division.draws), is_in.size), np.nan)
    draws[:, is_in] = divide_by_sum(division.draws)
    return table, draws


def read_scores(ox: pd.DataFrame, design: Design, scores: Mapping[str, str]) -> Floats:
    """Read how well each driver is done.

    Parameters
    ----------
    ox : DataFrame
        The table of the design.
    design : Design
    scores : mapping of str to str
        The column of each driver.

    Returns
    -------
    ndarray, shape (n_rows, n_drivers)
        NaN where nothing is told, and for drivers without a column.
    """
    table = np.full((len(design.y), len(design.drivers)), np.nan)
    for j, driver in enumerate(design.drivers):
        if driver in scores:
            table[:, j] = as_numbers(ox, scores[driver])[design.rows]
    return table


def measure_performance(
    design: Design, scores: Floats, *, n_bootstrap: int, random_state: int
) -> tuple[pd.DataFrame, Floats]:
    """Give the mean performance of each driver over those who tell, and its bootstrap samples.

    Parameters
    ----------
    design : Design
        Sorted by cluster.
    scores : ndarray, shape (n_rows, n_drivers)
    n_bootstrap, random_state
        The same as for `derive_importance` give the same samples of clusters.

    Returns
    -------
    table : DataFrame, one row per driver
        ``performance, n_performance``.
    draws : ndarray, shape (n_bootstrap, n_drivers)
    """
    clusters = bundle_clusters(design.clusters, random_state=random_state)
    n_clusters, n_drivers = int(clusters.max()) + 1, scores.shape[1]
    is_told = ~np.isnan(scores)
    weights = design.weights[:, None] * is_told
    parts = np.hstack([weights, weights * np.where(is_told, scores, 0)])
    sums = np.stack([np.bincount(clusters, part, n_clusters) for part in parts.T], axis=1)
    if design.n_clusters < MIN_CLUSTERS:
        n_bootstrap = 0
    samples = resample_sums(sums.astype(np.float64), n_bootstrap, random_state=random_state)
    drawn = np.vstack([sums.sum(axis=0), samples])
    total = drawn[:, :n_drivers]
    means = drawn[:, n_drivers:] / np.where(total > 0, total, np.nan)
    table = pd.DataFrame({"performance": means[0], "n_performance": is_told.sum(axis=0)})
    return table, means[1:]
