"""Score a Spark data frame."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

import pyarrow as pa

from nlp_cx.engine.spark import Step, map_table
from nlp_cx.errors import InputError, MissingDependencyError
from nlp_cx.pipeline import FeedbackPipeline, load
from nlp_cx.read.columns import ColumnRoles, find_columns
from nlp_cx.tables import Columns

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def score_spark(
    dataframe: DataFrame,
    text: str | None = None,
    *,
    id: str | None = None,
    interaction: str | None = None,
    columns: Columns = "full",
    model: str | os.PathLike[str] = "fast",
) -> DataFrame:
    """Score every row of a Spark data frame.

    Parameters
    ----------
    dataframe : pyspark.sql.DataFrame
        Not changed. Of chats, give the customers' rows alone: who wrote a row is told from whole
        conversations, which Spark may have anywhere.
    text : str, optional
        The text column; found by its name when not given.
    id, interaction : str, optional
        Columns for ``doc_id`` and ``interaction_id``; found by their names when not given. There
        must be an id: rows have no numbers on Spark.
    columns : {"full", "lean"}, default="full"
        As for :meth:`nlp_cx.pipeline.FeedbackPipeline.score`.
    model : str or path, default="fast"
        A name, or a folder that every worker can read.

    Returns
    -------
    pyspark.sql.DataFrame
        The same values as `FeedbackPipeline.score` gives; label columns are strings.

    Raises
    ------
    InputError
        If a column is missing or ambiguous, or there is no id.
    MissingDependencyError
        If pyspark is not installed.
    """
    try:
        from pyspark.sql.pandas.types import to_arrow_schema
    except ImportError as e:
        raise MissingDependencyError(
            "pyspark is not installed; run: pip install 'nlp_cx[spark]'"
        ) from e
    schema = to_arrow_schema(dataframe.schema)
    roles = find_columns(schema, text=text, id=id, interaction=interaction)
    if roles.id is None:
        raise InputError("no column is an id; expected one on Spark. Name it with id=.")
    roles = replace(roles, speaker=None)
    scored = load(model).output_schema(schema, roles, columns)
    return map_table(dataframe, ScoreStep(os.fspath(model), roles, columns), scored)


@dataclass(frozen=True)
class ScoreStep:
    """Makes the step that scores a batch; pickles to names alone."""

    model: str
    roles: ColumnRoles
    columns: Columns

    def __call__(self) -> Step:
        """Load the model, once for each worker process."""
        pipeline = _load_once(self.model)

        def step(batch: pa.RecordBatch) -> pa.RecordBatch:
            return pipeline.score_batch(batch, self.roles, columns=self.columns).scored

        return step


@cache
def _load_once(model: str) -> FeedbackPipeline:
    """Keep the model between tasks of one worker process."""
    return load(model)
