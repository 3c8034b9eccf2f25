"""Scored rows as documents of units: whose they are, when they were written, what they say."""

from __future__ import annotations

from collections.abc import Sequence

from nlp_cx.errors import JoinError
from nlp_cx.join.cells import read_cell
from nlp_cx.join.duck import Engine, literal
from nlp_cx.join.late import find_late
from nlp_cx.join.plan import Key, LookupPlan, Plan
from nlp_cx.join.summary import N_SAMPLES, LookupSummary

_NO_TIME = "CAST(NULL AS TIMESTAMP)"


def make_documents(engine: Engine, plan: Plan, drivers: Sequence[str]) -> list[LookupSummary]:
    """Create ``rows``, one per scored row, and ``documents``, where what does not count is blank.

    Parameters
    ----------
    engine : Engine
    plan : Plan
    drivers : sequence of str

    Returns
    -------
    list of LookupSummary

    Raises
    ------
    JoinError
        If a document has several rows in a lookup, or cannot be compared with outcomes by time.

    Notes
    -----
    Columns: ``k0, k1, …`` keys in the form in which they are compared and ``v0, …`` as they are
    written, in the order of ``plan.keys``; ``doc``, ``turn``, ``ts``; ``is_customer``,
    ``is_late``; ``score``, ``mixed``, ``loyalty``, ``d0, d0_score, …``; ``a0, …`` carried columns,
    ``h0, …`` those by which coverage is counted. In ``documents`` also ``is_counted`` (a
    customer's, not late); there scores and labels are missing where nothing was scored.
    """
    joins = [_make_lookup(engine, lookup, i) for i, lookup in enumerate(plan.lookups)]
    source = f"{plan.scored.view} AS s {' '.join(joins)}"
    doc = f"s.{plan.scored.columns['doc_id']}"
    summaries = [
        _count_lookup(engine, lookup, i, source, doc=doc) for i, lookup in enumerate(plan.lookups)
    ]
    grain = {
        i: key.form.key(key.document, _find_column(plan, key))
        for i, key in enumerate(plan.grain)
        if key.document is not None
    }
    tick = _NO_TIME
    if plan.moment is not None and plan.time is not None:
        tick = plan.moment.read(f"s.{plan.scored.columns[plan.time]}")
    is_late, late_joins = find_late(engine, plan, grain, tick)
    columns = [
        *_list_keys(plan, tick),
        f"{doc} AS doc",
        f"{_read_turn(plan)} AS turn",
        f"{tick} AS ts",
        f"{_is_customer(plan)} AS is_customer",
        f"{is_late} AS is_late",
        *_list_scores(plan, drivers),
        *(f"{read_cell(take, f's.{take.sql}')} AS a{i}" for i, take in enumerate(plan.carry)),
        *(f"s.{plan.scored.columns[name]} AS h{i}" for i, name in enumerate(plan.covered)),
    ]
    # What is looked up or normalised is so once; else the file is read as far as needed.
    is_costly = any(key.form.is_costly for key in plan.keys)
    kind = "TABLE" if joins or late_joins or is_costly else "VIEW"
    engine.run(f"CREATE {kind} rows AS SELECT {', '.join(columns)} FROM {source} {late_joins}")
    _blank_out(engine, plan, drivers)
    return summaries


def period_of(plan: Plan, local: str) -> str:
    """Give the first day of the period of a time on the clock of the zone.

    Parameters
    ----------
    plan : Plan
        With a period.
    local : str
        Expression of type TIMESTAMP.

    Returns
    -------
    str
        Expression of type DATE.
    """
    return f"CAST(date_trunc({literal(plan.spec.period or 'day')}, {local}) AS DATE)"


def _blank_out(engine: Engine, plan: Plan, drivers: Sequence[str]) -> None:
    """Create ``documents``."""
    is_counted = "(is_customer AND NOT is_late)"
    named = ["mixed", "loyalty", *(f"d{i}{e}" for i in range(len(drivers)) for e in ("", "_score"))]
    blanked = [f"CASE WHEN {is_counted} THEN score END AS score"]
    blanked += [
        f"CASE WHEN {is_counted} AND score IS NOT NULL THEN {name} END AS {name}" for name in named
    ]
    dropped, kind = "", "VIEW"
    if plan.spec.duplicates == "drop":
        kind = "TABLE"
        order = ", ".join(f"{name} NULLS LAST" for name in ("ts", "score", "k0", *named))
        dropped = f"QUALIFY row_number() OVER (PARTITION BY doc, turn ORDER BY {order}) = 1"
    engine.run(
        f"CREATE {kind} documents AS SELECT * REPLACE ({', '.join(blanked)}), "
        f"{is_counted} AS is_counted FROM rows {dropped}"
    )


def _make_lookup(engine: Engine, lookup: LookupPlan, i: int) -> str:
    """Create the rows of a lookup, one for each key, and give the join to them."""
    relation = lookup.relation
    keys = [form.key(right) for _, right, form in lookup.on]
    named = [f"{key} AS k{j}" for j, key in enumerate(keys)]
    columns = [relation.columns[name] for name in lookup.columns]
    there = " AND ".join(f"{key} IS NOT NULL" for key in keys)
    engine.run(
        f"CREATE VIEW lookup{i} AS SELECT DISTINCT {', '.join([*named, *columns])}, "
        f"true AS is_there FROM {relation.view} WHERE {there}"
    )
    names = ", ".join(f"k{j}" for j in range(len(keys)))
    n, most, example = engine.row(
        f"SELECT count(*), max(n), min(k) FROM (SELECT min(CAST(k0 AS VARCHAR)) AS k, "
        f"count(*) AS n FROM lookup{i} GROUP BY {names} HAVING count(*) > 1)"
    )
    if n:
        raise JoinError(
            f"lookup {relation.name}: {n:,} keys have up to {most:,} different "
            f"{', '.join(lookup.columns)}, e.g. {example!r:.60}: which of them a document belongs "
            "to is not known. Mend the table, or add a column to the key."
        )
    conditions = [
        f"l{i}.k{j} = {form.key(left, f's.{left.sql}')}"
        for j, (left, _, form) in enumerate(lookup.on)
    ]
    return f"LEFT JOIN lookup{i} AS l{i} ON {' AND '.join(conditions)}"


def _count_lookup(
    engine: Engine, lookup: LookupPlan, i: int, source: str, *, doc: str
) -> LookupSummary:
    """Count the scored rows that found a row."""
    n, n_matched = engine.row(f"SELECT count(*), count(l{i}.is_there) FROM {source}")
    samples: list[tuple[str]] = []
    if n_matched < n:
        samples = engine.rows(
            f"SELECT CAST({doc} AS VARCHAR) FROM {source} WHERE l{i}.is_there IS NULL "
            f"ORDER BY {doc} LIMIT {N_SAMPLES}"
        )
    return LookupSummary(
        name=lookup.relation.name,
        on=tuple(f"{left.column} = {right.column}" for left, right, _ in lookup.on),
        columns=lookup.columns,
        n_matched=n_matched,
        n_unmatched=n - n_matched,
        unmatched=tuple(str(row[0]) for row in samples),
    )


def _find_column(plan: Plan, key: Key) -> str:
    """Give the expression of a key's column among scored rows and lookups."""
    column = key.document
    if column is None:
        return "NULL"
    views = [lookup.relation.view for lookup in plan.lookups]
    alias = "s" if column.view == plan.scored.view else f"l{views.index(column.view)}"
    return f"{alias}.{column.sql}"


def _list_keys(plan: Plan, tick: str) -> list[str]:
    """Give the expressions of all keys."""
    found = []
    for i, key in enumerate(plan.keys):
        if key.is_period and plan.moment is not None:
            found += [f"{period_of(plan, plan.moment.local(tick))} AS k{i}", f"NULL AS v{i}"]
        elif key.document is None:
            found += [f"NULL AS k{i}", f"NULL AS v{i}"]
        else:
            sql = _find_column(plan, key)
            found += [f"{key.form.key(key.document, sql)} AS k{i}", f"{sql} AS v{i}"]
    return found


def _read_turn(plan: Plan) -> str:
    """Give the turn of a chat."""
    if "turn" not in plan.scored.columns:
        return "CAST(NULL AS INTEGER)"
    return f"CAST(s.{plan.scored.columns['turn']} AS INTEGER)"


def _is_customer(plan: Plan) -> str:
    """Tell customers' rows from those of agents and bots; without a speaker it is a review."""
    if "speaker" not in plan.scored.columns:
        return "true"
    speaker = f"CAST(s.{plan.scored.columns['speaker']} AS VARCHAR)"
    return f"(coalesce({speaker}, '') IN ('', 'customer'))"


def _list_scores(plan: Plan, drivers: Sequence[str]) -> list[str]:
    """Give the columns that were scored."""
    columns = plan.scored.columns

    def number(name: str) -> str:
        cell = f"CAST(s.{columns[name]} AS FLOAT)"
        return f"CASE WHEN NOT isnan({cell}) THEN {cell} END"

    def label(name: str) -> str:
        return f"nullif(CAST(s.{columns[name]} AS VARCHAR), '')"

    found = [
        f"{number('sentiment_score')} AS score",
        f"CAST(s.{columns['mixed']} AS BOOLEAN) AS mixed",
        f"{label('loyalty')} AS loyalty",
    ]
    for i, driver in enumerate(drivers):
        found += [f"{label(driver)} AS d{i}", f"{number(f'{driver}_score')} AS d{i}_score"]
    return found
