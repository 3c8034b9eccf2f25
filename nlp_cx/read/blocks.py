"""Text eaten from the front, a block at a time, with the line number kept."""

from __future__ import annotations

import codecs

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from nlp_cx.read.transcode import ByteSource

BLOCK_BYTES = 1 << 22
KEPT_BYTES = 4_000
"""Bytes kept of a line that is skipped."""


class TextBlocks:
    r"""Hold the part of a text that was read and not yet eaten.

    Parameters
    ----------
    source : ByteSource
        Gives UTF-8.
    block_bytes : int, optional
        Bytes read at a time; 4 MiB when not given.

    Attributes
    ----------
    data : bytes
        What is held.
    line : int
        Number of the line at its start, from 1.
    is_last : bool
        True where the text ends with `data`.

    Examples
    --------
    >>> import io
    >>> blocks = TextBlocks(io.BytesIO(b"first\nsecond\n"), 8)
    >>> blocks.fill()
    >>> blocks.data, blocks.is_last
    (b'first\nse', False)
    >>> blocks.eat(6, 1)
    >>> blocks.fill()
    >>> blocks.data, blocks.line
    (b'second\n', 2)
    """

    def __init__(self, source: ByteSource, block_bytes: int | None = None) -> None:
        self.data = b""
        self.line = 1
        self.is_last = False
        self._source = source
        self._block_bytes = block_bytes or BLOCK_BYTES

    def fill(self) -> None:
        """Read one block more."""
        block = self._source.read(self._block_bytes)
        self.is_last = not block
        self.data = self.data + block if self.data else block

    def eat(self, n_bytes: int, n_lines: int) -> None:
        """Let go of bytes at the front that hold so many line ends."""
        self.data = self.data[n_bytes:]
        self.line += n_lines

    def skip_line(self, line_end: bytes) -> bytes:
        """Let go of the line at the front, longer than `data`; give the first bytes of it."""
        head = self.data[:KEPT_BYTES]
        while (end := self.data.find(line_end)) < 0 and not self.is_last:
            self.data = b""
            self.fill()
        self.eat(len(self.data) if end < 0 else end + 1, 1)
        return head


def find_bad_bytes(
    block: bytes, starts: npt.NDArray[np.int32], n_bytes: int
) -> npt.NDArray[np.intp]:
    r"""Give the rows that hold a byte that is not UTF-8, or NUL.

    Parameters
    ----------
    block : bytes
    starts : ndarray of int, shape (n_rows,)
        First byte of each row, ascending.
    n_bytes : int
        End of the last row.

    Returns
    -------
    ndarray of int, shape (n_bad,)
        Indices into `starts`, ascending within each kind.

    Examples
    --------
    >>> find_bad_bytes(b"a\nb\xff\nc\0", np.array([0, 2, 5]), 7).tolist()
    [1, 2]
    """
    bad: list[int] = []

    def note(position: int) -> int:
        row = int(np.searchsorted(starts, position, side="right")) - 1
        bad.append(row)
        return int(starts[row + 1]) if row + 1 < len(starts) else n_bytes

    view = memoryview(block)[:n_bytes]
    position = 0 if not is_utf8(view) else n_bytes
    while position < n_bytes:
        try:
            codecs.utf_8_decode(view[position:], "strict", True)
            break
        except UnicodeDecodeError as e:
            position = note(position + e.start)
    position = block.find(0, 0, n_bytes)
    while position >= 0:
        position = block.find(0, note(position), n_bytes)
    return np.array(bad, np.intp)


def is_utf8(view: bytes | memoryview) -> bool:
    r"""Tell whether a whole block is valid UTF-8.

    Examples
    --------
    >>> is_utf8("好".encode()), is_utf8(b"\xff")
    (True, False)
    """
    ends = np.array([0, len(view)], np.int32)
    text = pa.Array.from_buffers(pa.string(), 1, [None, pa.py_buffer(ends), pa.py_buffer(view)])
    try:
        text.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True
