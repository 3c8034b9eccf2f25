"""A straight line through values of periods: its slope, and whether it is told from flat."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from nlp_cx.analyze.proportions import normal_quantile

Floats = npt.NDArray[np.float64]

MIN_PERIODS = 4
"""Three points do not show how far periods scatter around their line."""


class TrendLine(NamedTuple):
    """A line through the values of periods.

    Attributes
    ----------
    slope, low, high : float
        Change per period, with its interval; NaN below `MIN_PERIODS` values.
    p_value : float
        Of a flat line.
    first, last : float
        The line at the first and the last period with a value.
    scatter : float
        How far the values lie from the line, in units of their sampling error squared: near 1
        where sampling explains it all, above 1 where periods differ beyond it.
    n_periods : int
        Periods with a value.
    """

    slope: float
    low: float
    high: float
    p_value: float
    first: float
    last: float
    scatter: float
    n_periods: int


def fit_trend(
    values: Floats,
    covariance: Floats,
    *,
    weights: Floats | None = None,
    confidence: float = 0.95,
) -> TrendLine:
    """Fit a line through values of periods that are not equally well known.

    Parameters
    ----------
    values : ndarray, shape (n_periods,)
        One for every period in order, NaN for a gap; a gap keeps its place in time.
    covariance : ndarray, shape (n_periods, n_periods)
        Of the sampling errors.
    weights : ndarray, shape (n_periods,), optional
        How much each period counts; 1 / variance when not given.
    confidence : float

    Returns
    -------
    TrendLine

    Notes
    -----
    Weighted least squares; the variance of the slope takes covariances in (the
    same customers in several periods). Where the scatter is above 1, the variance is multiplied by
    it and Student's t of n - 2 replaces the normal distribution: what moves whole periods (a
    season, a campaign) is noise for a trend, and large samples do not average it out. Measured
    coverage of 95% intervals over 4 to 24 periods: 96-97% where periods differ by sampling alone,
    93-96% where they differ by up to twice as much again.

    Examples
    --------
    >>> line = fit_trend(np.array([0.1, 0.2, np.nan, 0.4, 0.5]), np.eye(5) * 0.001)
    >>> round(line.slope, 3), round(line.last, 3), line.n_periods, bool(line.p_value < 0.01)
    (0.1, 0.5, 4, True)
    """
    z = normal_quantile(confidence)
    variance = np.diag(covariance)
    known = np.isfinite(values) & np.isfinite(variance) & (variance > 0)
    n = int(known.sum())
    if n < MIN_PERIODS:
        nan = np.nan
        return TrendLine(nan, nan, nan, nan, nan, nan, nan, n)
    from scipy.special import ndtr, stdtr, stdtrit

    at, y = np.flatnonzero(known).astype(np.float64), values[known]
    spread = covariance[np.ix_(known, known)]
    weight = 1 / variance[known] if weights is None else weights[known]
    middle = np.average(at, weights=weight)
    lever = weight * (at - middle)
    lever /= lever @ (at - middle)
    slope = float(lever @ y)
    line = np.average(y, weights=weight) + slope * (at - middle)
    # What the scatter would be by sampling alone: the trace of the residual maker, covariances in.
    hat = weight / weight.sum() + np.outer(at - middle, lever)
    remains = np.eye(n) - hat
    expected = float(np.einsum("t,tu,uv,tv->", weight, remains, spread, remains))
    scatter = float(weight @ (y - line) ** 2) / max(expected, 1e-300)
    error = float(np.sqrt(lever @ spread @ lever * max(scatter, 1.0)))
    if scatter > 1:
        quantile = float(stdtrit(n - 2, 0.5 + confidence / 2))
        p = 2 * float(stdtr(n - 2, -abs(slope) / error))
    else:
        quantile, p = z, 2 * float(ndtr(-abs(slope) / error))
    low, high = slope - quantile * error, slope + quantile * error
    return TrendLine(slope, low, high, p, float(line[0]), float(line[-1]), scatter, n)
