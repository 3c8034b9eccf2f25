"""Is a window worse than it should be, beyond chance? For every segment and step at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nlp_cx.analyze.alerts.rules import AggregateRule
from nlp_cx.analyze.proportions import two_proportion_test

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_FEW = 5.0
"""With fewer expected hits or misses than this on a side, the z test of shares is too rough."""


@dataclass(frozen=True, slots=True)
class Sums:
    """A metric's sums in windows.

    Attributes
    ----------
    n : ndarray of float64, shape (..., n_segments)
        Rows.
    totals : ndarray of float64, shape (..., n_segments, k)
        Of the values of `Watch`.
    """

    n: Floats
    totals: Floats


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What the tests say of windows.

    Attributes
    ----------
    estimate, baseline : ndarray of float64, shape (..., n_segments)
        NaN where there is no row; `baseline` is NaN where the rule has none.
    p_value, p_adjusted : ndarray of float64, same shape
        The larger one where the rule compares with a level and a baseline; NaN where there is no
        verdict.
    can_judge : ndarray of bool, same shape
        Enough rows, and values that vary.
    is_worse : ndarray of bool, same shape
        Significantly so, in the bad direction, by at least the smallest change that matters.
    """

    estimate: Floats
    baseline: Floats
    p_value: Floats
    p_adjusted: Floats
    can_judge: Bools
    is_worse: Bools


def judge(rule: AggregateRule, window: Sums, baseline: Sums | None, centres: Floats) -> Verdicts:
    """Judge windows.

    Parameters
    ----------
    rule : AggregateRule
    window : Sums
    baseline : Sums, optional
        Of the days before each window; NaN counts where the history does not reach back so far.
    centres : ndarray of float64, shape (n_segments,)
        From `Watch`.

    Returns
    -------
    Verdicts

    Notes
    -----
    Against a baseline: the two-proportion z test of shares (with fewer than 5 expected hits or
    misses the exact binomial test given their total), Welch's t of means, the z of differences of
    adjusted net scores, the exact binomial test of counts given their total. Against a level: the
    score test of a share, Student's t, the adjusted z, the exact Poisson test. All two-sided.

    References
    ----------
    Rocks (2016), Interval estimation for the net promoter score, American Statistician 70,
    365-372, for the adjusted net score; Przyborowski and Wilenski (1940), Biometrika 31, 313-323,
    for two counts.
    """
    estimate = _estimate(rule, window, centres)
    enough = _enough(rule, window, baseline)
    p_values, is_bad = [], np.ones(estimate.shape, np.bool_)
    before = np.full(estimate.shape, np.nan)
    sign = 1.0 if rule.direction == "up" else -1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        if rule.threshold is not None:
            p_values.append(_against_level(rule, window, centres))
            is_bad &= sign * (estimate - rule.threshold) > 0
        if baseline is not None:
            before = _estimate(rule, baseline, centres)
            if rule.metric == "count":
                before = before * rule.window_days / (rule.baseline_days or 1)
            p_values.append(_against_baseline(rule, window, baseline))
            change = sign * (estimate - before)
            is_bad &= (change > 0) & (change >= rule.min_change)
    p_value = np.maximum.reduce(p_values)
    can_judge = enough & ~np.isnan(p_value)
    p_value = np.where(can_judge, p_value, np.nan)
    adjusted = adjust_last_axis(p_value)
    with np.errstate(invalid="ignore"):
        is_worse = can_judge & is_bad & (adjusted <= rule.alpha)
    return Verdicts(estimate, before, p_value, adjusted, can_judge, is_worse)


def adjust_last_axis(p: Floats) -> Floats:
    """Adjust p-values by Benjamini-Hochberg along the last axis.

    Parameters
    ----------
    p : ndarray of float64, shape (..., n)
        NaN is not tested, and does not count.

    Returns
    -------
    ndarray of float64, same shape

    Examples
    --------
    >>> adjust_last_axis(np.array([[0.01, np.nan, 0.04], [0.2, 0.1, np.nan]])).tolist()
    [[0.02, nan, 0.04], [0.2, 0.2, nan]]
    """
    order = np.argsort(p, axis=-1)  # NaN last
    ranked = np.take_along_axis(p, order, axis=-1)
    m = (~np.isnan(p)).sum(axis=-1, keepdims=True)
    ranked = ranked * m / np.arange(1, p.shape[-1] + 1)
    ranked = np.where(np.isnan(ranked), np.inf, ranked)
    ranked = np.minimum.accumulate(ranked[..., ::-1], axis=-1)[..., ::-1]
    adjusted = np.empty_like(ranked)
    np.put_along_axis(adjusted, order, ranked, axis=-1)
    return np.where(np.isnan(p), np.nan, np.minimum(adjusted, 1))


def _enough(rule: AggregateRule, window: Sums, baseline: Sums | None) -> Bools:
    """Tell where there are enough rows for a verdict."""
    with np.errstate(invalid="ignore"):
        if rule.metric == "count":
            if baseline is None:
                return np.ones(window.n.shape, np.bool_)
            return np.asarray(window.n + baseline.n >= rule.min_n)
        enough = window.n >= rule.min_n
        if baseline is not None:
            enough = enough & (baseline.n >= rule.min_n)
        return np.asarray(enough)


def _estimate(rule: AggregateRule, sums: Sums, centres: Floats) -> Floats:
    """Give the metric."""
    if rule.metric == "count":
        return sums.n
    with np.errstate(divide="ignore", invalid="ignore"):
        means = sums.totals / sums.n[..., None]
    if rule.metric == "share":
        return np.asarray(means[..., 0])
    if rule.metric == "nps":
        return np.asarray(100 * (means[..., 0] - means[..., 1]))
    return np.asarray(means[..., 0] + centres)


def _against_baseline(rule: AggregateRule, window: Sums, baseline: Sums) -> Floats:
    """Test windows against the days before."""
    if rule.metric == "count":
        share = rule.window_days / (rule.window_days + (rule.baseline_days or 0))
        return _binomial(window.n, window.n + baseline.n, share)
    if rule.metric == "share":
        return _compare_shares(baseline.totals[..., 0], baseline.n, window.totals[..., 0], window.n)
    if rule.metric == "nps":
        (net1, variance1), (net2, variance2) = _adjusted_net(baseline), _adjusted_net(window)
        return _two_sided((net2 - net1) / np.sqrt(variance1 + variance2))
    (mean1, variance1), (mean2, variance2) = _moments(baseline), _moments(window)
    spread = variance1 + variance2
    degrees = spread**2 / (variance1**2 / (baseline.n - 1) + variance2**2 / (window.n - 1))
    return _student((mean2 - mean1) / np.sqrt(spread), degrees)


def _against_level(rule: AggregateRule, window: Sums, centres: Floats) -> Floats:
    """Test windows against the threshold."""
    level = float(rule.threshold or 0.0)
    if rule.metric == "count":
        from scipy.special import pdtr, pdtrc

        upper = np.where(window.n > 0, pdtrc(window.n - 1, level), 1.0)
        return np.minimum(2 * np.minimum(upper, pdtr(window.n, level)), 1)
    if rule.metric == "share":
        hits, n = window.totals[..., 0], window.n
        z = (hits / n - level) / np.sqrt(level * (1 - level) / n)
        is_rough = np.minimum(n * level, n * (1 - level)) < _FEW
        return np.where(is_rough, _binomial(hits, n, level), _two_sided(z))
    if rule.metric == "nps":
        net, variance = _adjusted_net(window)
        return _two_sided((net - level) / np.sqrt(variance))
    mean, variance = _moments(window)
    return _student((mean + centres - level) / np.sqrt(variance), window.n - 1)


def _compare_shares(k1: Floats, n1: Floats, k2: Floats, n2: Floats) -> Floats:
    """Test two shares; exactly where they are too small for the z test."""
    pooled = (k1 + k2) / (n1 + n2)
    smaller = np.minimum(n1, n2) * np.minimum(pooled, 1 - pooled)
    rare = np.where(pooled <= 0.5, k2, n2 - k2)
    all_rare = np.where(pooled <= 0.5, k1 + k2, n1 + n2 - k1 - k2)
    exact = _binomial(rare, all_rare, n2 / (n1 + n2))
    return np.where(smaller < _FEW, exact, two_proportion_test(k1, n1, k2, n2).p_value)


def _binomial(k: Floats, n: Floats, share: npt.ArrayLike) -> Floats:
    """Give the exact binomial p-value, twice the smaller tail."""
    from scipy.special import bdtr, bdtrc

    share = np.asarray(share, np.float64)
    known = ~np.isnan(k + n + share)
    hits, trials = np.where(known, k, 0), np.where(known, n, 0)
    chance = np.where(known, share, 0.5)
    upper = np.where(hits > 0, bdtrc(hits - 1, trials.astype(np.int64), chance), 1.0)
    lower = bdtr(hits, trials.astype(np.int64), chance)
    return np.where(known, np.minimum(2 * np.minimum(upper, lower), 1), np.nan)


def _adjusted_net(sums: Sums) -> tuple[Floats, Floats]:
    """Give the adjusted net score and its variance, in points."""
    n = sums.n + 3
    promoters, detractors = (sums.totals[..., i] + 0.75 for i in (0, 1))
    net = (promoters - detractors) / n
    variance = ((promoters + detractors) / n - net**2) / n
    return 100 * net, 1e4 * variance


def _moments(sums: Sums) -> tuple[Floats, Floats]:
    """Give the mean of centred values and its variance; NaN where they do not vary."""
    mean = sums.totals[..., 0] / sums.n
    spread = (sums.totals[..., 1] - sums.n * mean**2) / (sums.n - 1)
    tiny = 1e-12 * np.maximum(sums.totals[..., 1] / sums.n, 1e-300)
    return mean, np.where(spread > tiny, spread, np.nan) / sums.n


def _student(t: Floats, degrees: Floats) -> Floats:
    """Give the two-sided p-value of Student's t."""
    from scipy.special import stdtr

    return np.asarray(2 * stdtr(degrees, -np.abs(t)))


def _two_sided(z: Floats) -> Floats:
    """Give the two-sided p-value of a normal deviate."""
    from scipy.special import ndtr

    return np.asarray(2 * ndtr(-np.abs(z)))
