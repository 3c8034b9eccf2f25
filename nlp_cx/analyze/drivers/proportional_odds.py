"""The proportional-odds model: how a column goes with the odds of a higher step of a scale."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from nlp_cx.analyze.drivers.row_terms import RowTerms
from nlp_cx.errors import AnalysisError

Floats = npt.NDArray[np.float64]

MAX_LEVELS = 20
"""An outcome with more distinct values is a number, not a scale of steps."""

_MAX_STEPS = 60
_MAX_LOG_ODDS = 15.0
_TOLERANCE = 1e-9


MIN_LEVEL = 30
"""A level with fewer rows has no threshold that a sample of rows could move in one step."""


class _Ends(NamedTuple):
    """The two thresholds that a row lies between, each as a design with parameters."""

    upper: Floats
    lower: Floats
    is_top: npt.NDArray[np.bool_]
    is_bottom: npt.NDArray[np.bool_]
    weights: Floats


class _Slopes(NamedTuple):
    """First and second derivatives of minus log-likelihood by row, along the two ends."""

    up: Floats
    down: Floats
    up_up: Floats
    down_down: Floats
    up_down: Floats


def fit_proportional_odds(x: Floats, y: Floats, weights: Floats) -> RowTerms:
    """Fit the proportional-odds model of an outcome in steps.

    Parameters
    ----------
    x : ndarray of float64, shape (n_rows, k)
        Without a column of ones; of full rank with one.
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
    log odds(y <= step j) = threshold j - x·b. Newton's method, steps halved where they go too far,
    from the observed shares; the log-likelihood has one maximum.

    References
    ----------
    McCullagh (1980), Regression models for ordinal data, Journal of the Royal Statistical Society
    B 42, 109-142. The same numbers as ``OrderedModel`` of statsmodels with ``distr="logit"``.

    Examples
    --------
    Of ten rows without the mention 5 are high, of ten with it 8: odds 1 and 4.

    >>> x = np.repeat([[0.0], [1.0]], 10, axis=0)
    >>> y = np.array([0.0] * 5 + [1.0] * 5 + [0.0] * 2 + [1.0] * 8)
    >>> fit_proportional_odds(x, y, np.ones(20)).estimate.round(6).tolist()
    [1.386294, 0.0]
    """
    values, level = np.unique(y, return_inverse=True)
    n_cuts = values.size - 1
    if not 1 <= n_cuts < MAX_LEVELS:
        raise AnalysisError(
            f"an ordinal outcome has 2 to {MAX_LEVELS} levels, found {values.size:,}"
        )
    k = x.shape[1]
    steps = np.eye(n_cuts + 1)
    is_top, is_bottom = level == n_cuts, level == 0
    ends = _Ends(
        np.where(is_top[:, None], 0.0, np.hstack([-x, steps[level, :n_cuts]])),
        np.where(is_bottom[:, None], 0.0, np.hstack([-x, steps[level - 1, :n_cuts]])),
        is_top,
        is_bottom,
        weights,
    )
    shares = np.cumsum(np.bincount(level, weights=weights))[:-1] / weights.sum()
    estimate = np.concatenate([np.zeros(k), np.log(shares / (1 - shares))])
    loss = _loss(ends, estimate, k)
    for _ in range(_MAX_STEPS):
        slopes = _slopes(ends, estimate)
        try:
            step = np.linalg.solve(_information(ends, slopes), _score(ends, slopes).sum(axis=0))
        except np.linalg.LinAlgError:
            break
        size = 1.0
        while (new := _loss(ends, estimate + size * step, k)) > loss + 1e-10 * abs(loss):
            size /= 2
            if size < 1e-6:
                break
        estimate, loss = estimate + size * step, new
        if np.abs(estimate[:k]).max(initial=0.0) > _MAX_LOG_ODDS:
            break
        if np.abs(size * step).max() < _TOLERANCE:
            slopes = _slopes(ends, estimate)
            by_row = partial(_row_information, ends, slopes)
            return RowTerms(estimate, _score(ends, slopes), by_row)
    raise AnalysisError("the odds of a mention are infinite: it goes with one end of the scale")


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


def _shares(ends: _Ends, at: Floats) -> tuple[Floats, Floats, Floats]:
    """Give P(at most the row's step), P(less) and their difference, the row's likelihood."""
    high = np.where(ends.is_top, 1.0, _expit(ends.upper @ at))
    low = np.where(ends.is_bottom, 0.0, _expit(ends.lower @ at))
    return high, low, np.maximum(high - low, 1e-300)


def _loss(ends: _Ends, at: Floats, k: int) -> float:
    """Give minus the log-likelihood; infinite where thresholds do not rise."""
    if (np.diff(at[k:]) <= 0).any():
        return np.inf
    return -float(ends.weights @ np.log(_shares(ends, at)[2]))


def _slopes(ends: _Ends, at: Floats) -> _Slopes:
    """Give the derivatives by row."""
    high, low, share = _shares(ends, at)
    up, down = high * (1 - high) / share, low * (1 - low) / share
    w = ends.weights
    return _Slopes(
        w * up,
        w * down,
        w * up * (up - 1 + 2 * high),
        w * down * (down + 1 - 2 * low),
        -w * up * down,
    )


def _score(ends: _Ends, slopes: _Slopes) -> Floats:
    """Give the gradient of the log-likelihood by row."""
    return np.asarray(ends.upper * slopes.up[:, None] - ends.lower * slopes.down[:, None])


def _information(ends: _Ends, slopes: _Slopes) -> Floats:
    """Give the negative second derivatives, summed over rows."""
    cross = (ends.upper.T * slopes.up_down) @ ends.lower
    return np.asarray(
        (ends.upper.T * slopes.up_up) @ ends.upper
        + (ends.lower.T * slopes.down_down) @ ends.lower
        + cross
        + cross.T
    )


def _row_information(ends: _Ends, slopes: _Slopes, rows: slice) -> Floats:
    """Give the negative second derivatives by row."""
    upper, lower = ends.upper[rows], ends.lower[rows]
    cross = slopes.up_down[rows, None, None] * (upper[:, :, None] * lower[:, None, :])
    return np.asarray(
        slopes.up_up[rows, None, None] * (upper[:, :, None] * upper[:, None, :])
        + slopes.down_down[rows, None, None] * (lower[:, :, None] * lower[:, None, :])
        + cross
        + cross.swapaxes(1, 2)
    )


def _expit(index: Floats) -> Floats:
    """Give the logistic function without overflow."""
    return np.asarray(0.5 * (1 + np.tanh(index / 2)))
