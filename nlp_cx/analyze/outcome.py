"""All tables on one outcome: which drivers go with it, how, for whom and since when."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from nlp_cx.analyze import NOTE
from nlp_cx.analyze.design import as_numbers
from nlp_cx.analyze.drivers.division import Family
from nlp_cx.analyze.drivers.groups import compare_groups
from nlp_cx.analyze.drivers.importance import relative_importance
from nlp_cx.analyze.drivers.kano_drift import kano_drift
from nlp_cx.analyze.drivers.leave_out import leave_theme_out
from nlp_cx.analyze.drivers.penalty_reward import penalty_reward
from nlp_cx.analyze.drivers.performance import importance_performance
from nlp_cx.analyze.drivers.trend_tests import trend_tests
from nlp_cx.analyze.drivers.trends import trends
from nlp_cx.analyze.drivers.what_if import what_if
from nlp_cx.errors import AnalysisError, SchemaError

MEANINGS = {
    "importance": "how the fit of a model of the outcome divides among the drivers",
    "penalty_reward": "the outcome with criticism and with praise of a driver against neither",
    "performance": "importance beside how well each driver is done, in quadrants",
    "what_if": "the outcome that goes with a point less criticism or more praise",
    "leave_theme_out": "the outcome without the texts that mention a driver",
    "groups": "what each group says of each driver, and its outcome, against the others",
    "importance_by_group": "importance within each group",
    "penalty_reward_by_group": "criticism and praise within each group",
    "trends": "what is said of each driver, and the outcome, period by period",
    "trend_tests": "the line through the periods, and whether it rises or falls",
    "penalty_reward_by_quarter": "criticism and praise within each quarter",
    "kano_drift": "the asymmetry of criticism and praise over quarters, and its line",
}
"""The tables of `analyze_outcome`, in their order, and what each tells."""


@dataclass(frozen=True, slots=True)
class OutcomeTables:
    """What was found out about an outcome.

    Attributes
    ----------
    outcome : str
    family : {"linear", "ordinal", "logit"}
    tables : dict of str to DataFrame
        By name, see `MEANINGS`.
    notes : tuple of str
        What could not be answered, and why.
    """

    outcome: str
    family: Family
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def analyze_outcome(
    ox: pd.DataFrame,
    outcome: str,
    *,
    family: Family | None = None,
    higher_is_better: bool = True,
    drivers: Sequence[str] | None = None,
    controls: Sequence[str] = (),
    group: str | None = None,
    period: str | None = None,
    time_zone: str | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    confidence: float = 0.95,
    n_bootstrap: int = 1000,
    n_null: int = 200,
    random_state: int = 0,
    on_table: Callable[[str], object] | None = None,
) -> OutcomeTables:
    """Run every analysis of an outcome that the table can bear.

    Parameters
    ----------
    ox : DataFrame, one row per unit
        An O+X table.
    outcome : str
        A column of numbers or booleans.
    family : {"linear", "ordinal", "logit"}, optional
        Of the model that importance divides; `choose_family` when not given. Penalties, rewards and
        what-if are always differences of the mean, for an outcome of 0 and 1 of the share.
    higher_is_better : bool, default=True
        False for effort, waiting and churn.
    drivers : sequence of str, optional
        The six experience drivers when not given.
    controls : sequence of str
        Columns that are held equal.
    group : str, optional
        Column whose values are compared, and analysed one by one.
    period : str, optional
        Column of times: months for trends, quarters for Kano drift.
    time_zone : str, optional
        Whose midnight counts, of times with an offset.
    weights, cluster : str, optional
        Columns of weights and of customers.
    confidence, n_bootstrap, random_state
        As for `relative_importance`. With `n_bootstrap` 0 intervals and classes are missing, and
        Kano drift, which rests on them, is a note.
    n_null : int, default=200
        Orders of the outcome by chance that importance is compared with; 0 for none.
    on_table : callable, optional
        Called with the name of each table before it is made.

    Returns
    -------
    OutcomeTables
        Importance is always there.

    Raises
    ------
    SchemaError
        If columns are missing or of another kind.
    AnalysisError
        If importance cannot be told at all. What further tables cannot tell is a note.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> service = rng.integers(-1, 2, 300)
    >>> ox = pd.DataFrame({"r_stars": 3 + service + rng.normal(0, 1, 300), "x_n_texts": 1,
    ...     "x_service_negative": service < 0, "x_service_positive": service > 0,
    ...     "x_service_neutral": 0,
    ...     "x_service_score": np.where(service == 0, np.nan, service)})
    >>> found = analyze_outcome(ox, "r_stars", drivers=["service"], n_bootstrap=50)
    >>> found.family, list(found.tables)
    ('linear', ['importance', 'penalty_reward', 'performance', 'what_if', 'leave_theme_out'])
    """
    family = family or choose_family(ox, outcome)
    sample: dict[str, Any] = {
        "drivers": drivers,
        "weights": weights,
        "cluster": cluster,
        "confidence": confidence,
    }
    drawn = {**sample, "n_bootstrap": n_bootstrap, "random_state": random_state}
    model = {**drawn, "controls": controls}
    signed = {**model, "higher_is_better": higher_is_better}
    tables: dict[str, pd.DataFrame] = {}
    notes: list[str] = []

    def make(name: str, function: Callable[..., pd.DataFrame], *given: Any, **more: Any) -> None:
        if on_table is not None:
            on_table(name)
        try:
            tables[name] = function(ox, *given, **more)
        except AnalysisError as e:
            if name == "importance":
                raise
            notes.append(f"{name}: {e}")
            return
        tables[name].attrs["note"] = NOTE

    make("importance", relative_importance, outcome, family=family, n_null=n_null, **model)
    make("penalty_reward", penalty_reward, outcome, **signed)
    asymmetry = tables.get("penalty_reward")
    make(
        "performance", importance_performance, outcome,
        asymmetry=asymmetry, n_null=n_null, **model,
    )  # fmt: skip
    make("what_if", what_if, outcome, **model)
    make("leave_theme_out", leave_theme_out, outcome, **drawn)
    if group is not None:
        make("groups", compare_groups, group, outcome=outcome, **sample)
        make(
            "importance_by_group", relative_importance, outcome,
            family=family, group=group, n_null=n_null, **model,
        )  # fmt: skip
        make("penalty_reward_by_group", penalty_reward, outcome, group=group, **signed)
    if period is not None:
        make("trends", trends, period, outcome=outcome, time_zone=time_zone, **sample)
        make("trend_tests", trend_tests, period, outcome=outcome, time_zone=time_zone, **sample)
        timed = {"period": period, "time_zone": time_zone, **signed}
        make("penalty_reward_by_quarter", penalty_reward, outcome, **timed)
        if n_bootstrap:
            make("kano_drift", kano_drift, outcome, **timed)
        else:
            notes.append("kano_drift: needs bootstrap samples, and n_bootstrap is 0")
    return OutcomeTables(outcome, family, tables, tuple(notes))


def choose_family(ox: pd.DataFrame, outcome: str) -> Family:
    """Choose the model for an outcome by its values.

    Parameters
    ----------
    ox : DataFrame
    outcome : str

    Returns
    -------
    {"linear", "logit"}
        ``logit`` for two distinct values. Ratings of few steps are modelled as numbers, as their
        means are read; ``ordinal`` is there for those who prefer it.

    Raises
    ------
    SchemaError
        If the column is not there or holds no numbers.

    Examples
    --------
    >>> choose_family(pd.DataFrame({"churned": [0, 1, 1, None]}), "churned")
    'logit'
    """
    if outcome not in ox.columns:
        raise SchemaError(
            f"no column {outcome!r} to explain. The table has {', '.join(map(str, ox.columns))}."
        )
    values = pd.Series(as_numbers(ox, outcome)).dropna()
    return "logit" if values.nunique() == 2 else "linear"
