"""Run a step on the workers of a Spark cluster."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from nlp_cx.engine.batches import Step, StepFactory, empty_batch
from nlp_cx.errors import InputError, MissingDependencyError, SchemaError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_ARROW_TYPES = {
    "string": pa.string(),
    "char": pa.string(),
    "varchar": pa.string(),
    "byte": pa.int8(),
    "short": pa.int16(),
    "integer": pa.int32(),
    "long": pa.int64(),
    "float": pa.float32(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", "UTC"),
}
"""By Spark's name; columns of other types are carried through, and look like bytes beforehand."""

_ORIGIN = b"spark"
"""Field metadata that names the column which is carried through."""


@dataclass(frozen=True, slots=True)
class SparkEngine:
    """Run steps over Spark data frames, batch by batch in Arrow's form.

    Notes
    -----
    nlp_cx, and the model where it is not a shipped one, must be there on every worker. The step is
    made once in the driver, which tells the schema of its result, and once in each Python worker.
    Like all of Spark it is lazy: nothing is computed before the result is asked for.
    """

    def map_table(self, make_step: StepFactory, table: DataFrame) -> DataFrame:
        """Apply a step to every batch of a data frame; see `nlp_cx.engine.batches.Engine`.

        Parameters
        ----------
        make_step : callable
            Picklable. Columns that its step carries through keep their field, metadata included.
        table : pyspark.sql.DataFrame

        Returns
        -------
        pyspark.sql.DataFrame
            Dictionary columns, which Spark does not have, are plain ones.

        Raises
        ------
        MissingDependencyError
            If pyspark is not installed.
        InputError
            If `table` is no Spark data frame.
        SchemaError
            If the step makes a column of a type that Spark does not have.
        """
        schema = self.read_schema(table)
        result = _spark_schema(make_step()(empty_batch(schema)).schema, table)

        def run(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            step = _make_once(make_step)
            for batch in batches:
                yield plain_batch(step(batch))

        return table.mapInArrow(run, result)

    def read_schema(self, table: DataFrame) -> pa.Schema:
        """Give the Arrow schema of a data frame.

        Parameters
        ----------
        table : pyspark.sql.DataFrame

        Returns
        -------
        Schema
            Columns of rarer types look like bytes.

        Raises
        ------
        MissingDependencyError, InputError
            As `map_table`.
        """
        try:
            import pyspark  # noqa: F401
        except ImportError as e:
            raise MissingDependencyError(
                "Spark needs pyspark, which is not installed: pip install 'nlp_cx[spark]'"
            ) from e
        if not hasattr(table, "mapInArrow"):
            raise InputError(
                f"got {type(table).__name__}, expected a Spark data frame: other tables are scored "
                "without Spark"
            )
        return pa.schema(
            pa.field(
                field.name,
                _ARROW_TYPES.get(field.dataType.typeName(), pa.binary()),
                metadata={_ORIGIN: field.name},
            )
            for field in table.schema
        )


def plain_batch(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Take the dictionaries of a batch apart.

    Parameters
    ----------
    batch : RecordBatch

    Returns
    -------
    RecordBatch

    Examples
    --------
    >>> batch = pa.record_batch({"label": pa.array(["a", None, "a"]).dictionary_encode()})
    >>> plain_batch(batch).schema.field("label").type
    DataType(string)
    """
    fields = [field.with_type(_plain_type(field.type)) for field in batch.schema]
    return batch.cast(pa.schema(fields))


def _plain_type(type_: pa.DataType) -> pa.DataType:
    """Give the type of the values."""
    return type_.value_type if pa.types.is_dictionary(type_) else type_


def _spark_schema(schema: pa.Schema, table: DataFrame) -> Any:
    """Give Spark's schema of a result: its own fields for what is carried through."""
    from pyspark.sql import types

    made = {
        pa.string(): types.StringType(),
        pa.int32(): types.IntegerType(),
        pa.int64(): types.LongType(),
        pa.float32(): types.FloatType(),
        pa.float64(): types.DoubleType(),
        pa.bool_(): types.BooleanType(),
    }
    fields = []
    for field in schema:
        origin = (field.metadata or {}).get(_ORIGIN)
        type_ = _plain_type(field.type)
        if origin is not None:
            type_ = table.schema[origin.decode()].dataType
        elif type_ in made:
            type_ = made[type_]
        else:
            raise SchemaError(
                f"column {field.name!r} has type {type_}, expected one of "
                f"{', '.join(map(str, made))} on Spark"
            )
        fields.append(types.StructField(field.name, type_))
    return types.StructType(fields)


@lru_cache(maxsize=4)
def _make_once(make_step: StepFactory) -> Step:
    """Make a step, or give the one that this worker made for an earlier part of the data."""
    return make_step()
