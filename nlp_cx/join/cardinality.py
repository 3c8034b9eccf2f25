"""How many units go to how many rows: counted, compared with what was asserted, and reported."""

from __future__ import annotations

from dataclasses import dataclass

from nlp_cx.errors import JoinError
from nlp_cx.join.duck import Engine
from nlp_cx.join.matching import Match, show_key
from nlp_cx.join.plan import Plan, TablePlan
from nlp_cx.join.spine import Spine
from nlp_cx.join.summary import N_SAMPLES


@dataclass(slots=True)
class Counts:
    """Rows and units that found each other, and those that did not."""

    n_units: int = 0
    n_units_matched: int = 0
    n_rows_matched: int = 0
    n_rows_dropped: int = 0
    n_duplicate_rows: int = 0
    n_units_many: int = 0
    n_rows_out: int = 0
    most_rows: int = 1
    most_units: int = 1
    unmatched_units: tuple[str, ...] = ()
    unmatched_rows: tuple[str, ...] = ()
    example: str = ""

    @property
    def cardinality(self) -> str:
        """Units to rows."""
        if self.most_units > 1 and self.most_rows > 1:
            return "m:n"
        return f"{'m' if self.most_units > 1 else '1'}:{'m' if self.most_rows > 1 else '1'}"


def count_matches(
    engine: Engine, spine: Spine, table: TablePlan, by_key: Match, match: Match
) -> Counts:
    """Count units and rows that match.

    Parameters
    ----------
    engine : Engine
    spine : Spine
    table : TablePlan
    by_key : Match
        By key alone.
    match : Match
        By key and time; `by_key` where time plays no part.

    Returns
    -------
    Counts
    """
    counts = Counts()
    source = spine.source(match.needs)
    (counts.n_units,) = engine.row(f"SELECT count(*) FROM {source}")
    (counts.n_units_matched,) = engine.row(
        f"SELECT count(*) FROM {source} SEMI JOIN {match.rows} AS p ON {match.condition('p')}"
    )
    _count_duplicates(engine, spine, match, counts)
    if not set(spine.grain()) <= {left.text for left in match.lefts}:
        _count_sharing(engine, source, match, counts)
    missing = _count_rows(engine, spine, table, (by_key, match), counts)
    _show_units(engine, spine, match, counts)
    if counts.n_rows_matched < match.n_rows - match.n_without_key:
        shown = show_key([f"p.w{j}" for j in range(len(table.on) + table.has_period)])
        found = engine.rows(f"SELECT {shown} FROM {missing} ORDER BY 1 LIMIT {N_SAMPLES}")
        counts.unmatched_rows = tuple(row[0] for row in found)
    return counts


def check_cardinality(plan: Plan, table: TablePlan, counts: Counts) -> None:
    """Raise if the join would multiply rows, or is not what was asserted.

    Parameters
    ----------
    plan : Plan
    table : TablePlan
    counts : Counts

    Raises
    ------
    JoinError
        With the numbers and the ways out.
    """
    asserted = table.spec.cardinality
    if asserted is not None:
        left, right = asserted.split(":")
        breaks = []
        if left == "1" and counts.most_units > 1:
            breaks.append(f"up to {counts.most_units:,} units share one row")
        if right == "1" and counts.most_rows > 1:
            breaks.append(
                f"{counts.n_units_many:,} units have several rows (up to {counts.most_rows:,}, "
                f"e.g. {counts.example})"
            )
        if breaks:
            raise JoinError(
                f"{table.name}: asserted {asserted} (units to rows), found {counts.cardinality}: "
                f"{' and '.join(breaks)}. Mend the table, or assert what holds."
            )
    if counts.most_rows > 1 and not table.is_aggregated and not plan.spec.allow_many:
        column = table.takes[0] if table.takes else None
        name, source = (column.name, column.column) if column else ("o_amount", "amount")
        raise JoinError(
            f"{table.name}: {counts.n_units_many:,} of {counts.n_units:,} units have several rows "
            f"(up to {counts.most_rows:,}, e.g. {counts.example}): joining would turn "
            f"{counts.n_units:,} rows into {counts.n_rows_out:,} and count their feedback several "
            f"times. Say how to summarise them (--take {table.name}:{name}={source}:sum, or mean, "
            f"min, max, first, last, count, any; columns in the specification), or let rows "
            "multiply (--allow-many)."
        )


def _count_duplicates(engine: Engine, spine: Spine, match: Match, counts: Counts) -> None:
    """Count rows that share a key, and units that have several rows."""
    keys = ", ".join(match.keys)
    repeated = (
        f"(SELECT {keys}, count(*) AS n FROM {match.rows} GROUP BY {keys} HAVING count(*) > 1)"
    )
    (counts.n_duplicate_rows,) = engine.row(
        f"SELECT CAST(coalesce(sum(n - 1), 0) AS BIGINT) FROM {repeated}"
    )
    counts.n_rows_out = counts.n_units
    if not counts.n_duplicate_rows:
        return
    unit = show_key(spine.grain())
    n, most, extra, example = engine.row(
        f"SELECT count(*), coalesce(max(n), 1), CAST(coalesce(sum(n - 1), 0) AS BIGINT), "
        f"min({unit} || ' with ' || n || ' rows') FROM {spine.source(match.needs)} "
        f"JOIN {repeated} AS p ON {match.condition('p')}"
    )
    counts.n_units_many, counts.most_rows, counts.example = n, most, example or ""
    counts.n_rows_out += extra


def _count_sharing(engine: Engine, source: str, match: Match, counts: Counts) -> None:
    """Count units that share a row."""
    lefts = [f"{left.text} AS k{j}" for j, left in enumerate(match.lefts)]
    names = ", ".join(f"k{j}" for j in range(len(lefts)))
    same = " AND ".join(f"p.{key} = m.k{j}" for j, key in enumerate(match.keys))
    (counts.most_units,) = engine.row(
        f"SELECT coalesce(max(n), 1) FROM (SELECT {names}, count(*) AS n "
        f"FROM (SELECT {', '.join(lefts)} FROM {source}) GROUP BY {names} HAVING count(*) > 1) "
        f"AS m SEMI JOIN {match.rows} AS p ON {same}"
    )


def _count_rows(
    engine: Engine,
    spine: Spine,
    table: TablePlan,
    matches: tuple[Match, Match],
    counts: Counts,
) -> str:
    """Count the rows that have a unit, and give those that have none as a FROM clause."""
    by_key, match = matches
    alias = spine.alias(table.name)
    source = spine.source(by_key.needs)
    lefts = ", ".join(f"{left.text} AS k{j}" for j, left in enumerate(by_key.lefts))
    same = " AND ".join(f"p.{key} = m.k{j}" for j, key in enumerate(by_key.keys))
    known = f"(SELECT {lefts} FROM {source}) AS m ON {same}"
    n_paired = 0
    if match.is_pairs:
        n_paired, counts.most_units = engine.row(
            f"SELECT count(*), coalesce(max(n), 1) FROM (SELECT count(*) AS n FROM {match.rows} "
            "GROUP BY row_id)"
        )
    if table.spec.asof is not None:
        counts.n_rows_matched = n_paired
        return f"ids_{alias} AS p ANTI JOIN {match.rows} AS m ON p.row_id = m.row_id"
    if counts.n_duplicate_rows or match.is_pairs or counts.most_units > 1:
        (counts.n_rows_matched,) = engine.row(
            f"SELECT count(*) FROM {by_key.rows} AS p SEMI JOIN {known}"
        )
    else:
        counts.n_rows_matched = counts.n_units_matched
    if match.is_pairs:
        counts.n_rows_dropped = counts.n_rows_matched - n_paired
    return f"{by_key.rows} AS p ANTI JOIN {known}"


def _show_units(engine: Engine, spine: Spine, match: Match, counts: Counts) -> None:
    """Give examples of units without a row."""
    if counts.n_units_matched == counts.n_units:
        return
    written = [spine.written(key) for key in spine.plan.grain]
    needs = match.needs.union(*(sql.needs for sql in written))
    found = engine.rows(
        f"SELECT {show_key([sql.text for sql in written])} FROM {spine.source(needs)} "
        f"ANTI JOIN {match.rows} AS p ON {match.condition('p')} "
        f"ORDER BY {', '.join(spine.grain())} LIMIT {N_SAMPLES}"
    )
    counts.unmatched_units = tuple(row[0] for row in found)
