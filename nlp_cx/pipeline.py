"""From texts to the scored table: the object that the command line and other programs use."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, overload

import numpy as np
import pandas as pd
import pyarrow as pa

from nlp_cx.classify.classifier import Classifier, Scores, load_classifier
from nlp_cx.classify.columns import constant_column, label_column, number_column, scored_columns
from nlp_cx.classify.evidence import choose_evidence
from nlp_cx.engine.local import map_batches
from nlp_cx.read.columns import ColumnRoles, find_columns
from nlp_cx.read.roles import recognize_roles
from nlp_cx.schema import EVIDENCE, LANGUAGES, POLARITIES, SENTIMENTS
from nlp_cx.tables import Columns, is_customer, lay_out, one_batch, text_column, to_frame, to_table
from nlp_cx.text.batch import TextBatch
from nlp_cx.text.language import detect_languages
from nlp_cx.text.segments import segment_texts

if TYPE_CHECKING:
    from nlp_cx.explain import Explanation

CHUNK_ROWS = 16_384
"""Rows that are scored at a time; results do not depend on it."""


class ScoredBatch(NamedTuple):
    """What scoring a batch gives.

    Parameters
    ----------
    scored : RecordBatch
        One row per row of the input, in order.
    evidence : RecordBatch or None
        ``schema.EVIDENCE``; None when it was not asked for.
    n_masked : dict of str to int
        Pieces of personal information by kind; empty when nothing was masked.
    """

    scored: pa.RecordBatch
    evidence: pa.RecordBatch | None
    n_masked: dict[str, int]


class FeedbackPipeline:
    """Score customer feedback with one model; make it with :func:`load`.

    Parameters
    ----------
    model : str or path
        Name of a shipped model, or a model folder.

    Raises
    ------
    ModelError
        If the model is missing, damaged or foreign.

    Notes
    -----
    It pickles to `model` alone, so that workers load it once for themselves. It may be used from
    several threads at a time.

    Examples
    --------
    >>> import pandas as pd
    >>> pipeline = load("fast")
    >>> frame = pd.DataFrame({"review": ["味道很好，就是太贵了", "Delivery took three weeks!", None]})
    >>> scored = pipeline.score(frame, text="review")
    >>> scored[["lang", "product", "price", "convenience"]].values.tolist()[0]
    ['zh-Hans', 'positive', 'negative', nan]
    """

    def __init__(self, model: str | os.PathLike[str] = "fast") -> None:
        self.model = model
        self._classifier: Classifier = load_classifier(model)

    def __reduce__(self) -> tuple[type[FeedbackPipeline], tuple[str]]:
        """Pickle to the name of the model."""
        return FeedbackPipeline, (os.fspath(self.model),)

    def __repr__(self) -> str:
        """Give the call that makes it."""
        return f"FeedbackPipeline({os.fspath(self.model)!r})"

    @property
    def model_id(self) -> str:
        """Name and version of the model, as in the column ``model``."""
        return self._classifier.id

    @property
    def drivers(self) -> tuple[str, ...]:
        """Driver ids in the order of the columns."""
        return self._classifier.drivers

    @overload
    def score(
        self, frame: pd.DataFrame, text: str | None = ..., **options: Any
    ) -> pd.DataFrame: ...
    @overload
    def score(self, frame: pa.Table, text: str | None = ..., **options: Any) -> pa.Table: ...
    @overload
    def score(
        self, frame: pa.RecordBatch, text: str | None = ..., **options: Any
    ) -> pa.RecordBatch: ...

    def score(
        self,
        frame: pd.DataFrame | pa.Table | pa.RecordBatch,
        text: str | None = None,
        *,
        id: str | None = None,
        interaction: str | None = None,
        columns: Columns = "full",
        workers: int = 1,
    ) -> pd.DataFrame | pa.Table | pa.RecordBatch:
        """Score every row of a table.

        Parameters
        ----------
        frame : DataFrame, pyarrow Table or RecordBatch, shape (n_rows, …)
            Not changed. In a chat log only customers' rows are scored; see ``speaker``.
        text : str, optional
            The text column; found by its name when not given.
        id, interaction : str, optional
            Columns for ``doc_id`` (the row number from 0 when not given) and ``interaction_id``.
        columns : {"full", "lean"}, default="full"
            ``full`` gives all input columns, then the scored table; ``lean`` the keys, labels and
            scores alone.
        workers : int, default=1
            Threads. The result does not depend on it.

        Returns
        -------
        DataFrame, Table or RecordBatch, as `frame`
            One row per row of `frame`, in order, with its index: see
            :func:`nlp_cx.schema.scored_schema`. Label columns are categorical. An input column with
            the name of a scored one is kept as ``input_<name>``.

        Raises
        ------
        InputError
            If the text column is missing, ambiguous or holds something else than text.
        """
        table = to_table(frame, text)
        roles = find_columns(table.schema, text=text, id=id, interaction=interaction)
        speakers = None
        if roles.speaker is not None:
            speakers = recognize_roles(
                table.column(roles.speaker),
                table.column(roles.text),
                table.column(roles.interaction) if roles.interaction else None,
            ).role
        starts = range(0, max(table.num_rows, 1), CHUNK_ROWS)

        def step(start: int) -> pa.RecordBatch:
            batch = one_batch(table.slice(start, CHUNK_ROWS))
            mine = None if speakers is None else speakers.slice(start, CHUNK_ROWS)
            return self.score_batch(
                batch, roles, first_row=start, columns=columns, speakers=mine
            ).scored

        scored = pa.Table.from_batches(map_batches(step, starts, workers=workers))
        if isinstance(frame, pd.DataFrame):
            return to_frame(frame, scored, columns)
        return scored if isinstance(frame, pa.Table) else one_batch(scored)

    def score_texts(self, texts: Sequence[str | None], *, workers: int = 1) -> pd.DataFrame:
        """Score texts.

        Parameters
        ----------
        texts : sequence of str or None, shape (n_texts,)
        workers : int, default=1
            Threads.

        Returns
        -------
        DataFrame, one row per text
            The scored table; ``doc_id`` is the position from 0.

        Examples
        --------
        >>> load("fast").score_texts(["客服态度太差了"])["service"].tolist()
        ['negative']
        """
        frame = pa.table({"text": TextBatch.from_strings(texts).to_arrow()})
        scored = self.score(frame, text="text", workers=workers).drop_columns(["text"])
        return scored.to_pandas()

    def evidence(
        self,
        frame_or_texts: pd.DataFrame | pa.Table | Sequence[str | None],
        text: str | None = None,
    ) -> pd.DataFrame:
        """Give the clauses that carry the labels.

        Parameters
        ----------
        frame_or_texts : DataFrame, pyarrow Table, or sequence of str or None
        text : str, optional
            The text column; found by its name when not given.

        Returns
        -------
        DataFrame, one row per labelled clause and driver
            See ``schema.EVIDENCE``; ``text[start:end] == clause`` in every row.

        Examples
        --------
        >>> rows = load("fast").evidence(["房间很干净，但是前台态度差"])
        >>> rows[["clause", "driver", "driver_polarity"]].values.tolist()
        [['房间很干净', 'product', 'positive'], ['但是前台态度差', 'service', 'negative']]
        """
        if isinstance(frame_or_texts, pd.DataFrame | pa.Table):
            table = to_table(frame_or_texts, text)
        else:
            table = pa.table({"text": TextBatch.from_strings(frame_or_texts).to_arrow()})
            text = "text"
        roles = find_columns(table.schema, text=text)
        parts = []
        for start in range(0, max(table.num_rows, 1), CHUNK_ROWS):
            batch = one_batch(table.slice(start, CHUNK_ROWS))
            result = self.score_batch(batch, roles, first_row=start, with_evidence=True)
            parts.append(result.evidence)
        return pa.Table.from_batches(parts).to_pandas()

    def segment(self, texts: Sequence[str | None]) -> pd.DataFrame:
        """Cut texts into clauses and words.

        Parameters
        ----------
        texts : sequence of str or None, shape (n_texts,)

        Returns
        -------
        DataFrame, one row per clause and per word, in text order
            See ``schema.CLAUSES``: ``doc_id, clause_index, kind, start, end, text, lang``.

        Examples
        --------
        >>> load("fast").segment(["味道好，服务差"])["text"].tolist()
        ['味道好', '味道', '好', '服务差', '服务', '差']
        """
        return segment_texts(TextBatch.from_strings(texts)).to_pandas()

    def explain(self, text: str) -> Explanation:
        """Say why a text is scored as it is.

        Parameters
        ----------
        text : str

        Returns
        -------
        Explanation
            Clauses, their labels, and what each word contributes.
        """
        from nlp_cx.explain import explain_text

        return explain_text(text, self._classifier)

    def score_batch(
        self,
        batch: pa.RecordBatch,
        roles: ColumnRoles,
        *,
        first_row: int = 0,
        columns: Columns = "full",
        with_evidence: bool = False,
        mask_pii: bool = False,
        speakers: pa.Array | None = None,
        turns: pa.Array | None = None,
    ) -> ScoredBatch:
        """Score one batch; what the command line and the engines run.

        Parameters
        ----------
        batch : RecordBatch, shape (n_rows, …)
        roles : ColumnRoles
            Which column is what.
        first_row : int, default=0
            Number of the first row, for ``doc_id``.
        columns : {"full", "lean"}
        with_evidence : bool, default=False
        mask_pii : bool, default=False
            Mask personal information in the text, before anything else sees it.
        speakers : DictionaryArray of ``schema.LABEL``, shape (n_rows,), optional
            Who wrote each row; only ``customer`` rows are scored. All rows are when not given.
        turns : Array of int32, shape (n_rows,), optional
            Positions in the conversations; the column of `roles` when not given.

        Returns
        -------
        ScoredBatch
        """
        texts = TextBatch.from_arrow(text_column(batch, roles.text, first_row))
        n_masked: dict[str, int] = {}
        if mask_pii:
            from nlp_cx.text.privacy import mask_batch

            texts, n_masked = mask_batch(texts)
            index = batch.schema.get_field_index(roles.text)
            batch = batch.set_column(index, roles.text, texts.to_arrow())
        scores = self._classifier.score(texts, is_customer(speakers))
        made = self._make_columns(batch, roles, scores, first_row, speakers, turns)
        same = {
            n
            for n, role in (("doc_id", roles.id), ("interaction_id", roles.interaction))
            if n == role
        }
        if turns is None and roles.turn == "turn":
            same.add("turn")
        scored = lay_out(batch, made, columns, same)
        evidence = self._make_evidence(texts, scores, made["doc_id"]) if with_evidence else None
        return ScoredBatch(scored, evidence, n_masked)

    def output_schema(
        self, schema: pa.Schema, roles: ColumnRoles, columns: Columns = "full"
    ) -> pa.Schema:
        """Give the schema of the scored table for an input schema.

        Parameters
        ----------
        schema : pyarrow.Schema
            Of the input.
        roles : ColumnRoles
        columns : {"full", "lean"}

        Returns
        -------
        pyarrow.Schema
        """
        empty = pa.RecordBatch.from_arrays(
            [pa.nulls(0, field.type) for field in schema], schema=schema
        )
        has_speaker = roles.speaker is not None
        speakers = label_column(np.empty(0, np.int8), ("customer",)) if has_speaker else None
        turns = pa.nulls(0, pa.int32()) if has_speaker else None
        return self.score_batch(
            empty, roles, columns=columns, speakers=speakers, turns=turns
        ).scored.schema

    def _make_columns(
        self,
        batch: pa.RecordBatch,
        roles: ColumnRoles,
        scores: Scores,
        first_row: int,
        speakers: pa.Array | None,
        turns: pa.Array | None,
    ) -> dict[str, pa.Array]:
        """Make the columns of the scored table, in schema order."""
        n = batch.num_rows
        if roles.id is not None:
            doc_id = batch.column(roles.id)
        else:
            doc_id = pa.array(np.arange(first_row, first_row + n, dtype=np.int64))
        made: dict[str, pa.Array] = {"doc_id": doc_id}
        made |= scored_columns(scores.documents, scores.languages, self.drivers)
        if speakers is not None:
            made["speaker"] = speakers
        if turns is not None:
            made["turn"] = turns
        elif roles.turn is not None:
            made["turn"] = batch.column(roles.turn)
        if roles.interaction is not None:
            made["interaction_id"] = batch.column(roles.interaction)
        made["model"] = constant_column(self.model_id, n)
        return made

    def _make_evidence(self, texts: TextBatch, scores: Scores, doc_id: pa.Array) -> pa.RecordBatch:
        """Make the evidence table of a batch."""
        clauses = self._classifier.decode_clauses(scores)
        index, driver, polarity = choose_evidence(
            scores.first_clause, scores.clause_logits, clauses, scores.documents
        )
        document = np.repeat(np.arange(len(texts)), np.diff(scores.first_clause))[index]
        starts, ends = scores.starts[index], scores.ends[index]
        offset = texts.offsets[:-1][document]
        spans = texts.spans(starts, ends)
        languages = detect_languages(texts.codes, starts, ends)
        has_driver = driver >= 0
        row = np.where(has_driver, driver, 0).astype(np.int64)
        blank = np.float32(np.nan)
        arrays = [
            doc_id.take(pa.array(document)),
            pa.array((index - scores.first_clause[:-1][document]).astype(np.int32)),
            pa.array((starts - offset).astype(np.int32)),
            pa.array((ends - offset).astype(np.int32)),
            spans.to_arrow(),
            label_column(languages, LANGUAGES),
            label_column(clauses.sentiment[index], SENTIMENTS),
            number_column(clauses.sentiment_score[index]),
            label_column(driver, self.drivers),
            label_column(polarity, POLARITIES),
            number_column(np.where(has_driver, clauses.driver_score[row, index], blank)),
            number_column(np.where(has_driver, clauses.p_driver[row, index], blank)),
        ]
        return pa.RecordBatch.from_arrays(arrays, names=list(EVIDENCE.names))


def load(model: str | os.PathLike[str] = "fast") -> FeedbackPipeline:
    """Load a model and give the pipeline that scores with it.

    Parameters
    ----------
    model : str or path, default="fast"
        Name of a shipped model, or a model folder made by training.

    Returns
    -------
    FeedbackPipeline

    Raises
    ------
    ModelError
        If it is missing, damaged or foreign.

    Examples
    --------
    >>> load("fast").drivers
    ('product', 'service', 'relationship', 'price', 'convenience', 'brand')
    """
    return FeedbackPipeline(model)
