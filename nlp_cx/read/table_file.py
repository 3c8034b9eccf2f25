"""One table file as a whole, its cells typed: ratings, orders, customers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from nlp_cx.errors import InputError
from nlp_cx.read.cell_types import type_cells
from nlp_cx.read.inputs import find_files
from nlp_cx.read.quarantine import Quarantine
from nlp_cx.read.source import ReadOptions, open_source


@dataclass(frozen=True, slots=True)
class TableNotes:
    """What reading a file had to say.

    Attributes
    ----------
    sentences : tuple of str
        What was decided about the file.
    rejected : str
        How many bad rows are left out, and the first of them; empty where there are none.
    n_rejected : int
    """

    sentences: tuple[str, ...]
    rejected: str
    n_rejected: int

    @property
    def all(self) -> list[str]:
        """All of it."""
        return [*self.sentences, *([self.rejected] if self.rejected else [])]


def read_arrow(path: str | Path, *, encoding: str | None = None) -> tuple[pa.Table, TableNotes]:
    """Read a table file as Arrow, without going through pandas.

    Parameters
    ----------
    path : str or Path
        ``.parquet .csv .tsv .jsonl .json .xlsx``, text files also with ``.gz``; one file.
    encoding : str, optional
        Of a text file; found from the bytes when not given.

    Returns
    -------
    table : Table
        Cells of csv and tsv are typed; the metadata of a parquet file is kept.
    notes : TableNotes

    Raises
    ------
    InputError
        If the file cannot be found or read, or holds no rows.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "ratings.csv"
    >>> _ = file.write_text("order_no,nps\\n00123,9\\n00124,\\n", encoding="utf-8")
    >>> read_arrow(file)[0].to_pylist()
    [{'order_no': '00123', 'nps': 9}, {'order_no': '00124', 'nps': None}]
    """
    files = find_files(path)
    if len(files) != 1:
        raise InputError(f"{path}: {len(files):,} files, expected one table. Name one of them.")
    quarantine = Quarantine(None)
    source = open_source(path, options=ReadOptions(encoding=encoding), quarantine=quarantine)
    table = pa.Table.from_batches(source, schema=source.schema)
    if files[0].format in ("csv", "tsv"):
        table = type_cells(table)
    if files[0].format == "parquet":
        table = table.replace_schema_metadata(pq.read_schema(path).metadata)
    n = quarantine.count
    rejected = f"{n:,} bad rows are left out; the first: {quarantine.first}." if n else ""
    return table, TableNotes(tuple(source.notes), rejected, n)
