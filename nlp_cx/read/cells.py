"""Rows and cells of delimited text, found in a block of bytes by compiled loops.

Why not a ready-made reader: the rows that are wrong must be named by their line in the file, with
quoted line breaks counted, and one stray quote must cost one line, not the rest of the file.
pyarrow's reader reports neither. On well-formed files both give the same cells (tested).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from numba import njit

FIRST, START, END, LINE, FAULT = range(5)
"""Columns of `Rows.rows`."""

NO_DELIMITER = 0
"""Delimiter of a file with one column; a row with this byte is bad anyway."""

UNCLOSED = 1
"""Fault of a row: a quote is opened and not closed."""

_QUOTE, _CR, _LF = 34, 13, 10
_MORE, _CLOSED, _OPEN, _LOOSE, _BROKEN, _DOUBLED = range(6)


class Rows(NamedTuple):
    """Where rows and cells lie in a block.

    Parameters
    ----------
    rows : ndarray of int32, shape (n_rows, 5)
        First cell (index into `cells`), start and end byte, line from 0, fault (0 is none).
    cells : ndarray of int32, shape (n_cells, 3)
        Start and end byte without quotes, and 1 where quotes inside are doubled.
    n_bytes : int
        Bytes of the whole rows; what follows is the start of a row that goes on.
    n_lines : int
        Lines in these bytes.
    """

    rows: npt.NDArray[np.int32]
    cells: npt.NDArray[np.int32]
    n_bytes: int
    n_lines: int


def find_rows(
    block: bytes, *, is_last: bool, delimiter: int, line_end: int, max_row_bytes: int
) -> Rows:
    r"""Find the rows of a block that starts at a row.

    Parameters
    ----------
    block : bytes
    is_last : bool
        True where the text ends with the block.
    delimiter : int
        The byte between cells.
    line_end : int
        10 (a carriage return before it is taken off) or 13.
    max_row_bytes : int
        A quote that is not closed within so many bytes counts as not closed.

    Returns
    -------
    Rows

    Notes
    -----
    As RFC 4180, and beyond it: a quote counts as the closing one only where a delimiter or line
    end follows, so that ``"he said "no" to me",3`` keeps its cells. Where the line ends first, the
    rest of that row is read without quoting. Where a quoted cell goes over a line end and then
    meets a quote that neither closes nor is doubled, its own opening quote was the stray one: that
    line is a row with a fault, and reading goes on with the next line.

    Examples
    --------
    >>> found = find_rows(b'1,"a\nb"\n2,"c\n3,d\n', is_last=True, delimiter=44, line_end=10,
    ...                   max_row_bytes=100)
    >>> found.rows[:, LINE].tolist(), found.rows[:, FAULT].tolist()
    ([0, 2, 3], [0, 1, 0])
    """
    data = np.frombuffer(block, np.uint8)
    n_ends = int(np.count_nonzero(data == line_end))
    n_cells = int(np.count_nonzero(data == delimiter)) + n_ends + 2
    rows = np.empty((n_ends + 2, 5), np.int32)
    cells = np.empty((n_cells, 3), np.int32)
    n_rows, n_cells, n_bytes, n_lines = _find(
        data, is_last, (delimiter, line_end), max_row_bytes, (rows, cells)
    )
    return Rows(rows[:n_rows], cells[:n_cells], n_bytes, n_lines)


def count_cells(found: Rows) -> npt.NDArray[np.int32]:
    """Give the number of cells of each row, shape (n_rows,)."""
    return np.diff(found.rows[:, FIRST], append=np.int32(len(found.cells)))


def take_column(
    block: bytes, cells: npt.NDArray[np.int32], which: npt.NDArray[np.intp]
) -> pa.StringArray:
    """Copy cells into an Arrow array; they must be valid UTF-8.

    Parameters
    ----------
    block : bytes
    cells : ndarray of int32, shape (n_cells, 3)
        As `find_rows` gives them.
    which : ndarray of int, shape (n_rows,)
        Index of one cell per row.

    Returns
    -------
    StringArray, shape (n_rows,)
        No nulls: an empty cell is an empty string.

    Examples
    --------
    >>> block = b'1,"so ""good"" !"'
    >>> found = find_rows(block, is_last=True, delimiter=44, line_end=10, max_row_bytes=100)
    >>> take_column(block, found.cells, np.array([1])).to_pylist()
    ['so "good" !']
    """
    chosen = cells[which]
    offsets = np.empty(len(which) + 1, np.int32)
    out = np.empty(int((chosen[:, 1] - chosen[:, 0]).sum()), np.uint8)
    n_bytes = _copy(np.frombuffer(block, np.uint8), chosen, offsets, out)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(out[:n_bytes])]
    return pa.Array.from_buffers(pa.string(), len(which), buffers)


@njit(cache=True, nogil=True)
def _find(data, is_last, marks, max_row, out):  # type: ignore[no-untyped-def]
    """Fill rows and cells; give their numbers, and the bytes and lines of whole rows."""
    rows, cells = out
    size = data.shape[0]
    pos = n_rows = n_cells = line = 0
    while pos < size:
        start, first, n_crossed, stop = pos, n_cells, 0, pos
        status, is_plain = _MORE, False
        while status == _MORE:
            n_lines = doubled = 0
            begin = pos
            if not is_plain and pos < size and data[pos] == _QUOTE:
                status, end, n_lines, doubled = _scan_quoted(
                    data, pos, start + max_row, is_last, marks
                )
                is_plain = status == _LOOSE
                begin += status == _CLOSED
                pos = stop = end + 1
                if status == _CLOSED and pos < size and data[pos] == _CR and marks[1] == _LF:
                    pos += 1
            if is_plain or status == _MORE:
                pos, end = _scan_plain(data, begin, marks)
                n_lines, stop = 0, end
                status = _CLOSED if pos < size or is_last else _OPEN
            cells[n_cells, :] = (begin, end, doubled * (not is_plain))
            n_cells += 1
            n_crossed += n_lines
            if n_crossed and (status == _BROKEN or min(pos, size) - start > max_row):
                status = _BROKEN
            elif status == _CLOSED and pos < size and data[pos] != marks[1]:
                status = _MORE
                pos += 1
        if status == _OPEN:
            return n_rows, first, start, line
        if status == _BROKEN:
            pos, stop = _scan_plain(data, start, (marks[1], marks[1]))
            n_cells, n_crossed = first, 0
        rows[n_rows, :] = (first, start, stop, line, UNCLOSED * (status == _BROKEN))
        n_rows += 1
        pos += 1
        line += n_crossed + 1
    return n_rows, n_cells, min(pos, size), line


@njit(cache=True, nogil=True)
def _scan_plain(data, pos, marks):  # type: ignore[no-untyped-def]
    """Give the byte that ends the cell at `pos`, and the end of its content."""
    begin, size = pos, data.shape[0]
    while pos < size and data[pos] != marks[0] and data[pos] != marks[1]:
        pos += 1
    at_line_end = pos == size or data[pos] == marks[1]
    has_cr = at_line_end and marks[1] == _LF and pos > begin and data[pos - 1] == _CR
    return pos, pos - has_cr


@njit(cache=True, nogil=True)
def _scan_quoted(data, pos, limit, is_last, marks):  # type: ignore[no-untyped-def]
    """Find the end of the quoted cell that opens at `pos`.

    Gives the status, the closing quote, the line ends crossed and whether quotes are doubled.
    """
    size, status = data.shape[0], _OPEN
    n_crossed = doubled = 0
    is_loose = False
    i = pos + 1
    while i < size:
        if data[i] == _QUOTE:
            role = _role_of_quote(data, i, is_last, marks)
            if role == _DOUBLED:
                doubled = 1
                i += 2
                continue
            if role != _LOOSE:
                status = role
                break
            is_loose = True
        elif data[i] == marks[1]:
            n_crossed += 1
            if is_loose:
                status = _LOOSE
                break
        if n_crossed and (is_loose or i > limit):
            status = _BROKEN
            break
        i += 1
    if i >= size and is_last:
        status = _LOOSE if is_loose else _BROKEN
    return status, i, n_crossed, doubled


@njit(cache=True, nogil=True)
def _role_of_quote(data, i, is_last, marks):  # type: ignore[no-untyped-def]
    """Tell what a quote inside a quoted cell does, by the bytes that follow."""
    n_following = data.shape[0] - i - 1
    if n_following == 0:
        return _CLOSED if is_last else _OPEN
    following = data[i + 1]
    if following == _QUOTE:
        return _DOUBLED
    if following == _CR and marks[1] == _LF:
        if n_following == 1:
            return _CLOSED if is_last else _OPEN
        return _CLOSED if data[i + 2] == _LF else _LOOSE
    return _CLOSED if following == marks[0] or following == marks[1] else _LOOSE


@njit(cache=True, nogil=True)
def _copy(data, cells, offsets, out):  # type: ignore[no-untyped-def]
    """Copy the bytes of cells one after the other, doubled quotes halved."""
    n = 0
    for row in range(cells.shape[0]):
        offsets[row] = n
        start, end = cells[row, 0], cells[row, 1]
        if cells[row, 2] == 0:
            for i in range(end - start):
                out[n + i] = data[start + i]
            n += end - start
            continue
        i = start
        while i < end:
            out[n] = data[i]
            n += 1
            i += 2 if data[i] == _QUOTE and i + 1 < end and data[i + 1] == _QUOTE else 1
    offsets[cells.shape[0]] = n
    return n
