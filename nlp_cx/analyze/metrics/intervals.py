"""Intervals of one estimate and of the difference of two, from numbers alone."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nlp_cx.analyze.proportions import normal_quantile, wilson_interval
from nlp_cx.errors import ConfigError

ADDED = 0.75
"""Answers that the adjusted Wald interval adds to hits and to misses; 4 times that to all."""


class NetAdjusted(NamedTuple):
    """Hits minus misses after the adjustment of Rocks.

    Attributes
    ----------
    centre : float
        -1 to 1; the middle of the interval, not the estimate.
    se : float
        Standard error.
    """

    centre: float
    se: float


def adjust_net(p_hit: float, p_miss: float, n: float) -> NetAdjusted:
    """Adjust hits minus misses for small samples.

    Parameters
    ----------
    p_hit, p_miss : float
        Shares, 0 to 1, e.g. of promoters and detractors.
    n : float
        Answers, or their effective number.

    Returns
    -------
    NetAdjusted

    Notes
    -----
    Adds 3 to n and 3/4 to each of hits and misses, then takes the variance p + d - (p - d)² of
    the difference, divided by n + 3. The constants are kept at every confidence.

    References
    ----------
    Rocks (2016), Interval estimation for the Net Promoter Score, The American Statistician 70,
    365-372, as described at https://measuringu.com/nps-three-confidence-intervals/, which finds
    this the best of its intervals for small samples.

    Examples
    --------
    >>> adjusted = adjust_net(0.5, 0.2, 100)
    >>> round(100 * adjusted.centre, 2), round(100 * adjusted.se, 2)
    (29.13, 7.69)
    """
    total = n + 4 * ADDED
    hit, miss = (p_hit * n + ADDED) / total, (p_miss * n + ADDED) / total
    return NetAdjusted(hit - miss, float(np.sqrt((hit + miss - (hit - miss) ** 2) / total)))


def net_interval(
    p_hit: float,
    p_miss: float,
    n: float,
    *,
    method: str = "adjusted_wald",
    confidence: float = 0.95,
) -> tuple[float, float]:
    """Give the interval of hits minus misses, such as the NPS.

    Parameters
    ----------
    p_hit, p_miss : float
        Shares, 0 to 1.
    n : float
        Answers, or their effective number; more than 0.
    method : {"adjusted_wald", "wald", "t"}
        ``wald`` may go beyond 1 and is empty where all answer alike; it is here to be compared.
        ``t`` takes hits as 1 and misses as -1.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    low, high : float
        -1 to 1, except ``wald`` and ``t``, which are given as their formulas have them.

    Raises
    ------
    ConfigError
        If `method` is unknown.

    Examples
    --------
    >>> [round(100 * bound, 2) for bound in net_interval(0.5, 0.2, 100)]
    [14.05, 44.2]
    >>> [round(100 * bound, 1) for bound in net_interval(0.7, 0.1, 10, method="wald")]
    [18.9, 101.1]
    """
    net = p_hit - p_miss
    if method == "adjusted_wald":
        centre, se = adjust_net(p_hit, p_miss, n)
        half = normal_quantile(confidence) * se
        return max(centre - half, -1.0), min(centre + half, 1.0)
    variance = max(p_hit + p_miss - net**2, 0.0)
    if method == "wald":
        half = normal_quantile(confidence) * float(np.sqrt(variance / n))
    elif method == "t":
        half = t_quantile(confidence, n - 1) * float(np.sqrt(variance / (n - 1)))
    else:
        raise ConfigError(f"method {method!r}, expected adjusted_wald, wald or t")
    return net - half, net + half


def share_interval(p: float, n: float, *, confidence: float = 0.95) -> tuple[float, float]:
    """Give the Wilson interval of one share.

    Parameters
    ----------
    p : float
        0 to 1.
    n : float
        Trials, or their effective number; more than 0.
    confidence : float

    Returns
    -------
    low, high : float
    """
    low, high = wilson_interval(min(p * n, n), n, confidence)
    return float(low), float(high)


def t_quantile(confidence: float, df: float) -> float:
    """Give the two-sided quantile of Student's t distribution.

    Parameters
    ----------
    confidence : float
        Between 0 and 1.
    df : float
        Degrees of freedom; infinite gives the normal quantile.

    Returns
    -------
    float
        NaN where `df` is not above 0.

    Raises
    ------
    ConfigError
        If `confidence` is not between 0 and 1.
    """
    from scipy.special import stdtrit

    normal = normal_quantile(confidence)
    return normal if df == np.inf else float(stdtrit(df, 0.5 + confidence / 2))


def combine_intervals(
    first: tuple[float, float, float], second: tuple[float, float, float], correlation: float = 0.0
) -> tuple[float, float]:
    """Give the interval of a difference, second minus first, from the intervals of the two.

    Parameters
    ----------
    first, second : tuple of estimate, low, high
    correlation : float
        Of the two estimates, -1 to 1; 0 where no customer is in both.

    Returns
    -------
    low, high : float

    Notes
    -----
    Keeps the skew of the two intervals; with two Wilson intervals it is Newcombe's.

    References
    ----------
    Zou and Donner (2008), Construction of confidence limits about effect measures: a general
    approach, Statistics in Medicine 27, 1693-1702.

    Examples
    --------
    >>> low, high = combine_intervals((0.6, 0.4905, 0.7004), (0.8, 0.6921, 0.8768))
    >>> round(low, 3), round(high, 3)
    (0.053, 0.334)
    """
    (p1, low1, high1), (p2, low2, high2) = first, second
    down1, up1, down2, up2 = p1 - low1, high1 - p1, p2 - low2, high2 - p2
    # Not below 0 but for rounding: |correlation| <= 1.
    low = np.sqrt(max(down2**2 + up1**2 - 2 * correlation * down2 * up1, 0.0))
    high = np.sqrt(max(up2**2 + down1**2 - 2 * correlation * up2 * down1, 0.0))
    return float(p2 - p1 - low), float(p2 - p1 + high)
