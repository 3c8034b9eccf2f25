"""The join itself: scored documents, ratings and operations as one O+X table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pandas as pd
import pyarrow as pa

from nlp_cx.column_roles import read_roles, set_roles
from nlp_cx.errors import JoinError, SchemaError
from nlp_cx.join.assembly import FAN_OUT, Assembly, add_columns
from nlp_cx.join.attach import attach_table
from nlp_cx.join.census import count_documents
from nlp_cx.join.coverage import count_coverage
from nlp_cx.join.documents import make_documents
from nlp_cx.join.duck import Engine
from nlp_cx.join.experience import count_units, make_units
from nlp_cx.join.names import list_names
from nlp_cx.join.plan import Plan
from nlp_cx.join.planner import make_plan
from nlp_cx.join.result import find_schema, read_batches, to_frame
from nlp_cx.join.spec import JoinSpec
from nlp_cx.join.spine import make_spine
from nlp_cx.join.summary import JoinSummary, LookupSummary, ScoredSummary, TableSummary
from nlp_cx.join.weigh import add_weights
from nlp_cx.schema import ox_schema
from nlp_cx.taxonomy import Taxonomy, load_taxonomy

TableLike: TypeAlias = pd.DataFrame | pa.Table | str | Path
"""A table in memory, or the path of a parquet file."""

MEMORY_LIMIT = "1200MB"
"""What DuckDB holds by default; the whole process then stays under 2 GB."""


@dataclass(frozen=True, slots=True)
class OpenJoin:
    """A join whose rows wait to be read.

    Parameters
    ----------
    schema : pyarrow.Schema
        Of the result, with column roles in its metadata.
    summary : JoinSummary
    batches : iterator of pyarrow.RecordBatch
        The rows, sorted by the keys of the unit; can be gone through once.
    sources : dict of str to (str, str)
        Table and column of those columns that are as they were.
    """

    schema: pa.Schema
    summary: JoinSummary
    batches: Iterator[pa.RecordBatch]
    sources: dict[str, tuple[str, str]]


def join_ox(
    scored: TableLike,
    tables: Mapping[str, TableLike],
    spec: JoinSpec | None = None,
    *,
    taxonomy: Taxonomy | None = None,
    memory_limit: str = MEMORY_LIMIT,
    threads: int | None = None,
) -> tuple[pd.DataFrame, JoinSummary]:
    """Join scored documents with ratings and operations into one O+X table.

    Parameters
    ----------
    scored : DataFrame, pyarrow.Table, or path of a parquet file; one row per scored row
        Table of `FeedbackPipeline.score`, or of ``nlp-cx score``: lean or full.
    tables : mapping of str to DataFrame, pyarrow.Table, or path of a parquet file
        By the names that `spec` uses.
    spec : JoinSpec, optional
        One row per ``interaction_id`` and every table joined on it, when not given. From a file:
        ``load_config("ox.toml", JoinSpec)``.
    taxonomy : Taxonomy, optional
        The drivers; the six experience drivers when not given.
    memory_limit : str, default="1200MB"
        What DuckDB may hold before it spills to the disk; the result comes on top.
    threads : int, optional
        One per processor when not given; has no influence on the result.

    Returns
    -------
    ox : DataFrame, one row per unit, sorted by its keys
        Keys; ``x_first_at``, ``x_last_at`` where documents have a time; `schema.ox_schema`;
        ratings ``r_*``; operations ``o_*``; weights ``w_*``. Column roles are in its ``attrs``.
        A unit without a document has ``x_n_documents`` and ``x_n_texts`` 0 and no other ``x_*``.
    summary : JoinSummary

    Raises
    ------
    JoinError
        If rows would multiply, are not what was asserted, or an outcome is older than the feedback
        that should explain it: with numbers, an example and the ways out.
    SchemaError
        If `scored` is no scored table, or a role is given to a column that is not there.
    InputError
        If a table cannot be read.

    Notes
    -----
    For tables larger than memory see `open_join`.

    Examples
    --------
    >>> from nlp_cx.join.spec import JoinSpec, TableSpec
    >>> drivers = {name: [None, None] for name in load_taxonomy().ids}
    >>> scores = {f"{name}_score": [None, None] for name in drivers}
    >>> scored = pd.DataFrame({
    ...     "doc_id": [0, 1], "interaction_id": ["A1", "A1"], "sentiment_score": [-0.5, 1.0],
    ...     **drivers, **scores, "price": ["negative", None], "price_score": [-0.8, None],
    ...     "loyalty": [None, "positive"], "mixed": [False, False]})
    >>> orders = pd.DataFrame({"order_no": ["A1", "A2"], "amount": [35.0, 20.0]})
    >>> spec = JoinSpec(tables={"orders": TableSpec(on=("interaction_id=order_no",))},
    ...                 keep="orders")
    >>> ox, summary = join_ox(scored, {"orders": orders}, spec)
    >>> ox[["interaction_id", "x_n_texts", "x_price_negative", "o_amount"]].values.tolist()
    [['A1', 2, 1, 35.0], ['A2', 0, <NA>, 20.0]]
    >>> summary.tables[0].cardinality, summary.n_silent
    ('1:1', 1)
    """
    with open_join(
        scored, tables, spec, taxonomy=taxonomy, memory_limit=memory_limit, threads=threads
    ) as join:
        table = pa.Table.from_batches(join.batches, schema=join.schema)
        frames = {"scored": scored, **tables}
        return to_frame(table, ox_schema(taxonomy), join.sources, frames), join.summary


@contextmanager
def open_join(
    scored: TableLike,
    tables: Mapping[str, TableLike],
    spec: JoinSpec | None = None,
    *,
    taxonomy: Taxonomy | None = None,
    memory_limit: str = MEMORY_LIMIT,
    threads: int | None = None,
    temp_folder: str | None = None,
) -> Iterator[OpenJoin]:
    """Join as `join_ox` does, and give the rows batch by batch: for tables larger than memory.

    Parameters
    ----------
    scored, tables, spec, taxonomy, memory_limit, threads
        As `join_ox` takes them; files are read as far as needed.
    temp_folder : str, optional
        Where to spill; the system's folder for temporary files when not given.

    Yields
    ------
    OpenJoin
        Its rows can be read inside the ``with`` block.

    Raises
    ------
    JoinError, SchemaError, InputError
        As `join_ox`.
    """
    spec = spec or JoinSpec()
    drivers, schema = (taxonomy or load_taxonomy()).ids, ox_schema(taxonomy)
    both = [f"{driver}{end}" for driver in drivers for end in ("", "_score")]
    required = ["doc_id", "sentiment_score", *both, "loyalty", "mixed"]
    engine = Engine(memory_limit=memory_limit, threads=threads, temp_folder=temp_folder)
    with engine.open(on_disk=any(isinstance(t, str | Path) for t in (scored, *tables.values()))):
        relation = engine.register("scored", "scored", scored)
        others = {
            name: engine.register(f"table{i}", name, table)
            for i, (name, table) in enumerate(tables.items())
        }
        plan = make_plan(engine, spec, relation, others, required)
        lookups = make_documents(engine, plan, drivers)
        documents = count_documents(engine, plan, drivers)
        make_units(engine, plan, drivers)
        documents = count_units(engine, documents)
        spine = make_spine(engine, plan)
        summaries = [attach_table(engine, plan, spine, table) for table in plan.tables]
        many = [t.name for t in summaries if t.most_rows_per_unit > 1 and not t.is_aggregated]
        made = Assembly(spine, many)
        add_columns(engine, plan, made, schema)
        summary = _sum_up(engine, plan, made, (documents, lookups, summaries))
        result = find_schema(engine, made, summary.roles)
        yield OpenJoin(result, summary, read_batches(engine, made, result, summary), made.sources)


def _sum_up(
    engine: Engine,
    plan: Plan,
    made: Assembly,
    found: tuple[ScoredSummary, list[LookupSummary], list[TableSummary]],
) -> JoinSummary:
    """Count what comes out; add weights, whose counts are part of it."""
    documents, lookups, tables = found
    coverage = count_coverage(engine, plan, made.spine, made.columns)
    weights, notes = None, []
    if plan.spec.weights is not None:
        weights = add_weights(engine, made, plan.spec.weights)
        if plan.spec.keep == "scored" and plan.spec.weights.margins is None:
            notes.append(
                "The population of the weights is the units with scored rows: those who wrote "
                "nothing at all are not in it (--keep TABLE keeps them)."
            )
    n_units, n_silent, n_documents = engine.row(
        "SELECT count(*), count(*) FILTER (coalesce(x.x0, 0) = 0), "
        f"CAST(coalesce(sum(x.x0), 0) AS BIGINT) FROM {made.spine.source({'x'})}"
    )
    n_rows = n_units
    if made.many:
        (n_rows,) = engine.row(f"SELECT count(*) FROM ({made.select()})")
        notes.append(
            f"{n_units:,} units became {n_rows:,} rows ({', '.join(made.many)}): weigh them by "
            f"{FAN_OUT}, so that each unit counts once."
        )
    return JoinSummary(
        grain=plan.grain_names,
        period=plan.spec.period,
        time_zone=plan.spec.time_zone,
        keep=plan.spec.keep,
        n_rows=n_rows,
        n_units=n_units,
        n_silent=n_silent,
        n_documents=n_documents,
        n_documents_left_out=_count_left_out(documents, n_documents, plan.spec.keep),
        sorted_by=plan.grain_names,
        scored=documents,
        lookups=tuple(lookups),
        tables=tuple(tables),
        coverage=coverage,
        weights=weights,
        roles=_collect_roles(plan, made),
        notes=tuple(notes),
    )


def _count_left_out(documents: ScoredSummary, n: int, keep: str) -> int:
    """Count documents of units that are no rows, and check that none was lost or counted twice."""
    expected = documents.n_documents - documents.n_without_key - documents.n_late
    if n > expected or (keep in ("scored", "all") and n < expected):
        raise JoinError(
            f"{n:,} documents are in the rows, expected {expected:,}. This is a bug in nlp_cx; "
            "please report it."
        )
    return expected - n


def _collect_roles(plan: Plan, made: Assembly) -> dict[str, str]:
    """Collect what columns are for: as the tables say, as the join knows, as the user named it."""
    relations = {relation.name: relation for relation in plan.relations()}
    roles: dict[str, str] = {}
    for name, (table, column) in made.sources.items():
        role = read_roles(relations[table].schema).get(column)
        if role is not None:
            roles[name] = role
    roles |= {name: "weight" for name in made.columns if name.startswith("w_")}
    if "customer_id" in made.columns and "customer" not in (
        *roles.values(),
        *plan.spec.roles.values(),
    ):
        roles["customer_id"] = "customer"
    times = [name for name in ("period", "x_last_at") if name in made.columns]
    if times and "time" not in (*roles.values(), *plan.spec.roles.values()):
        roles[times[0]] = "time"
    roles |= plan.spec.roles
    missing = [name for name in plan.spec.roles if name not in made.columns]
    if missing:
        raise SchemaError(
            f"roles: no column {', '.join(map(repr, missing))}; the table has "
            + list_names(made.columns, missing)
        )
    empty = pa.schema([(name, pa.null()) for name in made.columns]).empty_table()
    return read_roles(set_roles(empty, roles))
