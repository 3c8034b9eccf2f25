"""Which drivers go with each outcome."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from nlp_cx.analyze.clause_sample import hash_ids
from nlp_cx.analyze.outcome import analyze_outcome
from nlp_cx.errors import NlpCxError
from nlp_cx.report.sections.outcomes import MOST_OUTCOMES
from nlp_cx.study.analyses.analyst import (
    GIVE_TEXTS,
    NO_OUTCOME,
    NO_TEXTS,
    NOT_ASKED,
    Analyst,
    OnTable,
    write_sentence,
)
from nlp_cx.study.analyses.columns import find_weights, is_numbers

CEILING = 0.5
"""Share of the highest value from which on an outcome has no room for praise."""

MOST_TRUTH_VALUES = 2
"""An outcome of two values is a yes or no, which has no ceiling."""


def add_outcomes(analyst: Analyst, units: pd.DataFrame | None) -> None:
    """Say which drivers go with each outcome.

    Parameters
    ----------
    analyst : Analyst
        Gets the tables, notes and reasons.
    units : DataFrame or None, one row per unit
        None where there is nothing that could be explained.
    """
    plan = analyst.plan
    study = plan.study
    name = "outcomes"
    if not study.wants("outcomes"):
        analyst.missing[name] = (NOT_ASKED, 'Add "outcomes" to analyses.')
        return
    if units is None or not plan.texts:
        analyst.missing[name] = analyst.missing["importance"] = (NO_TEXTS, GIVE_TEXTS)
        return
    outcomes = list(plan.outcomes())
    if not outcomes:
        names = [str(name) for name in units if str(name).startswith(("r_", "o_"))]
        joined = [name for name in names if is_numbers(units[name])]
        roles = {c for each in plan.texts for c in (each.id, each.interaction, each.customer)}
        roles |= {"turn"}
        numbers = sorted(
            {c for h in plan.headers.values() for c in h.columns if h.is_number(c)} - roles
        )
        shown = ", ".join((joined or numbers)[:10])
        way = f"Name one (--outcome, [[outcomes]]): {shown}." if shown else (
            "Add a column of numbers to the texts, or a table of ratings: stars, nps, csat."
        )  # fmt: skip
        analyst.missing[name] = analyst.missing["importance"] = (NO_OUTCOME, way)
        return
    group = plan.unit_column(study.groups[0]) if study.groups else None
    if group is not None and (group not in units or units[group].nunique() < 2):
        group = None
    has_time = "x_last_at" in units and bool(units["x_last_at"].notna().any())
    customer = plan.unit_column(study.customer or "customer_id")
    controls = tuple(filter(None, (plan.unit_column(each) for each in study.controls)))
    weights = plan.unit_column(study.weights) if study.weights else find_weights(units)
    for column, outcome in outcomes:
        try:
            analyst.outcomes[column] = analyze_outcome(
                sample_units(analyst, units, column, customer if customer in units else None),
                column,
                family=outcome.family,
                higher_is_better=outcome.higher_is_better,
                drivers=analyst.pipeline.drivers if analyst.pipeline else None,
                controls=controls,
                group=group,
                period="x_last_at" if study.time and has_time else None,
                time_zone=study.time_zone,
                weights=weights,
                cluster=customer if customer in units else None,
                n_bootstrap=study.n_bootstrap,
                random_state=study.random_state,
                on_table=partial(_say_table, analyst.on_table, column),
            )
        except NlpCxError as e:
            key = name if len(outcomes) == 1 else f"outcomes: {column}"
            analyst.missing[key] = (
                write_sentence(f"{column}: {e}"),
                "Give more texts with a rating.",
            )
    analyst.notes += _note_rest(list(analyst.outcomes))
    for column, found in analyst.outcomes.items():
        analyst.notes += [f"{column}, {note}" for note in found.notes]
        label = dict(outcomes)[column].label or dict(outcomes)[column].column
        analyst.notes += _note_ceiling(label, units[column])


def _note_rest(outcomes: list[str]) -> list[str]:
    """Say which outcomes the report does not explain."""
    if len(outcomes) <= MOST_OUTCOMES:
        return []
    rest = ", ".join(outcomes[MOST_OUTCOMES:])
    return [
        f"The report explains the first {MOST_OUTCOMES} outcomes. Of {rest} "
        "it tells where they stand; name them first in [[outcomes]] to see what goes with them."
    ]


def _note_ceiling(column: str, values: pd.Series) -> list[str]:
    """Say that an outcome has little room on one side, so that praise can hardly go with more."""
    known = values.dropna()
    if known.nunique() < MOST_TRUTH_VALUES + 1 or not is_numbers(known):
        return []
    share = float((known == known.max()).mean())
    if share < CEILING:
        return []
    return [
        f"{share:.0%} of the values of {column} are the highest there is: above them praise has no "
        "room, so that a factor looks basic more easily than it is"
    ]


def sample_units(
    analyst: Analyst, units: pd.DataFrame, outcome: str, customer: str | None
) -> pd.DataFrame:
    """Give the units, or a random sample of those with a text and the outcome; say so.

    Parameters
    ----------
    analyst : Analyst
        Gets a note where a sample is drawn.
    units : DataFrame
    outcome : str
    customer : str or None
        Column whose values are drawn whole.

    Returns
    -------
    DataFrame
    """
    study = analyst.plan.study
    if outcome not in units or len(units) <= study.most_units:
        return units
    usable = units[units[outcome].notna() & (units["x_n_texts"] > 0)]
    if len(usable) <= study.most_units:
        return usable
    # Customers are drawn whole, and by their ids: the order of rows plays no part.
    key = customer or str(analyst.plan.grain[0])
    order = hash_ids(usable[key], study.random_state)
    last = np.partition(order, study.most_units - 1)[study.most_units - 1]
    sample = usable[order <= last]
    analyst.notes.append(
        f"{outcome} is explained with a random sample of {len(sample):,} of the {len(usable):,} "
        "units with a text and a value (most_units)."
    )
    sample.attrs = dict(units.attrs)
    return sample


def _say_table(on_table: OnTable, column: str, name: str) -> None:
    """Say which table of which outcome is made."""
    on_table(f"{column}: {name}")
