"""The batches of a run, scored in threads and given in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from nlp_cx.engine.local import map_batches
from nlp_cx.pipeline import FeedbackPipeline, ScoredBatch
from nlp_cx.read.columns import ColumnRoles
from nlp_cx.read.roles import RoleBook
from nlp_cx.read.source import Source
from nlp_cx.study.streams.jobs import Job, chat_jobs, review_jobs
from nlp_cx.tables import Columns


def open_jobs(
    source: Source,
    roles: ColumnRoles,
    *,
    customers: Iterable[str] = (),
    agents: Iterable[str] = (),
    on_read: Callable[[float | None, int], object],
) -> tuple[Iterator[Job], RoleBook | None]:
    """Give the batches to score and, for chats, the book of who is who.

    Parameters
    ----------
    source : Source
    roles : ColumnRoles
        With a speaker where the input is a chat.
    customers, agents : iterable of str
        Speakers whose role is known.
    on_read : callable
        As `chat_jobs` takes it.

    Returns
    -------
    jobs : iterator of Job
    book : RoleBook or None
        Filled when the first job is given; None for reviews.
    """
    if roles.speaker is None:
        return review_jobs(source), None
    book = RoleBook(customer=customers, agent=agents)
    return chat_jobs(source, roles, book, on_read=on_read), book


def score_jobs(
    jobs: Iterable[Job],
    roles: ColumnRoles,
    pipeline: FeedbackPipeline,
    *,
    columns: Columns = "full",
    with_evidence: bool = False,
    mask_pii: bool = False,
    workers: int | None = None,
) -> Iterator[tuple[Job, ScoredBatch]]:
    """Score batches in threads; few are in flight at a time.

    Parameters
    ----------
    jobs : iterable of Job
    roles : ColumnRoles
    pipeline : FeedbackPipeline
    columns, with_evidence, mask_pii
        As `FeedbackPipeline.score_batch` takes them.
    workers : int, optional
        Threads; one per processor when not given. The result does not depend on it.

    Yields
    ------
    (Job, ScoredBatch)
        In the order of `jobs`.
    """

    def step(job: Job) -> tuple[Job, ScoredBatch]:
        return job, pipeline.score_batch(
            job.batch,
            roles,
            first_row=job.first_row,
            columns=columns,
            with_evidence=with_evidence,
            mask_pii=mask_pii,
            speakers=job.speakers,
            turns=job.turns,
        )

    yield from map_batches(step, jobs, workers=workers)
