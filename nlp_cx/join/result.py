"""The rows of a join, in the types that the user gave them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
import pyarrow as pa

from nlp_cx.column_roles import read_roles, set_roles
from nlp_cx.errors import JoinError
from nlp_cx.join.assembly import Assembly
from nlp_cx.join.duck import Engine
from nlp_cx.join.summary import JoinSummary
from nlp_cx.schema import TableSchema

_BATCH_ROWS = 65_536
_NULLABLE = {
    pa.bool_(): pd.BooleanDtype(),
    pa.int8(): pd.Int8Dtype(),
    pa.int16(): pd.Int16Dtype(),
    pa.int32(): pd.Int32Dtype(),
    pa.int64(): pd.Int64Dtype(),
    pa.uint8(): pd.UInt8Dtype(),
    pa.uint16(): pd.UInt16Dtype(),
    pa.uint32(): pd.UInt32Dtype(),
    pa.uint64(): pd.UInt64Dtype(),
}


def find_schema(engine: Engine, made: Assembly, roles: Mapping[str, str]) -> pa.Schema:
    """Give the schema of the result.

    Parameters
    ----------
    engine : Engine
    made : Assembly
    roles : mapping of str to str

    Returns
    -------
    pyarrow.Schema
        With the user's types where they are kept, and column roles in the metadata.
    """
    plain = engine.table(f"{made.select()} LIMIT 0").schema
    fields = [
        pa.field(name, made.types.get(name, field.type))
        for name, field in zip(made.columns, plain, strict=True)
    ]
    table = pa.schema(fields).empty_table()
    return (set_roles(table, roles) if roles else table).schema


def read_batches(
    engine: Engine, made: Assembly, schema: pa.Schema, summary: JoinSummary
) -> Iterator[pa.RecordBatch]:
    """Give the rows in order.

    Parameters
    ----------
    engine : Engine
    made : Assembly
    schema : pyarrow.Schema
    summary : JoinSummary

    Yields
    ------
    pyarrow.RecordBatch

    Raises
    ------
    JoinError
        At the end, if there were not as many rows as the summary says.
    """
    n = 0
    for batch in engine.stream(f"{made.select()} ORDER BY {made.order()}", _BATCH_ROWS):
        n += batch.num_rows
        columns = [
            _cast(column, kind) for column, kind in zip(batch.columns, schema.types, strict=True)
        ]
        yield pa.RecordBatch.from_arrays(columns, schema=schema)
    if n != summary.n_rows:
        raise JoinError(
            f"{n:,} rows were given, expected {summary.n_rows:,}. This is a bug in nlp_cx; please "
            "report it."
        )


def to_frame(
    table: pa.Table,
    schema: TableSchema,
    sources: Mapping[str, tuple[str, str]],
    frames: Mapping[str, Any],
) -> pd.DataFrame:
    """Give the rows as a data frame.

    Parameters
    ----------
    table : Table
    schema : TableSchema
        Of the experience: its counts are ``Int32`` whether or not any is missing.
    sources : mapping of str to (str, str)
        Table and column of columns that are as they were.
    frames : mapping of str to any
        The tables: categories of data frames come back.

    Returns
    -------
    DataFrame
        Whole numbers and truth values beside missing ones are ``Int64``, ``boolean``.
    """
    counts = {c.name for c in schema.columns if c.type == pa.int32() and c.missing}
    columns = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        is_nullable = column.null_count > 0 or name in counts
        columns[name] = column.to_pandas(types_mapper=_NULLABLE.get if is_nullable else None)
        place, source = sources.get(name, ("", ""))
        frame = frames.get(place)
        if isinstance(frame, pd.DataFrame) and isinstance(frame[source].dtype, pd.CategoricalDtype):
            columns[name] = columns[name].astype(frame[source].dtype)
    ox = pd.DataFrame(columns)
    roles = read_roles(table)
    return set_roles(ox, roles) if roles else ox


def _cast(column: pa.Array, kind: pa.DataType) -> pa.Array:
    """Give a column its type; times without a zone are UTC where they are to have one."""
    if column.type == kind:
        return column
    if pa.types.is_timestamp(kind) and kind.tz is not None and column.type.tz is None:
        column = column.cast(pa.timestamp(column.type.unit, "UTC"))
    return column.cast(kind)
