"""What texts state and how they sound, named so and apart from what was asked or done."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd

from nlp_cx.analyze.design import as_numbers
from nlp_cx.analyze.metrics.statistic import Statistic
from nlp_cx.errors import AnalysisError, SchemaError

TEXT_CAVEAT = (
    "estimated by a model from what was written, of those who wrote it; not asked, not corrected "
    "for the model's errors; never to be pooled with surveyed metrics"
)
"""What every metric of text says of itself."""


def code_text_loyalty(
    ox: pd.DataFrame, column: str = "x_loyalty", *, n_texts: str = "x_n_texts"
) -> tuple[Statistic, ...]:
    """Code what texts state of returning and recommending, apart from what was asked or done.

    Parameters
    ----------
    ox : DataFrame, one row per unit
    column : str
        From -1 (will not) to 1 (will); missing where no intent is stated.
    n_texts : str
        Column of the number of texts; rows with 0 or none are no part of either statistic.

    Returns
    -------
    tuple of Statistic
        ``text_estimated_loyalty_net`` (points, -100 to 100, of those who state an intent) and, as
        its part, ``text_estimated_loyalty_stated_share`` (share of those with text who do).

    Raises
    ------
    SchemaError
        If a column is missing.
    AnalysisError
        If a value is not from -1 to 1.

    Examples
    --------
    >>> ox = pd.DataFrame({"x_n_texts": [0, 1, 1, 1], "x_loyalty": [None, None, 1, -1]})
    >>> net, stated = code_text_loyalty(ox)
    >>> net.values.tolist(), stated.values.tolist()
    ([nan, nan, 1.0, -1.0], [nan, 0.0, 1.0, 1.0])
    """
    values = _take_text(ox, column, n_texts)
    has_text = as_numbers(ox, n_texts) > 0
    values = np.where(has_text, values, np.nan)
    stated = np.where(has_text, (~np.isnan(values)).astype(float), np.nan)
    # Units of several texts have values in between: no counts of hits and misses any more.
    kind: Literal["net", "mean"] = (
        "net" if np.isin(values[~np.isnan(values)], (-1.0, 0.0, 1.0)).all() else "mean"
    )
    return (
        Statistic(
            "text_estimated_loyalty_net",
            kind,
            values,
            "points, -100 to 100, of those who state an intent",
            "text",
            (-100, 100),
            factor=100,
            caveat=TEXT_CAVEAT,
        ),
        Statistic(
            "text_estimated_loyalty_stated_share",
            "share",
            stated,
            "share of those with text",
            "text",
            (0, 1),
            caveat=TEXT_CAVEAT,
            is_part=True,
        ),
    )


def code_text_sentiment(
    ox: pd.DataFrame, column: str = "x_sentiment", *, n_texts: str = "x_n_texts"
) -> tuple[Statistic, ...]:
    """Code the sentiment of texts, which is not satisfaction that was asked for.

    Parameters
    ----------
    ox : DataFrame, one row per unit
    column : str
        From -1 to 1.
    n_texts : str
        As in `code_text_loyalty`.

    Returns
    -------
    tuple of one Statistic
        ``text_estimated_sentiment_mean``, -1 to 1.

    Raises
    ------
    SchemaError, AnalysisError
        As `code_text_loyalty`.
    """
    values = _take_text(ox, column, n_texts)
    values = np.where(as_numbers(ox, n_texts) > 0, values, np.nan)
    return (
        Statistic(
            "text_estimated_sentiment_mean",
            "mean",
            values,
            "mean from -1 to 1",
            "text",
            (-1, 1),
            caveat=TEXT_CAVEAT,
        ),
    )


def _take_text(ox: pd.DataFrame, column: str, n_texts: str) -> np.ndarray[Any, np.dtype[Any]]:
    """Take values from -1 to 1 of a column that was estimated from text."""
    missing = [repr(name) for name in (column, n_texts) if name not in ox.columns]
    if missing:
        raise SchemaError(f"no column {', '.join(missing)}. Columns x_* are made by nlp-cx join.")
    values = as_numbers(ox, column)
    bad = np.abs(values) > 1
    if bad.any():
        raise AnalysisError(
            f"{column!r}: {int(bad.sum()):,} values are not from -1 to 1, e.g. {values[bad][0]:g}"
        )
    return values
