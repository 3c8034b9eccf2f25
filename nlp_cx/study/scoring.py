"""The first stage: texts of one input into scored documents under fixed column names."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from nlp_cx.errors import DataWarning, InputError
from nlp_cx.pipeline import FeedbackPipeline
from nlp_cx.read.cell_types import type_cells
from nlp_cx.read.columns import ColumnRoles, find_columns
from nlp_cx.read.quarantine import Quarantine
from nlp_cx.read.source import ReadOptions, open_source
from nlp_cx.read.table_file import read_arrow
from nlp_cx.schema import EVIDENCE, scored_schema
from nlp_cx.study.moments import read_moments
from nlp_cx.study.spec import InputSpec
from nlp_cx.study.streams.jobs import Job
from nlp_cx.study.streams.scored import open_jobs, score_jobs
from nlp_cx.study.streams.turns import TurnCollector
from nlp_cx.write.group import SinkGroup
from nlp_cx.write.sink import open_sink

OnProgress = Callable[[str, float | None, int], object]
"""Gets what is being done, the part that is done (0 to 1, None where not known), and rows."""

KEYS = ("interaction_id", "customer_id")
_BATCH_ROWS = 65_536


@dataclass(frozen=True, slots=True)
class ScoreTask:
    """What to score.

    Parameters
    ----------
    spec : InputSpec
    carry : tuple of str
        The user's columns that later stages need.
    folder : Path
        Gets ``scored.NAME.parquet``, ``evidence.NAME.parquet`` and, for chats,
        ``conversations.NAME.parquet``.
    mask_pii : bool
    is_prefixed : bool
        Ids are made texts, and those of documents begin with the name of the input: there are
        several inputs.
    """

    spec: InputSpec
    carry: tuple[str, ...]
    folder: Path
    mask_pii: bool = False
    is_prefixed: bool = False

    def path(self, table: str) -> Path:
        """Give where a table is written."""
        return self.folder / f"{table}.{self.spec.name}.parquet"


def score_input(
    task: ScoreTask, pipeline: FeedbackPipeline, on_progress: OnProgress
) -> dict[str, Any]:
    """Score the texts of an input.

    Parameters
    ----------
    task : ScoreTask
    pipeline : FeedbackPipeline
    on_progress : callable

    Returns
    -------
    dict
        ``n_rows``, ``n_rejected``, ``n_unreadable_times``, ``n_times``, ``files``, ``notes``,
        ``roles``.

    Raises
    ------
    InputError
        If the input cannot be read or its columns are not clear.
    OutputError
        If the folder is full.
    """
    spec, notes = task.spec, []
    rejected = task.folder / f"{spec.name}.rejected.jsonl"
    with (
        warnings.catch_warnings(record=True) as caught,
        Quarantine(rejected, masks=task.mask_pii) as quarantine,
    ):
        warnings.simplefilter("always", DataWarning)
        options = ReadOptions(encoding=spec.encoding)
        source = open_source(spec.path, options=options, quarantine=quarantine)
        roles = find_roles(spec, source.schema, source.head())
        notes += [*source.notes, *roles.notes]
        jobs, book = open_jobs(
            source,
            roles,
            customers=spec.customers,
            agents=spec.agents,
            on_read=lambda fraction, n: on_progress("reading", fraction, n),
        )
        n_rows = _write(task, roles, _score(task, roles, jobs, pipeline), on_progress)
        if book is not None:
            notes += book.notes()
        n_rejected, files = quarantine.count, [str(note) for note in source.files]
    notes += sorted({str(w.message) for w in caught if issubclass(w.category, DataWarning)})
    n_unreadable = _finish(task)
    found = {role: getattr(roles, role) for role in ("text", "id", "interaction", "created_at")}
    return {
        "n_rows": n_rows,
        "n_rejected": n_rejected,
        "n_unreadable_times": n_unreadable,
        "files": files,
        "notes": notes,
        "roles": found,
    }


def find_roles(
    spec: InputSpec, schema: pa.Schema, head: pa.RecordBatch | None = None
) -> ColumnRoles:
    """Find the columns of an input: those that are named, and by their names the others.

    Parameters
    ----------
    spec : InputSpec
    schema : pyarrow.Schema
    head : RecordBatch, optional

    Returns
    -------
    ColumnRoles

    Raises
    ------
    InputError
        If the text is not clear, or chats have no speaker or no conversation.
    """
    found = find_columns(
        schema,
        text=spec.text,
        id=spec.id,
        interaction=spec.interaction,
        head=head,
        where=spec.path,
    )
    roles = replace(
        found,
        created_at=spec.time or found.created_at,
        speaker=spec.speaker or found.speaker,
        turn=spec.turn or found.turn,
    )
    if spec.kind == "reviews":
        return replace(roles, speaker=None, turn=None)
    if roles.speaker is None or roles.interaction is None:
        what = "who speaks (speaker)" if roles.speaker is None else "conversations (interaction)"
        raise InputError(
            f"{spec.path}: chats, but no column tells {what}. Name it in the study file, or call "
            'the input reviews (kind = "reviews").'
        )
    return roles


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
            evidence.schema.get_field_index("doc_id"), "doc_id", _ids(task, evidence["doc_id"])
        )
        _write_table(task.path("evidence"), evidence)
    return {
        "n_rows": table.num_rows,
        "n_rejected": notes.n_rejected,
        "n_unreadable_times": _finish(task),
        "files": [spec.path],
        "notes": notes.all,
        "roles": {"text": text or None, "created_at": spec.time},
    }


def _score(
    task: ScoreTask, roles: ColumnRoles, jobs: Iterator[Job], pipeline: FeedbackPipeline
) -> Iterator[tuple[Job, pa.RecordBatch, pa.RecordBatch, pa.RecordBatch]]:
    """Give for every batch what was scored, its documents and its evidence."""
    made = score_jobs(jobs, roles, pipeline, with_evidence=True, mask_pii=task.mask_pii)
    for job, result in made:
        documents = _lay_out(task, roles, job, result.scored)
        evidence = result.evidence
        if task.is_prefixed and evidence is not None:
            i = evidence.schema.get_field_index("doc_id")
            evidence = evidence.set_column(i, "doc_id", _ids(task, evidence.column(i)))
        yield job, result.scored, documents, evidence


def _write(
    task: ScoreTask,
    roles: ColumnRoles,
    batches: Iterator[tuple[Job, pa.RecordBatch, pa.RecordBatch, pa.RecordBatch]],
    on_progress: OnProgress,
) -> int:
    """Write documents, evidence and conversations; give the number of rows."""
    has_chats = roles.speaker is not None and roles.interaction is not None
    turns = TurnCollector(roles) if has_chats else None
    n_rows = 0
    with SinkGroup() as outputs:
        for job, scored, documents, evidence in batches:
            outputs.write(task.path("raw"), documents)
            outputs.write(task.path("evidence"), evidence)
            if turns is not None:
                turns.add(job, scored)
            n_rows += documents.num_rows
            on_progress("scoring", job.fraction, n_rows)
        if turns is not None:
            outputs.write(task.path("conversations"), turns.summarize())
    return n_rows


def _lay_out(
    task: ScoreTask, roles: ColumnRoles, job: Job, scored: pa.RecordBatch
) -> pa.RecordBatch:
    """Put the columns that later stages need under their names."""
    given = job.batch.schema.names

    def own(name: str) -> pa.Array:
        hidden = f"input_{name}"
        is_hidden = hidden in scored.schema.names and hidden not in given
        column = scored.column(hidden if is_hidden else name)
        # Each batch has a dictionary of its own.
        return column.cast(column.type.value_type) if _is_coded(column) else column

    columns: dict[str, pa.Array] = {
        "doc_id": _ids(task, scored.column("doc_id")),
        "input": _repeat(str(task.spec.name), scored.num_rows),
    }
    if roles.interaction is not None:
        columns["interaction_id"] = _key(task, scored.column("interaction_id"))
    if task.spec.customer is not None:
        columns["customer_id"] = _key(task, own(task.spec.customer))
    columns["channel"] = (
        _repeat("chat" if roles.speaker is not None else "review", scored.num_rows)
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


def _lay_out_scored(task: ScoreTask, table: pa.Table, text: str) -> pa.Table:
    """Put the columns of a scored file under the names that later stages need."""
    spec = task.spec
    columns: dict[str, Any] = {
        "doc_id": _ids(task, table["doc_id"]),
        "input": _repeat(str(spec.name), table.num_rows),
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
            columns[name] = _key(task, table[source]) if name in KEYS else table[source]
    if "channel" not in columns:
        columns["channel"] = _repeat("review", table.num_rows)
    columns["text"] = table[text] if text else pa.nulls(table.num_rows, pa.string())
    names = {column.name for column in scored_schema().columns}
    for name in table.column_names:
        if name in names or name in task.carry or name.startswith("p_"):
            columns.setdefault(name, table[name])
    return pa.table(columns)


def _finish(task: ScoreTask) -> int:
    """Type times and carried columns, whose cells were strings batch by batch."""
    raw = task.path("raw")
    names = pq.read_schema(raw).names
    loose = [name for name in task.carry if name in names]
    typed = type_cells(pq.read_table(raw, columns=loose)) if loose else pa.table({})
    columns = {name: typed[name] for name in loose}
    n_unreadable = 0
    if "created_at" in names:
        written = pq.read_table(raw, columns=["created_at"])["created_at"]
        columns["created_at"], n_unreadable = read_moments(written)
    first = 0
    file = pq.ParquetFile(raw)
    sink = None
    try:
        schema = pa.schema(
            [
                field.with_type(columns[field.name].type) if field.name in columns else field
                for field in file.schema_arrow
            ]
        )
        with open_sink(task.path("scored"), schema) as sink:
            for batch in file.iter_batches(_BATCH_ROWS):
                made = [
                    columns[name].slice(first, batch.num_rows).combine_chunks()
                    if name in columns
                    else batch.column(name)
                    for name in names
                ]
                made = [
                    each.chunk(0) if isinstance(each, pa.ChunkedArray) else each for each in made
                ]
                sink.write(pa.RecordBatch.from_arrays(made, schema=schema))
                first += batch.num_rows
    finally:
        file.close()
    raw.unlink()
    return n_unreadable


def _ids(task: ScoreTask, column: Any) -> Any:
    """Give ids that are unique over all inputs."""
    if not task.is_prefixed:
        return column
    texts = column.cast(pa.string())
    return pc.binary_join_element_wise(f"{task.spec.name}:", texts, "")


def _key(task: ScoreTask, column: Any) -> Any:
    """Give keys that have one type over all inputs."""
    return column.cast(pa.string()) if task.is_prefixed else column


def _is_coded(column: pa.Array) -> bool:
    """Tell whether a column is a dictionary."""
    return bool(pa.types.is_dictionary(column.type))


def _repeat(word: str, n: int) -> pa.DictionaryArray:
    """Give a column of one word."""
    codes = pa.array([0], pa.int8()).take(pa.array([0] * n, pa.int32()))
    return pa.DictionaryArray.from_arrays(codes, pa.array([word]))


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
