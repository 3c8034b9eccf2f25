"""Read labelled files as they are: a table of cells, lists and tables of labels included."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from nlp_cx.corpus.layout import read_json_lines
from nlp_cx.errors import InputError
from nlp_cx.read.inputs import find_files
from nlp_cx.read.quarantine import Quarantine
from nlp_cx.read.source import ReadOptions, open_source

_JSON = (".jsonl", ".jsonl.gz", ".ndjson")


def read_labelled(path: Path) -> pd.DataFrame:
    """Read one file.

    Parameters
    ----------
    path : Path
        ``.jsonl`` (also ``.gz``), ``.parquet``, or a ``.csv`` or ``.tsv`` in any encoding.

    Returns
    -------
    DataFrame, one row per row of the file
        Columns of objects: strings, numbers, lists, dicts; None where a cell is empty. The index is
        the number of the row from 1.

    Raises
    ------
    InputError
        If it cannot be read, holds no rows, or a row is broken: no labelled text is left out
        silently.
    """
    name = path.name.lower()
    if name.endswith(_JSON):
        rows = read_json_lines(path)
        if strange := next((i for i, row in enumerate(rows) if not isinstance(row, dict)), None):
            raise InputError(f"{path}, line {strange + 1}: not a JSON object.")
        frame = pd.DataFrame({key: [row.get(key) for row in rows] for key in _keys(rows)})
        frame = frame.astype(object)
    elif name.endswith(".parquet"):
        frame = _read_parquet(path)
    elif name.endswith((".csv", ".tsv", ".csv.gz", ".tsv.gz")):
        frame = _read_delimited(path)
    else:
        raise InputError(f"{path}: expected .jsonl, .csv, .tsv or .parquet (text also with .gz).")
    if not len(frame):
        raise InputError(f"{path}: holds no rows.")
    index = pd.RangeIndex(1, len(frame) + 1)
    # Column by column, as objects: pandas would make numbers that are missing out of None.
    columns = {
        name: pd.Series([_empty_to_none(cell) for cell in frame[name]], index, dtype=object)
        for name in frame.columns
    }
    return pd.DataFrame(columns, index=index)


def _keys(rows: list[dict[str, Any]]) -> list[str]:
    """List the keys of all rows, in the order in which they come."""
    return list(dict.fromkeys(key for row in rows for key in row))


def _read_parquet(path: Path) -> pd.DataFrame:
    """Read a parquet file."""
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowInvalid) as e:
        raise InputError(f"{path}: cannot be read as parquet ({e}).") from e
    return pd.DataFrame({name: table.column(name).to_pylist() for name in table.column_names},
                        dtype=object)  # fmt: skip


def _read_delimited(path: Path) -> pd.DataFrame:
    """Read a csv or tsv file; a bad row is an error."""
    find_files(path)
    source = open_source(path, options=ReadOptions(), quarantine=Quarantine(None, "fail"))
    table = pa.Table.from_batches(source, schema=source.schema)
    return pd.DataFrame({name: table.column(name).to_pylist() for name in table.column_names},
                        dtype=object)  # fmt: skip


def _empty_to_none(cell: Any) -> Any:
    """Give None for what holds nothing; an empty list is not nothing."""
    if isinstance(cell, float) and math.isnan(cell):
        return None
    return None if isinstance(cell, str) and not cell.strip() else cell
