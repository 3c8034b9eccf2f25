"""An O+X table as numbers: outcome, driver mentions, controls, weights, clusters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.errors import AnalysisError, SchemaError
from nlp_cx.taxonomy import load_taxonomy

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

Coding = Literal["share", "any"]

POLES = ("negative", "positive")
"""The two features of a driver, in this order; the base is *not mentioned, or only neutrally*."""


@dataclass(frozen=True, slots=True)
class Design:
    """Rows of an O+X table that can be analysed, as arrays.

    Attributes
    ----------
    y : ndarray of float64, shape (n_rows,)
        The outcome.
    drivers : tuple of str
        In the order asked for.
    mentions : ndarray of float64, shape (n_rows, 2 * n_drivers)
        Negative and positive mention of the first driver, then of the second, …; 0 to 1.
    controls : ndarray of float64, shape (n_rows, n_controls)
        Numbers as they are, categories as dummies against the most frequent one.
    control_names : tuple of str
        ``store=north`` for a dummy.
    weights : ndarray of float64, shape (n_rows,)
        With mean 1.
    clusters : ndarray of int64, shape (n_rows,)
        0 to n_clusters - 1; the row's own number where no cluster was named.
    rows : ndarray of int64, shape (n_rows,)
        Positions in the table.
    left_out : dict of str to int
        Rows that were left out, by reason; empty when none.
    """

    y: Floats
    drivers: tuple[str, ...]
    mentions: Floats
    controls: Floats
    control_names: tuple[str, ...]
    weights: Floats
    clusters: Ints
    rows: Ints
    left_out: dict[str, int]

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the columns of `mentions`."""
        return tuple(f"{driver}_{pole}" for driver in self.drivers for pole in POLES)

    @property
    def n_clusters(self) -> int:
        """Number of distinct clusters."""
        return int(self.clusters.max()) + 1 if self.clusters.size else 0


def build_design(
    ox: pd.DataFrame,
    outcome: str,
    *,
    drivers: Sequence[str] | None = None,
    controls: Sequence[str] = (),
    weights: str | None = None,
    cluster: str | None = None,
    coding: Coding = "share",
    min_rows: int = 10,
) -> Design:
    """Take from an O+X table what a model of the outcome needs.

    Parameters
    ----------
    ox : DataFrame, one row per unit
        With the columns of `schema.ox_schema` for `drivers`.
    outcome : str
        A column of numbers or booleans. Rows without it are left out.
    drivers : sequence of str, optional
        The six experience drivers when not given.
    controls : sequence of str
        Columns of numbers or categories. Rows without one of them are left out.
    weights : str, optional
        A column of numbers that are 0 or more. Rows without one, or with 0, are left out.
    cluster : str, optional
        Rows with the same value (a customer's) are resampled together. Rows without one are a
        cluster each.
    coding : {"share", "any"}
        Of a unit's texts: the share that mentions the driver so, or 1 where any does. The same for
        units with one text.
    min_rows : int, default=10
        Fewer rows than this cannot be analysed.

    Returns
    -------
    Design
        Units without text are left out: saying nothing of a driver and saying nothing are two
        things.

    Raises
    ------
    SchemaError
        If columns are missing or of another kind; all of them are named.
    AnalysisError
        If fewer than `min_rows` rows are left, or the outcome is constant.

    Examples
    --------
    >>> ox = pd.DataFrame({
    ...     "r_stars": [1, 5, 4] * 4, "x_n_texts": [1, 2, 1] * 4,
    ...     "x_price_negative": [1, 0, 0] * 4, "x_price_positive": [0, 1, 0] * 4})
    >>> design = build_design(ox, "r_stars", drivers=["price"])
    >>> design.mentions[:3].tolist()
    [[1.0, 0.0], [0.0, 0.5], [0.0, 0.0]]
    """
    names = tuple(load_taxonomy().ids if drivers is None else drivers)
    features = [f"x_{driver}_{pole}" for driver in names for pole in POLES]
    extra = [*controls, *(name for name in (weights, cluster) if name is not None)]
    _check_columns(ox, [outcome, "x_n_texts", *features, *extra])
    y = as_numbers(ox, outcome)
    left_out: dict[str, int] = {}
    keep = np.ones(len(ox), np.bool_)

    def leave_out(is_out: npt.NDArray[np.bool_], reason: str) -> None:
        n = int((keep & is_out).sum())
        if n:
            left_out[reason] = n
        keep[is_out] = False

    leave_out(np.isnan(y), f"no {outcome}")
    n_texts = as_numbers(ox, "x_n_texts")
    leave_out(~(n_texts > 0), "no text")
    for name in controls:
        leave_out(ox[name].isna().to_numpy(np.bool_), f"no {name}")
    weight = np.ones(len(ox))
    if weights is not None:
        weight = as_numbers(ox, weights)
        if (weight < 0).any():
            raise AnalysisError(
                f"weights {weights!r}: {int((weight < 0).sum()):,} are negative, expected 0 or more"
            )
        leave_out(np.isnan(weight), f"no {weights}")
        leave_out(weight == 0, f"{weights} is 0")
    rows = np.flatnonzero(keep).astype(np.int64)
    if rows.size < min_rows:
        reasons = ", ".join(f"{n:,} {reason}" for reason, n in left_out.items()) or "none left out"
        raise AnalysisError(
            f"{rows.size:,} of {len(ox):,} rows can be analysed ({reasons}), "
            f"expected at least {min_rows:,}"
        )
    y = y[rows]
    if np.ptp(y) == 0:
        raise AnalysisError(
            f"{outcome!r} is {y[0]:g} in all {rows.size:,} rows: nothing to explain"
        )
    counts = (
        np.column_stack([as_numbers(ox, name)[rows] for name in features])
        if names
        else (np.empty((rows.size, 0)))
    )
    mentions = (counts > 0).astype(float) if coding == "any" else counts / n_texts[rows, None]
    control, control_names = code_controls(ox, controls, rows)
    weight = weight[rows] / weight[rows].mean()
    return Design(
        y,
        names,
        mentions,
        control,
        control_names,
        weight,
        code_clusters(ox, cluster, rows),
        rows,
        left_out,
    )


def as_numbers(ox: pd.DataFrame, name: str) -> Floats:
    """Give a column of numbers or booleans as float64, missing as NaN.

    Parameters
    ----------
    ox : DataFrame
    name : str

    Returns
    -------
    ndarray of float64, shape (n_rows,)

    Raises
    ------
    SchemaError
        If the column is neither of numbers nor of booleans, or holds infinite values.
    """
    column = ox[name]
    if not (pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column)):
        raise SchemaError(
            f"column {name!r} holds {column.dtype}, expected numbers. Convert it first."
        )
    numbers = np.asarray(column.astype("Float64").to_numpy("float64", na_value=np.nan), np.float64)
    if np.isinf(numbers).any():
        raise SchemaError(f"column {name!r} holds {int(np.isinf(numbers).sum()):,} infinite values")
    return numbers


def code_clusters(ox: pd.DataFrame, cluster: str | None, rows: Ints) -> Ints:
    """Number the clusters of rows.

    Parameters
    ----------
    ox : DataFrame
    cluster : str or None
        None makes every row a cluster.
    rows : ndarray of int64, shape (n,)
        Positions in `ox`.

    Returns
    -------
    ndarray of int64, shape (n,)
        From 0, in order of first appearance; a row without a value is a cluster of its own.
    """
    if cluster is None:
        return np.arange(rows.size, dtype=np.int64)
    codes = pd.factorize(ox[cluster].iloc[rows])[0].astype(np.int64)
    alone = codes < 0
    codes[alone] = codes.max(initial=-1) + 1 + np.arange(int(alone.sum()))
    return codes


def _check_columns(ox: pd.DataFrame, names: Sequence[str]) -> None:
    """Raise one error that names every column that is missing."""
    missing = [repr(name) for name in dict.fromkeys(names) if name not in ox.columns]
    if missing:
        raise SchemaError(
            f"no column {', '.join(missing)}. Columns x_* are made by nlp-cx join; the table "
            f"has {', '.join(map(str, ox.columns))}."
        )


def code_controls(
    ox: pd.DataFrame, controls: Sequence[str], rows: Ints
) -> tuple[Floats, tuple[str, ...]]:
    """Code controls as numbers; categories against the most frequent one.

    Parameters
    ----------
    ox : DataFrame
    controls : sequence of str
        Columns of numbers, booleans or categories, none missing in `rows`.
    rows : ndarray of int64, shape (n,)
        Positions in `ox`.

    Returns
    -------
    values : ndarray of float64, shape (n, n_controls)
    names : tuple of str
        ``store=north`` for a dummy.
    """
    parts, names = [], []
    for name in controls:
        column = ox[name].iloc[rows]
        if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
            parts.append(as_numbers(ox, name)[rows])
            names.append(name)
            continue
        levels = column.astype(str).value_counts().sort_index(kind="stable")
        for level in sorted(set(levels.index) - {levels.idxmax()}):
            parts.append((column.astype(str) == level).to_numpy(np.float64))
            names.append(f"{name}={level}")
    table = np.column_stack(parts) if parts else np.empty((rows.size, 0))
    return table.astype(np.float64), tuple(names)
