"""SERVQUAL from answers: gaps per dimension with intervals, and how well its items go together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.design import as_numbers, code_clusters
from nlp_cx.analyze.drivers.cell_means import average_cells, interval_of
from nlp_cx.analyze.satisfaction.alpha import cronbach_alpha
from nlp_cx.analyze.satisfaction.ratings import Scale, read_ratings, read_weights
from nlp_cx.analyze.satisfaction.servqual import (
    N_ITEMS,
    SERVQUAL_NOTE,
    UNWEIGHTED,
    WEIGHTED,
    check_points,
)
from nlp_cx.errors import AnalysisError, SchemaError
from nlp_cx.taxonomy import load_taxonomy

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

Items = Mapping[str, Sequence[str]]
"""Columns of the items of each dimension."""

SERVPERF_NOTE = "Perception alone (SERVPERF): what was expected was not asked."


class _Rows(NamedTuple):
    """Weights and customers of the respondents."""

    weights: Floats
    clusters: Ints


def standard_items(pattern: str) -> dict[str, list[str]]:
    """Name the columns of the instrument of 22 items.

    Parameters
    ----------
    pattern : str
        With ``{}`` for the number of the item, e.g. ``"r_p{}"``.

    Returns
    -------
    dict of str to list of str
        Items 1-4 tangibles, 5-9 reliability, 10-13 responsiveness, 14-17 assurance, 18-22 empathy.

    Examples
    --------
    >>> standard_items("r_p{}")["tangibles"]
    ['r_p1', 'r_p2', 'r_p3', 'r_p4']
    """
    ends = np.cumsum(N_ITEMS)
    return {
        dimension: [pattern.format(k) for k in range(end - n + 1, end + 1)]
        for dimension, n, end in zip(load_taxonomy("servqual").ids, N_ITEMS, ends, strict=True)
    }


def servqual_survey(
    answers: pd.DataFrame,
    perception: Items,
    expectation: Items | None = None,
    *,
    scale: Scale,
    points: Mapping[str, str | float] | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    confidence: float = 0.95,
    min_n: int = 10,
) -> pd.DataFrame:
    """Work out SERVQUAL gaps from the answers of a survey.

    Parameters
    ----------
    answers : DataFrame, one row per respondent
    perception : mapping of str to sequence of str
        Dimension to columns of its items; one column where only the dimension was asked.
        `standard_items` names those of the instrument of 22.
    expectation : mapping of str to sequence of str, optional
        The same dimensions, items in the same order. Without it the result is SERVPERF:
        perception alone.
    scale : (float, float)
        Lowest and highest answer, e.g. ``(1, 7)``.
    points : mapping of str to str or float, optional
        Dimension to the column of the points (of 100) that each respondent gives it, or to one
        number for all.
    weights : str, optional
        Column of weights of respondents.
    cluster : str, optional
        Column of customers, where one may answer more than once.
    confidence : float, default=0.95
    min_n : int, default=10
        With fewer respondents intervals and alphas are missing.

    Returns
    -------
    DataFrame, one row per dimension, then `UNWEIGHTED` and (with `points`) `WEIGHTED`
        ``dimension``; ``perception, expectation`` (means); ``estimate, low, high`` (the gap, or
        perception alone; t on the customers); ``n`` (respondents with all items of both sides);
        ``n_items``; ``weight`` (mean share of the points); ``alpha_perception,
        alpha_expectation, alpha_gap`` (Cronbach; missing for one item); ``interval``; ``reason``.
        The last rows are means over respondents who answered every dimension, so they need not be
        the mean of the rows above.

    Raises
    ------
    SchemaError
        If columns are missing or hold other than numbers on the scale.
    AnalysisError
        If the two sides do not have the same dimensions and items, or points do not sum to 100.

    Examples
    --------
    >>> answers = pd.DataFrame({"p1": [5, 6] * 20, "p2": 5, "e1": 7, "e2": 6})
    >>> found = servqual_survey(
    ...     answers, {"reliability": ["p1", "p2"]}, {"reliability": ["e1", "e2"]}, scale=(1, 7))
    >>> found[["dimension", "perception", "expectation", "estimate"]].head(1)
         dimension  perception  expectation  estimate
    0  reliability        5.25          6.5     -1.25
    """
    dimensions = list(perception)
    _check_items(perception, expectation, points)
    rows = _Rows(
        read_weights(answers, weights),
        code_clusters(answers, cluster, np.arange(len(answers))),
    )
    p = {name: _mean_of(answers, perception[name], scale) for name in dimensions}
    e = {name: _mean_of(answers, items, scale) for name, items in (expectation or {}).items()}
    gaps = np.column_stack([p[name] - e[name] if e else p[name] for name in dimensions])
    shares = _read_points(answers, points, dimensions)
    lines: list[dict[str, object]] = []
    for k, name in enumerate(dimensions):
        line: dict[str, object] = {
            "dimension": name,
            **_estimate(gaps[:, k], rows, confidence, min_n),
        }
        known = np.where(np.isnan(gaps[:, k]), np.nan, 1.0)
        line["perception"] = _weighted_mean(p[name] * known, rows)
        line["expectation"] = _weighted_mean(e[name] * known, rows) if e else np.nan
        line["n_items"] = len(perception[name])
        line["weight"] = _weighted_mean(shares[:, k], rows)
        sides = (perception[name], expectation[name] if expectation else ())
        lines.append(line | _find_alphas(answers, sides, confidence, min_n))
    lines.append({"dimension": UNWEIGHTED, **_estimate(gaps.mean(axis=1), rows, confidence, min_n)})
    if points is not None:
        whole = (gaps * shares).sum(axis=1)
        lines.append({"dimension": WEIGHTED, **_estimate(whole, rows, confidence, min_n)})
    order = [
        *("dimension", "perception", "expectation", "estimate", "low", "high", "n", "n_items"),
        *("weight", "alpha_perception", "alpha_expectation", "alpha_gap", "interval", "reason"),
    ]
    result = pd.DataFrame(lines, columns=order)
    result["n_items"] = result["n_items"].astype("Int32")
    result["reason"] = result["reason"].astype("string")
    result.attrs["note"] = SERVQUAL_NOTE if e else SERVPERF_NOTE
    return result


def _check_items(
    perception: Items, expectation: Items | None, points: Mapping[str, str | float] | None
) -> None:
    """Refuse two sides that do not fit together."""
    if not perception or not all(perception.values()):
        raise AnalysisError("no dimension, or one without items")
    faults = []
    if expectation is not None:
        if set(expectation) != set(perception):
            faults.append(
                f"perception has {', '.join(perception)}, expectation {', '.join(expectation)}"
            )
        faults += [
            f"{name} has {len(perception[name])} items of perception, {len(items)} of expectation"
            for name, items in expectation.items()
            if name in perception and len(items) != len(perception[name])
        ]
    if points is not None and set(points) != set(perception):
        faults.append(f"points are for {', '.join(points)}, expected {', '.join(perception)}")
    if faults:
        raise AnalysisError("; ".join(faults))


def _mean_of(answers: pd.DataFrame, items: Sequence[str], scale: Scale) -> Floats:
    """Average the items of each respondent; missing where one is."""
    read = read_ratings(answers, {name: name for name in items}, scale)
    return np.column_stack([rating.values for rating in read.values()]).mean(axis=1)


def _read_points(
    answers: pd.DataFrame, points: Mapping[str, str | float] | None, dimensions: list[str]
) -> Floats:
    """Read how each respondent weighs the dimensions; missing where not asked."""
    if points is None:
        return np.full((len(answers), len(dimensions)), np.nan)
    columns = []
    for name in dimensions:
        given = points[name]
        if isinstance(given, str) and given not in answers.columns:
            raise SchemaError(f"no column {given!r} for the points of {name}")
        is_column = isinstance(given, str)
        columns.append(as_numbers(answers, str(given)) if is_column else
                       np.full(len(answers), float(given)))  # fmt: skip
    return check_points(np.column_stack(columns))


def _estimate(
    values: Floats, rows: _Rows, confidence: float, min_n: int
) -> dict[str, float | int | str | None]:
    """Average over respondents, with the interval."""
    cells = np.zeros(values.size, np.int64)
    means = average_cells(values, rows.weights, rows.clusters, cells, n_cells=1, kind="mean")
    low, high = interval_of(means, confidence=confidence)
    n = int(means.n[0])
    reason = None
    if n < min_n:
        reason = f"{n} respondents, fewer than {min_n}"
    elif means.variance[0] <= 1e-18:
        reason = "no spread, or one customer"
    is_told = reason is None
    return {
        "estimate": float(means.mean[0]),
        "low": float(low[0]) if is_told else np.nan,
        "high": float(high[0]) if is_told else np.nan,
        "n": n,
        "interval": "t",
        "reason": reason,
    }


def _weighted_mean(values: Floats, rows: _Rows) -> float:
    """Average what is known."""
    known = ~np.isnan(values) & (rows.weights > 0)
    if not known.any():
        return float("nan")
    return float(np.average(values[known], weights=rows.weights[known]))


def _find_alphas(
    answers: pd.DataFrame, sides: tuple[Sequence[str], Sequence[str]], confidence: float, min_n: int
) -> dict[str, float]:
    """Give alpha of perception, expectation and gap items of a dimension."""
    perception, expectation = sides
    if len(perception) < 2:
        return {}
    found = {"alpha_perception": cronbach_alpha(
        answers, list(perception), confidence=confidence, min_n=min_n
    ).estimate}  # fmt: skip
    if expectation:
        gaps = pd.DataFrame(
            {
                str(k): as_numbers(answers, p) - as_numbers(answers, e)
                for k, (p, e) in enumerate(zip(perception, expectation, strict=True))
            }
        )
        found["alpha_expectation"] = cronbach_alpha(
            answers, list(expectation), min_n=min_n
        ).estimate
        found["alpha_gap"] = cronbach_alpha(gaps, list(map(str, gaps)), min_n=min_n).estimate
    return found
