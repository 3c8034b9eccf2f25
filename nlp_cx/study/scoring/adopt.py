"""Texts that ``nlp-cx score`` has scored, taken over as they are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from nlp_cx.errors import InputError
from nlp_cx.read.table_file import read_arrow
from nlp_cx.schema import EVIDENCE, scored_schema
from nlp_cx.study.scoring.task import OnProgress, ScoreTask, cast_keys, prefix_ids, repeat_word
from nlp_cx.study.scoring.type_cells import type_scored
from nlp_cx.write.sink import open_sink

KEYS = ("interaction_id", "customer_id")


def adopt_scored(
    task: ScoreTask, drivers: Sequence[str], on_progress: OnProgress
) -> dict[str, Any]:
    """Take over texts that ``nlp-cx score`` has scored.

    Parameters
    ----------
    task : ScoreTask
    drivers : sequence of str
    on_progress : callable

    Returns
    -------
    dict
        As `score_input`.

    Raises
    ------
    InputError
        If the file is no scored table.
    """
    spec = task.spec
    table, notes = read_arrow(spec.path, encoding=spec.encoding)
    needed = ["doc_id", "lang", "sentiment", "sentiment_score", *drivers, "loyalty", "mixed"]
    lacking = [name for name in needed if name not in table.column_names]
    if lacking:
        raise InputError(
            f"{spec.path}: kind is scored, but there is no column {', '.join(lacking)}. Give the "
            "table of nlp-cx score, or call the input reviews."
        )
    table = _cast_labels(table, scored_schema().columns)
    text = spec.text if spec.text is not None else ("text" if "text" in table.column_names else "")
    on_progress("reading", None, table.num_rows)
    columns = _lay_out_scored(task, table, text)
    _write_table(task.path("raw"), columns)
    if spec.evidence is not None:
        evidence, _ = read_arrow(spec.evidence)
        evidence = _cast_labels(evidence, EVIDENCE.columns)
        evidence = evidence.set_column(
            evidence.schema.get_field_index("doc_id"),
            "doc_id",
            prefix_ids(task, evidence["doc_id"]),
        )
        _write_table(task.path("evidence"), evidence)
    return {
        "n_rows": table.num_rows,
        "n_rejected": notes.n_rejected,
        "n_unreadable_times": type_scored(task),
        "files": [spec.path],
        "notes": notes.all,
        "roles": {"text": text or None, "created_at": spec.time},
    }


def _lay_out_scored(task: ScoreTask, table: pa.Table, text: str) -> pa.Table:
    """Put the columns of a scored file under the names that later stages need."""
    spec = task.spec
    columns: dict[str, Any] = {
        "doc_id": prefix_ids(task, table["doc_id"]),
        "input": repeat_word(str(spec.name), table.num_rows),
    }
    roles = {
        "interaction_id": spec.interaction,
        "customer_id": spec.customer,
        "channel": spec.channel,
        "created_at": spec.time,
    }
    for name, column in roles.items():
        source = column or (name if name in table.column_names else None)
        if source is not None:
            columns[name] = cast_keys(task, table[source]) if name in KEYS else table[source]
    if "channel" not in columns:
        columns["channel"] = repeat_word("review", table.num_rows)
    columns["text"] = table[text] if text else pa.nulls(table.num_rows, pa.string())
    names = {column.name for column in scored_schema().columns}
    for name in table.column_names:
        if name in names or name in task.carry or name.startswith("p_"):
            columns.setdefault(name, table[name])
    return pa.table(columns)


def _cast_labels(table: pa.Table, columns: Any) -> pa.Table:
    """Give declared columns their declared types."""
    for column in columns:
        i = table.schema.get_field_index(column.name)
        if column.type is not None and i >= 0 and table.schema.field(i).type != column.type:
            cast = table.column(i)
            if pa.types.is_dictionary(column.type):
                cast = cast.cast(pa.string()).dictionary_encode()
            table = table.set_column(i, column.name, cast.cast(column.type))
    return table


def _write_table(path: Path, table: pa.Table) -> None:
    """Write a table whole or not at all."""
    with open_sink(path, table.schema) as sink:
        for batch in table.to_batches():
            sink.write(batch)
