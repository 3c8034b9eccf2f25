"""The difference of one statistic between two cells: interval and test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nlp_cx.analyze.metrics.inference import (
    Inference,
    degrees_of_freedom,
    effective_for_interval,
    estimate_value,
    find_interval,
    find_obstacle,
    net_shares,
    standard_error,
)
from nlp_cx.analyze.metrics.intervals import adjust_net, combine_intervals, t_quantile
from nlp_cx.analyze.metrics.samples import Sample, draw_joint
from nlp_cx.analyze.metrics.statistic import Statistic
from nlp_cx.analyze.proportions import normal_quantile
from nlp_cx.analyze.resample import percentile_interval


@dataclass(frozen=True, slots=True)
class Contrast:
    """A difference, its standard error and interval, before the factor of the statistic."""

    difference: float
    se: float
    low: float
    high: float
    interval: str
    test: str
    df: float = np.inf


def compare_samples(
    statistic: Statistic, first: Sample, second: Sample, inference: Inference
) -> dict[str, object]:
    """Compare one statistic of two cells.

    Parameters
    ----------
    statistic : Statistic
    first, second : Sample
    inference : Inference

    Returns
    -------
    dict
        Of the columns of `compare_metrics`, without those of the cells and ``p_adjusted``.
    """
    row: dict[str, object] = {
        "metric": statistic.name,
        "n": second.n,
        "from_n": first.n,
        "unit": statistic.unit,
        "source": statistic.source,
    }
    if first.is_clustered:
        row["n_clusters"] = second.n_clusters
        row["n_shared"] = _count_shared(first, second)
    if min(first.n, second.n) < inference.min_n:
        return {**row, "reason": f"fewer than min_n {inference.min_n:,} answers on a side"}
    values = [estimate_value(statistic, sample) for sample in (first, second)]
    if not np.isfinite(values).all():
        return {**row, "reason": "the formula has no value on a side: it divides by zero"}
    row["estimate"] = values[1] - values[0]
    method = inference.method(statistic)
    obstacle = find_obstacle(first, method) or find_obstacle(second, method)
    if obstacle:
        return {**row, "reason": f"not tested: {obstacle}"}
    if method == "bootstrap":
        contrast = _compare_draws(statistic, first, second, inference)
    elif statistic.kind == "mean" or method == "t":
        contrast = _compare_means(first, second, inference)
    elif statistic.kind == "net":
        contrast = _compare_nets(first, second, inference, method)
    else:
        contrast = _compare_shares(statistic, first, second, inference)
    return {**row, **_tell(contrast, statistic, first, second)}


def correlate_means(first: Sample, second: Sample) -> float:
    """Give the correlation of the means of two cells that comes of customers in both.

    Parameters
    ----------
    first, second : Sample
        Of values of shape (n,).

    Returns
    -------
    float
        -1 to 1; 0 where no customers are named or none is in both.
    """
    if not first.is_clustered:
        return 0.0
    u1, u2 = first.influence, second.influence
    ids = first.customers[0], second.customers[0]
    _, at1, at2 = np.intersect1d(*ids, assume_unique=True, return_indices=True)
    scale = np.sqrt((u1**2).sum() * (u2**2).sum())
    return float(np.clip(u1[at1] @ u2[at2] / scale, -1, 1)) if scale > 0 else 0.0


def _count_shared(first: Sample, second: Sample) -> int:
    """Count the customers who are in both cells."""
    return len(np.intersect1d(first.customers[0], second.customers[0], assume_unique=True))


def _compare_shares(
    statistic: Statistic, first: Sample, second: Sample, inference: Inference
) -> Contrast:
    """Compare two shares: pooled z test and the interval of the two intervals."""
    rho = correlate_means(first, second)
    n1, n2 = (effective_for_interval(sample, inference.confidence) for sample in (first, second))
    p1, p2 = float(first.means), float(second.means)
    pooled = (p1 * n1 + p2 * n2) / (n1 + n2)
    se = np.sqrt(
        max(pooled * (1 - pooled), 0.0) * max(1 / n1 + 1 / n2 - 2 * rho / np.sqrt(n1 * n2), 0.0)
    )
    low1, high1 = find_interval(statistic, first, inference)
    low2, high2 = find_interval(statistic, second, inference)
    low, high = combine_intervals((p1, low1, high1), (p2, low2, high2), rho)
    name = "Newcombe" if inference.method(statistic) == "wilson" else "Wald"
    return Contrast(p2 - p1, float(se), low, high, name, "pooled z")


def _compare_nets(first: Sample, second: Sample, inference: Inference, method: str) -> Contrast:
    """Compare two nets by their adjusted estimates, or by plain Wald."""
    rho = correlate_means(first, second)
    parts: list[tuple[float, float]] = []
    for sample in (first, second):
        n = effective_for_interval(sample, inference.confidence)
        hit, miss = net_shares(sample)
        if method == "wald":
            parts.append((hit - miss, float(np.sqrt((hit + miss - (hit - miss) ** 2) / n))))
        else:
            adjusted = adjust_net(hit, miss, n)
            parts.append((adjusted.centre, adjusted.se))
    (centre1, se1), (centre2, se2) = parts
    se = float(np.sqrt(max(se1**2 + se2**2 - 2 * rho * se1 * se2, 0.0)))
    difference = centre2 - centre1
    half = normal_quantile(inference.confidence) * se
    name = "Wald" if method == "wald" else "adjusted Wald"
    return Contrast(difference, se, difference - half, difference + half, name, f"{name} z")


def _compare_means(first: Sample, second: Sample, inference: Inference) -> Contrast:
    """Compare two means by Welch's t test."""
    rho = correlate_means(first, second)
    se1, se2 = standard_error(first), standard_error(second)
    se = float(np.sqrt(max(se1**2 + se2**2 - 2 * rho * se1 * se2, 0.0)))
    df = (se1**2 + se2**2) ** 2 / (
        se1**4 / degrees_of_freedom(first) + se2**4 / degrees_of_freedom(second)
    )
    difference = float(second.means - first.means)
    half = t_quantile(inference.confidence, df) * se
    return Contrast(difference, se, difference - half, difference + half, "t", "Welch t", df)


def _compare_draws(
    statistic: Statistic, first: Sample, second: Sample, inference: Inference
) -> Contrast:
    """Compare two estimates by bootstrap draws of the customers of both."""
    with np.errstate(invalid="ignore", divide="ignore"):
        draws = [
            statistic.function(means) if statistic.function else means
            for means in draw_joint([first, second], inference.n_bootstrap, inference.random_state)
        ]
    difference = draws[1] - draws[0]
    low, high = percentile_interval(difference, confidence=inference.confidence)
    estimates = [estimate_value(statistic, sample) for sample in (first, second)]
    found = (estimates[1] - estimates[0]) / statistic.factor
    se = float(np.nanstd(difference, ddof=1)) if np.isfinite([low, high]).all() else np.nan
    return Contrast(found, se, float(low), float(high), "bootstrap", "bootstrap z")


def _tell(
    contrast: Contrast, statistic: Statistic, first: Sample, second: Sample
) -> dict[str, object]:
    """Give interval and test of a difference as columns."""
    from scipy.special import stdtr

    if not np.isfinite([contrast.low, contrast.high]).all():
        return {"reason": "not tested: too many bootstrap samples give no value"}
    df, suffix = contrast.df, ""
    if first.is_clustered:
        df = min(df, first.n_clusters + second.n_clusters - _count_shared(first, second) - 1)
        suffix = ", clustered"
    if contrast.se > 0:
        value = contrast.difference / contrast.se
        p = float(2 * stdtr(df, -abs(value)))
    else:  # both shares are 0, or both 1: no difference; else no spread to judge one by
        value, p = (0.0, 1.0) if contrast.difference == 0 else (np.nan, np.nan)
    bottom, top = statistic.bounds
    factor = statistic.factor
    return {
        "low": max(contrast.low * factor, bottom - top),
        "high": min(contrast.high * factor, top - bottom),
        "adjusted": contrast.difference * factor if "adjusted" in contrast.interval else None,
        "statistic": value,
        "p_value": p,
        "interval": contrast.interval + suffix,
        "test": contrast.test + suffix,
        "reason": None if np.isfinite(p) else "not tested: no spread on either side",
    }
