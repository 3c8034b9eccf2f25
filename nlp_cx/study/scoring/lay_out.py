"""Scored batches under the column names that later stages need."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from nlp_cx.read.columns import ColumnRoles
from nlp_cx.study.scoring.task import ScoreTask, cast_keys, prefix_ids, repeat_word
from nlp_cx.study.streams.jobs import Job


def lay_out(
    task: ScoreTask, roles: ColumnRoles, job: Job, scored: pa.RecordBatch
) -> pa.RecordBatch:
    """Put the columns that later stages need under their names.

    Parameters
    ----------
    task : ScoreTask
    roles : ColumnRoles
    job : Job
        With the columns of the input.
    scored : RecordBatch
        The same rows, scored.

    Returns
    -------
    RecordBatch
    """
    given = job.batch.schema.names

    def own(name: str) -> pa.Array:
        hidden = f"input_{name}"
        is_hidden = hidden in scored.schema.names and hidden not in given
        column = scored.column(hidden if is_hidden else name)
        # Each batch has a dictionary of its own.
        return column.cast(column.type.value_type) if _is_coded(column) else column

    columns: dict[str, pa.Array] = {
        "doc_id": prefix_ids(task, scored.column("doc_id")),
        "input": repeat_word(str(task.spec.name), scored.num_rows),
    }
    if roles.interaction is not None:
        columns["interaction_id"] = cast_keys(task, scored.column("interaction_id"))
    if task.spec.customer is not None:
        columns["customer_id"] = cast_keys(task, own(task.spec.customer))
    columns["channel"] = (
        repeat_word("chat" if roles.speaker is not None else "review", scored.num_rows)
        if task.spec.channel is None
        else own(task.spec.channel)
    )
    if roles.created_at is not None:
        columns["created_at"] = own(roles.created_at)
    columns["text"] = own(roles.text)
    for name in scored_schema_names(scored.schema.names, given):
        columns.setdefault(name, scored.column(name))
    if roles.speaker is not None and "turn" in scored.schema.names:
        columns.setdefault("turn", scored.column("turn"))
    for name in task.carry:
        columns.setdefault(name, own(name))
    return pa.record_batch(columns)


def scored_schema_names(names: Sequence[str], given: Sequence[str]) -> list[str]:
    """List the columns that scoring has made, those with the names of the input's among them.

    Examples
    --------
    >>> scored_schema_names(["lang", "input_lang", "stars", "p_price"], ["lang", "stars"])
    ['lang', 'p_price']
    """
    there = set(given)
    hidden = {f"input_{name}" for name in given}
    return [
        name
        for name in names
        if name not in hidden and (name not in there or f"input_{name}" in names)
    ]


def _is_coded(column: pa.Array) -> bool:
    """Tell whether a column is a dictionary."""
    return bool(pa.types.is_dictionary(column.type))
