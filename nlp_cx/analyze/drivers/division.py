"""A model of an outcome divided among players, as a table: one row per player."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.drivers.collinearity import condition_number, inflate_variance
from nlp_cx.analyze.drivers.discrete import fit_discrete
from nlp_cx.analyze.drivers.linear import Divide, Model, fit_linear
from nlp_cx.analyze.drivers.moments import correlate, standardize
from nlp_cx.analyze.drivers.players import Players
from nlp_cx.analyze.drivers.relative_weights import relative_weights
from nlp_cx.analyze.drivers.shapley import shapley_r2
from nlp_cx.analyze.drivers.summary import MIN_CLUSTERS, summarize_division
from nlp_cx.analyze.resample import percentile_interval
from nlp_cx.errors import AnalysisError, ConfigError

Floats = npt.NDArray[np.float64]

Family = Literal["linear", "ordinal", "logit"]
Measure = Literal["r2", "mcfadden", "tjur"]
Method = Literal["lmg", "relative_weights", "both"]

MEASURES: dict[str, tuple[str, ...]] = {
    "linear": ("r2",),
    "ordinal": ("mcfadden",),
    "logit": ("mcfadden", "tjur"),
}
"""What can be divided, by family; the first is the default."""

METHODS: dict[str, Divide] = {"lmg": shapley_r2, "relative_weights": relative_weights}

PERCENTILE = "percentile, cluster bootstrap"
"""The name of the intervals here."""


def check_options(family: str, measure: str | None, method: str) -> str:
    """Refuse options that do not go together.

    Parameters
    ----------
    family, measure, method : str

    Returns
    -------
    str
        The measure.

    Raises
    ------
    ConfigError
    """
    if family not in MEASURES:
        raise ConfigError(f"family {family!r}: expected one of {', '.join(MEASURES)}")
    if method not in (*METHODS, "both"):
        raise ConfigError(f"method {method!r}: expected one of {', '.join(METHODS)}, both")
    if family != "linear" and method != "lmg":
        raise ConfigError(
            f"method {method!r} divides R² of a linear model only: use method='lmg' with "
            f"family={family!r}"
        )
    measure = measure or MEASURES[family][0]
    if measure not in MEASURES[family]:
        raise ConfigError(
            f"measure {measure!r} is not one of family {family!r}: expected "
            f"{' or '.join(MEASURES[family])}"
        )
    return measure


def check_counts(*, confidence: float, n_bootstrap: int, n_null: int = 0) -> None:
    """Refuse counts and a confidence that mean nothing.

    Parameters
    ----------
    confidence : float
    n_bootstrap, n_null : int

    Raises
    ------
    ConfigError
    """
    if not 0 < confidence < 1:
        raise ConfigError(f"confidence is {confidence:g}, expected more than 0 and less than 1")
    if n_bootstrap < 0 or n_null < 0:
        raise ConfigError(f"n_bootstrap is {n_bootstrap} and n_null {n_null}, expected 0 or more")


def fit_players(
    players: Players,
    *,
    family: str,
    measure: str,
    method: str | None,
    n_bootstrap: int,
    n_null: int,
    random_state: int,
) -> Model:
    """Fit a model of the family and divide it.

    Parameters
    ----------
    players : Players
        Sorted by cluster.
    family, measure, method
        As `check_options` let them through; without a method a linear model is not divided.
    n_bootstrap, n_null, random_state
        As for `fit_linear`. Of fewer than `MIN_CLUSTERS` clusters no samples are drawn.

    Returns
    -------
    Model

    Raises
    ------
    AnalysisError
        If there are too few rows for the columns, or the outcome is not of the family.
    """
    n, n_columns = players.table.shape[0], players.table.shape[1] - 1
    if n <= n_columns + 1:
        raise AnalysisError(
            f"{n:,} rows for {n_columns} columns: everything would be explained. "
            "Take fewer drivers or controls."
        )
    if np.ptp(players.outcome) == 0:
        raise AnalysisError(f"the outcome is {players.outcome[0]:g} in all {n:,} rows")
    if int(players.clusters.max()) + 1 < MIN_CLUSTERS:
        n_bootstrap = n_null = 0
    counts = {"n_bootstrap": n_bootstrap, "n_null": n_null, "random_state": random_state}
    if family == "linear":
        methods = {name: divide for name, divide in METHODS.items() if method in (name, "both")}
        return fit_linear(players, methods, **counts)
    levels = np.unique(players.outcome)
    if family == "logit" and levels.size != 2:
        raise AnalysisError(
            f"the outcome has {levels.size:,} values, from {levels[0]:g} to {levels[-1]:g}; "
            "family='logit' needs 2. Use family='ordinal' or 'linear'."
        )
    return fit_discrete(players, measure, **counts)


def describe_players(
    players: Players, model: Model, *, confidence: float, n_bootstrap: int
) -> pd.DataFrame:
    """Lay out how a model divides among players.

    Parameters
    ----------
    players : Players
    model : Model
    confidence : float
    n_bootstrap : int
        As asked for.

    Returns
    -------
    DataFrame, one row per player, its name as index
        The columns of `relative_importance` that need no mentions.
    """
    table = pd.DataFrame(index=pd.Index(players.names, name="driver"))
    for name, division in model.divisions.items():
        prefix = "lmg" if name == "lmg" else "relative_weight"
        found = summarize_division(division, confidence=confidence)
        part = {prefix: "value", f"{prefix}_low": "low", f"{prefix}_high": "high"}
        for column, source in part.items():
            table[column] = found.pop(source)
        if "rank" not in table:
            table = table.assign(**found)
    standard = standardize(players.table[:, :-1], players.weights)[0]
    whole = correlate((standard.T * players.weights) @ standard / players.weights.sum())[0]
    table["vif"] = inflate_variance(whole, players.sizes)
    table["condition_number"] = condition_number(whole)
    table["fit"], table["fit_controls"] = model.fit, model.fit_controls
    n_clusters = int(players.clusters.max()) + 1
    table["n"], table["n_clusters"] = len(players.table), n_clusters
    has_samples = n_bootstrap > 0 and n_clusters >= MIN_CLUSTERS
    table["interval"] = PERCENTILE if has_samples else None
    if n_bootstrap > 0 and not has_samples:
        table["reason"] = (
            f"{n_clusters:,} independent units, fewer than {MIN_CLUSTERS}: no intervals"
        )
    return table


def describe_coefficients(
    model: Model,
    places: npt.NDArray[np.int64],
    *,
    confidence: float,
    is_known: npt.NDArray[np.bool_],
) -> pd.DataFrame:
    """Lay out coefficients with intervals and signs.

    Parameters
    ----------
    model : Model
    places : ndarray of int64, shape (m,)
        Which of the columns.
    confidence : float
    is_known : ndarray of bool, shape (m,)
        Where False, all is missing.

    Returns
    -------
    DataFrame, shape (m, 4)
        ``estimate, low, high``; ``sign``: lower, higher, or unclear where the interval holds 0;
        missing without an interval.
    """
    estimate = np.where(is_known, model.coefficients[places], np.nan)
    draws = model.coefficient_draws[:, places]
    if draws.size:
        low, high = percentile_interval(draws, confidence=confidence)
    else:
        low = high = np.full(places.size, np.nan)
    low = np.where(np.isnan(estimate), np.nan, low)
    high = np.where(np.isnan(estimate), np.nan, high)
    words = np.array([None, "lower", "higher", "unclear"], object)
    sign = words[np.select([high < 0, low > 0, low <= high], [1, 2, 3], 0)]
    return pd.DataFrame({"estimate": estimate, "low": low, "high": high, "sign": sign})
