"""Batches kept on the disk between two passes over an input that can be read only once."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from typing import IO

import pyarrow as pa

from nlp_cx.errors import OutputError


class Spool:
    """Write batches, then read them again in order.

    Parameters
    ----------
    schema : pyarrow.Schema

    Notes
    -----
    In the system's temporary folder, without a name there: nothing is left whatever happens. A
    chat log needs it because who is an agent is known only when all turns were seen, while
    standard input and parsing are not to be gone through twice.

    Examples
    --------
    >>> batch = pa.record_batch({"text": ["您好", "在吗"]})
    >>> spool = Spool(batch.schema)
    >>> spool.write(batch)
    >>> [again.num_rows for again in spool.batches()], spool.n_rows
    ([2], 2)
    """

    def __init__(self, schema: pa.Schema) -> None:
        self.n_rows = 0
        with reporting():
            self._file: IO[bytes] = tempfile.TemporaryFile(prefix="nlp_cx-")  # noqa: SIM115
            options = pa.ipc.IpcWriteOptions(compression="lz4")
            self._writer = pa.ipc.new_stream(self._file, schema, options=options)

    def write(self, batch: pa.RecordBatch) -> None:
        """Append a batch.

        Parameters
        ----------
        batch : pyarrow.RecordBatch

        Raises
        ------
        OutputError
            If the temporary folder is full.
        """
        with reporting():
            self._writer.write_batch(batch)
        self.n_rows += batch.num_rows

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Give what was written, once, and let the file go."""
        with reporting():
            self._writer.close()
        self._file.seek(0)
        with self._file, pa.ipc.open_stream(self._file) as reader:
            yield from reader


@contextlib.contextmanager
def reporting() -> Iterator[None]:
    """Say which folder is full.

    Raises
    ------
    OutputError
        Instead of what the system raises.
    """
    try:
        yield
    except OSError as e:
        raise OutputError(
            f"{tempfile.gettempdir()}: the temporary folder cannot hold the chats "
            f"({e.strerror or e}). Set TMPDIR to a folder with more space."
        ) from e
