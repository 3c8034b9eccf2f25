"""Is one model really better than another on these texts: the paired bootstrap."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from nlp_cx.errors import InputError

_BLOCK = 64


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


def bootstrap_difference(
    first: npt.NDArray[np.int64],
    second: npt.NDArray[np.int64],
    metric: Callable[[npt.NDArray[np.int64]], float],
    *,
    n_samples: int = 2000,
    level: float = 0.95,
    random_state: int = 0,
) -> Difference:
    """Estimate the difference of a metric between two models on the same texts.

    Parameters
    ----------
    first, second : ndarray of int64, shape (n_rows, ...)
        Tallies of the two models per text, as `nlp_cx.train.metrics.count_pairs` and its like
        give them, rows in the same order.
    metric : callable
        Turns a sum of tallies into the metric, e.g. `nlp_cx.train.metrics.macro_f1`.
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
    n_rows = len(first)
    both = np.stack([first, second]).reshape(2, n_rows, -1)
    rng = np.random.default_rng(random_state)
    found = []
    for start in range(0, n_samples, _BLOCK):
        n_block = min(_BLOCK, n_samples - start)
        times = rng.multinomial(n_rows, np.full(n_rows, 1 / n_rows), size=n_block)
        sums = (times @ both).reshape(2, n_block, *first.shape[1:])
        found += [metric(a) - metric(b) for a, b in zip(*sums, strict=True)]
    differences = np.array(found)
    tail = 100 * (1 - level) / 2
    low, high = np.nanpercentile(differences, [tail, 100 - tail])
    return Difference(
        value=metric(first.sum(axis=0)) - metric(second.sum(axis=0)),
        low=float(low),
        high=float(high),
        p_not_better=float(np.mean(differences <= 0)),
    )
