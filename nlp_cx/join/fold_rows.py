"""Several rows of a unit made one, where the user said how."""

from __future__ import annotations

from nlp_cx.errors import JoinError
from nlp_cx.join.duck import Engine
from nlp_cx.join.matching import Match, show_key
from nlp_cx.join.plan import TablePlan
from nlp_cx.join.take import aggregate


def fold_rows(engine: Engine, alias: str, table: TablePlan, match: Match) -> str:
    """Make one row of all that have a key.

    Parameters
    ----------
    engine : Engine
    alias : str
        Of the table.
    table : TablePlan
    match : Match

    Returns
    -------
    str
        Table with the keys, ``t0, …`` for ``table.takes``, and ``n``, the number of rows.

    Raises
    ------
    JoinError
        If a column without a rule has several values.
    """
    columns = [*match.keys, "count(*) AS n"]
    flags = []
    for j, take in enumerate(table.takes):
        columns.append(f"{aggregate(take, take.sql, 'ts')} AS t{j}")
        if take.how == "only":
            columns.append(f"min({take.sql}) IS DISTINCT FROM max({take.sql}) AS b{j}")
            flags.append((f"b{j}", take))
    engine.run(
        f"CREATE TABLE one_{alias} AS SELECT {', '.join(columns)} FROM {match.rows} "
        f"GROUP BY {', '.join(match.keys)}"
    )
    for flag, take in flags:
        n, n_bad, example = engine.row(
            f"SELECT count(*), count(*) FILTER ({flag}), "
            f"min({show_key(match.keys)}) FILTER ({flag}) FROM one_{alias}"
        )
        if n_bad:
            raise JoinError(
                f"{table.name}: {take.column} has several values in {n_bad:,} of {n:,} groups of "
                f"rows, e.g. {example}. Say how to summarise it (--take {table.name}:{take.name}="
                f"{take.column}:min, or max, mean, sum, first, last)."
            )
    return f"one_{alias}"
