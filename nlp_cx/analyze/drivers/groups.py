"""Groups compared: what customers say of each driver, and the outcome, with many tests in mind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze import NOTE
from nlp_cx.analyze.design import Coding
from nlp_cx.analyze.drivers.cell_differences import compare_with_cell, compare_with_rest
from nlp_cx.analyze.drivers.cell_means import average_cells, interval_of
from nlp_cx.analyze.drivers.column_stack import stack_columns
from nlp_cx.analyze.drivers.group_codes import code_groups
from nlp_cx.analyze.drivers.small_cells import (
    MIN_CUSTOMERS,
    check_limits,
    explain_hidden,
    hide_cells,
)
from nlp_cx.analyze.drivers.unit_measures import Measure, Units, read_units
from nlp_cx.analyze.proportions import adjust_p_values, normal_quantile
from nlp_cx.errors import AnalysisError

Ints = npt.NDArray[np.int64]

_INTERVALS = {"share": "Wilson, Newcombe", "mean": "Student t, Welch"}
_COLUMNS = (
    *("group", "driver", "measure", "estimate", "low", "high", "reference", "reference_estimate"),
    *("difference", "difference_low", "difference_high", "p_value", "p_adjusted"),
    *("n", "n_reference", "is_hidden", "interval", "reason"),
)


def compare_groups(
    ox: pd.DataFrame,
    group: str,
    *,
    outcome: str | None = None,
    drivers: Sequence[str] | None = None,
    base: object = None,
    weights: str | None = None,
    cluster: str | None = None,
    coding: Coding = "share",
    min_n: int = 30,
    min_customers: int = MIN_CUSTOMERS,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Compare groups in what they say of each driver, and in the outcome.

    Parameters
    ----------
    ox : DataFrame, one row per unit
        O+X table.
    group : str
        A column. Rows without a value are left out.
    outcome : str, optional
        A column of numbers; of 0 and 1 alone it is compared as a share.
    drivers : sequence of str, optional
        The six experience drivers when not given.
    base : optional
        A value of `group`: every group is compared with it. Without it, with the rest: all other
        groups together.
    weights : str, optional
        A column of numbers, 0 or more.
    cluster : str, optional
        Rows with the same value (a customer's) are one observation; also across groups.
    coding : {"share", "any"}
        Of a unit's texts: the share that mentions the driver so, or 1 where any does.
    min_n : int, default=30
        Groups with fewer rows that count are hidden.
    min_customers : int, default=10
        With `cluster`: groups with fewer of its values are hidden too. 0 where the values are no
        people but products or branches, which need no protection.
    confidence : float

    Returns
    -------
    DataFrame, one row per measure and group
        ``group``; ``driver`` (missing for the outcome); ``measure``: *negative*, *positive* (share
        of texts that mention the driver so), *score* (mean score of the mentions, -1 to 1),
        *outcome*; ``estimate``, ``low``, ``high``; ``reference``: *rest* or the base;
        ``reference_estimate``; ``difference`` (group less reference), ``difference_low``,
        ``difference_high``; ``p_value`` of none; ``p_adjusted`` over all rows of the result
        (Benjamini-Hochberg); ``n``: rows that count, ``n_reference``; ``is_hidden``; ``interval``:
        method; ``reason``: why a value is missing.
        ``attrs``: ``note``, ``left_out``.

    Raises
    ------
    SchemaError
        If columns are missing or of another kind.
    AnalysisError
        If there are fewer than two groups, the base is none of them, or a weight is negative.

    Notes
    -----
    **Small cells.** Where `is_hidden`, numbers and n are missing, and the reason says so with
    "n below 30". All groups make up the whole, so a single hidden group would be the whole less
    the others: the smallest other group is then hidden too ("hidden to protect a smaller group"),
    until the hidden ones have at least `min_n` rows together. Hidden groups stay part of the rest.
    What is protected is means of few; that few exist can be read from shares of large groups.

    **Tests.** Shares: pooled z test and Newcombe's interval on effective numbers of rows, which
    carry weights and repeated customers (`effective_rows`); not tested below 5 expected mentions.
    Means: Welch's t with customers as observations. Two groups make the same comparison twice,
    once from each side.

    Groups differ in who is in them. A difference is no effect of belonging to a group.

    Examples
    --------
    >>> ox = pd.DataFrame({"store": ["a"] * 1000 + ["b"] * 1000, "x_n_texts": 1,
    ...     "x_price_negative": [1] * 60 + [0] * 940 + [1] * 90 + [0] * 910,
    ...     "x_price_positive": 0, "x_price_score": float("nan")})
    >>> found = compare_groups(ox, "store", drivers=["price"], base="a")
    >>> row = found[(found["group"] == "b") & (found["measure"] == "negative")].iloc[0]
    >>> float(row["difference"].round(3)), float(row["p_value"].round(4))
    (0.03, 0.0109)
    """
    normal_quantile(confidence)
    check_limits(min_n, min_customers)
    values, codes = code_groups(ox, group)
    if len(values) < 2:
        raise AnalysisError(f"{group!r} has {len(values)} distinct values, expected 2 or more")
    if base is not None and base not in values:
        shown = ", ".join(map(repr, values[:10]))
        raise AnalysisError(f"base {base!r} is no value of {group!r}: {shown}")
    units = read_units(
        ox, outcome=outcome, drivers=drivers, weights=weights, cluster=cluster, coding=coding
    )
    left_out = dict(units.left_out)
    if (codes < 0).any():
        left_out[f"no {group}"] = int((codes < 0).sum())
    position = None if base is None else values.index(base)
    tables = [
        _compare(measure, units, codes, (len(values), position), (min_n, min_customers, confidence))
        for measure in units.measures
    ]
    result = stack_columns(tables)
    result["group"] = pd.Series(values * len(tables), dtype=object)
    result["reference"] = pd.Series(["rest" if base is None else base] * len(result), dtype=object)
    result["p_adjusted"] = adjust_p_values(result["p_value"])
    result = result[list(_COLUMNS)]
    result.attrs = {"note": NOTE, "left_out": left_out}
    return result


def _compare(
    measure: Measure,
    units: Units,
    codes: Ints,
    groups: tuple[int, int | None],
    limits: tuple[int, int, float],
) -> dict[str, npt.NDArray[Any]]:
    """Compare all groups in one measure: columns of the result."""
    n_groups, base = groups
    min_n, min_customers, confidence = limits
    cells = average_cells(
        measure.values, units.weights, units.clusters, codes, n_cells=n_groups, kind=measure.kind
    )
    hidden = hide_cells(cells.n, cells.n_clusters, min_n, min_customers=min_customers)
    low, high = interval_of(cells, confidence=confidence)
    if base is None:
        against = compare_with_rest(cells, confidence=confidence)
    else:
        against = compare_with_cell(cells, np.full(n_groups, base), confidence=confidence)
    no_reference = against.n_reference < min_n
    if base is not None:
        no_reference |= bool(hidden.any[base])
    words = explain_hidden(cells.n, hidden, min_n, units.cluster, min_customers=min_customers)
    for i in np.flatnonzero(pd.isna(words)):
        if base is not None and i == base:
            words[i] = "is the base: no difference"
        elif no_reference[i]:
            words[i] = "reference hidden" if base is not None else f"rest: n below {min_n}"
        elif np.isnan(against.p_value[i]):
            words[i] = "not tested: fewer than 5 expected either way, or no spread"
    is_shown = ~hidden.any
    has_reference = is_shown & ~no_reference
    table = {
        "driver": np.full(n_groups, measure.driver, object),
        "measure": np.full(n_groups, measure.name, object),
        "is_hidden": hidden.any,
        "interval": np.full(n_groups, _INTERVALS[measure.kind], object),
        "reason": words,
    }
    for name, values in (("estimate", cells.mean), ("low", low), ("high", high), ("n", cells.n)):
        table[name] = np.where(is_shown, values, np.nan)
    for name, values in (
        ("reference_estimate", against.reference),
        ("difference", against.difference),
        ("difference_low", against.low),
        ("difference_high", against.high),
        ("p_value", against.p_value),
        ("n_reference", against.n_reference.astype(np.float64)),
    ):
        table[name] = np.where(has_reference, values, np.nan)
    return table
