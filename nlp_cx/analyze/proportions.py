"""Shares: their intervals, the difference of two, and p-values of many at once."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from nlp_cx.errors import AnalysisError, ConfigError

Floats = npt.NDArray[np.float64]


class ShareTest(NamedTuple):
    """Two shares compared.

    Attributes
    ----------
    difference : ndarray of float64
        Second share minus first.
    z : ndarray of float64
        In standard errors under equal shares.
    p_value : ndarray of float64
        Two-sided.
    """

    difference: Floats
    z: Floats
    p_value: Floats


def wilson_interval(
    k: npt.ArrayLike, n: npt.ArrayLike, confidence: float = 0.95
) -> tuple[Floats, Floats]:
    """Give the Wilson score interval of shares.

    Parameters
    ----------
    k : array of numbers, any shape
        Hits, 0 to `n`. Need not be whole: of weighted rows give the weighted share times
        `effective_n` of the weights, and that as `n`.
    n : array of numbers, broadcast against `k`
        Trials. 0 makes the interval missing.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    low, high : ndarray of float64
        0 to 1; NaN where `k` or `n` is missing or `n` is 0.

    Raises
    ------
    AnalysisError
        If a `k` is not between 0 and its `n`.
    ConfigError
        If `confidence` is not between 0 and 1.

    Notes
    -----
    With z the normal quantile: centre (k + z²/2) / (n + z²), half width
    z √(k (n - k) / n + z²/4) / (n + z²). Not empty at k = 0 or k = n.

    References
    ----------
    Brown, Cai and DasGupta (2001), Interval estimation for a binomial proportion, Statistical
    Science 16, 101-133; the same numbers as ``statsmodels.stats.proportion.proportion_confint``
    with ``method="wilson"``.

    Examples
    --------
    >>> low, high = wilson_interval([80, 0, 10], [100, 10, 10])
    >>> low.round(4).tolist(), high.round(4).tolist()
    ([0.7112, 0.0, 0.7225], [0.8666, 0.2775, 1.0])
    """
    k, n = _as_counts(k, n)
    z = normal_quantile(confidence)
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = (k + z**2 / 2) / (n + z**2)
        half = z * np.sqrt(k * (n - k) / n + z**2 / 4) / (n + z**2)
    low = np.where(k == 0, 0.0, np.clip(centre - half, 0, 1))
    high = np.where(k == n, 1.0, np.clip(centre + half, 0, 1))
    known = n > 0
    return np.where(known, low, np.nan), np.where(known, high, np.nan)


def two_proportion_test(
    k1: npt.ArrayLike, n1: npt.ArrayLike, k2: npt.ArrayLike, n2: npt.ArrayLike
) -> ShareTest:
    """Test whether two independent shares differ: the pooled z test.

    Parameters
    ----------
    k1, n1, k2, n2 : arrays of numbers, broadcast against each other
        Hits and trials, first and second. Need not be whole, as for `wilson_interval`.

    Returns
    -------
    ShareTest
        ``difference`` (second - first), ``z``, ``p_value``; NaN where an `n` is 0 or anything is
        missing. Where both shares are 0, or both 1, z is 0 and p is 1.

    Raises
    ------
    AnalysisError
        If a `k` is not between 0 and its `n`.

    Notes
    -----
    z = (p2 - p1) / √(p (1 - p) (1/n1 + 1/n2)), p = (k1 + k2) / (n1 + n2). An approximation: with
    fewer than about 5 expected hits or misses on a side the p-value is rough.

    Examples
    --------
    >>> test = two_proportion_test([60, 3], [1000, 50], [90, 6], [1000, 50])
    >>> test.z.round(4).tolist(), test.p_value.round(4).tolist()
    ([2.5469, 1.0483], [0.0109, 0.2945])
    """
    from scipy.special import ndtr

    k1, n1 = _as_counts(k1, n1)
    k2, n2 = _as_counts(k2, n2)
    with np.errstate(invalid="ignore", divide="ignore"):
        difference = k2 / n2 - k1 / n1
        pooled = (k1 + k2) / (n1 + n2)
        se = np.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2))
        z = np.where((se == 0) & (difference == 0), 0.0, difference / se)
    z = np.where((n1 > 0) & (n2 > 0), z, np.nan)
    difference = np.where((n1 > 0) & (n2 > 0), difference, np.nan)
    return ShareTest(difference, z, 2 * ndtr(-np.abs(z)))


def newcombe_interval(
    k1: npt.ArrayLike,
    n1: npt.ArrayLike,
    k2: npt.ArrayLike,
    n2: npt.ArrayLike,
    confidence: float = 0.95,
) -> tuple[Floats, Floats]:
    """Give the interval of a difference of two independent shares, second minus first.

    Parameters
    ----------
    k1, n1, k2, n2 : arrays of numbers, broadcast against each other
        As in `two_proportion_test`.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    low, high : ndarray of float64
        -1 to 1; NaN where an `n` is 0 or anything is missing.

    Raises
    ------
    AnalysisError
        If a `k` is not between 0 and its `n`.
    ConfigError
        If `confidence` is not between 0 and 1.

    Notes
    -----
    Newcombe's hybrid of the two Wilson intervals. It may touch 0 where `two_proportion_test` just
    does not, and the other way round: they are two approximations.

    References
    ----------
    Newcombe (1998), Interval estimation for the difference between independent proportions,
    Statistics in Medicine 17, 873-890, method 10; the same numbers as
    ``statsmodels.stats.proportion.confint_proportions_2indep`` with ``method="newcomb"``.

    Examples
    --------
    >>> low, high = newcombe_interval(48, 80, 56, 70)
    >>> float(low.round(4)), float(high.round(4))
    (0.0524, 0.3339)
    """
    low1, high1 = wilson_interval(k1, n1, confidence)
    low2, high2 = wilson_interval(k2, n2, confidence)
    k1, n1 = _as_counts(k1, n1)
    k2, n2 = _as_counts(k2, n2)
    with np.errstate(invalid="ignore", divide="ignore"):
        p1, p2 = k1 / n1, k2 / n2
    difference = p2 - p1
    return (
        difference - np.hypot(p2 - low2, high1 - p1),
        difference + np.hypot(high2 - p2, p1 - low1),
    )


def adjust_p_values(p: npt.ArrayLike, method: Literal["bh", "by"] = "bh") -> Floats:
    """Adjust the p-values of many comparisons, so that few of those shown are false.

    Parameters
    ----------
    p : array of numbers, 0 to 1, any shape
        Of every comparison that was looked at, not only of the interesting ones. NaN: not tested;
        stays NaN and does not count.
    method : {"bh", "by"}
        Benjamini-Hochberg for independent or positively dependent tests, or Benjamini-Yekutieli
        for any.

    Returns
    -------
    ndarray of float64, shape of `p`
        Below q where the comparison is kept at a false discovery rate of q.

    Raises
    ------
    AnalysisError
        If a value is not between 0 and 1.
    ConfigError
        If `method` is unknown.

    References
    ----------
    Benjamini and Hochberg (1995), Journal of the Royal Statistical Society B 57, 289-300, by way of
    ``scipy.stats.false_discovery_control``.

    Examples
    --------
    >>> adjust_p_values([0.01, float("nan"), 0.04, 0.03]).tolist()
    [0.03, nan, 0.04, 0.04]
    """
    if method not in ("bh", "by"):
        raise ConfigError(f"method {method!r} of adjust_p_values, expected 'bh' or 'by'")
    p = np.asarray(p, np.float64)
    known = ~np.isnan(p)
    if not ((p[known] >= 0) & (p[known] <= 1)).all():
        raise AnalysisError(f"p-values from {p[known].min():g} to {p[known].max():g}, expected 0-1")
    adjusted = np.full(p.shape, np.nan)
    if known.any():
        from scipy.stats import false_discovery_control

        adjusted[known] = false_discovery_control(p[known], method=method)
    return adjusted


def effective_n(weights: npt.ArrayLike) -> float:
    """Give how many equally weighted rows tell as much as weighted ones.

    Parameters
    ----------
    weights : array of numbers, 0 or more, shape (n_rows,)

    Returns
    -------
    float
        (Σw)² / Σw², at most the number of rows; 0 where all weights are 0 or there are none.

    References
    ----------
    Kish (1965), Survey Sampling.

    Examples
    --------
    >>> effective_n([1, 1, 1, 1]), round(effective_n([3, 1]), 6)
    (4.0, 1.6)
    """
    weights = np.asarray(weights, np.float64)
    if not (weights >= 0).all():
        raise AnalysisError(
            f"{int((~(weights >= 0)).sum()):,} weights are negative or missing, expected 0 or more"
        )
    top = float(weights.max(initial=0.0))
    if top == 0:
        return 0.0
    scaled = weights / top  # the square of a tiny weight is 0
    return float(scaled.sum() ** 2 / (scaled**2).sum())


def normal_quantile(confidence: float) -> float:
    """Give the two-sided quantile of the standard normal distribution.

    Parameters
    ----------
    confidence : float
        Between 0 and 1.

    Returns
    -------
    float

    Raises
    ------
    ConfigError
        If `confidence` is not between 0 and 1, e.g. 95.

    Examples
    --------
    >>> round(normal_quantile(0.95), 4)
    1.96
    """
    if not 0 < confidence < 1:
        raise ConfigError(f"confidence is {confidence}, expected a number between 0 and 1")
    from scipy.special import ndtri

    return float(ndtri(0.5 + confidence / 2))


def _as_counts(k: npt.ArrayLike, n: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Give hits and trials as arrays of one shape, and refuse impossible ones."""
    hits, trials = np.broadcast_arrays(np.asarray(k, np.float64), np.asarray(n, np.float64))
    bad = (hits < 0) | (trials < 0) | (hits > trials * (1 + 1e-12))
    if bad.any():
        i = int(np.flatnonzero(bad)[0])
        raise AnalysisError(
            f"{int(bad.sum()):,} of {bad.size:,} shares are impossible, e.g. "
            f"{hits.flat[i]:g} of {trials.flat[i]:g}: expected 0 <= k <= n"
        )
    return np.minimum(hits, trials), trials
