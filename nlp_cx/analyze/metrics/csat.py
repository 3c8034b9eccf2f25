"""Customer satisfaction: the mean answer, and the share of answers in the top boxes."""

from __future__ import annotations

import warnings
from typing import Unpack

import numpy as np
import pandas as pd

from nlp_cx.analyze.metrics.estimates import Options, estimate_metrics
from nlp_cx.analyze.metrics.statistic import Statistic, check_scale, take_ratings
from nlp_cx.errors import ConfigError, DataWarning


def code_csat(
    table: pd.DataFrame, column: str, *, scale: tuple[int, int], top_boxes: int = 2
) -> tuple[Statistic, ...]:
    """Code answers on satisfaction for their mean and for the share of the top boxes.

    Parameters
    ----------
    table : DataFrame, one row per answer
    column : str
        Numbers; missing where not answered. The highest is best: turn round other scales first.
    scale : tuple of int
        Lowest and highest answer that the question offered, e.g. ``(1, 5)`` or ``(1, 10)``. Both
        are in use, and the mean of one says nothing beside the mean of the other.
    top_boxes : int, default=2
        How many of the highest points count as satisfied: 4 and 5 of 1-5, 9 and 10 of 1-10.

    Returns
    -------
    tuple of Statistic
        ``csat_mean`` (points of the scale) and ``csat_top2_share`` (share, 0 to 1; the number is
        that of `top_boxes`).

    Raises
    ------
    AnalysisError
        If answers are outside the scale, with their number.
    ConfigError
        If the top boxes are the whole scale.
    SchemaError
        If there is no such column of numbers.

    Notes
    -----
    Answers between the points (half stars) count as top from the lowest top point upwards, with a
    warning.

    Examples
    --------
    >>> ox = pd.DataFrame({"r_csat": [5, 4, 3, None]})
    >>> mean, top = code_csat(ox, "r_csat", scale=(1, 5))
    >>> mean.unit, top.unit, top.values.tolist()
    ('mean of a scale of 1-5', 'share of answers 4-5', [1.0, 1.0, 0.0, nan])
    """
    values = take_ratings(table, column, metric="csat")
    check_scale(values, scale, metric="csat", column=column)
    low, high = scale
    if not 1 <= top_boxes <= high - low:
        raise ConfigError(
            f"csat: {top_boxes} top boxes of a scale of {low}-{high}, expected 1 to {high - low}"
        )
    known = values[~np.isnan(values)]
    first = high - top_boxes + 1
    between = int((known != np.round(known)).sum())
    if between:
        warnings.warn(
            f"csat: {between:,} of {known.size:,} answers in {column!r} lie between the points; "
            f"from {first} upwards they count as satisfied",
            DataWarning,
            stacklevel=2,
        )
    if known.size and known.max() <= (low + high) / 2:
        warnings.warn(
            f"csat: no answer in {column!r} is above {known.max():g} on a scale of {low}-{high}. "
            f"Is that the scale of the question?",
            DataWarning,
            stacklevel=2,
        )
    hits = np.where(np.isnan(values), np.nan, (values >= first).astype(float))
    points = f"{first}-{high}" if top_boxes > 1 else f"{high}"
    bounds = (float(low), float(high))
    return (
        Statistic(
            "csat_mean", "mean", values, f"mean of a scale of {low}-{high}", "surveyed", bounds
        ),
        Statistic(
            f"csat_top{top_boxes}_share",
            "share",
            hits,
            f"share of answers {points}",
            "surveyed",
            (0, 1),
        ),
    )


def estimate_csat(
    table: pd.DataFrame,
    column: str,
    *,
    scale: tuple[int, int],
    top_boxes: int = 2,
    **options: Unpack[Options],
) -> pd.DataFrame:
    """Estimate mean satisfaction and the share of satisfied customers.

    Parameters
    ----------
    table : DataFrame, one row per answer
    column : str
    scale : tuple of int
    top_boxes : int, default=2
        As in `code_csat`.
    **options
        As in `estimates.estimate_metrics`.

    Returns
    -------
    DataFrame
        As `estimates.estimate_metrics`: t interval of the mean, Wilson interval of the share.

    Raises
    ------
    AnalysisError, ConfigError, SchemaError
        As `code_csat`.

    Examples
    --------
    >>> ox = pd.DataFrame({"r_csat": [5] * 50 + [4] * 30 + [1] * 20})
    >>> result = estimate_csat(ox, "r_csat", scale=(1, 5))
    >>> result[["metric", "estimate", "low", "high"]].round(4).values.tolist()
    [['csat_mean', 3.9, 3.5982, 4.2018], ['csat_top2_share', 0.8, 0.7112, 0.8666]]
    """
    statistics = code_csat(table, column, scale=scale, top_boxes=top_boxes)
    return estimate_metrics(table, statistics, **options)
