"""How sure is a metric, and is one model really better than another: the bootstrap over texts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nlp_cx.errors import InputError

_BLOCK = 256

Metric = Callable[[npt.NDArray[Any]], float]
"""Turns a sum of tallies into a number, e.g. `nlp_cx.evaluate.metrics.macro_f1`."""


class Interval(NamedTuple):
    """A metric with its interval.

    Parameters
    ----------
    value : float
        On all rows.
    low, high : float
        Percentile interval.
    """

    value: float
    low: float
    high: float


class Difference(NamedTuple):
    """The difference of a metric between two models.

    Parameters
    ----------
    value : float
        Metric of the first minus metric of the second, on all rows.
    low, high : float
        Percentile interval.
    p_not_better : float
        Share of resamples in which the first is not above the second.
    """

    value: float
    low: float
    high: float
    p_not_better: float


def bootstrap_interval(
    counts: npt.NDArray[np.int64],
    metric: Metric,
    *,
    n_samples: int = 2000,
    level: float = 0.95,
    random_state: int = 0,
) -> Interval:
    """Estimate how far a metric would move on other texts of the same kind.

    Parameters
    ----------
    counts : ndarray of int64, shape (n_rows, ...)
        Tallies per text, as `nlp_cx.evaluate.metrics.count_pairs` and its like give them.
    metric, n_samples, level, random_state
        As for `bootstrap_difference`.

    Returns
    -------
    Interval

    Raises
    ------
    InputError
        If there are no rows.

    Examples
    --------
    >>> import numpy as np
    >>> counts = np.repeat([[1, 0], [0, 1]], [80, 20], axis=0)
    >>> found = bootstrap_interval(counts, lambda total: total[0] / total.sum())
    >>> float(found.value), round(float(found.low), 2), round(float(found.high), 2)
    (0.8, 0.72, 0.88)
    """
    if len(counts) == 0:
        raise InputError("no texts to measure on: expected one or more.")
    sums = resample_sums(counts, n_samples=n_samples, random_state=random_state)
    found = [metric(total) for total in sums]
    low, high = percentiles(np.array(found), level)
    return Interval(metric(counts.sum(axis=0)), low, high)


def bootstrap_difference(
    first: npt.NDArray[np.int64],
    second: npt.NDArray[np.int64],
    metric: Metric,
    *,
    n_samples: int = 2000,
    level: float = 0.95,
    random_state: int = 0,
) -> Difference:
    """Estimate the difference of a metric between two models on the same texts.

    Parameters
    ----------
    first, second : ndarray of int64, shape (n_rows, ...)
        Tallies of the two models per text, as `nlp_cx.evaluate.metrics.count_pairs` and its like
        give them, rows in the same order.
    metric : callable
        Turns a sum of tallies into the metric, e.g. `nlp_cx.evaluate.metrics.macro_f1`.
    n_samples : int, default=2000
        Resamples of the texts, with replacement; both models are measured on each.
    level : float, default=0.95
        Of the interval, 0 to 1.
    random_state : int, default=0

    Returns
    -------
    Difference

    Raises
    ------
    InputError
        If the tallies differ in shape or are empty.

    Notes
    -----
    Texts are resampled as if they were independent; several texts of one review make the interval
    somewhat too narrow.

    References
    ----------
    Efron, Tibshirani (1993), An introduction to the bootstrap, ch. 13. Berg-Kirkpatrick, Burkett,
    Klein (2012), An empirical investigation of statistical significance in NLP, EMNLP.
    """
    if first.shape != second.shape or len(first) == 0:
        raise InputError(f"tallies of shape {first.shape} and {second.shape}: expected one shape.")
    both = np.stack([first, second], axis=1)
    sums = resample_sums(both, n_samples=n_samples, random_state=random_state)
    differences = np.array([metric(a) - metric(b) for a, b in sums])
    low, high = percentiles(differences, level)
    return Difference(
        value=metric(first.sum(axis=0)) - metric(second.sum(axis=0)),
        low=low,
        high=high,
        p_not_better=float(np.mean(differences <= 0)),
    )


def resample_sums(
    counts: npt.NDArray[np.int64], *, n_samples: int = 2000, random_state: int = 0
) -> npt.NDArray[np.float64]:
    """Give the summed tallies of resamples of the rows, with replacement.

    Parameters
    ----------
    counts : ndarray of int64, shape (n_rows, ...)
        One row per text, or per group of texts that are drawn together.
    n_samples : int, default=2000
    random_state : int, default=0

    Returns
    -------
    ndarray of float64, shape (n_samples, ...)
        Whole numbers.

    Notes
    -----
    Rows with equal tallies are drawn as one class: how often each class comes up is multinomial
    with the shares of the classes, the same distribution as that of drawing row by row. Ten
    thousand texts that are right or wrong are two classes.

    Examples
    --------
    >>> import numpy as np
    >>> resample_sums(np.array([[1, 0], [1, 0], [1, 0]]), n_samples=2).tolist()
    [[3.0, 0.0], [3.0, 0.0]]
    """
    n_rows = len(counts)
    kinds, first, n_each = np.unique(
        counts.reshape(n_rows, -1), axis=0, return_index=True, return_counts=True
    )
    # In the order of the rows: drawing then does not depend on the values, so that two models
    # swapped give the same interval with the sign turned.
    order = np.argsort(first)
    share = n_each[order] / n_rows
    values = kinds[order].astype(np.float64)  # float: multiplied by BLAS, and exact
    rng = np.random.default_rng(random_state)
    sums = np.empty((n_samples, values.shape[1]))
    for start in range(0, n_samples, _BLOCK):
        n_block = min(_BLOCK, n_samples - start)
        times = rng.multinomial(n_rows, share, size=n_block)
        sums[start : start + n_block] = times.astype(np.float64) @ values
    return sums.reshape(n_samples, *counts.shape[1:])


def percentiles(found: npt.NDArray[np.float64], level: float = 0.95) -> tuple[float, float]:
    """Give the ends of a percentile interval; resamples without a value are left out."""
    if np.isnan(found).all():
        return np.nan, np.nan
    tail = 100 * (1 - level) / 2
    low, high = np.nanpercentile(found, [tail, 100 - tail])
    return float(low), float(high)
