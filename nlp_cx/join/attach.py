"""One table after the other matched, checked and joined to the units."""

from __future__ import annotations

from nlp_cx.join.asof import describe_rule, match_by_time
from nlp_cx.join.cardinality import check_cardinality, count_matches
from nlp_cx.join.drift import find_drift
from nlp_cx.join.duck import Engine
from nlp_cx.join.fold_rows import fold_rows
from nlp_cx.join.look_ahead import refuse_look_ahead
from nlp_cx.join.matching import match_by_key
from nlp_cx.join.plan import PERIOD, Plan, TablePlan
from nlp_cx.join.spine import Spine, Sql
from nlp_cx.join.summary import DriftSummary, TableSummary

_FORMS = {
    "text": " (as text)",
    "normal": " (normalised)",
    "day": " (by the day)",
    "instant": " (as instants)",
}


def attach_table(engine: Engine, plan: Plan, spine: Spine, table: TablePlan) -> TableSummary:
    """Join a table to the units.

    Parameters
    ----------
    engine : Engine
    plan : Plan
    spine : Spine
        Gets the join.
    table : TablePlan

    Returns
    -------
    TableSummary

    Raises
    ------
    JoinError
        If rows would multiply, are not what was asserted, or are older than the feedback.
    """
    alias = spine.alias(table.name)
    by_key = match_by_key(engine, plan, spine, table)
    match = match_by_time(engine, plan, spine, table, by_key)
    match = refuse_look_ahead(engine, plan, spine, table, match)
    counts = count_matches(engine, spine, table, by_key, match)
    check_cardinality(plan, table, counts)
    notes: list[str] = []
    drift: tuple[DriftSummary, ...] = ()
    if counts.n_units_matched < counts.n_units or plan.spec.normalize_keys:
        drift = find_drift(engine, spine, table, notes)
    rows = fold_rows(engine, alias, table, match) if table.is_aggregated else match.rows
    join = f"LEFT JOIN {rows} AS {alias} ON {match.condition(alias)}"
    spine.joins[alias] = Sql(join, match.needs)
    return TableSummary(
        name=table.name,
        on=tuple(_describe_keys(table)),
        match=describe_rule(plan, table, table.spec.asof),
        n_rows=match.n_rows,
        n_without_key=match.n_without_key,
        cardinality=counts.cardinality,
        asserted=table.spec.cardinality,
        is_aggregated=table.is_aggregated,
        n_units=counts.n_units,
        n_units_matched=counts.n_units_matched,
        unmatched_units=counts.unmatched_units,
        n_rows_matched=counts.n_rows_matched,
        n_rows_dropped=counts.n_rows_dropped,
        unmatched_rows=counts.unmatched_rows,
        n_duplicate_rows=counts.n_duplicate_rows,
        most_rows_per_unit=counts.most_rows,
        most_units_per_row=counts.most_units,
        drift=drift,
        n_early=match.n_early,
        n_partly_early=match.n_partly,
        look_ahead=match.look_ahead,
        columns=tuple((take.name, take.source) for take in table.takes),
        not_taken=_list_left_behind(plan, table),
        notes=tuple(notes),
    )


def _describe_keys(table: TablePlan) -> list[str]:
    """Say which keys are compared, and how."""
    found = []
    for key, column in table.on:
        same = key.name if key.name == column.column else f"{key.name} = {column.column}"
        found.append(same + _FORMS.get(key.form.kind, ""))
    return [*found, f"{PERIOD} of {table.spec.time}"] if table.has_period else found


def _list_left_behind(plan: Plan, table: TablePlan) -> tuple[str, ...]:
    """List the columns of a table that are not in the result."""
    used = {take.column for take in table.takes} | {column.column for _, column in table.on}
    for key in plan.keys:
        used |= {column.column for name, column in key.tables if name == table.name}
    return tuple(name for name in table.relation.columns if name not in used)
