"""What a reader of one file is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import pyarrow as pa

from nlp_cx.errors import InputError
from nlp_cx.read.bytestream import Origin, find_encoding
from nlp_cx.read.encodings import Encoding
from nlp_cx.read.quarantine import Quarantine

_MAX_CELL_BYTES = 10**9  # positions in a block are int32


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How files are read.

    Parameters
    ----------
    chunk_rows : int, default=16384
        Most rows of a batch.
    encoding : str, optional
        Encoding of every text file, e.g. ``"gb18030"``; found from the bytes when not given.
    delimiter : str, optional
        One ASCII character between CSV cells; found from the header line when not given.
    sheet : str, optional
        Name of the xlsx sheet; the first one when not given.
    max_cell_bytes : int, default=10_000_000
        A longer row of CSV, line of JSON or text in parquet is a bad row, and so is a CSV line
        with a quote that is not closed within this many bytes. At most 1,000,000,000.

    Raises
    ------
    InputError
        If a number is out of range or the delimiter is not one ASCII character.

    Examples
    --------
    >>> ReadOptions(chunk_rows=0)
    Traceback (most recent call last):
    nlp_cx.errors.InputError: chunk_rows is 0, expected at least 1.
    """

    chunk_rows: int = 16_384
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    max_cell_bytes: int = 10_000_000

    def __post_init__(self) -> None:
        """Check the values once."""
        for name in ("chunk_rows", "max_cell_bytes"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} is {getattr(self, name)}, expected at least 1.")
        if self.max_cell_bytes > _MAX_CELL_BYTES:
            raise InputError(f"max_cell_bytes is {self.max_cell_bytes}, expected at most 10**9.")
        mark = self.delimiter
        if mark is not None and (len(mark) != 1 or not mark.isascii() or mark in '"\r\n\0'):
            raise InputError(f"delimiter is {mark!r}, expected one ASCII character such as ','.")


@dataclass(slots=True)
class FileNote:
    """What is known of one input file; filled while it is read.

    Parameters
    ----------
    path : str
        As it was given; ``-`` is standard input.
    format : str
        ``csv``, ``tsv``, ``jsonl``, ``json``, ``parquet``, ``xlsx`` or ``transcript``.
    encoding : str
        Of a text file, e.g. ``utf-8``; empty for parquet and xlsx.
    n_bytes : int or None
        Size on disk; None for standard input.
    n_rows : int
        Rows given so far.
    n_rejected : int
        Rows quarantined so far.
    notes : list of str
        Sentences for the user.

    Examples
    --------
    >>> str(FileNote("shop.csv", "csv", "gb18030", 812, n_rejected=3))
    'shop.csv: csv, gb18030 with 3 bad rows'
    """

    path: str
    format: str
    encoding: str
    n_bytes: int | None
    n_rows: int = 0
    n_rejected: int = 0
    notes: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """Give one line: name, format, encoding and the number of bad rows."""
        rows = "rows" if self.n_rejected != 1 else "row"
        bad = f" with {self.n_rejected} bad {rows}" if self.n_rejected else ""
        return f"{self.path}: " + ", ".join(filter(None, (self.format, self.encoding))) + bad


@dataclass(frozen=True, slots=True)
class BadRows:
    """The quarantine as the reader of one file sees it.

    Parameters
    ----------
    quarantine : Quarantine
    note : FileNote
        Counts the rows.
    name : str
        Of the file, for messages.
    limit : int
        Bytes that a row may have.
    unit : str, default="line"
        What numbers count: ``"line"`` or ``"row"``.
    """

    quarantine: Quarantine
    note: FileNote
    name: str
    limit: int
    unit: str = "line"

    @property
    def too_long(self) -> str:
        """Reason for a row over the limit."""
        return f"longer than {self.limit:,} bytes"

    def add(self, number: int, reason: str, raw: str | bytes) -> None:
        """Set one row aside."""
        self.quarantine.add(self.name, number, reason, raw, unit=self.unit)
        self.note.n_rejected += 1


class TableReader(Protocol):
    """Reads one file; `open_source` has one for each.

    Making one learns `schema` from the start of the file and closes it again, so that a folder of
    thousands of files can be looked through before the first row is given.
    """

    note: FileNote
    schema: pa.Schema
    is_chat: bool
    is_empty: bool

    @property
    def n_rows(self) -> int | None:
        """Number of rows where the file tells it before it is read."""

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Give the good rows in order; hand the bad ones to the quarantine."""

    def fraction_read(self) -> float | None:
        """Give the part of the file that was read, 0 to 1; None where that is not known."""


def describe_text(origin: Origin, format: str, options: ReadOptions) -> tuple[Encoding, FileNote]:
    """Find the encoding of a text file and start its note.

    Parameters
    ----------
    origin : Origin
    format : str
        As in `FileNote`.
    options : ReadOptions

    Returns
    -------
    encoding : Encoding
    note : FileNote

    Raises
    ------
    InputError
        If the file is empty or no text.
    """
    encoding = find_encoding(origin, options.encoding)
    note = FileNote(origin.path, format, encoding.name, origin.n_bytes)
    if encoding.note:
        note.notes.append(f"{origin.name}: {encoding.note}.")
    return encoding, note
