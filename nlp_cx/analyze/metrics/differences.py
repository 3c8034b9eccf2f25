"""Differences of metrics between groups and between periods, tested, and adjusted for how many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.metrics.cells import Cell, cut_cells
from nlp_cx.analyze.metrics.estimates import (
    Inference,
    Method,
    check_statistics,
    degrees_of_freedom,
    effective_for_interval,
    estimate_value,
    find_interval,
    find_obstacle,
    net_shares,
    standard_error,
    take_clusters,
    take_weights,
)
from nlp_cx.analyze.metrics.intervals import adjust_net, combine_intervals, t_quantile
from nlp_cx.analyze.metrics.samples import (
    Sample,
    draw_joint,
    sum_influence,
    take_sample,
)
from nlp_cx.analyze.metrics.statistic import Statistic
from nlp_cx.analyze.periods import Every
from nlp_cx.analyze.proportions import adjust_p_values, normal_quantile
from nlp_cx.analyze.resample import percentile_interval
from nlp_cx.errors import ConfigError

Against = Literal["each_other", "rest"]

REST = "(the rest)"
"""Name of all other groups together."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two cells to be compared: the difference is second minus first."""

    first: Cell
    second: Cell


@dataclass(frozen=True, slots=True)
class _Contrast:
    """A difference, its standard error and interval, before the factor of the statistic."""

    difference: float
    se: float
    low: float
    high: float
    interval: str
    test: str
    df: float = np.inf


def compare_metrics(
    table: pd.DataFrame,
    statistics: Sequence[Statistic],
    *,
    group: str | None = None,
    period: str | None = None,
    every: Every | None = None,
    time_zone: str | None = None,
    against: Against = "each_other",
    weights: str | None = None,
    cluster: str | None = None,
    confidence: float = 0.95,
    interval: Method | None = None,
    min_n: int = 10,
    n_bootstrap: int = 1000,
    random_state: int = 0,
) -> pd.DataFrame:
    """Test whether metrics differ between groups, and from one period to the next.

    Parameters
    ----------
    table, statistics, group, period, every, time_zone, weights, cluster, confidence, interval, \
min_n, n_bootstrap, random_state
        As in `estimates.estimate_metrics`; `group` or `period` is needed. A customer named by
        `cluster` who is in both cells is reckoned with, in the interval and in the test.
    against : {"each_other", "rest"}
        Every group against every other, or each against all others together. Periods are compared
        with the one before, within each group.

    Returns
    -------
    DataFrame, one row per statistic and pair
        ``group``, ``period``: of the second cell; ``from_group``, ``from_period``: of the first.
        With both given, groups are compared within a period and periods within a group. Parts of
        a net (shares of promoters) are not compared.
        ``metric``; ``estimate``: second minus first, as the two estimates have it; ``low, high``;
        ``n``, ``from_n``; ``statistic``, ``p_value`` (two-sided); ``p_adjusted``:
        Benjamini-Hochberg over all rows of this table; ``interval``, ``test``; ``unit``,
        ``source``; ``reason``, null unless a number is missing. ``adjusted``: of nets, the
        difference of the adjusted estimates, which the interval is centred on; null for others.

    Raises
    ------
    ConfigError
        If neither `group` nor `period` is given, or an option is out of range.
    SchemaError
        If a column is missing.

    Notes
    -----
    Shares: pooled z test, Newcombe's interval (of Wilson intervals). Nets such as the NPS: adjusted
    Wald, the difference of the two adjusted estimates over the root of the sum of their variances.
    Means: Welch's t test. Ratios: bootstrap, z from the standard deviation of the draws. With
    customers in both cells the covariance of the two estimates is taken off; tests of clustered
    cells use t with customers - 1 degrees of freedom. Rows that are not tested do not count for
    the adjustment. p-values are for this table as a whole: do not pick a smaller one afterwards.

    Examples
    --------
    >>> from nlp_cx.analyze.metrics import code_nps
    >>> ox = pd.DataFrame({
    ...     "r_nps": [10] * 50 + [8] * 30 + [0] * 20 + [10] * 60 + [8] * 25 + [0] * 15,
    ...     "wave": [1] * 100 + [2] * 100})
    >>> row = compare_metrics(ox, code_nps(ox, "r_nps"), period="wave").iloc[0]
    >>> [round(float(row[name]), 3) for name in ("estimate", "adjusted", "statistic", "p_value")]
    [15.0, 14.563, 1.372, 0.17]
    """
    if group is None and period is None:
        raise ConfigError("nothing to compare: give group, period or both")
    if against not in ("each_other", "rest"):
        raise ConfigError(f"against {against!r}, expected each_other or rest")
    check_statistics(table, statistics)
    inference = Inference(confidence, interval, min_n, n_bootstrap, random_state)
    weight, clusters = take_weights(table, weights), take_clusters(table, cluster)
    cells = cut_cells(table, group=group, period=period, every=every, time_zone=time_zone)
    rows = []
    for pair in _pair(cells, group is not None, period is not None, against):
        for statistic in statistics:
            if statistic.is_part:
                continue
            first, second = (
                take_sample(
                    statistic, cell.rows, weight, clusters, is_clustered=cluster is not None
                )
                for cell in (pair.first, pair.second)
            )
            row = compare_samples(statistic, first, second, inference)
            rows.append({**_label(pair, group is not None, period is not None, against), **row})
    return _tabulate(rows, group is not None, period is not None)


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
    (ids1, u1), (ids2, u2) = sum_influence(first), sum_influence(second)
    _, at1, at2 = np.intersect1d(ids1, ids2, assume_unique=True, return_indices=True)
    scale = np.sqrt((u1**2).sum() * (u2**2).sum())
    return float(np.clip(u1[at1] @ u2[at2] / scale, -1, 1)) if scale > 0 else 0.0


def _compare_shares(
    statistic: Statistic, first: Sample, second: Sample, inference: Inference
) -> _Contrast:
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
    return _Contrast(p2 - p1, float(se), low, high, name, "pooled z")


def _compare_nets(first: Sample, second: Sample, inference: Inference, method: str) -> _Contrast:
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
    return _Contrast(difference, se, difference - half, difference + half, name, f"{name} z")


def _compare_means(first: Sample, second: Sample, inference: Inference) -> _Contrast:
    """Compare two means by Welch's t test."""
    rho = correlate_means(first, second)
    se1, se2 = standard_error(first), standard_error(second)
    se = float(np.sqrt(max(se1**2 + se2**2 - 2 * rho * se1 * se2, 0.0)))
    df = (se1**2 + se2**2) ** 2 / (
        se1**4 / degrees_of_freedom(first) + se2**4 / degrees_of_freedom(second)
    )
    difference = float(second.means - first.means)
    half = t_quantile(inference.confidence, df) * se
    return _Contrast(difference, se, difference - half, difference + half, "t", "Welch t", df)


def _compare_draws(
    statistic: Statistic, first: Sample, second: Sample, inference: Inference
) -> _Contrast:
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
    return _Contrast(found, se, float(low), float(high), "bootstrap", "bootstrap z")


def _tell(
    contrast: _Contrast, statistic: Statistic, first: Sample, second: Sample
) -> dict[str, object]:
    """Give interval and test of a difference as columns."""
    from scipy.special import stdtr

    if not np.isfinite([contrast.low, contrast.high]).all():
        return {"reason": "not tested: too many bootstrap samples give no value"}
    df, suffix = contrast.df, ""
    if first.is_clustered:
        df = min(df, len(np.union1d(first.clusters, second.clusters)) - 1)
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


def _pair(
    cells: list[Cell], has_groups: bool, has_periods: bool, against: Against
) -> Iterator[Pair]:
    """Give the cells to compare: groups within a period, then periods within a group."""
    cells = [
        cell
        for cell in cells
        if not (has_groups and cell.group is None) and not (has_periods and cell.period is None)
    ]
    if has_groups:
        for period in _distinct(cell.period for cell in cells):
            here = [cell for cell in cells if cell.period == period]
            if against == "each_other":
                yield from (Pair(first, second) for first, second in combinations(here, 2))
            elif len(here) > 1:
                for cell in here:
                    others = np.concatenate([o.rows for o in here if o is not cell])
                    yield Pair(Cell(REST, period, others), cell)
    if has_periods:
        for group in _distinct(cell.group for cell in cells):
            here = [cell for cell in cells if cell.group == group]
            yield from (Pair(first, second) for first, second in pairwise(here))


def _distinct(values: Iterator[Any]) -> list[Any]:
    """Give each value once, in order."""
    return list(dict.fromkeys(values))


def _label(pair: Pair, has_groups: bool, has_periods: bool, against: Against) -> dict[str, object]:
    """Name the two cells of a pair."""
    label: dict[str, object] = {}
    if has_groups:
        label |= {"group": pair.second.group, "from_group": pair.first.group}
        if against == "rest":  # one type of cell in the column
            label["from_group"] = str(pair.first.group)
    if has_periods:
        label |= {"period": pair.second.period, "from_period": pair.first.period}
    return label


_COLUMNS = {
    "metric": None,
    "estimate": "float64",
    "low": "float64",
    "high": "float64",
    "n": "Int64",
    "from_n": "Int64",
    "adjusted": "float64",
    "statistic": "float64",
    "p_value": "float64",
    "p_adjusted": "float64",
    "interval": None,
    "test": None,
    "unit": None,
    "source": None,
    "reason": None,
}


def _tabulate(
    rows: Sequence[dict[str, object]], has_groups: bool, has_periods: bool
) -> pd.DataFrame:
    """Give the rows as a table, with p-values adjusted for all of them."""
    labels = ["group", "from_group"] * has_groups + ["period", "from_period"] * has_periods
    frame = pd.DataFrame(list(rows), columns=[*labels, *_COLUMNS])
    frame = frame.astype({name: kind for name, kind in _COLUMNS.items() if kind})
    p: npt.NDArray[np.float64] = frame["p_value"].to_numpy(np.float64)
    frame["p_adjusted"] = adjust_p_values(p)
    return frame
