"""Outcomes that are older than the feedback which should explain them: refused or dropped."""

from __future__ import annotations

import dataclasses

from nlp_cx.errors import JoinError
from nlp_cx.join.duck import Engine
from nlp_cx.join.late import check_times
from nlp_cx.join.matching import Match, make_pairs, show_key
from nlp_cx.join.moments import to_precision
from nlp_cx.join.plan import Plan, TablePlan
from nlp_cx.join.spine import Spine


def refuse_look_ahead(
    engine: Engine, plan: Plan, spine: Spine, table: TablePlan, match: Match
) -> Match:
    """Find outcomes that are older than feedback of their unit.

    Parameters
    ----------
    engine : Engine
    plan : Plan
    spine : Spine
    table : TablePlan
    match : Match
        By key.

    Returns
    -------
    Match
        With counts, and without these rows where they are to be dropped. An outcome of the same
        moment (of the same day, where only days are known) is not older.

    Raises
    ------
    JoinError
        If there are any and they are to be refused, or times cannot be compared.
    """
    policy = table.spec.look_ahead
    if not table.is_outcome or table.spec.asof is not None:
        return match
    if policy == "allow":
        return dataclasses.replace(match, look_ahead="allowed, not looked for")
    if table.is_of_period:
        told = f"not looked for within a {plan.spec.period}"
        return dataclasses.replace(match, look_ahead=told)
    if table.moment is None or plan.moment is None:
        lacks = table.name if table.moment is None else plan.scored.name
        told = f"not looked for: the time of {lacks} is not named"
        return dataclasses.replace(match, look_ahead=told)
    check_times(plan, table)
    by_day = plan.by_day(table)
    row = to_precision(table.moment, "p.ts", by_day=by_day)
    first, last = (
        to_precision(plan.moment, f"x.{end}_at", by_day=by_day) for end in ("first", "last")
    )
    pairs = f"{spine.source({*match.needs, 'x'})} JOIN {match.rows} AS p ON {match.condition('p')}"
    n_early, n_partly, n_untimed = engine.row(
        f"SELECT count(*) FILTER ({row} < {first}), "
        f"count(*) FILTER ({row} >= {first} AND {row} < {last}), "
        f"count(*) FILTER ({row} IS NULL AND {last} IS NOT NULL) FROM {pairs}"
    )
    untimed = f"; {n_untimed:,} without a time kept" if n_untimed else ""
    told = f"none found{untimed}"
    found = dataclasses.replace(match, n_early=n_early, n_partly=n_partly, look_ahead=told)
    if not n_early + n_partly:
        return found
    if policy == "drop":
        dropped = dataclasses.replace(found, look_ahead=f"dropped{untimed}")
        in_time = f"coalesce({row} >= {last}, true)"
        return make_pairs(engine, spine, spine.alias(table.name), dropped, in_time)
    unit, at, feedback = engine.rows(
        f"SELECT {show_key(spine.grain())}, CAST({row} AS VARCHAR), CAST({last} AS VARCHAR) "
        f"FROM {pairs} WHERE {row} < {last} ORDER BY 1, 2 LIMIT 1"
    )[0]
    raise JoinError(
        f"{table.name}: {n_early:,} rows are older than the first document of their unit and "
        f"{n_partly:,} are older than its last, e.g. {unit}: {table.spec.time} {at}, last document "
        f"{feedback}. Feedback cannot explain what came before it. Leave these rows out "
        "(--look-ahead drop), leave the later documents out (--look-ahead trim), or allow it "
        "(--look-ahead allow) where the rows are no outcome."
    )
