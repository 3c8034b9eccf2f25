"""Tables out: how scored columns are laid beside the columns of the input."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import pandas as pd
import pyarrow as pa

from nlp_cx.errors import InputError
from nlp_cx.read.columns import ColumnRoles
from nlp_cx.schema import scored_schema
from nlp_cx.taxonomy import Label, Taxonomy

Columns = Literal["full", "lean"]

KEYS = ("doc_id", "interaction_id", "speaker", "turn")
"""Columns that a lean table begins with."""

_EXTENSION_TYPES = {pa.bool_(): pd.BooleanDtype(), pa.int32(): pd.Int32Dtype()}
"""So that a missing value changes no type."""

Made = dict[str, Any]
"""Columns of the scored table by name, as Arrow arrays."""


def choose_names(made: Iterable[str], columns: str) -> list[str]:
    """List the columns of a scored table, in order.

    Parameters
    ----------
    made : iterable of str
        Those there are.
    columns : {"full", "lean"}
        ``full``: all, in schema order; ``lean``: keys, labels and scores.

    Returns
    -------
    list of str

    Raises
    ------
    InputError
        If `columns` is neither.

    Examples
    --------
    >>> choose_names(["doc_id", "p_negative", "turn", "sentiment"], "lean")
    ['doc_id', 'turn', 'sentiment']
    """
    if columns not in ("full", "lean"):
        raise InputError(f"columns is {columns!r}, expected 'full' or 'lean'")
    listed = list(made)
    there = set(listed)
    labels = tuple(
        Label(name, name, name, "") for name in listed if f"p_{name}" in there
    )  # of the model's taxonomy, in its order
    schema = scored_schema(Taxonomy("", "", labels)) if labels else scored_schema()
    ordered = [name for name in schema.names if name in there]
    if columns == "full":
        return ordered
    shown = [name for name in ordered if name not in KEYS and not name.startswith("p_")]
    return [name for name in KEYS if name in there] + shown


def find_shared(roles: ColumnRoles, schema: pa.Schema) -> dict[str, str]:
    """List the scored columns that are columns of the input.

    Parameters
    ----------
    roles : ColumnRoles
    schema : Schema
        Of the input.

    Returns
    -------
    dict of str to str
        Input column by scored column: keys as the user has them.
    """
    shared = {"doc_id": roles.id, "interaction_id": roles.interaction}
    if roles.turn is not None and schema.field(roles.turn).type == pa.int32():
        shared["turn"] = roles.turn
    return {name: source for name, source in shared.items() if source is not None}


def lay_out(
    table: pa.Table | pa.RecordBatch, made: Made, shared: dict[str, str], columns: Columns
) -> Any:
    """Lay scored columns beside the input.

    Parameters
    ----------
    table : Table or RecordBatch, shape (n_rows, …)
        The input.
    made : dict of str to Array, shape (n_rows,)
        Scored columns that are not in the input.
    shared : dict of str to str
        From `find_shared`.
    columns : {"full", "lean"}

    Returns
    -------
    Table or RecordBatch, as `table`
        Full: all input columns in their order, as they are, then the scored table. An input column
        that a scored one would hide is named ``input_<name>``; one that is the scored column of
        its name is there once. Lean: keys, labels and scores.
    """
    names = choose_names([*made, *shared], columns)
    arrays, fields = [], []
    for name in names:
        if name in shared:
            arrays.append(table.column(shared[name]))
            fields.append(table.schema.field(shared[name]).with_name(name))
        else:
            arrays.append(made[name])
            fields.append(pa.field(name, made[name].type))
    if columns == "lean":
        return type(table).from_arrays(arrays, schema=pa.schema(fields))
    kept = _name_kept(table.schema.names, names, shared)
    arrays = [table.column(i) for i in kept] + arrays
    fields = [table.schema.field(i).with_name(name) for i, name in kept.items()] + fields
    return type(table).from_arrays(arrays, schema=pa.schema(fields, table.schema.metadata))


def lay_out_frame(
    frame: pd.DataFrame, made: Made, shared: dict[str, str], columns: Columns
) -> pd.DataFrame:
    """Lay scored columns beside a data frame, whose index and types stay.

    Parameters
    ----------
    frame : DataFrame, shape (n_rows, …)
        The input.
    made : dict of str to Array, shape (n_rows,)
        Scored columns that are not in the input.
    shared : dict of str to str
        From `find_shared`.
    columns : {"full", "lean"}

    Returns
    -------
    DataFrame, shape (n_rows, …)
        As `lay_out` does it. Label columns are categorical, ``mixed`` is ``boolean`` and ``turn``
        is ``Int32``, whether or not any value is missing.
    """
    names = choose_names([*made, *shared], columns)
    table = pa.table({name: made[name] for name in names if name not in shared})
    result = table.to_pandas(types_mapper=_EXTENSION_TYPES.get).set_axis(frame.index)
    for name, source in shared.items():
        result[name] = frame[source]
    result = result[names]
    if columns == "lean":
        return result
    kept = _name_kept(list(frame.columns), names, shared)
    beside = frame.iloc[:, list(kept)].set_axis(list(kept.values()), axis=1)
    return pd.concat([beside, result], axis=1)


def one_batch(table: pa.Table) -> pa.RecordBatch:
    """Give a table of the size of a batch as one record batch, also when it has no rows.

    Parameters
    ----------
    table : Table

    Returns
    -------
    RecordBatch

    Raises
    ------
    pyarrow.ArrowInvalid
        If a column of strings does not fit into one array of its type (2 GB).
    """
    arrays = [
        pa.concat_arrays(column.chunks) if column.num_chunks else pa.nulls(0, column.type)
        for column in table.columns
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=table.schema)


def _name_kept(names: list[Any], made: list[str], shared: dict[str, str]) -> dict[int, Any]:
    """Give the position and the name in the output of every input column that is kept."""
    taken = {*names, *made}
    kept: dict[int, Any] = {}
    for i, name in enumerate(names):
        if name in made and shared.get(name) == name:
            continue
        free = name
        while free in made or (free != name and free in taken):
            free = f"input_{free}"
        taken.add(free)
        kept[i] = free
    return kept
