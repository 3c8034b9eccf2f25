"""Rows of a stream parted by a key and kept on the disk, so that each part can be held alone."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import IO

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from nlp_cx.study.streams.spool import reporting


class Parts:
    """Take batches in, then give all rows of each part, in the order they came in.

    Parameters
    ----------
    n_parts : int
        1 keeps everything in memory.

    Notes
    -----
    The file is in the system's temporary folder and has no name there, as that of `Spool`.

    Examples
    --------
    >>> parts = Parts(2)
    >>> parts.write(pa.record_batch({"n": [1, 2, 3]}), np.array([0, 1, 0]))
    >>> [table.to_pydict() for table in parts.tables()]
    [{'n': [1, 3]}, {'n': [2]}]
    """

    def __init__(self, n_parts: int) -> None:
        self._numbers: list[list[int]] = [[] for _ in range(n_parts)]
        self._held: list[pa.RecordBatch] = []
        self._file: IO[bytes] | None = None
        self._writer: pa.ipc.RecordBatchFileWriter | None = None
        self._n_written = 0

    @property
    def n_parts(self) -> int:
        """Number of parts."""
        return len(self._numbers)

    def write(self, batch: pa.RecordBatch, part: npt.NDArray[np.int64]) -> None:
        """Append a batch.

        Parameters
        ----------
        batch : RecordBatch, shape (n_rows, …)
            Without dictionaries.
        part : ndarray of int64, shape (n_rows,)
            Part of each row, from 0.

        Raises
        ------
        OutputError
            If the temporary folder is full.
        """
        if self.n_parts == 1:
            self._held.append(batch)
            return
        order = np.argsort(part, kind="stable")
        bounds = np.searchsorted(part[order], np.arange(self.n_parts + 1))
        ordered = batch.take(pa.array(order))
        with reporting():
            if self._writer is None:
                self._file = tempfile.TemporaryFile(prefix="nlp_cx-")  # noqa: SIM115
                options = pa.ipc.IpcWriteOptions(compression="lz4")
                self._writer = pa.ipc.new_file(self._file, batch.schema, options=options)
            for i in np.flatnonzero(np.diff(bounds)).tolist():
                self._writer.write_batch(ordered.slice(bounds[i], bounds[i + 1] - bounds[i]))
                self._numbers[i].append(self._n_written)
                self._n_written += 1

    def tables(self) -> Iterator[pa.Table]:
        """Give the rows of each part that has any, once, and let the file go."""
        if self.n_parts == 1:
            if self._held:
                yield pa.Table.from_batches(self._held)
            self._held = []
            return
        if self._writer is None or self._file is None:
            return
        with reporting():
            self._writer.close()
        with self._file, pa.ipc.open_file(self._file) as reader:
            for numbers in self._numbers:
                if numbers:
                    yield pa.Table.from_batches([reader.get_batch(i) for i in numbers])
