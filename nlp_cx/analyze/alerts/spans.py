"""The clauses behind a record: where in which text the reason of a case stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nlp_cx.analyze.alerts.conditions import Condition, meets_all
from nlp_cx.errors import AnalysisError, SchemaError

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_COPIED = (
    *("doc_id", "clause_index", "start", "end", "clause", "driver", "driver_polarity"),
    *("sentiment", "sentiment_score"),
)


@dataclass(frozen=True, slots=True)
class LinkedEvidence:
    """Clauses with the record that each belongs to.

    Attributes
    ----------
    table : DataFrame
        The table of evidence.
    rows : ndarray of int64, shape (n_clauses,)
        Position of the record in the O+X table; -1 where the clause belongs to none.
    """

    table: pd.DataFrame
    rows: Ints


def link_evidence(
    evidence: pd.DataFrame,
    ox: pd.DataFrame,
    key: str,
    *,
    documents: pd.DataFrame | None = None,
) -> LinkedEvidence:
    """Find the record that every clause belongs to.

    Parameters
    ----------
    evidence : DataFrame
        As `schema.EVIDENCE` has it.
    ox : DataFrame
        With `key`, unique.
    key : str
        Looked for in `evidence`, then ``doc_id`` in both tables.
    documents : DataFrame, optional
        ``doc_id`` and `key` of every document, e.g. the scored table, where a record holds
        several documents.

    Returns
    -------
    LinkedEvidence

    Raises
    ------
    SchemaError
        If columns are missing.
    AnalysisError
        If there is no way from clause to record, or none of the clauses finds one.
    """
    missing = [name for name in ("doc_id", "start", "end", "clause") if name not in evidence]
    if missing:
        raise SchemaError(
            f"no column {', '.join(map(repr, missing))} in the table of evidence, which has "
            f"{', '.join(map(str, evidence.columns))}"
        )
    if key in evidence.columns:
        wanted, target = evidence[key], ox[key]
    elif documents is not None:
        for name in ("doc_id", key):
            if name not in documents.columns:
                raise SchemaError(f"no column {name!r} in the table of documents")
        owners = documents.drop_duplicates("doc_id").set_index("doc_id")[key]
        wanted, target = evidence["doc_id"].map(owners), ox[key]
    elif "doc_id" in ox.columns:
        wanted, target = evidence["doc_id"], ox["doc_id"]
    else:
        raise AnalysisError(
            f"clauses have a doc_id and records a {key!r}: give the scored table too, which has "
            "both"
        )
    index = pd.Index(target)
    if not index.is_unique:
        raise AnalysisError(
            f"{int(index.duplicated().sum()):,} rows repeat their {target.name!r}: "
            "clauses cannot be told apart"
        )
    rows = index.get_indexer(pd.Index(wanted)).astype(np.int64)
    rows[wanted.isna().to_numpy(np.bool_)] = -1
    if len(rows) and (rows < 0).all():
        raise AnalysisError(
            f"none of {len(rows):,} clauses belongs to a record: {wanted.iloc[0]!r:.40} "
            f"({wanted.dtype}) against {target.iloc[0]!r:.40} ({target.dtype})"
        )
    return LinkedEvidence(evidence.reset_index(drop=True), rows)


def find_reasons(linked: LinkedEvidence, conditions: Sequence[Condition]) -> Bools:
    """Tell which clauses are reasons.

    Parameters
    ----------
    linked : LinkedEvidence
    conditions : sequence of Condition
        All must be met; without any, a clause that is negative, or about a driver in a negative
        or mixed way.

    Returns
    -------
    ndarray of bool, shape (n_clauses,)
    """
    belongs = linked.rows >= 0
    if conditions:
        return belongs & meets_all(linked.table, conditions)
    is_bad = np.zeros(len(linked.table), np.bool_)
    for name in ("sentiment", "driver_polarity"):
        if name in linked.table.columns:
            is_bad |= linked.table[name].isin(["negative", "mixed"]).to_numpy(np.bool_)
    return belongs & is_bad


def list_spans(
    linked: LinkedEvidence, is_reason: Bools, rows: Ints, *, most: int = 5
) -> list[tuple[list[dict[str, Any]], int]]:
    """Give the reasons of records as they stand in the texts.

    Parameters
    ----------
    linked : LinkedEvidence
    is_reason : ndarray of bool, shape (n_clauses,)
    rows : ndarray of int64, shape (n_records,)
        Positions in the O+X table.
    most : int, default=5
        At most so many clauses each, the most negative ones, in the order of the text.

    Returns
    -------
    list of (spans, n_spans), one per record
        A clause that speaks of several drivers occurs once for each of them in the table, and
        here once with all of them: ``drivers`` is a list of names with polarity.
    """
    picked = linked.table.loc[is_reason].assign(_row=linked.rows[is_reason])
    picked = picked[picked["_row"].isin(rows)]
    groups = dict(tuple(picked.groupby("_row", sort=False)))
    return [_spans_of(groups.get(row), most) for row in rows.tolist()]


def _spans_of(clauses: pd.DataFrame | None, most: int) -> tuple[list[dict[str, Any]], int]:
    """Give the spans of one record."""
    if clauses is None:
        return [], 0
    spans: dict[tuple[str, int], dict[str, Any]] = {}
    for clause in clauses[[c for c in _COPIED if c in clauses.columns]].to_dict("records"):
        place = (str(clause["doc_id"]), int(clause["start"]))
        known = {str(name): _plain(value) for name, value in clause.items()}
        driver, polarity = known.pop("driver", None), known.pop("driver_polarity", None)
        span = spans.setdefault(place, {**known, "drivers": []})
        if driver is not None:
            span["drivers"].append({"driver": driver, "polarity": polarity})
    worst = sorted(spans.items(), key=lambda item: (item[1].get("sentiment_score") or 0, item[0]))
    kept = sorted(worst[:most], key=lambda item: item[0])
    return [span for _, span in kept], len(spans)


def _plain(value: Any) -> Any:
    """Give a value as JSON knows it; missing as None."""
    if pd.isna(value):
        return None
    if isinstance(value, np.generic):
        value = value.item()
    return round(value, 4) if isinstance(value, float) else value
