"""Score Spark data frames."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from nlp_cx.classify.columns import label_column
from nlp_cx.engine.batches import Step
from nlp_cx.engine.spark import SparkEngine
from nlp_cx.errors import DataWarning, InputError
from nlp_cx.pipeline import load
from nlp_cx.read.columns import ColumnRoles, find_columns
from nlp_cx.read.roles import recognize_roles
from nlp_cx.schema import SPEAKERS
from nlp_cx.tables import Columns

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

MOST_SPEAKERS = 1_000
"""Different speaker values that are told one by one."""


def score_spark(
    dataframe: DataFrame,
    text: str | None = None,
    *,
    id: str | None = None,
    interaction: str | None = None,
    columns: Columns = "full",
    model: str | os.PathLike[str] = "fast",
) -> DataFrame:
    """Score every row of a Spark data frame on its workers.

    Parameters
    ----------
    dataframe : pyspark.sql.DataFrame
        Not changed. In a chat log only customers' rows are scored; see Notes.
    text, id, interaction : str, optional
        Columns, as for :meth:`nlp_cx.pipeline.FeedbackPipeline.score`. There must be an id: rows
        have no numbers on Spark.
    columns : {"full", "lean"}, default="full"
    model : str or path, default="fast"
        Name of a shipped model, or a model folder that every worker can read.

    Returns
    -------
    pyspark.sql.DataFrame, one row per row of `dataframe`
        The values that `FeedbackPipeline.score` gives; labels are strings.

    Raises
    ------
    MissingDependencyError
        If pyspark is not installed.
    InputError
        If there is no id, the text column is missing, ambiguous or holds something else than text,
        or there are more than 1,000 different speakers.
    ModelError
        If the model is missing, damaged or foreign.

    Warns
    -----
    DataWarning
        If there are speakers of unknown role: their rows are not scored.

    Notes
    -----
    Workers see parts of conversations, so a speaker's role is told by the value alone (``客服03``),
    for which the different values are collected first, and turns are not numbered. Bare names need
    a column that says ``customer`` or ``agent``.
    """
    engine = SparkEngine()
    schema = engine.read_schema(dataframe)
    roles = find_columns(schema, text=text, id=id, interaction=interaction)
    if roles.id is None:
        raise InputError(
            f"no column is named like an id ({', '.join(map(repr, schema.names))}), and rows have "
            "no numbers on Spark: name one with id="
        )
    speakers = () if roles.speaker is None else _find_speakers(dataframe, roles.speaker)
    step = ScoreStep(os.fspath(model), replace(roles, notes=()), columns, speakers)
    return engine.map_table(step, dataframe)


@dataclass(frozen=True, slots=True)
class ScoreStep:
    """Makes a step that scores batches; small to pickle, equal if it scores alike.

    Parameters
    ----------
    model : str
    roles : ColumnRoles
    columns : {"full", "lean"}
    speakers : tuple of (value, role)
        Empty where there are none.
    """

    model: str
    roles: ColumnRoles
    columns: Columns = "full"
    speakers: tuple[tuple[str, str], ...] = ()

    def __call__(self) -> Step:
        """Load the model.

        Returns
        -------
        callable
            From a batch to its scored table.
        """
        pipeline = load(self.model)
        speaker, role_of = self.roles.speaker, dict(self.speakers)

        def step(batch: pa.RecordBatch) -> pa.RecordBatch:
            speakers = None if speaker is None else _tell(batch.column(speaker), role_of)
            return pipeline.score_batch(
                batch, self.roles, columns=self.columns, speakers=speakers
            ).scored

        return step


def _find_speakers(dataframe: DataFrame, speaker: str) -> tuple[tuple[str, str], ...]:
    """Tell the roles of the different speaker values, each by itself."""
    name = speaker.replace("`", "``")
    rows = dataframe.selectExpr(f"cast(`{name}` as string)").distinct().limit(MOST_SPEAKERS + 1)
    values = sorted(row[0] for row in rows.collect() if row[0] is not None)
    if len(values) > MOST_SPEAKERS:
        raise InputError(
            f"column {speaker!r} holds more than {MOST_SPEAKERS:,} different speakers, expected "
            "roles: add a column that says customer, agent or bot, and name it 'speaker'"
        )
    table = recognize_roles(values, None, list(range(len(values))))
    roles = table.role.to_pylist()
    unknown = [value for value, role in zip(values, roles, strict=True) if role == "unknown"]
    if unknown:
        warnings.warn(
            f"{len(unknown)} speakers of unknown role are not scored ({', '.join(unknown[:5])}): "
            f"write customer or agent into column {speaker!r}",
            DataWarning,
            stacklevel=3,
        )
    return tuple(zip(values, roles, strict=True))


def _tell(values: pa.Array, role_of: Mapping[str, str]) -> pa.DictionaryArray:
    """Give the roles of a column of speaker values."""
    places = pc.index_in(values.cast(pa.string()), pa.array(list(role_of), pa.string()))
    roles = [*role_of.values(), "unknown"]
    codes = np.array([SPEAKERS.index(role) for role in roles], np.int8)
    return label_column(codes[places.fill_null(-1).to_numpy()], SPEAKERS)
