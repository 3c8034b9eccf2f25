"""Steps over batches, and how a table becomes batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

import pyarrow as pa

Step = Callable[[pa.RecordBatch], pa.RecordBatch]
"""A pure function of one batch; its result has one schema, also for a batch without rows."""

StepFactory = Callable[[], Step]
"""Makes a step where it runs. It is what travels to other processes, so it must be small to pickle;
equal ones make equal steps."""

TableLike = TypeVar("TableLike")


class Engine(Protocol[TableLike]):
    """Where a step runs; every engine passes ``tests/contracts/test_engine.py``."""

    def map_table(self, make_step: StepFactory, table: TableLike) -> TableLike:
        """Apply a step to every batch of a table.

        Parameters
        ----------
        make_step : callable
            Called once where the step runs, not once a batch.
        table : table of the engine's kind

        Returns
        -------
        table of the same kind
            The results, in the order of the rows of `table`. They must not depend on how it is cut
            into batches.
        """


def split_table(table: pa.Table, n_rows: int) -> Iterator[pa.RecordBatch]:
    """Cut a table into batches.

    Parameters
    ----------
    table : Table
    n_rows : int
        Most rows of a batch.

    Yields
    ------
    RecordBatch
        At least one, which has no rows if the table has none.

    Examples
    --------
    >>> [batch.num_rows for batch in split_table(pa.table({"n": [1, 2, 3]}), 2)]
    [2, 1]
    """
    if table.num_rows == 0:
        yield empty_batch(table.schema)
    for start in range(0, table.num_rows, n_rows):
        # More than one batch where strings do not fit into one array (2 GB).
        yield from table.slice(start, n_rows).combine_chunks().to_batches()


def empty_batch(schema: pa.Schema) -> pa.RecordBatch:
    """Give a batch without rows.

    Parameters
    ----------
    schema : Schema

    Returns
    -------
    RecordBatch, shape (0, …)
    """
    return pa.RecordBatch.from_arrays([pa.nulls(0, field.type) for field in schema], schema=schema)
