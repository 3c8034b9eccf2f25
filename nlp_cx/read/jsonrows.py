"""Where the objects of JSON text lie: one a line, or parted by commas in one array."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from nlp_cx.errors import InputError
from nlp_cx.read.blocks import TextBlocks

_LF, _QUOTE, _BACKSLASH, _COMMA = 10, 34, 92, 44
_OPENING, _CLOSING = (91, 123), (93, 125)
_END_OF_ARRAY = 93
_LINE_ENDS_AS_SPACES = bytes.maketrans(b"\r\n", b"  ")


class JsonBlock(NamedTuple):
    """Some rows of JSON text.

    Parameters
    ----------
    data : bytes
        One object a line.
    line : int
        Line of the first byte in the file, from 1.
    lines : ndarray of int64, shape (n_rows,), or None
        Line of each row in the file where they do not simply follow each other.
    """

    data: bytes
    line: int
    lines: npt.NDArray[np.int64] | None = None

    def rows(self) -> Iterator[tuple[int, bytes]]:
        r"""Give line number and text of each row that is not blank.

        Examples
        --------
        >>> list(JsonBlock(b'{"a": 1}\n\n{"a": 2}\r\n', 5).rows())
        [(5, b'{"a": 1}'), (7, b'{"a": 2}')]
        """
        for i, raw in enumerate(self.data.split(b"\n")):
            if raw.strip():
                yield (self.line + i if self.lines is None else int(self.lines[i])), raw.strip()

    def n_rows(self) -> int:
        """Count the rows that are not blank."""
        return sum(1 for raw in self.data.split(b"\n") if raw.strip())


def split_lines(blocks: TextBlocks, max_row_bytes: int) -> Iterator[JsonBlock | tuple[int, bytes]]:
    """Cut text into blocks of whole lines.

    Parameters
    ----------
    blocks : TextBlocks
        At the first row.
    max_row_bytes : int
        Longer lines are not held.

    Yields
    ------
    JsonBlock, or (line number, first bytes) of a line that is longer than `max_row_bytes`
    """
    while not blocks.is_last or blocks.data:
        end = len(blocks.data) if blocks.is_last else blocks.data.rfind(b"\n") + 1
        if end:
            block = JsonBlock(blocks.data[:end], blocks.line)
            blocks.eat(end, block.data.count(b"\n"))
            yield block
        elif len(blocks.data) > max_row_bytes:
            line = blocks.line
            yield line, blocks.skip_line(b"\n")
        if not blocks.is_last:
            blocks.fill()


def split_array(blocks: TextBlocks, max_row_bytes: int, where: str) -> Iterator[JsonBlock]:
    """Cut one JSON array into blocks of whole elements, each put on one line.

    Parameters
    ----------
    blocks : TextBlocks
        At the opening bracket.
    max_row_bytes : int
    where : str
        Name of the file, for messages.

    Yields
    ------
    JsonBlock

    Raises
    ------
    InputError
        If the array is cut off, an element is longer than `max_row_bytes`, or something follows
        the array.
    """
    n_before = 0
    _eat(blocks, blocks.data.index(b"[") + 1)
    while True:
        bounds, n_bytes, is_closed = find_elements(blocks.data)
        if len(bounds):
            n_before += len(bounds)
            yield _on_lines(blocks, bounds)
        _eat(blocks, n_bytes)
        if is_closed:
            break
        if blocks.is_last or len(blocks.data) > max_row_bytes:
            rest = blocks.data.lstrip()
            line = blocks.line + blocks.data.count(b"\n", 0, len(blocks.data) - len(rest))
            what = "is cut off"
            if not blocks.is_last:
                what = f"has an element of over {max_row_bytes:,} bytes"
            raise InputError(
                f"{where}, line {line}: the JSON array {what} after {n_before:,} whole elements. "
                "Get the whole file, or give one object per line (.jsonl)."
            )
        blocks.fill()
    while not blocks.is_last and not blocks.data.strip():
        blocks.fill()
    if blocks.data.strip():
        raise InputError(
            f"{where}, line {blocks.line}: something follows the end of the JSON array: "
            f"{blocks.data.strip()[:60]!r}. Expected one array, or one object per line (.jsonl)."
        )


def find_elements(data: bytes) -> tuple[npt.NDArray[np.int64], int, bool]:
    r"""Find the whole elements of the inside of an array.

    Parameters
    ----------
    data : bytes
        Starts between two elements.

    Returns
    -------
    bounds : ndarray of int64, shape (n_elements, 2)
        Start and end, white space and comma not included.
    n_bytes : int
        Bytes done with.
    is_closed : bool
        True where the closing bracket was met.

    Examples
    --------
    >>> find_elements(b'{"a": "]"},\n{"b": [1]} ]')
    (array([[ 0, 10], [12, 22]]), 24, True)
    """
    bounds = np.empty((data.count(b",") + 1, 2), np.int64)
    n, n_bytes, is_closed = _elements(np.frombuffer(data, np.uint8), bounds)
    return bounds[:n], n_bytes, bool(is_closed)


def parse_row(raw: bytes) -> dict[str, Any]:
    r"""Parse one JSON object.

    Parameters
    ----------
    raw : bytes
        Valid UTF-8.

    Returns
    -------
    dict

    Raises
    ------
    InputError
        If it is no valid JSON, no object, or has a key twice: with the reason, without file and
        line.

    Examples
    --------
    >>> parse_row(b'{"text": "good"')
    Traceback (most recent call last):
    nlp_cx.errors.InputError: not valid JSON (Expecting ',' delimiter at character 16)
    """
    try:
        row = json.loads(raw.decode(), object_pairs_hook=_unique)
    except json.JSONDecodeError as e:
        raise InputError(
            f"not valid JSON ({e.msg.removesuffix(' at')} at character {e.pos + 1})"
        ) from e
    except RecursionError as e:
        raise InputError("JSON nested too deeply") from e
    if not isinstance(row, dict):
        kinds = {list: "a list", str: "a string", bool: "true or false", type(None): "null"}
        found = kinds.get(type(row), "a number")
        raise InputError(f'{found}, expected an object such as {{"text": "..."}}')
    return row


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object; refuse a key that stands there twice."""
    row = dict(pairs)
    if len(row) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(f"the key {twice!r:.60} stands there twice")
    return row


def _eat(blocks: TextBlocks, n_bytes: int) -> None:
    """Let go of bytes at the front."""
    blocks.eat(n_bytes, blocks.data.count(b"\n", 0, n_bytes))


def _on_lines(blocks: TextBlocks, bounds: npt.NDArray[np.int64]) -> JsonBlock:
    """Put each element on a line of its own (a line end inside one is only white space)."""
    breaks = np.flatnonzero(np.frombuffer(blocks.data, np.uint8) == _LF)
    lines = blocks.line + np.searchsorted(breaks, bounds[:, 0])
    flat = blocks.data.translate(_LINE_ENDS_AS_SPACES)
    data = b"\n".join([flat[start:end] for start, end in bounds.tolist()])
    return JsonBlock(data, int(lines[0]), lines)


@njit(cache=True, nogil=True)
def _elements(data, bounds):  # type: ignore[no-untyped-def]
    """Fill `bounds`; give the number of elements, the bytes done with and whether it is closed."""
    n = n_bytes = depth = pos = last = 0
    start = -1
    in_string = False
    while pos < data.shape[0]:
        byte = data[pos]
        is_end = depth == 0 and not in_string and byte in (_COMMA, _END_OF_ARRAY)
        if is_end:
            if start >= 0:
                bounds[n, 0], bounds[n, 1] = start, last + 1
                n += 1
            start, n_bytes = -1, pos + 1
            if byte == _END_OF_ARRAY:
                return n, n_bytes, True
        elif byte > 32:
            start = pos if start < 0 else start
            if byte == _QUOTE:
                in_string = not in_string
            elif in_string:
                pos += byte == _BACKSLASH
            elif byte in _OPENING:
                depth += 1
            elif byte in _CLOSING and depth > 0:
                depth -= 1
            last = pos
        pos += 1
    return n, n_bytes, False
