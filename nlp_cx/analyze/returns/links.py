"""One link of the return chain: a model of one outcome on what stands before it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.design import Design, as_numbers, code_controls
from nlp_cx.analyze.drivers.fits import Model, fit_model
from nlp_cx.analyze.drivers.row_terms import RowTerms
from nlp_cx.analyze.resample import draw_counts
from nlp_cx.errors import AnalysisError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MIN_ROWS = 30
"""Rows that a link needs."""


@dataclass(frozen=True, slots=True)
class Link:
    """A model of one step of the chain.

    Attributes
    ----------
    name : str
        ``"satisfaction"``, ``"retention"``, ``"revenue"``, or ``"direct"``.
    model : {"ols", "logit"}
    columns : tuple of str
        Intercept first, then what the link is about, then controls.
    x : ndarray of float64, shape (n_rows, n_columns)
    y, weights : ndarray of float64, shape (n_rows,)
    clusters : ndarray of int64, shape (n_rows,)
        Rising; the same number is the same customer in every link.
    estimate : ndarray of float64, shape (n_columns,)
    draws : ndarray of float64, shape (n_bootstrap, n_columns)
    """

    name: str
    model: Model
    columns: tuple[str, ...]
    x: Floats
    y: Floats
    weights: Floats
    clusters: Ints
    estimate: Floats
    draws: Floats


@dataclass(frozen=True, slots=True)
class Draws:
    """Which customers the bootstrap draws; the same for every link.

    Attributes
    ----------
    n_clusters : int
        Of the whole table.
    n_bootstrap, random_state : int
    """

    n_clusters: int
    n_bootstrap: int
    random_state: int

    def weights_of(self, link: Link) -> Iterator[Floats]:
        """Give the weights of a link's rows in each sample.

        Parameters
        ----------
        link : Link

        Yields
        ------
        ndarray of float64, shape (n_rows,)
        """
        blocks = draw_counts(self.n_clusters, self.n_bootstrap, random_state=self.random_state)
        for block in blocks:
            for counts in block:
                yield link.weights * counts[link.clusters]


@dataclass(slots=True)
class LinkRows:
    """The O+X table with what every link shares.

    Attributes
    ----------
    ox : DataFrame
    controls : tuple of str
    weights : str or None
    clusters : ndarray of int64, shape (n_rows,)
    """

    ox: pd.DataFrame
    controls: tuple[str, ...]
    weights: str | None
    clusters: Ints

    def take(self, name: str, model: Model, feature: str, outcome: str) -> Link:
        """Take the rows that have feature, outcome, controls and weight, and fit them.

        Parameters
        ----------
        name : str
        model : {"ols", "logit"}
        feature, outcome : str

        Returns
        -------
        Link
            Without draws.

        Raises
        ------
        AnalysisError
            If there are fewer than `MIN_ROWS`, or something is constant, collinear or separated.
        """
        x, y = as_numbers(self.ox, feature), as_numbers(self.ox, outcome)
        weight = np.ones(len(y)) if self.weights is None else as_numbers(self.ox, self.weights)
        keep = ~(np.isnan(x) | np.isnan(y)) & (weight > 0)
        for control in self.controls:
            keep &= self.ox[control].notna().to_numpy(np.bool_)
        rows = np.flatnonzero(keep).astype(np.int64)
        if rows.size < MIN_ROWS:
            raise AnalysisError(
                f"{outcome} ~ {feature}: {rows.size:,} of {len(y):,} rows have both, expected at "
                f"least {MIN_ROWS}"
            )
        for label, values in ((outcome, y), (feature, x)):
            if np.ptp(values[rows]) == 0:
                raise AnalysisError(
                    f"{outcome} ~ {feature}: {label!r} is {values[rows[0]]:g} in all "
                    f"{rows.size:,} rows"
                )
        controls, names = code_controls(self.ox, self.controls, rows)
        table = np.column_stack([np.ones(rows.size), x[rows], controls])
        found = (table, y[rows], weight[rows] / weight[rows].mean(), self.clusters[rows])
        return fit_link(name, model, ("intercept", feature, *names), found)

    def take_design(self, name: str, model: Model, design: Design) -> Link:
        """Fit an outcome on the mentions of drivers.

        Parameters
        ----------
        name : str
        model : {"ols", "logit"}
        design : Design

        Returns
        -------
        Link
            Without draws.

        Raises
        ------
        AnalysisError
            If columns are collinear, or the outcome is separated.
        """
        x = np.column_stack([np.ones(design.y.size), design.mentions, design.controls])
        columns = ("intercept", *design.feature_names, *design.control_names)
        found = (x, design.y, design.weights, self.clusters[design.rows])
        return fit_link(name, model, columns, found)


def fit_link(
    name: str, model: Model, columns: tuple[str, ...], found: tuple[Floats, Floats, Floats, Ints]
) -> Link:
    """Fit a link to its rows, sorted by customer.

    Parameters
    ----------
    name : str
    model : {"ols", "logit"}
    columns : tuple of str
        Constant ones are left out of the link.
    found : x, y, weights, clusters

    Returns
    -------
    Link
        Without draws.

    Raises
    ------
    AnalysisError
        If nothing varies, columns are collinear, or the outcome is separated.
    """
    x, y, weights, clusters = found
    order = np.argsort(clusters, kind="stable")
    x, y, weights, clusters = x[order], y[order], weights[order], clusters[order]
    varies = np.r_[True, np.ptp(x[:, 1:], axis=0) > 0]
    if varies.sum() < 2:
        raise AnalysisError(f"link {name}: nothing varies in {y.size:,} rows")
    try:
        estimate = fit_model(x[:, varies], y, weights, model).estimate
    except AnalysisError as e:
        raise AnalysisError(f"link {name} ({', '.join(columns[1:])}), {y.size:,} rows: {e}") from e
    kept = tuple(column for column, does in zip(columns, varies, strict=True) if does)
    return Link(
        name, model, kept, x[:, varies], y, weights, clusters, estimate, np.empty((0, len(kept)))
    )


def row_terms(link: Link) -> RowTerms:
    """Write a fitted link as sums over its rows.

    Parameters
    ----------
    link : Link

    Returns
    -------
    RowTerms
    """
    fitted = link.x @ link.estimate
    curvature = link.weights
    if link.model == "logit":
        fitted = logistic(fitted)
        curvature = link.weights * fitted * (1 - fitted)
    score = link.x * (link.weights * (link.y - fitted))[:, None]

    def information(rows: slice) -> Floats:
        x = link.x[rows]
        return np.asarray((x * curvature[rows, None])[:, :, None] * x[:, None, :])

    return RowTerms(link.estimate, score, information)


def logistic(index: Floats) -> Floats:
    """Give the logistic function without overflow.

    Parameters
    ----------
    index : ndarray of float64

    Returns
    -------
    ndarray of float64, 0 to 1
    """
    return np.asarray(0.5 * (1 + np.tanh(index / 2)))
