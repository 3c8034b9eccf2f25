"""Metrics of a table, by group and period: estimate, interval, n, or the reason for none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.metrics.cells import cut_cells
from nlp_cx.analyze.metrics.inference import Inference, Method, estimate_sample
from nlp_cx.analyze.metrics.rows import check_statistics, take_clusters, take_weights
from nlp_cx.analyze.metrics.samples import take_sample
from nlp_cx.analyze.metrics.statistic import Statistic, find_known
from nlp_cx.analyze.periods import Every

Floats = npt.NDArray[np.float64]


Ints = npt.NDArray[np.int64]


COLUMNS = (
    "metric",
    "estimate",
    "low",
    "high",
    "n",
    "n_missing",
    "n_clusters",
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
        ``n`` answers, ``n_missing`` rows without an answer, ``n_clusters`` customers who answered
        (null unless named), ``n_effective`` (see `samples.Sample.n_effective`); ``interval`` (the
        method, of clusters where so); ``source`` (surveyed, operational, text: never to be
        pooled); ``caveat`` and ``reason`` (why a number is missing), null where there is none.

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
    return frame.astype({**floats, "n": "Int64", "n_missing": "Int64", "n_clusters": "Int64"})
