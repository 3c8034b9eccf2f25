"""Documents younger than the outcome that they should explain, where they are to be left out."""

from __future__ import annotations

from collections.abc import Mapping

from nlp_cx.errors import JoinError
from nlp_cx.join.duck import Engine
from nlp_cx.join.moments import check_comparable, to_precision
from nlp_cx.join.plan import Plan, TablePlan


def find_late(engine: Engine, plan: Plan, grain: Mapping[int, str], tick: str) -> tuple[str, str]:
    """Tell documents that are younger than the first outcome of their unit.

    Parameters
    ----------
    engine : Engine
    plan : Plan
    grain : mapping of int to str
        Expressions of the keys of a document, by position.
    tick : str
        Expression of the time of a document.

    Returns
    -------
    is_late : str
        Expression of type BOOLEAN.
    joins : str
        The joins that it needs; empty where no table asks for it (``look_ahead = "trim"``).

    Raises
    ------
    JoinError
        If times are not named or cannot be compared, or a table is not joined exactly on the grain.
    """
    conditions, joins = [], []
    trimming = [t for t in plan.tables if t.is_outcome and t.spec.look_ahead == "trim"]
    for i, table in enumerate(trimming):
        keys = {plan.grain.index(key): key.form.key(c) for key, c in table.on if key.is_grain}
        if keys.keys() != grain.keys() or len(keys) < len(table.on) or table.spec.asof is not None:
            raise JoinError(
                f"{table.name}: look_ahead = 'trim' needs a table that is joined exactly on "
                f"{', '.join(plan.grain_names)}."
            )
        check_times(plan, table)
        if plan.moment is None or table.moment is None:
            continue
        by_day = plan.by_day(table)
        cut = to_precision(table.moment, table.tick, by_day=by_day)
        names = ", ".join(f"k{j}" for j in keys)
        named = ", ".join(f"{sql} AS k{j}" for j, sql in keys.items())
        engine.run(
            f"CREATE TABLE cut{i} AS SELECT {names}, min(ts) AS ts FROM "
            f"(SELECT {named}, {cut} AS ts FROM {table.relation.view}) GROUP BY {names}"
        )
        same = " AND ".join(f"cut{i}.k{j} = {sql}" for j, sql in grain.items())
        joins.append(f"LEFT JOIN cut{i} ON {same}")
        document = to_precision(plan.moment, tick, by_day=by_day)
        conditions.append(f"coalesce({document} > cut{i}.ts, false)")
    return f"({' OR '.join(conditions) or 'false'})", " ".join(joins)


def check_times(plan: Plan, table: TablePlan) -> None:
    """Raise where documents and rows are to be compared by time and cannot be.

    Parameters
    ----------
    plan : Plan
    table : TablePlan

    Raises
    ------
    JoinError
        If the time of either is not named, or only one of them has a time zone.
    """
    if plan.moment is None or table.moment is None:
        lacks = plan.scored.name if plan.moment is None else table.name
        raise JoinError(
            f"{table.name}: to compare it with the feedback by time, the times of both are needed. "
            f"Name the column of {lacks} (--time, time)."
        )
    check_comparable(plan.moment, table.moment)
