"""Metrics of a table, by group and period: estimate, interval, n, or the reason for none."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypedDict

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.design import as_numbers, code_clusters
from nlp_cx.analyze.metrics.cells import cut_cells
from nlp_cx.analyze.metrics.intervals import net_interval, share_interval, t_quantile
from nlp_cx.analyze.metrics.samples import Sample, count_effective, draw_means, take_sample
from nlp_cx.analyze.metrics.statistic import Statistic, find_known
from nlp_cx.analyze.periods import Every
from nlp_cx.analyze.proportions import normal_quantile
from nlp_cx.analyze.resample import percentile_interval
from nlp_cx.errors import AnalysisError, ConfigError, DataWarning, SchemaError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Method = Literal["wilson", "adjusted_wald", "wald", "t", "bootstrap"]

METHODS: dict[str, tuple[str, ...]] = {
    "share": ("wilson", "wald", "bootstrap"),
    "net": ("adjusted_wald", "wald", "t", "bootstrap"),
    "mean": ("t", "bootstrap"),
    "ratio": ("bootstrap",),
}
"""Intervals by kind of statistic; the first one is taken unless another is asked for."""

COLUMNS = (
    "metric",
    "estimate",
    "low",
    "high",
    "n",
    "n_missing",
    "n_effective",
    "interval",
    "unit",
    "source",
    "caveat",
    "reason",
)
"""Columns of a result, after ``group`` and ``period``."""


class Options(TypedDict, total=False):
    """Keywords of `estimate_metrics`, which each metric's own function passes on."""

    group: str | None
    period: str | None
    every: Every | None
    time_zone: str | None
    weights: str | None
    cluster: str | None
    confidence: float
    interval: Method | None
    min_n: int
    n_bootstrap: int
    random_state: int


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


def estimate_metrics(
    table: pd.DataFrame,
    statistics: Sequence[Statistic],
    *,
    group: str | None = None,
    period: str | None = None,
    every: Every | None = None,
    time_zone: str | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    confidence: float = 0.95,
    interval: Method | None = None,
    min_n: int = 10,
    n_bootstrap: int = 1000,
    random_state: int = 0,
) -> pd.DataFrame:
    """Estimate metrics with their intervals, of all rows or by group and period.

    Parameters
    ----------
    table : DataFrame, one row per answer or customer
    statistics : sequence of Statistic
        Made of the same table: ``code_nps(ox, "r_nps") + code_csat(ox, "r_csat", scale=(1, 5))``.
    group, period : str, optional
        Columns; see `cells.cut_cells`.
    every : {"day", "week", "month", "quarter", "year"}, optional
        Length of the periods of a column of times; ``"month"`` when not given.
    time_zone : str, optional
        Whose midnight counts, e.g. ``"Asia/Shanghai"``; that of the times when not given.
    weights : str, optional
        A column of numbers, 0 or more. Rows without one are left out with a warning.
    cluster : str, optional
        Column of the customer. One customer's answers are not independent, and taken as such they
        make intervals too narrow.
    confidence : float, default=0.95
    interval : {"wilson", "adjusted_wald", "wald", "t", "bootstrap"}, optional
        For the statistics it suits (`METHODS`); others keep their default: shares Wilson, nets such
        as the NPS adjusted Wald, means t, ratios the percentile bootstrap.
    min_n : int, default=10
        Cells with fewer answers are not estimated.
    n_bootstrap : int, default=1000
    random_state : int, default=0

    Returns
    -------
    DataFrame, one row per statistic and cell
        ``group``, ``period`` where asked for; ``metric``; ``estimate, low, high`` in ``unit``;
        ``n`` answers, ``n_missing`` rows without an answer, ``n_effective`` (see
        `samples.count_effective`); ``interval`` (the method, of clusters where so); ``source``
        (surveyed, operational, text: never to be pooled); ``caveat`` and ``reason`` (why a number
        is missing), null where there is none.

    Raises
    ------
    SchemaError
        If a column is missing, or the statistics were made of another table.
    ConfigError
        If an option is out of range.

    Notes
    -----
    Missing answers are counted and never filled in: the metric is that of those who answered.
    Weighted and clustered shares and nets take the effective number of answers for n (for
    clusters times (t with n - 1 / t with clusters - 1)², Korn and Graubard 1998), means a
    linearised standard error with customers - 1 degrees of freedom.

    Examples
    --------
    >>> from nlp_cx.analyze.metrics import code_nps
    >>> ox = pd.DataFrame({"r_nps": [10] * 50 + [8] * 30 + [0] * 20})
    >>> result = estimate_metrics(ox, code_nps(ox, "r_nps"))
    >>> result[["metric", "estimate", "low", "high", "interval"]].round(2).values.tolist()[0]
    ['nps', 30.0, 14.05, 44.2, 'adjusted Wald']
    """
    check_statistics(table, statistics)
    inference = Inference(confidence, interval, min_n, n_bootstrap, random_state)
    weight = take_weights(table, weights)
    clusters = take_clusters(table, cluster)
    rows = []
    for cell in cut_cells(table, group=group, period=period, every=every, time_zone=time_zone):
        label = {} if group is None else {"group": cell.group}
        if period is not None:
            label["period"] = cell.period
        for statistic in statistics:
            sample = take_sample(
                statistic, cell.rows, weight, clusters, is_clustered=cluster is not None
            )
            n_missing = int((~find_known(statistic.values[cell.rows])).sum())
            row = estimate_sample(statistic, sample, inference)
            caveat = "; ".join(part for part in (statistic.caveat, cell.caveat) if part)
            rows.append({**label, **row, "n_missing": n_missing, "caveat": caveat or None})
    labels = [name for name, given in (("group", group), ("period", period)) if given is not None]
    return tabulate(rows, labels)


def tabulate(rows: Sequence[dict[str, object]], labels: Sequence[str] = ()) -> pd.DataFrame:
    """Give result rows with the columns of every metric, in their order.

    Parameters
    ----------
    rows : sequence of dict
        By column; what is not there is missing.
    labels : sequence of str
        Columns that stand first.

    Returns
    -------
    DataFrame
        With `labels` and `COLUMNS`.
    """
    frame = pd.DataFrame(list(rows), columns=[*labels, *COLUMNS])
    floats = dict.fromkeys(["estimate", "low", "high", "n_effective"], "float64")
    return frame.astype({**floats, "n": "Int64", "n_missing": "Int64"})


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
        row["n_effective"] = count_effective(sample)
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
    n = count_effective(sample)
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
    return float(np.sqrt(spread * n / (n - 1) / count_effective(sample)))


def degrees_of_freedom(sample: Sample) -> float:
    """Give the degrees of freedom of `standard_error`."""
    return (sample.n_clusters if sample.is_clustered else count_effective(sample)) - 1


def check_statistics(table: pd.DataFrame, statistics: Sequence[Statistic]) -> None:
    """Refuse statistics that were not made of the table.

    Parameters
    ----------
    table : DataFrame
    statistics : sequence of Statistic

    Raises
    ------
    SchemaError
        If there are none, or their rows are not as many as the table's.
    """
    if not statistics:
        raise SchemaError("no metric was asked for")
    for statistic in statistics:
        if len(statistic.values) != len(table):
            raise SchemaError(
                f"{statistic.name}: made of {len(statistic.values):,} rows, the table has "
                f"{len(table):,}. Make it of the same table."
            )


def take_weights(table: pd.DataFrame, weights: str | None) -> Floats:
    """Take weights from a table; 0 where a row has none.

    Parameters
    ----------
    table : DataFrame
    weights : str or None
        None makes every weight 1.

    Returns
    -------
    ndarray of float64, shape (n_rows,)

    Raises
    ------
    SchemaError
        If there is no such column, or it does not hold numbers.
    AnalysisError
        If a weight is negative.
    """
    if weights is None:
        return np.ones(len(table))
    if weights not in table.columns:
        raise SchemaError(f"no column {weights!r} for weights")
    weight = as_numbers(table, weights)
    if (weight < 0).any():
        raise AnalysisError(
            f"weights {weights!r}: {int((weight < 0).sum()):,} are negative, expected 0 or more"
        )
    n = int(np.isnan(weight).sum())
    if n:
        warnings.warn(f"{n:,} rows without {weights!r} are left out", DataWarning, stacklevel=3)
    return np.nan_to_num(weight, nan=0.0)


def take_clusters(table: pd.DataFrame, cluster: str | None) -> Ints:
    """Number the customers of a table's rows.

    Parameters
    ----------
    table : DataFrame
    cluster : str or None
        None makes every row its own; so are rows without a value.

    Returns
    -------
    ndarray of int64, shape (n_rows,)

    Raises
    ------
    SchemaError
        If there is no such column.
    """
    if cluster is not None and cluster not in table.columns:
        raise SchemaError(f"no column {cluster!r} for the customer")
    return code_clusters(table, cluster, np.arange(len(table), dtype=np.int64))
