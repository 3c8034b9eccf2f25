"""Excel workbooks: one sheet of typed cells, so that no text is ever run as a formula."""

from __future__ import annotations

import contextlib
import datetime
import math
import re
import tempfile
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.types as pt
import xlsxwriter
from xlsxwriter.exceptions import XlsxFileError
from xlsxwriter.worksheet import Worksheet

from nlp_cx.errors import OutputError
from nlp_cx.write.plain import plain_array

MOST_ROWS = 1_048_576
MOST_COLUMNS = 16_384
MOST_CHARACTERS = 32_767
"""Limits that Excel documents: of a sheet (header line included), and of a cell in UTF-16 units."""

_LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")

_FIRST_DATE = datetime.date(1900, 3, 1)  # Excel believes in 29 February 1900
_MOST_EXACT = 10**15  # Excel keeps 15 digits
_CREATED = datetime.datetime(1980, 1, 1)  # fixed: the same rows give the same bytes


class XlsxWriter:
    """Write rows to the only sheet of a workbook; its header line is bold and stays in view.

    Parameters
    ----------
    stream : pyarrow.NativeFile
    schema : pyarrow.Schema
    excel_safe : bool
        Without effect: texts are typed as texts.

    Raises
    ------
    OutputError
        If there are more rows or columns than a sheet holds, or a text is longer than a cell
        holds. Nothing is cut.

    Notes
    -----
    Missing cells are blank. Whole numbers of more than 15 digits, which Excel would round, are
    texts; so are NaN, infinity, times with a zone and dates before March 1900. Characters that XML
    forbids are written as Excel writes them, ``_x0001_``. About 150,000 cells a second while the
    interpreter is held: a format for people, not for millions of rows.
    """

    def __init__(self, stream: pa.NativeFile, schema: pa.Schema, *, excel_safe: bool) -> None:
        del excel_safe
        if len(schema) > MOST_COLUMNS:
            raise OutputError(
                f"the table has {len(schema):,} columns and an Excel sheet holds "
                f"{MOST_COLUMNS:,}. Write .csv or .parquet."
            )
        self.n_formula_cells = 0
        self._names = schema.names
        self._n_lines = 1
        # xlsxwriter keeps the sheet in a temporary file that it forgets when it is not closed.
        self._folder = tempfile.TemporaryDirectory(prefix="nlp_cx-")
        options = {"constant_memory": True, "tmpdir": self._folder.name, "use_zip64": True}
        self._book = xlsxwriter.Workbook(stream, options)
        self._book.set_properties({"created": _CREATED})
        self._date = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._time = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        bold = self._book.add_format({"bold": True})
        self._sheet = self._book.add_worksheet(worksheet_class=_LiteralSheet)
        self._sheet.freeze_panes(1, 0)
        for i, name in enumerate(self._names):
            self._check_length(name, name)
            self._sheet.write_string(0, i, name, bold)

    def write(self, batch: pa.RecordBatch) -> None:
        """Append the rows of `batch`."""
        if self._n_lines + batch.num_rows > MOST_ROWS:
            raise OutputError(
                f"an Excel sheet holds {MOST_ROWS - 1:,} rows and there are more. "
                "Write .csv or .parquet."
            )
        columns = [
            self._cells(column, name)
            for column, name in zip(batch.columns, self._names, strict=True)
        ]
        for line, row in enumerate(zip(*columns, strict=True), start=self._n_lines):
            for i, cell in enumerate(row):
                if cell is not None:
                    write, value = cell
                    write(line, i, value)
        self._n_lines += batch.num_rows

    def close(self) -> None:
        """Compress the sheet into the stream."""
        try:
            self._book.close()
        except XlsxFileError as e:
            # It wraps the operating system's error, which says more.
            raise e.args[0] if isinstance(e.args[0], OSError) else OSError(str(e)) from e

    def discard(self) -> None:
        """Remove the temporary sheet."""
        self._book.fileclosed = True
        with contextlib.suppress(OSError):
            self._sheet._opt_close()
        self._folder.cleanup()

    def _cells(self, column: pa.Array, name: str) -> list[tuple[Callable[..., int], Any] | None]:
        """Pair every value of a column with the method that writes its type."""
        kind = column.type
        if pt.is_boolean(kind):
            return [_pair(self._sheet.write_boolean, v) for v in column.to_pylist()]
        if pt.is_integer(kind) or pt.is_floating(kind):
            return [self._number(v) for v in _short_floats(column).to_pylist()]
        if pt.is_date(kind) or (pt.is_timestamp(kind) and kind.tz is None):
            texts = plain_array(column).to_pylist()
            return [
                self._moment(v, text)
                for v, text in zip(_moments(column).to_pylist(), texts, strict=True)
            ]
        texts = plain_array(column).to_pylist()
        for text in texts:
            self._check_length(text, name)
        return [_pair(self._sheet.write_string, text) for text in texts]

    def _number(self, value: float | None) -> tuple[Callable[..., int], Any] | None:
        """Choose a number cell, or a text where Excel has no such number."""
        if value is None:
            return None
        if not math.isfinite(value) or (isinstance(value, int) and abs(value) >= _MOST_EXACT):
            return self._sheet.write_string, str(value)
        return self._sheet.write_number, value

    def _moment(
        self, value: datetime.date | None, text: str | None
    ) -> tuple[Callable[..., int], Any] | None:
        """Choose a date cell, or a text where Excel's calendar does not reach."""
        if value is None:
            return None
        is_time = isinstance(value, datetime.datetime)
        if (value.date() if isinstance(value, datetime.datetime) else value) < _FIRST_DATE:
            return self._sheet.write_string, text
        write = self._write_time if is_time else self._write_date
        return write, value

    def _write_time(self, line: int, column: int, value: datetime.datetime) -> int:
        """Write a moment with its display format."""
        return self._sheet.write_datetime(line, column, value, self._time)

    def _write_date(self, line: int, column: int, value: datetime.date) -> int:
        """Write a day with its display format."""
        return self._sheet.write_datetime(line, column, value, self._date)

    def _check_length(self, text: str | None, name: str) -> None:
        """Refuse a text that a cell would cut."""
        # Up to half the limit no counting is needed: a code point is one or two UTF-16 units.
        if text is None or len(text) <= MOST_CHARACTERS // 2:
            return
        n_units = len(text.encode("utf-16-le")) // 2
        if n_units > MOST_CHARACTERS:
            raise OutputError(
                f"a text in column {name[:80]!r} has {n_units:,} characters and an Excel cell "
                f"holds {MOST_CHARACTERS:,}. Write .csv or .parquet."
            )


class _LiteralSheet(Worksheet):
    """A sheet that takes every text literally."""

    @staticmethod
    def _escape_control_characters(data: Any) -> Any:
        """Escape as Excel does; a leading ``<r>`` too, which xlsxwriter would take for markup."""
        if not isinstance(data, str):
            return data
        # xlsxwriter's own pattern leaves out an escape that shares its underscore with another.
        data = _LOOKS_ESCAPED.sub("_x005F_", data)
        data = _CONTROL.sub(lambda found: f"_x{ord(found[0]):04X}_", data)
        return f"_x003C_{data[1:]}" if data.startswith("<r>") else data


def _pair(write: Callable[..., int], value: Any) -> tuple[Callable[..., int], Any] | None:
    """Pair a value with its method, unless it is missing."""
    return None if value is None else (write, value)


def _short_floats(column: pa.Array) -> pa.Array:
    """Widen float32 by its shortest digits: 0.1 stays 0.1, not 0.10000000149011612."""
    if pt.is_float32(column.type) or pt.is_float16(column.type):
        return plain_array(column).cast(pa.string()).cast(pa.float64())
    return column


def _moments(column: pa.Array) -> pa.Array:
    """Round times down to microseconds, which Python's own type holds."""
    if pt.is_timestamp(column.type):
        return column.cast(pa.timestamp("us"), safe=False)
    return column.cast(pa.date32())
