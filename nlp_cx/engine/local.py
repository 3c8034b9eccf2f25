"""Run a step over a stream of batches in threads: in order, with few batches in flight."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import pyarrow as pa

from nlp_cx.engine.batches import StepFactory, split_table

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class LocalEngine:
    """Run steps in threads of this process.

    Parameters
    ----------
    workers : int, default=1
        Threads.
    chunk_rows : int, default=16384
        Rows of a batch.

    Examples
    --------
    >>> table = pa.table({"n": [1, 2, 3]})
    >>> LocalEngine(chunk_rows=2).map_table(lambda: lambda batch: batch, table).equals(table)
    True
    """

    workers: int = 1
    chunk_rows: int = 16_384

    def map_table(self, make_step: StepFactory, table: pa.Table) -> pa.Table:
        """Apply a step to every batch of a table; see :class:`nlp_cx.engine.batches.Engine`.

        Parameters
        ----------
        make_step : callable
            Called once.
        table : Table

        Returns
        -------
        Table
        """
        batches = split_table(table, self.chunk_rows)
        return pa.Table.from_batches(map_batches(make_step(), batches, workers=self.workers))


def default_workers() -> int:
    """Give the number of processors that this process may use.

    Returns
    -------
    int
        At least 1.
    """
    try:
        return max(1, len(os.sched_getaffinity(0)))
    except AttributeError:  # not every system has affinities
        return max(1, os.cpu_count() or 1)


def map_batches(
    step: Callable[[T], R], batches: Iterable[T], *, workers: int | None = None
) -> Iterator[R]:
    """Apply a step to every batch and yield the results in input order.

    Parameters
    ----------
    step : callable
        Pure function of one batch. It must release the interpreter lock for threads to help, as
        compiled kernels and Arrow do.
    batches : iterable
        Read from one thread, lazily: at most ``workers + 1`` batches are held at a time, so memory
        does not grow with the input.
    workers : int, optional
        Threads; the processors this process may use when not given. 1 runs in the calling thread.

    Yields
    ------
    object
        ``step(batch)`` for each batch, in order. The values do not depend on `workers`.

    Raises
    ------
    ValueError
        If `workers` is below 1.
    Exception
        Whatever `step` or `batches` raises, behind the results of the batches before; no further
        batch is read after that.

    Examples
    --------
    >>> list(map_batches(lambda batch: sum(batch), [[1, 2], [3, 4]], workers=2))
    [3, 7]
    """
    workers = default_workers() if workers is None else workers
    if workers < 1:
        raise ValueError(f"workers is {workers}; expected 1 or more")
    if workers == 1:
        yield from map(step, batches)
        return
    pending: deque[Future[R]] = deque()
    failures: list[Exception] = []
    with ThreadPoolExecutor(workers, thread_name_prefix="nlp_cx") as pool:
        try:
            for batch in _read(batches, failures):
                pending.append(pool.submit(step, batch))
                if len(pending) > workers:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()
    if failures:
        raise failures[0]


def _read(batches: Iterable[T], failures: list[Exception]) -> Iterator[T]:
    """Give the batches; keep what goes wrong for later, when those before it are done."""
    try:
        yield from batches
    except Exception as e:  # noqa: BLE001
        failures.append(e)
