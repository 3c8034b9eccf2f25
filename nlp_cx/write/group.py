"""Several outputs of one run, which appear together or not at all."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa

from nlp_cx.errors import OutputError
from nlp_cx.write.sink import Sink, open_sink


class SinkGroup:
    """Write several tables, whose files are renamed only when every one of them is complete.

    Parameters
    ----------
    excel_safe : bool, default=False
        As in `open_sink`.

    Notes
    -----
    Everything that can fail for want of space happens before the first rename. The renames
    themselves are one after the other: a machine that stops between two of them leaves some
    files new and some old, each of them whole.

    Examples
    --------
    >>> import tempfile
    >>> batch = pa.record_batch({"n": [1]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with SinkGroup() as outputs:
    ...         for name in ("scored.csv", "evidence.csv"):
    ...             outputs.write(Path(folder) / name, batch)
    ...     sorted(path.name for path in Path(folder).iterdir())
    ['evidence.csv', 'scored.csv']
    """

    def __init__(self, *, excel_safe: bool = False) -> None:
        self._excel_safe = excel_safe
        self._sinks: dict[str, Sink] = {}

    @property
    def n_rows(self) -> dict[str, int]:
        """Rows written so far, by path."""
        return {path: sink.n_rows for path, sink in self._sinks.items()}

    @property
    def n_formula_cells(self) -> dict[str, int]:
        """Text cells that a spreadsheet would take for a formula, by path (csv and tsv; else 0)."""
        return {path: sink.n_formula_cells for path, sink in self._sinks.items()}

    def write(self, path: str | Path, batch: pa.RecordBatch) -> None:
        """Append rows to an output, which the first batch opens.

        Parameters
        ----------
        path : str or Path
            As in `open_sink`.
        batch : pyarrow.RecordBatch
            All batches of a path have the columns of the first.

        Raises
        ------
        OutputError
            As `open_sink` and `Sink.write`, or if two paths are the same file.
        """
        name = str(path)
        if name not in self._sinks:
            sink = open_sink(path, batch.schema, excel_safe=self._excel_safe)
            if any(sink.path == other.path for other in self._sinks.values()):
                sink.discard()
                raise OutputError(f"{path}: two outputs have this name. Give each its own.")
            self._sinks[name] = sink
        self._sinks[name].write(batch)

    def __enter__(self) -> Self:
        """Return the group itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finish all and rename all on a clean exit; remove all temporary files otherwise."""
        try:
            if kind is None:
                for sink in self._sinks.values():
                    sink.finish()
                for sink in self._sinks.values():
                    sink.commit()
        finally:
            for sink in self._sinks.values():
                sink.discard()
