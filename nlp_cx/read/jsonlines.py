"""JSON lines and JSON arrays: types kept, nested chats flattened, broken lines set aside."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice

import pyarrow as pa
import pyarrow.json as pj

from nlp_cx.errors import InputError
from nlp_cx.read.blocks import TextBlocks, is_utf8
from nlp_cx.read.bytestream import ByteStream, Origin
from nlp_cx.read.chats import flatten_conversations, is_nested_chat
from nlp_cx.read.fields import as_json, storable
from nlp_cx.read.jsonrows import JsonBlock, parse_row, split_array, split_lines
from nlp_cx.read.jsontypes import JsonTypes, Row, fit_row, is_exact
from nlp_cx.read.quarantine import Quarantine
from nlp_cx.read.reader import BadRows, ReadOptions, describe_text
from nlp_cx.read.transcode import Utf8Stream, describe_bad_bytes

SCAN_BYTES = 1 << 29
"""Bytes from the start of a file that settle names and types of its columns (2 s at 250 MB/s)."""

STDIN_SCAN_BYTES = 1 << 25
"""The same for standard input, where they are held in memory."""

_N_FIRST = 20
_KINDS = {str: "a text", bool: "true or false", list: "a list", dict: "an object"}

Reject = Callable[[int, str, str | bytes], None]
"""Called with line number, reason and the row as it stands in the file."""

OTHER_FIELDS = "other_fields"
"""Column for what the scanned part did not show; only where that is not the whole file."""


class JsonReader:
    """Read one file of JSON objects.

    Parameters
    ----------
    origin : Origin
    format : {"jsonl", "json"}
    options : ReadOptions
    quarantine : Quarantine
        Gets lines that are not valid JSON or no object, that hold a key twice, half a surrogate
        pair or bytes that are not in the encoding, or that are longer than
        ``options.max_cell_bytes``.

    Raises
    ------
    InputError
        If the file is empty, no text, or neither an array of objects nor one object per line.

    Notes
    -----
    Columns are all fields of the file with the types of `JsonTypes`, so a file is gone through
    twice. Only the first 512 MiB count (32 MiB of standard input); a longer one has one more
    column, ``other_fields``: what came later under a new name or of another type, as JSON text.
    Objects that hold a list of turns are flattened by `nlp_cx.read.chats`.
    Blocks are parsed by pyarrow; one that it refuses is gone through row by row.
    """

    def __init__(
        self, origin: Origin, format: str, options: ReadOptions, quarantine: Quarantine
    ) -> None:
        self._origin = origin
        self._options = options
        self._encoding, self.note = describe_text(origin, format, options)
        self._bad = BadRows(quarantine, self.note, origin.name, options.max_cell_bytes)
        self._stream: ByteStream | None = None
        self._row_schema = pa.schema([])
        self._other: str | None = None
        self.n_rows: int | None = None
        head = self._first_rows()
        self.is_empty = not head
        self.is_chat = is_nested_chat(head)
        self.schema = self._learn_chat() if self.is_chat else self._learn_rows()

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Give the good rows in order."""
        with self._origin.open() as stream:
            self._stream = stream
            blocks = self._blocks(stream, self._bad.add)
            batches = (
                self._flatten(blocks, self._bad.add)
                if self.is_chat
                else map(self._take_batch, blocks)
            )
            for batch in batches:
                self.note.n_rows += batch.num_rows
                yield batch

    def fraction_read(self) -> float | None:
        """Give the part of the file that was read, 0 to 1; None for standard input."""
        if self._stream is None:
            return None if self._origin.n_bytes is None else 0.0
        return self._stream.fraction_read()

    def _blocks(self, stream: ByteStream, reject: Reject) -> Iterator[JsonBlock]:
        """Give the rows of the file, whatever its layout."""
        blocks = TextBlocks(Utf8Stream(stream, self._encoding))
        while not blocks.is_last and not blocks.data.strip():
            blocks.fill()
        limit = self._options.max_cell_bytes
        if blocks.data.lstrip()[:1] == b"[":
            yield from split_array(blocks, limit, self._origin.name)
            return
        for block in split_lines(blocks, limit):
            if isinstance(block, JsonBlock):
                yield block
            else:
                reject(block[0], self._bad.too_long, block[1])

    def _first_rows(self) -> list[Row]:
        """Parse some rows from the start; raise where there are rows but none can be parsed."""
        failures: list[str] = []
        with self._origin.open(is_probe=True) as stream:
            rows = self._parse(
                self._blocks(stream, _ignore),
                lambda line, reason, raw: failures.append(f"line {line}: {reason}"),
            )
            head = [row for _, row in islice(rows, _N_FIRST)]
        if failures and not head:
            raise InputError(
                f"{self._origin.name}, {failures[0]}, and so on. Expected one JSON object per "
                "line, or one array of objects."
            )
        return head

    def _learn_rows(self) -> pa.Schema:
        """Settle the columns."""
        types = JsonTypes()
        n_bytes = n_rows = 0
        limit = STDIN_SCAN_BYTES if self._origin.n_bytes is None else SCAN_BYTES
        with self._origin.open(is_probe=True) as stream:
            for block in self._blocks(stream, _ignore):
                n_rows += self._see(types, block)
                n_bytes += len(block.data)
                if n_bytes >= limit:
                    self._other = OTHER_FIELDS
                    break
        self._row_schema = types.schema()
        if types.mixed:
            names = ", ".join(f"{name!r:.40}" for name in types.mixed[:5])
            self.note.notes.append(
                f"{self._origin.name}: {names} hold values of different kinds and are carried as "
                "text (what is no text as JSON)."
            )
        if self._other is None:
            self.n_rows = n_rows
            return self._row_schema
        while self._other in self._row_schema.names:
            self._other += "_"
        return self._row_schema.append(pa.field(self._other, pa.string()))

    def _see(self, types: JsonTypes, block: JsonBlock) -> int:
        """Widen the types by one block; give its number of good rows."""
        table = self._read_fast(block, None)
        if table is not None and types.see_table(table):
            return int(table.num_rows)
        rows = [row for _, row in self._parse([block], _ignore)]
        types.see_rows(rows)
        return len(rows)

    def _learn_chat(self) -> pa.Schema:
        """Settle the columns by the first conversations."""
        with self._origin.open(is_probe=True) as stream:
            return next(self._flatten(self._blocks(stream, _ignore), _ignore)).schema

    def _flatten(self, blocks: Iterable[JsonBlock], reject: Reject) -> Iterator[pa.RecordBatch]:
        """Give one row per turn."""
        return flatten_conversations(
            self._parse(blocks, reject),
            quarantine=lambda line, reason, row: reject(line, reason, as_json(row)),
            chunk_rows=self._options.chunk_rows,
            source_name=os.path.basename(self._origin.path).split(".")[0] or "chat",
        )

    def _take_batch(self, block: JsonBlock) -> pa.RecordBatch:
        """Give the good rows of a block and hand on the others."""
        table = self._read_fast(block, self._row_schema)
        if table is not None:
            columns = [table.column(i).combine_chunks() for i in range(len(self._row_schema))]
            if self._other:
                columns.append(pa.nulls(table.num_rows, pa.string()))
            return pa.RecordBatch.from_arrays(columns, schema=self.schema)
        rows: list[Row] = []
        for line, row in self._parse([block], self._bad.add):
            fitted, others = fit_row(row, self._row_schema)
            if others and self._other:
                fitted[self._other] = as_json(others)
            elif others:
                name, value = next(iter(others.items()))
                # Not the value: a reason is shown where personal data are to be masked, too.
                kind = _KINDS.get(type(value), "a number")
                reason = f"the field {name!r:.40} holds {kind}, unlike the file when opened"
                self._bad.add(line, reason, as_json(row))
                continue
            rows.append(fitted)
        return pa.RecordBatch.from_pylist(rows, schema=self.schema)

    def _read_fast(self, block: JsonBlock, schema: pa.Schema | None) -> pa.Table | None:
        """Parse a whole block; None where it has to be gone through row by row."""
        data = block.data
        if len(data) > self._options.max_cell_bytes or not is_utf8(data):
            return None
        try:
            table = pj.read_json(
                pa.BufferReader(data),
                pj.ReadOptions(use_threads=False, block_size=len(data) + 1),
                pj.ParseOptions(
                    explicit_schema=schema,
                    unexpected_field_behavior="infer" if schema is None else "error",
                ),
            )
        except pa.ArrowInvalid:
            return None
        n_lines = data.count(b"\n") + (not data.endswith(b"\n"))
        is_whole = table.num_rows == n_lines or table.num_rows == block.n_rows()
        return table if is_whole and (schema is None or is_exact(table.columns)) else None

    def _parse(self, blocks: Iterable[JsonBlock], reject: Reject) -> Iterator[tuple[int, Row]]:
        """Parse row by row; hand on what cannot be parsed."""
        for line, raw in chain.from_iterable(block.rows() for block in blocks):
            shown: str | bytes = raw
            try:
                row = parse_row(raw)
                reason = ""
                if len(raw) > self._options.max_cell_bytes:
                    reason = self._bad.too_long
                elif b"\\u" in raw and not storable(row):
                    reason = "half a surrogate pair, which is no character"
            except UnicodeDecodeError:
                reason, shown = describe_bad_bytes(raw, self._encoding.name)
            except InputError as e:
                reason = str(e)
            if reason:
                reject(line, reason, shown)
            else:
                yield line, row


def _ignore(line: int, reason: str, raw: str | bytes) -> None:
    """Let a bad row go while the file is only looked at."""
