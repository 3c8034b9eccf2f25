"""CSV and TSV: every cell a string, exactly as it stands in the file."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from nlp_cx.errors import InputError
from nlp_cx.read.blocks import TextBlocks, find_bad_bytes
from nlp_cx.read.bytestream import ByteStream, Origin
from nlp_cx.read.cells import (
    END,
    FAULT,
    FIRST,
    LINE,
    NO_DELIMITER,
    START,
    Rows,
    count_cells,
    find_rows,
    take_column,
)
from nlp_cx.read.header import name_columns
from nlp_cx.read.quarantine import Quarantine
from nlp_cx.read.reader import BadRows, ReadOptions, describe_text
from nlp_cx.read.transcode import Utf8Stream, describe_bad_bytes

_DELIMITERS = {"csv": ",;\t|", "tsv": "\t,;|"}
_PROBE_BYTES = 1 << 18
_PROBE_ROWS = 51
_N_FOLLOWING = 100


class DelimitedReader:
    r"""Read one CSV or TSV file.

    Parameters
    ----------
    origin : Origin
    format : {"csv", "tsv"}
    options : ReadOptions
    quarantine : Quarantine
        Gets ragged rows, rows with NUL bytes or bytes that are not in the encoding, lines with a
        quote that is never closed, and rows longer than ``options.max_cell_bytes``.

    Raises
    ------
    InputError
        If the file is empty or no text, or its header line cannot be used.

    Notes
    -----
    The delimiter is the one of ``, ; tab |`` that parts the header line and the first rows into
    the same number of cells, or the one that a first line ``sep=;`` names. A header of one cell
    means one column: delimiters are then part of the text. A blank line is an empty text in a file
    of one column, and no row in others.
    """

    is_chat = False
    n_rows: int | None = None

    def __init__(
        self, origin: Origin, format: str, options: ReadOptions, quarantine: Quarantine
    ) -> None:
        self._origin = origin
        self._options = options
        self._encoding, self.note = describe_text(origin, format, options)
        self._bad = BadRows(quarantine, self.note, origin.name, options.max_cell_bytes)
        self._stream: ByteStream | None = None
        with origin.open(is_probe=True) as stream:
            blocks = TextBlocks(Utf8Stream(stream, self._encoding), _PROBE_BYTES)
            _fill_for_header(blocks)
            self._line_end = 13 if b"\r" in blocks.data and b"\n" not in blocks.data else 10
            self._delimiter = self._find_delimiter(blocks)
            names, notes = name_columns(self._read_header(blocks), origin.name)
            self.is_empty = blocks.is_last and not blocks.data.strip()
        self.note.notes += notes
        self.schema = pa.schema([(name, pa.string()) for name in names])

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Give the good rows in order."""
        with self._origin.open() as stream:
            self._stream = stream
            blocks = TextBlocks(Utf8Stream(stream, self._encoding))
            _fill_for_header(blocks)
            self._read_header(blocks)
            while blocks.data or not blocks.is_last:
                found = self._find_rows(blocks)
                if found.n_bytes:
                    yield self._take_batch(blocks, found)
                    blocks.eat(found.n_bytes, found.n_lines)
                elif len(blocks.data) > self._options.max_cell_bytes:
                    line, line_end = blocks.line, bytes([self._line_end])
                    self._bad.add(line, self._bad.too_long, blocks.skip_line(line_end))
                if not blocks.is_last:
                    blocks.fill()

    def fraction_read(self) -> float | None:
        """Give the part of the file that was read, 0 to 1."""
        return 0.0 if self._stream is None else self._stream.fraction_read()

    def _find_rows(self, blocks: TextBlocks) -> Rows:
        """Find the rows that are whole in what is held."""
        return find_rows(
            blocks.data,
            is_last=blocks.is_last,
            delimiter=self._delimiter,
            line_end=self._line_end,
            max_row_bytes=self._options.max_cell_bytes,
        )

    def _find_delimiter(self, blocks: TextBlocks) -> int:
        """Give the delimiter that parts header and first rows alike; none for one column."""
        if self._options.delimiter is not None:
            return ord(self._options.delimiter)
        if blocks.data[:4] == b"sep=" and blocks.data[5:6] in (b"\r", b"\n"):
            return blocks.data[4]
        usual = _DELIMITERS[self.note.format][0]
        scores = {}
        for mark in _DELIMITERS[self.note.format]:
            self._delimiter = ord(mark)
            found = self._find_rows(blocks)
            is_filled = found.rows[:, END] > found.rows[:, START]
            if found.rows[is_filled][:1, FAULT].any():
                return ord(usual)
            counts = count_cells(found)[is_filled][:_PROBE_ROWS]
            if counts.size and counts[0] > 1:
                scores[mark] = (round(float(np.mean(counts == counts[0])), 1), int(counts[0]))
        if not scores:
            return NO_DELIMITER
        best = max(scores, key=lambda mark: scores[mark])
        if best != usual:
            self.note.notes.append(f"{self._origin.name}: cells are parted by {best!r}.")
        return ord(best)

    def _read_header(self, blocks: TextBlocks) -> list[str]:
        """Take the header line off the front and give its cells."""
        where = self._origin.name
        found = self._find_rows(blocks)
        counts = count_cells(found)
        for row, (first, start, end, line, fault) in enumerate(found.rows.tolist()):
            raw = blocks.data[start:end]
            if not raw.strip() or (raw[:4] == b"sep=" and len(raw) == 5):
                continue
            number = blocks.line + line
            reason, shown = describe_bad_bytes(raw, self._encoding.name)
            if fault:
                reason = "a quote is opened and never closed"
            if reason or b"\0" in raw:
                raise InputError(
                    f"{where}, line {number}: the header cannot be read: "
                    f"{reason or 'NUL byte'}. Found: {shown[:80]!r}. Mend the line"
                    + (", or give --encoding." if not fault else ".")
                )
            columns = np.arange(first, first + counts[row])
            names = [
                take_column(blocks.data, found.cells, columns[i : i + 1])[0].as_py()
                for i in range(len(columns))
            ]
            rest = found.rows[row + 1 :]
            if len(rest):
                blocks.eat(int(rest[0, START]), int(rest[0, LINE]))
            else:
                blocks.eat(found.n_bytes, found.n_lines)
            return names
        what = "holds blank lines only" if blocks.is_last else "has no end of its header line"
        raise InputError(f"{where} {what}. Expected a header line, then one row per text.")

    def _take_batch(self, blocks: TextBlocks, found: Rows) -> pa.RecordBatch:
        """Give the good rows of a block and hand on the others."""
        n_columns = len(self.schema)
        counts = count_cells(found)
        lengths = found.rows[:, END] - found.rows[:, START]
        is_good = (counts == n_columns) & (found.rows[:, FAULT] == 0)
        is_good &= lengths <= self._options.max_cell_bytes
        is_good[find_bad_bytes(blocks.data, found.rows[:, START], found.n_bytes)] = False
        self._check_unclosed(blocks, found, is_good)
        for row in np.flatnonzero(~is_good):
            self._reject_row(blocks, found.rows[row], int(counts[row]))
        first = found.rows[is_good, FIRST].astype(np.intp)
        columns = [take_column(blocks.data, found.cells, first + i) for i in range(n_columns)]
        self.note.n_rows += len(first)
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)

    def _check_unclosed(
        self, blocks: TextBlocks, found: Rows, is_good: npt.NDArray[np.bool_]
    ) -> None:
        """Raise where the lines behind an open quote are no rows: it may open one giant cell."""
        for row in np.flatnonzero(found.rows[:, FAULT]):
            following = is_good[row + 1 : row + 1 + _N_FOLLOWING]
            if len(following) == _N_FOLLOWING and np.mean(following) < 0.5:
                line = blocks.line + int(found.rows[row, LINE])
                raise InputError(
                    f"{self._origin.name}, line {line}: a quote is opened and not closed within "
                    f"{self._options.max_cell_bytes:,} bytes, and the lines that follow are no "
                    "rows. Close it, or double the quotes inside cells."
                )

    def _reject_row(self, blocks: TextBlocks, row: npt.NDArray[np.int32], n_cells: int) -> None:
        """Say what is wrong with a row; nothing is where it is blank."""
        raw = blocks.data[row[START] : row[END]]
        if not raw.strip() and len(self.schema) > 1:
            return
        reason, shown = describe_bad_bytes(raw, self._encoding.name)
        if len(raw) > self._options.max_cell_bytes:
            reason = self._bad.too_long
        elif row[FAULT]:
            reason = "a quote is opened and never closed"
        elif b"\0" in raw:
            reason = "NUL byte, which no text holds"
        elif not reason:
            cells = "1 cell" if n_cells == 1 else f"{n_cells} cells"
            names = ", ".join(name[:20] for name in self.schema.names[:4])
            more = ", ..." if len(self.schema) > 4 else ""
            reason = f"{cells}, expected {len(self.schema)} ({names}{more})"
        self._bad.add(blocks.line + int(row[LINE]), reason, shown)


def _fill_for_header(blocks: TextBlocks) -> None:
    """Read what the header line is looked for in."""
    while len(blocks.data) < _PROBE_BYTES and not blocks.is_last:
        blocks.fill()
