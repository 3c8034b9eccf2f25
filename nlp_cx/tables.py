"""Tables in, tables out: how frames become batches, and how scored columns are laid beside them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa

from nlp_cx.errors import InputError
from nlp_cx.schema import scored_schema

Columns = Literal["full", "lean"]

KEYS = ("doc_id", "interaction_id", "speaker", "turn")


def to_table(frame: pd.DataFrame | pa.Table | pa.RecordBatch, text: str | None) -> pa.Table:
    """Give a frame as an Arrow table; of a data frame only the columns that may have a role."""
    if isinstance(frame, pa.Table):
        return frame
    if isinstance(frame, pa.RecordBatch):
        return pa.Table.from_batches([frame])
    if not isinstance(frame, pd.DataFrame):
        raise InputError(
            f"got {type(frame).__name__}; expected a pandas DataFrame, a pyarrow Table or "
            "RecordBatch. Use score_texts for a list of strings."
        )
    if text is not None and text not in frame.columns:
        raise InputError(
            f"no column {text!r}; the frame has {', '.join(map(repr, frame.columns))}."
        )
    arrays = {}
    for name in frame.columns:
        if not isinstance(name, str):
            continue
        try:
            arrays[name] = pa.array(frame[name], from_pandas=True)
        except (pa.ArrowInvalid, pa.ArrowTypeError) as e:
            if name == text:
                raise InputError(f"column {name!r} does not hold text alone: {e}") from e
    return pa.table(arrays)


def text_column(batch: pa.RecordBatch, name: str, first_row: int) -> pa.Array:
    """Take the text column out of a batch, or say what is wrong with it."""
    column = batch.column(name)
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if pa.types.is_null(kind) or pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return column
    if pa.types.is_string_view(kind):
        return column
    raise InputError(
        f"column {name!r} holds {kind}, expected text (rows from {first_row}). "
        "Name the text column, or convert it to strings."
    )


def is_customer(speakers: pa.Array | None) -> np.ndarray[Any, np.dtype[np.bool_]] | None:
    """Mark the rows that customers wrote; None where everybody is one."""
    if speakers is None:
        return None
    names = speakers.dictionary.to_pylist()
    codes = speakers.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return np.asarray(codes == (names.index("customer") if "customer" in names else -2))


def lay_out(
    batch: pa.RecordBatch, made: dict[str, pa.Array], columns: Columns, same: Collection[str]
) -> pa.RecordBatch:
    """Put input and scored columns in order.

    Parameters
    ----------
    batch : RecordBatch
        The input.
    made : dict of str to Array
        Columns of the scored table.
    columns : {"full", "lean"}
    same : collection of str
        Scored columns that are the input column of that name: kept once.

    Returns
    -------
    RecordBatch
        Full: all input columns in their order, one that a scored column would hide renamed to
        ``input_<name>``, then the scored table. Lean: keys, labels and scores.
    """
    ordered = [name for name in scored_schema().names if name in made]
    if columns == "lean":
        names = [name for name in KEYS if name in made]
        names += [name for name in ordered if name not in KEYS and not name.startswith("p_")]
        return pa.RecordBatch.from_arrays([made[name] for name in names], names=names)
    taken = {*batch.schema.names, *ordered}
    kept, arrays = [], []
    for name, array in zip(batch.schema.names, batch.columns, strict=True):
        if name in same:
            continue
        free = name
        while free in made or (free != name and free in taken):
            free = f"input_{free}"
        taken.add(free)
        kept.append(free)
        arrays.append(array)
    arrays += [made[name] for name in ordered]
    return pa.RecordBatch.from_arrays(arrays, names=[*kept, *ordered])


def one_batch(table: pa.Table) -> pa.RecordBatch:
    """Give a table as one record batch, also when it has no rows."""
    batches = table.combine_chunks().to_batches()
    if batches:
        return batches[0]
    return pa.RecordBatch.from_arrays(
        [pa.nulls(0, field.type) for field in table.schema], schema=table.schema
    )


def to_frame(frame: pd.DataFrame, scored: pa.Table, columns: Columns) -> pd.DataFrame:
    """Lay scored columns beside the columns of a data frame, whose index and types stay.

    Parameters
    ----------
    frame : DataFrame, shape (n_rows, …)
        The input.
    scored : Table, shape (n_rows, …)
        From `lay_out`, for the columns of `frame` that Arrow can hold.
    columns : {"full", "lean"}

    Returns
    -------
    DataFrame, shape (n_rows, …)
    """
    names = set(scored_schema().names)
    made = [name for name in scored.column_names if name in names]
    result = scored.select(made).to_pandas()
    result.index = frame.index
    if columns == "lean":
        return result
    renamed = {}
    taken = {*frame.columns, *made}
    same = {
        name
        for name in made
        if name in frame.columns and f"input_{name}" not in scored.column_names
    }
    for name in frame.columns:
        free = name
        while isinstance(free, str) and (free in made or (free != name and free in taken)):
            free = f"input_{free}"
        taken.add(free)
        renamed[name] = free
    kept = frame.drop(columns=list(same)).rename(columns=renamed)
    return pd.concat([kept, result], axis=1)
