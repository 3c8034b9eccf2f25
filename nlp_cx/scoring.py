"""Score tables with a classifier: rows in, columns of the scored table and of the evidence out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from nlp_cx.classify.classifier import Classifier, Scores
from nlp_cx.classify.columns import constant_column, evidence_batch, scored_columns
from nlp_cx.engine.local import LocalEngine
from nlp_cx.frames import find_speakers, is_customer, read_turns, replace_text
from nlp_cx.read.columns import ColumnRoles
from nlp_cx.tables import Columns, Made, find_shared, lay_out
from nlp_cx.text.batch import TextBatch

if TYPE_CHECKING:
    from nlp_cx.masking import Counts


class ScoredBatch(NamedTuple):
    """What scoring a batch gives.

    Parameters
    ----------
    scored : RecordBatch
        One row per row of the input, in order.
    evidence : RecordBatch or None
        ``schema.EVIDENCE``; None when it was not asked for.
    n_masked : dict of str to dict
        Pieces of personal information by column and kind; empty when nothing was masked.
    n_left : dict of str to dict
        The same for what looks personal in keys and numbers, which are not masked.
    """

    scored: pa.RecordBatch
    evidence: pa.RecordBatch | None
    n_masked: Counts
    n_left: Counts


def score_batch(
    classifier: Classifier,
    batch: pa.RecordBatch,
    roles: ColumnRoles,
    *,
    first_row: int,
    columns: Columns,
    with_evidence: bool,
    mask_pii: bool,
    speakers: pa.Array | None,
    turns: pa.Array | None,
) -> ScoredBatch:
    """Score one batch of a long table.

    Parameters
    ----------
    classifier : Classifier
    batch, roles, first_row, columns, with_evidence, mask_pii, speakers, turns
        As :meth:`nlp_cx.pipeline.FeedbackPipeline.score_batch`.

    Returns
    -------
    ScoredBatch
    """
    texts = TextBatch.from_arrow(batch.column(roles.text))
    n_masked: Counts = {}
    n_left: Counts = {}
    if mask_pii:
        from nlp_cx.masking import mask_table
        from nlp_cx.text.privacy import mask_batch

        texts, counts = mask_batch(texts)
        batch = replace_text(batch, roles.text, texts)
        masked = mask_table(batch, roles, carries_columns=columns == "full")
        batch, n_left = masked.batch, masked.n_left
        n_masked = {roles.text: counts, **masked.n_masked} if counts else masked.n_masked
    scores = classifier.score(texts, is_customer(speakers))
    scored = _make_columns(classifier, scores)
    doc_id = _doc_ids(batch, roles, first_row)
    made = {"doc_id": doc_id, **scored, **_keys(batch, roles, speakers, turns)}
    made["model"] = constant_column(classifier.id, batch.num_rows)
    table = lay_out(batch, made, find_shared(roles, batch.schema), columns)
    evidence = _make_evidence(classifier, texts, doc_id, scores) if with_evidence else None
    return ScoredBatch(table, evidence, n_masked, n_left)


def score_table(
    classifier: Classifier, table: pa.Table, roles: ColumnRoles, engine: LocalEngine
) -> Made:
    """Make the columns of the scored table for a whole table.

    Parameters
    ----------
    classifier : Classifier
    table : Table, shape (n_rows, …)
    roles : ColumnRoles
        Which column is what.
    engine : LocalEngine
        The result does not depend on its threads and chunks.

    Returns
    -------
    dict of str to Array, each of shape (n_rows,)
    """
    speakers, turns = find_speakers(table, roles)

    def step(batch: pa.RecordBatch) -> pa.RecordBatch:
        _, scores = _score_rows(classifier, batch)
        return pa.RecordBatch.from_pydict(_make_columns(classifier, scores))

    scored = engine.map_table(lambda: step, _rows(table, roles, speakers))
    made: Made = {name: scored.column(name) for name in scored.column_names}
    made |= _keys(table, roles, speakers, turns)
    made["doc_id"] = _doc_ids(table, roles)
    made["model"] = constant_column(classifier.id, table.num_rows)
    return made


def find_evidence(
    classifier: Classifier, table: pa.Table, roles: ColumnRoles, engine: LocalEngine
) -> pd.DataFrame:
    """Make the evidence table of a whole table.

    Parameters
    ----------
    classifier : Classifier
    table : Table, shape (n_rows, …)
    roles : ColumnRoles
        Which column is what.
    engine : LocalEngine

    Returns
    -------
    DataFrame, one row per labelled clause and driver, in text order
        See ``schema.EVIDENCE``.
    """
    speakers, _ = find_speakers(table, roles)
    rows = _rows(table, roles, speakers).append_column("doc_id", _doc_ids(table, roles))

    def step(batch: pa.RecordBatch) -> pa.RecordBatch:
        texts, scores = _score_rows(classifier, batch)
        return _make_evidence(classifier, texts, batch.column("doc_id"), scores)

    return engine.map_table(lambda: step, rows).to_pandas()


def _score_rows(classifier: Classifier, batch: pa.RecordBatch) -> tuple[TextBatch, Scores]:
    """Score a batch of what `_rows` gives."""
    texts = TextBatch.from_arrow(batch.column("text"))
    speakers = batch.column("speaker") if "speaker" in batch.schema.names else None
    return texts, classifier.score(texts, is_customer(speakers))


def _make_evidence(
    classifier: Classifier, texts: TextBatch, doc_id: pa.Array, scores: Scores
) -> pa.RecordBatch:
    """Make the evidence table of a batch."""
    return evidence_batch(
        texts,
        doc_id,
        scores,
        classifier.decode_clauses(scores),
        classifier.drivers,
        has_polarity="polarity" in classifier.learned,
    )


def _make_columns(classifier: Classifier, scores: Scores) -> dict[str, pa.Array]:
    """Make the columns that come from the model."""
    return scored_columns(
        scores.documents,
        scores.languages,
        classifier.drivers,
        has_polarity="polarity" in classifier.learned,
    )


def _doc_ids(
    table: pa.Table | pa.RecordBatch, roles: ColumnRoles, first_row: int = 0
) -> pa.Array | pa.ChunkedArray:
    """Give the user's ids, or row numbers."""
    if roles.id is not None:
        return table.column(roles.id)
    return pa.array(np.arange(first_row, first_row + table.num_rows))


def _keys(
    table: pa.Table | pa.RecordBatch,
    roles: ColumnRoles,
    speakers: pa.Array | None,
    turns: pa.Array | None,
) -> Made:
    """Give the columns that say which turn of which chat a row is, where the input has them."""
    made = {"speaker": speakers, "turn": turns}
    if turns is None and roles.turn is not None:
        made["turn"] = read_turns(table.column(roles.turn))
    return {name: column for name, column in made.items() if column is not None}


def _rows(table: pa.Table, roles: ColumnRoles, speakers: pa.Array | None) -> pa.Table:
    """Give what is needed to score: texts, and who wrote them."""
    rows = pa.table({"text": table.column(roles.text)})
    return rows if speakers is None else rows.append_column("speaker", speakers)
