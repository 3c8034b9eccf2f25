"""The batches of a run, each with what has to be known of its rows before it can be scored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pyarrow as pa

from nlp_cx.read.columns import ColumnRoles
from nlp_cx.read.roles import RoleBook
from nlp_cx.read.source import Source
from nlp_cx.read.turns import TurnCounter
from nlp_cx.study.streams.spool import Spool


class Job(NamedTuple):
    """One batch to score.

    Attributes
    ----------
    batch : RecordBatch, shape (n_rows, ...)
        The user's columns.
    first_row : int
        Number of its first row over all inputs, from 0.
    fraction : float or None
        Part of the work that is done with it, 0 to 1; None where that is not known.
    n_rows_all : int or None
        Rows of the whole input; None where that is not known before its end.
    speakers : Array of label, shape (n_rows,), or None
        Who wrote each row; None where the input is no chat.
    turns : Array of int32, shape (n_rows,), or None
        Position in the conversation; None where the input says it or is no chat.
    """

    batch: pa.RecordBatch
    first_row: int
    fraction: float | None = None
    n_rows_all: int | None = None
    speakers: pa.Array | None = None
    turns: pa.Array | None = None


def review_jobs(source: Source) -> Iterator[Job]:
    """Number the rows of an input without speakers.

    Parameters
    ----------
    source : Source

    Yields
    ------
    Job
    """
    first_row = 0
    for batch in source:
        yield Job(batch, first_row, source.fraction_read())
        first_row += batch.num_rows


def chat_jobs(
    source: Source,
    roles: ColumnRoles,
    book: RoleBook,
    *,
    on_read: Callable[[float | None, int], object],
) -> Iterator[Job]:
    """Tell who wrote each turn: look at all of them first, then give the batches again.

    Parameters
    ----------
    source : Source
        Read once; kept on the disk in between.
    roles : ColumnRoles
        With a speaker.
    book : RoleBook
        Empty but for the names that the user gave; filled before the first job is given.
    on_read : callable
        Gets, after every batch of the first pass, the part of the input that was read and the
        rows so far.

    Yields
    ------
    Job
    """

    def column(batch: pa.RecordBatch, name: str | None) -> pa.Array | None:
        return None if name is None else batch.column(name)

    spool = Spool(source.schema)
    for batch in source:
        spool.write(batch)
        book.observe(
            batch.column(roles.speaker),
            batch.column(roles.text),
            column(batch, roles.interaction),
        )
        on_read(source.fraction_read(), spool.n_rows)
    counter = TurnCounter()
    first_row = 0
    for batch in spool.batches():
        interactions = column(batch, roles.interaction)
        speakers = book.resolve(batch.column(roles.speaker), interactions).role
        turns = None
        if roles.turn is None and interactions is not None:
            turns = counter.number(interactions)
        last_row = first_row + batch.num_rows
        done = last_row / max(spool.n_rows, 1)
        yield Job(batch, first_row, done, spool.n_rows, speakers, turns)
        first_row = last_row
