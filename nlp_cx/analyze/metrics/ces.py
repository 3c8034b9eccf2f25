"""Customer effort: mean, shares of easy and hard, and their difference; direction is asked for."""

from __future__ import annotations

from typing import Literal, Unpack

import numpy as np
import pandas as pd

from nlp_cx.analyze.metrics.estimates import Options, estimate_metrics
from nlp_cx.analyze.metrics.statistic import Statistic, check_scale, take_ratings
from nlp_cx.errors import ConfigError

Direction = Literal["effort_low_is_good", "ease_high_is_good"]

DIRECTIONS: dict[str, tuple[str, str]] = {
    "effort_low_is_good": ("effort", "low is easy"),
    "ease_high_is_good": ("ease", "high is easy"),
}
"""The two questions in use, what the metric is called, and how to read it."""


def code_ces(
    table: pd.DataFrame,
    column: str,
    *,
    direction: Direction,
    scale: tuple[int, int],
    boxes: int | None = None,
) -> tuple[Statistic, ...]:
    """Code answers on effort for their mean and for easy minus hard.

    Parameters
    ----------
    table : DataFrame, one row per answer
    column : str
        Numbers; missing where not answered. They are never turned round.
    direction : {"effort_low_is_good", "ease_high_is_good"}
        What was asked, which no answer can tell: "how much effort did you have to put forth" (the
        first CES, 1-5, low is good) or "the company made it easy" (CES 2.0, 1-7, high is good).
        There is no default.
    scale : tuple of int
        Lowest and highest answer that the question offered.
    boxes : int, optional
        How many points at each end count as easy and as hard; when not given all on their side of
        the middle: 1-3 and 5-7 of 1-7, 1-2 and 4-5 of 1-5.

    Returns
    -------
    tuple of Statistic
        ``ces_effort_mean`` or ``ces_ease_mean`` (named by direction, so that the two are not mixed
        up), ``ces_net_easy`` (points, -100 to 100: share easy minus share hard; the same reading
        in both directions), its parts ``ces_easy_share`` and ``ces_hard_share``.

    Raises
    ------
    ConfigError
        If the direction is unknown, or the boxes overlap.
    AnalysisError
        If answers are outside the scale, with their number.
    SchemaError
        If there is no such column of numbers.

    References
    ----------
    The change from effort, 1-5, to ease, 1-7: Dixon, Toman and DeLisi (2013), The Effortless
    Experience, as told at https://support.customergauge.com/support/solutions/articles/5000755869.

    Examples
    --------
    >>> ox = pd.DataFrame({"r_ces": [1, 2, 4, 7]})
    >>> mean, net, *_ = code_ces(ox, "r_ces", direction="effort_low_is_good", scale=(1, 7))
    >>> mean.name, mean.unit, net.values.tolist()
    ('ces_effort_mean', 'mean of a scale of 1-7, low is easy', [1.0, 1.0, 0.0, -1.0])
    """
    if direction not in DIRECTIONS:
        raise ConfigError(
            f"ces: direction {direction!r}, expected effort_low_is_good (how much effort was it?) "
            f"or ease_high_is_good (was it made easy?). The answers cannot tell."
        )
    values = take_ratings(table, column, metric="ces")
    check_scale(values, scale, metric="ces", column=column)
    low, high = scale
    n_points = high - low + 1
    boxes = n_points // 2 if boxes is None else boxes
    if not 1 <= boxes <= n_points // 2:
        raise ConfigError(
            f"ces: {boxes} boxes at each end of a scale of {low}-{high}, expected 1 to "
            f"{n_points // 2}"
        )
    missing = np.isnan(values)
    at_top = np.where(missing, np.nan, (values > high - boxes).astype(float))
    at_bottom = np.where(missing, np.nan, (values < low + boxes).astype(float))
    top, bottom = f"{high - boxes + 1}-{high}", f"{low}-{low + boxes - 1}"
    word, reading = DIRECTIONS[direction]
    is_ease = direction == "ease_high_is_good"
    easy, hard = (at_top, at_bottom) if is_ease else (at_bottom, at_top)
    easy_points, hard_points = (top, bottom) if is_ease else (bottom, top)
    return (
        Statistic(
            f"ces_{word}_mean",
            "mean",
            values,
            f"mean of a scale of {low}-{high}, {reading}",
            "surveyed",
            (float(low), float(high)),
        ),
        Statistic(
            "ces_net_easy",
            "net",
            easy - hard,
            f"points, -100 to 100: share easy ({easy_points}) minus share hard ({hard_points})",
            "surveyed",
            (-100, 100),
            factor=100,
        ),
        *(
            Statistic(
                f"ces_{name}_share",
                "share",
                hits,
                f"share of answers {points}",
                "surveyed",
                (0, 1),
                is_part=True,
            )
            for name, hits, points in (("easy", easy, easy_points), ("hard", hard, hard_points))
        ),
    )


def estimate_ces(
    table: pd.DataFrame,
    column: str,
    *,
    direction: Direction,
    scale: tuple[int, int],
    boxes: int | None = None,
    **options: Unpack[Options],
) -> pd.DataFrame:
    """Estimate mean effort or ease, and easy minus hard.

    Parameters
    ----------
    table : DataFrame, one row per answer
    column : str
    direction : {"effort_low_is_good", "ease_high_is_good"}
    scale : tuple of int
    boxes : int, optional
        As in `code_ces`.
    **options
        As in `estimates.estimate_metrics`.

    Returns
    -------
    DataFrame
        As `estimates.estimate_metrics`: t interval of the mean, adjusted Wald of the net.

    Raises
    ------
    AnalysisError, ConfigError, SchemaError
        As `code_ces`.
    """
    statistics = code_ces(table, column, direction=direction, scale=scale, boxes=boxes)
    return estimate_metrics(table, statistics, **options)
