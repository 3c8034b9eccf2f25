"""Top boxes minus bottom boxes of any scale, which is no NPS."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nlp_cx.analyze.metrics.statistic import POINTS, Statistic, check_scale, take_ratings
from nlp_cx.errors import ConfigError


def code_top_minus_bottom(
    table: pd.DataFrame, column: str, *, scale: tuple[int, int], boxes: tuple[int, int] = (1, 1)
) -> tuple[Statistic, ...]:
    """Code answers of any scale as top boxes minus bottom boxes, which is no NPS.

    Parameters
    ----------
    table : DataFrame, one row per answer
    column : str
    scale : tuple of int
        Lowest and highest answer, e.g. ``(1, 5)``; the highest is best.
    boxes : tuple of int
        How many of the highest points count as top, and of the lowest as bottom.

    Returns
    -------
    tuple of one Statistic
        ``top_minus_bottom``, points, -100 to 100.

    Raises
    ------
    AnalysisError
        If answers are outside the scale, or the boxes overlap.

    Examples
    --------
    >>> stars = pd.DataFrame({"stars": [5, 5, 3, 1]})
    >>> (statistic,) = code_top_minus_bottom(stars, "stars", scale=(1, 5))
    >>> statistic.values.tolist(), statistic.unit
    ([1.0, 1.0, 0.0, -1.0], 'points, -100 to 100: share 5 minus share 1')
    """
    values = take_ratings(table, column, metric="top_minus_bottom")
    check_scale(values, scale, metric="top_minus_bottom", column=column)
    (low, high), (top, bottom) = scale, boxes
    if min(boxes) < 1 or top + bottom > high - low + 1:
        raise ConfigError(f"boxes {boxes} of a scale of {low}-{high}: expected 1 or more, apart")
    first, last = high - top + 1, low + bottom - 1
    coded = np.where(np.isnan(values), np.nan, (values >= first).astype(float) - (values <= last))
    named = (
        f"{first}-{high}" if top > 1 else f"{high}",
        f"{low}-{last}" if bottom > 1 else f"{low}",
    )
    unit = f"{POINTS}: share {named[0]} minus share {named[1]}"
    return (
        Statistic(
            "top_minus_bottom", "net", coded, unit, "surveyed", bounds=(-100, 100), factor=100
        ),
    )
