"""Numbers of a reader from bootstrap samples: intervals, shares, ranks, who is first, chance."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nlp_cx.analyze.drivers.linear import Division
from nlp_cx.analyze.resample import percentile_interval

Floats = npt.NDArray[np.float64]

MIN_CLUSTERS = 20
"""Of fewer independent units, resampling says too little about the error."""


def summarize_division(division: Division, *, confidence: float) -> dict[str, Floats]:
    """Give each player's part of the fit with interval, share, rank and what chance reaches.

    Parameters
    ----------
    division : Division
    confidence : float
        0 to 1.

    Returns
    -------
    dict of str to ndarray, shape (n_players,)
        ``value, low, high``; ``share, share_low, share_high``; ``rank, rank_low, rank_high``
        (1 is the largest; ties share the better rank); ``p_first``; ``null_high`` (that quantile of
        the shuffled player; missing where chance is known of another measure only); ``p_null``
        (how often a shuffled player does as well). Missing where not determined.

    Notes
    -----
    Parts are 0 or more in every sample, so that a percentile interval can never hold 0: its lower
    end is set to 0 where the player does not clearly beat its shuffled self (p_null above half of
    1 - confidence).
    """
    values, draws = division.values, division.draws
    low, high = percentile_interval(draws, confidence=confidence)
    shares = divide_by_sum(draws)
    share_low, share_high = percentile_interval(shares, confidence=confidence)
    compared = values if division.against_chance is None else division.against_chance
    null_high, p_null = compare_with_chance(compared, division.by_chance, confidence=confidence)
    if division.against_chance is not None:
        null_high = np.full(values.shape, np.nan)
    no_better = (p_null > (1 - confidence) / 2) & (low > 0)
    ranks = rank_players(draws)
    rank_low, rank_high = _rank_interval(ranks, confidence)
    drawn = np.isfinite(ranks).any(axis=0) if ranks.size else np.zeros(values.size, np.bool_)
    return {
        "value": values,
        "low": np.where(no_better, 0, low),
        "high": high,
        "share": divide_by_sum(values[None])[0],
        "share_low": np.where(no_better, 0, share_low),
        "share_high": share_high,
        "rank": rank_players(values[None])[0],
        "rank_low": rank_low,
        "rank_high": rank_high,
        "p_first": np.where(drawn, (ranks == 1).mean(axis=0) if ranks.size else 0, np.nan),
        "null_high": null_high,
        "p_null": p_null,
    }


def compare_with_chance(
    values: Floats, by_chance: Floats, *, confidence: float
) -> tuple[Floats, Floats]:
    """Compare players with their shuffled selves.

    Parameters
    ----------
    values : ndarray, shape (n_players,)
    by_chance : ndarray, shape (n_null, n_players)
    confidence : float

    Returns
    -------
    null_high : ndarray, shape (n_players,)
        The quantile `confidence` of chance.
    p_null : ndarray, shape (n_players,)
        ``(1 + how often chance does as well) / (1 + n_null)``; both are missing without chance.
    """
    if not by_chance.size or not np.isfinite(by_chance).all():
        missing = np.full(values.shape, np.nan)
        return missing, missing.copy()
    p_null = (1 + (by_chance >= values).sum(axis=0)) / (1 + by_chance.shape[0])
    return np.quantile(by_chance, confidence, axis=0), np.where(np.isnan(values), np.nan, p_null)


def rank_players(values: Floats) -> Floats:
    """Rank players in every row, the largest first.

    Parameters
    ----------
    values : ndarray, shape (m, n_players)

    Returns
    -------
    ndarray, shape (m, n_players)
        1 and up; ties share the better rank; NaN in rows with a missing value.
    """
    larger = values[:, None, :] > values[:, :, None] * (1 + 1e-12)
    is_whole = np.isfinite(values).all(axis=1, keepdims=True)
    return np.where(is_whole, 1.0 + larger.sum(axis=2), np.nan)


def divide_by_sum(values: Floats) -> Floats:
    """Turn parts into shares of their sum.

    Parameters
    ----------
    values : ndarray, shape (m, n_players)

    Returns
    -------
    ndarray, shape (m, n_players)
        Missing in rows where there is nothing to divide.
    """
    total = values.sum(axis=1, keepdims=True)
    return np.where(total > 0, values / np.where(total > 0, total, 1), np.nan)


def _rank_interval(ranks: Floats, confidence: float) -> tuple[Floats, Floats]:
    """Give whole ranks that hold at least this share of the samples."""
    is_whole = np.isfinite(ranks).all(axis=1)
    if not is_whole.any():
        missing = np.full(ranks.shape[1], np.nan)
        return missing, missing.copy()
    tail = (1 - confidence) / 2
    kept = ranks[is_whole]
    return (
        np.quantile(kept, tail, axis=0, method="lower"),
        np.quantile(kept, 1 - tail, axis=0, method="higher"),
    )
