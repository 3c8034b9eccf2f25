"""Tables in: which columns of a frame play a part, and what they say of every row."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from nlp_cx.errors import InputError
from nlp_cx.read.columns import ColumnRoles, find_columns
from nlp_cx.read.roles import recognize_roles
from nlp_cx.read.turns import TurnCounter
from nlp_cx.text.batch import TextBatch

_UNKNOWN_TYPE = pa.struct([])
"""Stands for the type of a column that Arrow cannot hold."""


def open_frame(
    frame: object,
    *,
    text: str | None = None,
    id: str | None = None,
    interaction: str | None = None,
) -> tuple[pa.Table, ColumnRoles]:
    """Find the columns of a frame that play a part.

    Parameters
    ----------
    frame : DataFrame, pyarrow Table or RecordBatch
    text, id, interaction : str, optional
        Columns that the user named.

    Returns
    -------
    table : Table
        Of a data frame only the columns that play a part; else all columns.
    roles : ColumnRoles

    Raises
    ------
    InputError
        If `frame` is of another kind, or a column is missing, ambiguous or holds no text.

    Examples
    --------
    >>> table, roles = open_frame(pd.DataFrame({"stars": [5, 1], "评论": ["很好", None]}))
    >>> roles.text, table.column_names
    ('评论', ['评论'])
    """
    if isinstance(frame, pd.DataFrame):
        fields = [
            pa.field(name, _type_of(frame.iloc[:, i]))
            for i, name in enumerate(frame.columns)
            if isinstance(name, str)
        ]
    elif isinstance(frame, pa.Table | pa.RecordBatch):
        fields = list(frame.schema)
    else:
        raise InputError(
            f"got {type(frame).__name__}, expected a pandas DataFrame, a pyarrow Table or "
            "RecordBatch: score a list of strings with score_texts"
        )
    counts = Counter(field.name for field in fields)
    distinct = {field.name: field for field in reversed(fields)}
    schema = pa.schema([distinct[name] for name in counts])
    roles = find_columns(schema, text=text, id=id, interaction=interaction)
    names = (roles.text, roles.id, roles.interaction, roles.speaker, roles.turn, roles.created_at)
    used = list(dict.fromkeys(name for name in names if name is not None))
    for name in used:
        if counts[name] > 1:
            raise InputError(f"{counts[name]} columns are named {name!r}: rename all but one")
    if isinstance(frame, pd.DataFrame):
        return pa.table({name: _to_arrow(frame[name]) for name in used}), roles
    return (frame if isinstance(frame, pa.Table) else pa.Table.from_batches([frame])), roles


def open_texts(texts: object) -> pa.Table:
    """Give texts as a table of one column, ``text``.

    Parameters
    ----------
    texts : sequence of str or None, or a Series of them, shape (n_texts,)

    Returns
    -------
    Table, shape (n_texts, 1)

    Raises
    ------
    InputError
        If it is one string, or holds something else than strings and None.
    """
    if isinstance(texts, str | bytes):
        raise InputError("got one string, expected a list of them: write [text]")
    if isinstance(texts, pd.Series):
        return pa.table({"text": _to_arrow(texts)})
    if not isinstance(texts, pa.Array | pa.ChunkedArray):
        texts = TextBatch.from_strings(list(texts)).to_arrow()  # type: ignore[call-overload]
    return pa.table({"text": texts})


def find_speakers(table: pa.Table, roles: ColumnRoles) -> tuple[pa.Array | None, pa.Array | None]:
    """Tell who wrote each row of a chat log, and its turn where only the order tells.

    Parameters
    ----------
    table : Table, shape (n_rows, …)
        All turns of every conversation.
    roles : ColumnRoles

    Returns
    -------
    speakers : DictionaryArray of ``schema.LABEL``, shape (n_rows,), or None
        None where the table is no chat log.
    turns : Array of int32, shape (n_rows,), or None
        None where a column says it, or nothing does.
    """
    if roles.speaker is None:
        return None, None
    interactions = None if roles.interaction is None else table.column(roles.interaction)
    speakers = recognize_roles(table.column(roles.speaker), table.column(roles.text), interactions)
    if roles.turn is not None or interactions is None:
        return speakers.role, None
    return speakers.role, TurnCounter().number(interactions)


def replace_text(batch: pa.RecordBatch, name: str, texts: TextBatch) -> pa.RecordBatch:
    """Put other texts in the place of a text column.

    Parameters
    ----------
    batch : RecordBatch, shape (n_rows, …)
    name : str
    texts : TextBatch
        n_rows texts.

    Returns
    -------
    RecordBatch
        The column keeps its type, but a dictionary becomes plain strings.
    """
    index = batch.schema.get_field_index(name)
    field = batch.schema.field(index)
    if pa.types.is_null(field.type):
        return batch
    if pa.types.is_dictionary(field.type):
        field = field.with_type(field.type.value_type)
    return batch.set_column(index, field, texts.to_arrow().cast(field.type))


def is_customer(speakers: pa.Array | None) -> npt.NDArray[np.bool_] | None:
    """Mark the rows that customers wrote; None where everybody is one."""
    if speakers is None:
        return None
    return np.asarray(pc.equal(speakers.cast(pa.string()), "customer").fill_null(False))


def read_turns(column: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Read the turns that a column holds.

    Parameters
    ----------
    column : Array or ChunkedArray, shape (n_rows,)
        Numbers, or strings of digits.

    Returns
    -------
    Array or ChunkedArray of int32, as `column`
        Null where the column holds something else than a whole number of 32 bits.

    Examples
    --------
    >>> read_turns(pa.array(["0", " 12", "last", None])).to_pylist()
    [0, 12, None, None]
    """
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = pc.utf8_trim_whitespace(column)
        is_turn = pc.match_substring_regex(column, "^[0-9]{1,9}$")
    elif pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        is_turn = pc.and_(pc.less(column, 2**31), pc.greater_equal(column, -(2**31)))
    else:
        is_turn = pa.scalar(False)
    kept = pc.if_else(is_turn, column, pa.scalar(None, column.type))
    return kept.cast(pa.int32(), safe=False)


def _type_of(column: pd.Series[Any]) -> pa.DataType:
    """Tell the Arrow type of a column; of Python objects by the first of them."""
    sample = column.iloc[:0]
    if column.dtype == object:
        sample = column[column.notna()].iloc[:1]
        if sample.empty:
            return pa.string()
    try:
        return pa.array(sample, from_pandas=True).type
    except (pa.ArrowException, TypeError, ValueError):
        return _UNKNOWN_TYPE


def _to_arrow(column: pd.Series[Any]) -> pa.Array | pa.ChunkedArray:
    """Convert a column; one without any value counts as text."""
    try:
        array = pa.array(column, from_pandas=True)
    except (pa.ArrowException, TypeError, ValueError) as e:
        raise InputError(
            f"column {column.name!r} mixes types ({e}): convert it with .astype('string')"
        ) from e
    return array.cast(pa.string()) if pa.types.is_null(array.type) else array
