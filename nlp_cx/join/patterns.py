"""Weights of combinations of covariates, from the counts of units and respondents of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.errors import JoinError
from nlp_cx.join.logistic import fit_logistic
from nlp_cx.join.raking import rake
from nlp_cx.join.weight_summary import BalanceRow, WeightSummary

Floats = npt.NDArray[np.float64]

RESPONSE = "w_response"
POSTSTRATIFY = "w_poststratify"
"""Names of the columns of weights."""

N = "n_units"
RESPONDED = "n_respondents"
"""Columns of counts beside the covariates of a table of patterns."""

_MISSING = "(missing)"
_MOST_CUTS = 1_000


def weigh_patterns(
    patterns: pd.DataFrame,
    kind: str,
    by: Sequence[str],
    margins: Mapping[str, Mapping[str, float]] | None,
    *,
    max_weight: float,
) -> tuple[Floats, WeightSummary]:
    """Give the weight of the respondents of every combination of covariates.

    Parameters
    ----------
    patterns : DataFrame, one row per combination of `by`
        With counts ``n_units`` and ``n_respondents``.
    kind : {"response", "poststratify"}
    by : sequence of str
    margins : mapping or None
    max_weight : float

    Returns
    -------
    weights : ndarray, shape (n_patterns,)
        NaN where nobody responded or a number is missing.
    summary : WeightSummary

    Raises
    ------
    JoinError
        As `weigh_responses` and `poststratify`.
    """
    if max_weight <= 1:
        raise JoinError(f"max_weight is {max_weight:g}, expected more than 1 (the mean weight)")
    n = patterns[N].to_numpy(np.float64)
    n_responded = patterns[RESPONDED].to_numpy(np.float64)
    if n_responded.sum() == 0:
        raise JoinError(f"none of {n.sum():,.0f} units responded: there is nothing to weigh")
    coefficients: tuple[tuple[str, float, float], ...] = ()
    if kind == "response":
        raw, coefficients = _inverse_probabilities(patterns, by, n, n_responded)
        population = n
    elif margins is None:
        _need_silent(n, n_responded)
        raw, population = _by_cell(patterns, by, n, n_responded), n
    else:
        raw = _rake(patterns, by, n_responded, margins)
        population = n_responded * raw
    has_weight = np.isfinite(raw) & (n_responded > 0)
    counts = np.where(has_weight, n_responded, 0.0)
    weights = np.full(len(raw), np.nan)
    weights[has_weight] = _trim(raw[has_weight], counts[has_weight], max_weight)
    trimmed = has_weight & (weights > max_weight * (1 - 1e-9))
    squares = float(np.dot(counts[has_weight], weights[has_weight] ** 2))
    effective_n = float(counts.sum()) ** 2 / squares
    summary = WeightSummary(
        name=RESPONSE if kind == "response" else POSTSTRATIFY,
        kind=kind,
        by=tuple(by),
        n_units=int(n.sum()),
        n_respondents=int(n_responded.sum()),
        n_without_weight=int(n_responded.sum() - counts.sum()),
        lowest=float(np.min(weights[has_weight])),
        highest=float(np.max(weights[has_weight])),
        n_trimmed=int(n_responded[trimmed].sum()),
        max_weight=max_weight,
        effective_n=effective_n,
        design_effect=float(counts.sum()) / effective_n,
        coefficients=coefficients,
        balance=_balance(patterns, by, population, counts, weights),
    )
    return weights, summary


def is_count(respondent: str) -> bool:
    """Tell whether a column counts what a unit said, so that 0 means that it did not respond."""
    return respondent.startswith("x_n_")


def _trim(raw: Floats, counts: Floats, max_weight: float) -> Floats:
    """Cut weights to a multiple of their mean, as it is after the cut, and give them mean 1."""
    weights, n = raw, counts.sum()
    for _ in range(_MOST_CUTS):
        mean = float(np.dot(counts, weights)) / n
        before, weights = weights, np.minimum(weights, max_weight * mean)
        if np.allclose(weights, before, rtol=1e-12, atol=0):
            break
    return weights * n / float(np.dot(counts, weights))


def _need_silent(n: Floats, n_responded: Floats) -> None:
    """Refuse where all units responded: the population is not there."""
    if n.sum() == n_responded.sum():
        raise JoinError(
            f"all {n.sum():,.0f} units responded: those who did not are not in the table. Keep "
            "them (--keep TABLE), or give the known margins of the population."
        )


def _is_number(column: pd.Series) -> bool:
    """Tell numbers from categories."""
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _numbers(column: pd.Series) -> Floats:
    """Give numbers, missing as NaN."""
    return np.asarray(column.astype("Float64").to_numpy(np.float64, na_value=np.nan), np.float64)


def _labels(column: pd.Series) -> npt.NDArray[np.object_]:
    """Give categories as texts, with one for those that are missing."""
    labels = column.astype("object").where(column.notna(), _MISSING)
    return labels.astype(str).to_numpy(dtype=object)


def _inverse_probabilities(
    patterns: pd.DataFrame, by: Sequence[str], n: Floats, n_responded: Floats
) -> tuple[Floats, tuple[tuple[str, float, float], ...]]:
    """Fit who responds, and give 1 / p."""
    _need_silent(n, n_responded)
    columns: list[Floats] = [np.ones(len(patterns))]
    names = ["(intercept)"]
    known = np.ones(len(patterns), np.bool_)
    for name in by:
        if _is_number(patterns[name]):
            values = _numbers(patterns[name])
            known &= np.isfinite(values)
            columns.append(values)
            names.append(name)
            continue
        labels = _labels(patterns[name])
        levels = sorted(set(labels))
        sizes = {level: n[labels == level].sum() for level in levels}
        base = max(levels, key=lambda level: (sizes[level], level))
        for level in levels:
            if level != base:
                columns.append((labels == level).astype(np.float64))
                names.append(f"{name}={level}")
    design = np.column_stack(columns)
    fit = fit_logistic(design[known], n[known], n_responded[known], names)
    raw = np.full(len(patterns), np.nan)
    raw[known] = 1 / fit.probability
    return raw, tuple(zip(names, fit.coefficient.tolist(), fit.error.tolist(), strict=True))


def _by_cell(patterns: pd.DataFrame, by: Sequence[str], n: Floats, n_responded: Floats) -> Floats:
    """Give population over respondents of every cell."""
    empty = n_responded == 0
    if empty.any():
        shown = [" / ".join(map(str, patterns.loc[i, list(by)])) for i in np.flatnonzero(empty)[:5]]
        raise JoinError(
            f"{int(empty.sum()):,} of {len(n):,} cells of {', '.join(by)} have units "
            f"({n[empty].sum():,.0f} of {n.sum():,.0f}) and no respondent, e.g. "
            f"{'; '.join(shown)}. "
            "Nobody can speak for them. Merge cells, weigh by fewer columns, or use "
            "kind = 'response'."
        )
    return n / n_responded


def _rake(
    patterns: pd.DataFrame,
    by: Sequence[str],
    n_responded: Floats,
    margins: Mapping[str, Mapping[str, float]],
) -> Floats:
    """Give weights whose margins are the known ones; missing where nobody responded."""
    unknown = [repr(name) for name in by if name not in margins]
    if unknown:
        raise JoinError(f"margins: none for {', '.join(unknown)}; given for {', '.join(margins)}")
    has = n_responded > 0
    labels = {name: _labels(patterns[name])[has] for name in by}
    weights = np.full(len(patterns), np.nan)
    weights[has] = rake(n_responded[has], labels, {name: margins[name] for name in by})
    return weights


def _balance(
    patterns: pd.DataFrame, by: Sequence[str], population: Floats, counts: Floats, weights: Floats
) -> tuple[BalanceRow, ...]:
    """Compare population, respondents and weighted respondents on every covariate."""
    weighted = counts * np.nan_to_num(weights)
    rows = []
    for name in by:
        if _is_number(patterns[name]):
            features = [("(mean)", _numbers(patterns[name]))]
        else:
            labels = _labels(patterns[name])
            features = [(str(v), (labels == v).astype(np.float64)) for v in sorted(set(labels))]
        for value, feature in features:
            known = np.isfinite(feature)
            means = [
                float(np.dot(feature[known], w[known]) / w[known].sum())
                for w in (np.nan_to_num(population), counts, weighted)
            ]
            rows.append(
                BalanceRow(
                    column=name,
                    value=value,
                    population=means[0],
                    respondents=means[1],
                    weighted=means[2],
                )
            )
    return tuple(rows)
