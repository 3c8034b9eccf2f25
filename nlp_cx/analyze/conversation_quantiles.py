"""Quantiles of a measure with intervals, for waiting times and other long tails."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from nlp_cx.analyze.drivers.cell_means import average_cells, effective_rows
from nlp_cx.analyze.proportions import wilson_interval

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Quantile(NamedTuple):
    """A quantile and the ends of its interval."""

    estimate: float
    low: float
    high: float


def estimate_quantile(
    values: Floats, q: float, clusters: Ints | None = None, *, confidence: float = 0.95
) -> Quantile:
    """Estimate a quantile without assuming a shape of the distribution.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Without NaN.
    q : float
        Between 0 and 1, e.g. 0.5 for the median.
    clusters : ndarray of int64, shape (n,), optional
        Values of the same customer.
    confidence : float

    Returns
    -------
    Quantile
        Limits are values of the sample; NaN with fewer than 2 values, or where the interval would
        reach beyond the smallest or largest of them.

    Notes
    -----
    Woodruff's method: Wilson's interval of the share of values up to the quantile, with customers
    on their effective number, turned back into values. Of few values the interval of an outer
    quantile has no end: that end is missing.

    References
    ----------
    Woodruff (1952), Confidence intervals for medians and other position measures, Journal of the
    American Statistical Association 47, 635-646.

    Examples
    --------
    >>> estimate_quantile(np.arange(1.0, 102.0), 0.5)
    Quantile(estimate=51.0, low=41.0, high=61.0)
    """
    if values.size == 0:
        return Quantile(np.nan, np.nan, np.nan)
    estimate = float(np.quantile(values, q))
    n = float(values.size)
    if clusters is not None and values.size > 1:
        is_up_to = (values <= estimate).astype(np.float64)
        cell = np.zeros(values.size, np.int64)
        found = average_cells(
            is_up_to, np.ones(values.size), clusters, cell, n_cells=1, kind="share"
        )
        n = float(min(effective_rows(found)[0], n)) if is_up_to.mean() < 1 else n
    if not n > 1:
        return Quantile(estimate, np.nan, np.nan)
    low, high = wilson_interval(q * n, n, confidence)
    ordered = np.sort(values)
    # The smallest value up to which at least such a share lies.
    places = np.ceil(np.array([float(low), float(high)]) * values.size).astype(np.int64) - 1
    ends = ordered[np.clip(places, 0, values.size - 1)]
    # With so few values that even the outermost one is not far enough out, there is no limit.
    tail = (1 - confidence) / 2
    low_end = float(ends[0]) if (1 - q) ** n <= tail else np.nan
    high_end = float(ends[1]) if q**n <= tail else np.nan
    return Quantile(estimate, low_end, high_end)
