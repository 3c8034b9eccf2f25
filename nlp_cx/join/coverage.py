"""Who gave text and who did not, by channel, segment and whatever else is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nlp_cx.errors import JoinError
from nlp_cx.join.duck import Engine
from nlp_cx.join.spec import JoinSpec
from nlp_cx.join.spine import Spine, Sql
from nlp_cx.join.summary import CoverageRow

_WORDS = ("channel", "segment", "渠道", "客群", "分群", "细分")
_MOST_VALUES = 50
_EVERYBODY = "(all)"
_MISSING = "(missing)"


def choose_columns(spec: JoinSpec, columns: Mapping[str, Sql]) -> list[str]:
    """Choose the columns by which coverage is counted.

    Parameters
    ----------
    spec : JoinSpec
    columns : mapping of str to Sql
        Of the O+X table.

    Returns
    -------
    list of str
        Those that were named; else those that speak of a channel or segment, and groups.

    Raises
    ------
    JoinError
        If a named column is not there.
    """
    missing = [repr(name) for name in spec.coverage if name not in columns]
    if missing:
        raise JoinError(
            f"coverage: no column {', '.join(missing)}; the table has {', '.join(columns)}"
        )
    if spec.coverage:
        return list(spec.coverage)
    groups = {name for name, role in spec.roles.items() if role == "group"}
    return [
        name
        for name in columns
        if not name.startswith(("x_", "w_"))
        and (name in groups or any(word in name.lower() for word in _WORDS))
    ]


def count_coverage(
    engine: Engine, spine: Spine, columns: Mapping[str, Sql], names: Sequence[str]
) -> tuple[CoverageRow, ...]:
    """Count units with and without text.

    Parameters
    ----------
    engine : Engine
    spine : Spine
    columns : mapping of str to Sql
        Of the O+X table.
    names : sequence of str
        Of `columns`.

    Returns
    -------
    tuple of CoverageRow
        All units first, then the values of every column, the most frequent first; at most 50.
    """
    has_text = "coalesce(x.x1, 0) > 0"
    n_units, n_texts = engine.row(
        f"SELECT count(*), count(*) FILTER ({has_text}) FROM {spine.source({'x'})}"
    )
    rows = [_row(_EVERYBODY, _EVERYBODY, n_units, n_texts, (n_units, n_texts))]
    grain = ", ".join(spine.grain())
    for name in names:
        value = columns[name]
        shown = f"coalesce(CAST({value.text} AS VARCHAR), '{_MISSING}')"
        # Units that became several rows count once for each value that they have.
        found = engine.rows(
            f"SELECT value, count(*), count(*) FILTER (has_text) FROM (SELECT DISTINCT {grain}, "
            f"{shown} AS value, {has_text} AS has_text "
            f"FROM {spine.source({'x', *value.needs})}) GROUP BY value "
            f"ORDER BY 2 DESC, 1 LIMIT {_MOST_VALUES}"
        )
        rows += [_row(name, value_, n, n_text, (n_units, n_texts)) for value_, n, n_text in found]
    return tuple(rows)


def _row(column: str, value: str, n: int, n_text: int, everybody: tuple[int, int]) -> CoverageRow:
    """Give counts with their shares."""
    n_units, n_texts = everybody
    return CoverageRow(
        column=column,
        value=value,
        n_units=n,
        n_with_text=n_text,
        share_with_text=n_text / n if n else float("nan"),
        share_of_units=n / n_units if n_units else float("nan"),
        share_of_texts=n_text / n_texts if n_texts else float("nan"),
    )
