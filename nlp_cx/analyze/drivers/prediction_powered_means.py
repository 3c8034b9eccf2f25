"""Shares and means of predicted columns, corrected by a labelled sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze import NOTE
from nlp_cx.analyze.drivers.debias import Debiased, Rows, debias, interval, take_plain
from nlp_cx.analyze.drivers.fits import fit_mean
from nlp_cx.analyze.drivers.labelled import match_labelled
from nlp_cx.analyze.drivers.labelled_values import (
    Values,
    effective_hits,
    split_groups,
    take_population,
    take_values,
)
from nlp_cx.analyze.drivers.sample_check import check_sample, find_suspicion
from nlp_cx.analyze.proportions import wilson_interval
from nlp_cx.errors import SchemaError

Floats = npt.NDArray[np.float64]


def prediction_powered_means(
    population: pd.DataFrame,
    labelled: pd.DataFrame,
    columns: Sequence[str],
    *,
    key: str = "doc_id",
    elsewhere: pd.DataFrame | None = None,
    group: str | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    strata: str | None = None,
    is_random: bool = False,
    tuning: float | None = None,
    min_labelled: int = 30,
    min_cases: int = 5,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Estimate shares and means of true labels from many predicted and a few true ones.

    Parameters
    ----------
    population : DataFrame, one row per document or unit
        Predicted values in `columns`: 0 and 1 (a share), or any numbers (a mean). Rows without
        one are left out for that column.
    labelled : DataFrame, one row per labelled document or unit
        `key` and the true values, under the same names. The rows must be a random sample of
        `population`, of each group and stratum of it.
    columns : sequence of str
    key, elsewhere
        As in `match_labelled`.
    group : str, optional
        One estimate per value of this column; each needs its own labelled rows.
    weights : str, optional
        Column of numbers that are 0 or more.
    cluster : str, optional
        Rows with the same value (a customer's) are not independent.
    strata : str, optional
        Column by which the labelled sample was drawn at different rates.
    is_random : bool, default=False
        True where the sample was drawn at random by design: do not test whether it looks so.
    tuning : float, optional
        How far to trust the predictions, 0 (labelled rows alone) to 1; the value of least
        variance when not given.
    min_labelled : int, default=30
        With fewer labelled rows the estimate is missing.
    min_cases : int, default=5
        A share with fewer true ones or true zeros among the labelled rows is missing.
    confidence : float, default=0.95

    Returns
    -------
    DataFrame, one row per column (and group)
        ``group`` where asked for; ``column``; ``estimate, low, high``; ``naive, naive_low,
        naive_high`` (predicted values taken for true ones); ``labelled_only,
        labelled_only_low, labelled_only_high`` (labelled rows alone); ``tuning``; ``n,
        n_labelled``; ``interval``; ``reason`` (why the estimate is missing); ``flag`` (a share
        outside 0 to 1, which is not clipped).

    Raises
    ------
    SchemaError
        If a column is missing or not of numbers.
    AnalysisError
        As `match_labelled` and `sampling_weights`.

    Notes
    -----
    `nlp_cx.analyze.drivers.debias.debias` with the weighted mean. For shares the interval adds
    half a row to each of the four combinations of true and predicted, without which it is too
    short where errors are rare: with a share of 2 %, sensitivity 0.7, specificity 0.98 and 300
    labelled rows it covers in 93 % of runs instead of 89 %, with 100 rows in 96 % instead of 76 %.

    References
    ----------
    As `debias`; Agresti and Min (2005), Simple, improved confidence intervals for comparing matched
    proportions, Statistics in Medicine 24, 729-740, for the half rows.

    Examples
    --------
    >>> scored = pd.DataFrame({"doc_id": range(1000), "x_price_negative": [1.0, 0, 0, 0, 0] * 200})
    >>> labelled = scored[:200].assign(x_price_negative=[1.0, 1, 0, 0, 0, 1, 0, 0, 0, 0] * 20)
    >>> row = prediction_powered_means(scored, labelled, ["x_price_negative"]).iloc[0]
    >>> [round(float(row[name]), 2) for name in ("naive", "estimate", "low", "high")]
    [0.2, 0.3, 0.25, 0.35]
    """
    for name in columns:
        for where, frame in (("the population", population), ("the labelled table", labelled)):
            if name not in frame.columns:
                raise SchemaError(f"no column {name!r} in {where}: it is needed in both tables")
    sample = match_labelled(population, labelled, key=key, elsewhere=elsewhere)
    rows = []
    for value, part in split_groups(sample, group):
        suspicion = None
        if part.labelled_rows.size and part.other_rows.size and not is_random:
            suspicion = find_suspicion(check_sample(part, columns, weights=weights, strata=strata))
        for name in columns:
            row: dict[str, object] = {} if group is None else {"group": value}
            row["column"] = name
            if part.labelled_rows.size == 0:
                rows.append({**row, **_NOTHING, "reason": "no labelled row"})
                continue
            values = take_values(part, [name], weights=weights, cluster=cluster, strata=strata)
            reason = suspicion or find_shortage(values, min_labelled, min_cases)
            estimates = estimate_mean(values, tuning=tuning, confidence=confidence)
            if reason is not None:
                estimates |= dict.fromkeys(("estimate", "low", "high", "tuning"), np.nan)
            flag = None
            if is_share(values) and not 0 <= estimates["estimate"] <= 1 and reason is None:
                flag = f"the estimate {estimates['estimate']:.3g} is outside 0 to 1"
            rows.append({**row, **estimates, "reason": reason, "flag": flag})
    result = pd.DataFrame(rows)
    result.attrs["note"] = NOTE
    result.attrs["n_unmatched"] = sample.n_unmatched
    return result


def estimate_mean(values: Values, *, tuning: float | None, confidence: float) -> dict[str, Any]:
    """Estimate the mean of one column.

    Parameters
    ----------
    values : Values
        With k = 1 and at least one labelled row.
    tuning : float or None
    confidence : float

    Returns
    -------
    dict
        ``estimate`` to ``interval`` of `prediction_powered_means`.
    """
    shares = is_share(values)
    ours = values.labelled_rows
    result: dict[str, Any] = dict.fromkeys(_NOTHING, np.nan)
    predicted, everybody = take_population(values)
    result |= {"n": predicted.shape[0], "n_labelled": values.truth.shape[0]}
    result["interval"] = "Agresti-Min, Student t" if shares else "Student t"
    if values.truth.size and values.others.size:
        powered = _debias(_add_half_rows(values) if shares else values, tuning)
        low, high = interval(powered, confidence)
        result |= {"tuning": powered.tuning[0], "low": low[0], "high": high[0]}
        # The half rows steady the tuning, and move the interval but not the estimate.
        result["estimate"] = _debias(values, powered.tuning[0]).estimate[0]
    for name, (column, rows) in {
        "naive": (predicted[:, 0], everybody),
        "labelled_only": (values.truth[:, 0], ours),
    }.items():
        if column.size:
            plain = _plain_mean(column, rows, shares, confidence)
            result |= dict(zip((name, f"{name}_low", f"{name}_high"), plain, strict=True))
    return result


def is_share(values: Values) -> bool:
    """Tell whether all values are 0 or 1.

    Parameters
    ----------
    values : Values

    Returns
    -------
    bool
    """
    parts = (values.truth, values.predicted, values.others)
    return all(bool(np.isin(part, (0, 1)).all()) for part in parts)


def find_shortage(
    values: Values, min_labelled: int, min_cases: int, *, alone: bool = False
) -> str | None:
    """Say what there is too little of for an estimate.

    Parameters
    ----------
    values : Values
        With k = 1.
    min_labelled, min_cases : int
        As in `prediction_powered_means`.
    alone : bool
        Whether the labelled rows are enough, without any others.

    Returns
    -------
    str or None
        None where there is enough.
    """
    n = values.truth.shape[0]
    if n == 0:
        return "no labelled row"
    if n < min_labelled:
        return f"{n:,} labelled rows, expected at least {min_labelled:,}"
    if not values.others.size and not alone:
        return "no row without true labels: take labelled_only"
    if np.isin(values.truth, (0, 1)).all():
        hits = int(values.truth.sum())
        for found, what in ((hits, "so"), (n - hits, "not so")):
            if found < min_cases:
                return (
                    f"{found:,} of the {n:,} labelled rows are truly {what}, "
                    f"expected at least {min_cases:,}"
                )
    return None


_NOTHING: dict[str, Any] = {
    **dict.fromkeys(
        (
            *("estimate", "low", "high"),
            *("naive", "naive_low", "naive_high"),
            *("labelled_only", "labelled_only_low", "labelled_only_high"),
            "tuning",
        ),
        np.nan,
    ),
    "n": 0,
    "n_labelled": 0,
    "interval": None,
    "reason": None,
    "flag": None,
}


def _debias(values: Values, tuning: float | None) -> Debiased:
    """Debias a mean."""
    return debias(
        fit_mean(values.truth[:, 0], values.labelled_rows.weights),
        fit_mean(values.predicted[:, 0], values.labelled_rows.weights),
        fit_mean(values.others[:, 0], values.other_rows.weights),
        labelled_rows=values.labelled_rows,
        other_rows=values.other_rows,
        tuning=tuning,
    )


def _add_half_rows(values: Values) -> Values:
    """Add half a row of each combination of true and predicted, each a cluster of its own."""
    ours = values.labelled_rows
    new = max(ours.clusters.max(), values.other_rows.clusters.max()) + 1 + np.arange(4)
    rows = Rows(
        np.append(ours.weights, np.full(4, ours.weights.mean() / 2)), np.append(ours.clusters, new)
    )
    truth = np.append(values.truth, [[0.0], [0.0], [1.0], [1.0]], axis=0)
    predicted = np.append(values.predicted, [[0.0], [1.0], [0.0], [1.0]], axis=0)
    return replace(values, truth=truth, predicted=predicted, labelled_rows=rows)


def _plain_mean(
    values: Floats, rows: Rows, shares: bool, confidence: float
) -> tuple[float, float, float]:
    """Give a mean with Wilson's interval of a share, or the normal one."""
    mean = float(np.average(values, weights=rows.weights))
    if shares:
        k, n = effective_hits(values, rows.weights, rows.clusters)
        low, high = wilson_interval(k, n, confidence)
        return mean, float(low), float(high)
    low, high = interval(take_plain(fit_mean(values, rows.weights), rows), confidence)
    return mean, float(low[0]), float(high[0])
