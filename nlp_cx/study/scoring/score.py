"""The first stage: texts of one input into scored documents under fixed column names."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from nlp_cx.errors import DataWarning
from nlp_cx.pipeline import FeedbackPipeline
from nlp_cx.read.columns import ColumnRoles
from nlp_cx.read.quarantine import Quarantine
from nlp_cx.read.source import ReadOptions, open_source
from nlp_cx.study.scoring.lay_out import lay_out
from nlp_cx.study.scoring.roles import find_roles
from nlp_cx.study.scoring.task import OnProgress, ScoreTask, prefix_ids
from nlp_cx.study.scoring.type_cells import type_scored
from nlp_cx.study.streams.jobs import Job
from nlp_cx.study.streams.scored import open_jobs, score_jobs
from nlp_cx.study.streams.turns import TurnCollector
from nlp_cx.write.group import SinkGroup


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
    n_unreadable = type_scored(task)
    found = {role: getattr(roles, role) for role in ("text", "id", "interaction", "created_at")}
    return {
        "n_rows": n_rows,
        "n_rejected": n_rejected,
        "n_unreadable_times": n_unreadable,
        "files": files,
        "notes": notes,
        "roles": found,
    }


def _score(
    task: ScoreTask, roles: ColumnRoles, jobs: Iterator[Job], pipeline: FeedbackPipeline
) -> Iterator[tuple[Job, pa.RecordBatch, pa.RecordBatch, pa.RecordBatch]]:
    """Give for every batch what was scored, its documents and its evidence."""
    made = score_jobs(jobs, roles, pipeline, with_evidence=True, mask_pii=task.mask_pii)
    for job, result in made:
        documents = lay_out(task, roles, job, result.scored)
        evidence = result.evidence
        if task.is_prefixed and evidence is not None:
            i = evidence.schema.get_field_index("doc_id")
            evidence = evidence.set_column(i, "doc_id", prefix_ids(task, evidence.column(i)))
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
