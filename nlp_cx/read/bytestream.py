"""The bytes of one input file: from disk or standard input, unpacked where it is gzip."""

from __future__ import annotations

import gzip
import os
import re
import sys
import zlib
from io import BufferedReader
from typing import BinaryIO, cast

from nlp_cx.errors import InputError
from nlp_cx.read.encodings import (
    SAMPLE_BYTES,
    Encoding,
    detect_encoding,
    marked_encoding,
    named_encoding,
)
from nlp_cx.read.inputs import STDIN

_BLOCK = 1 << 20
_ASCII_LIMIT = 1 << 26
_FOREIGN = {
    b"PK\x03\x04": "a zip archive (perhaps an .xlsx workbook)",
    b"PAR1": "parquet",
    b"\xd0\xcf\x11\xe0": "an old Office file (perhaps .xls)",
    b"%PDF": "PDF",
    b"\x1f\x8b": "gzip inside gzip",
    b"BZh": "bzip2",
    b"\x28\xb5\x2f\xfd": "zstandard",
    b"\xfd7zXZ": "xz",
    b"SQLite": "an SQLite database",
    b"ARROW1": "Arrow IPC",
    b"{\\rtf": "rich text",
}


class Origin:
    """Where the bytes of one input come from; can be opened more than once.

    Parameters
    ----------
    path : str
        ``-`` is standard input: what is read of it while it is looked at is kept in memory for
        the next opening.

    Examples
    --------
    >>> Origin("no/such.csv").open()
    Traceback (most recent call last):
    nlp_cx.errors.InputError: no/such.csv: cannot be opened (No such file or directory).
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.name = "standard input" if path == STDIN else path
        self._kept = bytearray()

    @property
    def n_bytes(self) -> int | None:
        """Size on disk; None for standard input."""
        return None if self.path == STDIN else os.path.getsize(self.path)

    def open(self, *, is_probe: bool = False) -> ByteStream:
        """Open at the first byte, to look at it (`is_probe`) or to read it for good.

        Raises
        ------
        InputError
            If the file cannot be opened, or ends in .gz and is not gzip.
        """
        raw = self._open_raw(is_probe)
        head = raw.peek(2)[:2]
        is_gzip = head == b"\x1f\x8b"
        if self.path.lower().endswith(".gz") and not is_gzip:
            raw.close()
            found = "is empty" if not head else "is not gzip, although it ends in .gz"
            raise InputError(f"{self.name} {found}. Get the file again, or take the .gz off.")
        return ByteStream(self, raw, is_gzip)

    def _open_raw(self, is_probe: bool) -> BufferedReader:
        """Open the packed bytes."""
        if self.path == STDIN:
            return cast(BufferedReader, _Pipe(sys.stdin.buffer, self._kept, is_probe))
        try:
            return open(self.path, "rb")
        except OSError as e:
            raise InputError(f"{self.name}: cannot be opened ({e.strerror}).") from e


class ByteStream:
    """One opening of an `Origin`: unpacked bytes, and how far it has come.

    Parameters
    ----------
    origin : Origin
    raw : BufferedReader
        The packed bytes.
    is_gzip : bool
    """

    def __init__(self, origin: Origin, raw: BufferedReader, is_gzip: bool) -> None:
        self._origin = origin
        self._raw = raw
        self._file = cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if is_gzip else raw
        self.is_gzip = is_gzip
        self._n_packed = origin.n_bytes
        self.n_read = 0

    def read(self, size: int, /) -> bytes:
        """Give at most `size` bytes; none at the end only.

        Raises
        ------
        InputError
            If the file is damaged.
        """
        try:
            block = self._file.read(size)
        except (OSError, EOFError, zlib.error) as e:
            what = "the gzip data is damaged or cut off" if self.is_gzip else "cannot be read on"
            raise InputError(
                f"{self._origin.name}: {what} after {self.n_read:,} bytes ({e}). "
                "Get the file again."
            ) from e
        self.n_read += len(block)
        return block

    def fraction_read(self) -> float | None:
        """Give the part of the file that was read, 0 to 1; None for standard input."""
        if self._n_packed is None:
            return None
        return 1.0 if self._raw.closed else min(self._raw.tell() / max(self._n_packed, 1), 1.0)

    def close(self) -> None:
        """Close the file."""
        self._raw.close()

    def __enter__(self) -> ByteStream:
        """Give itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.close()


class _Pipe:
    """Standard input, with what was read of it before in front."""

    def __init__(self, pipe: BinaryIO, kept: bytearray, keeps: bool) -> None:
        self._pipe = pipe
        self._kept = kept
        self._keeps = keeps
        self._at = 0

    def peek(self, size: int) -> bytes:
        """Give the first bytes and leave them there."""
        while len(self._kept) < size:
            block = self._pipe.read(size - len(self._kept))
            if not block:
                break
            self._kept += block
        return bytes(self._kept[:size])

    def read(self, size: int) -> bytes:
        """Give what was kept, then read on."""
        if self._at < len(self._kept):
            block = bytes(self._kept[self._at : self._at + size])
            self._at += len(block)
            return block
        if not self._keeps:
            self._kept.clear()
            self._at = 0
            return self._pipe.read(size)
        block = self._pipe.read(size)
        self._kept += block
        self._at += len(block)
        return block

    def close(self) -> None:
        """Leave standard input open; it is not ours."""


def find_encoding(origin: Origin, given: str | None = None) -> Encoding:
    """Find the encoding of a file from its first bytes and the first that are not ASCII.

    Parameters
    ----------
    origin : Origin
    given : str, optional
        The encoding that the user named; only a byte order mark is looked for then.

    Returns
    -------
    Encoding

    Raises
    ------
    InputError
        If the file is empty or of another kind than text, or `given` is not known.
    """
    with origin.open(is_probe=True) as stream:
        head = stream.read(SAMPLE_BYTES)
        if not head:
            raise InputError(f"{origin.name} is empty (0 bytes). There is nothing to score.")
        for magic, kind in _FOREIGN.items():
            if head.startswith(magic):
                raise InputError(
                    f"{origin.name} holds {kind}, not text as its name says. Rename or convert it."
                )
        if given is not None:
            return _given_encoding(head, given)
        try:
            is_wide = 0 in head or not head.isascii()
            return detect_encoding(head if is_wide else _from_first_wide(stream, head))
        except InputError as e:
            raise InputError(f"{origin.name}: {e}") from e


def _given_encoding(head: bytes, given: str) -> Encoding:
    """Take the user's word, but look for a byte order mark, which also tells which UTF-16 it is."""
    name = named_encoding(given)
    marked = marked_encoding(head)
    return marked if marked is not None and marked.name[:6] == name[:6] else Encoding(name)


def _from_first_wide(stream: ByteStream, head: bytes) -> bytes:
    """Give the bytes from the first that is not ASCII on; `head` where there is none for long."""
    block = head
    while block and stream.n_read < _ASCII_LIMIT:
        block = stream.read(_BLOCK)
        if not block.isascii():
            wide = re.search(rb"[^\x00-\x7f]", block)
            start = wide.start() if wide else 0
            return block[start:] + stream.read(max(0, SAMPLE_BYTES - len(block) + start))
    return head
