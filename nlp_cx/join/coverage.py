"""Who gave text and who did not, by channel, segment and whatever else is named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from nlp_cx.errors import JoinError
from nlp_cx.join.duck import Engine
from nlp_cx.join.names import list_names
from nlp_cx.join.plan import Plan
from nlp_cx.join.spec import JoinSpec
from nlp_cx.join.spine import Spine, Sql
from nlp_cx.join.summary import CoverageRow

_WORDS = ("channel", "segment", "渠道", "客群", "分群", "细分")
_MOST_VALUES = 50
_EVERYBODY = "(all)"
_MISSING = "(missing)"


def choose_columns(spec: JoinSpec, scored: Iterable[str], columns: Iterable[str]) -> list[str]:
    """Choose the columns by which coverage is counted.

    Parameters
    ----------
    spec : JoinSpec
    scored : iterable of str
        Columns of the scored table.
    columns : iterable of str
        Of the O+X table.

    Returns
    -------
    list of str
        Those that were named; else those that speak of a channel or segment, and groups.

    Raises
    ------
    JoinError
        If a named column is in neither.
    """
    known = dict.fromkeys((*columns, *scored))
    missing = [name for name in spec.coverage if name not in known]
    if missing:
        named = [name for name in known if not name.startswith(("x_", "p_"))]
        raise JoinError(
            f"coverage: no column {', '.join(map(repr, missing))}; there are "
            + list_names(named, missing)
        )
    if spec.coverage:
        return list(spec.coverage)
    groups = {name for name, role in spec.roles.items() if role == "group"}
    return [name for name in known if name in groups or speaks_of_groups(name)]


def speaks_of_groups(name: str) -> bool:
    """Tell whether a column is that of a channel or segment, by its name."""
    return not name.startswith(("x_", "w_")) and any(word in name.lower() for word in _WORDS)


def count_coverage(
    engine: Engine, plan: Plan, spine: Spine, columns: Mapping[str, Sql]
) -> tuple[CoverageRow, ...]:
    """Count units with and without text.

    Parameters
    ----------
    engine : Engine
    plan : Plan
    spine : Spine
    columns : mapping of str to Sql
        Of the O+X table.

    Returns
    -------
    tuple of CoverageRow
        All units first, then the values of every column, the most frequent first, at most 50. Of
        a column of the scored table a unit has every value that one of its documents has; units
        without a document have none.

    Raises
    ------
    JoinError
        If a column that was named is not there.
    """
    has_text = "coalesce(x.x1, 0) > 0"
    n_units, n_texts = engine.row(
        f"SELECT count(*), count(*) FILTER ({has_text}) FROM {spine.source({'x'})}"
    )
    rows = [_row(_EVERYBODY, _EVERYBODY, (n_units, n_texts), (n_units, n_texts))]
    grain = ", ".join(spine.grain())
    for name in choose_columns(plan.spec, plan.scored.columns, columns):
        if name in columns:
            value, needs, join = columns[name].text, columns[name].needs, ""
        else:
            i = plan.covered.index(name)
            same = " AND ".join(f"d.k{j} = {key}" for j, key in enumerate(spine.grain()))
            join = f"JOIN (SELECT * FROM documents WHERE is_customer) AS d ON {same}"
            value, needs = f"d.h{i}", frozenset[str]()
        # Units that became several rows count once for each value that they have.
        found = engine.rows(
            f"SELECT value, count(*), count(*) FILTER (has_text) FROM (SELECT DISTINCT {grain}, "
            f"coalesce(CAST({value} AS VARCHAR), '{_MISSING}') AS value, {has_text} AS has_text "
            f"FROM {spine.source({'x', *needs})} {join}) GROUP BY value "
            f"ORDER BY 2 DESC, 1 LIMIT {_MOST_VALUES}"
        )
        rows += [
            _row(name, shown, (n, n_text), (n_units, n_texts), is_of_documents=name not in columns)
            for shown, n, n_text in found
        ]
    return tuple(rows)


def _row(
    column: str,
    value: str,
    counts: tuple[int, int],
    all_: tuple[int, int],
    *,
    is_of_documents: bool = False,
) -> CoverageRow:
    """Give counts with their shares."""
    (n, n_text), (n_units, n_texts) = counts, all_
    return CoverageRow(
        column=column,
        value=value,
        n_units=n,
        n_with_text=n_text,
        share_with_text=n_text / n if n else None,
        share_of_units=n / n_units if n_units else None,
        share_of_texts=n_text / n_texts if n_texts else None,
        is_of_documents=is_of_documents,
    )
