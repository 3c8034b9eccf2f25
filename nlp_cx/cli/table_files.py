"""Small and middling tables from and to files: data frames with their roles and notes."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from nlp_cx.column_roles import read_roles, set_roles
from nlp_cx.errors import DataWarning, OutputError
from nlp_cx.read.table_file import read_arrow
from nlp_cx.write.group import SinkGroup
from nlp_cx.write.sink import open_sink
from nlp_cx.write.target import check_target

_ATTRS = b"PANDAS_ATTRS"
"""Where pandas itself keeps ``attrs`` in parquet, so that ``pd.read_parquet`` gives them too."""

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
"""So that a missing value turns no whole number into a float."""


def read_table(
    path: str | Path, *, encoding: str | None = None, notes: list[str] | None = None
) -> pd.DataFrame:
    """Read a table file into memory.

    Parameters
    ----------
    path : str or Path
        ``.parquet .csv .tsv .jsonl .json .xlsx``, text files also with ``.gz``; one file.
    encoding : str, optional
        Of a text file, e.g. ``"gb18030"``; found from the bytes when not given.
    notes : list of str, optional
        Gets sentences on what was decided about the file, bad rows that were left out among them.
        Without it, bad rows are a `DataWarning`.

    Returns
    -------
    DataFrame
        With column roles and ``attrs`` where the file keeps them (parquet). Cells of csv and tsv
        are typed by `nlp_cx.read.cell_types.type_cells`. Whole numbers and truth values with
        missing ones are ``Int64`` and ``boolean``, never floats or objects.

    Raises
    ------
    InputError
        If the file cannot be found or read, or holds no rows.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "ratings.csv"
    >>> _ = file.write_text("order_no,nps,门店\\n00123,9,徐汇\\n00124,,\\n", encoding="utf-8")
    >>> read_table(file).to_dict("list")
    {'order_no': ['00123', '00124'], 'nps': [9, None], '门店': ['徐汇', nan]}
    """
    table, more = read_arrow(path, encoding=encoding)
    if notes is not None:
        notes += more.all
    elif more.rejected:
        warnings.warn(more.rejected, DataWarning, stacklevel=2)
    columns = {
        name: column.to_pandas(types_mapper=_NULLABLE.get if column.null_count else None)
        for name, column in zip(table.column_names, table.columns, strict=True)
    }
    frame = pd.DataFrame(columns)
    metadata = table.schema.metadata or {}
    frame.attrs = json.loads(metadata.get(_ATTRS, b"{}"))
    roles = read_roles(table)
    return set_roles(frame, roles) if roles else frame


def write_table(frame: pd.DataFrame | pa.Table, path: str | Path) -> None:
    """Write a table to a file, which appears whole or not at all.

    Parameters
    ----------
    frame : DataFrame or Table
        Column roles and ``attrs`` are kept in parquet, where ``pd.read_parquet`` finds them. The
        index is not written.
    path : str or Path
        ``.parquet .csv .tsv .jsonl .xlsx``, text files also with ``.gz``; ``-`` writes JSON lines
        to standard output.

    Raises
    ------
    OutputError
        If the file cannot be written, the index has a name (it would be lost), or ``attrs`` hold
        something that is no JSON value.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "ox.parquet"
    >>> write_table(set_roles(pd.DataFrame({"r_stars": [5, 1]}), {"r_stars": "outcome"}), file)
    >>> read_roles(read_table(file)), read_roles(pd.read_parquet(file))
    ({'r_stars': 'outcome'}, {'r_stars': 'outcome'})
    """
    table = to_arrow(frame, str(path))
    with open_sink(path, table.schema) as sink:
        for batch in _batches(table):
            sink.write(batch)


def write_tables(folder: str | Path, tables: Mapping[str, pd.DataFrame | pa.Table]) -> list[str]:
    """Write each of several tables as ``.parquet`` and ``.csv``, all together or none.

    Parameters
    ----------
    folder : str or Path
        Made where it is not there.
    tables : mapping of str to DataFrame or Table
        By file name without ending, e.g. ``"importance"``.

    Returns
    -------
    list of str
        The paths written.

    Raises
    ------
    OutputError
        As `write_table`.
    """
    converted = {name: to_arrow(frame, name) for name, frame in tables.items()}
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise OutputError(f"{folder}: the folder cannot be made ({e.strerror}).") from e
    paths = [
        (str(Path(folder) / f"{name}{ending}"), table)
        for name, table in converted.items()
        for ending in (".parquet", ".csv")
    ]
    for path, _ in paths:
        check_target(path)
    with SinkGroup() as outputs:
        for path, table in paths:
            for batch in _batches(table):
                outputs.write(path, batch)
    return [path for path, _ in paths]


def to_arrow(frame: pd.DataFrame | pa.Table, name: str) -> pa.Table:
    """Convert a data frame for writing, its roles and ``attrs`` in the metadata.

    Parameters
    ----------
    frame : DataFrame or Table
    name : str
        For messages.

    Returns
    -------
    Table
        A column without any value is text.

    Raises
    ------
    OutputError
        As `write_table`.
    """
    if isinstance(frame, pa.Table):
        return frame
    if frame.index.names != [None]:
        raise OutputError(
            f"{name}: the index {frame.index.names} would be lost. Call reset_index() first."
        )
    bare = frame.copy(deep=False)
    bare.attrs = {}
    try:
        table = pa.Table.from_pandas(bare, preserve_index=False)
    except (pa.ArrowException, TypeError, ValueError) as e:
        raise OutputError(f"{name}: a column mixes types ({str(e)[:200]}).") from e
    fields = [
        field.with_type(pa.string()) if pa.types.is_null(field.type) else field
        for field in table.schema
    ]
    table = table.cast(pa.schema(fields))
    roles = read_roles(frame)
    if frame.attrs:
        try:
            attrs = json.dumps(frame.attrs, ensure_ascii=False, default=_plain)
        except TypeError as e:
            raise OutputError(f"{name}: attrs hold something that is no JSON value ({e}).") from e
        table = table.replace_schema_metadata({_ATTRS: attrs.encode()})
    return set_roles(table, roles) if roles else table


def _batches(table: pa.Table) -> list[pa.RecordBatch]:
    """Cut a table into batches; one, without rows, where it has none."""
    return table.to_batches() or [
        pa.RecordBatch.from_arrays(
            [pa.nulls(0, kind) for kind in table.schema.types], schema=table.schema
        )
    ]


def _plain(value: Any) -> Any:
    """Give numpy's numbers and arrays as Python's."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(f"{type(value).__name__}: {value!r:.80}")
