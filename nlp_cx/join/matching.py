"""The rows of one table, and the pairs of units and rows that belong together."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from nlp_cx.join.duck import Engine
from nlp_cx.join.keys import key_text
from nlp_cx.join.plan import Plan, TablePlan
from nlp_cx.join.spine import Spine, Sql, table_keys


@dataclass(frozen=True, slots=True)
class Match:
    """How a table is matched.

    Parameters
    ----------
    rows : str
        View or table: ``ts`` the time of a row, ``w0, …`` its keys as they are written, its
        columns, and `keys`.
    keys : tuple of str
        Columns of `rows` that are compared.
    lefts : tuple of Sql
        What they are compared with.
    n_rows, n_without_key : int
        Of the table.
    is_pairs : bool
        Rows are pairs of a unit and a row, which ``row_id`` tells.
    n_early, n_partly : int
        Outcomes older than the first document of their unit; older than its last only.
    look_ahead : str
        What was done with them; empty where nothing was looked for.
    """

    rows: str
    keys: tuple[str, ...]
    lefts: tuple[Sql, ...]
    n_rows: int
    n_without_key: int
    is_pairs: bool = False
    n_early: int = 0
    n_partly: int = 0
    look_ahead: str = ""

    @property
    def needs(self) -> frozenset[str]:
        """What has to be joined to the units before."""
        return frozenset[str]().union(*(left.needs for left in self.lefts))

    def condition(self, alias: str) -> str:
        """Give the condition of the join with the rows under an alias."""
        return " AND ".join(
            f"{alias}.{key} = {left.text}" for key, left in zip(self.keys, self.lefts, strict=True)
        )


def match_by_key(engine: Engine, plan: Plan, spine: Spine, table: TablePlan) -> Match:
    """Match the rows of a table by their keys.

    Parameters
    ----------
    engine : Engine
    plan : Plan
    spine : Spine
    table : TablePlan

    Returns
    -------
    Match
        Rows without a key are left out and counted.
    """
    alias = spine.alias(table.name)
    keyed = table_keys(plan, table)
    written = [key_text(column.sql, column.type) for _, column in table.on]
    written += [f"CAST({sql} AS VARCHAR)" for _, sql in keyed[len(written) :]]
    columns = [f"{sql} AS k{j}" for j, (_, sql) in enumerate(keyed)]
    columns += [f"{sql} AS w{j}" for j, sql in enumerate(written)]
    columns += [f"{table.tick} AS ts", *sorted(_list_needed(plan, table))]
    keys = tuple(f"k{j}" for j in range(len(keyed)))
    there = " AND ".join(f"{key} IS NOT NULL" for key in keys)
    kind = "TABLE" if any(key.form.is_costly for key, _ in table.on) else "VIEW"
    engine.run(
        f"CREATE {kind} all_{alias} AS SELECT {', '.join(columns)} FROM {table.relation.view}"
    )
    engine.run(f"CREATE VIEW rows_{alias} AS SELECT * FROM all_{alias} WHERE {there}")
    n_rows, n_keyed = engine.row(f"SELECT count(*), count(*) FILTER ({there}) FROM all_{alias}")
    lefts = tuple(spine.key(key) for key, _ in keyed)
    return Match(f"rows_{alias}", keys, lefts, n_rows, n_rows - n_keyed)


def make_pairs(
    engine: Engine, spine: Spine, alias: str, match: Match, condition: str, *, chosen: str = ""
) -> Match:
    """Keep the pairs of units and rows that fulfil a condition.

    Parameters
    ----------
    engine : Engine
    spine : Spine
    alias : str
        Of the table.
    match : Match
        By key.
    condition : str
        On the unit's ``x`` and the row's ``p``.
    chosen : str
        Condition on the pairs that fulfil it, with window functions; ``p.row_id`` tells rows.

    Returns
    -------
    Match
        By the unit.
    """
    grain = spine.grain()
    engine.run(
        f"CREATE TABLE ids_{alias} AS SELECT *, row_number() OVER () AS row_id FROM {match.rows}"
    )
    named = ", ".join(f"{sql} AS g{j}" for j, sql in enumerate(grain))
    qualify = f"QUALIFY {chosen}" if chosen else ""
    engine.run(
        f"CREATE TABLE pairs_{alias} AS SELECT {named}, p.* "
        f"FROM {spine.source({*match.needs, 'x'})} JOIN ids_{alias} AS p "
        f"ON {match.condition('p')} AND {condition} {qualify}"
    )
    return dataclasses.replace(
        match,
        rows=f"pairs_{alias}",
        keys=tuple(f"g{j}" for j in range(len(grain))),
        lefts=tuple(Sql(sql) for sql in grain),
        is_pairs=True,
    )


def show_key(parts: Sequence[str]) -> str:
    """Give an expression that shows a key as text, a stroke between its parts."""
    return "concat_ws(' / ', " + ", ".join(f"CAST({part} AS VARCHAR)" for part in parts) + ")"


def _list_needed(plan: Plan, table: TablePlan) -> set[str]:
    """List the columns of a table that are taken, or are keys of others."""
    needed = {take.sql for take in table.takes}
    for key in plan.keys:
        needed |= {column.sql for name, column in key.tables if name == table.name}
    return needed
