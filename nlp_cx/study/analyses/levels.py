"""Where the outcomes stand, with texts or without."""

from __future__ import annotations

import pandas as pd

from nlp_cx.study.analyses.analyst import NO_OUTCOME, Analyst
from nlp_cx.study.analyses.columns import is_numbers


def add_levels(analyst: Analyst, units: pd.DataFrame | None) -> None:
    """Say where the outcomes stand, with texts or without.

    Parameters
    ----------
    analyst : Analyst
        Gets the tables, notes and reasons.
    units : DataFrame or None, one row per unit
        None where there is nothing that could be explained.
    """
    from nlp_cx.analyze.overview.outcome_levels import outcome_levels

    plan = analyst.plan
    if units is None:
        return
    found = [name for name, _ in plan.outcomes() if name in units and is_numbers(units[name])]
    group = plan.unit_column(plan.study.groups[0]) if plan.study.groups else None
    if group is not None and (group not in units or units[group].nunique() < 2):
        group = None
    if group is not None and analyst.facts["group"] is None:
        analyst.facts["group"] = plan.study.groups[0]
    customer = plan.unit_column(plan.study.customer or "customer_id")
    analyst.make(
        "outcome_levels",
        lambda: outcome_levels(
            units,
            found,
            by=group,
            cluster=customer if customer in units else None,
            min_cell=max(plan.study.privacy.minimum_cell, 1),
        ),
        needs=((found, NO_OUTCOME, "Name one (--outcome, [[outcomes]])."),),
        asked="overview",
    )
    if len(plan.tables) > len(plan.base_tables) and not plan.texts:
        rest = ", ".join(str(each.name) for each in plan.tables[1:])
        analyst.notes.append(
            f"There are no texts to join tables to: of the tables only {plan.tables[0].name} was "
            f"looked at, not {rest}. Join them before."
        )
