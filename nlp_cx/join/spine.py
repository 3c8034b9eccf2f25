"""The rows that the O+X table will have, and what has been joined to them so far."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from nlp_cx.errors import JoinError
from nlp_cx.join.documents import period_of
from nlp_cx.join.duck import Engine
from nlp_cx.join.keys import key_text, without_blank
from nlp_cx.join.plan import ALL, SCORED, Key, Plan, TablePlan


@dataclass(frozen=True, slots=True)
class Sql:
    """An expression, and the joined tables that it needs."""

    text: str
    needs: frozenset[str] = frozenset()


@dataclass(slots=True)
class Spine:
    """Units, one row each, and the tables that were joined to them.

    Parameters
    ----------
    plan : Plan
    joins : dict of str to Sql
        Join by alias, in order.
    """

    plan: Plan
    joins: dict[str, Sql] = field(default_factory=dict)

    @property
    def base(self) -> str:
        """Alias of the table with one row per unit."""
        return "x" if self.plan.spec.keep == SCORED else "g"

    def source(self, needs: Iterable[str]) -> str:
        """Give the FROM clause with the joins that are needed, and those that they need."""
        wanted = set(needs)
        for alias in reversed(self.joins):
            if alias in wanted:
                wanted |= self.joins[alias].needs
        first = "units AS x" if self.base == "x" else "spine AS g"
        return " ".join([first, *(sql.text for a, sql in self.joins.items() if a in wanted)])

    def grain(self) -> list[str]:
        """Give the keys of a unit, as they are compared."""
        return [f"{self.base}.k{i}" for i in range(len(self.plan.grain))]

    def key(self, key: Key) -> Sql:
        """Give a key as it is compared: what the documents say, else the first table that knows."""
        return _coalesce(self.parts(key))

    def parts(self, key: Key) -> list[Sql]:
        """Give a key as it is compared, from every place that knows it."""
        i = self.plan.keys.index(key)
        if key.is_grain:
            return [Sql(f"{self.base}.k{i}")]
        parts = [] if key.document is None else [Sql(f"x.k{i}", frozenset("x"))]
        for name, column in key.tables:
            alias = self.alias(name)
            parts.append(Sql(key.form.key(column, f"{alias}.{column.sql}"), frozenset({alias})))
        return parts

    def written(self, key: Key) -> Sql:
        """Give a key as it is written; as text where its columns have several types."""
        i = self.plan.keys.index(key)
        if key.is_period or (key.is_grain and key.form.kind == "native"):
            return Sql(f"{self.base}.k{i}")
        parts = []
        if key.document is not None:
            parts.append((Sql(f"x.v{i}", frozenset("x")), key.document.type))
        if key.is_grain and self.base == "g":
            parts.append((Sql(f"g.v{i}"), "VARCHAR"))
        for name, column in key.tables:
            alias = self.alias(name)
            parts.append((Sql(f"{alias}.{column.sql}", frozenset({alias})), column.type))
        if self.type_of(key) is not None:
            return _coalesce([sql for sql, _ in parts])
        return _coalesce([Sql(key_text(sql.text, type_), sql.needs) for sql, type_ in parts])

    def type_of(self, key: Key) -> str | None:
        """Give the DuckDB type that a key has wherever it is known; None where it becomes text."""
        types = {column.type for column in key.columns}
        if key.is_grain and self.base == "g" and key.form.kind != "native":
            types.add("VARCHAR")
        return types.pop() if len(types) == 1 else None

    def alias(self, name: str) -> str:
        """Give the alias of a table."""
        return f"q{[table.name for table in self.plan.tables].index(name)}"


def make_spine(engine: Engine, plan: Plan) -> Spine:
    """Create the rows that the result will have.

    Parameters
    ----------
    engine : Engine
        With ``units``.
    plan : Plan

    Returns
    -------
    Spine

    Raises
    ------
    JoinError
        If a table that is to give the rows is not joined exactly on the whole grain.
    """
    spine = Spine(plan)
    keep = plan.spec.keep
    if keep == SCORED:
        spine.joins["x"] = Sql("")
        return spine
    names = [f"k{i}" for i in range(len(plan.grain))]
    parts = []
    if keep == ALL:
        written = [f"CAST(v{i} AS VARCHAR) AS v{i}" for i in range(len(names))]
        parts.append(f"SELECT {', '.join([*names, *written])} FROM units")
    for table in plan.tables:
        is_whole = {key.name for key, _ in table_keys(plan, table)} == set(plan.grain_names)
        if is_whole and table.spec.asof is None and keep in (ALL, table.name):
            parts.append(_units_of(plan, table))
        elif keep == table.name:
            raise JoinError(
                f"keep = {keep!r}: its rows are not the units, because it is not joined exactly "
                f"on {', '.join(plan.grain_names)}. Name another table, or 'scored' or 'all'."
            )
    firsts = ", ".join(f"min(v{i}) AS v{i}" for i in range(len(names)))
    there = " AND ".join(f"{name} IS NOT NULL" for name in names)
    engine.run(
        f"CREATE TABLE spine AS SELECT {', '.join(names)}, {firsts} "
        f"FROM ({' UNION ALL '.join(parts)}) WHERE {there} GROUP BY {', '.join(names)}"
    )
    same = " AND ".join(f"g.{name} = x.{name}" for name in names)
    spine.joins["x"] = Sql(f"LEFT JOIN units AS x ON {same}")
    return spine


def table_keys(plan: Plan, table: TablePlan) -> list[tuple[Key, str]]:
    """List the keys of a table with their expressions, as they are compared.

    Parameters
    ----------
    plan : Plan
    table : TablePlan

    Returns
    -------
    list of (Key, str)
        With the period of a row where its time tells it.
    """
    found = []
    for key, column in table.on:
        if key.is_period:
            found.append((key, f"TRY_CAST({column.sql} AS DATE)"))
        else:
            found.append((key, key.form.key(column)))
    if table.has_period and table.moment is not None:
        period = next(key for key in plan.grain if key.is_period)
        found.append((period, period_of(plan, table.moment.local(table.tick))))
    return found


def _units_of(plan: Plan, table: TablePlan) -> str:
    """Give the keys of the units in a table."""
    sql = {key.name: text for key, text in table_keys(plan, table)}
    written = {key.name: column for key, column in table.on}
    columns = [f"{sql[key.name]} AS k{i}" for i, key in enumerate(plan.grain)]
    for i, key in enumerate(plan.grain):
        column = written.get(key.name)
        text = "CAST(NULL AS VARCHAR)"
        if column is not None:
            text = key_text(without_blank(column.sql, column.type), column.type)
        columns.append(f"{text} AS v{i}")
    return f"SELECT {', '.join(columns)} FROM {table.relation.view}"


def _coalesce(parts: list[Sql]) -> Sql:
    """Take the first of several that is there."""
    if len(parts) == 1:
        return parts[0]
    needs = frozenset[str]().union(*(part.needs for part in parts))
    return Sql(f"coalesce({', '.join(part.text for part in parts)})", needs)
