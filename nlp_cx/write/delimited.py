"""Comma- and tab-separated files, through Arrow's own writer."""

from __future__ import annotations

import contextlib

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from nlp_cx.write.formula import escape_formula_cells, find_formula_cells
from nlp_cx.write.plain import plain_array, plain_type

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class DelimitedWriter:
    """Write rows as text cells with a header line.

    Parameters
    ----------
    stream : pyarrow.NativeFile
    schema : pyarrow.Schema
    excel_safe : bool
        Put ``'`` before cells that a spreadsheet would run as a formula.

    Notes
    -----
    UTF-8, lines end in LF. Text cells stand in quotes, a quote inside is doubled, line ends inside
    a cell are kept as they are. A missing cell is empty without quotes; an empty text is ``""``
    (in a file of one column both are ``""``, since an empty line would be no row at all).
    """

    delimiter = ","
    starts_with = b""

    def __init__(self, stream: pa.NativeFile, schema: pa.Schema, *, excel_safe: bool) -> None:
        self.n_formula_cells = 0
        self._excel_safe = excel_safe
        names = self._guard(pa.array(schema.names, pa.string())).to_pylist()
        self._schema = pa.schema(
            [(name, plain_type(kind)) for name, kind in zip(names, schema.types, strict=True)]
        )
        stream.write(self.starts_with)
        options = pa.csv.WriteOptions(delimiter=self.delimiter)
        self._writer = pa.csv.CSVWriter(stream, self._schema, write_options=options)

    def write(self, batch: pa.RecordBatch) -> None:
        """Append the rows of `batch`."""
        columns = [self._guard(plain_array(column)) for column in batch.columns]
        if len(columns) == 1 and pa.types.is_string(columns[0].type):
            columns = [pc.fill_null(columns[0], "")]
        self._writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=self._schema))

    def close(self) -> None:
        """Write what Arrow still holds back."""
        self._writer.close()

    def discard(self) -> None:
        """Close without complaint."""
        with contextlib.suppress(OSError):
            self._writer.close()

    def _guard(self, cells: pa.Array) -> pa.Array:
        """Count the formulas in a text column, and escape them where that was asked for."""
        if not (pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type)):
            return cells
        positions = find_formula_cells(cells)
        self.n_formula_cells += len(positions)
        return escape_formula_cells(cells, positions) if self._excel_safe else cells


class CsvWriter(DelimitedWriter):
    """Write ``.csv``, with a byte order mark.

    Notes
    -----
    Excel on Windows opens a csv file without the mark in the system's code page and shows Chinese
    as mojibake. Excel, LibreOffice, pandas, polars, pyarrow, DuckDB, readr and Spark all skip it;
    Python's ``csv`` wants ``encoding="utf-8-sig"``. Take ``.tsv`` for tools that do not.
    """

    starts_with = _BYTE_ORDER_MARK


class TsvWriter(DelimitedWriter):
    """Write ``.tsv``, for command-line tools: no byte order mark."""

    delimiter = "\t"
