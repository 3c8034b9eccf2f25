"""A statistic of a metric: what every row adds to it, in which unit, from which source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.design import as_numbers
from nlp_cx.errors import AnalysisError, SchemaError

Floats = npt.NDArray[np.float64]

Kind = Literal["share", "net", "mean", "ratio"]
Source = Literal["surveyed", "operational", "text"]
Column = tuple[str, object]
"""A column and the value of it that counts as a hit, e.g. ``("churned", "Yes")``."""

POINTS = "points, -100 to 100"
"""Unit of shares that are taken from each other, such as the NPS."""


@dataclass(frozen=True, slots=True)
class Statistic:
    """What is estimated: a weighted mean of row values, or a function of several.

    Attributes
    ----------
    name : str
        Name of the metric in results, e.g. ``"csat_top2_share"``.
    kind : {"share", "net", "mean", "ratio"}
        Share of hits (values 0 to 1), hits minus misses (values -1, 0, 1), mean of values, or
        `function` of the means of the columns of `values`.
    values : ndarray of float64, shape (n_rows,), or (n_rows, k) for a ratio
        In the order of the table's rows; NaN where the row gave no answer.
    unit : str
        Of the estimate, in words.
    source : {"surveyed", "operational", "text"}
        Asked of the customer, recorded by the company, or estimated from text by a model.
    bounds : tuple of float
        Between which the estimate must lie.
    factor : float
        The estimate is the mean of the values times this, e.g. 100.
    caveat : str
        What a reader must know, or ``""``.
    function : callable, optional
        Of a ratio: from means, shape (..., k), to estimates, shape (...).
    is_part : bool
        A share that a net is made of: estimated, but not compared on its own.
    """

    name: str
    kind: Kind
    values: Floats
    unit: str
    source: Source
    bounds: tuple[float, float] = (-np.inf, np.inf)
    factor: float = 1.0
    caveat: str = ""
    function: Callable[[Floats], Floats] | None = None
    is_part: bool = False


def find_known(values: Floats) -> npt.NDArray[np.bool_]:
    """Tell which rows gave an answer.

    Parameters
    ----------
    values : ndarray of float64, shape (n_rows,) or (n_rows, k)

    Returns
    -------
    ndarray of bool, shape (n_rows,)
    """
    missing = np.isnan(values)
    return np.asarray(~(missing.any(axis=1) if missing.ndim == 2 else missing), np.bool_)


def take_ratings(table: pd.DataFrame, column: str, *, metric: str) -> Floats:
    """Take the answers to a question from a table.

    Parameters
    ----------
    table : DataFrame
    column : str
        Numbers; missing where the customer gave no answer.
    metric : str
        What they are for, named in messages.

    Returns
    -------
    ndarray of float64, shape (n_rows,)

    Raises
    ------
    SchemaError
        If there is no such column, or it does not hold numbers.
    AnalysisError
        If it was estimated from text: a name that begins with ``x_``.
    """
    if column not in table.columns:
        names = ", ".join(map(repr, table.columns[:30]))
        raise SchemaError(f"{metric}: no column {column!r}; the table has {names}")
    refuse_text(column, metric=metric)
    if pd.api.types.is_bool_dtype(table[column]):
        raise SchemaError(f"{metric}: column {column!r} holds yes and no, expected points")
    return as_numbers(table, column)


def refuse_text(column: str | Column, *, metric: str) -> None:
    """Refuse a column that was estimated from text.

    Parameters
    ----------
    column : str, or pair of str and value
    metric : str
        What it is for, named in the message.

    Raises
    ------
    AnalysisError
        If its name begins with ``x_``.
    """
    name = column[0] if isinstance(column, tuple) else column
    if str(name).startswith("x_"):
        raise AnalysisError(
            f"{metric}: {name!r} is estimated from text, expected what customers answered or did. "
            f"Metrics of text are named text_estimated_… and stand apart: code_text_loyalty, "
            f"code_text_sentiment (--text)."
        )


def take_hits(table: pd.DataFrame, column: str | Column, *, metric: str) -> Floats:
    """Take yes and no from a table.

    Parameters
    ----------
    table : DataFrame
    column : str, or pair of str and value
        Of booleans, or of 0 and 1; or a column and its value that means yes, all others that are
        not missing meaning no.
    metric : str
        What they are for, named in messages.

    Returns
    -------
    ndarray of float64, shape (n_rows,)
        1, 0, NaN.

    Raises
    ------
    SchemaError
        If there is no such column, or it holds anything else.
    AnalysisError
        If the value that means yes does not occur.
    """
    name, hit = column if isinstance(column, tuple) else (column, None)
    if name not in table.columns:
        names = ", ".join(map(repr, table.columns[:30]))
        raise SchemaError(f"{metric}: no column {name!r}; the table has {names}")
    cells = table[name]
    if hit is not None:
        missing = cells.isna().to_numpy(np.bool_)
        is_hit = _equals(cells, hit)
        if not is_hit.any():
            seen = ", ".join(repr(v) for v in cells.dropna().unique()[:5])
            raise AnalysisError(f"{metric}: no {name!r} is {hit!r}; it holds {seen}, …")
        return np.where(missing, np.nan, is_hit.astype(float))
    if pd.api.types.infer_dtype(cells, skipna=True) == "boolean":
        truth = cells.astype("boolean").astype("Float64")
        return np.asarray(truth.to_numpy(np.float64, na_value=np.nan), np.float64)
    if not pd.api.types.is_numeric_dtype(cells):
        seen = ", ".join(repr(v) for v in cells.dropna().unique()[:5])
        raise SchemaError(
            f"{metric}: column {name!r} holds {seen}, expected booleans or 0 and 1. Say which "
            f"value means yes: ({name!r}, value), on the command line {name}=value."
        )
    numbers = as_numbers(table, name)
    bad = ~np.isin(numbers, (0.0, 1.0)) & ~np.isnan(numbers)
    if bad.any():
        raise SchemaError(
            f"{metric}: {int(bad.sum()):,} of {int((~np.isnan(numbers)).sum()):,} values of "
            f"{name!r} are not 0 or 1, e.g. {numbers[bad][0]:g}"
        )
    return numbers


def _equals(cells: pd.Series[Any], hit: object) -> npt.NDArray[np.bool_]:
    """Tell which cells hold a value, also where it was written as text."""
    try:
        number = float(str(hit))
    except ValueError:
        number = None
    if number is not None and pd.api.types.is_numeric_dtype(cells):
        is_hit = cells.astype("Float64") == number
    else:
        is_hit = (cells == hit) | (cells.astype(str) == str(hit))
    return np.asarray(is_hit.astype("boolean").fillna(False).to_numpy(np.bool_), np.bool_)


def code_share(
    table: pd.DataFrame, column: str | Column, *, name: str, source: Source
) -> tuple[Statistic, ...]:
    """Code yes and no as a share of rows.

    Parameters
    ----------
    table : DataFrame, one row per answer or customer
    column : str, or pair of str and value
        As `take_hits` takes it.
    name : str
        Name of the metric in results.
    source : {"surveyed", "operational", "text"}
        Of a column ``x_…`` only text, and then the name begins with ``text_estimated_``.

    Returns
    -------
    tuple of one Statistic

    Raises
    ------
    SchemaError, AnalysisError
        As `take_hits` and `refuse_text`.
    """
    name = _name_by_source(column, name, source)
    unit = f"share of rows with {column[0]} = {column[1]}" if isinstance(column, tuple) else ""
    return (
        Statistic(
            name,
            "share",
            take_hits(table, column, metric=name),
            unit or f"share of rows with {column}",
            source,
            bounds=(0, 1),
        ),
    )


def code_mean(
    table: pd.DataFrame, column: str, *, name: str, source: Source, unit: str
) -> tuple[Statistic, ...]:
    """Code a number as a mean over rows.

    Parameters
    ----------
    table : DataFrame
    column : str
        Numbers.
    name : str
        Name of the metric in results.
    source : {"surveyed", "operational", "text"}
        As in `code_share`.
    unit : str
        E.g. ``"CNY"``.

    Returns
    -------
    tuple of one Statistic

    Raises
    ------
    SchemaError
        If there is no such column of numbers.
    AnalysisError
        As `refuse_text`.
    """
    if column not in table.columns:
        raise SchemaError(f"{name}: no column {column!r}")
    name = _name_by_source(column, name, source)
    return (Statistic(name, "mean", as_numbers(table, column), unit, source),)


def _name_by_source(column: str | Column, name: str, source: Source) -> str:
    """Give a metric of text the name of one."""
    if source != "text":
        refuse_text(column, metric=name)
        return name
    return name if name.startswith("text_estimated_") else f"text_estimated_{name}"


def check_scale(values: Floats, scale: tuple[float, float], *, metric: str, column: str) -> None:
    """Refuse answers outside their scale.

    Parameters
    ----------
    values : ndarray of float64
    scale : tuple of float
        Lowest and highest answer that could be given.
    metric, column : str
        Named in the message.

    Raises
    ------
    AnalysisError
        If the scale is empty, or any answer is outside of it.
    """
    low, high = scale
    if not low < high:
        raise AnalysisError(f"{metric}: scale {low:g}-{high:g}, expected lowest-highest")
    outside = (values < low) | (values > high)
    if outside.any():
        n = int((~np.isnan(values)).sum())
        found = ", ".join(f"{v:g}" for v in np.unique(values[outside])[:5])
        raise AnalysisError(
            f"{metric}: {int(outside.sum()):,} of {n:,} answers in {column!r} are outside "
            f"{low:g}-{high:g} (e.g. {found}). Give the scale of the question; make codes such as "
            f"99 for 'no answer' missing first."
        )
