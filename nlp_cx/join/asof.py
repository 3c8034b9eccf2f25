"""The as-of match: rows that stand in a given order, and within a given time, to the feedback."""

from __future__ import annotations

from nlp_cx.join.duck import Engine
from nlp_cx.join.late import check_times
from nlp_cx.join.matching import Match, make_pairs
from nlp_cx.join.moments import to_precision
from nlp_cx.join.plan import Plan, TablePlan
from nlp_cx.join.spec import AsOf
from nlp_cx.join.spine import Spine


def match_by_time(
    engine: Engine, plan: Plan, spine: Spine, table: TablePlan, match: Match
) -> Match:
    """Pair units and rows that have the same key by their times.

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
        By the unit. `match` itself where the table asks for no as-of match.

    Raises
    ------
    JoinError
        If times are not named or cannot be compared.

    Notes
    -----
    Window and tolerance are inclusive. Rows of one unit at the same best moment are all kept: they
    then count as several rows of the unit, which stops the join unless they are summarised. A row
    that goes to the last feedback goes to one unit only: of units whose last documents were
    written at one moment, to the first by key.
    """
    rule = table.spec.asof
    if rule is None:
        return match
    check_times(plan, table)
    if plan.moment is None or table.moment is None:
        return match
    by_day = plan.by_day(table)
    end = "first" if rule.direction == "backward" else "last"
    feedback = to_precision(plan.moment, f"x.{end}_at", by_day=by_day)
    row = to_precision(table.moment, "p.ts", by_day=by_day)
    gap = f"(epoch_us({row}) - epoch_us({feedback}))"  # positive: after the feedback
    window, tolerance = round(table.window * 1e6), round(table.tolerance * 1e6)
    low, high, nearest_first = {
        "forward": (-tolerance, window, gap),
        "last_feedback": (-tolerance, window, gap),
        "backward": (-window, tolerance, f"-{gap}"),
        "nearest": (-window, window, f"abs({gap}), {gap}"),
    }[rule.direction]
    grain = ", ".join(spine.grain())
    if rule.direction == "last_feedback":
        chosen = f"row_number() OVER (PARTITION BY p.row_id ORDER BY {nearest_first}, {grain}) = 1"
    else:
        chosen = f"rank() OVER (PARTITION BY {grain} ORDER BY {nearest_first}) = 1"
    within = f"{gap} BETWEEN {low} AND {high}"
    return make_pairs(engine, spine, spine.alias(table.name), match, within, chosen=chosen)


def describe_rule(plan: Plan, table: TablePlan, rule: AsOf | None) -> str:
    """Say how rows are matched.

    Parameters
    ----------
    plan : Plan
    table : TablePlan
    rule : AsOf or None

    Returns
    -------
    str
    """
    if rule is None:
        return "exact"
    by_day = ", by the day" if plan.by_day(table) else ""
    return (
        f"{rule.direction} within {rule.window}, tolerance {rule.tolerance} (both inclusive"
        f"{by_day})"
    )
