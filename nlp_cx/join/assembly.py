"""The result before it is read: its columns as SQL, and the units and tables they come from."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

from nlp_cx.errors import JoinError
from nlp_cx.join.duck import Engine
from nlp_cx.join.keys import KeyColumn
from nlp_cx.join.matching import show_key
from nlp_cx.join.plan import Key, Plan, TablePlan
from nlp_cx.join.spine import Spine, Sql
from nlp_cx.join.take import Take
from nlp_cx.schema import TableSchema

FAN_OUT = "w_fan_out"
"""Weight of a row where a unit has several: 1 / their number."""

_X = frozenset("x")
_KEPT = ("only", "min", "max", "first", "last")
"""Ways of taking a column that keep its type."""


@dataclass(slots=True)
class Assembly:
    """The columns of the result.

    Parameters
    ----------
    spine : Spine
        With all tables joined.
    many : list of str
        Tables of which a unit has several rows.
    columns : dict of str to Sql
        By name, in order.
    types : dict of str to pyarrow.DataType
        The user's, where they are kept.
    sources : dict of str to (str, str)
        Table and column of columns that are as they were.
    """

    spine: Spine
    many: list[str]
    columns: dict[str, Sql] = field(default_factory=dict)
    types: dict[str, pa.DataType] = field(default_factory=dict)
    sources: dict[str, tuple[str, str]] = field(default_factory=dict)

    def select(self) -> str:
        """Give the query of the result, without an order."""
        needs = _X.union(self.many_aliases(), *(sql.needs for sql in self.columns.values()))
        columns = ", ".join(f"{sql.text} AS z{i}" for i, sql in enumerate(self.columns.values()))
        return f"SELECT {columns} FROM {self.spine.source(needs)}"

    def order(self) -> str:
        """Give the order of the result: by unit, and by all columns where a unit has several."""
        of_many = [f"z{i}" for i, sql in enumerate(self.columns.values())
                   if sql.needs & self.many_aliases()]  # fmt: skip
        return ", ".join([*self.spine.grain(), *of_many])

    def many_aliases(self) -> frozenset[str]:
        """Give the aliases of the tables that multiply rows."""
        return frozenset(self.spine.alias(name) for name in self.many)

    def add(self, take: Take, sql: Sql, table: str, kind: pa.DataType) -> None:
        """Add a column that was taken from a table."""
        self.columns[take.name] = sql
        if take.how in _KEPT and not take.is_text:
            self.types[take.name] = _plain(kind)
            self.sources[take.name] = (table, take.column)


def add_columns(engine: Engine, plan: Plan, made: Assembly, schema: TableSchema) -> None:
    """Add keys, experience, ratings and operations, in this order.

    Parameters
    ----------
    engine : Engine
    plan : Plan
    made : Assembly
        Gets the columns.
    schema : TableSchema
        Of the experience.

    Raises
    ------
    JoinError
        If documents and tables name different keys for one unit.
    """
    _add_keys(engine, plan, made)
    _add_experience(plan, made, schema)
    for family in ("r_", "o_"):
        for i, take in enumerate(plan.carry):
            if take.name.startswith(family):
                kind = plan.scored.schema.field(take.column).type
                made.add(take, Sql(f"x.a{i}", _X), plan.scored.name, kind)
        for table in plan.tables:
            _add_table(made, table, family)
    if made.many:
        grain = ", ".join(made.spine.grain())
        made.columns[FAN_OUT] = Sql(f"CAST(1 AS DOUBLE) / count(*) OVER (PARTITION BY {grain})")


def _add_keys(engine: Engine, plan: Plan, made: Assembly) -> None:
    """Add the keys of the unit, and those that other tables needed."""
    taken = {take.name for table in plan.tables for take in table.takes}
    for key in plan.keys:
        _check_agreement(engine, made, key)
        if key.name in taken:
            continue
        made.columns[key.name] = made.spine.written(key)
        types = {column.type for column in _list_columns(plan, made.spine, key)}
        if len(types) == 1 and made.spine.type_of(key) is not None:
            column = key.columns[0]
            relation = next(r for r in plan.relations() if r.view == column.view)
            made.types[key.name] = _plain(relation.schema.field(column.column).type)
            made.sources[key.name] = (relation.name, column.column)


def _list_columns(plan: Plan, spine: Spine, key: Key) -> list[KeyColumn]:
    """List the columns that give a key its values."""
    if not (key.is_grain and spine.base == "g"):
        return key.columns
    return key.columns + [c for table in plan.tables for k, c in table.on if k is key]


def _check_agreement(engine: Engine, made: Assembly, key: Key) -> None:
    """Raise where documents and tables, or two tables, name different keys for one unit."""
    first, *others = made.spine.parts(key)
    if not others:
        return
    needs = first.needs.union(*(other.needs for other in others))
    different = " OR ".join(f"{first.text} <> {other.text}" for other in others)
    n, example = engine.row(
        f"SELECT count(*), min({show_key(made.spine.grain())}) "
        f"FROM {made.spine.source(needs)} WHERE {different}"
    )
    if n:
        places = ["the documents"] * (key.document is not None) + [name for name, _ in key.tables]
        raise JoinError(
            f"{key.name}: {' and '.join(places)} name different ones for {n:,} units, e.g. "
            f"{example}. Name the one that counts with its prefix (--on o_{key.name}={key.name}), "
            "or mend the tables."
        )


def _add_experience(plan: Plan, made: Assembly, schema: TableSchema) -> None:
    """Add what was said, and when."""
    if plan.moment is not None:
        zone = (plan.moment.time_zone or "UTC") if plan.moment.is_zoned else None
        for name in ("x_first_at", "x_last_at"):
            made.columns[name] = Sql(f"x.{name.removeprefix('x_')}", _X)
            made.types[name] = pa.timestamp("us", zone)
    for i, column in enumerate(schema.columns):
        is_count = column.name in ("x_n_documents", "x_n_texts")
        sql = f"coalesce(x.x{i}, 0)" if is_count else f"x.x{i}"
        made.columns[column.name] = Sql(sql, _X)
        if column.type is not None:
            made.types[column.name] = column.type


def _add_table(made: Assembly, table: TablePlan, family: str) -> None:
    """Add what was taken from a table into one family of columns."""
    alias = made.spine.alias(table.name)
    needs = frozenset({alias})
    for j, take in enumerate(table.takes):
        if take.name.startswith(family):
            column = f"t{j}" if table.is_aggregated else take.sql
            kind = table.relation.schema.field(take.column).type
            made.add(take, Sql(f"{alias}.{column}", needs), table.name, kind)
    name = f"{table.family}_n_{table.name}"
    if table.is_aggregated and family == f"{table.family}_" and name not in made.columns:
        made.columns[name] = Sql(f"CAST(coalesce({alias}.n, 0) AS INTEGER)", needs)


def _plain(kind: pa.DataType) -> pa.DataType:
    """Give the type in which a column of the user's comes out: words for dictionaries."""
    if pa.types.is_dictionary(kind):
        return _plain(kind.value_type)
    return pa.string() if pa.types.is_null(kind) else kind
