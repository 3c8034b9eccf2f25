"""Documents summarised to the grain: what a unit's customers said, counted and averaged."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from nlp_cx.errors import JoinError
from nlp_cx.join.duck import Engine, literal
from nlp_cx.join.plan import Plan
from nlp_cx.join.summary import N_SAMPLES, ScoredSummary
from nlp_cx.join.take import aggregate

_SCALE = 1 << 38
"""Scores are added as whole numbers of this fraction, so that the sum is the same in any order."""

_TICKS = "CAST(epoch_us(ts) AS HUGEINT)"


def make_units(engine: Engine, plan: Plan, drivers: Sequence[str]) -> None:
    """Create ``units``: one row per key of the grain that occurs among the scored rows.

    Parameters
    ----------
    engine : Engine
        With ``documents``.
    plan : Plan
    drivers : sequence of str

    Raises
    ------
    JoinError
        If a carried column, or a key of another table, is not the same in all documents of a unit.

    Notes
    -----
    Columns: ``k…`` and ``v…`` of ``plan.keys``; ``x0, x1, …`` in the order of
    ``schema.ox_schema``; ``first_at``, ``last_at``; ``n_unordered``; ``a…`` carried columns;
    ``b…`` true where one of the latter, or a key beyond the grain, has several values.
    """
    n_grain = len(plan.grain)
    grain = [f"k{i}" for i in range(n_grain)]
    columns = [*grain, *(f"min(v{i}) AS v{i}" for i in range(n_grain))]
    for i in range(n_grain, len(plan.keys)):
        columns += [
            f"min(k{i}) AS k{i}",
            f"min(v{i}) AS v{i}",
            f"min(k{i}) IS DISTINCT FROM max(k{i}) AS bk{i}",
        ]
    columns += [f"{sql} AS x{i}" for i, sql in enumerate(_experience(plan, drivers))]
    columns += [
        "min(ts) FILTER (is_counted) AS first_at",
        "max(ts) FILTER (is_counted) AS last_at",
        f"{_is_unordered(plan)} AS is_unordered",
    ]
    for i, take in enumerate(plan.carry):
        values = f"CASE WHEN is_customer THEN a{i} END"
        columns.append(f"{aggregate(take, values, 'ts')} AS a{i}")
        if take.how == "only":
            columns.append(f"min({values}) IS DISTINCT FROM max({values}) AS ba{i}")
    there = " AND ".join(f"{name} IS NOT NULL" for name in grain)
    engine.run(
        f"CREATE TABLE units AS SELECT {', '.join(columns)} FROM documents WHERE {there} "
        f"GROUP BY {', '.join(grain)}"
    )
    _check_constant(engine, plan)


def count_units(engine: Engine, summary: ScoredSummary) -> ScoredSummary:
    """Add what only the units tell.

    Parameters
    ----------
    engine : Engine
        With ``units``.
    summary : ScoredSummary

    Returns
    -------
    ScoredSummary
    """
    n_units, n_unordered = engine.row("SELECT count(*), count(*) FILTER (is_unordered) FROM units")
    return dataclasses.replace(summary, n_units=n_units, n_unordered=n_unordered)


def _experience(plan: Plan, drivers: Sequence[str]) -> list[str]:
    """Give the aggregates in the order of the schema."""
    n_texts = "count(score)"
    stated = "count(*) FILTER (loyalty IN ('negative', 'positive'))"
    balance = "count(*) FILTER (loyalty = 'positive') - count(*) FILTER (loyalty = 'negative')"
    found = [
        "CAST(count(*) FILTER (is_counted) AS INTEGER)",
        f"CAST({n_texts} AS INTEGER)",
        _mean("score"),
        f"CAST(count(*) FILTER (mixed) / nullif({n_texts}, 0) AS FLOAT)",
        f"CAST(({balance}) / nullif({stated}, 0) AS FLOAT)",
        _at_end(plan, "min"),
        _at_end(plan, "max"),
        "min(score)",
    ]
    for i in range(len(drivers)):
        for words in ("'negative', 'mixed'", "'neutral'", "'positive', 'mixed'"):
            count = f"count(*) FILTER (d{i} IN ({words}))"
            found.append(f"CASE WHEN {n_texts} > 0 THEN CAST({count} AS INTEGER) END")
        found.append(_mean(f"d{i}_score"))
    return found


def _whole(sql: str) -> str:
    """Give a score of -1 to 1 as a whole number."""
    return f"CAST(CAST({sql} AS DOUBLE) * {_SCALE} AS BIGINT)"


def _mean(sql: str) -> str:
    """Average scores, with the same result for any order of the rows."""
    total = f"CAST(sum({_whole(sql)}) AS DOUBLE)"
    return f"CAST({total} / {_SCALE} / nullif(count({sql}), 0) AS FLOAT)"


def _at_end(plan: Plan, end: str) -> str:
    """Give the score of the first (``min``) or last (``max``) text; of two at once the lower.

    Notes
    -----
    Time, turn and score are packed into one whole number of 115 bits, whose lowest (or highest)
    is that of the first (or last) text: a third of the work of sorting, and no ties.
    """
    score = f"(CAST({_whole('score')} AS HUGEINT) + {_SCALE})"
    if end == "max":
        score = f"({2 * _SCALE} - {score})"
    turn = "CAST(coalesce(turn, 0) AS HUGEINT)"
    cases = [("count(score) = 1", "min(score)")]
    for condition, key in _orders(plan, turn):
        packed = f"({key}) * {1 << 40} + {score}"
        low = f"({end}({packed}) FILTER (score IS NOT NULL) % {1 << 40})"
        # The remainder of a negative number is negative: times before 1970.
        low = f"(({low} + {1 << 40}) % {1 << 40})"
        whole = low if end == "min" else f"({2 * _SCALE} - {low})"
        cases.append((condition, f"CAST(CAST({whole} - {_SCALE} AS DOUBLE) / {_SCALE} AS FLOAT)"))
    return "CASE " + " ".join(f"WHEN {when} THEN {then}" for when, then in cases) + " END"


def _orders(plan: Plan, turn: str) -> list[tuple[str, str]]:
    """List what can order the texts of a unit: when it can, and by which number."""
    orders = []
    if plan.moment is not None:
        orders.append(("count(score) = count(ts) FILTER (score IS NOT NULL)",
                       f"{_TICKS} * {1 << 24} + {turn}"))  # fmt: skip
    if plan.orders_by_turn:
        orders.append(("count(score) = count(turn) FILTER (score IS NOT NULL)", turn))
    return orders


def _is_unordered(plan: Plan) -> str:
    """Tell units whose first and last text are not known."""
    known = ["count(score) <= 1", *(when for when, _ in _orders(plan, "0"))]
    return f"NOT ({' OR '.join(known)})"


def _check_constant(engine: Engine, plan: Plan) -> None:
    """Raise where a column should have one value in a unit and has several."""
    checks = [
        (f"bk{i}", f"k{i}", key.name, "Summarise by a finer grain (--grain)")
        for i, key in enumerate(plan.keys)
        if not key.is_grain
    ]
    checks += [
        (
            f"ba{i}",
            f"a{i}",
            take.column,
            f"Say how to summarise it (--carry {take.name}={take.column}:mean, or sum, min, max, "
            "first, last), or choose a finer grain",
        )
        for i, take in enumerate(plan.carry)
        if take.how == "only"
    ]
    if not checks:
        return
    flagged = ", ".join(f"count(*) FILTER ({flag})" for flag, *_ in checks)
    counts = engine.row(f"SELECT count(*), {flagged} FROM units")
    faults = []
    for (flag, column, name, way_out), n in zip(checks, counts[1:], strict=True):
        if n:
            faults.append(
                f"{name} has several values in {n:,} of {counts[0]:,} units, e.g. "
                f"{_show_conflict(engine, plan, flag, column)}. {way_out}."
            )
    if faults:
        raise JoinError("\n  ".join(faults))


def _show_conflict(engine: Engine, plan: Plan, flag: str, column: str) -> str:
    """Show one unit with several values."""
    grain = [f"k{i}" for i in range(len(plan.grain))]
    shown = ", ".join(f"CAST({name} AS VARCHAR)" for name in grain)
    order = ", ".join(grain)
    unit = engine.rows(f"SELECT {shown} FROM units WHERE {flag} ORDER BY {order} LIMIT 1")[0]
    same = " AND ".join(
        f"CAST({name} AS VARCHAR) = {literal(value)}"
        for name, value in zip(grain, unit, strict=True)
    )
    values = engine.rows(
        f"SELECT DISTINCT CAST({column} AS VARCHAR) FROM documents WHERE {same} "
        f"AND {column} IS NOT NULL ORDER BY 1 LIMIT {N_SAMPLES}"
    )
    return f"{' / '.join(unit)}: " + ", ".join(repr(value[0])[:60] for value in values)
