"""From the answers of one cell to an estimate and its interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from nlp_cx.analyze.metrics.intervals import net_interval, share_interval, t_quantile
from nlp_cx.analyze.metrics.samples import Sample, draw_means
from nlp_cx.analyze.metrics.statistic import Statistic
from nlp_cx.analyze.proportions import normal_quantile
from nlp_cx.analyze.resample import percentile_interval
from nlp_cx.errors import ConfigError

Method = Literal["wilson", "adjusted_wald", "wald", "t", "bootstrap"]

METHODS: dict[str, tuple[str, ...]] = {
    "share": ("wilson", "wald", "bootstrap"),
    "net": ("adjusted_wald", "wald", "t", "bootstrap"),
    "mean": ("t", "bootstrap"),
    "ratio": ("bootstrap",),
}
"""Intervals by kind of statistic; the first one is taken unless another is asked for."""


@dataclass(frozen=True, slots=True)
class Inference:
    """How intervals are made.

    Attributes
    ----------
    confidence : float
    interval : str or None
        One of `METHODS`, used for the statistics that it suits; None takes the default of each.
    min_n : int
    n_bootstrap : int
    random_state : int
    """

    confidence: float = 0.95
    interval: str | None = None
    min_n: int = 10
    n_bootstrap: int = 1000
    random_state: int = 0

    def __post_init__(self) -> None:
        """Refuse what no interval can be made with."""
        normal_quantile(self.confidence)
        known = sorted({method for methods in METHODS.values() for method in methods})
        if self.interval is not None and self.interval not in known:
            raise ConfigError(f"interval {self.interval!r}, expected one of {', '.join(known)}")
        if self.n_bootstrap < 1 or self.min_n < 1:
            raise ConfigError(
                f"n_bootstrap {self.n_bootstrap}, min_n {self.min_n}: expected 1 or more"
            )

    def method(self, statistic: Statistic) -> str:
        """Name the interval of a statistic."""
        suited = METHODS[statistic.kind]
        return self.interval if self.interval in suited else suited[0]


def estimate_sample(
    statistic: Statistic, sample: Sample, inference: Inference
) -> dict[str, object]:
    """Estimate one statistic from the answers of one cell.

    Parameters
    ----------
    statistic : Statistic
    sample : Sample
    inference : Inference

    Returns
    -------
    dict
        Of the columns of `estimate_metrics`, without those of the cell.
    """
    row: dict[str, object] = {
        "metric": statistic.name,
        "n": sample.n,
        "unit": statistic.unit,
        "source": statistic.source,
    }
    if sample.is_clustered:
        row["n_clusters"] = sample.n_clusters
    if sample.n < inference.min_n:
        n = f"{sample.n:,} answers" if sample.n != 1 else "1 answer"
        return {
            **row,
            "reason": "no answers"
            if not sample.n
            else f"{n}, fewer than min_n {inference.min_n:,}",
        }
    estimate = estimate_value(statistic, sample)
    if statistic.values.ndim == 1:
        row["n_effective"] = sample.n_effective
    if not np.isfinite(estimate):
        return {**row, "reason": "the formula has no value here: it divides by zero"}
    row["estimate"] = estimate
    method = inference.method(statistic)
    reason = find_obstacle(sample, method)
    if reason:
        return {**row, "reason": f"no interval: {reason}"}
    low, high = find_interval(statistic, sample, inference)
    if not np.isfinite([low, high]).all():
        return {**row, "reason": "no interval: too many bootstrap samples give no value"}
    name = method.replace("_", " ").replace("wald", "Wald").replace("wilson", "Wilson")
    name += ", clustered" if sample.is_clustered else ""
    return {**row, "low": low, "high": high, "interval": name}


def estimate_value(statistic: Statistic, sample: Sample) -> float:
    """Give the estimate of a statistic alone.

    Parameters
    ----------
    statistic : Statistic
    sample : Sample
        With at least one answer.

    Returns
    -------
    float
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        value = statistic.function(sample.means) if statistic.function else sample.means
    return float(value) * statistic.factor


def find_obstacle(sample: Sample, method: str) -> str:
    """Say why no interval can be given, or ``""``.

    Parameters
    ----------
    sample : Sample
    method : str

    Returns
    -------
    str
    """
    if sample.is_clustered and sample.n_clusters < 2:
        return "all answers are of one customer"
    if method not in ("wilson", "adjusted_wald"):
        if sample.n < 2:
            return "one answer"
        if sample.is_constant:
            # The formulas would say that nothing is uncertain.
            return f"all {sample.n:,} answers are equal, which tells nothing of their spread"
    return ""


def effective_for_interval(sample: Sample, confidence: float) -> float:
    """Give the effective number of answers, less what few customers cost.

    Parameters
    ----------
    sample : Sample
    confidence : float

    Returns
    -------
    float

    References
    ----------
    Korn and Graubard (1998), Confidence intervals for proportions with small expected number of
    positive counts estimated from survey data, Survey Methodology 24, 193-201.
    """
    n = sample.n_effective
    if sample.is_clustered and sample.n > 1:
        few = t_quantile(confidence, sample.n_clusters - 1)
        n *= (t_quantile(confidence, sample.n - 1) / few) ** 2
    return n


def find_interval(
    statistic: Statistic, sample: Sample, inference: Inference
) -> tuple[float, float]:
    """Give the interval of an estimate, clipped to what is possible.

    Parameters
    ----------
    statistic : Statistic
    sample : Sample
    inference : Inference

    Returns
    -------
    low, high : float
        NaN where fewer than 9 in 10 bootstrap samples give a value.
    """
    method, confidence = inference.method(statistic), inference.confidence
    if method == "bootstrap":
        draws = draw_means(sample, inference.n_bootstrap, inference.random_state)
        with np.errstate(invalid="ignore", divide="ignore"):
            draws = statistic.function(draws) if statistic.function else draws
        bounds = percentile_interval(draws, confidence=confidence)
        low, high = float(bounds[0]), float(bounds[1])
    elif method == "wilson":
        low, high = share_interval(
            float(sample.means), effective_for_interval(sample, confidence), confidence=confidence
        )
    elif method == "t":
        half = t_quantile(confidence, degrees_of_freedom(sample)) * standard_error(sample)
        low, high = float(sample.means) - half, float(sample.means) + half
    else:
        n = effective_for_interval(sample, confidence)
        hit, miss = net_shares(sample)
        low, high = net_interval(hit, miss, n, method=method, confidence=confidence)
    bottom, top = statistic.bounds
    return (
        max(low * statistic.factor, bottom),
        min(high * statistic.factor, top),
    )


def net_shares(sample: Sample) -> tuple[float, float]:
    """Give the shares of hits and of misses of values from -1 to 1."""
    hit = np.average(np.maximum(sample.values, 0), weights=sample.weights)
    return float(hit), float(hit - sample.means)


def standard_error(sample: Sample) -> float:
    """Give the standard error of the weighted mean of at least two answers."""
    spread = np.average((sample.values - sample.means) ** 2, weights=sample.weights)
    n = sample.n_clusters
    return float(np.sqrt(spread * n / (n - 1) / sample.n_effective))


def degrees_of_freedom(sample: Sample) -> float:
    """Give the degrees of freedom of `standard_error`."""
    return (sample.n_clusters if sample.is_clustered else sample.n_effective) - 1
