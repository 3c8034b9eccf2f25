"""Keys that mean the same and are written differently: found and counted, never silently fixed."""

from __future__ import annotations

from collections import Counter

from nlp_cx.errors import JoinError
from nlp_cx.join.duck import WHOLE, Engine
from nlp_cx.join.keys import FOLDS, Form, KeyColumn, choose_form, fold, key_text
from nlp_cx.join.plan import Key, TablePlan
from nlp_cx.join.spine import Spine
from nlp_cx.join.summary import N_SAMPLES, DriftSummary


def find_drift(
    engine: Engine, spine: Spine, table: TablePlan, notes: list[str]
) -> tuple[DriftSummary, ...]:
    """Find units that match no row as keys are written, and one when differences are forgiven.

    Parameters
    ----------
    engine : Engine
    spine : Spine
    table : TablePlan
    notes : list of str
        Gets a sentence where dates cannot be compared for want of a zone.

    Returns
    -------
    tuple of DriftSummary
        By kind, the most frequent first.

    Notes
    -----
    Looks at keys as they are written, so that the numbers are the same whether or not
    ``normalize_keys`` is on. Whole numbers are never written in two ways.
    """
    pairs = [(key, column) for key, column in table.on if not key.is_period]
    parts = [_Part(spine, key, column) for key, column in pairs]
    if not pairs or all(part.is_number for part in parts):
        return ()
    try:
        for part in parts:
            part.learn(engine)
    except JoinError as e:
        notes.append(f"dates in keys are not compared: {e}")
        return ()
    lefts = ", ".join(
        f"{part.left} AS l{j}, {part.normal_left} AS n{j}" for j, part in enumerate(parts)
    )
    rights = ", ".join(
        f"{part.right} AS r{j}, {part.normal_right} AS n{j}" for j, part in enumerate(parts)
    )
    needs = frozenset[str]().union(*(part.needs for part in parts))
    exact = " AND ".join(f"l{j} = r{j}" for j in range(len(parts)))
    normal = " AND ".join(f"l.n{j} = r.n{j}" for j in range(len(parts)))
    kinds = ", ".join(f"{part.differs(f'l{j}', f'r{j}')} AS d{j}" for j, part in enumerate(parts))
    shown = [" || ' / ' || ".join(f"{side}{j}" for j in range(len(parts))) for side in "lr"]
    found = engine.rows(
        f"WITH u AS MATERIALIZED (SELECT l.* FROM (SELECT {lefts} FROM {spine.source(needs)}) AS l "
        f"ANTI JOIN (SELECT {rights} FROM {table.relation.view}) AS r ON {exact}), "
        f"m AS (SELECT DISTINCT l.* EXCLUDE ({_names(parts, 'n')}), "
        f"r.* EXCLUDE ({_names(parts, 'n')}) FROM u AS l "
        f"JOIN (SELECT {rights} FROM {table.relation.view}) AS r ON {normal}) "
        f"SELECT {kinds}, count(*), min([{shown[0]}, {shown[1]}], {N_SAMPLES}) FROM m "
        f"GROUP BY {_names(parts, 'd')}"
    )
    return _sum_up(found, len(parts))


class _Part:
    """One pair of key columns, as text and in normal form."""

    def __init__(self, spine: Spine, key: Key, column: KeyColumn) -> None:
        written = spine.written(key)
        self._columns = key.columns
        self._column = column
        self.needs = written.needs
        self._written = written.text
        self.left = key_text(written.text, spine.type_of(key) or "VARCHAR")
        self.right = key_text(column.sql, column.type)
        self.is_number = {c.type for c in (*self._columns, column)} <= WHOLE
        self.form = Form("normal", {})
        self.normal_left = self.normal_right = ""

    def learn(self, engine: Engine) -> None:
        """Find the normal form of both sides."""
        self.form = choose_form(engine, [*self._columns, self._column], normal=True)
        kind = "normal" if self.form.kind == "native" else self.form.kind
        self.form = Form(kind, self.form.moments)
        if kind == "normal":
            like = KeyColumn("", "", "", "", "VARCHAR")
            self.normal_left = self.form.key(like, self.left)
            self.normal_right = self.form.key(like, self.right)
        else:
            self.normal_left = self.form.key(self._columns[0], self._written)
            self.normal_right = self.form.key(self._column)

    def differs(self, left: str, right: str) -> str:
        """Name the one difference between two texts that have the same normal form."""
        if self.form.kind != "normal":
            return f"CASE WHEN {left} = {right} THEN '' ELSE 'dates' END"
        cases = [f"WHEN {left} = {right} THEN ''"]
        cases += [f"WHEN {fold(kind, left)} = {fold(kind, right)} THEN {kind!r}" for kind in FOLDS]
        return f"CASE {' '.join(cases)} ELSE 'several' END"


def _names(parts: list[_Part], letter: str) -> str:
    """List columns."""
    return ", ".join(f"{letter}{j}" for j in range(len(parts)))


def _sum_up(found: list[tuple[object, ...]], n_parts: int) -> tuple[DriftSummary, ...]:
    """Add the counts of all combinations that come to the same kind."""
    counts: Counter[str] = Counter()
    samples: dict[str, list[tuple[str, str]]] = {}
    for *kinds, n, pairs in found:
        different = {str(kind) for kind in kinds[:n_parts] if kind}
        kind = different.pop() if len(different) == 1 else "several"
        counts[kind] += n if isinstance(n, int) else 0
        shown = (
            [(str(left), str(right)) for left, right in pairs] if isinstance(pairs, list) else []
        )
        samples.setdefault(kind, []).extend(shown)
    return tuple(
        DriftSummary(kind=kind, n_keys=n, samples=tuple(sorted(samples[kind])[:N_SAMPLES]))
        for kind, n in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    )
