"""From texts to the scored table: the object that the command line and other programs use."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import pandas as pd
import pyarrow as pa

from nlp_cx.classify.classifier import Classifier, load_classifier
from nlp_cx.engine.batches import empty_batch
from nlp_cx.engine.local import LocalEngine
from nlp_cx.frames import (
    find_speakers,
    open_frame,
    open_texts,
)
from nlp_cx.read.columns import ColumnRoles
from nlp_cx.scoring import ScoredBatch, find_evidence, score_batch, score_table
from nlp_cx.tables import Columns, find_shared, lay_out, lay_out_frame, one_batch
from nlp_cx.taxonomy import Taxonomy
from nlp_cx.text.batch import TextBatch
from nlp_cx.text.segments import segment_texts

if TYPE_CHECKING:
    from nlp_cx.explain import Explanation

__all__ = ["CHUNK_ROWS", "FeedbackPipeline", "ScoredBatch", "load"]

Frame = TypeVar("Frame")
"""A pandas DataFrame, a pyarrow Table or a RecordBatch."""

CHUNK_ROWS = 16_384
"""Rows that are scored at a time; results do not depend on it."""


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
    >>> frame = pd.DataFrame({"review": ["味道很好，就是太贵了", "Three weeks to arrive!", None]})
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
        """Label ids of the model's taxonomy, in the order of the columns."""
        return self._classifier.drivers

    @property
    def taxonomy(self) -> Taxonomy:
        """The taxonomy that the model was trained with."""
        return self._classifier.taxonomy

    @property
    def card(self) -> dict[str, Any]:
        """What the model folder says of the model: ``model.json``, metrics among it."""
        return dict(self._classifier.spec)

    @property
    def has_sentiment(self) -> bool:
        """Whether the model was taught sentiment."""
        return "sentiment" in self._classifier.learned

    @property
    def has_polarity(self) -> bool:
        """Whether the model was taught polarities, not mentions alone."""
        return "polarity" in self._classifier.learned

    def score(
        self,
        frame: Frame,
        text: str | None = None,
        *,
        id: str | None = None,
        interaction: str | None = None,
        columns: Columns = "full",
        workers: int = 1,
    ) -> Frame:
        """Score every row of a table.

        Parameters
        ----------
        frame : DataFrame, pyarrow Table or RecordBatch, shape (n_rows, …)
            Not changed. In a chat log only customers' rows are scored; see ``speaker``.
        text : str, optional
            The text column; found by its name when not given.
        id, interaction : str, optional
            Columns for ``doc_id`` and ``interaction_id``; found by their names when not given.
            Without an id, ``doc_id`` is the row number from 0.
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
        table, roles = open_frame(frame, text=text, id=id, interaction=interaction)
        shared = find_shared(roles, table.schema)
        made = score_table(self._classifier, table, roles, LocalEngine(workers, CHUNK_ROWS))
        if isinstance(frame, pd.DataFrame):
            return lay_out_frame(frame, made, shared, columns)  # type: ignore[return-value]
        scored = lay_out(table, made, shared, columns)
        return scored if isinstance(frame, pa.Table) else one_batch(scored)

    def score_texts(self, texts: Sequence[str | None], *, workers: int = 1) -> pd.DataFrame:
        """Score texts.

        Parameters
        ----------
        texts : sequence of str or None, or a Series of them, shape (n_texts,)
        workers : int, default=1
            Threads.

        Returns
        -------
        DataFrame, one row per text
            The scored table; ``doc_id`` is the position from 0.

        Raises
        ------
        InputError
            If `texts` is a single string, or holds something else than strings and None.

        Examples
        --------
        >>> load("fast").score_texts(["客服态度太差了"])["service"].tolist()
        ['negative']
        """
        table = open_texts(texts)
        engine = LocalEngine(workers, CHUNK_ROWS)
        made = score_table(self._classifier, table, ColumnRoles("text"), engine)
        return lay_out_frame(pd.DataFrame(index=range(table.num_rows)), made, {}, "full")

    def evidence(
        self,
        frame_or_texts: pd.DataFrame | pa.Table | pa.RecordBatch | Sequence[str | None],
        text: str | None = None,
        *,
        id: str | None = None,
        interaction: str | None = None,
    ) -> pd.DataFrame:
        """Give the clauses that carry the labels.

        Parameters
        ----------
        frame_or_texts : DataFrame, pyarrow Table or RecordBatch, or sequence of str or None
        text, id, interaction : str, optional
            Columns of a table, as for `score`.

        Returns
        -------
        DataFrame, one row per labelled clause and driver, in text order
            See ``schema.EVIDENCE``; ``text[start:end] == clause`` in every row.

        Raises
        ------
        InputError
            As `score` and `score_texts`.

        Examples
        --------
        >>> rows = load("fast").evidence(["房间很干净，但是前台态度差"])
        >>> rows[["clause", "driver", "driver_polarity"]].values.tolist()
        [['房间很干净', 'product', 'positive'], ['但是前台态度差', 'service', 'negative']]
        """
        if isinstance(frame_or_texts, pd.DataFrame | pa.Table | pa.RecordBatch):
            table, roles = open_frame(frame_or_texts, text=text, id=id, interaction=interaction)
        else:
            table, roles = open_texts(frame_or_texts), ColumnRoles("text")
        engine = LocalEngine(chunk_rows=CHUNK_ROWS)
        return find_evidence(self._classifier, table, roles, engine)

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
        column = open_texts(texts).column("text")
        return segment_texts(TextBatch.from_arrow(column)).to_pandas()

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
            Mask personal information in the text, before anything else sees it, and in all other
            columns that are carried; see :func:`nlp_cx.masking.mask_table`.
        speakers : DictionaryArray of ``schema.LABEL``, shape (n_rows,), optional
            Who wrote each row; only ``customer`` rows are scored. All rows are when not given.
        turns : Array of int32, shape (n_rows,), optional
            Positions in the conversations; the column of `roles` when not given.

        Returns
        -------
        ScoredBatch
        """
        return score_batch(
            self._classifier,
            batch,
            roles,
            first_row=first_row,
            columns=columns,
            with_evidence=with_evidence,
            mask_pii=mask_pii,
            speakers=speakers,
            turns=turns,
        )

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
        empty = empty_batch(schema)
        speakers, turns = find_speakers(pa.Table.from_batches([empty]), roles)
        return self.score_batch(
            empty, roles, columns=columns, speakers=speakers, turns=turns
        ).scored.schema


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
