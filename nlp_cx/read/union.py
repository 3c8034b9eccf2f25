"""One schema for several files: columns by name, types that lose nothing."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from nlp_cx.errors import InputError
from nlp_cx.read.columns import is_text

CHAT_KEYS = frozenset({"interaction_id", "created_at"})
"""Columns made by flattening chats; they become text where files differ."""


def unite_schemas(
    schemas: Sequence[tuple[str, pa.Schema]], *, is_chat: bool = False
) -> tuple[pa.Schema, list[str]]:
    """Give the schema that holds the columns of all files.

    Parameters
    ----------
    schemas : sequence of (str, Schema)
        File name and columns.
    is_chat : bool, default=False
        True where the columns of `CHAT_KEYS` were made here.

    Returns
    -------
    schema : Schema
        The columns of the first file, then those that others add. Kinds of text become string,
        whole numbers of different widths int64, whole numbers and fractions float64.
    notes : list of str
        Sentences for the user on columns that some files lack.

    Raises
    ------
    InputError
        If a column has types that do not go together.

    Examples
    --------
    >>> a, b = pa.schema([("text", pa.string())]), pa.schema([("评分", pa.int64())])
    >>> unite_schemas([("a.csv", a), ("b.jsonl", b)])[1]
    ["a.csv has no column '评分'; it is left empty there.",
     "b.jsonl has no column 'text'; it is left empty there."]
    >>> unite_schemas([("a.csv", a), ("b.jsonl", pa.schema([("text", pa.int64())]))])
    Traceback (most recent call last):
    nlp_cx.errors.InputError: column 'text' holds string in a.csv but int64 in b.jsonl. Give it
    one type, or score the files one by one.
    """
    united: dict[str, tuple[str, pa.DataType]] = {}
    for file, schema in schemas:
        for field in schema:
            first, kind = united.get(field.name, (file, field.type))
            wider = _wider(kind, field.type)
            if wider is None and is_chat and field.name in CHAT_KEYS:
                wider = pa.string()
            if wider is None:
                raise InputError(
                    f"column {field.name!r:.60} holds {kind} in {first} but {field.type} in {file}."
                    " Give it one type, or score the files one by one."
                )
            united[field.name] = first, wider
    notes = []
    for file, schema in schemas:
        lacking = [repr(name) for name in united if name not in schema.names]
        if lacking:
            columns = "column" if len(lacking) == 1 else "columns"
            left = "it is" if len(lacking) == 1 else "they are"
            listed = ", ".join(lacking[:10]) + (" ..." if len(lacking) > 10 else "")
            notes.append(f"{file} has no {columns} {listed}; {left} left empty there.")
    return pa.schema([(name, kind) for name, (_, kind) in united.items()]), notes


def align_batch(batch: pa.RecordBatch, schema: pa.Schema, file: str) -> pa.RecordBatch:
    """Give a batch of one file in the common schema; the same object where nothing differs.

    Raises
    ------
    InputError
        If a number cannot be held exactly by the common type.

    Examples
    --------
    >>> batch = pa.record_batch({"评分": pa.array([5], pa.int32())})
    >>> schema = pa.schema([("text", pa.string()), ("评分", pa.int64())])
    >>> align_batch(batch, schema, "b.parquet").to_pylist()
    [{'text': None, '评分': 5}]
    """
    if batch.schema.equals(schema):
        return batch
    columns = []
    for field in schema:
        index = batch.schema.get_field_index(field.name)
        if index < 0:
            columns.append(pa.nulls(batch.num_rows, field.type))
            continue
        try:
            columns.append(batch.column(index).cast(field.type))
        except pa.ArrowInvalid as e:
            raise InputError(
                f"{file}: column {field.name!r:.60} cannot be held as {field.type}, the type it "
                f"has with the other files ({e!s:.100}). Score the files one by one."
            ) from e
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _wider(one: pa.DataType, other: pa.DataType) -> pa.DataType | None:
    """Give the type that holds the values of both, or None."""
    if one == other or pa.types.is_null(other):
        return one
    if pa.types.is_null(one):
        return other
    if is_text(one) and is_text(other):
        return pa.string()
    if pa.types.is_integer(one) and pa.types.is_integer(other):
        return None if pa.uint64() in (one, other) else pa.int64()
    numbers = all(pa.types.is_integer(kind) or pa.types.is_floating(kind) for kind in (one, other))
    return pa.float64() if numbers else None
