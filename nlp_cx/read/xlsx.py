"""Excel workbooks: typed cells of one sheet, row by row."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from itertools import islice
from typing import Any

import pyarrow as pa

from nlp_cx.errors import InputError
from nlp_cx.read.bytestream import Origin
from nlp_cx.read.header import name_columns
from nlp_cx.read.reader import FileNote, ReadOptions

Cells = tuple[Any, ...]

_TYPES = {
    frozenset({"text"}): pa.string(),
    frozenset({"truth"}): pa.bool_(),
    frozenset({"whole"}): pa.int64(),
    frozenset({"number"}): pa.float64(),
    frozenset({"whole", "number"}): pa.float64(),
    frozenset({"time"}): pa.timestamp("ms"),
}
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"


class XlsxReader:
    """Read one sheet of one workbook.

    Parameters
    ----------
    origin : Origin
    options : ReadOptions

    Raises
    ------
    InputError
        If the file is damaged, locked by a password, of another kind, or has no such sheet, or the
        header has a name twice.

    Notes
    -----
    The first row that is not blank is the header. Texts, truth values, whole numbers, numbers and
    times keep their types; a column of several kinds becomes text, numbers as Excel shows them in
    the General format. A formula gives the value that Excel stored last. Escapes such as
    ``_x000D_`` are undone. Columns are settled by going through the sheet once before it is read.
    Blank rows stay rows, those at the end do not.
    """

    is_chat = False

    def __init__(self, origin: Origin, options: ReadOptions) -> None:
        self._origin = origin
        self._options = options
        self._n_done = 0
        self.note = FileNote(origin.path, "xlsx", "", origin.n_bytes)
        with self._open_sheet() as (sheet, others):
            if others:
                self.note.notes.append(
                    f"{origin.name}: sheet {sheet.title!r} is read, not {', '.join(others)}."
                )
            self._learn(sheet)
        self.is_empty = self.n_rows == 0

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Give the rows in order."""
        self._n_done = 0
        with self._open_sheet() as (sheet, _):
            rows = islice(self._rows(sheet), self._n_header, self._n_header + self.n_rows)
            while chunk := list(islice(rows, self._options.chunk_rows)):
                columns = [
                    pa.array([_fit(_cell(row, place), kind) for row in chunk], kind)
                    for place, kind in zip(self._places, self.schema.types, strict=True)
                ]
                self._n_done += len(chunk)
                self.note.n_rows = self._n_done
                yield pa.RecordBatch.from_arrays(columns, schema=self.schema)

    def fraction_read(self) -> float | None:
        """Give the part of the rows that was read, 0 to 1."""
        return self._n_done / max(self.n_rows, 1)

    def _learn(self, sheet: Any) -> None:
        """Settle header, types and number of rows."""
        header: Cells = ()
        kinds: list[set[str]] = []
        self._n_header = n_last = 0
        for number, row in enumerate(self._rows(sheet), start=1):
            if all(cell is None for cell in row):
                continue
            if not self._n_header:
                header, self._n_header = row, number
                continue
            n_last = number
            kinds += [set() for _ in range(len(row) - len(kinds))]
            for place, cell in enumerate(row):
                if cell is not None:
                    kinds[place].add(_kind(cell))
        self.n_rows = max(n_last - self._n_header, 0)
        width = max(len(header), len(kinds))
        titles = [_as_text(_cell(header, place) or "") for place in range(width)]
        kinds += [set() for _ in range(width - len(kinds))]
        self._places = [i for i in range(width) if titles[i].strip() or kinds[i]]
        if not self._places:
            raise InputError(f"{self._origin.name}: the sheet is blank. There is nothing to score.")
        names, notes = name_columns(
            [titles[i] for i in self._places],
            self._origin.name,
            places=[i + 1 for i in self._places],
        )
        self.note.notes += notes
        types = [_TYPES.get(frozenset(kinds[i]), pa.string()) for i in self._places]
        self.schema = pa.schema(list(zip(names, types, strict=True)))

    @contextmanager
    def _open_sheet(self) -> Iterator[tuple[Any, list[str]]]:
        """Open the sheet that is meant; give the names of the other ones too."""
        from nlp_cx.read.xlsx_strings import open_book

        where = self._origin.name
        with open(self._origin.path, "rb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            head = file.read(4)
            if not head:
                raise InputError(f"{where} is empty (0 bytes). There is nothing to score.")
            if head == _OLD_OFFICE:
                raise InputError(
                    f"{where}: locked by a password, or an old .xls under this name. Save it as "
                    ".xlsx without a password."
                )
            try:
                book = open_book(file)
            except Exception as e:  # openpyxl lets through whatever it trips over
                raise InputError(
                    f"{where}: damaged, cut off, or no xlsx workbook ({e!s:.100}). Save it again "
                    "as .xlsx."
                ) from e
            sheets = {sheet.title: sheet for sheet in book.worksheets}
            wanted = self._options.sheet or next(iter(sheets), None)
            if wanted not in sheets:
                raise InputError(
                    f"{where}: has no sheet {wanted!r}, only {', '.join(sheets) or 'none'}."
                )
            try:
                yield sheets[wanted], [name for name in sheets if name != wanted]
            finally:
                book.close()

    def _rows(self, sheet: Any) -> Iterator[Cells]:
        """Give the cells of each row, header included."""
        from nlp_cx.read.xlsx_strings import unescape

        sheet.reset_dimensions()
        try:
            for row in sheet.iter_rows(values_only=True):
                yield tuple(unescape(cell) if isinstance(cell, str) else cell for cell in row)
        except Exception as e:
            raise InputError(
                f"{self._origin.name}: the sheet is damaged ({e!s:.100}). Save it again as .xlsx."
            ) from e


def _cell(row: Cells, place: int) -> Any:
    """Give one cell; None beyond the end of a short row."""
    return row[place] if place < len(row) else None


def _kind(cell: Any) -> str:
    """Name the kind of a value."""
    if isinstance(cell, bool):
        return "truth"
    if isinstance(cell, int):
        return "whole" if abs(cell) < 2**63 else "number"
    if isinstance(cell, float):
        return "number"
    if isinstance(cell, str):
        return "text"
    return "time" if isinstance(cell, date) else "other"


def _fit(cell: Any, kind: pa.DataType) -> Any:
    """Give a value as its column takes it."""
    if cell is None or kind != pa.string():
        return cell
    return _as_text(cell)


def _as_text(cell: Any) -> str:
    """Give a value as Excel's General format would show it."""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return cell.isoformat(" ") if isinstance(cell, datetime) else str(cell)
