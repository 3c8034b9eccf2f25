"""How columns go with the odds of a higher step of a scale, row by row."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nlp_cx.analyze.drivers.ordered_logit import differentiate, fit_ordered, newton_steps
from nlp_cx.analyze.drivers.row_terms import RowTerms
from nlp_cx.errors import AnalysisError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MAX_LEVELS = 20
"""An outcome with more distinct values is a number, not a scale of steps."""

MIN_LEVEL = 10
"""A level with fewer rows has no threshold that a sample of rows could move in one step."""

_MAX_LOG_ODDS = 15.0
_ROWS_AT_ONCE = 32_768


def fit_proportional_odds(x: Floats, y: Floats, weights: Floats) -> RowTerms:
    """Fit the proportional-odds model of an outcome in steps.

    Parameters
    ----------
    x : ndarray of float64, shape (n_rows, k)
        With a column of ones of full rank.
    y : ndarray of float64, shape (n_rows,)
        2 to 20 distinct values, of which only the order counts. With two it is the logit model.
    weights : ndarray of float64, shape (n_rows,)

    Returns
    -------
    RowTerms
        Log odds of a higher outcome by column, then the thresholds: k + levels - 1 parameters.

    Raises
    ------
    AnalysisError
        If there are too many levels, or a column tells the outcome without error, so that its odds
        are infinite.

    Notes
    -----
    log odds(y <= step j) = threshold j - x·b, by `fit_ordered`.

    References
    ----------
    McCullagh (1980), Regression models for ordinal data, Journal of the Royal Statistical Society
    B 42, 109-142. The same numbers as ``OrderedModel`` of statsmodels with ``distr="logit"``.

    Examples
    --------
    Of ten rows without the mention 5 are high, of ten with it 8: odds 1 and 4.

    >>> x = np.repeat([[0.0], [1.0]], 10, axis=0)
    >>> y = np.array([0.0] * 5 + [1.0] * 5 + [0.0] * 2 + [1.0] * 8)
    >>> np.exp(fit_proportional_odds(x, y, np.ones(20)).estimate).round(6).tolist()
    [4.0, 1.0]
    """
    values, level = np.unique(y, return_inverse=True)
    levels = level.astype(np.int64)
    if not 2 <= values.size <= MAX_LEVELS:
        raise AnalysisError(
            f"an ordinal outcome has 2 to {MAX_LEVELS} levels, found {values.size:,}"
        )
    spread = x.std(axis=0)
    estimate, _ = fit_ordered(x / spread, levels, weights)
    at = np.arange(values.size - 1, estimate.size)
    per_unit = estimate[at] / spread
    if max(np.abs(estimate[at]).max(initial=0), np.abs(per_unit).max(initial=0)) > _MAX_LOG_ODDS:
        raise AnalysisError("the odds of a mention are infinite: it goes with one end of the scale")
    estimate[at] = per_unit
    # `fit_ordered` ends where the likelihood ends to grow; one step more makes the score vanish.
    score, second = _differentiate(x, levels, weights, estimate)
    estimate = estimate + newton_steps(score.sum(axis=0)[None], second[None])[0]

    score, _ = _differentiate(x, levels, weights, estimate)
    order = np.r_[at, : values.size - 1]  # columns first
    row, column = np.triu_indices(estimate.size)

    def information(rows: slice) -> Floats:
        triangle = differentiate(x[rows], levels[rows], estimate).second
        second = np.empty((len(triangle), estimate.size, estimate.size))
        second[:, row, column] = second[:, column, row] = -weights[rows, None] * triangle
        return np.asarray(second[:, order[:, None], order])

    return RowTerms(estimate[order], score[:, order], information)


def _differentiate(
    x: Floats, levels: Ints, weights: Floats, estimate: Floats
) -> tuple[Floats, Floats]:
    """Give the gradient by row and the summed second derivatives, some rows at a time."""
    score = np.empty((len(x), estimate.size))
    second = np.zeros(estimate.size * (estimate.size + 1) // 2)
    for start in range(0, len(x), _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        slopes = differentiate(x[rows], levels[rows], estimate)
        score[rows] = weights[rows, None] * slopes.first
        second += weights[rows] @ slopes.second
    return score, second


def pool_levels(y: Floats, min_rows: int = MIN_LEVEL) -> Floats:
    """Put rare levels of an outcome together with the rarer of their neighbours.

    Parameters
    ----------
    y : ndarray of float64, shape (n_rows,)
    min_rows : int

    Returns
    -------
    ndarray of float64, shape (n_rows,)
        Every value that is left has `min_rows` rows, or there are two values. Log odds mean the
        same before and after, as the model has one for all thresholds.

    Examples
    --------
    >>> pool_levels(np.array([1.0, 1, 1.5, 2, 2, 2, 3, 3]), min_rows=2).tolist()
    [1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 3.0, 3.0]
    """
    values, level = np.unique(y, return_inverse=True)
    pools = [[value] for value in values]
    sizes = np.bincount(level).tolist()
    while len(pools) > 2 and min(sizes) < min_rows:
        i = sizes.index(min(sizes))
        j = min((j for j in (i - 1, i + 1) if 0 <= j < len(sizes)), key=lambda j: sizes[j])
        first = min(i, j)
        pools[first : first + 2] = [pools[first] + pools[first + 1]]
        sizes[first : first + 2] = [sizes[first] + sizes[first + 1]]
    return np.concatenate([np.full(len(pool), pool[0]) for pool in pools])[level]
