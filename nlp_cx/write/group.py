"""Several outputs of one run, which appear together or not at all."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa

from nlp_cx.errors import OutputError
from nlp_cx.write.sink import Sink, open_sink


class SinkGroup:
    """Open sinks whose files are renamed only when every one of them is complete.

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
    ...             outputs.open(Path(folder) / name, batch.schema).write(batch)
    ...     sorted(path.name for path in Path(folder).iterdir())
    ['evidence.csv', 'scored.csv']
    """

    def __init__(self) -> None:
        self._sinks: list[Sink] = []

    def open(self, path: str | Path, schema: pa.Schema, *, excel_safe: bool = False) -> Sink:
        """Open one more output.

        Parameters
        ----------
        path, schema, excel_safe
            As in `open_sink`.

        Returns
        -------
        Sink
            To be written to; the group finishes it.

        Raises
        ------
        OutputError
            As `open_sink`, or if two outputs would be the same file.
        """
        sink = open_sink(path, schema, excel_safe=excel_safe)
        if any(sink.path == other.path for other in self._sinks):
            sink.discard()
            raise OutputError(f"{path}: two outputs have this name. Give each its own.")
        self._sinks.append(sink)
        return sink

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
                for sink in self._sinks:
                    sink.finish()
                for sink in self._sinks:
                    sink.commit()
        finally:
            for sink in self._sinks:
                sink.discard()
