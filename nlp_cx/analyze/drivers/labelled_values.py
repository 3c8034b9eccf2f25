"""True and predicted values of the same rows as arrays, with their weights and clusters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.design import as_numbers, code_clusters
from nlp_cx.analyze.drivers.debias import Rows
from nlp_cx.analyze.drivers.labelled import LabelledSample, sampling_weights, take_group
from nlp_cx.errors import SchemaError

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Values:
    """Some columns of a labelled sample.

    Attributes
    ----------
    truth : ndarray of float64, shape (n_labelled, k)
        Predicted values again for columns that the labelled table does not have.
    predicted : ndarray of float64, shape (n_labelled, k)
    others : ndarray of float64, shape (n_others, k)
        Predicted values.
    labelled_rows, other_rows : Rows
        Weights and clusters.
    in_population : ndarray of bool, shape (n_labelled,)
        False for labelled rows that lend their labels only.
    labelled_at, others_at : ndarray of int64
        Positions in the sample's table.
    """

    truth: Floats
    predicted: Floats
    others: Floats
    labelled_rows: Rows
    other_rows: Rows
    in_population: npt.NDArray[np.bool_]
    labelled_at: npt.NDArray[np.int64]
    others_at: npt.NDArray[np.int64]


def take_values(
    sample: LabelledSample,
    columns: Sequence[str],
    *,
    needed: Sequence[str] = (),
    weights: str | None = None,
    cluster: str | None = None,
    strata: str | None = None,
) -> Values:
    """Take columns of a labelled sample; rows that miss a value of one of them are left out.

    Parameters
    ----------
    sample : LabelledSample
        With at least one labelled row.
    columns : sequence of str
        Columns of numbers of the table.
    needed : sequence of str
        Further columns that must not be missing.
    weights, cluster, strata : str, optional
        Columns of the table. Rows of weight 0 are left out.

    Returns
    -------
    Values

    Raises
    ------
    SchemaError
        If a column is missing or not of numbers.
    AnalysisError
        As `sampling_weights`.
    """
    table, ours, rest = sample.table, sample.labelled_rows, sample.other_rows
    extra = [name for name in (weights, cluster, strata) if name is not None]
    missing = [n for n in [*columns, *needed, *extra] if n not in table.columns]
    if missing:
        raise SchemaError(
            f"no column {', '.join(map(repr, dict.fromkeys(missing)))} among "
            f"{', '.join(map(str, table.columns))}"
        )
    known: Floats = np.column_stack([as_numbers(table, name) for name in columns])
    truth = np.array(known[ours])
    for i, name in enumerate(columns):
        if name in sample.truth.columns:
            truth[:, i] = as_numbers(sample.truth, name)
    weight, other_weight = sampling_weights(sample, weights=weights, strata=strata)
    is_there = np.asarray(~np.isnan(known).any(axis=1))
    for name in needed:
        is_there &= table[name].notna().to_numpy(np.bool_)
    keep: npt.NDArray[np.bool_] = is_there[ours] & ~np.isnan(truth).any(axis=1) & (weight > 0)
    keep_other = is_there[rest] & (other_weight > 0)
    codes = code_clusters(table, cluster, np.arange(len(table), dtype=np.int64))
    ours, rest = ours[keep], rest[keep_other]
    return Values(
        truth[keep],
        known[ours],
        known[rest],
        Rows(weight[keep], codes[ours]),
        Rows(other_weight[keep_other], codes[rest]),
        ours < sample.n_population,
        ours,
        rest,
    )


def take_population(values: Values) -> tuple[Floats, Rows]:
    """Give the predicted values of all rows of the population.

    Parameters
    ----------
    values : Values

    Returns
    -------
    predicted : ndarray of float64, shape (n_rows, k)
    rows : Rows
    """
    inside = values.in_population
    ours, rest = values.labelled_rows, values.other_rows
    return np.concatenate([values.predicted[inside], values.others]), Rows(
        np.concatenate([ours.weights[inside], rest.weights]),
        np.concatenate([ours.clusters[inside], rest.clusters]),
    )


def split_groups(sample: LabelledSample, group: str | None) -> Iterator[tuple[Any, LabelledSample]]:
    """Give each group's part of a sample, groups in order of their values.

    Parameters
    ----------
    sample : LabelledSample
    group : str or None
        None gives the whole sample once. Rows without a value are in no group.

    Yields
    ------
    value, LabelledSample

    Raises
    ------
    SchemaError
        If there is no such column.
    """
    if group is None:
        yield None, sample
        return
    if group not in sample.table.columns:
        raise SchemaError(f"no column {group!r} among {', '.join(map(str, sample.table.columns))}")
    values = sample.table[group]
    for value in sorted(values.dropna().unique()):
        is_here = pd.Series(values == value).fillna(False).to_numpy(np.bool_)
        yield value, take_group(sample, is_here)


def effective_hits(
    hits: Floats, weights: Floats, clusters: npt.NDArray[np.int64]
) -> tuple[float, float]:
    """Give the hits and trials of unweighted, independent rows that tell as much as these.

    Parameters
    ----------
    hits : ndarray of float64, shape (n_rows,)
        0 and 1.
    weights : ndarray of float64, shape (n_rows,)
    clusters : ndarray of int64, shape (n_rows,)
        Rows of one cluster are not independent.

    Returns
    -------
    k, n : float
        k / n is the weighted share, and its variance as k of n is that over clusters. n is never
        more than the number of rows; where the share is 0 or 1, rows of a cluster count as one.

    References
    ----------
    Korn and Graubard (1998), Confidence intervals for proportions with small expected number of
    positive counts estimated from survey data, Survey Methodology 24, 193-201: the effective n.

    Examples
    --------
    >>> hits = np.array([1.0, 1, 0, 0])
    >>> effective_hits(hits, np.ones(4), np.arange(4))
    (2.0, 4.0)
    >>> effective_hits(hits, np.ones(4), np.array([0, 0, 1, 1]))
    (0.5, 1.0)
    """
    if hits.size == 0 or weights.sum() == 0:
        return 0.0, 0.0
    share = weights / weights.sum()
    p = float(share @ hits)
    sums = np.bincount(clusters, share)
    n = 1 / float((sums**2).sum())
    if 0 < p < 1:
        moves = np.bincount(clusters, share * (hits - p))
        n_clusters = int((np.bincount(clusters) > 0).sum())
        variance = float((moves**2).sum())
        variance *= n_clusters / max(n_clusters - 1, 1) if n_clusters < hits.size else 1
        n = min(p * (1 - p) / variance, float(hits.size)) if variance > 0 else n
    return p * n, n
