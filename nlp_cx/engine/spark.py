"""Run a table step on Spark, batch by batch, through Arrow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

import pyarrow as pa

from nlp_cx.errors import MissingDependencyError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

Step = Callable[[pa.RecordBatch], pa.RecordBatch]


def map_table(dataframe: DataFrame, make_step: Callable[[], Step], schema: pa.Schema) -> DataFrame:
    """Apply a step to every batch of a Spark data frame.

    Parameters
    ----------
    dataframe : pyspark.sql.DataFrame
        Not changed.
    make_step : callable
        Makes the step; called once for each task, so that a model is loaded there and not sent.
        It must be picklable.
    schema : pyarrow.Schema
        Of what the step gives.

    Returns
    -------
    pyspark.sql.DataFrame
        Lazy, like every Spark data frame. Dictionary columns are plain strings.

    Raises
    ------
    MissingDependencyError
        If pyspark is not installed.
    """
    try:
        from pyspark.sql.pandas.types import from_arrow_schema
    except ImportError as e:
        raise MissingDependencyError(
            "pyspark is not installed; run: pip install 'nlp_cx[spark]'"
        ) from e
    plain = _without_dictionaries(schema)

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        step = make_step()
        for batch in batches:
            yield step(batch).cast(plain)

    return dataframe.mapInArrow(run, from_arrow_schema(plain))


def _without_dictionaries(schema: pa.Schema) -> pa.Schema:
    """Give the schema with the values of dictionaries in their place, as Spark needs it."""
    fields = []
    for field in schema:
        kind = field.type
        fields.append(
            pa.field(field.name, kind.value_type if pa.types.is_dictionary(kind) else kind)
        )
    return pa.schema(fields)
