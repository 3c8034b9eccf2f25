"""Parquet: types kept, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from nlp_cx.errors import InputError
from nlp_cx.read.bytestream import Origin
from nlp_cx.read.columns import is_text
from nlp_cx.read.header import name_columns
from nlp_cx.read.quarantine import Quarantine
from nlp_cx.read.reader import BadRows, FileNote, ReadOptions
from nlp_cx.read.transcode import describe_bad_bytes


class ParquetReader:
    """Read one parquet file.

    Parameters
    ----------
    origin : Origin
    options : ReadOptions
    quarantine : Quarantine
        Gets rows with text longer than ``options.max_cell_bytes``, or text that is not UTF-8.

    Raises
    ------
    InputError
        If the file is cut off, damaged or no parquet, or has a column name twice.
    """

    is_chat = False

    def __init__(self, origin: Origin, options: ReadOptions, quarantine: Quarantine) -> None:
        self._origin = origin
        self._options = options
        self._n_done = 0
        self.note = FileNote(origin.path, "parquet", "", origin.n_bytes)
        limit = options.max_cell_bytes
        self._bad = BadRows(quarantine, self.note, origin.name, limit, unit="row")
        if not origin.n_bytes:
            raise InputError(f"{origin.name} is empty (0 bytes). There is nothing to score.")
        with self._open() as file:
            self.schema: pa.Schema = file.schema_arrow.remove_metadata()
            self.n_rows: int = file.metadata.num_rows
        name_columns(self.schema.names, origin.name)
        self.is_empty = self.n_rows == 0

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Give the good rows in order."""
        with self._open() as file:
            batches = file.iter_batches(self._options.chunk_rows, use_threads=False)
            while (batch := self._next(batches)) is not None:
                kept = self._without_bad(batch)
                self._n_done += batch.num_rows
                self.note.n_rows += kept.num_rows
                yield kept

    def fraction_read(self) -> float | None:
        """Give the part of the rows that was read, 0 to 1."""
        return self._n_done / max(self.n_rows, 1)

    def _open(self) -> pq.ParquetFile:
        """Open the file; pages are read as they are needed."""
        try:
            return pq.ParquetFile(self._origin.path, pre_buffer=False)
        except (pa.ArrowInvalid, OSError) as e:
            raise self._damaged(e) from e

    def _next(self, batches: Iterator[pa.RecordBatch]) -> pa.RecordBatch | None:
        """Read one batch; None at the end."""
        try:
            batch = next(batches, None)
        except (pa.ArrowException, OSError) as e:
            raise self._damaged(e) from e
        return None if batch is None else batch.replace_schema_metadata(None)

    def _damaged(self, e: Exception) -> InputError:
        """Say what is wrong with the file."""
        where = f" after row {self._n_done:,}" if self._n_done else ""
        detail = str(e).strip().split("\n")[0].split(". ")[0][:160]
        return InputError(
            f"{self._origin.name}: damaged, cut off, or no parquet file{where} ({detail}). "
            "Get the file again."
        )

    def _without_bad(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Give the batch without the rows that hold text which cannot be scored."""
        bad: dict[int, tuple[str, bytes]] = {}
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            if is_text(column.type) and not self._is_good(column):
                for row, (reason, raw) in self._find_bad(column).items():
                    bad.setdefault(row, (f"column {name!r:.40} {reason}", raw))
        if not bad:
            return batch
        for row in sorted(bad):
            self._bad.add(self._n_done + row + 1, *bad[row])
        return batch.take(pa.array([i for i in range(batch.num_rows) if i not in bad], pa.int64()))

    def _is_good(self, column: pa.Array) -> bool:
        """Check a whole column at once."""
        values = column.dictionary if pa.types.is_dictionary(column.type) else column
        longest = pc.max(pc.binary_length(values)).as_py() or 0
        try:
            values.validate(full=True)
        except pa.ArrowInvalid:
            return False
        return bool(longest <= self._options.max_cell_bytes)

    def _find_bad(self, column: pa.Array) -> dict[int, tuple[str, bytes]]:
        """Give reason and text by row."""
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        bad: dict[int, tuple[str, bytes]] = {}
        for row, raw in enumerate(column.cast(pa.large_binary()).to_pylist()):
            if raw is None:
                continue
            if len(raw) > self._options.max_cell_bytes:
                bad[row] = f"is {self._bad.too_long}", raw
            elif reason := describe_bad_bytes(raw, "utf-8")[0]:
                bad[row] = f"holds text that is no text: {reason}", raw
        return bad
